/*
 * Each profile of the sandbox, from inside: what it may not do, it cannot.
 * Every attempt is made by a child that has entered the profile, and says with
 * its exit status, or its death, how it went.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "daemon/sandbox.h"

#define DONE 0 /* it worked */
#define FAILED 42 /* it gave an error */
#define LARGE (64 << 20)

static char dir[64];
static struct conf conf;

typedef bool attempt(void);

/* --- attempts: true when it worked --- */

static bool
open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static bool
in_state(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", conf.state, name);
	return open_file(path, flags);
}

static bool
read_passwd(void)
{
	return open_file("/etc/passwd", O_RDONLY);
}

static bool
read_elsewhere(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/elsewhere", dir);
	return open_file(path, O_RDONLY);
}

static bool
read_store(void)
{
	return in_state("store.db", O_RDONLY);
}

static bool
read_secret(void)
{
	return in_state("secret/hmac", O_RDONLY);
}

static bool
write_spool(void)
{
	return in_state("spool/lmtp/new", O_WRONLY | O_CREAT);
}

static bool
write_spool_of_milter(void)
{
	return in_state("spool/milter/new", O_WRONLY | O_CREAT);
}

static bool
write_store(void)
{
	return in_state("store.db", O_RDWR);
}

static bool
open_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) != -1;
}

static bool
open_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) != -1;
}

static bool
open_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) != -1;
}

static bool
run_program(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/usr/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	return pid != -1 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void *
say_yes(void *arg)
{
	*(bool *)arg = true;
	return NULL;
}

static bool
start_thread(void)
{
	pthread_t thread;
	bool ran = false;

	return pthread_create(&thread, NULL, say_yes, &ran) == 0 &&
		pthread_join(thread, NULL) == 0 && ran;
}

static bool
become_program(void)
{
	execl("/usr/bin/true", "true", (char *)NULL);
	return false;
}

static bool
is_dumpable(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}

static bool
may_gain(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static bool
allocate(void)
{
	return mmap(NULL, LARGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
burn(void)
{
	for (;;)
		__asm__ volatile("");
	return true;
}

static int extract = -1;

static bool
write_much(void)
{
	static const char block[65536];
	int i;

	for (i = 0; i < 64; i++)
		if (write(extract, block, sizeof(block)) == -1)
			return false;
	return true;
}

/* --- the child --- */

static int
try(enum sandbox_profile profile, attempt *what)
{
	struct sandbox_limits limits = {
		.memory = INT64_MAX, .seconds = 1, .file_size = 1 << 20};
	struct err e;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (profile == SANDBOX_READER && what == allocate)
			limits.memory = LARGE;
		if (sandbox_enter(profile,
			    profile == SANDBOX_CMS ? NULL : &conf,
			    profile == SANDBOX_READER ? &limits : NULL,
			    &e) == -1) {
			fprintf(stderr, "%s\n", e.text);
			_exit(99);
		}
		_exit(what() ? DONE : FAILED);
	}
	assert_int_not_equal(pid, -1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

#define DIES(SIGNAL) (1000 + (SIGNAL))

/* --- tests --- */

static void
test_what_parses_has_nothing(void **state)
{
	static attempt *const all[] = {read_passwd, read_store, write_spool,
		open_inet, open_unix, run_program, become_program};
	size_t i;

	(void)state;
	for (i = 0; i < countof(all); i++) {
		assert_int_equal(try(SANDBOX_READER, all[i]), DIES(SIGSYS));
		assert_int_equal(try(SANDBOX_CMS, all[i]), DIES(SIGSYS));
	}
}

static void
test_reader_is_limited(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_READER, burn), DIES(SIGXCPU));
	assert_int_equal(try(SANDBOX_READER, write_much), DIES(SIGXFSZ));
#if !defined(__SANITIZE_ADDRESS__)
	assert_int_equal(try(SANDBOX_READER, allocate), FAILED);
#endif
}

static void
test_lmtp_has_its_spool_and_no_more(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_LMTP, write_spool), DONE);
	assert_int_equal(try(SANDBOX_LMTP, read_store), FAILED);
	assert_int_equal(try(SANDBOX_LMTP, read_secret), FAILED);
	assert_int_equal(try(SANDBOX_LMTP, read_passwd), FAILED);
	assert_int_equal(try(SANDBOX_LMTP, open_inet), FAILED);
	assert_int_equal(try(SANDBOX_LMTP, open_unix), FAILED);
	assert_int_equal(try(SANDBOX_LMTP, become_program), FAILED);
}

static void
test_milter_has_threads_and_its_spool(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_MILTER, start_thread), DONE);
	assert_int_equal(try(SANDBOX_MILTER, write_spool_of_milter), DONE);
	assert_int_equal(try(SANDBOX_MILTER, write_spool), FAILED);
	assert_int_equal(try(SANDBOX_MILTER, read_store), FAILED);
	assert_int_equal(try(SANDBOX_MILTER, read_secret), FAILED);
	assert_int_equal(try(SANDBOX_MILTER, read_passwd), FAILED);
	assert_int_equal(try(SANDBOX_MILTER, open_inet), FAILED);
	assert_int_equal(try(SANDBOX_MILTER, open_unix), FAILED);
	assert_int_equal(try(SANDBOX_MILTER, run_program), FAILED);
	assert_int_equal(try(SANDBOX_MILTER, become_program), FAILED);
	assert_int_equal(try(SANDBOX_LMTP, start_thread), FAILED);
}

static void
test_worker_has_no_network(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_WORKER, write_store), DONE);
	assert_int_equal(try(SANDBOX_WORKER, run_program), DONE);
	assert_int_equal(try(SANDBOX_WORKER, open_unix), DONE);
	assert_int_equal(try(SANDBOX_WORKER, open_inet), FAILED);
	assert_int_equal(try(SANDBOX_WORKER, open_netlink), FAILED);
	assert_int_equal(try(SANDBOX_WORKER, read_elsewhere), FAILED);
}

static void
test_postman_has_the_store_and_no_programs(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_POSTMAN, write_store), DONE);
	assert_int_equal(try(SANDBOX_POSTMAN, open_inet), FAILED);
	assert_int_equal(try(SANDBOX_POSTMAN, become_program), FAILED);
	assert_int_equal(try(SANDBOX_POSTMAN, read_elsewhere), FAILED);
}

static void
test_courier_has_the_network_and_no_store(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_COURIER, open_inet), DONE);
	assert_int_equal(try(SANDBOX_COURIER, read_store), FAILED);
	assert_int_equal(try(SANDBOX_COURIER, read_secret), FAILED);
	assert_int_equal(try(SANDBOX_COURIER, write_spool), FAILED);
	assert_int_equal(try(SANDBOX_COURIER, become_program), FAILED);
}

static void
test_control_has_neither(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_CONTROL, read_store), FAILED);
	assert_int_equal(try(SANDBOX_CONTROL, read_secret), FAILED);
	assert_int_equal(try(SANDBOX_CONTROL, open_inet), FAILED);
	assert_int_equal(try(SANDBOX_CONTROL, become_program), FAILED);
}

static void
test_zygote_forks_and_opens_nothing(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_ZYGOTE, read_passwd), FAILED);
	assert_int_equal(try(SANDBOX_ZYGOTE, open_unix), FAILED);
	assert_int_equal(try(SANDBOX_ZYGOTE, become_program), FAILED);
}

static void
test_no_dump_and_no_gain(void **state)
{
	(void)state;
	assert_int_equal(try(SANDBOX_WORKER, is_dumpable), FAILED);
	assert_int_equal(try(SANDBOX_WORKER, may_gain), FAILED);
	assert_int_equal(try(SANDBOX_ZYGOTE, is_dumpable), FAILED);
}

static void
make_file(const char *name)
{
	struct err e;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(fs_replace_file(path, SPAN("x"), 0600, &e), 0);
}

static int
set_up(void **state)
{
	static const char *const dirs[] = {"state/spool/lmtp",
		"state/spool/milter", "state/secret", "run"};
	char path[128];
	struct err e;
	size_t i;

	(void)state;
	log_open("test", NULL, LOG_ERROR);
	snprintf(dir, sizeof(dir), "/tmp/ps.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	for (i = 0; i < countof(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		if (fs_make_dirs(path, 0700, &e) == -1)
			return -1;
	}
	make_file("state/store.db");
	make_file("state/secret/hmac");
	make_file("elsewhere");
	snprintf(path, sizeof(path), "%s/state", dir);
	conf.state = strdup(path);
	snprintf(path, sizeof(path), "%s/run", dir);
	conf.runtime = strdup(path);
	conf.deliver = strdup("smtp:127.0.0.1:25");
	return fs_memory_file("extract", &extract, &e);
}

static int
tear_down(void **state)
{
	struct err e;

	(void)state;
	free(conf.state);
	free(conf.runtime);
	free(conf.deliver);
	close(extract);
	return fs_remove_tree(dir, &e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_parses_has_nothing),
		cmocka_unit_test(test_reader_is_limited),
		cmocka_unit_test(test_lmtp_has_its_spool_and_no_more),
		cmocka_unit_test(test_milter_has_threads_and_its_spool),
		cmocka_unit_test(test_worker_has_no_network),
		cmocka_unit_test(test_postman_has_the_store_and_no_programs),
		cmocka_unit_test(test_courier_has_the_network_and_no_store),
		cmocka_unit_test(test_control_has_neither),
		cmocka_unit_test(test_zygote_forks_and_opens_nothing),
		cmocka_unit_test(test_no_dump_and_no_gain),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
