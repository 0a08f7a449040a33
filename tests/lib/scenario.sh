# shellcheck shell=sh
# scenario.sh: sourced by tests/e2e/*.t; everything that each of them needs.
#
#	#!/bin/sh
#	. tests/lib/scenario.sh
#	plan 3
#	standard_conf "$T/psirtd.conf"
#	start_psirtd "$T/psirtd.conf" || bail 'psirtd does not start'
#	ok 'a report is taken' lmtp faye@finder.test "$MAIL/pgp-encrypted.eml"
#	is "$(pick "$T/case.json" state)" open 'a case is open'
#	ok 'and ends' stop_psirtd
#
# Run it from the top of the tree, by hand or under prove.  It sets:
#
#	T               a directory of this test: short, anybody may read it
#	KEYS MAIL       fixtures (tests/fixtures/generate), made when missing
#	BUILD           the programs (build/test unless given)
#	RULES TEMPLATES the data beside them
#	LIB FIXTURE     tests/lib and tests/fixtures
#
# as root, the service runs as nobody (as_service); what nobody could not read
# where it lies is copied into T.  Everything that was started is ended when the
# test ends, however it ends; T is removed, unless KEEP is set.
#
# Functions print nothing but TAP and diagnostics, and return 0 or 1.  None of
# them sleeps for luck: wait_for looks at a condition until a bound.

LIB=$PWD/tests/lib
FIXTURE=$PWD/tests/fixtures
[ -e "$LIB/scenario.sh" ] || {
	echo "Bail out! run it from the top of the tree"
	exit 1
}
export LIB FIXTURE
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
unset GNUPGHOME GPGME_DEBUG
umask 022

SERVICE_USER=nobody SERVICE_GROUP=nogroup
# How many processes psirtd may start while one wait_for looks on.
PSIRTD_CHURN_MAX=${PSIRTD_CHURN_MAX-60}
PSIRTD_START_MAX=${PSIRTD_START_MAX-30} # seconds, a bound
PSIRTD_STOP_MAX=${PSIRTD_STOP_MAX-30}

# ---- TAP

tap_count=0 tap_failed=0

plan() {
	echo "1..$1"
}

# Instead of plan, at the end.
done_testing() {
	plan "$tap_count"
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /' >&2
}

note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# The last lines of a file, as diagnostics.
diag_file() {
	[ -s "$1" ] || return 0
	diag "the end of $1:"
	tail -n "${2:-40}" "$1" | sed 's/^/#   /' >&2
}

bail() {
	diag_file "$T/psirtd.log"
	echo "Bail out! $*"
	exit 1
}

pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $*"
}

fail() {
	tap_count=$((tap_count + 1)) tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $*"
	return 1
}

# ok NAME COMMAND...: the command succeeds.  What it says is shown if not.
ok() {
	tap_name=$1
	shift
	tap_status=0
	"$@" >"$T/.said" 2>&1 || tap_status=$?
	if [ "$tap_status" -eq 0 ]; then
		pass "$tap_name"
		return
	fi
	fail "$tap_name" || :
	diag "status $tap_status: $*"
	sed 's/^/#   /' "$T/.said" >&2
	return 1
}

# not COMMAND...: for ok 'it is refused' not COMMAND...
not() {
	! "$@"
}

# is GOT WANTED NAME
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" || diag "got:    $1
wanted: $2"
		return 1
	fi
}

isnt() {
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3" || diag "got what was not wanted: $1"
		return 1
	fi
}

# like TEXT REGEX NAME: an extended regular expression, by line.
like() {
	if printf '%s\n' "$1" | grep -Eq -- "$2"; then
		pass "$3"
	else
		fail "$3" || diag "got:    $1
wanted: something like $2"
		return 1
	fi
}

unlike() {
	if printf '%s\n' "$1" | grep -Eq -- "$2"; then
		fail "$3" || diag "got:    $1
wanted: nothing like $2"
		return 1
	else
		pass "$3"
	fi
}

# ---- the programs beside this file

lib() {
	lib_program=$1
	shift
	python3 -B "$LIB/$lib_program" "$@"
}
pick() { lib pick.py "$@"; }
sink() { lib sink.py "$@"; }
home() { lib home.py "$@"; }
fault() { lib fault.py "$@"; }
clock() { lib clock.py "$@"; }
control() { lib control.py "$T/run/control.sock" "$@"; }
readmail() { lib readmail.py --keys "$KEYS" --prefix EX "$@"; }
compose() { python3 -B "$FIXTURE/compose" --keys "$KEYS" "$@"; }

# lmtp FROM FILE [ARGUMENT...]: straight to psirtd.
lmtp() {
	lmtp_from=$1 lmtp_file=$2
	shift 2
	lib lmtp.py --port "$LMTP_PORT" --from "$lmtp_from" \
		--to security@example.test "$@" "$lmtp_file"
}

# post FROM TO FILE...: into Postfix, as from the world.
post() {
	post_from=$1 post_to=$2
	shift 2
	lib lmtp.py --smtp --port "$POSTFIX_SMTP" --from "$post_from" \
		--to "$post_to" "$@"
}

# ---- waiting

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.  Gives up at
# once when psirtd has died or is crash-looping.
wait_for() {
	wait_max=$1 wait_what=$2
	shift 2
	wait_end=$(($(date +%s) + wait_max))
	wait_seen=' ' wait_new=0
	while ! "$@" >/dev/null 2>&1; do
		psirtd_is_well || {
			diag "waiting for $wait_what in vain"
			return 1
		}
		if [ "$(date +%s)" -ge "$wait_end" ]; then
			diag "waited $wait_max s for $wait_what: $*"
			diag_file "$T/psirtd.log"
			return 1
		fi
		sleep 0.05
	done
}

# False when psirtd ought to run and does not, or starts roles all the time.
# A test that kills it sets PSIRTD_MAY_DIE=1.
psirtd_is_well() {
	[ -n "${PSIRTD_PID-}" ] && [ -z "${PSIRTD_MAY_DIE-}" ] || return 0
	if not alive "$PSIRTD_PID"; then
		diag "psirtd has died"
		diag_file "$T/psirtd.log"
		return 1
	fi
	wait_children=''
	read -r wait_children 2>/dev/null \
		<"/proc/$PSIRTD_PID/task/$PSIRTD_PID/children" || :
	for wait_child in $wait_children; do
		case $wait_seen in
		*" $wait_child "*) ;;
		*)
			wait_seen="$wait_seen$wait_child "
			wait_new=$((wait_new + 1))
			;;
		esac
	done
	if [ "$wait_new" -gt "$PSIRTD_CHURN_MAX" ]; then
		diag "psirtd is crash-looping: $wait_new processes started"
		diag_file "$T/psirtd.log"
		return 1
	fi
}

# ---- processes

# Runs, and is not a zombie.
alive() {
	alive_state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) ||
		return 1
	[ -n "$alive_state" ] && [ "$alive_state" != Z ]
}

# PIDs of a session: all that a process started by start_process left behind.
session_pids() {
	# Fields behind the name: state, parent, group, session.
	sed -n 's/^\([0-9]*\) .*) [^Z] [0-9]* [0-9]* '"$1"' .*/\1/p' \
		/proc/[0-9]*/stat 2>/dev/null || :
}

session_is_over() {
	[ -z "$(session_pids "$1")" ]
}

# start_process NAME COMMAND...: in the background, a session of its own, with
# its output in T/NAME.log.  Sets STARTED.
start_process() {
	start_name=$1
	shift
	# A background job of sh is no group leader, so setsid does not fork.
	(exec setsid "$@") >>"$T/$start_name.log" 2>&1 </dev/null &
	STARTED=$!
	echo "$STARTED $start_name" >>"$T/.processes"
}

# end_process PID [SECONDS]: SIGTERM, and SIGKILL after a bound; returns its
# status.  Only for what start_process has started.
end_process() {
	kill -TERM "$1" 2>/dev/null || :
	end_killed=''
	PSIRTD_MAY_DIE=1 wait_for "${2:-10}" "process $1 to end" \
		not alive "$1" || {
		end_killed=1
		kill_session "$1"
	}
	end_status=0
	reap "$1" || end_status=$?
	[ -z "$end_killed" ] || return 1
	return $end_status
}

# The status of a process that has ended; its PID may now be somebody else's.
reap() {
	reap_status=0
	wait "$1" 2>/dev/null || reap_status=$?
	sed -i "/^$1 /d" "$T/.processes"
	return $reap_status
}

kill_session() {
	for victim in $(session_pids "$1"); do
		kill -KILL "$victim" 2>/dev/null || :
	done
}

free_port() {
	# Below the ports that the kernel gives to clients.
	python3 -c '
import random, socket
while True:
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", random.randrange(10000, 20000)))
        except OSError:
            continue
        print(s.getsockname()[1])
        break'
}

# ---- the service user

# as_service COMMAND...: as the user that psirtd runs as.
as_service() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid "$SERVICE_USER" --regid "$SERVICE_GROUP" \
			--clear-groups --inh-caps=-all \
			env HOME=/nonexistent "$@"
	else
		"$@"
	fi
}

# service_directory PATH...: made, and the service's own.
service_directory() {
	mkdir -p "$@"
	chmod 700 "$@"
	if [ "$(id -u)" -eq 0 ]; then
		chown "$SERVICE_USER:$SERVICE_GROUP" "$@"
	fi
}

# shared PATH: prints it, or that of a copy in T, when nobody cannot read it.
shared() {
	if as_service test -r "$1"; then
		echo "$1"
		return
	fi
	shared_copy=$T/shared/$(echo "${1#/}" | tr / _)
	if [ ! -e "$shared_copy" ]; then
		mkdir -p "$T/shared"
		cp -R "$1" "$shared_copy"
		chmod -R a+rX "$shared_copy"
	fi
	echo "$shared_copy"
}

# ---- psirtd

# standard_setup [DELIVER [--set SECTION.NAME=VALUE]...]: what an admin does:
# `psirtctl init` with the fixtures' keys; sets CONF and LMTP_PORT.  Letters go
# to Postfix when it runs, else into T/letters.  alice is whoever runs the test.
standard_setup() {
	LMTP_PORT=${LMTP_PORT:-$(free_port)}
	CONF=$T/etc/psirtd.conf
	setup_deliver=directory:$T/letters
	[ -z "${POSTFIX_SUBMIT-}" ] ||
		setup_deliver=smtp:127.0.0.1:$POSTFIX_SUBMIT
	if [ $# -gt 0 ]; then
		[ -z "$1" ] || setup_deliver=$1
		shift
	fi
	service_directory "$T/etc" "$T/state" "$T/run" "$T/letters"
	as_service "$BUILD/psirtctl" -c "$CONF" init \
		--organisation 'Example' --address security@example.test \
		--prefix EX --state "$T/state" --runtime "$T/run" \
		--openpgp "$KEYS/service.sec.asc" --smime "$KEYS/service.p12" \
		--analyst "alice=alice@example.test,$KEYS/alice.pub.asc,$(id -un)" \
		--analyst "bob=bob@example.test,$KEYS/bob.crt" \
		--set paths.rules="$RULES" --set paths.templates="$TEMPLATES" \
		--set lmtp.listen="inet:127.0.0.1:$LMTP_PORT" \
		--set courier.deliver="$setup_deliver" \
		--set courier.retry_first=500ms --set courier.retry_last=2s \
		"$@" >"$T/init.said" 2>&1 || {
		diag_file "$T/init.said"
		return 1
	}
	# Retired keys stay, to open what is still encrypted to them.
	as_service gpg --homedir "$T/state/agent" --batch --quiet \
		--pinentry-mode loopback --passphrase '' --import \
		"$KEYS/service-old.sec.asc" >>"$T/init.said" 2>&1 || return 1
	as_service gpgconf --homedir "$T/state/agent" --kill all
	cat "$KEYS/service-old.pub.asc" >>"$T/state/keys/own.asc"
	chmod 755 "$T/etc"
	chmod 644 "$CONF"
}

# psirtctl ARGUMENT...: as the person who runs the test (alice).
psirtctl() {
	"$BUILD/psirtctl" -c "$CONF" "$@"
}

# service_ctl ARGUMENT...: as the service's user.
service_ctl() {
	as_service env ${CLOCK:+PSIRTD_TEST_CLOCK="$CLOCK"} \
		"$BUILD/psirtctl" -c "$CONF" "$@"
}

# notified WORD [N]: psirtd has said WORD (READY=1) N times since its start.
notified() {
	[ "$(grep -cxF -- "$1" "$T/notify.said" 2>/dev/null)" -ge "${2:-1}" ]
}

start_notify() {
	[ -z "${NOTIFY_PID-}" ] || return 0
	start_process notify python3 -B "$LIB/notify.py" serve \
		"$T/notify.sock" "$T/notify.said"
	NOTIFY_PID=$STARTED
	wait_for 10 'the notify socket' test -S "$T/notify.sock"
}

# start_psirtd CONF [ARGUMENT...]: returns when it is ready, else says why not.
# CLOCK and FAULT, when set, name the files of clock.py and fault.py.
start_psirtd() {
	start_conf=$1
	shift
	if [ ! -x "$BUILD/psirtd" ]; then
		diag "$BUILD/psirtd: not there; build it first"
		return 1
	fi
	start_notify || return 1
	: >"$T/notify.said"
	set -- "$BUILD/psirtd" -c "$start_conf" "$@"
	set -- NOTIFY_SOCKET="$T/notify.sock" "$@"
	[ -z "${CLOCK-}" ] || set -- PSIRTD_TEST_CLOCK="$CLOCK" "$@"
	[ -z "${FAULT-}" ] || set -- PSIRTD_TEST_FAULT="$FAULT" "$@"
	if [ "$(id -u)" -eq 0 ]; then
		set -- setpriv --reuid "$SERVICE_USER" --regid \
			"$SERVICE_GROUP" --clear-groups --inh-caps=-all \
			env HOME=/nonexistent "$@"
	else
		set -- env "$@"
	fi
	start_process psirtd "$@"
	PSIRTD_PID=$STARTED
	if wait_for "$PSIRTD_START_MAX" 'psirtd to be ready' \
		notified READY=1; then
		return 0
	fi
	kill_psirtd >/dev/null 2>&1 || :
	return 1
}

# stop_psirtd: SIGTERM; it must end with status 0 in time, and nothing of it
# may be left.
stop_psirtd() {
	[ -n "${PSIRTD_PID-}" ] || return 0
	stop_pid=$PSIRTD_PID stop_status=0
	PSIRTD_PID=
	end_process "$stop_pid" "$PSIRTD_STOP_MAX" || stop_status=$?
	[ "$stop_status" -eq 0 ] || {
		diag "psirtd ended with status $stop_status"
		diag_file "$T/psirtd.log"
	}
	wait_for 5 "psirtd's processes to end" session_is_over "$stop_pid" || {
		diag "left over: $(session_pids "$stop_pid" | tr '\n' ' ')"
		kill_session "$stop_pid"
		return 1
	}
	return "$stop_status"
}

# kill_psirtd: SIGKILL to the supervisor; the roles must follow it.
kill_psirtd() {
	[ -n "${PSIRTD_PID-}" ] || return 0
	stop_pid=$PSIRTD_PID
	PSIRTD_PID=
	kill -KILL "$stop_pid" 2>/dev/null || :
	reap "$stop_pid" || :
	wait_for 10 'the roles to follow their supervisor' \
		session_is_over "$stop_pid" || {
		kill_session "$stop_pid"
		return 1
	}
}

# reload_psirtd: SIGHUP, and READY=1 once more.
reload_psirtd() {
	reload_seen=$(grep -cxF READY=1 "$T/notify.said")
	kill -HUP "$PSIRTD_PID" &&
		wait_for "$PSIRTD_START_MAX" 'the end of a reload' \
			notified READY=1 $((reload_seen + 1))
}

# role_pids NAME: processes of psirtd whose name is or begins with NAME and a
# dot: `role_pids worker1`, `role_pids gpg-agent`.
role_pids() {
	for role_pid in $(session_pids "$PSIRTD_PID"); do
		read -r role_name 2>/dev/null <"/proc/$role_pid/comm" ||
			continue
		case $role_name in
		"$1" | "$1".*) echo "$role_pid" ;;
		esac
	done
}

# ---- what came of it

# logged WORD [PATTERN]: psirtd's lines of that event (and level), at a time.
logged() {
	grep -E "^psirtd-[^ ]* [a-z]+ $1( |\$)" "$T/psirtd.log" |
		grep -E -- "${2:-.}"
}

log_count() {
	logged "$@" | wc -l
}

# All that hosts have handed in has been filed, and no letter is on its way.
# Letters that wait, or have failed, are not.
settled() {
	# Two workers may have had the same mail, when a clock was moved.
	settled_mails=$(logged '(filed|copy)' 'spool=(lmtp|milter)' |
		sed 's/.* spool=\([^ ]*\).*/\1/' | sort -u | wc -l)
	[ "$(log_count accepted)" -eq "$settled_mails" ] || return 1
	settled_outbox=$(psirtctl outbox --json) || return 1
	case $settled_outbox in
	*'"ordered"'* | *'"sealed"'*) return 1 ;;
	esac
}

settle() {
	wait_for "${1:-30}" 'psirtd to have nothing to do' settled
}

# letters_to ADDRESS: what has left for it, as paths, the oldest first.
letters_to() {
	if [ -n "${SINK-}" ]; then
		sink list --to "$1" "$SINK"
	else
		grep -lxF "to <$1>" "$T/letters/"*.env 2>/dev/null |
			sed 's/env$/eml/' | xargs -r -d '\n' ls -tr 2>/dev/null
	fi
}

has_letters() {
	[ "$(letters_to "$1" | wc -l)" -ge "$2" ]
}

# letter ADDRESS N: waits for the N-th letter to ADDRESS and prints its path.
letter() {
	wait_for 30 "letter $2 to $1" has_letters "$1" "$2" || return 1
	letters_to "$1" | sed -n "$2p"
}

# home_of WHO: their GnuPG home, made at the first call.
home_of() {
	if [ ! -d "$T/h/$1" ]; then
		mkdir -p "$T/h"
		home make --at "$T/h/$1" --keys "$KEYS" --secret "$1" \
			--public all >/dev/null || return 1
	fi
	echo "$T/h/$1"
}

# leaves DIR PATH...: what pick --tree has put there; * stands for every element.
leaves() {
	leaves_dir=$1
	shift
	for leaves_path; do
		leaves_found=''
		for leaf in "$leaves_dir"/$leaves_path; do
			[ -f "$leaf" ] || continue
			leaves_found=1
			cat "$leaf"
		done
		[ -n "$leaves_found" ] || return 1
	done
}

# opened WHO LETTER: the tree of what readmail.py says WHO sees in it.
opened() {
	opened_tree=$T/h/$1.${2##*/}
	if [ ! -d "$opened_tree" ]; then
		opened_home=$(home_of "$1") || return 1
		readmail --who "$1" --home "$opened_home" "$2" \
			>"$opened_tree.json" || return 1
		pick --tree "$opened_tree.json" "$opened_tree" || return 1
	fi
	echo "$opened_tree"
}

# open_all WHO LETTER...: the same for many at once, which is quicker.
open_all() {
	open_who=$1
	shift
	open_home=$(home_of "$open_who") || return 1
	readmail --who "$open_who" --home "$open_home" "$@" \
		>"$T/h/$open_who.all" &&
		pick --trees "$T/h/$open_who.all" "$T/h/$open_who."
}

# got WHO LETTER PATH...: values of that.
got() {
	got_tree=$(opened "$1" "$2") || return 1
	shift 2
	leaves "$got_tree" "$@"
}

# envelope LETTER PATH...: values of the envelope with which the sink got it.
envelope() {
	envelope_tree=$T/h/${1##*/}
	[ -d "$envelope_tree" ] ||
		pick --tree "${1%.eml}.json" "$envelope_tree" || return 1
	shift
	leaves "$envelope_tree" "$@"
}

# case_tree ID: the tree of `case show`, as it is now.
case_tree() {
	case_tree=$T/h/case.$1
	rm -rf "$case_tree"
	mkdir -p "$T/h"
	psirtctl case show "$1" --json >"$case_tree.json" &&
		pick --tree "$case_tree.json" "$case_tree" &&
		echo "$case_tree"
}

# cases: the IDs of all cases, the oldest first; last_case: the newest.
cases() {
	psirtctl case list --all --json | pick id | sort
}

last_case() {
	cases | tail -n 1
}

# events ID [KIND]: kinds of the events of a case, one a line; facts of those of
# one kind as JSON with KIND.
events() {
	if [ $# -eq 1 ]; then
		psirtctl case log "$1" --json | pick kind
	else
		psirtctl case log "$1" --json | grep -F "\"kind\":\"$2\""
	fi
}

# The store, for what nothing else tells.
store() {
	as_service sqlite3 -readonly "$T/state/store.db" "$@"
}

# ---- the neighbours

# start_sink [ARGUMENT...]: sets SINK (a directory) and SINK_PORT.
start_sink() {
	SINK=$T/sink
	: >"$T/sink.log"
	start_process sink python3 -B "$LIB/sink.py" serve "$SINK" "$@"
	wait_for 10 'the sink' grep -qx READY "$T/sink.log" || {
		diag_file "$T/sink.log"
		return 1
	}
	SINK_PORT=$(sed -n 's/^PORT=//p' "$T/sink.log")
}

# start_postfix [LMTP [ARGUMENT...]]: after start_sink; LMTP is a port or a path,
# by default LMTP_PORT, which is chosen here if it is not.  Sets POSTFIX (its directory),
# POSTFIX_SMTP, POSTFIX_SUBMIT.
start_postfix() {
	LMTP_PORT=${LMTP_PORT:-$(free_port)}
	POSTFIX=$T/pf
	start_postfix_lmtp=${1-$LMTP_PORT}
	[ $# -eq 0 ] || shift
	"$LIB/postfix" start "$POSTFIX" --lmtp "$start_postfix_lmtp" \
		--sink "$SINK_PORT" "$@" >"$T/postfix.ports" 2>"$T/postfix.said" || {
		diag_file "$T/postfix.said"
		return 1
	}
	# shellcheck disable=SC1091
	. "$T/postfix.ports"
}

queue_empty() {
	"$LIB/postfix" queue-empty "$POSTFIX" "$@"
}

# ---- the beginning and the end

scenario_cleanup() {
	cleanup_status=$?
	trap '' INT TERM HUP
	PSIRTD_MAY_DIE=1
	[ -z "${POSTFIX-}" ] || "$LIB/postfix" stop "$POSTFIX" || :
	if [ -e "$T/.processes" ]; then
		while read -r cleanup_pid _; do
			kill -TERM "$cleanup_pid" 2>/dev/null || :
		done <"$T/.processes"
		while read -r cleanup_pid cleanup_name; do
			wait_for 5 "$cleanup_name to end" \
				session_is_over "$cleanup_pid" ||
				kill_session "$cleanup_pid"
		done <"$T/.processes"
	fi
	# Agents leave the session of whoever started them.
	find "$T" -name S.gpg-agent -type s 2>/dev/null |
		while read -r agent; do
			if [ -O "$agent" ]; then
				gpgconf --homedir "${agent%/*}" --kill all
			else
				as_service gpgconf --homedir "${agent%/*}" \
					--kill all
			fi 2>/dev/null || :
		done
	if [ -n "${KEEP-}" ]; then
		diag "kept: $T"
	else
		rm -rf "$T"
	fi
	if [ "$cleanup_status" -eq 0 ] && [ "$tap_failed" -gt 0 ]; then
		exit 1
	fi
	exit "$cleanup_status"
}

scenario_fixtures() {
	FIXTURES=${FIXTURES:-$PWD/build/fixtures}
	if [ ! -e "$FIXTURES/complete" ]; then
		mkdir -p "${FIXTURES%/*}"
		(
			# Several tests may want them at the same time.
			flock 9
			[ -e "$FIXTURES/complete" ] ||
				"$FIXTURE/generate" "$FIXTURES"
		) 9>"$FIXTURES.lock" || bail "the fixtures cannot be made"
	fi
	scenario_shared=$(shared "$FIXTURES")
	KEYS=$scenario_shared/keys MAIL=$scenario_shared/mail
	export KEYS MAIL
}

scenario_programs() {
	BUILD=${BUILD:-build/test}
	case $BUILD in
	/*) ;;
	*) BUILD=$PWD/$BUILD ;;
	esac
	RULES=$(shared "$PWD/rules") TEMPLATES=$(shared "$PWD/templates")
	if [ -d "$BUILD" ] && not as_service test -x "$BUILD"; then
		mkdir -p "$T/build"
		find "$BUILD" -maxdepth 1 -type f -perm -u+x \
			-exec cp {} "$T/build" \;
		cp -R "$BUILD/libexec" "$T/build"
		BUILD=$T/build
	fi
	export BUILD RULES TEMPLATES
}

T=$(mktemp -d /tmp/pt.XXXXXX) || exit 1
chmod 755 "$T"
trap scenario_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
scenario_programs
scenario_fixtures
