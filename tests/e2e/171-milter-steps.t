#!/bin/sh
# The milter step by step, by miltertest(8): each callback, each fault; it ends
# and reloads without losing what is begun; kill -9 between fsync and accept.
. tests/lib/scenario.sh

PLACE=unix:$T/run/milter.sock

# walk PATH [ARGUMENT...]: one path of tests/lib/milter.lua.
walk() {
	walk_path=$1
	shift
	miltertest -D socket="$PLACE" -D path="$walk_path" "$@" \
		-s tests/lib/milter.lua
}

change() {
	as_service sed -i "$@" "$CONF"
	reload_psirtd || bail 'no reload'
}

has_accepted() {
	[ "$(log_count accepted "${2-.}")" -ge "$1" ]
}

FAULT=$T/fault
fault make "$FAULT"
standard_setup '' --set milter.listen="$PLACE" --set milter.mode=copy \
	--set limits.message_size=64K --set limits.recipients=2 &&
	start_psirtd "$CONF" || bail 'psirtd does not start'

# ---- its sandbox holds for all its threads (070-sandbox.t has the rest)

milter=$(role_pids milter)
status_of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$milter/status"
}
is "$(status_of Seccomp_filters)" 2 "the supervisor's filter and its own"
is "$(cat "/proc/$milter"/task/*/status | grep -c '^Seccomp:	2')" \
	"$(status_of Threads)" 'each of its threads is filtered'

# ---- every step

workers() {
	for worker in $(role_pids worker1) $(role_pids worker2); do
		kill -"$1" "$worker"
	done
}
workers STOP # so that all of it stays in the spool
for path in copy many torn others limits unfit bare; do
	ok "copy: $path" walk "$path"
done
is "$(logged accepted | sed 's/.*queue=\([^ ]*\).*/\1/' | tr '\n' ' ')" \
	'4Copy 4Many1 4Many3 4Bare ' 'spooled is what was whole, and ours'
is "$(logged accepted | grep -c 'client=192\.0\.2\.7')" 3 'with its client'
like "$(strings "$T"/state/spool/milter/*)" 'faye@finder\.test' \
	'the envelope has the sender'
unlike "$(strings "$T"/state/spool/milter/*)" 'many-broken-off|torn' \
	'what was broken off left nothing'
workers CONT
settle
like "$(logged milter-unfit)" 'actions=' 'an MTA that cannot edit is logged'

# ---- faults: nothing is lost, nothing is half done

fault arm "$FAULT" disk-full
ok 'no room: ours is refused, and only ours' walk full
fault off "$FAULT"
fault arm "$FAULT" spool-full
ok 'the spool cannot be written: 451, and no edit' walk unwritten
fault off "$FAULT"
is "$(log_count accepted)" 4 'neither was accepted'
ok 'the next one is' walk send -D queue=4After -D file="$MAIL/plain.eml"

PSIRTD_MAY_DIE=1
fault arm "$FAULT" milter-kept
ok 'killed between fsync and accept: the MTA hears nothing' not \
	walk send -D queue=4Killed -D file="$MAIL/pgp-encrypted.eml"
like "$(fault show "$FAULT")" 'fired=1' 'by kill -9'
ok 'and sends it again' walk send -D queue=4Again \
	-D file="$MAIL/pgp-encrypted.eml"
PSIRTD_MAY_DIE=
settle
id=$(pick "$MAIL/pgp-encrypted.json" message_id)
like "$(psirtctl trace "$id")" ' copies=2 ' 'it came twice'
is "$(psirtctl trace "$id" | grep -c ' filed ')" 1 'and is one report'

# ---- several at once

for i in 1 2 3 4 5 6 7 8; do
	sed "s/^Message-ID: </&$i./" "$MAIL/report-english.eml" >"$T/many.$i"
	start_process "many$i" miltertest -D socket="$PLACE" -D path=send \
		-D queue="5Many$i" -D file="$T/many.$i" -s tests/lib/milter.lua
	pids="${pids-} $STARTED"
done
failed=0
for pid in $pids; do
	reap "$pid" || :
	failed=$((failed + (reap_status != 0)))
done
is "$failed $(log_count accepted queue=5Many)" '0 8' 'eight at once'
settle

# ---- reload and end, in the middle of a message

# hold NAME: sets HELD.
hold() {
	start_process "$1" miltertest -D socket="$PLACE" -D path=held \
		-D go="$T/go.$1" -s tests/lib/milter.lua
	HELD=$STARTED
	wait_for 10 "$1 to begin" grep -qx BEGUN "$T/$1.log"
}
old=$(role_pids milter)
hold first
change 's/^mode = .*/mode = take/'
ok 'after a reload the new one takes' walk take
ok 'the old one waits for its message' alive "$old"
: >"$T/go.first"
wait_for 10 'the old message' grep -qx ENDED "$T/first.log"
pass 'which is copied, as it was begun'
wait_for 20 'the old process to go' not alive "$old"
change 's/^mode = .*/mode = tag/'
accepted=$(log_count accepted)
ok 'mode tag' walk tag
is "$(log_count accepted)" "$accepted" 'which spools nothing'
change -e 's/^mode = .*/mode = copy/' -e '/^mode = /a connections = 1'
wait_for 20 'the old processes to go' sh -c '[ "$(ps -o comm= -s "$1" |
	grep -c "^milter")" -eq 1 ]' sh "$PSIRTD_PID"
ok 'one connection too many' walk crowd
hold last
stop_pid=$PSIRTD_PID
kill -TERM "$stop_pid"
wait_for 10 'STOPPING=1' notified STOPPING=1
: >"$T/go.last"
wait_for 10 'the last message' grep -qx ENDED "$T/last.log"
pass 'a message that has begun is taken in'
ok 'psirtd ends, with status 0' stop_psirtd
is "$(log_count role-ended 'status=[^0]')" 0 'no process has failed by itself'
is "$(grep -E '^psirtd-[^ ]+ bug' "$T/psirtd.log")" '' 'the log has no bug'
done_testing
