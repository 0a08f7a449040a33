#include "crypto/unseal.h"

#include <string.h>

#include "base/fs.h"
#include "crypto/sniff.h"

#define OPENPGP_VERSION 4
#define HIDDEN_KEY "0000000000000000"

/* How an item of each kind is opened, and what comes out. */
static const struct {
	enum protocol protocol;
	enum {
		DECRYPT,
		OPEN,
		VERIFY,
		COPY
	} how;
	enum source_kind gives;
} ways[] = {
	[SEALED_PGP_ENCRYPTED] = {PROTOCOL_OPENPGP, DECRYPT, SOURCE_ENTITY},
	[SEALED_PGP_SIGNED] = {PROTOCOL_OPENPGP, VERIFY, SOURCE_VERIFIED},
	[SEALED_PGP_INLINE] = {PROTOCOL_OPENPGP, DECRYPT, SOURCE_TEXT},
	[SEALED_PGP_CLEARSIGNED] = {PROTOCOL_OPENPGP, OPEN, SOURCE_TEXT},
	[SEALED_PGP_FILE] = {PROTOCOL_OPENPGP, DECRYPT, SOURCE_FILE},
	[SEALED_SMIME_ENVELOPED] = {PROTOCOL_SMIME, DECRYPT, SOURCE_ENTITY},
	[SEALED_SMIME_SIGNED] = {PROTOCOL_SMIME, OPEN, SOURCE_ENTITY},
	[SEALED_SMIME_DETACHED] = {PROTOCOL_SMIME, VERIFY, SOURCE_VERIFIED},
	/* The reader has unpacked them. */
	[SEALED_MESSAGE] = {.how = COPY, .gives = SOURCE_ENTITY},
	[SEALED_TNEF] = {.how = COPY, .gives = SOURCE_ENTITY},
};
_Static_assert(countof(ways) == SEALED__COUNT, "a way for each kind");

/* What can be told from outside, and in which words. */
static enum seal_problem
refuse(const struct sniff *s, const char **words)
{
	*words = "";
	if (s->data == SNIFF_SEIPD2)
		*words = "AEAD of RFC 9580 (SEIPD version 2)";
	else if (s->data == SNIFF_OCB)
		*words = "AEAD of GnuPG 2.3 (OCB, packet 20)";
	else if (s->version > OPENPGP_VERSION)
		*words = "OpenPGP packets of version 5 or 6";
	if ((*words)[0] != '\0')
		return PROBLEM_UNSUPPORTED;
	if (s->data == SNIFF_MIXED) {
		*words = "what was not encrypted stands before what was";
		return PROBLEM_DAMAGED;
	}
	if (s->data == SNIFF_SED)
		return PROBLEM_NO_INTEGRITY;
	if (s->recipients > SNIFF_KEYS_MAX)
		return PROBLEM_TOO_MANY_KEYS;
	if (s->passwords > 0)
		return PROBLEM_PASSWORD;
	return PROBLEM_NONE;
}

static void
explain_key(
	struct engine *g, const char *key_id, struct arena *a, struct buf *out)
{
	const struct engine_operations *engine = &engines[PROTOCOL_OPENPGP];
	const char *known;

	if (strcmp(key_id, HIDDEN_KEY) == 0) {
		buf_puts(out, " a key whose ID is hidden");
		return;
	}
	known = engine->explain_key(g, key_id, a);
	buf_printf(out, " %s (%s)", key_id,
		known != NULL ? known : "not known here");
}

/* WORDS, and which keys it was for: what the analyst tells the finder. */
static const char *
diagnosis(struct engine *g, const struct sniff *s, const char *words,
	struct arena *a)
{
	struct buf b = BUF_INIT(4000);
	const char *text;
	size_t i;

	buf_puts(&b, words);
	if (s->recipients > 0)
		buf_printf(&b, "%sencrypted to", b.len > 0 ? "; " : "");
	for (i = 0; i < countof(s->keys) && s->keys[i][0] != '\0'; i++) {
		buf_puts(&b, i > 0 ? "," : "");
		explain_key(g, s->keys[i], a, &b);
	}
	if (s->recipients > (int)i)
		buf_printf(&b, "%s %d more", i > 0 ? " and" : "",
			s->recipients - (int)i);
	text = arena_strdup(a, b.data);
	buf_release(&b);
	return text;
}

/* What is only packed the reader has unpacked. */
static int
copy_packed(const struct mail_sealed *item, int extract_fd,
	struct crypto_output *out, struct unsealed *u, struct err *e)
{
	if (item->payload_len > out->max) {
		u->problem = PROBLEM_TOO_LARGE;
		return 0;
	}
	if (fs_copy(out->fd, extract_fd, item->payload_at, item->payload_len,
		    e) == -1)
		return -1;
	out->written = item->payload_len;
	return 0;
}

static int
operate(struct engine *g, const struct mail_sealed *item, int how,
	int extract_fd, struct crypto_output *out, struct arena *a,
	struct unsealed *u, struct err *e)
{
	const struct engine_operations *engine =
		&engines[ways[item->kind].protocol];
	struct crypto_input payload = {.fd = extract_fd,
		.at = item->payload_at,
		.len = item->payload_len};
	struct crypto_input signature = {.fd = extract_fd,
		.at = item->signature_at,
		.len = item->signature_len};

	switch (how) {
	case COPY:
		return copy_packed(item, extract_fd, out, u, e);
	case VERIFY:
		return engine->verify(g, &payload, &signature, a, u, e);
	case OPEN:
		return engine->open(g, &payload, out, a, u, e);
	default:
		return engine->decrypt(g, &payload, out, a, u, e);
	}
}

int
unseal(struct engine *g, const struct mail_sealed *item, int extract_fd,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	int *kind_r, struct err *e)
{
	struct sniff s = sniff_parse(item->sniffed);
	int how = ways[item->kind].how;
	const char *words;

	*u = (struct unsealed){.problem = refuse(&s, &words), .detail = ""};
	*kind_r = SOURCE_FAILED;
	if (u->problem != PROBLEM_NONE) {
		u->detail = diagnosis(g, &s, words, a);
		return 0;
	}
	/* Decrypting what is only signed gives "no data" and the text too. */
	if (how == DECRYPT && s.data == SNIFF_SIGNED)
		how = OPEN;
	if (operate(g, item, how, extract_fd, out, a, u, e) == -1)
		return -1;
	u->in_clear = s.data == SNIFF_SIGNED;
	/* gpg says "no data" also of what is cut off in the middle. */
	if (u->problem == PROBLEM_NOT_SEALED && s.data != SNIFF_NOTHING)
		u->problem = PROBLEM_DAMAGED;
	if (u->problem != PROBLEM_NONE)
		u->detail = diagnosis(g, &s, u->detail, a);
	if (u->problem == PROBLEM_NONE || how == VERIFY)
		*kind_r = ways[item->kind].gives;
	return 0;
}

/* Does decryption belong to what became of this item? */
static bool
was_encrypted(const struct mail_sealed *item, const struct unsealed *u)
{
	return sealed_is_encrypted(item->kind) && !u->in_clear;
}

/*
 * A good signature over all shows that nothing was exchanged, but only from the
 * inside: around what was altered, anybody can put his own.
 */
static bool
is_malleable(const struct reading *r, const struct unsealed *items,
	const struct verdict *v)
{
	bool malleable = false;
	size_t i;

	for (i = 0; i < r->sealed_count; i++) {
		if (items[i].malleable)
			malleable = true;
		else if (items[i].count > 0 && verdict_signer(v) != NULL)
			malleable = false;
	}
	return malleable;
}

static void
note_item(struct verdict *v, const struct mail_sealed *item,
	const struct unsealed *u)
{
	if (was_encrypted(item, u) && v->encrypted != ENCRYPTED_ALL)
		v->encrypted = item->whole ? ENCRYPTED_ALL : ENCRYPTED_PART;
	if (u->key_expired)
		v->key_expired = true;
	if (u->problem == PROBLEM_NONE || !was_encrypted(item, u))
		return;
	v->opened = false;
	if (v->problem == PROBLEM_NONE) {
		v->problem = u->problem;
		v->detail = u->detail;
	}
}

/*
 * RFC 9787 knows no inline layer: around such a block, and in its armor, stands
 * what nobody signed.
 */
static enum signature_covers
covers(const struct mail_sealed *item)
{
	if (!item->whole || item->kind == SEALED_PGP_INLINE ||
		item->kind == SEALED_PGP_CLEARSIGNED)
		return COVERS_PART;
	return COVERS_ALL;
}

static bool
is_around_encryption(
	const struct reading *r, const struct unsealed *items, size_t i)
{
	for (i++; i < r->sealed_count; i++)
		if (r->sealed[i].whole &&
			was_encrypted(&r->sealed[i], &items[i]))
			return true;
	return false;
}

void
unseal_verdict(const struct reading *r, const struct unsealed *items,
	struct arena *a, struct verdict *v)
{
	struct signature *s;
	size_t i, j, n = 0;

	*v = (struct verdict){.opened = true, .detail = ""};
	for (i = 0; i < r->sealed_count; i++)
		n += items[i].count;
	v->signatures = arena_calloc(a, n, sizeof(*s));
	for (i = 0; i < r->sealed_count; i++) {
		note_item(v, &r->sealed[i], &items[i]);
		for (j = 0; j < items[i].count; j++) {
			s = &v->signatures[v->count++];
			*s = items[i].signatures[j];
			if (s->covers != COVERS_NOTHING)
				s->covers = covers(&r->sealed[i]);
			s->outside = is_around_encryption(r, items, i);
		}
		if (items[i].certificate.pem != NULL)
			v->certificate = items[i].certificate;
	}
	if (verdict_signer(v) == NULL)
		v->certificate = (struct signer_certificate){.pem = NULL};
	v->malleable = is_malleable(r, items, v);
}
