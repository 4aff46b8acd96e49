/* elfs - ELF files made by hand for tests, and any bytes read as a file's. */
#ifndef TESTS_UNIT_INSTALLER_ELFS_H
#define TESTS_UNIT_INSTALLER_ELFS_H

#include <elf.h>
#include <sys/mman.h>

#include "installer/host/bits.h"
#include "tests/unit/unit.h"

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

HELPER void put(struct elf *x, size_t at, size_t len, uint64_t n)
{
	for (size_t i = 0; i < len; i++)
		x->bytes[at + (x->of->big ? len - 1 - i : i)] = (unsigned char)(n >> 8 * i);
}

/* A field of machine size: narrow or wide. */
HELPER void put_word(struct elf *x, size_t at32, size_t at64, uint64_t n)
{
	put(x, x->of->narrow ? at32 : at64, x->of->narrow ? 4 : 8, n);
}

HELPER size_t put_name(struct elf *x, const char *name)
{
	size_t at = x->names;
	memcpy(x->bytes + AT_NAMES + at, name, strlen(name) + 1);
	x->names += strlen(name) + 1;
	assert_true(AT_NAMES + x->names <= AT_CODE);
	return at;
}

HELPER void put_segment(struct elf *x, size_t index, unsigned type, size_t at, size_t len)
{
	size_t start = AT_SEGMENTS + index * (x->of->narrow ? 32u : 56u);
	put(x, start, 4, type);
	put_word(x, start + 4, start + 8, at);
	put_word(x, start + 8, start + 16, BASE + at);
	put_word(x, start + 16, start + 32, len);
	put_word(x, start + 28, start + 48, 4);
}

HELPER void put_dynamic(struct elf *x, uint64_t tag, uint64_t value)
{
	size_t half = x->of->narrow ? 4 : 8, at = AT_DYNAMIC + x->dynamic++ * 2 * half;
	put(x, at, half, tag);
	put(x, at + half, half, value);
}

HELPER void put_header(struct elf *x)
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

HELPER void put_contents(struct elf *x)
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

HELPER void put_versions(struct elf *x)
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

HELPER void put_symbols(struct elf *x)
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

HELPER void elf_make(struct elf *x, const struct given *of)
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

HELPER int fd_of(const void *bytes, size_t len)
{
	int fd = memfd_create("bits", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

HELPER void read_fd(int fd, struct bits *out, struct arena *arena)
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

HELPER void read_bytes(const void *bytes, size_t len, struct bits *out, struct arena *arena)
{
	SCOPED_FD int fd = fd_of(bytes, len);
	read_fd(fd, out, arena);
}

HELPER void read_given(const struct given *of, struct bits *out, struct arena *arena)
{
	static struct elf x;
	elf_make(&x, of);
	read_bytes(x.bytes, sizeof x.bytes, out, arena);
	if (out->damage[0])
		fail_msg("%s", out->damage);
}

HELPER void assert_words(size_t row, const char *wanted, const char *have)
{
	if (strcmp(wanted ? wanted : "", have) != 0)
		fail_msg("row %zu: \"%s\" is not \"%s\"", row, have, wanted ? wanted : "");
}

/* Nothing asserted but what read_fd() does: it ends, in bounds, with texts. */
HELPER void survive(int fd)
{
	SCOPED(arena_end) struct arena a = { 0 };
	struct bits b;
	read_fd(fd, &b, &a);
}

#endif
