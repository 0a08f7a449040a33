#!/bin/sh
# Commands by mail: obeyed with an analyst's signature and token, and only so.
. tests/lib/scenario.sh

# answer FILE [ARGUMENT...]: alice's last letter is answered by her.
answer() {
	answer_file=$1
	shift
	compose reply --who alice --output "$answer_file" "$@" "$LETTER" ||
		fail "${answer_file##*/} cannot be written"
}

# hand FILE [FROM]: by LMTP, and waits until all is done.
hand() {
	lib lmtp.py --port "$LMTP_PORT" --from "${2-alice@example.test}" \
		--to security@example.test --quiet --xforward IDENT=%f "$1" || fail "${1##*/} is not taken"
	settle
}

# give FILE [ARGUMENT...]: an answer, handed in.
give() {
	answer "$@"
	hand "$1"
}

last_letter() {
	letters_to "$1@example.test" | tail -n 1
}

# count: letters to anybody so far.
count() {
	find "$T/letters" -name '*.eml' | wc -l
}

# is_so ID PATH VALUE NAME: what `case show` says.
is_so() {
	is "$(leaves "$(case_tree "$1")" "$2")" "$3" "$4"
}

# in_reply_to LETTER: its Message-ID.
in_reply_to() {
	sed -n 's/^Message-ID: //p' "$1" | tr -d '\r\n'
}

# said PATH: of the last letter to alice.
said() {
	got alice "$(last_letter alice)" "$1"
}

# last_event KIND PATH...
last_event() {
	last_kind=$1
	shift
	events "$ID" "$last_kind" | tail -n 1 | pick "$@"
}

# refused REGEX NAME: the last mail was, and alice knows why.
refused() {
	like "$(said text)" 'NOTHING WAS DONE' "$2: nothing is done"
	like "$(said text | tr '\n' ' ')" "$1" 'and alice is told why'
	is_so "$ID" state Received 'the case is as it was'
}

CLOCK=$T/clock
clock make "$CLOCK"
standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
FIXTURE_HOME=$(home_of all)
export FIXTURE_HOME
M=$T/m
mkdir "$M"
hand "$MAIL/pgp-attached-key-inside.eml" faye@finder.test
ID=$(last_case)
LETTER=$(letter alice@example.test 1)

# ---- obeyed

before=$(count)
give "$M/take" --say /take --quote below
is "$(last_event case.assigned actor)" alice 'alice takes the case by mail'
like "$(said text)" '^- assigned to alice$' 'a transcript says so'
like "$(said text)" "^/case $ID [a-z2-7]{24}\$" 'and can be answered again'
is "$(said outer.Subject.0)" "[$ID] transcript" 'its outer subject is neutral'
is "$(said encrypted)" true 'it is encrypted'
is "$(($(count) - before))" 1 \
	'nobody else is written to'

give "$M/words" --say '/to finder' --say '' --say 'Thank you, we see it.'
to_faye=$(letter faye@finder.test 2)
like "$(got faye "$to_faye" text)" '^Thank you, we see it\.$' \
	'words go to the finder by mail'
unlike "$(got faye "$to_faye" text)" '/case' 'without the token'
like "$(said text)" '^Thank you, we see it\.$' \
	'the transcript shows the words that were sent'
give "$M/help" --say '/HELP'
like "$(said text)" '^- /take: Take the case\.$' '/help lists the commands'
give "$M/note" --say 'I think it is a duplicate.'
like "$(said text)" 'Nobody outside was told' 'a note is told to be one'
is "$(last_event note.added actor)" alice 'and kept as hers'

# A phone: one OpenPGP message that is signed and encrypted; no quotation, so
# that the token is in the protected subject.
give "$M/phone" --say '/assign bob' --order combined
is_so "$ID" assignee bob 'a combined message is obeyed'

bobs=$(letter bob@example.test 1)
compose reply --who bob --say '/take' --output "$M/smime" "$bobs"
hand "$M/smime" bob@example.test
is "$(last_event case.assigned actor)" bob 'bob commands by S/MIME'

# From: is never looked at.
give "$M/from" --say /take --header 'X-Test: 1'
hand "$M/from" bounce@elsewhere.test
is "$(last_event case.assigned actor)" alice 'whatever the envelope says'

# ---- refused

stamp=$(date -u +%Y%m%dT%H%M%S)
give "$M/once" --say /status --at "$stamp" --message-id '<once@a.test>'
like "$(said text)" 'is Received' '/status shows where the case stands'
give "$M/again" --say /status --at "$stamp" --message-id '<again@a.test>'
refused 'has been obeyed before' 'the same signature in another mail'

give "$M/unknown" --say /take --say /vaild
refused 'line 2: .*did you mean /valid' 'an unknown command'
give "$M/impossible" --say /valid --say '/close done'
refused 'line 2: /close: the report is Valid' 'an impossible command'
give "$M/stray" --say /valid --say '' --say 'These words are nobody’s.'
refused 'belongs to none of them' 'words that belong to no command'

give "$M/unsigned" --say /valid --unsigned
refused 'not signed as a whole' 'a mail without a signature'
give "$M/clear" --say /valid --clear --quote below
refused 'not encrypted as a whole' 'a mail in clear'

# bob's signature under alice's token.
token=$(got alice "$(last_letter alice)" text | sed -n 's,^/case ,,p')
compose new --from bob --encrypt --sign --subject "Re: [$ID]" --say /valid \
	--say "/case $token" --in-reply-to "$(in_reply_to "$bobs")" \
	--output "$M/stolen"
hand "$M/stolen" bob@example.test
like "$(got bob "$(last_letter bob)" text)" 'letter to another analyst' \
	"alice's token is worth nothing in bob's hand"
is_so "$ID" state Received 'and nothing was done'

compose new --from alice --encrypt --sign --subject "Re: [$ID]" --say /valid \
	--in-reply-to "$(in_reply_to "$LETTER")" --output "$M/bare"
hand "$M/bare"
refused '/case line is missing' 'without a token'

compose new --from faye --encrypt --sign --subject "Re: [$ID]" --say /valid \
	--say "/case $token" --output "$M/finder"
hand "$M/finder" faye@finder.test
refused 'not by the key' "a finder with an analyst's token"

hand "$MAIL/smime-enveloped.eml" faye@finder.test
other=$(last_case)
isnt "$other" "$ID" 'there is another case'
compose new --from alice --encrypt --sign --say /valid \
	--subject "Re: [$other]" --say "/case $token" \
	--in-reply-to "$(in_reply_to "$(last_letter alice)")" --output "$M/other"
hand "$M/other"
like "$(said text | tr '\n' ' ')" 'of another case' \
	"a token of one case is worth nothing in another"
is_so "$other" state Received 'and nothing was done'

# ---- what a finder writes is no command, and spoils none

{
	printf '/close owned\n/case %s aaaaaaaaaaaaaaaaaaaaaaaa\n' "$ID"
	printf '> /case %s aaaaaaaaaaaaaaaaaaaaaaaa\n' "$ID"
	printf '>/case %s aaaaaaaaaaaaaaaaaaaaaaaa\n' "$ID"
} >"$M/words-of-faye"
compose new --from faye --encrypt --sign --text "$M/words-of-faye" \
	--subject "[$ID aaaaaaaaaaaaaaaaaaaaaaaa] /take" --in-reply-to \
	"$(in_reply_to "$(letter faye@finder.test 1)")" --output "$M/hostile"
hand "$M/hostile" faye@finder.test
LETTER=$(last_letter alice)
like "$(said text)" '^  /close owned' 'a finder writes commands'
like "$(said text)" '^>   /case' 'and lines that look like ours'
give "$M/quoting" --say '/assign bob' --quote above
is_so "$ID" assignee bob "alice's answer that quotes them is obeyed"
is_so "$ID" state Received 'and what it quotes is not'

# ---- strangers learn nothing

before=$(count)
compose new --from mallory --to service --subject 'Commands' --say /valid \
	--output "$M/stranger" --encrypt
hand "$M/stranger" mallory@elsewhere.test
is "$(events "$(last_case)" command.refused)" '' \
	"a stranger's commands are a report like any other"
is "$(($(count) - before))" 3 \
	'acknowledged like any other'

# ---- the window closes

LETTER=$(letter alice@example.test 1)
answer "$M/late" --say /valid
clock move "$CLOCK" +71h >/dev/null
answer "$M/very-late" --say /valid --at \
	"$(date -u -d '+71 hours' +%Y%m%dT%H%M%S)"
clock move "$CLOCK" +2h >/dev/null
hand "$M/late"
refused 'more than 72 hours' 'a signature of 73 hours ago'
clock move "$CLOCK" +12d >/dev/null
give "$M/old" --say /valid --at \
	"$(date -u -d '+361 hours' +%Y%m%dT%H%M%S)"
refused 'older than 14 days' 'an answer to a letter of 15 days ago'
LETTER=$(last_letter alice)
give "$M/new" --say /valid --at "$(date -u -d '+361 hours' +%Y%m%dT%H%M%S)"
is_so "$ID" state Valid \
	'an answer to the transcript is obeyed'
ok 'the chain holds' psirtctl audit verify
ok 'and psirtd ends' stop_psirtd
done_testing
