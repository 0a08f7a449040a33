#!/bin/sh
# Killed at each fault point, early and late in the story: the same cases and
# the same letters as the run that nobody disturbed.
. tests/lib/scenario.sh
. tests/lib/crash.sh

PASSES=${PASSES-'1 2 3 5 8 13 21'}

crash_each() {
	for point in $(crash_points_of "$1"); do
		for pass in $PASSES; do
			crash_try "$point" "$pass"
			# So many passes there are not.
			crash_has_fired "$point" "$pass" || break
		done
	done
}

crash_setup || bail 'the setup failed'
for story in crash_story crash_large_story crash_milter_story; do
	crash_begin "$story"
	crash_each "$story"
done
done_testing
