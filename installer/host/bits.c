/* bits.c - see bits.h. Reading, Mach-O, PE, and what counts; ELF is in bits_elf.c. */
#include "installer/host/bits.h"

#include <string.h>
#include <sys/stat.h>

#include "installer/host/bits_look.h"
#include "installer/host/version.h"
#include "manifest/base/fs.h"

#define FAT_MAX 30 /* a class of Java begins as a fat Mach-O of 45 machines or more */

/* ---- reading ---- */

bool look_damaged(struct look *f, const char *what)
{
	if (!f->out->damage[0])
		f->out->damage = arena_str(f->arena, what);
	return false;
}

bool look_within(uint64_t at, uint64_t len, uint64_t size)
{
	return at <= size && len <= size - at;
}

bool look_read(struct look *f, uint64_t at, void *to, size_t len, const char *damage)
{
	if (!look_within(at, len, f->size))
		return look_damaged(f, damage);
	return fs_read_at(f->fd, to, len, at, f->e);
}

uint64_t look_number(const struct look *f, const unsigned char *at, size_t bytes)
{
	uint64_t n = 0;
	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | at[f->out->big_endian ? i : bytes - 1 - i];
	return n;
}

uint64_t look_field(const struct look *f, const unsigned char *from, struct field what)
{
	return f->out->width == 64 ? look_number(f, from + what.at64, what.len64)
				   : look_number(f, from + what.at32, what.len32);
}

char *look_word(struct look *f, const struct word *words, size_t count, uint64_t number, const char *unknown)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].number == number)
			return arena_str(f->arena, words[i].text);
	return unknown ? arena_printf(f->arena, "%s %llu", unknown, (unsigned long long)number)
		       : arena_str(f->arena, "");
}

/* ---- Mach-O ---- */

static const struct word macho_types[] = { { 1, "object" }, { 2, "executable" }, { 4, "core" },
	{ 6, "library" }, { 8, "library" } };
static const struct word macho_machines[] = { { 7, "i386" }, { 0x01000007, "x86_64" }, { 12, "arm" },
	{ 0x0100000c, "aarch64" }, { 18, "ppc" }, { 0x01000012, "ppc64" } };

static bool read_macho(struct look *f)
{
	unsigned char h[28];
	if (!look_read(f, 0, h, sizeof h, "the header is cut off"))
		return false;
	f->out->os = arena_str(f->arena, "darwin");
	f->out->machine = LOOK_WORD(f, macho_machines, look_number(f, h + 4, 4), "machine");
	f->out->type = LOOK_WORD(f, macho_types, look_number(f, h + 12, 4), "type");
	return true;
}

/* Several Mach-O in one, each with its machine; `step` bytes say where one is. */
static bool read_fat(struct look *f, size_t step)
{
	unsigned char h[32];
	if (!look_read(f, 0, h, 8, "the header is cut off"))
		return false;
	uint64_t count = look_number(f, h + 4, 4);
	f->out->os = arena_str(f->arena, "darwin");
	for (uint64_t i = 0; i < count; i++) {
		if (!look_read(f, 8 + i * step, h, step, "a machine's header lies beyond the end"))
			return false;
		size_t len = step == 32 ? 8 : 4;
		if (!look_within(look_number(f, h + 8, len), look_number(f, h + 8 + len, len), f->size))
			return look_damaged(f, "a machine's part lies beyond the end");
		const char *word = LOOK_WORD(f, macho_machines, look_number(f, h, 4), "machine");
		f->out->machine = arena_printf(f->arena, "%s%s%s", f->out->machine, i ? "," : "", word);
	}
	return true;
}

/* ---- PE ---- */

static const struct word pe_machines[] = { { 0x14c, "i386" }, { 0x8664, "x86_64" }, { 0x1c0, "arm" },
	{ 0x1c4, "arm" }, { 0xaa64, "aarch64" }, { 0x5064, "riscv64" }, { 0x6264, "loongarch64" } };

/* A program for DOS, or a text that begins with the same letters, is none of these. */
static bool read_pe(struct look *f)
{
	unsigned char h[64], pe[26];
	f->out->kind = BITS_NONE;
	if (f->size < sizeof h)
		return true;
	if (!look_read(f, 0, h, sizeof h, ""))
		return false;
	uint64_t at = look_number(f, h + 60, 4);
	if (!look_within(at, sizeof pe, f->size))
		return true;
	if (!look_read(f, at, pe, sizeof pe, "") || memcmp(pe, "PE\0\0", 4) != 0)
		return f->e->kind == ERR_NONE;
	f->out->kind = BITS_PE;
	f->out->os = arena_str(f->arena, "win32");
	f->out->machine = LOOK_WORD(f, pe_machines, look_number(f, pe + 4, 2), "machine");
	f->out->type = arena_str(f->arena, look_number(f, pe + 22, 2) & 0x2000 ? "library" : "executable");
	f->out->width = look_number(f, pe + 24, 2) == 0x20b ? 64 : 32;
	return true;
}

/* ---- any ---- */

static const struct magic {
	const char *bytes;
	enum bits_kind kind;
	bool big_endian;
	uint64_t width;
	size_t step; /* fat */
} magics[] = {
	{ "\x7f"
	  "ELF",
		BITS_ELF, false, 0, 0 },
	{ "\xfe\xed\xfa\xce", BITS_MACHO, true, 32, 0 },
	{ "\xce\xfa\xed\xfe", BITS_MACHO, false, 32, 0 },
	{ "\xfe\xed\xfa\xcf", BITS_MACHO, true, 64, 0 },
	{ "\xcf\xfa\xed\xfe", BITS_MACHO, false, 64, 0 },
	{ "\xca\xfe\xba\xbe", BITS_MACHO, true, 0, 20 },
	{ "\xca\xfe\xba\xbf", BITS_MACHO, true, 0, 32 },
	{ "MZ", BITS_PE, false, 0, 0 },
};

static bool read_kind(struct look *f, const struct magic *m)
{
	f->out->kind = m->kind;
	f->out->width = m->width;
	f->out->big_endian = m->big_endian;
	if (m->kind == BITS_ELF)
		return look_elf(f);
	if (m->kind == BITS_PE)
		return read_pe(f);
	return m->step ? read_fat(f, m->step) : read_macho(f);
}

static const struct magic *magic_of(const unsigned char first[static 8], size_t len)
{
	for (size_t i = 0; i < COUNT_OF(magics); i++) {
		const struct magic *m = &magics[i];
		if (strlen(m->bytes) > len || memcmp(first, m->bytes, strlen(m->bytes)) != 0)
			continue;
		bool java = m->step && (len < 8 || first[4] || first[5] || first[6] || first[7] > FAT_MAX);
		return java ? NULL : m;
	}
	return NULL;
}

static void look_end(struct look **f)
{
	free((*f)->table);
	free(*f);
}

static void nothing_known(struct bits *out, struct arena *arena)
{
	*out = (struct bits){ 0 };
	char **const texts[] = { &out->damage, &out->os, &out->machine, &out->os_abi, &out->type, &out->libc,
		&out->interpreter, &out->glibc, &out->glibcxx };
	char *empty = arena_str(arena, "");
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = empty;
}

bool bits_read(int fd, struct bits *out, struct arena *arena, struct err *e)
{
	struct stat st;
	unsigned char first[8] = { 0 };
	nothing_known(out, arena);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "look at a file");
	uint64_t size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	size_t len = size < sizeof first ? (size_t)size : sizeof first;
	if (!fs_read_at(fd, first, len, 0, e))
		return false;
	const struct magic *m = magic_of(first, len);
	if (!m)
		return true;
	SCOPED(look_end) struct look *f = mem_new(1, sizeof *f);
	*f = (struct look){ .fd = fd, .size = size, .arena = arena, .out = out, .e = e };
	return read_kind(f, m) || e->kind == ERR_NONE;
}

/* ---- what counts ---- */

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool bits_counts(const struct bits *file, const struct bits *service)
{
	if (file->kind == BITS_NONE || file->kind != service->kind || file->damage[0])
		return false;
	if (!same(file->type, "library") && !same(file->type, "executable"))
		return false;
	if (!same(file->machine, service->machine) || file->width != service->width ||
		file->big_endian != service->big_endian)
		return false;
	if (file->node_abi && service->node_abi && !file->napi && file->node_abi != service->node_abi)
		return false;
	return (!file->os[0] || same(file->os, service->os)) &&
	       (same(file->libc, "none") || same(file->libc, service->libc));
}

static void highest(char **sum, char *version)
{
	if (version[0] && (!*sum || version_dotted(version, *sum) == ORDER_NEWER))
		*sum = version;
}

void bits_add(struct platform_needs *sum, const struct bits *file)
{
	sum->files++;
	highest(&sum->glibc, file->glibc);
	highest(&sum->glibcxx, file->glibcxx);
	if (file->napi > sum->napi)
		sum->napi = file->napi;
	if (file->node_abi && sum->node_abi && file->node_abi != sum->node_abi)
		sum->node_abis = true;
	if (file->node_abi > sum->node_abi)
		sum->node_abi = file->node_abi;
}
