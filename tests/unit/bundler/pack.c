/* pack - threads, and what is kept beside them, stay within the memory that capture may take. */
#include "bundler/pack.h"
#include "manifest/frame.h"
#include "tests/unit/unit.h"

SPEC(every_level_has_a_thread_and_slow_ones_fewer)
{
	for (int level = 1; level <= FRAME_LEVEL_MAX; level++)
		assert_true(pack_threads(level) >= 1);
	assert_true(pack_threads(3) > pack_threads(9));
	assert_true(pack_threads(9) > pack_threads(19));
	assert_true(pack_threads(19) >= 2);
}

SPEC(what_a_spool_keeps_shrinks_as_threads_come)
{
	for (int level = 1; level <= FRAME_LEVEL_MAX; level++) {
		unsigned most = pack_threads(level);
		for (unsigned n = 1; n < most; n++)
			assert_true(pack_spare(level, n) >= pack_spare(level, n + 1));
		assert_int_equal(pack_spare(level, most + 1), 0);
		assert_true(pack_spare(level, 1) < ((size_t)PACK_MEMORY << 20));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_level_has_a_thread_and_slow_ones_fewer),
		cmocka_unit_test(what_a_spool_keeps_shrinks_as_threads_come),
	};
	return cmocka_run_group_tests_name("bundler/pack", tests, NULL, NULL);
}
