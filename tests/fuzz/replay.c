/* Run a fuzz target over files, each once: what was found stays found. */
#include <stdint.h>

#include "base/attributes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *path)
{
	FILE *f = fopen(path, "re");
	uint8_t *data = NULL;
	size_t size = 0, room = 0;

	if (f == NULL) {
		perror(path);
		return -1;
	}
	do {
		if (size == room) {
			room = room == 0 ? 65536 : 2 * room;
			data = realloc(data, room);
		}
		size += fread(data + size, 1, room - size, f);
	} while (!feof(f) && !ferror(f));
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (replay(argv[i]) == -1)
			return 1;
	printf("%d inputs\n", argc - 1);
	return 0;
}
