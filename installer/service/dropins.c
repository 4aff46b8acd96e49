/* dropins.c - see dropins.h. */
#include "installer/service/dropins.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/place.h"
#include "installer/service/living.h"
#include "installer/service/runtime.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define DROPIN_MAX ((size_t)64 * 1024)

static void join(const struct json_list *lines, struct text *out)
{
	for (size_t i = 0; i < lines->count; i++)
		text_printf(out, "%s\n", ((char *const *)lines->items)[i]);
}

/* What is there now, as lines. ERR_REFUSED: it is no text that could be written again. */
static bool read_lines(struct transaction *t, struct act_file *f, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED_FD int dir = -1;
	char leaf[FS_LEAF];
	struct err why = { 0 };
	if (!fs_parent(t->node.root, f->path, &dir, leaf, &why) ||
		!fs_read(dir, leaf, DROPIN_MAX, &text, &why))
		return why.sys == ENOENT || err_set(e, why.kind, "%s", why.text);
	f->there = true;
	struct stat st;
	if (fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 && !(st.st_mode & S_IROTH))
		return err_set(e, ERR_REFUSED,
			"/%s is there and not for everybody to read: what it says would stand in a record",
			f->path);
	for (const char *p = text_str(&text); *p; p++)
		if ((unsigned char)*p < 0x20 && *p != '\n')
			return err_set(e, ERR_REFUSED, "/%s is there and holds control characters", f->path);
	for (char *rest = text.at, *line; rest && (line = strsep(&rest, "\n")) != NULL;)
		if (*line || rest)
			texts_add(&f->was, line, &t->arena);
	return true;
}

/* The directory of the unit's hold is that of its other drop-ins. */
static const char *hold_of(const struct transaction *t, const char *unit)
{
	const struct site_unit *u = t->living->site->units.items;
	for (size_t i = 0; i < t->living->site->units.count; i++)
		if (strcmp(u[i].name, unit) == 0 && *u[i].dropin == '/')
			return u[i].dropin + 1;
	return NULL;
}

static bool expand_lines(struct transaction *t, struct host *h, const struct json_list *from,
	struct json_list *to, struct err *e)
{
	for (size_t i = 0; i < from->count; i++) {
		const char *line = ((char *const *)from->items)[i];
		char *text = host_expand(h, line);
		if (!text)
			return err_set(e, ERR_REFUSED, "\"%s\": a place in it is not known here", line);
		texts_add(to, text, &t->arena);
	}
	return true;
}

/* `f` has path and lines; it joins the act unless the file says that already. */
static bool plan_file(struct transaction *t, struct act_file *f, struct err *e)
{
	SCOPED(text_end) struct text now = { 0 };
	SCOPED(text_end) struct text then = { 0 };
	if (!read_lines(t, f, e))
		return false;
	join(&f->was, &now);
	join(&f->lines, &then);
	if (!f->there || strcmp(text_str(&now), text_str(&then)) != 0)
		*(struct act_file *)list_add(&t->act.files, sizeof *f, &t->arena) = *f;
	return true;
}

/* Beside the hold of the unit; NULL: that has none. */
static char *file_of(struct transaction *t, const char *unit, const char *name)
{
	SCOPED(text_end) struct text dir = { 0 };
	const char *hold = hold_of(t, unit);
	if (!hold)
		return NULL;
	place_parent(hold, &dir);
	return arena_printf(&t->arena, "%s/%s", text_str(&dir), name);
}

static bool plan_one(struct transaction *t, struct host *h, const struct profile_dropin *d, struct err *e)
{
	const char *unit = host_expand(h, d->unit);
	struct act_file f = { .path = unit ? file_of(t, unit, d->name) : NULL };
	if (!f.path)
		return true;
	return (expand_lines(t, h, &d->lines, &f.lines, e) && plan_file(t, &f, e)) ||
	       err_in(e, "the drop-in %s of %s", d->name, unit);
}

static bool plan_runtime(struct transaction *t, struct err *e)
{
	const struct service *s = inventory_main(&t->living->inv);
	struct act_file f = { .path = s ? file_of(t, s->unit->name, PROFILE_RUNTIME) : NULL };
	return !f.path || (runtime_dropin(t, &f.lines, e) && (f.lines.count == 0 || plan_file(t, &f, e)));
}

bool dropins_plan(struct transaction *t, struct host *h, struct err *e)
{
	const struct profile_dropin *d = h->profile.dropins.items;
	const struct act_component *core = act_component(&t->act, "core");
	if (core)
		host_set(h, "core", arena_printf(&t->arena, "/%s", core->target));
	for (size_t i = 0; i < h->profile.dropins.count; i++)
		if (!plan_one(t, h, &d[i], e))
			return false;
	return plan_runtime(t, e);
}

/* The newest act that wrote the file knows what is there now; the oldest since the point, what was there
 * then. */
static void add_back(struct transaction *t, const struct act_file *since)
{
	struct act_file *f = t->act.files.items;
	for (size_t i = 0; i < t->act.files.count; i++)
		if (strcmp(f[i].path, since->path) == 0) {
			f[i].lines = since->was;
			f[i].gone = !since->there;
			return;
		}
	*(struct act_file *)list_add(&t->act.files, sizeof *f, &t->arena) =
		(struct act_file){ .path = since->path,
			.lines = since->was,
			.was = since->gone ? (struct json_list){ NULL, 0 } : since->lines,
			.there = !since->gone,
			.gone = !since->there };
}

void dropins_back(struct transaction *t, uint64_t point)
{
	for (size_t i = t->ledger.count; i-- > 0;) {
		const struct act *a = &t->ledger.acts[i];
		const struct act_file *f = a->files.items;
		for (size_t k = 0;
			a->number >= point && strcmp(a->outcome, ACT_COMMITTED) == 0 && k < a->files.count;
			k++)
			add_back(t, &f[k]);
	}
}

static bool write_one(
	const struct node *n, const struct act_file *f, const struct json_list *lines, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED(text_end) struct text parent = { 0 };
	SCOPED_FD int dir = -1;
	place_parent(f->path, &parent);
	join(lines, &text);
	return (fs_make_dirs(n->root, text_str(&parent), &dir, NULL, e) &&
		       fs_replace(dir, strrchr(f->path, '/') + 1, text.at, text.len, 0644, e)) ||
	       err_in(e, "write /%s", f->path);
}

static bool remove_one(const struct node *n, const struct act_file *f, struct err *e)
{
	SCOPED_FD int dir = -1;
	char leaf[FS_LEAF];
	struct err why = { 0 };
	if (!fs_parent(n->root, f->path, &dir, leaf, &why))
		return why.sys == ENOENT || err_set(e, why.kind, "%s", why.text);
	if (unlinkat(dir, leaf, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove /%s", f->path);
	return fs_flush_dir(dir, e);
}

bool dropins_write(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_file *f = a->files.items;
	for (size_t i = 0; i < a->files.count; i++)
		if (!(f[i].gone ? remove_one(n, &f[i], e) : write_one(n, &f[i], &f[i].lines, e)))
			return false;
	return true;
}

bool dropins_undo(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_file *f = a->files.items;
	for (size_t i = a->files.count; i-- > 0;)
		if (!(f[i].there ? write_one(n, &f[i], &f[i].was, e) : remove_one(n, &f[i], e)))
			return false;
	return true;
}
