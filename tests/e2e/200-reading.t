#!/bin/sh
# What an analyst is told of mail that gateways have damaged, that hides its
# seal, whose headers disagree, and that could not be opened.
. tests/lib/scenario.sh

# letter_of NAME: alice's letter about the mail of that name.
letter_of() {
	psirtctl trace "$1" | sed -n "s|.* letter ordered: report .*message-id=<\
\\(.*\\)> alice@.*|$T/letters/\\1.eml|p"
}
# said NAME [PATH]
said() {
	got alice "$(letter_of "$1")" "${2-text}"
}
case_of() {
	psirtctl trace "$1" | sed -n 's/.* filed case=//p'
}

NAMES='exchange-apart exchange-no-version exchange-no-ciphertext tnef-smime
	tnef-pgp tnef-files message-base64 pgp-from-differs pgp-wrong-key pgp-v6
	pgp-ocb pgp-status-in-name pgp-signed-opaque pgp-old-key
	forwarded'

FIXTURE_HOME=$(home_of all)
export FIXTURE_HOME
standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
for name in $NAMES; do
	lmtp faye@finder.test "$MAIL/$name.eml" --xforward "IDENT=$name" \
		>"$T/said" || diag_file "$T/said"
done
settle 60
# shellcheck disable=SC2046
open_all alice $(letters_to alice@example.test) || bail 'alice cannot read'

# ---- damaged or hidden, and mended

WORDS='reads past the end of its buffer'
while read -r name repair; do
	like "$(said "$name")" "$WORDS" "$name: alice reads what is inside"
	like "$(said "$name")" \
		"^Damaged on its way, and mended: $repair\\.\$" \
		"$name: and what was done to it"
	like "$(said "$name")" '^Encrypted: part\.' \
		"$name: but it is not taken for a whole that was encrypted"
done <<'EOF2'
exchange-apart exchange
exchange-no-version no-version
tnef-smime tnef
tnef-pgp exchange, tnef
EOF2
like "$(said exchange-no-ciphertext)" '^NOT OPENED \(not sealed\)' \
	'a ciphertext that was cut out is missed'
is "$(said tnef-files 'attachments.*.name')" "$(printf 'poc.c\nb.bin')" \
	'the files in a winmail.dat are attached, each by itself'
unlike "$(said tnef-files)" 'mended' 'which is no damage'
is "$(said message-base64 'attachments.*.name')" message.eml \
	'a mail in base64 is handed on, whole, as a file'
is "$(said forwarded 'attachments.*.name')" forwarded.eml \
	'and so is one that was forwarded, once'

# ---- whose words

like "$(said pgp-from-differs)" "^CAREFUL: inside the encryption the sender is\
 else@finder.test, outside it is faye@finder.test\.\$" \
	'senders that disagree are shown, both'
like "$(said pgp-from-differs subject)" 'The subject inside' \
	'with the protected subject'
like "$(said pgp-status-in-name)" '^Not signed\.$' \
	'a file name that looks like the status of a signature is none'
unlike "$(said pgp-signed-opaque)" '^Not signed\.$' \
	'what claims to be signed is not said to be unsigned'

# ---- not opened, and why

stranger=$(gpg --homedir "$(home_of all)" --with-colons --list-keys \
	"$(cat "$KEYS/stranger.fpr")" | sed -n 's/^sub:.*/&/p' | cut -d: -f5)
like "$(said pgp-wrong-key)" "^encrypted to $stranger \(not known here\)\$" \
	'alice is told which key it was encrypted to'
service=$(cat "$KEYS/service.fpr")
like "$(said pgp-v6)" "^AEAD of RFC 9580 .*; encrypted to [0-9A-F]{16} \
\(subkey of $service\)\$" 'that AEAD was used, and with which key of ours'
like "$(said pgp-ocb)" '^AEAD of GnuPG 2.3 \(OCB, packet 20\); ' \
	'and which kind of it'
for name in pgp-wrong-key pgp-v6 pgp-ocb; do
	detail=$(said "$name" | grep -m 1 'encrypted to [0-9A-F]')
	like "$(psirtctl case show "$(case_of "$name")")" \
		"^  not opened: [a-z ]+: .*encrypted to" \
		"$name: case show says it"
	is "$(psirtctl case show "$(case_of "$name")" --json |
		pick messages.0.detail)" "$detail" "$name: in the same words"
	like "$(psirtctl case log "$(case_of "$name")")" 'encrypted to [0-9A-F]' \
		"$name: and so does the log"
done
like "$(said pgp-old-key)" 'To a key of ours that has expired' \
	'a rotated key still opens, and is named as such'
is "$(grep -E '^psirtd-[^ ]+ (error|bug)' "$T/psirtd.log")" '' \
	'no error in the log'
ok 'psirtd ends' stop_psirtd
done_testing
