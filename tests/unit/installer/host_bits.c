/* bits - other formats than ELF, and which files count for a service. */
#include "tests/unit/installer/elfs.h"

/* ---- other formats, and none ---- */

#define TEXT(s) (s), sizeof(s) - 1
#define FAT2                                                                                                 \
	"\xca\xfe\xba\xbe\0\0\0\2"                                                                           \
	"\1\0\0\7\0\0\0\3\0\0\0\x30\0\0\0\1\0\0\0\0"                                                         \
	"\1\0\0\x0c\0\0\0\0\0\0\0\x30\0\0\0\1\0\0\0\0x"
#define FAT64                                                                                                \
	"\xca\xfe\xba\xbf\0\0\0\1"                                                                           \
	"\1\0\0\7\0\0\0\3\0\0\0\0\0\0\0\x28\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0x"
#define SEVEN0                      "\0\0\0\0\0\0\0"
#define DOS                         "MZ" SEVEN0 SEVEN0 SEVEN0 SEVEN0 SEVEN0 SEVEN0 SEVEN0 SEVEN0 "\0\0"
#define COFF(machine, flags, magic) machine SEVEN0 SEVEN0 "\0\0" flags magic

static const struct {
	const char *bytes;
	size_t len;
	enum bits_kind kind;
	const char *os, *machine, *type, *damage;
	uint64_t width;
} formats[] = {
	{ TEXT("\xcf\xfa\xed\xfe\x0c\0\0\1\0\0\0\0\6\0\0\0" SEVEN0 SEVEN0), BITS_MACHO, "darwin", "aarch64",
		"library", "", 64 },
	{ TEXT("\xcf\xfa\xed\xfe\7\0\0\1\0\0\0\0\2\0\0\0" SEVEN0 SEVEN0), BITS_MACHO, "darwin", "x86_64",
		"executable", "", 64 },
	{ TEXT("\xce\xfa\xed\xfe\7\0\0\0\0\0\0\0\x08\0\0\0" SEVEN0 SEVEN0), BITS_MACHO, "darwin", "i386",
		"library", "", 32 },
	{ TEXT("\xfe\xed\xfa\xce\0\0\0\x12\0\0\0\0\0\0\0\1" SEVEN0 SEVEN0), BITS_MACHO, "darwin", "ppc",
		"object", "", 32 },
	{ TEXT("\xfe\xed\xfa\xcf\1\0\0\x12\0\0\0\0\0\0\0\2" SEVEN0 SEVEN0), BITS_MACHO, "darwin", "ppc64",
		"executable", "", 64 },
	{ TEXT("\xcf\xfa\xed\xfe\x0c\0\0\1"), BITS_MACHO, "", "", "", "the header is cut off", 64 },
	{ FAT2, 49, BITS_MACHO, "darwin", "x86_64,aarch64", "", "", 0 },
	{ FAT2, 48, BITS_MACHO, "darwin", "", "", "a machine's part lies beyond the end", 0 },
	{ FAT2, 27, BITS_MACHO, "darwin", "", "", "a machine's header lies beyond the end", 0 },
	{ FAT64, 41, BITS_MACHO, "darwin", "x86_64", "", "", 0 },
	{ FAT64, 40, BITS_MACHO, "darwin", "", "", "a machine's part lies beyond the end", 0 },
	{ TEXT("\xca\xfe\xba\xbe\0\0\0\x34"), BITS_NONE, "", "", "", "", 0 }, /* a class of Java */
	{ TEXT("\xca\xfe\xba\xbe\0\3\0\2"), BITS_NONE, "", "", "", "", 0 },
	{ TEXT("\xca\xfe\xba\xbe\0\0"), BITS_NONE, "", "", "", "", 0 },
	{ TEXT(DOS "\x40\0\0\0" COFF("PE\0\0\x64\x86", "\x22\x20", "\x0b\2")), BITS_PE, "win32", "x86_64",
		"library", "", 64 },
	{ TEXT(DOS "\x40\0\0\0" COFF("PE\0\0\x64\xaa", "\x22\0", "\x0b\2")), BITS_PE, "win32", "aarch64",
		"executable", "", 64 },
	{ TEXT(DOS "\x40\0\0\0" COFF("PE\0\0\x4c\1", "\x22\x20", "\x0b\1")), BITS_PE, "win32", "i386",
		"library", "", 32 },
	{ TEXT(DOS "\x40\0\0\0" COFF("PE\0\0\x4c\1", "\x22\x20", "\x0b")), BITS_NONE, "", "", "", "", 0 },
	{ TEXT(DOS "\x40\0\0\0" COFF("NE\0\0\x4c\1", "\x22\x20", "\x0b\1")), BITS_NONE, "", "", "", "", 0 },
	{ TEXT(DOS "\xff\xff\xff\xff"), BITS_NONE, "", "", "", "", 0 },
	{ TEXT("MZ"), BITS_NONE, "", "", "", "", 0 },
	{ TEXT("MZ is how this text begins"), BITS_NONE, "", "", "", "", 0 },
	{ TEXT("\x7f"
	       "ELF"),
		BITS_ELF, "", "", "", "the header is cut off", 0 },
	{ TEXT("\x7f"
	       "EL"),
		BITS_NONE, "", "", "", "", 0 },
	{ TEXT("#!/bin/sh\n"), BITS_NONE, "", "", "", "", 0 },
	{ TEXT(""), BITS_NONE, "", "", "", "", 0 },
};

SPEC(a_format_is_told_by_its_first_bytes)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct bits b;
		read_bytes(formats[i].bytes, formats[i].len, &b, &a);
		assert_words(i, formats[i].damage, b.damage);
		if (b.kind != formats[i].kind || (!b.damage[0] && b.width != formats[i].width))
			fail_msg("row %zu: kind %d, width %d", i, (int)b.kind, (int)b.width);
		if (b.damage[0])
			continue;
		assert_words(i, formats[i].os, b.os);
		assert_words(i, formats[i].machine, b.machine);
		assert_words(i, formats[i].type, b.type);
	}
}

SPEC(what_is_no_file_is_nothing_and_what_cannot_be_read_is_an_error)
{
	SCOPED(arena_end) struct arena a = { 0 };
	SCOPED_FD int dir = scratch();
	SCOPED_FD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };
	struct bits b;
	read_fd(dir, &b, &a);
	assert_int_equal(b.kind, BITS_NONE);
	read_fd(null, &b, &a);
	assert_int_equal(b.kind, BITS_NONE);
	assert_false(bits_read(-1, &b, &a, &e));
	assert_says(&e, ERR_SYSTEM, "look at a file");
	given_file(dir, "file",
		"\x7f"
		"ELF");
	SCOPED_FD int closed = openat(dir, "file", O_WRONLY | O_CLOEXEC);
	struct err again = { 0 };
	assert_false(bits_read(closed, &b, &a, &again));
	assert_says(&again, ERR_SYSTEM, "Bad file descriptor");
}

/* ---- what counts ---- */

static const struct bits service = { .kind = BITS_ELF,
	.damage = "",
	.os = "linux",
	.machine = "x86_64",
	.type = "executable",
	.libc = "glibc",
	.width = 64 };

#define LIBRARY(...)                                                                                         \
	{                                                                                                    \
		.kind = BITS_ELF, .damage = "", .type = "library", __VA_ARGS__                               \
	}

static const struct {
	struct bits file;
	bool counts;
} files[] = {
	{ LIBRARY(.os = "linux", .machine = "x86_64", .libc = "glibc", .width = 64), true },
	{ LIBRARY(.os = "linux", .machine = "x86_64", .libc = "none", .width = 64), true },
	{ LIBRARY(.os = "", .machine = "x86_64", .libc = "none", .width = 64), true },
	{ LIBRARY(.os = "linux", .machine = "x86_64", .libc = "musl", .width = 64), false },
	{ LIBRARY(.os = "", .machine = "x86_64", .libc = "other", .width = 64), false },
	{ LIBRARY(.os = "openbsd", .machine = "x86_64", .libc = "none", .width = 64), false },
	{ LIBRARY(.os = "freebsd", .machine = "x86_64", .libc = "glibc", .width = 64), false },
	{ LIBRARY(.os = "linux", .machine = "aarch64", .libc = "glibc", .width = 64), false },
	{ LIBRARY(.os = "linux", .machine = "x86_64", .libc = "glibc", .width = 32), false },
	{ LIBRARY(.os = "linux", .machine = "x86_64", .libc = "glibc", .width = 64, .big_endian = true),
		false },
	{ { .kind = BITS_ELF,
		  .damage = "x",
		  .type = "library",
		  .os = "linux",
		  .machine = "x86_64",
		  .libc = "glibc",
		  .width = 64 },
		false },
	{ { .kind = BITS_ELF,
		  .damage = "",
		  .type = "executable",
		  .os = "linux",
		  .machine = "x86_64",
		  .libc = "glibc",
		  .width = 64 },
		true },
	{ { .kind = BITS_ELF,
		  .damage = "",
		  .type = "object",
		  .os = "linux",
		  .machine = "x86_64",
		  .libc = "glibc",
		  .width = 64 },
		false },
	{ { .kind = BITS_MACHO,
		  .damage = "",
		  .type = "library",
		  .os = "linux",
		  .machine = "x86_64",
		  .libc = "glibc",
		  .width = 64 },
		false },
	{ { .kind = BITS_NONE,
		  .damage = "",
		  .type = "library",
		  .os = "linux",
		  .machine = "x86_64",
		  .libc = "glibc",
		  .width = 64 },
		false },
};

SPEC(what_the_service_can_load_counts)
{
	struct bits none = service;
	none.kind = BITS_NONE;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		if (bits_counts(&files[i].file, &service) != files[i].counts)
			fail_msg("row %zu", i);
		assert_false(bits_counts(&files[i].file, &none));
	}
}

SPEC(an_addon_for_another_node_does_not_count)
{
	struct bits node = service,
		    file = LIBRARY(.os = "linux", .machine = "x86_64", .libc = "glibc", .width = 64);
	file.node_abi = 115;
	assert_true(bits_counts(&file, &node)); /* the service's is not known */
	node.node_abi = 127;
	assert_false(bits_counts(&file, &node));
	file.napi = 8; /* it can be registered either way */
	assert_true(bits_counts(&file, &node));
	file.napi = 0;
	file.node_abi = 127;
	assert_true(bits_counts(&file, &node));
}

SPEC(needs_are_summed_to_the_highest)
{
	struct platform_needs sum = { 0 };
	bits_add(&sum, &(struct bits){ .glibc = "", .glibcxx = "" });
	assert_int_equal(sum.files, 1);
	assert_null(sum.glibc);
	assert_null(sum.glibcxx);
	bits_add(&sum, &(struct bits){ .glibc = "2.9", .glibcxx = "3.4.22", .napi = 8 });
	bits_add(&sum, &(struct bits){ .glibc = "2.28", .glibcxx = "3.4.9", .napi = 3, .node_abi = 127 });
	bits_add(&sum, &(struct bits){ .glibc = "2.10", .glibcxx = "", .node_abi = 127 });
	assert_int_equal(sum.files, 4);
	assert_string_equal(sum.glibc, "2.28");
	assert_string_equal(sum.glibcxx, "3.4.22");
	assert_int_equal(sum.napi, 8);
	assert_int_equal(sum.node_abi, 127);
	assert_false(sum.node_abis);
	bits_add(&sum, &(struct bits){ .glibc = "", .glibcxx = "", .node_abi = 115 });
	assert_int_equal(sum.node_abi, 127);
	assert_true(sum.node_abis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_told_by_its_first_bytes),
		cmocka_unit_test(what_is_no_file_is_nothing_and_what_cannot_be_read_is_an_error),
		cmocka_unit_test(what_the_service_can_load_counts),
		cmocka_unit_test(an_addon_for_another_node_does_not_count),
		cmocka_unit_test(needs_are_summed_to_the_highest),
	};
	return cmocka_run_group_tests_name("bits", tests, NULL, NULL);
}
