/* placing.c - see placing.h. */
#include "manifest/placing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/ustar.h"

#define WINDOW    ((size_t)1 << 20)
#define HOLES_MAX 1000 /* volumes missing in a row that are named one by one */
#define FORGIVE   3    /* bytes of a header that may be damaged, and it still is that header */

/* A member's header, and where it stands. */
struct landmark {
	uint64_t at;
	struct text header;
};

struct placing {
	struct medium *m;
	struct landmark *marks;
	size_t count;
	uint64_t total; /* what the manifest says */
	uint64_t cut;   /* the size that most volumes have */
	bool fit;       /* none is missing, and the sizes add up */
	bool *moved;    /* which volumes are not where their names say */
	struct medium_part *made;
	size_t made_count;
};

static void end_placing(struct placing *p)
{
	for (size_t i = 0; i < p->count; i++)
		text_end(&p->marks[i].header);
	free(p->marks);
	free(p->moved);
	free(p->made);
}

static uint64_t mark(
	struct placing *p, const struct manifest *m, enum container_part part, size_t count, uint64_t at)
{
	char name[32];
	for (size_t i = 0; i < count; i++) {
		const struct blob *blob = container_blob(m, part, i);
		struct landmark *l = &p->marks[p->count++];
		container_member(part, i, name);
		l->at = at;
		container_header(name, blob->size, &l->header);
		at += container_padded(blob->size);
	}
	return at;
}

static void survey(struct placing *p, const struct container *c, const struct manifest *m)
{
	p->marks = mem_new(m->index.count + m->blocks.count + 1, sizeof *p->marks);
	uint64_t at = mark(p, m, CONTAINER_INDEX, m->index.count, c->body);
	p->total = mark(p, m, CONTAINER_BLOCK, m->blocks.count, at) + USTAR_TRAILER;
}

/* ---- what a volume says of itself ---- */

static bool alike(const char *a, const char *b)
{
	size_t differ = 0;
	for (size_t i = 0; i < USTAR_BLOCK; i++)
		differ += a[i] != b[i];
	return differ <= FORGIVE;
}

enum says { SAYS_NOTHING, SAYS_YES, SAYS_NO };

/* Does it belong at `at`? It says nothing if no header is expected in it. */
static enum says belongs(const struct placing *p, const struct medium_part *v, uint64_t at)
{
	enum says says = SAYS_NOTHING;
	char block[USTAR_BLOCK];
	for (size_t i = 0; i < p->count && says != SAYS_YES; i++) {
		const struct landmark *l = &p->marks[i];
		struct err unreadable = { 0 };
		if (l->at < at || l->at + USTAR_BLOCK > at + v->size)
			continue;
		says = fs_read_at(v->fd, block, sizeof block, l->at - at, &unreadable) &&
				       alike(block, l->header.at)
			       ? SAYS_YES
			       : SAYS_NO;
	}
	return says;
}

/* A header in `bytes` that starts with `word` says where they begin; MEDIUM_NOWHERE if there is none. */
static uint64_t begin_of(const struct placing *p, const char *bytes, size_t len, const char *word)
{
	const char *hit = bytes, *end = bytes + len;
	for (; (hit = memmem(hit, (size_t)(end - hit), word, strlen(word))) != NULL; hit++) {
		uint64_t from = (uint64_t)(hit - bytes);
		if (from + USTAR_BLOCK > len)
			return MEDIUM_NOWHERE;
		for (size_t i = 0; i < p->count; i++)
			if (memcmp(hit, p->marks[i].header.at, USTAR_BLOCK) == 0 && p->marks[i].at >= from)
				return p->marks[i].at - from;
	}
	return MEDIUM_NOWHERE;
}

/* Looks all through it for a header. */
static uint64_t search(const struct placing *p, const struct medium_part *v)
{
	SCOPED_TEXT char *window = mem_new(WINDOW + USTAR_BLOCK, 1);
	for (uint64_t at = 0; at < v->size; at += WINDOW) {
		uint64_t left = v->size - at;
		size_t n = left < WINDOW + USTAR_BLOCK ? (size_t)left : WINDOW + USTAR_BLOCK;
		struct err unreadable = { 0 };
		if (!fs_read_at(v->fd, window, n, at, &unreadable))
			continue;
		uint64_t begin = begin_of(p, window, n, "blocks/");
		if (begin == MEDIUM_NOWHERE)
			begin = begin_of(p, window, n, "index/");
		if (begin != MEDIUM_NOWHERE && begin >= at)
			return begin - at;
	}
	return MEDIUM_NOWHERE;
}

/* ---- where it belongs ---- */

static void lost(struct medium_part *v, const char *why)
{
	scope_close(&v->fd);
	v->fd = -1;
	v->at = MEDIUM_NOWHERE;
	snprintf(v->why, sizeof v->why, "%s", why);
}

/* It is where its name says, or it says where it is. */
static void place(const struct placing *p, struct medium_part *v, bool last)
{
	uint64_t usual = (v->number - 1) * p->cut, at_end = p->total > v->size ? p->total - v->size : 0;
	uint64_t guess = p->fit || v->number == 1 ? v->at : usual;
	enum says says = v->number == 1 ? SAYS_YES : belongs(p, v, guess);
	if (says != SAYS_YES && last && belongs(p, v, at_end) == SAYS_YES) {
		guess = at_end;
		says = SAYS_YES;
	}
	uint64_t found = says == SAYS_YES ? guess : search(p, v);
	p->moved[v - p->m->parts] = found != MEDIUM_NOWHERE && found != guess;
	if (found != MEDIUM_NOWHERE)
		v->at = found;
	else if (says == SAYS_NO || guess >= p->total)
		lost(v, "not of this bundle");
	else
		v->at = guess;
}

/* Two that stand in the wrong order; or one that stands, by its size, where another number does. */
static bool misnamed(const struct placing *p, const struct medium_part *v)
{
	const struct medium_part *first = &p->m->parts[0];
	if (!p->moved[v - p->m->parts])
		return false;
	for (size_t i = 0; i < p->m->count; i++) {
		const struct medium_part *w = &p->m->parts[i];
		if (w != v && w->at != MEDIUM_NOWHERE &&
			(w->number < v->number ? w->at >= v->at : w->at < v->at))
			return true;
	}
	return first->size == p->cut && v->at % p->cut == 0 && v->at / p->cut != v->number - 1;
}

static void judge_names(const struct placing *p)
{
	bool wrong[MEDIUM_VOLUMES] = { false };
	for (size_t i = 1; i < p->m->count; i++)
		wrong[i] = p->m->parts[i].at != MEDIUM_NOWHERE && misnamed(p, &p->m->parts[i]);
	for (size_t i = 1; i < p->m->count; i++)
		if (wrong[i]) {
			char why[MEDIUM_WHY];
			snprintf(why, sizeof why, "misnamed: its bytes are those from %llu on",
				(unsigned long long)p->m->parts[i].at);
			lost(&p->m->parts[i], why);
		}
}

/* ---- what is between them ---- */

static struct medium_part *make(struct placing *p)
{
	p->made = mem_grow(p->made, p->made_count + 1, sizeof *p->made);
	p->made[p->made_count] = (struct medium_part){ .fd = -1 };
	return &p->made[p->made_count++];
}

static const struct medium_part *called(const struct placing *p, unsigned number)
{
	for (size_t i = 0; i < p->m->count; i++)
		if (p->m->parts[i].number == number)
			return &p->m->parts[i];
	return NULL;
}

static void hole(struct placing *p, unsigned number, uint64_t skip, uint64_t at, uint64_t to)
{
	const struct medium_part *v = called(p, number);
	struct medium_part *h = make(p);
	h->number = number;
	h->skip = skip;
	h->at = at;
	h->size = to - at;
	medium_leaf(p->m->name, number, h->name);
	snprintf(h->why, sizeof h->why, "%s", skip ? "cut short" : v ? v->why : "missing");
}

/* What lies between volume `before`, which ends at `at`, and volume `after`, which begins at `to`: the rest
 * of the one, then the volumes between, of the usual size where that can be. */
static void fill(
	struct placing *p, const struct medium_part *before, unsigned after, uint64_t at, uint64_t to)
{
	unsigned number = before->number + 1;
	uint64_t has = before->size,
		 rest = has < p->cut && before->at == (number - 2) * p->cut ? p->cut - has : 0;
	if (number == after || (rest && rest < to - at)) {
		uint64_t end = number == after ? to : at + rest;
		hole(p, before->number, has, at, end);
		at = end;
	}
	for (; at < to; number++) {
		bool all = number + 1 >= after || to - at <= p->cut || (to - at) / p->cut > HOLES_MAX;
		uint64_t end = all ? to : at + p->cut;
		hole(p, number, 0, at, end);
		at = end;
	}
}

/* How many volumes there are when the last ones are missing: as many as it takes. */
static unsigned after_last(const struct placing *p, const struct medium_part *last)
{
	uint64_t end = last->at + last->size, begin = last->at + (last->size < p->cut ? p->cut : last->size);
	unsigned highest = p->m->parts[p->m->count - 1].number;
	if (end >= p->total)
		return last->number + 1;
	if (begin >= p->total)
		return highest > last->number ? highest + 1 : last->number + 1;
	uint64_t more = (p->total - begin + p->cut - 1) / p->cut;
	return last->number + 1 + (more > HOLES_MAX ? 1 : (unsigned)more);
}

static void keep(struct placing *p, struct medium_part *v)
{
	struct medium_part *before = p->made_count ? &p->made[p->made_count - 1] : NULL;
	uint64_t end = before ? before->at + before->size : 0;
	if (before && end > v->at) {
		before->extra = end - v->at;
		before->size -= before->extra;
	} else if (before && end < v->at) {
		struct medium_part copy = *before;
		fill(p, &copy, v->number, end, v->at);
	}
	*make(p) = *v;
	v->fd = -1;
}

static void fill_end(struct placing *p)
{
	struct medium_part last = p->made[p->made_count - 1];
	uint64_t end = last.at + last.size;
	if (end < p->total)
		fill(p, &last, after_last(p, &last), end, p->total);
}

bool placing_make(struct medium *m, const struct container *c, const struct manifest *manifest, struct err *e)
{
	SCOPED(end_placing) struct placing p = { .m = m };
	if (!m->volumes)
		return true;
	if (m->count > MEDIUM_VOLUMES)
		return err_set(e, ERR_FORMAT, "%s: more than %d volumes", m->name, MEDIUM_VOLUMES);
	survey(&p, c, manifest);
	p.cut = medium_usual(m);
	p.moved = mem_new(m->count, sizeof *p.moved);
	if (p.cut == 0)
		return err_set(e, ERR_FORMAT, "%s: its volumes are empty", m->name);
	p.fit = m->size == p.total && m->parts[m->count - 1].at != MEDIUM_NOWHERE;
	for (size_t i = 0; i < m->count; i++)
		place(&p, &m->parts[i], i + 1 == m->count);
	judge_names(&p);
	for (size_t i = 0; i < m->count; i++)
		if (m->parts[i].at != MEDIUM_NOWHERE)
			keep(&p, &m->parts[i]);
	fill_end(&p);
	free(m->parts);
	m->parts = p.made;
	m->count = p.made_count;
	p.made = NULL;
	m->size = m->parts[m->count - 1].at + m->parts[m->count - 1].size;
	return true;
}
