/* psirtctl key import: an S/MIME key of the service. */
#include "ctl/key.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fs.h"
#include "crypto/keygen.h"
#include "ctl/verb.h"

#define PATH_BYTES 600
#define KEY_MAX 262144
#define PASSPHRASE_MAX 1024

/*
 * keys/own.pem: the new one, then those of before, which old mail is still
 * opened with.
 */
static int
put_first(const struct conf *c, const struct buf *certificates, struct err *e)
{
	struct buf all = BUF_INIT(KEY_MAX);
	char path[PATH_BYTES];
	int result = 0;

	snprintf(path, sizeof(path), "%s/keys/own.pem", c->state);
	buf_span(&all, buf_view(certificates));
	if (access(path, F_OK) == 0)
		result = fs_read_file(path, &all, e);
	/* The same once more changes nothing. */
	if (result == 0 &&
		strstr(all.data + certificates->len, certificates->data) !=
			NULL)
		buf_cut(&all, certificates->len);
	if (result == 0)
		result = fs_replace_file(path, buf_view(&all), 0600, e);
	buf_release(&all);
	return result;
}

static int
import_into(const struct conf *c, const char *file, const char *passphrase_file,
	char fingerprint[static 48], struct err *e)
{
	struct buf passphrase = BUF_INIT(PASSPHRASE_MAX);
	struct buf certificates = BUF_INIT(KEY_MAX);
	int result = keygen_import_smime(
		c->agent_home, file, "", fingerprint, &certificates, e);

	if (result == 0 && verb_passphrase(passphrase_file, file, &passphrase))
		result = keygen_import_smime(c->agent_home, file,
			passphrase.data, fingerprint, &certificates, e);
	if (result == 0)
		result = err_permanent(
			e, "5.7.5", "%s: this is not its passphrase", file);
	if (result == 1)
		result = put_first(c, &certificates, e);
	buf_release(&passphrase);
	buf_release(&certificates);
	return result;
}

int
key_import(const struct conf *c, int argc, char **argv)
{
	const char *passphrase = NULL;
	char fingerprint[48];
	struct err e;

	if (argc == 4 && strcmp(argv[2], "--passphrase-file") == 0)
		passphrase = argv[3];
	else if (argc != 2)
		return -1;
	if (import_into(c, argv[1], passphrase, fingerprint, &e) == -1)
		return verb_fail(&e);
	printf("certificate of the service: %s\n", fingerprint);
	if (strcmp(c->smime, fingerprint) != 0)
		printf("next: set smime = %s in [service] of %s\n"
		       "then: psirtctl -c %s check, and reload psirtd\n",
			fingerprint, c->path, c->path);
	return EX_OK;
}
