/* Decryption and verification by GPGME; see crypto/gnupg.h. */
#include "crypto/gnupg.h"

#include <string.h>

#include "base/clock.h"
#include "crypto/agent.h"

#define STRONG_BITS 2048

static enum signature_status
status_of(struct engine *g, gpgme_signature_t sig, gpgme_key_t key)
{
	(void)g;
	switch (gpgme_err_code(sig->status)) {
	case GPG_ERR_NO_ERROR:
		break;
	case GPG_ERR_SIG_EXPIRED:
		return SIGNATURE_EXPIRED;
	case GPG_ERR_KEY_EXPIRED:
		return SIGNATURE_KEY_EXPIRED;
	case GPG_ERR_CERT_REVOKED:
		return SIGNATURE_KEY_REVOKED;
	case GPG_ERR_BAD_SIGNATURE:
		return SIGNATURE_BAD;
	case GPG_ERR_NO_PUBKEY:
		return SIGNATURE_NO_KEY;
	case GPG_ERR_DIGEST_ALGO: /* weak-digest in gpg.conf */
		return SIGNATURE_WEAK;
	default:
		return SIGNATURE_ERROR;
	}
	if (sig->hash_algo == GPGME_MD_SHA1 || sig->hash_algo == GPGME_MD_MD5 ||
		sig->hash_algo == GPGME_MD_RMD160)
		return SIGNATURE_WEAK;
	if (key != NULL && key->subkeys->length < STRONG_BITS &&
		(key->subkeys->pubkey_algo == GPGME_PK_RSA ||
			key->subkeys->pubkey_algo == GPGME_PK_DSA))
		return SIGNATURE_WEAK;
	return SIGNATURE_GOOD;
}

/*
 * Success with no signature in the list happens: an opaque message given as a
 * detached signature.  It becomes one signature that is an error, so that the
 * mail is never taken for unsigned.
 */
static void
note_signatures(struct engine *g, gpgme_ctx_t ctx, enum protocol p,
	bool expected, struct arena *a, struct unsealed *u)
{
	gpgme_verify_result_t result = gpgme_op_verify_result(ctx);
	gpgme_signature_t sig, first = result ? result->signatures : NULL;
	struct signature *s;
	gpgme_key_t key;
	const char *name;
	size_t n = 0;

	for (sig = first; sig != NULL; sig = sig->next)
		n++;
	u->signatures = arena_calloc(a, n + 1, sizeof(*u->signatures));
	u->count = n;
	if (n == 0 && expected) {
		u->count = 1;
		u->signatures[0] = (struct signature){.protocol = p,
			.status = SIGNATURE_ERROR,
			.covers = COVERS_NOTHING,
			.fingerprint = "",
			.digest = ""};
	}
	for (sig = first, s = u->signatures; sig != NULL; sig = sig->next) {
		key = p == PROTOCOL_OPENPGP && sig->fpr != NULL &&
				gpgme_err_code(sig->status) != GPG_ERR_NO_PUBKEY
			? gnupg_key(g, sig->fpr)
			: NULL;
		name = gpgme_hash_algo_name(sig->hash_algo);
		*s++ = (struct signature){.protocol = p,
			.status = status_of(g, sig, key),
			.covers = COVERS_PART,
			.fingerprint = arena_strdup(a,
				key != NULL		   ? key->subkeys->fpr
					: sig->fpr != NULL ? sig->fpr
							   : ""),
			.digest = arena_strdup(a, name != NULL ? name : ""),
			.made = (int64_t)sig->timestamp * SECOND};
	}
}

static enum seal_problem
problem_of(gpgme_error_t error)
{
	switch (gpgme_err_code(error)) {
	case GPG_ERR_NO_SECKEY:
		return PROBLEM_WRONG_KEY;
	case GPG_ERR_NO_DATA:
		return PROBLEM_NOT_SEALED;
	case GPG_ERR_UNSUPPORTED_ALGORITHM:
	case GPG_ERR_UNSUPPORTED_ENCODING:
	case GPG_ERR_UNSUPPORTED_CMS_OBJ:
	case GPG_ERR_UNSUPPORTED_PROTOCOL:
	case GPG_ERR_UNKNOWN_ALGORITHM:
	case GPG_ERR_CIPHER_ALGO:
	case GPG_ERR_PUBKEY_ALGO:
	case GPG_ERR_UNKNOWN_VERSION:
	case GPG_ERR_BUFFER_TOO_SHORT: /* libksba on AES-GCM */
		return PROBLEM_UNSUPPORTED;
	default:
		return PROBLEM_DAMAGED;
	}
}

/* What was noted before an operation, to judge its failure by. */
struct attempt {
	int64_t started, agent;
};

static struct attempt
attempt(const struct engine *g)
{
	return (struct attempt){.started = clock_monotonic(),
		.agent = agent_incarnation(g->o.agent_socket)};
}

/* An agent that has gone, hangs, or is not the one of the beginning. */
static int
check_agent(const struct engine *g, const struct attempt *t, struct err *e)
{
	if (agent_check(g->o.agent_socket, e) == -1)
		return -1;
	if (agent_incarnation(g->o.agent_socket) != t->agent)
		return err_temporary(
			e, "4.3.0", "gpg-agent was started again meanwhile");
	return 0;
}

/*
 * An operation failed: is it the mail's fault, or ours?  The machine's errors
 * and an agent that does not answer are ours.
 */
static int
blame(struct engine *g, gpgme_error_t error, const struct crypto_output *out,
	const struct attempt *t, struct arena *a, struct unsealed *u,
	struct err *e)
{
	gpgme_err_code_t code = gpgme_err_code(error);
	char text[128];

	if (out != NULL && out->written > out->max) {
		u->problem = PROBLEM_TOO_LARGE;
		return 0;
	}
	if (check_agent(g, t, e) == -1)
		return -1;
	if (clock_monotonic() - t->started >=
		(g->o.seconds < g->o.deadline ? g->o.seconds : g->o.deadline)) {
		u->problem = PROBLEM_TIMED_OUT;
		return 0;
	}
	/* A passphrase is asked for only for keys of ours: it is not preset. */
	if (gpgme_err_source(error) == GPG_ERR_SOURCE_PINENTRY ||
		code == GPG_ERR_ENOMEM || code == GPG_ERR_PIN_ENTRY ||
		code == GPG_ERR_NO_PIN_ENTRY || code == GPG_ERR_CANCELED ||
		code == GPG_ERR_BAD_PASSPHRASE || code == GPG_ERR_NO_AGENT ||
		(gpgme_err_source(error) == GPG_ERR_SOURCE_GPGME &&
			gpgme_err_code_to_errno(code) != 0))
		return gnupg_fail(e, error, "unseal");
	gpgme_strerror_r(error, text, sizeof(text));
	u->problem = problem_of(error);
	u->detail = arena_printf(a, "%s (%s)", text, gpgme_strsource(error));
	return 0;
}

static bool
opened_by_expired_key(struct engine *g, gpgme_decrypt_result_t result)
{
	gpgme_recipient_t r;
	gpgme_subkey_t sub;
	gpgme_key_t key;

	for (r = result->recipients; r != NULL; r = r->next) {
		if (r->status != 0 || (key = gnupg_key(g, r->keyid)) == NULL)
			continue;
		for (sub = key->subkeys; sub != NULL; sub = sub->next)
			if (strcmp(sub->keyid, r->keyid) == 0)
				return gnupg_expired(sub->expires);
	}
	return false;
}

/*
 * GnuPG 2.2.40 passes OCB packets although they are damaged, and GPGME does
 * not see gpg's exit code: only the CFB mode, whose integrity check works, is
 * believed.  Its name then ends in ".CFB".
 */
static bool
is_cfb(const char *symkey_algo)
{
	size_t len = symkey_algo != NULL ? strlen(symkey_algo) : 0;

	return len > 4 && strcmp(symkey_algo + len - 4, ".CFB") == 0;
}

int
openpgp_decrypt(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e)
{
	struct range range = {.in = in};
	scoped(gnupg_release_data) gpgme_data_t cipher = gnupg_range(&range);
	scoped(gnupg_release_data) gpgme_data_t plain = gnupg_output(out);
	struct attempt t = attempt(g);
	gpgme_decrypt_result_t result;
	gpgme_error_t error;

	*u = (struct unsealed){.detail = ""};
	error = gpgme_op_decrypt_verify(g->ring, cipher, plain);
	gnupg_reap();
	result = gpgme_op_decrypt_result(g->ring);
	if (error != 0 && blame(g, error, out, &t, a, u, e) == -1)
		return -1;
	if (u->problem == PROBLEM_WRONG_KEY)
		u->detail = ""; /* it says no more than that */
	if (error != 0)
		return 0;
	if (result == NULL || !is_cfb(result->symkey_algo)) {
		u->problem = PROBLEM_UNSUPPORTED;
		return 0;
	}
	if (result->legacy_cipher_nomdc) {
		u->problem = PROBLEM_NO_INTEGRITY;
		return 0;
	}
	u->key_expired = opened_by_expired_key(g, result);
	note_signatures(g, g->ring, PROTOCOL_OPENPGP, false, a, u);
	return 0;
}

/* Never in the ring: given ciphertext, gpg's verify would decrypt it. */
int
openpgp_verify(struct engine *g, const struct crypto_input *signed_bytes,
	const struct crypto_input *signature, struct arena *a,
	struct unsealed *u, struct err *e)
{
	struct range over = {.in = signed_bytes}, by = {.in = signature};
	scoped(gnupg_release_data) gpgme_data_t text = gnupg_range(&over);
	scoped(gnupg_release_data) gpgme_data_t sig = gnupg_range(&by);
	struct attempt t = attempt(g);
	gpgme_error_t error;

	*u = (struct unsealed){.detail = ""};
	error = gpgme_op_verify(g->verify, sig, text, NULL);
	gnupg_reap();
	if (error != 0 && blame(g, error, NULL, &t, a, u, e) == -1)
		return -1;
	note_signatures(g, g->verify, PROTOCOL_OPENPGP, true, a, u);
	return 0;
}

int
openpgp_open(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e)
{
	struct range range = {.in = in};
	scoped(gnupg_release_data) gpgme_data_t sig = gnupg_range(&range);
	scoped(gnupg_release_data) gpgme_data_t plain = gnupg_output(out);
	struct attempt t = attempt(g);
	gpgme_error_t error;

	*u = (struct unsealed){.detail = ""};
	error = gpgme_op_verify(g->verify, sig, NULL, plain);
	gnupg_reap();
	if (error != 0 && blame(g, error, out, &t, a, u, e) == -1)
		return -1;
	/* What claims to be signed is never taken for unsigned. */
	note_signatures(g, g->verify, PROTOCOL_OPENPGP, true, a, u);
	return 0;
}
