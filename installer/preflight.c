/* preflight.c - see preflight.h. */
#include "installer/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>

#include "installer/carry.h"
#include "installer/fitting.h"
#include "installer/host/site.h"
#include "installer/inode.h"
#include "installer/place.h"
#include "installer/service/configs.h"
#include "installer/service/snapshot.h"
#include "installer/service/states.h"
#include "installer/service/unproven.h"
#include "installer/switch.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"
#include "manifest/path.h"

#define SPARE_PERCENT 1 /* of what is needed, for the file system's own bookkeeping */

static void sizes(const struct text *need, const struct text *have, struct transaction *t, const char *path)
{
	transaction_no(t, ERR_REFUSED, "needs %s on the file system of /%s, %s free", text_str(need), path,
		text_str(have));
}

/* The nearest directory of the path that exists. */
static bool nearest(const struct transaction *t, const char *path, int *fd, struct err *e)
{
	SCOPED(text_end) struct text at = { 0 };
	text_puts(&at, path);
	while ((*fd = fs_open(t->node.root, text_str(&at), O_RDONLY | O_DIRECTORY, 0)) < 0) {
		if ((errno != ENOENT && errno != ENOTDIR) || strcmp(text_str(&at), ".") == 0)
			return err_sys(e, "open /%s", text_str(&at));
		SCOPED_TEXT char *child = mem_copy(at.at, at.len);
		place_parent(child, &at);
	}
	return true;
}

static struct space *row_for(struct json_list *list, uint64_t device)
{
	struct space *rows = list->items;
	for (size_t i = 0; i < list->count; i++)
		if (rows[i].device == device)
			return &rows[i];
	rows[list->count] = (struct space){ .device = device };
	return &rows[list->count++];
}

/* Whole file system blocks for every file and directory of the component. */
static void count_component(const struct transaction *t, const char *id, uint64_t unit, struct space *to)
{
	const struct component *all = t->bundle.manifest.components.items;
	for (size_t k = 0; k < t->bundle.manifest.components.count; k++) {
		if (strcmp(all[k].id, id) != 0)
			continue;
		to->need_inodes += all[k].files + all[k].dirs + all[k].links;
		to->need += all[k].bytes + (all[k].files / 2 + all[k].dirs) * unit;
	}
}

/* A checkpoint copies what is there. */
static bool count_copy(
	const struct transaction *t, const struct act_component *c, struct space *to, struct err *e)
{
	SCOPED_FD int dir = -1;
	char leaf[FS_LEAF];
	uint64_t bytes = 0, entries = 0;
	if (!place_open_parent(&t->node, c->target, &dir, leaf, e) ||
		(dir >= 0 && !snapshot_size(NULL, dir, leaf, &bytes, &entries, e)))
		return err_in(e, "%s", c->id);
	to->need += bytes;
	to->need_inodes += entries;
	return true;
}

/* The row of the file system that the slot is on; *unit is the size of its blocks. */
static bool row_of_slot(struct transaction *t, struct json_list *rows, const char *slot, char *path,
	struct space **row, uint64_t *unit, struct err *e)
{
	SCOPED_FD int fd = -1;
	struct statvfs fs;
	struct stat st;
	if (!nearest(t, slot, &fd, e))
		return false;
	if (fstatvfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "look at the file system of /%s", slot);
	*row = row_for(rows, st.st_dev);
	(*row)->path = (*row)->path ? (*row)->path : path;
	(*row)->free = (uint64_t)fs.f_bavail * fs.f_frsize;
	(*row)->free_inodes = fs.f_files ? fs.f_favail : JSON_COUNT_LIMIT - 1;
	*unit = fs.f_frsize;
	return true;
}

/* The copies of the state. */
static bool count_states(struct transaction *t, struct json_list *rows, struct err *e)
{
	struct act_state *s = t->act.states.items;
	for (size_t i = 0; i < t->act.states.count; i++) {
		struct space *row;
		uint64_t bytes, entries, unit;
		if (!row_of_slot(t, rows, s[i].slot, s[i].path, &row, &unit, e) ||
			!states_size(t, &s[i], &bytes, &entries, e))
			return false;
		row->need += bytes;
		row->need_inodes += entries;
	}
	return true;
}

bool preflight_space(struct transaction *t, struct json_list *out, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	size_t most = t->act.components.count + t->act.states.count;
	uint64_t unit;
	*out = (struct json_list){ arena_new(&t->arena, most * sizeof(struct space)), 0 };
	for (size_t i = 0; i < t->act.components.count; i++) {
		struct space *row;
		bool copied = strcmp(c[i].change, CHANGE_KEPT) == 0;
		if ((!act_moves(&c[i]) && !copied) || !*c[i].slot)
			continue;
		if (!row_of_slot(t, out, c[i].slot, c[i].target, &row, &unit, e))
			return false;
		count_component(t, c[i].id, unit, row);
		if (copied && !count_copy(t, &c[i], row, e))
			return false;
	}
	return count_states(t, out, e);
}

bool preflight_room(struct transaction *t, struct err *e)
{
	struct json_list rows;
	if (!preflight_space(t, &rows, e))
		return false;
	const struct space *s = rows.items;
	for (size_t i = 0; i < rows.count; i++) {
		SCOPED(text_end) struct text need = { 0 }, have = { 0 };
		text_size(&need, s[i].need);
		text_size(&have, s[i].free);
		if (s[i].need + s[i].need / 100 * SPARE_PERCENT > s[i].free)
			sizes(&need, &have, t, s[i].path);
		if (s[i].need_inodes > s[i].free_inodes)
			transaction_no(t, ERR_REFUSED,
				"needs %llu inodes on the file system of /%s, %llu free",
				(unsigned long long)s[i].need_inodes, s[i].path,
				(unsigned long long)s[i].free_inodes);
	}
	return true;
}

struct mounts {
	struct transaction *t;
	const struct act_component *c;
};

static bool no_mount(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	const struct mounts *m = ctx;
	(void)skip;
	(void)e;
	if (entry->mount)
		transaction_no(m->t, ERR_REFUSED,
			"%s: another file system is mounted at /%s/%s: it would go away with the old tree",
			m->c->id, m->c->target, entry->path);
	return true;
}

static bool ask_mounts(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		struct mounts m = { t, &c[i] };
		if (!act_moves(&c[i]) || !*c[i].live)
			continue;
		SCOPED_FD int live = fs_open(t->node.root, c[i].target, O_RDONLY | O_DIRECTORY, 0);
		if (live >= 0 && !tree_walk(live, no_mount, &m, e))
			return err_in(e, "%s", c[i].id);
	}
	return true;
}

static void ask_target(struct transaction *t, const struct act_component *c, int parent, const char *leaf)
{
	struct stat st, up;
	if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISDIR(st.st_mode))
			transaction_no(
				t, ERR_REFUSED, "%s: /%s is there and is not a directory", c->id, c->target);
		else if (fstat(parent, &up) == 0 && inode_is_mount(parent, leaf, &st, up.st_dev))
			transaction_no(t, ERR_REFUSED,
				"%s: /%s is a mount point: a tree cannot be exchanged there", c->id,
				c->target);
		else if (st.st_uid != geteuid() && geteuid() != 0)
			transaction_no(t, ERR_REFUSED, "%s: /%s belongs to user %u, this is user %u", c->id,
				c->target, st.st_uid, geteuid());
	}
}

static bool ask_targets(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		SCOPED(text_end) struct text above = { 0 };
		SCOPED_FD int parent = -1;
		if (!act_moves(&c[i]))
			continue;
		if (strcmp(c[i].target, ".") == 0) {
			transaction_no(t, ERR_REFUSED, "%s: the root directory cannot be a target", c[i].id);
			continue;
		}
		place_parent(c[i].target, &above);
		if (!nearest(t, text_str(&above), &parent, e))
			return false;
		if (faccessat(parent, ".", W_OK, AT_EACCESS) < 0)
			transaction_no(t, ERR_REFUSED, "%s: /%s cannot be written: %s", c[i].id,
				text_str(&above), strerror(errno));
		SCOPED_FD int exact = fs_open(t->node.root, text_str(&above), O_RDONLY | O_DIRECTORY, 0);
		if (exact < 0 && errno != ENOENT)
			return err_sys(e, "%s: open /%s", c[i].id, text_str(&above));
		if (exact >= 0)
			ask_target(t, &c[i], exact, path_leaf(c[i].target));
	}
	return true;
}

/* A tree inside another one would be carried away by its exchange; ours and the records' places are nobody's
 * target. */
static bool ask_apart(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	(void)e;
	for (size_t i = 0; i < t->act.components.count; i++) {
		if (place_inside(text_str(&t->node.state_path), c[i].target) ||
			place_inside(c[i].target, text_str(&t->node.state_path)))
			transaction_no(t, ERR_REFUSED,
				"%s: /%s and the records in /%s would be in each other's way", c[i].id,
				c[i].target, text_str(&t->node.state_path));
		for (size_t k = 0; k < t->act.components.count; k++)
			if (i != k && place_inside(c[i].target, c[k].target))
				transaction_no(t, ERR_REFUSED,
					"%s: its target /%s is inside the tree of %s (/%s)", c[i].id,
					c[i].target, c[k].id, c[k].target);
	}
	return true;
}

/* What another application, or another instance of this one, has installed is not ours to replace. */
static bool ask_other(struct transaction *t, const char *application, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	SCOPED(ledger_end) struct ledger theirs = { 0 };
	const struct act_component *c = t->act.components.items;
	struct node other = t->node;
	text_printf(&path, "%s/%s", text_str(&t->node.state_path), application);
	SCOPED_FD int state = fs_open(t->node.root, text_str(&path), O_RDONLY | O_DIRECTORY, 0);
	other.state = state;
	if (state < 0 || !ledger_load(&other, &theirs, e))
		return state >= 0 ? err_in(e, "%s", application)
				  : err_sys(e, "open the records of %s", application);
	const struct act *current = ledger_current(&theirs);
	const struct act_component *o = current ? current->components.items : NULL;
	for (size_t k = 0; current && k < current->components.count; k++)
		for (size_t i = 0; i < t->act.components.count && !digest_zero(&o[k].tree); i++)
			if (place_inside(c[i].target, o[k].target) || place_inside(o[k].target, c[i].target))
				transaction_no(t, ERR_REFUSED, "%s: /%s is where %s has its %s (/%s)",
					c[i].id, c[i].target, application, o[k].id, o[k].target);
	return true;
}

static bool ask_others(struct transaction *t, struct err *e)
{
	struct json_list all;
	if (!node_applications(&t->node, &all, &t->arena, e))
		return false;
	char *const *names = all.items;
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(names[i], text_str(&t->node.application)) != 0 && !ask_other(t, names[i], e))
			return false;
	return true;
}

/* Never below the floor; at the floor only the release that set it. */
static bool ask_floor(struct transaction *t, struct err *e)
{
	const struct manifest *m = &t->bundle.manifest;
	uint64_t floor = ledger_floor(&t->ledger);
	const struct act *current = ledger_current(&t->ledger);
	(void)e;
	if (t->request->accept_downgrade || (current && digest_equal(&current->manifest, &t->bundle.digest)))
		return true;
	if (m->sequence < floor)
		transaction_no(t, ERR_UNTRUSTED,
			"sequence %llu is older than %llu, which was installed here (--accept-downgrade)",
			(unsigned long long)m->sequence, (unsigned long long)floor);
	for (size_t i = 0; i < t->ledger.count; i++) {
		const struct act *a = &t->ledger.acts[i];
		if (a->sequence == m->sequence && m->sequence == floor &&
			strcmp(a->outcome, ACT_COMMITTED) == 0 && strcmp(a->kind, "apply") == 0 &&
			!digest_equal(&a->manifest, &t->bundle.digest)) {
			transaction_no(t, ERR_UNTRUSTED,
				"sequence %llu was installed here with another manifest (--accept-downgrade)",
				(unsigned long long)m->sequence);
			break;
		}
	}
	return true;
}

static bool ask_references(struct transaction *t, struct err *e)
{
	const struct component *all = t->bundle.manifest.components.items;
	(void)e;
	for (size_t i = 0; i < t->rows.count; i++) {
		const struct row *row = &t->rows.items[i];
		const struct act_component *from = act_component(&t->act, all[row->component].id);
		if (row->kind != ENTRY_REFERENCE || !from || !act_moves(from))
			continue;
		SCOPED_TEXT char *id = mem_copy(row->target, strcspn(row->target, "/"));
		char path[PATH_MAX];
		if (!act_component(&t->act, id))
			transaction_no(t, ERR_REFUSED, "%s: %s refers to \"%s\", which is not installed here",
				from->id, rows_path(&t->rows, i, path), id);
	}
	return true;
}

static bool ask_memory(struct transaction *t, struct err *e)
{
	struct sysinfo info;
	(void)e;
	if (sysinfo(&info) == 0 && t->bundle.manifest.memory > (uint64_t)info.totalram * info.mem_unit / 2)
		transaction_no(t, ERR_REFUSED, "decoding a block takes %llu bytes, this machine has %llu",
			(unsigned long long)t->bundle.manifest.memory,
			(unsigned long long)info.totalram * info.mem_unit);
	return true;
}

static bool ask_something(struct transaction *t, struct err *e)
{
	(void)e;
	if (t->act.components.count == 0)
		transaction_no(t, ERR_REFUSED,
			"no component of the bundle has a place here: say where with --target ID=DIR, or `waybill-install adopt` finds out");
	return true;
}

/* Local files that are not carried on are told; what is in the way of the others is a no. */
static bool ask_local(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		struct carry_rule rule = carry_forward(&c[i]);
		if (act_moves(&c[i]) && *c[i].live && !carry_look(t, &c[i], &rule, e))
			return false;
	}
	return true;
}

static bool ask_gap(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	(void)e;
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && *c[i].live && switch_may_gap(&t->node, c[i].target))
			transaction_note(t,
				"%s: the file system of /%s may not exchange directories: the path is absent for an instant",
				c[i].id, c[i].target);
	return true;
}

/* A release that did not pass its gates here is not tried again unasked. */
static bool ask_failed(struct transaction *t, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < t->ledger.count && !t->request->retry; i++) {
		const struct act *a = &t->ledger.acts[i];
		if (a->failed && digest_equal(&a->manifest, &t->bundle.digest)) {
			transaction_no(t, ERR_REFUSED, "%s failed its gates here in act %llu (--retry): %s",
				t->bundle.manifest.release, (unsigned long long)a->number, a->why);
			break;
		}
	}
	return true;
}

/* The site may want proof from a canary. */
static bool ask_evidence(struct transaction *t, struct err *e)
{
	const struct evidence *seen = t->bundle.manifest.evidence;
	const struct site_application *site =
		site_find(&t->site, text_str(&t->node.name), text_str(&t->node.instance));
	(void)e;
	if (site && site->require_evidence && !t->request->accept_unvalidated &&
		strcmp(seen->verdict, "passed") != 0)
		transaction_no(t, ERR_REFUSED,
			"this node wants evidence that the release works, the bundle says \"%s\"%s%s (--accept-unvalidated)",
			seen->verdict, *seen->reason ? ": " : "", seen->reason);
	return true;
}

static bool ask_records(struct transaction *t, struct err *e)
{
	struct err why = { 0 };
	(void)e;
	if (t->act.units.count && !configs_try(t, &why))
		transaction_no(t, ERR_REFUSED, "%s", why.text);
	return true;
}

static const struct question {
	const char *text;
	bool (*ask)(struct transaction *t, struct err *e);
} questions[] = {
	{ "has anything in the bundle a place here", ask_something },
	{ "is it newer than what was installed here", ask_floor },
	{ "can every target be replaced", ask_targets },
	{ "is nothing mounted inside a tree that would be displaced", ask_mounts },
	{ "do local files find room in the new trees", ask_local },
	{ "are the targets apart from each other and from the records", ask_apart },
	{ "do the targets belong to no other application", ask_others },
	{ "is what components refer to installed", ask_references },
	{ "can it work on this machine", ask_fit },
	{ "has it failed here before", ask_failed },
	{ "was it proven by a canary", ask_evidence },
	{ "is what is here and not in the bundle known to work with it", ask_others_here },
	{ "can the records of the configuration be set", ask_records },
	{ "is there room for it beside the old release", preflight_room },
	{ "is there memory to decode it", ask_memory },
	{ "will a path be absent for an instant", ask_gap },
};

bool preflight(struct transaction *t, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(questions); i++)
		if (!questions[i].ask(t, e))
			return err_in(e, "%s", questions[i].text);
	return true;
}
