/*
 * html: the one file that calls libxml2.  HTML to the plain text that a person
 * would see: no fetching, no styles, no scripts.
 *
 * Blocks become lines, a list's item begins with "- ", a quotation's lines with
 * "> " (so that reply_split() knows them), a link is shown as `text <url>`
 * where its text is not its address.  Text that the sender hid from view is
 * left out; a line HTML_HIDDEN says so.
 *
 * The parser is used by its events, no tree is built, and a document that nests
 * deeper than HTML_DEPTH_MAX, or has a tag with more than HTML_TAG_MAX blanks
 * and equal signs, ends there: libxml2's time grows with the square of both.
 */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include "base/buf.h"
#include "mail/limit.h"

#define HTML_DEPTH_MAX 256
#define HTML_TAG_MAX 1000
#define HTML_HIDDEN "[hidden text left out]"

/* Once, before the sandbox closes: libxml2's tables. */
void html_open(void);

/*
 * Append the text of HTML, which is UTF-8.  LEGACY: leave out the Legacy
 * Display Element (RFC 9788, 5.2.2).  Not clean.
 */
void html_to_text(
	struct span html, bool legacy, struct limits *hit, struct buf *out);

#endif
