/* expect - an expectation of a profile or a site file (the first line), of what a command printed (the rest).
 */
#include "installer/host/expect.h"
#include "tests/fuzz/door.h"

static void close_view(struct jsonview **v)
{
	jsonview_close(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text why = { 0 };
	SCOPED(close_view) struct jsonview *top = NULL;
	const uint8_t *feed = memchr(data, '\n', size);
	size_t first = feed ? (size_t)(feed - data) : size, rest = feed ? size - first - 1 : 0;
	char *line = arena_copy(&arena, (const char *)data, first);
	SCOPED_TEXT char *output = mem_copy(feed ? (const char *)feed + 1 : "", rest);
	struct json_list found = { NULL, 0 };
	struct expect x;
	struct err e = { 0 }, no = { 0 };
	expect_document(output, rest, &top);
	if (!door_answered(expect_read(line, &x, &arena, &e), &e))
		return 0;
	REQUIRE(expect_holds(&x, top, 1, &why) == (why.len == 0));
	(void)door_answered(x.op == EXPECT_EXIT || expect_collect(x.pointer, top, &found, &arena, &no), &no);
	return 0;
}
