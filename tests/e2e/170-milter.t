#!/bin/sh
# A real Postfix with the milter before it and LMTP behind: one mail to
# security@ and to a bystander in each mode, and what is refused at once.
. tests/lib/scenario.sh

# unchanged FILE ORIGINAL [FIELD]: FILE is ORIGINAL below the Received of our
# Postfix, and below FIELD, which stands once on top.
cat >"$T/unchanged.py" <<'PY'
import re
import sys
got, wanted = (open(p, "rb").read() for p in sys.argv[1:3])
wanted = re.sub(rb"(?<!\r)\n", b"\r\n", wanted)
field = sys.argv[3].encode() if len(sys.argv) > 3 else None
fields = re.split(rb"\r\n(?![ \t])", got)
if field:
    if not re.match(field + rb": [ -~]+$", fields.pop(0)):
        sys.exit(f"it does not begin with {field}")
if not re.match(rb"Received: from (?s:.)* by mx.example.test \(Postfix\)",
                re.sub(rb"\r\n\t", b" ", fields.pop(0))):
    sys.exit("there is no Received of Postfix")
got = b"\r\n".join(fields)
if got.rstrip(b"\r\n") != wanted.rstrip(b"\r\n"):
    sys.exit(f"it was changed:\n{got[:600]}\n{wanted[:600]}")
PY
unchanged() {
	python3 -B "$T/unchanged.py" "$@"
}

# to_both NAME [TO]: hands it to Postfix for security@ and the bystander.
to_both() {
	like "$(post faye@finder.test "${2:-security@example.test}" \
		--to bystander@example.test "$1")" \
		'^250 .*<[Ss]ecurity' "${1##*/}: Postfix takes it"
	queue_empty
	settle
}

mode() {
	as_service sed -i "s/^mode = .*/mode = $1/" "$CONF"
	reload_psirtd || bail "no reload to mode $1"
}

last_to() {
	letters_to "$1" | tail -n 1
}

count_to() {
	letters_to "$1" | wc -l
}

copies_of() {
	psirtctl trace "$(pick "$MAIL/$1.json" message_id)" |
		sed -n 's/.*copies=\([0-9]*\).*/\1/p'
}

workers() {
	for worker in $(role_pids worker1) $(role_pids worker2); do
		kill -"$1" "$worker"
	done
}

PLACE=unix:$T/run/milter.sock
service_directory "$T/run"
chmod 755 "$T/run"
LMTP_PORT=$(free_port)
start_sink && start_postfix "$LMTP_PORT" --milter "$PLACE" &&
	standard_setup '' --set milter.listen="$PLACE" --set milter.mode=copy \
		--set limits.message_size=64K --set limits.recipients=2 ||
	bail 'the house does not stand'
chmod 755 "$T/run"
start_psirtd "$CONF" || bail 'psirtd does not start'

# ---- copy: both ways lead to one report

kinds='pgp-encrypted-signed smime-signed-enveloped plain report-chinese
html-only'
number=0
for kind in $kinds; do
	number=$((number + 1))
	to_both "$MAIL/$kind.eml"
	is "$(count_to bystander@example.test)" "$number" \
		"copy: $kind: the bystander has it"
	ok 'copy: unchanged but for the trace field' unchanged \
		"$(last_to bystander@example.test)" "$MAIL/$kind.eml" \
		X-Psirtd-Trace
	is "$(cases | wc -l) $(copies_of $kind)" "$number 2" \
		'copy: by milter and by LMTP it is one report'
done
accepted=$(logged accepted spool=milter | head -n 1)
queue=$(echo "$accepted" | sed 's/.* queue=\([^ ]*\).*/\1/')
like "$accepted" 'client=127\.0\.0\.1 recipients=1$' 'the log has the client'
like "$(psirtctl trace "$queue")" 'received spool=.* copies=2 ' \
	'psirtctl trace knows the queue ID'
like "$(psirtctl trace "$queue")" "filed.*case=EX-2026-0001" 'and the case'
first=$(letters_to bystander@example.test | head -n 1)
like "$(head -n 1 "$first")" "^X-Psirtd-Trace: $(echo "$accepted" |
	sed 's/.* spool=\([^ ]*\).*/\1/') [a-z2-7]{32}" \
	'the trace is the number of the record, and its HMAC'

# ---- refused at once, with constant texts

large=$T/large.eml
{
	printf 'From: faye@finder.test\r\nMessage-ID: <large@finder.test>\r\n\r\n'
	yes 'Too many words, all the same.' | head -c 70000
} >"$large"
is "$(post faye@finder.test security@example.test \
	--to bystander@example.test "$large" | sed 's/queued as [^ ]*/queued/')" \
	'552 5.3.4 Message is too large <security@example.test>
250 2.0.0 Ok: queued <bystander@example.test>' \
	'too large by its SIZE: refused for us, not for the bystander'
is "$(post faye@finder.test security@example.test --to security+a@example.test \
	--to security+b@example.test --to bystander@example.test \
	"$MAIL/pgp-signed.eml" | sed -n '3p; 4s/queued.*//p')" \
	'452 4.5.3 Too many recipients <security+b@example.test>
250 2.0.0 Ok: ' 'one recipient too many: refused, the others are not'
is "$(post faye@finder.test security@example.test "$first")" \
	'554 5.4.6 Message loops <security@example.test>' \
	'what has been here before loops'
sed 's/^\(X-Psirtd-Trace: .*\)./\1=/' "$first" >"$T/forged.eml"
like "$(post faye@finder.test security@example.test "$T/forged.eml")" '^250 ' \
	'a forged trace is not a loop'
said=$(python3 -B - "$POSTFIX_SMTP" "$large" <<'PY'
import sys
sys.path[:0] = ["tests/lib"]
import lmtp
with lmtp.Session(port=int(sys.argv[1]), smtp=True) as s:
    s.hello()
    message = open(sys.argv[2], "rb").read()
    for to in ("security@example.test", "bystander@example.test"):
        print(s.transaction("faye@finder.test", [to], message,
                            parameters="")[0][1].lines[-1][:30])
PY
)
is "$said" "552 5.3.4 Message is too large
250 2.0.0 Ok: queued as $(echo "$said" | sed -n '2s/.* //p')" \
	'too large when it has come: refused; the next on the connection is not'
queue_empty
settle

# ---- take

mode take
before=$(count_to security@example.test)
cases_before=$(cases | wc -l)
to_both "$MAIL/pgp-encrypted.eml" Security+x@Example.test
ok 'take: the bystander has it unchanged' unchanged \
	"$(last_to bystander@example.test)" "$MAIL/pgp-encrypted.eml"
is "$(cases | wc -l) $(copies_of pgp-encrypted)" "$((cases_before + 1)) 1" \
	'take: it is a report, that came once'
is "$(count_to security@example.test)" "$before" 'take: it goes nowhere else'
record=$(logged accepted spool=milter | tail -n 1 |
	sed 's/.* spool=\([^ ]*\).*/\1/')
like "$(psirtctl trace "$record")" "^[^ ]* received spool=$record queue=" \
	'take: psirtctl trace finds it by its record'
letters=$(count_to bystander@example.test)
like "$(post faye@finder.test security@example.test \
	"$MAIL/inline-encrypted.eml")" '^250 ' 'take: only to us'
queue_empty
settle
is "$(cases | wc -l) $(copies_of inline-encrypted)" "$((cases_before + 2)) 1" \
	'take: a report, too'
is "$(count_to bystander@example.test)" "$letters" 'take: to nobody else'
like "$("$LIB/postfix" log "$POSTFIX" milter-discard)" "milter-discard: END" \
	'take: Postfix discards what nobody is left for'
before=$(log_count accepted spool=milter)
sent=$(PATH="$PATH:/usr/sbin" sendmail -C "$POSTFIX/etc" \
	-f faye@finder.test security@example.test bystander@example.test \
	<"$MAIL/smime-enveloped.eml" 2>&1)
wait_for 30 'the mail by sendmail' sh -c \
	'[ "$(grep -c " accepted spool=milter" "$1")" -gt "$2" ]' sh \
	"$T/psirtd.log" "$before"
queue_empty
settle
is "$sent$(copies_of smime-enveloped)" 1 'take: what sendmail(1) hands in, too'

# ---- tag

mode tag
accepted=$(log_count accepted spool=milter)
to_both "$MAIL/report-english.eml"
ok 'tag: the bystander has it unchanged' unchanged \
	"$(last_to bystander@example.test)" "$MAIL/report-english.eml"
workers STOP # so that it stays in the spool
like "$(post faye@finder.test security@example.test \
	"$MAIL/report-encrypted.eml")" '^250 ' 'tag: only to us'
queue_empty
is "$(strings "$T"/state/spool/lmtp/* | grep -c 'X-Psirtd-Class: person')" 1 \
	'tag: LMTP gets it with its class'
workers CONT
settle
is "$(log_count accepted spool=milter)" "$accepted" 'tag: nothing is spooled'

like "$(service_ctl check 2>&1)" "ok: $PLACE: the milter answers" \
	"psirtctl check knows the milter"
is "$(log_count role-ended 'status=[^0]|signal=[^0]')" 0 'no process has failed'
is "$(grep -E '^psirtd-[^ ]+ (error|bug)' "$T/psirtd.log")" '' \
	'the log has no error'
ok 'psirtd ends' stop_psirtd
done_testing
