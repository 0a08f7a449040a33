/*
 * Any bytes as a configuration: refused with words, or read; and what is
 * dumped of it reads as the same.
 */
#include "base/conf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DUMP_MAX (1 << 20)

static struct conf *
read_conf(struct span text)
{
	struct err e = {.kind = ERR_NONE};
	struct conf *c;
	int fd;

	if (fs_memory_file("conf", &fd, &e) == -1 ||
		fs_write_all(fd, text.data, text.len, &e) == -1)
		abort();
	c = conf_read(fd, "/etc/psirtd/psirtd.conf", &e);
	if (c == NULL && (e.kind != ERR_PERMANENT || e.text[0] == '\0'))
		abort();
	close(fd);
	return c;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = BUF_INIT(DUMP_MAX), twice = BUF_INIT(DUMP_MAX);
	struct conf *c = read_conf((struct span){(const char *)data, size});

	if (c != NULL) {
		conf_dump(c, &once);
		conf_free(&c);
		if (once.failed || (c = read_conf(buf_view(&once))) == NULL)
			abort();
		conf_dump(c, &twice);
		conf_free(&c);
		if (strcmp(once.data, twice.data) != 0)
			abort();
	}
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
