/*
 * text: what a person wrote, apart from what the mail program put around it.
 *
 * reply_split() cuts a clean text into the new words, and the rest: quotation,
 * its attribution line, the signature (after "-- "), forwarded mail.  It cuts
 * only what it is sure of, only trailing or marked quotation; interleaved
 * answers stay with the quotation between them left out.  Linear in the length.
 *
 * text_from_label() knows the first line above a forwarded mail.
 *
 * flowed_join() undoes format=flowed (RFC 3676), with DelSp.
 */
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include "base/buf.h"

void reply_split(struct span text, struct buf *new_text, struct buf *quoted);
/* LINE is "From: VALUE", in one of the languages of programs. */
bool text_from_label(struct span line, struct span *value);

void flowed_join(struct span text, bool delsp, struct buf *out);

#endif
