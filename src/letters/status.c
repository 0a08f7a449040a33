#include "letters/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "letters/date.h"
#include "rules/cvss.h"

static void
field(struct buf *out, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		buf_printf(out, "%s: %s\n", name, value);
}

static void
date(struct buf *out, const char *name, int64_t instant)
{
	char text[DATE_TEXT];

	if (instant != 0)
		field(out, name, date_text(instant, "en", text));
}

static const char *
name_of(const struct status_names *n, int64_t person)
{
	const char *name = person != 0 ? n->name(n->arg, person) : NULL;

	return name != NULL ? name : "?";
}

const char *
status_score(const char *vector, char text[static STATUS_SCORE_MAX])
{
	struct cvss v;
	struct err e;
	int score;

	text[0] = '\0';
	if (cvss_parse(span_of(vector), &v, &e) == 0) {
		score = cvss_score(&v);
		snprintf(text, STATUS_SCORE_MAX, "%d.%d", score / 10,
			score % 10);
	}
	return text;
}

static void
put_vectors(const struct case_file *c, struct buf *out)
{
	char score[STATUS_SCORE_MAX];
	const char *vector;
	int detail;

	for (detail = DETAIL_CVSS_2_0; detail <= DETAIL_CVSS_4_0; detail++) {
		vector = details_value(&c->details, (enum detail)detail, NULL);
		if (vector[0] != '\0')
			buf_printf(out, "%s: %s, score %s\n",
				detail_name((enum detail)detail), vector,
				status_score(vector, score));
	}
}

static void
put_products(const struct case_file *c, struct buf *out)
{
	const struct detail_item *item;

	for (item = c->details.list[LIST_PRODUCT]; item != NULL;
		item = item->next)
		buf_printf(out, "product: %s%s%s%s%s\n", item->value,
			item->of_product[DETAIL_AFFECTED][0] != '\0'
				? ", affected "
				: "",
			item->of_product[DETAIL_AFFECTED],
			item->of_product[DETAIL_FIXED][0] != '\0'
				? ", fixed in "
				: "",
			item->of_product[DETAIL_FIXED]);
}

static void
put_details(const struct case_file *c, struct buf *out)
{
	const struct detail_item *item;
	int list;

	field(out, detail_name(DETAIL_SEVERITY),
		details_value(&c->details, DETAIL_SEVERITY, NULL));
	put_vectors(c, out);
	for (list = LIST_CWE; list <= LIST_TAG; list++) {
		item = c->details.list[list];
		if (item != NULL)
			buf_printf(out, "%s:",
				detail_list_name((enum detail_list)list));
		for (; item != NULL; item = item->next)
			buf_printf(out, " %s%s", item->value,
				item->next != NULL ? "," : "\n");
	}
	field(out, detail_name(DETAIL_TLP),
		details_value(&c->details, DETAIL_TLP, NULL));
	put_products(c, out);
}

static void
put_party(const struct case_file *c, const struct party *p,
	const struct status_names *n, struct buf *out)
{
	char until[INSTANT_TEXT];

	buf_printf(out, "%s: %s, channel %s", role_name(p->role),
		name_of(n, p->person),
		case_is_sealed_to(c, p) ? "sealed" : "open");
	if (p->ticket[0] != '\0')
		buf_printf(out, ", their ticket %s", p->ticket);
	if (p->away_until != 0)
		buf_printf(out, ", away until %.10s",
			instant_iso(p->away_until, until));
	if (p->bounced != 0)
		buf_printf(out, ", LETTER %" PRId64 " BOUNCED%s%s", p->bounced,
			p->bounce_status[0] != '\0' ? ", status " : "",
			p->bounce_status);
	buf_putc(out, '\n');
}

void
status_parties(const struct case_file *c, const struct status_names *n,
	struct buf *out)
{
	const struct party *p;

	for (p = c->parties; p != NULL; p = p->next)
		if (!p->removed)
			put_party(c, p, n, out);
}

static void
put_acknowledgement(const struct acknowledgement *a, struct buf *out)
{
	char until[INSTANT_TEXT];

	if (a->state == ACKNOWLEDGEMENT_SENT)
		buf_printf(
			out, "acknowledged: letter %" PRId64 "\n", a->letter);
	else if (a->state == ACKNOWLEDGEMENT_WITHHELD)
		buf_printf(out, "not acknowledged: %s\n", a->reason);
	else if (a->state == ACKNOWLEDGEMENT_HELD && a->until != 0)
		buf_printf(out,
			"NOT ACKNOWLEDGED YET: %s; it goes out by itself, not "
			"before %s (/ack sends it now, /ack refuse never)\n",
			a->reason, instant_iso(a->until, until));
	else if (a->state == ACKNOWLEDGEMENT_HELD)
		buf_printf(out,
			"NOT ACKNOWLEDGED: %s (/ack sends it, /ack refuse "
			"never)\n",
			a->reason);
}

static void
put_requests(const struct case_file *c, const struct status_names *n,
	struct buf *out)
{
	const struct request *r;
	char until[INSTANT_TEXT];
	const char *commands;

	for (r = c->requests; r != NULL; r = r->next) {
		commands = facts_get(r->facts, "commands");
		if (!r->over)
			buf_printf(out,
				"request %" PRId64 ": %s of %s waits for "
				"another analyst's /confirm until %s\n",
				r->number, commands != NULL ? commands : "?",
				name_of(n, r->actor),
				instant_iso(r->until, until));
	}
}

static void
put_messages(const struct case_file *c, const struct status_names *n,
	struct buf *out)
{
	const struct posted *p;
	char at[INSTANT_TEXT];

	for (p = c->posted; p != NULL; p = p->next) {
		buf_printf(out, "Message %" PRId64 ": %s from %s, %s\n",
			p->number, posted_kind_name(p->kind),
			name_of(n, p->person), instant_iso(p->at, at));
		if (p->problem[0] != '\0')
			buf_printf(out, "  not opened: %s: %s\n", p->problem,
				p->detail);
	}
}

void
status_case(const struct case_file *c, const struct status_names *n,
	struct buf *out)
{
	const struct case_likeness *l;
	const struct case_hint *h;

	buf_printf(out, "%s: %s\n", c->public_id, report_state_name(c->state));
	field(out, "title", n->title);
	if (c->merged_into != 0)
		buf_puts(out, "merged into another case\n");
	field(out, "class", c->class);
	date(out, "opened", c->opened);
	put_acknowledgement(&c->acknowledgement, out);
	if (c->answered == 0)
		date(out, "a person answers by", c->answer_by);
	date(out, "answered", c->answered);
	date(out, "default embargo until", c->embargo_end);
	if (c->assignee != 0)
		field(out, "assigned to", name_of(n, c->assignee));
	if (c->sealed)
		buf_puts(out, "sealed: nothing of it leaves in clear\n");
	put_details(c, out);
	status_parties(c, n, out);
	for (h = c->hints; h != NULL; h = h->next)
		buf_printf(out, "hint: %s: %s%s%s%s\n", h->kind, h->value,
			h->normalized[0] != '\0' ? " (" : "", h->normalized,
			h->normalized[0] != '\0' ? ")" : "");
	for (l = c->alike; l != NULL; l = l->next)
		buf_printf(out,
			"looks like %s, which was %s: score %" PRId64 ", %s\n",
			l->public_id, l->state, l->score, l->why);
	put_requests(c, n, out);
	put_messages(c, n, out);
}

void
status_event(
	const struct event *ev, const struct status_names *n, struct buf *out)
{
	char at[INSTANT_TEXT];

	buf_printf(out, "%s %s: ", instant_iso(ev->at, at),
		ev->actor != 0 ? name_of(n, ev->actor) : "psirtd");
	event_describe(ev, out, n->name, n->arg);
	buf_putc(out, '\n');
}
