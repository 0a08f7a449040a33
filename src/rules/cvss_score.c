/*
 * The formulas are those of the CVSS 2.0 guide, section 3.2.1, of the 3.0 and
 * 3.1 specifications, section 7.1 and appendix A (rounding), and of the 4.0
 * specification, section 8 (macro vectors).
 */
#include "rules/cvss.h"

#include <string.h>

#include "rules/cvss_metric.h"

/* To the nearest tenth, up from the middle. */
static int
tenths_near(double x)
{
	return (int)(x * 10 + 0.5 + 1e-9);
}

/* Up to the next tenth; 3.1's way, which no rounding of floats disturbs. */
static int
tenths_up(double x)
{
	long n = (long)(x * 100000 + 0.5);

	return (int)(n % 10000 == 0 ? n / 10000 : n / 10000 + 1);
}

/* Weights are listed in the order of the values in cvss.c. */
static double
weight(const struct cvss *v, int metric, const double *weights)
{
	return weights[v->value[metric] - 1];
}

static int
score_2(const struct cvss *v)
{
	static const double av[] = {1.0, 0.646, 0.395};
	static const double ac[] = {0.71, 0.61, 0.35};
	static const double au[] = {0.704, 0.56, 0.45};
	static const double cia[] = {0.66, 0.275, 0};
	double impact, reach;

	impact = 10.41 *
		(1 -
			(1 - weight(v, V2_C, cia)) *
				(1 - weight(v, V2_I, cia)) *
				(1 - weight(v, V2_A, cia)));
	reach = 20 * weight(v, V2_AV, av) * weight(v, V2_AC, ac) *
		weight(v, V2_AU, au);
	if (impact < 1e-9)
		return 0;
	return tenths_near((0.6 * impact + 0.4 * reach - 1.5) * 1.176);
}

static double
power(double x, int n)
{
	double result = 1;

	while (n-- > 0)
		result *= x;
	return result;
}

static int
score_3(const struct cvss *v)
{
	static const double av[] = {0.85, 0.62, 0.55, 0.2};
	static const double ac[] = {0.77, 0.44};
	static const double pr[][3] = {{0.85, 0.62, 0.27}, {0.85, 0.68, 0.5}};
	static const double ui[] = {0.85, 0.62};
	static const double cia[] = {0.56, 0.22, 0};
	int changed = v->value[V3_S] - 1;
	double iss, impact, reach, sum;

	iss = 1 -
		(1 - weight(v, V3_C, cia)) * (1 - weight(v, V3_I, cia)) *
			(1 - weight(v, V3_A, cia));
	impact = changed ? 7.52 * (iss - 0.029) - 3.25 * power(iss - 0.02, 15)
			 : 6.42 * iss;
	reach = 8.22 * weight(v, V3_AV, av) * weight(v, V3_AC, ac) *
		weight(v, V3_PR, pr[changed]) * weight(v, V3_UI, ui);
	if (impact <= 0)
		return 0;
	sum = (changed ? 1.08 : 1) * (impact + reach);
	return tenths_up(sum < 10 ? sum : 10);
}

/*
 * 4.0.  The metrics fall into classes, and each class of a vector has a level;
 * the levels make the macro vector, whose score is listed.  The vector's score
 * is that, less the mean over all classes that have a next lower level of: the
 * drop to that level, times the distance of the vector from the worst of its
 * own level, over the depth of the level.  In whole numbers, so that a half is
 * a half.
 */
enum macro_class {
	EQ1, /* AV PR UI */
	EQ2, /* AC AT */
	EQ36, /* VC VI VA CR IR AR: EQ3 and EQ6 in one, five levels */
	EQ4, /* SC SI SA */
	EQ5, /* E */
	EQ__COUNT
};

#define CLASS_METRICS 6
#define CLASS_WORST 5

struct macro {
	/* Of each metric, how many steps below the worst value. */
	int step[EQ__COUNT][CLASS_METRICS];
	int level[EQ__COUNT];
};

struct level {
	int depth;
	size_t count;
	int worst[CLASS_WORST][CLASS_METRICS];
};

static const struct level levels_1[] = {
	{1, 1, {{0, 0, 0}}},
	{4, 3, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
	{5, 2, {{3, 0, 0}, {1, 1, 1}}},
};
static const struct level levels_2[] = {
	{1, 1, {{0, 0}}},
	{2, 2, {{1, 0}, {0, 1}}},
};
static const struct level levels_36[] = {
	{7, 1, {{0, 0, 0, 0, 0, 0}}},
	{6, 2, {{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}}},
	{8, 2, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}}},
	{8, 5,
		{{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1},
			{0, 1, 1, 1, 0, 0}, {1, 1, 0, 0, 0, 1}}},
	{10, 1, {{1, 1, 1, 0, 0, 0}}},
};
static const struct level levels_4[] = {
	{6, 1, {{1, 0, 0}}},
	{5, 1, {{1, 1, 1}}},
	{4, 1, {{2, 2, 2}}},
};
static const struct level levels_5[] = {
	{1, 1, {{0}}}, {1, 1, {{1}}}, {1, 1, {{2}}}};

static const struct {
	const struct level *level;
	int count;
} classes[] = {
	[EQ1] = {levels_1, countof(levels_1)},
	[EQ2] = {levels_2, countof(levels_2)},
	[EQ36] = {levels_36, countof(levels_36)},
	[EQ4] = {levels_4, countof(levels_4)},
	[EQ5] = {levels_5, countof(levels_5)},
};
_Static_assert(countof(classes) == EQ__COUNT, "levels for each class");

/* Divisible by every depth. */
#define PARTS 840

/* In tenths; by the levels of the classes. */
static const uint8_t macro_scores[3][2][5][3][3] = {
	{
		{
			{{100, 98, 95}, {100, 93, 91}, {93, 89, 81}},
			{{99, 95, 92}, {96, 87, 81}, {90, 80, 68}},
			{{98, 95, 90}, {93, 89, 81}, {88, 78, 69}},
			{{95, 92, 84}, {92, 81, 65}, {80, 70, 48}},
			{{92, 82, 72}, {79, 69, 50}, {69, 55, 27}},
		},
		{
			{{99, 95, 92}, {95, 90, 84}, {92, 82, 72}},
			{{97, 92, 85}, {91, 83, 71}, {81, 71, 53}},
			{{95, 92, 85}, {92, 80, 70}, {84, 71, 50}},
			{{93, 85, 73}, {82, 72, 59}, {70, 52, 30}},
			{{86, 75, 52}, {71, 52, 29}, {63, 29, 17}},
		},
	},
	{
		{
			{{98, 94, 91}, {94, 86, 77}, {87, 74, 63}},
			{{95, 87, 81}, {89, 74, 64}, {75, 63, 49}},
			{{94, 88, 76}, {86, 74, 59}, {72, 57, 52}},
			{{89, 77, 67}, {76, 58, 50}, {57, 52, 25}},
			{{83, 70, 54}, {65, 58, 26}, {53, 21, 13}},
		},
		{
			{{95, 88, 76}, {90, 75, 61}, {77, 68, 52}},
			{{90, 76, 70}, {77, 62, 53}, {66, 59, 30}},
			{{89, 76, 62}, {74, 57, 47}, {61, 57, 24}},
			{{78, 67, 58}, {59, 57, 23}, {52, 29, 16}},
			{{71, 59, 30}, {58, 26, 15}, {23, 13, 6}},
		},
	},
	{
		{
			{{93, 86, 75}, {86, 74, 56}, {70, 52, 40}},
			{{87, 72, 58}, {74, 61, 34}, {54, 40, 22}},
			{{85, 74, 62}, {72, 55, 46}, {53, 34, 19}},
			{{75, 55, 51}, {57, 41, 19}, {36, 19, 8}},
			{{64, 51, 20}, {47, 21, 11}, {24, 9, 4}},
		},
		{
			{{88, 73, 60}, {73, 59, 41}, {54, 45, 20}},
			{{75, 53, 50}, {55, 40, 20}, {43, 22, 11}},
			{{75, 58, 40}, {61, 48, 20}, {46, 17, 8}},
			{{55, 45, 21}, {51, 18, 9}, {18, 7, 2}},
			{{53, 24, 14}, {24, 12, 5}, {10, 3, 1}},
		},
	},
};

/* The listed score of M with another level in one class; -1: no such level. */
static int
macro_score(const struct macro *m, enum macro_class class, int level)
{
	int at[EQ__COUNT];

	memcpy(at, m->level, sizeof(at));
	at[class] = level;
	if (level >= classes[class].count)
		return -1;
	return macro_scores[at[EQ1]][at[EQ2]][at[EQ36]][at[EQ4]][at[EQ5]];
}

static int
next_lower_score(const struct macro *m, enum macro_class class)
{
	int level = m->level[class], a, b;

	if (class != EQ36)
		return macro_score(m, class, level + 1);
	/* From (0,0) two ways lead down: the higher score counts.  From (0,1)
	 * it goes to (1,1), which is two places on in our list. */
	if (level > 0)
		return macro_score(m, class, level == 1 ? 3 : level + 1);
	a = macro_score(m, class, 1);
	b = macro_score(m, class, 2);
	return a > b ? a : b;
}

/* From the first of the worst vectors that is nowhere better than this one. */
static int
distance(const struct macro *m, enum macro_class class)
{
	const struct level *l = &classes[class].level[m->level[class]];
	const int *step = m->step[class];
	int sum, left;
	size_t i, k;

	for (i = 0; i < l->count; i++) {
		for (sum = 0, k = 0; k < CLASS_METRICS; k++) {
			left = step[k] - l->worst[i][k];
			if (left < 0)
				break;
			sum += left;
		}
		if (k == CLASS_METRICS)
			return sum;
	}
	return 0;
}

/* What the environment says (MODIFIED) comes before the base metric. */
static int
step(const struct cvss *v, int metric, int modified)
{
	if (v->value[modified] > 0)
		return v->value[modified] - 1;
	return v->value[metric] > 0 ? v->value[metric] - 1 : 0;
}

/* H, L, N are 1, 2, 3, because safety stands above them. */
static int
step_subsequent(const struct cvss *v, int metric, int modified)
{
	return (step(v, metric, modified) + 1) % 4;
}

static void
set_steps(const struct cvss *v, struct macro *m)
{
	m->step[EQ1][0] = step(v, V4_AV, V4_MAV);
	m->step[EQ1][1] = step(v, V4_PR, V4_MPR);
	m->step[EQ1][2] = step(v, V4_UI, V4_MUI);
	m->step[EQ2][0] = step(v, V4_AC, V4_MAC);
	m->step[EQ2][1] = step(v, V4_AT, V4_MAT);
	m->step[EQ36][0] = step(v, V4_VC, V4_MVC);
	m->step[EQ36][1] = step(v, V4_VI, V4_MVI);
	m->step[EQ36][2] = step(v, V4_VA, V4_MVA);
	m->step[EQ36][3] = step(v, V4_CR, V4_CR);
	m->step[EQ36][4] = step(v, V4_IR, V4_IR);
	m->step[EQ36][5] = step(v, V4_AR, V4_AR);
	m->step[EQ4][0] = step_subsequent(v, V4_SC, V4_MSC);
	m->step[EQ4][1] = step_subsequent(v, V4_SI, V4_MSI);
	m->step[EQ4][2] = step_subsequent(v, V4_SA, V4_MSA);
	m->step[EQ5][0] = step(v, V4_E, V4_E);
}

static void
set_levels(struct macro *m)
{
	const int *a = m->step[EQ1], *b = m->step[EQ2], *c = m->step[EQ36],
		  *d = m->step[EQ4];
	bool high_required;
	int eq3;

	if (a[0] == 0 && a[1] == 0 && a[2] == 0)
		m->level[EQ1] = 0;
	else if (a[0] != 3 && (a[0] == 0 || a[1] == 0 || a[2] == 0))
		m->level[EQ1] = 1;
	else
		m->level[EQ1] = 2;
	m->level[EQ2] = b[0] == 0 && b[1] == 0 ? 0 : 1;
	if (c[0] == 0 && c[1] == 0)
		eq3 = 0;
	else
		eq3 = c[0] == 0 || c[1] == 0 || c[2] == 0 ? 1 : 2;
	high_required = (c[0] == 0 && c[3] == 0) || (c[1] == 0 && c[4] == 0) ||
		(c[2] == 0 && c[5] == 0);
	/* (2,0) does not exist, so (2,1) is number 4. */
	m->level[EQ36] = eq3 == 2 ? 4 : 2 * eq3 + (high_required ? 0 : 1);
	if (d[1] == 0 || d[2] == 0)
		m->level[EQ4] = 0;
	else
		m->level[EQ4] = d[0] == 1 || d[1] == 1 || d[2] == 1 ? 1 : 2;
	m->level[EQ5] = m->step[EQ5][0];
}

static bool
has_no_impact(const struct macro *m)
{
	const int *c = m->step[EQ36], *d = m->step[EQ4];

	return c[0] == 2 && c[1] == 2 && c[2] == 2 && d[0] == 3 && d[1] == 3 &&
		d[2] == 3;
}

static int
score_4(const struct cvss *v)
{
	struct macro m = {0};
	int own, lower, below = 0, lost = 0, whole, depth;
	enum macro_class c;

	set_steps(v, &m);
	if (has_no_impact(&m))
		return 0;
	set_levels(&m);
	own = macro_score(&m, EQ1, m.level[EQ1]);
	for (c = EQ1; c < EQ__COUNT; c++) {
		if ((lower = next_lower_score(&m, c)) < 0)
			continue;
		depth = classes[c].level[m.level[c]].depth;
		lost += (own - lower) * distance(&m, c) * (PARTS / depth);
		below++;
	}
	if (below == 0)
		return own;
	whole = PARTS * below;
	if (own * whole <= lost)
		return 0;
	return (2 * (own * whole - lost) + whole) / (2 * whole);
}

int
cvss_score(const struct cvss *v)
{
	switch (v->version) {
	case CVSS_2_0:
		return score_2(v);
	case CVSS_3_0:
	case CVSS_3_1:
		return score_3(v);
	case CVSS_4_0:
		return score_4(v);
	case CVSS__COUNT:
		break;
	}
	return 0;
}
