#!/bin/sh
# Two gateways that have each other's security@ for a finder: they do not
# answer each other's answers.
. tests/lib/scenario.sh

# other COMMAND...: in the world of the second gateway.
other() {
	(
		T=$T/other
		CONF=$T/etc/psirtd.conf
		LMTP_PORT=$OTHER_PORT PSIRTD_PID=$OTHER_PID NOTIFY_PID=
		"$@"
	)
}

# An answer of one gateway is given to the other, as an MTA would, with the
# envelope that it had; N counts them.
carry() {
	for letter in $(letters_to "$1"); do
		grep -qxF "$letter" "$T/carried" && continue
		echo "$letter" >>"$T/carried"
		lib lmtp.py --port "$2" --from "$(envelope "$letter" from)" \
			--to "$1" --quiet "$letter" || fail 'is not taken'
	done
}

# Letters to the gateways at either of their addresses.
rounds() {
	carried=0
	for round in 1 2 3 4 5 6; do
		before=$(wc -l <"$T/carried")
		for to in $(sink list "$SINK" | while read -r letter; do
			envelope "$letter" recipients.0.address
		done | sort -u); do
			case $to in
			security*@example.test) carry "$to" "$LMTP_PORT" ;;
			security*@other.test) carry "$to" "$OTHER_PORT" ;;
			esac
		done
		settle
		other settle
		[ "$(wc -l <"$T/carried")" -gt "$before" ] || break
		carried=$round
	done
}

start_sink && standard_setup "smtp:127.0.0.1:$SINK_PORT" \
	--set policy.acknowledge=all && start_psirtd "$CONF" ||
	bail 'psirtd does not start'
: >"$T/carried"
mkdir -p "$T/other"
chmod 755 "$T/other"
OTHER_PID='' OTHER_PORT=$(free_port)
other standard_setup "smtp:127.0.0.1:$SINK_PORT" \
	--set policy.acknowledge=all >"$T/other.said" 2>&1 || {
	diag_file "$T/other.said"
	bail 'no second gateway'
}
sed -i 's/security@example\.test/security@other.test/' "$T/other/etc/psirtd.conf"
first=$PSIRTD_PID
main=$T
T=$T/other
NOTIFY_PID='' PSIRTD_PID=''
start_psirtd "$T/etc/psirtd.conf"
started=$?
OTHER_PID=$PSIRTD_PID
cat "$T/.processes" >>"$main/.processes"
T=$main PSIRTD_PID=$first
is "$started" 0 'two gateways run'

# The one reports to the other; an analyst there answers by a person's words.
cat >"$T/report.eml" <<'MAIL'
From: <security@other.test>
To: <security@example.test>
Subject: Crash
Message-ID: <first@other.test>

It crashes.
MAIL
lmtp security@other.test "$T/report.eml" --quiet || fail 'the report is not taken'
settle
id=$(last_case)
rounds
is "$carried" 1 'an acknowledgement ends it'
psirtctl case "$id" do '/to finder
Thank you.' >/dev/null
settle
rounds
is "$carried" 2 'words of a person are acknowledged once, and that ends it'
is "$(other cases | wc -l)" 2 'what the one answered is filed at the other'
is "$(cases | wc -l)" 1 'and what that answered is in its case'
is "$(events "$id" robot.filed | pick facts.reason)" auto-reply \
	'as a robot'"'s"
T=$T/other PSIRTD_PID=$OTHER_PID
ok 'the one ends' stop_psirtd
T=$main PSIRTD_PID=$first
ok 'and so does the other' stop_psirtd
done_testing
