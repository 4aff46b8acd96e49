/* states.c - see states.h. */
#include "installer/service/states.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "installer/exchange.h"
#include "installer/host/inventory.h"
#include "installer/host/units.h"
#include "installer/identity.h"
#include "installer/inode.h"
#include "installer/place.h"
#include "installer/resolve.h"
#include "installer/service/snapshot.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

/* ---- which places ---- */

static const struct act_state *state_at(const struct act *a, const char *path)
{
	const struct act_state *s = a->states.items;
	for (size_t i = 0; i < a->states.count; i++)
		if (strcmp(s[i].path, path) == 0)
			return &s[i];
	return NULL;
}

/* Out of sight of what scans the directory that the place stands in; where that is no mount of its own. */
static bool choose_slot(struct transaction *t, struct act_state *s, struct err *e)
{
	SCOPED(text_end) struct text slot = { 0 };
	struct json_list targets = act_targets(&t->act, &t->arena);
	struct err first = { 0 };
	char *id = arena_printf(&t->arena, ".state-%zu", t->act.states.count);
	if (!place_slot(&t->node, s->path, "plugin", &targets, t->act.number, id, &slot, &first) &&
		!place_slot(&t->node, s->path, "state", &targets, t->act.number, id, &slot, e))
		return err_in(e, "keep a copy of /%s", s->path);
	s->slot = arena_str(&t->arena, text_str(&slot));
	place_missing(&t->node, s->slot, &t->act.made, &t->arena);
	return true;
}

/* A rollback that brings the one would bring the other, which it was not asked for. */
static void ask_kept_apart(struct transaction *t, const struct act_state *s)
{
	const struct act_state *other = t->act.states.items;
	for (size_t i = 0; i < t->act.states.count; i++) {
		bool inner = strcmp(s->class, STATE_KEEP) == 0;
		const struct act_state *keep = inner ? s : &other[i], *restore = inner ? &other[i] : s;
		if (strcmp(keep->class, STATE_KEEP) == 0 && strcmp(restore->class, STATE_RESTORE) == 0 &&
			place_inside(keep->path, restore->path))
			transaction_no(t, ERR_REFUSED,
				"the state /%s is to be kept and lies in /%s, which is to be restored: the profile must name what is beside it",
				keep->path, restore->path);
	}
}

/* A place that holds a component's tree, or is one, would carry it away. */
static void ask_apart(struct transaction *t, const struct act_state *s)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++)
		if (place_inside(c[i].target, s->path))
			transaction_no(t, ERR_REFUSED,
				"the state /%s holds the tree of %s (/%s): the profile must name what is in it instead",
				s->path, c[i].id, c[i].target);
	if (place_inside(text_str(&t->node.state_path), s->path))
		transaction_no(t, ERR_REFUSED, "the state /%s holds the records in /%s", s->path,
			text_str(&t->node.state_path));
}

/* Neither can change places with its copy: the kernel moves no mount point. */
static void ask_mount(struct transaction *t, const struct act_state *s)
{
	SCOPED_FD int parent = -1;
	char leaf[FS_LEAF];
	struct stat st, up;
	struct err ignored = { 0 };
	if (fs_parent(t->node.root, s->path, &parent, leaf, &ignored) && fstat(parent, &up) == 0 &&
		fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		inode_is_mount(parent, leaf, &st, up.st_dev))
		transaction_no(t, ERR_REFUSED,
			"the state /%s is a mount point and cannot be put back: the profile must name what is in it instead",
			s->path);
}

static bool add(struct transaction *t, const char *class, const char *path, struct err *e)
{
	SCOPED(text_end) struct text real = { 0 }, mount = { 0 };
	bool there;
	if (!resolve_path(t->node.root, path, &real, &there, e) ||
		!place_mount(&t->node, text_str(&real), &mount, e))
		return err_in(e, "state %s", path);
	if (state_at(&t->act, text_str(&real)))
		return true;
	struct act_state s = { .path = arena_str(&t->arena, text_str(&real)),
		.class = arena_str(&t->arena, class),
		.live = arena_str(&t->arena, ""),
		.mount = arena_str(&t->arena, text_str(&mount)),
		.next = arena_str(&t->arena, "") };
	ask_apart(t, &s);
	ask_kept_apart(t, &s);
	ask_mount(t, &s);
	if (t->nos.len || choose_slot(t, &s, e)) {
		s.slot = s.slot ? s.slot : arena_str(&t->arena, ".");
		*(struct act_state *)list_add(&t->act.states, sizeof s, &t->arena) = s;
		return true;
	}
	return false;
}

/* Configuration first: a place that is named as both is configuration. */
bool states_plan(struct transaction *t, const struct inventory *inv, struct err *e)
{
	const struct place *p = inv->places.items;
	for (size_t i = 0; i < inv->places.count; i++)
		if (strcmp(p[i].what, "config") == 0 && !add(t, STATE_CONFIG, p[i].path, e))
			return false;
	for (size_t i = 0; i < inv->places.count; i++)
		if (strcmp(p[i].what, "state") == 0 && !add(t, p[i].class, p[i].path, e))
			return false;
	return true;
}

/* ---- opening ---- */

static bool identity_in(struct transaction *t, int dir, const char *leaf, char **out, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	if (!identity_give(dir, leaf, &text, e))
		return false;
	*out = arena_str(&t->arena, text_str(&text));
	return true;
}

/* What lies at the path, or what the act brings there: the copy of the point. */
bool states_size(
	struct transaction *t, const struct act_state *s, uint64_t *bytes, uint64_t *entries, struct err *e)
{
	const struct act *point = s->brings ? ledger_act(&t->ledger, t->act.to) : NULL;
	const struct act_state *kept = point ? state_at(point, s->path) : NULL;
	SCOPED_FD int dir = -1;
	char leaf[FS_LEAF];
	*bytes = *entries = 0;
	return place_open_parent(&t->node, kept ? kept->slot : s->path, &dir, leaf, e) &&
	       (dir < 0 || snapshot_size(NULL, dir, leaf, bytes, entries, e));
}

/* ---- copies ---- */

static bool copy_one(
	struct transaction *t, struct act_state *s, bool settled, struct snapshot_count *count, struct err *e)
{
	SCOPED_FD int from = -1;
	SCOPED_FD int to = -1;
	char leaf[FS_LEAF];
	bool there = false;
	const char *name = strrchr(s->slot, '/') + 1;
	if (!place_open_parent(&t->node, s->path, &from, leaf, e) || !place_make(&t->node, s->slot, &to, e))
		return false;
	if (from < 0)
		return fs_remove(to, name, e);
	if (!settled)
		return snapshot_first(t->snapshot, from, leaf, to, name, e);
	return snapshot_settle(t->snapshot, from, leaf, to, name, count, &there, e) &&
	       (!there || identity_in(t, to, name, &s->live, e));
}

bool states_first(struct transaction *t, struct err *e)
{
	struct act_state *s = t->act.states.items;
	struct snapshot_count none = { 0 };
	for (size_t i = 0; i < t->act.states.count; i++)
		if (!s[i].brings && !copy_one(t, &s[i], false, &none, e))
			return err_in(e, "copy /%s", s[i].path);
	return true;
}

/* What the act brings is compared and exchanged, so what is there needs no copy but a name. */
static bool name_displaced(struct transaction *t, struct act_state *s, struct err *e)
{
	SCOPED_FD int from = -1;
	char leaf[FS_LEAF];
	return place_open_parent(&t->node, s->path, &from, leaf, e) &&
	       (from < 0 || identity_in(t, from, leaf, &s->live, e));
}

bool states_settle(struct transaction *t, struct err *e)
{
	struct act_state *s = t->act.states.items;
	struct snapshot_count count = { 0 };
	for (size_t i = 0; i < t->act.states.count; i++)
		if (!(s[i].brings ? name_displaced(t, &s[i], e) : copy_one(t, &s[i], true, &count, e)))
			return err_in(e, "copy /%s", s[i].path);
	return true;
}

/* ---- bringing back ---- */

void states_choose(struct transaction *t, const struct act *point)
{
	struct act_state *s = t->act.states.items;
	for (size_t i = 0; i < t->act.states.count; i++) {
		bool keep = strcmp(s[i].class, STATE_KEEP) == 0,
		     config = strcmp(s[i].class, STATE_CONFIG) == 0;
		s[i].brings = state_at(point, s[i].path) &&
			      (config || (keep ? t->request->all_state : !t->request->keep_state));
	}
}

static bool stage_one(struct transaction *t, struct act_state *s, const struct act_state *kept, struct err *e)
{
	SCOPED_FD int from = -1;
	SCOPED_FD int to = -1;
	char leaf[FS_LEAF];
	struct snapshot_count count = { 0 };
	const char *name = strrchr(s->slot, '/') + 1;
	if (!*kept->live)
		return true; /* nothing was there then */
	if (!place_open_parent(&t->node, kept->slot, &from, leaf, e))
		return false;
	if (from < 0 || faccessat(from, leaf, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, ERR_REFUSED, "its copy in /%s is not there any more", kept->slot);
	return place_make(&t->node, s->slot, &to, e) && fs_remove(to, name, e) &&
	       snapshot_copy(from, leaf, to, name, &count, e) && identity_in(t, to, name, &s->next, e);
}

bool states_stage(struct transaction *t, const struct act *point, struct err *e)
{
	struct act_state *s = t->act.states.items;
	for (size_t i = 0; i < t->act.states.count; i++)
		if (s[i].brings && !stage_one(t, &s[i], state_at(point, s[i].path), e))
			return err_in(e, "bring back /%s", s[i].path);
	return true;
}

/* ---- exchanging ---- */

struct pair {
	int here, slot; /* directories */
	char leaf[FS_LEAF];
	const char *name; /* in the slot's directory */
	char *in_slot;    /* identity of what lies in the slot; "" for nothing */
	bool there;       /* something is at the path */
};

static void end_pair(struct pair *p)
{
	scope_close(&p->here);
	scope_close(&p->slot);
	free(p->in_slot);
}

/* An exchange by way of a third name was cut short: it goes on. */
static bool come_round(struct pair *p, struct err *e)
{
	SCOPED(text_end) struct text aside = { 0 };
	exchange_aside(p->name, &aside);
	if (faccessat(p->slot, text_str(&aside), F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || err_sys(e, "look for %s", text_str(&aside));
	bool gap = faccessat(p->here, p->leaf, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	return ((!gap || fs_rename_new(p->slot, p->name, p->here, p->leaf)) &&
		       exchange_finish(p->slot, p->name)) ||
	       err_sys(e, "finish the exchange of %s", p->leaf);
}

static bool look(const struct node *n, const struct act_state *s, struct pair *p, struct err *e)
{
	SCOPED(text_end) struct text identity = { 0 };
	SCOPED(text_end) struct text parent = { 0 };
	struct stat st;
	bool absent;
	place_parent(s->path, &parent);
	if (!place_mounted(n, s->mount, e) || !place_make(n, s->slot, &p->slot, e))
		return false;
	if (!place_open_parent(n, s->path, &p->here, p->leaf, e))
		return false;
	if (p->here < 0 && (!fs_make_dirs(n->root, text_str(&parent), &p->here, NULL, e) ||
				   !place_open_parent(n, s->path, &p->here, p->leaf, e)))
		return false;
	p->name = strrchr(s->slot, '/') + 1;
	if (!come_round(p, e) || !identity_of(p->slot, p->name, &identity, e))
		return false;
	p->in_slot = mem_copy(text_str(&identity), identity.len);
	p->there = fs_stat(p->here, p->leaf, &st, &absent, e);
	return p->there || absent;
}

/* What lies in the slot and what is at the path change places; either may be nothing. */
static bool change_places(const struct act_state *s, struct pair *p, struct err *e)
{
	bool full = *p->in_slot != '\0', good = true;
	if (full && p->there)
		good = exchange(p->slot, p->name, p->here, p->leaf);
	else if (full)
		good = fs_rename_new(p->slot, p->name, p->here, p->leaf);
	else if (p->there)
		good = fs_rename_new(p->here, p->leaf, p->slot, p->name);
	return (good || err_sys(e, "exchange /%s and /%s", s->path, s->slot)) && fs_flush_dir(p->slot, e) &&
	       fs_flush_dir(p->here, e);
}

static bool bring_one(const struct node *n, const struct act_state *s, struct err *e)
{
	SCOPED(end_pair) struct pair p = { .here = -1, .slot = -1 };
	if (!look(n, s, &p, e))
		return false;
	bool done = *s->next ? strcmp(p.in_slot, s->next) != 0 : *p.in_slot != '\0';
	return done || change_places(s, &p, e);
}

bool states_bring(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_state *s = a->states.items;
	for (size_t i = 0; i < a->states.count; i++)
		if (s[i].brings && !bring_one(n, &s[i], e))
			return err_in(e, "put /%s back", s[i].path);
	return true;
}

/* The copy is in neither of the two: what is at the path is what the failed release wrote. */
static bool is_lost(const struct act_state *s, const struct pair *p, bool *lost, struct err *e)
{
	SCOPED(text_end) struct text here = { 0 };
	*lost = false;
	if (!*s->live || *p->in_slot)
		return true;
	if (!identity_of(p->here, p->leaf, &here, e))
		return false;
	*lost = strcmp(text_str(&here), s->live) != 0;
	return true;
}

/* What undo wants at the path lies in the slot, if it is not back already. Where there was nothing, the slot
 * takes what there is now; once it has something, that was done. */
static bool put_back_one(const struct node *n, const struct act_state *s, struct err *e)
{
	SCOPED(end_pair) struct pair p = { .here = -1, .slot = -1 };
	bool lost;
	if (!look(n, s, &p, e) || !is_lost(s, &p, &lost, e))
		return false;
	if (lost)
		return err_set(e, ERR_STUCK, "its copy in /%s is not there any more", s->slot);
	bool here = *s->live && strcmp(p.in_slot, s->live) == 0;
	bool away = !*s->live && p.there && (s->brings ? strcmp(p.in_slot, s->next) != 0 : !*p.in_slot);
	return (!here && !away) || change_places(s, &p, e);
}

bool states_put_back(const struct node *n, const struct act *a, bool all, struct err *e)
{
	const struct act_state *s = a->states.items;
	for (size_t i = a->states.count; i-- > 0;)
		if ((all || s[i].brings || strcmp(s[i].class, STATE_CONFIG) == 0) &&
			!put_back_one(n, &s[i], e))
			return err_in(e, "put /%s back", s[i].path);
	return true;
}

/* With what a cut may have left beside the slot: a text that was about to take the configuration's place. */
bool states_remove(const struct node *n, const struct act *a, struct err *e)
{
	const struct act_state *s = a->states.items;
	for (size_t i = 0; i < a->states.count; i++) {
		SCOPED(text_end) struct text fresh = { 0 };
		text_printf(&fresh, "%s" STATES_NEW, s[i].slot);
		if (!place_remove(n, text_str(&fresh), e) || !place_remove(n, s[i].slot, e))
			return false;
	}
	return true;
}
