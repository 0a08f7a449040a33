/* Signing and encryption by GPGME; see crypto/gnupg.h. */
#include "crypto/gnupg.h"

static const char *
micalg_of(enum protocol p, gpgme_hash_algo_t algorithm)
{
	static const struct {
		gpgme_hash_algo_t algorithm;
		const char *names[PROTOCOL__COUNT];
	} names[] = {
		{GPGME_MD_SHA256, {"pgp-sha256", "sha-256"}},
		{GPGME_MD_SHA384, {"pgp-sha384", "sha-384"}},
		{GPGME_MD_SHA512, {"pgp-sha512", "sha-512"}},
	};
	size_t i;

	for (i = 0; i < countof(names); i++)
		if (names[i].algorithm == algorithm)
			return names[i].names[p];
	return NULL;
}

static int
sign_in(struct engine *g, gpgme_ctx_t ctx, enum protocol p, const char *signer,
	const struct crypto_input *in, struct buf *out, const char **micalg_r,
	struct err *e)
{
	struct range range = {.in = in};
	scoped(gnupg_release_data) gpgme_data_t text = gnupg_range(&range);
	scoped(gnupg_release_data) gpgme_data_t sig = gnupg_buf(out);
	gpgme_sign_result_t result;
	gpgme_error_t error;
	gpgme_key_t key = gnupg_signer(g, ctx, signer, e);

	if (key == NULL)
		return -1;
	gpgme_set_armor(ctx, p == PROTOCOL_OPENPGP);
	gpgme_signers_clear(ctx);
	error = gpgme_signers_add(ctx, key);
	if (p == PROTOCOL_SMIME)
		gpgme_data_set_encoding(sig, GPGME_DATA_ENCODING_BASE64);
	if (error == 0)
		error = gpgme_op_sign(ctx, text, sig, GPGME_SIG_MODE_DETACH);
	gnupg_reap();
	if (error != 0)
		return gnupg_fail(e, error, "sign");
	result = gpgme_op_sign_result(ctx);
	/* Success without a signature has been seen on a full disk. */
	if (result == NULL || result->signatures == NULL)
		return err_temporary(e, "4.3.0", "sign: no signature came out");
	*micalg_r = micalg_of(p, result->signatures->hash_algo);
	if (*micalg_r == NULL)
		return err_permanent(e, "5.3.5", "sign: weak digest");
	return 0;
}

int
openpgp_sign(struct engine *g, const char *signer,
	const struct crypto_input *in, struct buf *out, const char **micalg_r,
	struct err *e)
{
	return sign_in(
		g, g->ring, PROTOCOL_OPENPGP, signer, in, out, micalg_r, e);
}

int
smime_sign(struct engine *g, const char *signer, const struct crypto_input *in,
	struct buf *out, const char **micalg_r, struct err *e)
{
	struct smime_home home;
	int status;

	if (gnupg_open_smime(g, &home, e) == -1)
		return -1;
	status = sign_in(
		g, home.ctx, PROTOCOL_SMIME, signer, in, out, micalg_r, e);
	gnupg_close_smime(&home);
	return status;
}

int
openpgp_encrypt(struct engine *g, const char *signer, const char *recipient,
	const struct crypto_input *in, struct crypto_output *out, struct err *e)
{
	gpgme_encrypt_flags_t flags = GPGME_ENCRYPT_ALWAYS_TRUST |
		GPGME_ENCRYPT_NO_ENCRYPT_TO | GPGME_ENCRYPT_NO_COMPRESS;
	struct range range = {.in = in};
	scoped(gnupg_release_data) gpgme_data_t text = gnupg_range(&range);
	scoped(gnupg_release_data) gpgme_data_t cipher = gnupg_output(out);
	gpgme_key_t to[2] = {gnupg_key(g, recipient), NULL}, own;
	gpgme_sign_result_t result;
	gpgme_error_t error;

	/* Without a recipient GPGME would encrypt by password. */
	if (to[0] == NULL)
		return err_permanent(
			e, "5.7.5", "key %s is not in the ring", recipient);
	if (!gnupg_can_encrypt(to[0]))
		return err_permanent(e, "5.7.5",
			"key %s has expired or cannot encrypt", recipient);
	gpgme_set_armor(g->ring, out->armor);
	gpgme_signers_clear(g->ring);
	if (signer == NULL) {
		error = gpgme_op_encrypt(g->ring, to, flags, text, cipher);
		gnupg_reap();
		return error != 0 ? gnupg_fail(e, error, "encrypt") : 0;
	}
	if ((own = gnupg_key(g, signer)) == NULL)
		return err_temporary(e, "4.3.5",
			"own key %s is not in the "
			"ring",
			signer);
	if ((error = gpgme_signers_add(g->ring, own)) == 0)
		error = gpgme_op_encrypt_sign(g->ring, to, flags, text, cipher);
	gnupg_reap();
	if (error != 0)
		return gnupg_fail(e, error, "sign and encrypt");
	result = gpgme_op_sign_result(g->ring);
	if (result == NULL || result->signatures == NULL)
		return err_temporary(e, "4.3.0", "sign: no signature came out");
	return 0;
}
