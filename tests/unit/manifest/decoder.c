/* decoder - another process decodes: what is right comes back, what is wrong is told, and its end is no end
 * here. */
#include "manifest/decoder.h"

#include <locale.h>
#include <signal.h>

#include "manifest/frame.h"
#include "tests/unit/manifest/sample.h"

#define ROOM ((size_t)1 << 20)

static struct decoder *start(const struct unpack *u)
{
	struct decoder *d = NULL;
	struct err e = { 0 };
	MUST(decoder_start(u, ROOM, ROOM, &d, &e), &e);
	return d;
}

/* Packs it where the decoder looks; the packed size. */
static size_t put(struct decoder *d, const char *bytes, size_t len)
{
	SCOPED(frame_writer_end) struct frame_writer *w = frame_writer_make(FRAME_LEVEL_DEFAULT);
	size_t packed = 0;
	struct err e = { 0 };
	assert_true(frame_bound(len) <= ROOM);
	MUST(frame_write(w, bytes, len, decoder_packed(d), &packed, &e), &e);
	return packed;
}

SPEC(frames_come_back_one_after_the_other)
{
	SCOPED(decoder_end) struct decoder *d = start(NULL);
	for (size_t len = 1; len < 300000; len = len * 3 + 1) {
		SCOPED_TEXT char *words = repeated((char)('a' + len % 26), len);
		struct err e = { 0 };
		size_t packed = put(d, words, len);
		MUST(decoder_frame(d, packed, len, &e), &e);
		assert_memory_equal(decoder_raw(d), words, len);
	}
}

SPEC(what_is_no_frame_is_told_and_the_next_one_is_decoded)
{
	SCOPED(decoder_end) struct decoder *d = start(NULL);
	struct err e = { 0 }, wrong = { 0 };
	size_t packed = put(d, "content", 7);
	decoder_packed(d)[packed - 1] ^= 1;
	assert_false(decoder_frame(d, packed - 1, 7, &e));
	assert_says(&e, ERR_FORMAT, "not one zstd frame of 7 bytes");
	packed = put(d, "content", 7);
	assert_false(decoder_frame(d, packed, 8, &wrong));
	assert_says(&wrong, ERR_FORMAT, "not one zstd frame of 8 bytes");
	e = (struct err){ 0 };
	MUST(decoder_frame(d, packed, 7, &e), &e);
}

SPEC(what_was_not_declared_is_not_decoded)
{
	SCOPED(decoder_end) struct decoder *d = start(NULL);
	struct err e = { 0 }, raw = { 0 };
	assert_false(decoder_frame(d, ROOM + 1, 1, &e));
	assert_says(&e, ERR_FORMAT, "more than was declared");
	assert_false(decoder_frame(d, 1, ROOM + 1, &raw));
	assert_says(&raw, ERR_FORMAT, "more than was declared");
}

SPEC(blocks_are_held_against_the_index)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	SCOPED(block_map_end) struct block_map map = { 0 };
	block_map_make(&s->rows, s->count, &map);
	struct unpack u = { &s->rows, &s->m, &map };
	for (size_t b = 0; b < s->count; b++) {
		SCOPED(decoder_end) struct decoder *d = start(&u);
		struct err e = { 0 };
		size_t len = s->raw[b].len;
		MUST(decoder_block(d, b, put(d, s->raw[b].at, len), len, &e), &e);
		assert_memory_equal(decoder_raw(d), s->raw[b].at, len);
	}
	SCOPED(decoder_end) struct decoder *d = start(&u);
	struct err e = { 0 };
	s->raw[0].at[156] ^= 1; /* the type of the first entry */
	assert_false(decoder_block(d, 0, put(d, s->raw[0].at, s->raw[0].len), s->raw[0].len, &e));
	assert_int_equal(e.kind, ERR_FORMAT);
}

static pid_t child(void)
{
	char line[64] = "";
	int fd = open("/proc/thread-self/children", O_RDONLY);
	if (fd < 0 || read(fd, line, sizeof line - 1) <= 0)
		fail_msg("there is no child");
	close(fd);
	return (pid_t)atoi(line);
}

SPEC(its_death_is_told_and_not_waited_for)
{
	SCOPED(decoder_end) struct decoder *d = start(NULL);
	struct err e = { 0 }, again = { 0 };
	size_t packed = put(d, "content", 7);
	kill(child(), SIGKILL);
	assert_false(decoder_frame(d, packed, 7, &e));
	assert_says(&e, ERR_SYSTEM, "the decoder was ended by signal 9");
	assert_false(decoder_frame(d, packed, 7, &again));
	assert_says(&again, ERR_SYSTEM, "the decoder is no more");
}

SPEC(nothing_of_it_is_left)
{
	int before = dup(0);
	close(before);
	for (int i = 0; i < 20; i++) {
		struct decoder *d = start(NULL);
		decoder_end(&d);
		assert_null(d);
	}
	int after = dup(0);
	close(after);
	assert_int_equal(before, after);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* As the installer's main() does: elsewhere libarchive does not give names as UTF-8. */
static int begin(void **state)
{
	return setlocale(LC_CTYPE, "C.UTF-8") ? start_digests(state) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back_one_after_the_other),
		cmocka_unit_test(what_is_no_frame_is_told_and_the_next_one_is_decoded),
		cmocka_unit_test(what_was_not_declared_is_not_decoded),
		cmocka_unit_test(blocks_are_held_against_the_index),
		cmocka_unit_test(its_death_is_told_and_not_waited_for),
		cmocka_unit_test(nothing_of_it_is_left),
	};
	return cmocka_run_group_tests_name("decoder", tests, begin, NULL);
}
