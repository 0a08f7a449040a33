/* PKCS#12 files of our own; see crypto/cms.h. */
#include "crypto/cms.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <stdlib.h>

#include "base/clock.h"
#include "crypto/cms_parts.h"

#define CERTIFICATES_MAX 262144

static struct span
span_of_number(const BIGNUM *n, struct arena *a)
{
	size_t len = (size_t)BN_num_bytes(n);
	char *bytes = arena_alloc(a, len + 1);

	BN_bn2bin(n, (unsigned char *)bytes);
	return (struct span){bytes, len};
}

/* libgcrypt wants p < q, and u = 1/p mod q. */
static bool
order_factors(const EVP_PKEY *key, struct arena *a, struct agent_secret *s)
{
	BIGNUM *p = NULL, *q = NULL, *u = NULL, *swap;
	BN_CTX *ctx = BN_CTX_new();
	bool good = ctx != NULL &&
		EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR1, &p) ==
			1 &&
		EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR2, &q) ==
			1;

	if (good && BN_cmp(p, q) > 0) {
		swap = p;
		p = q;
		q = swap;
	}
	good = good && (u = BN_mod_inverse(NULL, p, q, ctx)) != NULL;
	if (good) {
		s->p = span_of_number(p, a);
		s->q = span_of_number(q, a);
		s->u = span_of_number(u, a);
	}
	BN_clear_free(p);
	BN_clear_free(q);
	BN_clear_free(u);
	BN_CTX_free(ctx);
	return good;
}

static bool
take_secret(const EVP_PKEY *key, struct arena *a, struct agent_secret *s)
{
	bool rsa = EVP_PKEY_is_a(key, "RSA");

	if (!cms_agent_key(key, a, &s->public))
		return false;
	s->d = cms_number(
		key, rsa ? OSSL_PKEY_PARAM_RSA_D : OSSL_PKEY_PARAM_PRIV_KEY, a);
	return s->d.len > 0 && (!rsa || order_factors(key, a, s));
}

static void
take_certificates(X509 *own, STACK_OF(X509) * chain, struct arena *a,
	struct cms_container *c)
{
	struct buf pem = BUF_INIT(CERTIFICATES_MAX);
	int i;

	cms_write_pem(own, &pem);
	for (i = 0; i < sk_X509_num(chain); i++)
		cms_write_pem(sk_X509_value(chain, i), &pem);
	c->certificates = arena_strdup(a, pem.data);
	cms_facts(own, clock_now(), a, &c->facts);
	buf_release(&pem);
}

static int
open_container(PKCS12 *p12, const char *passphrase, struct arena *a,
	struct cms_container *c, struct err *e)
{
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	X509 *own = NULL;
	int result = 1;

	if (PKCS12_verify_mac(p12, passphrase, -1) != 1 &&
		(passphrase[0] != '\0' || PKCS12_verify_mac(p12, NULL, 0) != 1))
		result = 0;
	else if (PKCS12_parse(p12, passphrase, &key, &own, &chain) != 1)
		result = cms_fail(e, "PKCS#12");
	else if (key == NULL || own == NULL)
		result = err_permanent(e, "5.7.5",
			"there is no private key with its certificate in it");
	else if (!take_secret(key, a, &c->secret))
		result = err_permanent(e, "5.7.5",
			"its key is neither RSA nor on an elliptic curve of "
			"NIST");
	else
		take_certificates(own, chain, a, c);
	EVP_PKEY_free(key);
	X509_free(own);
	sk_X509_pop_free(chain, X509_free);
	return result;
}

/* Files of before 2021 may need RC2, which libcrypto keeps apart. */
int
cms_read_container(struct span file, const char *passphrase, struct arena *a,
	struct cms_container *c, struct err *e)
{
	const unsigned char *p = (const unsigned char *)file.data;
	OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *now = OSSL_PROVIDER_load(ctx, "default");
	OSSL_PROVIDER *old = OSSL_PROVIDER_load(ctx, "legacy");
	PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, ctx, NULL);
	int result;

	*c = (struct cms_container){.certificates = ""};
	if (d2i_PKCS12(&p12, &p, (long)file.len) == NULL)
		result = err_permanent(e, "5.7.5", "it is not a PKCS#12 file");
	else
		result = open_container(p12, passphrase, a, c, e);
	ERR_clear_error();
	PKCS12_free(p12);
	if (old != NULL)
		OSSL_PROVIDER_unload(old);
	OSSL_PROVIDER_unload(now);
	OSSL_LIB_CTX_free(ctx);
	return result;
}
