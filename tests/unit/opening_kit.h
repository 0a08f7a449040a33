/*
 * opening_kit: a mail read and opened, as the daemon does it: read and unseal
 * take turns, and the verdict is the end.
 */
#ifndef TESTS_OPENING_KIT_H
#define TESTS_OPENING_KIT_H

#include "crypto_kit.h"
#include "mail_kit.h"

#include "crypto/sniff.h"
#include "crypto/unseal.h"

#define OPENING_ROUNDS 3
#define OPENING_ITEMS 16
#define OPENED_MAX (1 << 20)

struct opening {
	struct vault *v;
	struct kit *k;
	struct {
		int source;
		int64_t at;
		struct unsealed unsealed;
	} items[OPENING_ITEMS];
	size_t count;
	struct verdict verdict;
	int64_t max; /* of what is opened: OPENED_MAX, or what a test sets */
};

static const char *
opening_sniff(
	struct arena *a, const struct mail_sealed *item, struct span payload)
{
	struct sniff s;

	if (item->kind == SEALED_SMIME_ENVELOPED ||
		item->kind == SEALED_SMIME_SIGNED ||
		item->kind == SEALED_SMIME_DETACHED)
		return NULL;
	s = sniff_openpgp(payload);
	return sniff_text(a, &s);
}

static inline void
opening_begin(struct opening *o, struct vault *v, void *kit)
{
	*o = (struct opening){.v = v, .k = kit, .max = OPENED_MAX};
	o->k->options.sniff = opening_sniff;
}

/* 0, or -1 when it could not be done now. */
static inline int
opening_item(struct opening *o, const struct mail_sealed *item, int extract)
{
	struct crypto_output out = {.max = o->max};
	struct buf plain = BUF_INIT(OPENED_MAX);
	int kind, result;

	must(o->v, fs_memory_file("plain", &out.fd, &o->v->e));
	assert_true(o->count < OPENING_ITEMS);
	o->items[o->count].source = item->source;
	o->items[o->count].at = item->at;
	result = unseal(o->v->g, item, extract, &out, o->k->arena,
		&o->items[o->count++].unsealed, &kind, &o->v->e);
	if (result == 0) {
		if (kind != SOURCE_FAILED)
			must(o->v,
				fs_read_fd(out.fd, "plain", &plain, &o->v->e));
		kit_add(o->k, kind, item->source, item->at, buf_view(&plain));
	}
	buf_release(&plain);
	close(out.fd);
	return result;
}

static inline int
opening_round(struct opening *o)
{
	const struct reading *r = &o->k->r;
	int extract, result = 0;
	size_t i;

	must(o->v, fs_memory_file("extract", &extract, &o->v->e));
	must(o->v,
		fs_write_all(extract, o->k->extract.data, o->k->extract.len,
			&o->v->e));
	for (i = 0; i < r->sealed_count && result == 0; i++)
		if (r->sealed[i].state == SEALED_NEW)
			result = opening_item(o, &r->sealed[i], extract);
	close(extract);
	return result;
}

static inline void
opening_conclude(struct opening *o)
{
	const struct reading *r = &o->k->r;
	struct unsealed all[OPENING_ITEMS] = {{.problem = PROBLEM_NONE}};
	size_t i, j;

	assert_true(r->sealed_count <= OPENING_ITEMS);
	for (i = 0; i < r->sealed_count; i++)
		for (j = 0; j < o->count; j++)
			if (o->items[j].source == r->sealed[i].source &&
				o->items[j].at == r->sealed[i].at)
				all[i] = o->items[j].unsealed;
	unseal_verdict(r, all, o->k->arena, &o->verdict);
}

/* 0, or -1 with the vault's error. */
static inline int
opening_open(struct opening *o, struct span mail)
{
	int round;

	o->count = 0;
	kit_read_bytes(o->k, mail);
	for (round = 0; round < OPENING_ROUNDS; round++) {
		if (opening_round(o) == -1)
			return -1;
		kit_reread(o->k);
	}
	opening_conclude(o);
	return 0;
}

#endif
