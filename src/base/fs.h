/*
 * fs: files, done so that they are whole and durable or not there.
 * All errors of the file system are temporary (the disk may have room again)
 * unless said otherwise.  All descriptors are close-on-exec.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

must_check int fs_write_all(
	int fd, const void *data, size_t len, struct err *e);

/* Exactly LEN bytes from AT; a file that ends before is an error. */
must_check int fs_read_at(
	int fd, void *data, size_t len, int64_t at, struct err *e);

/*
 * Append a whole regular file to OUT.  A directory, a device, or more than
 * OUT has room for, is a permanent error.
 */
must_check int fs_read_file(const char *path, struct buf *out, struct err *e);
/* The same from its beginning, whatever the descriptor's offset is. */
must_check int fs_read_fd(
	int fd, const char *name, struct buf *out, struct err *e);

/* Write beside PATH, fsync, rename over it, fsync the directory. */
must_check int fs_replace_file(
	const char *path, struct span data, mode_t mode, struct err *e);

/* fsync a directory, so that the names in it last. */
must_check int fs_sync_dir(const char *path, struct err *e);

/* The directory and those above it; MODE for those that are made. */
must_check int fs_make_dirs(const char *path, mode_t mode, struct err *e);

/* Remove a directory and everything below it; absent is fine. */
must_check int fs_remove_tree(const char *path, struct err *e);

/* An anonymous file in memory, never on a disk, empty. */
must_check int fs_memory_file(const char *name, int *fd_r, struct err *e);

/* Copy LEN bytes of IN from AT to the end of OUT, in the kernel. */
must_check int fs_copy(int out, int in, int64_t at, int64_t len, struct err *e);

must_check int fs_size(int fd, int64_t *size_r, struct err *e);

/* Bytes that an ordinary user can still write on PATH's file system. */
must_check int fs_free_space(const char *path, int64_t *bytes_r, struct err *e);

#endif
