/*
 * floor: the bare cost below a report: GPGME operations on kept contexts and
 * keys, with nothing around them.
 *
 *	floor HOME OWN READER CERTIFICATE TEXT CIPHERTEXT
 *
 * HOME is a GNUPGHOME with an agent; OWN and CERTIFICATE sign, READER reads.
 * A line on standard input says how often, and which operations:
 *
 *	8 decrypt sign encrypt-sign smime-sign
 *
 * The answer is one line: for each operation its microseconds, the sum of all
 * repetitions.  Ends at the end of the input; any failure ends it at once.
 */
#include <gpgme.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>

#define OPERATIONS_MAX 16

struct floor {
	gpgme_ctx_t openpgp, smime;
	gpgme_key_t own, reader, certificate;
	const char *text, *ciphertext; /* files */
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "floor: %s: %s\n", what, why);
	exit(EX_SOFTWARE);
}

static void
check(const char *what, gpgme_error_t error)
{
	if (error != 0)
		die(what, gpgme_strerror(error));
}

static gpgme_data_t
data_of(const char *path)
{
	gpgme_data_t data;

	check(path,
		path != NULL ? gpgme_data_new_from_file(&data, path, 1)
			     : gpgme_data_new(&data));
	return data;
}

/* --- operations --- */

static void
do_decrypt(struct floor *f)
{
	gpgme_data_t in = data_of(f->ciphertext), out = data_of(NULL);

	check("decrypt", gpgme_op_decrypt_verify(f->openpgp, in, out));
	gpgme_data_release(in);
	gpgme_data_release(out);
}

static void
encrypt(struct floor *f, gpgme_key_t reader, gpgme_key_t signer)
{
	gpgme_encrypt_flags_t flags = GPGME_ENCRYPT_ALWAYS_TRUST |
		GPGME_ENCRYPT_NO_ENCRYPT_TO | GPGME_ENCRYPT_NO_COMPRESS;
	gpgme_data_t in = data_of(f->text), out = data_of(NULL);
	gpgme_key_t to[2] = {reader, NULL};

	gpgme_signers_clear(f->openpgp);
	if (signer == NULL) {
		check("encrypt",
			gpgme_op_encrypt(f->openpgp, to, flags, in, out));
	} else {
		check("signer", gpgme_signers_add(f->openpgp, signer));
		check("encrypt-sign",
			gpgme_op_encrypt_sign(f->openpgp, to, flags, in, out));
	}
	gpgme_data_release(in);
	gpgme_data_release(out);
}

static void
do_encrypt(struct floor *f)
{
	encrypt(f, f->own, NULL);
}

static void
do_encrypt_sign(struct floor *f)
{
	encrypt(f, f->reader, f->own);
}

static void
sign(struct floor *f, gpgme_ctx_t ctx, gpgme_key_t signer)
{
	gpgme_data_t in = data_of(f->text), out = data_of(NULL);

	gpgme_signers_clear(ctx);
	check("signer", gpgme_signers_add(ctx, signer));
	check("sign", gpgme_op_sign(ctx, in, out, GPGME_SIG_MODE_DETACH));
	gpgme_data_release(in);
	gpgme_data_release(out);
}

static void
do_sign(struct floor *f)
{
	sign(f, f->openpgp, f->own);
}

static void
do_smime_sign(struct floor *f)
{
	sign(f, f->smime, f->certificate);
}

static const struct operation {
	const char *name;
	void (*run)(struct floor *f);
} operations[] = {
	{"decrypt", do_decrypt},
	{"encrypt", do_encrypt},
	{"sign", do_sign},
	{"encrypt-sign", do_encrypt_sign},
	{"smime-sign", do_smime_sign},
	{NULL, NULL},
};

static const struct operation *
operation_named(const char *name)
{
	const struct operation *o;

	for (o = operations; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	die(name, "no such operation");
	return NULL;
}

/* --- what is kept --- */

static gpgme_ctx_t
context(gpgme_protocol_t protocol, const char *home)
{
	gpgme_ctx_t ctx;

	check("context", gpgme_new(&ctx));
	gpgme_set_offline(ctx, 1);
	gpgme_set_armor(ctx, 1);
	check("protocol", gpgme_set_protocol(ctx, protocol));
	check("home", gpgme_ctx_set_engine_info(ctx, protocol, NULL, home));
	return ctx;
}

static gpgme_key_t
key(gpgme_ctx_t ctx, const char *fingerprint)
{
	gpgme_key_t found;

	check(fingerprint, gpgme_get_key(ctx, fingerprint, &found, 0));
	return found;
}

/* --- the loop --- */

static long long
microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/*
 * GPGME forks twice: as their subreaper we get the processor time of gpg.  One
 * that is still on its way out is met the next time; gpgsm stays.
 */
static void
reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void
obey(struct floor *f, char *line)
{
	const struct operation *wanted[OPERATIONS_MAX];
	long long took[OPERATIONS_MAX] = {0}, begun;
	char *state = NULL, *word = strtok_r(line, " \n", &state);
	long times = word != NULL ? strtol(word, NULL, 10) : 0;
	size_t n = 0, i;

	while (n < OPERATIONS_MAX &&
		(word = strtok_r(NULL, " \n", &state)) != NULL)
		wanted[n++] = operation_named(word);
	while (times-- > 0) {
		for (i = 0; i < n; i++) {
			begun = microseconds();
			wanted[i]->run(f);
			took[i] += microseconds() - begun;
			reap();
		}
	}
	for (i = 0; i < n; i++)
		printf("%lld%c", took[i], i + 1 < n ? ' ' : '\n');
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct floor f = {.text = NULL};
	char line[256];

	if (argc != 7) {
		fprintf(stderr,
			"usage: floor HOME OWN READER CERTIFICATE TEXT "
			"CIPHERTEXT\n");
		return EX_USAGE;
	}
	setlocale(LC_ALL, "C");
	gpgme_check_version(NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	f.openpgp = context(GPGME_PROTOCOL_OpenPGP, argv[1]);
	f.smime = context(GPGME_PROTOCOL_CMS, argv[1]);
	f.own = key(f.openpgp, argv[2]);
	f.reader = key(f.openpgp, argv[3]);
	f.certificate = key(f.smime, argv[4]);
	f.text = argv[5];
	f.ciphertext = argv[6];
	while (fgets(line, sizeof(line), stdin) != NULL)
		obey(&f, line);
	return 0;
}
