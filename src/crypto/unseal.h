/*
 * unseal: one sealed item of a reading, opened; and what all of them say.
 *
 * Every secret key that we hold is tried, whatever To says.  What the packets
 * told from outside (crypto/sniff.h) is refused before a program is started:
 * too many recipients, passwords, what GnuPG 2.2 cannot read.
 */
#ifndef CRYPTO_UNSEAL_H
#define CRYPTO_UNSEAL_H

#include "crypto/engine.h"
#include "mail/read.h"

/*
 * Open ITEM, whose bytes lie in the extract EXTRACT_FD.  *KIND_R says how the
 * next reading has to take what was appended to OUT (enum source_kind);
 * SOURCE_FAILED with U's problem when it cannot be opened.  -1: temporary.
 */
must_check int unseal(struct engine *g, const struct mail_sealed *item,
	int extract_fd, struct crypto_output *out, struct arena *a,
	struct unsealed *u, int *kind_r, struct err *e);

/*
 * The verdict on the mail: R is the last reading, ITEMS[i] what became of
 * R's sealed[i].
 */
void unseal_verdict(const struct reading *r, const struct unsealed *items,
	struct arena *a, struct verdict *v);

#endif
