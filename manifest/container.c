/* container.c - see container.h. */
#include "manifest/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/ustar.h"

static const char zeros[USTAR_TRAILER];

void container_header(const char *member, uint64_t size, struct text *out)
{
	ustar_header(&(struct ustar){ .path = member, .size = size, .mode = 0644, .type = USTAR_FILE }, out);
}

uint64_t container_padded(uint64_t size)
{
	return USTAR_BLOCK + size + ustar_padding(size);
}

void container_member(enum container_part part, size_t number, char name[static 32])
{
	snprintf(name, 32, part == CONTAINER_INDEX ? "index/%04zu.zst" : "blocks/%05zu.tar.zst", number);
}

void container_end(struct container *c)
{
	text_end(&c->manifest);
	for (size_t i = 0; i < COUNT_OF(c->signatures); i++)
		text_end(&c->signatures[i].text);
}

/* The eleven octal digits of a header's size field; -1 if they are not that. */
static int64_t size_field(const char *block)
{
	int64_t n = 0;
	for (size_t i = 124; i < 135; i++) {
		if (block[i] < '0' || block[i] > '7')
			return -1;
		n = n << 3 | (block[i] - '0');
	}
	return n;
}

/* Reads the member whose header stands at *at into `out`, if its header is exactly the one for `member`. */
static bool read_named(const struct container *c, const char *member, const char *block, size_t most,
	uint64_t *at, struct text *out, struct err *e)
{
	int64_t size = size_field(block);
	SCOPED(text_end) struct text want = { 0 };
	container_header(member, size < 0 ? 0 : (uint64_t)size, &want);
	if (size < 0 || memcmp(want.at, block, USTAR_BLOCK) != 0)
		return err_set(e, ERR_FORMAT, "%s: the header of %s is not well formed (byte %llu)", c->name,
			member, (unsigned long long)*at);
	if (size == 0 || (uint64_t)size > most)
		return err_set(e, ERR_FORMAT, "%s: %s has %lld bytes, 1 to %zu are allowed", c->name, member,
			(long long)size, most);
	size_t all = (size_t)size + ustar_padding((uint64_t)size);
	SCOPED_TEXT char *bytes = mem_new(all, 1);
	if (!medium_read(c->medium, bytes, all, *at + USTAR_BLOCK, e))
		return err_in(e, "%s: %s", c->name, member);
	if (memcmp(bytes + size, zeros, all - (size_t)size) != 0)
		return err_set(e, ERR_FORMAT, "%s: bytes behind %s that are not zero", c->name, member);
	text_add(out, bytes, (size_t)size);
	*at += USTAR_BLOCK + all;
	return true;
}

static bool keyid_form(const char *s)
{
	return strspn(s, "0123456789ABCDEF") >= 16 && strcmp(s + 16, ".minisig") == 0;
}

static bool read_signatures(struct container *c, uint64_t *at, struct err *e)
{
	for (;;) {
		char block[USTAR_BLOCK + 1] = { 0 };
		if (!medium_read(c->medium, block, USTAR_BLOCK, *at, e))
			return err_in(e, "%s: looking for signatures", c->name);
		if (strncmp(block, "signatures/", 11) != 0)
			return true;
		if (!keyid_form(block + 11))
			return err_set(
				e, ERR_FORMAT, "%s: a signature with a name that is no key id", c->name);
		if (c->signed_by == CONTAINER_SIGNATURES)
			return err_set(
				e, ERR_FORMAT, "%s: more than %d signatures", c->name, CONTAINER_SIGNATURES);
		struct container_signature *s = &c->signatures[c->signed_by];
		char member[64];
		memcpy(s->keyid, block + 11, 16);
		snprintf(member, sizeof member, "signatures/%s.minisig", s->keyid);
		if (c->signed_by && strcmp(s[-1].keyid, s->keyid) >= 0)
			return err_set(
				e, ERR_FORMAT, "%s: %s is out of order or there twice", c->name, member);
		if (!read_named(c, member, block, CONTAINER_SIGNATURE_MAX, at, &s->text, e))
			return false;
		c->signed_by++;
	}
}

bool container_open(const struct medium *m, struct container *out, struct err *e)
{
	char block[USTAR_BLOCK];
	uint64_t at = 0;
	*out = (struct container){ .medium = m, .name = m->name };
	if (!medium_read(m, block, sizeof block, 0, e))
		return err_in(e, "%s: not a bundle", out->name);
	if (strncmp(block, MANIFEST_NAME, sizeof MANIFEST_NAME) != 0)
		return err_set(e, ERR_FORMAT, "%s: not a bundle: it does not start with %s", out->name,
			MANIFEST_NAME);
	if (!read_named(out, MANIFEST_NAME, block, MANIFEST_MAX, &at, &out->manifest, e) ||
		!read_signatures(out, &at, e))
		return false;
	out->body = at;
	return true;
}

const struct blob *container_blob(const struct manifest *m, enum container_part part, size_t number)
{
	return (const struct blob *)(part == CONTAINER_INDEX ? m->index.items : m->blocks.items) + number;
}

uint64_t container_offset(
	const struct container *c, const struct manifest *m, enum container_part part, size_t number)
{
	uint64_t at = c->body;
	size_t frames = part == CONTAINER_INDEX ? number : m->index.count;
	for (size_t i = 0; i < frames; i++)
		at += container_padded(container_blob(m, CONTAINER_INDEX, i)->size);
	for (size_t i = 0; part == CONTAINER_BLOCK && i < number; i++)
		at += container_padded(container_blob(m, CONTAINER_BLOCK, i)->size);
	return at;
}

/* Reads header, content and padding of a member at `at`; all of it must be right. */
static bool read_member(const struct container *c, const struct blob *blob, const char *member, uint64_t at,
	void *to, struct err *e)
{
	char block[USTAR_BLOCK];
	SCOPED(text_end) struct text want = { 0 };
	container_header(member, blob->size, &want);
	if (!medium_read(c->medium, block, sizeof block, at, e))
		return false;
	if (memcmp(block, want.at, sizeof block) != 0)
		return err_set(e, ERR_FORMAT, "its header is damaged");
	if (!medium_read(c->medium, to, (size_t)blob->size, at + USTAR_BLOCK, e))
		return false;
	struct digest d = digest_of(to, (size_t)blob->size);
	if (!digest_equal(&d, &blob->digest))
		return err_set(e, ERR_FORMAT, "its digest is not the one in the manifest");
	size_t rest = ustar_padding(blob->size);
	if (!medium_read(c->medium, block, rest, at + USTAR_BLOCK + blob->size, e))
		return false;
	return memcmp(block, zeros, rest) == 0 || err_set(e, ERR_FORMAT, "bytes behind it that are not zero");
}

bool container_read(const struct container *c, const struct manifest *m, enum container_part part,
	size_t number, void *to, struct err *e)
{
	char member[32];
	const struct blob *blob = container_blob(m, part, number);
	uint64_t at = container_offset(c, m, part, number);
	container_member(part, number, member);
	return read_member(c, blob, member, at, to, e) ||
	       err_in(e, "%s: %s (bytes %llu to %llu)", c->name, member, (unsigned long long)at,
		       (unsigned long long)(at + container_padded(blob->size) - 1));
}

static bool end_right(const struct container *c, uint64_t at, struct err *e)
{
	char block[USTAR_TRAILER];
	uint64_t size = c->medium->size, want = at + USTAR_TRAILER;
	if (size < want)
		return err_set(e, ERR_FORMAT, "%s: truncated: has %llu bytes, needs %llu", c->name,
			(unsigned long long)size, (unsigned long long)want);
	if (size > want)
		return err_set(e, ERR_FORMAT, "%s: has %llu bytes behind its end at byte %llu", c->name,
			(unsigned long long)(size - want), (unsigned long long)want);
	if (!medium_read(c->medium, block, sizeof block, at, e))
		return err_in(e, "%s", c->name);
	return memcmp(block, zeros, sizeof block) == 0 ||
	       err_set(e, ERR_FORMAT, "%s: its end (bytes %llu to %llu) is not zero", c->name,
		       (unsigned long long)at, (unsigned long long)want - 1);
}

bool container_check_end(const struct container *c, const struct manifest *m, struct err *e)
{
	return medium_whole(c->medium, e) &&
	       end_right(c, container_offset(c, m, CONTAINER_BLOCK, m->blocks.count), e);
}

void container_report_end(struct container_report *r)
{
	free(r->bad);
	*r = (struct container_report){ 0 };
}

static struct container_damage *grow(struct container_report *r, const char *member, const char *why)
{
	if (r->count == r->room) {
		r->room = r->room ? r->room * 2 : 16;
		r->bad = mem_grow(r->bad, r->room, sizeof *r->bad);
	}
	struct container_damage *d = &r->bad[r->count++];
	*d = (struct container_damage){ 0 };
	snprintf(d->member, sizeof d->member, "%s", member);
	snprintf(d->why, sizeof d->why, "%s", why);
	return d;
}

/* The stretch of the bundle, cut where volumes are. */
static void add_damage(const struct container *c, struct container_report *r, uint64_t from, uint64_t to,
	const char *member, const char *why)
{
	const struct medium *m = c->medium;
	for (size_t i = 0; m->volumes && i < m->count; i++) {
		const struct medium_part *p = &m->parts[i];
		uint64_t begin = from > p->at ? from : p->at;
		uint64_t end = to < p->at + p->size ? to : p->at + p->size;
		if (begin >= end)
			continue;
		struct container_damage *d = grow(r, member, why);
		d->from = begin;
		d->to = end;
		d->volume = p->name;
		d->skip = p->skip + (begin - p->at);
	}
	if (!m->volumes) {
		struct container_damage *d = grow(r, member, why);
		d->from = from;
		d->to = to;
	}
}

/* What is not there, and what is too much: whole stretches of volumes. */
static void add_holes(const struct container *c, struct container_report *r)
{
	for (size_t i = 0; i < c->medium->count; i++) {
		const struct medium_part *p = &c->medium->parts[i];
		if (p->fd < 0)
			add_damage(c, r, p->at, p->at + p->size, p->skip ? "the rest" : "all of it", p->why);
		if (!p->extra)
			continue;
		struct container_damage *d = grow(r, "behind it", "bytes that do not belong");
		d->from = d->to = p->at + p->size;
		d->volume = p->name;
		d->skip = p->skip + p->size;
		d->extra = p->extra;
	}
}

static void check_member(const struct container *c, const struct manifest *m, enum container_part part,
	size_t number, uint64_t at, void *buffer, struct container_report *out)
{
	char member[32];
	struct err why = { 0 };
	const struct blob *blob = container_blob(m, part, number);
	uint64_t size = c->medium->size, end = at + container_padded(blob->size);
	container_member(part, number, member);
	if (medium_hole(c->medium, at, end))
		return; /* the hole is told, and what is around it cannot be judged */
	if (at >= size)
		add_damage(c, out, at, end, member, "missing");
	else if (!read_member(c, blob, member, at, buffer, &why))
		add_damage(c, out, at, end, member,
			end > size               ? "cut short"
			: why.kind == ERR_SYSTEM ? "unreadable"
						 : "damaged");
}

static void check_end(const struct container *c, uint64_t at, struct container_report *out)
{
	struct err end = { 0 };
	uint64_t size = c->medium->size, want = at + USTAR_TRAILER;
	if (medium_hole(c->medium, at, want) || end_right(c, at, &end))
		return;
	add_damage(c, out, size > at ? at : size, size > want ? size : want, "end of the bundle",
		size > want ? "bytes that do not belong" : "missing or damaged");
}

static int by_place(const void *a, const void *b)
{
	const struct container_damage *x = a, *y = b;
	return (x->from > y->from) - (x->from < y->from);
}

bool container_check(const struct container *c, const struct manifest *m, struct container_report *out,
	void (*seen)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct err *e)
{
	(void)e;
	uint64_t index = manifest_largest(&m->index), blocks = manifest_largest(&m->blocks);
	SCOPED_TEXT void *buffer = mem_new((size_t)(index > blocks ? index : blocks), 1);
	uint64_t at = c->body;
	add_holes(c, out);
	for (int part = CONTAINER_INDEX; part <= CONTAINER_BLOCK; part++) {
		size_t count = part == CONTAINER_INDEX ? m->index.count : m->blocks.count;
		for (size_t i = 0; i < count; i++) {
			check_member(c, m, (enum container_part)part, i, at, buffer, out);
			at += container_padded(container_blob(m, (enum container_part)part, i)->size);
			if (seen)
				seen(ctx, at, c->medium->size);
		}
	}
	out->checked = at < c->medium->size ? at : c->medium->size;
	check_end(c, at, out);
	if (c->medium->volumes && out->count)
		qsort(out->bad, out->count, sizeof *out->bad, by_place);
	return true;
}

void container_damage_range(const struct container_damage *d, struct text *out)
{
	uint64_t from = d->volume ? d->skip : d->from, len = d->to - d->from + d->extra;
	text_printf(out, "%s%sbytes %llu to %llu", d->volume ? d->volume : "", d->volume ? " " : "",
		(unsigned long long)from, (unsigned long long)(from + len - 1));
}

void container_report_text(const struct container_report *r, struct text *out)
{
	for (size_t i = 0; i < r->count; i++) {
		text_puts(out, i ? "; " : "");
		container_damage_range(&r->bad[i], out);
		text_printf(out, " (%s: %s)", r->bad[i].member, r->bad[i].why);
	}
}

bool container_put(int fd, const char *member, const void *bytes, size_t len, struct err *e)
{
	SCOPED(text_end) struct text header = { 0 };
	container_header(member, len, &header);
	return (fs_write_all(fd, header.at, header.len, e) && fs_write_all(fd, bytes, len, e) &&
		       fs_write_all(fd, zeros, ustar_padding(len), e)) ||
	       err_in(e, "%s", member);
}

bool container_put_end(int fd, struct err *e)
{
	return fs_write_all(fd, zeros, USTAR_TRAILER, e);
}
