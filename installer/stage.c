/* stage.c - see stage.h. The installer makes every file itself, by a path below a directory that it holds
 * open and that nobody else can enter; libarchive has only told where the bytes are.
 */
#include "installer/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "installer/carry.h"
#include "installer/identity.h"
#include "installer/place.h"
#include "installer/staging.h"
#include "installer/store.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/verdict.h"

bool stage_own(const struct spot *s, int fd, const char *name, struct err *e)
{
	if (!s->chown || fchownat(fd, name, s->uid, s->gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0)
		return true;
	return err_sys(e, "%s: give it to user %u", s->c->id, s->uid);
}

/* What a reference becomes on this node: a relative link between the real places. */
static void reference(const struct transaction *t, const struct act_component *c, const struct entry *entry,
	struct text *target)
{
	SCOPED(text_end) struct text from = { 0 }, to = { 0 };
	SCOPED_TEXT char *id = mem_copy(entry->target, strcspn(entry->target, "/"));
	const struct act_component *there = act_component(&t->act, id);
	text_printf(&from, "/%s/%s", c->target, entry->path);
	text_printf(&to, "/%s%s", there->target, entry->target + strlen(id));
	text_clear(target);
	path_relative(text_str(&from), text_str(&to), target);
}

/* The row as it will lie on the disk. */
static struct entry installed(const struct staging *s, const struct spot *spot, size_t row,
	char path[static PATH_MAX], struct text *target)
{
	struct entry entry = rows_entry(&s->t->rows, row, path);
	if (entry.kind == ENTRY_REFERENCE) {
		reference(s->t, spot->c, &entry, target);
		entry.kind = ENTRY_LINK;
		entry.target = text_str(target);
	}
	if (entry.kind != ENTRY_LINK)
		entry.mode = (uint16_t)staged_mode(&s->t->rows.items[row]);
	if (s->t->rows.items[row].parent == ROW_NONE)
		entry.mode = (uint16_t)spot->mode;
	return entry;
}

static bool put_link(const struct spot *spot, const struct entry *entry, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	if (!fs_parent(spot->slot, entry->path, &parent, leaf, e))
		return false;
	if (symlinkat(entry->target, parent, leaf) < 0)
		return err_sys(e, "%s: link %s", spot->c->id, entry->path);
	return stage_own(spot, parent, leaf, e);
}

static bool put_dir(const struct spot *spot, const struct entry *entry, struct err *e)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	if (!fs_parent(spot->slot, entry->path, &parent, leaf, e))
		return false;
	if (mkdirat(parent, leaf, (mode_t)entry->mode | 0700) < 0)
		return err_sys(e, "%s: make directory %s", spot->c->id, entry->path);
	return stage_own(spot, parent, leaf, e);
}

/* Directories and links: there before any file is. */
static bool put_frame(const struct staging *s, size_t number, struct err *e)
{
	const struct spot *spot = &s->spots[number];
	const struct rows *rows = &s->t->rows;
	SCOPED(text_end) struct text target = { 0 };
	char path[PATH_MAX];
	for (size_t i = rows_first(rows, number), end = rows_first(rows, number + 1); i < end; i++) {
		if (rows->items[i].kind == ENTRY_FILE || rows->items[i].parent == ROW_NONE)
			continue;
		struct entry entry = installed(s, spot, i, path, &target);
		if (!(entry.kind == ENTRY_DIR ? put_dir(spot, &entry, e) : put_link(spot, &entry, e)))
			return false;
	}
	return true;
}

static bool list_tree(const struct staging *s, size_t number, struct err *e)
{
	const struct spot *spot = &s->spots[number];
	const struct rows *rows = &s->t->rows;
	SCOPED(store_end) struct store_writer writer;
	SCOPED(text_end) struct text target = { 0 };
	char path[PATH_MAX];
	if (!store_start(&s->t->node, &writer, e))
		return false;
	for (size_t i = rows_first(rows, number), end = rows_first(rows, number + 1); i < end; i++) {
		struct entry entry = installed(s, spot, i, path, &target);
		if (!store_add(&writer, &entry, e))
			return false;
	}
	return store_finish(&writer, &spot->c->tree, e);
}

bool stage_listings(const struct staging *s, struct err *e)
{
	for (size_t i = 0; i < s->t->bundle.manifest.components.count; i++)
		if (s->spots[i].c && !list_tree(s, i, e))
			return false;
	return true;
}

/* Modes that keep their owner out are set last, deepest first; the top directory gets the mode of the tree it
 * replaces. */
static bool set_modes(struct staging *s, size_t number, struct err *e)
{
	const struct spot *spot = &s->spots[number];
	char path[PATH_MAX];
	for (size_t i = rows_first(&s->t->rows, number + 1); i-- > rows_first(&s->t->rows, number);) {
		const struct row *row = &s->t->rows.items[i];
		if (row->kind != ENTRY_DIR || row->parent == ROW_NONE || (row->mode & 0700) == 0700)
			continue;
		SCOPED_FD int fd =
			fs_open(spot->slot, rows_path(&s->t->rows, i, path), O_RDONLY | O_DIRECTORY, 0);
		if (fd < 0 || fchmod(fd, staged_mode(row)) < 0)
			return err_sys(e, "%s: set the mode of %s", spot->c->id, row->name);
	}
	return fchmod(spot->slot, spot->mode) == 0 || err_sys(e, "%s: set the mode of its top", spot->c->id);
}

/* Owner and mode of what is replaced; for a first install the caller's and the bundle's. */
static bool inherit(struct staging *s, size_t number, struct err *e)
{
	struct spot *spot = &s->spots[number];
	const struct row *top = &s->t->rows.items[rows_first(&s->t->rows, number)];
	struct stat st;
	*spot = (struct spot){ spot->c, -1, geteuid(), getegid(), staged_mode(top), false, false };
	if (!*spot->c->live)
		return true;
	SCOPED_FD int live = fs_open(s->t->node.root, spot->c->target, O_RDONLY | O_DIRECTORY, 0);
	if (live < 0 || fstat(live, &st) < 0)
		return err_sys(e, "%s: look at /%s", spot->c->id, spot->c->target);
	spot->uid = st.st_uid;
	spot->gid = st.st_gid;
	spot->mode = st.st_mode & 0777 & ~(mode_t)S_IWOTH;
	spot->chown = st.st_uid != geteuid() || st.st_gid != getegid();
	return true;
}

static bool open_slot(struct staging *s, size_t number, struct err *e)
{
	struct spot *spot = &s->spots[number];
	SCOPED_FD int dir = -1;
	const char *leaf = strrchr(spot->c->slot, '/') + 1;
	if (!inherit(s, number, e) || !place_make(&s->t->node, spot->c->slot, &dir, e))
		return false;
	if (mkdirat(dir, leaf, 0700) < 0)
		return err_sys(e, "%s: make /%s", spot->c->id, spot->c->slot);
	spot->slot = openat(dir, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (spot->slot < 0)
		return err_sys(e, "%s: open /%s", spot->c->id, spot->c->slot);
	spot->flush_each = !fs_flush_reports(spot->slot);
	return stage_own(spot, spot->slot, "", e) && put_frame(s, number, e);
}

/* One flush for all that was written; then the parents of first installs, and what the record has to know:
 * the tree that is held open, whatever has its name by now. */
static bool settle(struct staging *s, size_t number, struct err *e)
{
	const struct spot *spot = &s->spots[number];
	SCOPED(text_end) struct text parent = { 0 }, next = { 0 };
	SCOPED_FD int slots = -1;
	SCOPED_FD int target = -1;
	char leaf[FS_LEAF];
	place_parent(spot->c->target, &parent);
	struct carry_rule rule = carry_forward(spot->c);
	if (*spot->c->live && !carry_local(&s->t->node, spot->c, &rule, e))
		return err_in(e, "%s", spot->c->id);
	if (!set_modes(s, number, e) || !fs_flush_all(spot->slot, e) ||
		!fs_parent(s->t->node.root, spot->c->slot, &slots, leaf, e))
		return false;
	if (strcmp(text_str(&parent), ".") != 0 &&
		!fs_make_dirs(s->t->node.root, text_str(&parent), &target, NULL, e))
		return false;
	if (!fs_flush_dir(slots, e) || !identity_give(spot->slot, ".", &next, e))
		return false;
	spot->c->next = arena_str(&s->t->arena, text_str(&next));
	return true;
}

static bool stage_all(struct staging *s, struct err *e)
{
	size_t components = s->t->bundle.manifest.components.count;
	for (size_t i = 0; i < components; i++)
		if (s->spots[i].c && !open_slot(s, i, e))
			return false;
	if (!stage_content(s, e))
		return e->kind == ERR_FORMAT ? verdict_all_damage(&s->t->bundle, e) : false;
	for (size_t i = 0; i < components; i++)
		if (s->spots[i].c && !settle(s, i, e))
			return false;
	return true;
}

static void end_staging(struct staging *s)
{
	for (size_t i = 0; i < s->t->bundle.manifest.components.count; i++)
		scope_close(&s->spots[i].slot);
	free(s->spots);
	block_map_end(&s->map);
}

bool stage_run(struct transaction *t, struct err *e)
{
	const struct manifest *m = &t->bundle.manifest;
	const struct component *c = m->components.items;
	SCOPED(end_staging) struct staging s = { .t = t };
	uint64_t raw = 0;
	s.spots = mem_new(m->components.count, sizeof *s.spots);
	s.times[0] = s.times[1] = (struct timespec){ .tv_sec = (time_t)m->created };
	for (size_t i = 0; i < m->components.count; i++) {
		struct act_component *mine = act_component(&t->act, c[i].id);
		s.spots[i] = (struct spot){ .c = mine && act_moves(mine) ? mine : NULL, .slot = -1 };
	}
	block_map_make(&t->rows, m->blocks.count, &s.map);
	for (size_t i = 0; i < m->blocks.count; i++)
		raw += container_blob(m, CONTAINER_BLOCK, i)->raw;
	progress_start(&s.progress, "stage", raw, t->request->json);
	if (!stage_all(&s, e))
		return false;
	progress_end(&s.progress);
	return true;
}

bool stage_undo(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_component *c = a->components.items;
	bool fresh = strcmp(a->kind, "rollback") != 0; /* what is in its slots is its own */
	for (size_t i = 0; i < a->components.count; i++)
		if (act_keeps(&c[i]) && *c[i].slot && (fresh || strcmp(c[i].change, CHANGE_REMOVE) == 0) &&
			!place_remove(n, c[i].slot, e))
			return false;
	return true;
}

bool stage_undo_made(const struct node *n, const struct act *a, struct err *e)
{
	char *const *made = a->made.items;
	for (size_t i = a->made.count; i-- > 0;) {
		SCOPED_FD int parent = -1;
		char leaf[FS_LEAF];
		struct err ignored = { 0 };
		if (fs_parent(n->root, made[i], &parent, leaf, &ignored) &&
			unlinkat(parent, leaf, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY &&
			errno != EEXIST)
			return err_sys(e, "remove the directory /%s", made[i]);
	}
	return true;
}
