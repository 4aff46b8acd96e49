/* container.c - see container.h. */
#include "manifest/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/ustar.h"

#define MANIFEST_NAME "waybill.json"

static const char zeros[USTAR_TRAILER];

static void header_of(const char *member, uint64_t size, struct text *out)
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
	header_of(member, size < 0 ? 0 : (uint64_t)size, &want);
	if (size < 0 || memcmp(want.at, block, USTAR_BLOCK) != 0)
		return err_set(e, ERR_FORMAT, "%s: the header of %s is not well formed (byte %llu)", c->name,
			member, (unsigned long long)*at);
	if (size == 0 || (uint64_t)size > most)
		return err_set(e, ERR_FORMAT, "%s: %s has %lld bytes, 1 to %zu are allowed", c->name, member,
			(long long)size, most);
	size_t all = (size_t)size + ustar_padding((uint64_t)size);
	SCOPED_TEXT char *bytes = mem_new(all, 1);
	if (!fs_read_at(c->fd, bytes, all, *at + USTAR_BLOCK, e))
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
		if (!fs_read_at(c->fd, block, USTAR_BLOCK, *at, e))
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

bool container_open(int fd, const char *name, struct container *out, struct err *e)
{
	struct stat st;
	char block[USTAR_BLOCK];
	uint64_t at = 0;
	*out = (struct container){ .fd = fd, .name = name };
	if (fstat(fd, &st) < 0)
		return err_sys(e, "look at %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "%s: not a regular file", name);
	out->size = (uint64_t)st.st_size;
	if (!fs_read_at(fd, block, sizeof block, 0, e))
		return err_in(e, "%s: not a bundle", name);
	if (strncmp(block, MANIFEST_NAME, sizeof MANIFEST_NAME) != 0)
		return err_set(
			e, ERR_FORMAT, "%s: not a bundle: it does not start with %s", name, MANIFEST_NAME);
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
	header_of(member, blob->size, &want);
	if (!fs_read_at(c->fd, block, sizeof block, at, e))
		return false;
	if (memcmp(block, want.at, sizeof block) != 0)
		return err_set(e, ERR_FORMAT, "its header is damaged");
	if (!fs_read_at(c->fd, to, (size_t)blob->size, at + USTAR_BLOCK, e))
		return false;
	struct digest d = digest_of(to, (size_t)blob->size);
	if (!digest_equal(&d, &blob->digest))
		return err_set(e, ERR_FORMAT, "its digest is not the one in the manifest");
	size_t rest = ustar_padding(blob->size);
	if (!fs_read_at(c->fd, block, rest, at + USTAR_BLOCK + blob->size, e))
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

bool container_check_end(const struct container *c, const struct manifest *m, struct err *e)
{
	char block[USTAR_TRAILER];
	uint64_t at = container_offset(c, m, CONTAINER_BLOCK, m->blocks.count), want = at + USTAR_TRAILER;
	if (c->size < want)
		return err_set(e, ERR_FORMAT, "%s: truncated: has %llu bytes, needs %llu", c->name,
			(unsigned long long)c->size, (unsigned long long)want);
	if (c->size > want)
		return err_set(e, ERR_FORMAT, "%s: has %llu bytes behind its end at byte %llu", c->name,
			(unsigned long long)(c->size - want), (unsigned long long)want);
	if (!fs_read_at(c->fd, block, sizeof block, at, e))
		return err_in(e, "%s", c->name);
	return memcmp(block, zeros, sizeof block) == 0 ||
	       err_set(e, ERR_FORMAT, "%s: its end (bytes %llu to %llu) is not zero", c->name,
		       (unsigned long long)at, (unsigned long long)want - 1);
}

void container_report_end(struct container_report *r)
{
	free(r->bad);
	*r = (struct container_report){ 0 };
}

static void add_damage(
	struct container_report *r, uint64_t from, uint64_t to, const char *member, const char *why)
{
	if (r->count == r->room) {
		r->room = r->room ? r->room * 2 : 16;
		r->bad = mem_grow(r->bad, r->room, sizeof *r->bad);
	}
	struct container_damage *d = &r->bad[r->count++];
	*d = (struct container_damage){ .from = from, .to = to };
	snprintf(d->member, sizeof d->member, "%s", member);
	snprintf(d->why, sizeof d->why, "%s", why);
}

static void check_member(const struct container *c, const struct manifest *m, enum container_part part,
	size_t number, uint64_t at, void *buffer, struct container_report *out)
{
	char member[32];
	struct err why = { 0 };
	const struct blob *blob = container_blob(m, part, number);
	container_member(part, number, member);
	if (at >= c->size)
		add_damage(out, at, at + container_padded(blob->size), member, "missing");
	else if (!read_member(c, blob, member, at, buffer, &why))
		add_damage(out, at, at + container_padded(blob->size), member,
			at + container_padded(blob->size) > c->size ? "cut short"
			: why.kind == ERR_SYSTEM                    ? "unreadable"
								    : "damaged");
}

bool container_check(const struct container *c, const struct manifest *m, struct container_report *out,
	void (*seen)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct err *e)
{
	(void)e;
	uint64_t index = manifest_largest(&m->index), blocks = manifest_largest(&m->blocks);
	SCOPED_TEXT void *buffer = mem_new((size_t)(index > blocks ? index : blocks), 1);
	uint64_t at = c->body;
	for (int part = CONTAINER_INDEX; part <= CONTAINER_BLOCK; part++) {
		size_t count = part == CONTAINER_INDEX ? m->index.count : m->blocks.count;
		for (size_t i = 0; i < count; i++) {
			check_member(c, m, (enum container_part)part, i, at, buffer, out);
			at += container_padded(container_blob(m, (enum container_part)part, i)->size);
			if (seen)
				seen(ctx, at, c->size);
		}
	}
	out->checked = at < c->size ? at : c->size;
	struct err end = { 0 };
	if (!container_check_end(c, m, &end))
		add_damage(out, c->size > at ? at : c->size,
			c->size > at + USTAR_TRAILER ? c->size : at + USTAR_TRAILER, "end of the bundle",
			c->size > at + USTAR_TRAILER ? "bytes that do not belong" : "missing or damaged");
	return true;
}

void container_report_text(const struct container_report *r, struct text *out)
{
	for (size_t i = 0; i < r->count; i++)
		text_printf(out, "%sbytes %llu to %llu (%s: %s)", i ? "; " : "",
			(unsigned long long)r->bad[i].from, (unsigned long long)r->bad[i].to - 1,
			r->bad[i].member, r->bad[i].why);
}

bool container_put(int fd, const char *member, const void *bytes, size_t len, struct err *e)
{
	SCOPED(text_end) struct text header = { 0 };
	header_of(member, len, &header);
	return (fs_write_all(fd, header.at, header.len, e) && fs_write_all(fd, bytes, len, e) &&
		       fs_write_all(fd, zeros, ustar_padding(len), e)) ||
	       err_in(e, "%s", member);
}

bool container_put_end(int fd, struct err *e)
{
	return fs_write_all(fd, zeros, USTAR_TRAILER, e);
}
