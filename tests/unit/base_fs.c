/*
 * Files: whole and durable, or not there.  fsync() and rename() are ours here,
 * so that their order can be seen; FAIL makes the next one of a name fail.
 */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"

static char dir[] = "/tmp/psirtd.XXXXXX", path[64], other[64];
static struct buf calls, text;
static const char *fails;
static struct err e;

static bool
fails_now(const char *call)
{
	if (fails == NULL || strcmp(fails, call) != 0)
		return false;
	fails = NULL;
	errno = EIO;
	return true;
}

int
fsync(int fd)
{
	char link[64], name[256];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	buf_printf(&calls, "fsync %.*s\n", (int)n, name);
	return fails_now("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int
rename(const char *from, const char *to)
{
	buf_printf(&calls, "rename %s %s\n", from, to);
	return fails_now("rename")
		? -1
		: (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int
setup(void **state)
{
	(void)state;
	buf_init(&calls, 1 << 16);
	buf_init(&text, 1 << 16);
	fails = NULL;
	memcpy(strrchr(dir, '.'), ".XXXXXX", 8);
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&calls);
	buf_release(&text);
	return fs_remove_tree(dir, &e);
}

static const char *
content(const char *name)
{
	buf_clear(&text);
	if (fs_read_file(name, &text, &e) == -1)
		return NULL;
	return text.data;
}

static void
replace(const char *with)
{
	if (fs_replace_file(path, span_of(with), 0640, &e) == -1)
		fail_msg("%s", e.text);
}

/* The bytes last before the name is theirs, and the name lasts after. */
static void
test_replacing_is_durable_in_its_order(void **state)
{
	char expected[400], beside[100];
	struct stat st;

	(void)state;
	replace("one");
	assert_string_equal(content(path), "one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	snprintf(beside, sizeof(beside), "%s.new.%ld", path, (long)getpid());
	snprintf(expected, sizeof(expected),
		"fsync %s\nrename %s %s\nfsync %s\n", beside, beside, path,
		dir);
	assert_string_equal(calls.data, expected);
	assert_int_equal(access(beside, F_OK), -1);
	replace("");
	assert_string_equal(content(path), "");
}

/* Who reads meanwhile has the old file whole. */
static void
test_a_reader_keeps_the_old_file(void **state)
{
	int fd;

	(void)state;
	replace("old");
	fd = open(path, O_RDONLY);
	replace("new and longer");
	buf_clear(&text);
	assert_int_equal(fs_read_fd(fd, "old", &text, &e), 0);
	assert_string_equal(text.data, "old");
	assert_string_equal(content(path), "new and longer");
	close(fd);
}

static void
test_a_failure_leaves_the_old_file_and_nothing_beside(void **state)
{
	static const char *const steps[] = {"fsync", "rename"};
	char beside[100];
	size_t i;

	(void)state;
	snprintf(beside, sizeof(beside), "%s.new.%ld", path, (long)getpid());
	replace("old");
	for (i = 0; i < countof(steps); i++) {
		fails = steps[i];
		assert_int_equal(
			fs_replace_file(path, SPAN("new"), 0600, &e), -1);
		assert_int_equal(e.kind, ERR_TEMPORARY);
		assert_non_null(strstr(e.text, "file"));
		assert_string_equal(content(path), "old");
		assert_int_equal(access(beside, F_OK), -1);
	}
	assert_int_equal(
		fs_replace_file("/proc/none/x", SPAN("new"), 0600, &e), -1);
}

static void
test_reading_keeps_to_the_ceiling(void **state)
{
	struct buf small = BUF_INIT(5);

	(void)state;
	replace("12345");
	assert_int_equal(fs_read_file(path, &small, &e), 0);
	assert_string_equal(small.data, "12345");
	buf_clear(&small);
	replace("123456");
	assert_int_equal(fs_read_file(path, &small, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_non_null(strstr(e.text, "larger than 5 bytes"));
	buf_release(&small);
}

static void
test_only_regular_files_are_read(void **state)
{
	(void)state;
	assert_int_equal(fs_read_file(dir, &text, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_int_equal(fs_read_file("/dev/zero", &text, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	/* A pipe that nobody writes to is not waited for. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(fs_read_file(path, &text, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_int_equal(fs_read_file(other, &text, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_int_equal(text.len, 0);
}

static void
test_a_range_is_read_whole_or_not(void **state)
{
	char bytes[8] = "";
	int fd;

	(void)state;
	replace("0123456789");
	fd = open(path, O_RDONLY);
	assert_int_equal(fs_read_at(fd, bytes, 4, 3, &e), 0);
	assert_string_equal(bytes, "3456");
	assert_int_equal(fs_read_at(fd, bytes, 0, 99, &e), 0);
	assert_int_equal(fs_read_at(fd, bytes, 4, 7, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "file ends"));
	close(fd);
}

static void
test_a_range_is_copied_whole_or_not(void **state)
{
	int64_t size;
	int in, out;

	(void)state;
	replace("0123456789");
	in = open(path, O_RDONLY);
	assert_int_equal(fs_memory_file("copy", &out, &e), 0);
	assert_int_equal(fs_write_all(out, "front ", 6, &e), 0);
	assert_int_equal(fs_copy(out, in, 2, 5, &e), 0);
	assert_int_equal(fs_copy(out, in, 99, 0, &e), 0);
	assert_int_equal(fs_read_fd(out, "copy", &text, &e), 0);
	assert_string_equal(text.data, "front 23456");
	assert_int_equal(fs_size(out, &size, &e), 0);
	assert_int_equal(size, 11);
	assert_int_equal(fs_copy(out, in, 8, 3, &e), -1);
	assert_non_null(strstr(e.text, "file ends"));
	close(in);
	close(out);
}

static void
test_a_full_disk_is_temporary(void **state)
{
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_equal(fs_write_all(fd, "x", 1, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "No space left"));
	assert_int_equal(fs_write_all(fd, "", 0, &e), 0);
	close(fd);
}

static void
test_a_tree_goes_whole_and_alone(void **state)
{
	char deep[100], link[100];

	(void)state;
	replace("kept");
	snprintf(deep, sizeof(deep), "%s/other/a/b/c", dir);
	assert_int_equal(fs_make_dirs(deep, 0700, &e), 0);
	snprintf(link, sizeof(link), "%s/other/a/link", dir);
	/* Neither the file nor the directory that links name. */
	assert_int_equal(symlink(path, link), 0);
	snprintf(link, sizeof(link), "%s/other/a/b/link", dir);
	assert_int_equal(symlink(dir, link), 0);
	assert_int_equal(fs_remove_tree(other, &e), 0);
	assert_int_equal(access(other, F_OK), -1);
	assert_string_equal(content(path), "kept");
	assert_int_equal(fs_remove_tree(other, &e), 0);
	assert_int_equal(fs_remove_tree(path, &e), 0);
	assert_null(content(path));
}

static void
test_directories_are_made_where_they_lack(void **state)
{
	char deep[100];
	struct stat st;

	(void)state;
	snprintf(deep, sizeof(deep), "%s/a/b", dir);
	assert_int_equal(fs_make_dirs(deep, 0700, &e), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(fs_make_dirs(deep, 0700, &e), 0);
	snprintf(deep, sizeof(deep), "%s/a//c/", dir);
	assert_int_equal(fs_make_dirs(deep, 0700, &e), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(fs_make_dirs("/", 0700, &e), 0);
	assert_int_equal(fs_make_dirs("", 0700, &e), -1);
}

static void
test_a_file_in_the_way_is_no_directory(void **state)
{
	char below[100];

	(void)state;
	replace("a file");
	assert_int_equal(fs_make_dirs(path, 0700, &e), -1);
	assert_non_null(strstr(e.text, path));
	snprintf(below, sizeof(below), "%s/below", path);
	assert_int_equal(fs_make_dirs(below, 0700, &e), -1);
	/* A link to a directory is as good as one. */
	assert_int_equal(symlink(dir, other), 0);
	assert_int_equal(fs_make_dirs(other, 0700, &e), 0);
}

static void
test_free_space_is_told(void **state)
{
	int64_t bytes = -1;

	(void)state;
	assert_int_equal(fs_free_space(dir, &bytes, &e), 0);
	assert_true(bytes > 0);
	assert_int_equal(fs_free_space(other, &bytes, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_replacing_is_durable_in_its_order),
		T(test_a_reader_keeps_the_old_file),
		T(test_a_failure_leaves_the_old_file_and_nothing_beside),
		T(test_reading_keeps_to_the_ceiling),
		T(test_only_regular_files_are_read),
		T(test_a_range_is_read_whole_or_not),
		T(test_a_range_is_copied_whole_or_not),
		T(test_a_full_disk_is_temporary),
		T(test_a_tree_goes_whole_and_alone),
		T(test_directories_are_made_where_they_lack),
		T(test_a_file_in_the_way_is_no_directory),
		T(test_free_space_is_told)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
