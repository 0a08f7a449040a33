#include "daemon/dialect.h"

enum dialect {
	DIALECT_NONE,
	DIALECT_OPENPGP,
	DIALECT_SMIME,
};

static const enum dialect dialects[] = {
	[SEALED_PGP_ENCRYPTED] = DIALECT_OPENPGP,
	[SEALED_PGP_SIGNED] = DIALECT_OPENPGP,
	[SEALED_PGP_INLINE] = DIALECT_OPENPGP,
	[SEALED_PGP_CLEARSIGNED] = DIALECT_OPENPGP,
	[SEALED_PGP_FILE] = DIALECT_OPENPGP,
	[SEALED_SMIME_ENVELOPED] = DIALECT_SMIME,
	[SEALED_SMIME_SIGNED] = DIALECT_SMIME,
	[SEALED_SMIME_DETACHED] = DIALECT_SMIME,
	[SEALED_MESSAGE] = DIALECT_NONE,
	[SEALED_TNEF] = DIALECT_NONE,
};
_Static_assert(countof(dialects) == SEALED__COUNT, "a dialect for each kind");

static enum dialect
dialect_of(const struct reading *r)
{
	size_t i;

	for (i = 0; r != NULL && i < r->sealed_count; i++)
		if (r->sealed[i].source == 0)
			return dialects[r->sealed[i].kind];
	return DIALECT_NONE;
}

const char *
dialect_signer(const struct reading *r, const struct conf *c, bool public,
	enum protocol *protocol_r)
{
	enum dialect dialect = dialect_of(r);

	*protocol_r = PROTOCOL_OPENPGP;
	if (dialect == DIALECT_OPENPGP)
		return c->openpgp;
	if (c->smime[0] == '\0' || (dialect == DIALECT_NONE && !public))
		return NULL;
	*protocol_r = PROTOCOL_SMIME;
	return c->smime;
}
