#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/memory.h"

#define TREE_DESCRIPTORS 16

int
fs_write_all(int fd, const void *data, size_t len, struct err *e)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "write");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
fs_read_at(int fd, void *data, size_t len, int64_t at, struct err *e)
{
	char *p = data;
	ssize_t n;

	while (len > 0) {
		n = pread(fd, p, len, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "read");
		if (n == 0)
			return err_temporary(e, "4.3.0", "read: file ends");
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
fs_read_fd(int fd, const char *name, struct buf *out, struct err *e)
{
	char chunk[16384];
	struct stat st;
	off_t at = 0;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return err_errno(e, "%s", name);
	if (!S_ISREG(st.st_mode))
		return err_permanent(
			e, "5.3.5", "%s: not a regular file", name);
	while ((n = pread(fd, chunk, sizeof(chunk), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "%s", name);
		at += n;
		buf_add(out, chunk, (size_t)n);
		if (out->failed)
			return err_permanent(e, "5.3.4",
				"%s: larger than %zu bytes", name, out->max);
	}
	return 0;
}

int
fs_read_file(const char *path, struct buf *out, struct err *e)
{
	scoped(close_fd) int fd = -1;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return err_errno(e, "%s", path);
	return fs_read_fd(fd, path, out, e);
}

static int
sync_parent(const char *path, struct err *e)
{
	scoped(free_pointer) char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');

	if (slash == NULL)
		return fs_sync_dir(".", e);
	if (slash == dir)
		return fs_sync_dir("/", e);
	*slash = '\0';
	return fs_sync_dir(dir, e);
}

int
fs_replace_file(const char *path, struct span data, mode_t mode, struct err *e)
{
	struct buf beside = BUF_INIT(4096);
	scoped(close_fd) int fd = -1;
	int result = -1;

	buf_printf(&beside, "%s.new.%ld", path, (long)getpid());
	fd = open(beside.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd == -1)
		err_errno(e, "%s", beside.data);
	else if (fs_write_all(fd, data.data, data.len, e) == -1)
		err_prefix(e, "%s", beside.data);
	else if (fsync(fd) == -1)
		err_errno(e, "%s: fsync", beside.data);
	else if (rename(beside.data, path) == -1)
		err_errno(e, "%s: rename", path);
	else
		result = sync_parent(path, e);
	if (result == -1 && fd != -1)
		unlink(beside.data);
	buf_release(&beside);
	return result;
}

int
fs_sync_dir(const char *path, struct err *e)
{
	scoped(close_fd) int fd = -1;

	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return err_errno(e, "%s", path);
	if (fsync(fd) == -1)
		return err_errno(e, "%s: fsync", path);
	return 0;
}

static int
make_dir(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	return errno == EEXIST ? 0 : err_errno(e, "%s", path);
}

int
fs_make_dirs(const char *path, mode_t mode, struct err *e)
{
	scoped(free_pointer) char *p = xstrdup(path);
	char *slash = p;

	while (*slash != '\0' && (slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		if (make_dir(p, mode, e) == -1)
			return -1;
		*slash = '/';
	}
	return make_dir(p, mode, e);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path) == -1 && errno != ENOENT ? -1 : 0;
}

int
fs_remove_tree(const char *path, struct err *e)
{
	if (nftw(path, remove_one, TREE_DESCRIPTORS,
		    FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == -1 &&
		errno != ENOENT)
		return err_errno(e, "%s: remove", path);
	return 0;
}

int
fs_memory_file(const char *name, int *fd_r, struct err *e)
{
	if ((*fd_r = memfd_create(name, MFD_CLOEXEC)) == -1)
		return err_errno(e, "memfd %s", name);
	return 0;
}

int
fs_copy(int out, int in, int64_t at, int64_t len, struct err *e)
{
	off_t from = at;
	ssize_t n;

	while (len > 0) {
		n = sendfile(out, in, &from, (size_t)len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "copy");
		if (n == 0)
			return err_temporary(e, "4.3.0", "copy: file ends");
		len -= n;
	}
	return 0;
}

int
fs_size(int fd, int64_t *size_r, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_errno(e, "fstat");
	*size_r = st.st_size;
	return 0;
}

int
fs_free_space(const char *path, int64_t *bytes_r, struct err *e)
{
	struct statvfs v;

	if (statvfs(path, &v) == -1)
		return err_errno(e, "%s", path);
	*bytes_r = (int64_t)(v.f_bavail * v.f_frsize);
	if (fault_fails("disk-full"))
		*bytes_r = 0;
	return 0;
}
