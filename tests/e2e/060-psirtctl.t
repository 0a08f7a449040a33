#!/bin/sh
# The analyst's command line: looking, reading, commanding.
. tests/lib/scenario.sh

# says STATUS COMMAND...: its status; what it says is in T/out and T/err.
says() {
	says_wanted=$1
	shift
	says_status=0
	"$@" >"$T/out" 2>"$T/err" || says_status=$?
	is "$says_status" "$says_wanted" \
		"status $says_wanted: $(echo "$*" | tr '\n' ' ')" ||
		diag "$(cat "$T/err")"
}

out() {
	like "$(cat "$T/out")" "$@"
}

err() {
	like "$(cat "$T/err")" "$@"
}

head_of_chain() {
	psirtctl audit verify --json | pick head
}

state_of() {
	leaves "$(case_tree "$1")" state
}

parses() {
	pick "$T/out" . >/dev/null
}

# tamper SQL: what somebody does to the store while psirtd is down.
tamper() {
	stop_psirtd || return 1
	as_service sqlite3 "$T/state/store.db" ".backup $T/state/kept.db" ||
		return 1
	as_service sqlite3 "$T/state/store.db" "$1" || return 1
	start_psirtd "$CONF"
}

restore() {
	stop_psirtd || return 1
	as_service rm -f "$T/state/store.db-wal" "$T/state/store.db-shm"
	as_service mv "$T/state/kept.db" "$T/state/store.db"
	start_psirtd "$CONF"
}

standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'

# ---- nothing is there yet

says 0 psirtctl case list
out '^No open cases\.$' 'an empty list says so'
says 0 psirtctl case list --json
is "$(cat "$T/out")" '' 'as JSON it is empty'
says 0 psirtctl outbox
out '^Nothing waits to be sent\.$' 'an empty outbox says so'
says 0 psirtctl audit verify
out '^0 events in 0 cases: the chain is whole' 'an empty chain is whole'

# ---- three reports

lmtp faye@finder.test "$MAIL/pgp-encrypted-attachments.eml" --quiet \
	--xforward IDENT=%f "$MAIL/attachments.eml" \
	"$MAIL/report-encrypted.eml" || bail 'the reports are not taken'
settle
id_of() {
	psirtctl trace "$1" | sed -n 's/.* filed case=//p'
}
one=$(id_of pgp-encrypted-attachments)
clear=$(id_of attachments)
hints=$(id_of report-encrypted)

says 0 psirtctl case list
out "^$one: Received, report, from faye@finder\\.test, answer by 20.*, embargo 20" \
	'a line a case: state, finder, dates'
is "$(wc -l <"$T/out")" 3 'three lines'
says 0 psirtctl case list --json
is "$(pick "$T/out" id | sort)" "$(printf '%s\n' "$one" "$clear" "$hints" | sort)" \
	'the same three as JSON'
says 0 psirtctl case show "$hints"
out "^hint: cve: CVE-2026-31337" 'show: hints'
out '^finder: faye@finder\.test, channel sealed$' 'show: parties'
out '^Message 1: report from faye@finder\.test, 20' 'show: messages'
out '^Letter [0-9]+: report to alice@example\.test: handed to the MTA' \
	'show: letters'
says 0 psirtctl case "$hints" show --json
ok 'show as JSON' parses
is "$(pick "$T/out" 'hints.*.kind' | sort -u | tr '\n' ' ')" \
	'affected cve cvss cwe fixed has lacks language product weakness ' \
	'with the hints'
says 0 psirtctl case log "$hints"
out "psirtd: case $hints opened" 'log: the first event'
says 0 psirtctl case "$hints" log --json
ok 'log as JSON' parses
says 0 psirtctl trace report-encrypted --json
ok 'trace as JSON' parses
says 67 psirtctl case show EX-1999-0001
err 'there is no case EX-1999-0001' 'a case that is not there is named'
is "$(psirtctl case show "$(echo "$one" | tr '[:upper:]' '[:lower:]')" |
	head -n 1)" "$one: Received" 'case IDs may be written small'

# ---- reading

before=$(events "$one" | wc -l)
says 0 psirtctl case "$one" read 1
out '^From: Faye Finder <faye@finder\.test>$' 'read: who'
out '^Subject: A bug in the importer$' 'read: what about'
out 'reads past the end of its buffer' 'read: the words'
out '^\[attachment 2: poc\.tif, ' 'read: which attachments'
says 0 psirtctl case read "$one"
out 'reads past the end of its buffer' 'without a number it is the last one'
is "$(events "$one" message.read | pick actor | tr '\n' ' ')" 'alice alice ' \
	'who read it is recorded, each time'
is "$(events "$one" message.read | pick facts.number | tr '\n' ' ')" '1 1 ' \
	'and what'
is "$(events "$one" | wc -l)" $((before + 2)) 'and nothing else'
says 66 psirtctl case "$one" read 7
err "no message 7 in $one; it has 1" 'a message that is not there'
says 65 psirtctl case "$one" read 1 --attachment 9
err 'no attachment 9' 'an attachment that is not there'
says 64 psirtctl case "$one" read one

cat >"$T/leaves.py" <<'PY'
"""Write each attachment of a mail, as Python's email package decodes it."""
import email, email.policy, pathlib, sys
mail = email.message_from_bytes(pathlib.Path(sys.argv[1]).read_bytes(),
                                policy=email.policy.default)
for k, part in enumerate(mail.iter_attachments(), 1):
    pathlib.Path(f"{sys.argv[2]}.{k}").write_bytes(
        part.get_payload(decode=True))
PY
python3 "$T/leaves.py" "$MAIL/attachments.eml" "$T/theirs"
for k in 1 2 3; do
	psirtctl case "$clear" read 1 --attachment $k >"$T/ours.$k"
	ok "attachment $k of a clear mail: equal bytes" \
		cmp "$T/theirs.$k" "$T/ours.$k"
done
psirtctl case "$one" read 1 --attachment 2 >"$T/ours"
is "$(sha256sum <"$T/ours")" "$(head -c 5000 /dev/zero | sha256sum)" \
	'an attachment of an encrypted mail: equal bytes'

# mbox FILE: number of mails, From, Subject, Message-ID, names of attachments,
# lines that begin with From or >From.
cat >"$T/mbox.py" <<'PY'
import email.policy, email, mailbox, sys
box = mailbox.mbox(sys.argv[1], factory=lambda f: email.message_from_binary_file(
    f, policy=email.policy.default))
print(len(box))
mail = box[0]
for name in ("From", "Subject", "Message-ID"):
    print(len(mail.get_all(name, [])), mail[name])
print([p.get_filename() for p in mail.walk() if p.get_filename()])
text = mail.get_body(("plain",)).get_content()
print([line for line in text.splitlines() if "From " in line])
print("past the end" in text)
PY
printf '%s\n' 'From: Faye Finder <faye@finder.test>' 'Subject: Lines' \
	'Message-ID: <lines@finder.test>' '' 'From the beginning:' \
	'>From me, it reads past the end.' >"$T/lines.eml"
lmtp faye@finder.test "$T/lines.eml" --quiet --xforward IDENT=%f
settle
for what in pgp-encrypted-attachments attachments report-encrypted lines; do
	says 0 psirtctl case "$(id_of $what)" read 1 --mbox
	cp "$T/out" "$T/$what.mbox"
done
is "$(python3 "$T/mbox.py" "$T/pgp-encrypted-attachments.mbox")" \
	"1
1 Faye Finder <faye@finder.test>
1 A bug in the importer
1 <$(pick "$MAIL/pgp-encrypted-attachments.json" message_id)>
['trace.txt', 'poc.tif']
[]
True" '--mbox of an encrypted mail: opened, below its outer header'
is "$(python3 "$T/mbox.py" "$T/report-encrypted.mbox" | sed -n 3p)" \
	'1 Heap overflow in AcmeView' '--mbox: the protected subject, once'
is "$(python3 "$T/mbox.py" "$T/attachments.mbox" | sed -n '1p;5p;7p')" \
	"1
['trace.txt', 'poc.tif', '崩溃 日志.bin']
True" '--mbox of a clear mail: as it came'
is "$(python3 "$T/mbox.py" "$T/lines.mbox" | sed -n '1p;6p')" \
	"1
['>From the beginning:', '>>From me, it reads past the end.']" \
	'--mbox: lines that begin with From are quoted, once more'

# ---- commands

before=$(head_of_chain)
says 0 psirtctl case "$one" do --dry-run '/valid
/to finder
Thank you.'
out "^would be done: $one: status Received -> Valid" 'dry run: what'
out '^would be sent: message to faye@finder\.test$' 'dry run: who reads it'
is "$(head_of_chain)" "$before" 'dry run: nothing has happened'
is "$(state_of "$one")" Received 'dry run: nor has the state changed'
is "$(psirtctl outbox --json)" '' 'dry run: nor is there a letter'

says 0 psirtctl case "$one" do /help
for word in status help valid invalid accept defer close assign take note to \
	finder; do
	out "^/$word[ :]" "/help lists /$word"
done
says 0 psirtctl case "$one" do /status
out "^$one: Received" '/status shows the case'
says 0 psirtctl case do "$one" /take
out "^$one: assigned to alice" '/take'
says 0 psirtctl case "$one" do '/assign Bob'
out "^$one: assigned to bob" '/assign; capitals do not matter'
is "$(leaves "$(case_tree "$one")" assignee)" bob 'show says so'
says 0 psirtctl case "$one" do '/invalid I cannot see it.'
is "$(state_of "$one")" Invalid '/invalid'
says 0 psirtctl case "$one" read 2
is "$(cat "$T/out")" 'I cannot see it.' 'its reason is a message of the case'
says 0 psirtctl case "$one" do /val
is "$(state_of "$one")" Valid '/val is /valid'
says 0 psirtctl case "$one" do '/defer After the holidays.'
is "$(state_of "$one")" Deferred '/defer'
says 0 psirtctl case "$one" do '/accept
/note
Two lines
of a note.'
is "$(state_of "$one")" Accepted '/accept'
says 0 psirtctl case "$one" read
is "$(cat "$T/out")" 'Two lines
of a note.' '/note with the text below'
says 0 psirtctl case "$one" do '/note In one line.'
says 0 psirtctl case "$one" read
is "$(cat "$T/out")" 'In one line.' '/note with the text behind it'

# Her channel is sealed, and no key of hers is known: the letter waits.
says 0 psirtctl case "$one" do '/to finder
Thank you.'
out '^letter: message to faye@finder\.test$' '/to finder'
wait_for 20 'a letter that waits' sh -c '"$1" -c "$2" outbox | grep -q waiting' \
	sh "$BUILD/psirtctl" "$CONF"
settle
says 0 psirtctl outbox
out "^$one Letter [0-9]+: message to faye@finder\\.test: waiting, .*no key" \
	'it waits, and the outbox says why'
says 0 psirtctl outbox --json
ok 'outbox as JSON' parses
is "$(pick "$T/out" 'letters.*.state')" waiting 'with the state'
says 0 psirtctl case list
out "^$one: .* 1 LETTER\\(S\\) NOT SENT" 'and the list of cases warns'
says 0 psirtctl case "$one" do '/finder none'
out "^$one: letter [0-9]+ to faye@finder\\.test cancelled" \
	'/finder none cancels what has not left'
is "$(psirtctl outbox --json)" '' 'the outbox is empty'
says 65 psirtctl case "$one" do '/to finder
Hello?'
err 'there is no finder in this case' 'to whom, then?'
says 0 psirtctl case "$one" do '/close Fixed in 4.2.8.'
is "$(state_of "$one")" Closed '/close'
unlike "$(psirtctl case list)" "^$one" 'a closed case is not in the list'
like "$(psirtctl case list --all)" "^$one: Closed" 'but in that of all'

# ---- what is refused, and changes nothing

before=$(head_of_chain)
refused() {
	says 65 psirtctl case "$clear" do "$1"
	err "$2" 'the reason is said'
	err '^psirtctl: nothing was done$' 'nothing was done, it says'
	is "$(head_of_chain)" "$before" 'and that is true'
}
refused '/vlaid' 'line 1: there is no command /vlaid; did you mean /valid\?'
refused '/xyzzy' 'line 1: there is no command /xyzzy; /help lists them'
refused '/a' 'line 1: /a could be several'
refused '/accept' 'line 1: /accept: the report is Received; from there it can go to Valid, Invalid'
refused '/invalid' 'line 1: /invalid needs a reason'
refused '/valid because' 'line 1: /valid takes nothing behind it'
refused '/valid
/assign nobody' 'line 2: /assign: "nobody" is not an analyst'
refused '/valid
/valid' 'line 2: /valid: the report is Valid'
refused '/valid
Words for whom?' 'the text after the commands belongs to none of them'
refused '/to bob
Hello' 'line 1: /to "bob": only /to finder is known'
refused '/to finder' 'line 1: /to needs a text after the commands'
refused 'valid' 'command'
says 65 psirtctl case "$one" do /valid
err 'the report is Closed' 'nothing leads out of Closed'
says 64 psirtctl case "$clear" do
says 64 psirtctl case "$clear" frobnicate
says 64 psirtctl frobnicate
err 'there is no verb frobnicate' 'a verb that is not there'
says 64 psirtctl
for verb in init check case outbox inspect import rules trace audit; do
	says 0 psirtctl $verb --help
	out "^  psirtctl $verb" "$verb --help shows its form"
	like "$(psirtctl --help)" "^  psirtctl $verb" "--help has $verb"
done
says 0 psirtctl --help
is "$(grep -c '^  psirtctl  ' "$T/out")" 0 'what goes on in the next line is no command'

# ---- who may

says 77 as_service "$BUILD/psirtctl" -c "$CONF" case list
err 'your login name is no analyst' 'a user who is no analyst is refused'
is "$(cat "$T/out")" '' 'and sees nothing'
like "$(logged control-refused)" "user=$SERVICE_USER" 'the log has their name'
says 77 setpriv --reuid daemon --regid daemon --clear-groups \
	"$BUILD/psirtctl" -c "$CONF" case list
err 'permission denied; you need to be in the group' \
	'who is not in the group does not reach the socket, and is told'
for verb in check inspect import; do
	says 77 setpriv --reuid daemon --regid daemon --clear-groups \
		"$BUILD/psirtctl" -c "$CONF" $verb $(
			[ $verb = check ] || echo "$MAIL/plain.eml")
	err "$verb: run this as the user that owns .*, $SERVICE_USER\$" \
		"$verb is for the user of the service"
done
says 0 psirtctl check
is "$(find "$T/state" ! -user "$SERVICE_USER")" '' \
	'root becomes that user, and leaves nothing of its own'
says 66 service_ctl import "$T/no-such-file"
err 'no-such-file: No such file' 'a file that is not there'

# ---- the same request twice

nonce=0123456789abcdef
control --nonce $nonce case "$clear" do /valid >"$T/out" 2>&1
is $? 0 'a request by hand'
out "^$clear: status Received -> Valid" 'is obeyed'
before=$(head_of_chain)
control --nonce $nonce case "$clear" do /valid >"$T/out" 2>&1
is $? 0 'the same nonce again is no error'
out '^This was done before; nothing was done now\.$' 'but a retry'
is "$(head_of_chain)" "$before" 'nothing has happened twice'
control --nonce other case "$clear" do /valid >"$T/out" 2>&1
is $? 65 'another nonce is another request'

cat >"$T/rude.py" <<'PY'
"""What no psirtctl sends: each is answered or cut off, and costs nobody."""
import socket, struct, sys
sys.path[:0] = ["tests/lib"]
import control

def send(data):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(sys.argv[1])
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        while s.recv(4096):
            pass

send(b"")
send(b"\1")
send(struct.pack("=I", 0))
send(struct.pack("=I", 5) + b"abcde")
send(struct.pack("=I", 1000) + b"short")
record = control.request(["case", "list\n\0"], "n")
send(struct.pack("=I", len(record)) + record)
record = control.field(1, b"\xff" * 6)
send(struct.pack("=I", len(record)) + record)
print(*control.ask(sys.argv[1], ["case", "list", "--all"])[:1])
PY
is "$(python3 -B "$T/rude.py" "$T/run/control.sock")" 0 \
	'rubbish at the socket does no harm'
is "$(log_count role-ended)" 0 'no role has ended of it'

# ---- rules, check, inspect

printf 'AcmeView 4.2 has CVE-2026-1234, CWE-79.\n' >"$T/text"
says 0 psirtctl rules test "$T/text"
out '^cve: CVE-2026-1234' 'rules test: what the rules find'
says 0 psirtctl rules test "$T/text" --json
ok 'rules test as JSON' parses
is "$(pick "$T/out" 'hints.*.kind' | sort | tr '\n' ' ')" \
	'affected cve cwe has has lacks lacks lacks language product ' 'with the kinds'
printf 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\n' >"$T/vector"
says 0 psirtctl rules test "$T/text" "$T/vector" --json
is "$(wc -l <"$T/out")" 2 'two files, two objects'
out '"cvss_score": ?"9\.8"' 'a vector has its score'
lib cvss_scores.py "$T/vectors" >"$T/scores"
psirtctl rules test --json "$T"/vectors/* >"$T/out"
pick "$T/out" hints.0.cvss_score >"$T/own.scores"
is "$(wc -l <"$T/scores")" 5913 'every base vector of CVSS 2.0, 3.0 and 3.1'
ok 'has the score that its equations give' cmp "$T/scores" "$T/own.scores"
says 0 psirtctl rules explain "$T/text"
out 'rule cve, score 95 -> 99, first-paragraph' 'rules explain: why'
out '^    kept$' 'and what became of it'
says 0 psirtctl rules check
out '^[0-9]+ rules can be used$' 'rules check: all is well'
printf 'rule mine\n\tkind cve\n\tscore none\n' >"$T/mine.rules"
says 65 psirtctl rules check "$T/mine.rules"
err 'mine\.rules:3: a score is a number' 'rules check: what is wrong, and where'
says 64 psirtctl rules explain
says 66 psirtctl rules test "$T/no-such-file"
says 0 service_ctl check --json
ok 'check as JSON' parses
says 0 service_ctl inspect --json "$MAIL/plain.eml"
ok 'inspect as JSON' parses

# ---- audit

says 0 psirtctl audit verify
out 'the chain is whole \(0 forgotten\)' 'audit: all is well'
out '^Head, to be noted elsewhere: [0-9a-f]{64}$' 'audit: and the head'
says 0 psirtctl audit verify --json
ok 'audit as JSON' parses
is "$(pick "$T/out" cases)" "$(cases | wc -l)" 'with the number of cases'

ok 'somebody changes a fact' tamper \
	"UPDATE payloads SET payload = CAST(payload || x'00' AS BLOB) WHERE seq = 3"
says 65 psirtctl audit verify
err 'event 3 .*its facts were changed' 'audit names the event'
ok '(restored)' restore
ok 'somebody removes an event' tamper 'PRAGMA foreign_keys = off;
	DELETE FROM payloads WHERE seq = 5; DELETE FROM events WHERE seq = 5'
says 65 psirtctl audit verify
err 'event [56] .*the chain breaks here' 'audit names the place'
ok '(restored)' restore
ok 'somebody changes a case' tamper \
	"UPDATE cases SET state = 'Accepted' WHERE public_id = '$clear'"
says 65 psirtctl audit verify
err "case $clear: its row does not say what its events say" \
	'audit names the case'
ok '(restored)' restore
ok 'somebody removes a fact, and it was no purge' tamper \
	'DELETE FROM payloads WHERE seq = 3'
says 65 psirtctl audit verify
err 'facts of 1 event\(s\) are gone, and it was not purged' 'audit says so'
ok '(restored)' restore
says 0 psirtctl audit verify

# ---- nobody answers

ok 'psirtd ends' stop_psirtd
says 75 psirtctl case list
err 'is psirtd running\?' 'without the daemon psirtctl says what is missing'
says 78 "$BUILD/psirtctl" -c "$T/no.conf" case list
err 'no\.conf: No such file' 'without a configuration, too'
done_testing
