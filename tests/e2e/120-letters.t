#!/bin/sh
# Letters as their readers get them: too large ones go without attachments,
# addresses that SMTP cannot carry wait, and whoever answers finds our key.
. tests/lib/scenario.sh

hand() {
	hand_from=$1
	shift
	hand_first=$1
	shift
	lmtp "$hand_from" "$hand_first" --quiet --xforward IDENT=%f "$@" ||
		fail "${hand_first##*/} is not taken"
	settle
}

case_of() {
	psirtctl trace "$1" | sed -n 's/.* filed case=//p'
}

# letter_of NAME KIND ADDRESS: the file of the letter that came of it.
letter_of() {
	letter_id=$(psirtctl trace "$1" | sed -n \
		"s/.* letter ordered: $2 .*message-id=<\\(.*\\)> $3\$/\\1/p")
	grep -lF "Message-ID: <$letter_id>" "$SINK"/*.eml | head -n 1
}

start_sink && standard_setup "smtp:127.0.0.1:$SINK_PORT" \
	--set analyst.alice.max_letter=1M --set analyst.bob.max_letter=1M &&
	start_psirtd "$CONF" || bail 'psirtd does not start'
M=$T/m
mkdir "$M"

# ---- too large, at every step of the encoding

# attached NAME BYTES...: an encrypted report with files of so many bytes.
attached() {
	attached_name=$1
	shift
	attached_n=0 attached_list=''
	for bytes; do
		attached_n=$((attached_n + 1))
		head -c "$bytes" /dev/urandom >"$M/$attached_name.$attached_n.bin"
		attached_list="$attached_list --attach $M/$attached_name.$attached_n.bin"
	done
	# shellcheck disable=SC2086
	compose new --from faye --encrypt --subject Large --say 'See below.' \
		--message-id "<$attached_name@finder.test>" $attached_list \
		--output "$M/$attached_name.eml"
}

attached small 300000 100000
attached border 700000
attached large 900000 300000
hand faye@finder.test "$M/small.eml" "$M/border.eml" "$M/large.eml"
for who in alice bob; do
	letter=$(letter_of small report $who@example.test)
	is "$(got $who "$letter" 'attachments.*.sha256')" \
		"$(sha256sum "$M"/small.?.bin | cut -d' ' -f1)" \
		"$who: a letter that is small enough has its attachments"
	for name in border large; do
		letter=$(letter_of $name report $who@example.test)
		is "$(got $who "$letter" 'attachments#')" 0 \
			"$who: $name: the letter has no attachments"
		ok "$who: $name: it is no larger than max_letter" \
			test "$(wc -c <"$letter")" -le 1048576
		text=$(got $who "$letter" text)
		id=$(case_of $name)
		like "$text" "^psirtctl case $id read 1 --attachment K\$" \
			"$who: $name: it says how to fetch them"
		for file in "$M/$name".?.bin; do
			k=${file%.bin}
			k=${k##*.}
			like "$text" "^=== Attachment $k: $name\\.$k\\.bin\$" \
				"$who: $name: attachment $k has its name"
			like "$text" "^application/octet-stream, $(($(wc -c <"$file") / 1024)) KB, SHA-256 $(sha256sum "$file" | cut -d' ' -f1)\$" \
				"$who: $name: type, size and SHA-256"
		done
	done
done
for file in "$M"/large.?.bin; do
	k=${file%.bin}
	k=${k##*.}
	psirtctl case "$(case_of large)" read 1 --attachment "$k" >"$T/fetched"
	ok "attachment $k is fetched, equal bytes" cmp "$file" "$T/fetched"
done

# What could not be opened comes as it was received, and counts as well.
python3 - "$MAIL/pgp-wrong-key.eml" "$M/closed.eml" <<'PY'
"""The same with a long preamble, which is part of the mail as it came."""
import sys
head, _, body = open(sys.argv[1], "rb").read().partition(b"\r\n\r\n")
with open(sys.argv[2], "wb") as f:
    f.write(head + b"\r\n\r\n" + (b"x" * 70 + b"\r\n") * 10000 + body)
PY
hand faye@finder.test "$M/closed.eml"
letter=$(letter_of closed report alice@example.test)
is "$(got alice "$letter" 'attachments#')" 0 \
	'a mail that was not opened, and is too large, is not attached'
like "$(got alice "$letter" text)" "^psirtctl case $(case_of closed) read 1 --mbox\$" \
	'the letter says how to fetch it'

many=$(seq 70 | sed "s|.*|$M/f&.txt|")
for file in $many; do
	echo "$file" >"$file"
done
# shellcheck disable=SC2046
compose new --from faye --subject Many --say Many. \
	--message-id '<many@finder.test>' $(echo "$many" | sed 's/^/--attach /') \
	--output "$M/many.eml"
hand faye@finder.test "$M/many.eml"
letter=$(letter_of many report alice@example.test)
is "$(got alice "$letter" 'attachments#')" 0 \
	'so many attachments that a letter cannot hold them: none is left out in silence'
like "$(got alice "$letter" text)" "read 1 --attachment K\$" \
	'the letter says how to fetch them'

# ---- addresses

cat >"$M/odd.eml" <<'MAIL'
From: =?utf-8?q?F=C3=A4ye?= <finder@elsewhere.test>
To: <security@example.test>
Subject: Odd
Message-ID: <odd@finder.test>

Words.
MAIL
sed 's/odd@/domain@/' "$M/odd.eml" >"$M/domain.eml"
hand 'fäye@finder.test' "$M/odd.eml"
hand 'faye@bücher.test' "$M/domain.eml"
odd=$(case_of odd)
says=$(psirtctl outbox)
like "$says" "^$odd Letter [0-9]+: acknowledgement to fäye@finder\\.test: waiting, .*not ASCII.*another way" \
	'a local part that is not ASCII: the letter waits, and the outbox says why'
like "$(service_ctl check 2>&1)" \
	"^warning: $odd: letter [0-9]+ \\(acknowledgement\\) .*waiting: .*not ASCII" \
	'psirtctl check names it'
is "$(log_count not-handed "letter=")" 1 'it was tried once'
trouble=$(for letter in $(letters_to alice@example.test | tail -n 4); do
	got alice "$letter" text
done)
like "$trouble" "^Letter [0-9]+ \\(acknowledgement\\) to .* in $odd did not leave: it is waiting\\.\$" \
	'and alice is told'
ack=$(letters_to 'faye@xn--bcher-kva.test')
ok 'a domain that is not ASCII is sent as A-labels' test -s "$ack"
is "$(envelope "$ack" 'recipients.*.address')" 'faye@xn--bcher-kva.test' \
	'in the envelope'
is "$(LC_ALL=C sed '/^\r*$/q' "$ack" | LC_ALL=C grep -c "$(printf '[\200-\377]')")" 0 \
	'and the header is ASCII'

# ---- whoever answers a letter of ours finds our key

H=$T/third
mkdir -m 700 "$H"
gpg --homedir "$H" --batch --quiet --import "$KEYS/service.pub.asc"
gpgsm --homedir "$H" --batch --import "$KEYS/ca.crt" "$KEYS/service.crt" \
	>"$T/gpgsm.said" 2>&1
compose new --from faye --encrypt --sign --autocrypt --subject Faye \
	--message-id '<keyed@finder.test>' --say Words. --output "$M/keyed.eml"
hand faye@finder.test "$M/keyed.eml"
compose new --from sam --encrypt --sign --attach "$KEYS/sam.crt" --subject Sam \
	--message-id '<certified@finder.test>' --say Words. \
	--output "$M/certified.eml"
hand sam@finder.test "$M/certified.eml"
for name in keyed certified; do
	psirtctl case "$(case_of $name)" do '/to finder
It will be fixed.' >"$T/said" 2>&1 || diag_file "$T/said"
done
settle
# looked_up PROGRAM ADDRESS: the fingerprints that it has for exactly that.
looked_up() {
	"$1" --homedir "$H" --batch --with-colons --list-keys "<$2>" \
		2>/dev/null | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p'
}
for to in faye sam; do
	letter=$(letters_to $to@finder.test | tail -n 1)
	like "$(got $to "$letter" text)" '^It will be fixed\.$' \
		"$to: reads the answer"
	is "$(got $to "$letter" encrypted_all)" true "$to: it was encrypted"
	is "$(got $to "$letter" 'encrypted_to.*')" $to "$to: to nobody else"
	is "$(got $to "$letter" 'signatures.*.status')" good "$to: and signed"
	is "$(got $to "$letter" hp)" cipher "$to: hp=cipher"
	is "$(got $to "$letter" flags.outer_subject_leaks)" false \
		"$to: the outer subject is neutral"
	for name in From Reply-To; do
		for where in outer headers; do
			value=$(got $to "$letter" $where.$name.0 2>/dev/null) ||
				continue
			address=$(echo "$value" | sed 's/.*<\(.*\)>/\1/')
			like "$(looked_up gpg "$address")" \
				"^$(cat "$KEYS/service.fpr")\$" \
				"$to: gpg finds our key by $where $name"
			like "$(looked_up gpgsm "$address")" \
				"^$(cat "$KEYS/service.smime.fpr")\$" \
				"$to: gpgsm finds our certificate by $where $name"
		done
	done
done
is "$(grep -E '^psirtd-[^ ]+ (error|bug)' "$T/psirtd.log")" '' \
	'no error in the log'
ok 'psirtd ends' stop_psirtd
done_testing
