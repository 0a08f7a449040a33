#!/bin/sh
# S/MIME as others write it, and what we write as others read it: everything
# that is sent here is opened and verified by openssl and gpg alone.
. tests/lib/scenario.sh

# hand FILE FROM: by LMTP, and waits until all is done.
hand() {
	lmtp "$2" "$1" --quiet --xforward IDENT=%f || fail "${1##*/} is not taken"
	settle
}

last_letter() {
	letters_to "$1" | tail -n 1
}

# by_openssl WHO LETTER: decrypts it with WHO's key, verifies what is in it
# against the test CA, and prints that.
by_openssl() {
	openssl cms -decrypt -in "$2" -inkey "$KEYS/$1.key" \
		-recip "$KEYS/$1.crt" -out "$T/inner" &&
		openssl cms -verify -in "$T/inner" -CAfile "$KEYS/ca.crt" \
			-signer "$T/signer" 2>/dev/null
}

# by_gpg WHO LETTER: likewise; a mail may stand around the armor.
by_gpg() {
	gpg_home=$(home_of "$1") &&
		gpg --homedir "$gpg_home" --status-file "$T/status" --decrypt \
			"$2" 2>/dev/null &&
		grep -q "VALIDSIG .*$(cat "$KEYS/service.fpr")" "$T/status"
}

signer() {
	openssl x509 -in "$T/signer" -noout -fingerprint -sha1 |
		tr -d ':\n' | sed 's/.*=//'
}

say_to_finder() {
	ok "$2 is answered" psirtctl case "$1" do "/to finder
It is being looked into."
	settle
}

standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
M=$T/m
mkdir "$M"
WORDS='past the end of its buffer'

# ---- what gpgsm cannot open

hand "$MAIL/smime-oaep-gcm.eml" sam@finder.test
ID=$(last_case)
like "$(by_gpg alice "$(last_letter alice@example.test)")" "$WORDS" \
	'a report by RSA-OAEP and AES-GCM is opened; alice reads it by gpg'
like "$(by_openssl bob "$(last_letter bob@example.test)")" "$WORDS" \
	'and bob by openssl'
is "$(signer)" "$(cat "$KEYS/service.smime.fpr")" 'who sees who signed'
unlike "$(by_gpg alice "$(last_letter alice@example.test)")" \
	'altered on its way' 'AES-GCM shows that nothing was altered'
hand "$MAIL/smime-enveloped.eml" sam@finder.test
like "$(by_gpg alice "$(last_letter alice@example.test)")" \
	'does not show whether it was altered' 'CBC does not, and that is said'

acknowledged=$(letters_to sam@finder.test | wc -l)
hand "$MAIL/smime-gcm-damaged.eml" sam@finder.test
is "$(letters_to sam@finder.test | wc -l)" $((acknowledged + 1)) \
	'what was damaged is acknowledged like the rest'
letter=$(by_gpg alice "$(last_letter alice@example.test)")
like "$letter" 'NOT OPENED \(damaged\)' 'alice is told'
unlike "$letter" "$WORDS" 'and shown nothing of it'

# ---- a signature brings the certificate, and the answer is encrypted to it

for who in sam erin; do
	name=smime-signed
	[ "$who" = sam ] || name=smime-signed-ec
	sed "s/^From: .*/From: $who@finder.test\\r/" "$MAIL/$name.eml" \
		>"$M/$who.eml"
	hand "$M/$who.eml" "$who@finder.test"
	ID=$(last_case)
	is "$(events "$ID" key.kept | pick facts.fingerprint)" \
		"$(cat "$KEYS/$who.smime.fpr")" \
		"$who: a signed mail brings the certificate"
	is "$(events "$ID" key.kept | pick facts.origin)" signature \
		'by its signature'
	like "$(by_gpg alice "$(last_letter alice@example.test)")" \
		'^Its certificate: CN=3D.* < CN=3DTest CA,O=3DTest\.' \
		'and alice reads who issued it'
	say_to_finder "$ID" "$who"
	like "$(by_openssl "$who" "$(last_letter "$who@finder.test")")" \
		'being looked into' "$who opens the answer by openssl"
	is "$(signer)" "$(cat "$KEYS/service.smime.fpr")" 'and sees who signed'
done

# ---- what is signed in clear is signed so that its reader can check it

hand "$MAIL/plain.eml" faye@finder.test
letter=$(last_letter faye@finder.test)
is "$(grep -c '^Content-Type: multipart/signed' "$letter")" 0 \
	'who knows neither gets a letter that is not signed'
is "$(grep -c '^Content-Type: application/pgp-keys' "$letter")" 1 \
	'with our key'
is "$(grep -c '^Subject:' "$letter")" 1 'and each field once'
hand "$MAIL/pgp-signed.eml" faye@finder.test
like "$(tr -d '\n' <"$(last_letter faye@finder.test)")" \
	'protocol="application/pgp-signature"' 'who wrote OpenPGP gets that'
ok 'psirtd ends' stop_psirtd
export SSL_CERT_FILE="$KEYS/ca.crt"
start_psirtd "$CONF" || bail 'psirtd does not start again'
hand "$MAIL/plain-flowed.eml" faye@finder.test
ok 'with a certificate that all trust, it is signed by that' \
	openssl cms -verify -in "$(last_letter faye@finder.test)" \
	-CAfile "$KEYS/ca.crt" -signer "$T/signer" -out /dev/null
is "$(signer)" "$(cat "$KEYS/service.smime.fpr")" 'our own'

# ---- one more certificate

hand "$MAIL/smime-ecdh.eml" sam@finder.test
like "$(by_gpg alice "$(last_letter alice@example.test)")" \
	'NOT OPENED \(wrong key\)' 'what is for a key on a curve is not opened'
echo fixture >"$T/passphrase"
echo wrong >"$T/wrong"
not service_ctl key import "$KEYS/service-ec.pfx" --passphrase-file \
	"$T/wrong" >"$T/said" 2>&1
like "$(cat "$T/said")" 'not its passphrase' 'a wrong passphrase is told'
ok 'it is taken over from a container as OpenSSL 3 writes it' \
	service_ctl key import "$KEYS/service-ec.pfx" --passphrase-file \
	"$T/passphrase"
ok 'and psirtd reads it' reload_psirtd
sed 's/^Message-ID: </&again-/' "$MAIL/smime-ecdh.eml" >"$M/again.eml"
hand "$M/again.eml" erin@finder.test
like "$(by_gpg alice "$(last_letter alice@example.test)")" "$WORDS" \
	'what is for it is opened from then on'
hand "$MAIL/smime-oaep-sha256.eml" erin@finder.test
like "$(by_gpg alice "$(last_letter alice@example.test)")" "$WORDS" \
	'and what is for the older one still'
ok 'and ends' stop_psirtd
done_testing
