/* bits - what an ELF file says of the machine that it was made for, and lies in it. */
#include "tests/unit/installer/elfs.h"

/* ---- ELF ---- */

SPEC(every_class_and_byte_order_says_the_same)
{
	static const struct {
		bool narrow, big;
		unsigned machine;
		const char *word;
	} rows[] = { { false, false, EM_X86_64, "x86_64" }, { false, true, EM_S390, "s390x" },
		{ true, false, EM_386, "i386" }, { true, true, EM_PPC, "ppc" } };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct bits b;
		read_given(&(struct given){ .narrow = rows[i].narrow,
				   .big = rows[i].big,
				   .machine = rows[i].machine,
				   .note = "OpenBSD",
				   .needed = { "libstdc++.so.6", "libc.so.6" },
				   .wanted = { "GLIBC_2.4", "GLIBC_2.28", "GLIBC_2.9", "GLIBCXX_3.4.22",
					   "GLIBCXX_3.4.9" },
				   .symbols = { "!napi_create_date", "napi_register_module_v1" } },
			&b, &a);
		assert_int_equal(b.kind, BITS_ELF);
		assert_words(i, rows[i].word, b.machine);
		assert_int_equal(b.width, rows[i].narrow ? 32 : 64);
		assert_int_equal(b.big_endian, rows[i].big);
		assert_words(i, "openbsd", b.os);
		assert_words(i, "system v", b.os_abi);
		assert_words(i, "library", b.type);
		assert_words(i, "glibc", b.libc);
		assert_words(i, "2.28", b.glibc);
		assert_words(i, "3.4.22", b.glibcxx);
		assert_int_equal(b.needed.count, 2);
		assert_string_equal(((char **)b.needed.items)[0], "libstdc++.so.6");
		assert_string_equal(((char **)b.needed.items)[1], "libc.so.6");
		assert_true(b.addon);
		assert_int_equal(b.napi, 5);
		assert_int_equal(b.node_abi, 0);
	}
}

SPEC(a_machine_has_a_word)
{
	static const struct {
		unsigned machine;
		bool narrow, big;
		const char *word;
	} rows[] = { { EM_AARCH64, false, false, "aarch64" }, { EM_ARM, true, false, "arm" },
		{ EM_RISCV, false, false, "riscv64" }, { EM_RISCV, true, false, "riscv32" },
		{ 258, false, false, "loongarch64" }, { 258, true, false, "loongarch32" },
		{ EM_PPC64, false, false, "ppc64le" }, { EM_PPC64, false, true, "ppc64" },
		{ EM_S390, true, true, "s390" }, { EM_MIPS, true, false, "mipsel" },
		{ EM_MIPS, true, true, "mips" }, { EM_MIPS, false, false, "mips64el" },
		{ EM_MIPS, false, true, "mips64" }, { EM_X86_64, true, false, "x86_64" },
		{ 4242, false, false, "machine 4242" } };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct bits b;
		read_given(
			&(struct given){
				.machine = rows[i].machine, .narrow = rows[i].narrow, .big = rows[i].big },
			&b, &a);
		assert_words(i, rows[i].word, b.machine);
	}
}

static const struct {
	struct given of;
	const char *os, *abi, *libc, *type;
} systems[] = {
	{ { .abi = 0 }, "", "system v", "none", "library" },
	{ { .abi = ELFOSABI_GNU }, "linux", "gnu/linux", "none", "library" },
	{ { .abi = ELFOSABI_FREEBSD, .needed = { "libc.so.7" } }, "freebsd", "freebsd", "other", "library" },
	{ { .abi = ELFOSABI_OPENBSD }, "openbsd", "openbsd", "none", "library" },
	{ { .abi = ELFOSABI_NETBSD }, "netbsd", "netbsd", "none", "library" },
	{ { .abi = ELFOSABI_SOLARIS }, "sunos", "solaris", "none", "library" },
	{ { .abi = 200 }, "", "abi 200", "none", "library" },
	{ { .note = "OpenBSD" }, "openbsd", "system v", "none", "library" },
	{ { .note = "FreeBSD" }, "freebsd", "system v", "none", "library" },
	{ { .note = "GNU" }, "linux", "system v", "none", "library" },
	{ { .note = "GNU", .note_system = 1 }, "hurd", "system v", "none", "library" },
	{ { .note = "GNU", .note_system = 9 }, "", "system v", "none", "library" },
	{ { .note = "GNX" }, "", "system v", "none", "library" },
	{ { .note = "Android", .needed = { "libc.so" } }, "android", "system v", "bionic", "library" },
	{ { .abi = ELFOSABI_FREEBSD, .note = "OpenBSD" }, "freebsd", "freebsd", "none", "library" },
	{ { .needed = { "libc.so.6" } }, "linux", "system v", "glibc", "library" },
	{ { .needed = { "libc.so.6.1" } }, "linux", "system v", "glibc", "library" },
	{ { .needed = { "libc.so.60" } }, "", "system v", "other", "library" },
	{ { .needed = { "libc.so.96.0" } }, "", "system v", "other", "library" },
	{ { .needed = { "libx.so.1", "libc.musl-x86_64.so.1" } }, "linux", "system v", "musl", "library" },
	{ { .needed = { "libc.so" } }, "linux", "system v", "musl", "library" },
	{ { .needed = { "ld-linux-x86-64.so.2" } }, "linux", "system v", "glibc", "library" },
	{ { .wanted = { "GLIBC_2.4" } }, "linux", "system v", "glibc", "library" },
	{ { .wanted = { "FBSD_1.0" } }, "", "system v", "none", "library" },
	{ { .interpreter = "/lib64/ld-linux-x86-64.so.2", .type = ET_EXEC }, "linux", "system v", "glibc",
		"executable" },
	{ { .interpreter = "/lib/ld-musl-x86_64.so.1", .needed = { "libc.so" } }, "linux", "system v", "musl",
		"executable" },
	{ { .interpreter = "/lib/ld-musl-x86_64.so.1", .wanted = { "GLIBC_2.4" } }, "linux", "system v",
		"musl", "executable" },
	{ { .interpreter = "/system/bin/linker64" }, "android", "system v", "bionic", "executable" },
	{ { .interpreter = "/libexec/ld-elf.so.1" }, "", "system v", "none", "executable" },
	{ { .type = ET_REL }, "", "system v", "none", "object" },
	{ { .type = ET_CORE }, "", "system v", "none", "core" },
	{ { .type = 99 }, "", "system v", "none", "type 99" },
};

SPEC(the_system_is_told_by_abi_note_or_libc)
{
	for (size_t i = 0; i < COUNT_OF(systems); i++) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct bits b;
		read_given(&systems[i].of, &b, &a);
		assert_words(i, systems[i].os, b.os);
		assert_words(i, systems[i].abi, b.os_abi);
		assert_words(i, systems[i].libc, b.libc);
		assert_words(i, systems[i].type, b.type);
		assert_words(i, systems[i].of.interpreter, b.interpreter);
	}
}

SPEC(the_highest_version_is_needed)
{
	static const struct {
		const char *wanted[SOME];
		const char *glibc, *glibcxx;
	} rows[] = {
		{ { "GLIBC_2.9", "GLIBC_2.10", "GLIBC_2.2.5" }, "2.10", "" },
		{ { "GLIBC_2.9", "?GLIBC_2.38" }, "2.9", "" },
		{ { "?GLIBC_2.38" }, "", "" },
		{ { "GLIBC_2.9", "GLIBC_PRIVATE", "GLIBC_", "GLIBC_2.x" }, "2.9", "" },
		{ { "GLIBC_2.9", "GLIBC_ABI_DT_RELR" }, "2.36", "" },
		{ { "GLIBC_2.38", "GLIBC_ABI_DT_RELR" }, "2.38", "" },
		{ { "GLIBCXX_3.4.9", "GLIBCXX_3.4.30", "CXXABI_1.3.9", "GCC_3.0" }, "", "3.4.30" },
		{ { "GLIBC_99999999999999999999999.1", "GLIBC_2.1" }, "99999999999999999999999.1", "" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct given of = { 0 };
		struct bits b;
		memcpy(of.wanted, rows[i].wanted, sizeof of.wanted);
		read_given(&of, &b, &a);
		assert_words(i, rows[i].glibc, b.glibc);
		assert_words(i, rows[i].glibcxx, b.glibcxx);
	}
}

#define ASKS "node_api_module_get_api_version_v1"

static const struct {
	struct given of;
	bool addon;
	uint64_t napi, abi;
} addons[] = {
	{ { .symbols = { "malloc" } }, false, 0, 0 },
	{ { .symbols = { "napi_register_module_v1" } }, true, 1, 0 },
	{ { .symbols = { "!napi_register_module_v1" } }, false, 0, 0 },
	{ { .symbols = { "napi_register_module_v12" } }, false, 0, 0 },
	{ { .symbols = { "node_register_module_v127" } }, true, 0, 127 },
	{ { .symbols = { "!node_register_module_v127" } }, false, 0, 0 },
	{ { .symbols = { "node_register_module_v" } }, false, 0, 0 },
	{ { .symbols = { "node_register_module_v12x" } }, false, 0, 0 },
	{ { .symbols = { "node_register_module_v99999999999999999999" } }, false, 0, 0 },
	{ { .symbols = { "!napi_module_register" } }, true, 1, 0 },
	{ { .symbols = { "!node_module_register" } }, true, 0, 0 },
	{ { .symbols = { "!napi_create_date" } }, false, 0, 0 },
	{ { .symbols = { "!napi_typeof", "napi_register_module_v1" } }, true, 1, 0 },
	{ { .symbols = { "!napi_get_uv_event_loop", "napi_register_module_v1" } }, true, 2, 0 },
	{ { .symbols = { "napi_register_module_v1", "!napi_fatal_exception" } }, true, 3, 0 },
	{ { .symbols = { "napi_register_module_v1", "!napi_type_tag_object", "!napi_is_date" } }, true, 8,
		0 },
	{ { .symbols = { "napi_register_module_v1", "!node_api_symbol_for" } }, true, 9, 0 },
	{ { .symbols = { "napi_register_module_v1", "!node_api_create_property_key_utf8" } }, true, 10, 0 },
	{ { .symbols = { "napi_register_module_v1", "napi_is_date" } }, true, 1, 0 }, /* its own */
	{ { .symbols = { "napi_register_module_v1", "node_register_module_v115" } }, true, 1, 115 },
	{ { .symbols = { ASKS }, .code = "\xb8\x09\0\0\0\xc3\0\0\0\0\0\0\0\0\0" }, true, 9, 0 },
	{ { .symbols = { ASKS, "!napi_type_tag_object" }, .code = "\xb8\x07\0\0\0\xc3\0\0\0\0\0\0\0\0\0" },
		true, 8, 0 },
	{ { .symbols = { ASKS }, .code = "\xf3\x0f\x1e\xfa\xb8\x08\0\0\0\xc3\0\0\0\0\0" }, true, 8, 0 },
	{ { .symbols = { ASKS }, .code = "\xf3\x0f\x1e\xfa\x55\x48\x89\xe5\xb8\x08\0\0\0\x5d\xc3" }, true, 8,
		0 },
	{ { .symbols = { ASKS }, .code = "\xb8\xff\xff\xff\x7f\xc3\0\0\0\0\0\0\0\0\0" }, true, 1, 0 },
	{ { .symbols = { ASKS }, .code = "\x31\xc0\xc3\0\0\0\0\0\0\0\0\0\0\0\0" }, true, 1, 0 },
	{ { .machine = EM_AARCH64,
		  .symbols = { ASKS },
		  .code = "\x00\x01\x80\x52\xc0\x03\x5f\xd6\0\0\0\0\0\0\0" },
		true, 8, 0 },
	{ { .machine = EM_AARCH64,
		  .symbols = { ASKS },
		  .code = "\x5f\x24\x03\xd5\x20\x01\x80\x52\xc0\x03\x5f\xd6\0\0\0" },
		true, 9, 0 },
	{ { .machine = EM_AARCH64,
		  .symbols = { ASKS },
		  .code = "\x01\x01\x80\x52\xc0\x03\x5f\xd6\0\0\0\0\0\0\0" },
		true, 1, 0 },
	{ { .machine = EM_RISCV, .symbols = { ASKS }, .code = "\xb8\x09\0\0\0\xc3\0\0\0\0\0\0\0\0\0" }, true,
		1, 0 },
	{ { .interpreter = "/lib64/ld-linux-x86-64.so.2", .symbols = { "napi_register_module_v1" } }, false,
		0, 0 },
};

SPEC(an_addon_tells_how_it_registers_itself)
{
	for (size_t i = 0; i < COUNT_OF(addons); i++) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct bits b;
		read_given(&addons[i].of, &b, &a);
		if (b.addon != addons[i].addon || b.napi != addons[i].napi || b.node_abi != addons[i].abi)
			fail_msg("row %zu: addon %d, Node-API %d, ABI %d", i, b.addon, (int)b.napi,
				(int)b.node_abi);
	}
}

/* ---- what contradicts itself ---- */

static const struct given plain = { .interpreter = "/lib64/ld-linux-x86-64.so.2",
	.note = "GNU",
	.needed = { "libc.so.6", "libm.so.6" },
	.wanted = { "GLIBC_2.4", "GLIBC_2.28" },
	.symbols = { "!malloc", "napi_register_module_v1" } };

static const struct given other = { .narrow = true,
	.big = true,
	.machine = EM_PPC,
	.note = "GNU",
	.needed = { "libc.so.6" },
	.wanted = { "GLIBC_2.4", "GLIBC_2.28" },
	.symbols = { "!malloc", "napi_register_module_v1" } };

enum { SECOND = AT_SEGMENTS + 56, THIRD = SECOND + 56, FOURTH = THIRD + 56 };

static const struct {
	size_t at, len;
	uint64_t value;
	const char *damage;
} lies[] = {
	{ EI_CLASS, 1, 0, "no known class" },
	{ EI_CLASS, 1, 3, "no known class" },
	{ EI_DATA, 1, 3, "no known class" },
	{ EI_VERSION, 1, 2, "no known class" },
	{ 54, 2, 32, "program headers of a wrong size" },
	{ 56, 2, 1025, "more than 1024 program headers" },
	{ 56, 2, 0xffff, "more than 1024 program headers" },
	{ 56, 2, 1024, "the program headers lie beyond the end" },
	{ 32, 8, UINT64_MAX, "the program headers lie beyond the end" },
	{ 32, 8, ELF_SIZE - 1, "the program headers lie beyond the end" },
	{ AT_SEGMENTS + 8, 8, 1, "a segment lies beyond the end" },
	{ AT_SEGMENTS + 8, 8, UINT64_MAX, "a segment lies beyond the end" },
	{ AT_SEGMENTS + 32, 8, ELF_SIZE + 1, "a segment lies beyond the end" },
	{ AT_SEGMENTS + 32, 8, UINT64_MAX, "a segment lies beyond the end" },
	{ SECOND + 8, 8, UINT64_MAX - 8, "the dynamic section lies beyond the end" },
	{ SECOND + 32, 8, 0x2000, "the dynamic section lies beyond the end" },
	{ SECOND + 32, 8, UINT64_MAX, "more than 4096 entries" },
	{ THIRD + 8, 8, ELF_SIZE, "the name of the interpreter lies beyond the end" },
	{ THIRD + 32, 8, 513, "the name of the interpreter is too long" },
	{ THIRD + 32, 8, 5, "the name of the interpreter has no end" },
	{ FOURTH + 8, 8, ELF_SIZE, "notes lie beyond the end" },
	{ AT_DYNAMIC + 8, 8, 0x10000, "a name lies beyond the table of names" },
	{ AT_DYNAMIC + 8, 8, UINT64_MAX, "a name lies beyond the table of names" },
	{ AT_DYNAMIC + 0x20 + 8, 8, BASE + ELF_SIZE, "the versions of symbols lie in no segment" },
	{ AT_DYNAMIC + 0x20 + 8, 8, BASE + ELF_SIZE - 1, "versions of symbols lie beyond the end" },
	{ AT_DYNAMIC + 0x30 + 8, 8, 4097, "more than 4096 versions" },
	{ AT_DYNAMIC + 0x40 + 8, 8, 1, "the symbols lie in no segment" },
	{ AT_DYNAMIC + 0x50 + 8, 8, 1, "the table of names lies beyond its segment" },
	{ AT_DYNAMIC + 0x60 + 8, 8, 0x801, "the table of names lies beyond its segment" },
	{ AT_DYNAMIC + 0x60 + 8, 8, UINT64_MAX, "the table of names lies beyond its segment" },
	{ AT_DYNAMIC + 0x60 + 8, 8, 5, "a name has no end" },
	{ AT_VERSIONS + 8, 4, UINT32_MAX, "versions of symbols lie beyond the end" },
	{ AT_VERSIONS + 16 + 8, 4, UINT32_MAX, "a name lies beyond the table of names" },
	{ AT_VERSIONS + 16 + 12, 4, UINT32_MAX, "versions of symbols lie beyond the end" },
};

SPEC(a_lie_is_damage_and_is_named)
{
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct elf x;
		struct bits b, service;
		read_given(&plain, &service, &a);
		elf_make(&x, &plain);
		put(&x, lies[i].at, lies[i].len, lies[i].value);
		read_bytes(x.bytes, sizeof x.bytes, &b, &a);
		assert_int_equal(b.kind, BITS_ELF);
		if (!strstr(b.damage, lies[i].damage) || !b.damage[0])
			fail_msg("row %zu: \"%s\" does not say \"%s\"", i, b.damage, lies[i].damage);
		assert_false(bits_counts(&b, &service));
	}
}

SPEC(a_chain_of_versions_without_end_is_damage)
{
	SCOPED(arena_end) struct arena a = { 0 };
	enum { LINKS = 5000, SIZE = ELF_SIZE + 16 * LINKS };
	unsigned char *bytes = calloc(1, SIZE);
	struct elf x;
	struct bits b;
	elf_make(&x, &plain);
	put(&x, AT_SEGMENTS + 32, 8, SIZE);
	put(&x, AT_VERSIONS + 2, 2, 0xffff);
	put(&x, AT_VERSIONS + 8, 4, ELF_SIZE - AT_VERSIONS);
	memcpy(bytes, x.bytes, ELF_SIZE);
	for (size_t i = 0; i < LINKS; i++) {
		bytes[ELF_SIZE + i * 16 + 8] = 1;
		bytes[ELF_SIZE + i * 16 + 12] = 16;
	}
	read_bytes(bytes, SIZE, &b, &a);
	assert_string_equal(b.damage, "more than 4096 versions of symbols");
	free(bytes);
}

SPEC(symbols_end_with_their_segment_or_what_follows)
{
	SCOPED(arena_end) struct arena a = { 0 };
	struct elf x;
	struct bits b;
	elf_make(&x, &(struct given){ .symbols = { "napi_register_module_v1" } });
	put(&x, AT_DYNAMIC + 8, 8, BASE + ELF_SIZE - 30); /* DT_SYMTAB: one symbol, and a part of one */
	memset(x.bytes + ELF_SIZE - 30, 0, 30);
	read_bytes(x.bytes, sizeof x.bytes, &b, &a);
	assert_string_equal(b.damage, "");
	assert_false(b.addon);
	/* Names that lie outside, or have no end, are nobody's. */
	elf_make(&x, &(struct given){ .symbols = { "napi_register_module_v1", "malloc" } });
	put(&x, AT_SYMBOLS + 48, 4, UINT32_MAX);
	read_bytes(x.bytes, sizeof x.bytes, &b, &a);
	assert_string_equal(b.damage, "");
	assert_int_equal(b.napi, 1);
}

SPEC(what_follows_the_symbols_is_no_symbol)
{
	SCOPED(arena_end) struct arena a = { 0 };
	enum { BEHIND = AT_SYMBOLS + 30 * 24 };
	struct elf x;
	struct bits b;
	elf_make(&x, &(struct given){ .needed = { "napi_register_module_v1" }, .wanted = { "GLIBC_2.4" } });
	put(&x, BEHIND, 4, 1);
	put(&x, BEHIND + 6, 2, 7);
	read_bytes(x.bytes, sizeof x.bytes, &b, &a);
	assert_string_equal(b.damage, "");
	assert_false(b.addon);
}

SPEC(the_last_of_many_symbols_is_read)
{
	SCOPED(arena_end) struct arena a = { 0 };
	enum { SYMBOLS = 1000, SIZE = ELF_SIZE + 24 * SYMBOLS };
	unsigned char *bytes = calloc(1, SIZE);
	struct elf x;
	struct bits b;
	elf_make(&x, &(struct given){ .symbols = { "napi_register_module_v1" } });
	put(&x, AT_SEGMENTS + 32, 8, SIZE);
	put(&x, AT_DYNAMIC + 8, 8, BASE + ELF_SIZE); /* DT_SYMTAB */
	memcpy(bytes, x.bytes, ELF_SIZE);
	memcpy(bytes + SIZE - 24, x.bytes + AT_SYMBOLS + 24, 24);
	read_bytes(bytes, SIZE, &b, &a);
	assert_string_equal(b.damage, "");
	assert_int_equal(b.napi, 1);
	free(bytes);
}

SPEC(a_file_cut_off_anywhere_is_damaged)
{
	struct elf x;
	elf_make(&x, &plain);
	SCOPED_FD int fd = fd_of(x.bytes, sizeof x.bytes);
	for (size_t len = ELF_SIZE; len-- > 0;) {
		SCOPED(arena_end) struct arena a = { 0 };
		struct bits b;
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		read_fd(fd, &b, &a);
		assert_int_equal(b.kind, len < 4 ? BITS_NONE : BITS_ELF);
		if ((len >= 4) != (b.damage[0] != '\0'))
			fail_msg("%zu bytes: \"%s\"", len, b.damage);
	}
}

SPEC(every_byte_may_be_wrong)
{
	static const unsigned char masks[] = { 0x01, 0x80, 0xff };
	static const struct given *const all[] = { &plain, &other };
	for (size_t k = 0; k < COUNT_OF(all); k++) {
		struct elf x;
		elf_make(&x, all[k]);
		SCOPED_FD int fd = fd_of(x.bytes, sizeof x.bytes);
		for (size_t i = 0; i < ELF_SIZE; i++)
			for (size_t m = 0; m < COUNT_OF(masks); m++) {
				unsigned char wrong = x.bytes[i] ^ masks[m];
				assert_int_equal(pwrite(fd, &wrong, 1, (off_t)i), 1);
				survive(fd);
				assert_int_equal(pwrite(fd, &x.bytes[i], 1, (off_t)i), 1);
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_and_byte_order_says_the_same),
		cmocka_unit_test(a_machine_has_a_word),
		cmocka_unit_test(the_system_is_told_by_abi_note_or_libc),
		cmocka_unit_test(the_highest_version_is_needed),
		cmocka_unit_test(an_addon_tells_how_it_registers_itself),
		cmocka_unit_test(a_lie_is_damage_and_is_named),
		cmocka_unit_test(a_chain_of_versions_without_end_is_damage),
		cmocka_unit_test(symbols_end_with_their_segment_or_what_follows),
		cmocka_unit_test(what_follows_the_symbols_is_no_symbol),
		cmocka_unit_test(the_last_of_many_symbols_is_read),
		cmocka_unit_test(a_file_cut_off_anywhere_is_damaged),
		cmocka_unit_test(every_byte_may_be_wrong),
	};
	return cmocka_run_group_tests_name("bits_elf", tests, NULL, NULL);
}
