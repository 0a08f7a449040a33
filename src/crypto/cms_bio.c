/* BIOs over ranges of files and counted output; see crypto/cms_parts.h. */
#include "crypto/cms_parts.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "base/fs.h"

int
cms_fail(struct err *e, const char *what)
{
	char text[160] = "unknown error";
	unsigned long code = ERR_get_error();

	if (code != 0)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return err_temporary(e, "4.3.0", "%s: %s", what, text);
}

static int
range_read(BIO *bio, char *data, int size)
{
	struct cms_range *r = BIO_get_data(bio);
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

static void
put_lines(struct buf *out, const char *data, int size)
{
	int i;

	for (i = 0; i < size; i++) {
		if (data[i] == '\n')
			buf_putc(out, '\r');
		buf_putc(out, data[i]);
	}
}

static int
output_write(BIO *bio, const char *data, int size)
{
	struct crypto_output *out = BIO_get_data(bio);
	struct buf b = BUF_INIT((size_t)size * 2);
	struct err e;

	if (out->armor)
		put_lines(&b, data, size);
	else
		buf_add(&b, data, (size_t)size);
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
bio_over(BIO_METHOD **method, void *data)
{
	BIO *bio;

	/* Made once for the process: BIOs point to it. */
	if (*method == NULL) {
		*method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "psirtd");
		if (*method == NULL)
			abort(); /* only memory can be short here */
		BIO_meth_set_read(*method, range_read);
		BIO_meth_set_write(*method, output_write);
		BIO_meth_set_ctrl(*method, control);
	}
	if ((bio = BIO_new(*method)) == NULL)
		abort();
	BIO_set_data(bio, data);
	BIO_set_init(bio, 1);
	return bio;
}

static BIO_METHOD *method;

BIO *
cms_source(struct cms_range *range)
{
	return bio_over(&method, range);
}

BIO *
cms_sink(struct crypto_output *out)
{
	return bio_over(&method, out);
}
