/* listing - a line of a listing that a node has stored: what is read is, written again, the same line. */
#include "manifest/listing.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_TEXT char *line = mem_copy((const char *)data, size);
	SCOPED(text_end) struct text again = { 0 };
	struct entry entry;
	struct err e = { 0 };
	size_t len = strlen(line);
	if (!door_answered(listing_parse(line, &entry, &e), &e))
		return 0;
	listing_add(&entry, &again);
	REQUIRE(again.len == len + 1 && memcmp(again.at, data, len) == 0);
	REQUIRE(entry_equal(&entry, &entry));
	return 0;
}
