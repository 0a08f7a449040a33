#!/bin/sh
# What robots write is filed where an analyst sees it, tied to a letter of ours
# by our own token only, and never answered.
. tests/lib/scenario.sh

# hand FROM TO FILE: by LMTP, and waits until all is done.
hand() {
	lib lmtp.py --port "$LMTP_PORT" --from "$1" --to "$2" --quiet \
		--xforward IDENT=%f "$3" || fail "${3##*/} is not taken"
	settle
}

case_of() {
	psirtctl trace "$1" | sed -n 's/.* filed case=//p'
}

count() {
	sink list "$SINK" | wc -l
}

shows() {
	leaves "$(case_tree "$1")" "$2"
}

# bounce NAME STATUS ID WORDS: a delivery status notification, NAME.eml.
bounce() {
	cat >"$M/$1.eml" <<-MAIL
	From: Mail Delivery System <MAILER-DAEMON@mx.finder.test>
	To: <security@example.test>
	Subject: Undelivered Mail Returned to Sender
	Message-ID: <$1@mx.finder.test>
	Content-Type: multipart/report; report-type=delivery-status; boundary=b

	--b

	$4
	--b
	Content-Type: message/delivery-status

	Reporting-MTA: dns; mx.finder.test
	Original-Envelope-Id: $3

	Final-Recipient: rfc822; faye@finder.test
	Action: failed
	Status: $2
	--b--
	MAIL
}

start_sink && standard_setup "smtp:127.0.0.1:$SINK_PORT" &&
	start_psirtd "$CONF" || bail 'psirtd does not start'
M=$T/m
mkdir "$M"
hand faye@finder.test security@example.test "$MAIL/plain.eml"
ID=$(last_case)
psirtctl case "$ID" do '/to finder
Thank you.' >/dev/null
psirtctl case "$ID" do '/to finder
And one more.' >/dev/null
settle
first=$(letters_to faye@finder.test | sed -n 2p)
second=$(letters_to faye@finder.test | sed -n 3p)
verp=$(envelope "$first" from)
token=$(envelope "$second" from_parameters.ENVID)
like "$verp" '^security\+[a-z2-7]{24}@' 'a letter has an envelope address of its own'
is "security+$token@example.test" "$(envelope "$second" from)" \
	'and an envelope ID with the same token'
like "$(cat "$first")" '^X-PSIRT-Loop: [a-z2-7]{24}' 'and a mark against loops'
answered=$(shows "$ID" answered)

# ---- bounces

before=$(count)
bounce stray 5.1.1 "" "The letter had the line: Ref: $token in case $ID."
hand '' security@example.test "$M/stray.eml"
isnt "$(case_of stray)" "$ID" 'words in a bounce tie it to nothing'
is "$(shows "$ID" parties.0.bounced)" false 'and mark nobody'
is "$(count)" "$before" 'a stray bounce bothers nobody'
bounce guessed 5.1.1 "aaaaaaaaaaaaaaaaaaaaaaaa" x
hand '' "security+aaaaaaaaaaaaaaaaaaaaaaaa@example.test" "$M/guessed.eml"
is "$(shows "$ID" parties.0.bounced)" false 'nor does a token that is not ours'

bounce ours 5.7.1 nothing 'Sorry.'
hand '' "$verp" "$M/ours.eml"
is "$(case_of ours)" "$ID" 'a bounce to the letter'"'s address is in its case"
is "$(shows "$ID" parties.0.bounced)" true 'whose reader counts as not reachable'
like "$(psirtctl case show "$ID")" \
	'^finder: faye@finder\.test, .* LETTER [0-9]+ BOUNCED, status 5\.7\.1$' \
	'as case show says'
is "$(count)" $((before + 2)) 'analysts hear of it, nobody else'
trouble=$(letters_to alice@example.test | tail -n 1)
like "$(got alice "$trouble" text)" 'to Faye Finder .* came back \(status 5\.7\.1\)' \
	'with the reason'
cp "$M/ours.eml" "$M/more.eml"
sed -i 's/ours@/more@/' "$M/more.eml"
hand '' "$verp" "$M/more.eml"
is "$(count)" $((before + 2)) 'and only once'
bounce known 5.2.2 "$token" 'Sorry.'
hand '' security@example.test "$M/known.eml"
is "$(case_of known)" "$ID" 'a bounce that lost the address is known by its ID'
is "$(count)" $((before + 4)) 'and told'

# ---- an automatic answer of a participant

sent=$(sed -n 's/^Message-ID: //p' "$first" | tr -d '\r\n')
cat >"$M/away.eml" <<MAIL
From: Faye Finder <faye@finder.test>
To: <security@example.test>
Subject: [ACME-4711] Out of office
Date: $(date -R)
Message-ID: <away@finder.test>
In-Reply-To: $sent
Auto-Submitted: auto-replied

I will be back on $(date -u -d '+10 days' +%Y-%m-%d).
MAIL
hand faye@finder.test security@example.test "$M/away.eml"
is "$(case_of away)" "$ID" 'an automatic answer is in the case'
is "$(shows "$ID" parties.0.ticket)" ACME-4711 'their ticket is read'
like "$(shows "$ID" parties.0.away_until)" \
	"^$(date -u -d '+10 days' +%Y-%m-%d)" 'and until when they are away'
is "$(shows "$ID" answered)" "$answered" 'it is no answer of a person'
is "$(count)" $((before + 4)) 'nobody gets a letter'
like "$(psirtctl case log "$ID")" 'a robot \(auto-reply\), filed, not answered' \
	'the log says what it was'

# ---- loops

cp "$first" "$M/loop.eml"
hand faye@finder.test security@example.test "$M/loop.eml"
is "$(events "$ID" robot.filed | tail -n 1 | pick facts.reason)" own-letter \
	'a letter of ours that comes back is known'
{
	for i in $(seq 51); do
		echo "Received: by host$i.finder.test; $(date -R)"
	done
	sed 's/\r$//; s/^Message-ID:.*/Message-ID: <hops@finder.test>/' \
		"$MAIL/report-english.eml"
} >"$M/hops.eml"
hand faye@finder.test security@example.test "$M/hops.eml"
is "$(events "$(case_of hops)" robot.filed | pick facts.reason)" loop \
	'what has had more than 50 hosts goes round'
is "$(count)" $((before + 4)) 'neither is answered, nor told'

# ---- what one sees of it

is "$(psirtctl case list | grep -c '^EX-')" 1 'the list has the one report'
like "$(psirtctl case list)" 'robots wrote 3 of their own: .*--robots' \
	'and says that there is more'
is "$(psirtctl case list --robots --json | pick id | sort | paste -sd' ')" \
	"$(for name in stray guessed hops; do case_of $name; done | sort |
		paste -sd' ')" 'which --robots shows'
psirtctl case "$(case_of hops)" do /take >/dev/null
is "$(psirtctl case list | grep -c '^EX-')" 2 'an analyst can take one up'

# A program may carry a report: it is told, and not answered.
sed 's/\r$//; s/^Message-ID:.*/Message-ID: <notice@finder.test>\nList-Id: <x.test>/' \
	"$MAIL/report-english.eml" >"$M/notice.eml"
before=$(count)
hand notices@finder.test security@example.test "$M/notice.eml"
is "$(count)" $((before + 2)) 'a list that carries a report is told to analysts'
is "$(letters_to notices@finder.test)" '' 'and is not answered'
like "$(got alice "$(letters_to alice@example.test | tail -n 1)" text)" \
	'^Not acknowledged: list\.$' 'the letter says so'
ok 'the chain of events holds' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
