/* disk.c - disk IMAGE LOG DIR: a disk that remembers. DIR/disk holds the bytes of IMAGE, for losetup; each
 * write and each flush of it is appended to LOG before it is answered, so LOG has every state that a power
 * cut can leave.
 *
 * Words that are written to DIR/control: `mark WORDS` puts a mark into the log, `break writes` and `break
 * flushes` make these fail with EIO from then on, `mend` ends that. It serves until DIR is unmounted.
 *
 * The kernel's own protocol (linux/fuse.h), one request after the other: the log's order is the order of the
 * answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/powercut/log.h"

#define WRITE_MAX   ((uint32_t)1 << 20)
#define REQUEST_MAX (WRITE_MAX + 4096)

enum { ROOT = FUSE_ROOT_ID, DISK, CONTROL };

static const char *const names[] = { [DISK] = "disk", [CONTROL] = "control" };

struct disk {
	int fuse, image, log;
	uint64_t size;
	bool writes_fail, flushes_fail;
};

struct request {
	const struct fuse_in_header *head;
	const void *body;
};

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void answer(const struct disk *d, const struct request *r, int error, const void *data, size_t size)
{
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof head + size), .error = -error, .unique = r->head->unique
	};
	struct iovec parts[] = { { &head, sizeof head }, { (void *)(uintptr_t)data, size } };
	/* Somebody who was interrupted waits for no answer any more. */
	if (writev(d->fuse, parts, size ? 2 : 1) < 0 && errno != ENOENT)
		stop("answer");
}

static void fails(const struct disk *d, const struct request *r, int error)
{
	answer(d, r, error, NULL, 0);
}

static void done(const struct disk *d, const struct request *r)
{
	answer(d, r, 0, NULL, 0);
}

static void remember(const struct disk *d, enum log_kind kind, uint64_t at, const void *bytes, size_t size)
{
	struct log_entry entry = { kind, at, size };
	struct iovec parts[] = { { &entry, sizeof entry }, { (void *)(uintptr_t)bytes, size } };
	if (writev(d->log, parts, 2) != (ssize_t)(sizeof entry + size))
		stop("log");
}

/* ---- the two files
 * ------------------------------------------------------------------------------------------------ */

static struct fuse_attr attributes(const struct disk *d, uint64_t node)
{
	return (struct fuse_attr){ .ino = node,
		.size = node == DISK ? d->size : 0,
		.blocks = node == DISK ? d->size / 512 : 0,
		.mode = node == ROOT ? S_IFDIR | 0700 : S_IFREG | 0600,
		.nlink = 1,
		.blksize = 4096 };
}

static void init(struct disk *d, const struct request *r)
{
	const struct fuse_init_in *in = r->body;
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = in->max_readahead,
		.flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES,
		.max_write = WRITE_MAX,
		.max_pages = WRITE_MAX / 4096,
		.time_gran = 1 };
	answer(d, r, 0, &out, sizeof out);
}

static void lookup(struct disk *d, const struct request *r)
{
	for (uint64_t node = DISK; node <= CONTROL; node++)
		if (r->head->nodeid == ROOT && strcmp(r->body, names[node]) == 0) {
			struct fuse_entry_out out = { .nodeid = node,
				.entry_valid = UINT32_MAX,
				.attr_valid = UINT32_MAX,
				.attr = attributes(d, node) };
			answer(d, r, 0, &out, sizeof out);
			return;
		}
	fails(d, r, ENOENT);
}

static void tell_attributes(struct disk *d, const struct request *r)
{
	struct fuse_attr_out out = { .attr_valid = UINT32_MAX, .attr = attributes(d, r->head->nodeid) };
	answer(d, r, 0, &out, sizeof out);
}

static void open_file(struct disk *d, const struct request *r)
{
	struct fuse_open_out out = { .open_flags = r->head->nodeid == CONTROL ? FOPEN_DIRECT_IO
									      : FOPEN_KEEP_CACHE };
	answer(d, r, 0, &out, sizeof out);
}

static void read_file(struct disk *d, const struct request *r)
{
	static char bytes[WRITE_MAX];
	const struct fuse_read_in *in = r->body;
	ssize_t have = r->head->nodeid == DISK ? pread(d->image, bytes, in->size, (off_t)in->offset) : 0;
	if (have < 0)
		stop("read the image");
	answer(d, r, 0, bytes, (size_t)have);
}

static bool obey(struct disk *d, const char *words, size_t size)
{
	if (size > 5 && memcmp(words, "mark ", 5) == 0)
		remember(d, LOG_MARK, 0, words + 5, size - 5);
	else if (size == 12 && memcmp(words, "break writes", 12) == 0)
		d->writes_fail = true;
	else if (size == 13 && memcmp(words, "break flushes", 13) == 0)
		d->flushes_fail = true;
	else if (size == 4 && memcmp(words, "mend", 4) == 0)
		d->writes_fail = d->flushes_fail = false;
	else
		return false;
	return true;
}

static void write_disk(struct disk *d, const struct fuse_write_in *in, const void *bytes)
{
	remember(d, LOG_WRITE, in->offset, bytes, in->size);
	if (pwrite(d->image, bytes, in->size, (off_t)in->offset) != (ssize_t)in->size)
		stop("write the image");
}

static void write_file(struct disk *d, const struct request *r)
{
	const struct fuse_write_in *in = r->body;
	const char *bytes = (const char *)(in + 1);
	struct fuse_write_out out = { .size = in->size };
	if (r->head->nodeid == CONTROL) {
		if (!obey(d, bytes, in->size && bytes[in->size - 1] == '\n' ? in->size - 1 : in->size)) {
			fails(d, r, EINVAL);
			return;
		}
	} else if (d->writes_fail) {
		fails(d, r, EIO);
		return;
	} else {
		write_disk(d, in, bytes);
	}
	answer(d, r, 0, &out, sizeof out);
}

static void flush_disk(struct disk *d, const struct request *r)
{
	if (d->flushes_fail) {
		fails(d, r, EIO);
		return;
	}
	remember(d, LOG_FLUSH, 0, NULL, 0);
	done(d, r);
}

static void tell_room(struct disk *d, const struct request *r)
{
	struct fuse_statfs_out out = {
		.st = { .bsize = 4096, .frsize = 4096, .namelen = 255, .blocks = d->size / 4096 }
	};
	answer(d, r, 0, &out, sizeof out);
}

/* ---- requests
 * ------------------------------------------------------------------------------------------------------ */

static void nothing_to_do(struct disk *d, const struct request *r)
{
	done(d, r);
}

static void no_answer(struct disk *d, const struct request *r)
{
	(void)d;
	(void)r;
}

static void (*const handlers[])(struct disk *, const struct request *) = {
	[FUSE_INIT] = init,
	[FUSE_LOOKUP] = lookup,
	[FUSE_FORGET] = no_answer,
	[FUSE_BATCH_FORGET] = no_answer,
	[FUSE_INTERRUPT] = no_answer,
	[FUSE_GETATTR] = tell_attributes,
	[FUSE_SETATTR] = tell_attributes, /* the kernel notes times and truncates for >control */
	[FUSE_OPEN] = open_file,
	[FUSE_READ] = read_file,
	[FUSE_WRITE] = write_file,
	[FUSE_FSYNC] = flush_disk,
	[FUSE_FLUSH] = nothing_to_do,
	[FUSE_RELEASE] = nothing_to_do,
	[FUSE_STATFS] = tell_room,
	[FUSE_DESTROY] = nothing_to_do,
};

static bool serve_one(struct disk *d)
{
	static _Alignas(8) char bytes[REQUEST_MAX];
	ssize_t have = read(d->fuse, bytes, sizeof bytes);
	if (have < 0 && errno == ENODEV)
		return false; /* unmounted */
	if (have < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
		stop("read a request");
	if (have < 0)
		return true;
	struct request r = { (struct fuse_in_header *)bytes, bytes + sizeof(struct fuse_in_header) };
	uint32_t what = r.head->opcode;
	if (what < sizeof handlers / sizeof *handlers && handlers[what])
		handlers[what](d, &r);
	else
		fails(d, &r, ENOSYS);
	return true;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		stop(path);
	return fd;
}

int main(int argc, char **argv)
{
	struct disk d = { 0 };
	struct stat st;
	char options[96];
	if (argc != 4)
		return fputs("disk IMAGE LOG DIR\n", stderr) < 0 ? 1 : 2;
	d.image = opened(argv[1], O_RDWR);
	d.log = opened(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
	d.fuse = opened("/dev/fuse", O_RDWR);
	if (fstat(d.image, &st) < 0)
		stop(argv[1]);
	d.size = (uint64_t)st.st_size;
	snprintf(options, sizeof options, "fd=%d,rootmode=40700,user_id=0,group_id=0", d.fuse);
	if (mount("disk", argv[3], "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		stop(argv[3]);
	while (serve_one(&d))
		;
	return 0;
}
