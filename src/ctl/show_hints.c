#include "ctl/show_hints.h"

#include <stdio.h>
#include <string.h>

#include "rules/cvss.h"

/* "9.8"; "" when H is no vector. */
static void
score_of(const struct hint *h, char *score_r, size_t size)
{
	struct cvss v;
	struct err e;
	int tenths;

	score_r[0] = '\0';
	if (h->kind != HINT_CVSS ||
		cvss_parse(span_of(h->normalized), &v, &e) == -1)
		return;
	tenths = cvss_score(&v);
	snprintf(score_r, size, "%d.%d", tenths / 10, tenths % 10);
}

void
json_hint(struct output *o, const struct hint *h)
{
	char score[16];

	score_of(h, score, sizeof(score));
	output_object(o, NULL);
	output_text(o, "kind", hint_kind_name(h->kind));
	output_text(o, "value", h->value);
	output_text(o, "normalized", h->normalized);
	output_text(o, "where", hint_where_name(h->where));
	output_number(o, "start", h->start);
	output_number(o, "end", h->end);
	output_text(o, "rule", h->rule);
	output_number(o, "score", h->score);
	if (score[0] != '\0')
		output_text(o, "cvss_score", score);
	output_end(o);
}

void
print_hint(const struct hint *h)
{
	char score[16];

	score_of(h, score, sizeof(score));
	printf("%s: %s", hint_kind_name(h->kind), h->value);
	if (h->normalized[0] != '\0' && strcmp(h->value, h->normalized) != 0)
		printf(" = %s", h->normalized);
	if (score[0] != '\0')
		printf(" (score %s)", score);
}
