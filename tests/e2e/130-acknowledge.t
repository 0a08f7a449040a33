#!/bin/sh
# The acknowledgement tells nobody what was decrypted, goes to no robot, and is
# the only letter without a return path.  (030 compares those in clear.)
. tests/lib/scenario.sh

hand() {
	hand_from=$1
	shift
	hand_first=$1
	shift
	lmtp "$hand_from" "$hand_first" --quiet --xforward IDENT=%f "$@" ||
		fail "${hand_first##*/} is not taken"
}

case_of() {
	psirtctl trace "$1" | sed -n 's/.* filed case=//p'
}

CLOCK=$T/clock
clock make "$CLOCK" && start_sink && standard_setup "smtp:127.0.0.1:$SINK_PORT" &&
	start_psirtd "$CONF" || bail 'psirtd does not start'
M=$T/m
mkdir "$M"

# ---- a key in the outer header: the acknowledgement is encrypted to it

compose new --from faye --encrypt --sign --autocrypt --subject Flaw \
	--message-id '<base@finder.test>' --say 'CVE-2026-1111 in 4.2.' \
	--attach "$RULES/cve.rules" --output "$M/base.eml"
python3 - "$M" "$MAIL" <<'PY' || bail 'no mails'
"""Mails with the outer header of base.eml, and what nobody can open below."""
import pathlib, re, sys
out, mails = map(pathlib.Path, sys.argv[1:])
head, _, body = (out / "base.eml").read_bytes().partition(b"\r\n\r\n")
boundary = re.search(rb'boundary="([^"]*)"', head).group(1)

def write(name, text):
    renamed = head.replace(b"<base@", f"<{name}@".encode())
    (out / f"{name}.eml").write_bytes(renamed + b"\r\n\r\n" + text)

def foreign(name):
    """The body of a fixture, below our boundary."""
    raw = (mails / f"{name}.eml").read_bytes()
    other, _, text = raw.partition(b"\r\n\r\n")
    theirs = re.search(rb'boundary="([^"]*)"', other).group(1)
    return text.replace(theirs, boundary)

write("again", body)
write("garbage", b"\xff\x00 nothing of this is MIME\r\n" * 20)
write("empty", b"")
lines = body.split(b"\r\n")
at = next(i for i, line in enumerate(lines) if b"BEGIN PGP MESSAGE" in line)
flipped = lines[:]
flipped[at + 6] = flipped[at + 6][::-1]
write("damaged", b"\r\n".join(flipped))
write("cut", b"\r\n".join(lines[:at + 6]))
for name in ("pgp-wrong-key", "pgp-v6", "pgp-old-key", "pgp-password",
             "pgp-no-integrity", "pgp-many-keys"):
    write(name, foreign(name))
PY
names=$(cd "$M" && ls -- *.eml | sed 's/\.eml$//')
# An address gets ten in an hour.
# shellcheck disable=SC2086
hand faye@finder.test $(echo "$names" | sed "s|.*|$M/&.eml|; 10q")
settle 60
clock move "$CLOCK" +61m >/dev/null
# shellcheck disable=SC2086
hand faye@finder.test $(echo "$names" | sed "1,10d; s|.*|$M/&.eml|")
settle 60
count=$(echo "$names" | wc -l)
is "$(cases | wc -l)" "$count" 'each mail is a case'
is "$(events "$(case_of pgp-wrong-key)" report.received |
	pick facts.problem)" 'wrong key' '(one could not be opened)'
is "$(events "$(case_of base)" hint.found | grep -c CVE-2026-1111)" 1 \
	'(one could)'
# shellcheck disable=SC2046
open_all faye $(letters_to faye@finder.test) || bail 'faye cannot read'
# shellcheck disable=SC2046
python3 -B "$LIB/masked.py" $(letters_to faye@finder.test)
mkdir "$T/words"
for letter in $(letters_to faye@finder.test); do
	name=$(got faye "$letter" headers.In-Reply-To.0 | sed 's/<\(.*\)@.*/\1/')
	cp "$letter.masked" "$T/words/$name.outer"
	got faye "$letter" encrypted_all 'encrypted_to.*' text hp \
		'signatures.*.status' structure subject >"$T/words/$name.inner"
	python3 -B "$LIB/masked.py" "$T/words/$name.inner"
done
is "$(find "$T/words" -name '*.outer' | wc -l)" "$count" \
	'each is acknowledged, once'
like "$(cat "$T/words/base.inner")" '^faye$' 'encrypted to the key outside'
for name in $names; do
	ok "$name: outside, byte for byte like base" \
		cmp "$T/words/base.outer" "$T/words/$name.outer"
	ok "$name: and so are the words inside" diff -u \
		"$T/words/base.inner.masked" "$T/words/$name.inner.masked"
done

# ---- robots

cat >"$M/precedence.eml" <<'MAIL'
From: <news@finder.test>
To: <security@example.test>
Subject: News
Precedence: bulk
Message-ID: <precedence@finder.test>

Words.
MAIL
sed 's/^Precedence:.*/X-Plain: yes/; s/precedence@/plain@/' "$M/precedence.eml" \
	>"$M/null.eml"
robots="$MAIL/robot-auto-reply.eml $MAIL/robot-list.eml $M/precedence.eml"
# shellcheck disable=SC2086
hand robot@finder.test $robots
hand '' "$MAIL/robot-bounce.eml" "$MAIL/robot-mdn.eml" "$M/null.eml"
hand security@example.test "$MAIL/report-english.eml"
settle
for name in robot-auto-reply robot-list precedence robot-bounce robot-mdn null \
	report-english; do
	is "$(psirtctl trace $name | grep -c 'letter ordered: acknowledgement')" \
		0 "$name: no acknowledgement"
	is "$(events "$(case_of $name)" acknowledgement.withheld | wc -l)" 1 \
		"$name: the case says so"
done
hand faye@finder.test "$MAIL/not-robot-crash-log.eml"
settle
is "$(psirtctl trace not-robot-crash-log |
	grep -c 'letter ordered: acknowledgement')" 1 \
	'a person who sends a log of a robot is acknowledged'

# ---- envelopes of all kinds of letters

psirtctl case "$(case_of base)" do '/to finder
Thank you.' >/dev/null
hand 'fäye@finder.test' "$MAIL/plain.eml"
settle
cat >"$T/envelopes.py" <<'PY'
"""Envelopes that are not as they should be; then each kind, how often."""
import collections, json, pathlib, re, sys
kinds = collections.Counter()
for path in sorted(pathlib.Path(sys.argv[1]).glob("[0-9]*.json")):
    e = json.loads(path.read_text())
    head = path.with_suffix(".eml").read_bytes().partition(b"\r\n\r\n")[0]
    acknowledges = b"\r\nAuto-Submitted: auto-replied\r\n" in head + b"\r\n"
    notify = [r["parameters"].get("NOTIFY") for r in e["recipients"]]
    ret = e["from_parameters"].get("RET")
    if acknowledges:
        good = e["from"] == "" and notify == ["NEVER"] and ret is None
    else:
        good = notify == ["FAILURE,DELAY"] and ret == "HDRS" and re.fullmatch(
            r"security\+[a-z2-7]{24}@example\.test", e["from"])
    if not good:
        print(path.name, e["from"], notify, ret)
    kinds["acknowledgement" if acknowledges else re.search(
        rb"\nSubject: (?:\[[^\]]*\] ?)?(\w*)", head).group(1).decode()] += 1
print(*sorted(kinds))
PY
is "$(python3 -B "$T/envelopes.py" "$SINK")" \
	'acknowledgement message report trouble' \
	'only acknowledgements have the null sender; all others VERP, RET and NOTIFY'
senders=$(sed -n 's/^ "from": "\(security+.*\)",/\1/p' "$SINK"/*.json)
is "$(echo "$senders" | sort | uniq -d)" '' 'no two letters have the same one'
ok 'psirtd ends' stop_psirtd
done_testing
