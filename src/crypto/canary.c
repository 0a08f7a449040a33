#include "crypto/canary.h"

#include <string.h>

#include "base/fs.h"
#include "crypto/seal.h"

#define CANARY_MAX 65536

static const char canary[] = "psirtd canary";

static int
check_song(int fd, const struct unsealed *u, struct err *e)
{
	char back[sizeof(canary)];

	if (u->problem != PROBLEM_NONE)
		return err_temporary(
			e, "4.3.0", "%s", seal_problem_name(u->problem));
	if (fs_read_at(fd, back, sizeof(back), 0, e) == -1)
		return -1;
	return memcmp(back, canary, sizeof(back)) == 0
		? 0
		: err_temporary(e, "4.3.0", "other bytes came back");
}

int
canary_try(struct engine *g, const char *own, struct err *e)
{
	struct crypto_input in = {.len = sizeof(canary)};
	struct crypto_output out = {.max = CANARY_MAX},
			     back = {.max = CANARY_MAX};
	scoped(close_fd) int plain = -1;
	scoped(close_fd) int sealed = -1;
	scoped(close_fd) int opened = -1;
	struct arena *a = arena_new();
	struct unsealed u;
	int result = -1;

	if (fs_memory_file("canary", &plain, e) == 0 &&
		fs_memory_file("sealed", &sealed, e) == 0 &&
		fs_memory_file("opened", &opened, e) == 0 &&
		fs_write_all(plain, canary, sizeof(canary), e) == 0) {
		in.fd = plain;
		out.fd = sealed;
		back.fd = opened;
		result = seal_at_rest(g, own, &in, &out, e);
		in = (struct crypto_input){.fd = sealed, .len = out.written};
		if (result == 0)
			result = engines[PROTOCOL_OPENPGP].decrypt(
				g, &in, &back, a, &u, e);
		if (result == 0)
			result = check_song(opened, &u, e);
	}
	arena_free(&a);
	return result;
}
