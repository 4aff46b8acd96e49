/* configs.c - see configs.h. The new text is written into a copy of the file that has its owner, mode and
 * attributes, which then takes its place.
 */
#include "installer/service/configs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/place.h"
#include "installer/resolve.h"
#include "installer/service/living.h"
#include "installer/service/records.h"
#include "installer/service/snapshot.h"
#include "installer/service/states.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define CONFIG_MAX ((size_t)16 * 1024 * 1024)

static const char *variable(void *ctx, const char *name)
{
	return host_get(ctx, name);
}

/* The plugins that this act puts somewhere. Their trees are known once they are staged: not asked for here.
 */
static struct records_plugin *moved(struct transaction *t, size_t *count)
{
	const struct act_component *c = t->act.components.items;
	struct records_plugin *p = arena_new(&t->arena, (t->act.components.count + 1) * sizeof *p);
	*count = 0;
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && strcmp(c[i].kind, "plugin") == 0 &&
			strcmp(c[i].change, CHANGE_REMOVE) != 0)
			p[(*count)++] = (struct records_plugin){ c[i].id,
				arena_printf(&t->arena, "/%s", c[i].target), c[i].version, !*c[i].live };
	return p;
}

static bool splices(struct transaction *t, const struct profile_config *config, struct splice **edits,
	size_t *count, struct err *e)
{
	const struct profile_plugins *plugins = t->act.profile->plugins;
	struct records_wish wish = { .config = config,
		.installs = plugins ? plugins->records : NULL,
		.variable = variable,
		.ctx = &t->living->host };
	wish.plugins = moved(t, &wish.count);
	return records_splices(&wish, &t->arena, edits, count, e);
}

struct file {
	int dir; /* -1: there is none */
	char leaf[FS_LEAF];
	char *path; /* below the root */
	struct text now, then;
	struct splice *edits;
	size_t count;
	bool changed;
};

static void end_file(struct file *f)
{
	scope_close(&f->dir);
	text_end(&f->now);
	text_end(&f->then);
}

/* What stands there, and what would. */
static bool make(struct transaction *t, const struct profile_config *config, struct file *f, struct err *e)
{
	SCOPED(text_end) struct text real = { 0 };
	bool there;
	const char *path = host_expand(&t->living->host, config->path);
	if (!path || !splices(t, config, &f->edits, &f->count, e) || f->count == 0)
		return e->kind == ERR_NONE;
	if (!resolve_path(t->node.root, path, &real, &there, e))
		return false;
	if (!there)
		return true;
	f->path = arena_str(&t->arena, text_str(&real));
	if (!fs_parent(t->node.root, f->path, &f->dir, f->leaf, e) ||
		!fs_read(f->dir, f->leaf, CONFIG_MAX, &f->now, e))
		return false;
	return splice_apply(text_str(&f->now), f->now.len, f->edits, f->count, &f->then, &f->changed, e);
}

static bool write_text(int dir, const char *name, const struct text *text, struct err *e)
{
	int fd = openat(dir, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", name);
	bool good = fs_write_all(fd, text->at, text->len, e);
	return fs_finish(&fd, e) && good;
}

static const struct act_state *state_of(const struct transaction *t, const struct file *f, struct err *e)
{
	const struct act_state *s = t->act.states.items;
	for (size_t i = 0; i < t->act.states.count; i++)
		if (strcmp(s[i].path, f->path) == 0)
			return &s[i];
	err_set(e, ERR_SYSTEM, "/%s is no place that the act knows", f->path);
	return NULL;
}

static bool replace(struct transaction *t, struct file *f, struct err *e)
{
	SCOPED(text_end) struct text name = { 0 };
	SCOPED_FD int slots = -1;
	struct snapshot_count count = { 0 };
	const struct act_state *s = state_of(t, f, e);
	if (!s || !place_make(&t->node, s->slot, &slots, e))
		return false;
	text_printf(&name, "%s" STATES_NEW, strrchr(s->slot, '/') + 1);
	if (!fs_remove(slots, text_str(&name), e) ||
		!snapshot_copy(f->dir, f->leaf, slots, text_str(&name), &count, e) ||
		!write_text(slots, text_str(&name), &f->then, e))
		return false;
	if (renameat(slots, text_str(&name), f->dir, f->leaf) < 0)
		return err_sys(e, "put the new %s in its place", f->leaf);
	return fs_flush_dir(f->dir, e) && fs_flush_dir(slots, e);
}

static bool each(struct transaction *t, bool write, struct err *e)
{
	const struct profile_config *c = t->act.profile->config.items;
	for (size_t i = 0; i < t->act.profile->config.count; i++) {
		SCOPED(end_file) struct file f = { .dir = -1 };
		if (!make(t, &c[i], &f, e) || (write && f.changed && !replace(t, &f, e)))
			return err_in(e, "the records in %s", c[i].path);
	}
	return true;
}

bool configs_edit(struct transaction *t, struct err *e)
{
	return each(t, true, e);
}

bool configs_try(struct transaction *t, struct err *e)
{
	return each(t, false, e);
}

/* Those that would say something else than what stands there. */
static bool changed_records(
	struct transaction *t, const struct file *f, struct json_list *records, struct err *e)
{
	for (size_t i = 0; i < f->count; i++) {
		SCOPED(text_end) struct text alone = { 0 };
		bool changed;
		if (!splice_apply(text_str(&f->now), f->now.len, &f->edits[i], 1, &alone, &changed, e))
			return false;
		if (changed)
			texts_add(records, f->edits[i].at, &t->arena);
	}
	return true;
}

bool configs_changes(struct transaction *t, struct json_list *out, struct err *e)
{
	const struct profile_config *c = t->act.profile->config.items;
	*out = (struct json_list){ NULL, 0 };
	for (size_t i = 0; i < t->act.profile->config.count; i++) {
		SCOPED(end_file) struct file f = { .dir = -1 };
		struct json_list records = { NULL, 0 };
		if (!make(t, &c[i], &f, e) || (f.changed && !changed_records(t, &f, &records, e)))
			return err_in(e, "the records in %s", c[i].path);
		if (f.changed)
			*(struct config_change *)list_add(out, sizeof(struct config_change), &t->arena) =
				(struct config_change){ host_expand(&t->living->host, c[i].path), records };
	}
	return true;
}
