/*
 * ini: INI files whose settings are a table.
 *
 * The file is read by iniparser.  What iniparser would pass over in silence is
 * an error here, with file and line: a duplicate, a key without a value, a line
 * longer than CONF_LINE_MAX, an unquoted ';' or '#' in a value, an unknown
 * section or key, anything that is not a regular file.
 *
 *	struct ini *ini = ini_read(fd, path, &format, arena, e);
 *	if (ini_fill(ini, "service", conf, e) == -1) ...
 *	while ((section = ini_next_named(ini, section)) != NULL) ...
 *	ini_free(&ini);
 *
 * Errors are permanent and begin with "PATH:LINE: ".
 */
#ifndef BASE_INI_H
#define BASE_INI_H

#include "base/conf.h"

struct ini_format {
	const struct option *options;
	size_t count;
	const char *named; /* each of its sections is written [NAMED NAME] */
	const char *manual; /* where the settings are described */
	size_t bytes_max; /* of the file */
};

struct ini;

/* FORMAT and A, where texts live, must outlive the result. */
struct ini *ini_read(int fd, const char *path, const struct ini_format *format,
	struct arena *a, struct err *e);
void ini_free(struct ini **i);

/* Every option of SECTION's kind, from the file or by its default, to the
 * struct at BASE. */
must_check int ini_fill(
	const struct ini *i, const char *section, void *base, struct err *e);

/* The named section behind that one, in the order of the file; NULL: the
 * first, and there is none.  In small letters. */
const char *ini_next_named(const struct ini *i, const char *section);

/* The line of a setting, or of a named section (NAME is NULL); 0: none. */
int ini_line(const struct ini *i, const char *section, const char *name);

#endif
