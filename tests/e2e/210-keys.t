#!/bin/sh
# Keys of others: asked for, kept, pinned, and never swapped by a stranger.
. tests/lib/scenario.sh

# hand FROM FILE: by LMTP, and waits until all is done.
hand() {
	lib lmtp.py --port "$LMTP_PORT" --from "$1" --to security@example.test \
		--quiet --xforward IDENT=%f "$2" || fail "${2##*/} is not taken"
	settle
}

# count ADDRESS
count() {
	letters_to "$1" | wc -l
}

last() {
	letters_to "$1@${2-example.test}" | tail -n 1
}

# advance SPAN: the clock of psirtd and of its keyrings.
advance() {
	clock move "$CLOCK" "$1" "$FIXTURE_HOME" >/dev/null
	settle
}

# state FINGERPRINT: of that key in the store.
state() {
	store "SELECT state FROM keys WHERE fingerprint = '$1'"
}

# to_finder WORDS: an analyst writes; the newest letter to faye is printed.
to_finder() {
	psirtctl case "$ID" do "/to finder
$1" >/dev/null || fail "words are not taken"
	settle
	last faye finder.test
}

# new_key NAME EXPIRES: another key of faye's; prints its fingerprint.
new_key() {
	gpg --homedir "$FIXTURE_HOME" --batch --quiet --passphrase '' \
		--pinentry-mode loopback --quick-generate-key \
		"$1 <faye@finder.test>" future-default default "$2"
	gpg --homedir "$FIXTURE_HOME" --batch --quiet --armor \
		--export-options export-minimal --export "$1" >"$M/$1.asc"
	gpg --homedir "$FIXTURE_HOME" --batch --with-colons --list-keys "$1" |
		sed -n 's/^fpr:*\([0-9A-F]*\):/\1/p' | head -n 1
}

CLOCK=$T/clock
clock make "$CLOCK"
standard_setup '' --set 'service.languages=en zh-CN' && start_psirtd "$CONF" || bail 'psirtd does not start'
FIXTURE_HOME=$(home_of all)
export FIXTURE_HOME
M=$T/m
mkdir "$M"
FAYE=$(cat "$KEYS/faye.fpr")
SECOND=$(new_key second never)
THIRD=$(new_key third 75d)
sed 's/^:---/---/' "$FIXTURE_HOME/openpgp-revocs.d/$SECOND.rev" >"$M/second.rev"

# ---- who wrote encrypted and sent no key is asked for it

compose new --from faye --encrypt --sign --subject 'Secret subject' \
	--message-id '<one@finder.test>' --say 'It leaks.' --output "$M/one"
hand faye@finder.test "$M/one"
ID=$(last_case)
is "$(count faye@finder.test)" 1 'an acknowledgement, and nothing about keys'
wanted=$(to_finder 'Thank you.')
is "$(count faye@finder.test)" 2 'words wait for a key: it is asked for'
is "$(got faye "$wanted" encrypted)" false 'in clear'
like "$(got faye "$wanted" text)" 'attach your OpenPGP public key' \
	'the letter says what to do'
like "$(got faye "$wanted" text)" '附上您的 OpenPGP 公钥' 'in all languages'
unlike "$(cat "$wanted")" 'Secret subject|Thank you|It leaks|clear-ok' \
	'and nothing else'
is "$(got faye "$wanted" outer.Subject.0)" "[$ID] Please send us your key" \
	'nor does its subject'
is "$(got faye "$wanted" outer.In-Reply-To.0)" '<one@finder.test>' \
	'it answers their mail'
like "$(got alice "$(last alice)" text)" 'no key of the reader is known' \
	'the analysts know'
to_finder 'And this.' >/dev/null
is "$(count faye@finder.test)" 2 'for the next letter nobody is asked again'
advance +7d
ok 'after a week one reminder' letter faye@finder.test 3
advance +8d
is "$(count faye@finder.test)" 3 'and no more'

compose reply --who faye "$wanted" --seal --say 'Here it is.' --attach-key \
	--message-id '<two@finder.test>' --output "$M/two"
hand faye@finder.test "$M/two"
is "$(state "$FAYE")" aside 'a key that came along is set aside'
is "$(count faye@finder.test)" 5 'what has waited leaves'
like "$(got faye "$(last faye finder.test)" text)" 'And this|Thank you' \
	'as it was written'
is "$(got faye "$(last faye finder.test)" encrypted_all)" true 'encrypted'

# ---- pinned by what it signs

compose new --from faye --encrypt --sign --subject Re --say 'Signed.' \
	--in-reply-to '<one@finder.test>' --output "$M/signed"
hand faye@finder.test "$M/signed"
is "$(state "$FAYE")" pinned 'a mail that it signs pins it'
is "$(events "$ID" key.pinned | pick facts.reason)" 'it has signed a mail' \
	'and the case says why'

# ---- a stranger cannot swap it

before=$(count alice@example.test)
compose new --from faye --encrypt --subject Re --say 'My new key.' \
	--attach "$M/second.asc" --in-reply-to '<one@finder.test>' \
	--output "$M/swap"
hand faye@finder.test "$M/swap"
is "$(state "$SECOND")" differs 'another key is quarantined'
is "$(events "$ID" contribution.added | wc -l)" 1 \
	'the mail without her signature is a contribution'
is "$(($(count alice@example.test) - before))" 2 'alice gets the mail, and a letter'
for l in $(letters_to alice@example.test | tail -n 2); do
	got alice "$l" text
done >"$M/told"
like "$(cat "$M/told")" "^$FAYE" 'that names the key which is used'
like "$(cat "$M/told")" "^/key faye@finder\\.test $SECOND" \
	'and the new one, with the command that would pin it'
like "$(got faye "$(to_finder 'Still you?')" encrypted_to)" faye \
	'the next letter is encrypted to the key that is pinned'

compose new --from faye --encrypt --sign --subject Re --say 'My new key.' \
	--attach "$M/second.asc" --in-reply-to '<one@finder.test>' \
	--output "$M/vouch"
hand faye@finder.test "$M/vouch"
is "$(state "$SECOND") $(state "$FAYE")" 'pinned retired' \
	'in a mail that the old key signed it is accepted'
is "$(events "$ID" key.pinned | tail -n 1 | pick facts.instead)" "$FAYE" \
	'and the case says what it takes the place of'
letter_to_second=$(to_finder 'To the new one.')
ok 'letters are encrypted to it alone' sh -c 'gpg --homedir "$1" --batch \
	--list-packets "$2" 2>&1 | grep -c "^:pubkey enc" | grep -qx 1 &&
	gpg --homedir "$1" --batch --decrypt "$2" 2>&1 | grep -q "$3"' \
	sh "$FIXTURE_HOME" "$letter_to_second" 'second'
compose new --from faye --encrypt --sign --subject Re --say 'By the old.' \
	--in-reply-to '<one@finder.test>' --output "$M/old"
hand faye@finder.test "$M/old"
is "$(events "$ID" contribution.added | wc -l)" 2 \
	'what the old key signs is a contribution now'

# ---- an analyst's word

compose reply --who alice "$(last alice)" --say \
	"/key faye@finder.test $FAYE" --output "$M/back"
hand alice@example.test "$M/back"
is "$(state "$SECOND") $(state "$FAYE")" 'retired pinned' \
	'an analyst goes back to it by mail'
compose reply --who alice "$(last alice)" --say \
	"/key faye@finder.test $THIRD" --attach "$M/third.asc" --output "$M/third"
hand alice@example.test "$M/third"
is "$(state "$THIRD")" pinned 'or brings a key'
like "$(psirtctl case "$ID" do "/key nobody@finder.test $THIRD" 2>&1)" \
	'address of somebody in this case' 'of somebody in the case'

# ---- revoked by its owner

gpg --homedir "$FIXTURE_HOME" --batch --quiet --import "$M/second.rev"
gpg --homedir "$FIXTURE_HOME" --batch --armor --export "$SECOND" \
	>"$M/revoked.asc" 2>/dev/null
for what in revoked second; do
	compose new --from faye --encrypt --subject Re --say "$what" --attach \
		"$M/$what.asc" --in-reply-to '<one@finder.test>' --output "$M/again"
	hand faye@finder.test "$M/again"
	is "$(store "SELECT revoked FROM keys WHERE fingerprint = '$SECOND'")" 1 \
		"a revocation is kept ($what)"
done
is "$(events "$ID" key.updated | wc -l)" 1 'an older copy takes nothing back'
like "$(psirtctl case "$ID" do "/key faye@finder.test $SECOND" 2>&1)" \
	'is revoked' 'and nobody pins it again'

# ---- watched

before=$(count alice@example.test)
advance +33d
wait_for 30 'a warning' has_letters alice@example.test $((before + 1))
settle
is "$(events "$ID" key.expires | pick facts.fingerprint)" "$THIRD" \
	'a key that expires before the embargo ends is told weeks before'
like "$(got alice "$(last alice)" text)" 'expires on .*, before the embargo' \
	'to the analysts'
advance +35d
before=$(count faye@finder.test)
asked=$(to_finder 'Too late.')
is "$(count faye@finder.test)" $((before + 1)) 'when it has expired nothing leaves'
like "$(got faye "$asked" text)" 'that we know has expired' \
	'but a letter that asks for another one'
unlike "$(cat "$asked")" 'Too late' 'in clear, without content'
ok 'the chain holds' psirtctl audit verify
ok 'and psirtd ends' stop_psirtd
done_testing
