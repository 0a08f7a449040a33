#!/bin/sh
# LMTP over real sockets: clients that are slow, that do not listen, that are
# too many; what they send is filed byte for byte, or refused.
. tests/lib/scenario.sh

# talk NAME: what that function of talk.py prints.
talk() {
	python3 -B "$T/talk.py" "$LMTP_PORT" "$@"
}

resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(role_pids lmtp)/status"
}

cat >"$T/talk.py" <<'PY'
import select
import socket
import sys
import time

sys.path[:0] = ["tests/lib"]
import lmtp

PORT = int(sys.argv[1])
FROM, TO = "faye@finder.test", "security@example.test"
HEAD = b"From: <faye@finder.test>\r\nSubject: a bug\r\nMessage-ID: <%s@x>\r\n\r\n"


def session():
    s = lmtp.Session(port=PORT, timeout=20)
    s.expect(220)
    return s


def envelope(name, sender=FROM, to=TO, parameters=""):
    return (f"LHLO x\r\nXFORWARD IDENT={name}\r\n"
            f"MAIL FROM:<{sender}>{parameters}\r\n"
            f"RCPT TO:<{to}>\r\nDATA\r\n").encode()


def whole(name, body, **more):
    return envelope(name, **more) + HEAD % name.encode() + body + b"\r\n.\r\n"


def replies(s, count):
    return " ".join(str(s.reply().code) for _ in range(count))


def slowly():
    """Byte by byte, a packet each."""
    s = session()
    s.send_slowly(whole("slowly", b"Words.\r\n..\r\n"))
    print(replies(s, 6))


def pipelined():
    """Three messages and QUIT in one piece; replies in order."""
    s = session()
    data = b""
    for name in ("pipe1", "pipe2", "pipe3"):
        data += whole(name, b"Words of " + name.encode())[len("LHLO x\r\n"):]
    begun = time.monotonic()
    s.send(b"LHLO x\r\n" + data + b"QUIT\r\n")
    print(replies(s, 17), s.closed(),
          "at once" if time.monotonic() - begun < 3 else "late")


def odd():
    """NUL, 8 bits, lines of 1,000 octets and of 100,000, UTF-8 addresses."""
    s = session()
    body = b"\0NUL\0\r\n" + bytes(range(128, 256)) + b"\r\n" + \
        b"x" * 998 + b"\r\n" + b"y" * 100000
    s.send(whole("odd", body, sender="jäne@fïnder.test",
                 parameters=" BODY=8BITMIME SMTPUTF8"))
    print(replies(s, 6))


def smuggled():
    """What other servers take for the end of a message."""
    seen = set()
    for end in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n",
                b"\r\n.\r", b"\r\r\n.\r\n", b"\r\n.\n\r\n"):
        s = session()
        s.send(envelope("smuggled") + b"a" + end + b"x\r\n" +
               whole("forged", b"forged", sender="admin@example.test"))
        s.expect(250, 250, 250, 250, 354)
        seen.add(replies(s, 1))
        s.close()
    print(*seen)


def deaf():
    """Sends on and on, and never reads a reply."""
    s = session()
    s.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.socket.setblocking(False)
    sent, until = 0, time.monotonic() + 20
    while time.monotonic() < until and sent < 64 << 20:
        if not select.select([], [s.socket], [], 0.5)[1]:
            break
        sent += s.socket.send(b"NOOP\r\n" * 10000)
    print("stopped" if sent < 16 << 20 else sent)
    sys.stdout.flush()
    s.socket.settimeout(20)
    try:  # its time runs out: the rest of the replies, and the end
        while s.socket.recv(65536):
            pass
        print("closed")
    except OSError as error:
        print("closed" if isinstance(error, ConnectionError) else error)


def dripping():
    """A byte now and then is not getting on."""
    s = session()
    s.send(envelope("dripping"))
    s.expect(250, 250, 250, 250, 354)
    for byte in range(40):
        try:
            s.send(b"x")
        except lmtp.LmtpError:
            break
        if select.select([s.socket], [], [], 0.3)[0]:
            break
    print(replies(s, 1), s.closed())


def silent():
    s = session()
    print(replies(s, 1), s.closed())


def crowd():
    """More than are served: told so, or not even that; then room again."""
    held = [session() for _ in range(4)]
    print(lmtp.Session(port=PORT).reply().code)
    held.pop().close()
    time.sleep(0.2)
    for _ in range(50):
        with lmtp.Session(port=PORT) as s:
            code = s.reply().code
        if code == 220:
            break
        time.sleep(0.1)
    print(code)


def heavy():
    """Many that hold a message each, which is never ended."""
    held = []
    for number in range(60):
        s = session()
        s.send(envelope("heavy") + b"x" * 250000)
        s.expect(250, 250, 250, 250, 354)
        held.append(s)
    for s in held:  # all of it has been taken
        s.send(b"\r\n.\r\n")
        s.expect(250)
    print("taken")


def gone():
    """The client goes away in the middle."""
    s = session()
    s.send(envelope("gone") + b"half a mess")
    s.expect(250, 250, 250, 250, 354)
    s.close()
    s = session()
    s.send(envelope("gone") + b"x" * 400000)
    s.expect(250, 250, 250, 250, 354)
    s.close()


def sizes():
    """Declared, and not declared."""
    s = session()
    s.send(b"LHLO x\r\nMAIL FROM:<> SIZE=9999999\r\nMAIL FROM:<> SIZE=10\r\n"
           b"RCPT TO:<security@example.test>\r\nRCPT TO:<x@example.test>\r\n"
           b"RCPT TO:<security@example.test>\r\nDATA\r\n")
    s.send(b"x\r\n" * 400000 + b".\r\n")
    print(replies(s, 9))


def loop():
    s = session()
    hops = b"".join(b"Received: from a by b; now\r\n" for _ in range(60))
    s.send(envelope("loop") + hops + HEAD % b"loop" + b"Words.\r\n.\r\n")
    print(replies(s, 6))


globals()[sys.argv[2]]()
PY

standard_setup '' --set limits.message_size=1M && start_psirtd "$CONF" ||
	bail 'psirtd does not start'

is "$(talk slowly)" '250 250 250 250 354 250' 'a byte at a time'
is "$(talk pipelined)" \
	'250 250 250 250 354 250 250 250 250 354 250 250 250 250 354 250 221 True at once' \
	'three messages in one piece'
is "$(talk odd)" '250 250 250 250 354 250' \
	'NUL, eight bits, long lines, addresses in UTF-8'
is "$(talk sizes)" '250 552 250 250 550 250 354 552 552' \
	'SIZE is held to, said or not'
is "$(talk smuggled)" 521 'every other end of a message is the end of the session'
is "$(talk loop)" '250 250 250 250 354 250' \
	'a mail that loops is taken, for LMTP cannot refuse without a bounce'
settle
for name in slowly pipe1 pipe2 pipe3 odd loop; do
	is "$(log_count filed "queue=$name( |\$)")" 1 "$name: filed, once"
done
is "$(log_count accepted 'queue=(smuggled|forged|gone)')" 0 \
	'and nothing that was smuggled'
like "$(psirtctl trace odd)" 'from=<jäne@fïnder\.test>' \
	'the sender is known as it was written'
id=$(psirtctl trace odd | sed -n 's/.* filed case=//p')
psirtctl case "$id" read --mbox >"$T/odd.mbox"
is "$(tr -cd '\000' <"$T/odd.mbox" | wc -c)" 2 'NULs are kept'
is "$(LC_ALL=C grep -a '^yy*$' "$T/odd.mbox" | wc -c)" 100001 \
	'and the line of 100,000 octets'
talk gone
wait_for 10 'nothing to be left' sh -c \
	'[ -z "$(find "$1" -name "*.open" -size +100k)" ]' sh \
	"$T/state/spool/lmtp" || fail 'it is left'
pass 'who goes in the middle leaves nothing behind'

# ---- memory, and time

talk silent >/dev/null & # warm
before=$(resident)
is "$(talk heavy)" taken 'sixty messages at a time are taken'
more=$(($(resident) - before))
# The address sanitizer holds back what was freed.
most=14000
[ -z "${ASAN_OPTIONS-}" ] || most=60000
ok "they take 8 MB and what 60 connections need ($more KB)" \
	test "$more" -lt "$most"
settle 120
reload_done=$(sed -i '/^\[lmtp\]/a timeout = "2s"\nconnections = "4"' "$CONF" &&
	echo yes)
is "$reload_done" yes 'now a client has two seconds'
ok 'psirtd is told so' reload_psirtd
is "$(talk silent)" '421 True' 'who says nothing is hung up on'
is "$(talk dripping)" '421 True' 'who sends a byte now and then, too'
before=$(resident)
is "$(talk deaf)" 'stopped
closed' 'who does not read is not read from, and hung up on'
ok 'and takes no memory' test $(($(resident) - before)) -lt 2000
is "$(talk crowd)" '421
220' 'the fifth is told that it is too much, and served when there is room'
is "$(grep -E '^psirtd-[^ ]+ (error|bug)' "$T/psirtd.log")" '' \
	'no error in the log'
ok 'the audit finds nothing wrong' psirtctl audit verify
ok 'psirtd ends' stop_psirtd
done_testing
