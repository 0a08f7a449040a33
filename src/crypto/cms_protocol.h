/*
 * cms_protocol: what the worker and psirtd-cms say to each other.
 *
 * psirtd-cms parses what strangers send as CMS and X.509, in a process that has
 * nothing: the socket, the bytes, a file for what comes out.  One request, then
 * questions as often as a private key is needed, then the answer.  An answer is
 * untrusted: a flat record with hard maxima (base/record.h).
 */
#ifndef CRYPTO_CMS_PROTOCOL_H
#define CRYPTO_CMS_PROTOCOL_H

#include "base/record.h"
#include "crypto/engine.h"

#define CMS_DETAIL_MAX 400
#define CMS_SIGNERS_MAX 16
#define CMS_SECRET_MAX 4096 /* what a private key is used on, and gives */
#define CMS_CHAIN_PEM_MAX 32768
#define CMS_OWN_MAX 262144 /* own certificates, PEM */

enum cms_operation {
	CMS_DECRYPT,
	CMS_VERIFY,
	CMS_OPEN,
	CMS_EXAMINE,
	CMS__OPERATIONS
};

/* With descriptors: the input, where the output goes, own certificates. */
enum cms_fd {
	CMS_FD_INPUT,
	CMS_FD_OUTPUT,
	CMS_FD_OWN,
	CMS_FD__COUNT
};

struct cms_request {
	int operation;
	int64_t at, len; /* the CMS object; of EXAMINE: PEM or DER */
	int64_t content_at, content_len; /* of a detached signature */
	int64_t max; /* bytes of output */
	int64_t now;
};

/* From psirtd-cms: a question, or the answer. */
struct cms_word {
	bool asks;
	/* Use the private key of own certificate number KEY on SECRET. */
	int key;
	struct span secret;

	int problem; /* enum seal_problem */
	char *detail;
	bool malleable;
	int64_t written;
	struct signature *signatures;
	size_t count;
	/* Of the one signer, with its chain, or what was examined: PEM. */
	char *certificate;
	char *fingerprint, *address;
	int64_t created, expires;
	bool usable;
};

/* To psirtd-cms, after a question. */
struct cms_reply {
	bool refused;
	struct span secret;
};

extern const struct record_schema cms_request_schema;
extern const struct record_schema cms_word_schema;
extern const struct record_schema cms_reply_schema;

#endif
