/* Attributes that every layer writes often enough to want a short name. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The result must be looked at: it says whether the call worked. */
#define must_check __attribute__((warn_unused_result))

/* A printf-like function: format is argument F, the values begin at V. */
#define printf_like(F, V) __attribute__((format(printf, F, V)))

/* Run FN on the variable's address when it leaves its scope. */
#define scoped(FN) __attribute__((cleanup(FN)))

#define countof(A) (sizeof(A) / sizeof((A)[0]))

#endif
