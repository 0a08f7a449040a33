/*
 * fault: places where a test may stop the program dead.
 *
 * fault_point("after-commit") does nothing and costs nothing in a release
 * build.  In a test build the file named by PSIRTD_TEST_FAULT is mapped (see
 * struct fault_file); when the named point is passed for the COUNTDOWN-th time,
 * by whichever process, that process kills itself with SIGKILL, once.
 * fault_fails("disk-full") is true for as long as that name is armed, and false
 * in a release build: what a test cannot make the machine do.
 * fault_hook, when set, is called with the name first: the interleaving tests
 * steer two processes through their points with it.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef PSIRTD_TEST
struct fault_file {
	int32_t countdown; /* how many passes are left; 0 is off */
	uint32_t fired; /* how often it has done its work */
	char name[56];
};

extern void (*fault_hook)(const char *name);

void fault_open(void);
void fault_point(const char *name);
bool fault_fails(const char *name);
#else
#define fault_open() ((void)0)
#define fault_point(NAME) ((void)0)
#define fault_fails(NAME) false
#endif

#endif
