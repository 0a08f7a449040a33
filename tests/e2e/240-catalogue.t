#!/bin/sh
# The catalogue: checked, filled from an SBOM, and what a mail says by it.
. tests/lib/scenario.sh

# mail FILE SUBJECT: the text on standard input.
mail() {
	{
		printf 'From: Faye <faye@finder.test>\nTo: security@example.test\n'
		printf 'Date: Wed, 25 Nov 2026 10:00:00 +0000\n'
		printf 'Message-ID: <%s@finder.test>\nSubject: %s\n\n' \
			"${1##*/}" "$2"
		cat
	} >"$1"
}

# catalogue WORD...: what psirtctl says, and its status in $status.
catalogue() {
	said=$(service_ctl catalogue "$@" 2>&1)
	status=$?
}

standard_setup || bail 'no configuration'
catalogue check
is $status 78 'without a catalogue there is nothing to check'
like "$said" 'set .catalogue. in \[paths\]' 'and it says what to do'

PRODUCTS=$T/etc/products.ini
sed -i "s|^\[paths\]|&\ncatalogue = $PRODUCTS|" "$CONF"
cat >"$PRODUCTS" <<EOF
[product foo]
name = "Foo Server"
aliases = "foosrv"
supported = "2.x"
end_of_life = "1.x 2025-06-30"
owner = "foo-team@example.test"
components = "foo.components"
[product bar]
name = "Bar"
owner = bar-team@example.test
colour = red
EOF
catalogue check
is $status 78 'a mistake is found'
like "$said" "products.ini:11: unknown setting .colour." 'with file and line'
not_started=$(service_ctl check 2>&1)
like "$not_started" "products.ini:11" 'psirtctl check says so, too'
sed -i '/colour/d' "$PRODUCTS"

cat >"$T/foo.cdx.json" <<EOF
{"bomFormat": "CycloneDX", "specVersion": "1.5",
 "metadata": {"component": {"name": "FooSrv"}},
 "components": [{"name": "openssl", "version": "3.0.2"},
	{"name": "zlib", "version": "1.3", "purl": "pkg:generic/zlib@1.3"}]}
EOF
chmod 644 "$T/foo.cdx.json"
catalogue import "$T/foo.cdx.json"
is "$status $said" "0 2 components of Foo Server (CycloneDX) are in \
$T/etc/foo.components; reload psirtd to use them" 'an SBOM is taken in'
catalogue import --product Bar "$T/foo.cdx.json"
is $status 65 'a product without a list is refused'
like "$said" 'products.ini:8: \[product bar\] names no file' 'and named'
catalogue check
is "$said" '2 products with 2 components can be used' 'all can be used'
service_ctl catalogue list --json >"$T/list.json"
is "$(pick "$T/list.json" owner)" "foo-team@example.test
bar-team@example.test" 'and is listed'

start_psirtd "$CONF" || bail 'psirtd does not start'
mail "$T/old.eml" 'A hole' <<EOF
Hello,

FooSrv before 1.4.2 lets everybody in.
EOF
lmtp faye@finder.test "$T/old.eml" --quiet
settle
text=$(psirtctl case "$(last_case)" show)
like "$text" 'hint: product: FooSrv \(Foo Server\)' 'a mail names a product'
like "$text" 'hint: owner: foo-team@example.test' 'which has an owner'
like "$text" 'hint: unsupported: before 1.4.2 \(Foo Server: support of .* ended on 2025-06-30' \
	'and a version whose support has ended'

mail "$T/upstream.eml" 'Security advisory: OpenSSL' <<EOF
Product: OpenSSL
Affected versions: 3.0.0 before 3.0.7

A certificate overflows a buffer.
EOF
lmtp announce@upstream.test "$T/upstream.eml" --quiet
settle
said=$(got alice "$(letters_to alice@example.test | tail -n 1)" text)
like "$said" 'used-in: OpenSSL \(Foo Server: openssl 3.0.2, in the stated versions\)' \
	'an advisory from upstream names who uses it'
like "$said" 'owner: foo-team@example.test' 'and whom to tell'
is "$(letters_to foo-team@example.test)" '' 'nobody else is told by itself'

# A bad file keeps the old set.
echo 'colour = red' >>"$PRODUCTS"
kill -HUP "$PSIRTD_PID"
wait_for 30 'the reload to be refused' \
	grep -q 'error reload-refused' "$T/psirtd.log"
sed 's/old.eml@/again.eml@/' "$T/old.eml" >"$T/again.eml"
lmtp faye@finder.test "$T/again.eml" --quiet
settle
like "$(psirtctl case "$(last_case)" show)" 'owner: foo-team' \
	'a bad catalogue keeps the old one'
ok 'psirtd ends' stop_psirtd
done_testing
