#include "crypto/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "crypto/cms_parts.h"

#define CERTIFICATE_MAX 65536
#define OWN_MAX 262144
#define CERTIFICATES_KEPT 16
#define FINGERPRINT_MAX 80

/* --- what is kept: a ring never changes, and parsing costs --- */

struct cms_kept {
	STACK_OF(X509) * own;
	struct {
		char fingerprint[FINGERPRINT_MAX];
		X509 *x;
	} other[CERTIFICATES_KEPT];
	size_t count;
};

static struct cms_kept *
kept(struct engine *g)
{
	struct cms_kept **kept = engine_certificates(g);

	if (*kept == NULL)
		*kept = xcalloc(1, sizeof(**kept));
	return *kept;
}

void
cms_forget(struct cms_kept **kept)
{
	if (*kept == NULL)
		return;
	while ((*kept)->count > 0)
		X509_free((*kept)->other[--(*kept)->count].x);
	sk_X509_pop_free((*kept)->own, X509_free);
	free(*kept);
	*kept = NULL;
}

static void
keep(struct cms_kept *k, const char *fingerprint, X509 *x)
{
	if (k->count == CERTIFICATES_KEPT)
		X509_free(k->other[--k->count].x);
	snprintf(k->other[k->count].fingerprint, FINGERPRINT_MAX, "%s",
		fingerprint);
	k->other[k->count++].x = x;
}

/* 1, 0 when the ring does not have it, -1.  The engine keeps it. */
static int
load(struct engine *g, const char *fingerprint, X509 **x_r, struct err *e)
{
	struct buf path = BUF_INIT(4096), pem = BUF_INIT(CERTIFICATE_MAX);
	struct cms_kept *k = kept(g);
	int result = 0;
	size_t i;

	for (i = 0; i < k->count; i++) {
		if (strcmp(k->other[i].fingerprint, fingerprint) == 0) {
			*x_r = k->other[i].x;
			return 1;
		}
	}
	buf_printf(
		&path, "%s/smime/%s.pem", engine_options(g)->ring, fingerprint);
	if (access(path.data, F_OK) == 0) {
		result = fs_read_file(path.data, &pem, e);
		if (result == 0)
			*x_r = cms_parse(buf_view(&pem), e);
		result = result == 0 && *x_r != NULL ? 1 : -1;
	}
	if (result == 1)
		keep(k, fingerprint, *x_r);
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

	if (found == 1)
		cms_facts(x, clock_now(), a, k);
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

/* --- signing --- */

/* The agent, as the holder of our keys. */
struct signing {
	const char *socket;
	struct agent_key key;
	struct err *e;
	bool failed;
};

static bool
sign_by_agent(void *arg, int key, const char *digest, struct span hash,
	struct buf *out)
{
	struct signing *s = arg;

	(void)key;
	s->failed =
		agent_sign(s->socket, &s->key, digest, hash, out, s->e) == -1;
	return !s->failed;
}

/* What we can read, best first: RFC 8551, 2.5.2. */
static void
add_capabilities(CMS_SignerInfo *si)
{
	static const int ciphers[] = {NID_aes_256_gcm, NID_aes_128_gcm,
		NID_aes_256_cbc, NID_aes_128_cbc};
	STACK_OF(X509_ALGOR) *all = NULL;
	size_t i;

	for (i = 0; i < countof(ciphers); i++)
		if (CMS_add_simple_smimecap(&all, ciphers[i], -1) != 1)
			abort();
	if (CMS_add_smimecap(si, all) != 1)
		abort();
	sk_X509_ALGOR_pop_free(all, X509_ALGOR_free);
}

/* X with its chain, whose root everybody has or has not. */
static CMS_ContentInfo *
begin_signature(X509 *x, EVP_PKEY *key, STACK_OF(X509) * own)
{
	unsigned int flags = CMS_PARTIAL | CMS_DETACHED | CMS_BINARY |
		CMS_STREAM | CMS_NOSMIMECAP;
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	CMS_SignerInfo *si = cms != NULL
		? CMS_add1_signer(cms, x, key, EVP_sha256(), flags)
		: NULL;

	if (si == NULL) {
		CMS_ContentInfo_free(cms);
		return NULL;
	}
	add_capabilities(si);
	for (x = cms_issuer(x, own);
		x != NULL && X509_check_issued(x, x) != X509_V_OK;
		x = cms_issuer(x, own))
		if (CMS_add1_cert(cms, x) != 1)
			break;
	ERR_clear_error();
	return cms;
}

static bool
write_base64(CMS_ContentInfo *cms, struct buf *out)
{
	BIO *memory = BIO_new(BIO_s_mem());
	BIO *base64 = BIO_push(BIO_new(BIO_f_base64()), memory);
	bool good = i2d_CMS_bio(base64, cms) == 1 && BIO_flush(base64) == 1;
	char *text;
	long len = BIO_get_mem_data(memory, &text);

	buf_add(out, text, (size_t)len);
	BIO_free_all(base64);
	return good && !out->failed;
}

static int
sign_with(struct signing *s, X509 *x, STACK_OF(X509) * own,
	const struct crypto_input *in, struct buf *out)
{
	const struct cms_holder holder = {.sign = sign_by_agent, .arg = s};
	EVP_PKEY *key = cms_remote_key(x, &holder, 0);
	CMS_ContentInfo *cms =
		key != NULL ? begin_signature(x, key, own) : NULL;
	struct cms_range range = {.in = in};
	BIO *from = cms_source(&range);
	int result = 0;

	if (cms == NULL ||
		CMS_final(cms, from, NULL,
			CMS_DETACHED | CMS_BINARY | CMS_STREAM) != 1 ||
		!write_base64(cms, out))
		result = s->failed ? -1 : cms_fail(s->e, "S/MIME sign");
	ERR_clear_error();
	BIO_free(from);
	CMS_ContentInfo_free(cms);
	EVP_PKEY_free(key);
	return result;
}

/* The engine keeps them. */
static int
read_own(struct engine *g, STACK_OF(X509) * *own_r, struct err *e)
{
	struct buf path = BUF_INIT(4096), pem = BUF_INIT(OWN_MAX);
	struct cms_kept *k = kept(g);
	int result;

	if ((*own_r = k->own) != NULL)
		return 0;
	buf_printf(&path, "%s/smime/own.pem", engine_options(g)->ring);
	result = fs_read_file(path.data, &pem, e);
	if (result == 0)
		*own_r = k->own = cms_parse_all(buf_view(&pem));
	buf_release(&path);
	buf_release(&pem);
	return result;
}

int
cms_sign(struct engine *g, const char *signer, const struct crypto_input *in,
	struct buf *out, const char **micalg_r, struct err *e)
{
	struct signing s = {.socket = engine_options(g)->agent_socket, .e = e};
	struct arena *a = arena_new();
	STACK_OF(X509) *own = NULL;
	X509 *x;
	int result = read_own(g, &own, e);

	*micalg_r = "sha-256";
	x = result == 0 ? cms_find_in(own, signer) : NULL;
	if (result == 0 && x == NULL)
		result = err_temporary(e, "4.3.0",
			"certificate %s is not among our own", signer);
	else if (result == 0 && !cms_agent_key(X509_get0_pubkey(x), a, &s.key))
		result = err_permanent(
			e, "5.3.5", "certificate %s: its key", signer);
	else if (result == 0)
		result = sign_with(&s, x, own, in, out);
	arena_free(&a);
	return result;
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
	arena_free(&a);
	return result;
}
