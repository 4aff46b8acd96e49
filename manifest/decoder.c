/* decoder.c - see decoder.h. A word in the shared memory says whose turn it is; each side sleeps on it
 * (futex(2)), so the decoder needs no descriptor. Who waits for it looks now and then whether it is still
 * there.
 */
#include "manifest/decoder.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "manifest/base/sandbox.h"
#include "manifest/base/scope.h"
#include "manifest/frame.h"
#include "manifest/witness.h"

#define LOOK_NANOSECONDS 100000000
#define NO_BLOCK         SIZE_MAX

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum turn { OURS, DECODERS, OVER };

struct shared {
	_Atomic uint32_t turn;
	size_t block, len, raw_len;
	bool good, system; /* system: it is no fault of what was to be decoded */
	char why[ERR_ROOM];
};

struct decoder {
	struct shared *shared;
	size_t size; /* of all that is shared: that, the raw bytes, the packed ones */
	char *raw, *packed;
	size_t raw_room, packed_room;
	const struct unpack *unpack;
	pid_t pid; /* -1: it is no more */
};

/* ---- turns ---- */

/* `nanoseconds` at most; 0: as long as it takes. The call's timespec is two longs on every machine. */
static void sleep_while(struct shared *s, uint32_t turn, long nanoseconds)
{
	long most[2] = { 0, nanoseconds };
	syscall(SYS_futex, &s->turn, FUTEX_WAIT, turn, nanoseconds ? most : NULL, NULL, 0);
}

static void pass(struct shared *s, uint32_t turn)
{
	atomic_store(&s->turn, turn);
	syscall(SYS_futex, &s->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* ---- the decoder's side ---- */

static void answer(struct decoder *d, struct frame_reader *reader)
{
	struct shared *s = d->shared;
	struct err e = { 0 };
	if (!reader)
		err_set(&e, ERR_SYSTEM, "no memory for a decoder");
	s->good = reader && frame_read(reader, d->packed, s->len, d->raw, s->raw_len, &e) &&
		  (s->block == NO_BLOCK || witness_block(d->unpack, s->block, d->raw, s->raw_len, &e));
	s->system = e.kind == ERR_SYSTEM;
	memcpy(s->why, e.text, sizeof s->why);
}

static void serve(struct decoder *d, pid_t parent)
{
	sandbox_enter();
	madvise(d->shared, d->size, MADV_POPULATE_WRITE); /* one call in place of a fault for each page */
	SCOPED(frame_reader_end) struct frame_reader *reader = frame_reader_make();
	while (getppid() == parent) {
		uint32_t turn = atomic_load(&d->shared->turn);
		if (turn == OVER)
			return;
		if (turn == OURS) {
			sleep_while(d->shared, OURS, 0);
			continue;
		}
		answer(d, reader);
		pass(d->shared, OURS);
	}
}

/* ---- our side ---- */

static size_t pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return (bytes + page - 1) / page * page;
}

static bool share(struct decoder *d, struct err *e)
{
	size_t head = pages(sizeof *d->shared);
	d->size = head + pages(d->raw_room) + pages(d->packed_room);
	void *at = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return err_sys(e, "get %zu bytes for a decoder", d->size);
	d->shared = at;
	d->raw = (char *)at + head;
	d->packed = d->raw + pages(d->raw_room);
	return true;
}

bool decoder_start(const struct unpack *u, size_t packed, size_t raw, struct decoder **out, struct err *e)
{
	struct decoder *d = mem_new(1, sizeof *d);
	pid_t self = getpid();
	*d = (struct decoder){ .raw_room = raw, .packed_room = packed, .unpack = u, .pid = -1 };
	*out = d;
	if (!share(d, e))
		return false;
	d->pid = fork();
	if (d->pid == 0) {
		serve(d, self);
		_exit(0);
	}
	if (d->pid < 0)
		return err_sys(e, "start a decoder");
	madvise(d->shared, d->size, MADV_DONTFORK); /* no other decoder sees what this one does */
	return true;
}

void decoder_end(struct decoder **of)
{
	struct decoder *d = *of;
	if (!d)
		return;
	if (d->pid > 0) {
		pass(d->shared, OVER);
		while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR) {
		}
	}
	if (d->shared)
		munmap(d->shared, d->size);
	free(d);
	*of = NULL;
}

char *decoder_packed(struct decoder *d)
{
	return d->packed;
}

const char *decoder_raw(const struct decoder *d)
{
	return d->raw;
}

/* True while it is there. */
static bool look(struct decoder *d, struct err *e)
{
	int status = 0;
	if (waitpid(d->pid, &status, WNOHANG) == 0)
		return true;
	d->pid = -1;
	return WIFSIGNALED(status)
		       ? err_set(e, ERR_SYSTEM, "the decoder was ended by signal %d (%s)", WTERMSIG(status),
				 strsignal(WTERMSIG(status)))
		       : err_set(e, ERR_SYSTEM, "the decoder ended by itself, with %d", WEXITSTATUS(status));
}

/* What it says is for people, whoever has come to say it. */
static bool complain(const struct decoder *d, struct err *e)
{
	char why[ERR_ROOM];
	memcpy(why, d->shared->why, sizeof why);
	why[sizeof why - 1] = '\0';
	for (char *p = why; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return err_set(e, d->shared->system ? ERR_SYSTEM : ERR_FORMAT, "%s", why);
}

static bool ask(struct decoder *d, size_t block, size_t len, size_t raw_len, struct err *e)
{
	struct shared *s = d->shared;
	if (d->pid < 0)
		return err_set(e, ERR_SYSTEM, "the decoder is no more");
	if (len > d->packed_room || raw_len > d->raw_room)
		return err_set(
			e, ERR_FORMAT, "%zu bytes that become %zu are more than was declared", len, raw_len);
	s->block = block;
	s->len = len;
	s->raw_len = raw_len;
	pass(s, DECODERS);
	while (atomic_load(&s->turn) == DECODERS) {
		sleep_while(s, DECODERS, LOOK_NANOSECONDS);
		if (atomic_load(&s->turn) == DECODERS && !look(d, e))
			return false;
	}
	return s->good || complain(d, e);
}

bool decoder_frame(struct decoder *d, size_t len, size_t raw_len, struct err *e)
{
	return ask(d, NO_BLOCK, len, raw_len, e);
}

bool decoder_block(struct decoder *d, size_t block, size_t len, size_t raw_len, struct err *e)
{
	return ask(d, block, len, raw_len, e);
}
