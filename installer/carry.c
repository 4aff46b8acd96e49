/* carry.c - see carry.h. A carried directory is filled first and gets its owner, mode and times when the walk
 * has left it: what is put into it changes its time, and its mode may keep its owner out.
 */
#include "installer/carry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"
#include "manifest/path.h"
#include "manifest/profile.h"

#define LEFT_SHOWN 10
#define PIECE      ((size_t)64 * 1024)
#define DIR_FLAGS  (O_RDONLY | O_DIRECTORY)

/* What a list of globs calls local, asked along a walk: what matches, and all below it. */
struct owner {
	const struct json_list *globs;
	struct text inside; /* the directory that matched last; empty: none */
};

static bool owns(struct owner *o, const char *path)
{
	size_t len = o->inside.len;
	if (len && strncmp(path, o->inside.at, len) == 0 && path[len] == '/')
		return true;
	if (!globs_match(o->globs, path))
		return false;
	text_clear(&o->inside);
	text_puts(&o->inside, path);
	return true;
}

struct owners {
	struct owner *items;
	size_t count;
};

static void end_owners(struct owners *o)
{
	for (size_t i = 0; i < o->count; i++)
		text_end(&o->items[i].inside);
	free(o->items);
}

static struct owners owners_of(const struct carry_rule *rule)
{
	struct owners o = { mem_new(rule->count, sizeof *o.items), rule->count };
	for (size_t i = 0; i < rule->count; i++)
		o.items[i].globs = &rule->lists[i];
	return o;
}

/* Each is asked: all have to know which directory the walk is in. */
static bool all_own(struct owners *o, const char *path)
{
	bool all = strcmp(path, ".") != 0;
	for (size_t i = 0; i < o->count; i++)
		all = owns(&o->items[i], path) && all;
	return all;
}

/* A directory of the slot's tree that is being filled. */
struct level {
	size_t len; /* of its path, the start of `path` in struct carrying */
	bool dress; /* its owner, mode and times are still to be set */
	struct stat st;
};

struct carrying {
	struct owners owners;
	int from, to;
	struct text path;
	struct level *levels;
	size_t depth, room;
};

static void end_carrying(struct carrying *c)
{
	end_owners(&c->owners);
	text_end(&c->path);
	free(c->levels);
}

static bool copy_bytes(int from, int to, struct err *e)
{
	SCOPED_TEXT char *piece = mem_new(PIECE, 1);
	for (;;) {
		ssize_t n = read(from, piece, PIECE);
		if (n < 0)
			return err_sys(e, "read");
		if (n == 0)
			return true;
		if (!fs_write_all(to, piece, (size_t)n, e))
			return false;
	}
}

/* Only root can give a file away, and only then is it needed. */
static bool foreign(const struct stat *st)
{
	return st->st_uid != geteuid() || st->st_gid != getegid();
}

/* Owner, mode and times of the original. */
static bool dress(int fd, const struct stat *st, struct err *e)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	if (foreign(st) && fchown(fd, st->st_uid, st->st_gid) < 0)
		return err_sys(e, "give it to user %u", st->st_uid);
	if (fchmod(fd, st->st_mode & 07777) < 0 || futimens(fd, times) < 0)
		return err_sys(e, "set its mode and times");
	return true;
}

static bool in_the_way(const char *path, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		"%s: the new tree has something of its own there, in the way of local files", path);
}

static bool copy_file(struct carrying *c, const struct tree_entry *entry, struct err *e)
{
	SCOPED_FD int from = fs_open(c->from, entry->path, O_RDONLY | O_NONBLOCK, 0);
	if (from < 0)
		return err_sys(e, "open %s", entry->path);
	SCOPED_FD int to = fs_open(c->to, entry->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (to < 0)
		return errno == EEXIST ? in_the_way(entry->path, e) : err_sys(e, "create %s", entry->path);
	return (copy_bytes(from, to, e) && dress(to, entry->st, e) && fs_finish(&to, e)) ||
	       err_in(e, "carry %s", entry->path);
}

static bool copy_link(struct carrying *c, const struct tree_entry *entry, struct err *e)
{
	SCOPED_FD int parent = -1;
	SCOPED(text_end) struct text target = { 0 };
	const struct stat *st = entry->st;
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	char leaf[FS_LEAF];
	if (!tree_link(entry->dir, entry->name, &target, e) ||
		!fs_parent(c->to, entry->path, &parent, leaf, e))
		return false;
	if (symlinkat(text_str(&target), parent, leaf) < 0)
		return errno == EEXIST ? in_the_way(entry->path, e) : err_sys(e, "link %s", entry->path);
	if (foreign(st) && fchownat(parent, leaf, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "give %s to user %u", entry->path, st->st_uid);
	return utimensat(parent, leaf, times, AT_SYMLINK_NOFOLLOW) == 0 ||
	       err_sys(e, "set the times of %s", entry->path);
}

static void go_down(struct carrying *c, const char *path, bool later, const struct stat *st)
{
	if (c->depth == c->room) {
		c->room = c->room ? c->room * 2 : 16;
		c->levels = mem_grow(c->levels, c->room, sizeof *c->levels);
	}
	text_clear(&c->path);
	text_puts(&c->path, path);
	c->levels[c->depth++] = (struct level){ c->path.len, later, *st };
}

static bool below(const struct carrying *c, const char *path)
{
	size_t len = c->levels[c->depth - 1].len;
	return path && strncmp(path, c->path.at, len) == 0 && path[len] == '/';
}

/* The directories that do not hold `path` (NULL: all) are filled. */
static bool go_up(struct carrying *c, const char *path, struct err *e)
{
	for (; c->depth && !below(c, path); c->depth--) {
		const struct level *l = &c->levels[c->depth - 1];
		c->path.len = l->len;
		c->path.at[l->len] = '\0';
		if (!l->dress)
			continue;
		SCOPED_FD int fd = fs_open(c->to, c->path.at, DIR_FLAGS, 0);
		if (fd < 0)
			return err_sys(e, "open directory %s", c->path.at);
		if (!dress(fd, &l->st, e))
			return err_in(e, "%s", c->path.at);
	}
	return true;
}

/* Like `st` at once, as far as it can be filled then: a carry that is cut short leaves no directory that its
 * owner cannot enter. */
static bool make_dir(struct carrying *c, const char *path, const struct stat *st, struct err *e)
{
	SCOPED_FD int parent = -1;
	struct stat open = *st;
	char leaf[FS_LEAF];
	open.st_mode = (st->st_mode & 0777) | 0700;
	if (!fs_parent(c->to, path, &parent, leaf, e))
		return false;
	if (mkdirat(parent, leaf, 0700) < 0)
		return errno == EEXIST ? in_the_way(path, e) : err_sys(e, "make directory %s", path);
	SCOPED_FD int fd = openat(parent, leaf, DIR_FLAGS | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !dress(fd, &open, e))
		return fd < 0 ? err_sys(e, "open directory %s", path) : err_in(e, "%s", path);
	go_down(c, path, true, st);
	return true;
}

/* A directory that the new tree has is opened for its owner while it is filled. */
static bool enter(struct carrying *c, const char *dir, int there, struct err *e)
{
	struct stat st;
	if (fstat(there, &st) < 0)
		return err_sys(e, "look at %s", dir);
	bool closed = (st.st_mode & 0300) != 0300;
	if (closed && fchmod(there, (st.st_mode & 07777) | 0700) < 0)
		return err_sys(e, "open the directory %s for its owner", dir);
	go_down(c, dir, closed, &st);
	return true;
}

/* One that it does not have is like the live one. */
static bool make_or_enter(struct carrying *c, const char *dir, struct err *e)
{
	SCOPED_FD int there = fs_open(c->to, dir, DIR_FLAGS, 0);
	if (there >= 0)
		return enter(c, dir, there, e);
	if (errno == ENOTDIR || errno == ELOOP)
		return in_the_way(dir, e);
	SCOPED_FD int live = errno == ENOENT ? fs_open(c->from, dir, DIR_FLAGS, 0) : -1;
	struct stat st;
	if (live < 0 || fstat(live, &st) < 0)
		return err_sys(e, "look at %s", dir);
	return make_dir(c, dir, &st, e);
}

/* Every directory above `path` is there and can be written. */
static bool make_way(struct carrying *c, const char *path, struct err *e)
{
	size_t done = c->depth ? c->levels[c->depth - 1].len + 1 : 0;
	for (const char *slash = strchr(path + done, '/'); slash; slash = strchr(slash + 1, '/')) {
		SCOPED_TEXT char *dir = mem_copy(path, (size_t)(slash - path));
		if (!make_or_enter(c, dir, e))
			return false;
	}
	return true;
}

/* Sockets, fifos and devices are not carried: whoever made them makes them again. */
static bool copy(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct carrying *c = ctx;
	(void)skip;
	if (!all_own(&c->owners, entry->path))
		return true;
	if (!go_up(c, entry->path, e) || !make_way(c, entry->path, e))
		return false;
	if (S_ISDIR(entry->st->st_mode))
		return make_dir(c, entry->path, entry->st, e);
	if (S_ISLNK(entry->st->st_mode))
		return copy_link(c, entry, e);
	return !S_ISREG(entry->st->st_mode) || copy_file(c, entry, e);
}

static bool clear(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct carrying *c = ctx;
	struct stat st;
	*skip = all_own(&c->owners, entry->path);
	if (!*skip)
		return true;
	if (fstat(entry->dir, &st) < 0)
		return err_sys(e, "look at the directory of %s", entry->path);
	bool closed = (st.st_mode & 0300) != 0300;
	if (closed && fchmod(entry->dir, (st.st_mode & 07777) | 0700) < 0)
		return err_sys(e, "open the directory of %s for its owner", entry->path);
	if (!fs_remove(entry->dir, entry->name, e))
		return err_in(e, "%s", entry->path);
	return !closed || fchmod(entry->dir, st.st_mode & 07777) == 0 ||
	       err_sys(e, "set the mode of the directory of %s", entry->path);
}

bool carry_local(const struct node *n, const struct act_component *component, const struct carry_rule *rule,
	struct err *e)
{
	if (component->local.count == 0)
		return true;
	SCOPED(end_carrying) struct carrying c = { .owners = owners_of(rule) };
	SCOPED_FD int from = fs_open(n->root, component->target, DIR_FLAGS, 0);
	SCOPED_FD int to = fs_open(n->root, component->slot, DIR_FLAGS, 0);
	if (from < 0 || to < 0)
		return err_sys(e, "open the trees to carry local files");
	c.from = from;
	c.to = to;
	return tree_walk(to, clear, &c, e) && tree_walk(from, copy, &c, e) && go_up(&c, NULL, e) &&
	       fs_flush_all(to, e);
}

struct carry_rule carry_forward(const struct act_component *c)
{
	return (struct carry_rule){ &c->local, 1 };
}

static bool same_texts(const struct json_list *a, const struct json_list *b)
{
	char *const *x = a->items, *const *y = b->items;
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (strcmp(x[i], y[i]) != 0)
			return false;
	return a->count == b->count;
}

static size_t add_list(struct json_list *lists, size_t count, const struct json_list *more)
{
	for (size_t i = 0; i < count; i++)
		if (same_texts(&lists[i], more))
			return count;
	lists[count] = *more;
	return count + 1;
}

/* What a committed act did with the component; NULL: nothing. */
static const struct act_component *done(const struct act *a, const char *id)
{
	return strcmp(a->outcome, ACT_COMMITTED) == 0 ? act_component(a, id) : NULL;
}

/* The last act before number `end` in the ledger that put a tree into the slot. */
static size_t filled_by(const struct ledger *l, const struct act_component *c, size_t end)
{
	while (end-- > 0) {
		const struct act_component *then = done(&l->acts[end], c->id);
		if (then && act_moves(then) && strcmp(then->slot, c->slot) == 0)
			return end;
	}
	return 0;
}

/* An act that put its tree where nothing was, or took it away, carried nothing on. One that brought a tree
 * back carried on what every act since that tree had left carried. */
struct carry_rule carry_back(struct transaction *t, const struct act_component *c)
{
	static const struct json_list none;
	const struct ledger *l = &t->ledger;
	struct json_list *lists = arena_new(&t->arena, (l->count + 1) * sizeof *lists);
	size_t count = add_list(lists, 0, &c->local), oldest = filled_by(l, c, l->count);
	for (size_t i = l->count; i-- > oldest;) {
		const struct act_component *then = done(&l->acts[i], c->id);
		if (!then)
			continue;
		bool carried = !digest_zero(&then->tree) && (!act_moves(then) || *then->live);
		count = add_list(lists, count, carried ? &then->local : &none);
		size_t older = strcmp(then->change, CHANGE_RESTORE) == 0 ? filled_by(l, then, i) : i;
		oldest = older < oldest ? older : oldest;
	}
	return (struct carry_rule){ lists, count };
}

struct looking {
	struct transaction *t;
	const struct act_component *c;
	struct owners carried;
	struct owner was;
	struct text top;    /* what is carried with all below it */
	struct text in_way; /* told last */
	struct text left;
	size_t count;
};

static void end_looking(struct looking *l)
{
	end_owners(&l->carried);
	text_end(&l->was.inside);
	text_end(&l->top);
	text_end(&l->in_way);
	text_end(&l->left);
}

/* The bundle's row of that path of the component, or NULL. */
static const struct row *find_row(const struct looking *l, const char *path)
{
	const struct rows *rows = &l->t->rows;
	const struct component *all = l->t->bundle.manifest.components.items;
	char buffer[PATH_MAX];
	size_t number = 0;
	while (number < l->t->bundle.manifest.components.count && strcmp(all[number].id, l->c->id) != 0)
		number++;
	for (size_t from = rows_first(rows, number), to = rows_first(rows, number + 1); from < to;) {
		size_t middle = from + (to - from) / 2;
		int order = path_order(rows_path(rows, middle, buffer), path);
		if (order == 0)
			return &rows->items[middle];
		*(order < 0 ? &from : &to) = order < 0 ? middle + 1 : middle;
	}
	return NULL;
}

static void tell_in_way(struct looking *l, const char *dir, const char *path)
{
	SCOPED(text_end) struct text shown = { 0 };
	if (strcmp(text_str(&l->in_way), dir) == 0)
		return;
	text_clear(&l->in_way);
	text_puts(&l->in_way, dir);
	path_escape(path, strlen(path), &shown);
	transaction_no(l->t, ERR_REFUSED, "%s: the new tree's %s is in the way of the local file %s",
		l->c->id, dir, text_str(&shown));
}

/* Directories of the new tree, and such that it does not have, are no obstacle to what is carried. */
static void look_for_way(struct looking *l, const char *path)
{
	size_t len = l->top.len;
	if (len && strncmp(path, l->top.at, len) == 0 && path[len] == '/')
		return;
	text_clear(&l->top);
	text_puts(&l->top, path);
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		SCOPED_TEXT char *dir = mem_copy(path, (size_t)(slash - path));
		const struct row *row = find_row(l, dir);
		if (!row)
			return;
		if (row->kind != ENTRY_DIR) {
			tell_in_way(l, dir, path);
			return;
		}
	}
}

static bool look_at(void *ctx, const struct tree_entry *entry, bool *skip, struct err *e)
{
	struct looking *l = ctx;
	bool carried = all_own(&l->carried, entry->path), was = owns(&l->was, entry->path);
	(void)skip;
	(void)e;
	if (carried && l->t->rows.count)
		look_for_way(l, entry->path);
	if (carried || !was || S_ISDIR(entry->st->st_mode) || l->count++ >= LEFT_SHOWN)
		return true;
	text_puts(&l->left, l->left.len ? ", " : "");
	path_escape(entry->path, strlen(entry->path), &l->left);
	return true;
}

bool carry_look(
	struct transaction *t, const struct act_component *c, const struct carry_rule *rule, struct err *e)
{
	if (c->local.count == 0 && c->was_local.count == 0)
		return true;
	SCOPED_FD int live = fs_open(t->node.root, c->target, DIR_FLAGS, 0);
	if (live < 0) /* what stands there instead is told elsewhere */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
		       err_sys(e, "%s: open /%s", c->id, c->target);
	SCOPED(end_looking)
	struct looking l = { .t = t, .c = c, .carried = owners_of(rule), .was = { &c->was_local, { 0 } } };
	if (!tree_walk(live, look_at, &l, e))
		return err_in(e, "%s", c->id);
	if (l.count)
		transaction_note(t,
			"%s: %zu local files are not carried on and stay in the displaced tree: %s%s", c->id,
			l.count, text_str(&l.left), l.count > LEFT_SHOWN ? ", ..." : "");
	return true;
}
