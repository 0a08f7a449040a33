/*
 * A template; and when it loads, a letter by it, whose values are all what
 * stands behind the first NUL of the input.  The subject is one line, and no
 * value becomes a command.
 */
#include "letters/template.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "cases/plan.h"
#include "letters/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LETTER_MAX (1 << 20)

static char home[] = "/tmp/psirtd.XXXXXX";

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
write_template(const char *name, struct span text)
{
	char path[80];
	struct err e;
	int fd;

	snprintf(path, sizeof(path), "%s/en/%s.txt", home, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	check(fd != -1 && fs_write_all(fd, text.data, text.len, &e) == 0);
	close(fd);
}

static void
leave(void)
{
	struct err e;

	(void)!fs_remove_tree(home, &e);
}

/* All kinds of letters must be there; only messages are of interest. */
static void
make_home(void)
{
	static bool made;
	char path[80];
	struct arena *names;
	int kind, class;

	if (made)
		return;
	made = true;
	check(mkdtemp(home) != NULL);
	atexit(leave);
	snprintf(path, sizeof(path), "%s/en", home);
	check(mkdir(path, 0700) == 0);
	names = arena_new();
	for (kind = 0; kind < LETTER__COUNT; kind++)
		for (class = 0; class < CLASS__COUNT; class ++)
			write_template(template_name((enum letter_kind)kind,
					       (enum mail_class) class, names),
				SPAN("Subject: S\n\nB\n"));
	arena_free(&names);
}

static void
render(const struct templates *t, struct span template, struct span value)
{
	struct buf subject = BUF_INIT(LETTER_MAX), body = BUF_INIT(LETTER_MAX);
	struct buf clean = BUF_INIT(LETTER_MAX);
	struct arena *a = arena_new();
	struct values *v = values_new(a, NULL);
	struct err e = {.kind = ERR_NONE};

	utf8_clean(&clean, value, UTF8_MANY_LINES);
	letter_sample_values(v, clean.data);
	if (template_render(t, "en", "message", v, &subject, &body, &e) == 0) {
		check(strchr(subject.data, '\n') == NULL);
		if (memchr(template.data, '/', template.len) == NULL)
			check(body.data[0] != '/' &&
				strstr(body.data, "\n/") == NULL);
	} else {
		check(e.kind != ERR_NONE && e.text[0] != '\0');
	}
	buf_release(&subject);
	buf_release(&body);
	buf_release(&clean);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char en[] = "en";
	static char *const languages[] = {en};
	struct span template = {(const char *)data, size}, value = SPAN("/x");
	const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
	struct err e = {.kind = ERR_NONE};
	struct templates *t;

	if (nul != NULL) {
		template.len = (size_t)(nul - data);
		value.data = (const char *)nul + 1;
		value.len = size - template.len - 1;
	}
	make_home();
	write_template("message", template);
	if ((t = templates_load(home, languages, 1, &e)) != NULL)
		render(t, template, value);
	else
		check(e.kind == ERR_PERMANENT && e.text[0] != '\0');
	templates_free(&t);
	return 0;
}
