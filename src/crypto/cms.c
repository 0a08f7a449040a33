#include "crypto/cms.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"

#define CERTIFICATE_MAX 65536
#define FINGERPRINT_BYTES 20 /* SHA-1: a name, not a proof; GnuPG's too */

static int
fail(struct err *e, const char *what)
{
	char text[160] = "unknown error";
	unsigned long code = ERR_get_error();

	if (code != 0)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return err_temporary(e, "4.3.0", "%s: %s", what, text);
}

/* --- BIOs over what an engine reads and writes --- */

struct range {
	const struct crypto_input *in;
	int64_t at;
};

static int
range_read(BIO *bio, char *data, int size)
{
	struct range *r = BIO_get_data(bio);
	int64_t left = r->in->len - r->at;
	struct err e;

	if (size > left)
		size = (int)left;
	if (size <= 0)
		return 0;
	if (fs_read_at(r->in->fd, data, (size_t)size, r->in->at + r->at, &e) ==
		-1)
		return -1;
	r->at += size;
	return size;
}

static int
output_write(BIO *bio, const char *data, int size)
{
	struct crypto_output *out = BIO_get_data(bio);
	struct buf b = BUF_INIT((size_t)size * 2);
	struct err e;
	int i;

	for (i = 0; i < size; i++) {
		if (data[i] == '\n')
			buf_putc(&b, '\r');
		buf_putc(&b, data[i]);
	}
	if ((int64_t)b.len > out->max - out->written) {
		out->written = out->max + 1;
		size = -1;
	} else if (fs_write_all(out->fd, b.data, b.len, &e) == -1) {
		size = -1;
	} else {
		out->written += (int64_t)b.len;
	}
	buf_release(&b);
	return size;
}

static long
control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO *
bio_over(BIO_METHOD *method, void *data)
{
	BIO *bio = BIO_new(method);

	if (bio == NULL)
		abort(); /* only memory can be short here */
	BIO_set_data(bio, data);
	BIO_set_init(bio, 1);
	return bio;
}

static BIO_METHOD *
method_of(
	int (*read)(BIO *, char *, int), int (*write)(BIO *, const char *, int))
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "psirtd");

	if (m == NULL)
		abort();
	BIO_meth_set_read(m, read);
	BIO_meth_set_write(m, write);
	BIO_meth_set_ctrl(m, control);
	return m;
}

/* --- certificates --- */

static X509 *
parse_certificate(struct span pem, struct err *e)
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
			*x_r = parse_certificate(buf_view(&pem), e);
		result = result == 0 && *x_r != NULL ? 1 : -1;
	}
	buf_release(&path);
	buf_release(&pem);
	return result;
}

static int64_t
instant_of_time(const ASN1_TIME *t)
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

static void
fill_facts(X509 *x, struct arena *a, struct key_facts *k)
{
	int64_t from = instant_of_time(X509_get0_notBefore(x));
	int64_t until = instant_of_time(X509_get0_notAfter(x));
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
		.usable = clock_now() >= from && clock_now() < until &&
			(X509_get_key_usage(x) &
				(KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)) != 0};
}

int
cms_look_up(struct engine *g, const char *fingerprint, struct arena *a,
	struct key_facts *k, struct err *e)
{
	X509 *x = NULL;
	int found = load(g, fingerprint, &x, e);

	if (found == 1) {
		fill_facts(x, a, k);
		X509_free(x);
	}
	return found;
}

int
cms_examine(
	struct span pem, struct arena *a, struct key_facts *k, struct err *e)
{
	X509 *x = parse_certificate(pem, e);
	BIO *bio;
	char *text;
	long len;

	if (x == NULL)
		return -1;
	fill_facts(x, a, k);
	bio = BIO_new(BIO_s_mem());
	if (bio == NULL || PEM_write_bio_X509(bio, x) != 1)
		abort();
	len = BIO_get_mem_data(bio, &text);
	k->minimal = arena_dup(a, text, (size_t)len);
	BIO_free(bio);
	X509_free(x);
	return 0;
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
			fill_facts(x, a, k);
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
	BIO_METHOD *source = method_of(range_read, NULL);
	BIO_METHOD *sink = method_of(NULL, output_write);
	struct range range = {.in = in};
	BIO *from = bio_over(source, &range), *to = bio_over(sink, out);
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
		result = fail(e, "S/MIME encrypt");
	CMS_ContentInfo_free(cms);
	sk_X509_free(recipients);
	BIO_free_all(base64);
	BIO_free(from);
	BIO_meth_free(source);
	BIO_meth_free(sink);
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
		fill_facts(x, a, &k);
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
