/* The tables, by version. */
#include <string.h>

#include "store/internal.h"

static const char *const upgrades[] = {
	/* 0 to 1 */
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"

	/* Names and addresses stand here and nowhere else. */
	"CREATE TABLE persons("
	" id INTEGER PRIMARY KEY,"
	" analyst TEXT UNIQUE," /* section name, NULL for others */
	" address TEXT UNIQUE," /* as people write it, ASCII folded */
	" name TEXT NOT NULL DEFAULT '')"
	" STRICT;"

	/* Projections of the events, for lists and routing. */
	"CREATE TABLE cases("
	" id INTEGER PRIMARY KEY,"
	" public_id TEXT NOT NULL UNIQUE,"
	" year INTEGER NOT NULL, number INTEGER NOT NULL,"
	" state TEXT NOT NULL DEFAULT '',"
	" opened INTEGER NOT NULL DEFAULT 0,"
	" changed INTEGER NOT NULL DEFAULT 0,"
	" answer_by INTEGER NOT NULL DEFAULT 0,"
	" answered INTEGER NOT NULL DEFAULT 0,"
	" embargo_end INTEGER NOT NULL DEFAULT 0,"
	" assignee INTEGER NOT NULL DEFAULT 0,"
	" finder INTEGER NOT NULL DEFAULT 0,"
	" merged_into INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE(year, number)) STRICT;"

	/* The chain.  A payload can be forgotten, a link cannot. */
	"CREATE TABLE events("
	" seq INTEGER PRIMARY KEY,"
	" case_id INTEGER NOT NULL REFERENCES cases,"
	" kind TEXT NOT NULL,"
	" at INTEGER NOT NULL,"
	" commitment BLOB NOT NULL,"
	" link BLOB NOT NULL) STRICT;"
	"CREATE INDEX events_case ON events(case_id, seq);"
	"CREATE TABLE payloads("
	" seq INTEGER PRIMARY KEY REFERENCES events,"
	" salt BLOB NOT NULL,"
	" payload BLOB NOT NULL) STRICT;"

	/* Ciphertext: mails as they came, or sealed to our own key. */
	"CREATE TABLE messages("
	" id INTEGER PRIMARY KEY,"
	" form TEXT NOT NULL," /* received, sealed, words */
	" received INTEGER NOT NULL,"
	" size INTEGER NOT NULL,"
	" hash BLOB NOT NULL,"
	" bytes BLOB," /* NULL: messages/ab/hash */
	" sender TEXT NOT NULL DEFAULT ''," /* envelope */
	" recipients TEXT NOT NULL DEFAULT ''," /* envelope, by lines */
	" spool TEXT NOT NULL DEFAULT ''," /* number, for traces */
	" queue TEXT NOT NULL DEFAULT ''," /* Postfix's queue ID */
	" message_id TEXT NOT NULL DEFAULT '',"
	" copies INTEGER NOT NULL DEFAULT 1," /* redeliveries and this */
	" identity BLOB UNIQUE) STRICT;" /* of what was received */
	"CREATE INDEX messages_queue ON messages(queue);"
	"CREATE INDEX messages_message_id ON messages(message_id);"

	/* Message-IDs by which a mail finds its case. */
	"CREATE TABLE message_ids("
	" id TEXT NOT NULL,"
	" case_id INTEGER NOT NULL REFERENCES cases,"
	" person INTEGER NOT NULL,"
	" letter INTEGER NOT NULL DEFAULT 0," /* ours */
	" message INTEGER NOT NULL DEFAULT 0," /* theirs */
	" PRIMARY KEY(id, case_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE tokens("
	" token TEXT PRIMARY KEY,"
	" purpose TEXT NOT NULL,"
	" case_id INTEGER NOT NULL REFERENCES cases,"
	" person INTEGER NOT NULL,"
	" letter INTEGER NOT NULL DEFAULT 0,"
	" made INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

	"CREATE TABLE inputs(key TEXT PRIMARY KEY, at INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"

	/* Spool records that are in work or done (segments are unlinked when
	 * all of theirs are, and these rows with them). */
	"CREATE TABLE spool("
	" segment TEXT NOT NULL,"
	" at INTEGER NOT NULL,"
	" state TEXT NOT NULL," /* waiting, leased, done */
	" owner TEXT NOT NULL DEFAULT '',"
	" until INTEGER NOT NULL DEFAULT 0," /* of the lease, or the wait */
	" leases INTEGER NOT NULL DEFAULT 0,"
	" deaths INTEGER NOT NULL DEFAULT 0," /* of its reader */
	" message INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY(segment, at)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX spool_state ON spool(state, until);"

	"CREATE TABLE timers("
	" case_id INTEGER NOT NULL REFERENCES cases,"
	" kind TEXT NOT NULL,"
	" due INTEGER NOT NULL,"
	" owner TEXT NOT NULL DEFAULT '',"
	" until INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY(case_id, kind)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX timers_due ON timers(due);"

	/* Orders and, once sealed, the outbox. */
	"CREATE TABLE letters("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER NOT NULL REFERENCES cases,"
	" kind TEXT NOT NULL,"
	" person INTEGER NOT NULL,"
	" address TEXT NOT NULL,"
	" analyst INTEGER NOT NULL,"
	" sealed INTEGER NOT NULL,"
	" key TEXT NOT NULL,"
	" message INTEGER NOT NULL,"
	" answers INTEGER NOT NULL,"
	" facts BLOB NOT NULL,"
	" ordered INTEGER NOT NULL,"
	" message_id TEXT NOT NULL,"
	/* ordered, waiting, sealed, handed, failed, cancelled */
	" state TEXT NOT NULL,"
	" owner TEXT NOT NULL DEFAULT '',"
	" until INTEGER NOT NULL DEFAULT 0,"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" sender TEXT NOT NULL DEFAULT ''," /* envelope, when sealed */
	" recipient TEXT NOT NULL DEFAULT ''," /* likewise */
	" not_after INTEGER NOT NULL DEFAULT 0,"
	" size INTEGER NOT NULL DEFAULT 0,"
	" hash BLOB, bytes BLOB,"
	" changed INTEGER NOT NULL,"
	" outcome TEXT NOT NULL DEFAULT '') STRICT;"
	"CREATE INDEX letters_state ON letters(state, until);"
	"CREATE INDEX letters_case ON letters(case_id);"
	"CREATE INDEX letters_message_id ON letters(message_id);"

	/* Other people's public keys. */
	"CREATE TABLE keys("
	" fingerprint TEXT NOT NULL,"
	" person INTEGER NOT NULL REFERENCES persons,"
	" protocol TEXT NOT NULL,"
	" origin TEXT NOT NULL,"
	" state TEXT NOT NULL," /* cases/key.h */
	" data BLOB NOT NULL,"
	" first_seen INTEGER NOT NULL,"
	" expires INTEGER NOT NULL,"
	" PRIMARY KEY(fingerprint, person)) STRICT;"
	"CREATE INDEX keys_person ON keys(person);",

	/* How a message came again. */
	"CREATE TABLE copies("
	" message INTEGER NOT NULL REFERENCES messages,"
	" received INTEGER NOT NULL,"
	" sender TEXT NOT NULL," /* envelope */
	" recipients TEXT NOT NULL," /* envelope, by lines */
	" spool TEXT NOT NULL,"
	" queue TEXT NOT NULL) STRICT;"
	"CREATE INDEX copies_message ON copies(message);"
	"CREATE INDEX copies_queue ON copies(queue);",
	/* What robots leave, and how many acknowledgements go where */
	"ALTER TABLE cases ADD COLUMN class TEXT NOT NULL DEFAULT '';"
	/* Only robots have written, and nobody here has touched it. */
	"ALTER TABLE cases ADD COLUMN robots INTEGER NOT NULL DEFAULT 0;"
	"UPDATE cases SET robots = 1 WHERE state = 'Received' AND assignee = 0"
	" AND id IN (SELECT case_id FROM events WHERE kind = 'robot.filed')"
	" AND id NOT IN (SELECT case_id FROM events WHERE kind IN"
	"  ('report.received', 'reply.added', 'contribution.added',"
	"  'note.added', 'words.sent', 'status.changed'));"
	/* Of the address, of an acknowledgement. */
	"ALTER TABLE letters ADD COLUMN domain TEXT NOT NULL DEFAULT '';"
	"CREATE INDEX letters_of_person ON letters(person, ordered)"
	" WHERE kind = 'acknowledgement'"
	" AND state NOT IN ('held', 'queued', 'cancelled');"
	"CREATE INDEX letters_of_domain ON letters(domain, ordered)"
	" WHERE kind = 'acknowledgement'"
	" AND state NOT IN ('held', 'queued', 'cancelled');"
	"CREATE INDEX letters_queued ON letters(domain, person, id)"
	" WHERE state = 'queued';",

	/* What analysts state, for lists. */
	"ALTER TABLE cases ADD COLUMN severity TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE cases ADD COLUMN tlp TEXT NOT NULL DEFAULT '';",
	/* Keys are pinned, quarantined and retired (cases/key.h) */
	"ALTER TABLE keys ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;"
	/* A case can be forgotten; what we sealed knows by which key. */
	"ALTER TABLE cases ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX cases_closed ON cases(changed) WHERE state = 'Closed'"
	" AND purged = 0 AND merged_into = 0;"
	"ALTER TABLE messages ADD COLUMN sealed_to TEXT NOT NULL DEFAULT '';",
	/* Likenesses of reports; everything in them is under a key. */
	"CREATE TABLE sketches("
	" message INTEGER PRIMARY KEY REFERENCES messages,"
	" case_id INTEGER NOT NULL REFERENCES cases,"
	" rows BLOB," /* NULL: too little text */
	" marks BLOB NOT NULL) STRICT;"
	"CREATE TABLE sketch_marks("
	" mark INTEGER NOT NULL,"
	" message INTEGER NOT NULL REFERENCES sketches,"
	" PRIMARY KEY(mark, message)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX sketch_marks_message ON sketch_marks(message);"
	"CREATE INDEX cases_finder ON cases(finder);",

	/* What would else look at every row: lint tells of it. */
	"CREATE INDEX cases_named ON cases(public_id COLLATE NOCASE);"
	"CREATE INDEX timers_next ON timers(max(due, until));"
	/* Bytes in a file of their own. */
	"CREATE INDEX messages_file ON messages(hash) WHERE bytes IS NULL;"
	"CREATE INDEX letters_file ON letters(hash)"
	" WHERE hash IS NOT NULL AND bytes IS NULL;",
};

#define VERSION ((int64_t)countof(upgrades))

static int
version_of(struct store *s, int64_t *version_r, struct err *e)
{
	return sql_number(s, e, version_r, "PRAGMA user_version", SQL_VALUES());
}

int
schema_absent(struct err *e)
{
	return err_permanent(e, "5.3.5",
		"store.db is not there yet or is old: start psirtd, or run "
		"psirtctl init");
}

int
schema_check(struct store *s, struct err *e)
{
	int64_t version;

	if (version_of(s, &version, e) == -1)
		return -1;
	if (version > VERSION)
		return err_permanent(e, "5.3.5",
			"store.db was written by a newer psirtd (version %lld, "
			"this one knows %lld): install that one, or restore a "
			"backup",
			(long long)version, (long long)VERSION);
	if (version < VERSION)
		return schema_absent(e);
	return 0;
}

static int
upgrade_from(struct store *s, int64_t version, struct err *e)
{
	struct buf set = BUF_INIT(100);
	int result = 0;

	if (store_begin(s, e) == -1)
		return -1;
	for (; result == 0 && version < VERSION; version++)
		result = sql_script(s, upgrades[version], e);
	buf_printf(&set, "PRAGMA user_version = %lld", (long long)VERSION);
	if (result == 0)
		result = sql_script(s, set.data, e);
	buf_release(&set);
	if (result == 0)
		return store_commit(s, e);
	store_rollback(s);
	return -1;
}

int
schema_upgrade(struct store *s, struct err *e)
{
	char path[STORE_PATH_MAX + 32];
	int64_t version;

	if (version_of(s, &version, e) == -1)
		return -1;
	if (version >= VERSION)
		return schema_check(s, e);
	if (version > 0) {
		snprintf(path, sizeof(path), "%s/store.db.before-version-%lld",
			s->dir, (long long)VERSION);
		if (sql_copy(s, path, e) == -1)
			return -1;
	}
	return upgrade_from(s, version, e);
}
