/*
 * likenesses: sketches of reports (rules/sketch.h), and which are alike.
 *
 * A look-up costs an index search for each band and each rare mark of a report,
 * and reads at most LIKENESS_LOOKED_AT sketches, however many there are.
 */
#ifndef STORE_LIKENESSES_H
#define STORE_LIKENESSES_H

#include "cases/decide.h"
#include "rules/sketch.h"
#include "store/store.h"

#define LIKENESS_LEAST 40 /* a score below is not worth a look */
#define LIKENESSES_MAX 5
#define LIKENESS_LOOKED_AT 64

/* The key that sketches are made with, of the service's secret. */
struct hash likeness_key(struct span secret);

/* The sketch of a message in a case.  In a transaction. */
must_check int likeness_add(struct store *s, int64_t message, int64_t case_id,
	const struct sketch *sketch, struct err *e);

/*
 * The cases that are like K, the best first, each once; merged ones are the
 * case that they are merged into.  At most LIKENESSES_MAX, in A.
 */
must_check int likeness_find(struct store *s, const struct sketch *k,
	struct arena *a, struct likeness **list_r, size_t *count_r,
	struct err *e);

/* What became of a person's reports: of their last RECORD_CASES cases. */
#define RECORD_CASES 100
struct finder_record {
	int64_t valid, invalid, open;
};
must_check int finder_record(struct store *s, int64_t person,
	int64_t except_case, struct finder_record *r, struct err *e);

#endif
