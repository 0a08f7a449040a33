#!/bin/sh
# Whom we acknowledge: by what our border found out, so often in an hour, in no
# more than 8 KB; and what lies ready for an analyst's word.
. tests/lib/scenario.sh

# mail NAME [HEADER-LINE]...: a report of its own, as our border leaves it.
mail() {
	mail_name=$1
	shift
	{
		echo 'Received: from mx.finder.test by mx.example.test; x'
		for mail_line; do
			echo "$mail_line"
		done
		echo 'Received: from there by mx.finder.test; x'
		sed 's/\r$//' "$MAIL/report-english.eml" |
			sed "s/^Message-ID:.*/Message-ID: <$mail_name@finder.test>/"
	} >"$M/$mail_name.eml"
	echo "$M/$mail_name.eml"
}

hand() {
	lmtp "$1" "$2" --quiet --xforward IDENT=%f || fail "${2##*/} is not taken"
	settle
}

case_of() {
	psirtctl trace "$1" | sed -n 's/.* filed case=//p'
}

state_of() {
	leaves "$(case_tree "$(case_of "$1")")" acknowledgement.state
}

acknowledged() {
	letters_to "$1" | wc -l
}

CLOCK=$T/clock
R='Authentication-Results: mx.example.test;'
clock make "$CLOCK" && start_sink &&
	standard_setup "smtp:127.0.0.1:$SINK_PORT" \
		--set service.authserv_id=mx.example.test \
		--set service.key_url=https://example.test/key.asc &&
	start_psirtd "$CONF" || bail 'psirtd does not start'
M=$T/m
mkdir "$M"

# ---- plausible

hand faye@finder.test "$(mail nothing)"
is "$(state_of nothing)" sent 'without a result a report is acknowledged'
like "$(service_ctl check)" '^warning: border: no mail .*authserv_id|^warning: border' \
	'and check says what to install'
hand faye@finder.test "$(mail good "$R dmarc=pass header.from=finder.test")"
is "$(state_of good)" sent 'so is what our border found good'
like "$(service_ctl check)" '^ok: border: ' 'and check is content'
hand victim@finder.test "$(mail forged "$R dmarc=fail header.from=finder.test")"
is "$(state_of forged)" held 'what it found forged waits'
hand victim@finder.test "$(mail spf "$R spf=fail smtp.mailfrom=finder.test")"
is "$(state_of spf)" held 'be it by SPF'
is "$(acknowledged victim@finder.test)" 0 'nobody hears of a forged name'
mail below >/dev/null
sed -i "s/^Received: from there.*/&\\n$R dmarc=fail/" "$M/below.eml"
hand faye@finder.test "$M/below.eml"
is "$(state_of below)" sent 'a result that came along is nobody'"'s"

id=$(case_of forged)
like "$(psirtctl case show "$id")" \
	'^NOT ACKNOWLEDGED: our border says dmarc=fail \(/ack ' 'case show says why'
report=$(letters_to alice@example.test | sed -n 3p)
like "$(got alice "$report" text)" 'NOT ACKNOWLEDGED YET: our border says dmarc' \
	'and so does the report'
like "$(psirtctl outbox)" "^$id Letter [0-9]+: acknowledgement .*: held" \
	'the outbox has it'
compose reply --who alice --say /ack --output "$M/ack.eml" "$report"
hand alice@example.test "$M/ack.eml"
is "$(state_of forged)" sent 'alice answers /ack'
is "$(acknowledged victim@finder.test)" 1 'and it is sent'
psirtctl case "$(case_of spf)" do '/ack refuse' >/dev/null
is "$(state_of spf)" withheld 'another is refused'
settle
is "$(acknowledged victim@finder.test)" 1 'and is not sent'

# ---- so many in an hour

flood=''
for i in $(seq 13); do
	mail "flood$i" >/dev/null
	[ "$i" = 1 ] || flood="$flood $M/flood$i.eml"
done
# shellcheck disable=SC2086
lmtp flood@flood.test "$M/flood1.eml" --quiet --xforward IDENT=%f $flood ||
	fail 'no flood'
settle 60
is "$(acknowledged flood@flood.test)" 10 'an address gets ten'
waits=''
for i in $(seq 13); do
	[ "$(state_of "flood$i")" = sent ] || waits="$waits flood$i"
done
is "$(echo "$waits" | wc -w)" 3 'the others wait'
# shellcheck disable=SC2086
set -- $waits
like "$(psirtctl case show "$(case_of "$1")")" \
	'^NOT ACKNOWLEDGED YET: .*goes out by itself' 'as case show says'
hand new@flood.test "$(mail new)"
is "$(acknowledged new@flood.test)" 1 'another address of the domain does not wait'
ok 'psirtd ends' stop_psirtd
ok 'and starts' start_psirtd "$CONF"
clock move "$CLOCK" +61m >/dev/null
wait_for 30 'the rest' has_letters flood@flood.test 13
settle
is "$(acknowledged flood@flood.test)" 13 'after an hour all have theirs, once'
is "$(state_of "$1")" sent 'and the case knows'

# ---- 8 KB

compose new --from faye --autocrypt --subject Long --say Words. \
	--message-id '<sealed@finder.test>' --output "$M/sealed.eml"
hand faye@finder.test "$M/sealed.eml"
letters_to faye@finder.test | tail -n 1 >"$T/sealed"
ok 'one is encrypted' grep -q 'multipart/encrypted' "$(cat "$T/sealed")"
is "$(for letter in $(sink list "$SINK"); do
	grep -q '^Auto-Submitted: auto-replied' "$letter" &&
		find "$letter" -size +8192c
done)" '' 'no acknowledgement is longer than 8 KB'

# ---- what sort of mail it is

cat >"$M/beg.eml" <<'MAIL'
From: <beg@beg.test>
To: <security@example.test>
Subject: Vulnerability in your website
Message-ID: <beg@finder.test>

Your domain has no valid SPF record and is vulnerable to email spoofing.
Is there a bounty?
MAIL
hand beg@beg.test "$M/beg.eml"
id=$(case_of beg)
is "$(leaves "$(case_tree "$id")" class)" beg-bounty 'its class is told'
is "$(acknowledged beg@beg.test)" 1 'it is acknowledged like any other'
report=$(got alice "$(letters_to alice@example.test | tail -n 1)" text)
like "$report" '^It looks like: beg-bounty\.$' 'the report shows the class'
like "$report" 'by itself no vulnerability' 'and the answer that lies ready'
psirtctl case "$id" do /answer >/dev/null
settle
is "$(acknowledged beg@beg.test)" 2 'which /answer sends'
answer=$(letters_to beg@beg.test | tail -n 1)
like "$(got alice "$answer" text)" 'by itself no vulnerability' 'as it stood there'
unlike "$(cat "$answer")" '^Auto-Submitted' 'in the name of a person'
isnt "$(leaves "$(case_tree "$id")" answered)" '' 'so that a person has answered'
sed 's/beg@finder/spam@finder/; s/^Subject/X-Spam-Flag: YES\nSubject/' \
	"$M/beg.eml" >"$M/spam.eml"
before=$(letters_to alice@example.test | wc -l)
hand beg@beg.test "$M/spam.eml"
like "$(psirtctl case list)" "^$(case_of spam): Received, spam, from beg" \
	'marked spam is listed'
is "$(letters_to alice@example.test | wc -l)" "$before" 'and told to nobody'

# ---- verified

sed -i 's/^acknowledge = .*//; s/^\[policy\]/&\nacknowledge = verified/' "$CONF"
grep -q '^acknowledge = verified' "$CONF" ||
	printf '[policy]\nacknowledge = verified\n' >>"$CONF"
ok 'the policy is changed' reload_psirtd
hand kim@kim.test "$(mail unproved "$R dmarc=none; spf=none")"
is "$(state_of unproved)" held 'verified wants proof'
sed -i 's/^From:.*/From: <kim@kim.test>/' "$(mail proved "$R dmarc=none;" \
	' spf=pass smtp.mailfrom=kim@kim.test')"
hand kim@kim.test "$M/proved.eml"
is "$(state_of proved)" sent 'and takes SPF where there is no DMARC'
ok 'the chain of events holds' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
