#include "crypto/engine.h"

#include "crypto/cms.h"
#include "crypto/gnupg.h"

const struct engine_operations engines[] = {
	[PROTOCOL_OPENPGP] = {.decrypt = openpgp_decrypt,
		.verify = openpgp_verify,
		.open = openpgp_open,
		.sign = openpgp_sign,
		.encrypt = openpgp_encrypt,
		.explain_key = openpgp_explain_key,
		.look_up = openpgp_look_up},
	[PROTOCOL_SMIME] = {.decrypt = cms_decrypt,
		.verify = cms_verify,
		.open = cms_open,
		.sign = cms_sign,
		.encrypt = cms_encrypt,
		.look_up = cms_look_up},
};
_Static_assert(countof(engines) == PROTOCOL__COUNT, "a row for each protocol");
