#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/memory.h"

/* Newer than Debian 12's headers; the numbers are the kernel's ABI. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif
#define LANDLOCK_ABI_REFER 2
#define LANDLOCK_ABI_TRUNCATE 3

#define PATHS_MAX 12
#define FILTER_MAX 2048 /* instructions; the kernel takes 4,096 */
#define CALL(NAME) SCMP_SYS(NAME)

/* --- system calls, by what they are for --- */

/* Running at all: memory, time, signals to oneself, descriptors at hand. */
static const int calls_base[] = {CALL(read), CALL(write), CALL(readv),
	CALL(writev), CALL(pread64), CALL(pwrite64), CALL(preadv),
	CALL(pwritev), CALL(lseek), CALL(close), CALL(fstat), CALL(brk),
	CALL(mmap), CALL(munmap), CALL(mremap), CALL(mprotect), CALL(madvise),
	CALL(futex), CALL(clock_gettime), CALL(gettimeofday), CALL(time),
	CALL(getrandom), CALL(getpid), CALL(gettid), CALL(rt_sigaction),
	CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack),
	CALL(restart_syscall), CALL(tgkill), CALL(exit), CALL(exit_group),
	CALL(sched_yield), CALL(set_robust_list), CALL(rseq),
	CALL(clock_nanosleep), CALL(nanosleep), CALL(membarrier),
	/* qsort() asks how much memory there is. */
	CALL(sysinfo)};

/* Files by name, and making them last. */
static const int calls_files[] = {CALL(open), CALL(openat), CALL(creat),
	CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(access),
	CALL(faccessat), CALL(faccessat2), CALL(readlink), CALL(readlinkat),
	CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat),
	CALL(renameat2), CALL(link), CALL(linkat), CALL(symlink),
	CALL(symlinkat), CALL(mkdir), CALL(mkdirat), CALL(rmdir), CALL(chmod),
	CALL(fchmod), CALL(fchmodat), CALL(fchown), CALL(getdents),
	CALL(getdents64), CALL(fsync), CALL(fdatasync), CALL(ftruncate),
	CALL(fallocate), CALL(flock), CALL(fcntl), CALL(statfs), CALL(fstatfs),
	CALL(utimensat), CALL(sendfile), CALL(copy_file_range),
	CALL(memfd_create), CALL(fadvise64), CALL(getcwd), CALL(umask),
	CALL(inotify_init), CALL(inotify_init1), CALL(inotify_add_watch),
	CALL(inotify_rm_watch), CALL(sync_file_range)};

/* Waiting for several things. */
static const int calls_wait[] = {CALL(poll), CALL(ppoll), CALL(select),
	CALL(pselect6), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait),
	CALL(epoll_pwait), CALL(eventfd2), CALL(pipe2), CALL(dup), CALL(dup2),
	CALL(dup3), CALL(ioctl)};

/* Talking over sockets that are open already. */
static const int calls_talk[] = {CALL(sendmsg), CALL(recvmsg), CALL(sendto),
	CALL(recvfrom), CALL(shutdown), CALL(getsockopt), CALL(setsockopt),
	CALL(getsockname), CALL(getpeername), CALL(fcntl)};
static const int calls_accept[] = {CALL(accept), CALL(accept4), CALL(listen)};
static const int calls_connect[] = {CALL(connect), CALL(bind),
	CALL(sendmmsg)}; /* socket() by family, below */

/* Threads: clone() is allowed for them alone, below; clone3(), whose flags a
 * filter cannot see, fails, and then the C library takes clone().  What is left
 * is libmilter's, which waits for signals and makes a pipe. */
static const int calls_threads[] = {CALL(rt_sigtimedwait), CALL(pipe)};

/* Children. */
static const int calls_fork[] = {CALL(clone), CALL(clone3), CALL(fork),
	CALL(vfork), CALL(wait4), CALL(waitid), CALL(kill), CALL(pidfd_open),
	CALL(pidfd_send_signal), CALL(prctl), CALL(seccomp), CALL(prlimit64),
	CALL(setrlimit), CALL(getrlimit), CALL(getppid), CALL(set_tid_address)};

/* Other programs: what gpg, gpgconf and their libraries ask for as well. */
static const int calls_exec[] = {CALL(execve), CALL(arch_prctl), CALL(uname),
	CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),
	CALL(getgroups), CALL(getpgrp), CALL(getpgid), CALL(setpgid),
	CALL(setsid), CALL(alarm), CALL(setitimer), CALL(sysinfo),
	CALL(sched_getaffinity), CALL(getrusage), CALL(times),
	CALL(close_range), CALL(chdir), CALL(pipe), CALL(mlock), CALL(munlock),
	CALL(getresuid), CALL(getresgid), CALL(socketpair), CALL(personality),
	CALL(capget), CALL(capset), CALL(rt_sigpending), CALL(rt_sigtimedwait),
	CALL(rt_sigsuspend), CALL(sigaltstack), CALL(tkill), CALL(pause),
	CALL(getpriority), CALL(setpriority), CALL(clock_getres),
	CALL(gettimeofday), CALL(landlock_create_ruleset),
	CALL(landlock_add_rule), CALL(landlock_restrict_self), CALL(eventfd2),
	CALL(signalfd4), CALL(timerfd_create), CALL(timerfd_settime)};

#if defined(__SANITIZE_ADDRESS__)
/* What the sanitizer's run-time asks for while all is well; a report may then
 * lack its symbols, but the process still ends by it. */
static const int calls_sanitizer[] = {CALL(getrlimit), CALL(prlimit64),
	CALL(sched_getaffinity), CALL(getrusage), CALL(sysinfo), CALL(uname)};
#endif

struct group {
	const int *calls;
	size_t count;
};

#define GROUP(NAME) \
	{ \
		calls_##NAME, countof(calls_##NAME) \
	}

enum group_bit {
	BASE = 1 << 0,
	FILES = 1 << 1,
	WAIT = 1 << 2,
	TALK = 1 << 3,
	ACCEPT = 1 << 4,
	CONNECT = 1 << 5,
	FORK = 1 << 6,
	EXEC = 1 << 7,
	THREADS = 1 << 8,
};

static const struct group groups[] = {GROUP(base), GROUP(files), GROUP(wait),
	GROUP(talk), GROUP(accept), GROUP(connect), GROUP(fork), GROUP(exec),
	GROUP(threads)};

/* --- files --- */

enum access {
	ACCESS_READ = 1,
	ACCESS_WRITE = 2,
	ACCESS_EXECUTE = 4,
};

/* %S is the state directory, %R the runtime directory, %D the courier's, %P
 * the directory of our programs. */
struct path_rule {
	const char *path;
	int access;
};

#define SYSTEM \
	{"/usr", ACCESS_READ | ACCESS_EXECUTE}, \
		{"/lib", ACCESS_READ | ACCESS_EXECUTE}, \
		{"/lib64", ACCESS_READ | ACCESS_EXECUTE}, \
		{"/bin", ACCESS_READ | ACCESS_EXECUTE}, {"/etc", ACCESS_READ}, \
		{"/proc", ACCESS_READ}, \
	{ \
		"/dev", ACCESS_READ | ACCESS_WRITE \
	}

static const struct profile {
	const char *name;
	unsigned int groups;
	bool inet, unix_; /* families that socket() may ask for */
	bool kill; /* an unknown call kills */
	bool landlock;
	struct path_rule paths[PATHS_MAX];
} profiles[] = {
	[SANDBOX_SUPERVISOR] = {.name = "supervisor",
		.groups = BASE | FILES | WAIT | TALK | ACCEPT | CONNECT | FORK |
			EXEC,
		.inet = true,
		.unix_ = true},
	[SANDBOX_LMTP] = {.name = "lmtp",
		.groups = BASE | FILES | WAIT | TALK | ACCEPT,
		.landlock = true,
		.paths = {{"%S/spool", ACCESS_READ | ACCESS_WRITE}}},
	[SANDBOX_MILTER] = {.name = "milter",
		.groups = BASE | FILES | WAIT | TALK | ACCEPT | THREADS,
		.landlock = true,
		.paths = {{"%S/spool/milter", ACCESS_READ | ACCESS_WRITE}}},
	[SANDBOX_ZYGOTE] = {.name = "zygote",
		.groups = BASE | WAIT | TALK | FORK,
		.landlock = true},
	[SANDBOX_READER] = {.name = "reader", .groups = BASE, .kill = true},
	/* It speaks with who started it, by one socket. */
	[SANDBOX_CMS] = {.name = "cms",
		.groups = BASE | WAIT | TALK,
		.kill = true,
		.landlock = true},
	[SANDBOX_WORKER] = {.name = "worker",
		.groups = BASE | FILES | WAIT | TALK | CONNECT | FORK | EXEC,
		.unix_ = true,
		.landlock = true,
		.paths = {{"%S", ACCESS_READ | ACCESS_WRITE},
			{"%R", ACCESS_READ | ACCESS_WRITE},
			{"%P", ACCESS_READ | ACCESS_EXECUTE}, SYSTEM}},
	[SANDBOX_POSTMAN] = {.name = "postman",
		.groups = BASE | FILES | WAIT | TALK,
		.landlock = true,
		.paths = {{"%S", ACCESS_READ | ACCESS_WRITE},
			{"/proc", ACCESS_READ}}},
	[SANDBOX_COURIER] = {.name = "courier",
		.groups = BASE | FILES | WAIT | TALK | CONNECT,
		.inet = true,
		.unix_ = true,
		.landlock = true,
		.paths = {{"%D", ACCESS_READ | ACCESS_WRITE},
			{"/usr", ACCESS_READ}, {"/etc", ACCESS_READ},
			{"/proc", ACCESS_READ}, {"/dev", ACCESS_READ}}},
	[SANDBOX_CONTROL] = {.name = "control",
		.groups = BASE | FILES | WAIT | TALK | ACCEPT | CONNECT,
		.unix_ = true,
		.landlock = true,
		.paths = {{"/etc", ACCESS_READ}, {"/usr", ACCESS_READ},
			{"/proc", ACCESS_READ}}},
};
_Static_assert(countof(profiles) == SANDBOX__COUNT, "a row for each profile");

const char *
sandbox_name(enum sandbox_profile profile)
{
	return profiles[profile].name;
}

/* --- Landlock --- */

int
sandbox_landlock(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

static uint64_t
handled(int version)
{
	uint64_t all = LANDLOCK_ACCESS_FS_EXECUTE |
		LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
		LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

	if (version >= LANDLOCK_ABI_REFER)
		all |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= LANDLOCK_ABI_TRUNCATE)
		all |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return all;
}

static uint64_t
allowed(int access, uint64_t all)
{
	uint64_t read =
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	uint64_t out = 0;

	if (access & ACCESS_READ)
		out |= read;
	if (access & ACCESS_EXECUTE)
		out |= LANDLOCK_ACCESS_FS_EXECUTE;
	if (access & ACCESS_WRITE)
		out |= all & ~(read | LANDLOCK_ACCESS_FS_EXECUTE);
	return out & all;
}

/* NULL when the configuration has nothing there. */
static const char *
expand(const char *path, const struct conf *c, char *text, size_t size)
{
	static const char directory[] = "directory:";
	const char *base = NULL;
	ssize_t n;

	if (path[0] != '%')
		return path;
	if (path[1] == 'S')
		base = c->state;
	else if (path[1] == 'R')
		base = c->runtime;
	else if (path[1] == 'D' &&
		strncmp(c->deliver, directory, strlen(directory)) == 0)
		base = c->deliver + strlen(directory);
	if (path[1] == 'P') {
		/* Where this program lies, its helpers lie below or beside. */
		if ((n = readlink("/proc/self/exe", text, size - 1)) < 0)
			return NULL;
		text[n] = '\0';
		*strrchr(text, '/') = '\0';
		return text;
	}
	if (base == NULL)
		return NULL;
	snprintf(text, size, "%s%s", base, path + 2);
	return text;
}

static int
add_path(int ruleset, const struct path_rule *rule, const struct conf *c,
	uint64_t all, struct err *e)
{
	struct landlock_path_beneath_attr attr = {
		.allowed_access = allowed(rule->access, all)};
	char text[600];
	const char *path = expand(rule->path, c, text, sizeof(text));
	int fd, result;

	if (path == NULL)
		return 0;
	if ((fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return errno == ENOENT ? 0 : err_errno(e, "%s", path);
	attr.parent_fd = fd;
	result = (int)syscall(SYS_landlock_add_rule, ruleset,
		LANDLOCK_RULE_PATH_BENEATH, &attr, 0);
	close(fd);
	return result == -1 ? err_errno(e, "landlock %s", path) : 0;
}

static int
restrict_files(const struct profile *p, const struct conf *c, struct err *e)
{
	int version = sandbox_landlock(), ruleset;
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = handled(version)};
	size_t i;

	if (!p->landlock)
		return 0;
	if (version == 0) {
		log_event(
			LOG_WARNING, "no-landlock", LOG_TEXT("role", p->name));
		return 0;
	}
	ruleset = (int)syscall(
		SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset == -1)
		return err_errno(e, "landlock");
	for (i = 0; i < PATHS_MAX && p->paths[i].path != NULL; i++) {
		if (add_path(ruleset, &p->paths[i], c, attr.handled_access_fs,
			    e) == -1) {
			close(ruleset);
			return -1;
		}
	}
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == -1) {
		close(ruleset);
		return err_errno(e, "landlock");
	}
	close(ruleset);
	return 0;
}

/* --- seccomp --- */

static int
allow(scmp_filter_ctx f, const int *calls, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		/* A call that this architecture lacks is no harm. */
		if (calls[i] >= 0 &&
			seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) < 0)
			return -1;
	return 0;
}

static int
allow_family(scmp_filter_ctx f, int family)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
}

static int
fill_filter(scmp_filter_ctx f, const struct profile *p)
{
	size_t i;

	for (i = 0; i < countof(groups); i++)
		if (p->groups & 1u << i &&
			allow(f, groups[i].calls, groups[i].count) == -1)
			return -1;
#if defined(__SANITIZE_ADDRESS__)
	if (allow(f, calls_sanitizer, countof(calls_sanitizer)) == -1)
		return -1;
#endif
	if (p->groups & THREADS &&
		seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD,
				CLONE_THREAD)) < 0)
		return -1;
	if (p->unix_ && allow_family(f, AF_UNIX) < 0)
		return -1;
	if (p->inet &&
		(allow_family(f, AF_INET) < 0 || allow_family(f, AF_INET6) < 0))
		return -1;
	return 0;
}

/* As the kernel takes them. */
static struct filter {
	struct sock_filter code[FILTER_MAX];
	struct sock_fprog program;
} * filters[SANDBOX__COUNT];

/* libseccomp writes its program to a file. */
static int
export_filter(scmp_filter_ctx f, struct filter *filter, struct err *e)
{
	scoped(close_fd) int fd = -1;
	int64_t size;
	int code;

	if (fs_memory_file("filter", &fd, e) == -1)
		return -1;
	if ((code = seccomp_export_bpf(f, fd)) < 0) {
		errno = -code;
		return err_errno(e, "seccomp");
	}
	if (fs_size(fd, &size, e) == -1)
		return -1;
	if (size > (int64_t)sizeof(filter->code))
		return err_bug(
			e, "seccomp: a filter of %lld bytes", (long long)size);
	filter->program = (struct sock_fprog){
		.len = (unsigned short)((size_t)size / sizeof(filter->code[0])),
		.filter = filter->code};
	return fs_read_at(fd, (char *)filter->code, (size_t)size, 0, e);
}

int
sandbox_prepare(enum sandbox_profile profile, struct err *e)
{
	const struct profile *p = &profiles[profile];
	struct filter *filter;
	scmp_filter_ctx f;
	int result = -1;

	if (filters[profile] != NULL)
		return 0;
	f = seccomp_init(
		p->kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(ENOSYS));
	if (f == NULL)
		return err_temporary(e, "4.3.0", "seccomp: no memory");
	filter = xcalloc(1, sizeof(*filter));
	/* A binary tree: the worker's filter is long. */
	seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (fill_filter(f, p) == -1)
		err_temporary(e, "4.3.0", "seccomp: cannot be filled");
	else
		result = export_filter(f, filter, e);
	seccomp_release(f);
	if (result == -1)
		free(filter);
	else
		filters[profile] = filter;
	return result;
}

static int
restrict_calls(enum sandbox_profile profile, struct err *e)
{
	if (sandbox_prepare(profile, e) == -1)
		return -1;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
		    &filters[profile]->program) == -1)
		return err_errno(e, "seccomp");
	return 0;
}

/* --- limits --- */

static int
limit(int resource, int64_t value, struct err *e)
{
	struct rlimit r = {
		.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};

	return setrlimit(resource, &r) == -1 ? err_errno(e, "setrlimit") : 0;
}

/* At the hard limit the kernel kills without saying why: it comes later. */
static int
limit_processor(int64_t seconds, struct err *e)
{
	struct rlimit r = {
		.rlim_cur = (rlim_t)seconds, .rlim_max = (rlim_t)seconds + 1};

	return setrlimit(RLIMIT_CPU, &r) == -1 ? err_errno(e, "setrlimit") : 0;
}

static int
restrict_resources(const struct sandbox_limits *l, struct err *e)
{
	if (limit(RLIMIT_CORE, 0, e) == -1)
		return -1;
	if (l == NULL)
		return 0;
#if !defined(__SANITIZE_ADDRESS__)
	/* The sanitizer maps terabytes: its hard_rss_limit_mb stands in. */
	if (limit(RLIMIT_AS, l->memory, e) == -1)
		return -1;
#endif
	if (limit(RLIMIT_FSIZE, l->file_size, e) == -1)
		return -1;
	return limit_processor(l->seconds, e);
}

int
sandbox_enter(enum sandbox_profile profile, const struct conf *c,
	const struct sandbox_limits *limits, struct err *e)
{
	const struct profile *p = &profiles[profile];

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_errno(e, "prctl");
	if (restrict_resources(limits, e) == -1 ||
		restrict_files(p, c, e) == -1 ||
		restrict_calls(profile, e) == -1)
		return err_prefix(e, "sandbox %s", p->name);
	return 0;
}
