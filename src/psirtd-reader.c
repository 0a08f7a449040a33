/*
 * psirtd-reader: the zygote of readers, and they; see daemon/reader.h.
 *
 *	psirtd-reader --role=reader NAME CONFIGURATION
 *
 * A program of its own, for what takes a mail apart is linked to libraries that
 * nobody else needs, and needs none that the others have: keys, store, network.
 * That also makes the worker small, which each start of gpg copies, and the
 * zygote, which each mail copies.
 */
#include <stdio.h>
#include <sysexits.h>

#include "daemon/role.h"
#include "daemon/roles.h"

int
main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("psirtd-reader: run by psirtd only\n", stderr);
		return EX_USAGE;
	}
	role_begin(argv[2]);
	return reader_main(argv[2], argv[3]);
}
