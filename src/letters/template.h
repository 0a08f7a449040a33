/*
 * template: letters' texts, with values put in.
 *
 * A template is a file templates/LANGUAGE/NAME.txt: a line `Subject: ...`, an
 * empty line, the body.  It knows four things (Mustache's, and no more):
 *
 *	{{name}}                 the value
 *	{{#name}} ... {{/name}}  if the value is not empty; for a list, once for
 *	                         each item, whose values are seen inside
 *	{{^name}} ... {{/name}}  if it is empty or absent
 *	{{! remark }}            nothing
 *
 * A tag that stands alone on its line takes the line with it.  It is one pass:
 * a value is never looked at again, so it cannot become a tag, a header or a
 * command.  A value with newlines is put in as it is only where its tag stands
 * alone on a line of the body; anywhere else its newlines become blanks.  In
 * the body two blanks stand before each line that begins with a value's "/",
 * quoted or not.  An unknown name is an error when the template is rendered,
 * so a lint test that renders all finds it.
 */
#ifndef LETTERS_TEMPLATE_H
#define LETTERS_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"
#include "cases/plan.h"
#include "rules/classify.h"

#define TEMPLATE_BYTES_MAX 65536

struct templates; /* all of them */
struct values; /* names and what stands for them */

/*
 * Load DIR/LANGUAGE/NAME.txt for each of the N languages and every
 * template_name().  NULL on error (permanent): a file is missing, or a tag in
 * it is wrong (file and line).
 */
struct templates *templates_load(
	const char *dir, char *const *languages, size_t n, struct err *e);
/* The kind's own name; of an answer there is one for each class, in A. */
const char *template_name(
	enum letter_kind kind, enum mail_class class, struct arena *a);
void templates_free(struct templates **t);

/* What lives in A, seen through to OUTER (NULL for none). */
struct values *values_new(struct arena *a, const struct values *outer);
void values_text(struct values *v, const char *name, const char *text);
/* An empty list of that name; then one call an item. */
void values_list(struct values *v, const char *name);
struct values *values_item(struct values *v, const char *name);

/*
 * Render template NAME; the language falls back to the first one loaded.
 * Appends subject (one line) and body.  -1 (bug): a name has no value, or the
 * result is too long.
 */
must_check int template_render(const struct templates *t, const char *language,
	const char *name, const struct values *v, struct buf *subject,
	struct buf *body, struct err *e);

#endif
