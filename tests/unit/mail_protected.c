/* Protected headers: RFC 9788, the drafts before it, and what is not one. */
#include "mail_kit.h"

#define OUTER \
	"From: Finder <finder@example.org>\nTo: s@example.com\n" \
	"Subject: ...\nMessage-ID: <outer@x>\nReferences: <a@x> <b@x>\n" \
	"Date: Sat, 21 Nov 2026 16:00:00 +0000\n"
#define SIGNED(INNER) \
	"Content-Type: multipart/signed; boundary=s;\n" \
	" protocol=\"application/pgp-signature\"\n\n--s\n" INNER \
	"\n--s\nContent-Type: application/pgp-signature\n\nx\n--s--\n"

static void
test_clear(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: text/plain; hp=\"clear\"\n"
			"From: Finder <finder@example.org>\nSubject: real\n"
			"To: s@example.com\nMessage-ID: <inner@x>\n"
			"HP-Outer: Subject: ...\n\nbody\n"));
	assert_true(r->protected_header);
	assert_false(r->from_differs);
	assert_string_equal(r->header.subject, "real");
	assert_string_equal(r->outer.subject, "...");
	assert_string_equal(r->header.message_id, "inner@x");
	assert_string_equal(r->new_text, "body\n");
}

/* What a protected header lacks is not taken from outside, but threads. */
static void
test_missing_fields(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		OUTER SIGNED("Content-Type: text/plain; hp=cipher\n"
			     "Subject: only\n\nx\n"));
	assert_true(r->protected_header);
	assert_int_equal(r->header.from_count, 0);
	assert_int_equal(r->header.to_count, 0);
	assert_false(r->from_differs);
	assert_string_equal(r->header.message_id, "outer@x");
	assert_int_equal(r->header.references_count, 2);
	assert_int_equal(r->header.date, r->outer.date);
	assert_true(r->header.date > 0);
}

static void
test_case_line_in_subject(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		OUTER SIGNED("Content-Type: text/plain; hp=cipher\n"
			     "Subject: Re: [PSIRT-2026-0042 "
			     "abcdefghijklmnopqrstuvwx] [PSIRT-2026-0043 "
			     "abcdefghijklmnopqrstuvwx] a\n\n"
			     "> /case PSIRT-2026-0042 "
			     "abcdefghijklmnopqrstuvwx\n"));
	assert_int_equal(r->case_lines_count, 1);
	assert_string_equal(r->case_lines[0].id, "PSIRT-2026-0042");
	assert_string_equal(r->case_lines[0].token, "abcdefghijklmnopqrstuvwx");
}

static void
test_from_differs(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		OUTER SIGNED("Content-Type: text/plain; hp=clear\n"
			     "From: finder@EXAMPLE.org\n\nx\n"));
	assert_false(r->from_differs);
	r = kit_read(k,
		OUTER SIGNED("Content-Type: text/plain; hp=clear\n"
			     "From: other@example.org\n\nx\n"));
	assert_true(r->from_differs);
	r = kit_read(k,
		OUTER SIGNED("Content-Type: text/plain; hp=clear\n"
			     "From: finder@example.org,\n"
			     " second@example.org\n\nx\n"));
	assert_true(r->from_differs);
}

/* Without the envelope, or below its payload's root, hp means nothing. */
static void
test_not_protected(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k, OUTER "Content-Type: text/plain; hp=\"cipher\"\n\nx\n");
	assert_false(r->protected_header);
	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: text/plain\nSubject: forged\n\nx\n"));
	assert_false(r->protected_header);
	assert_string_equal(r->header.subject, "...");
	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: multipart/mixed; boundary=m\n\n--m\n"
			"Content-Type: text/plain; hp=clear\n"
			"Subject: forged\n\nx\n"
			"--m--\n"));
	assert_false(r->protected_header);
	/* Something stands beside the signature. */
	r = kit_read(k,
		OUTER
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n" SIGNED(
			"Content-Type: text/plain; hp=clear\n"
			"Subject: forged\n\nx\n") "\n--m\n\nfooter\n--m--\n");
	assert_false(r->protected_header);
	assert_false(r->sealed[0].whole);
	/* In a forwarded message. */
	r = kit_read(k,
		OUTER "Content-Type: message/rfc822\n\n" SIGNED(
			"Content-Type: text/plain; hp=clear\n"
			"Subject: forged\n\nx\n"));
	assert_false(r->protected_header);
}

static void
test_legacy_display(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: text/plain; hp=cipher; "
			"hp-legacy-display=1\n"
			"Subject: real\n\nSubject: real\n\n/take\nwords\n"));
	assert_string_equal(r->new_text, "/take\nwords\n");
	/* Not announced: then it is what somebody wrote. */
	r = kit_read(k,
		OUTER SIGNED("Content-Type: text/plain; hp=cipher\n"
			     "Subject: real\n\nSubject: real\n\nwords\n"));
	assert_string_equal(r->new_text, "Subject: real\n\nwords\n");
	/* Only what was hidden needs to be displayed again. */
	r = kit_read(k,
		OUTER SIGNED("Content-Type: text/plain; hp=clear; "
			     "hp-legacy-display=1\n"
			     "Subject: real\n\nSubject: real\n\n/take\n"));
	assert_string_equal(r->new_text, "Subject: real\n\n/take\n");
	/* Announced, but there is no protected header. */
	r = kit_read(k,
		OUTER "Content-Type: text/plain; hp-legacy-display=1\n\n"
		      "Subject: real\n\nwords\n");
	assert_string_equal(r->new_text, "Subject: real\n\nwords\n");
	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: multipart/mixed; hp=cipher; boundary=m\n"
			"Subject: real\n\n--m\n"
			"Content-Type: text/html; hp-legacy-display=1\n\n"
			"<div class=\"header-protection-legacy-display\">"
			"<pre>Subject: real</pre></div><p>words</p>\n--m--\n"));
	assert_string_equal(r->new_text, "words\n");
}

static void
test_old_drafts(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: text/plain; protected-headers=\"v1\"\n"
			"Subject: real\n\nwords\n"));
	assert_true(r->protected_header);
	assert_string_equal(r->header.subject, "real");
	assert_string_equal(r->new_text, "words\n");

	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: multipart/mixed; protected-headers=v1;\n"
			" boundary=m\nSubject: real\n\n--m\n"
			"Content-Type: text/rfc822-headers; "
			"protected-headers=v1\n"
			"Content-Disposition: inline\n\nSubject: real\n--m\n\n"
			"words\n--m--\n"));
	assert_string_equal(r->header.subject, "real");
	assert_string_equal(r->new_text, "words\n");
	assert_int_equal(r->parts[2].role, PART_UNSHOWN);

	/* Only the first part can be the display; nothing else is hidden. */
	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: multipart/mixed; protected-headers=v1;\n"
			" boundary=m\nSubject: real\n\n--m\n\nwords\n--m\n"
			"Content-Type: text/plain; protected-headers=v1\n\n"
			"shown\n--m--\n"));
	assert_string_equal(r->new_text, "words\n\nshown\n");
}

/* RFC 8551, 3.1: the whole message again. */
static void
test_wrapped(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: message/rfc822; forwarded=no\n\n"
			"From: finder@example.org\nSubject: real\n\nwords\n"));
	assert_true(r->protected_header);
	assert_string_equal(r->header.subject, "real");
	assert_string_equal(r->new_text, "words\n");
	r = kit_read(k,
		OUTER SIGNED(
			"Content-Type: message/rfc822\n\n"
			"From: other@example.org\nSubject: fwd\n\nwords\n"));
	assert_false(r->protected_header);
	assert_string_equal(r->new_text, "");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_clear),
		T(test_missing_fields), T(test_case_line_in_subject),
		T(test_from_differs), T(test_not_protected),
		T(test_legacy_display), T(test_old_drafts), T(test_wrapped)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
