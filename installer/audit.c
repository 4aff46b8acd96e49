/* audit.c - see audit.h. Both sides come in one order, so one walk along both finds every difference. */
#include "installer/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "installer/host/listtree.h"
#include "installer/identity.h"
#include "installer/store.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define AT(member) offsetof(struct difference, member)
static const struct json_field difference_fields[] = {
	{ "component", JSON_TEXT, AT(component), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "what", JSON_TEXT, AT(what), false, NULL },
};
#undef AT
const struct json_shape difference_shape = { difference_fields, COUNT_OF(difference_fields),
	sizeof(struct difference) };

void audit_end(struct audit *a)
{
	free(a->items);
	a->items = NULL;
}

struct comparing {
	struct audit *out;
	const char *component;
	struct store_reader *reader;
	struct entry want; /* the next entry of the listing, if there is one */
	bool more;
};

static void differ(struct comparing *c, const char *path, const char *what)
{
	struct audit *a = c->out;
	if (a->count++ >= AUDIT_MAX)
		return;
	SCOPED(text_end) struct text shown = { 0 };
	path_escape(path, strlen(path), &shown);
	a->items = mem_grow(a->items, a->count, sizeof *a->items);
	a->items[a->count - 1] = (struct difference){ arena_str(a->arena, c->component),
		arena_str(a->arena, text_str(&shown)), arena_str(a->arena, what) };
}

static const char *how(const struct entry *a, const struct entry *b)
{
	if (a->kind != b->kind)
		return "kind";
	if (a->target && strcmp(a->target, b->target) != 0)
		return "target";
	if (a->size != b->size || !digest_equal(&a->digest, &b->digest))
		return "content";
	return a->mode != b->mode ? "mode" : NULL;
}

/* Everything that the listing has before `path` is missing on the disk. */
static bool skip_to(struct comparing *c, const char *path, struct err *e)
{
	while (c->more && (!path || path_order(c->want.path, path) < 0)) {
		differ(c, c->want.path, "missing");
		if (!store_next(c->reader, &c->want, &c->more, e))
			return false;
	}
	return true;
}

static bool line(void *ctx, const struct entry *have, struct err *e)
{
	struct comparing *c = ctx;
	c->out->entries++;
	if (!skip_to(c, have->path, e))
		return false;
	if (!c->more || strcmp(c->want.path, have->path) != 0) {
		differ(c, have->path, "extra");
		return true;
	}
	const char *what = how(&c->want, have);
	if (what)
		differ(c, have->path, what);
	return store_next(c->reader, &c->want, &c->more, e);
}

/* A directory with nothing but local files in it is the node's own, unless the listing has it. */
static bool known(void *ctx, const struct entry *dir, bool *known, struct err *e)
{
	struct comparing *c = ctx;
	if (!skip_to(c, dir->path, e))
		return false;
	*known = c->more && strcmp(c->want.path, dir->path) == 0;
	return true;
}

static void seen(void *ctx, uint64_t bytes)
{
	struct comparing *c = ctx;
	c->out->bytes += bytes;
	if (c->out->progress)
		progress_add(c->out->progress, bytes);
}

static void end_comparing(struct comparing *c)
{
	store_close(&c->reader);
}

bool audit_tree(const struct node *n, const char *component, int top, const struct digest *want,
	struct audit *out, struct err *e)
{
	SCOPED(end_comparing) struct comparing c = { .out = out, .component = component };
	struct digest have;
	return store_open(n, want, &c.reader, e) && store_next(c.reader, &c.want, &c.more, e) &&
	       listtree(top, &(struct listtree){ out->ignore, line, known, seen, &c }, &have, e) &&
	       skip_to(&c, NULL, e);
}

/* Asked of what is open: the name may lead to another tree by now. */
static bool is_known(int top, const char *identity, bool *known, struct err *e)
{
	SCOPED(text_end) struct text have = { 0 };
	if (!identity_of(top, ".", &have, e))
		return false;
	*known = strcmp(text_str(&have), identity) == 0;
	return true;
}

static bool audit_named(const struct node *n, const char *component, const char *path, const char *identity,
	const struct digest *want, struct audit *out, struct err *e)
{
	struct comparing c = { .out = out, .component = component };
	SCOPED_FD int top = fs_open(n->root, path, O_RDONLY | O_DIRECTORY, 0);
	bool known = true;
	if (top < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		differ(&c, PATH_ROOT, errno == ENOENT ? "missing" : "kind");
		return true;
	}
	if (top < 0)
		return err_sys(e, "%s: open /%s", component, path);
	if (identity && !is_known(top, identity, &known, e))
		return err_in(e, "%s", component);
	if (!known) {
		differ(&c, PATH_ROOT, "another tree");
		return true;
	}
	return audit_tree(n, component, top, want, out, e) || err_in(e, "%s", component);
}

bool audit_path(const struct node *n, const char *component, const char *path, const struct digest *want,
	struct audit *out, struct err *e)
{
	return audit_named(n, component, path, NULL, want, out, e);
}

bool audit_known(const struct node *n, const char *component, const char *path, const char *identity,
	const struct digest *want, struct audit *out, struct err *e)
{
	return audit_named(n, component, path, identity, want, out, e);
}

void audit_text(const struct audit *a, size_t most, struct text *out)
{
	size_t shown = a->count < most ? a->count : most;
	for (size_t i = 0; i < shown; i++)
		text_printf(out, "\n  %s: %s: %s", a->items[i].component, a->items[i].path, a->items[i].what);
	if (a->count > shown)
		text_printf(out, "\n  ... and %zu more", a->count - shown);
}
