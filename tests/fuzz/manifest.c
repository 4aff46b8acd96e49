/* manifest - signed bytes: what is read is, written again, the same bytes. */
#include "manifest/manifest.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text again = { 0 };
	struct manifest m;
	struct err e = { 0 };
	if (!door_answered(manifest_read((struct trusted){ (const char *)data, size }, &m, &arena, &e), &e))
		return 0;
	manifest_write(&m, &again);
	REQUIRE(again.len == size && memcmp(again.at, data, size) == 0);
	REQUIRE(m.components.count && manifest_component(&m, *(char **)m.components.items));
	return 0;
}
