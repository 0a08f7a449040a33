/*
 * log: one line an event, on standard error, as logfmt.
 *
 *	psirtd-worker[4711] info decided spool=1k.0 queue=4Xy case=EX-2026-01
 *
 * IDs come first; values of foreign origin are escaped so that they can forge
 * neither a line nor a field.  Never pass a subject, body or key that was
 * decrypted.  A line is written by one write(2) of at most 4,096 bytes; what
 * is longer is cut.  Under a service manager that reads the priority from
 * `<N>` (sd-daemon(3)), that stands in front.  Threads: each line is whole.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
	LOG__COUNT
};

struct log_field {
	const char *key;
	const char *text; /* NULL: the number; "" is left out */
	int64_t number;
};

#define LOG_TEXT(K, T) ((struct log_field){.key = (K), .text = (T)})
#define LOG_NUMBER(K, N) ((struct log_field){.key = (K), .number = (N)})
/* The kind and the text of a struct err. */
#define LOG_ERR(E) \
	LOG_TEXT("outcome", err_kind_name((E)->kind)), \
		LOG_TEXT("status", (E)->status), LOG_TEXT("error", (E)->text)

#define log_event(LEVEL, ...) log_call((LEVEL), __VA_ARGS__, LOG_TEXT(NULL, ""))
#define log_call(LEVEL, EVENT, ...) \
	log_write((LEVEL), (EVENT), (const struct log_field[]){__VA_ARGS__})

/* ROLE stands in brackets behind the name; lines above LEVEL are dropped. */
void log_open(const char *program, const char *role, enum log_level level);

/* FIELDS end with one whose key is NULL.  Use log_event(). */
void log_write(enum log_level level, const char *event,
	const struct log_field *fields);

/* "error", "warning", ... or NULL */
const char *log_level_name(enum log_level level);

#endif
