/* unpack - what a block holds is what the index says, entry by entry and header by header, or it is refused.
 */
#include <locale.h>

#include "manifest/unpack.h"
#include "manifest/witness.h"
#include "tests/unit/manifest/sample.h"

struct got {
	struct sample *sample;
	struct text contents[SAMPLE_ROWS];
	uint32_t order[64];
	size_t count, stop_at;
};

static void got_end(struct got *g)
{
	for (size_t i = 0; i < SAMPLE_ROWS; i++)
		text_end(&g->contents[i]);
}

static bool sink(void *ctx, const struct unpacked *piece, struct err *e)
{
	struct got *g = ctx;
	if (g->count == g->stop_at)
		return err_set(e, ERR_GATE, "the sink is full");
	g->order[g->count++] = piece->row;
	if (piece->offset != g->contents[piece->row].len)
		return err_set(e, ERR_STUCK, "a piece at another place");
	if (piece->len)
		text_add(&g->contents[piece->row], piece->bytes, piece->len);
	return true;
}

/* Of a copy of one block, so that a step too far is seen. */
static bool witness_one(struct sample *s, size_t block, size_t len, struct err *e)
{
	SCOPED(block_map_end) struct block_map map = { 0 };
	SCOPED_TEXT char *exact = exact_copy(s->raw[block].at, len);
	block_map_make(&s->rows, s->count, &map);
	struct unpack u = { &s->rows, &s->m, &map };
	return witness_block(&u, block, exact, len, e);
}

static bool unpack_one(struct sample *s, size_t block, size_t len, struct got *g, struct err *e)
{
	SCOPED(block_map_end) struct block_map map = { 0 };
	SCOPED_TEXT char *exact = exact_copy(s->raw[block].at, len);
	block_map_make(&s->rows, s->count, &map);
	struct unpack u = { &s->rows, &s->m, &map };
	return unpack_block(&u, block, exact, len, sink, g, e);
}

SPEC(every_entry_is_given_in_order_with_its_content)
{
	static const size_t cuts[] = { 2048, 2560, 4096, 1 << 20 };
	for (size_t i = 0; i < COUNT_OF(cuts); i++) {
		SCOPED(sample_end) struct sample *s = sample_new();
		SCOPED(got_end) struct got g = { .sample = s, .stop_at = SIZE_MAX };
		struct err e = { 0 };
		sample_lay(s, cuts[i]);
		for (size_t b = 0; b < s->count; b++) {
			MUST(unpack_one(s, b, s->raw[b].len, &g, &e), &e);
			MUST(witness_one(s, b, s->raw[b].len, &e), &e);
		}
		for (size_t k = 1; k < g.count; k++)
			assert_true(g.order[k - 1] <= g.order[k]);
		for (size_t row = 0; row < s->rows.count; row++)
			assert_string_equal(
				text_str(&g.contents[row]), s->contents[row] ? s->contents[row] : "");
		assert_true(g.count >= s->rows.count);
	}
}

SPEC(a_cut_file_comes_in_as_many_pieces_as_blocks)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	const struct row *large = sample_row(s, "data/large");
	size_t pieces = 0;
	assert_true(large->blocks >= 3);
	for (size_t b = large->block; b < large->block + large->blocks; b++) {
		SCOPED(got_end) struct got g = { .sample = s, .stop_at = SIZE_MAX };
		struct err e = { 0 };
		for (size_t before = large->block; before < b; before++) /* so that the offset fits */
			MUST(unpack_one(s, before, s->raw[before].len, &g, &e), &e);
		size_t count = g.count;
		MUST(unpack_one(s, b, s->raw[b].len, &g, &e), &e);
		pieces += g.count - count;
	}
	assert_int_equal(pieces, large->blocks);
}

SPEC(no_bit_of_a_header_can_be_changed)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	sample_lay(s, 4096);
	for (size_t row = 0; row < s->rows.count; row++) {
		SCOPED(text_end) struct text path = { 0 }, target = { 0 };
		const struct row *r = &s->rows.items[row];
		struct ustar u;
		rows_ustar(&s->rows, &s->m, row, &path, &target, &u);
		for (size_t at = 0; at < ustar_header_size(&u); at++) {
			SCOPED(got_end) struct got g = { .sample = s, .stop_at = SIZE_MAX };
			struct err e = { 0 };
			char *byte = &s->raw[r->block].at[r->offset + at], before = *byte;
			*byte = (char)(*byte ^ 1 << at % 8);
			if (unpack_one(s, r->block, s->raw[r->block].len, &g, &e))
				fail_msg("row %zu, byte %zu", row, at);
			assert_int_equal(e.kind, ERR_FORMAT);
			*byte = before;
		}
	}
}

static void other_name(struct row *r)
{
	r->name = "another";
}

static void other_mode(struct row *r)
{
	r->mode ^= 0100;
}

static void other_size(struct row *r)
{
	r->size += r->kind == ENTRY_FILE;
	r->mode ^= r->kind == ENTRY_FILE ? 0 : 1;
}

static void other_kind(struct row *r)
{
	r->kind = r->kind == ENTRY_DIR ? ENTRY_FILE : ENTRY_DIR;
	r->target = NULL;
}

static void other_offset(struct row *r)
{
	r->offset += 512;
}

SPEC(no_field_of_the_index_can_be_another)
{
	static void (*const changes[])(
		struct row *) = { other_name, other_mode, other_size, other_kind, other_offset };
	for (size_t change = 0; change < COUNT_OF(changes); change++) {
		SCOPED(sample_end) struct sample *s = sample_new();
		sample_lay(s, 1 << 20);
		for (size_t row = 1; row < s->rows.count; row++) {
			SCOPED(got_end) struct got g = { .sample = s, .stop_at = SIZE_MAX };
			struct row before = s->rows.items[row];
			struct err e = { 0 };
			if (before.parent == ROW_NONE && change == 0)
				continue; /* a top has no name of its own */
			changes[change](&s->rows.items[row]);
			if (unpack_one(s, 0, s->raw[0].len, &g, &e))
				fail_msg("row %zu, change %zu", row, change);
			assert_int_equal(e.kind, ERR_FORMAT);
			e = (struct err){ 0 };
			if (witness_one(s, 0, s->raw[0].len, &e))
				fail_msg("the witness: row %zu, change %zu", row, change);
			assert_int_equal(e.kind, ERR_FORMAT);
			s->rows.items[row] = before;
		}
	}
}

SPEC(another_target_is_refused)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	SCOPED(got_end) struct got g = { .sample = s, .stop_at = SIZE_MAX };
	struct err e = { 0 };
	sample_lay(s, 1 << 20);
	sample_row(s, "link")->target = "bin/ruN";
	assert_false(unpack_one(s, 0, s->raw[0].len, &g, &e));
	assert_says(&e, ERR_FORMAT, "the tar entry app/link is not what the index says of it");
	e = (struct err){ 0 };
	assert_false(witness_one(s, 0, s->raw[0].len, &e));
	assert_says(&e, ERR_FORMAT, "the tar entry app/link is not what the index says of it");
}

SPEC(a_block_that_ends_too_early_is_refused)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	sample_lay(s, 1 << 20);
	size_t whole = s->raw[0].len - USTAR_TRAILER - 512; /* before the last file's content */
	for (size_t len = whole;; len -= len < 100 ? len : 100) {
		SCOPED(got_end) struct got g = { .sample = s, .stop_at = SIZE_MAX };
		struct err e = { 0 };
		if (unpack_one(s, 0, len, &g, &e))
			fail_msg("%zu of %zu bytes", len, s->raw[0].len);
		assert_int_equal(e.kind, ERR_FORMAT);
		e = (struct err){ 0 };
		if (witness_one(s, 0, len, &e))
			fail_msg("the witness: %zu of %zu bytes", len, s->raw[0].len);
		if (len == 0)
			break;
	}
}

SPEC(a_failing_sink_stops_the_block)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	sample_lay(s, 1 << 20);
	for (size_t stop = 0; stop < s->rows.count; stop++) {
		SCOPED(got_end) struct got g = { .sample = s, .stop_at = stop };
		struct err e = { 0 };
		assert_false(unpack_one(s, 0, s->raw[0].len, &g, &e));
		assert_says(&e, ERR_GATE, "the sink is full");
		assert_int_equal(g.count, stop);
	}
}

/* As the installer's main() does: elsewhere libarchive does not give names as UTF-8. */
static int start(void **state)
{
	return setlocale(LC_CTYPE, "C.UTF-8") ? start_digests(state) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_is_given_in_order_with_its_content),
		cmocka_unit_test(a_cut_file_comes_in_as_many_pieces_as_blocks),
		cmocka_unit_test(no_bit_of_a_header_can_be_changed),
		cmocka_unit_test(no_field_of_the_index_can_be_another),
		cmocka_unit_test(another_target_is_refused),
		cmocka_unit_test(a_block_that_ends_too_early_is_refused),
		cmocka_unit_test(a_failing_sink_stops_the_block),
	};
	return cmocka_run_group_tests_name("unpack", tests, start, NULL);
}
