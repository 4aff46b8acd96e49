/* digest_lanes - in each lane, whatever stands in the others, the digest that libsodium makes. */
#include "manifest/digest_lanes.h"

#include "tests/unit/unit.h"

#define MOST 700

static const unsigned widths[] = { 4, 8 };

/* Bytes drawn by lot, the same in every run. */
static unsigned drawn(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 8;
}

/* Jobs of these lengths, each in memory that ends where it ends. */
static void check_lengths(unsigned width, const size_t *lengths, size_t count, unsigned seed)
{
	struct digest_job jobs[MOST];
	struct digest digests[MOST];
	char *bytes[MOST];
	assert_true(count <= MOST);
	if (!digest_lanes(width, jobs, 0))
		return; /* nor can this processor */
	for (size_t i = 0; i < count; i++) {
		bytes[i] = malloc(lengths[i] ? lengths[i] : 1);
		assert_non_null(bytes[i]);
		for (size_t k = 0; k < lengths[i]; k++)
			bytes[i][k] = (char)drawn(&seed);
		jobs[i] = (struct digest_job){ lengths[i] ? bytes[i] : NULL, lengths[i], &digests[i] };
	}
	assert_true(digest_lanes(width, jobs, count));
	for (size_t i = 0; i < count; i++) {
		struct digest want = digest_of(bytes[i], lengths[i]);
		if (!digest_equal(&digests[i], &want))
			fail_msg("width %u: %zu of %zu, %zu bytes", width, i, count, lengths[i]);
		free(bytes[i]);
	}
}

SPEC(every_length_around_the_ends_of_blocks)
{
	size_t lengths[MOST];
	for (size_t i = 0; i < MOST; i++)
		lengths[i] = i;
	for (size_t w = 0; w < COUNT_OF(widths); w++)
		check_lengths(widths[w], lengths, MOST, 1);
}

SPEC(fewer_jobs_than_lanes_and_none)
{
	static const size_t lengths[] = { 128, 0, 129, 1000, 127, 256, 1, 257, 5000 };
	for (size_t w = 0; w < COUNT_OF(widths); w++)
		for (size_t count = 0; count <= COUNT_OF(lengths); count++)
			check_lengths(widths[w], lengths, count, 2);
}

SPEC(long_and_short_jobs_side_by_side)
{
	size_t lengths[60];
	unsigned seed = 3;
	for (unsigned round = 0; round < 100; round++) {
		size_t count = 1 + drawn(&seed) % COUNT_OF(lengths);
		for (size_t i = 0; i < count; i++)
			lengths[i] = drawn(&seed) % (1u << drawn(&seed) % 15);
		for (size_t w = 0; w < COUNT_OF(widths); w++)
			check_lengths(widths[w], lengths, count, round);
	}
}

SPEC(many_digests_are_made_whatever_the_processor)
{
	struct digest digests[3], abc = digest_of("abc", 3), none = digest_of(NULL, 0);
	const struct digest_job jobs[] = { { "abc", 3, &digests[0] }, { NULL, 0, &digests[1] },
		{ "abc", 3, &digests[2] } };
	digest_many(jobs, COUNT_OF(jobs));
	assert_true(digest_equal(&digests[0], &abc));
	assert_true(digest_equal(&digests[1], &none));
	assert_true(digest_equal(&digests[2], &abc));
}

SPEC(there_is_no_other_width)
{
	static const unsigned none[] = { 0, 1, 2, 3, 5, 16 };
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(digest_lanes(none[i], NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_around_the_ends_of_blocks),
		cmocka_unit_test(fewer_jobs_than_lanes_and_none),
		cmocka_unit_test(long_and_short_jobs_side_by_side),
		cmocka_unit_test(many_digests_are_made_whatever_the_processor),
		cmocka_unit_test(there_is_no_other_width),
	};
	return cmocka_run_group_tests_name("digest_lanes", tests, start_digests, NULL);
}
