#include "crypto/cms_open.h"

#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/packet.h"
#include "base/utf8.h"
#include "crypto/cms_parts.h"
#include "crypto/sniff.h"

#define CHUNK 65536
#define STRONG_BITS 112 /* NIST SP 800-57: RSA-2048, P-224 */
#define CHAIN_DEPTH 8
#define EXIT_UNSERVED 1

/* One request being served. */
struct job {
	int socket;
	struct arena *a;
	struct cms_request q;
	int fds[CMS_FD__COUNT];
	struct span object;
	STACK_OF(X509) * own;
	struct cms_word answer;
	struct buf detail;
	bool refused; /* the holder of a key would not use it */
	bool lost; /* the other end is gone */
};

static void
fail_with(struct job *j, enum seal_problem problem)
{
	char text[160];
	unsigned long code = ERR_peek_last_error();

	j->answer.problem = problem;
	if (code != 0 && j->detail.len == 0) {
		ERR_error_string_n(code, text, sizeof(text));
		buf_puts(&j->detail, text);
	}
	ERR_clear_error();
}

/* libcrypto lacks something, or the bytes are not what they should be. */
static enum seal_problem
problem_of_error(void)
{
	static const int lacks[] = {CMS_R_UNKNOWN_CIPHER,
		CMS_R_UNKNOWN_DIGEST_ALGORITHM, CMS_R_UNKNOWN_ID,
		CMS_R_UNSUPPORTED_CONTENT_TYPE,
		CMS_R_UNSUPPORTED_CONTENT_ENCRYPTION_ALGORITHM,
		CMS_R_UNSUPPORTED_KEK_ALGORITHM,
		CMS_R_UNSUPPORTED_KEY_ENCRYPTION_ALGORITHM,
		CMS_R_UNSUPPORTED_LABEL_SOURCE,
		CMS_R_UNSUPPORTED_ENCRYPTION_TYPE,
		CMS_R_NOT_SUPPORTED_FOR_THIS_KEY_TYPE};
	unsigned long code = ERR_peek_error();
	size_t i;

	if (ERR_GET_LIB(code) == ERR_LIB_CMS)
		for (i = 0; i < countof(lacks); i++)
			if (ERR_GET_REASON(code) == lacks[i])
				return PROBLEM_UNSUPPORTED;
	if (ERR_GET_REASON(code) == ERR_R_UNSUPPORTED)
		return PROBLEM_UNSUPPORTED;
	return PROBLEM_DAMAGED;
}

static CMS_ContentInfo *
parse(struct job *j)
{
	const unsigned char *p = (const unsigned char *)j->object.data;
	CMS_ContentInfo *cms =
		d2i_CMS_ContentInfo(NULL, &p, (long)j->object.len);

	/* The reader takes these bytes out of base64: nothing that is not
	 * DER or BER belongs here. */
	if (cms == NULL)
		fail_with(j,
			j->object.len > 0 && j->object.data[0] == '0'
				? PROBLEM_DAMAGED
				: PROBLEM_NOT_SEALED);
	return cms;
}

/* --- decryption --- */

/* struct cms_holder: the worker has the agent. */
static bool
ask_worker(void *arg, int key, struct span in, struct buf *out)
{
	struct job *j = arg;
	struct cms_word question = {.asks = true, .key = key, .secret = in};
	struct cms_reply reply;
	struct packet p;
	struct err e;
	int got;

	packet_init(&p);
	got = packet_send(j->socket, &cms_word_schema, &question, NULL, 0, &e);
	if (got == 0)
		got = packet_receive(j->socket, &p, -1, &e);
	if (got != 1 ||
		record_decode(j->a, buf_view(&p.bytes), &cms_reply_schema,
			&reply, &e) == -1)
		j->lost = true;
	else if (reply.refused)
		j->refused = true;
	else
		buf_span(out, reply.secret);
	packet_release(&p);
	return !j->lost && !j->refused;
}

static void
note_recipient(struct job *j, const X509_NAME *issuer, const ASN1_INTEGER *n)
{
	BIGNUM *number = n != NULL ? ASN1_INTEGER_to_BN(n, NULL) : NULL;
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;

	if (issuer != NULL && hex != NULL) {
		buf_puts(
			&j->detail, j->detail.len > 0 ? "; " : "encrypted to ");
		buf_printf(&j->detail, "#%s of ", hex);
		cms_write_name(issuer, &j->detail);
	}
	OPENSSL_free(hex);
	BN_free(number);
}

static bool
open_by_transport(struct job *j, CMS_ContentInfo *cms, CMS_RecipientInfo *ri,
	int own, EVP_PKEY *key)
{
	X509 *x = sk_X509_value(j->own, own);

	if (CMS_RecipientInfo_ktri_cert_cmp(ri, x) != 0)
		return false;
	EVP_PKEY_up_ref(key);
	return CMS_RecipientInfo_set0_pkey(ri, key) == 1 &&
		CMS_RecipientInfo_decrypt(cms, ri) == 1;
}

static bool
open_by_agreement(struct job *j, CMS_ContentInfo *cms, CMS_RecipientInfo *ri,
	int own, EVP_PKEY *key)
{
	STACK_OF(CMS_RecipientEncryptedKey) *all =
		CMS_RecipientInfo_kari_get0_reks(ri);
	CMS_RecipientEncryptedKey *rek;
	X509 *x = sk_X509_value(j->own, own);
	bool opened = false;
	int i;

	for (i = 0; i < sk_CMS_RecipientEncryptedKey_num(all) && !opened; i++) {
		rek = sk_CMS_RecipientEncryptedKey_value(all, i);
		if (CMS_RecipientEncryptedKey_cert_cmp(rek, x) != 0 ||
			CMS_RecipientInfo_kari_set0_pkey(ri, key) != 1)
			continue;
		opened = CMS_RecipientInfo_kari_decrypt(cms, ri, rek) == 1;
		CMS_RecipientInfo_kari_set0_pkey(ri, NULL);
	}
	return opened;
}

static void
note_identity(struct job *j, CMS_RecipientInfo *ri)
{
	STACK_OF(CMS_RecipientEncryptedKey) * all;
	ASN1_OCTET_STRING *id;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;

	if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_TRANS) {
		CMS_RecipientInfo_ktri_get0_signer_id(
			ri, &id, &issuer, &serial);
		note_recipient(j, issuer, serial);
	} else if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_AGREE) {
		all = CMS_RecipientInfo_kari_get0_reks(ri);
		if (sk_CMS_RecipientEncryptedKey_num(all) == 0)
			return;
		CMS_RecipientEncryptedKey_get0_id(
			sk_CMS_RecipientEncryptedKey_value(all, 0), &id, NULL,
			NULL, &issuer, &serial);
		note_recipient(j, issuer, serial);
	}
}

/* Has the content key been found? */
static bool
open_recipient(struct job *j, CMS_ContentInfo *cms, CMS_RecipientInfo *ri)
{
	const struct cms_holder holder = {.use = ask_worker, .arg = j};
	EVP_PKEY *key;
	bool opened = false;
	int i;

	for (i = 0; i < sk_X509_num(j->own) && !opened && !j->lost; i++) {
		key = cms_remote_key(sk_X509_value(j->own, i), &holder, i);
		if (key == NULL)
			continue;
		if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_TRANS)
			opened = open_by_transport(j, cms, ri, i, key);
		else if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_AGREE)
			opened = open_by_agreement(j, cms, ri, i, key);
		EVP_PKEY_free(key);
	}
	return opened;
}

static bool
find_content_key(struct job *j, CMS_ContentInfo *cms)
{
	STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
	int i, n = sk_CMS_RecipientInfo_num(all);

	if (n > SNIFF_KEYS_MAX) {
		fail_with(j, PROBLEM_TOO_MANY_KEYS);
		return false;
	}
	for (i = 0; i < n; i++)
		note_identity(j, sk_CMS_RecipientInfo_value(all, i));
	for (i = 0; i < n && !j->lost; i++)
		if (open_recipient(j, cms, sk_CMS_RecipientInfo_value(all, i)))
			return true;
	/* An error: a key of ours was tried.  Else none was. */
	fail_with(j,
		ERR_peek_error() == 0 || j->refused ? PROBLEM_WRONG_KEY
						    : problem_of_error());
	return false;
}

static void
decrypt(struct job *j, CMS_ContentInfo *cms)
{
	struct crypto_output out = {
		.fd = j->fds[CMS_FD_OUTPUT], .max = j->q.max};
	int type = OBJ_obj2nid(CMS_get0_type(cms));
	BIO *to;

	if (type != NID_pkcs7_enveloped &&
		type != NID_id_smime_ct_authEnvelopedData) {
		fail_with(j,
			type == NID_pkcs7_signed || type == NID_pkcs7_data
				? PROBLEM_NOT_SEALED
				: PROBLEM_UNSUPPORTED);
		return;
	}
	/* Without it, a wrong key is hidden behind a random one.  Nobody who
	 * could use the difference is told of it. */
	CMS_decrypt(cms, NULL, NULL, NULL, NULL, CMS_DEBUG_DECRYPT);
	if (!find_content_key(j, cms))
		return;
	j->answer.malleable = type == NID_pkcs7_enveloped;
	buf_clear(&j->detail);
	ERR_clear_error();
	to = cms_sink(&out);
	if (CMS_decrypt(cms, NULL, NULL, NULL, to,
		    CMS_BINARY | CMS_DEBUG_DECRYPT) != 1)
		fail_with(j,
			out.written > out.max ? PROBLEM_TOO_LARGE
					      : problem_of_error());
	BIO_free(to);
	j->answer.written = out.written;
}

/* --- signatures --- */

static const char *
digest_name(const X509_ALGOR *algorithm)
{
	static const struct {
		int nid;
		const char *name;
	} names[] = {{NID_sha256, "SHA256"}, {NID_sha384, "SHA384"},
		{NID_sha512, "SHA512"}, {NID_sha224, "SHA224"},
		{NID_sha1, "SHA1"}, {NID_md5, "MD5"}};
	const ASN1_OBJECT *object;
	size_t i;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	for (i = 0; i < countof(names); i++)
		if (OBJ_obj2nid(object) == names[i].nid)
			return names[i].name;
	return "";
}

static bool
is_weak(const char *digest, EVP_PKEY *key)
{
	return strcmp(digest, "SHA1") == 0 || strcmp(digest, "MD5") == 0 ||
		EVP_PKEY_get_security_bits(key) < STRONG_BITS;
}

/* Is it a certificate for mail, and to sign with? */
static bool
may_sign(X509 *x)
{
	uint32_t extended = X509_get_extended_key_usage(x);

	return (X509_get_key_usage(x) &
		       (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0 &&
		(extended == UINT32_MAX ||
			(extended & (XKU_SMIME | XKU_ANYEKU)) != 0);
}

/* The one signing time among the signed attributes, 0 if there is none. */
static int64_t
signing_time(CMS_SignerInfo *si)
{
	static const int types[] = {V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME};
	const ASN1_OBJECT *object = OBJ_nid2obj(NID_pkcs9_signingTime);
	const ASN1_TIME *t;
	size_t i;

	for (i = 0; i < countof(types); i++) {
		/* -3: one attribute with one value. */
		t = CMS_signed_get0_data_by_OBJ(si, object, -3, types[i]);
		if (t != NULL)
			return cms_instant(t);
	}
	return 0;
}

/* The attributes must speak of data, as the content does. */
static bool
is_over_data(CMS_SignerInfo *si)
{
	const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(
		si, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	return type != NULL && OBJ_obj2nid(type) == NID_pkcs7_data;
}

/*
 * Who issued it, as far as the certificates that came along say.  Data for a
 * person to judge by: a root is trusted because somebody trusts it.
 */
static void
note_chain(struct job *j, X509 *x, STACK_OF(X509) * all, struct signature *s,
	struct buf *pem)
{
	struct buf names = BUF_INIT(CMS_DETAIL_MAX);
	int depth;

	for (depth = 0; x != NULL && depth < CHAIN_DEPTH; depth++) {
		buf_puts(&names, depth > 0 ? " < " : "");
		cms_write_name(X509_get_subject_name(x), &names);
		cms_write_pem(x, pem);
		s->chain_complete = X509_self_signed(x, 1) == 1;
		x = s->chain_complete ? NULL : cms_issuer(x, all);
	}
	ERR_clear_error();
	s->chain = arena_strdup(j->a, names.data);
	buf_release(&names);
}

/*
 * RFC 5652, 5.4: without signed attributes the signature is over the content,
 * which may itself be made to look like attributes of something else.
 */
static enum signature_status
check_signer(struct job *j, CMS_SignerInfo *si, X509 *x, BIO *chain,
	const char *digest)
{
	struct key_facts k;

	if (CMS_signed_get_attr_count(si) <= 0 || !is_over_data(si) ||
		digest[0] == '\0')
		return SIGNATURE_ERROR;
	if (CMS_SignerInfo_verify_content(si, chain) != 1 ||
		CMS_SignerInfo_verify(si) != 1)
		return problem_of_error() == PROBLEM_UNSUPPORTED
			? SIGNATURE_ERROR
			: SIGNATURE_BAD;
	if (!may_sign(x))
		return SIGNATURE_ERROR;
	if (is_weak(digest, X509_get0_pubkey(x)))
		return SIGNATURE_WEAK;
	cms_facts(x, j->q.now, j->a, &k);
	return j->q.now >= k.created && j->q.now < k.expires
		? SIGNATURE_GOOD
		: SIGNATURE_KEY_EXPIRED;
}

static void
note_signer(struct job *j, CMS_SignerInfo *si, STACK_OF(X509) * all, BIO *chain,
	struct buf *pem)
{
	struct signature *s = &j->answer.signatures[j->answer.count++];
	X509_ALGOR *digest;
	struct key_facts k;
	X509 *x = NULL;

	CMS_SignerInfo_get0_algs(si, NULL, &x, &digest, NULL);
	*s = (struct signature){.protocol = PROTOCOL_SMIME,
		.status = SIGNATURE_NO_KEY,
		.covers = COVERS_PART,
		.fingerprint = "",
		.digest = digest_name(digest),
		.made = signing_time(si),
		.chain = ""};
	if (x == NULL)
		return;
	cms_facts(x, j->q.now, j->a, &k);
	s->fingerprint = k.fingerprint;
	s->status = check_signer(j, si, x, chain, s->digest);
	ERR_clear_error();
	note_chain(j, x, all, s, pem);
	j->answer.address = (char *)k.address;
	j->answer.expires = k.expires;
	j->answer.usable = k.usable;
}

/* Through the digests, and out if it is to be given out. */
static bool
pump(struct job *j, BIO *chain, struct crypto_output *out)
{
	scoped(free_pointer) char *data = xcalloc(1, CHUNK);
	BIO *to = out != NULL ? cms_sink(out) : NULL;
	bool whole = true;
	int n;

	while (whole && (n = BIO_read(chain, data, CHUNK)) > 0)
		whole = to == NULL || BIO_write(to, data, n) == n;
	BIO_free(to);
	if (!whole)
		fail_with(j, PROBLEM_TOO_LARGE);
	return whole;
}

static void
note_signers(struct job *j, CMS_ContentInfo *cms, BIO *chain)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	STACK_OF(X509) *all = CMS_get1_certs(cms);
	struct buf pem = BUF_INIT(CMS_CHAIN_PEM_MAX);
	int i, n = sk_CMS_SignerInfo_num(signers);

	CMS_set1_signers_certs(cms, NULL, 0);
	ERR_clear_error();
	for (i = 0; i < n && i < CMS_SIGNERS_MAX; i++)
		note_signer(j, sk_CMS_SignerInfo_value(signers, i), all, chain,
			&pem);
	if (n == 1 && !pem.failed)
		j->answer.certificate = arena_strdup(j->a, pem.data);
	buf_release(&pem);
	sk_X509_pop_free(all, X509_free);
}

static void
verify(struct job *j, CMS_ContentInfo *cms)
{
	struct crypto_input content = {.fd = j->fds[CMS_FD_INPUT],
		.at = j->q.content_at,
		.len = j->q.content_len};
	struct crypto_output out = {
		.fd = j->fds[CMS_FD_OUTPUT], .max = j->q.max};
	bool detached = j->q.operation == CMS_VERIFY;
	struct cms_range range = {.in = &content};
	BIO *from = detached ? cms_source(&range) : NULL, *chain = NULL;

	/* Content in a detached signature would be what was signed, instead of
	 * what is shown; what is not data is something else altogether. */
	if (CMS_is_detached(cms) == detached &&
		OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data &&
		sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)) > 0)
		chain = CMS_dataInit(cms, from);
	if (chain != NULL && pump(j, chain, detached ? NULL : &out))
		note_signers(j, cms, chain);
	/* The chain ends with FROM, if there is one. */
	if (chain != NULL)
		BIO_free_all(chain);
	else
		BIO_free(from);
	j->answer.written = out.written;
}

/* --- a certificate of its own --- */

static void
examine(struct job *j)
{
	struct buf pem = BUF_INIT(CMS_CHAIN_PEM_MAX);
	const unsigned char *der = (const unsigned char *)j->object.data;
	struct key_facts k;
	struct err e;
	X509 *x = cms_parse(j->object, &e);

	if (x == NULL)
		x = d2i_X509(NULL, &der, (long)j->object.len);
	ERR_clear_error();
	if (x == NULL) {
		fail_with(j, PROBLEM_NOT_SEALED);
		return;
	}
	cms_facts(x, j->q.now, j->a, &k);
	cms_write_pem(x, &pem);
	if (pem.failed)
		fail_with(j, PROBLEM_TOO_LARGE);
	j->answer.certificate = arena_strdup(j->a, pem.data);
	j->answer.fingerprint = (char *)k.fingerprint;
	j->answer.address = (char *)k.address;
	j->answer.created = k.created;
	j->answer.expires = k.expires;
	j->answer.usable = k.usable;
	X509_free(x);
	buf_release(&pem);
}

/* --- the request --- */

static void
work(struct job *j)
{
	CMS_ContentInfo *cms;
	bool is_signed;

	if (j->q.operation == CMS_EXAMINE) {
		examine(j);
		return;
	}
	cms = parse(j);
	is_signed = cms != NULL &&
		OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed;
	if (cms != NULL && j->q.operation == CMS_DECRYPT)
		decrypt(j, cms);
	else if (is_signed)
		verify(j, cms);
	else if (cms != NULL)
		fail_with(j, PROBLEM_NOT_SEALED);
	CMS_ContentInfo_free(cms);
}

/* fstat() is a call with a name in it, which the sandbox does not have. */
static bool
map_file(int fd, struct span *s)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *at;

	*s = (struct span){"", 0};
	if (size <= 0)
		return size == 0;
	at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return false;
	*s = (struct span){at, (size_t)size};
	return true;
}

static bool
lies_in(int64_t at, int64_t len, struct span s)
{
	return at <= (int64_t)s.len && len <= (int64_t)s.len - at;
}

static bool
map_files(struct job *j)
{
	struct span input, own;

	if (!map_file(j->fds[CMS_FD_INPUT], &input) ||
		!map_file(j->fds[CMS_FD_OWN], &own) ||
		!lies_in(j->q.at, j->q.len, input) ||
		!lies_in(j->q.content_at, j->q.content_len, input))
		return false;
	j->object = (struct span){input.data + j->q.at, (size_t)j->q.len};
	j->own = cms_parse_all(own);
	return true;
}

static void
send_answer(struct job *j)
{
	struct buf clean = BUF_INIT(CMS_DETAIL_MAX);
	struct err e;

	utf8_clean(&clean, buf_view(&j->detail), UTF8_ONE_LINE);
	j->answer.detail = arena_strdup(j->a, clean.data);
	buf_clear(&clean);
	if (j->answer.address != NULL)
		utf8_clean(&clean, span_of(j->answer.address), UTF8_ONE_LINE);
	j->answer.address = arena_strdup(j->a, clean.data);
	buf_release(&clean);
	if (packet_send(j->socket, &cms_word_schema, &j->answer, NULL, 0, &e) ==
		-1)
		j->lost = true;
}

void
cms_open_prepare(void)
{
	/* Else the first date would open /etc/localtime. */
	setenv("TZ", "UTC0", 1);
	tzset();
	/* Its configuration file, and what it fetches at first use. */
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	EVP_MD_free(EVP_MD_fetch(NULL, "SHA256", NULL));
	EVP_CIPHER_free(EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL));
}

int
cms_open_serve(int socket)
{
	struct job j = {.socket = socket, .a = arena_new()};
	struct packet p;
	struct err e;
	int i;

	buf_init(&j.detail, CMS_DETAIL_MAX);
	packet_init(&p);
	if (packet_receive(socket, &p, -1, &e) != 1 ||
		p.count != CMS_FD__COUNT ||
		record_decode(j.a, buf_view(&p.bytes), &cms_request_schema,
			&j.q, &e) == -1)
		return EXIT_UNSERVED;
	for (i = 0; i < CMS_FD__COUNT; i++)
		j.fds[i] = packet_take_fd(&p, i);
	if (!map_files(&j))
		return EXIT_UNSERVED;
	j.answer.signatures = arena_calloc(
		j.a, CMS_SIGNERS_MAX, sizeof(*j.answer.signatures));
	work(&j);
	if (!j.lost)
		send_answer(&j);
	return j.lost ? EXIT_UNSERVED : EXIT_SUCCESS;
}
