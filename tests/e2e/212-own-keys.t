#!/bin/sh
# psirtctl key: what is known, brought, published and extended; and the daily
# test that what is sealed to us can be opened.
. tests/lib/scenario.sh

says() {
	service_ctl check | grep -A1 -- "$1"
}

# fingerprints FILE: of the primary keys in it.
fingerprints() {
	gpg --batch --with-colons --show-keys "$1" 2>/dev/null |
		awk -F: '/^pub/ { p = 1 } /^fpr/ && p { print $10; p = 0 }'
}

self_tests() {
	[ "$(log_count self-test "$2")" -ge "$1" ]
}

CLOCK=$T/clock
clock make "$CLOCK"
standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
M=$T/m
mkdir "$M"
OWN=$(cat "$KEYS/service.fpr")
FAYE=$(cat "$KEYS/faye.fpr")

# ---- listed

psirtctl key list >"$M/list"
like "$(cat "$M/list")" "^service: openpgp $OWN, own\$" 'our key is listed'
like "$(cat "$M/list")" '^service: smime [0-9A-F]{40}, own, [0-9]{4} days left' \
	'and our certificate, with the days that are left'
like "$(cat "$M/list")" '^alice: openpgp .*, analyst' 'and the analysts'
is "$(psirtctl key list --json | pick days_left | sort -u | tail -n 1 |
	grep -c '[0-9]')" 1 'also as JSON'

# ---- brought by an analyst

compose new --from faye --encrypt --sign --subject It --say 'It leaks.' \
	--output "$M/report"
lmtp faye@finder.test "$M/report" --quiet
settle
ID=$(last_case)
psirtctl case "$ID" do '/to finder
Thank you.' >/dev/null
settle
is "$(letters_to faye@finder.test | wc -l)" 2 '(words wait for a key)'
like "$(psirtctl key add faye@finder.test "$KEYS/faye.sec.asc" 2>&1)" \
	'secret key' 'a secret key is refused'
like "$(psirtctl key add faye@finder.test "$KEYS/felix.pub.asc" 2>&1)" \
	'has expired' 'and one that has expired'
head -c 70000 /dev/zero | tr '\0' x >"$M/large"
ok 'and what is too large' not psirtctl key add faye@finder.test "$M/large"
like "$(psirtctl key add faye@finder.test "$KEYS/faye.pub.asc" 2>&1)" \
	"$FAYE is pinned; 1 open case" 'a key is pinned'
settle
is "$(events "$ID" key.pinned | pick actor)" alice 'the case says by whom'
is "$(got faye "$(letter faye@finder.test 3)" 'encrypted_to.*')" faye \
	'and what has waited leaves'
like "$(psirtctl key list)" "^faye@finder.test: openpgp $FAYE, pinned, from psirtctl" \
	'it is listed'
like "$(says "$FAYE")" '^ok: faye@finder.test: .* pinned, does not expire' \
	'and checked'
is "$(psirtctl key 2>&1 >/dev/null | grep -c 'key add ADDRESS FILE')" 1 \
	'a wrong call says how'

# ---- published: the key that is used now, and no other

psirtctl key export >"$M/export.asc"
is "$(fingerprints "$M/export.asc")" "$OWN" 'what is exported is our key alone'
is "$(fingerprints "$T/state/keys/own.asc" | wc -l)" 2 '(there is an older one)'
is "$(got faye "$(letter faye@finder.test 1)" 'keys.0.fingerprints.*' |
	sort -u)" "$OWN" 'and so is what letters carry'
like "$(says preferences)" 'nothing that we cannot open' 'it asks for no AEAD'

# ---- extended

ok 'renew extends our key' service_ctl key renew 90d
like "$(cat "$T/.said")" "$OWN is extended by 90d" 'it says so'
like "$(cat "$T/.said")" 'reload psirtd' 'and what is to be done'
is "$(fingerprints "$T/state/keys/own.asc" | wc -l)" 2 'the older key stays'
ok 'psirtd reloads' reload_psirtd
# Workers of before finish what they hold.
extended() {
	psirtctl key list | grep -qE "^service: openpgp $OWN, own, (89|90) days left"
}
ok 'it lives for 90 days' wait_for 20 'the new workers' extended
exported() {
	psirtctl key export >"$M/export.asc" &&
		gpg --batch --with-colons --show-keys "$M/export.asc" 2>/dev/null |
		grep -q '^pub:[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:[0-9]'
}
wait_for 20 'workers of before to be gone' exported
is "$(fingerprints "$M/export.asc")" "$OWN" 'what is exported is that'
expires=$(gpg --batch --with-colons --show-keys "$M/export.asc" 2>/dev/null |
	awk -F: '/^(pub|sub)/ { print $7 }' | sort -u)
first=$(echo "$expires" | head -n 1) last=$(echo "$expires" | tail -n 1)
ok 'its subkeys live as long' test $((last - first)) -lt 60
ok '(for 90 days)' test $((first - $(date +%s))) -gt $((89 * 86400))
like "$(service_ctl key renew 5x 2>&1)" 'failed' 'a wrong span is refused'

# ---- what is sealed to us can be opened: each day

ok 'it is tried at the start' wait_for 20 'a self-test' self_tests 1 good
like "$(says self-test)" '^ok: self-test: passed at' 'check says so'
clock move "$CLOCK" +25h >/dev/null
ok 'and each day' wait_for 40 'a self-test' self_tests 2 good
as_service mv "$T/state/agent/private-keys-v1.d" "$T/state/agent/away"
clock move "$CLOCK" +25h >/dev/null
ok 'when the secret key is gone it fails' \
	wait_for 40 'a self-test' self_tests 1 outcome=temporary
like "$(says self-test)" '^PROBLEM: self-test: what is sealed to us could not' \
	'and check says so'
as_service mv "$T/state/agent/away" "$T/state/agent/private-keys-v1.d"
clock move "$CLOCK" +25h >/dev/null
ok 'it is tried again' wait_for 40 'a self-test' self_tests 3 good
ok 'psirtd ends' stop_psirtd
done_testing
