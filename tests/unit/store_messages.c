/*
 * Messages: bytes in a row or in a file, which is durable before its row is.
 * fsync() is ours here, so that it can be seen what was made to last.
 */
#include "store_kit.h"

#include <sys/syscall.h>

#include "base/clock.h"

static struct buf synced;

int
fsync(int fd)
{
	char link[64], name[256];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	buf_printf(&synced, "%.*s\n", (int)n, name);
	return (int)syscall(SYS_fsync, fd);
}

static int
setup(void **state)
{
	buf_init(&synced, 1 << 16);
	return shop_setup(state);
}

static int
teardown(void **state)
{
	buf_release(&synced);
	return shop_teardown(state);
}

/* LEN bytes of which each stretch is different. */
static struct span
bytes_of(struct shop *x, size_t len)
{
	char *data = arena_alloc(x->a, len + 1);
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = (char)(i * 7 + i / 251);
	return (struct span){data, len};
}

static struct message
plain(void)
{
	return (struct message){.form = MESSAGE_RECEIVED,
		.received = NOW,
		.sender = "f@finder.example",
		.recipients = "psirt@example.com\n",
		.spool = "lmtp/a.0",
		.queue = "4XyZ",
		.message_id = "1@finder.example"};
}

static struct stored_bytes
put(struct shop *x, struct span data)
{
	struct stored_bytes b;
	int fd = shop_file(data);

	must(x, message_put(x->s, fd, 0, (int64_t)data.len, x->a, &b, &x->e));
	close(fd);
	return b;
}

static int64_t
add(struct shop *x, struct message m, const struct stored_bytes *b)
{
	shop_begin(x);
	must(x, message_add(x->s, &m, b, &x->e));
	shop_commit(x);
	assert_true(m.id > 0);
	assert_int_equal(m.copies, 1);
	assert_int_equal(m.size, b->size);
	return m.id;
}

static void
path_of(struct shop *x, const struct stored_bytes *b, char path[200])
{
	char hex[HASH_HEX];

	hex_of(b->hash.bytes, sizeof(b->hash.bytes), hex);
	snprintf(path, 200, "%s/messages/%.2s/%s", x->dir, hex, hex);
}

static void
opens_as(struct shop *x, int64_t id, struct span data)
{
	char *read = arena_alloc(x->a, data.len + 1);
	int64_t size = -1;
	int fd = -1;

	must(x, message_open(x->s, id, &fd, &size, &x->e));
	assert_int_equal(size, data.len);
	must(x, fs_read_at(fd, read, data.len, 0, &x->e));
	assert_memory_equal(read, data.data, data.len);
	close(fd);
}

/* Up to the limit in the row, above it in a file; all come back. */
static void
test_sizes_around_the_limit(void **state)
{
	static const size_t sizes[] = {1, 2, STORE_ROW_MAX - 1, STORE_ROW_MAX,
		STORE_ROW_MAX + 1, 5 * STORE_ROW_MAX + 3};
	struct shop *x = *state;
	struct stored_bytes b;
	struct hash h;
	char path[200];
	size_t i;

	for (i = 0; i < countof(sizes); i++) {
		struct span data = bytes_of(x, sizes[i]);
		int64_t id;

		b = put(x, data);
		h = hash_of(data);
		assert_memory_equal(b.hash.bytes, h.bytes, HASH_BYTES);
		id = add(x, plain(), &b);
		path_of(x, &b, path);
		assert_int_equal(
			access(path, F_OK) == 0, sizes[i] > STORE_ROW_MAX);
		opens_as(x, id, data);
	}
}

static void
test_a_message_of_nothing_comes_back(void **state)
{
	struct shop *x = *state;
	struct stored_bytes b = put(x, SPAN(""));

	opens_as(x, add(x, plain(), &b), SPAN(""));
}

static void
test_a_range_of_a_file_is_put(void **state)
{
	struct shop *x = *state;
	struct span data = bytes_of(x, 300000);
	struct stored_bytes b;
	int fd = shop_file(data);

	must(x, message_put(x->s, fd, 1000, 200, x->a, &b, &x->e));
	opens_as(x, add(x, plain(), &b), (struct span){data.data + 1000, 200});
	must(x, message_put(x->s, fd, 1000, 200000, x->a, &b, &x->e));
	opens_as(x, add(x, plain(), &b),
		(struct span){data.data + 1000, 200000});
	assert_int_equal(
		message_put(x->s, fd, 200000, 200000, x->a, &b, &x->e), -1);
	assert_int_equal(x->e.kind, ERR_TEMPORARY);
	assert_int_equal(message_put(x->s, fd, 299999, 2, x->a, &b, &x->e), -1);
	close(fd);
}

/* The file, the directory that is new, and the one that it is new in. */
static void
test_a_file_is_durable_with_its_directories(void **state)
{
	struct shop *x = *state;
	struct stored_bytes b = put(x, bytes_of(x, STORE_ROW_MAX + 1));
	char path[200], line[300];

	path_of(x, &b, path);
	*strrchr(path, '/') = '\0';
	snprintf(line, sizeof(line), "%s\n", path);
	assert_non_null(strstr(synced.data, line));
	snprintf(line, sizeof(line), "%s/messages\n", x->dir);
	assert_non_null(strstr(synced.data, line));
	snprintf(line, sizeof(line), "%s/messages/new.%ld\n", x->dir,
		(long)getpid());
	assert_memory_equal(synced.data, line, strlen(line));
	/* Nothing stays beside it. */
	line[strlen(line) - 1] = '\0';
	assert_int_equal(access(line, F_OK), -1);
}

static void
test_the_same_bytes_are_one_file(void **state)
{
	struct shop *x = *state;
	struct span data = bytes_of(x, STORE_ROW_MAX + 1);
	struct stored_bytes b = put(x, data);
	int64_t one = add(x, plain(), &b), two;

	b = put(x, data);
	two = add(x, plain(), &b);
	assert_int_not_equal(one, two);
	opens_as(x, one, data);
	opens_as(x, two, data);
}

static void
test_a_row_says_what_was_received(void **state)
{
	static const char *const names[] = {"received", "sealed", "words"};
	struct shop *x = *state;
	struct stored_bytes b = put(x, SPAN("mail"));
	struct message m;
	int form;

	for (form = 0; form < MESSAGE__COUNT; form++) {
		struct message in = plain();
		struct sql *q;
		int64_t id;

		in.form = (enum message_form)form;
		id = add(x, in, &b);
		assert_int_equal(message_get(x->s, id, x->a, &m, &x->e), 1);
		assert_int_equal(m.id, id);
		assert_int_equal(m.form, form);
		assert_true(m.received == NOW);
		assert_int_equal(m.size, 4);
		assert_int_equal(m.copies, 1);
		assert_string_equal(m.sender, "f@finder.example");
		assert_string_equal(m.recipients, "psirt@example.com\n");
		assert_string_equal(m.spool, "lmtp/a.0");
		assert_string_equal(m.queue, "4XyZ");
		assert_string_equal(m.message_id, "1@finder.example");
		q = sql_query(x->s, &x->e,
			"SELECT form FROM messages WHERE id = ?", SQL_INT(id));
		assert_int_equal(sql_next(q, &x->e), 1);
		assert_string_equal(sql_text(q, 0), names[form]);
		sql_end(q);
	}
	assert_int_equal(message_get(x->s, 99, x->a, &m, &x->e), 0);
}

static void
test_what_is_not_there_is_an_error(void **state)
{
	struct shop *x = *state;
	struct span data = bytes_of(x, STORE_ROW_MAX + 1);
	struct stored_bytes b = put(x, data);
	int64_t id = add(x, plain(), &b), size;
	char path[200];
	int fd;

	path_of(x, &b, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(message_open(x->s, id, &fd, &size, &x->e), -1);
	assert_int_equal(x->e.kind, ERR_TEMPORARY);
	assert_int_equal(message_open(x->s, 99, &fd, &size, &x->e), -1);
	assert_int_equal(x->e.kind, ERR_BUG);
}

static int
copy(struct shop *x, struct hash h, const char *queue, int64_t *id)
{
	struct message m = {.received = NOW + MINUTE,
		.sender = "g@finder.example",
		.recipients = "a@x.org\nb@x.org\n",
		.spool = "lmtp/b.0",
		.queue = queue};
	int found;

	shop_begin(x);
	found = message_copy(x->s, &h, &m, id, &x->e);
	must(x, found);
	shop_commit(x);
	return found;
}

static void
test_a_copy_is_counted_and_not_stored(void **state)
{
	struct shop *x = *state;
	struct stored_bytes b = put(x, SPAN("mail"));
	struct message m = plain();
	int64_t id, found = 77;

	m.identity = hash_of(SPAN("what it is"));
	m.has_identity = true;
	assert_int_equal(copy(x, m.identity, "Q1", &found), 0);
	assert_int_equal(found, 0);
	id = add(x, m, &b);
	assert_int_equal(copy(x, m.identity, "Q1", &found), 1);
	assert_int_equal(found, id);
	assert_int_equal(copy(x, hash_of(SPAN("another")), "Q1", &found), 0);
	assert_int_equal(copy(x, m.identity, "Q2", &found), 1);
	assert_int_equal(message_get(x->s, id, x->a, &m, &x->e), 1);
	assert_int_equal(m.copies, 3);
	assert_string_equal(m.recipients, "psirt@example.com\n");
	assert_int_equal(shop_number(x, "SELECT count(*) FROM copies"), 2);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM copies WHERE message = 1"
				 " AND sender = 'g@finder.example' AND queue ="
				 " 'Q2' AND spool = 'lmtp/b.0' AND recipients ="
				 " 'a@x.org' || char(10) || 'b@x.org'"
				 " || char(10)"),
		1);
}

/* Who sends it for ever fills no disk. */
static void
test_so_many_copies_are_kept(void **state)
{
	struct shop *x = *state;
	struct stored_bytes b = put(x, SPAN("mail"));
	struct message m = plain();
	int64_t id, found;
	int i;

	m.identity = hash_of(SPAN("what it is"));
	m.has_identity = true;
	id = add(x, m, &b);
	for (i = 0; i < MESSAGE_COPIES_KEPT + 10; i++)
		copy(x, m.identity, "Q", &found);
	assert_int_equal(shop_number(x, "SELECT count(*) FROM copies"),
		MESSAGE_COPIES_KEPT);
	assert_int_equal(message_get(x->s, id, x->a, &m, &x->e), 1);
	assert_int_equal(m.copies, MESSAGE_COPIES_KEPT + 11);
}

static void
test_one_identity_is_one_message(void **state)
{
	struct shop *x = *state;
	struct stored_bytes b = put(x, SPAN("mail"));
	struct message m = plain();

	m.identity = hash_of(SPAN("what it is"));
	m.has_identity = true;
	add(x, m, &b);
	shop_begin(x);
	assert_int_equal(message_add(x->s, &m, &b, &x->e), -1);
	store_rollback(x->s);
	/* Without one there may be any number. */
	m.has_identity = false;
	add(x, m, &b);
	add(x, m, &b);
}

static void
test_files_that_no_row_names_are_swept_after_a_day(void **state)
{
	struct shop *x = *state;
	struct stored_bytes named = put(x, bytes_of(x, STORE_ROW_MAX + 1));
	struct stored_bytes loose = put(x, bytes_of(x, STORE_ROW_MAX + 2));
	struct stored_bytes letter = put(x, bytes_of(x, STORE_ROW_MAX + 3));
	char kept[200], gone[200], letters[200], beside[100];
	int64_t now = clock_now();

	add(x, plain(), &named);
	shop_case(x);
	must(x,
		sql_do(x->s, &x->e, "UPDATE letters SET hash = ?",
			SQL_BLOB(letter.hash.bytes, HASH_BYTES)));
	path_of(x, &named, kept);
	path_of(x, &loose, gone);
	path_of(x, &letter, letters);
	snprintf(beside, sizeof(beside), "%s/messages/new.1", x->dir);
	must(x, fs_replace_file(beside, SPAN("left by a crash"), 0600, &x->e));
	must(x, messages_sweep(x->s, now + DAY - HOUR, &x->e));
	assert_int_equal(access(gone, F_OK), 0);
	assert_int_equal(access(beside, F_OK), 0);
	must(x, messages_sweep(x->s, now + DAY + HOUR, &x->e));
	assert_int_equal(access(gone, F_OK), -1);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(access(kept, F_OK), 0);
	assert_int_equal(access(letters, F_OK), 0);
	/* Nothing to do is no error. */
	must(x, messages_sweep(x->s, now + 2 * DAY, &x->e));
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_sizes_around_the_limit),
		T(test_a_message_of_nothing_comes_back),
		T(test_a_range_of_a_file_is_put),
		T(test_a_file_is_durable_with_its_directories),
		T(test_the_same_bytes_are_one_file),
		T(test_a_row_says_what_was_received),
		T(test_what_is_not_there_is_an_error),
		T(test_a_copy_is_counted_and_not_stored),
		T(test_so_many_copies_are_kept),
		T(test_one_identity_is_one_message),
		T(test_files_that_no_row_names_are_swept_after_a_day)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
