#!/bin/sh
# An agent that is dead, a disk that is full, roles that are killed, a mail that
# kills: nothing is lost, nothing is blamed on a mail, nothing goes out twice.
. tests/lib/scenario.sh

# clear NAME: the file of a small mail in clear.
clear() {
	printf '%s\n' 'From: <faye@finder.test>' "Subject: $1" \
		"Message-ID: <$1@finder.test>" '' "Words of $1." >"$T/$1.eml"
	echo "$T/$1.eml"
}

# hand FILE...: by LMTP, each under its name as queue ID.
hand() {
	hand_first=$1
	shift
	lmtp faye@finder.test "$hand_first" --xforward IDENT=%f "$@"
}

# The next time that anything is due, at once; but never past the lease of
# somebody who is at work.
move_on() {
	[ "$(store "SELECT (SELECT count(*) FROM spool WHERE state = 'leased')
		+ (SELECT count(*) FROM letters WHERE owner <> '')")" != 0 ] ||
		clock move "$CLOCK" +6s >/dev/null
	settled
}

agent_answers() {
	python3 - "$T/run/agent.sock" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(0.1)
s.connect(sys.argv[1])
sys.exit(s.recv(3) != b"OK ")
PY
}

# The gpg that decrypts and has a connection to the agent.
decrypting() {
	for gpg in $(role_pids gpg); do
		if tr '\0' ' ' <"/proc/$gpg/cmdline" | grep -q -e --decrypt &&
			find "/proc/$gpg/fd" -lname 'socket:*' | grep -q .; then
			echo "$gpg"
			return
		fi
	done
	return 1
}

control_runs() {
	[ -n "$(role_pids control)" ]
}

retried() {
	[ "$(log_count mail-retry)" -ge "$1" ]
}

# report_on NAME: what alice reads about it.
report_on() {
	report=$(psirtctl trace "$1" | sed -n \
		's/.* letter ordered: report .*message-id=<\(.*\)> alice.*/\1/p')
	got alice "$(grep -lF "<$report>" "$SINK"/*.eml | head -n 1)" text
}

# opened_well NAME: filed once, with nothing wrong.
opened_well() {
	is "$(log_count filed "queue=$1( |\$)")" 1 "$1: filed, once"
	unlike "$(report_on "$1")" 'NOT OPENED' "$1: opened"
}

reports_to_alice() {
	letters_to alice@example.test | wc -l
}

# twice: Message-IDs that the sink has seen more than once.
twice() {
	for letter in "$SINK"/*.eml; do
		sed -n 's/^Message-ID: //p; /^\r*$/q' "$letter"
	done | sort | uniq -d
}

CLOCK=$T/clock FAULT=$T/fault
clock make "$CLOCK" && fault make "$FAULT" && start_sink || bail 'no sink'
standard_setup "smtp:127.0.0.1:$SINK_PORT" --set limits.crypto_deadline=3s &&
	start_psirtd "$CONF" || bail 'psirtd does not start'

# ---- the agent is dead, and cannot be started again

as_service mv "$T/state/agent" "$T/state/away"
kill -KILL "$(role_pids gpg-agent)"
wait_for 10 'the agent to end' grep -q ' agent-ended ' "$T/psirtd.log"
is "$(hand "$MAIL/pgp-encrypted-signed.eml" "$MAIL/smime-signed-enveloped.eml" \
	"$MAIL/pgp-signed.eml" | grep -c '^250 ')" 3 \
	'without the agent mail is taken'
wait_for 20 'two mails that are tried again' retried 2
wait_for 20 'letters that are tried again' \
	grep -q ' seal-retry .*case=' "$T/psirtd.log"
like "$(logged mail-retry)" 'spool=lmtp/.* queue=smime-signed-enveloped' \
	'the log names the mail by its queue ID'
is "$(log_count read 'queue=(pgp-enc|smime)')" 0 \
	'nothing is said of what could not be tried'
is "$(cases | wc -l)" 1 'only the one that is not encrypted is filed'
is "$(reports_to_alice)" 0 'no letter leaves unsigned'
wait_for 10 'a second try to start the agent' sh -c \
	'[ "$(grep -c " agent-ended " "$1")" -ge 2 ]' sh "$T/psirtd.log"
as_service mv "$T/state/away" "$T/state/agent"
wait_for 20 'the agent' agent_answers
wait_for 30 'everything to be done' move_on
for name in pgp-encrypted-signed smime-signed-enveloped pgp-signed; do
	opened_well $name
	like "$(report_on $name)" '^Signature: ' "$name: its signature is seen"
done

# ---- it hangs, and is killed when gpg's time has passed

seen=$(log_count mail-retry)
agent=$(role_pids gpg-agent)
kill -STOP "$agent"
hand "$MAIL/pgp-encrypted.eml" >/dev/null
wait_for 10 'gpg' decrypting
wait_for 10 'the end of gpg' not decrypting
kill -KILL "$agent"
wait_for 20 'the mail to be tried again' retried $((seen + 1))
wait_for 20 'the agent' agent_answers
wait_for 30 'everything to be done' move_on
opened_well pgp-encrypted

# ---- it died while gpg waited for it, and answers when gpg has failed

seen=$(log_count mail-retry)
agent=$(role_pids gpg-agent)
kill -STOP "$agent"
hand "$MAIL/pgp-attached-key-inside.eml" >/dev/null
wait_for 10 'gpg' decrypting
gpg=$(decrypting)
kill -STOP "$gpg"
kill -KILL "$agent"
wait_for 20 'the next agent' agent_answers
kill -CONT "$gpg"
wait_for 20 'the mail to be tried again' retried $((seen + 1))
wait_for 30 'everything to be done' move_on
opened_well pgp-attached-key-inside

# ---- the disk is full

fault arm "$FAULT" disk-full
like "$(hand "$(clear full)")" '^452 4\.3\.1 ' 'a full disk: 452, try later'
fault arm "$FAULT" spool-full
like "$(hand "$(clear full)")" '^45[12] 4\.3\.[01] ' \
	'it fills up while the mail is written: a temporary failure, too'
fault off "$FAULT"
for pid in $(role_pids worker1) $(role_pids worker2); do
	kill -STOP "$pid"
done
is "$(hand "$(clear accepted)" "$MAIL/smime-enveloped.eml" | grep -c '^250')" \
	2 'two mails just fit'
fault arm "$FAULT" disk-full
for pid in $(role_pids worker1) $(role_pids worker2); do
	kill -CONT "$pid"
done
wait_for 20 'both workers to meet the full disk' sh -c '
	grep -q "worker1.*error worker .*disk full" "$1" &&
		grep -q "worker2.*error worker .*disk full" "$1"' sh "$T/psirtd.log"
before=$(cases | wc -l)
fault off "$FAULT"
is "$(hand "$(clear full)")" '250 2.0.0 Ok <security@example.test>' \
	'when there is room again mail is taken'
wait_for 30 'everything to be done' move_on
is "$(cases | wc -l)" $((before + 3)) 'and all is filed'
for name in accepted smime-enveloped full; do
	opened_well "$name"
done

# ---- each role is killed

for role in postman courier control reader worker1 worker2 lmtp; do
	seen=$(log_count ready)
	ended=$(log_count role-ended)
	kill -KILL "$(role_pids $role | head -n 1)"
	wait_for 20 "the end of $role" sh -c \
		'[ "$(grep -c " role-ended " "$1")" -gt "$2" ]' sh \
		"$T/psirtd.log" "$ended"
	wait_for 20 "another $role" sh -c \
		'[ "$(grep -c " info ready" "$1")" -gt "$2" ]' sh \
		"$T/psirtd.log" "$seen"
	wait_for 20 'mail to be taken' hand "$(clear "after-$role")"
	wait_for 30 'everything to be done' move_on
	is "$(log_count filed "queue=after-$role( |\$)")" 1 \
		"after the end of $role mail is filed, once"
done
is "$(reports_to_alice)" "$(cases | wc -l)" 'alice has a letter about each mail'
is "$(twice)" '' 'no letter has left twice'

# ---- one that ends again and again is given time

begun=$(date +%s%3N)
for _ in 1 2 3 4; do
	wait_for 20 'the control role' role_pids control
	seen=$(log_count role-ended 'role=control')
	wait_for 20 'the control role' sh -c 'kill -KILL $1' sh \
		"$(role_pids control)"
	wait_for 20 'its end' sh -c \
		'[ "$(grep -c " role-ended role=control" "$1")" -gt "$2" ]' sh \
		"$T/psirtd.log" "$seen"
	wait_for 20 'another' control_runs
done
ok 'a role that is killed each time is not started each time at once' \
	test $(($(date +%s%3N) - begun)) -ge 1000
ok 'and answers in the end' psirtctl case list

# ---- a mail that kills its worker, each time

cat >"$T/thrice.py" <<'PY'
"""The next three workers that have read a mail are killed."""
import sys
sys.path[:0] = ["tests/lib"]
import fault
for _ in range(3):
    fault.arm(sys.argv[1], "mail-read")
    if not fault.wait(sys.argv[1], 20):
        sys.exit("it was not read")
PY
start_process thrice python3 -B "$T/thrice.py" "$FAULT"
wait_for 10 'the fault' sh -c 'grep -q mail-read "$1"' sh "$FAULT"
hand "$(clear killer)" >/dev/null
wait_for 30 'three workers to die' not alive "$STARTED"
ok 'three workers die of a mail' reap "$STARTED"
wait_for 30 'everything to be done' move_on
like "$(report_on killer)" '^NOT OPENED \(unparseable\): ' \
	'then it is not read any more, and alice is told so'
is "$(psirtctl audit verify | grep -c whole)" 1 'the audit finds nothing wrong'
ok 'psirtd ends' stop_psirtd
done_testing
