/* The keys part of psirtctl check. */
#include "ctl/check.h"

#include <stdio.h>

#include "base/clock.h"
#include "crypto/agent.h"
#include "crypto/canary.h"
#include "store/keys.h"

#define MEND_BYTES 500
#define EXPIRY_WARNING (60 * DAY)

static void
check_key(struct checkup *k, const char *whose, enum protocol p,
	const char *fingerprint)
{
	struct arena *a = arena_new();
	char date[INSTANT_TEXT];
	struct key_facts facts;
	struct err e;
	int found =
		engines[p].look_up(k->desk.engine, fingerprint, a, &facts, &e);

	if (found != 1)
		check_tell(k, FINDING_BAD, whose, "check the fingerprint",
			"no %s key %s", protocol_name(p), fingerprint);
	else if (!facts.usable)
		check_tell(k, FINDING_BAD, whose,
			"put a newer key into the file",
			"the %s key %s has expired or cannot encrypt",
			protocol_name(p), fingerprint);
	else if (facts.expires == 0)
		check_tell(k, FINDING_GOOD, whose, "",
			"%s key %s, does not expire", protocol_name(p),
			fingerprint);
	else
		check_tell(k,
			facts.expires - clock_now() < EXPIRY_WARNING
				? FINDING_WARNING
				: FINDING_GOOD,
			whose, "", "%s key %s, expires %s, in %lld days",
			protocol_name(p), fingerprint,
			instant_iso(facts.expires, date),
			(long long)((facts.expires - clock_now()) / DAY));
	arena_free(&a);
}

static void
check_agent(struct checkup *k)
{
	const struct conf *c = k->conf;
	struct err e;

	if (agent_check(c->agent_socket, &e) == -1) {
		check_tell(k, FINDING_BAD, "gpg-agent",
			"start psirtd (or the agent's service)", "%s", e.text);
		return;
	}
	if (c->agent_start)
		check_tell(k, FINDING_WARNING, "gpg-agent",
			"run it as a service of another user, and set [agent] "
			"start = no",
			"it answers, but shares its user with the service");
	else
		check_tell(k, FINDING_GOOD, "gpg-agent", "", "it answers");
	if (canary_try(k->desk.engine, c->openpgp, &e) == -1)
		check_tell(k, FINDING_BAD, "secret key",
			"see the log of gpg-agent; was the key imported?",
			"what is sealed to us cannot be opened: %s", e.text);
	else
		check_tell(k, FINDING_GOOD, "secret key", "",
			"what is sealed to us can be opened");
}

static void
check_preferences(struct checkup *k)
{
	const struct conf *c = k->conf;
	char mend[MEND_BYTES];
	bool offers;
	struct err e;

	if (engine_offers_aead(k->desk.engine, c->openpgp, &offers, &e) == -1) {
		check_tell(k, FINDING_BAD, "preferences", "", "%s", e.text);
		return;
	}
	snprintf(mend, sizeof(mend),
		"printf 'setpref AES256 AES192 AES SHA512 SHA384 SHA256 ZLIB "
		"BZIP2 ZIP\\ny\\nsave\\n' | gpg --homedir %s --command-fd 0 "
		"--edit-key %s; then psirtctl key renew",
		c->agent_home, c->openpgp);
	if (offers)
		check_tell(k, FINDING_BAD, "preferences", mend,
			"the service's key says that it takes AEAD: GnuPG 2.2 "
			"cannot open what senders then make of it");
	else
		check_tell(k, FINDING_GOOD, "preferences", "",
			"the service's key asks for nothing that we cannot "
			"open");
}

static void
check_configured(struct checkup *k)
{
	const struct conf *c = k->conf;
	const struct conf_analyst *who;
	size_t i;

	check_key(k, "service", PROTOCOL_OPENPGP, c->openpgp);
	if (c->smime[0] != '\0')
		check_key(k, "service", PROTOCOL_SMIME, c->smime);
	for (i = 0; i < c->analysts; i++) {
		who = &c->analyst[i];
		check_key(k, who->name,
			who->openpgp[0] != '\0' ? PROTOCOL_OPENPGP
						: PROTOCOL_SMIME,
			who->openpgp[0] != '\0' ? who->openpgp : who->smime);
	}
}

/* What other people's keys are, and how long they live. */
static int
tell_stored(void *arg, const struct key_line *line)
{
	struct checkup *k = arg;
	const struct known_key *key = &line->key;
	int64_t left = key->expires - clock_now();
	const char *whose =
		line->address[0] != '\0' ? line->address : "(forgotten)";

	if (key->state == KEY_DIFFERS)
		check_tell(k, FINDING_WARNING, whose,
			"ask them by another way, then /key ADDRESS "
			"FINGERPRINT in a case of theirs, or psirtctl key add",
			"%s key %s is in quarantine: another one is known",
			protocol_name(key->protocol), key->fingerprint);
	else if (key->state == KEY_RETIRED)
		return 0;
	else if (key->revoked || (key->expires != 0 && left <= 0))
		check_tell(k, FINDING_WARNING, whose,
			"ask them for another one; letters to them wait",
			"%s key %s %s", protocol_name(key->protocol),
			key->fingerprint,
			key->revoked ? "is revoked" : "has expired");
	else if (key->expires == 0)
		check_tell(k, FINDING_GOOD, whose, "",
			"%s key %s, %s, does not expire",
			protocol_name(key->protocol), key->fingerprint,
			key_state_name(key->state));
	else
		check_tell(k,
			left < EXPIRY_WARNING ? FINDING_WARNING : FINDING_GOOD,
			whose, "", "%s key %s, %s, expires in %lld days",
			protocol_name(key->protocol), key->fingerprint,
			key_state_name(key->state), (long long)(left / DAY));
	return 0;
}

static void
check_selftest(struct checkup *k)
{
	char date[INSTANT_TEXT];
	int64_t at, well;
	struct err e;

	if (store_marked(k->desk.store, "selftest-at", &at, &e) == -1 ||
		store_marked(k->desk.store, "selftest-well", &well, &e) == -1)
		check_tell(k, FINDING_BAD, "self-test", "", "%s", e.text);
	else if (at == 0)
		check_tell(k, FINDING_WARNING, "self-test", "start psirtd",
			"it has never run");
	else if (well == 0)
		check_tell(k, FINDING_BAD, "self-test",
			"see self-test in the log of psirtd, and secret key "
			"above",
			"what is sealed to us could not be opened at %s",
			instant_iso(at, date));
	else if (clock_now() - at > 2 * DAY)
		check_tell(k, FINDING_WARNING, "self-test", "start psirtd",
			"it should run each day, and ran at %s",
			instant_iso(at, date));
	else
		check_tell(k, FINDING_GOOD, "self-test", "", "passed at %s",
			instant_iso(at, date));
}

void
check_keys(struct checkup *k)
{
	struct err e;

	check_agent(k);
	check_configured(k);
	check_preferences(k);
	if (keys_list(k->desk.store, tell_stored, k, &e) == -1)
		check_tell(k, FINDING_BAD, "store", "", "%s", e.text);
	check_selftest(k);
}
