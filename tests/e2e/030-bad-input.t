#!/bin/sh
# What cannot be read or opened is accepted, becomes a case that says why, and
# is acknowledged like any other.
. tests/lib/scenario.sh

file_of() {
	if [ -e "$MAIL/$1.eml" ]; then
		echo "$MAIL/$1.eml"
	else
		echo "$T/$1.eml"
	fi
}

# hand SENDER PATTERN: all of that name, over one connection; each under its
# name as queue ID.
hand() {
	hand_from=$1
	# shellcheck disable=SC2046
	set -- $(echo "$names" | grep -E "$2" | while read -r name; do
		file_of "$name"
	done)
	hand_first=$1
	shift
	lmtp "$hand_from" "$hand_first" --xforward IDENT=%f "$@"
}

# letter_of NAME KIND ADDRESS: the file of the letter that came of it.
letter_of() {
	psirtctl trace "$1" |
		sed -n "s|.* letter ordered: $2 .*message-id=<\\(.*\\)> $3\$|$T/letters/\\1.eml|p"
}

ack_of() {
	letter_of "$1" acknowledgement '.*@finder.test'
}

# The words of an acknowledgement without what is its own.
words_of() {
	got faye "$1" text | sed '/stored as case/d; /somewhere/d; /^Ref:/d
		s/[0-9][0-9]:[0-9][0-9] UTC/UTC/'
}

# The processor time of a reader is short, so that it is easy to spend.
CLOCK=$T/clock
clock make "$CLOCK" &&
	standard_setup '' --set limits.reader_seconds=1s --set limits.text_size=8M &&
	start_psirtd "$CONF" || bail 'psirtd does not start'

python3 -B - "$T" "$KEYS" <<'PY' || bail 'no mails'
import sys
sys.path[:0] = ["tests/fixtures", "tests/lib"]
import mime
import writer
def write(name, body, subject="A bug in the importer"):
    with open(f"{sys.argv[1]}/{name}.eml", "wb") as f:
        f.write(mime.message(
            body, ("From", "Faye Finder <faye@finder.test>"),
            ("To", "Example PSIRT <security@example.test>"),
            ("Subject", subject), ("Date", mime.date()),
            ("Message-ID", f"<{name.ljust(16, '0')}@finder.test>")))
# Seconds of work for whoever makes text of HTML; small while it is encrypted.
part = mime.text("<p>Affected <b>versions</b>:</p>" * 250000, subtype="html")
with writer.Writer(sys.argv[2]) as w:
    write("slow", w.pgp_mime_encrypted(
        mime.multipart("mixed", part, part), ["service"]))
write("many", mime.text("".join(f"CVE-2026-{i}\n" for i in range(1000, 1100))))
with open(f"{sys.argv[1]}/killer-good.eml", "wb") as f:
    f.write(b"Content-Type: text/plain\r\n\r\nWords.\r\n")
PY

# ---- all of them at the door; a good one of each outer shape among them

cat >"$T/list" <<EOF
pgp-encrypted
smime-enveloped
killer-good
pgp-old-key	-
pgp-wrong-key	wrong key
pgp-v6	unsupported
pgp-ocb	unsupported
pgp-ocb-damaged	unsupported
pgp-damaged	damaged
pgp-truncated	damaged
pgp-cut-off	damaged
pgp-no-integrity	no integrity
pgp-password	password
pgp-many-keys	too many keys
pgp-bomb	too large
pgp-not-sealed	not sealed
smime-wrong-key	wrong key
smime-truncated	damaged
slow	unparseable
libetpan-killer	-
deep-nesting	-
deep-messages	-
many-parts	-
huge-header	-
huge-field	-
many-addresses	-
deep-comments	-
nul-bytes	-
eight-bit-header	-
injected-header	-
no-boundary	-
unclosed-multipart	-
no-header	-
empty-body	-
pgp-sandwich	-
EOF
names=$(cut -f1 "$T/list")
count=$(echo "$names" | wc -l)
said=$(
	hand faye@finder.test '^([^s]|slow)'
	hand sam@finder.test '^smime'
)
is "$(echo "$said" | grep -cx '250 2.0.0 Ok <security@example.test>')" \
	"$count" 'all are accepted'
settle 90
# An address gets ten acknowledgements in an hour.
for hour in 1 2 3; do
	clock move "$CLOCK" +61m >/dev/null
	settle 90
done

is "$(letters_to alice@example.test | wc -l)" "$count" \
	'alice has a letter about each'
is "$(cases | wc -l)" "$count" 'each is a case'
# shellcheck disable=SC2046
open_all alice $(letters_to alice@example.test) || bail 'alice cannot read'
# shellcheck disable=SC2046
open_all faye $(letters_to faye@finder.test) $(letters_to sam@finder.test) ||
	bail 'faye cannot read'

# ---- what alice is told

while IFS='	' read -r name problem; do
	file=$(file_of "$name")
	from=$(letter_of "$name" report alice@example.test)
	ok "$name: alice has its letter" test -s "$from" || continue
	[ -n "$problem" ] || continue
	text=$(got alice "$from" text)
	if [ "$problem" = - ]; then
		unlike "$text" 'NOT OPENED' "$name: nothing had to be opened"
		for limit in $(pick "${file%.eml}.json" 'limits.*'); do
			like "$text" "^Limits reached while reading: .*$limit" \
				"$name: the limit is named: $limit"
		done
		continue
	fi
	like "$text" "^NOT OPENED \\($problem\\): [A-Z].*\\.\$" \
		"$name: the reason is named: $problem"
	is "$(got alice "$from" 'attachments.*.name')" as-received.eml \
		"$name: the mail is attached"
	is "$(got alice "$from" attachments.0.sha256)" \
		"$(sha256sum "$file" | cut -d' ' -f1)" \
		"$name: as it came, byte for byte"
	like "$text" '^The mail is attached as it came' "$name: and it says so"
	id=$(psirtctl trace "$name" | sed -n 's/.* filed case=//p')
	like "$(psirtctl case show "$id")" "^  not opened: $problem: " \
		"$name: case show names it as well"
	is "$(events "$id" report.received | pick facts.problem)" "$problem" \
		"$name: the case has the reason"
done <"$T/list"

like "$(got alice "$(letter_of no-header report alice@example.test)" text)" \
	'^From <faye@finder\.test>, received' \
	'where the header has no sender, the envelope says who it is from'
like "$(got alice "$(letter_of pgp-old-key report alice@example.test)" text)" \
	'^Encrypted: all\. To a key of ours that has expired\.$' \
	'a mail to our expired key is opened, and alice is told'

# ---- the acknowledgements

# shellcheck disable=SC2046
python3 -B "$LIB/masked.py" $(letters_to faye@finder.test) \
	$(letters_to sam@finder.test)
for name in $names; do
	ack=$(ack_of "$name")
	ok "$name: it is acknowledged" test -s "$ack" || continue
	case $name in
	# Their outer headers differ.
	deep-* | many-* | huge-* | nul-* | eight-* | injected-* | \
		no-* | unclosed-* | empty-*)
		is "$(words_of "$ack")" "$(words_of "$(ack_of pgp-encrypted)")" \
			"$name: in the same words"
		continue
		;;
	smime-*) good=smime-enveloped ;;
	*killer*) good=killer-good ;;
	*) good=pgp-encrypted ;;
	esac
	ok "$name: like $good, byte for byte" \
		diff -u "$(ack_of $good).masked" "$ack.masked"
done

# ---- nothing else happened, and it goes on

is "$(grep -E '^psirtd-[^ ]+ (error|bug)' "$T/psirtd.log")" '' \
	'no error in the log'
is "$(log_count role-ended)" 0 'no role has ended'
# Two when it was read, two for its acknowledgement, which had to wait.
is "$(log_count reader-died)" 4 'readers died of one mail only'
is "$(log_count mail-retry)" 0 'no mail had to be tried again'
is "$(lmtp faye@finder.test "$T/many.eml" --xforward IDENT=%f)" \
	'250 2.0.0 Ok <security@example.test>' 'the next mail is accepted'
settle
is "$(got alice "$(letter_of many report alice@example.test)" text |
	grep -c '^- cve: CVE-2026-1')" 50 \
	'and read: of a hundred CVE IDs as many are shown as may be'
ok 'the audit finds nothing wrong' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
