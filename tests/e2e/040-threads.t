#!/bin/sh
# A later mail finds its case, with the rights that its sender has there.
. tests/lib/scenario.sh

# clear FILE FROM SUBJECT [HEADER]...: a mail in clear, with these fields.
clear() {
	clear_file=$1 clear_from=$2 clear_subject=$3
	shift 3
	{
		printf 'From: <%s>\nTo: <security@example.test>\n' "$clear_from"
		printf 'Subject: %s\nMessage-ID: <%s@%s>\n' "$clear_subject" \
			"${clear_file##*/}" "${clear_from#*@}"
		for field; do
			printf '%s\n' "$field"
		done
		printf '\nWords of %s.\n' "${clear_file##*/}"
	} >"$clear_file"
}

# hand FROM FILE [RECIPIENT]: by LMTP, and waits until all is done.
hand() {
	hand_to=${3:-security@example.test}
	lib lmtp.py --port "$LMTP_PORT" --from "$1" --to "$hand_to" --quiet \
		--xforward IDENT=%f "$2" || fail "${2##*/} is not taken"
	settle
}

# count: letters to anybody so far.
count() {
	find "$T/letters" -name '*.eml' | wc -l
}

# letters_since N: how many more there are.
letters_since() {
	echo $(($(count) - $1))
}

# The last event of that kind, PATHs of it.
last_event() {
	last_id=$1 last_kind=$2
	shift 2
	events "$last_id" "$last_kind" | tail -n 1 | pick "$@"
}

standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
FIXTURE_HOME=$(home_of all)
export FIXTURE_HOME
M=$T/m
mkdir "$M"

# ---- a finder who writes in clear

clear "$M/first" pat@finder.test 'It crashes'
hand pat@finder.test "$M/first"
one=$(last_case)
ack=$(letter pat@finder.test 1)
reply_to=$(sed -n 's/^Reply-To:.*<\(.*\)>.*/\1/p' "$ack" | head -n 1)
like "$reply_to" '^security\+[a-z2-7]{24}@example\.test$' \
	'a plain finder has a reply address of their own'

before=$(count)
clear "$M/by-address" pat@finder.test 'Something else altogether'
hand pat@finder.test "$M/by-address" "$reply_to"
is "$(cases)" "$one" 'a mail to the reply address opens no case'
is "$(last_event "$one" reply.added facts.evidence)" 'reply address' \
	'it joins by that address'
is "$(letters_since "$before")" 2 'alice and bob hear of it, nobody else'
update=$(letter alice@example.test 2)
like "$(got alice "$update" text)" "^Message 2 in $one: Something else" \
	'alice is told which message it is'
like "$(got alice "$update" text)" \
	'^From <pat@finder\.test>, a reply, received' 'who it is from, and what'
like "$(got alice "$update" text)" '^Words of by-address\.$' 'and what it says'
is "$(got alice "$update" outer.Subject.0)" "[$one] message" \
	'its outer subject is neutral'
is "$(got alice "$update" outer.References.0)" \
	"$(got alice "$(letter alice@example.test 1)" outer.Message-ID.0)" \
	"and it stays in alice's own thread"

upper=$(echo "${reply_to%@*}" | tr '[:lower:]' '[:upper:]')@example.test
clear "$M/by-upper" pat@finder.test 'Shouted'
hand pat@finder.test "$M/by-upper" "$upper"
is "$(last_event "$one" reply.added facts.evidence)" 'reply address' \
	'mail programs may write the address in capitals'

ack_id=$(sed -n 's/^Message-ID: //p' "$ack" | tr -d '\r' | head -n 1)
clear "$M/by-reference" pat@finder.test 'Re: It crashes' \
	"In-Reply-To: $ack_id" "References: <first@finder.test> $ack_id"
hand pat@finder.test "$M/by-reference"
is "$(last_event "$one" reply.added facts.evidence)" 'our letter' \
	'a mail joins by a reference to our acknowledgement'

clear "$M/by-own" pat@finder.test 'One more thing' \
	'References: <first@finder.test>'
hand pat@finder.test "$M/by-own"
is "$(last_event "$one" reply.added facts.evidence)" 'earlier mail' \
	'and by one to the own first mail'
is "$(cases)" "$one" 'still there is one case'
is "$(has_letters pat@finder.test 2 && echo again)" '' \
	'pat was acknowledged once'

# ---- somebody else

before=$(count)
clear "$M/mallory" mallory@elsewhere.test 'Re: It crashes' \
	'In-Reply-To: <first@finder.test>'
hand mallory@elsewhere.test "$M/mallory"
is "$(cases)" "$one" 'who knows the Message-ID opens no case'
is "$(last_event "$one" contribution.added facts.evidence)" 'earlier mail' \
	'but is no party: their mail is a contribution'
is "$(letters_since "$before")" 2 'alice and bob see it; mallory gets nothing'
like "$(got alice "$(letter alice@example.test 6)" text)" \
	'^From <mallory@elsewhere\.test>, a contribution, received' \
	'alice sees whose it is and that it is a contribution'
clear "$M/stolen" mallory@elsewhere.test 'Found this address'
hand mallory@elsewhere.test "$M/stolen" "$reply_to"
is "$(last_event "$one" contribution.added facts.evidence)" 'reply address' \
	"nor does another's reply address make them one"
is "$(leaves "$(case_tree "$one")" 'parties.*.who')" pat@finder.test \
	'the parties stay who they were'

clear "$M/guess" mallory@elsewhere.test "About $one"
hand mallory@elsewhere.test "$M/guess"
two=$(last_case)
isnt "$two" "$one" 'who knows only the case ID opens a case of their own'
clear "$M/known" pat@finder.test "About $one"
hand pat@finder.test "$M/known"
three=$(last_case)
like "$(psirtctl case list --all)" "^$three: .*merged into $one" \
	'the case ID from somebody in the case: a fresh one, merged into it'
is "$(last_event "$one" reply.added facts.evidence)" 'case ID' \
	'and their words are in the old one'

# ---- the token inside the encryption only

compose new --from faye --encrypt --sign --autocrypt --subject Faye \
	--message-id '<faye-1@finder.test>' --say 'It leaks.' --output "$M/faye-1"
hand faye@finder.test "$M/faye-1"
old=$(last_case)
faye=$(letter faye@finder.test 1)
compose reply --who faye "$faye" --seal --no-references --subject 'No idea' \
	--message-id '<faye-2@finder.test>' --say 'A second thought.' \
	--output "$M/faye-2"
sed -i 's/^Subject: .*EX-.*received/Subject: [...]/' "$M/faye-2"
is "$(got faye "$faye" tokens.ref | wc -c)" 25 'our letter has a token in its text'
unlike "$(sed '/^\r*$/q' "$M/faye-2")" 'References|In-Reply-To|EX-2' \
	'(the answer shows nothing outside)'
before=$(letters_to alice@example.test | wc -l)
hand faye@finder.test "$M/faye-2"
fresh=$(last_case)
isnt "$fresh" "$old" 'what is known inside alone opens a fresh case'
like "$(got faye "$(letter faye@finder.test 2)" text)" \
	"stored as case $fresh\\.\$" 'which is acknowledged'
like "$(psirtctl case list --all)" "^$fresh: .*merged into $old" \
	'and shown as merged into the old one'
unlike "$(psirtctl case list)" "^$fresh:" 'it is no open case'
is "$(events "$fresh" case.merged | pick facts.into)" "$old" \
	'its log says so'
is "$(last_event "$old" reply.added facts.evidence)" 'token in the text' \
	'the old case has the words'
is "$(($(letters_to alice@example.test | wc -l) - before))" 1 \
	'alice gets one letter about it'
update=$(letters_to alice@example.test | tail -n 1)
like "$(got alice "$update" subject)" "^\\[$old " 'in the old case'
like "$(got alice "$update" text)" '^A second thought\.$' 'with the words'

# Her key has signed by now: what comes without it would be a contribution.
compose reply --who faye "$(letter faye@finder.test 2)" --seal --subject 'More' \
	--message-id '<faye-3@finder.test>' --say 'A third thought.' \
	--output "$M/faye-3"
before=$(cases | wc -l)
hand faye@finder.test "$M/faye-3"
is "$(cases | wc -l)" "$before" 'an answer to the merged case opens none'
is "$(last_event "$old" reply.added facts.evidence)" 'our letter' \
	'it goes to the one that lives'
is "$(events "$fresh" reply.added)" '' 'and not to the merged one'

# ---- signatures: her key is known by now (Autocrypt)

compose new --from faye --encrypt --sign --subject 'Another one' \
	--message-id '<signed-1@finder.test>' --say 'Signed.' --output "$M/signed-1"
hand faye@finder.test "$M/signed-1"
signed=$(last_case)
is "$(events "$signed" party.added | pick facts.signer)" \
	"$(cat "$KEYS/faye.fpr")" 'a first mail with a good signature pins it'
compose new --from faye --encrypt --subject 'Re: Another one' \
	--message-id '<signed-2@finder.test>' --say 'Not signed.' \
	--in-reply-to '<signed-1@finder.test>' --output "$M/signed-2"
hand faye@finder.test "$M/signed-2"
is "$(events "$signed" contribution.added | pick facts.signed)" no \
	'a mail without the signature is a contribution'
compose new --from faye --encrypt --sign --signer stranger \
	--subject 'Re: Another one' --message-id '<signed-3@finder.test>' \
	--say 'Signed by another.' --in-reply-to '<signed-1@finder.test>' \
	--output "$M/signed-3"
hand faye@finder.test "$M/signed-3"
is "$(events "$signed" contribution.added | wc -l)" 2 \
	"and so is one with another's"
compose new --from faye --encrypt --sign --subject 'Re: Another one' \
	--message-id '<signed-4@finder.test>' --say 'Signed again.' \
	--in-reply-to '<signed-1@finder.test>' --output "$M/signed-4"
hand faye@finder.test "$M/signed-4"
is "$(last_event "$signed" reply.added facts.signed)" \
	"$(cat "$KEYS/faye.fpr")" 'with it, it is a reply'

# ---- robots

before=$(count)
clear "$M/vacation" pat@finder.test 'Out of office' "In-Reply-To: $ack_id" \
	'Auto-Submitted: auto-replied'
hand pat@finder.test "$M/vacation"
is "$(last_event "$one" robot.filed facts.reason)" auto-reply \
	"a robot's mail in a thread is filed there"
verp=$(sed -n 's/^from <\(.*\)>$/\1/p' \
	"$(letter alice@example.test 1 | sed 's/eml$/env/')")
sed 's/^Message-ID: .*/Message-ID: <bounce@mx.finder.test>/' \
	"$MAIL/robot-bounce.eml" >"$M/bounce"
hand '' "$M/bounce" "$verp"
is "$(last_event "$one" robot.filed facts.reason)" bounce \
	'a bounce finds its case by the envelope sender of our letter'
clear "$M/list" pat@finder.test 'Weekly news' 'List-Id: <news.finder.test>'
hand news-bounces@finder.test "$M/list"
is "$(events "$(last_case)" acknowledgement.withheld | pick facts.reason)" \
	list "a robot's first mail is not acknowledged, and its case says why"
is "$(letters_since "$before")" 3 \
	'nobody answers a robot; analysts hear of a bounce and of a list'

# ---- an analyst answers a letter by mail

before=$(count)
compose reply --who alice "$(letter alice@example.test 1)" \
	--say 'I have seen this before.' --output "$M/alice"
hand alice@example.test "$M/alice"
is "$(last_event "$one" note.added actor)" alice \
	"an analyst's signed answer is a note of theirs in the case"
is "$(letters_since "$before")" 1 'alice alone is told that it was kept'

is "$(grep -E '^psirtd-[^ ]+ (warning|error|bug)' "$T/psirtd.log")" '' \
	'the log has no warning'
ok 'the audit finds nothing wrong' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
