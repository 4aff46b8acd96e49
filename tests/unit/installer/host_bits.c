/* bits - what the bytes of a file say of the machine that it was made for, and which of them count. */
#include "installer/host/bits.h"
#include "manifest/base/fs.h"
#include "manifest/base/tree.h"
#include "tests/unit/unit.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>

/* ---- an ELF by hand: everything in one segment at 0x10000 ---- */

enum {
	AT_SEGMENTS = 0x40,
	AT_INTERPRETER = 0x200,
	AT_NOTE = 0x240,
	AT_DYNAMIC = 0x300,
	AT_SYMBOLS = 0x400,
	AT_VERSIONS = 0x600,
	AT_NAMES = 0x800,
	AT_CODE = 0xe00,
	ELF_SIZE = 0x1000,
	BASE = 0x10000,
	SOME = 6,
};

struct given {
	bool narrow, big;
	unsigned machine, abi, type; /* 0: x86-64, System V, ET_DYN */
	const char *interpreter, *note;
	unsigned note_system;
	const char *needed[SOME];
	const char *wanted[SOME];  /* versions of libc.so.6's symbols; "?" in front: weakly */
	const char *symbols[SOME]; /* "!" in front: wanted of others */
	const char *code;          /* of every symbol that it has itself */
};

struct elf {
	unsigned char bytes[ELF_SIZE];
	const struct given *of;
	size_t names, dynamic;
};

static void put(struct elf *x, size_t at, size_t len, uint64_t n)
{
	for (size_t i = 0; i < len; i++)
		x->bytes[at + (x->of->big ? len - 1 - i : i)] = (unsigned char)(n >> 8 * i);
}

/* A field of machine size: narrow or wide. */
static void put_word(struct elf *x, size_t at32, size_t at64, uint64_t n)
{
	put(x, x->of->narrow ? at32 : at64, x->of->narrow ? 4 : 8, n);
}

static size_t put_name(struct elf *x, const char *name)
{
	size_t at = x->names;
	memcpy(x->bytes + AT_NAMES + at, name, strlen(name) + 1);
	x->names += strlen(name) + 1;
	assert_true(AT_NAMES + x->names <= AT_CODE);
	return at;
}

static void put_segment(struct elf *x, size_t index, unsigned type, size_t at, size_t len)
{
	size_t start = AT_SEGMENTS + index * (x->of->narrow ? 32u : 56u);
	put(x, start, 4, type);
	put_word(x, start + 4, start + 8, at);
	put_word(x, start + 8, start + 16, BASE + at);
	put_word(x, start + 16, start + 32, len);
	put_word(x, start + 28, start + 48, 4);
}

static void put_dynamic(struct elf *x, uint64_t tag, uint64_t value)
{
	size_t half = x->of->narrow ? 4 : 8, at = AT_DYNAMIC + x->dynamic++ * 2 * half;
	put(x, at, half, tag);
	put(x, at + half, half, value);
}

static void put_header(struct elf *x)
{
	const struct given *of = x->of;
	memcpy(x->bytes, ELFMAG, SELFMAG);
	x->bytes[EI_CLASS] = of->narrow ? ELFCLASS32 : ELFCLASS64;
	x->bytes[EI_DATA] = of->big ? ELFDATA2MSB : ELFDATA2LSB;
	x->bytes[EI_VERSION] = EV_CURRENT;
	x->bytes[EI_OSABI] = (unsigned char)of->abi;
	put(x, 16, 2, of->type ? of->type : ET_DYN);
	put(x, 18, 2, of->machine ? of->machine : EM_X86_64);
	put_word(x, 28, 32, AT_SEGMENTS);
	put(x, of->narrow ? 42 : 54, 2, of->narrow ? 32 : 56);
	put(x, of->narrow ? 44 : 56, 2, 4);
}

static void put_contents(struct elf *x)
{
	const struct given *of = x->of;
	put_segment(x, 0, PT_LOAD, 0, ELF_SIZE);
	put_segment(x, 1, PT_DYNAMIC, AT_DYNAMIC, 0x100);
	if (of->interpreter) {
		put_segment(x, 2, PT_INTERP, AT_INTERPRETER, strlen(of->interpreter) + 1);
		memcpy(x->bytes + AT_INTERPRETER, of->interpreter, strlen(of->interpreter) + 1);
	}
	if (of->note) {
		size_t len = strlen(of->note) + 1, padded = (len + 3) & ~(size_t)3;
		/* Another note stands before it. */
		put_segment(x, 3, PT_NOTE, AT_NOTE, 16 + 12 + padded + 4);
		put(x, AT_NOTE, 4, 1);
		put(x, AT_NOTE + 8, 4, 77);
		put(x, AT_NOTE + 16, 4, len);
		put(x, AT_NOTE + 20, 4, 4);
		put(x, AT_NOTE + 24, 4, 1);
		memcpy(x->bytes + AT_NOTE + 28, of->note, len);
		put(x, AT_NOTE + 28 + padded, 4, of->note_system);
	}
}

static void put_versions(struct elf *x)
{
	size_t count = 0, at = AT_VERSIONS + 16;
	while (count < SOME && x->of->wanted[count])
		count++;
	if (count == 0)
		return;
	put_dynamic(x, DT_VERNEED, BASE + AT_VERSIONS);
	put_dynamic(x, DT_VERNEEDNUM, 1);
	put(x, AT_VERSIONS, 2, 1);
	put(x, AT_VERSIONS + 2, 2, count);
	put(x, AT_VERSIONS + 4, 4, put_name(x, "libc.so.6"));
	put(x, AT_VERSIONS + 8, 4, 16);
	for (size_t i = 0; i < count; i++, at += 16) {
		bool weak = x->of->wanted[i][0] == '?';
		put(x, at + 4, 2, weak ? VER_FLG_WEAK : 0);
		put(x, at + 8, 4, put_name(x, x->of->wanted[i] + weak));
		put(x, at + 12, 4, i + 1 < count ? 16 : 0);
	}
}

static void put_symbols(struct elf *x)
{
	size_t step = x->of->narrow ? 16 : 24;
	put_dynamic(x, DT_SYMTAB, BASE + AT_SYMBOLS);
	if (x->of->code)
		memcpy(x->bytes + AT_CODE, x->of->code, 16);
	for (size_t i = 0; i < SOME && x->of->symbols[i]; i++) {
		bool wanted = x->of->symbols[i][0] == '!';
		size_t at = AT_SYMBOLS + (i + 1) * step;
		put(x, at, 4, put_name(x, x->of->symbols[i] + wanted));
		put(x, at + (x->of->narrow ? 14 : 6), 2, wanted ? 0 : 7);
		put_word(x, at + 4, at + 8, wanted ? 0 : BASE + AT_CODE);
	}
}

static void elf_make(struct elf *x, const struct given *of)
{
	*x = (struct elf){ .of = of, .names = 1 };
	put_header(x);
	put_contents(x);
	for (size_t i = 0; i < SOME && of->needed[i]; i++)
		put_dynamic(x, DT_NEEDED, put_name(x, of->needed[i]));
	put_versions(x);
	put_symbols(x);
	put_dynamic(x, DT_STRTAB, BASE + AT_NAMES);
	put_dynamic(x, DT_STRSZ, x->names);
	assert_true(x->dynamic < 16);
}

/* ---- reading one ---- */

static int fd_of(const void *bytes, size_t len)
{
	int fd = memfd_create("bits", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

static void read_fd(int fd, struct bits *out, struct arena *arena)
{
	struct err e = { 0 };
	MUST(bits_read(fd, out, arena, &e), &e);
	assert_int_equal(e.kind, ERR_NONE);
	const char *const texts[] = { out->damage, out->os, out->machine, out->os_abi, out->type, out->libc,
		out->interpreter, out->glibc, out->glibcxx };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_true(texts[i] && strlen(texts[i]) < 4096);
	for (size_t i = 0; i < out->needed.count; i++)
		assert_true(strlen(((char **)out->needed.items)[i]) < 4096);
}

static void read_bytes(const void *bytes, size_t len, struct bits *out, struct arena *arena)
{
	SCOPED_FD int fd = fd_of(bytes, len);
	read_fd(fd, out, arena);
}

static void read_given(const struct given *of, struct bits *out, struct arena *arena)
{
	static struct elf x;
	elf_make(&x, of);
	read_bytes(x.bytes, sizeof x.bytes, out, arena);
	if (out->damage[0])
		fail_msg("%s", out->damage);
}

static void assert_words(size_t row, const char *wanted, const char *have)
{
	if (strcmp(wanted ? wanted : "", have) != 0)
		fail_msg("row %zu: \"%s\" is not \"%s\"", row, have, wanted ? wanted : "");
}

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

/* Nothing asserted but what read_fd() does: it ends, in bounds, with texts. */
static void survive(int fd)
{
	SCOPED(arena_end) struct arena a = { 0 };
	struct bits b;
	read_fd(fd, &b, &a);
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

/* ---- real ones: this program, and the library that it runs in ---- */

static int find_cmocka(struct dl_phdr_info *info, size_t size, void *path)
{
	(void)size;
	if (!strstr(info->dlpi_name, "libcmocka"))
		return 0;
	snprintf(path, PATH_MAX, "%s", info->dlpi_name);
	return 1;
}

static void load(const char *path, struct text *out)
{
	struct err e = { 0 };
	MUST(fs_read_path(path, (size_t)256 << 20, out, &e), &e);
}

SPEC(this_program_is_read)
{
	SCOPED(arena_end) struct arena a = { 0 };
	SCOPED_FD int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct bits b;
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	read_fd(fd, &b, &a);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
	assert_string_equal(b.damage, "");
	assert_string_equal(b.os, "linux");
	assert_string_equal(b.type, "executable");
	assert_int_equal(b.width, sizeof(void *) * 8);
	assert_true(b.needed.count > 0 && b.interpreter[0] == '/');
	assert_true(bits_counts(&b, &b));
}

static void survive_cuts(const struct text *real)
{
	SCOPED_FD int fd = fd_of(real->at, real->len);
	unsigned seed = 7;
	for (size_t i = 0; i < 500; i++) {
		assert_int_equal(ftruncate(fd, (off_t)((size_t)rand_r(&seed) % real->len)), 0);
		survive(fd);
		assert_int_equal(pwrite(fd, real->at, real->len, 0), real->len);
	}
	for (size_t len = real->len < 4096 ? real->len : 4096; len-- > 0;) {
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		survive(fd);
	}
}

static void survive_flips(const struct text *real)
{
	SCOPED_FD int fd = fd_of(real->at, real->len);
	unsigned seed = 7;
	for (size_t i = 0; i < 2000; i++) {
		/* Half of them where the headers are. */
		off_t at = (off_t)((size_t)rand_r(&seed) % (i % 2 ? real->len : 1024));
		char wrong = (char)(real->at[at] ^ (1 << i % 8));
		assert_int_equal(pwrite(fd, &wrong, 1, at), 1);
		survive(fd);
		assert_int_equal(pwrite(fd, real->at + at, 1, at), 1);
	}
}

SPEC(real_files_may_be_cut_and_wrong_anywhere)
{
	char cmocka[PATH_MAX] = "/proc/self/exe";
	dl_iterate_phdr(find_cmocka, cmocka);
	const char *const paths[] = { "/proc/self/exe", cmocka };
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		SCOPED(text_end) struct text real = { 0 };
		load(paths[i], &real);
		survive_cuts(&real);
		survive_flips(&real);
	}
}

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

/* ---- the real OpenClaw: NATIVES=TREE NODE=BINARY [NATIVES_TABLE=FILE] ---- */

struct row {
	char path[512], os[32], machine[32], abi[32], libc[32], glibc[32], glibcxx[32], napi[32],
		node_abi[32], counts[32];
	bool seen;
};

struct natives {
	struct row rows[64];
	size_t count;
	struct bits service;
	struct platform_needs needs;
	struct arena arena;
};

static void natives_end(struct natives *n)
{
	arena_end(&n->arena);
}

static void natives_load(struct natives *n, const char *table)
{
	char line[1024];
	FILE *f = fopen(table, "re");
	if (!f)
		fail_msg("%s: %s", table, strerror(errno));
	while (fgets(line, sizeof line, f)) {
		struct row *r = &n->rows[n->count];
		if (line[0] == '#')
			continue;
		assert_true(n->count < COUNT_OF(n->rows));
		assert_int_equal(sscanf(line, "%511s %31s %31s %31s %31s %31s %31s %31s %31s %31s", r->path,
					 r->os, r->machine, r->abi, r->libc, r->glibc, r->glibcxx, r->napi,
					 r->node_abi, r->counts),
			10);
		n->count++;
	}
	fclose(f);
}

static void assert_cell(const struct row *r, const char *column, const char *wanted, const char *have)
{
	char cell[64];
	snprintf(cell, sizeof cell, "%s", have[0] ? have : "-");
	for (char *c = cell; *c; c++)
		*c = *c == ' ' ? '-' : *c;
	if (strcmp(cell, wanted) != 0)
		fail_msg("%s: %s is %s, not %s", r->path, column, cell, wanted);
}

static void assert_number(const struct row *r, const char *column, const char *wanted, uint64_t have)
{
	char cell[32] = "";
	if (have)
		snprintf(cell, sizeof cell, "%llu", (unsigned long long)have);
	assert_cell(r, column, wanted, cell);
}

static void assert_row(struct natives *n, const char *path, const struct bits *b)
{
	struct row *r = n->rows;
	while (r < n->rows + n->count && strcmp(r->path, path) != 0)
		r++;
	if (r == n->rows + n->count)
		fail_msg("%s is native and not in the table", path);
	r->seen = true;
	assert_cell(r, "damage", "-", b->damage);
	assert_cell(r, "os", r->os, b->os);
	assert_cell(r, "machine", r->machine, b->machine);
	assert_cell(r, "os-abi", r->abi, b->os_abi);
	assert_cell(r, "libc", r->libc, b->libc);
	assert_cell(r, "glibc", r->glibc, b->glibc);
	assert_cell(r, "glibcxx", r->glibcxx, b->glibcxx);
	assert_number(r, "napi", r->napi, b->napi);
	assert_number(r, "abi", r->node_abi, b->node_abi);
	assert_cell(r, "counts", r->counts, bits_counts(b, &n->service) ? "yes" : "no");
}

static bool visit(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct natives *n = ctx;
	struct bits b;
	(void)skip;
	if (!S_ISREG(entry->st->st_mode))
		return true;
	SCOPED_FD int fd = openat(entry->dir, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", entry->path);
	SCOPED(arena_end) struct arena a = { 0 };
	if (!bits_read(fd, &b, &a, e))
		return false;
	if (b.kind == BITS_NONE)
		return true;
	if (!bits_read(fd, &b, &n->arena, e))
		return false;
	assert_row(n, entry->path, &b);
	if (bits_counts(&b, &n->service))
		bits_add(&n->needs, &b);
	return true;
}

SPEC(the_real_tree_is_as_its_table_says)
{
	const char *tree = getenv("NATIVES"), *node = getenv("NODE"), *table = getenv("NATIVES_TABLE");
	if (!tree || !node) {
		print_message("no NATIVES=tree and NODE=binary: skipped\n");
		skip();
	}
	SCOPED(natives_end) struct natives n = { 0 };
	SCOPED_FD int top = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	SCOPED_FD int binary = open(node, O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };
	natives_load(&n, table ? table : "tests/openclaw/natives.txt");
	read_fd(binary, &n.service, &n.arena);
	assert_row(&n, "node", &n.service);
	MUST(tree_walk(top, visit, &n, &e), &e);
	for (size_t i = 0; i < n.count; i++)
		if (!n.rows[i].seen)
			fail_msg("%s is not there", n.rows[i].path);
	assert_string_equal(n.needs.glibc, "2.28");
	assert_string_equal(n.needs.glibcxx, "3.4.22");
	assert_int_equal(n.needs.files, 7);
	assert_int_equal(n.needs.napi, 9);
	assert_int_equal(n.needs.node_abi, 0);
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
		cmocka_unit_test(this_program_is_read),
		cmocka_unit_test(real_files_may_be_cut_and_wrong_anywhere),
		cmocka_unit_test(a_format_is_told_by_its_first_bytes),
		cmocka_unit_test(what_is_no_file_is_nothing_and_what_cannot_be_read_is_an_error),
		cmocka_unit_test(what_the_service_can_load_counts),
		cmocka_unit_test(an_addon_for_another_node_does_not_count),
		cmocka_unit_test(needs_are_summed_to_the_highest),
		cmocka_unit_test(the_real_tree_is_as_its_table_says),
	};
	return cmocka_run_group_tests_name("bits", tests, NULL, NULL);
}
