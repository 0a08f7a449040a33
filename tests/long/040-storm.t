#!/bin/sh
# A day's mail: ten thousand, a tenth of them hostile, over eight sessions, while
# every second somebody kills a process of psirtd.  Nothing is lost, nothing is
# decided twice, and what is delivered twice is the same bytes under one
# Message-ID.  SEED repeats the mails and the choices, MAILS says how many, RATE
# how many a second are sent at the most.
. tests/lib/scenario.sh

SEED=${SEED-$(date +%s)} MAILS=${MAILS-10000} RATE=${RATE-25}
PSIRTD_CHURN_MAX=1000000
KILL_EVERY=1 # seconds
PROGRESS_MAX=60 # seconds without a mail filed

filed() {
	store 'SELECT count(*) FROM messages WHERE identity IS NOT NULL'
}

# All that was sent is filed, and no letter is on its way.
is_calm() {
	[ "$(filed) $(store "SELECT
		(SELECT count(*) FROM spool WHERE state <> 'done')
		+ (SELECT count(*) FROM letters
			WHERE state IN ('ordered', 'sealed'))")" = \
		"$different 0" ]
}

# While they die: as long as it gets on.
await_calm() {
	calm_seen='' calm_end=0
	until is_calm; do
		calm_now=$(store "SELECT (SELECT count(*) FROM messages),
			(SELECT count(*) FROM letters WHERE state = 'handed')")
		if [ "$calm_now" != "$calm_seen" ]; then
			calm_seen=$calm_now
			calm_end=$(($(date +%s) + PROGRESS_MAX))
		fi
		[ "$(date +%s)" -lt "$calm_end" ] || return 1
		sleep 1
	done
}

note "SEED=$SEED MAILS=$MAILS RATE=$RATE"
start_sink && standard_setup "smtp:127.0.0.1:$SINK_PORT" \
	--set limits.reader_seconds=2s && start_psirtd "$CONF" ||
	bail 'psirtd does not start'
begun=$(date +%s)
start_process killer python3 -B tests/long/killer.py \
	"$SEED" "$PSIRTD_PID" "$KILL_EVERY"
KILLER=$STARTED
ok 'each is taken in the end' python3 -B tests/long/storm.py send \
	"$SEED" "$MAILS" "$RATE" "$MAIL" "$LMTP_PORT" "$T/sent"
note "taken after $(($(date +%s) - begun)) s"
sort -u "$T/sent" >"$T/wanted"
different=$(wc -l <"$T/wanted")
is "$different" "$MAILS" 'so many different mails'
# The rest of it, too, is done while they die.
ok 'psirtd gets on, and comes to an end' await_calm ||
	note "filed: $(filed)"
note "done after $(($(date +%s) - begun)) s"
end_process "$KILLER" || :
killed=$(grep -c '^killed' "$T/killer.log")
note "killed $killed:" "$(sed 's/^killed \(.*\) .*/\1/' "$T/killer.log" |
	sort | uniq -c | sort -rn | tr -s ' \n' ' ')"
ok 'they died all the time' [ "$killed" -ge $(((MAILS / RATE + 1) / 2)) ]
wait_for 120 'the last of it' is_calm

# ---- nothing is lost

store 'SELECT lower(hex(identity)) FROM messages WHERE identity IS NOT NULL' |
	sort >"$T/kept"
is "$(diff "$T/wanted" "$T/kept" | head -n 5)" '' \
	"each of $different mails is kept, once"
# A gpg that is killed leaves nothing, or a part.
is "$(store "SELECT id FROM messages WHERE size < 100")" '' 'and with its bytes'
# More often than it was taken: when the 250 was lost.
store 'SELECT lower(hex(identity)), copies FROM messages
	WHERE identity IS NOT NULL' | tr '|' ' ' | sort >"$T/copies"
is "$(sort "$T/sent" | uniq -c | awk '{ print $2, $1 }' |
	join - "$T/copies" | awk '$3 < $2')" '' \
	'and counted at least as often as it was taken'
note "$(store "SELECT count(*) FROM events JOIN payloads USING(seq)
	WHERE CAST(payload AS TEXT) LIKE '%quarantine%'") quarantined"

# ---- nothing is decided twice

ok 'the chain of events holds' psirtctl audit verify
store "SELECT substr(text, instr(text, 'cause=mail:') + 11, 64) FROM
	(SELECT CAST(payload AS TEXT) AS text
	FROM events JOIN payloads USING(seq)
	WHERE kind IN ('report.received', 'reply.added', 'contribution.added',
		'robot.filed'))" | sort >"$T/decided"
is "$(diff "$T/wanted" "$T/decided" | head -n 5)" '' \
	'each is in one case, by one event'
is "$(store "SELECT count(*) FROM (SELECT 1 FROM letters GROUP BY case_id,
	kind, person, address, message, answers, facts HAVING count(*) > 1)")" \
	0 'no letter was ordered twice'
is "$(store "SELECT count(*) - count(DISTINCT message_id) FROM letters")" 0 \
	'no two letters have one Message-ID'

# ---- all is delivered, and nothing else

is "$(store "SELECT state, count(*) FROM letters WHERE state <> 'handed'
	GROUP BY state")" '' 'every letter was handed over'
is "$(store "SELECT case_id FROM events JOIN payloads USING(seq)
	WHERE kind = 'letter.handed' GROUP BY case_id,
	substr(CAST(payload AS TEXT), 1, instr(CAST(payload AS TEXT), 'person='))
	HAVING count(*) > 1")" '' 'and that was noted once'
store 'SELECT message_id FROM letters' >"$T/handed"
ok 'what left twice is equal, and all of them have left' \
	python3 -B tests/long/storm.py letters "$SINK" "$T/handed"
note "$(cat "$T/.said")"
ok 'psirtd ends' stop_psirtd
done_testing
