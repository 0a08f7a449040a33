/*
 * Calls that do not compile here: unbounded, bound to the locale, racing, or
 * with a shell behind them.  The Makefile puts this header in front of every
 * source file (-include); the system's headers that declare the words come
 * first, because a poisoned word may not appear again.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <alloca.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#undef alloca
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets
#pragma GCC poison localtime localtime_r mktime atoi atol system popen
#pragma GCC poison signal alloca

#endif
