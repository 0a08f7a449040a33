/* psirtctl: the command line; see psirtctl(1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/log.h"
#include "ctl/verb.h"

static const struct verb *const verbs[] = {&verb_init, &verb_check, &verb_case,
	&verb_outbox, &verb_inspect, &verb_import, &verb_key, &verb_rules,
	&verb_catalogue, &verb_trace, &verb_audit, &verb_purge, &verb_rekey};

static void
print_usage(const struct verb *v, FILE *to)
{
	const char *line = v->usage, *end;

	for (; line != NULL; line = end != NULL ? end + 1 : NULL) {
		end = strchr(line, '\n');
		/* A line that begins with blanks goes on. */
		fprintf(to, "  %s%.*s\n",
			*line == ' ' ? "        " : "psirtctl ",
			(int)(end != NULL ? end - line
					  : (ptrdiff_t)strlen(line)),
			line);
	}
	fprintf(to, "      %s\n", v->help);
}

static void
print_help(FILE *to)
{
	size_t i;

	fputs("usage: psirtctl [-c FILE] VERB ...\n\n", to);
	for (i = 0; i < countof(verbs); i++)
		print_usage(verbs[i], to);
	fputs("\nFILE is " PSIRTD_CONF " if it is not given, and if the\n"
	      "environment variable PSIRTD_CONF is not set. See psirtctl(1).\n",
		to);
}

static const struct verb *
find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < countof(verbs); i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static int
run_verb(const struct call *c)
{
	const struct verb *v = find_verb(c->argv[0]);
	int status;

	if (v == NULL) {
		fprintf(stderr, "psirtctl: there is no verb %s\n", c->argv[0]);
		print_help(stderr);
		return EX_USAGE;
	}
	if (c->argc == 2 && strcmp(c->argv[1], "--help") == 0) {
		print_usage(v, stdout);
		return EX_OK;
	}
	if ((status = v->run(c)) != -1)
		return status;
	fputs("usage:\n", stderr);
	print_usage(v, stderr);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	const char *from_environment = getenv("PSIRTD_CONF");
	struct call c = {.conf_path = from_environment != NULL
			? from_environment
			: PSIRTD_CONF};
	int at = 1;

	log_open("psirtctl", NULL, LOG_WARNING);
	hash_open();
	clock_open();
	fault_open();
	if (at + 1 < argc && strcmp(argv[at], "-c") == 0) {
		c.conf_path = argv[at + 1];
		at += 2;
	}
	if (at >= argc || strcmp(argv[at], "--help") == 0 ||
		strcmp(argv[at], "help") == 0) {
		print_help(at < argc ? stdout : stderr);
		return at < argc ? EX_OK : EX_USAGE;
	}
	if (strcmp(argv[at], "--version") == 0) {
		puts("psirtctl " PSIRTD_VERSION);
		return EX_OK;
	}
	c.argc = argc - at;
	c.argv = argv + at;
	return run_verb(&c);
}
