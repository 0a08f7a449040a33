#!/bin/sh
# Sealed mails of KDE and of the drafts of protected headers: each is opened,
# verified or refused as its truth says.  Then those that want to have a
# decrypted text sent to them (CVE-2019-10732) go through the daemon.  CORPORA
# is the directory that has crypto/; its keys become keys of the service.
. tests/lib/scenario.sh

CRYPTO=${CORPORA-../shared/corpora}/crypto
for need in kde protected-headers; do
	[ -d "$CRYPTO/$need" ] || bail "$CRYPTO/$need: not there; set CORPORA"
done
KDE=$CRYPTO/kde HEADERS=$CRYPTO/protected-headers
is "$(find "$KDE" -name '*.mbox' | wc -l)" 73 'KDE has 73 mails'
is "$(find "$HEADERS" -name '*.eml' | wc -l)" 12 'protected-headers has 12'

crypto() {
	python3 -B tests/corpora/crypto.py "$@"
}
as_agent() {
	as_service env GNUPGHOME="$T/state/agent" "$@"
}

give_openpgp() {
	for key in "$KDE/keys.sec.asc" "$HEADERS/bob@openpgp.example.sec.asc"; do
		as_agent gpg --batch --quiet --pinentry-mode loopback \
			--passphrase '' --import <"$key" || return 1
	done
	cat "$KDE/keys.pub.asc" "$HEADERS/alice@openpgp.example.pub.asc" |
		as_agent gpg --batch --quiet --import || return 1
	as_agent gpg --batch --armor --export >"$T/own.asc"
	cat "$T/own.asc" >"$T/state/keys/own.asc"
}

# give_p12 KEY-AND-CERTIFICATE.pem
give_p12() {
	openssl pkcs12 -export -legacy -passout pass: -in "$1" \
		-out "$1.p12" || return 1
	chmod 644 "$1.p12"
	# What it says of an issuer that it does not know is no failure.
	as_agent gpgsm --batch --quiet --disable-dirmngr \
		--pinentry-mode loopback --passphrase-fd 0 \
		--import "$1.p12" </dev/null || return 1
	openssl x509 -in "$1" >>"$T/state/keys/own.pem"
}

give_smime() {
	cat "$KDE/smime-key-and-cert.pem" >"$T/kde.pem"
	sed '/^-----/d' "$HEADERS/bob.p12" | base64 -d >"$T/bob.p12"
	openssl pkcs12 -in "$T/bob.p12" -passin pass:bob -nodes -legacy \
		>"$T/bob.pem" || return 1
	give_p12 "$T/kde.pem" && give_p12 "$T/bob.pem" || return 1
	cat "$HEADERS/sample-ca.pem" >>"$T/state/keys/own.pem"
}

standard_setup || bail 'the setup failed'
give_openpgp >"$T/keys.said" 2>&1 && give_smime >>"$T/keys.said" 2>&1 || {
	diag_file "$T/keys.said"
	bail 'the keys'
}
as_service gpgconf --homedir "$T/state/agent" --kill all
start_psirtd "$CONF" || bail 'psirtd does not start'

# ---- each of them

mkdir "$T/crypto"
crypto copy "$CRYPTO" "$T/crypto" >"$T/files" || bail 'the mails are not copied'
is "$(wc -l <"$T/files")" 85 'all of them are inspected'
# shellcheck disable=SC2046
service_ctl inspect --json $(cat "$T/files") >"$T/inspected" \
	2>"$T/inspect.said"
is $? 0 'in one call'
is "$(cat "$T/inspect.said")" '' 'which kills no reader'
crypto compare "$CRYPTO" "$T/inspected" tests/corpora/crypto.verdicts \
	>"$T/compared" || bail 'nothing to compare'
while IFS= read -r line; do
	case $line in
	'ok '*) pass "${line#ok }" ;;
	'not ok '*) fail "${line#not ok }" ;;
	*) diag "${line#\# }" ;;
	esac
done <"$T/compared"

# ---- what they are after: the words inside, sent to whoever asks

SECRETS='first part|second part|third part|html (test|bad content)|'
SECRETS="${SECRETS}encrypted message text|quick brown fox"

# letter_of IDENT KIND: that a mail with this IDENT had sent to alice.
letter_of() {
	psirtctl trace "$1" | sed -n \
		"s|.* letter ordered: $2 .*message-id=<\\(.*\\)> alice@.*|$T/letters/\\1.eml|p"
}

FIXTURE_HOME=$(home_of all)
export FIXTURE_HOME
number=0
for file in "$T"/crypto/404698-*.eml; do
	case $file in *.forwarded.*) continue ;; esac
	number=$((number + 1)) name=$(basename "$file" .eml)
	lmtp "mallory$number@finder.test" "$file" --xforward "IDENT=O$number" \
		>"$T/said" || diag_file "$T/said"
	settle || bail "$name is not filed"
	id=$(last_case)
	like "$(psirtctl case "$id" read 1)" "$SECRETS" \
		"$name: the analysts read what is inside"
	# An answer that quotes all of it, with a word for the finder.
	compose reply --who alice --output "$T/answer" --quote below \
		--say '/to finder' --say '' --say 'Thank you.' \
		"$(letter_of "O$number" report)" ||
		fail "$name: no answer can be written"
	lmtp alice@example.test "$T/answer" --xforward "IDENT=A$number" \
		>"$T/said" || diag_file "$T/said"
	settle
	like "$(psirtctl case show "$id")" '^Message [0-9]: words ' \
		"$name: and answer it"

	letters=$(letters_to "mallory$number@finder.test")
	is "$(echo "$letters" | wc -l)" 1 \
		"$name: out goes an acknowledgement, the answer waits for a key"
	unlike "$(cat "$letters")" "$SECRETS" "$name: with nothing of it"
	is "$(letters_to brucewayne45@web.de)" '' \
		"$name: and nothing to who is named as its sender"
	transcript=$(letter_of "A$number" transcript)
	like "$(got alice "$transcript" text)" 'Thank you' \
		"$name: alice has the transcript"
	unlike "$(got alice "$transcript" text)" "$SECRETS" \
		"$name: which says nothing of it"
	unlike "$(psirtctl case show "$id"; psirtctl case show "$id" --json)" \
		"$SECRETS" "$name: nor does the status"
	unlike "$(psirtctl case log "$id"; psirtctl trace "O$number")" \
		"$SECRETS" "$name: nor the log of the case"
done
is "$number" 5 'five of them'
unlike "$(cat "$T/psirtd.log")" "$SECRETS" 'nor does the log'
ok 'psirtd ends' stop_psirtd
done_testing
