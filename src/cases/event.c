#include "cases/event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * `text` is what event_describe() writes: {fact} is a fact's value, {@fact} the
 * name of the person with that number.
 */
static const struct {
	const char *name, *text;
} kinds[] = {
	[EVENT_CASE_OPENED] = {"case.opened",
		"case {id} opened; a person answers by {answer-by}; default "
		"embargo until {embargo-end}"},
	[EVENT_REPORT_RECEIVED] = {"report.received",
		"report {number} received from {@person}; encrypted: "
		"{encrypted}; signed: {signed}; {problem}; {detail}; written "
		"by {@author}"},
	[EVENT_HINT_FOUND] = {"hint.found",
		"hint: {kind} {value} {normalized} ({where} {start}-{end}, "
		"rule {rule}, score {score})"},
	[EVENT_LIKENESS_FOUND] = {"likeness.found",
		"looks like {case}, which is {state}: score {score}, {why}"},
	[EVENT_KEY_KEPT] = {"key.kept",
		"{protocol} key {fingerprint} of {@person} kept, from "
		"{origin}"},
	[EVENT_KEY_QUARANTINED] = {"key.quarantined",
		"{protocol} key {fingerprint} of {@person}, from {origin}, is "
		"NOT used: {instead} is known; /key pins it"},
	[EVENT_KEY_PINNED] = {"key.pinned",
		"{protocol} key {fingerprint} of {@person} pinned: {reason}; "
		"instead of {instead}"},
	[EVENT_KEY_UPDATED] = {"key.updated",
		"key {fingerprint} of {@person} came again, changed; expires "
		"{expires}; {revoked}"},
	[EVENT_KEY_EXPIRES] = {"key.expires",
		"key {fingerprint} of {@person} expires {expires}, before the "
		"embargo ends; analysts warned"},
	[EVENT_KEY_WANTED] = {"key.wanted",
		"{@person} is asked for a key, letter {letter}; {again}"},
	[EVENT_PARTY_ADDED] = {"party.added",
		"{@person} is in the case as {role}, channel {channel}"},
	[EVENT_PARTY_REMOVED] = {"party.removed",
		"{@person} is no longer in the case"},
	[EVENT_CHANNEL_SEALED] = {"channel.sealed",
		"{@person} wrote encrypted or sent a key: nothing goes to them "
		"in clear any more"},
	[EVENT_ACKNOWLEDGED] = {"acknowledgement.sent",
		"acknowledgement ordered, letter {letter}"},
	[EVENT_UNACKNOWLEDGED] = {"acknowledgement.withheld",
		"not acknowledged: {reason}"},
	[EVENT_ACKNOWLEDGEMENT_HELD] = {"acknowledgement.held",
		"acknowledgement {letter} held: {reason}; it goes out by "
		"itself, not before {until}"},
	[EVENT_CLASSIFIED] = {"class.found",
		"message {number} looks like: {class}"},
	[EVENT_REPLY_ADDED] = {"reply.added",
		"message {number} from {@person}; found by {evidence}; "
		"encrypted: {encrypted}; signed: {signed}; {problem}; "
		"{detail}"},
	[EVENT_CONTRIBUTION_ADDED] = {"contribution.added",
		"message {number} from somebody who is not known to be in the "
		"case, {@person}; found by {evidence}; encrypted: {encrypted}; "
		"signed: {signed}; {problem}; {detail}"},
	[EVENT_ROBOT_FILED] = {"robot.filed",
		"message {number} from a robot ({reason}), filed, not "
		"answered; found by {evidence}; their ticket {ticket}; away "
		"until {absence}"},
	[EVENT_NOTE_ADDED] = {"note.added", "note {number}"},
	[EVENT_ASKED] = {"finder.asked",
		"{@person} asked for {lacks}, letter {letter}"},
	[EVENT_WORDS_SENT] = {"words.sent",
		"message {number} to {@person}, letter {letter}"},
	[EVENT_ANSWER_SENT] = {"answer.sent",
		"ready-made answer ({class}) to {@person}, letter {letter}"},
	[EVENT_STATUS_CHANGED] = {"status.changed",
		"status {from} -> {to}; reason in message {number}; undoes "
		"change {undoes}"},
	[EVENT_ASSIGNED] = {"case.assigned",
		"assigned to {@person}; undoes change {undoes}"},
	[EVENT_MERGED] = {"case.merged", "merged into {into}"},
	[EVENT_ANSWER_OVERDUE] = {"answer.overdue",
		"nobody has answered the finder by {due}; analysts reminded"},
	[EVENT_MESSAGE_READ] = {"message.read", "message {number} read"},
	[EVENT_LETTER_HANDED] = {"letter.handed",
		"letter {letter} to {@person} handed to the MTA: {reply}"},
	[EVENT_LETTER_WAITING] = {"letter.waiting",
		"letter {letter} to {@person} WAITS: {reason}"},
	[EVENT_LETTER_FAILED] = {"letter.failed",
		"letter {letter} to {@person} FAILED: {reason}"},
	[EVENT_LETTER_CANCELLED] = {"letter.cancelled",
		"letter {letter} to {@person} cancelled: {reason}"},
	[EVENT_LETTER_BOUNCED] = {"letter.bounced",
		"letter {letter} to {@person} BOUNCED, says message {number}; "
		"status {status}"},
	[EVENT_LETTER_DELAYED] = {"letter.delayed",
		"letter {letter} to {@person} is delayed, says message "
		"{number}; status {status}"},
	[EVENT_COMMAND_REFUSED] = {"command.refused",
		"commands of {@person} in message {number} refused: "
		"{reason}"},
	[EVENT_REOPENED] = {"case.reopened",
		"reopened, status {from} -> {to}; undoes change {undoes}"},
	[EVENT_CASE_SEALED] = {"case.sealed",
		"the case is sealed: nothing of it leaves in clear any more"},
	[EVENT_TITLED] = {"case.titled",
		"the case has a title; in message {number}; undoes change "
		"{undoes}"},
	[EVENT_DETAIL_SET] = {"detail.set",
		"{detail}: {value}; score {score}; of {product}; before: "
		"{was}; undoes change {undoes}"},
	[EVENT_ITEM_ADDED] = {"item.added",
		"{list}: {value} added; undoes change {undoes}"},
	[EVENT_ITEM_REMOVED] = {"item.removed",
		"{list}: {value} removed; undoes change {undoes}"},
	[EVENT_COMMANDS_WAIT] = {"commands.waiting",
		"request {request} waits until {until} for another analyst's "
		"/confirm: {commands}"},
	[EVENT_COMMANDS_CONFIRMED] = {"commands.confirmed",
		"request {request} of {@person} confirmed"},
	[EVENT_COMMANDS_EXPIRED] = {"commands.expired",
		"request {request} of {@person} expired: nobody confirmed it"},
	[EVENT_GLASS_BROKEN] = {"glass.broken",
		"GLASS BROKEN: {commands} WITHOUT A SECOND ANALYST; REASON IN "
		"MESSAGE {number}"},
	[EVENT_CASE_PURGED] = {"case.purged",
		"what stood here is forgotten: {reason}"},
};
_Static_assert(countof(kinds) == EVENT__COUNT, "a row for each kind");

const char *
event_kind_name(enum event_kind kind)
{
	return kinds[kind].name;
}

int
event_kind_of(const char *name)
{
	int kind;

	for (kind = 0; kind < EVENT__COUNT; kind++)
		if (strcmp(kinds[kind].name, name) == 0)
			return kind;
	return -1;
}

static void
put_fact(const struct event *ev, const char *key, size_t len, struct buf *out,
	const char *(*name)(void *arg, int64_t person), void *arg)
{
	bool person = len > 0 && key[0] == '@';
	const char *value, *called = NULL;
	char text[64];
	size_t i;

	if (person)
		key++, len--;
	for (i = 0; i < len && i + 1 < sizeof(text); i++)
		text[i] = key[i];
	text[i] = '\0';
	value = facts_get(&ev->facts, text);
	if (person && value != NULL && name != NULL)
		called = name(arg, strtoll(value, NULL, 10));
	if (called != NULL)
		buf_puts(out, called);
	else if (person && (value == NULL || strcmp(value, "0") == 0))
		buf_puts(out, "nobody");
	else if (person)
		buf_printf(out, "person %s", value != NULL ? value : "0");
	else
		buf_puts(out, value != NULL ? value : "");
}

/*
 * Clauses are parted by "; ": one whose first fact is absent is left out, so
 * that a line does not speak of what is not there.
 */
static size_t
clause_length(const char *text)
{
	const char *semicolon = strstr(text, "; ");

	return semicolon != NULL ? (size_t)(semicolon - text) : strlen(text);
}

static bool
has_empty_fact(const struct event *ev, const char *text, size_t len)
{
	const char *open = memchr(text, '{', len), *close;
	char key[64];
	size_t n;

	if (open == NULL)
		return false;
	open += open[1] == '@';
	close = strchr(open, '}');
	n = (size_t)(close - open - 1);
	if (n >= sizeof(key))
		return false;
	memcpy(key, open + 1, n);
	key[n] = '\0';
	return facts_get(&ev->facts, key) == NULL;
}

static void
put_clause(const struct event *ev, const char *text, size_t len,
	struct buf *out, const char *(*name)(void *arg, int64_t person),
	void *arg)
{
	const char *end = text + len, *close;

	while (text < end) {
		if (*text != '{') {
			buf_putc(out, *text++);
			continue;
		}
		close = strchr(text, '}');
		put_fact(ev, text + 1, (size_t)(close - text - 1), out, name,
			arg);
		text = close + 1;
	}
}

void
event_describe(const struct event *ev, struct buf *out,
	const char *(*name)(void *arg, int64_t person), void *arg)
{
	const char *text = kinds[ev->kind].text;
	bool first = true;
	size_t len;

	for (;;) {
		len = clause_length(text);
		if (first || !has_empty_fact(ev, text, len)) {
			if (!first)
				buf_puts(out, "; ");
			put_clause(ev, text, len, out, name, arg);
		}
		first = false;
		if (text[len] == '\0')
			return;
		text += len + 2;
	}
}
