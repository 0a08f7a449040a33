#!/bin/sh
# Request Tracker's OpenPGP and S/MIME mails, written by real mail programs,
# through a private Postfix: every encrypted one is opened.  CORPORA is the
# directory that has crypto/rt; its keys become keys of the service.
. tests/lib/scenario.sh

RT=${CORPORA-../shared/corpora}/crypto/rt
for need in emails keys smime/mails smime/keys; do
	[ -d "$RT/$need" ] || bail "$RT/$need: not there; set CORPORA"
done
as_agent() {
	as_service env GNUPGHOME="$T/state/agent" "$@"
}

# Their secret keys to our agent, theirs and the senders' public keys to us.
give_openpgp() {
	for key in "$RT"/keys/*.secret.key; do
		as_agent gpg --batch --quiet --pinentry-mode loopback \
			--passphrase rt-test --import <"$key" || return 1
	done
	for key in "$RT"/keys/*.public.key; do
		cat "$key"
	done | as_agent gpg --batch --quiet --import || return 1
	as_agent gpg --batch --armor --export >"$T/own.asc"
	cat "$T/own.asc" >"$T/state/keys/own.asc"
}

give_smime() {
	openssl pkcs12 -export -passout pass: -passin pass:123456 \
		-inkey "$RT/smime/keys/root@example.com.key" \
		-in "$RT/smime/keys/root@example.com.crt" \
		-certfile "$RT/smime/keys/demoCA/cacert.pem" \
		-out "$T/root.p12" || return 1
	chmod 644 "$T/root.p12"
	service_ctl key import "$T/root.p12"
}

# Their passphrase: what an agent's pinentry would ask a person for.
give_passphrase() {
	cat >"$T/pinentry" <<-'EOF'
	#!/bin/sh
	echo OK
	while read -r word _; do
		[ "$word" != GETPIN ] || echo 'D rt-test'
		echo OK
		[ "$word" != BYE ] || exit 0
	done
	EOF
	chmod 755 "$T/pinentry"
	echo "pinentry-program $T/pinentry" >>"$T/state/agent/gpg-agent.conf"
}

start_sink || bail 'the sink does not start'
start_postfix || bail 'Postfix does not start'
standard_setup || bail 'the setup failed'
give_openpgp >"$T/keys.said" 2>&1 || {
	diag_file "$T/keys.said"
	bail 'the OpenPGP keys'
}
give_smime >"$T/keys.said" 2>&1 || {
	diag_file "$T/keys.said"
	bail 'the S/MIME keys'
}
as_service gpgconf --homedir "$T/state/agent" --kill all
give_passphrase
start_psirtd "$CONF" || bail 'psirtd does not start'

# Mail files of the corpus have LF; Postfix gets CRLF.
mkdir -p "$T/rt"
count=0 encrypted=0
for mail in "$RT"/emails/*.txt "$RT"/emails/*.eml "$RT"/emails/special/*.txt \
	"$RT"/smime/mails/*.eml; do
	count=$((count + 1))
	name=$count-$(basename "$mail")
	sed 's/\r$//; s/$/\r/' "$mail" >"$T/rt/$name"
	case $name in *encrypted*) encrypted=$((encrypted + 1)) ;; esac
done
is "$count" 33 'the corpus has 24 OpenPGP and 9 S/MIME mails'
is "$encrypted" 19 'of which 19 are encrypted by their names'

filed() {
	[ "$(as_service sqlite3 "$T/state/store.db" \
		"SELECT count(*) FROM messages" 2>/dev/null)" = "$1" ]
}
sent=0
for mail in $(ls "$T/rt" | sort -n); do
	sent=$((sent + 1))
	post rt-test@finder.test security@example.test "$T/rt/$mail" \
		>"$T/post.said" 2>&1 || diag_file "$T/post.said"
	wait_for 60 "$mail" filed $sent || break
done
is "$sent" 33 'every mail went through Postfix and was filed'
queue_empty

# In the order in which they were filed.
service_facts() {
	as_service sqlite3 "$T/state/store.db" "SELECT m.id || ' ' ||
		replace(CAST(p.payload AS TEXT), char(10), ' ')
		FROM messages m JOIN payloads p
		ON CAST(p.payload AS TEXT) LIKE '%message=' || m.id ||
			char(10) || '%'
		JOIN events USING(seq)
		WHERE kind IN ('report.received', 'reply.added',
			'contribution.added') ORDER BY m.id"
}
service_facts >"$T/facts"
number=0
for mail in $(ls "$T/rt" | sort -n); do
	number=$((number + 1))
	fact=$(grep "^$number " "$T/facts" | head -n 1)
	case $mail in
	*encrypted* | *binary-a*) # two whose names do not say it
		like "$fact" 'encrypted=(all|part)' "$mail: was encrypted"
		unlike "$fact" 'problem=' "$mail: was opened"
		;;
	*)
		like "$fact" 'encrypted=none' "$mail: was not encrypted"
		;;
	esac
done

# What was said inside: the subject's number stands in each text.
said() {
	psirtctl case list --all | sed 's/:.*//' | while read -r id; do
		psirtctl case "$id" read 1
	done
}
said >"$T/said" 2>&1
for number in 7 8 9 10 11 12 13 14 15 16 17 18; do
	like "$(cat "$T/said")" "ID:$number\$" "the text of number $number"
done
ok 'and ends' stop_psirtd
done_testing
