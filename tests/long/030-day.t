#!/bin/sh
# A day's mail, while somebody kills processes of psirtd at random, now and then
# all of them: the same cases and the same letters as on a quiet day.  SEED
# repeats the mails and the choices, MAILS says how many.
. tests/lib/scenario.sh
. tests/lib/crash.sh

SEED=${SEED-$(date +%s)} MAILS=${MAILS-300}
KILL_EVERY=1.5   # seconds
RESTART_EVERY=60 # mails

# One mail after another, so that cases get the same numbers.
day_story() {
	while read -r day_number day_sender day_different; do
		crash_send "$day_sender" "$T/day/$day_number.eml" || return 1
		if [ -n "$DAY_KILLS" ] &&
			[ $((${day_number#"${day_number%%[1-9]*}"} % \
				RESTART_EVERY)) -eq 0 ]; then
			day_restart || return 1
		fi
		wait_for 90 "mail $day_number" crash_settled "$day_different" ||
			return 1
	done <"$T/day/list"
}

day_killer() {
	start_process killer python3 -B tests/long/killer.py \
		"$SEED" "$PSIRTD_PID" "$KILL_EVERY"
	KILLER_PID=$STARTED
}

# The supervisor dies, and with it everybody; the killer goes by itself.
day_restart() {
	kill_psirtd && start_psirtd "$CONF" && day_killer &&
		PSIRTD_MAY_DIE=1
}

day_disturbed() {
	[ -z "$DAY_KILLS" ] || day_killer
	day_story || return 1
	[ -z "$DAY_KILLS" ] || end_process "$KILLER_PID" || :
	wait_for 120 'quiet' crash_settled "$day_last"
}

note "SEED=$SEED MAILS=$MAILS"
crash_setup || bail 'the setup failed'
python3 -B tests/long/day.py "$SEED" "$MAILS" "$MAIL" "$T/day" ||
	bail 'there are no mails'
day_last=$(sed -n '$s/.* //p' "$T/day/list")
CRASH_STORY=day_disturbed
# A letter whose courier died is handed over after others: take them by number.
CRASH_ORDER="kind = 'letter.handed',
	CASE kind WHEN 'letter.handed' THEN payload END, seq"

DAY_KILLS=
ok 'a quiet day' crash_run calm || bail 'the day itself fails'
note "$(crash_sql 'SELECT count(*) FROM cases') cases," \
	"$(wc -l <"$T/runs/calm/events") events," \
	"$(wc -l <"$T/runs/calm/letters/list") letters"
DAY_KILLS=1
ok 'a day under kills' crash_run killed
sort "$T/killer.log" | sed 's/^killed \(.*\) .*/\1/' | uniq -c |
	sed 's/^/# killed:/'
isnt "$(grep -c '^killed' "$T/killer.log")" 0 'somebody was killed'
ok 'the same cases and letters' crash_equal killed
ok 'and the chain of events holds' grep -q . "$T/runs/killed/audit"
done_testing
