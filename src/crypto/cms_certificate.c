/* Certificates: parsed, described, written; see crypto/cms_parts.h. */
#include "crypto/cms_parts.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "crypto/cms.h"

#define NUMBER_BYTES 2048 /* RSA-16384 */

X509 *
cms_parse(struct span pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *x = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	if (x == NULL) {
		ERR_clear_error();
		err_permanent(e, "5.7.5", "no certificate in PEM in it");
	}
	return x;
}

STACK_OF(X509) * cms_parse_all(struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *x;

	if (all == NULL || bio == NULL)
		abort();
	while (sk_X509_num(all) < CMS_CERTIFICATES_MAX &&
		(x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(all, x) < 1)
			abort();
	BIO_free(bio);
	ERR_clear_error();
	return all;
}

int64_t
cms_instant(const ASN1_TIME *t)
{
	struct tm tm;
	struct civil c;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	c = (struct civil){.year = tm.tm_year + 1900,
		.month = tm.tm_mon + 1,
		.day = tm.tm_mday,
		.hour = tm.tm_hour,
		.minute = tm.tm_min,
		.second = tm.tm_sec};
	return instant_of(&c);
}

static const char *
address_of(X509 *x, struct arena *a)
{
	STACK_OF(OPENSSL_STRING) *all = X509_get1_email(x);
	const char *address = "";

	if (sk_OPENSSL_STRING_num(all) > 0)
		address = arena_strdup(a, sk_OPENSSL_STRING_value(all, 0));
	X509_email_free(all);
	return address;
}

void
cms_facts(X509 *x, int64_t now, struct arena *a, struct key_facts *k)
{
	int64_t from = cms_instant(X509_get0_notBefore(x));
	int64_t until = cms_instant(X509_get0_notAfter(x));
	unsigned char md[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1], *p;
	unsigned int len = 0;

	X509_digest(x, EVP_sha1(), md, &len);
	hex_of(md, len, hex);
	for (p = hex; *p != '\0'; p++)
		if (*p >= 'a')
			*p = (char)(*p - 'a' + 'A');
	*k = (struct key_facts){.protocol = PROTOCOL_SMIME,
		.fingerprint = arena_strdup(a, hex),
		.address = address_of(x, a),
		.created = from,
		.expires = until,
		.usable = now >= from && now < until &&
			(X509_get_key_usage(x) &
				(KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)) != 0};
}

X509 *
cms_issuer(X509 *x, STACK_OF(X509) * all)
{
	X509 *candidate;
	int i;

	for (i = 0; i < sk_X509_num(all); i++) {
		candidate = sk_X509_value(all, i);
		if (X509_check_issued(candidate, x) == X509_V_OK &&
			X509_verify(x, X509_get0_pubkey(candidate)) == 1)
			return candidate;
	}
	return NULL;
}

void
cms_write_pem(X509 *x, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	if (bio == NULL || PEM_write_bio_X509(bio, x) != 1)
		abort();
	len = BIO_get_mem_data(bio, &text);
	buf_add(out, text, (size_t)len);
	BIO_free(bio);
}

void
cms_write_name(const X509_NAME *name, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	if (bio == NULL)
		abort();
	/* What is not ASCII, and controls, are escaped. */
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
	len = BIO_get_mem_data(bio, &text);
	buf_add(out, text, (size_t)len);
	BIO_free(bio);
	ERR_clear_error();
}

struct span
cms_number(const EVP_PKEY *key, const char *name, struct arena *a)
{
	unsigned char bytes[NUMBER_BYTES];
	BIGNUM *n = NULL;
	struct span s = {"", 0};

	if (EVP_PKEY_get_bn_param(key, name, &n) == 1 &&
		BN_num_bytes(n) <= NUMBER_BYTES) {
		s.len = (size_t)BN_bn2bin(n, bytes);
		s.data = arena_dup(a, bytes, s.len);
	}
	BN_free(n);
	return s;
}

bool
cms_agent_key(const EVP_PKEY *key, struct arena *a, struct agent_key *k)
{
	unsigned char point[NUMBER_BYTES];
	char curve[64] = "";
	size_t len = 0;

	*k = (struct agent_key){.curve = ""};
	if (key != NULL && EVP_PKEY_is_a(key, "RSA")) {
		k->modulus = cms_number(key, OSSL_PKEY_PARAM_RSA_N, a);
		k->exponent = cms_number(key, OSSL_PKEY_PARAM_RSA_E, a);
		return k->modulus.len > 0 && k->exponent.len > 0;
	}
	if (key == NULL || !EVP_PKEY_is_a(key, "EC") ||
		EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
			curve, sizeof(curve), &len) != 1 ||
		EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
			point, sizeof(point), &len) != 1)
		return false;
	k->curve = arena_strdup(a, curve);
	k->point = (struct span){arena_dup(a, point, len), len};
	return true;
}

X509 *
cms_find_in(STACK_OF(X509) * all, const char *fingerprint)
{
	struct arena *a = arena_new();
	struct key_facts k;
	X509 *x = NULL;
	int i;

	for (i = 0; i < sk_X509_num(all) && x == NULL; i++) {
		cms_facts(sk_X509_value(all, i), 0, a, &k);
		if (strcmp(k.fingerprint, fingerprint) == 0)
			x = sk_X509_value(all, i);
	}
	arena_free(&a);
	return x;
}

bool
cms_is_public(struct span pem, const char *fingerprint)
{
	STACK_OF(X509) *all = cms_parse_all(pem);
	X509 *x = cms_find_in(all, fingerprint);
	X509_STORE *trusted = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool public = false;

	if (trusted == NULL || ctx == NULL)
		abort();
	if (x != NULL && X509_STORE_set_default_paths(trusted) == 1 &&
		X509_STORE_CTX_init(ctx, trusted, x, all) == 1) {
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SMIME_SIGN);
		X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx),
			(time_t)(clock_now() / SECOND));
		public = X509_verify_cert(ctx) == 1;
	}
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(trusted);
	sk_X509_pop_free(all, X509_free);
	return public;
}
