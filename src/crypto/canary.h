/*
 * canary: does what is sealed to us come back?  Agent, secret key, gpg and the
 * wall around it, in one go.
 */
#ifndef CRYPTO_CANARY_H
#define CRYPTO_CANARY_H

#include "crypto/engine.h"

/* OWN is our OpenPGP key. */
must_check int canary_try(struct engine *g, const char *own, struct err *e);

#endif
