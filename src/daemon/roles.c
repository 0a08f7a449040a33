#include "daemon/roles.h"

#include <string.h>

#include "base/memory.h"
#include "daemon/role.h"

#define EXIT_CONFIG 78 /* EX_CONFIG */

static const struct {
	const char *name;
	int (*main)(const char *name, const char *conf_path);
} roles[] = {
	{"lmtp", lmtp_main},
	{"milter", milter_main},
	{"worker", worker_main},
	{"postman", postman_main},
	{"courier", courier_main},
	{"control", control_main},
	{"agent", agent_main},
};

bool
role_run(int argc, char **argv, int *status)
{
	size_t i;

	if (argc != 4 ||
		strncmp(argv[1], ROLE_PREFIX, strlen(ROLE_PREFIX)) != 0)
		return false;
	*status = EXIT_CONFIG;
	for (i = 0; i < countof(roles); i++) {
		if (strcmp(argv[1] + strlen(ROLE_PREFIX), roles[i].name) == 0) {
			role_begin(argv[2]);
			*status = roles[i].main(argv[2], argv[3]);
		}
	}
	return true;
}
