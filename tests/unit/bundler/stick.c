/* stick - where volumes end on media whose files do. */
#include "bundler/stick.h"
#include "manifest/base/fs.h"
#include "tests/unit/unit.h"

SPEC(volumes_are_whole_pieces_below_the_limit)
{
	static const struct {
		uint64_t limit, volume;
	} cases[] = {
		{ (UINT64_C(1) << 32) - 1, UINT64_C(4095) << 20 }, /* FAT */
		{ UINT64_C(1) << 31, UINT64_C(2048) << 20 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(stick_volume(cases[i].limit), cases[i].volume);
		assert_true(cases[i].volume <= cases[i].limit);
	}
	assert_true(stick_volume(UINT64_MAX) > UINT64_C(1) << 60);
}

/* Bytes of a source, put on a directory. */
static void carry(
	const char *to, const struct medium *from, uint64_t at, uint64_t size, bool repair, struct stick *s)
{
	struct err e = { 0 };
	SCOPED(stick_file_end) struct stick_file f = { .name = "f", .from = from, .at = at, .size = size };
	MUST(stick_open(to, s, &e), &e);
	s->repair = repair;
	progress_start(&s->progress, "test", 0, true);
	MUST(stick_plan(s, &f, 1, &e), &e);
	MUST(stick_write(s, &f, 1, &e), &e);
	MUST(stick_read_back(s, &f, 1, &e), &e);
	stick_end(s);
}

SPEC(a_part_of_a_source_is_written_once_and_mended_by_pages)
{
	SCOPED_FD int dir = scratch();
	SCOPED(medium_end) struct medium *m = NULL;
	SCOPED(text_end) struct text now = { 0 };
	struct err e = { 0 };
	struct stick s;
	size_t size = 3 * STICK_PIECE + 100;
	SCOPED_TEXT char *bytes = mem_new(size, 1);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 7 + i / 4099);
	assert_int_equal(fchdir(dir), 0);
	assert_int_equal(mkdirat(dir, "to", 0700), 0);
	int fd = openat(dir, "from", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	MUST(fs_write_all(fd, bytes, size, &e) && medium_of(fd, "from", &m, &e), &e);
	carry("to", m, 50, size - 50, false, &s);
	assert_int_equal(s.written, size - 50);
	MUST(fs_read_path("to/f", 4 * STICK_PIECE, &now, &e), &e);
	assert_int_equal(now.len, size - 50);
	assert_memory_equal(now.at, bytes + 50, now.len);
	carry("to", m, 50, size - 50, false, &s);
	assert_int_equal(s.written, 0);
	assert_int_equal(s.kept, size - 50);
	SCOPED_FD int bad = openat(dir, "to/f", O_WRONLY | O_CLOEXEC);
	MUST(fs_write_at(bad, "\xff\xfe\xfd", 3, 5000, &e), &e);
	assert_int_equal(ftruncate(bad, (off_t)(size - 60)), 0);
	carry("to", m, 50, size - 50, true, &s);
	assert_int_equal(s.written, 4096 + 50);
	MUST(fs_read_path("to/f", 4 * STICK_PIECE, &now, &e), &e);
	assert_memory_equal(now.at, bytes + 50, now.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(volumes_are_whole_pieces_below_the_limit),
		cmocka_unit_test(a_part_of_a_source_is_written_once_and_mended_by_pages),
	};
	return cmocka_run_group_tests_name("stick", tests, start_digests, NULL);
}
