#!/bin/sh
# A report that was there before, in other words or not; what a report lacks,
# and the question for it.
. tests/lib/scenario.sh

# mail NAME FROM: the text on standard input, filed.
mail() {
	{
		printf 'From: <%s>\nTo: security@example.test\n' "$2"
		printf 'Date: Wed, 25 Nov 2026 10:00:00 +0000\n'
		printf 'Message-ID: <%s@finder.test>\nSubject: Report %s\n\n' \
			"$1" "$1"
		cat
	} >"$T/$1.eml"
	lmtp "$2" "$T/$1.eml" --quiet
	settle
}

# report: a canary and what everybody says.
report() {
	cat <<EOF
$1

The function parse_header() in Foo Server before 2.4.1 copies the length of a
packet into a buffer without looking at it first. The zebracanary packet that is
longer than seventy thousand bytes writes behind the end of the buffer, which
lets a remote attacker execute arbitrary code as the user of the server. This
happens before the client is asked for its password, so nobody is needed to
help. We have looked at the versions of the last three years and all of them do
the same. Please tell us when you have looked at this report.
EOF
}

last_letter() {
	letters_to "$1@$2" | tail -n 1
}

standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
report 'Hello, this is Faye.' | mail one faye@finder.test
FIRST=$(last_case)
psirtctl case "$FIRST" do '/invalid not a hole
/close done' >/dev/null 2>&1 ||
	{
		psirtctl case "$FIRST" do '/invalid not a hole' >/dev/null
		psirtctl case "$FIRST" do '/close done' >/dev/null
	}
settle
report 'Dear all, Zoe has found something that you should see at once.' |
	mail two zoe@finder.test
SECOND=$(last_case)
isnt "$SECOND" "$FIRST" 'a copy is a case of its own: nothing is merged'
tree=$(case_tree "$SECOND")
is "$(leaves "$tree" "alike.*.case")" "$FIRST" 'it looks like the first'
is "$(leaves "$tree" "alike.*.state")" Closed 'which is closed'
ok 'by most of its text' test "$(leaves "$tree" "alike.*.score")" -gt 70
like "$(leaves "$tree" "alike.*.why")" 'of the text.*function' 'and it says why'
said=$(got alice "$(last_letter alice example.test)" text)
like "$said" "Seen before\? $FIRST \(Closed\), score" 'the analysts are told'
is "$(leaves "$(case_tree "$FIRST")" 'alike.*.case')" '' \
	'the first looks like none'

mail three zoe@finder.test <<EOF
The login page of Bar 7.1 answers too slowly when I am in a hurry. My mother has
the same trouble with her telephone, which she bought last year in a small shop
near the river, where they sell all kinds of things. I hope you can help.
EOF
is "$(leaves "$(case_tree "$(last_case)")" 'alike.*.case')" '' \
	'what is different looks like none'
report 'Once more, Faye.' | mail four faye@finder.test
like "$(psirtctl case "$(last_case)" show)" \
	"finder's other reports: 0 valid, 1 invalid, 0 not judged" \
	"the finder's record is shown"
like "$(got alice "$(last_letter alice example.test)" text)" \
	'Other reports of this finder: 0 valid, 1 invalid' 'also in the letter'

# At rest nothing of it can be read, nor tried without the secret.
is "$(store 'SELECT count(*) > 0 FROM sketches')" 1 'sketches are kept'
ok 'no word of the text rests in the state directory' \
	sh -c '! grep -rqsi zebracanary "$1/store.db" "$1/store.db-wal" "$1/messages"' \
	sh "$T/state"

# ---- what is missing

like "$said" '- lacks: steps' 'a report without steps lacks them'
like "$said" '/ask sends the finder a question' 'and the question is ready'
psirtctl case "$SECOND" do '/ask' >/dev/null
ok 'it goes to the finder' wait_for 30 'the question' \
	sh -c 'grep -lq "to <zoe@finder.test>" "$1"/*.env' sh "$T/letters"
settle
asked=$(last_letter zoe finder.test)
like "$(cat "$asked")" 'Which steps lead to it' 'it asks for the steps'
unlike "$(cat "$asked")" 'Which versions have you seen' \
	'and for nothing that was said'
said=$(psirtctl case "$SECOND" do '/ask' 2>&1)
like "$said" 'they have been asked already' 'once'
ok 'more often when told so' psirtctl case "$SECOND" do '/ask again'
settle
ok 'psirtd ends' stop_psirtd
done_testing
