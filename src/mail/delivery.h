/*
 * delivery: what a delivery status notification says (RFC 3464), by its
 * structure: the message/delivery-status part of a mail's outer structure.
 *
 * Everybody can write one.  It is of worth only as far as its envelope address
 * or its Original-Envelope-Id is a token that we minted, and even then only its
 * action and its status are looked at; the words in it are the text of a mail.
 */
#ifndef MAIL_DELIVERY_H
#define MAIL_DELIVERY_H

#include "mail/split.h"
#include "mail/reading.h"

/*
 * BYTES are those that S was split from.  Of several recipients the worst
 * counts: failed before delayed before anything else.  Texts live in A.
 */
void delivery_read(struct arena *a, struct span bytes, const struct split *s,
	struct mail_delivery *out);

#endif
