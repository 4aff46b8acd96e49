/* profile - the file of --profile; its globs are tried on a path. */
#include "manifest/profile.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text once = { 0 }, twice = { 0 };
	struct profile p, again;
	struct err e = { 0 };
	if (!door_answered(profile_read((const char *)data, size, &p, &arena, &e), &e))
		return 0;
	json_write(&profile_shape, &p, &once);
	REQUIRE(profile_read(once.at, once.len, &again, &arena, &e));
	json_write(&profile_shape, &again, &twice);
	REQUIRE(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
	(void)globs_match(&p.local, "node_modules/a/lib/a.js");
	(void)globs_match(&p.excluded, "aaaaaaaaaaaaaaaaaaaaaaaa/aaaaaaaaaaaaaaaaaaaaaaaa");
	return 0;
}
