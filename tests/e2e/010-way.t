#!/bin/sh
# The main way, through a real Postfix both ways: an encrypted report becomes a
# case, an acknowledgement and the analysts' letters.
. tests/lib/scenario.sh

DIRECTORY=$T/mail
mkdir "$DIRECTORY"

# The names of the outer header fields of a letter, as written, in order.
field_names() {
	sed '/^\r*$/,$d' "$1" | sed -n 's/^\([A-Za-z-]*\):.*/\1/p' |
		tr '\n' ' '
}

last_line() {
	got "$1" "$2" text | sed '/^$/d' | tail -n 1
}

start_sink && start_postfix && standard_setup && start_psirtd "$CONF" ||
	bail 'the house does not stand'

REPORT=$MAIL/report-encrypted.eml
their_id=$(pick "$MAIL/report-encrypted.json" message_id)

queued=$(post faye@finder.test security@example.test "$REPORT")
like "$queued" '^250 .*queued as' 'Postfix takes the report'
queue=$(echo "$queued" | sed 's/.*queued as \([A-Z0-9]*\).*/\1/')
sink wait --count 3 "$SINK" >/dev/null || bail 'three letters do not come'
ok 'the queue of Postfix is empty again' queue_empty
settle

id=$(cases)
is "$id" "EX-$(date -u +%Y)-0001" 'one case is open'
case=$(case_tree "$id")
is "$(leaves "$case" state)" Received 'it is in state Received'
is "$(leaves "$case" parties.0.who)" faye@finder.test 'it has its finder'
is "$(leaves "$case" parties.0.channel)" sealed \
	'whose channel is sealed: they wrote encrypted'
like "$(leaves "$case" 'hints.*.normalized')" '^CVE-2026-31337$' \
	'the CVE ID was read inside'
is "$(events "$id" | head -n 4 | tr '\n' ' ')" \
	'case.opened acknowledgement.sent report.received party.added ' \
	'the events, in this order'

faye=$(letters_to faye@finder.test)
alice=$(letters_to alice@example.test)
bob=$(letters_to bob@example.test)
is "$(printf '%s\n' "$faye" "$alice" "$bob" | grep -c 'eml$')" 3 \
	'one letter to each: finder, alice, bob'

# ---- envelopes

is "$(envelope "$faye" from)" '' 'the acknowledgement has the null sender'
verp='^security\+[a-z2-7]{24}@example\.test$'
for who in alice bob; do
	eval "letter=\$$who"
	like "$(envelope "$letter" from)" "$verp" \
		"$who: the envelope sender carries a token"
	is "$(envelope "$letter" from_parameters.RET)" HDRS \
		"$who: bounces bring headers only"
	is "$(envelope "$letter" recipients.0.parameters.NOTIFY)" \
		FAILURE,DELAY "$who: failure and delay are asked for"
	is "$(envelope "$letter" 'recipients.*.address')" \
		"$who@example.test" "$who: one recipient"
done
isnt "$(envelope "$alice" from)" "$(envelope "$bob" from)" \
	'the tokens differ'
is "$(envelope "$faye" 'recipients.*.address')" faye@finder.test \
	'faye: one recipient'
is "$(envelope "$faye" recipients.0.parameters.NOTIFY)" NEVER \
	'nobody wants to hear of an acknowledgement that does not arrive'

# ---- what anybody on the way sees

for who in alice bob; do
	eval "letter=\$$who"
	is "$(got "$who" "$letter" outer.Subject.0)" "[$id] report" \
		"$who: outside stand case ID and kind"
	is "$(got "$who" "$letter" flags.outer_subject_leaks)" false \
		"$who: the outer subject is neutral"
	case $who in
	alice) more='' ;;
	bob) more='Content-Transfer-Encoding Content-Disposition ' ;;
	esac
	is "$(field_names "$letter")" \
		"Received Date From To Message-ID Subject X-PSIRT-Loop Autocrypt MIME-Version Content-Type $more" \
		"$who: these fields, one each; only Postfix's own Received"
	is "$(got "$who" "$letter" encrypted_all)" true \
		"$who: nothing stands beside the ciphertext"
done
is "$(got alice "$alice" 'encrypted_to.*')" alice 'alice: encrypted to her alone'
is "$(got bob "$bob" 'encrypted_to.*')" bob 'bob: encrypted to him alone'
is "$(got alice "$alice" protocol)" openpgp 'alice: by OpenPGP'
is "$(got bob "$bob" protocol)" smime 'bob: by S/MIME'
is "$(got faye "$faye" encrypted)" false \
	'the acknowledgement is in clear: no key of hers was outside'
is "$(field_names "$faye")" \
	'Received Date From To Reply-To Message-ID In-Reply-To References Subject Auto-Submitted X-Auto-Response-Suppress X-PSIRT-Loop Autocrypt MIME-Version Content-Type ' \
	'faye: these fields, one each'
unlike "$(cat "$faye")" 'Heap overflow|AcmeView|31337|alice|bob@' \
	'faye: nothing that was inside, and nobody else'
for letter in "$faye" "$alice" "$bob"; do
	is "$(sed '1,/^\r*$/d' "$letter" | grep -ci '^received:')" 0 \
		"no Received inside ${letter##*/}"
done

# ---- what the readers see

for who in alice bob; do
	eval "letter=\$$who"
	is "$(got "$who" "$letter" 'signatures.*.status')" good \
		"$who: one signature, and it is good"
	is "$(got "$who" "$letter" signatures.0.signer)" service \
		"$who: by the service's key"
	is "$(got "$who" "$letter" signatures.0.covers)" all \
		"$who: it covers all"
	is "$(got "$who" "$letter" hp)" cipher "$who: hp=cipher (RFC 9788)"
	like "$(got "$who" "$letter" 'hp_outer.*')" \
		"^Subject: \\[$id\\] report\$" \
		"$who: HP-Outer says what stood outside"
	for name in Date From To Message-ID Subject Autocrypt; do
		is "$(got "$who" "$letter" 'hp_outer.*' | grep -c "^$name:")" 1 \
			"$who: one HP-Outer for $name"
	done
	like "$(got "$who" "$letter" subject)" \
		"^\\[$id [a-z2-7]{24}\\] Heap overflow in AcmeView\$" \
		"$who: the real subject is protected"
	text=$(got "$who" "$letter" text)
	like "$text" '^I found a heap-based buffer overflow \(CWE-122\)' \
		"$who: the words of the report"
	like "$text" '^- cve: CVE-2026-31337$' "$who: what was found in it"
	is "$(echo "$text" | grep -c '^- product: AcmeView')" 1 \
		"$who: each thing found stands there once"
	like "$(last_line "$who" "$letter")" "^/case $id [a-z2-7]{24}\$" \
		"$who: the /case line comes last"
	is "$(got "$who" "$letter" headers | grep -c Auto-Submitted)" 0 \
		"$who: not Auto-Submitted: a person wrote it"
	is "$(got "$who" "$letter" headers |
		grep -Eic '"(Received|Cc|Bcc|Sender|User-Agent|X-Mailer)"')" 0 \
		"$who: and nothing of anybody else's header"
done
isnt "$(got alice "$alice" tokens.case)" "$(got bob "$bob" tokens.case)" \
	'each has a command token of their own'
isnt "$(got alice "$alice" outer.Message-ID.0)" \
	"$(got bob "$bob" outer.Message-ID.0)" 'and a Message-ID of their own'

is "$(got faye "$faye" 'signatures.*.status')" good \
	'faye: one signature, and it is good'
is "$(got faye "$faye" signatures.0.covers)" all 'faye: it covers all'
is "$(got faye "$faye" hp)" clear 'faye: hp=clear'
is "$(got faye "$faye" outer.Auto-Submitted.0)" auto-replied \
	'faye: Auto-Submitted'
is "$(got faye "$faye" outer.In-Reply-To.0)" "<$their_id>" \
	'faye: it answers her mail'
text=$(got faye "$faye" text)
like "$text" "stored as case $id\\.\$" 'faye: the case ID'
like "$text" 'A person will answer you by [A-Z][a-z]+day [0-9]+ [A-Z][a-z]+ 20' \
	'faye: by which date a person answers'
like "$text" 'To add something, answer this mail' 'faye: how to add something'
like "$text" 'do not publish before .*16:00 UTC' 'faye: the embargo'
like "$text" 'do not agree' 'faye: how to object'
like "$text" "^$(cat "$KEYS/service.fpr")\$" 'faye: our fingerprint'
token=$(got faye "$faye" tokens.reply_to)
like "$token" '^[a-z2-7]{24}$' 'faye: Reply-To carries a token'
is "$(got faye "$faye" tokens.ref)" "$token" 'faye: and so does the text'

# ---- can they answer us encrypted?  A stranger's plain gpg and gpgsm say.

H=$T/third
mkdir -m 700 "$H"
python3 - "$faye" "$DIRECTORY/key.asc" <<'PY'
import email, pathlib, sys
mail = email.message_from_bytes(pathlib.Path(sys.argv[1]).read_bytes())
keys = [p for p in mail.walk() if p.get_content_type() == "application/pgp-keys"]
assert len(keys) == 1
pathlib.Path(sys.argv[2]).write_bytes(keys[0].get_payload(decode=True))
PY
ok 'the key that is attached can be imported' \
	gpg --homedir "$H" --batch --import "$DIRECTORY/key.asc"
for who in alice bob; do
	eval "letter=\$$who"
	is "$(got "$who" "$letter" headers.Reply-To 2>/dev/null)" '' \
		"$who: no Reply-To, From is enough"
	got "$who" "$letter" headers.From.0 >"$DIRECTORY/from"
	is "$(got "$who" "$letter" outer.From.0)" "$(cat "$DIRECTORY/from")" \
		"$who: From is the same outside and inside"
	sed 's/.*<\(.*\)>/\1/' "$DIRECTORY/from" >"$DIRECTORY/address"
done
address=$(cat "$DIRECTORY/address")
like "$(gpg --homedir "$H" --batch --with-colons --list-keys "<$address>")" \
	"^fpr:+$(cat "$KEYS/service.fpr"):" \
	'gpg finds it by exactly the address that stands in From'
ok 'and encrypts to that address' sh -c 'echo hi | gpg --homedir "$1" \
	--batch --trust-model always -ea -r "<$2>"' sh "$H" "$address"

python3 - "$bob" "$KEYS" "$DIRECTORY" <<'PY'
import email, pathlib, subprocess, sys
letter, keys, out = sys.argv[1:]
mail = email.message_from_bytes(pathlib.Path(letter).read_bytes())
der = pathlib.Path(out, "p7m")
der.write_bytes(mail.get_payload(decode=True))
inner = subprocess.run(
    ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", der, "-inkey",
     f"{keys}/bob.key", "-recip", f"{keys}/bob.crt"],
    check=True, capture_output=True).stdout
signed = email.message_from_bytes(inner)
signature = signed.get_payload()[1].get_payload(decode=True)
pathlib.Path(out, "p7s").write_bytes(signature)
PY
openssl pkcs7 -inform DER -in "$DIRECTORY/p7s" -print_certs \
	>"$DIRECTORY/certs.pem"
gpgsm --homedir "$H" --batch --import "$KEYS/ca.crt" "$DIRECTORY/certs.pem" \
	>"$T/gpgsm.said" 2>&1
like "$(gpgsm --homedir "$H" --batch --with-colons --list-keys "<$address>" \
	2>/dev/null)" "^fpr:+$(cat "$KEYS/service.smime.fpr"):" \
	'gpgsm finds our certificate, which came with the signature, by it too'

# ---- logs and trace

for word in accepted read filed; do
	is "$(log_count $word "queue=$queue( |\$)")" 1 \
		"log: $queue was $word, and the line says so"
done
is "$(logged filed | grep -c "case=$id")" 1 'log: filed names the case'
is "$(logged accepted | sed 's/.*\(spool=[^ ]*\).*/\1/')" \
	"$(logged filed | sed 's/.*\(spool=[^ ]*\).*/\1/')" \
	'log: the same spool number'
for n in 1 2 3; do
	like "$(logged sealed "letter=$n ")" \
		"(case=$id.*queue=$queue|queue=$queue.*case=$id)" \
		"log: letter $n was sealed because of $queue"
	like "$(logged letter "letter=$n ")" \
		"(state=handed.*queue=$queue|queue=$queue.*state=handed)" \
		"log: letter $n was handed over because of $queue"
done
like "$("$LIB/postfix" log "$POSTFIX" "$queue")" \
	"lmtp\\[.*$queue: to=<security@example.test>.*status=sent" \
	"Postfix's log has the same queue ID"
for n in 1 2 3; do
	theirs=$(logged letter "letter=$n " |
		sed 's/.*queued as \([A-Z0-9]*\).*/\1/')
	like "$("$LIB/postfix" log "$POSTFIX" "$theirs")" \
		"smtp\\[.*$theirs: to=<.*status=sent" \
		"log: letter $n went on in Postfix as $theirs"
done

for key in "$queue" "$their_id" "<$their_id>"; do
	trace=$(psirtctl trace "$key")
	like "$trace" ' received .*queue='"$queue" "trace $key: received"
	like "$trace" " filed case=$id" "trace $key: filed"
	is "$(echo "$trace" | grep -c 'letter ordered')" 3 \
		"trace $key: three letters ordered"
	is "$(echo "$trace" | grep -c 'letter handed .*queued as')" 3 \
		"trace $key: three letters handed over"
done
ours=$(got alice "$alice" outer.Message-ID.0)
like "$(psirtctl trace "$ours")" "letter handed case=$id letter=2" \
	'trace also knows our own Message-ID'
like "$(psirtctl trace "$ours")" 'alice@example.test' 'and who it went to'
psirtctl trace NOSUCHID >"$T/said" 2>&1
is $? 66 'an ID that nobody knows is EX_NOINPUT'

ok 'psirtd ends' stop_psirtd
done_testing
