#!/bin/sh
# The same message again, on whatever way, is answered 250 and changes nothing.
. tests/lib/scenario.sh

events_count() {
	psirtctl audit verify --json | pick events
}

# unchanged NAME: as many cases, events and letters as were noted.
unchanged() {
	is "$(cases | wc -l) $(events_count) $(sink list "$SINK" | wc -l)" \
		"$noted" "$1"
}

note_all() {
	noted="$(cases | wc -l) $(events_count) $(sink list "$SINK" | wc -l)"
}

# copies_of FILE-STEM: how often psirtd says that it came.
copies_of() {
	psirtctl trace "$(pick "$MAIL/$1.json" message_id)" |
		sed -n 's/.*copies=\([0-9]*\).*/\1/p'
}

start_sink && start_postfix && standard_setup && start_psirtd "$CONF" ||
	bail 'the house does not stand'
OK='250 2.0.0 Ok <security@example.test>'
MAIL_1=$MAIL/pgp-encrypted-signed.eml

# ---- by LMTP

is "$(lmtp faye@finder.test "$MAIL_1" --xforward IDENT=Q1)" "$OK" \
	'a report is taken'
settle
sink wait --count 3 "$SINK" >/dev/null || bail 'three letters do not come'
note_all
is "$noted" '1 15 3' 'one case, its events, three letters'

is "$(lmtp faye@finder.test "$MAIL_1" --xforward IDENT=Q1)" "$OK" \
	'the same again, same queue ID: 250'
settle
unchanged 'nothing has changed'
is "$(lmtp faye@finder.test "$MAIL_1" --xforward IDENT=Q2)" "$OK" \
	'the same under another queue ID: 250'
settle
unchanged 'nothing has changed'
{
	printf 'Return-Path: <faye@finder.test>\r\n'
	printf 'X-Original-To: security@example.test\r\n'
	printf 'Delivered-To: security@example.test\r\n'
	cat "$MAIL_1"
} >"$T/delivered.eml"
is "$(lmtp faye@finder.test "$T/delivered.eml")" "$OK" \
	'the same with the fields of a delivery on top: 250'
settle
unchanged 'nothing has changed'
is "$(lmtp faye+list@finder.test "$MAIL_1")" "$OK" \
	'the same from another envelope sender: 250'
settle
unchanged 'nothing has changed, and nobody else is acknowledged'
# A milter on the same host has left what it found, with another queue ID.
{
	printf 'Authentication-Results: example.test; dmarc=pass\r\n'
	printf 'DKIM-Filter: OpenDKIM Filter v2.11.0 mx.example.test Q3\r\n'
	printf 'Received: from finder.test by mx.example.test (Postfix)\r\n'
	printf '\twith ESMTPS id Q3 for <security@example.test>; today\r\n'
	cat "$MAIL_1"
} >"$T/filtered.eml"
is "$(lmtp faye@finder.test "$T/filtered.eml" --xforward IDENT=Q3)" "$OK" \
	'the same with what our own border put on top: 250'
settle
unchanged 'nothing has changed'
is "$(copies_of pgp-encrypted-signed)" 6 'psirtctl trace counts them'
is "$(log_count copy)" 5 'and the log names each copy'
way=$(psirtctl trace Q3)
like "$way" ' received spool=lmtp/.* queue=Q1 .*from=<faye@finder\.test> ' \
	'the queue ID of a copy leads to the mail'
like "$way" ' copy .* queue=Q2 .*to=<security@example\.test>$' \
	'each copy has its queue ID and recipients there'
like "$way" ' copy .* from=<faye\+list@finder\.test> ' 'and its sender'

# The connection breaks after the dot, before the reply; and once more.
python3 -B - "$LMTP_PORT" "$MAIL/pgp-signed.eml" <<'PY' || fail 'no connection'
import sys
sys.path[:0] = ["tests/lib"]
import lmtp
for _ in range(2):
    with lmtp.Session(port=int(sys.argv[1])) as s:
        s.hello()
        s.send("MAIL FROM:<faye@finder.test>\r\n"
               "RCPT TO:<security@example.test>\r\nDATA")
        s.expect(250, 250, 354)
        s.send(lmtp.dot_stuffed(open(sys.argv[2], "rb").read()))
PY
wait_for 20 'the mails' sh -c '[ "$(grep -c " accepted " "$1")" -ge 8 ]' sh \
	"$T/psirtd.log"
is "$(lmtp faye@finder.test "$MAIL/pgp-signed.eml")" "$OK" \
	'two replies were lost; the third time it is heard: 250'
settle
is "$(cases | wc -l)" 2 'it is one case'
is "$(copies_of pgp-signed)" 3 'that came three times'
sink wait --count 6 "$SINK" >/dev/null
note_all

# ---- import

ok 'the same by psirtctl import' service_ctl import "$MAIL_1"
wait_for 20 'the import' sh -c 'grep -q " copy spool=import/" "$1"' sh \
	"$T/psirtd.log"
settle
unchanged 'nothing has changed'
tr -d '\r' <"$MAIL_1" >"$T/unix.eml"
ok 'and once more with the line ends of Unix' service_ctl import "$T/unix.eml"
wait_for 20 'the import' sh -c \
	'[ "$(grep -c " copy spool=import/" "$1")" -eq 2 ]' sh "$T/psirtd.log"
settle
unchanged 'nothing has changed'

# ---- two addresses of ours

is "$(lmtp faye@finder.test "$MAIL/plain.eml" --to Security@example.TEST)" \
	"$OK
250 2.0.0 Ok <Security@example.TEST>" 'two recipients, two replies'
settle
is "$(cases | wc -l)" 3 'one report'
is "$(copies_of plain)" 1 'that came once'
third=$(last_case)
is "$(leaves "$(case_tree "$third")" 'letters.*.kind' | tr '\n' ' ')" \
	'acknowledgement report report ' 'one letter to each'
sink wait --count 9 "$SINK" >/dev/null
note_all

# ---- by Postfix: the sender's host did not hear the reply and sends it again

first=$(post faye@finder.test security@example.test "$MAIL/report-encrypted.eml")
second=$(post faye@finder.test security@example.test \
	"$MAIL/report-encrypted.eml")
isnt "$first" "$second" 'Postfix queues it twice'
queue_empty
settle
is "$(cases | wc -l)" 4 'one case'
is "$(copies_of report-encrypted)" 2 'that came twice'
sink wait --count 12 "$SINK" >/dev/null
note_all
is "$noted" "4 $(events_count) 12" 'three letters'

# ---- many at once, for both workers

cat >"$T/at-once.py" <<'PY'
import pathlib
import sys
import threading
sys.path[:0] = ["tests/lib"]
import lmtp

port, path = int(sys.argv[1]), sys.argv[2]
message = pathlib.Path(path).read_bytes()
said = []

def deliver():
    said.extend(r.lines[-1] for _, r in lmtp.deliver(
        message, "faye@finder.test", ["security@example.test"], port=port))

threads = [threading.Thread(target=deliver) for _ in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("\n".join(said))
PY
said=$(python3 -B "$T/at-once.py" "$LMTP_PORT" "$MAIL/pgp-protected.eml")
is "$(echo "$said" | grep -c '^250 ')" 8 'eight at once are taken'
settle
is "$(cases | wc -l)" 5 'one case'
is "$(copies_of pgp-protected)" 8 'that came eight times'
is "$(leaves "$(case_tree "$(last_case)")" 'letters.*.kind' | tr '\n' ' ')" \
	'acknowledgement report report ' 'one letter to each'

# One worker is stopped while gpg decrypts for it; the other one files a copy;
# then the first goes on.
cat >"$T/stop.py" <<'PY'
import os
import pathlib
import signal
import sys
import time

end = time.monotonic() + 20
while time.monotonic() < end:
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.parent.joinpath("cmdline").read_bytes().split(b"\0")
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            of = pathlib.Path(f"/proc/{parent}/cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if b"--decrypt" in words and b"--role=worker" in of and \
                sys.argv[1].encode() in of:
            os.kill(parent, signal.SIGSTOP)
            sys.exit(print(parent))
sys.exit("no worker decrypts")
PY
large=$MAIL/pgp-encrypted-large.eml
start_process stop python3 -B "$T/stop.py" "$CONF"
lmtp faye@finder.test "$large" --xforward IDENT=A1 >/dev/null
wait_for 20 'a worker that decrypts' test -s "$T/stop.log"
stopped=$(cat "$T/stop.log")
like "$stopped" '^[0-9]+$' 'a worker is stopped in the middle of its work'
lmtp faye@finder.test "$large" --xforward IDENT=A2 >/dev/null
wait_for 20 'the other worker' sh -c 'grep -q " filed .*queue=A2" "$1"' sh \
	"$T/psirtd.log"
kill -CONT "$stopped"
settle
is "$(log_count read 'queue=A[12] ')" 2 'both workers have read it'
is "$(logged '(filed|copy)' 'queue=A[12]( |$)' | sed 's/.* info \([a-z]*\) .*queue=\(A[12]\).*/\1 \2/' |
	tr '\n' ' ')" 'filed A2 copy A1 ' 'one has filed it, one found a copy'
is "$(cases | wc -l)" 6 'it is one case'
is "$(copies_of pgp-encrypted-large)" 2 'that came twice'
is "$(leaves "$(case_tree "$(last_case)")" 'letters.*.kind' | tr '\n' ' ')" \
	'acknowledgement report report ' 'one letter to each'
is "$(grep -E '^psirtd-[^ ]+ (warning|error|bug)' "$T/psirtd.log")" '' \
	'the log has no warning'

# ---- after a restart it is still known

ok 'psirtd ends' stop_psirtd
start_psirtd "$CONF" || bail 'psirtd does not start again'
sink wait --count 18 "$SINK" >/dev/null
note_all
is "$(lmtp faye@finder.test "$MAIL_1" --xforward IDENT=Q9)" "$OK" \
	'the first one again: 250'
settle
unchanged 'nothing has changed'

# ---- import of mailboxes

# The archive of a mailbox: what came by LMTP, what is new, and what is too
# large.  As an mbox, with what its reader has noted, and as a Maildir.
cat >"$T/boxes.py" <<'PY'
import mailbox
import pathlib
import sys

old, target = map(pathlib.Path, sys.argv[1:3])
new = b"From: <x@finder.test>\nSubject: %d\n\n" \
    b"Hello,\n\nFrom 10:00 on it crashes.\n\n"
mails = [old.read_bytes().replace(b"\r\n", b"\n"), new % 1, new % 2,
         b"Subject: large\n\n" + b"x" * 70000 + b"\n", new % 3]
maildir = mailbox.Maildir(target / "dir", create=True)
with open(target / "box", "wb") as box:
    for mail in mails:
        maildir.add(mail)
        box.write(b"From x@finder.test Sat Nov 21 16:00:00 2026\n")
        box.write(mail.replace(b"\n\n", b"\nStatus: RO\n\n", 1)
                  .replace(b"\nFrom ", b"\n>From ") + b"\n")
PY
mkdir "$T/boxes"
python3 -B "$T/boxes.py" "$MAIL_1" "$T/boxes"
chmod -R a+rX "$T/boxes"
cp "$CONF" "$T/etc/small.conf"
printf '[limits]\nmessage_size = 64K\n' >>"$T/etc/small.conf"
imported=$(CONF=$T/etc/small.conf service_ctl import --json "$T/boxes/box" \
	2>"$T/import.said") && fail 'a mail that is too large ends with 0'
is "$imported" "$(printf '{"files":[%s],%s}' \
	"{\"file\":\"$T/boxes/box\",\"form\":\"mbox\",\"mails\":4,\"refused\":1}" \
	'"mails":4,"refused":1')" 'an mbox: four are taken, one is too large'
is "$(cat "$T/import.said")" \
	"psirtctl: $T/boxes/box: mail 4 is larger than message_size" \
	'which is said'
imports() {
	[ "$(logged '(filed|copy)' 'spool=import/' | wc -l)" -eq "$1" ]
}
wait_for 20 'the mbox' imports 6
settle
is "$(log_count copy 'spool=import/')" 3 'the one that came by LMTP is a copy'
is "$(log_count filed 'spool=import/')" 3 'the others are new'
is "$(service_ctl import "$T/boxes/box" "$T/boxes/dir")" \
	"$T/boxes/box: 5 mails spooled, 0 refused
$T/boxes/dir: 5 mails spooled, 0 refused" 'again, and the same as a Maildir'
wait_for 20 'both' imports 16
settle
is "$(log_count filed 'spool=import/')" 4 'copies, but for the large one'
like "$(service_ctl import "$T/etc" 2>&1)" \
	'no mail, mbox or Maildir: cur/ cannot be read' \
	'a directory that is none'
ok 'the audit finds nothing wrong' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
