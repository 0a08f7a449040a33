#!/bin/sh
# The MTA refuses, hangs up or is not there: letters are tried again, each
# leaves once, and analysts hear of those that were given up.
. tests/lib/scenario.sh

# clear NAME: the file of a small mail in clear.
clear() {
	printf '%s\n' 'From: <faye@finder.test>' "Subject: $1" \
		"Message-ID: <$1@finder.test>" '' "Words of $1." >"$T/$1.eml"
	echo "$T/$1.eml"
}

hand() {
	lmtp faye@finder.test "$(clear "$1")" --quiet --xforward IDENT=%f ||
		fail "$1 is not taken"
}

# The next try of whatever waits for one, at once; then N letters must be there.
move_until() {
	clock move "$CLOCK" +3s >/dev/null
	[ "$(sink list "$SINK" | wc -l)" -ge "$1" ]
}

arrived() {
	wait_for 30 "$1 letters at the sink" move_until "$1"
	settle
	is "$(sink list "$SINK" | wc -l)" "$1" "$2"
}

not_handed() {
	log_count not-handed
}

failed_so_often() {
	[ "$(not_handed)" -ge "$1" ]
}

CLOCK=$T/clock
clock make "$CLOCK" && start_sink || bail 'no sink'
SINK_PID=$STARTED
standard_setup "smtp:127.0.0.1:$SINK_PORT" --set courier.give_up=1h &&
	start_psirtd "$CONF" || bail 'psirtd does not start'

# ---- 4xx, at either place

sink tell "$SINK" refuse 'bob@example.test=451:2'
sink tell "$SINK" refuse 'alice@example.test=452:1@data'
hand later
wait_for 20 'two refusals' failed_so_often 2
like "$(psirtctl outbox)" 'report to bob@example\.test: sealed.*451' \
	'the outbox says what the MTA said'
arrived 3 'after three temporary refusals all letters have left, once'
is "$(not_handed)" 3 'each refusal cost one try'

# ---- 5xx: given up at once, and told

sink tell "$SINK" refuse 'faye@finder.test=550'
hand never
arrived 7 'two reports and two letters about the trouble'
id=$(last_case)
like "$(psirtctl outbox)" \
	"^$id Letter [0-9]+: acknowledgement to faye@finder\\.test: failed, 550 " \
	'the outbox keeps the letter that failed, with the reason'
like "$(service_ctl check 2>&1)" "^warning: $id: letter [0-9]+ .* failed: 550 " \
	'psirtctl check names it'
trouble=$(for letter in $(letters_to alice@example.test | tail -n 2); do
	got alice "$letter" text
done)
like "$trouble" \
	'^Letter [0-9]+ \(acknowledgement\) to .* did not leave: it is failed\.$' \
	'alice is told'
like "$trouble" '^550 ' 'and why'
is "$(events "$id" letter.failed | wc -l)" 1 'the case has it in its log'
sink tell "$SINK" clear

# ---- it took the message, and hung up before it said so

sink tell "$SINK" drop 1
hand dropped
wait_for 30 'the letters' move_until 11
settle
like "$(logged not-handed)" 'the server hung up before it answered' \
	'the log has the reason'
is "$(sink list "$SINK" | wc -l)" 11 'one letter is there twice, as RFC 1047 says'
# shellcheck disable=SC2046
is "$(cat $(sink list --after 7 "$SINK" | sed 's/eml$/json/') |
	sed -n 's/^ "sha256": //p' | sort -u | wc -l)" 3 'both copies are equal'

# ---- it is down

last=$(sink list "$SINK" | wc -l)
end_process "$SINK_PID" || :
tried=$(not_handed)
hand down
wait_for 20 'tries that fail' failed_so_often $((tried + 3))
like "$(psirtctl outbox)" 'sealed, no session' 'the outbox says that nobody is there'
like "$(service_ctl check 2>&1)" 'PROBLEM: courier: no SMTP answers' \
	'and so does psirtctl check'
start_sink --port "$SINK_PORT" || bail 'the sink does not start again'
arrived $((last + 3)) 'when it is back they leave'

# ---- how long it waits, and when it gives up

sink tell "$SINK" refuse 'faye@finder.test=451'
last=$(sink list "$SINK" | wc -l)
tried=$(not_handed)
hand forever
wait_for 20 'the first try' failed_so_often $((tried + 1))
# 0.5 s, 1 s, 2 s, 2 s...
clock move "$CLOCK" +59m >/dev/null
wait_for 20 'the second try' failed_so_often $((tried + 2))
like "$(psirtctl outbox)" 'acknowledgement to faye@finder\.test: sealed' \
	'not yet given up'
clock move "$CLOCK" +2m >/dev/null
arrived $((last + 4)) 'after give_up the analysts are told'
like "$(psirtctl outbox)" 'acknowledgement to faye@finder\.test: failed, 451' \
	'and the letter has failed, with the last reason'
tried=$(not_handed)
clock move "$CLOCK" +1d >/dev/null
hand after
sink tell "$SINK" clear
arrived $((last + 7)) 'other letters go on'
is "$(sink list --to faye@finder.test --after "$last" "$SINK" | wc -l)" 1 \
	'the one that was given up is not tried any more'
is "$(grep -E '^psirtd-[^ ]+ (error|bug)' "$T/psirtd.log")" '' \
	'no error in the log'
ok 'the audit finds nothing wrong' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
