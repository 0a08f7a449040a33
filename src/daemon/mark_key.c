#include "daemon/mark_key.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"

#define PURPOSE "psirtd milter mark 1"
#define SECRET_MAX 4096

int
mark_key_make(const char *state, int *fd_r, struct err *e)
{
	struct buf secret = BUF_INIT(SECRET_MAX);
	struct span purpose = SPAN(PURPOSE);
	struct hash key;
	char path[600];
	int result;

	snprintf(path, sizeof(path), "%s/secret/hmac", state);
	result = fs_read_file(path, &secret, e);
	if (result == 0) {
		key = hmac_of(buf_view(&secret), &purpose, 1);
		result = fs_memory_file("mark-key", fd_r, e);
	}
	if (result == 0 &&
		(result = fs_write_all(
			 *fd_r, key.bytes, sizeof(key.bytes), e)) == -1)
		close_fd(fd_r);
	explicit_bzero(&key, sizeof(key));
	buf_release(&secret);
	return result;
}

int
mark_key_read(int fd, struct hash *key, struct err *e)
{
	return fs_read_at(fd, key->bytes, sizeof(key->bytes), 0, e);
}
