/* Our keys and those of others, as known here; see daemon/service.h. */
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/output.h"
#include "crypto/cms.h"
#include "daemon/service_call.h"
#include "mail/address.h"
#include "mail/armor.h"
#include "store/keys.h"

/* A line of the list; WHOSE is "service", an analyst, or an address. */
struct listed {
	const char *whose, *state, *origin;
	enum protocol protocol;
	const char *fingerprint;
	int64_t first_seen, expires;
	bool usable, revoked;
};

static void
list_text(struct service_call *s, const struct listed *l)
{
	buf_printf(&s->out, "%s: %s %s, %s", l->whose,
		protocol_name(l->protocol), l->fingerprint, l->state);
	if (l->origin[0] != '\0')
		buf_printf(&s->out, ", from %s", l->origin);
	if (l->revoked)
		buf_puts(&s->out, ", REVOKED");
	else if (l->expires != 0 && l->expires <= clock_now())
		buf_puts(&s->out, ", EXPIRED");
	else if (!l->usable)
		buf_puts(&s->out, ", CANNOT BE USED");
	else if (l->expires != 0)
		buf_printf(&s->out, ", %lld days left",
			(long long)((l->expires - clock_now()) / DAY));
	buf_putc(&s->out, '\n');
}

static void
list_json(struct service_call *s, const struct listed *l)
{
	struct output *o = output_new();

	output_text(o, "whose", l->whose);
	output_text(o, "protocol", protocol_name(l->protocol));
	output_text(o, "fingerprint", l->fingerprint);
	output_text(o, "state", l->state);
	output_text(o, "origin", l->origin[0] != '\0' ? l->origin : NULL);
	output_instant(o, "first_seen", l->first_seen);
	output_instant(o, "expires", l->expires);
	if (l->expires == 0)
		output_null(o, "days_left");
	else
		output_number(o, "days_left", (l->expires - clock_now()) / DAY);
	output_bool(o, "revoked", l->revoked);
	output_bool(o, "usable", l->usable);
	output_finish(&o, &s->out);
}

static void
list(struct service_call *s, const struct listed *l)
{
	(s->json ? list_json : list_text)(s, l);
}

static int
list_configured(struct service_call *s, const char *whose, const char *state,
	enum protocol p, const char *fingerprint, struct err *e)
{
	struct listed l = {.whose = whose,
		.state = state,
		.origin = "",
		.protocol = p,
		.fingerprint = fingerprint};
	struct key_facts facts;
	int found;

	if (fingerprint[0] == '\0')
		return 0;
	found = engines[p].look_up(
		s->desk->engine, fingerprint, s->arena, &facts, e);
	if (found == 1) {
		l.expires = facts.expires;
		l.usable = facts.usable;
		l.revoked = facts.revoked;
	}
	list(s, &l);
	return found == -1 ? -1 : 0;
}

static int
list_stored(void *arg, const struct key_line *k)
{
	const struct listed l = {
		.whose = k->address[0] != '\0' ? k->address : "(forgotten)",
		.state = key_state_name(k->key.state),
		.origin = k->origin,
		.protocol = k->key.protocol,
		.fingerprint = k->key.fingerprint,
		.first_seen = k->key.first_seen,
		.expires = k->key.expires,
		.revoked = k->key.revoked,
		.usable = !k->key.revoked &&
			(k->key.state == KEY_ASIDE ||
				k->key.state == KEY_PINNED) &&
			(k->key.expires == 0 || k->key.expires > clock_now())};

	list(arg, &l);
	return 0;
}

static int
key_list(struct service_call *s)
{
	const struct conf *c = s->desk->conf;
	struct err e;
	size_t i;

	if (s->count != 0)
		return service_usage(s, "key list [--json]");
	if (list_configured(s, "service", "own", PROTOCOL_OPENPGP, c->openpgp,
		    &e) == -1 ||
		list_configured(s, "service", "own", PROTOCOL_SMIME, c->smime,
			&e) == -1)
		return service_fail(s, &e);
	for (i = 0; i < c->analysts; i++)
		if (list_configured(s, c->analyst[i].name, "analyst",
			    PROTOCOL_OPENPGP, c->analyst[i].openpgp,
			    &e) == -1 ||
			list_configured(s, c->analyst[i].name, "analyst",
				PROTOCOL_SMIME, c->analyst[i].smime, &e) == -1)
			return service_fail(s, &e);
	if (keys_list(s->desk->store, list_stored, s, &e) == -1)
		return service_fail(s, &e);
	return EX_OK;
}

static int
examine(struct service_call *s, const char *text, struct key_facts *k,
	struct err *e)
{
	const struct span key = span_of(text);
	struct span known;

	if (certificate_begins(key))
		return cms_examine_apart(
			&s->desk->options, key, s->arena, k, e);
	if (engine_examine(&s->desk->options, key, s->arena, k, e) == -1 ||
		key_bytes(s->desk->store, k->fingerprint, s->arena, &known,
			e) == -1)
		return -1;
	return engine_merge(&s->desk->options, known, key, s->arena, k, e);
}

static int
key_add(struct service_call *s)
{
	struct transactor t = pipeline_transactor(s->desk);
	struct input_key key;
	struct key_facts k;
	int64_t cases;
	struct err e;

	if (s->count != 2 || !address_valid(span_of(s->words[0])))
		return service_usage(s, "key add ADDRESS FILE");
	if (examine(s, s->words[1], &k, &e) == -1)
		return service_fail(s, &e);
	if (!k.usable) {
		buf_printf(&s->err,
			"psirtctl: %s has expired, is revoked or cannot "
			"encrypt: ask them for another one\n",
			k.fingerprint);
		return EX_DATAERR;
	}
	key = (struct input_key){.protocol = k.protocol,
		.fingerprint = k.fingerprint,
		.origin = "psirtctl",
		.address = k.address,
		.minimal = k.minimal,
		.expires = k.expires};
	if (transact_key(&t, s->words[0], s->actor->person, &key, s->arena,
		    &s->decided, &cases, &e) == -1)
		return service_fail(s, &e);
	buf_printf(&s->out, "%s: %s %s is pinned; %lld open case(s) say so.\n",
		s->words[0], protocol_name(k.protocol), k.fingerprint,
		(long long)cases);
	return EX_OK;
}

static int
key_export(struct service_call *s)
{
	if (s->count != 0)
		return service_usage(s, "key export");
	buf_puts(&s->out, s->desk->self.public_key);
	return EX_OK;
}

static const struct {
	const char *name;
	int (*run)(struct service_call *s);
} verbs[] = {
	{"list", key_list},
	{"add", key_add},
	{"export", key_export},
};

int
service_key(struct service_call *s)
{
	size_t i;

	for (i = 0; s->count > 0 && i < countof(verbs); i++) {
		if (strcmp(verbs[i].name, s->words[0]) == 0) {
			s->words++;
			s->count--;
			return verbs[i].run(s);
		}
	}
	return service_usage(s, "key list|add|export");
}
