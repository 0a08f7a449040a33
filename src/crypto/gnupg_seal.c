/* Signing and encryption by GPGME; see crypto/gnupg.h. */
#include "crypto/gnupg.h"

#include <string.h>

static const char *
micalg_of(gpgme_hash_algo_t algorithm)
{
	static const struct {
		gpgme_hash_algo_t algorithm;
		const char *name;
	} names[] = {
		{GPGME_MD_SHA256, "pgp-sha256"},
		{GPGME_MD_SHA384, "pgp-sha384"},
		{GPGME_MD_SHA512, "pgp-sha512"},
	};
	size_t i;

	for (i = 0; i < countof(names); i++)
		if (names[i].algorithm == algorithm)
			return names[i].name;
	return NULL;
}

/* gpg notes a signature before it has written it. */
static bool
is_whole_signature(const struct buf *armored)
{
	static const char end[] = "-----END PGP SIGNATURE-----\n";
	size_t len = sizeof(end) - 1;

	return armored->len >= len &&
		memcmp(armored->data + armored->len - len, end, len) == 0;
}

int
openpgp_sign(struct engine *g, const char *signer,
	const struct crypto_input *in, struct buf *out, const char **micalg_r,
	struct err *e)
{
	struct range range = {.in = in};
	scoped(gnupg_release_data) gpgme_data_t text = gnupg_range(&range);
	scoped(gnupg_release_data) gpgme_data_t sig = gnupg_buf(out);
	gpgme_sign_result_t result;
	gpgme_error_t error;
	gpgme_key_t key = gnupg_signer(g, signer, e);

	if (key == NULL)
		return -1;
	/* What was sealed before may have been binary. */
	gpgme_set_armor(g->ring, 1);
	gpgme_signers_clear(g->ring);
	error = gpgme_signers_add(g->ring, key);
	if (error == 0)
		error = gpgme_op_sign(
			g->ring, text, sig, GPGME_SIG_MODE_DETACH);
	gnupg_reap();
	if (error != 0)
		return gnupg_fail(e, error, "sign");
	result = gpgme_op_sign_result(g->ring);
	/* Success without a signature has been seen on a full disk. */
	if (result == NULL || result->signatures == NULL ||
		!is_whole_signature(out))
		return err_temporary(e, "4.3.0", "sign: no signature came out");
	*micalg_r = micalg_of(result->signatures->hash_algo);
	if (*micalg_r == NULL)
		return err_permanent(e, "5.3.5", "sign: weak digest");
	return 0;
}

static int
check_encrypted(const struct engine *g, struct err *e)
{
	return g->encrypted ? 0
			    : err_temporary(e, "4.3.0",
				      "encrypt: gpg ended before it was done");
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
	g->encrypted = false;
	if (signer == NULL) {
		error = gpgme_op_encrypt(g->ring, to, flags, text, cipher);
		gnupg_reap();
		return error != 0 ? gnupg_fail(e, error, "encrypt")
				  : check_encrypted(g, e);
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
	return check_encrypted(g, e);
}
