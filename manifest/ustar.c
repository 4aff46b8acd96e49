/* ustar.c - see ustar.h. */
#include "manifest/ustar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], chksum[8], typeflag, linkname[100],
		magic[6], version[2], uname[32], gname[32], devmajor[8], devminor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == USTAR_BLOCK, "one block");

#define SIZE_LIMIT (UINT64_C(1) << 33) /* eleven octal digits */

static bool ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			return false;
	return true;
}

/* Where to cut the path into prefix and name: the length of the prefix, 0 for none, -1 if it does not fit. */
static long split(const char *path, size_t tail)
{
	size_t len = strlen(path) + tail;
	if (len <= sizeof((struct header *)0)->name)
		return 0;
	for (size_t i = strlen(path); i-- > 1;) {
		if (path[i] != '/' || i > sizeof((struct header *)0)->prefix)
			continue;
		return len - i - 1 <= sizeof((struct header *)0)->name ? (long)i : -1;
	}
	return -1;
}

static size_t tail_of(const struct ustar *u)
{
	return u->type == USTAR_DIR ? 1 : 0;
}

static bool needs_path(const struct ustar *u)
{
	return !ascii(u->path) || split(u->path, tail_of(u)) < 0;
}

static bool needs_target(const struct ustar *u)
{
	return u->target && (!ascii(u->target) || strlen(u->target) > sizeof((struct header *)0)->linkname);
}

/* "LEN key=value\n", where LEN counts itself. */
static void pax_record(const char *key, const char *value, const char *tail, struct text *out)
{
	size_t body = strlen(key) + strlen(value) + strlen(tail) + 3, len = body + 1;
	char digits[24];
	while (body + (size_t)snprintf(digits, sizeof digits, "%zu", len) != len)
		len++;
	text_printf(out, "%zu %s=%s%s\n", len, key, value, tail);
}

/* What does not fit into the header itself. */
struct needs {
	bool path, target, size;
};

static struct needs needs_of(const struct ustar *u)
{
	return (struct needs){ needs_path(u), needs_target(u), u->size >= SIZE_LIMIT };
}

static void pax_records(const struct ustar *u, const struct needs *n, struct text *out)
{
	if (n->target)
		pax_record("linkpath", u->target, "", out);
	if (n->path)
		pax_record("path", u->path, tail_of(u) ? "/" : "", out);
	if (n->size) {
		char size[24];
		snprintf(size, sizeof size, "%llu", (unsigned long long)u->size);
		pax_record("size", size, "", out);
	}
}

static void octal(char *to, size_t room, uint64_t n)
{
	to[room - 1] = '\0';
	for (size_t i = room - 1; i-- > 0; n >>= 3)
		to[i] = (char)('0' + (n & 7));
}

static void seal(struct header *h)
{
	unsigned sum = 0;
	memset(h->chksum, ' ', sizeof h->chksum);
	for (size_t i = 0; i < sizeof *h; i++)
		sum += ((const unsigned char *)h)[i];
	octal(h->chksum, 7, sum);
	h->chksum[7] = ' ';
}

static struct header blank(unsigned mode, uint64_t size, char type)
{
	struct header h = { .typeflag = type, .magic = "ustar", .version = { '0', '0' } };
	octal(h.mode, sizeof h.mode, mode & 07777);
	octal(h.uid, sizeof h.uid, 0);
	octal(h.gid, sizeof h.gid, 0);
	octal(h.size, sizeof h.size, size < SIZE_LIMIT ? size : 0);
	octal(h.mtime, sizeof h.mtime, USTAR_TIME);
	octal(h.devmajor, sizeof h.devmajor, 0);
	octal(h.devminor, sizeof h.devminor, 0);
	return h;
}

static void name_header(const struct ustar *u, const struct needs *n, struct header *h)
{
	long cut = n->path ? -1 : split(u->path, tail_of(u));
	const char *name = cut < 0 ? "entry" : cut ? u->path + cut + 1 : u->path;
	size_t len = strlen(name);
	memcpy(h->name, name, len);
	if (tail_of(u))
		h->name[len] = '/';
	if (cut > 0)
		memcpy(h->prefix, u->path, (size_t)cut);
	if (u->target && !n->target)
		memcpy(h->linkname, u->target, strlen(u->target));
}

uint32_t ustar_padding(uint64_t size)
{
	return (uint32_t)((USTAR_BLOCK - size % USTAR_BLOCK) % USTAR_BLOCK);
}

static void add_pax(const struct text *records, struct text *out)
{
	static const char zeros[USTAR_BLOCK];
	struct header h = blank(0644, records->len, 'x');
	memcpy(h.name, "pax", 3);
	seal(&h);
	text_add(out, &h, sizeof h);
	text_add(out, records->at, records->len);
	text_add(out, zeros, ustar_padding(records->len));
}

void ustar_header(const struct ustar *u, struct text *out)
{
	struct text records = { 0 };
	struct needs needs = needs_of(u);
	pax_records(u, &needs, &records);
	if (records.len)
		add_pax(&records, out);
	text_end(&records);
	struct header h = blank(u->mode, u->size, (char)u->type);
	name_header(u, &needs, &h);
	seal(&h);
	text_add(out, &h, sizeof h);
}

uint32_t ustar_header_size(const struct ustar *u)
{
	struct needs needs = needs_of(u);
	if (!needs.path && !needs.target && !needs.size)
		return USTAR_BLOCK;
	struct text records = { 0 };
	pax_records(u, &needs, &records);
	size_t len = records.len;
	text_end(&records);
	return (uint32_t)(2 * USTAR_BLOCK + len + ustar_padding(len));
}
