/* bits_elf.c - see bits_look.h. The ELF header, what the segments hold, and what the dynamic section asks
 * for. */
#include "installer/host/bits_look.h"

#include <elf.h>
#include <string.h>

#include "installer/host/version.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif
#ifndef ELFOSABI_ARM_AEABI
#define ELFOSABI_ARM_AEABI 64
#endif
#ifndef DT_RELR
#define DT_RELR 36
#endif

static const struct field elf_type = { 16, 2, 16, 2 }, elf_machine = { 18, 2, 18, 2 };
static const struct field elf_segments = { 28, 4, 32, 8 }, elf_segment_size = { 42, 2, 54, 2 };
static const struct field elf_segment_count = { 44, 2, 56, 2 };
static const struct field segment_type = { 0, 4, 0, 4 }, segment_offset = { 4, 4, 8, 8 };
static const struct field segment_address = { 8, 4, 16, 8 }, segment_size = { 16, 4, 32, 8 };
static const struct field segment_align = { 28, 4, 48, 8 };
static const struct field dynamic_tag = { 0, 4, 0, 8 }, dynamic_value = { 4, 4, 8, 8 };

/* ---- words ---- */

static const struct word abis[] = { { ELFOSABI_SYSV, "system v" }, { ELFOSABI_HPUX, "hp-ux" },
	{ ELFOSABI_NETBSD, "netbsd" }, { ELFOSABI_GNU, "gnu/linux" }, { ELFOSABI_SOLARIS, "solaris" },
	{ ELFOSABI_AIX, "aix" }, { ELFOSABI_IRIX, "irix" }, { ELFOSABI_FREEBSD, "freebsd" },
	{ ELFOSABI_TRU64, "tru64" }, { ELFOSABI_OPENBSD, "openbsd" }, { ELFOSABI_ARM_AEABI, "arm eabi" },
	{ ELFOSABI_ARM, "arm" }, { ELFOSABI_STANDALONE, "standalone" } };

/* System V is everybody's. */
static const struct word abi_systems[] = { { ELFOSABI_NETBSD, "netbsd" }, { ELFOSABI_GNU, "linux" },
	{ ELFOSABI_SOLARIS, "sunos" }, { ELFOSABI_AIX, "aix" }, { ELFOSABI_FREEBSD, "freebsd" },
	{ ELFOSABI_OPENBSD, "openbsd" } };

static const struct word elf_types[] = { { ET_REL, "object" }, { ET_EXEC, "executable" },
	{ ET_DYN, "library" }, { ET_CORE, "core" } };
static char *elf_machine_word(struct look *f, uint64_t machine)
{
	static const struct {
		uint64_t machine, width; /* 0: any */
		char order;              /* l, b; 0: any */
		const char *text;
	} rows[] = {
		{ EM_X86_64, 0, 0, "x86_64" },
		{ EM_AARCH64, 0, 0, "aarch64" },
		{ EM_386, 0, 0, "i386" },
		{ EM_ARM, 0, 0, "arm" },
		{ EM_RISCV, 64, 0, "riscv64" },
		{ EM_RISCV, 32, 0, "riscv32" },
		{ EM_LOONGARCH, 64, 0, "loongarch64" },
		{ EM_LOONGARCH, 32, 0, "loongarch32" },
		{ EM_PPC, 0, 0, "ppc" },
		{ EM_PPC64, 0, 'l', "ppc64le" },
		{ EM_PPC64, 0, 'b', "ppc64" },
		{ EM_S390, 64, 0, "s390x" },
		{ EM_S390, 32, 0, "s390" },
		{ EM_MIPS, 64, 'l', "mips64el" },
		{ EM_MIPS, 64, 'b', "mips64" },
		{ EM_MIPS, 32, 'l', "mipsel" },
		{ EM_MIPS, 32, 'b', "mips" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].machine == machine && (!rows[i].width || rows[i].width == f->out->width) &&
			(!rows[i].order || rows[i].order == (f->out->big_endian ? 'b' : 'l')))
			return arena_str(f->arena, rows[i].text);
	return look_word(f, NULL, 0, machine, "machine");
}

/* ---- ELF: header, segments ---- */

static bool read_header(struct look *f, uint64_t *at)
{
	unsigned char h[sizeof(Elf64_Ehdr)] = { 0 };
	if (!look_read(f, 0, h, EI_NIDENT, "the header is cut off"))
		return false;
	if (h[EI_CLASS] < ELFCLASS32 || h[EI_CLASS] > ELFCLASS64 || h[EI_DATA] < ELFDATA2LSB ||
		h[EI_DATA] > ELFDATA2MSB || h[EI_VERSION] != EV_CURRENT)
		return look_damaged(f, "the header names no known class, byte order or version");
	f->out->width = h[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	f->out->big_endian = h[EI_DATA] == ELFDATA2MSB;
	bool wide = f->out->width == 64;
	if (!look_read(f, 0, h, wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), "the header is cut off"))
		return false;
	f->out->os_abi = LOOK_WORD(f, abis, h[EI_OSABI], "abi");
	f->out->os = LOOK_WORD(f, abi_systems, h[EI_OSABI], NULL);
	f->out->type = LOOK_WORD(f, elf_types, look_field(f, h, elf_type), "type");
	f->out->machine = elf_machine_word(f, look_field(f, h, elf_machine));
	*at = look_field(f, h, elf_segments);
	f->count = (size_t)look_field(f, h, elf_segment_count);
	if (f->count > SEGMENTS_MAX)
		return look_damaged(f, "more than 1024 program headers");
	if (f->count &&
		look_field(f, h, elf_segment_size) != (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return look_damaged(f, "program headers of a wrong size");
	return true;
}

static bool read_segments(struct look *f, uint64_t at)
{
	size_t step = f->out->width == 64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	unsigned char h[sizeof(Elf64_Phdr)];
	if (!look_within(at, f->count * step, f->size))
		return look_damaged(f, "the program headers lie beyond the end");
	for (size_t i = 0; i < f->count; i++) {
		if (!look_read(f, at + i * step, h, step, "a program header is cut off"))
			return false;
		f->segments[i] = (struct segment){ look_field(f, h, segment_type),
			look_field(f, h, segment_offset), look_field(f, h, segment_address),
			look_field(f, h, segment_size), look_field(f, h, segment_align) };
		if (f->segments[i].type == PT_LOAD &&
			!look_within(f->segments[i].offset, f->segments[i].size, f->size))
			return look_damaged(f, "a segment lies beyond the end");
	}
	return true;
}

static const struct segment *segment_of(const struct look *f, uint64_t type)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->segments[i].type == type && f->segments[i].size)
			return &f->segments[i];
	return NULL;
}

bool look_place(const struct look *f, uint64_t address, uint64_t *at, uint64_t *room)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct segment *s = &f->segments[i];
		if (s->type != PT_LOAD || address < s->address || address - s->address >= s->size)
			continue;
		*at = s->offset + (address - s->address);
		*room = s->size - (address - s->address);
		return true;
	}
	return false;
}

static bool read_interpreter(struct look *f)
{
	const struct segment *s = segment_of(f, PT_INTERP);
	char name[NAME_ROOM];
	if (!s)
		return true;
	if (s->size > sizeof name)
		return look_damaged(f, "the name of the interpreter is too long");
	if (!look_read(
		    f, s->offset, name, (size_t)s->size, "the name of the interpreter lies beyond the end"))
		return false;
	if (name[s->size - 1] != '\0')
		return look_damaged(f, "the name of the interpreter has no end");
	f->out->interpreter = arena_str(f->arena, name);
	f->out->type = arena_str(f->arena, "executable");
	return true;
}

/* ---- notes: the only place where some systems say whose file it is ---- */

static bool is_system_note(struct look *f, const char *owner, size_t len, const unsigned char *content)
{
	static const struct word gnu[] = { { 0, "linux" }, { 1, "hurd" }, { 2, "sunos" }, { 3, "freebsd" },
		{ 4, "netbsd" } };
	static const struct {
		const char *owner, *system;
	} others[] = { { "OpenBSD", "openbsd" }, { "FreeBSD", "freebsd" }, { "NetBSD", "netbsd" },
		{ "DragonFly", "dragonfly" }, { "Android", "android" } };
	if (len == sizeof "GNU" && memcmp(owner, "GNU", len) == 0) {
		f->out->os = LOOK_WORD(f, gnu, look_number(f, content, 4), NULL);
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (len == strlen(others[i].owner) + 1 && memcmp(owner, others[i].owner, len) == 0) {
			f->out->os = arena_str(f->arena, others[i].system);
			return true;
		}
	return false;
}

/* Notes that are not well formed say nothing; no loader reads them. */
static bool read_notes(struct look *f, const struct segment *s)
{
	unsigned char notes[NOTES_ROOM];
	size_t size = s->size < sizeof notes ? (size_t)s->size : sizeof notes, at = 0;
	uint64_t align = s->align == 8 ? 8 : 4;
	if (!look_read(f, s->offset, notes, size, "notes lie beyond the end"))
		return false;
	while (look_within(at, 12, size)) {
		uint64_t name = look_number(f, notes + at, 4), len = look_number(f, notes + at + 4, 4);
		uint64_t content = (12 + name + align - 1) & ~(align - 1);
		uint64_t next = (content + len + align - 1) & ~(align - 1);
		if (!look_within(at, next, size))
			return true;
		if (look_number(f, notes + at + 8, 4) == 1 && len >= 4 &&
			is_system_note(f, (const char *)notes + at + 12, (size_t)name, notes + at + content))
			return true;
		at += (size_t)next;
	}
	return true;
}

static bool read_system(struct look *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (!f->out->os[0] && f->segments[i].type == PT_NOTE && f->segments[i].size)
			if (!read_notes(f, &f->segments[i]))
				return false;
	return true;
}

/* ---- the dynamic section ---- */

struct dynamic {
	unsigned char *bytes;
	size_t count, step;
};

static void dynamic_end(struct dynamic *d)
{
	free(d->bytes);
}

static uint64_t dynamic_get(const struct look *f, const struct dynamic *d, size_t i, struct field what)
{
	return look_field(f, d->bytes + i * d->step, what);
}

/* The first value of the tag. */
static bool dynamic_find(const struct look *f, const struct dynamic *d, uint64_t tag, uint64_t *value)
{
	for (size_t i = 0; i < d->count; i++)
		if (dynamic_get(f, d, i, dynamic_tag) == tag) {
			*value = dynamic_get(f, d, i, dynamic_value);
			return true;
		}
	return false;
}

/* No bytes: the file has none. */
static bool dynamic_read(struct look *f, struct dynamic *d)
{
	const struct segment *s = segment_of(f, PT_DYNAMIC);
	d->step = f->out->width == 64 ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
	if (!s)
		return true;
	if (s->size / d->step > DYNAMIC_MAX)
		return look_damaged(f, "the dynamic section has more than 4096 entries");
	size_t count = (size_t)(s->size / d->step);
	d->bytes = mem_new(count, d->step);
	if (!look_read(f, s->offset, d->bytes, count * d->step, "the dynamic section lies beyond the end"))
		return false;
	while (d->count < count && dynamic_get(f, d, d->count, dynamic_tag) != DT_NULL)
		d->count++;
	return true;
}

static bool find_names(struct look *f, const struct dynamic *d)
{
	uint64_t address, room, size = 0;
	if (!dynamic_find(f, d, DT_STRTAB, &address))
		return true;
	if (!look_place(f, address, &f->names, &room) || !dynamic_find(f, d, DT_STRSZ, &size) || size > room)
		return look_damaged(f, "the table of names lies beyond its segment");
	f->names_size = size;
	return true;
}

/* The table is read once: a library that others link with has ten thousands of names. */
static bool copy_name(struct look *f, uint64_t offset, char *to, size_t len)
{
	static const char *const damage = "the table of names lies beyond the end";
	if (f->names_size > TABLE_MAX)
		return look_read(f, f->names + offset, to, len, damage);
	if (!f->table) {
		f->table = mem_new((size_t)f->names_size, 1);
		if (!look_read(f, f->names, f->table, (size_t)f->names_size, damage))
			return false;
	}
	memcpy(to, f->table + offset, len);
	return true;
}

bool look_name(struct look *f, uint64_t offset, char *to, size_t room, bool *whole)
{
	if (offset >= f->names_size)
		return look_damaged(f, "a name lies beyond the table of names");
	uint64_t left = f->names_size - offset;
	size_t len = left < room - 1 ? (size_t)left : room - 1;
	if (!copy_name(f, offset, to, len))
		return false;
	to[len] = '\0';
	*whole = strlen(to) < len;
	return true;
}

static bool name_whole(struct look *f, uint64_t offset, char to[static NAME_ROOM])
{
	bool whole = false;
	if (!look_name(f, offset, to, NAME_ROOM, &whole))
		return false;
	return whole || look_damaged(f, "a name has no end");
}

static bool read_needed(struct look *f, const struct dynamic *d)
{
	char name[NAME_ROOM];
	char **names = arena_new(f->arena, (d->count + 1) * sizeof *names);
	f->out->needed.items = names;
	for (size_t i = 0; i < d->count; i++) {
		if (dynamic_get(f, d, i, dynamic_tag) != DT_NEEDED)
			continue;
		if (!name_whole(f, dynamic_get(f, d, i, dynamic_value), name))
			return false;
		names[f->out->needed.count++] = arena_str(f->arena, name);
	}
	return true;
}

/* The symbols end where the next part of the dynamic section begins, or with their segment. */
static bool find_symbols(struct look *f, const struct dynamic *d)
{
	static const uint64_t tags[] = { DT_HASH, DT_GNU_HASH, DT_STRTAB, DT_RELA, DT_REL, DT_RELR, DT_JMPREL,
		DT_VERSYM, DT_VERNEED, DT_VERDEF, DT_INIT, DT_FINI, DT_INIT_ARRAY, DT_FINI_ARRAY, DT_PLTGOT };
	uint64_t start, next;
	if (!dynamic_find(f, d, DT_SYMTAB, &start))
		return true;
	if (!look_place(f, start, &f->symbols, &f->symbols_size))
		return look_damaged(f, "the symbols lie in no segment");
	for (size_t i = 0; i < COUNT_OF(tags); i++)
		if (dynamic_find(f, d, tags[i], &next) && next > start && next - start < f->symbols_size)
			f->symbols_size = next - start;
	return true;
}

/* ---- versions of symbols that it wants ---- */

static void at_least(struct look *f, char **highest, const char *version)
{
	if (version_dotted(version, (*highest)[0] ? *highest : "0") == ORDER_NEWER)
		*highest = arena_str(f->arena, version);
}

/* A version that is wanted weakly may be missing. */
static void want(struct look *f, const char *version, bool weakly)
{
	/* Named for what the loader can do, not for when: glibc 2.36 was the first. */
	if (strcmp(version, "GLIBC_ABI_DT_RELR") == 0)
		version = "GLIBC_2.36";
	bool glibc = strncmp(version, "GLIBC_", 6) == 0;
	f->glibc = f->glibc || glibc;
	if (glibc && !weakly)
		at_least(f, &f->out->glibc, version + 6);
	else if (strncmp(version, "GLIBCXX_", 8) == 0 && !weakly)
		at_least(f, &f->out->glibcxx, version + 8);
}

/* One library's versions: Elf64_Vernaux is the same in 32 bits. */
static bool read_wanted(struct look *f, uint64_t at, uint64_t count, size_t *budget)
{
	unsigned char aux[sizeof(Elf64_Vernaux)];
	char name[NAME_ROOM];
	for (uint64_t i = 0; i < count; i++) {
		if ((*budget)-- == 0)
			return look_damaged(f, "more than 4096 versions of symbols");
		if (!look_read(f, at, aux, sizeof aux, "versions of symbols lie beyond the end") ||
			!name_whole(f, look_number(f, aux + 8, 4), name))
			return false;
		want(f, name, look_number(f, aux + 4, 2) & VER_FLG_WEAK);
		uint64_t step = look_number(f, aux + 12, 4);
		if (step == 0)
			return true;
		at += step;
	}
	return true;
}

static bool read_versions(struct look *f, const struct dynamic *d)
{
	unsigned char need[sizeof(Elf64_Verneed)];
	uint64_t address, at, room, count = 0;
	size_t budget = VERSIONS_MAX;
	if (!dynamic_find(f, d, DT_VERNEED, &address))
		return true;
	if (!look_place(f, address, &at, &room))
		return look_damaged(f, "the versions of symbols lie in no segment");
	if (!dynamic_find(f, d, DT_VERNEEDNUM, &count) || count > VERSIONS_MAX)
		return look_damaged(f, "more than 4096 versions of symbols");
	for (uint64_t i = 0; i < count; i++) {
		if (!look_read(f, at, need, sizeof need, "versions of symbols lie beyond the end") ||
			!read_wanted(
				f, at + look_number(f, need + 8, 4), look_number(f, need + 2, 2), &budget))
			return false;
		uint64_t step = look_number(f, need + 12, 4);
		if (step == 0)
			return true;
		at += step;
	}
	return true;
}

/* ---- libc ---- */

/* The first row counts that any library, or the interpreter, begins with. */
static const struct libc {
	const char *name;
	bool exact;
	const char *libc, *os;
} libcs[] = {
	{ "ld-musl-", false, "musl", "linux" },
	{ "libc.musl-", false, "musl", "linux" },
	{ "ld-linux", false, "glibc", "linux" },
	{ "ld64.so", false, "glibc", "linux" },
	{ "libc.so.6", true, "glibc", "linux" },
	{ "libc.so.6.1", true, "glibc", "linux" },
	{ "linker", true, "bionic", "android" },
	{ "linker64", true, "bionic", "android" },
	{ "libc.so", true, "musl", "linux" }, /* of musl-gcc; bionic's has a note */
	{ "libc.so.", false, "other", "" },
};

static bool is_libc(const struct libc *row, const char *name)
{
	return row->exact ? strcmp(name, row->name) == 0 : strncmp(name, row->name, strlen(row->name)) == 0;
}

static const struct libc *libc_named(const struct look *f)
{
	const char *slash = strrchr(f->out->interpreter, '/');
	char *const *names = f->out->needed.items;
	for (size_t i = 0; i < COUNT_OF(libcs); i++)
		if (is_libc(&libcs[i], slash ? slash + 1 : f->out->interpreter))
			return &libcs[i];
	for (size_t i = 0; i < COUNT_OF(libcs); i++)
		for (size_t k = 0; k < f->out->needed.count; k++)
			if (is_libc(&libcs[i], names[k]))
				return &libcs[i];
	return NULL;
}

static void decide_libc(struct look *f)
{
	const struct libc *row = libc_named(f);
	const char *libc = row ? row->libc : f->glibc ? "glibc" : "none";
	const char *os = row ? row->os : f->glibc ? "linux" : "";
	if (!f->out->os[0])
		f->out->os = arena_str(f->arena, os);
	f->out->libc = arena_str(f->arena, strcmp(f->out->os, "android") == 0 ? "bionic" : libc);
}

bool look_elf(struct look *f)
{
	SCOPED(dynamic_end) struct dynamic d = { 0 };
	uint64_t at = 0;
	if (!read_header(f, &at) || !read_segments(f, at) || !read_interpreter(f) || !read_system(f) ||
		!dynamic_read(f, &d) || !find_names(f, &d) || !read_needed(f, &d) || !read_versions(f, &d) ||
		!find_symbols(f, &d))
		return false;
	decide_libc(f);
	return strcmp(f->out->type, "library") != 0 || look_addon(f);
}
