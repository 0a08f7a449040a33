/* psirtd: the daemon; see psirtd(8). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/supervisor.h"

static const char usage[] =
	"usage: psirtd [-c FILE]     run in the foreground, log to standard "
	"error\n"
	"       psirtd -n [-c FILE]  check the configuration, rules and "
	"templates\n"
	"       psirtd -p [-c FILE]  print every setting with its value\n"
	"       psirtd -V            print the version\n"
	"\n"
	"FILE is " PSIRTD_CONF " if it is not given.  `psirtctl init` makes\n"
	"one; psirtd.conf(5) describes it.\n"
	"SIGHUP reloads it, SIGTERM stops.\n";

static int
check(const char *path, bool print)
{
	struct buf text = BUF_INIT(CONF_BYTES_MAX);
	struct conf *c;
	struct err e;

	if ((c = conf_open(path, &e)) == NULL ||
		(!print && supervisor_check(c, &e) == -1)) {
		fprintf(stderr, "psirtd: %s\n", e.text);
		return EX_CONFIG;
	}
	if (print) {
		conf_dump(c, &text);
		fputs(text.data, stdout);
		buf_release(&text);
	}
	conf_free(&c);
	return EX_OK;
}

static int
run(const char *path)
{
	if (geteuid() == 0) {
		fputs("psirtd: does not run as root; start it as the user that "
		      "owns the state directory (psirtd)\n",
			stderr);
		return EX_NOPERM;
	}
	role_begin("supervisor");
	return supervisor_run(path);
}

int
main(int argc, char **argv)
{
	const char *path = PSIRTD_CONF;
	bool checks = false, prints = false;
	int option, status;

	if (role_run(argc, argv, &status))
		return status;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return EX_OK;
	}
	while ((option = getopt(argc, argv, "c:npVh")) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'n':
			checks = true;
			break;
		case 'p':
			prints = true;
			break;
		case 'V':
			puts("psirtd " PSIRTD_VERSION);
			return EX_OK;
		default:
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EX_OK : EX_USAGE;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	return checks || prints ? check(path, prints) : run(path);
}
