#!/bin/sh
# Bounces of 115 kinds by flufl.bounce: each is a robot's, and none is answered,
# whatever envelope it comes with.  The mails to a tracker of Redmine, which
# people wrote, are no robots'.  CORPORA is the directory that has robots/.
. tests/lib/scenario.sh

ROBOTS=${CORPORA-../shared/corpora}/robots
for need in flufl redmine; do
	[ -d "$ROBOTS/$need" ] || bail "$ROBOTS/$need: not there; set CORPORA"
done

start_sink && standard_setup "smtp:127.0.0.1:$SINK_PORT" \
	--set policy.acknowledge=all || bail 'the setup failed'

mkdir -p "$T/flufl" "$T/redmine"
for mail in "$ROBOTS"/flufl/*.txt; do
	# Some are mailboxes of one mail; all have LF.
	sed '1{/^From /d}; s/\r$//; s/$/\r/' "$mail" \
		>"$T/flufl/$(basename "$mail" .txt).eml"
done
for mail in "$ROBOTS"/redmine/*.eml; do
	sed 's/\r$//; s/$/\r/' "$mail" >"$T/redmine/$(basename "$mail")"
done
is "$(ls "$T/flufl" | wc -l)" 115 'there are 115 bounces'
is "$(ls "$T/redmine" | wc -l)" 54 'and 54 mails of people'

# ---- what inspect sees

start_psirtd "$CONF" || bail 'psirtd does not start'
# robots WHICH FOLDER: those that are a robot's (true) or not (false).
robots() {
	service_ctl inspect --json "$T/$2"/*.eml >"$T/$2.json" ||
		bail 'inspect fails'
	pick "$T/$2.json" file robot | paste - - |
		sed -n "s/.*\/\([^/]*\)\.eml	$1\$/\1/p"
}
# This one is a person's answer, written in Outlook, that was sent to the
# envelope address of a list; flufl.bounce has it to find nothing in it.
PERSON=groupwise_03
is "$(robots false flufl)" "$PERSON" \
	'each bounce is a robot, but for the one that is none'
is "$(robots true redmine)" '' 'no mail of a person is'

# ---- what the daemon does: as if a person's address had sent the bounces, and
# with the null sender for what nothing but its envelope can tell

i=0
for mail in "$T"/flufl/*.eml; do
	i=$((i + 1))
	sender=victim$i@finder.test
	[ "${mail##*/}" != "$PERSON.eml" ] || sender=''
	lmtp "$sender" "$mail" --quiet || fail "${mail##*/} is not taken"
done
settle 120
is "$(cases | wc -l)" 115 'each is filed in a case of its own'
is "$(for id in $(cases); do events "$id" robot.filed; done | wc -l)" 114 \
	'where an analyst sees that a robot sent it'
is "$(for id in $(cases); do events "$id" acknowledgement.withheld; done |
	wc -l)" 115 'and that it was not acknowledged'
is "$(sink list "$SINK" | while read -r mail; do
	envelope "$mail" recipients.0.address
done | grep -v '^\(alice\|bob\)@example\.test$')" '' \
	'no bounce is answered, even with acknowledge = all'
ok 'psirtd ends' stop_psirtd
done_testing
