#include "rules/cvss.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "rules/cvss_metric.h"

static const char *const version_names[] = {
	[CVSS_2_0] = "2.0",
	[CVSS_3_0] = "3.0",
	[CVSS_3_1] = "3.1",
	[CVSS_4_0] = "4.0",
};
_Static_assert(countof(version_names) == CVSS__COUNT, "each has a name");

/*
 * Values stand in the order of falling severity where the score needs one:
 * cvss_score.c counts on it.
 */
static const struct cvss_metric metrics_2[] = {
	[V2_AV] = {"AV", "N A L", true},
	[V2_AC] = {"AC", "L M H", true},
	[V2_AU] = {"Au", "N S M", true},
	[V2_C] = {"C", "C P N", true},
	[V2_I] = {"I", "C P N", true},
	[V2_A] = {"A", "C P N", true},
	[V2_E] = {"E", "U POC F H", false},
	[V2_RL] = {"RL", "OF TF W U", false},
	[V2_RC] = {"RC", "UC UR C", false},
	[V2_CDP] = {"CDP", "N L LM MH H", false},
	[V2_TD] = {"TD", "N L M H", false},
	[V2_CR] = {"CR", "L M H", false},
	[V2_IR] = {"IR", "L M H", false},
	[V2_AR] = {"AR", "L M H", false},
};
_Static_assert(countof(metrics_2) == V2__COUNT, "all of 2.0");

static const struct cvss_metric metrics_3[] = {
	[V3_AV] = {"AV", "N A L P", true},
	[V3_AC] = {"AC", "L H", true},
	[V3_PR] = {"PR", "N L H", true},
	[V3_UI] = {"UI", "N R", true},
	[V3_S] = {"S", "U C", true},
	[V3_C] = {"C", "H L N", true},
	[V3_I] = {"I", "H L N", true},
	[V3_A] = {"A", "H L N", true},
	[V3_E] = {"E", "U P F H", false},
	[V3_RL] = {"RL", "O T W U", false},
	[V3_RC] = {"RC", "U R C", false},
	[V3_CR] = {"CR", "H M L", false},
	[V3_IR] = {"IR", "H M L", false},
	[V3_AR] = {"AR", "H M L", false},
	[V3_MAV] = {"MAV", "N A L P", false},
	[V3_MAC] = {"MAC", "L H", false},
	[V3_MPR] = {"MPR", "N L H", false},
	[V3_MUI] = {"MUI", "N R", false},
	[V3_MS] = {"MS", "U C", false},
	[V3_MC] = {"MC", "H L N", false},
	[V3_MI] = {"MI", "H L N", false},
	[V3_MA] = {"MA", "H L N", false},
};
_Static_assert(countof(metrics_3) == V3__COUNT, "all of 3.x");

static const struct cvss_metric metrics_4[] = {
	[V4_AV] = {"AV", "N A L P", true},
	[V4_AC] = {"AC", "L H", true},
	[V4_AT] = {"AT", "N P", true},
	[V4_PR] = {"PR", "N L H", true},
	[V4_UI] = {"UI", "N P A", true},
	[V4_VC] = {"VC", "H L N", true},
	[V4_VI] = {"VI", "H L N", true},
	[V4_VA] = {"VA", "H L N", true},
	[V4_SC] = {"SC", "H L N", true},
	[V4_SI] = {"SI", "H L N", true},
	[V4_SA] = {"SA", "H L N", true},
	[V4_E] = {"E", "A P U", false},
	[V4_CR] = {"CR", "H M L", false},
	[V4_IR] = {"IR", "H M L", false},
	[V4_AR] = {"AR", "H M L", false},
	[V4_MAV] = {"MAV", "N A L P", false},
	[V4_MAC] = {"MAC", "L H", false},
	[V4_MAT] = {"MAT", "N P", false},
	[V4_MPR] = {"MPR", "N L H", false},
	[V4_MUI] = {"MUI", "N P A", false},
	[V4_MVC] = {"MVC", "H L N", false},
	[V4_MVI] = {"MVI", "H L N", false},
	[V4_MVA] = {"MVA", "H L N", false},
	/* S (safety) stands last, to leave the others the places of SI, SA. */
	[V4_MSC] = {"MSC", "H L N", false},
	[V4_MSI] = {"MSI", "H L N S", false},
	[V4_MSA] = {"MSA", "H L N S", false},
	[V4_S] = {"S", "N P", false},
	[V4_AU] = {"AU", "N Y", false},
	[V4_R] = {"R", "A U I", false},
	[V4_V] = {"V", "D C", false},
	[V4_RE] = {"RE", "L M H", false},
	[V4_U] = {"U", "Clear Green Amber Red", false},
};
_Static_assert(countof(metrics_4) == V4__COUNT, "all of 4.0");

struct table {
	const struct cvss_metric *metric;
	size_t count;
};

static const struct table tables[] = {
	[CVSS_2_0] = {metrics_2, V2__COUNT},
	[CVSS_3_0] = {metrics_3, V3__COUNT},
	[CVSS_3_1] = {metrics_3, V3__COUNT},
	[CVSS_4_0] = {metrics_4, V4__COUNT},
};
_Static_assert(countof(tables) == CVSS__COUNT, "metrics for each version");

const char *
cvss_version_name(enum cvss_version version)
{
	return version < CVSS__COUNT ? version_names[version] : "unknown";
}

/* Cut off and return what stands before the next SEPARATOR. */
static struct span
take_until(struct span *rest, char separator)
{
	struct span part = {.data = rest->data};

	while (part.len < rest->len && rest->data[part.len] != separator)
		part.len++;
	rest->data += part.len;
	rest->len -= part.len;
	if (rest->len > 0) {
		rest->data++;
		rest->len--;
	}
	return part;
}

/* Without the bytes of SET in front. */
static struct span
skip(struct span s, const char *set)
{
	while (s.len > 0 && strchr(set, s.data[0]) != NULL) {
		s.data++;
		s.len--;
	}
	return s;
}

/* Nor behind. */
static struct span
strip(struct span s, const char *set)
{
	while (s.len > 0 && strchr(set, s.data[s.len - 1]) != NULL)
		s.len--;
	return skip(s, set);
}

static bool
same(struct span a, struct span b)
{
	return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

/* The place of WORD among words with a blank between, from 1; 0: none. */
static uint8_t
place_among(const char *words, struct span word)
{
	struct span rest = span_of(words);
	uint8_t place;

	for (place = 1; rest.len > 0; place++)
		if (same(take_until(&rest, ' '), word))
			return place;
	return 0;
}

/*
 * Cut off the prefix in any of its shapes: "CVSS:3.1/", "CVSSv2#", "CVSS 4 ".
 * CVSS__COUNT when there is none, or when it leaves the version to the metrics.
 */
static enum cvss_version
take_prefix(struct span *text)
{
	static const struct {
		const char *number;
		enum cvss_version version;
	} known[] = {{"", CVSS__COUNT}, {"2", CVSS_2_0}, {"2.0", CVSS_2_0},
		{"3", CVSS__COUNT}, {"3.0", CVSS_3_0}, {"3.1", CVSS_3_1},
		{"4", CVSS_4_0}, {"4.0", CVSS_4_0}};
	struct span number, rest;
	size_t i;

	if (text->len < 4 || strncasecmp(text->data, "CVSS", 4) != 0)
		return CVSS__COUNT;
	number = skip((struct span){text->data + 4, text->len - 4}, ": \tvV");
	rest = skip(number, "0123456789.");
	number.len -= rest.len;
	for (i = 0; i < countof(known); i++) {
		if (span_is(number, known[i].number)) {
			*text = skip(rest, "/#: \t(");
			return known[i].version;
		}
	}
	/* Another version: the prefix stays, as a metric that is none. */
	return CVSS__COUNT;
}

/* Metrics that one version has and the others do not; AU comes last because
 * 4.0 has one too. */
static enum cvss_version
version_by_metrics(struct span text)
{
	static const struct {
		const char *name;
		enum cvss_version version;
	} tells[] = {
		{"VC", CVSS_4_0},
		{"PR", CVSS_3_1},
		{"Au", CVSS_2_0},
	};
	struct span rest, part;
	size_t i;

	for (i = 0; i < countof(tells); i++) {
		for (rest = text; rest.len > 0;) {
			part = take_until(&rest, '/');
			part = strip(take_until(&part, ':'), " \t");
			if (span_is_nocase(part, tells[i].name))
				return tells[i].version;
		}
	}
	return CVSS__COUNT;
}

/* One "NAME:VALUE". */
static int
take_metric(struct span part, struct cvss *v, uint64_t *had, struct err *e)
{
	const struct table *t = &tables[v->version];
	struct span name = strip(take_until(&part, ':'), " \t");
	struct span value = strip(part, " \t");
	size_t i;

	for (i = 0; i < t->count; i++)
		if (span_is_nocase(name, t->metric[i].name))
			break;
	if (i == t->count)
		return err_permanent(e, "5.6.0", "CVSS %s has no metric %.*s",
			version_names[v->version], (int)name.len, name.data);
	if (*had & UINT64_C(1) << i)
		return err_permanent(
			e, "5.6.0", "%s stands twice", t->metric[i].name);
	*had |= UINT64_C(1) << i;
	v->value[i] = place_among(t->metric[i].values, value);
	if (v->value[i] > 0)
		return 0;
	/* "Not defined" is a value of the optional metrics only. */
	if (!t->metric[i].base &&
		span_is_nocase(value, v->version == CVSS_2_0 ? "ND" : "X"))
		return 0;
	return err_permanent(e, "5.6.0", "%s cannot be %.*s", t->metric[i].name,
		(int)value.len, value.data);
}

int
cvss_parse(struct span text, struct cvss *v_r, struct err *e)
{
	const struct table *t;
	uint64_t had = 0;
	size_t i;

	memset(v_r, 0, sizeof(*v_r));
	text = strip(text, " \t\n()[]/");
	v_r->version = take_prefix(&text);
	if (v_r->version == CVSS__COUNT)
		v_r->version = version_by_metrics(text);
	if (v_r->version == CVSS__COUNT)
		return err_permanent(e, "5.6.0",
			"metrics of no version of CVSS: %.*s",
			(int)(text.len < 100 ? text.len : 100), text.data);
	while (text.len > 0)
		if (take_metric(take_until(&text, '/'), v_r, &had, e) == -1)
			return -1;
	t = &tables[v_r->version];
	for (i = 0; i < t->count; i++)
		if (t->metric[i].base && v_r->value[i] == 0)
			return err_permanent(
				e, "5.6.0", "%s is missing", t->metric[i].name);
	return 0;
}

void
cvss_print(const struct cvss *v, struct buf *out)
{
	const struct table *t = &tables[v->version];
	const char *before = "";
	struct span rest, value = {.data = ""};
	size_t i;
	int n;

	if (v->version != CVSS_2_0) {
		buf_printf(out, "CVSS:%s", version_names[v->version]);
		before = "/";
	}
	for (i = 0; i < t->count; i++) {
		if (v->value[i] == 0)
			continue;
		rest = span_of(t->metric[i].values);
		for (n = 0; n < v->value[i]; n++)
			value = take_until(&rest, ' ');
		buf_printf(out, "%s%s:", before, t->metric[i].name);
		buf_span(out, value);
		before = "/";
	}
}
