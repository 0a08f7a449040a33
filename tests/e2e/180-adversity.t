#!/bin/sh
# A file system that is really full, a store that another program holds, a
# clock that somebody sets, a Postfix that is gone: mail is refused for now or
# waits, and all of it is filed once when the trouble is over.
. tests/lib/scenario.sh

# clear NAME [KB]: the file of a mail in clear.
clear() {
	{
		printf '%s\n' 'From: <faye@finder.test>' "Subject: $1" \
			"Message-ID: <$1@finder.test>" '' "Words of $1."
		[ $# -eq 1 ] || head -c "$(($2 * 768))" /dev/zero | base64
	} >"$T/$1.eml"
	echo "$T/$1.eml"
}

hand() {
	hand_first=$1
	shift
	lmtp faye@finder.test "$hand_first" --xforward IDENT=%f "$@"
}

filed_once() {
	is "$(log_count filed "queue=$1( |\$)")" 1 "$1: filed, once"
}

# The next time that anything is due, at once; but never past the lease of
# somebody who is at work.
move_on() {
	[ "$(store "SELECT (SELECT count(*) FROM spool WHERE state = 'leased')
		+ (SELECT count(*) FROM letters WHERE owner <> '')")" != 0 ] ||
		clock move "$CLOCK" +6s >/dev/null
	settled
}

# has_free KB: at the most so much.
has_free() {
	[ "$(df --output=avail -k "$T/state" | tail -n 1)" -le "$1" ]
}

# fill KB: the file system of the state directory, up to so much.
fill() {
	fill_free=$(df --output=avail -k "$T/state" | tail -n 1)
	head -c "$(((fill_free - $1) * 1024))" /dev/zero >>"$T/state/ballast"
	has_free "$1"
}

umount_state() {
	umount "$T/state" 2>/dev/null || :
}

if [ "$(id -u)" -ne 0 ]; then
	bail 'a file system can only be made by root'
fi
CLOCK=$T/clock
clock make "$CLOCK" && start_sink && start_postfix || bail 'no neighbours'
mkdir "$T/state" && mount -t tmpfs -o size=24m,mode=700 psirtd "$T/state" ||
	bail 'no file system'
trap 'scenario_cleanup_keeps=$?; stop_psirtd; umount_state
	(exit $scenario_cleanup_keeps); scenario_cleanup' EXIT
standard_setup '' --set limits.spool_reserve=4M --set limits.message_size=16M &&
	start_psirtd "$CONF" || bail 'psirtd does not start'

# ---- the disk is full

is "$(hand "$(clear before)")" '250 2.0.0 Ok <security@example.test>' \
	'there is room'
settle
ok 'the file system is filled up to the reserve' fill 4000
like "$(hand "$(clear small)")" '^452 4\.3\.1 ' \
	'less than the reserve is left: 452 at MAIL'
rm "$T/state/ballast"
ok 'as much is left as the reserve and 6 MB' fill 10240
like "$(python3 -B - "$LMTP_PORT" "$(clear grows 9000)" <<'PY'
import sys
sys.path[:0] = ["tests/lib"]
import lmtp
# Without SIZE: nobody knows before that it is more than there is room for.
with lmtp.Session(port=int(sys.argv[1])) as s:
    s.hello()
    message = open(sys.argv[2], "rb").read().replace(b"\n", b"\r\n")
    for _, reply in s.transaction("faye@finder.test",
                                  ["security@example.test"], message,
                                  parameters=""):
        print(reply.lines[-1])
PY
)" '^45[12] 4\.3\.1 ' 'the reserve is reached in the middle of a mail: 4xx'
ok 'nothing is left of it' not has_free 9000
is "$(hand "$(clear fits)")" '250 2.0.0 Ok <security@example.test>' \
	'a small one still fits'
settle
# Now nothing is left at all: what was accepted must wait, not be lost.
for pid in $(role_pids worker1) $(role_pids worker2); do
	kill -STOP "$pid"
done
is "$(hand "$(clear waits)" "$MAIL/pgp-encrypted.eml" | grep -c '^250 ')" 2 \
	'two mails are accepted'
ok 'and the rest of the file system is taken' fill 0
for pid in $(role_pids worker1) $(role_pids worker2); do
	kill -CONT "$pid"
done
wait_for 20 'the store to meet it' grep -Eq \
	'(error worker|warning mail-retry|warning give-back|warning seal) .*(full|space)' \
	"$T/psirtd.log"
like "$(hand "$(clear small)")" '^452 4\.3\.1 ' 'no mail is taken'
rm "$T/state/ballast"
wait_for 30 'everything to be done' move_on
is "$(hand "$T/small.eml")" '250 2.0.0 Ok <security@example.test>' \
	'there is room again'
wait_for 30 'everything to be done' move_on
for name in before fits waits pgp-encrypted small; do
	filed_once $name
done
is "$(cases | wc -l)" 5 'five cases, and none of what was refused'
is "$(role_pids worker1 | wc -l)" 1 'the workers have lived through it'

# ---- another program holds the store

cat >"$T/hold.py" <<'PY'
import sqlite3
import sys
import time
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(3600)
PY
start_process hold python3 -B "$T/hold.py" "$T/state/store.db"
HOLD=$STARTED
wait_for 10 'the lock' grep -qx held "$T/hold.log" || bail 'no lock'
is "$(hand "$(clear locked)")" '250 2.0.0 Ok <security@example.test>' \
	'while the store is locked mail is taken'
wait_for 90 'workers that say so' \
	grep -q 'error worker .*is locked' "$T/psirtd.log" || fail 'nobody says so'
is "$(log_count filed 'queue=locked')" 0 'and waits'
end_process "$HOLD" || :
wait_for 30 'everything to be done' move_on
filed_once locked

# ---- the clock is set

id=$(last_case)
due=$(store "SELECT count(*) FROM timers")
isnt "$due" 0 'clocks of cases run'
seen=$(log_count timer)
clock jump "$CLOCK" +30d
wait_for 60 'somebody to see it' grep -q ' clock-jumped seconds=2' "$T/psirtd.log"
is "$(hand "$(clear jumped)")" '250 2.0.0 Ok <security@example.test>' \
	'after a jump of thirty days mail is taken'
settle
filed_once jumped
is "$(log_count timer)" "$seen" 'but nobody is reminded of anything'
like "$(service_ctl check 2>&1)" 'PROBLEM: clock: it was set forward by 2[0-9]* s' \
	'psirtctl check says so'
clock jump "$CLOCK" -30d
wait_for 60 'the way back' grep -q ' clock-trusted' "$T/psirtd.log"
unlike "$(service_ctl check 2>&1)" 'PROBLEM: clock' 'when it is back all is well'
is "$(log_count timer)" "$seen" 'and still nobody was reminded'

# A mail that is to be tried again, or leased, does not wait for the old time.
as_service mv "$T/state/agent" "$T/state/away"
kill -KILL "$(role_pids gpg-agent)"
hand "$(clear backward)" >/dev/null
wait_for 20 'a letter that waits' grep -q ' seal-retry ' "$T/psirtd.log"
clock jump "$CLOCK" -7d
wait_for 60 'somebody to see it' grep -q ' clock-jumped seconds=-' "$T/psirtd.log"
as_service mv "$T/state/away" "$T/state/agent"
wait_for 60 'everything to be done, a week before it was to be' settled
ok 'a reload says that the clock is right' reload_psirtd
unlike "$(service_ctl check 2>&1)" 'PROBLEM: clock' 'and so it is'
clock move "$CLOCK" +40d
wait_for 60 'the clocks of cases' sh -c \
	'[ "$(grep -c " info timer " "$1")" -gt "$2" ]' sh "$T/psirtd.log" "$seen"
pass 'time that passes does remind'
settle

# ---- Postfix is gone

"$LIB/postfix" stop "$POSTFIX"
hand "$(clear alone)" >/dev/null
wait_for 20 'letters that do not leave' grep -q 'not-handed .*no session' \
	"$T/psirtd.log"
postfix -c "$POSTFIX/etc" start >/dev/null 2>&1 || fail 'it does not start'
wait_for 30 'everything to be done' move_on
filed_once alone
ok 'the audit finds nothing wrong' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
