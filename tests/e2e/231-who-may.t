#!/bin/sh
# Commands from the mail programs that analysts use are obeyed; and each way
# around the rules is refused, with its own reason, by OpenPGP and by S/MIME.
. tests/lib/scenario.sh

# forge WHO KIND... : answers to their first letter; LINES says what.
forge() {
	forge_who=$1
	shift
	python3 -B "$FIXTURE/forge" --keys "$KEYS" --who "$forge_who" \
		--say "$LINES" --into "$M" \
		"$(letter "$forge_who@example.test" 1)" "$@" ||
		fail "the mails of $forge_who cannot be written"
}

# hand FILE...: all at once.
hand() {
	lib lmtp.py --port "$LMTP_PORT" --from somebody@example.test \
		--to security@example.test --quiet --xforward IDENT=%f "$@" ||
		fail 'the mails are not taken'
	settle 60
}

# texts WHO: of all letters to them, a line each.
texts() {
	letters_to "$1@example.test" | while read -r texts_letter; do
		got "$1" "$texts_letter" text | tr '\n' ' '
		echo
	done
}

standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
FIXTURE_HOME=$(home_of all)
export FIXTURE_HOME
M=$T/m
mkdir "$M"
lmtp faye@finder.test "$MAIL/pgp-attached-key-inside.eml" >/dev/null
settle
ID=$(last_case)

# ---- mail programs, and what they do to lines

PROGRAMS='thunderbird k9 mutt between'
LINES='/tag {}
/to finder

Greetings from {}.'
# shellcheck disable=SC2086
forge alice $PROGRAMS
forge bob apple outlook
LINES='/severity low CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'
forge alice wrapped_line
hand "$M"/*
leaves "$(case_tree "$ID")" 'labels.*.value' >"$M.tags"
# shellcheck disable=SC2046
open_all faye $(letters_to faye@finder.test)
letters_to faye@finder.test | while read -r one; do
	got faye "$one" text
done >"$M.faye"
for program in $PROGRAMS apple outlook; do
	ok "$program: obeyed where it stands" grep -qx "$program" "$M.tags"
	ok "$program: the words arrive" \
		grep -qx "Greetings from $program\." "$M.faye"
done
unlike "$(cat "$M.faye")" '/case|/tag|=== What|K-9' 'and nothing else'
is "$(leaves "$(case_tree "$ID")" cvss.0.version)" 4.0 \
	'a line that was wrapped is one'

# ---- ways around

WHOLE='not signed as a whole by one valid'
rm "$M"/*
LINES='/tag {}'
SEALS='wrapped part beside two outside lookalike differs html_only gateway
	to_another no_case'
TEXTS='attachment indented quoted behind'
# shellcheck disable=SC2086
forge alice $SEALS $TEXTS inline future
# shellcheck disable=SC2086
forge bob $SEALS
before=$(events "$ID" | wc -l)
hand "$M"/*
leaves "$(case_tree "$ID")" 'labels.*.value' >"$M.after"
is "$(cat "$M.after")" "$(cat "$M.tags")" 'none of them does anything'
isnt "$(events "$ID" | wc -l)" "$before" 'though all of them came'
is "$(events "$ID" command.refused | wc -l)" 24 'each is refused on record'
is "$(log_count commands-refused)" 24 'and in the log'
for who in alice bob; do
	# shellcheck disable=SC2046
	open_all $who $(letters_to $who@example.test)
	texts $who >"$M.$who"
done

# told WHO KIND REASON: their transcript shows what was understood, and why not.
told() {
	like "$(grep -F "understood: /tag $2 " "$M.$1" | tail -n 1)" \
		"NOTHING WAS DONE.*$3.*understood: /tag $2 " "$1: $2"
}

for who in alice bob; do
	for kind in wrapped part beside two outside; do
		told $who $kind "($WHOLE|not encrypted as a whole)"
	done
	told $who differs 'different things.*As HTML it says: /tag no-differs'
	told $who html_only 'HTML alone'
	told $who gateway 'not one of ours'
	told $who to_another 'for somebody else'
	told $who no_case 'case line is missing'
	told $who lookalike "(not by the key|$WHOLE)"
done
told alice inline "($WHOLE|not encrypted as a whole)"
told alice future 'made in the future'
is "$(grep -c 'Nobody outside was told' "$M.alice")" 4 \
	'what is not the first of their own words is a note'

# The same refused mail once more: no second letter.
before=$(letters_to alice@example.test | wc -l)
sed 's/^Message-ID: .*/Message-ID: <again@example.test>/' \
	"$M/alice.gateway" >"$M.again"
hand "$M.again"
is "$(letters_to alice@example.test | wc -l)" "$before" \
	'a refused mail is answered once'

rm "$M"/*
LINES='/tag of-alice'
forge alice plain
LINES='/tag of-bob'
forge bob plain
hand "$M"/*
for who in alice bob; do
	like "$(leaves "$(case_tree "$ID")" 'labels.*.value')" "^of-$who\$" \
		"$who: without a trick it is obeyed"
done
ok 'the chain holds' psirtctl audit verify
ok 'and psirtd ends' stop_psirtd
done_testing
