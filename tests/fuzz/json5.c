/* json5 - a configuration file of the application: every value lies in the text, and is one by itself. */
#include "installer/host/json5.h"
#include "tests/fuzz/door.h"

struct seeing {
	const char *text;
	size_t size;
	int depth;
};

static bool see(void *ctx, const char *key, const struct json5_value *v, struct err *e)
{
	struct seeing *s = ctx;
	SCOPED(text_end) struct text said = { 0 };
	struct json5_value alone;
	REQUIRE(key && v->kind != JSON5_ABSENT && v->len > 0 && v->at <= s->size &&
		v->len <= s->size - v->at);
	json5_text(s->text, v, &said);
	REQUIRE(json5_read(s->text + v->at, v->len, &alone, e) && alone.kind == v->kind &&
		alone.len == v->len);
	if (++s->depth < 4)
		REQUIRE(json5_each(s->text, s->size, v, see, s, e));
	s->depth--;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct seeing s = { text, size, 0 };
	struct json5_value all, found;
	struct err e = { 0 };
	if (!door_answered(json5_read(text, size, &all, &e), &e))
		return 0;
	REQUIRE(see(&s, "", &all, &e));
	REQUIRE(json5_find(text, size, "/gateway/port", &found, &e));
	REQUIRE(json5_find(text, size, "/a~1b/0/m~0n", &found, &e));
	return 0;
}
