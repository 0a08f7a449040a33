#!/bin/sh
# From an empty directory to a service that psirtctl check likes; and what it
# says when something is wrong.
. tests/lib/scenario.sh

# says STATUS PATTERN NAME COMMAND...
says() {
	says_wanted=$1 says_pattern=$2 says_name=$3
	shift 3
	says_status=0
	"$@" >"$T/said" 2>&1 || says_status=$?
	is "$says_status" "$says_wanted" "$says_name: status $says_wanted" ||
		diag_file "$T/said"
	like "$(cat "$T/said")" "$says_pattern" "$says_name: it says why"
}

LETTERS=$T/letters
service_directory "$LETTERS" "$T/empty" "$T/etc"
S=$T/empty
PORT=$(free_port)
init() {
	as_service "$BUILD/psirtctl" -c "$T/etc/new.conf" init \
		--organisation Example --address security@example.test \
		--state "$S/state" --runtime "$S/run" "$@"
}
ALICE=alice=alice@example.test,$KEYS/alice.pub.asc

# ---- what init refuses, before it has made anything

says 64 'psirtctl init' 'an unknown option' init --analyst "$ALICE" --frobnicate x
says 64 'psirtctl init' 'no analyst' init
says 65 'alice=.*write *NAME=ADDRESS,KEYFILE' 'half an analyst' \
	init --analyst alice=alice@example.test
says 65 'none\.asc: No such file' 'a key file that is not there' \
	init --analyst "alice=alice@example.test,$T/none.asc"
echo nonsense >"$T/bad.asc"
says 65 'analyst alice, .*bad\.asc' 'a key file without a key' \
	init --analyst "alice=alice@example.test,$T/bad.asc"
says 65 'bad\.asc' 'no secret key in the file' \
	init --analyst "$ALICE" --openpgp "$T/bad.asc"
says 65 'there is no such section' 'a setting of an unknown section' \
	init --analyst "$ALICE" --set frob.name=1
says 65 'unknown setting .frob.' 'an unknown setting' \
	init --analyst "$ALICE" --set limits.frob=1
ok 'no configuration has been written so far' test ! -e "$T/etc/new.conf"

# ---- and how it goes well

ok 'psirtctl init, with a key of its own making' init --analyst "$ALICE" \
	--openpgp "$KEYS/service.sec.asc" \
	--set paths.rules="$RULES" --set paths.templates="$TEMPLATES" \
	--set lmtp.listen="inet:127.0.0.1:$PORT" \
	--set courier.deliver="directory:$LETTERS" \
	--set analyst.alice.max_letter=1M --set analyst.alice.user="$(id -un)"
is "$(stat -c %a "$T/etc/new.conf")" 640 'the configuration is 640'
says 65 'new\.conf is there already' 'a second time' init --analyst "$ALICE"
CONF=$T/etc/new.conf
as_service cp "$CONF" "$T/etc/good.conf"
start_psirtd "$CONF" || bail 'psirtd does not start with what init made'
says 0 '^0 problem\(s\)' 'psirtctl check likes it' service_ctl check
is "$(service_ctl check --json | pick problems)" 0 'as JSON, too'
LMTP_PORT=$PORT
is "$(lmtp faye@finder.test "$MAIL/pgp-encrypted.eml")" \
	'250 2.0.0 Ok <security@example.test>' 'and it works'

# ---- what check finds: each thing is named, with how to mend it

# broken NAME PATTERN: what check says now, and the line after it.
broken() {
	says 78 "$2" "check: $1" service_ctl check
	like "$(grep -A1 -E "$2" "$T/said")" '^    mend: .' "check: $1: how to mend it"
}
as_service chmod 755 "$S/state"
broken 'wrong mode' "PROBLEM: $S/state: others can look into it"
as_service chmod 700 "$S/state"
stop_psirtd || fail 'psirtd does not end'
broken 'psirtd does not run' 'PROBLEM: psirtd: it does not answer'
like "$(cat "$T/said")" 'PROBLEM: gpg-agent: ' 'nor the agent'
like "$(cat "$T/said")" "PROBLEM: inet:127.0.0.1:$PORT: no LMTP" 'nor LMTP'

# edited NAME PATTERN SED...: with another configuration.
edited() {
	edited_name=$1 edited_pattern=$2
	shift 2
	as_service sed -i "$@" "$CONF"
	broken "$edited_name" "$edited_pattern"
	as_service cp "$T/etc/good.conf" "$CONF"
}
edited 'no rules' "PROBLEM: rules and templates: .*$T/none" \
	"s|^rules = .*|rules = \"$T/none\"|"
edited 'no templates' "PROBLEM: rules and templates: .*$T/none" \
	"s|^templates = .*|templates = \"$T/none\"|"
edited 'no courier' 'PROBLEM: courier: no SMTP answers' \
	"s|^deliver = .*|deliver = \"smtp:127.0.0.1:$(free_port)\"|"
edited 'no milter' 'PROBLEM: unix:.*/none: no milter answers' \
	"s|^\[milter\]|&\nlisten = unix:$T/none|"
FAULT=$T/fault
fault make "$FAULT" && fault arm "$FAULT" disk-full
says 78 'PROBLEM: disk: .*less than spool_reserve' 'check: no room' \
	as_service env PSIRTD_TEST_FAULT="$FAULT" "$BUILD/psirtctl" -c "$CONF" \
	check
fault off "$FAULT"
edited "an analyst's key is gone" "PROBLEM: store and keys: .*none\\.asc" \
	"s|^key_file = .*|key_file = \"$T/none.asc\"|"
edited 'another fingerprint' 'PROBLEM: store and keys: .*key 0123456789' \
	's|^openpgp = .*|openpgp = 0123456789012345678901234567890123456789|'
as_service sed -i 's|^\[limits\]|&\nfrob = 1|' "$CONF"
says 78 'new\.conf:[0-9]+: unknown setting .frob. in \[limits\]' \
	'check: an unknown setting' service_ctl check
as_service cp "$T/etc/good.conf" "$CONF"

as_service mv "$S/state/agent/private-keys-v1.d" "$S/state/away"
start_psirtd "$CONF" || bail 'psirtd does not start'
broken 'the secret key is gone' 'PROBLEM: secret key: what is sealed to us cannot'
stop_psirtd || fail 'psirtd does not end'
as_service rm -rf "$S/state/agent/private-keys-v1.d"
as_service mv "$S/state/away" "$S/state/agent/private-keys-v1.d"

# ---- a psirtd that cannot start says so

# no_start STATUS PATTERN NAME
no_start() {
	says "$1" "$2" "psirtd: $3" as_service "$BUILD/psirtd" -c "$CONF"
}
as_service sed -i 's|^\[limits\]|&\nfrob = 1|' "$CONF"
no_start 78 'unknown setting .frob.' 'an unknown setting'
as_service sed -i '/^frob/d; s|^rules = .*|rules = "/none"|' "$CONF"
no_start 78 '/none' 'no rules'
as_service cp "$T/etc/good.conf" "$CONF"
start_psirtd "$CONF" || bail 'psirtd does not start'
says 78 'another psirtd works with this state directory' 'a second psirtd' \
	as_service "$BUILD/psirtd" -c "$CONF"
says 0 '^0 problem\(s\)' 'in the end psirtctl check likes it again' \
	service_ctl check

# ---- import

says 0 '' 'import by the service' service_ctl import "$MAIL/plain.eml"
says 66 'none: No such file' 'import of nothing' service_ctl import "$T/none"
wait_for 20 'the import' sh -c '[ "$("$1" -c "$2" case list | wc -l)" -eq 2 ]' \
	sh "$BUILD/psirtctl" "$CONF"
pass 'what was imported is a case'
ok 'psirtd ends' stop_psirtd
done_testing
