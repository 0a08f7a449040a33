#!/bin/sh
# Our key is changed: the new one is published and used, the older one opens
# what was for it, and what lies in the store is sealed anew.
. tests/lib/scenario.sh

# sealed_to FINGERPRINT: how many messages of the store are.
sealed_to() {
	store "SELECT count(*) FROM messages WHERE sealed_to = '$1'"
}

# readable: message 1 of each case, all of them.
readable() {
	for id in $(cases); do
		psirtctl case "$id" read 1 >"$T/read" 2>&1 || return 1
	done
}

standard_setup && start_psirtd "$CONF" || bail 'psirtd does not start'
OWN=$(cat "$KEYS/service.fpr")
M=$T/m
mkdir "$M"
head -c 90000 /dev/urandom | base64 >"$M/large.bin"
compose new --from pat@finder.test --subject Large --say 'See there.' \
	--attach "$M/large.bin" --output "$M/large"
for mail in "$MAIL/pgp-attached-key-inside.eml" "$MAIL/plain.eml" "$M/large"; do
	lmtp faye@finder.test "$mail" --quiet
	settle
done
ID=$(last_case)
psirtctl case "$ID" do '/note It is so.' >/dev/null
is "$(sealed_to "$OWN")" 3 'what came in clear, and a note, know by which key'
is "$(sealed_to '')" 1 'what came encrypted is kept as it came'

ok 'a new key is made' service_ctl key new
NEW=$(sed -n 's/^A new key, which is not yet used: //p' "$T/.said")
like "$NEW" '^[0-9A-F]{40}$' 'and shown'
ok 'it is not used yet' sh -c '"$1" -c "$2" key list | grep -q "openpgp $3, own"' \
	sh "$BUILD/psirtctl" "$CONF" "$OWN"
is "$(psirtctl rekey)" "0 sealed to $OWN, 0 left" 'there is nothing to do'
sed -i "s/$OWN/$NEW/" "$CONF"
ok 'the configuration names it' reload_psirtd
like "$(psirtctl key list)" "^service: openpgp $NEW, own" 'then it is used'
is "$(psirtctl key export | gpg --batch --with-colons --show-keys 2>/dev/null |
	grep -c "^fpr:*$NEW:")" 1 'and published'
ok 'what was sealed before can be read' readable

before=$(as_service find "$T/state/messages" -type f | wc -l)
is "$(psirtctl rekey)" "3 sealed to $NEW, 0 left" 'rekey seals it anew'
is "$(sealed_to "$NEW") $(sealed_to "$OWN")" '3 0' 'all of it'
is "$(as_service find "$T/state/messages" -type f | wc -l)" "$before" \
	'the older file is gone'
is "$(psirtctl rekey)" "0 sealed to $NEW, 0 left" 'once'
ok 'it can be read' readable
lmtp faye@finder.test "$MAIL/pgp-encrypted.eml" --quiet
settle
like "$(psirtctl case "$(last_case)" read 1 2>&1)" 'Encrypted: all' \
	'and what still comes to the older key'
unlike "$(psirtctl case "$(last_case)" read 1 2>&1)" 'COULD NOT|not hold' \
	'is opened'
ok 'psirtd ends' stop_psirtd
done_testing
