#include "crypto/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "crypto/cms_parts.h"

#define CERTIFICATE_MAX 65536

/* 1, 0 when the ring does not have it, -1. */
static int
load(struct engine *g, const char *fingerprint, X509 **x_r, struct err *e)
{
	struct buf path = BUF_INIT(4096), pem = BUF_INIT(CERTIFICATE_MAX);
	int result = 0;

	buf_printf(
		&path, "%s/smime/%s.pem", engine_options(g)->ring, fingerprint);
	if (access(path.data, F_OK) == 0) {
		result = fs_read_file(path.data, &pem, e);
		if (result == 0)
			*x_r = cms_parse(buf_view(&pem), e);
		result = result == 0 && *x_r != NULL ? 1 : -1;
	}
	buf_release(&path);
	buf_release(&pem);
	return result;
}

int
cms_look_up(struct engine *g, const char *fingerprint, struct arena *a,
	struct key_facts *k, struct err *e)
{
	X509 *x = NULL;
	int found = load(g, fingerprint, &x, e);

	if (found == 1) {
		cms_facts(x, clock_now(), a, k);
		X509_free(x);
	}
	return found;
}

int
cms_examine(
	struct span pem, struct arena *a, struct key_facts *k, struct err *e)
{
	struct buf minimal = BUF_INIT(CERTIFICATE_MAX);
	X509 *x = cms_parse(pem, e);

	if (x == NULL)
		return -1;
	cms_facts(x, clock_now(), a, k);
	cms_write_pem(x, &minimal);
	k->minimal = arena_dup(a, minimal.data, minimal.len);
	X509_free(x);
	buf_release(&minimal);
	return 0;
}

int
cms_find(struct span pem, const char *fingerprint, struct arena *a,
	struct key_facts *k, struct err *e)
{
	STACK_OF(X509) *all = cms_parse_all(pem);
	struct buf one = BUF_INIT(CERTIFICATE_MAX);
	int i, result = 1;

	for (i = 0; i < sk_X509_num(all) && result == 1; i++) {
		buf_clear(&one);
		cms_write_pem(sk_X509_value(all, i), &one);
		if (cms_examine(buf_view(&one), a, k, e) == -1)
			result = -1;
		else if (fingerprint[0] == '\0' ||
			strcmp(k->fingerprint, fingerprint) == 0)
			result = 0;
	}
	if (result == 1)
		result = i == 0
			? err_permanent(
				  e, "5.7.5", "no certificate in PEM in it")
			: err_permanent(e, "5.7.5", "the certificate is %s",
				  k->fingerprint);
	sk_X509_pop_free(all, X509_free);
	buf_release(&one);
	return result;
}

int
cms_root(struct span pem, struct arena *a, struct key_facts *k, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *x = NULL;
	bool found = false;

	while (bio != NULL && !found &&
		(x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		found = X509_check_issued(x, x) == X509_V_OK;
		if (found)
			cms_facts(x, clock_now(), a, k);
		X509_free(x);
	}
	BIO_free(bio);
	ERR_clear_error();
	return found ? 0
		     : err_permanent(e, "5.7.5",
			       "the certificate of the root is not among them");
}

/* --- encryption --- */

static int
encrypt_to(X509 *x, const struct crypto_input *in, struct crypto_output *out,
	struct err *e)
{
	struct cms_range range = {.in = in};
	BIO *from = cms_source(&range), *to = cms_sink(out);
	BIO *base64 = BIO_push(BIO_new(BIO_f_base64()), to);
	STACK_OF(X509) *recipients = sk_X509_new_null();
	CMS_ContentInfo *cms = NULL;
	int result = 0;

	if (recipients == NULL || sk_X509_push(recipients, x) < 1)
		abort();
	cms = CMS_encrypt(
		recipients, NULL, EVP_aes_256_cbc(), CMS_BINARY | CMS_STREAM);
	if (cms == NULL ||
		i2d_CMS_bio_stream(
			base64, cms, from, CMS_BINARY | CMS_STREAM) != 1 ||
		BIO_flush(base64) != 1)
		result = cms_fail(e, "S/MIME encrypt");
	CMS_ContentInfo_free(cms);
	sk_X509_free(recipients);
	BIO_free_all(base64);
	BIO_free(from);
	return result;
}

int
cms_encrypt(struct engine *g, const char *signer, const char *recipient,
	const struct crypto_input *in, struct crypto_output *out, struct err *e)
{
	struct arena *a = arena_new();
	struct key_facts k;
	X509 *x = NULL;
	int result = load(g, recipient, &x, e);

	if (signer != NULL)
		result = err_bug(e, "S/MIME signs in a layer of its own");
	else if (result == 0)
		result = err_permanent(e, "5.7.5",
			"certificate %s is not in the ring", recipient);
	else if (result == 1) {
		cms_facts(x, clock_now(), a, &k);
		if (!k.usable)
			result = err_permanent(e, "5.7.5",
				"certificate %s has expired or cannot encrypt",
				recipient);
		else
			result = encrypt_to(x, in, out, e);
	}
	X509_free(x);
	arena_free(&a);
	return result;
}
