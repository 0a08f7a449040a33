/*
 * transfer: content transfer encodings undone (RFC 2045, 6), as a stream.
 *
 * A body of 50 MB is never held a second time: it is decoded in pieces of at
 * most 64 KB into a sink.  libgpg-error does base64, because libetpan's decoder
 * reads on behind the padding and cannot be given pieces; quoted-printable is
 * libetpan's (mail/decode.h); uuencode is by hand.
 *
 * Nothing fails: what is no valid encoding is passed over or stands for itself.
 */
#ifndef MAIL_TRANSFER_H
#define MAIL_TRANSFER_H

#include "base/buf.h"

/* Where decoded bytes go; returns false when no more is wanted. */
struct sink {
	bool (*write)(void *arg, const void *data, size_t len);
	void *arg;
};

/* ENCODING is an enum part_encoding.  False: the sink wanted no more. */
bool transfer_decode(struct span body, int encoding, const struct sink *to);

/* Append to ARG, a struct buf, and stop when it is full. */
bool sink_to_buf(void *arg, const void *data, size_t len);

#endif
