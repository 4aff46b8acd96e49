/* spool - blocks come out in their order, whether they were kept in memory or had to go to the file. */
#include "bundler/spool.h"

#include "manifest/base/fs.h"
#include "tests/unit/unit.h"

#define LONG 30000
#define MOST 64000 /* two of them are kept, and what is short */

#define BLOCKS 5

static const size_t arrival[] = { 2, 0, 4, 3, 1 }; /* as threads may end them */
static const size_t lens[] = { LONG, LONG, LONG, 1000, LONG };

static char letter(size_t block)
{
	return (char)('a' + block);
}

static char *block_of(size_t block)
{
	char *bytes = mem_new(lens[block], 1);
	memset(bytes, letter(block), lens[block]);
	return bytes;
}

static size_t fill(struct spool *s)
{
	size_t kept = 0;
	struct err e = { 0 };
	for (size_t i = 0; i < BLOCKS; i++) {
		char *bytes = block_of(arrival[i]);
		if (spool_keep(s, arrival[i], bytes, lens[arrival[i]])) {
			kept++;
			continue;
		}
		MUST(spool_put(s, arrival[i], bytes, lens[arrival[i]], &e), &e);
		free(bytes);
	}
	return kept;
}

/* The member of the block stands at *at: its header, every byte of it, and zeros to the next one. */
static void member_there(int fd, size_t block, off_t *at)
{
	char header[512], name[32];
	struct err e = { 0 };
	SCOPED_TEXT char *bytes = mem_new(lens[block], 1);
	SCOPED_TEXT char *want = block_of(block);
	container_member(CONTAINER_BLOCK, block, name);
	MUST(fs_read_at(fd, header, sizeof header, (uint64_t)*at, &e), &e);
	assert_string_equal(header, name);
	MUST(fs_read_at(fd, bytes, lens[block], (uint64_t)*at + sizeof header, &e), &e);
	assert_memory_equal(bytes, want, lens[block]);
	*at += (off_t)container_padded(lens[block]);
}

static void comes_out_in_order(size_t most, size_t kept)
{
	char path[PATH_MAX];
	SCOPED_FD int dir = scratch();
	SCOPED(output_end) struct output out = { .dir = -1, .fd = -1 };
	SCOPED(spool_end) struct spool s = { .fd = -1 };
	struct err e = { 0 };
	off_t at = 0;
	MUST(output_start(path_of(dir, "x", path), &out, &e), &e);
	MUST(spool_start(&out, BLOCKS, most, &s, &e), &e);
	assert_int_equal(fill(&s), kept);
	MUST(spool_write(&s, &out, &e), &e);
	for (size_t i = 0; i < BLOCKS; i++)
		member_there(out.fd, i, &at);
	struct stat st;
	assert_int_equal(fstat(out.fd, &st), 0);
	assert_int_equal(st.st_size, at);
}

SPEC(blocks_come_out_in_order_from_memory_and_file)
{
	comes_out_in_order(MOST, 3);
	comes_out_in_order(0, 0);
	comes_out_in_order(SIZE_MAX, BLOCKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_come_out_in_order_from_memory_and_file),
	};
	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
