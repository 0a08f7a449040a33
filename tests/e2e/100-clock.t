#!/bin/sh
# What time brings, under the test clock: nobody has answered, a key expires.
. tests/lib/scenario.sh

case_of() {
	psirtctl trace "$1" | sed -n 's/.* filed case=//p'
}

# move SPAN: the clock, and every GnuPG home of ours and of the readers.
move() {
	ring=$(readlink -f "$T/state/keys/ring")
	clock move "$CLOCK" "$1" "$ring" "$ring/verify" "$(home_of alice)" \
		"$T/kim" >/dev/null || fail 'the clock stands still'
}

hand() {
	lmtp "$1" "$2" --quiet --xforward IDENT=%f || fail "${2##*/} is not taken"
	settle
}

sent_of() {
	psirtctl case show "$1" | grep -c "^Letter .*: $2 to "
}

CLOCK=$T/clock
clock make "$CLOCK" && start_sink &&
	standard_setup "smtp:127.0.0.1:$SINK_PORT" && start_psirtd "$CONF" ||
	bail 'psirtd does not start'
M=$T/m
mkdir "$M"
# Kim's key is good for sixty days from now.
mkdir -m 700 "$T/kim"

KIM='Kim Finder <kim@finder.test>'
# shellcheck disable=SC2086 # K is a command and its options
K="gpg --homedir $T/kim --batch --quiet --no-tty --trust-model always"
$K --pinentry-mode loopback --passphrase '' --quick-gen-key "$KIM" ed25519 \
	sign,cert 60d
fpr=$($K --with-colons --list-keys | sed -n 's/^fpr:*\(.*\):/\1/p' | head -n 1)
$K --pinentry-mode loopback --passphrase '' --quick-add-key "$fpr" cv25519 \
	encr 60d
$K --armor --export "$fpr" >"$M/kim.asc"
$K --import "$KEYS/service.pub.asc"

# ---- by then a person answers

hand faye@finder.test "$MAIL/plain.eml"
hand faye@finder.test "$MAIL/plain-flowed.eml"
hand faye@finder.test "$MAIL/attachments.eml"
hand faye@finder.test "$MAIL/html-only.eml"
silent=$(case_of plain) answered=$(case_of plain-flowed)
closed=$(case_of attachments) late=$(case_of html-only)
psirtctl case "$answered" do '/to finder
We are looking into it.' >/dev/null
ok 'a case is closed' psirtctl case "$closed" do '/invalid Not ours.
/close Not ours.'
settle
move +119h
settle
is "$(grep -c ' timer ' "$T/psirtd.log")" 0 'an hour before it nothing happens'
move +90m
wait_for 20 'two timers' sh -c '[ "$(grep -c " timer " "$1")" -ge 2 ]' sh \
	"$T/psirtd.log"
settle
for id in $silent $late; do
	is "$(sent_of "$id" overdue)" 2 "$id: alice and bob are reminded, once"
	is "$(events "$id" answer.overdue | wc -l)" 1 "$id: its log says so"
done
for id in $answered $closed; do
	is "$(sent_of "$id" overdue)" 0 "$id: answered or closed: nobody is"
	is "$(events "$id" answer.overdue | wc -l)" 0 "$id: nor does its log"
done
# shellcheck disable=SC2046
open_all alice $(letters_to alice@example.test)
reminder=$(for letter in $(letters_to alice@example.test); do
	got alice "$letter" text
done | grep '^Nobody has answered')
like "$reminder" "^Nobody has answered the finder of $silent, and the date" \
	'the letter says of which case'
before=$(sink list "$SINK" | wc -l)
move +30d
settle
is "$(sink list "$SINK" | wc -l)" "$before" 'and it is said once'

# ---- a finder's key that expires

# from_kim NAME: encrypted and signed, with the key inside.
from_kim() {
	{
		printf 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n'
		printf 'Words of %s.\r\n--b\r\n' "$1"
		printf 'Content-Type: application/pgp-keys\r\n\r\n'
		cat "$M/kim.asc"
		printf '\r\n--b--\r\n'
	} >"$M/$1.inner"
	{
		printf 'From: %s\r\nTo: security@example.test\r\n' "$KIM"
		printf 'Subject: %s\r\nMessage-ID: <%s@finder.test>\r\n' "$1" "$1"
		[ -z "${2-}" ] || printf 'In-Reply-To: <%s@finder.test>\r\n' "$2"
		printf 'MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; '
		printf 'protocol="application/pgp-encrypted"; boundary=e\r\n\r\n'
		printf -- '--e\r\nContent-Type: application/pgp-encrypted\r\n\r\n'
		printf 'Version: 1\r\n\r\n--e\r\n'
		printf 'Content-Type: application/octet-stream\r\n\r\n'
		$K --armor --sign -u "$fpr" --encrypt -r "$(cat "$KEYS/service.fpr")" \
			--output - "$M/$1.inner" 2>>"$T/kim.said"
		printf '\r\n--e--\r\n'
	} >"$M/$1.eml"
}

from_kim kim-1
from_kim kim-2
from_kim kim-3 kim-2
hand kim@finder.test "$M/kim-1.eml"
hand kim@finder.test "$M/kim-2.eml"
id=$(case_of kim-1) pinned=$(case_of kim-2)
is "$(events "$pinned" party.added | pick facts.signer)" "$fpr" \
	'by the second report kim is known by the key'
like "$(psirtctl case show "$id")" '^finder: .*kim@finder\.test, channel sealed$' \
	'kim wrote encrypted: the channel is sealed'
psirtctl case "$id" do '/to finder
Secret words, first.' >/dev/null
settle
is "$(letters_to kim@finder.test | wc -l)" 3 \
	'while the key is good, an answer leaves'

# The next one does not get away in time.
sink tell "$SINK" refuse 'kim@finder.test=451'
psirtctl case "$id" do '/to finder
Secret words, second.' >/dev/null
wait_for 20 'a refusal' grep -q ' not-handed ' "$T/psirtd.log"
like "$(psirtctl outbox)" "message to kim@finder\\.test: sealed" \
	'(a sealed letter is still here when)'
move +26d
sink tell "$SINK" clear
wait_for 20 'a letter that waits' grep -q ' letter-waits ' "$T/psirtd.log"
settle
like "$(psirtctl outbox)" "message to kim@finder\\.test: waiting, .*expired" \
	'the key expires: the letter goes back and waits'
is "$(letters_to kim@finder.test | wc -l)" 4 'it does not leave'
like "$(cat "$(letters_to kim@finder.test | tail -n 1)")" \
	'^Subject: .*Please send us your key' 'what leaves asks for another key'
psirtctl case "$id" do '/to finder
Secret words, third.' >/dev/null
wait_for 20 'another letter that waits' sh -c \
	'[ "$(grep -c " letter-waits " "$1")" -ge 2 ]' sh "$T/psirtd.log"
settle
is "$(psirtctl outbox | grep -c 'message to kim.*waiting, .*expired')" 2 \
	'a new one waits as well'
told=$(for letter in $(letters_to alice@example.test | tail -n 6); do
	got alice "$letter" text
done)
is "$(echo "$told" | grep -c "^Letter [0-9]* (message) to .* in $id did not leave: it is waiting\\.\$")" \
	2 'the analysts are told of both'
is "$(grep -rl 'Secret words' "$SINK" | wc -l)" 0 \
	'nothing of it is in clear, at the sink'
is "$(as_service grep -rl 'Secret words' "$T/state" | wc -l)" 0 'or in the state'

# ---- a signature by a key that has expired meanwhile

hand kim@finder.test "$M/kim-3.eml"
update=$(letters_to alice@example.test | tail -n 1)
like "$(got alice "$update" text)" '^Words of kim-3\.$' 'a mail of kim is read'
like "$(got alice "$update" text)" '^Signature: .*expired' \
	'its signature is that of a key that has expired'
is "$(events "$pinned" reply.added | wc -l)" 0 \
	'so it is no reply of the finder'
is "$(events "$pinned" contribution.added | wc -l)" 1 'but a contribution'
is "$(grep -E '^psirtd-[^ ]+ (error|bug)' "$T/psirtd.log")" '' \
	'no error in the log'
ok 'psirtd ends' stop_psirtd
gpgconf --homedir "$T/kim" --kill all
done_testing
