/* base_text - bytes that grow and always end with a NUL; small pieces that are freed together. */
#include "tests/unit/unit.h"

SPEC(an_empty_text_is_an_empty_string)
{
	struct text t = { 0 };
	assert_string_equal(text_str(&t), "");
	assert_int_equal(t.len, 0);
	text_end(&t);
}

SPEC(nothing_added_still_ends_with_a_nul)
{
	SCOPED(text_end) struct text t = { 0 };
	text_add(&t, NULL, 0);
	assert_int_equal(t.len, 0);
	assert_string_equal(text_str(&t), "");
	text_puts(&t, "");
	assert_int_equal(t.len, 0);
}

SPEC(bytes_are_kept_whatever_they_are)
{
	SCOPED(text_end) struct text t = { 0 };
	text_add(&t, "a\0b", 3);
	text_puts(&t, "cd");
	assert_int_equal(t.len, 5);
	assert_memory_equal(t.at, "a\0bcd", 6);
}

SPEC(a_text_grows_one_byte_at_a_time)
{
	SCOPED(text_end) struct text t = { 0 };
	for (size_t i = 0; i < 100000; i++) {
		char letter = (char)('a' + i % 26);
		text_add(&t, &letter, 1);
		assert_int_equal(t.len, i + 1);
		assert_int_equal(t.at[t.len], '\0');
		assert_true(t.room > t.len);
	}
	for (size_t i = 0; i < t.len; i++)
		assert_int_equal(t.at[i], 'a' + i % 26);
}

SPEC(a_piece_larger_than_twice_the_room_fits)
{
	SCOPED(text_end) struct text t = { 0 };
	char *large = repeated('x', 100000);
	text_puts(&t, "a");
	text_puts(&t, large);
	assert_int_equal(t.len, 100001);
	assert_int_equal(t.at[100000], 'x');
	assert_int_equal(t.at[100001], '\0');
	free(large);
}

SPEC(printing_appends)
{
	SCOPED(text_end) struct text t = { 0 };
	text_printf(&t, "%d", 17);
	text_printf(&t, "/%s", "x");
	text_printf(&t, "%s", "");
	assert_string_equal(text_str(&t), "17/x");
	char *large = repeated('y', 5000);
	text_printf(&t, "%s", large);
	assert_int_equal(t.len, 5004);
	assert_string_equal(text_str(&t) + 4, large);
	free(large);
}

SPEC(clearing_keeps_the_room)
{
	SCOPED(text_end) struct text t = { 0 };
	text_clear(&t);
	text_puts(&t, "some words");
	size_t room = t.room;
	text_clear(&t);
	assert_int_equal(t.len, 0);
	assert_int_equal(t.room, room);
	assert_string_equal(text_str(&t), "");
}

SPEC(an_ended_text_is_empty_again)
{
	struct text t = { 0 };
	text_puts(&t, "some words");
	text_end(&t);
	assert_null(t.at);
	assert_int_equal(t.len + t.room, 0);
	text_puts(&t, "more");
	assert_string_equal(text_str(&t), "more");
	text_end(&t);
	text_end(&t);
}

SPEC(new_memory_is_zero_and_never_null)
{
	SCOPED_TEXT char *some = mem_new(1000, 7);
	for (size_t i = 0; i < 7000; i++)
		assert_int_equal(some[i], 0);
	SCOPED_TEXT char *none = mem_new(0, 7);
	assert_non_null(none);
	SCOPED_TEXT char *copy = mem_copy("word and more", 4);
	assert_string_equal(copy, "word");
	SCOPED_TEXT char *grown = mem_grow(NULL, 0, 8);
	assert_non_null(grown);
}

/* ---- arena ---- */

SPEC(pieces_of_an_arena_do_not_overlap)
{
	SCOPED(arena_end) struct arena a = { 0 };
	enum { PIECES = 5000 };
	static unsigned char *pieces[PIECES];
	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_new(&a, i % 97);
		assert_int_equal((uintptr_t)pieces[i] % 16, 0);
		memset(pieces[i], (int)(i & 0xff), i % 97);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < i % 97; k++)
			assert_int_equal(pieces[i][k], i & 0xff);
}

SPEC(a_piece_larger_than_a_chunk_fits)
{
	SCOPED(arena_end) struct arena a = { 0 };
	char *before = arena_str(&a, "before");
	char *large = arena_new(&a, 1000000);
	memset(large, 'x', 1000000);
	char *after = arena_str(&a, "after");
	assert_string_equal(before, "before");
	assert_string_equal(after, "after");
	assert_int_equal(large[999999], 'x');
}

SPEC(an_arena_copies_texts)
{
	SCOPED(arena_end) struct arena a = { 0 };
	assert_string_equal(arena_copy(&a, "word and more", 4), "word");
	assert_string_equal(arena_copy(&a, "word", 0), "");
	assert_string_equal(arena_str(&a, ""), "");
	assert_string_equal(arena_printf(&a, "%s %d", "page", 3), "page 3");
	char *large = repeated('z', 70000);
	assert_string_equal(arena_printf(&a, "%s", large), large);
	free(large);
}

SPEC(an_ended_arena_can_be_used_again)
{
	struct arena a = { 0 };
	arena_end(&a);
	arena_str(&a, "once");
	arena_end(&a);
	assert_null(a.last);
	assert_string_equal(arena_str(&a, "twice"), "twice");
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_is_an_empty_string),
		cmocka_unit_test(nothing_added_still_ends_with_a_nul),
		cmocka_unit_test(bytes_are_kept_whatever_they_are),
		cmocka_unit_test(a_text_grows_one_byte_at_a_time),
		cmocka_unit_test(a_piece_larger_than_twice_the_room_fits),
		cmocka_unit_test(printing_appends),
		cmocka_unit_test(clearing_keeps_the_room),
		cmocka_unit_test(an_ended_text_is_empty_again),
		cmocka_unit_test(new_memory_is_zero_and_never_null),
		cmocka_unit_test(pieces_of_an_arena_do_not_overlap),
		cmocka_unit_test(a_piece_larger_than_a_chunk_fits),
		cmocka_unit_test(an_arena_copies_texts),
		cmocka_unit_test(an_ended_arena_can_be_used_again),
	};
	return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
