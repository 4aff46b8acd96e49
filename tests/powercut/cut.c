/* cut.c - what a power cut can leave of a disk whose log is LOG (disk.c).
 *
 *   cut LOG list SUBSETS            a line per state: its name, and the words of the last mark before the cut
 *   cut LOG make STATE BASE IMAGE   IMAGE is BASE as it is in that state
 *   cut LOG count                   writes, flushes and bytes
 *
 * A cut after entry N leaves everything up to the last flush before it, and of what was written since,
 * anything: prefix-N     all of it: each write on the disk as soon as it was told torn-N-0     none of it
 *   torn-N-K     a random part of it, some of these writes only with their first or last pages
 * torn is asked just before each flush, at each mark and at the end: there most is open. The name is all
 * there is to a state, so each can be made again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/powercut/log.h"

#define ATOM 4096 /* a disk tears a write between such, never within; what file systems count on is 512 */

struct log {
	const char *bytes;
	size_t size;
	struct log_entry *entries;
	size_t *data; /* where the bytes of each lie */
	size_t count;
};

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "cut: %s: %s\n", what, errno ? strerror(errno) : "it cannot be so");
	exit(1);
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		stop(path);
	return fd;
}

static void add(struct log *l, const struct log_entry *entry, size_t data)
{
	if ((l->count & (l->count - 1)) == 0) {
		size_t room = l->count ? l->count * 2 : 1;
		l->entries = realloc(l->entries, room * sizeof *l->entries);
		l->data = realloc(l->data, room * sizeof *l->data);
		if (!l->entries || !l->data)
			stop("memory");
	}
	l->entries[l->count] = *entry;
	l->data[l->count++] = data;
}

static void log_open(struct log *l, const char *path)
{
	struct stat st;
	int fd = opened(path, O_RDONLY);
	if (fstat(fd, &st) < 0 || st.st_size == 0)
		stop(path);
	l->size = (size_t)st.st_size;
	l->bytes = mmap(NULL, l->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (l->bytes == MAP_FAILED)
		stop(path);
	close(fd);
	for (size_t at = 0; at < l->size;) {
		struct log_entry entry;
		memcpy(&entry, l->bytes + at, sizeof entry);
		at += sizeof entry;
		add(l, &entry, at);
		at += entry.size;
	}
}

static void count(const struct log *l)
{
	size_t of[LOG_MARK + 1] = { 0 }, bytes = 0;
	for (size_t i = 0; i < l->count; i++) {
		of[l->entries[i].kind]++;
		bytes += l->entries[i].kind == LOG_WRITE ? l->entries[i].size : 0;
	}
	printf("%zu writes, %zu flushes, %zu KiB\n", of[LOG_WRITE], of[LOG_FLUSH], bytes >> 10);
}

/* ---- list
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is(const struct log *l, size_t i, enum log_kind kind)
{
	return i < l->count && l->entries[i].kind == kind;
}

/* What was written since the last flush before entry `end`. */
static size_t pending(const struct log *l, size_t end)
{
	size_t n = 0;
	for (size_t i = end; i-- > 0 && !is(l, i, LOG_FLUSH);)
		n += is(l, i, LOG_WRITE);
	return n;
}

static void list(const struct log *l, long subsets)
{
	const char *words = "-";
	size_t size = 1;
	for (size_t i = 0; i <= l->count; i++) {
		if (i && is(l, i - 1, LOG_MARK)) {
			words = l->bytes + l->data[i - 1];
			size = (size_t)l->entries[i - 1].size;
		} else if (i == 0 || is(l, i - 1, LOG_WRITE)) {
			printf("prefix-%zu %.*s\n", i, (int)size, words);
		}
		bool most = i == l->count || is(l, i, LOG_FLUSH) || (i && is(l, i - 1, LOG_MARK));
		for (long k = 0; most && pending(l, i) && k < subsets; k++)
			printf("torn-%zu-%ld %.*s\n", i, k, (int)size, words);
	}
}

/* ---- make
 * ----------------------------------------------------------------------------------------------------------
 */

static void copy_base(int from, int to)
{
	static char bytes[1 << 20];
	struct stat st;
	if (fstat(from, &st) < 0 || ftruncate(to, st.st_size) < 0)
		stop("image");
	for (off_t at = 0; (at = lseek(from, at, SEEK_DATA)) >= 0;) {
		off_t end = lseek(from, at, SEEK_HOLE);
		for (ssize_t have; at < end; at += have) {
			size_t want = end - at < (off_t)sizeof bytes ? (size_t)(end - at) : sizeof bytes;
			have = pread(from, bytes, want, at);
			if (have <= 0 || pwrite(to, bytes, (size_t)have, at) != have)
				stop("copy");
		}
	}
	errno = 0;
}

static void put(const struct log *l, size_t i, size_t from, size_t to, int image)
{
	if (pwrite(image, l->bytes + l->data[i] + from, to - from, (off_t)(l->entries[i].at + from)) !=
		(ssize_t)(to - from))
		stop("image");
}

static void put_all(const struct log *l, size_t begin, size_t end, int image)
{
	for (size_t i = begin; i < end; i++)
		if (is(l, i, LOG_WRITE))
			put(l, i, 0, (size_t)l->entries[i].size, image);
}

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A quarter of what arrives is torn, its head or its tail alone. */
static void put_part(const struct log *l, size_t i, uint64_t *random, int image)
{
	size_t size = (size_t)l->entries[i].size, atoms = (size + ATOM - 1) / ATOM;
	bool tears = next_random(random) % 4 == 0, tail = next_random(random) % 2;
	if (!tears || atoms < 2) {
		put(l, i, 0, size, image);
		return;
	}
	size_t at = (1 + next_random(random) % (atoms - 1)) * ATOM;
	put(l, i, tail ? at : 0, tail ? size : at, image);
}

/* From few of them in one subset to most of them in another. */
static void put_some(const struct log *l, size_t begin, size_t end, unsigned long k, int image)
{
	uint64_t random = end * 1000003u + k;
	uint64_t share = 1 + next_random(&random) % 9;
	for (size_t i = begin; k && i < end; i++)
		if (is(l, i, LOG_WRITE) && next_random(&random) % 10 < share)
			put_part(l, i, &random, image);
}

static void make(const struct log *l, const char *state, const char *base, const char *image)
{
	size_t end = 0;
	unsigned long k = 0;
	bool prefix = sscanf(state, "prefix-%zu", &end) == 1;
	if ((!prefix && sscanf(state, "torn-%zu-%lu", &end, &k) != 2) || end > l->count)
		stop(state);
	int from = opened(base, O_RDONLY), to = opened(image, O_RDWR | O_CREAT | O_TRUNC);
	size_t durable = end;
	while (durable > 0 && !is(l, durable - 1, LOG_FLUSH))
		durable--;
	copy_base(from, to);
	put_all(l, 0, prefix ? end : durable, to);
	if (!prefix)
		put_some(l, durable, end, k, to);
	if (close(to) < 0)
		stop(image);
	close(from);
}

int main(int argc, char **argv)
{
	struct log l = { 0 };
	if (argc > 2)
		log_open(&l, argv[1]);
	if (argc == 4 && strcmp(argv[2], "list") == 0)
		list(&l, strtol(argv[3], NULL, 10));
	else if (argc == 6 && strcmp(argv[2], "make") == 0)
		make(&l, argv[3], argv[4], argv[5]);
	else if (argc == 3 && strcmp(argv[2], "count") == 0)
		count(&l);
	else
		return fputs("cut LOG list SUBSETS | make STATE BASE IMAGE | count\n", stderr) < 0 ? 1 : 2;
	return 0;
}
