/*
 * psirtd-confine: gpg, within limits.
 *
 * GPGME starts what it is told is gpg; told the link of that name that points
 * here, it starts this, which sets what an aborted or poisoned run must not
 * escape, and becomes the real program:
 *
 * - processor time and memory, so that a compression bomb ends;
 * - real time, by an alarm, which outlives exec: a hanging agent ends it too;
 * - SIGPIPE back to its default, so that gpg dies when nobody reads on;
 * - a process group of its own, and no core.
 *
 * PSIRTD_CONFINE holds the seconds, "processor:real".  A program without
 * libraries of its own: it runs at every operation.
 */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY_MAX (1024UL << 20)
#define FILE_MAX_BYTES (64UL << 20) /* keyboxes; messages go through pipes */
#define EXIT_CANNOT_RUN 126

static void
limit(int resource, rlim_t value)
{
	struct rlimit r = {.rlim_cur = value, .rlim_max = value};

	if (setrlimit(resource, &r) == -1) {
		perror("psirtd-confine: setrlimit");
		_exit(EXIT_CANNOT_RUN);
	}
}

int
main(int argc, char **argv)
{
	const char *limits = getenv("PSIRTD_CONFINE");
	unsigned int processor, real;

	if (argc < 1 || limits == NULL ||
		sscanf(limits, "%u:%u", &processor, &real) != 2) {
		fputs("psirtd-confine: run by psirtd only\n", stderr);
		return EXIT_CANNOT_RUN;
	}
	unsetenv("PSIRTD_CONFINE");
	limit(RLIMIT_CPU, processor);
	limit(RLIMIT_AS, MEMORY_MAX);
	limit(RLIMIT_FSIZE, FILE_MAX_BYTES);
	limit(RLIMIT_CORE, 0);
	sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	setpgid(0, 0);
	alarm(real);
	execv(GPG, argv);
	perror("psirtd-confine");
	return EXIT_CANNOT_RUN;
}
