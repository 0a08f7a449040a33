#!/bin/sh
# Every process of a running psirtd is in its sandbox, by /proc's word.
. tests/lib/scenario.sh

standard_setup '' --set milter.listen="unix:$T/run/milter.sock" || bail 'the setup failed'
start_psirtd "$CONF" || bail 'psirtd does not start'

status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# supervisor, lmtp, milter, two workers, their zygotes, postman, courier, control,
# agent
names=
for pid in $(session_pids "$PSIRTD_PID"); do
	name=$(cat "/proc/$pid/comm")
	names="$names $name"
	is "$(status_of "$pid" Seccomp)" 2 "$name: seccomp filters"
	is "$(status_of "$pid" NoNewPrivs)" 1 "$name: no new privileges"
	is "$(status_of "$pid" CapEff)" 0000000000000000 "$name: no capability"
	isnt "$(status_of "$pid" Uid | cut -f1)" 0 "$name: not root"
done
for name in supervisor lmtp.1 milter.1 worker1.1 reader postman.1 courier.1 \
	control.1 gpg-agent; do
	like "$names " " $name " "$name runs"
done

# More filters lie upon one another the further in a process is.
filters() {
	for pid in $(session_pids "$PSIRTD_PID"); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] ||
			status_of "$pid" Seccomp_filters
	done | head -n 1
}
is "$(filters supervisor)" 1 'the supervisor has its own filter'
is "$(filters worker1.1)" 2 "a worker has the supervisor's and its own"

unlike "$("$BUILD/psirtd" --help; psirtctl --help)" 'no-sandbox|--insecure' \
	'there is no option to leave it out'
like "$(service_ctl check 2>&1)" 'ok: sandbox: seccomp and Landlock' \
	'psirtctl check says what is in force'
ok 'and ends' stop_psirtd
done_testing
