#include "daemon/bell.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TEST_PATIENCE INT64_C(100000) /* 100 ms */

int
bell_make(int *fd_r, struct err *e)
{
	if ((*fd_r = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return err_errno(e, "eventfd");
	return 0;
}

void
bell_ring(int fd)
{
	eventfd_write(fd, 1);
}

void
bell_hear(int fd)
{
	eventfd_t count;

	eventfd_read(fd, &count);
}

int64_t
bell_patience(int64_t wait)
{
#ifdef PSIRTD_TEST
	if (getenv("PSIRTD_TEST_CLOCK") != NULL && wait > TEST_PATIENCE)
		return TEST_PATIENCE;
#endif
	return wait;
}
