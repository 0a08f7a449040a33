/* The agent's role: becomes gpg-agent; see crypto/agent.h. */
#include <stdlib.h>

#include "base/log.h"
#include "crypto/agent.h"
#include "daemon/role.h"
#include "daemon/roles.h"

int
agent_main(const char *name, const char *conf_path)
{
	struct conf *c = role_conf(ROLE_FIRST_FD, conf_path);
	struct err e;

	(void)name;
	agent_exec(c->agent_home, c->agent_socket, &e);
	log_event(LOG_ERROR, "agent", LOG_ERR(&e));
	return EXIT_FAILURE;
}
