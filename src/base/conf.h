/*
 * conf: psirtd.conf(5) as a C struct.
 *
 * One table (option_table()) says of every setting its section, name, type,
 * bounds, default and help; it drives the parser, the dump and the lint test
 * that holds the manual page against it.
 *
 * The file is INI: see base/ini.h.
 *
 * A conf is read once and not changed; its texts live as long as it does.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"

#define CONF_LINE_MAX 1000 /* bytes; iniparser loses the file at 1,024 */
#define CONF_BYTES_MAX 262144
#define CONF_ANALYSTS_MAX 100
#define CONF_WORDS_MAX 16

struct words {
	char *word[CONF_WORDS_MAX];
	size_t count;
};

/* A person who answers reports.  [analyst NAME] */
struct conf_analyst {
	char *name; /* of the section; lower case */
	char *address; /* where letters go */
	char *key_file; /* OpenPGP public key or X.509 certificate, relative
	                   to the configuration file */
	char *openpgp; /* pinned primary fingerprint, upper-case hex, or "" */
	char *smime; /* pinned SHA-1 fingerprint of the certificate, or "" */
	char *user; /* login name at the control socket, or "" */
	char *language;
	int64_t max_letter;
};

struct conf {
	/* [service] */
	char *organisation;
	char *address;
	char *prefix;
	struct words languages;
	char *hostname; /* default: the domain of address */
	char *reply_delimiter;
	char *reply_domain; /* "" for none */
	char *openpgp, *smime; /* own keys */
	char *key_url; /* where the OpenPGP key can be fetched, or "" */
	char *authserv_id; /* of our border; default: hostname */
	/* [paths] */
	char *state, *runtime, *rules, *templates;
	char *catalogue; /* "" for none */
	/* [lmtp] */
	struct words listen;
	int64_t connections;
	int64_t lmtp_timeout;
	/* [milter] */
	char *milter_listen; /* one place, or "": no milter */
	char *milter_mode;
	int64_t milter_connections;
	int64_t milter_timeout;
	/* [workers] */
	int64_t workers;
	/* [agent] */
	bool agent_start;
	char *agent_home; /* default: state/agent */
	char *agent_socket; /* default: runtime/agent.sock */
	/* [courier] */
	char *deliver; /* smtp:HOST:PORT or directory:PATH */
	int64_t retry_first, retry_last, give_up;
	/* [control] */
	char *control; /* default: runtime/control.sock */
	/* [policy] */
	char *acknowledge;
	int64_t answer_within;
	int64_t embargo;
	struct words confirm;
	int64_t confirm_within;
	char *policy_url;
	char *ticket_pattern;
	int64_t retain; /* 0: for good */
	/* [classes] */
	struct words quiet; /* of which analysts get no letter */
	/* [limits] */
	int64_t message_size, recipients, depth, parts, header_size, addresses,
		text_size, opened_size, sealed_parts, reader_seconds,
		reader_memory, reader_deadline, crypto_seconds, crypto_deadline,
		spool_reserve;

	struct conf_analyst analyst[CONF_ANALYSTS_MAX];
	size_t analysts;

	char *path; /* of the file, as it was named */
	struct arena *arena;
};

enum option_type {
	OPTION_TEXT,
	OPTION_PATH,
	OPTION_ADDRESS,
	OPTION_WORDS,
	OPTION_FINGERPRINT,
	OPTION_BOOL,
	OPTION_NUMBER,
	OPTION_SIZE, /* bytes: 512, 64K, 50M, 1G */
	OPTION_DURATION, /* 90s, 15m, 12h, 14d */
	OPTION__COUNT
};

struct option {
	const char *section, *name;
	enum option_type type;
	size_t offset;
	const char
		*standard; /* as it would stand in the file; NULL: required */
	int64_t min, max; /* of numbers; max of texts: bytes; min of words:
	                     how many */
	const char *choices; /* "a|b|c", or NULL */
	const char *help; /* one sentence */
};

/* All settings, by section; *COUNT_R of them. */
const struct option *option_table(size_t *count_r);
const char *option_type_name(enum option_type type);

/*
 * Read the configuration from FD, which must be a regular file or a memory
 * file; PATH is its name in messages, and relative paths in it are taken from
 * its directory.  NULL on error (permanent: mend the file), with the line where
 * there is one.
 */
struct conf *conf_read(int fd, const char *path, struct err *e);
struct conf *conf_open(const char *path, struct err *e);
void conf_free(struct conf **c);

/* Append a file that sets everything to what C has, with units and help. */
void conf_dump(const struct conf *c, struct buf *out);

/* The analyst of that name, or whose user is that login name, or NULL. */
const struct conf_analyst *conf_analyst_named(
	const struct conf *c, const char *name);
const struct conf_analyst *conf_analyst_of_user(
	const struct conf *c, const char *user);

/* STATE/NAME in C's arena. */
char *conf_state_path(const struct conf *c, const char *name);

#endif
