#!/bin/sh
# Nothing of what was reported rests in the clear, in whatever file, and no file
# is open to others.
. tests/lib/scenario.sh

# holders DIR...: files that hold the marker, as it is, in base64, in UTF-16, or
# in pages of a database that are free.
holders() {
	as_root_or_service python3 -B "$T/search.py" "$CANARY" "$@"
}

as_root_or_service() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else as_service "$@"; fi
}

cat >"$T/search.py" <<'PY'
"""Files below some directories that hold a word in one of its disguises."""
import base64, gzip, pathlib, sys
word = sys.argv[1].encode()
disguises = {word, word[::-1], word.decode().encode("utf-16-le"),
             word.hex().encode(), word.hex().upper().encode()}
for shift in range(3):  # the part of base64 that does not depend on neighbours
    text = base64.b64encode(b"x" * shift + word)
    disguises.add(text[4 if shift else 0:len(text) // 4 * 4 - 4])
for top in sys.argv[2:]:
    for path in sorted(pathlib.Path(top).rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(d in data or d in data.replace(b"\r\n", b"")
                   for d in disguises):
                print(path)
PY

start_sink && start_postfix && standard_setup && start_psirtd "$CONF" ||
	bail 'psirtd does not start'
CANARY=$(pick "$MAIL/canary-encrypted.json" 'text_contains.*' | head -n 1)
like "$CANARY" '^[A-Za-z0-9-]{12,}$' '(the marker is a word)'
is "$(holders "$MAIL" | sed 's|.*/||' | tr '\n' ' ')" \
	'canary-clear.eml canary-clear.json canary-encrypted.json canary-smime.json ' \
	'(the search finds it where it is)'

# An answer in clear repeats the subject of what came in clear.
sed 's/^Subject: .*/Subject: Flaw\r/' "$MAIL/canary-clear.eml" >"$T/clear.eml"
lmtp faye@finder.test "$MAIL/canary-encrypted.eml" --quiet \
	--xforward IDENT=%f "$T/clear.eml"
lmtp sam@finder.test "$MAIL/canary-smime.eml" --quiet --xforward IDENT=%f
settle

# ---- a report in clear, by Postfix: ten seconds after its acknowledgement

acknowledged=$(letters_to faye@finder.test | wc -l)
sed 's/^Message-ID: .*/Message-ID: <by-postfix@finder.test>\r/' \
	"$T/clear.eml" >"$T/by-postfix.eml"
lib lmtp.py --smtp --port "$POSTFIX_SMTP" --from faye@finder.test \
	--to security@example.test --quiet "$T/by-postfix.eml"
rm "$T/by-postfix.eml"
letter faye@finder.test $((acknowledged + 1)) >/dev/null
gone() {
	[ -z "$(holders "$T/state" "$T/run" "$POSTFIX" "$SINK" | head -n 1)" ]
}
ok 'ten seconds after the acknowledgement nothing on the disk holds it' \
	wait_for 10 'the report to be sealed and its traces to be gone' gone

# It is worked with: read, quoted, noted, sent, refused, looked for.
mkdir -p "$T/h"
for id in $(cases); do
	psirtctl case "$id" read 1 >"$T/h/read" 2>&1
	like "$(cat "$T/h/read")" "$CANARY" "$id: (it was opened)"
	psirtctl case "$id" read 1 --mbox >/dev/null 2>&1
	psirtctl case "$id" do "/note $CANARY is what they say" >/dev/null 2>&1
	# A letter to somebody whose channel is open is no secret.
	words="We have seen $CANARY too."
	psirtctl case show "$id" | grep -q 'channel open' && words=Thanks.
	psirtctl case "$id" do "/valid
/to finder
$words" >/dev/null 2>&1
	psirtctl case "$id" do "/invalid
$CANARY" >/dev/null 2>&1
done
service_ctl inspect "$MAIL/canary-encrypted.eml" >/dev/null 2>&1
settle

# ---- while psirtd runs, with the write-ahead log as it is

ok 'the write-ahead log is there' test -s "$T/state/store.db-wal"
is "$(holders "$T/state" "$T/run" "$SINK" | grep -v /spool/)" '' \
	'no file holds it: state, runtime directory, letters'
is "$(holders "$T/state/spool" | wc -l)" \
	"$(grep -l "$CANARY" "$T"/state/spool/*/* 2>/dev/null | wc -l)" \
	'the spool holds what came in clear, until its segment is done'
is "$(grep -c "$CANARY" "$T/psirtd.log")" 0 'nor does the log'
is "$(events "$(last_case)" | grep -c .)" \
	"$(psirtctl case log "$(last_case)" --json | grep -vc "$CANARY")" \
	'nor the events'

# ---- a process that dies leaves nothing

for role in worker1 worker2 reader postman control; do
	for pid in $(role_pids $role); do
		is "$(sed -n 's/^Max core file size *\([0-9]*\).*/\1/p' \
			"/proc/$pid/limits")" 0 "$role: no core"
	done
done
wait_for 20 'the segments to be done' sh -c '! ls "$1"/spool/*/*.log \
	"$1"/spool/*/*.open 2>/dev/null | grep -q .' sh "$T/state"
is "$(holders "$T/state" "$T/run")" '' 'when its segment is done, nothing at all'
ok 'psirtd ends' stop_psirtd
is "$(holders "$T/state" "$T/run" "$SINK")" '' 'and nothing when psirtd has ended'

# ---- who may look

# Of keys that the test itself has put into the agent's home gpg is the owner.
loose() {
	find "$T/state" "$T/etc/psirtd.conf" ! -type l \( -perm /022 -o \
		\( -path "$T/state/*" -perm /077 \) \) ! -type s ! -path "$T/state/agent/pubring*"
}
is "$(loose)" '' 'no file of the state is open to others'
is "$(find "$T/state" "$T/run" ! -user "$SERVICE_USER" 2>/dev/null)" '' \
	'and all belong to the service'
is "$(stat -c %a "$T/state")" 700 'the state directory is 700'
is "$(stat -c %a "$T/run/control.sock")" 660 'the control socket is 660'
is "$(stat -c %a "$T/run/agent.sock")" 660 "the agent's socket is 660"
done_testing
