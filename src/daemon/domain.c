#include "daemon/domain.h"

#include <idn2.h>
#include <stdio.h>
#include <string.h>

int
domain_open(struct err *e)
{
	if (idn2_check_version(IDN2_VERSION) == NULL)
		return err_permanent(e, "5.3.5", "libidn2 is too old");
	return 0;
}

bool
domain_to_ascii(const char *address, char out[static DOMAIN_ADDRESS_BYTES])
{
	const char *at = strrchr(address, '@');
	char *domain = NULL;
	bool fits;

	if (at == NULL ||
		idn2_to_ascii_8z(at + 1, &domain, IDN2_NONTRANSITIONAL) !=
			IDN2_OK)
		return false;
	fits = snprintf(out, DOMAIN_ADDRESS_BYTES, "%.*s@%s",
		       (int)(at - address), address,
		       domain) < DOMAIN_ADDRESS_BYTES;
	idn2_free(domain);
	return fits && address_valid(span_of(out));
}
