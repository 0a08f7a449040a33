#!/bin/sh
# Every command of the table, once in a mail and once by psirtctl, on two cases
# that began the same: the events are the same.
. tests/lib/scenario.sh

# hand FILE FROM: by LMTP, and waits until all is done.
hand() {
	lib lmtp.py --port "$LMTP_PORT" --from "$2" \
		--to security@example.test --quiet --xforward IDENT=%f "$1" ||
		fail "${1##*/} is not taken"
	settle
}

last_letter() {
	letters_to "$1@example.test" | tail -n 1
}

# mail WHO ID BLOCK: an answer to the first letter about ID.
mails=0
mail() {
	mails=$((mails + 1))
	printf '%s\n' "$3" >"$M/text"
	compose reply --who "$1" --text "$M/text" --output "$M/$mails" \
		"$(first_about "$1" "$2")" || fail "mail $mails is not written"
	hand "$M/$mails" "$1@example.test"
}

# first_about WHO ID: it is remembered.
first_about() {
	[ -f "$M/$1.$2" ] ||
		letters_to "$1@example.test" | while read -r about; do
			grep -q "^Subject: .*$2" "$about" || continue
			echo "$about"
			break
		done >"$M/$1.$2"
	cat "$M/$1.$2"
}

# do_both BLOCK: by mail on A, by psirtctl on B; alice gives it.
do_both() {
	printf '%s\n' "$1" >>"$M/said"
	mail alice "$A" "$1"
	psirtctl case "$B" do "$1" >"$M/out" 2>"$M/err" ||
		fail "psirtctl: $(cat "$M/err")"
}

# what_happened ID: what people did, without the numbers that have to differ.
what_happened() {
	psirtctl case log "$1" --json | python3 -B -c '
import json, sys
numbers = {"message", "number", "letter", "title", "was", "undoes", "words"}
other = {"until", "encrypted", "signed"}
for line in sys.stdin:
    event = json.loads(line)
    facts = event["facts"]
    if event["actor"] == "psirtd" or (
            event["kind"] == "note.added" and "encrypted" in facts):
        continue
    print(event["actor"], event["kind"], *(
        f"{k}={v}" for k, v in sorted(facts.items())
        if k not in other and not (k in numbers and v.isdigit())))'
}

same() {
	what_happened "$A" >"$M/a"
	what_happened "$B" >"$M/b"
	if cmp -s "$M/a" "$M/b"; then
		pass "$1"
	else
		fail "$1" || diff "$M/a" "$M/b" | sed 's/^/# /' >&2
	fi
}

standard_setup '' --set policy.confirm=cvss &&
	start_psirtd "$CONF" || bail 'psirtd does not start'
FIXTURE_HOME=$(home_of all)
export FIXTURE_HOME
M=$T/m
mkdir "$M"
hand "$MAIL/pgp-attached-key-inside.eml" faye@finder.test
A=$(last_case)
hand "$MAIL/pgp-encrypted-signed.eml" faye@finder.test
B=$(last_case)
isnt "$A" "$B" 'there are two cases'

do_both '/take
/severity high CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
/cwe 79
/cve 2026-1234
/title A hole in the parser
/product Acme Server before 1.4.2
/fixed Acme Server 1.4.2
/tlp amber
/tag kernel'
same 'what is stated about a case'
like "$(psirtctl case show "$A")" '^title: A hole in the parser$' \
	'case show has the title'
like "$(psirtctl case show "$A")" '^CVSS 3.1: .*, score 9.8$' 'and the score'
like "$(psirtctl case show "$A")" \
	'^product: Acme Server, affected vers:generic/<1.4.2, fixed in 1.4.2$' \
	'and the product'
like "$(psirtctl case list)" "^$A: .*, high, TLP:AMBER" \
	'case list has severity and TLP'
shown=$(got alice "$(last_letter alice)" text)
like "$shown" '^- understood: /cve 2026-1234$' 'a transcript: understood'
like "$shown" '^- CVE: CVE-2026-1234 added$' 'done'
like "$shown" '^- told outside: nobody$' 'who was told'
like "$shown" 'answer with /undo' 'and how to undo it'
like "$(got alice "$(last_letter alice)" headers.Subject.0)" 'A hole in the' \
	'its protected subject has the title'

do_both /undo
same 'what can be undone'
is "$(leaves "$(case_tree "$A")" severity)" '' 'it is undone'

do_both '/invalid no bug
/valid
/accept
/assign bob
/note

It is one after all.'
same 'states, assignment, a note'

do_both '/to finder

Thank you, we see it.'
same 'words for the finder'
like "$(got alice "$(last_letter alice)" text)" '^- letter: message: the finder$' \
	'the transcript says who reads what'

do_both '/ask'
do_both '/answer report'
same 'an answer that lies ready'

do_both '/defer later
/close nothing left'
do_both '/reopen
/seal'
same 'closed, opened again, sealed'

before=$(what_happened "$A")
do_both '/dry-run
/finder none'
is "$(what_happened "$A")" "$before" 'a dry run does nothing'
like "$(got alice "$(last_letter alice)" text)" 'DRY RUN' 'and says so'
like "$(got alice "$(last_letter alice)" text)" \
	'the finder is no longer in the case' 'and what it would do'
like "$(cat "$M/out")" 'would be done: .*no longer in the case' \
	'as psirtctl does'

do_both '/finder none'
do_both '/finder sam@finder.test'
same 'another finder'

do_both '/status
/log
/parties
/help cwe
/report 1'
same 'only looking'
shown=$(letters_to alice@example.test | tail -n 3 | while read -r l; do
	got alice "$l" text
done)
like "$shown" '^finder: sam@finder.test, channel sealed$' '/parties shows them'
like "$shown" 'assigned to bob' '/log shows what happened'
like "$shown" '^- /cwe N\.\.\.: Weaknesses' '/help explains a word'
like "$shown" 'reads past the end' '/report sends a message again'
printf '/case\n' >>"$M/said" # it is in each of the mails
printf '/ack\n' >>"$M/said" # 191-acknowledge-policy.t: one has to be held
printf '/key\n' >>"$M/said" # 210-keys.t: it wants a key

# ---- a second person

do_both '/cvss AV:N/AC:L/Au:N/C:P/I:P/A:P'
same 'a marked command waits'
like "$(psirtctl case show "$A")" "^request 1: /cvss of alice waits" \
	'case show has it'
like "$(got bob "$(last_letter bob)" text)" '/confirm 1' 'bob is asked'
is "$(leaves "$(case_tree "$A")" cvss.0.vector)" '' 'nothing is done before'
mail bob "$A" /confirm
is "$(leaves "$(case_tree "$A")" cvss.0.score)" 7.5 'bob confirms by S/MIME'
like "$(psirtctl case log "$A")" 'bob: request 1 of alice confirmed' \
	'as the log says'
mail bob "$B" '/cvss -2.0'
printf '/confirm\n' >>"$M/said"
like "$(psirtctl case "$B" do /confirm 2>&1)" 'not one request' \
	'two requests are told apart by their number'
ok 'alice confirms by psirtctl' psirtctl case "$B" do '/confirm 2'

do_both '/break-glass it is on fire
/cvss AV:L/AC:L/Au:N/C:P/I:P/A:P'
like "$(psirtctl case log "$A")" 'GLASS BROKEN: .*WITHOUT A SECOND ANALYST' \
	'the glass is broken, in capitals'
like "$(got bob "$(last_letter bob)" text)" 'WITHOUT WAITING FOR A SECOND' \
	'every other analyst is alerted'
is "$(leaves "$(case_tree "$A")" cvss.0.score)" 4.6 'and it is done'
is "$(log_count GLASS-BROKEN)" 2 'and in the log, too'

# ---- a case of our own

cat >"$M/report" <<END
The exporter writes past the end of its buffer, CVE-2026-4321.
END
compose new --from alice --encrypt --sign --say '/new A second hole' --say '' \
	--say "$(cat "$M/report")" --output "$M/new"
hand "$M/new" alice@example.test
A=$(last_case)
like "$(got alice "$(last_letter alice)" text)" '^- told outside: nobody$' \
	'/new begins a case, and nobody outside is told'
B=$(psirtctl case new 'A second hole' <"$M/report")
like "$B" '^EX-' 'psirtctl case new prints its ID'
settle
same 'with equal events'
like "$(psirtctl case show "$B")" '^title: A second hole$' 'and the title'
like "$(psirtctl case show "$B")" '^hint: cve: CVE-2026-4321' 'and hints'
like "$(psirtctl case "$B" read 1)" 'The exporter writes' 'and the report'
is "$(letters_to alice@example.test | tail -n 3 | xargs grep -l "report" |
	wc -l)" 2 'analysts get the reports'
printf '/new\n' >>"$M/said"

# ---- a forwarded report

cat >"$M/forward" <<END
/new
/take

A colleague got this.

-------- Forwarded Message --------
Subject: overflow
Date: Mon, 23 Nov 2026 10:00:00 +0000
From: Sam Finder <sam@finder.test>
To: Colleague <colleague@example.test>

Your importer overflows.
END
compose new --from alice --encrypt --sign --text "$M/forward" --output "$M/fw"
hand "$M/fw" alice@example.test
A=$(last_case)
like "$(psirtctl case log "$A")" 'written by sam@finder.test' \
	'who wrote what is forwarded is offered'
is "$(psirtctl case show "$A" | grep '^finder')" '' 'and is no finder yet'
is "$(letters_to sam@finder.test)" '' 'and hears nothing'
ok 'before they are made it' psirtctl case "$A" do '/finder sam@finder.test'
like "$(psirtctl case show "$A")" '^finder: sam@finder.test, channel open$' \
	'on the channel that they used'

# ---- a note, and then to the finder as it was

mail alice "$B" 'I think they are right.'
like "$(got alice "$(last_letter alice)" text)" 'Nobody outside was told' \
	'a mail without commands is a note'
psirtctl case "$B" do '/finder faye@finder.test' >/dev/null
compose reply --who alice --say '/to finder' --output "$M/send" \
	"$(last_letter alice)"
hand "$M/send" alice@example.test
like "$(got faye "$(letters_to faye@finder.test | tail -n 1)" text)" \
	'^I think they are right\.$' '/to finder alone sends it as it was'
unlike "$(got faye "$(letters_to faye@finder.test | tail -n 1)" text)" '/case' \
	'without our token'

psirtctl case "$B" do /help | sed 's/[ :].*//' | sort -u >"$M/all"
sed -n 's,^\(/[a-z-]*\).*,\1,p' "$M/said" | sort -u >"$M/tried"
is "$(comm -3 "$M/all" "$M/tried")" '' 'every command of the table was given'
ok 'the chain holds' psirtctl audit verify
ok 'and psirtd ends' stop_psirtd
done_testing
