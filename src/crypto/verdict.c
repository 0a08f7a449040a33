#include "crypto/verdict.h"

static const char *const protocols[] = {
	[PROTOCOL_OPENPGP] = "openpgp",
	[PROTOCOL_SMIME] = "smime",
};
_Static_assert(countof(protocols) == PROTOCOL__COUNT, "names");

static const char *const statuses[] = {
	[SIGNATURE_GOOD] = "good",
	[SIGNATURE_WEAK] = "weak",
	[SIGNATURE_EXPIRED] = "expired",
	[SIGNATURE_KEY_EXPIRED] = "key expired",
	[SIGNATURE_KEY_REVOKED] = "key revoked",
	[SIGNATURE_BAD] = "bad",
	[SIGNATURE_NO_KEY] = "no key",
	[SIGNATURE_ERROR] = "error",
};
_Static_assert(countof(statuses) == SIGNATURE__COUNT, "names");

static const char *const covers_names[] = {
	[COVERS_NOTHING] = "nothing",
	[COVERS_PART] = "part",
	[COVERS_ALL] = "all",
};
_Static_assert(countof(covers_names) == COVERS__COUNT, "names");

static const char *const extents[] = {
	[ENCRYPTED_NONE] = "none",
	[ENCRYPTED_PART] = "part",
	[ENCRYPTED_ALL] = "all",
};
_Static_assert(countof(extents) == ENCRYPTED__COUNT, "names");

static const struct {
	const char *name, *text;
} problems[] = {
	[PROBLEM_NONE] = {"", ""},
	[PROBLEM_WRONG_KEY] = {"wrong key",
		"It is encrypted to a key that this service does not hold."},
	[PROBLEM_UNSUPPORTED] = {"unsupported",
		"It is encrypted in a form that cannot be read here "
		"(OpenPGP version 6 or AEAD, or a rare S/MIME cipher). Ask "
		"for a version 4 message, or for S/MIME with AES."},
	[PROBLEM_DAMAGED] = {"damaged",
		"The encrypted part was altered or cut off on its way, so "
		"nothing of it is shown."},
	[PROBLEM_NO_INTEGRITY] = {"no integrity",
		"The encryption has no protection against alteration, so "
		"nothing of it is shown."},
	[PROBLEM_NOT_SEALED] = {"not sealed",
		"It claims to be encrypted or signed, but it is not."},
	[PROBLEM_TOO_LARGE] = {"too large",
		"Decrypted it is larger than the configuration allows."},
	[PROBLEM_TIMED_OUT] = {"timed out",
		"Decrypting it took longer than the configuration allows."},
	[PROBLEM_TOO_MANY_KEYS] = {"too many keys",
		"It is encrypted to more keys than are tried."},
	[PROBLEM_PASSWORD] = {"password",
		"It is encrypted with a password instead of a key."},
	[PROBLEM_UNPARSEABLE] = {"unparseable",
		"The mail could not be read: its reader failed on it. It is "
		"stored whole."},
};
_Static_assert(countof(problems) == PROBLEM__COUNT, "names");

const char *
protocol_name(enum protocol protocol)
{
	return protocols[protocol];
}

const char *
signature_status_name(enum signature_status status)
{
	return statuses[status];
}

const char *
signature_covers_name(enum signature_covers covers)
{
	return covers_names[covers];
}

const char *
seal_problem_name(enum seal_problem problem)
{
	return problems[problem].name;
}

const char *
seal_problem_text(enum seal_problem problem)
{
	return problems[problem].text;
}

const char *
encrypted_extent_name(enum encrypted_extent extent)
{
	return extents[extent];
}

const struct signature *
verdict_signer(const struct verdict *v)
{
	if (v->count != 1 || v->signatures[0].status != SIGNATURE_GOOD ||
		v->signatures[0].covers != COVERS_ALL)
		return NULL;
	return &v->signatures[0];
}
