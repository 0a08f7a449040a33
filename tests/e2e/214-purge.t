#!/bin/sh
# A case is forgotten: nothing of it is on the disk, and the chain still holds.
. tests/lib/scenario.sh

# holders WORD: files of the state that hold it, the store and its log included.
holders() {
	as_service grep -rlaF -- "$1" "$T/state" | grep -v /spool/
}

CLOCK=$T/clock
clock make "$CLOCK"
standard_setup '' --set policy.retain=365d && start_psirtd "$CONF" ||
	bail 'psirtd does not start'
M=$T/m
mkdir "$M"

# A large one from pat, in clear; an encrypted one; another of faye's.
head -c 90000 /dev/urandom | base64 >"$M/large.txt"
compose new --from pat@finder.test --subject 'A flaw of pats' --say 'See there.' \
	--message-id '<pat-1@finder.test>' --attach "$M/large.txt" --output "$M/pat"
lmtp pat@finder.test "$M/pat" --quiet
settle
PAT=$(last_case)
lmtp faye@finder.test "$MAIL/pgp-attached-key-inside.eml" --quiet
settle
FAYE=$(last_case)
compose new --from faye --encrypt --subject Other --say "About $FAYE" \
	--output "$M/other"
lmtp faye@finder.test "$M/other" --quiet
settle
OTHER=$(last_case)
like "$(psirtctl case list --all)" "^$OTHER: .*merged into $FAYE" \
	'(one is merged into another)'

like "$(psirtctl purge "$PAT" 2>&1)" 'is Received: close it first' \
	'an open case is not purged'
for id in "$PAT" "$FAYE"; do
	psirtctl case "$id" do '/take
/to finder
Thanks.' >/dev/null || fail "$id: no words"
	psirtctl case "$id" do '/invalid no flaw
/close done' >/dev/null || fail "$id: it is not closed"
done
settle
like "$(psirtctl purge "$OTHER" 2>&1)" 'merged into another case: purge that' \
	'nor one that is merged'
isnt "$(holders pat@finder.test)" '' '(pat is known)'
large=$(store "SELECT lower(hex(hash)) FROM messages WHERE bytes IS NULL")
is "$(as_service find "$T/state/messages" -name "$large" | wc -l)" 1 \
	'(the large report is a file)'
events_before=$(events "$PAT" | wc -l)
head_before=$(psirtctl audit verify --json | pick events)

is "$(psirtctl purge "$PAT")" "$PAT is forgotten." 'a closed case is purged'
is "$(as_service find "$T/state/messages" -name "$large" | wc -l)" 0 \
	'its file is gone'
is "$(holders pat@finder.test)" '' "and pat's address, everywhere"
is "$(holders 'pat-1@finder.test')" '' 'and the Message-ID'
is "$(store "SELECT count(*) FROM letters JOIN cases ON cases.id = case_id
	WHERE public_id = '$PAT'")" 0 'and letters'
is "$(events "$PAT" | wc -l)" $((events_before + 1)) 'its events are there'
is "$(events "$PAT" case.purged | pick actor)" alice 'the last says who did it'
like "$(psirtctl audit verify)" "forgotten" 'the chain holds'
is "$(psirtctl audit verify --json | pick forgotten)" "$events_before" \
	'and counts what is forgotten'
is "$(psirtctl audit verify --json | pick events)" $((head_before + 1)) \
	'beside what is there'
like "$(psirtctl case show "$PAT")" Closed 'it can be shown'
like "$(psirtctl case "$PAT" do /take 2>&1)" 'is purged' 'and not be worked on'
like "$(psirtctl purge "$PAT" 2>&1)" 'is purged already' 'nor purged again'

compose new --from pat@finder.test --subject 'Re: A flaw of pats' --say Again. \
	--in-reply-to '<pat-1@finder.test>' --output "$M/again"
lmtp pat@finder.test "$M/again" --quiet
settle
isnt "$(last_case)" "$OTHER" 'an answer to it opens a fresh case'

# ---- by retention

is "$(events "$FAYE" case.purged)" '' 'one that was closed just now is kept'
clock move "$CLOCK" +364d >/dev/null
clock move "$CLOCK" +2d >/dev/null
purged() {
	[ -n "$(events "$FAYE" case.purged)" ]
}
ok 'until [policy] retain has passed' wait_for 40 'the retention' purged
is "$(events "$FAYE" case.purged | pick actor)" psirtd 'by the service'
isnt "$(events "$OTHER" case.purged)" '' 'with what was merged into it'
is "$(store "SELECT count(*) FROM keys")" 0 "faye's key is forgotten"
ok 'the chain holds' psirtctl audit verify

# ---- and nobody else forgets

ok 'psirtd ends' stop_psirtd
as_service sqlite3 "$T/state/store.db" "DELETE FROM payloads WHERE seq =
	(SELECT max(seq) FROM payloads JOIN events USING(seq) JOIN cases
	ON cases.id = case_id WHERE purged = 0)"
start_psirtd "$CONF" || bail 'psirtd does not start again'
like "$(psirtctl audit verify 2>&1)" \
	"facts of 1 event.s. are gone, and it was not purged" \
	'facts that are gone without a purge are found'
ok 'psirtd ends' stop_psirtd
done_testing
