/* act - the record of an act, as a node has it on disk: what is read can be written and read again. */
#include "installer/act.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text once = { 0 }, twice = { 0 };
	struct err e = { 0 };
	void *first = arena_new(&arena, act_shape.size), *again = arena_new(&arena, act_shape.size);
	if (!door_answered(json_read(&act_shape, (const char *)data, size, first, &arena, &e), &e))
		return 0;
	json_write(&act_shape, first, &once);
	REQUIRE(json_read(&act_shape, once.at, once.len, again, &arena, &e));
	json_write(&act_shape, again, &twice);
	REQUIRE(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
	return 0;
}
