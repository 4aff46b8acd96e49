/* bits - a native file of a tree: no file is refused; what is damaged says how, and all that is said is a
 * text. */
#include "installer/host/bits.h"
#include "tests/fuzz/door.h"

static void all_texts(const struct bits *b)
{
	const char *const texts[] = { b->damage, b->os, b->machine, b->os_abi, b->type, b->libc,
		b->interpreter, b->glibc, b->glibcxx };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		REQUIRE(texts[i] && strlen(texts[i]) < 4096);
	for (size_t i = 0; i < b->needed.count; i++)
		REQUIRE(((char *const *)b->needed.items)[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED_FD int fd = door_file(data, size);
	struct platform_needs needs = { 0 };
	struct bits b;
	struct err e = { 0 };
	REQUIRE(bits_read(fd, &b, &arena, &e));
	if (b.kind == BITS_NONE)
		return 0;
	all_texts(&b);
	if (!b.damage[0])
		(void)bits_counts(&b, &b);
	bits_add(&needs, &b);
	REQUIRE(needs.files == 1);
	return 0;
}
