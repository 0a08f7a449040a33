#!/bin/sh
# Hard MIME mails that others collected, through `psirtctl inspect`: their
# structure is that of the truths beside them, but for what mime.differences
# lists and argues.  CORPORA is the directory that has mime/.
. tests/lib/scenario.sh

MIME=${CORPORA-../shared/corpora}/mime
for need in mime4j/mimetools-testmsgs mime4j/testmsgs stalwart/legacy \
	stalwart/malformed stalwart/rfc stalwart/thirdparty; do
	[ -d "$MIME/$need" ] || bail "$MIME/$need: not there; set CORPORA"
done
mime() {
	python3 -B tests/corpora/mime.py "$@"
}

is "$(find "$MIME/mime4j" -name '*.msg' | wc -l)" 80 'mime4j has 80 mails'
is "$(find "$MIME/stalwart" -name '*.eml' | wc -l)" 107 'stalwart has 107'

standard_setup || bail 'no configuration'
# inspect starts no agent: the daemon does.
start_psirtd "$CONF" || bail 'psirtd does not start'
mkdir "$T/mime"
mime copy "$MIME" "$T/mime" >"$T/files" || bail 'the mails cannot be copied'
is "$(wc -l <"$T/files")" 294 'each as often as there is a truth for it'
# shellcheck disable=SC2046
service_ctl inspect --json $(cat "$T/files") >"$T/inspected" 2>"$T/inspect.said"
is $? 0 'inspect of all of them in one call'
is "$(cat "$T/inspect.said")" '' 'which kills no reader'

mime compare "$MIME" "$T/mime" "$T/inspected" tests/corpora/mime.differences \
	>"$T/compared" || bail 'nothing to compare'
while IFS= read -r line; do
	case $line in
	'ok '*) pass "${line#ok }" ;;
	'not ok '*) fail "${line#not ok }" ;;
	*) diag "${line#\# }" ;;
	esac
done <"$T/compared"
ok 'and ends' stop_psirtd
done_testing
