/*
 * domain: addresses as SMTP without SMTPUTF8 carries them; the one file that
 * calls libidn2.
 */
#ifndef DAEMON_DOMAIN_H
#define DAEMON_DOMAIN_H

#include "base/err.h"
#include "mail/address.h"

#define DOMAIN_ADDRESS_BYTES (ADDRESS_MAX * 4)

/* Before the sandbox closes. */
must_check int domain_open(struct err *e);

/* ADDRESS with its domain as A-labels (RFC 5891); the local part stays as it
 * is.  False: the domain has none. */
must_check bool domain_to_ascii(
	const char *address, char out[static DOMAIN_ADDRESS_BYTES]);

#endif
