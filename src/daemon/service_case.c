/* What psirtctl sees of cases; see daemon/service.h. */
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/output.h"
#include "daemon/recall.h"
#include "daemon/service_call.h"
#include "letters/status.h"
#include "store/letters.h"
#include "store/likenesses.h"
#include "store/persons.h"

/* --- list --- */

static int
list_text(void *arg, const struct case_line *line)
{
	struct service_call *s = arg;
	char by[INSTANT_TEXT] = "answered", until[INSTANT_TEXT];

	if (line->answered == 0)
		instant_iso(line->answer_by, by);
	instant_iso(line->embargo_end, until);
	buf_printf(&s->out, "%s: %s%s%s%s%s", line->public_id, line->state,
		line->class[0] != '\0' ? ", " : "", line->class,
		line->merged_into[0] != '\0' ? ", merged into " : "",
		line->merged_into);
	buf_printf(&s->out, ", from %s",
		line->finder[0] != '\0' ? line->finder : "nobody known");
	if (line->severity[0] != '\0')
		buf_printf(&s->out, ", %s", line->severity);
	if (line->tlp[0] != '\0')
		buf_printf(&s->out, ", TLP:%s", line->tlp);
	if (line->assignee[0] != '\0')
		buf_printf(&s->out, ", with %s", line->assignee);
	/* Nothing was promised to a robot. */
	if (line->answer_by != 0)
		buf_printf(&s->out, ", %s%s, embargo %s",
			line->answered == 0 ? "answer by " : "", by, until);
	if (line->waiting_letters > 0)
		buf_printf(&s->out, ", %" PRId64 " LETTER(S) NOT SENT",
			line->waiting_letters);
	buf_putc(&s->out, '\n');
	return 0;
}

static int
list_json(void *arg, const struct case_line *line)
{
	struct service_call *s = arg;
	struct output *o = output_new();

	output_text(o, "id", line->public_id);
	output_text(o, "state", line->state);
	output_text(o, "class", line->class[0] != '\0' ? line->class : NULL);
	output_text(o, "finder", line->finder);
	output_text(o, "assignee", line->assignee);
	output_text(o, "severity", line->severity);
	output_text(o, "tlp", line->tlp);
	output_text(o, "merged_into",
		line->merged_into[0] != '\0' ? line->merged_into : NULL);
	output_instant(o, "opened", line->opened);
	output_instant(o, "changed", line->changed);
	output_instant(o, "answer_by", line->answer_by);
	output_instant(o, "answered", line->answered);
	output_instant(o, "embargo_end", line->embargo_end);
	output_number(o, "letters_not_sent", line->waiting_letters);
	output_finish(&o, &s->out);
	return 0;
}

/* What is not shown is at least counted. */
static int
tell_robots(struct service_call *s, enum case_choice which, struct err *e)
{
	static const char *const none[] = {
		[CASES_OPEN] = "No open cases.\n",
		[CASES_OF_ROBOTS] = "No cases of robots.\n",
		[CASES_ALL] = "No cases yet.\n",
	};
	int64_t robots;

	if (s->json)
		return 0;
	if (s->out.len == 0)
		buf_puts(&s->out, none[which]);
	if (which != CASES_OPEN)
		return 0;
	if (case_robots(s->desk->store, &robots, e) == -1)
		return -1;
	if (robots > 0)
		buf_printf(&s->out,
			"Besides, robots wrote %" PRId64
			" of their own: psirtctl case list --robots\n",
			robots);
	return 0;
}

int
service_case_list(struct service_call *s)
{
	bool all = service_flag(s, "--all");
	bool robots = service_flag(s, "--robots");
	enum case_choice which = all ? CASES_ALL
		: robots	     ? CASES_OF_ROBOTS
				     : CASES_OPEN;
	struct err e;

	if (s->count > 0 || (all && robots))
		return service_usage(
			s, "case list [--all | --robots] [--json]");
	if (case_list(s->desk->store, which, s->json ? list_json : list_text, s,
		    &e) == -1 ||
		tell_robots(s, which, &e) == -1)
		return service_fail(s, &e);
	return EX_OK;
}

/* --- show --- */

/* The words of the title; they are sealed, like all that people write. */
static int
read_title(struct service_call *s, const struct case_file *c,
	const char **title_r, struct err *e)
{
	int64_t message = details_title(&c->details);
	struct recalled r;

	*title_r = "";
	if (message == 0)
		return 0;
	if (recall(s->desk, message, &r, e) == -1)
		return -1;
	if (!r.is_mail)
		*title_r = arena_strdup(s->arena, r.words);
	recall_release(&r);
	return 0;
}

static int
show_letter(void *arg, const struct letter *l)
{
	struct service_call *s = arg;
	const char *to = l->recipient;

	if (to[0] == '\0')
		to = l->order.address[0] != '\0'
			? l->order.address
			: service_name(s, l->order.person);
	buf_printf(&s->out, "Letter %" PRId64 ": %s to %s: %s%s%s\n",
		l->order.letter, letter_kind_name(l->order.kind), to,
		l->state == LETTER_HANDED ? "handed to the MTA"
					  : letter_state_name(l->state),
		l->outcome[0] != '\0' ? ", " : "", l->outcome);
	return 0;
}

static void
json_details(struct output *o, const struct case_file *c)
{
	char score[STATUS_SCORE_MAX];
	const struct detail_item *item;
	const char *vector;
	int i;

	output_text(o, "severity",
		details_value(&c->details, DETAIL_SEVERITY, NULL));
	output_text(o, "tlp", details_value(&c->details, DETAIL_TLP, NULL));
	output_array(o, "cvss");
	for (i = DETAIL_CVSS_2_0; i <= DETAIL_CVSS_4_0; i++) {
		vector = details_value(&c->details, (enum detail)i, NULL);
		if (vector[0] == '\0')
			continue;
		output_object(o, NULL);
		output_text(o, "version",
			strchr(detail_name((enum detail)i), ' ') + 1);
		output_text(o, "vector", vector);
		output_text(o, "score", status_score(vector, score));
		output_end(o);
	}
	output_end(o);
	output_array(o, "labels");
	for (i = LIST_CWE; i <= LIST_TAG; i++) {
		item = c->details.list[i];
		for (; item != NULL; item = item->next) {
			output_object(o, NULL);
			output_text(o, "list",
				detail_list_name((enum detail_list)i));
			output_text(o, "value", item->value);
			output_end(o);
		}
	}
	output_end(o);
	output_array(o, "products");
	for (item = c->details.list[LIST_PRODUCT]; item != NULL;
		item = item->next) {
		output_object(o, NULL);
		output_text(o, "name", item->value);
		output_text(o, "affected", item->of_product[DETAIL_AFFECTED]);
		output_text(o, "fixed", item->of_product[DETAIL_FIXED]);
		output_end(o);
	}
	output_end(o);
}

static void
json_requests(
	struct service_call *s, struct output *o, const struct case_file *c)
{
	const struct request *r;

	output_array(o, "requests");
	for (r = c->requests; r != NULL; r = r->next) {
		if (r->over)
			continue;
		output_object(o, NULL);
		output_number(o, "request", r->number);
		output_text(o, "of", service_name(s, r->actor));
		output_text(o, "commands", facts_get(r->facts, "commands"));
		output_instant(o, "until", r->until);
		output_end(o);
	}
	output_end(o);
}

static void
json_hints(struct output *o, const struct case_file *c)
{
	const struct case_hint *h;

	output_array(o, "hints");
	for (h = c->hints; h != NULL; h = h->next) {
		output_object(o, NULL);
		output_text(o, "kind", h->kind);
		output_text(o, "value", h->value);
		output_text(o, "normalized", h->normalized);
		output_text(o, "where", h->where);
		output_text(o, "rule", h->rule);
		output_number(o, "score", h->score);
		output_end(o);
	}
	output_end(o);
}

static void
json_acknowledgement(struct output *o, const struct acknowledgement *a)
{
	output_object(o, "acknowledgement");
	output_text(o, "state", acknowledgement_state_name(a->state));
	output_text(o, "reason", a->reason[0] != '\0' ? a->reason : NULL);
	output_instant(o, "until", a->until);
	output_end(o);
}

static void
json_likenesses(struct output *o, const struct case_file *c)
{
	const struct case_likeness *l;

	output_array(o, "alike");
	for (l = c->alike; l != NULL; l = l->next) {
		output_object(o, NULL);
		output_text(o, "case", l->public_id);
		output_text(o, "state", l->state);
		output_number(o, "score", l->score);
		output_text(o, "why", l->why);
		output_end(o);
	}
	output_end(o);
}

/* What became of the other reports of the finder. */
static int
json_record(struct service_call *s, struct output *o, const struct case_file *c,
	struct err *e)
{
	const struct party *finder = case_finder(c);
	struct finder_record r;

	if (finder == NULL)
		return 0;
	if (finder_record(s->desk->store, finder->person, c->id, &r, e) == -1)
		return -1;
	output_object(o, "finder_record");
	output_number(o, "valid", r.valid);
	output_number(o, "invalid", r.invalid);
	output_number(o, "open", r.open);
	output_end(o);
	return 0;
}

static int
show_record(struct service_call *s, const struct case_file *c, struct err *e)
{
	const struct party *finder = case_finder(c);
	struct finder_record r = {.open = 0};

	if (finder != NULL &&
		finder_record(s->desk->store, finder->person, c->id, &r, e) ==
			-1)
		return -1;
	if (r.valid + r.invalid + r.open > 0)
		buf_printf(&s->out,
			"finder's other reports: %" PRId64 " valid, %" PRId64
			" invalid, %" PRId64 " not judged\n",
			r.valid, r.invalid, r.open);
	return 0;
}

static void
json_parties(
	struct service_call *s, struct output *o, const struct case_file *c)
{
	const struct party *p;

	output_array(o, "parties");
	for (p = c->parties; p != NULL; p = p->next) {
		output_object(o, NULL);
		output_text(o, "role", role_name(p->role));
		output_text(o, "who", service_name(s, p->person));
		output_text(o, "channel",
			case_is_sealed_to(c, p) ? "sealed" : "open");
		output_bool(o, "removed", p->removed);
		output_text(
			o, "ticket", p->ticket[0] != '\0' ? p->ticket : NULL);
		output_instant(o, "away_until", p->away_until);
		output_bool(o, "bounced", p->bounced != 0);
		output_end(o);
	}
	output_end(o);
}

struct letter_output {
	struct service_call *call;
	struct output *o;
};

static int
json_letter(void *arg, const struct letter *l)
{
	struct letter_output *x = arg;

	output_object(x->o, NULL);
	output_number(x->o, "letter", l->order.letter);
	output_text(x->o, "case", l->public_id);
	output_text(x->o, "kind", letter_kind_name(l->order.kind));
	output_text(x->o, "to",
		l->order.address[0] != '\0'
			? l->order.address
			: service_name(x->call, l->order.person));
	output_text(x->o, "state", letter_state_name(l->state));
	output_text(x->o, "message_id", l->message_id);
	output_number(x->o, "attempts", l->attempts);
	output_number(x->o, "size", l->size);
	output_text(x->o, "outcome", l->outcome);
	output_end(x->o);
	return 0;
}

static int
show_json(struct service_call *s, const struct case_file *c, const char *title,
	struct err *e)
{
	struct output *o = output_new();
	struct letter_output x = {.call = s, .o = o};
	const struct posted *p;
	int result;

	output_text(o, "id", c->public_id);
	output_text(o, "state", report_state_name(c->state));
	output_bool(o, "merged", c->merged_into != 0);
	output_instant(o, "opened", c->opened);
	output_instant(o, "changed", c->changed);
	output_instant(o, "answer_by", c->answer_by);
	output_instant(o, "answered", c->answered);
	output_instant(o, "embargo_end", c->embargo_end);
	output_text(o, "assignee",
		c->assignee != 0 ? service_name(s, c->assignee) : NULL);
	output_text(o, "class", c->class[0] != '\0' ? c->class : NULL);
	json_acknowledgement(o, &c->acknowledgement);
	output_bool(o, "sealed", c->sealed);
	output_text(o, "title", title);
	json_details(o, c);
	json_parties(s, o, c);
	json_hints(o, c);
	json_requests(s, o, c);
	json_likenesses(o, c);
	result = json_record(s, o, c, e);
	output_array(o, "messages");
	for (p = c->posted; p != NULL; p = p->next) {
		output_object(o, NULL);
		output_number(o, "number", p->number);
		output_text(o, "kind", posted_kind_name(p->kind));
		output_text(o, "from",
			p->person != 0 ? service_name(s, p->person) : NULL);
		output_instant(o, "at", p->at);
		output_text(o, "problem",
			p->problem[0] != '\0' ? p->problem : NULL);
		output_text(
			o, "detail", p->problem[0] != '\0' ? p->detail : NULL);
		output_end(o);
	}
	output_end(o);
	output_array(o, "letters");
	if (result == 0)
		result =
			letters_list(s->desk->store, c->id, json_letter, &x, e);
	output_end(o);
	output_finish(&o, &s->out);
	return result;
}

static int
show_case(struct service_call *s, int64_t id, struct err *e)
{
	struct status_names n = {.name = service_name, .arg = s};
	struct case_file c;

	if (case_load(s->desk->store, id, s->arena, &c, e) == -1 ||
		read_title(s, &c, &n.title, e) == -1)
		return -1;
	if (s->json)
		return show_json(s, &c, n.title, e);
	status_case(&c, &n, &s->out);
	if (show_record(s, &c, e) == -1)
		return -1;
	return letters_list(s->desk->store, id, show_letter, s, e);
}

int
service_case_show(struct service_call *s, int64_t id)
{
	struct err e;

	return show_case(s, id, &e) == -1 ? service_fail(s, &e) : EX_OK;
}

/* --- log --- */

static void
log_json(struct service_call *s, const struct event *ev)
{
	struct output *o = output_new();
	const struct fact *f;

	output_instant(o, "at", ev->at);
	output_text(o, "kind", event_kind_name(ev->kind));
	output_text(o, "actor",
		ev->actor != 0 ? service_name(s, ev->actor) : "psirtd");
	output_object(o, "facts");
	for (f = ev->facts.first; f != NULL; f = f->next)
		output_text(o, f->key, f->value);
	output_end(o);
	output_finish(&o, &s->out);
}

int
service_case_parties(struct service_call *s, int64_t id)
{
	const struct status_names n = {.name = service_name, .arg = s};
	struct case_file c;
	struct err e;

	if (case_load(s->desk->store, id, s->arena, &c, &e) == -1)
		return service_fail(s, &e);
	status_parties(&c, &n, &s->out);
	return EX_OK;
}

int
service_case_log(struct service_call *s, int64_t id)
{
	const struct status_names n = {.name = service_name, .arg = s};
	struct event *ev;
	struct err e;

	if (case_events(s->desk->store, id, s->arena, &ev, &e) == -1)
		return service_fail(s, &e);
	for (; ev != NULL; ev = ev->next) {
		if (s->json)
			log_json(s, ev);
		else
			status_event(ev, &n, &s->out);
	}
	return EX_OK;
}

/* --- outbox --- */

static int
outbox_json(void *arg, const struct letter *l)
{
	struct service_call *s = arg;
	struct letter_output x = {.call = s, .o = output_new()};

	output_array(x.o, "letters");
	json_letter(&x, l);
	output_end(x.o);
	output_finish(&x.o, &s->out);
	return 0;
}

static int
outbox_text(void *arg, const struct letter *l)
{
	struct service_call *s = arg;

	buf_printf(&s->out, "%s ", l->public_id);
	return show_letter(arg, l);
}

int
service_outbox(struct service_call *s)
{
	struct err e;

	if (s->count > 0)
		return service_usage(s, "outbox [--json]");
	if (letters_list(s->desk->store, 0, s->json ? outbox_json : outbox_text,
		    s, &e) == -1)
		return service_fail(s, &e);
	if (s->out.len == 0 && !s->json)
		buf_puts(&s->out, "Nothing waits to be sent.\n");
	return EX_OK;
}
