/*
 * mark_key: the key under which the milter marks mails (mail/mark.h).
 *
 * HMAC of secret/hmac over a name of its purpose: whoever has it can make and
 * know marks, and neither tokens nor Message-IDs, and cannot come back to the
 * secret.  The supervisor derives it and passes it on in a memory file, so the
 * milter process never has a key of the service.
 */
#ifndef DAEMON_MARK_KEY_H
#define DAEMON_MARK_KEY_H

#include "base/err.h"
#include "base/hash.h"

/* A memory file with the key of the service in STATE. */
must_check int mark_key_make(const char *state, int *fd_r, struct err *e);

must_check int mark_key_read(int fd, struct hash *key, struct err *e);

#endif
