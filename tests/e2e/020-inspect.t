#!/bin/sh
# psirtctl inspect over every fixture: what psirtd sees in a mail is what was
# put into it.
. tests/lib/scenario.sh

# The finders' keys are known by the one way there is without a store: as keys
# of the configuration.
standard_setup '' \
	--analyst "faye=faye@finder.test,$KEYS/faye.pub.asc" \
	--analyst "sam=sam@finder.test,$KEYS/sam.crt" \
	--analyst "felix=felix@finder.test,$KEYS/felix.pub.asc" ||
	bail 'no configuration'
# inspect starts no agent: the daemon does.
start_psirtd "$CONF" || bail 'psirtd does not start'

leftover() {
	ps -eo args= | grep -F "$T" | grep -E '^[^ ]*(gpg|gpgsm|confine)( |$)'
}

files=$(find "$MAIL" -name '*.eml' | sort)
count=$(echo "$files" | wc -l)
# shellcheck disable=SC2086
service_ctl inspect --json $files >"$T/inspected.json" 2>"$T/inspect.said"
is $? 0 'inspect of all fixtures in one call'
is "$(wc -l <"$T/inspected.json")" "$count" 'one object a file'
is "$(pick "$T/inspected.json" file)" "$files" 'in the order of the files'

lib truth.py "$MAIL" "$T/inspected.json" >"$T/compared" ||
	bail "truth.py: $(cat "$T/compared")"
while read -r line; do
	case $line in
	'ok '*) pass "${line#ok }" ;;
	'not ok '*) fail "${line#not ok }" ;;
	*) diag "${line#\# }" ;;
	esac
done <"$T/compared"

# Each field of the interface is there, in every object.
for field in file message_id subject from protected outer_subject outer_from \
	from_differs structure encrypted opened problem detail repairs sealed \
	signatures class robot robot_reason new_text quoted_text hints \
	command limits; do
	ok "$field is in each object" sh -c 'python3 -B "$1" "$2" "$3" >"$4"' \
		sh "$LIB/pick.py" "$T/inspected.json" "$field" "$T/field"
done

killed=$(grep -c 'reader-died' "$T/inspect.said")
is "$(grep -v 'reader-died' "$T/inspect.said" | grep -v 'gpg-agent\|KEYINFO')" \
	'' 'nothing was said but of readers that died'
note "$killed readers died"
# Each mail is given two readers; more than one mail that kills them is one too
# many: the others are to be read.
ok 'only the killer of libetpan kills readers, if anything does' \
	test "$killed" -le 2
is "$(leftover)" '' 'no gpg is left behind'

is "$(service_ctl inspect "$MAIL/pgp-wrong-key.eml" | grep -c 'wrong key')" 1 \
	'without --json it names the problem'
text=$(service_ctl inspect "$MAIL/report-encrypted.eml")
like "$text" 'TIFF importer of' 'without --json it shows the text'
like "$text" 'Hint: cve: CVE-2026-31337' 'and the hints'
service_ctl inspect "$T/no-such-file.eml" >"$T/said" 2>&1
is $? 66 'a file that is not there is EX_NOINPUT'
like "$(cat "$T/said")" 'no-such-file.eml: No such file' 'and is named'
service_ctl inspect >"$T/said" 2>&1
is $? 64 'no file is EX_USAGE'
printf 'From somebody Thu Jan  1 00:00:00 1970\n' >"$T/one.mbox"
cat "$MAIL/plain.eml" >>"$T/one.mbox"
is "$(service_ctl inspect --json "$T/one.mbox" | pick subject)" \
	"$(pick "$MAIL/plain.json" subject)" 'a mailbox of one mail is one mail'
is "$(psirtctl case list --all --json)" '' 'inspect files nothing'

stop_psirtd || fail 'psirtd does not stop'
service_ctl inspect "$MAIL/plain.eml" >"$T/said" 2>&1
is $? 0 'clear mail can be looked at without daemon and agent'
done_testing
