/* site - site.json, which people edit: what is read is written for them, and read again says the same. */
#include "installer/host/site.h"
#include "tests/fuzz/door.h"

static void same_again(const struct site *s)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text once = { 0 }, twice = { 0 };
	struct site again;
	struct err e = { 0 };
	site_write(s, &once);
	REQUIRE(site_read(once.at, once.len, &again, &arena, &e));
	site_write(&again, &twice);
	REQUIRE(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct site s;
	struct err e = { 0 };
	if (!door_answered(site_read((const char *)data, size, &s, &arena, &e), &e))
		return 0;
	same_again(&s);
	if (s.applications.count == 0)
		return 0;
	struct site_application first = *(const struct site_application *)s.applications.items;
	REQUIRE(site_find(&s, first.application, first.instance));
	site_put(&s, &first, &arena);
	same_again(&s);
	site_remove(&s, first.application, first.instance);
	REQUIRE(!site_find(&s, first.application, first.instance));
	return 0;
}
