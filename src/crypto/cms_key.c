/*
 * A private key whose operation is done elsewhere; see crypto/cms_parts.h.
 *
 * libcrypto takes CMS apart, the padding included, and comes here for the bare
 * private operation.  The way to say so since OpenSSL 3 is a provider of one's
 * own; the older methods do the same in a tenth of the lines.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/cms_parts.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define RESULT_MAX 4096

struct remote {
	const struct cms_holder *holder;
	int key;
};

static bool
use(const struct remote *r, const void *data, size_t len, struct buf *out)
{
	return r->holder->use(
		r->holder->arg, r->key, (struct span){data, len}, out);
}

/* --- RSA --- */

static int
rsa_decrypt(int len, const unsigned char *from, unsigned char *to, RSA *rsa,
	int padding)
{
	struct buf out = BUF_INIT(RESULT_MAX);
	int size = RSA_size(rsa), result = -1;
	unsigned char block[RESULT_MAX] = {0};

	/* A number comes back, which has no zeros before it. */
	if (size <= RESULT_MAX &&
		use(RSA_get_app_data(rsa), from, (size_t)len, &out) &&
		out.len <= (size_t)size) {
		memcpy(block + (size_t)size - out.len, out.data, out.len);
		if (padding == RSA_NO_PADDING) {
			memcpy(to, block, (size_t)size);
			result = size;
		} else if (padding == RSA_PKCS1_PADDING) {
			result = RSA_padding_check_PKCS1_type_2(
				to, size, block, size, size);
		}
	}
	OPENSSL_cleanse(block, sizeof(block));
	buf_release(&out);
	return result;
}

static const char *
digest_name(int type)
{
	switch (type) {
	case NID_sha256:
		return "sha256";
	case NID_sha384:
		return "sha384";
	case NID_sha512:
		return "sha512";
	default:
		return NULL;
	}
}

static bool
sign(const struct remote *r, int type, const unsigned char *hash, size_t len,
	struct buf *out)
{
	const char *digest = digest_name(type);

	return digest != NULL && r->holder->sign != NULL &&
		r->holder->sign(r->holder->arg, r->key, digest,
			(struct span){(const char *)hash, len}, out);
}

static int
rsa_sign(int type, const unsigned char *hash, unsigned int len,
	unsigned char *signature, unsigned int *size_r, const RSA *rsa)
{
	struct buf out = BUF_INIT(RESULT_MAX);
	size_t size = (size_t)RSA_size(rsa);
	int result = 0;

	if (sign(RSA_get_app_data(rsa), type, hash, len, &out) &&
		out.len <= size) {
		memset(signature, 0, size);
		memcpy(signature + size - out.len, out.data, out.len);
		*size_r = (unsigned int)size;
		result = 1;
	}
	buf_release(&out);
	return result;
}

static int
rsa_finish(RSA *rsa)
{
	free(RSA_get_app_data(rsa));
	return 1;
}

static const RSA_METHOD *
rsa_method(void)
{
	static RSA_METHOD *method;

	if (method == NULL) {
		method = RSA_meth_dup(RSA_PKCS1_OpenSSL());
		if (method == NULL)
			abort();
		RSA_meth_set_priv_dec(method, rsa_decrypt);
		RSA_meth_set_sign(method, rsa_sign);
		RSA_meth_set_finish(method, rsa_finish);
	}
	return method;
}

static EVP_PKEY *
remote_rsa(const EVP_PKEY *public, const struct remote *r)
{
	const RSA *from = EVP_PKEY_get0_RSA(public);
	RSA *rsa = RSA_new();
	EVP_PKEY *key = EVP_PKEY_new();
	struct remote *own = xcalloc(1, sizeof(*own));

	*own = *r;
	if (from == NULL || rsa == NULL || key == NULL ||
		RSA_set_method(rsa, rsa_method()) != 1 ||
		RSA_set_app_data(rsa, own) != 1 ||
		RSA_set0_key(rsa, BN_dup(RSA_get0_n(from)),
			BN_dup(RSA_get0_e(from)), NULL) != 1 ||
		EVP_PKEY_assign_RSA(key, rsa) != 1)
		abort(); /* only memory can be short here */
	return key;
}

/* --- elliptic curves --- */

static int ec_index = -1;

static int
ec_compute(unsigned char **secret, size_t *len, const EC_POINT *peer,
	const EC_KEY *ec)
{
	const struct remote *r = EC_KEY_get_ex_data(ec, ec_index);
	struct buf out = BUF_INIT(RESULT_MAX);
	unsigned char *point = NULL;
	size_t size = (size_t)(EC_GROUP_get_degree(EC_KEY_get0_group(ec)) + 7) /
		8,
	       n;
	int result = 0;

	n = EC_POINT_point2buf(EC_KEY_get0_group(ec), peer,
		POINT_CONVERSION_UNCOMPRESSED, &point, NULL);
	/* An uncompressed point comes back: 4, x, y.  The secret is x. */
	if (n > 0 && use(r, point, n, &out) && out.len == 2 * size + 1 &&
		out.data[0] == 4) {
		*secret = OPENSSL_malloc(size);
		if (*secret == NULL)
			abort();
		memcpy(*secret, out.data + 1, size);
		*len = size;
		result = 1;
	}
	OPENSSL_free(point);
	buf_release(&out);
	return result;
}

/* r and s, as the agent gives them, become a DER sequence. */
static int
ec_sign(int type, const unsigned char *hash, int len, unsigned char *signature,
	unsigned int *size_r, const BIGNUM *kinv, const BIGNUM *rp, EC_KEY *ec)
{
	struct buf out = BUF_INIT(RESULT_MAX);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	const unsigned char *data;
	int result = 0, width;

	(void)kinv;
	(void)rp;
	if (pair != NULL &&
		sign(EC_KEY_get_ex_data(ec, ec_index),
			type != 0 ? type : NID_sha256, hash, (size_t)len,
			&out)) {
		data = (const unsigned char *)out.data;
		width = (int)out.len / 2;
		if (ECDSA_SIG_set0(pair, BN_bin2bn(data, width, NULL),
			    BN_bin2bn(data + width, width, NULL)) == 1)
			*size_r = (unsigned int)i2d_ECDSA_SIG(pair, &signature);
		result = *size_r > 0;
	}
	ECDSA_SIG_free(pair);
	buf_release(&out);
	return result;
}

static void
ec_free(void *parent, void *data, CRYPTO_EX_DATA *ad, int index, long number,
	void *pointer)
{
	(void)parent;
	(void)ad;
	(void)index;
	(void)number;
	(void)pointer;
	free(data);
}

static const EC_KEY_METHOD *
ec_method(void)
{
	static EC_KEY_METHOD *method;

	if (method == NULL) {
		method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
		ec_index =
			EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, ec_free);
		if (method == NULL || ec_index == -1)
			abort();
		EC_KEY_METHOD_set_compute_key(method, ec_compute);
		EC_KEY_METHOD_set_sign(method, ec_sign, NULL, NULL);
	}
	return method;
}

static EVP_PKEY *
remote_ec(const EVP_PKEY *public, const struct remote *r)
{
	const EC_KEY *from = EVP_PKEY_get0_EC_KEY(public);
	EC_KEY *ec = EC_KEY_new();
	EVP_PKEY *key = EVP_PKEY_new();
	struct remote *own = xcalloc(1, sizeof(*own));

	*own = *r;
	if (from == NULL || ec == NULL || key == NULL ||
		EC_KEY_set_method(ec, ec_method()) != 1 ||
		EC_KEY_set_ex_data(ec, ec_index, own) != 1 ||
		EC_KEY_set_group(ec, EC_KEY_get0_group(from)) != 1 ||
		EC_KEY_set_public_key(ec, EC_KEY_get0_public_key(from)) != 1 ||
		EVP_PKEY_assign_EC_KEY(key, ec) != 1)
		abort();
	return key;
}

EVP_PKEY *
cms_remote_key(X509 *x, const struct cms_holder *holder, int key)
{
	const EVP_PKEY *public = X509_get0_pubkey(x);
	struct remote r = {.holder = holder, .key = key};

	if (public != NULL && EVP_PKEY_is_a(public, "RSA"))
		return remote_rsa(public, &r);
	if (public != NULL && EVP_PKEY_is_a(public, "EC"))
		return remote_ec(public, &r);
	return NULL;
}
