/* starts - whatever the instructions, no place where a word may begin is passed over. */
#include "bundler/starts.h"

#include "tests/unit/unit.h"

static const char *const words[] = { "BEGIN", "AKIA", "gh", "sk-", ":A", "xox", "hf_", "rk_" };

static void given_words(struct starts *s)
{
	*s = (struct starts){ 0 };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		starts_add(s, i, words[i]);
}

typedef const unsigned char *next_fn(const struct starts *, const unsigned char *, const unsigned char *);

/* Every place is seen that is not within four bytes of the end, and the way goes on. */
static void check_next(const struct starts *s, const unsigned char *bytes, size_t len, next_fn *next)
{
	const unsigned char *end = bytes + len;
	for (const unsigned char *p = bytes; end - p > 4; p++) {
		const unsigned char *to = next(s, p, end);
		assert_true(to >= p && to <= end);
		for (const unsigned char *skipped = p; skipped < to; skipped++)
			assert_int_equal(starts_at(s, skipped), 0);
		p = to;
	}
}

SPEC(a_word_is_seen_wherever_it_stands)
{
	struct starts s;
	given_words(&s);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		for (size_t at = 0; at + 6 < 100; at++) {
			char *bytes = repeated('.', 100);
			memcpy(bytes + at, words[i], 2);
			unsigned char *exact = (unsigned char *)exact_copy(bytes, 100);
			const unsigned char *found = starts_next(&s, exact, exact + 100);
			assert_true(found <= exact + at && found + 4 > exact + at);
			free(exact);
			free(bytes);
		}
}

SPEC(both_ways_pass_over_nothing)
{
	static const char letters[] = "BEAKIghsk-:Axof_rRW. e";
	unsigned seed = 1;
	struct starts s;
	given_words(&s);
	for (size_t len = 0; len < 300; len++) {
		char bytes[300] = { 0 };
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245u + 12345u;
			bytes[i] = seed >> 28 ? '.' : letters[(seed >> 8) % (sizeof letters - 1)];
		}
		unsigned char *exact = (unsigned char *)exact_copy(bytes, len);
		check_next(&s, exact, len, starts_next);
		check_next(&s, exact, len, starts_next_plain);
		free(exact);
	}
}

SPEC(nothing_is_found_where_nothing_is)
{
	struct starts s;
	given_words(&s);
	char *bytes = repeated('e', 1000);
	const unsigned char *all = (const unsigned char *)bytes;
	assert_true(starts_next(&s, all, all + 1000) >= all + 996);
	assert_true(starts_next(&s, all, all) == all);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_seen_wherever_it_stands),
		cmocka_unit_test(both_ways_pass_over_nothing),
		cmocka_unit_test(nothing_is_found_where_nothing_is),
	};
	return cmocka_run_group_tests_name("starts", tests, NULL, NULL);
}
