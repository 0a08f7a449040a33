/* letters_kit: templates in a directory of their own. */
#ifndef TESTS_LETTERS_KIT_H
#define TESTS_LETTERS_KIT_H

#include "letters/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "cases/plan.h"

#define TEXT_MAX 65536

struct desk {
	char dir[32];
	struct arena *a;
	struct templates *t;
	struct values *v;
	struct buf subject, body;
	struct err e;
};

static inline int
desk_setup(void **state)
{
	struct desk *d = xcalloc(1, sizeof(*d));

	snprintf(d->dir, sizeof(d->dir), "/tmp/psirtd.XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	d->a = arena_new();
	d->v = values_new(d->a, NULL);
	buf_init(&d->subject, TEXT_MAX);
	buf_init(&d->body, TEXT_MAX);
	*state = d;
	return 0;
}

static inline int
desk_teardown(void **state)
{
	struct desk *d = *state;

	templates_free(&d->t);
	buf_release(&d->subject);
	buf_release(&d->body);
	arena_free(&d->a);
	assert_int_equal(fs_remove_tree(d->dir, &d->e), 0);
	free(d);
	return 0;
}

static inline void
desk_write(struct desk *d, const char *language, const char *name,
	const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", d->dir, language);
	assert_true(mkdir(path, 0700) == 0 || access(path, F_OK) == 0);
	snprintf(path, sizeof(path), "%s/%s/%s.txt", d->dir, language, name);
	assert_int_equal(fs_replace_file(path, span_of(text), 0600, &d->e), 0);
}

/* Every kind of letter is "Subject: S", but messages are TEXT. */
static inline void
desk_write_all(struct desk *d, const char *language, const char *text)
{
	int kind, class;

	for (kind = 0; kind < LETTER__COUNT; kind++)
		for (class = 0; class < CLASS__COUNT; class ++)
			desk_write(d, language,
				template_name((enum letter_kind)kind,
					(enum mail_class) class, d->a),
				kind == LETTER_MESSAGE ? text
						       : "Subject: S\n\nB\n");
}

/* 0, or -1 with the desk's error. */
static inline int
desk_load(struct desk *d, const char *text)
{
	static char en[] = "en";
	static char *const languages[] = {en};

	templates_free(&d->t);
	desk_write_all(d, "en", text);
	d->t = templates_load(d->dir, languages, 1, &d->e);
	return d->t != NULL ? 0 : -1;
}

static inline int
desk_render(struct desk *d, const char *language)
{
	buf_clear(&d->subject);
	buf_clear(&d->body);
	return template_render(
		d->t, language, "message", d->v, &d->subject, &d->body, &d->e);
}

#endif
