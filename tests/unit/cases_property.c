/*
 * What holds for every case, whatever comes: random sequences of inputs.
 *
 * Each input is decided twice, on the case itself and on the one that its
 * events fold to.  Both must give the same plan and the same case: so decide()
 * is a function of what it is given, and a case is the fold of its events.
 */
#include "cases_random.h"

#define SEQUENCES 400
#define STEPS 60
static void
step(struct kit *k, struct history *h)
{
	struct case_file c2, elsewhere2, before;
	struct input in;
	struct plan p, p2;
	const char *text;
	int result;

	fold(k, h, 7, &c2);
	fold(k, h, 8, &elsewhere2);
	fold(k, h, 7, &before);
	assert_string_equal(kit_case_text(k, &k->c), kit_case_text(k, &c2));
	assert_string_equal(
		kit_case_text(k, &k->elsewhere), kit_case_text(k, &elsewhere2));
	make_input(k, &in);
	result = decide(k, &in, &k->c, &k->elsewhere, &p);
	assert_int_equal(decide(k, &in, &c2, &elsewhere2, &p2), result);
	text = kit_plan_text(k, &p);
	assert_string_equal(text, kit_plan_text(k, &p2));
	assert_string_equal(kit_case_text(k, &k->c), kit_case_text(k, &c2));
	if (result == -1) {
		/* Thrown away, both. */
		fold(k, h, 7, &k->c);
		fold(k, h, 8, &k->elsewhere);
		return;
	}
	hold(k, &p, &before, &k->c);
	hold_states(&p);
	remember(h, &p);
	k->ground.next_letter = p.next_letter;
}

static void
test_a_case_is_the_fold_of_its_events(void **state)
{
	static struct history h;
	uint64_t sequence;
	struct kit *k;
	int i;

	(void)state;
	for (sequence = 1; sequence <= SEQUENCES; sequence++) {
		void *fresh;

		seed = sequence * UINT64_C(0x9e3779b97f4a7c15);
		h.count = 0;
		kit_setup(&fresh);
		k = fresh;
		/* Half of them begin with a case that is there already. */
		if (sequence % 2) {
			kit_mail(k, &k->elsewhere, NULL);
			remember(&h, &k->plan);
		}
		for (i = 0; i < STEPS; i++)
			step(k, &h);
		kit_teardown(&fresh);
	}
}

/* Facts cross the store as text: the case must be the same behind it. */
static void
test_a_case_survives_the_text_of_its_facts(void **state)
{
	static struct history h;
	struct kit *k = *state;
	struct buf text = BUF_INIT(1 << 20);
	struct case_file again;
	size_t i;

	seed = 4711;
	h.count = 0;
	for (i = 0; i < STEPS; i++)
		step(k, &h);
	for (i = 0; i < h.count; i++) {
		buf_clear(&text);
		facts_encode(&text, &h.ev[i].facts);
		assert_int_equal(facts_decode(&h.ev[i].facts, k->arena,
					 buf_view(&text), &k->e),
			0);
	}
	fold(k, &h, 7, &again);
	assert_string_equal(kit_case_text(k, &k->c), kit_case_text(k, &again));
	buf_release(&text);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_case_is_the_fold_of_its_events),
		T(test_a_case_survives_the_text_of_its_facts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
