/* plan - an approved plan: what is read can be written and read again. */
#include "installer/binding.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text once = { 0 }, twice = { 0 };
	struct err e = { 0 };
	void *first = arena_new(&arena, binding_shape.size), *again = arena_new(&arena, binding_shape.size);
	if (!door_answered(json_read(&binding_shape, (const char *)data, size, first, &arena, &e), &e))
		return 0;
	json_write(&binding_shape, first, &once);
	REQUIRE(json_read(&binding_shape, once.at, once.len, again, &arena, &e));
	json_write(&binding_shape, again, &twice);
	REQUIRE(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
	return 0;
}
