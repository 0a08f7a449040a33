/* Any bytes as facts: what decodes is written as what decodes to the same. */
#include "base/facts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FACTS_MAX (1 << 20)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = BUF_INIT(FACTS_MAX), twice = BUF_INIT(FACTS_MAX);
	struct span in = {(const char *)data, size};
	struct arena *a = arena_new();
	struct err e = {.kind = ERR_NONE};
	const struct fact *fact;
	struct facts f, copy;

	if (facts_decode(&f, a, in, &e) == -1) {
		if (e.text[0] == '\0')
			abort();
	} else {
		facts_encode(&once, &f);
		if (once.len > 2 * size ||
			facts_decode(&copy, a, buf_view(&once), &e) == -1)
			abort();
		facts_encode(&twice, &copy);
		if (strcmp(once.data, twice.data) != 0)
			abort();
		for (fact = f.first; fact != NULL; fact = fact->next)
			if (facts_get(&f, fact->key) == NULL)
				abort();
	}
	buf_release(&once);
	buf_release(&twice);
	arena_free(&a);
	return 0;
}
