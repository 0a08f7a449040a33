/* Sealed items of every kind, their states, and the envelope. */
#include "mail_kit.h"

#define ARMOR \
	"-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n=AAAA\n" \
	"-----END PGP MESSAGE-----\n"
#define CLEARSIGNED \
	"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nsigned words\n" \
	"-----BEGIN PGP SIGNATURE-----\n\niQE=\n-----END PGP SIGNATURE-----\n"
#define SIGNATURE \
	"-----BEGIN PGP SIGNATURE-----\n\niQE=\n-----END PGP SIGNATURE-----\n"
#define HEAD "From: Finder <finder@example.org>\nTo: s@example.com\n"

#define ENCRYPTED \
	"Content-Type: multipart/encrypted; boundary=e;\n" \
	" protocol=\"application/pgp-encrypted\"\n\n" \
	"--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n" \
	"--e\nContent-Type: application/octet-stream\n\n" ARMOR "\n--e--\n"

#define SIGNED(INNER) \
	"Content-Type: multipart/signed; boundary=s; micalg=pgp-sha256;\n" \
	" protocol=\"application/pgp-signature\"\n\n--s\n" INNER \
	"\n--s\nContent-Type: application/pgp-signature\n\n" SIGNATURE \
	"\n--s--\n"

static void
test_encrypted(void **state)
{
	struct kit *k = *state;
	struct reading *r = kit_read(k, HEAD ENCRYPTED);

	assert_string_equal(kit_tree(k),
		"multipart/encrypted multipart, "
		">application/pgp-encrypted control, "
		">application/octet-stream sealed");
	assert_int_equal(r->sealed_count, 1);
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_ENCRYPTED);
	assert_int_equal(r->sealed[0].state, SEALED_NEW);
	assert_int_equal(r->sealed[0].part, 2);
	assert_true(r->sealed[0].whole);
	assert_true(r->sealed[0].armored);
	assert_string_equal(kit_extract(k, r->sealed[0].payload_at,
				    r->sealed[0].payload_len),
		kit_crlf(k, ARMOR).data);

	r = kit_open(k, 0, SOURCE_ENTITY,
		"Content-Type: text/plain\n\nthe secret\n");
	assert_int_equal(r->sealed[0].state, SEALED_OPENED);
	assert_int_equal(r->sealed[0].opened, 1);
	assert_int_equal(r->sealed[0].payload_len, 0);
	assert_string_equal(r->new_text, "the secret\n");
	assert_string_equal(kit_tree(k),
		"multipart/encrypted multipart, "
		">application/pgp-encrypted control, "
		">application/octet-stream sealed, >>text/plain text");
	assert_int_equal(r->parts[3].source, 1);
}

static void
test_failed(void **state)
{
	struct kit *k = *state;
	struct reading *r = kit_read(k, HEAD ENCRYPTED);

	k->options.attachments = true;
	r = kit_open(k, 0, SOURCE_FAILED, NULL);
	assert_int_equal(r->sealed[0].state, SEALED_FAILED);
	assert_int_equal(r->sealed[0].opened, 0);
	assert_string_equal(r->new_text, "");
	/* The ciphertext is handed on as a file. */
	assert_string_equal(
		kit_extract(k, r->parts[2].out_at, r->parts[2].out_len),
		kit_crlf(k, ARMOR).data);
	assert_int_equal(strlen(r->parts[2].hash), 64);
}

/* Three parts, no control part, or something around it: no envelope. */
static void
test_not_whole(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: multipart/encrypted; boundary=e\n\n"
		     "--e\nContent-Type: application/pgp-encrypted\n\n"
		     "Version: 1\n--e\n\n" ARMOR "--e\n\nadded\n--e--\n");
	assert_int_equal(r->sealed_count, 1);
	assert_false(r->sealed[0].whole);
	assert_string_equal(r->new_text, "added\n");

	r = kit_read(k,
		HEAD "Content-Type: multipart/encrypted; boundary=e;\n"
		     " protocol=\"application/pgp-encrypted\"\n\n"
		     "--e\n\nhidden?\n--e\n\n" ARMOR "--e--\n");
	assert_int_equal(r->sealed_count, 1);
	assert_false(r->sealed[0].whole);
	assert_string_equal(r->new_text, "hidden?\n");

	r = kit_read(k,
		HEAD
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n" ENCRYPTED
		"\n--m\n\nfooter of a list\n--m--\n");
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_ENCRYPTED);
	assert_false(r->sealed[0].whole);
}

static void
test_signed(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k, HEAD SIGNED("Content-Type: text/plain\n\nhello\n"));
	assert_string_equal(kit_tree(k),
		"multipart/signed multipart, >text/plain text, "
		">application/pgp-signature signature");
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_SIGNED);
	assert_int_equal(r->sealed[0].part, 0);
	assert_true(r->sealed[0].whole);
	assert_true(r->sealed[0].armored);
	/* The last line end is the delimiter's. */
	assert_string_equal(kit_extract(k, r->sealed[0].payload_at,
				    r->sealed[0].payload_len),
		"Content-Type: text/plain\r\n\r\nhello\r\n");
	assert_string_equal(kit_extract(k, r->sealed[0].signature_at,
				    r->sealed[0].signature_len),
		kit_crlf(k, SIGNATURE).data);
	assert_string_equal(r->new_text, "hello\n");

	r = kit_open(k, 0, SOURCE_VERIFIED, NULL);
	assert_int_equal(r->sealed[0].state, SEALED_OPENED);
	assert_int_equal(r->sealed[0].opened, 0);
	assert_string_equal(r->new_text, "hello\n");
}

/* A mail with bare line feeds is signed as if it had CRLF. */
static void
test_signed_canonical(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read_bytes(k,
		span_of(HEAD SIGNED("Content-Type: text/plain\n\na\n\nb\n")));
	assert_string_equal(kit_extract(k, r->sealed[0].payload_at,
				    r->sealed[0].payload_len),
		"Content-Type: text/plain\r\n\r\na\r\n\r\nb\r\n");
}

static void
test_signed_variants(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	/* Neither protocol nor type, but it is a signature. */
	r = kit_read(k,
		HEAD "Content-Type: multipart/signed; boundary=s\n\n--s\n\nx\n"
		     "--s\nContent-Type: application/x\n\n" SIGNATURE
		     "--s--\n");
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_SIGNED);
	/* A list has added a part: still a signature, not the envelope. */
	r = kit_read(k,
		HEAD
		"Content-Type: multipart/signed; boundary=s\n\n--s\n\nx\n"
		"--s\nContent-Type: application/pgp-signature\n\n" SIGNATURE
		"--s\n\nfooter\n--s--\n");
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_SIGNED);
	assert_false(r->sealed[0].whole);
	/* Only the parent says what it is. */
	r = kit_read(k,
		HEAD "Content-Type: multipart/signed; boundary=s;\n"
		     " protocol=\"application/pkcs7-signature\"\n\n--s\n\nx\n"
		     "--s\nContent-Type: application/octet-stream\n\nMII\n"
		     "--s--\n");
	assert_int_equal(r->sealed[0].kind, SEALED_SMIME_DETACHED);
	/* Signed and nothing else; encrypted by something unknown. */
	r = kit_read(k,
		HEAD "Content-Type: multipart/signed; boundary=s\n\n"
		     "--s\n\nx\n--s--\n");
	assert_int_equal(r->sealed_count, 0);
	r = kit_read(k,
		HEAD "Content-Type: multipart/encrypted; boundary=s\n\n"
		     "--s\n\nx\n--s\n\ny\n--s--\n");
	assert_int_equal(r->sealed_count, 0);
	assert_string_equal(r->new_text, "x\n\ny\n");
	/* Nothing that anybody could verify. */
	r = kit_read(k,
		HEAD "Content-Type: multipart/signed; boundary=s\n\n--s\n\nx\n"
		     "--s\nContent-Type: application/x\n\n???\n--s--\n");
	assert_int_equal(r->sealed_count, 0);
	r = kit_read(k,
		HEAD "Content-Type: multipart/signed; boundary=s\n\n--s\n\nx\n"
		     "--s\nContent-Type: application/x-pkcs7-signature;\n"
		     " name=smime.p7s\nContent-Transfer-Encoding: base64\n\n"
		     "MIIB\n--s--\n");
	assert_int_equal(r->sealed[0].kind, SEALED_SMIME_DETACHED);
	assert_false(r->sealed[0].armored);
	assert_int_equal(r->sealed[0].signature_len, 3);
}

/* Signed in encrypted in encrypted: each layer is of the envelope. */
static void
test_nested(void **state)
{
	struct kit *k = *state;
	struct reading *r = kit_read(k, HEAD ENCRYPTED);

	r = kit_open(k, 0, SOURCE_ENTITY, ENCRYPTED);
	assert_int_equal(r->sealed_count, 2);
	assert_int_equal(r->sealed[1].source, 1);
	assert_true(r->sealed[1].whole);
	r = kit_open(k, 1, SOURCE_ENTITY,
		SIGNED("Content-Type: text/plain; hp=\"cipher\"\n"
		       "Subject: inmost\n\nwords\n"));
	assert_int_equal(r->sealed_count, 3);
	assert_int_equal(r->sealed[2].kind, SEALED_PGP_SIGNED);
	assert_true(r->sealed[2].whole);
	assert_string_equal(r->new_text, "words\n");
	assert_true(r->protected_header);
	assert_string_equal(r->header.subject, "inmost");
	r = kit_open(k, 2, SOURCE_VERIFIED, NULL);
	assert_int_equal(r->sealed[2].state, SEALED_OPENED);
	assert_string_equal(r->new_text, "words\n");
}

/* ContentInfo with the content types 1.2.840.113549.1.7.3, .2, and .23 */
#define CMS(LAST) "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07" LAST
#define AUTH_ENVELOPED \
	"\x30\x82\x01\x00\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"

static struct reading *
read_smime(struct kit *k, const char *type, struct span body)
{
	struct buf b = BUF_INIT(1000);
	struct reading *r;

	buf_printf(&b,
		HEAD "Content-Type: %s\n"
		     "Content-Transfer-Encoding: binary\n\n",
		type);
	buf_span(&b, body);
	r = kit_read_bytes(k, buf_view(&b));
	buf_release(&b);
	return r;
}

static void
test_smime(void **state)
{
	static const char type[] =
		"application/x-pkcs7-mime; smime-type=signed-data";
	struct kit *k = *state;
	struct reading *r;

	/* The bytes tell, not what is claimed. */
	r = read_smime(k, type, SPAN(CMS("\x03")));
	assert_int_equal(r->sealed[0].kind, SEALED_SMIME_ENVELOPED);
	assert_true(r->sealed[0].whole);
	assert_int_equal(r->sealed[0].payload_len, 13);
	r = read_smime(k, type, SPAN(AUTH_ENVELOPED));
	assert_int_equal(r->sealed[0].kind, SEALED_SMIME_ENVELOPED);
	r = read_smime(k, "application/pkcs7-mime", SPAN(CMS("\x02")));
	assert_int_equal(r->sealed[0].kind, SEALED_SMIME_SIGNED);
	r = read_smime(k, "application/octet-stream; name=smime.p7m",
		SPAN(CMS("\x03")));
	assert_int_equal(r->sealed[0].kind, SEALED_SMIME_ENVELOPED);
	r = read_smime(k, "application/octet-stream", SPAN(CMS("\x03")));
	assert_int_equal(r->sealed_count, 0);
	r = read_smime(k, type, SPAN("-----BEGIN PKCS7-----\nMII=\n"));
	assert_int_equal(r->sealed[0].kind, SEALED_SMIME_SIGNED);
	assert_true(r->sealed[0].armored);
	r = read_smime(k, type, SPAN("\x30\x80nonsense"));
	assert_int_equal(r->sealed_count, 0);

	r = read_smime(
		k, "application/pkcs7-mime; name=smime.p7m", SPAN(CMS("\x03")));
	r = kit_open(k, 0, SOURCE_ENTITY,
		"Content-Type: text/plain; hp=cipher\nSubject: in\n\nx\n");
	assert_string_equal(r->new_text, "x\n");
	assert_string_equal(r->header.subject, "in");
}

static void
test_inline(void **state)
{
	struct kit *k = *state;
	struct reading *r = kit_read(k, HEAD "\n\n" ARMOR " \n");

	assert_int_equal(r->sealed[0].kind, SEALED_PGP_INLINE);
	assert_true(r->sealed[0].whole);
	assert_int_equal(r->parts[0].role, PART_SEALED);
	/* Until it is opened it is shown as it is. */
	assert_non_null(strstr(r->new_text, "BEGIN PGP MESSAGE"));
	r = kit_open(k, 0, SOURCE_TEXT, "clear\n");
	assert_string_equal(r->new_text, "clear\n");
	assert_string_equal(kit_tree(k), "text/plain sealed, >text/plain text");

	/* Words beside it are not in the envelope; several are each their own.
	 */
	r = kit_read(
		k, HEAD "\nbefore\n" ARMOR "between\n" CLEARSIGNED "after\n");
	assert_int_equal(r->sealed_count, 2);
	assert_int_equal(r->sealed[1].kind, SEALED_PGP_CLEARSIGNED);
	assert_false(r->sealed[0].whole);
	assert_false(r->sealed[1].whole);
	assert_int_equal(r->parts[0].role, PART_TEXT);
	assert_memory_equal(k->sources[0].bytes.data + r->sealed[1].at,
		"-----BEGIN PGP SIGNED", 21);
	assert_string_equal(kit_extract(k, r->sealed[0].payload_at,
				    r->sealed[0].payload_len),
		"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA0\r\n=AAAA\r\n"
		"-----END PGP MESSAGE-----");
	r = kit_open(k, 1, SOURCE_TEXT, "signed words\n");
	r = kit_open(k, 0, SOURCE_TEXT, "secret\n");
	assert_string_equal(r->new_text,
		"before\n\nsecret\n\nbetween\n\nsigned words\n\nafter\n");
}

/* The only text of a mail with files, or with HTML beside it: not whole. */
static void
test_inline_not_alone(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n\n" ARMOR
		"--m--\n");
	assert_true(r->sealed[0].whole);
	r = kit_read(k,
		HEAD
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n\n" ARMOR
		"--m\nContent-Type: image/png\n\nx\n--m--\n");
	assert_false(r->sealed[0].whole);
	/* A name does not make a file of the only text. */
	r = kit_read(
		k, HEAD "Content-Type: text/plain; name=msg.asc\n\n" ARMOR);
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_INLINE);
	assert_true(r->sealed[0].whole);
	/* A block without its end is text. */
	r = kit_read(k, HEAD "\n-----BEGIN PGP MESSAGE-----\n\nabc\n");
	assert_int_equal(r->sealed_count, 0);
	assert_non_null(strstr(r->new_text, "abc"));
	/* A quoted one as well. */
	r = kit_read(k,
		HEAD "\n> -----BEGIN PGP MESSAGE-----\n> \n> abc\n"
		     "> -----END PGP MESSAGE-----\n");
	assert_int_equal(r->sealed_count, 0);
}

/* In an encoded body the place is an ordinal, and still stays the same. */
static void
test_inline_encoded(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Transfer-Encoding: quoted-printable\n\n"
		     "=2D----BEGIN PGP MESSAGE-----\n\nhQEM=\nA0\n=3DAAAA\n"
		     "-----END PGP MESSAGE-----\n"
		     "=2D----BEGIN PGP MESSAGE-----\n\nhQEMA1\n=3DAAAA\n"
		     "-----END PGP MESSAGE-----\n");
	assert_int_equal(r->sealed_count, 2);
	assert_int_not_equal(r->sealed[0].at, r->sealed[1].at);
	assert_string_equal(kit_extract(k, r->sealed[0].payload_at,
				    r->sealed[0].payload_len),
		"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA0\r\n=AAAA\r\n"
		"-----END PGP MESSAGE-----");
	r = kit_open(k, 1, SOURCE_TEXT, "two\n");
	assert_int_equal(r->sealed[0].state, SEALED_NEW);
	assert_int_equal(r->sealed[1].state, SEALED_OPENED);
	r = kit_open(k, 0, SOURCE_TEXT, "one\n");
	assert_string_equal(r->new_text, "one\n\ntwo\n");
}

static void
test_file(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	k->options.attachments = true;
	r = kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nhi\n"
		     "--m\nContent-Type: application/octet-stream\n"
		     "Content-Disposition: attachment; filename=poc.c.pgp\n\n"
		     "\x85\x01\x0c\x03...\n"
		     "--m\nContent-Type: application/octet-stream;\n"
		     " name=poc.c.sig\n\n\x89\x02\x33\x04...\n"
		     "--m\nContent-Type: text/plain; name=advisory.asc\n"
		     "Content-Disposition: attachment\n\n" ARMOR "--m--\n");
	assert_string_equal(kit_tree(k),
		"multipart/mixed multipart, >text/plain text, "
		">application/octet-stream sealed, "
		">application/octet-stream attachment, >text/plain sealed");
	assert_int_equal(r->sealed_count, 2);
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_FILE);
	assert_false(r->sealed[0].whole);
	assert_false(r->sealed[0].armored);
	assert_true(r->sealed[1].armored);
	r = kit_open(k, 0, SOURCE_FILE, "int main;\n");
	assert_string_equal(r->parts[3].name, "poc.c");
	assert_int_equal(r->parts[3].role, PART_ATTACHMENT);
	assert_string_equal(
		kit_extract(k, r->parts[3].out_at, r->parts[3].out_len),
		"int main;\r\n");
	assert_string_equal(r->new_text, "hi\n");
}

/* Exchange takes multipart/encrypted apart; what it held is still a mail. */
static void
test_mangled(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=m\n\n--m\n\n\n"
		     "--m\nContent-Type: application/pgp-encrypted;\n"
		     " name=\"PGPMIME Versions Identification\"\n\n"
		     "Version: 1\n--m\nContent-Type: application/octet-stream;"
		     " name=encrypted.asc\n\n" ARMOR "--m--\n");
	assert_int_equal(r->sealed[0].kind, SEALED_PGP_FILE);
	assert_int_equal(r->parts[2].role, PART_CONTROL);
	r = kit_open(k, 0, SOURCE_FILE,
		"Subject: inside\nContent-Type: text/plain; hp=cipher\n\nx\n");
	assert_string_equal(r->new_text, "x\n");
	/* But it is not the envelope, so its header does not count. */
	assert_false(r->protected_header);
}

/* Sources that tell nonsense harm nobody. */
static void
test_odd_sources(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k, HEAD SIGNED("\nx\n"));
	kit_add(k, SOURCE_ENTITY, 1, 0, SPAN("\r\nnot mine"));
	kit_add(k, SOURCE_TEXT, 0, 999999, SPAN("nowhere"));
	kit_add(k, SOURCE_VERIFIED, 0, r->sealed[0].at, SPAN(""));
	kit_add(k, SOURCE_ENTITY, 0, r->sealed[0].at, SPAN("\r\ntwice"));
	r = kit_reread(k);
	assert_string_equal(r->new_text, "x\n");
	assert_int_equal(r->sealed_count, 1);
	/* Verified, but it was to be opened. */
	r = kit_read(k, HEAD "\n" ARMOR);
	r = kit_open(k, 0, SOURCE_VERIFIED, NULL);
	assert_int_equal(r->sealed[0].state, SEALED_FAILED);
}

static const char *
sniff(struct arena *a, const struct mail_sealed *item, struct span payload)
{
	(void)item;
	return arena_printf(a, "%.*s",
		(int)(payload.len < 15 ? payload.len : 15), payload.data);
}

static void
test_sniff(void **state)
{
	struct kit *k = *state;

	k->options.sniff = sniff;
	kit_read(k, HEAD ENCRYPTED);
	assert_string_equal(k->r.sealed[0].sniffed, "-----BEGIN PGP ");
	kit_read(k, HEAD SIGNED("\nx\n"));
	assert_string_equal(k->r.sealed[0].sniffed, "-----BEGIN PGP ");
	kit_open(k, 0, SOURCE_VERIFIED, NULL);
	assert_string_equal(k->r.sealed[0].sniffed, "");
}

static void
test_no_extract(void **state)
{
	struct kit *k = *state;

	kit_read(k, HEAD ENCRYPTED);
	mail_read(k->arena, k->sources, 1, &k->options, NULL, &k->r);
	assert_int_equal(k->r.sealed[0].payload_len, 0);
	assert_false(kit_limit(k, "extract"));
	/* An extract that is full is a limit. */
	buf_clear(&k->extract);
	k->extract.max = 10;
	kit_reread(k);
	assert_true(kit_limit(k, "extract"));
	assert_int_equal(k->r.sealed[0].payload_len, 0);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_encrypted), T(test_failed),
		T(test_not_whole), T(test_signed), T(test_signed_canonical),
		T(test_signed_variants), T(test_nested), T(test_smime),
		T(test_inline), T(test_inline_not_alone),
		T(test_inline_encoded), T(test_file), T(test_mangled),
		T(test_odd_sources), T(test_sniff), T(test_no_extract)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
