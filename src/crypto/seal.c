#include "crypto/seal.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"

#define BOUNDARY_BYTES 15
#define SIGNATURE_MAX 65536

/* Random, so that nothing inside can hold it. */
static const char *
new_boundary(char text[static 2 * BOUNDARY_BYTES + 3])
{
	char bytes[BOUNDARY_BYTES];

	random_bytes(bytes, sizeof(bytes));
	text[0] = '=';
	text[1] = '_';
	hex_of(bytes, sizeof(bytes), text + 2);
	return text;
}

static int
put(int fd, struct buf *text, struct err *e)
{
	int result = text->failed ? err_bug(e, "seal: header too long")
				  : fs_write_all(fd, text->data, text->len, e);

	buf_release(text);
	return result;
}

/* gpg and libcrypto end their lines with LF. */
static void
put_crlf(struct buf *out, const struct buf *lines)
{
	size_t i;

	for (i = 0; i < lines->len; i++) {
		if (lines->data[i] == '\n' &&
			(i == 0 || lines->data[i - 1] != '\r'))
			buf_putc(out, '\r');
		buf_putc(out, lines->data[i]);
	}
}

/* A multipart/signed entity of ENTITY, appended to FD. */
static int
write_signed(
	struct engine *g, const struct seal_request *r, int fd, struct err *e)
{
	static const struct {
		const char *protocol, *type;
	} forms[] = {
		[PROTOCOL_OPENPGP] = {"application/pgp-signature",
			"application/pgp-signature; "
			"name=\"signature.asc\"\r\n"},
		[PROTOCOL_SMIME] = {"application/pkcs7-signature",
			"application/pkcs7-signature; name=\"smime.p7s\"\r\n"
			"Content-Transfer-Encoding: base64\r\n"},
	};
	struct buf signature = BUF_INIT(SIGNATURE_MAX);
	struct buf text = BUF_INIT(SIGNATURE_MAX * 2);
	char boundary[2 * BOUNDARY_BYTES + 3];
	const char *micalg;
	int result = -1;

	new_boundary(boundary);
	if (engines[r->protocol].sign(
		    g, r->signer, &r->entity, &signature, &micalg, e) == -1)
		goto done;
	buf_printf(&text,
		"Content-Type: multipart/signed; micalg=%s;\r\n"
		"\tprotocol=\"%s\";\r\n\tboundary=\"%s\"\r\n\r\n"
		"--%s\r\n",
		micalg, forms[r->protocol].protocol, boundary, boundary);
	if (put(fd, &text, e) == -1 ||
		fs_copy(fd, r->entity.fd, r->entity.at, r->entity.len, e) == -1)
		goto done;
	buf_printf(&text, "\r\n--%s\r\nContent-Type: %s\r\n", boundary,
		forms[r->protocol].type);
	put_crlf(&text, &signature);
	buf_printf(&text, "\r\n--%s--\r\n", boundary);
	result = put(fd, &text, e);
done:
	buf_release(&signature);
	buf_release(&text);
	return result;
}

static int
write_ciphertext(struct engine *g, const struct seal_request *r,
	const struct crypto_input *in, const char *signer, int fd,
	struct err *e)
{
	struct crypto_output out = {
		.fd = fd, .max = SEAL_BYTES_MAX, .armor = true};

	return engines[r->protocol].encrypt(
		g, signer, r->recipient, in, &out, e);
}

static int
write_openpgp(
	struct engine *g, const struct seal_request *r, int fd, struct err *e)
{
	struct buf text = BUF_INIT(4096);
	char boundary[2 * BOUNDARY_BYTES + 3];

	new_boundary(boundary);
	buf_printf(&text,
		"Content-Type: multipart/encrypted;\r\n"
		"\tprotocol=\"application/pgp-encrypted\";\r\n"
		"\tboundary=\"%s\"\r\n\r\n"
		"--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
		"Version: 1\r\n\r\n"
		"--%s\r\n"
		"Content-Type: application/octet-stream; "
		"name=\"encrypted.asc\"\r\n"
		"Content-Disposition: inline; filename=\"encrypted.asc\""
		"\r\n\r\n",
		boundary, boundary, boundary);
	if (put(fd, &text, e) == -1 ||
		write_ciphertext(g, r, &r->entity, r->signer, fd, e) == -1)
		return -1;
	buf_printf(&text, "\r\n--%s--\r\n", boundary);
	return put(fd, &text, e);
}

static int
write_smime(
	struct engine *g, const struct seal_request *r, int fd, struct err *e)
{
	struct buf text = BUF_INIT(4096);
	scoped(close_fd) int inner = -1;
	struct crypto_input in;

	buf_puts(&text,
		"Content-Type: application/pkcs7-mime; "
		"smime-type=enveloped-data;\r\n\tname=\"smime.p7m\"\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=\"smime.p7m\""
		"\r\n\r\n");
	if (fs_memory_file("signed", &inner, e) == -1 ||
		write_signed(g, r, inner, e) == -1 || put(fd, &text, e) == -1)
		return -1;
	in = (struct crypto_input){.fd = inner};
	if (fs_size(inner, &in.len, e) == -1)
		return -1;
	return write_ciphertext(g, r, &in, NULL, fd, e);
}

int
seal(struct engine *g, const struct seal_request *r, int out_fd, struct err *e)
{
	struct buf header = BUF_INIT(r->outer.len + 64);

	buf_span(&header, r->outer);
	buf_puts(&header, "MIME-Version: 1.0\r\n");
	if (put(out_fd, &header, e) == -1)
		return -1;
	if (r->signer == NULL && r->recipient != NULL)
		return err_bug(e, "seal: encrypted letters are signed");
	if (r->signer == NULL)
		return fs_copy(
			out_fd, r->entity.fd, r->entity.at, r->entity.len, e);
	if (r->recipient == NULL)
		return write_signed(g, r, out_fd, e);
	return r->protocol == PROTOCOL_OPENPGP ? write_openpgp(g, r, out_fd, e)
					       : write_smime(g, r, out_fd, e);
}

int
seal_at_rest(struct engine *g, const char *own, const struct crypto_input *in,
	struct crypto_output *out, struct err *e)
{
	return engines[PROTOCOL_OPENPGP].encrypt(g, NULL, own, in, out, e);
}
