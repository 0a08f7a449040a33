/* The command about keys of others; see cases/trust.h. */
#include "cases/trust.h"

#include <string.h>
#include <strings.h>

#include "cases/vocabulary_parts.h"

/* "/key ADDRESS FINGERPRINT": whose, and which; blanks may part it. */
struct named_key {
	const struct known_person *person;
	struct known_key key;
	const struct input_key *bytes; /* NULL: they are known */
	char fingerprint[COMMAND_ARGUMENT_MAX];
};

static void
split_key(const struct deciding *d, const char *argument, struct named_key *n)
{
	size_t len = strcspn(argument, " "), i, k = 0;

	*n = (struct named_key){.person = NULL};
	for (i = 0; i < d->ground->persons_count; i++)
		if (strlen(d->ground->persons[i].address) == len &&
			case_party(d->c, d->ground->persons[i].person) !=
				NULL &&
			strncasecmp(d->ground->persons[i].address, argument,
				len) == 0)
			n->person = &d->ground->persons[i];
	for (i = len; argument[i] != '\0' && k + 1 < sizeof(n->fingerprint);
		i++)
		if (argument[i] != ' ')
			n->fingerprint[k++] =
				argument[i] >= 'a' && argument[i] <= 'f'
				? (char)(argument[i] - 'a' + 'A')
				: argument[i];
}

/* Among those of the person, and those that came with the commands. */
static bool
find_key(const struct deciding *d, const struct command *cmd,
	struct named_key *n)
{
	const struct ground *g = d->ground;
	const struct input_key *bytes;
	size_t i;

	split_key(d, cmd->argument, n);
	for (i = 0; n->person != NULL && i < g->keys_count; i++) {
		n->key = g->keys[i];
		if (n->key.person == n->person->person &&
			strcmp(n->key.fingerprint, n->fingerprint) == 0)
			return true;
	}
	for (i = 0; n->person != NULL && i < d->input->keys_count; i++) {
		bytes = n->bytes = &d->input->keys[i];
		n->key = (struct known_key){.person = n->person->person,
			.protocol = bytes->protocol,
			.state = KEY_STRANGE,
			.fingerprint = bytes->fingerprint,
			.expires = bytes->expires,
			.revoked = bytes->revoked};
		if (bytes->inside &&
			strcmp(bytes->fingerprint, n->fingerprint) == 0)
			return true;
	}
	return false;
}

static int
check_key(const struct deciding *d, const struct command *cmd, struct err *e)
{
	struct named_key n;
	bool found = find_key(d, cmd, &n);

	if (n.person == NULL || n.fingerprint[0] == '\0')
		return err_permanent(e, "5.5.4",
			"line %d: /key needs the address of somebody in this "
			"case and a fingerprint",
			cmd->line);
	if (!found)
		return err_permanent(e, "5.5.4",
			"line %d: /key: %s has no key %s here: attach it to "
			"your mail, or use psirtctl key add",
			cmd->line, n.person->address, n.fingerprint);
	if (n.key.state == KEY_PINNED || n.key.revoked)
		return err_permanent(e, "5.5.1", "line %d: /key: %s is %s",
			cmd->line, n.fingerprint,
			n.key.revoked ? "revoked" : "pinned already");
	return 0;
}

static void
apply_key(struct deciding *d, const struct command *cmd)
{
	struct named_key n;

	if (find_key(d, cmd, &n))
		trust_pin(d->ground, d->c, d->input->actor, n.person->person,
			&n.key, n.bytes, d->plan);
}

static const struct command_row rows[] = {
	{"key", "ADDRESS FINGERPRINT",
		"Write to that person with this key from now on; attach it, or "
		"it has come from them.",
		WORDS_NONE, check_key, apply_key,
		.zh = "今后用此密钥写信给该人；"
		      "密钥附在本邮件中，或已由对方发来。",
		.nearest = "/key ADDRESS and the fingerprint of the key before "
			   "goes back to it"},
};

const struct command_area keys_area = {rows, countof(rows)};
