#include "base/fault.h"

#ifdef PSIRTD_TEST

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fault_file *file;

void (*fault_hook)(const char *name);

void
fault_open(void)
{
	const char *path = getenv("PSIRTD_TEST_FAULT");
	void *map;
	int fd;

	if (path == NULL || file != NULL)
		return;
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		abort();
	map = mmap(
		NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		abort();
	file = map;
}

static bool
is_armed(const char *name)
{
	return file != NULL &&
		strncmp(file->name, name, sizeof(file->name)) == 0 &&
		__atomic_load_n(&file->countdown, __ATOMIC_SEQ_CST) > 0;
}

void
fault_point(const char *name)
{
	if (fault_hook != NULL)
		fault_hook(name);
	if (!is_armed(name))
		return;
	if (__atomic_fetch_sub(&file->countdown, 1, __ATOMIC_SEQ_CST) != 1)
		return;
	__atomic_fetch_add(&file->fired, 1, __ATOMIC_SEQ_CST);
	/* By the one call that every sandbox leaves to a process. */
	raise(SIGKILL);
	abort();
}

bool
fault_fails(const char *name)
{
	if (!is_armed(name))
		return false;
	__atomic_fetch_add(&file->fired, 1, __ATOMIC_SEQ_CST);
	return true;
}

#else
typedef int fault_unused; /* ISO C wants a declaration in every file */
#endif
