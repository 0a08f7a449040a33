/* The two headers of a letter: outside as little as can be, inside all. */
#include "letters/draft.h"

#include "mail_kit.h"

#include "base/clock.h"

#define NOW (INT64_C(1795276800) * SECOND) /* 21 November 2026, 16:00 UTC */
#define SECRET "Heap overflow in the importer"
#define LETTER_MAX (1 << 20)

static struct buf outer, entity;
static struct err e;

static int
setup(void **state)
{
	buf_init(&outer, LETTER_MAX);
	buf_init(&entity, LETTER_MAX);
	return kit_setup(state);
}

static int
teardown(void **state)
{
	buf_release(&outer);
	buf_release(&entity);
	return kit_teardown(state);
}

static struct draft
plain(void)
{
	return (struct draft){.from_name = "Example PSIRT",
		.from = "psirt@example.com",
		.to_name = "Faye Finder",
		.to = "faye@finder.example",
		.reply_to = "psirt+token@example.com",
		.message_id = "abc@example.com",
		.in_reply_to = "1@finder.example",
		.references = "<0@finder.example> <1@finder.example>",
		.subject = SECRET,
		.outer_subject = "[EX-2026-0001] message",
		.date = NOW,
		.auto_submitted = "",
		.loop_mark = "looptoken",
		.autocrypt = "",
		.body = "Words.\n"};
}

static void
write_draft(const struct draft *d, bool encrypted)
{
	buf_clear(&outer);
	buf_clear(&entity);
	if (draft_write(d, encrypted ? DRAFT_ENCRYPTED : DRAFT_SIGNED, &outer,
		    &entity, &e) == -1)
		fail_msg("%s", e.text);
}

/* How often FIELD, with its colon, begins a line of the header of B. */
static int
fields(const struct buf *b, const char *field)
{
	const char *end = strstr(b->data, "\r\n\r\n"), *p = b->data;
	int n = 0;

	while (p != NULL && (end == NULL || p < end)) {
		n += strncmp(p, field, strlen(field)) == 0;
		p = strstr(p, "\r\n");
		p = p != NULL ? p + 2 : NULL;
	}
	return n;
}

static void
has(const struct buf *b, const char *line)
{
	if (strstr(b->data, line) == NULL)
		fail_msg("no %s in %s", line, b->data);
}

static void
test_outside_there_is_no_subject(void **state)
{
	struct draft d = plain();

	(void)state;
	write_draft(&d, true);
	has(&outer, "Subject: [EX-2026-0001] message\r\n");
	assert_null(strstr(outer.data, SECRET));
	assert_null(strstr(outer.data, "HP-Outer"));
	assert_null(strstr(outer.data, "Content-Type"));
	has(&entity, "Subject: " SECRET "\r\n");
	has(&entity, "hp=\"cipher\"");
}

/* RFC 9788, 2.2: of each field that stands outside, what stands there. */
static void
test_inside_stands_what_is_outside(void **state)
{
	static const char *const names[] = {
		"Date:", "From:", "To:", "Reply-To:", "Message-ID:",
		"In-Reply-To:", "References:", "Subject:", "X-PSIRT-Loop:"};
	struct draft d = plain();
	char outside[40];
	size_t i;

	(void)state;
	write_draft(&d, true);
	for (i = 0; i < countof(names); i++) {
		snprintf(outside, sizeof(outside), "HP-Outer: %s", names[i]);
		assert_int_equal(fields(&outer, names[i]), 1);
		assert_int_equal(fields(&entity, names[i]), 1);
		assert_int_equal(fields(&entity, outside), 1);
	}
	assert_int_equal(fields(&entity, "HP-Outer:"), countof(names));
	has(&entity, "HP-Outer: Subject: [EX-2026-0001] message\r\n");
	has(&entity, "HP-Outer: Date: Sat, 21 Nov 2026 16:00:00 +0000\r\n");
}

/* Without a signature nothing is protected, and nothing claims to be. */
static void
test_a_bare_letter_has_each_field_once(void **state)
{
	struct draft d = plain();

	(void)state;
	d.outer_subject = d.subject;
	buf_clear(&outer);
	buf_clear(&entity);
	assert_int_equal(draft_write(&d, DRAFT_BARE, &outer, &entity, &e), 0);
	has(&outer, "Subject: " SECRET "\r\n");
	assert_int_equal(strncmp(entity.data, "Content-Type: ", 14), 0);
	assert_int_equal(fields(&entity, "Subject:"), 0);
	assert_int_equal(fields(&entity, "From:"), 0);
	assert_null(strstr(entity.data, "hp="));
}

static void
test_in_clear_nothing_is_hidden(void **state)
{
	struct draft d = plain();

	(void)state;
	d.outer_subject = d.subject;
	write_draft(&d, false);
	has(&outer, "Subject: " SECRET "\r\n");
	has(&entity, "Subject: " SECRET "\r\n");
	has(&entity, "hp=\"clear\"");
	assert_int_equal(fields(&entity, "HP-Outer:"), 0);
}

/* Fields that are empty are not there; a robot says that it is one. */
static void
test_only_what_there_is_to_say(void **state)
{
	struct draft d = plain();

	(void)state;
	write_draft(&d, true);
	assert_int_equal(fields(&outer, "Auto-Submitted:"), 0);
	assert_int_equal(fields(&outer, "X-Auto-Response-Suppress:"), 0);
	assert_int_equal(fields(&outer, "Autocrypt:"), 0);
	d.reply_to = d.in_reply_to = d.references = "";
	d.auto_submitted = "auto-replied";
	d.autocrypt = "addr=psirt@example.com; keydata=AAAA";
	write_draft(&d, true);
	assert_int_equal(fields(&outer, "Reply-To:"), 0);
	assert_int_equal(fields(&outer, "In-Reply-To:"), 0);
	assert_int_equal(fields(&outer, "References:"), 0);
	has(&outer, "Auto-Submitted: auto-replied\r\n");
	has(&outer, "X-Auto-Response-Suppress: All\r\n");
	has(&outer, "Autocrypt: addr=psirt@example.com");
	has(&entity, "HP-Outer: Auto-Submitted: auto-replied\r\n");
}

/* Ours is a mail that our own reader takes for what it is. */
static void
test_the_protected_header_is_read(void **state)
{
	struct kit *k = *state;
	struct compose_part key = {.kind = COMPOSE_DATA,
		.type = "application/octet-stream",
		.name = "trace.txt",
		.attachment = true,
		.data = SPAN("trace")};
	struct draft d = plain();
	struct reading *r;
	int with;

	for (with = 0; with < 2; with++) {
		d.attachments_count = (size_t)with;
		d.attachments[0] = key;
		d.subject = "\xe5\xa0\x86\xe6\xba\xa2\xe5\x87\xba, " SECRET;
		write_draft(&d, true);
		buf_puts(&outer,
			"MIME-Version: 1.0\r\n"
			"Content-Type: multipart/encrypted; boundary=b;\r\n"
			" protocol=\"application/pgp-encrypted\"\r\n\r\n--b\r\n"
			"Content-Type: application/pgp-encrypted\r\n\r\n"
			"Version: 1\r\n\r\n--b\r\n"
			"Content-Type: application/octet-stream\r\n\r\nx\r\n"
			"--b--\r\n");
		r = kit_read_bytes(k, buf_view(&outer));
		assert_int_equal(r->sealed_count, 1);
		kit_add(k, SOURCE_ENTITY, r->sealed[0].source, r->sealed[0].at,
			buf_view(&entity));
		r = kit_reread(k);
		assert_true(r->protected_header);
		assert_string_equal(r->header.subject, d.subject);
		assert_string_equal(r->outer.subject, d.outer_subject);
		assert_false(r->from_differs);
		assert_string_equal(r->header.message_id, "abc@example.com");
		assert_int_equal(r->header.references_count, 2);
		assert_string_equal(r->new_text, "Words.\n");
	}
}

/* No value ends its field. */
static void
test_injected_fields_are_refused(void **state)
{
	struct draft rows[] = {plain(), plain(), plain(), plain(), plain()};
	size_t i;

	(void)state;
	rows[0].subject = "x\r\nBcc: y@z";
	rows[1].to = "faye@finder.example\nBcc: y@z";
	rows[2].message_id = "a@b>\r\nBcc: <y@z";
	rows[3].references = "<a@b>\n\nbody";
	rows[4].outer_subject = "x\ny";
	for (i = 0; i < countof(rows); i++) {
		buf_clear(&outer);
		buf_clear(&entity);
		assert_int_equal(draft_write(&rows[i], DRAFT_ENCRYPTED, &outer,
					 &entity, &e),
			-1);
		assert_null(strstr(outer.data, "\nBcc"));
	}
}

static void
test_a_letter_has_a_size_before_it_is_written(void **state)
{
	struct draft d = plain();
	int64_t small = draft_size(&d);

	(void)state;
	d.attachments_count = 1;
	d.attachments[0] = (struct compose_part){.kind = COMPOSE_FILE,
		.type = "application/octet-stream",
		.len = 3 << 20};
	assert_true(small > 0 && small < 4096);
	assert_true(draft_size(&d) > 4 << 20);
	assert_true(draft_size(&d) < 5 << 20);
}

static void
test_what_is_too_long_is_no_letter(void **state)
{
	struct draft d = plain();

	(void)state;
	buf_release(&entity);
	buf_init(&entity, 100);
	assert_int_equal(
		draft_write(&d, DRAFT_ENCRYPTED, &outer, &entity, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_string_equal(e.status, "5.3.4");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_outside_there_is_no_subject),
		T(test_inside_stands_what_is_outside),
		T(test_a_bare_letter_has_each_field_once),
		T(test_in_clear_nothing_is_hidden),
		T(test_only_what_there_is_to_say),
		T(test_the_protected_header_is_read),
		T(test_injected_fields_are_refused),
		T(test_a_letter_has_a_size_before_it_is_written),
		T(test_what_is_too_long_is_no_letter)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
