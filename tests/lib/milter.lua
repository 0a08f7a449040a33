-- milter.lua: the MTA's side of a milter, for miltertest(8):
--
--	miltertest -D socket=unix:PATH -D path=NAME -s tests/lib/milter.lua
--
-- Each path is one way through the callbacks, a function below; it ends with
-- an error when the milter does anything else.  `send` puts the mail of
-- -D file=FILE through, with the queue ID -D queue=ID.

local DATA = string.byte("T") -- which miltertest has no name for
local OURS, BOB = "<security@example.test>", "<bob@example.test>"

local function check(good, what)
	if not good then
		error(what, 2)
	end
end

local function step(problem, what)
	check(problem == nil, (what or "step") .. ": " .. tostring(problem))
end

local function replied(c, wanted, what)
	local got = mt.getreply(c)
	check(got == wanted, what .. ": got " .. string.char(got) ..
		", wanted " .. string.char(wanted))
end

local function goes_on(c, what)
	replied(c, SMFIR_CONTINUE, what)
end

-- A connection; actions and steps that the MTA offers, nil: all.
local function connect(actions, steps)
	local c = mt.connect(socket, 40, 0.25)
	check(c ~= nil, "no connection")
	local problem = mt.negotiate(c, nil, actions, steps)
	if actions ~= nil or steps ~= nil then
		return c, problem
	end
	step(problem, "negotiate")
	step(mt.conninfo(c, "mail.finder.test", "192.0.2.7"))
	goes_on(c, "connect")
	step(mt.helo(c, "finder.test"))
	goes_on(c, "helo")
	return c
end

-- MAIL and RCPT...; WANTED is the last recipient's answer.
local function envelope(c, recipients, wanted, ...)
	mt.macro(c, SMFIC_MAIL, "{auth_authen}", "faye")
	step(mt.mailfrom(c, "<faye@finder.test>", ...))
	goes_on(c, "mail")
	for i, to in ipairs(recipients) do
		step(mt.rcptto(c, to))
		replied(c, i < #recipients and SMFIR_CONTINUE or wanted or
			SMFIR_CONTINUE, "rcpt " .. to)
	end
end

local function data(c, queue)
	mt.macro(c, DATA, "i", queue)
	step(mt.data(c))
	goes_on(c, "data")
end

local function header(c, name, value, wanted)
	step(mt.header(c, name, value))
	replied(c, wanted or SMFIR_CONTINUE, "header " .. name)
end

local function message(c, id)
	header(c, "From", " Faye <faye@finder.test>")
	header(c, "Subject", " Of a\n\tfolded " .. id)
	header(c, "Message-ID", " <" .. id .. "@finder.test>")
	step(mt.eoh(c))
	step(mt.bodystring(c, "The text of " .. id .. ".\r\n"))
	goes_on(c, "body")
end

local function ends(c, wanted)
	step(mt.eom(c))
	replied(c, wanted, "end of message")
end

local function was_marked(c)
	check(mt.eom_check(c, MT_HDRINSERT, "X-Psirtd-Trace"), "no mark")
	check(not mt.eom_check(c, MT_RCPTDELETE, OURS), "we were removed")
end

local paths = {}

function paths.copy()
	local c = connect()
	envelope(c, {OURS, BOB})
	data(c, "4Copy")
	message(c, "copy")
	ends(c, SMFIR_ACCEPT)
	was_marked(c)
	check(string.find(mt.getheader(c, "X-Psirtd-Trace", 0),
		"^ milter/[0-9a-v]+%.%d+ [a-z2-7]+$"), "what sort of mark?")
	mt.disconnect(c)
end

-- Many messages, whole, broken off and others' in turn.
function paths.many()
	local c = connect()
	envelope(c, {OURS})
	data(c, "4Many1")
	message(c, "many-1")
	ends(c, SMFIR_ACCEPT)
	envelope(c, {OURS})
	data(c, "4Many2")
	message(c, "many-broken-off")
	step(mt.abort(c))
	envelope(c, {BOB})
	step(mt.data(c))
	replied(c, SMFIR_ACCEPT, "data for bob")
	envelope(c, {OURS})
	step(mt.abort(c))
	step(mt.helo(c, "again.finder.test"))
	envelope(c, {OURS})
	data(c, "4Many3")
	message(c, "many-3")
	ends(c, SMFIR_ACCEPT)
	was_marked(c)
	mt.disconnect(c)
end

-- The connection breaks in the middle.
function paths.torn()
	local c = connect()
	envelope(c, {OURS})
	data(c, "4Torn")
	message(c, "torn")
	mt.disconnect(c, false)
end

function paths.others()
	local c = connect()
	envelope(c, {BOB, "<security@elsewhere.test>"})
	step(mt.data(c))
	replied(c, SMFIR_ACCEPT, "data")
	mt.disconnect(c)
end

-- A service of 2 recipients and 64 KB.
function paths.limits()
	local c = connect()
	envelope(c, {BOB, OURS}, SMFIR_REPLYCODE, "SIZE=70000")
	step(mt.abort(c))
	envelope(c, {OURS, OURS, OURS}, SMFIR_REPLYCODE)
	step(mt.abort(c))
	envelope(c, {OURS})
	data(c, "4Large")
	message(c, "large")
	for _ = 1, 3 do
		goes_on(c, "body")
		step(mt.bodystring(c, string.rep("x", 21998) .. "\r\n"))
	end
	replied(c, SMFIR_REPLYCODE, "the piece that is too much")
	envelope(c, {OURS})
	data(c, "4Hops")
	for _ = 1, 99 do
		header(c, "Received", " from a")
	end
	header(c, "Received", " from a", SMFIR_REPLYCODE)
	mt.disconnect(c)
end

-- An MTA that cannot do what we need is not talked to.
function paths.unfit()
	local c, problem = connect(SMFIF_ADDHDRS, nil)
	check(problem ~= nil, "an MTA without edits is taken")
	c, problem = connect(nil, 0)
	check(problem ~= nil, "an MTA that trims headers is taken")
end

-- Nothing but a recipient and the end; miltertest makes up what lacks.
function paths.bare()
	local c = mt.connect(socket, 40, 0.25)
	step(mt.negotiate(c, nil, nil, nil))
	step(mt.conninfo(c, "localhost", "unspec"))
	step(mt.mailfrom(c, "<>"))
	step(mt.rcptto(c, "security@example.test"))
	goes_on(c, "rcpt")
	step(mt.unknown(c, "FROB"))
	data(c, "4Bare")
	step(mt.eoh(c))
	ends(c, SMFIR_ACCEPT)
	was_marked(c)
	mt.disconnect(c)
end

function paths.take()
	local c = connect()
	envelope(c, {OURS, BOB})
	data(c, "4Take1")
	message(c, "take-1")
	ends(c, SMFIR_ACCEPT)
	check(mt.eom_check(c, MT_RCPTDELETE, OURS), "we still get it")
	check(not mt.eom_check(c, MT_RCPTDELETE, BOB), "bob was removed")
	check(not mt.eom_check(c, MT_HDRINSERT), "a field was added")
	envelope(c, {OURS})
	data(c, "4Take2")
	message(c, "take-2")
	ends(c, SMFIR_DISCARD)
	mt.disconnect(c)
end

function paths.tag()
	local c = connect()
	envelope(c, {OURS})
	data(c, "4Tag")
	header(c, "X-Psirtd-Class", " person")
	header(c, "List-Id", " <x.test>")
	ends(c, SMFIR_ACCEPT)
	check(mt.eom_check(c, MT_HDRDELETE, "X-Psirtd-Class"), "forged")
	check(mt.eom_check(c, MT_HDRINSERT, "X-Psirtd-Class", " list"), "class")
	envelope(c, {OURS, BOB})
	data(c, "4Tag")
	message(c, "tag")
	ends(c, SMFIR_ACCEPT)
	check(not mt.eom_check(c, MT_HDRINSERT), "bob gets the field, too")
	mt.disconnect(c)
end

-- No room, or no spool: we are told to come again, bob is not.
function paths.full()
	local c = connect()
	envelope(c, {BOB, OURS}, SMFIR_REPLYCODE)
	step(mt.data(c))
	replied(c, SMFIR_ACCEPT, "data for bob alone")
	mt.disconnect(c)
end

function paths.unwritten()
	local c = connect()
	envelope(c, {OURS, BOB})
	data(c, "4Unwritten")
	message(c, "unwritten")
	ends(c, SMFIR_REPLYCODE)
	check(mt.eom_check(c, MT_SMTPREPLY, "451", "4.3.0",
		"Try again later"), "another text")
	check(not mt.eom_check(c, MT_HDRINSERT), "an edit before the fault")
	mt.disconnect(c)
end

-- Hold a message open until the file -D go=FILE is there.
function paths.held()
	local c = connect()
	envelope(c, {OURS})
	data(c, "4Held")
	message(c, "held")
	mt.echo("BEGUN")
	io.stdout:flush()
	while io.open(go) == nil do
		mt.sleep(0.05)
	end
	ends(c, SMFIR_ACCEPT)
	was_marked(c)
	mt.echo("ENDED")
	mt.disconnect(c)
end

-- One connection too many for a service of one: bob's mail goes on.
function paths.crowd()
	local first, second = connect(), connect()
	envelope(second, {BOB, OURS}, SMFIR_REPLYCODE)
	mt.disconnect(second)
	envelope(first, {OURS})
	mt.disconnect(first)
end

function paths.send()
	local name, value
	local c = connect()
	envelope(c, {OURS})
	data(c, queue)
	local text = assert(io.open(file, "rb")):read("a")
	local at = string.find(text, "\r\n\r\n", 1, true)
	for line in string.gmatch(string.sub(text, 1, at + 1), "(.-)\r\n") do
		if string.find(line, "^[ \t]") then
			value = value .. "\n" .. line
		else
			if name then
				header(c, name, value)
			end
			name, value = string.match(line, "^(.-):(.*)$")
		end
	end
	header(c, name, value)
	step(mt.eoh(c))
	for from = at + 4, #text, 60000 do
		step(mt.bodystring(c, string.sub(text, from, from + 59999)))
		goes_on(c, "body")
	end
	ends(c, SMFIR_ACCEPT)
	mt.disconnect(c)
end

check(paths[path] ~= nil, "no such path: " .. tostring(path))
mt.set_timeout(60)
local good, problem = pcall(paths[path])
if not good then
	mt.echo(problem) -- which miltertest would keep to itself
	os.exit(1)
end
