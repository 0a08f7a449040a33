# shellcheck shell=sh
# crash.sh: the same short story again and again, each time with a process
# killed at one fault point; sourced by the crash tests, after scenario.sh.
#
# All runs begin with the same state directory, so that numbers, tokens and
# Message-IDs are the same in all of them.  What is compared:
#
#	for each case, the sequence of (event kind, actor, facts) in the store
#	the letters: recipient, and what its reader opens; a letter that the
#	sink has twice (killed between the MTA's 250 and our mark) must be the
#	same bytes, and counts once
#
# Instants are masked, and nothing else.

crash_setup() {
	LMTP_PORT=$(free_port)
	start_sink || return 1
	SINK_PID=$STARTED
	standard_setup "smtp:127.0.0.1:$SINK_PORT" \
		--set milter.listen="unix:$T/run/milter.sock" || return 1
	cp -a "$T/state" "$T/origin-state"
	FAULT=$T/fault
	fault make "$FAULT"
	for crash_who in alice faye; do
		home make --at "$T/g-$crash_who" --keys "$KEYS" \
			--secret "$crash_who" --public service >/dev/null
	done
	# The second mail of the story answers the first.
	crash_first=$(sed -n 's/^Message-ID: *<\(.*\)>.*/\1/p' \
		"$MAIL/pgp-attached-key-inside.eml" | tr -d '\r')
	compose new --from faye --encrypt --sign --say 'One thing more.' \
		--in-reply-to "<$crash_first>" --output "$T/second.eml"
}

# Postfix's part: again until it is answered.
crash_send() {
	crash_try=0
	until lmtp "$@" --xforward IDENT=4Crash >"$T/.lmtp" 2>&1; do
		crash_try=$((crash_try + 1))
		[ "$crash_try" -lt 40 ] || {
			diag_file "$T/.lmtp"
			return 1
		}
		sleep 0.1
	done
}

crash_sql() {
	as_service sqlite3 -batch -noheader "$T/state/store.db" "$1"
}

crash_settled() {
	[ "$(crash_sql "SELECT (SELECT count(*) FROM messages
		WHERE form <> 'words') || ' ' || (SELECT count(*) FROM spool
		WHERE state <> 'done') || ' ' || (SELECT count(*) FROM letters
		WHERE state IN ('ordered', 'sealed'))" 2>/dev/null)" = "$1 0 0" ]
}

# One run of the story; the fault is armed by then, or not.
crash_story() {
	crash_send faye@finder.test "$MAIL/pgp-attached-key-inside.eml" &&
		wait_for 60 'the first mail' crash_settled 1 || return 1
	crash_send faye@finder.test "$T/second.eml" &&
		wait_for 60 'the second mail' crash_settled 2 || return 1
	crash_send sam@finder.test "$MAIL/smime-signed-enveloped.eml" &&
		wait_for 60 'the third mail' crash_settled 3 || return 1
	crash_send faye@finder.test "$MAIL/plain.eml" &&
		wait_for 60 'the fourth mail' crash_settled 4 || return 1
	wait_for 30 'the commands' crash_command &&
		wait_for 60 'the answer' crash_settled 4
}

# Another one, for the points where a large message becomes a file, where a
# file of the spool is closed and forgotten, which takes five seconds, and where
# the case is forgotten.
crash_large_story() {
	crash_send faye@finder.test "$MAIL/long-text.eml" &&
		wait_for 60 'the large mail' crash_settled 1 &&
		wait_for 60 'the end of the spool file' crash_forgotten &&
		wait_for 30 'the purge' crash_purge
}

# What was sealed is so again, as if to another key than before.
crash_purge() {
	psirtctl case EX-2026-0001 do '/invalid no flaw
/close done' >"$T/.command" 2>&1
	crash_sql "UPDATE messages SET sealed_to = ''" &&
		psirtctl rekey >"$T/.command" 2>&1
	psirtctl purge EX-2026-0001 >"$T/.command" 2>&1 ||
		grep -q 'is purged' "$T/.command"
}

# And one through the milter: Postfix's part by miltertest(8), also again until
# it is answered.
crash_milter_story() {
	crash_try=0
	until miltertest -D socket="unix:$T/run/milter.sock" -D path=send \
		-D queue=4Crash -D file="$MAIL/pgp-attached-key-inside.eml" \
		-s "$LIB/milter.lua" >"$T/.milter" 2>&1; do
		crash_try=$((crash_try + 1))
		[ "$crash_try" -lt 40 ] || {
			diag_file "$T/.milter"
			return 1
		}
		sleep 0.1
	done
	wait_for 60 'the mail' crash_settled 1
}

crash_forgotten() {
	logged segment-done || crash_fired segment-forgotten
}

# crash_fired POINT: it has killed somebody in this run.
crash_fired() {
	fault show "$FAULT" | grep -q "fired=[1-9].* name=$1\$"
}

crash_command() {
	psirtctl case EX-2026-0001 do '/take
/valid
/to finder
Thank you.' >"$T/.command" 2>&1 ||
		grep -q 'the report is Valid' "$T/.command"
}

# CRASH_ORDER: another order than that in which they happened, as SQL.
crash_events() {
	crash_sql "SELECT public_id, kind, CAST(payload AS TEXT) FROM events
		JOIN cases ON cases.id = case_id JOIN payloads USING(seq)
		ORDER BY case_id, ${CRASH_ORDER-seq}" |
		sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z/TIME/g
			s/cause=command:.*/cause=command/'
}

# What alice and faye read; of bob and sam, who got a letter of which kind.
crash_letters() {
	python3 -B "$LIB/crash.py" "$SINK" "$1" || return 1
	for crash_who in alice faye; do
		find "$1" -name "$crash_who@*.eml" | sort | xargs python3 -B \
			"$LIB/readmail.py" --keys "$KEYS" \
			--who "$crash_who" --home "$T/g-$crash_who" --text
	done | sed -E "s/^Date:.*/Date: TIME/
		s/[A-Z][a-z]+day [0-9]+ [A-Z][a-z]+ [0-9]{4}, [0-9:]+ UTC/TIME/g"
	cat "$1/list"
}

# crash_run NAME: the whole of it, into T/runs/NAME.
crash_run() {
	crash_dir=$T/runs/$1
	rm -rf "$crash_dir"
	mkdir -p "$crash_dir"
	end_process "$SINK_PID" || :
	rm -rf "$T/state" "$SINK"
	cp -a "$T/origin-state" "$T/state"
	start_sink --port "$SINK_PORT" || return 1
	SINK_PID=$STARTED
	: >"$T/psirtd.log"
	start_psirtd "$CONF" || return 1
	[ -z "${2-}" ] || fault arm "$FAULT" "$2" "$3"
	PSIRTD_MAY_DIE=1
	crash_status=0
	"${CRASH_STORY-crash_story}" || crash_status=1
	PSIRTD_MAY_DIE=
	fault show "$FAULT" >"$crash_dir/fault"
	logged role-ended 'signal=9' >"$crash_dir/killed" || :
	fault off "$FAULT"
	[ $crash_status -eq 0 ] || diag_file "$T/psirtd.log"
	psirtctl audit verify >"$crash_dir/audit" 2>&1 || crash_status=1
	stop_psirtd || crash_status=1
	crash_events >"$crash_dir/events"
	crash_letters "$crash_dir/letters" >"$crash_dir/opened" ||
		crash_status=1
	return $crash_status
}

crash_equal() {
	diff -u "$T/runs/calm/events" "$T/runs/$1/events" &&
		diff -u "$T/runs/calm/opened" "$T/runs/$1/opened"
}

# crash_points: the names that stand in the source.
crash_points() {
	grep -rhoE 'fault_point\("[a-z-]+"\)' src |
		sed 's/.*"\(.*\)".*/\1/' | sort -u
}

# crash_points_of STORY: those that it passes.
crash_points_of() {
	crash_points | case $1 in
	crash_large_story) grep -xE 'message-file|segment-forgotten|message-rekeyed|purged' ;;
	crash_milter_story) grep -xE 'milter-kept|spool-(written|synced)' ;;
	*) grep -vxE 'message-file|segment-forgotten|message-rekeyed|purged|milter-kept|store-busy' ;;
	esac
}

# crash_begin STORY: the undisturbed run of it.
crash_begin() {
	CRASH_STORY=$1
	ok 'an undisturbed run' crash_run calm || bail 'the story itself fails'
}

# crash_try POINT COUNT: one run with that fault.
crash_try() {
	crash_name=$1-$2
	ok "killed at $1, pass $2: the story ends well" \
		crash_run "$crash_name" "$1" "$2"
	ok "killed at $1, pass $2: the same events and letters" \
		crash_equal "$crash_name"
}

# crash_has_fired POINT COUNT: somebody was killed in that run.
crash_has_fired() {
	grep -q 'fired=[1-9]' "$T/runs/$1-$2/fault" &&
		[ -s "$T/runs/$1-$2/killed" ]
}
