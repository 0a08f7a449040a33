/* The table of settings; see base/conf.h. */
#include "base/conf.h"

#define AT(MEMBER) offsetof(struct conf, MEMBER)
#define ANALYST(MEMBER) offsetof(struct conf_analyst, MEMBER)
#define LINE .max = 500
#define MB (INT64_C(1) << 20)
#define SECONDS INT64_C(1000000)
#define DAYS (86400 * SECONDS)

static const struct option options[] = {
	{"service", "organisation", OPTION_TEXT, AT(organisation), NULL, LINE,
		.help = "Name of the organisation, as letters give it."},
	{"service", "address", OPTION_ADDRESS, AT(address), NULL, LINE,
		.help = "The published address that reports are mailed to."},
	{"service", "prefix", OPTION_TEXT, AT(prefix), "PSIRT", .max = 16,
		.help = "What case IDs begin with: letters, digits, hyphens."},
	{"service", "languages", OPTION_WORDS, AT(languages), "en", LINE,
		.min = 1,
		.help = "Languages of letters to people whose language is not "
			"known, in this order: en, zh-CN."},
	{"service", "hostname", OPTION_TEXT, AT(hostname), "", LINE,
		.help = "Host name for the LMTP greeting, HELO and minted "
			"Message-IDs; empty: the domain of address."},
	{"service", "reply_delimiter", OPTION_TEXT, AT(reply_delimiter), "+",
		.max = 1,
		.help = "What stands between the local part of address and a "
			"token, in reply and envelope addresses."},
	{"service", "reply_domain", OPTION_TEXT, AT(reply_domain), "", LINE,
		.help = "Domain for addresses of the form TOKEN@DOMAIN, where "
			"delimiters do not arrive; empty: use the delimiter."},
	{"service", "openpgp", OPTION_FINGERPRINT, AT(openpgp), NULL, LINE,
		.help = "Fingerprint of the service's own OpenPGP key; letters "
			"are signed by it, clear mail is sealed to it."},
	{"service", "smime", OPTION_FINGERPRINT, AT(smime), "", LINE,
		.help = "SHA-1 fingerprint of the service's own certificate."},
	{"service", "key_url", OPTION_TEXT, AT(key_url), "", LINE,
		.help = "Where the service's OpenPGP key can be fetched; an "
			"acknowledgement that is too long to carry it says "
			"so."},
	{"service", "authserv_id", OPTION_TEXT, AT(authserv_id), "", LINE,
		.help = "The authserv-id by which our border signs its "
			"Authentication-Results; empty: hostname."},

	{"paths", "state", OPTION_PATH, AT(state), "/var/lib/psirtd", LINE,
		.help = "State directory: spool, store, messages, keys. A "
			"change needs a restart."},
	{"paths", "runtime", OPTION_PATH, AT(runtime), "/run/psirtd", LINE,
		.help = "Directory of sockets and scratch homes, best on "
			"tmpfs. A change needs a restart."},
	{"paths", "rules", OPTION_PATH, AT(rules), "/usr/share/psirtd/rules",
		LINE, .help = "Directory of rule files."},
	{"paths", "catalogue", OPTION_PATH, AT(catalogue), "", LINE,
		.help = "File with the organisation's products, see "
			"psirtd-catalogue(5); empty: none."},
	{"paths", "templates", OPTION_PATH, AT(templates),
		"/usr/share/psirtd/templates", LINE,
		.help = "Directory of templates, one folder a language."},

	{"lmtp", "listen", OPTION_WORDS, AT(listen), "inet:127.0.0.1:2424",
		LINE, .min = 1,
		.help = "Where LMTP is spoken: inet:ADDRESS:PORT or "
			"unix:PATH, several with blanks between them."},
	{"lmtp", "connections", OPTION_NUMBER, AT(connections), "64", 1, 1000,
		.help = "Connections served at one time; more are "
			"answered 421."},
	{"lmtp", "timeout", OPTION_DURATION, AT(lmtp_timeout), "300s", SECONDS,
		3600 * SECONDS,
		.help = "How long a silent client is waited for."},

	{"milter", "listen", OPTION_TEXT, AT(milter_listen), "", LINE,
		.help = "Where the milter is reached: unix:PATH or "
			"inet:ADDRESS:PORT, one; empty: it is not started."},
	{"milter", "mode", OPTION_TEXT, AT(milter_mode), "copy", LINE,
		.choices = "copy|take|tag",
		.help = "copy: the service gets a copy, the mail goes on; "
			"take: it goes on to others only; tag: it goes on "
			"with its class, and the service gets nothing."},
	{"milter", "connections", OPTION_NUMBER, AT(milter_connections), "200",
		1, 1000,
		.help = "Connections of the MTA that mail is taken from at one "
			"time; on more, mail for us is answered 451."},
	{"milter", "timeout", OPTION_DURATION, AT(milter_timeout), "2h",
		SECONDS, DAYS,
		.help = "How long a silent MTA is waited for; it is silent "
			"while its client is."},

	{"workers", "count", OPTION_NUMBER, AT(workers), "0", 0, 64,
		.help = "Worker processes; 0: one for each processor."},

	{"agent", "start", OPTION_BOOL, AT(agent_start), "yes",
		.help = "Start gpg-agent ourselves, under our own user; no: "
			"it runs as a service of its own."},
	{"agent", "home", OPTION_PATH, AT(agent_home), "", LINE,
		.help = "Home of the agent and the secret keys; empty: "
			"agent/ in the state directory."},
	{"agent", "socket", OPTION_PATH, AT(agent_socket), "", .max = 100,
		.help = "The agent's extra socket; empty: agent.sock in the "
			"runtime directory."},

	{"courier", "deliver", OPTION_TEXT, AT(deliver), "smtp:127.0.0.1:10025",
		LINE,
		.help = "Where letters go: smtp:HOST:PORT, a Postfix on "
			"loopback, or directory:PATH, a file each."},
	{"courier", "retry_first", OPTION_DURATION, AT(retry_first), "60s",
		SECONDS / 10, DAYS,
		.help = "Wait after a letter's first failure; it doubles."},
	{"courier", "retry_last", OPTION_DURATION, AT(retry_last), "1h",
		SECONDS / 10, DAYS, .help = "The longest such wait."},
	{"courier", "give_up", OPTION_DURATION, AT(give_up), "5d", SECONDS,
		30 * DAYS,
		.help = "After this a letter has failed and analysts are "
			"told."},

	{"control", "socket", OPTION_PATH, AT(control), "", .max = 100,
		.help = "Socket of psirtctl; empty: control.sock in the "
			"runtime directory."},

	{"policy", "acknowledge", OPTION_TEXT, AT(acknowledge), "plausible",
		LINE, .choices = "plausible|verified|all|never",
		.help = "Who gets an automatic acknowledgement: plausible "
			"(unless the sender is forged), verified, all, never; "
			"a robot never does."},
	{"policy", "answer_within", OPTION_DURATION, AT(answer_within), "5d",
		3600 * SECONDS, 90 * DAYS,
		.help = "By when a person answers a new report; stated in the "
			"acknowledgement, and a clock of the case."},
	{"policy", "embargo", OPTION_DURATION, AT(embargo), "90d", DAYS,
		730 * DAYS,
		.help = "Length of the default embargo, from the report; it "
			"ends at 16:00 UTC, never on Friday to Sunday."},
	{"policy", "confirm", OPTION_WORDS, AT(confirm), "none", LINE,
		.help = "Commands that wait for another analyst's /confirm, "
			"as words without the slash, like finder; none: none "
			"does."},
	{"policy", "confirm_within", OPTION_DURATION, AT(confirm_within), "3d",
		3600 * SECONDS, 90 * DAYS,
		.help = "How long such commands wait; then they are void."},
	{"policy", "retain", OPTION_DURATION, AT(retain), "0d", 0, 7300 * DAYS,
		.help = "Cases that have been closed for that long are purged; "
			"0d: never."},
	{"policy", "url", OPTION_TEXT, AT(policy_url), "", LINE,
		.help = "Address of the published disclosure policy."},
	{"policy", "ticket_pattern", OPTION_TEXT, AT(ticket_pattern), "", LINE,
		.help = "How ticket numbers look in the automatic answers of "
			"others, a pattern (psirtd-rules(5)); empty: as most "
			"trackers write them."},

	{"classes", "quiet", OPTION_WORDS, AT(quiet), "spam", LINE,
		.help = "Classes of mail of which analysts get no letter; the "
			"cases are listed, and their clocks run."},

	{"limits", "message_size", OPTION_SIZE, AT(message_size), "50M", 65536,
		500 * MB,
		.help = "Largest message taken in, in bytes; announced by "
			"SIZE."},
	{"limits", "recipients", OPTION_NUMBER, AT(recipients), "100", 1, 1000,
		.help = "Recipients of one message."},
	{"limits", "depth", OPTION_NUMBER, AT(depth), "20", 3, 100,
		.help = "Depth of nested MIME parts."},
	{"limits", "parts", OPTION_NUMBER, AT(parts), "500", 10, 5000,
		.help = "MIME parts of one message."},
	{"limits", "header_size", OPTION_SIZE, AT(header_size), "64K", 1024, MB,
		.help = "Bytes of one header."},
	{"limits", "addresses", OPTION_NUMBER, AT(addresses), "200", 10, 5000,
		.help = "Addresses read from one message's header."},
	{"limits", "text_size", OPTION_SIZE, AT(text_size), "1M", 1024, 8 * MB,
		.help = "Bytes of a message's text that are read; the rest "
			"stays in the stored message."},
	{"limits", "opened_size", OPTION_SIZE, AT(opened_size), "200M", 65536,
		1000 * MB,
		.help = "Bytes that decryption of one message may give."},
	{"limits", "sealed_parts", OPTION_NUMBER, AT(sealed_parts), "16", 1,
		100, .help = "Encrypted or signed parts opened in a message."},
	{"limits", "reader_seconds", OPTION_DURATION, AT(reader_seconds), "10s",
		SECONDS, 600 * SECONDS,
		.help = "Processor time of the reader of one message."},
	{"limits", "reader_deadline", OPTION_DURATION, AT(reader_deadline),
		"60s", SECONDS, 3600 * SECONDS,
		.help = "Real time of the reader of one message."},
	{"limits", "reader_memory", OPTION_SIZE, AT(reader_memory), "256M",
		32 * MB, 4000 * MB,
		.help = "Memory of a reader beside the message itself."},
	{"limits", "crypto_seconds", OPTION_DURATION, AT(crypto_seconds), "20s",
		SECONDS, 600 * SECONDS,
		.help = "Processor time of one gpg or psirtd-cms."},
	{"limits", "crypto_deadline", OPTION_DURATION, AT(crypto_deadline),
		"60s", SECONDS, 3600 * SECONDS,
		.help = "Real time of one gpg or psirtd-cms."},
	{"limits", "spool_reserve", OPTION_SIZE, AT(spool_reserve), "256M", 0,
		1000000 * MB,
		.help = "Free disk space below which mail is answered 452."},

	{"analyst", "address", OPTION_ADDRESS, ANALYST(address), NULL, LINE,
		.help = "Where this analyst's letters go."},
	{"analyst", "key_file", OPTION_PATH, ANALYST(key_file), NULL, LINE,
		.help = "File with the analyst's public key or certificate."},
	{"analyst", "openpgp", OPTION_FINGERPRINT, ANALYST(openpgp), "", LINE,
		.help = "Fingerprint of the analyst's OpenPGP key: the pin."},
	{"analyst", "smime", OPTION_FINGERPRINT, ANALYST(smime), "", LINE,
		.help = "SHA-1 fingerprint of the analyst's certificate: the "
			"pin, where openpgp is empty."},
	{"analyst", "user", OPTION_TEXT, ANALYST(user), "", LINE,
		.help = "Login name that is this analyst at the control "
			"socket."},
	{"analyst", "language", OPTION_TEXT, ANALYST(language), "en", LINE,
		.choices = "en|zh-CN", .help = "Language of letters to them."},
	{"analyst", "max_letter", OPTION_SIZE, ANALYST(max_letter), "10M",
		65536, 500 * MB,
		.help = "Letters that would be larger go without the "
			"attachments, which are listed."},
};

static const char *const type_names[] = {
	[OPTION_TEXT] = "text",
	[OPTION_PATH] = "path",
	[OPTION_ADDRESS] = "address",
	[OPTION_WORDS] = "words",
	[OPTION_FINGERPRINT] = "fingerprint",
	[OPTION_BOOL] = "yes or no",
	[OPTION_NUMBER] = "number",
	[OPTION_SIZE] = "size",
	[OPTION_DURATION] = "duration",
};
_Static_assert(countof(type_names) == OPTION__COUNT, "a name for each type");

const struct option *
option_table(size_t *count_r)
{
	*count_r = countof(options);
	return options;
}

const char *
option_type_name(enum option_type type)
{
	return type_names[type];
}
