#include "base/hash.h"

#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/memory.h"

struct hasher {
	gcry_md_hd_t md;
};

void
hash_open(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	if (gcry_check_version(GCRYPT_VERSION) == NULL)
		abort();
	/* Nothing secret passes through here that is worth locked pages. */
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

struct hash
hash_of(struct span data)
{
	struct hash h;

	gcry_md_hash_buffer(GCRY_MD_SHA256, h.bytes, data.data, data.len);
	return h;
}

static gcry_md_hd_t
md_new(unsigned int flags)
{
	gcry_md_hd_t md;

	if (gcry_md_open(&md, GCRY_MD_SHA256, flags) != 0)
		abort();
	return md;
}

struct hasher *
hasher_new(void)
{
	struct hasher *h = xcalloc(1, sizeof(*h));

	h->md = md_new(0);
	return h;
}

void
hasher_add(struct hasher *h, const void *data, size_t len)
{
	gcry_md_write(h->md, data, len);
}

static struct hash
md_finish(gcry_md_hd_t md)
{
	struct hash h;

	memcpy(h.bytes, gcry_md_read(md, GCRY_MD_SHA256), sizeof(h.bytes));
	gcry_md_close(md);
	return h;
}

struct hash
hasher_finish(struct hasher **h)
{
	struct hash out = md_finish((*h)->md);

	free(*h);
	*h = NULL;
	return out;
}

struct hash
hmac_of(struct span key, const struct span *parts, size_t count)
{
	gcry_md_hd_t md = md_new(GCRY_MD_FLAG_HMAC);
	uint8_t length[8];
	size_t i, byte;

	if (gcry_md_setkey(md, key.data, key.len) != 0)
		abort();
	for (i = 0; i < count; i++) {
		for (byte = 0; byte < sizeof(length); byte++)
			length[byte] = (uint8_t)(parts[i].len >> (8 * byte));
		gcry_md_write(md, length, sizeof(length));
		gcry_md_write(md, parts[i].data, parts[i].len);
	}
	return md_finish(md);
}

void
random_bytes(void *out, size_t len)
{
	uint8_t *p = out;
	ssize_t n;

	while (len > 0) {
		if ((n = getrandom(p, len, 0)) < 0)
			continue; /* only EINTR is possible here */
		p += n;
		len -= (size_t)n;
	}
}

void
hex_of(const void *data, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	text[2 * len] = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_parse(const char *text, void *data, size_t len)
{
	uint8_t *p = data;
	int high, low;
	size_t i;

	if (strlen(text) != 2 * len)
		return false;
	for (i = 0; i < len; i++) {
		high = hex_digit(text[2 * i]);
		low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		p[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

void
base32_of(const void *data, size_t len, char *text, size_t chars)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	const uint8_t *p = data;
	size_t i, bit, byte;
	unsigned int window;

	for (i = 0; i < chars; i++) {
		bit = 5 * i;
		byte = bit / 8;
		if (byte >= len)
			break;
		window = (unsigned int)p[byte] << 8;
		if (byte + 1 < len)
			window |= p[byte + 1];
		text[i] = alphabet[window >> (11 - bit % 8) & 31];
	}
	text[i] = '\0';
}

bool
equal_secret(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;
	size_t i;

	for (i = 0; i < len; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}
