/* frame - one zstd frame of a size that is known beforehand, or nothing is decoded. */
#include "manifest/frame.h"
#include "tests/unit/unit.h"

static void end_bytes(char **bytes)
{
	free(*bytes);
}

/* The frame of `raw`; the caller frees it. */
static char *frame_of(const char *raw, size_t raw_len, int level, size_t *len)
{
	SCOPED(frame_writer_end) struct frame_writer *w = frame_writer_make(level);
	struct err e = { 0 };
	char *packed = malloc(frame_bound(raw_len));
	assert_non_null(packed);
	MUST(frame_write(w, raw, raw_len, packed, len, &e), &e);
	assert_true(*len <= frame_bound(raw_len));
	return packed;
}

/* Decodes exact copies, so that a step too far is seen. */
static bool reads(const char *packed, size_t len, size_t raw_len, char **raw, struct err *e)
{
	SCOPED(frame_reader_end) struct frame_reader *r = frame_reader_make();
	SCOPED(end_bytes) char *exact = exact_copy(packed, len);
	*raw = malloc(raw_len ? raw_len : 1);
	assert_non_null(*raw);
	return frame_read(r, exact, len, *raw, raw_len, e);
}

static void assert_refused(const char *packed, size_t len, size_t raw_len)
{
	SCOPED(end_bytes) char *raw = NULL;
	struct err e = { 0 };
	assert_false(reads(packed, len, raw_len, &raw, &e));
	assert_int_equal(e.kind, ERR_FORMAT);
}

SPEC(what_was_packed_comes_back)
{
	static const size_t sizes[] = { 0, 1, 255, 256, 1000, 65536, 3000000 };
	static const int levels[] = { 1, FRAME_LEVEL_DEFAULT, FRAME_LEVEL_MAX };
	for (size_t i = 0; i < COUNT_OF(sizes) * COUNT_OF(levels); i++) {
		size_t size = sizes[i / COUNT_OF(levels)], len = 0;
		SCOPED(end_bytes) char *raw = repeated('r', size), *again = NULL;
		for (size_t k = 0; k < size; k += 3)
			raw[k] = (char)(k * k >> 5);
		SCOPED(end_bytes) char *packed = frame_of(raw, size, levels[i % COUNT_OF(levels)], &len);
		struct err e = { 0 };
		MUST(reads(packed, len, size, &again, &e), &e);
		assert_memory_equal(again, raw, size);
	}
}

SPEC(the_same_bytes_make_the_same_frame)
{
	SCOPED(frame_writer_end) struct frame_writer *w = frame_writer_make(FRAME_LEVEL_DEFAULT);
	char raw[1000] = "some words and then zeros", a[2000], b[2000];
	size_t len_a = 0, len_b = 0, between = 0;
	struct err e = { 0 };
	assert_true(frame_bound(sizeof raw) <= sizeof a);
	MUST(frame_write(w, raw, sizeof raw, a, &len_a, &e), &e);
	MUST(frame_write(w, "x", 1, b, &between, &e), &e);
	MUST(frame_write(w, raw, sizeof raw, b, &len_b, &e), &e);
	assert_int_equal(len_a, len_b);
	assert_memory_equal(a, b, len_a);
}

SPEC(one_decoder_reads_many_frames_and_survives_bad_ones)
{
	SCOPED(frame_reader_end) struct frame_reader *r = frame_reader_make();
	size_t len = 0;
	char raw[5];
	SCOPED(end_bytes) char *packed = frame_of("words", 5, 3, &len);
	for (int i = 0; i < 3; i++) {
		struct err e = { 0 }, bad = { 0 };
		MUST(frame_read(r, packed, len, raw, 5, &e), &e);
		assert_memory_equal(raw, "words", 5);
		assert_false(frame_read(r, packed, len - 1, raw, 5, &bad));
	}
}

SPEC(another_size_than_the_one_expected_is_refused)
{
	size_t len = 0;
	SCOPED(end_bytes) char *raw = repeated('r', 1000), *packed = frame_of(raw, 1000, 3, &len);
	static const size_t sizes[] = { 0, 1, 999, 1001, 1000000 };
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_refused(packed, len, sizes[i]);
}

SPEC(a_frame_is_neither_cut_nor_followed_by_anything)
{
	size_t len = 0;
	SCOPED(end_bytes) char *raw = repeated('r', 1000), *packed = frame_of(raw, 1000, 3, &len);
	SCOPED(text_end) struct text two = { 0 };
	for (size_t cut = 0; cut < len; cut++)
		assert_refused(packed, cut, 1000);
	text_add(&two, packed, len);
	text_add(&two, "", 1);
	assert_refused(two.at, two.len, 1000);
	two.len--;
	text_add(&two, packed, len);
	assert_refused(two.at, two.len, 1000);
	assert_refused(two.at, two.len, 2000);
}

SPEC(a_skippable_frame_is_no_frame_of_ours)
{
	static const char skippable[] = "\x50\x2a\x4d\x18\x04\x00\x00\x00skip";
	size_t len = 0;
	SCOPED(end_bytes) char *packed = frame_of("words", 5, 3, &len);
	SCOPED(text_end) struct text both = { 0 };
	text_add(&both, skippable, sizeof skippable - 1);
	assert_refused(both.at, both.len, 4);
	text_add(&both, packed, len);
	assert_refused(both.at, both.len, 5);
	text_clear(&both);
	text_add(&both, packed, len);
	text_add(&both, skippable, sizeof skippable - 1);
	assert_refused(both.at, both.len, 5);
}

/* Frames by hand (RFC 8878): magic, descriptor, content size; then blocks of type, size, last. */
#define MAGIC "\x28\xb5\x2f\xfd"
static const struct {
	const char *what, *bytes;
	size_t len, raw_len;
} lies[] = {
	{ "no content size", MAGIC "\x00\x00\x19\x00\x00xyz", 12, 3 },
	{ "says 3, becomes 200", MAGIC "\x20\x03\x43\x06\x00r", 10, 3 },
	{ "says 200, becomes 3", MAGIC "\x20\xc8\x1b\x00\x00r", 10, 200 },
	{ "says 2 GiB", MAGIC "\xa0\x00\x00\x00\x80\x1b\x00\x00r", 13, 3 },
	{ "says 3, becomes 128 KiB", MAGIC "\x20\x03\x03\x00\x10r", 10, 3 },
	{ "a reserved bit is set", MAGIC "\x28\x03\x1b\x00\x00r", 10, 3 },
	{ "a block of a reserved type", MAGIC "\x20\x03\x1f\x00\x00r", 10, 3 },
	{ "wants a dictionary", MAGIC "\x21\x07\x03\x1b\x00\x00r", 11, 3 },
	{ "another magic number", "\x27\xb5\x2f\xfd\x20\x03\x1b\x00\x00r", 10, 3 },
	{ "nothing", "", 0, 0 },
};

SPEC(a_frame_that_lies_is_refused)
{
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		SCOPED(end_bytes) char *raw = NULL;
		struct err e = { 0 };
		if (reads(lies[i].bytes, lies[i].len, lies[i].raw_len, &raw, &e))
			fail_msg("%s", lies[i].what);
		assert_int_equal(e.kind, ERR_FORMAT);
	}
	SCOPED(end_bytes) char *raw = NULL;
	struct err e = { 0 };
	MUST(reads(MAGIC "\x20\x03\x1b\x00\x00r", 10, 3, &raw, &e), &e); /* the same without a lie */
	assert_memory_equal(raw, "rrr", 3);
}

SPEC(damage_is_never_more_than_a_refusal)
{
	size_t len = 0;
	SCOPED(end_bytes) char *raw = repeated('r', 500);
	for (size_t k = 0; k < 500; k++)
		raw[k] = (char)(k * k >> 3);
	SCOPED(end_bytes) char *packed = frame_of(raw, 500, 3, &len);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		SCOPED(end_bytes) char *again = NULL;
		struct err e = { 0 };
		packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
		if (!reads(packed, len, 500, &again, &e))
			assert_int_equal(e.kind, ERR_FORMAT);
		packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_comes_back),
		cmocka_unit_test(the_same_bytes_make_the_same_frame),
		cmocka_unit_test(one_decoder_reads_many_frames_and_survives_bad_ones),
		cmocka_unit_test(another_size_than_the_one_expected_is_refused),
		cmocka_unit_test(a_frame_is_neither_cut_nor_followed_by_anything),
		cmocka_unit_test(a_skippable_frame_is_no_frame_of_ours),
		cmocka_unit_test(a_frame_that_lies_is_refused),
		cmocka_unit_test(damage_is_never_more_than_a_refusal),
	};
	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
