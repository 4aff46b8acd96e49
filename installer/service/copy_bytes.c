/* copy_bytes.c - see copy_bytes.h. */
#include "installer/service/copy_bytes.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define PIECE ((size_t)256 * 1024)

/* Ends early at the end of the file. */
static bool read_and_write(int from, int to, off_t at, off_t end, struct err *e)
{
	SCOPED_TEXT char *piece = mem_new(PIECE, 1);
	while (at < end) {
		size_t want = end - at < (off_t)PIECE ? (size_t)(end - at) : PIECE;
		ssize_t n = pread(from, piece, want, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read at byte %lld", (long long)at);
		if (n == 0)
			return true;
		if (!fs_write_at(to, piece, (size_t)n, (uint64_t)at, e))
			return false;
		at += n;
	}
	return true;
}

/* What the kernel does not copy by itself, for whatever reason, is read and written: that tells the reason if
 * it is one. */
static bool copy_run(int from, int to, off_t at, off_t end, struct err *e)
{
	off_t there = at;
	while (at < end && copy_file_range(from, &at, to, &there, (size_t)(end - at), 0) > 0)
		;
	return at >= end || read_and_write(from, to, at, end, e);
}

/* The next run of data from `at` on; false: there is none. A file system that knows no holes has one run. */
static bool next_run(int fd, off_t at, off_t size, off_t *start, off_t *end)
{
	*start = lseek(fd, at, SEEK_DATA);
	if (*start < 0 && errno == ENXIO)
		return false;
	*end = *start < 0 ? size : lseek(fd, *start, SEEK_HOLE);
	if (*start < 0)
		*start = at;
	if (*end < 0 || *end > size)
		*end = size;
	return *start < size;
}

bool bytes_copy(int from, int to, off_t size, struct err *e)
{
	off_t start, end;
	if (size == 0 || ioctl(to, FICLONE, from) == 0)
		return true;
	for (off_t at = 0; at < size && next_run(from, at, size, &start, &end); at = end)
		if (!copy_run(from, to, start, end, e))
			return false;
	return ftruncate(to, size) == 0 || err_sys(e, "set the size to %lld bytes", (long long)size);
}
