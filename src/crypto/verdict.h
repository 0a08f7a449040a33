/*
 * verdict: what cryptography said about a mail, as data.
 *
 * A verdict is not a judgement: it does not say that a signer may do anything,
 * nor that a mail is to be believed.  That is policy, and policy lives in
 * cases/.  What it does not prove is part of it: `covers` says which bytes a
 * signature is about, and a signer is a fingerprint, never a name.
 */
#ifndef CRYPTO_VERDICT_H
#define CRYPTO_VERDICT_H

#include "base/err.h"
#include "base/memory.h"

enum protocol {
	PROTOCOL_OPENPGP,
	PROTOCOL_SMIME,
	PROTOCOL__COUNT
};

enum signature_status {
	SIGNATURE_GOOD,
	SIGNATURE_WEAK, /* right, but by SHA-1, MD5 or a key below 2,048 bits */
	SIGNATURE_EXPIRED, /* the signature itself */
	SIGNATURE_KEY_EXPIRED, /* right, by a key that has expired now */
	SIGNATURE_KEY_REVOKED,
	SIGNATURE_BAD,
	SIGNATURE_NO_KEY, /* cannot be checked: nobody gave us the key */
	SIGNATURE_ERROR, /* could not be checked, or nothing is signed */
	SIGNATURE__COUNT
};

enum signature_covers {
	COVERS_NOTHING,
	COVERS_PART, /* some part of the mail */
	COVERS_ALL, /* the whole payload (RFC 9787) */
	COVERS__COUNT
};

struct signature {
	enum protocol protocol;
	enum signature_status status;
	enum signature_covers covers;
	/* Of the primary key or the certificate, upper-case hex; for a key we
	 * do not have, what the signature says about it. */
	const char *fingerprint;
	const char *digest; /* "SHA256" */
	int64_t made; /* instant it claims; 0: it claims none */
	/*
	 * S/MIME: who issued the certificate, and who issued theirs, as far as
	 * the certificates that came along tell: "CN=Sam < CN=Test CA".  It is
	 * complete when it ends with one that is issued by itself.  NULL or ""
	 * for OpenPGP.  Data to judge by: the status does not depend on it.
	 */
	const char *chain;
	bool chain_complete;
	/* It is around the encryption: whoever made it need not have known what
	 * is inside. */
	bool outside;
};

/* The certificate that a signature was made with; it came along with it. */
struct signer_certificate {
	const char *pem; /* with its chain; NULL: there is none */
	const char *address; /* of its SAN or subject, or "" */
	int64_t expires;
	bool can_encrypt; /* now; many only sign */
};

enum seal_problem {
	PROBLEM_NONE,
	PROBLEM_WRONG_KEY, /* encrypted to keys that we do not hold */
	PROBLEM_UNSUPPORTED, /* OpenPGP v6 or AEAD, a strange CMS cipher */
	PROBLEM_DAMAGED, /* altered or cut off: nothing of it is shown */
	PROBLEM_NO_INTEGRITY, /* no integrity protection: the same */
	PROBLEM_NOT_SEALED, /* claims to be encrypted or signed, and is not */
	PROBLEM_TOO_LARGE,
	PROBLEM_TIMED_OUT,
	PROBLEM_TOO_MANY_KEYS, /* more than SNIFF_KEYS_MAX recipients */
	PROBLEM_PASSWORD, /* encrypted with a password */
	PROBLEM_UNPARSEABLE, /* the mail itself: its reader died of it */
	PROBLEM__COUNT
};

/* What became of one sealed item. */
struct unsealed {
	enum seal_problem problem;
	const char *detail; /* for the analyst: key IDs, the library's words */
	bool key_expired; /* opened, by a key of ours that has expired */
	/* Opened, but nothing shows whether it was altered: CMS without AEAD,
	 * whose blocks can be exchanged (EFAIL). */
	bool malleable;
	bool in_clear; /* nothing was encrypted, whatever it claims to be */
	struct signature *signatures;
	size_t count;
	struct signer_certificate certificate; /* of the only signature */
};

enum encrypted_extent {
	ENCRYPTED_NONE,
	ENCRYPTED_PART,
	ENCRYPTED_ALL,
	ENCRYPTED__COUNT
};

/* What became of a mail. */
struct verdict {
	enum encrypted_extent encrypted;
	bool opened; /* everything that was encrypted */
	bool key_expired;
	bool malleable; /* and no good signature over it all lies within */
	enum seal_problem problem; /* the first one, if not */
	const char *detail;
	struct signature *signatures;
	size_t count;
	/* Of verdict_signer(), if it is by S/MIME. */
	struct signer_certificate certificate;
};

const char *protocol_name(enum protocol protocol);
const char *signature_status_name(enum signature_status status);
const char *signature_covers_name(enum signature_covers covers);
const char *seal_problem_name(enum seal_problem problem);
/* One sentence for the analyst. */
const char *seal_problem_text(enum seal_problem problem);
const char *encrypted_extent_name(enum encrypted_extent extent);

/*
 * The one signature that policy may look at: whole payload, exactly one signer,
 * good.  NULL in every other case.
 */
const struct signature *verdict_signer(const struct verdict *v);

#endif
