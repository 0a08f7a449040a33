#!/bin/sh
# Whoever is killed wherever: the same cases and the same letters.  Here each
# fault point once or twice; check-long goes through them (tests/long).
. tests/lib/scenario.sh
. tests/lib/crash.sh

crash_each() {
	for point in $(crash_points_of "$1"); do
		crash_try "$point" 1
		ok "the story passes $point" crash_has_fired "$point" 1
		case $point in
		*commit | decided | letter-sealed) crash_try "$point" 5 ;;
		esac
	done
}

crash_setup || bail 'the setup failed'
crash_begin crash_story
ok 'runs are alike' crash_run calm-again
ok 'events and letters are the same' crash_equal calm-again
isnt "$(wc -l <"$T/runs/calm/events")" 0 'there are events'
like "$(cat "$T/runs/calm/opened")" 'Thank you\.' 'faye read the answer'
crash_each crash_story

crash_begin crash_large_story
crash_each crash_large_story

crash_begin crash_milter_story
crash_each crash_milter_story
done_testing
