#!/bin/sh
# Whoever is killed wherever: the same cases and the same letters.  Here each
# fault point once or twice; check-long goes through them (tests/long).
. tests/lib/scenario.sh
. tests/lib/crash.sh

crash_setup || bail 'the setup failed'
ok 'an undisturbed run' crash_run calm || bail 'the story itself fails'
ok 'runs are alike' crash_run calm-again
ok 'events and letters are the same' crash_equal calm-again
isnt "$(wc -l <"$T/runs/calm/events")" 0 'there are events'
like "$(cat "$T/runs/calm/opened")" 'Thank you\.' 'faye read the answer'

for point in $(crash_points); do
	[ "$point" != store-busy ] || continue
	crash_try "$point" 1
	case $point in
	*commit | decided | letter-sealed) crash_try "$point" 5 ;;
	esac
done
done_testing
