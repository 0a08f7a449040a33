#!/bin/sh
# SIGHUP takes a new configuration or says why not; SIGTERM ends what is begun.
. tests/lib/scenario.sh

# clear NAME: the file of a small mail in clear.
clear() {
	printf '%s\n' 'From: <faye@finder.test>' "Subject: $1" \
		"Message-ID: <$1@finder.test>" '' "Words of $1." >"$T/$1.eml"
	echo "$T/$1.eml"
}

hand() {
	lmtp faye@finder.test "$(clear "$1")" --xforward IDENT=%f
}

OK='250 2.0.0 Ok <security@example.test>'

# change COMMAND...: the configuration, by an editor.
change() {
	as_service sed -i "$@" "$CONF"
	chmod 644 "$CONF"
}

offered_size() {
	python3 -B - "$LMTP_PORT" <<'PY'
import sys
sys.path[:0] = ["tests/lib"]
import lmtp
with lmtp.Session(port=int(sys.argv[1])) as s:
    s.hello()
    print(s.offers["SIZE"])
PY
}

offers() {
	[ "$(offered_size)" = "$1" ]
}

# A client in the middle of its DATA, that goes on when told.
cat >"$T/talker.py" <<'PY'
"""LMTP up to the middle of a message; the rest when the file GO is there."""
import pathlib, sys, time
sys.path[:0] = ["tests/lib"]
import lmtp
with lmtp.Session(port=int(sys.argv[1])) as s:
    s.hello()
    s.send("MAIL FROM:<faye@finder.test>\r\n"
           "RCPT TO:<security@example.test>\r\nDATA")
    s.expect(250, 250, 354)
    s.send(b"Subject: Slow\r\nMessage-ID: <" + sys.argv[3].encode() +
           b"@finder.test>\r\n\r\n")
    print("BEGUN", flush=True)
    while not pathlib.Path(sys.argv[2]).exists():
        time.sleep(0.02)
    s.send(b"The rest.\r\n.\r\n")
    print(s.expect(250).lines[-1], flush=True)
PY

# talker NAME: sets TALKER.
talker() {
	start_process "$1" python3 -B "$T/talker.py" "$LMTP_PORT" "$T/go.$1" "$1"
	TALKER=$STARTED
	wait_for 10 "$1 to begin" grep -qx BEGUN "$T/$1.log"
}

start_sink && standard_setup "smtp:127.0.0.1:$SINK_PORT" &&
	start_psirtd "$CONF" || bail 'psirtd does not start'
is "$(grep -c '^READY=1$' "$T/notify.said")" 1 'READY=1 is said once'
is "$(offered_size)" 52428800 'LMTP offers the default size'

# ---- a good change

old=$(role_pids lmtp)
talker held
other=$(free_port)
change -e '/^\[limits\]/a message_size = 2M' \
	-e "s/^listen = .*/listen = \"inet:127.0.0.1:$LMTP_PORT inet:127.0.0.1:$other\"/"
ok 'a good configuration is taken' reload_psirtd
is "$(grep -c '^RELOADING=1$' "$T/notify.said")" 1 'RELOADING=1 was said'
is "$(logged reloaded | sed 's/.*generation=//')" 2 'it is the second generation'
is "$(offered_size)" 2097152 'the new one holds'
is "$(LMTP_PORT=$other; offered_size)" 2097152 'also on the new socket'
like "$(hand new)" "^$OK\$" 'mail is taken by it'
ok 'the old lmtp is still there, for its one client' alive "$old"
: >"$T/go.held"
wait_for 10 'the talker' not alive "$TALKER"
like "$(cat "$T/held.log")" '^250 ' 'who finishes the message, and is answered 250'
wait_for 20 'the old roles to go' not alive "$old"
settle
is "$(log_count filed)" 2 'both mails are filed'
like "$(psirtctl case list)" 'EX-' 'psirtctl is answered by the new control role'
is "$(role_pids worker1 | wc -l)" 1 'there is one worker of that name again'
is "$(log_count role-ended 'status=[^0]|signal=[^0]')" 0 'all ended well'

# ---- bad ones

# refused NAME PATTERN: the reload is refused with a line like PATTERN.
refused() {
	: >"$T/before"
	grep -n . "$T/psirtd.log" | tail -n 1 | cut -d: -f1 >"$T/before"
	ok "$1: the reload ends" reload_psirtd
	said=$(tail -n +"$(($(cat "$T/before") + 1))" "$T/psirtd.log")
	like "$said" "$2" "$1: the log says what, and where"
	like "$said" ' error reload-refused ' "$1: and that it was refused"
	is "$(offered_size)" 2097152 "$1: the old one goes on"
	as_service cp "$T/etc/good.conf" "$CONF"
}
as_service cp "$CONF" "$T/etc/good.conf"
line=$(grep -n '^message_size' "$CONF" | cut -d: -f1)
change 's/^message_size.*/message_size = plenty/'
refused 'a bad value' "psirtd\\.conf:$line.*message_size"
change 's/^message_size.*/mesage_size = 1M/'
refused 'an unknown name' "psirtd\\.conf:$line: unknown setting .mesage_size. in \\[limits\\]"
change "s|^state = .*|state = \"$T/other\"|"
refused 'another state directory' 'state.*only by a restart'
change "s|^rules = .*|rules = \"$T/etc/rules\"|"
as_service cp -R "$RULES" "$T/etc/rules"
echo 'nonsense here' | as_service tee "$T/etc/rules/zz.rules" >/dev/null
refused 'a broken rule' 'zz\.rules:1'
change "s|^templates = .*|templates = \"$T/none\"|"
refused 'no templates' "$T/none"
as_service mv "$CONF" "$T/etc/away.conf"
ok 'no configuration at all: the reload ends' reload_psirtd
like "$(logged reload-refused | tail -n 1)" 'psirtd\.conf: No such file' \
	'it is refused, with why'
as_service mv "$T/etc/away.conf" "$CONF"
like "$(hand still)" "^$OK\$" 'and mail is still taken'

# ---- twice in a row: the last word counts

change 's/^message_size.*/message_size = 3M/'
kill -HUP "$PSIRTD_PID"
wait_for 10 'a reload to begin' sh -c \
	'[ "$(grep -c " reload generation=" "$1")" -ge 2 ]' sh "$T/psirtd.log"
change 's/^message_size.*/message_size = 4M/'
kill -HUP "$PSIRTD_PID"
# Those who are about to go may still take a connection.
always_offers() {
	offers "$1" && offers "$1" && offers "$1" && offers "$1" && offers "$1"
}
wait_for 30 'the last configuration' always_offers 4194304
is "$(offered_size)" 4194304 'a reload during a reload is not forgotten'

# ---- SIGTERM in the middle of everything

talker last
lmtp faye@finder.test "$MAIL/pgp-encrypted.eml" --quiet \
	--xforward IDENT=%f "$(clear first)" "$(clear second)"
stop_pid=$PSIRTD_PID
kill -TERM "$stop_pid"
wait_for 10 'STOPPING=1' notified STOPPING=1
pass 'STOPPING=1 is said'
: >"$T/go.last"
wait_for 10 'the talker' not alive "$TALKER"
like "$(cat "$T/last.log")" '^250 ' 'a message that has begun is taken in'
ok 'psirtd ends, with status 0' stop_psirtd
is "$(log_count role-ended 'status=[^0]|signal=[^0]')" 0 'each role ended well'
start_psirtd "$CONF" || bail 'psirtd does not start again'
settled_after() {
	settled && [ "$(cases | wc -l)" -eq 7 ]
}
wait_for 60 'what was accepted' settled_after
is "$(cases | wc -l)" 7 'what was accepted is filed, before or after'
for name in pgp-encrypted first second last; do
	is "$(psirtctl trace "$(case $name in
	last) echo '<last@finder.test>' ;;
	*) echo $name ;;
	esac)" | grep -c ' filed ')" 1 "$name: once"
done
ok 'the audit finds nothing wrong' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
