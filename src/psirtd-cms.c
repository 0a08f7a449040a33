/*
 * psirtd-cms: CMS and X.509 from strangers, in a process that has nothing.
 *
 *	psirtd-cms SECONDS
 *
 * Started by a worker for each S/MIME operation, with a socket on standard
 * input; see crypto/cms_open.h.  SECONDS of processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/cms_open.h"
#include "daemon/sandbox.h"

#define MEMORY_MAX (INT64_C(1) << 30)
#define FILE_MAX_BYTES (INT64_C(1) << 31)

int
main(int argc, char **argv)
{
	struct sandbox_limits limits = {
		.memory = MEMORY_MAX, .file_size = FILE_MAX_BYTES};
	struct err e;

	log_open("psirtd-cms", NULL, LOG_WARNING);
	if (argc != 2 || (limits.seconds = atoll(argv[1])) <= 0) {
		fputs("psirtd-cms: run by psirtd only\n", stderr);
		return EX_USAGE;
	}
	cms_open_prepare();
	if (sandbox_enter(SANDBOX_CMS, NULL, &limits, &e) == -1) {
		log_event(LOG_ERROR, "sandbox", LOG_ERR(&e));
		return EX_OSERR;
	}
	/* Nothing at exit: a library's farewell may ask for more than there is
	 * left. */
	_exit(cms_open_serve(STDIN_FILENO));
}
