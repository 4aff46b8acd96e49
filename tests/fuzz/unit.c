/* unit - a unit file of the machine, and the script that it starts: nothing is refused, everything is read to
 * its end. */
#include "installer/host/env_file.h"
#include "installer/host/specifier.h"
#include "installer/host/wrapper.h"
#include "tests/fuzz/door.h"

static void all_texts(const struct json_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		REQUIRE(((char *const *)list->items)[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED_TEXT char *text = mem_copy((const char *)data, size);
	struct json_list words = { NULL, 0 };
	struct unit_merge m;
	struct wrapper w;
	unit_merge_init(&m, &arena);
	unit_merge_add(&m, "first", (const char *)data, size, &arena);
	unit_merge_add(&m, "second", (const char *)data, size, &arena);
	all_texts(&m.exec);
	all_texts(&m.environment);
	all_texts(&m.overridden);
	REQUIRE(m.exec_from && m.cwd && m.user);
	unit_words(text, &words, &arena);
	all_texts(&words);
	env_file_read((const char *)data, size, &words, &arena);
	const struct host host = { .root = -1 };
	const struct specifiers specifiers = { text, NULL, &host };
	struct err why = { 0 };
	REQUIRE(specifiers_merge(&specifiers, &m, &arena, &why) || why.text[0]);
	all_texts(&words);
	all_texts(&m.exec);
	wrapper_read("/opt/app/bin/run", (const char *)data, size, &m.environment, &w, &arena);
	all_texts(&w.words);
	wrapper_read_command(text, &w.variables, &w, &arena);
	all_texts(&w.words);
	return 0;
}
