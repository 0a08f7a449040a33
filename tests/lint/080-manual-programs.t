#!/bin/sh
# The manuals against the programs: every setting, verb, option, command and
# field of JSON.  This part sets a service up and writes down what the programs
# say; manual_programs.py compares.
. tests/lib/scenario.sh

SAID=$T/said
mkdir "$SAID"
standard_setup '' --set policy.confirm=cwe && start_psirtd "$CONF" ||
	bail 'the service does not start'

"$BUILD/psirtd" -p -c "$CONF" >"$SAID/psirtd-p"
cp "$CONF" "$SAID/init.conf"
"$BUILD/psirtctl" --help >"$SAID/help"
"$BUILD/psirtctl" init --help >"$SAID/help-init"

# Mails that between them have every field of JSON.
for mail in report-english pgp-encrypted-signed pgp-signed plain-chinese-8bit \
	attachments robot-bounce pgp-damaged smime-signed-enveloped \
	deep-nesting many-parts many-addresses forwarded empty-body no-header \
	libetpan-killer quoted-reply; do
	service_ctl inspect --json "$MAIL/$mail.eml"
done >"$SAID/inspect" 2>"$SAID/inspect.err" ||
	diag_file "$SAID/inspect.err"

lmtp faye@finder.test "$MAIL/report-english.eml" --xforward IDENT=4Lint \
	>/dev/null
settle
# One that was there before.
sed 's/^Message-ID: </&again-/' "$MAIL/report-english.eml" >"$T/again.eml"
lmtp zoe@finder.test "$T/again.eml" >/dev/null
settle
lmtp faye@finder.test "$MAIL/pgp-encrypted.eml" >/dev/null
settle || bail 'the mails are not filed'

id=$(cases | head -n 1)
sealed=$(last_case)
psirtctl case "$id" do /help >"$SAID/commands"
psirtctl case "$id" do '/take
/valid
/note A note.
/severity high AV:N/AC:L/Au:N/C:P/I:P/A:P
/tag a
/product Foo before 2
/to finder
Thank you.' >/dev/null
psirtctl case "$id" do /seal >/dev/null
psirtctl case "$id" do '/cwe 79' >/dev/null
psirtctl case "$id" do '/finder none' >/dev/null
psirtctl case "$sealed" do '/to finder
Thank you.' >/dev/null
wait_for 20 'a letter that waits' sh -c \
	"'$BUILD/psirtctl' -c '$CONF' outbox | grep -q waiting"
settle

psirtctl case list --all --json >"$SAID/case list"
for one in $(cases); do
	psirtctl case show "$one" --json
done >"$SAID/case show"
for one in $(cases); do
	psirtctl case log "$one" --json
done >"$SAID/case log"
psirtctl outbox --json >"$SAID/outbox"
psirtctl trace 4Lint --json >"$SAID/trace"
psirtctl audit verify --json >"$SAID/audit verify"
psirtctl key list --json >"$SAID/key list"
service_ctl check --json >"$SAID/check" || :
service_ctl import --json "$MAIL/plain.eml" >"$SAID/import"
psirtctl rules test "$MAIL/report-english.eml" --json >"$SAID/rules test"

sed 's/^\[paths\]/&\ncatalogue = products.ini/' "$CONF" >"$T/etc/lint.conf"
cat >"$T/etc/products.ini" <<EOF
[product foo]
name = Foo
end_of_life = "1.x 2025-06-30"
owner = foo@example.test
components = foo.components
EOF
printf 'zlib\t1.3\t\n' >"$T/etc/foo.components"
"$BUILD/psirtctl" -c "$T/etc/lint.conf" catalogue list --json \
	>"$SAID/catalogue list"

python3 -B tests/lint/manual_programs.py "$SAID" "$BUILD"
