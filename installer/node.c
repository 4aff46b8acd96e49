/* node.c - see node.h. */
#include "installer/node.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "installer/resolve.h"
#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define TRIES     5 /* for the lock */

static bool make_root(const char *path, struct err *e)
{
	SCOPED_FD int from = open(path[0] == '/' ? "/" : ".", DIR_FLAGS);
	SCOPED_FD int made = -1;
	SCOPED(text_end) struct text plain = { 0 };
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		if (len && !(len == 1 && p[0] == '.')) {
			text_puts(&plain, plain.len ? "/" : "");
			text_add(&plain, p, len);
		}
		p += len + (p[len] == '/');
	}
	return fs_make_dirs(from, text_str(&plain), &made, NULL, e) || err_in(e, "make --root %s", path);
}

/* An ordinary user's places follow the XDG base directory specification; root's and --root's are fixed. */
static void choose_places(struct node *n, bool own)
{
	const char *home = getenv("HOME"), *state = getenv("XDG_STATE_HOME"),
		   *config = getenv("XDG_CONFIG_HOME");
	if (!own || !home || home[0] != '/') {
		text_puts(&n->state_path, "/var/lib/waybill");
		text_puts(&n->config_path, "/etc/waybill");
		return;
	}
	if (state && state[0] == '/')
		text_printf(&n->state_path, "%s/waybill", state);
	else
		text_printf(&n->state_path, "%s/.local/state/waybill", home);
	if (config && config[0] == '/')
		text_printf(&n->config_path, "%s/waybill", config);
	else
		text_printf(&n->config_path, "%s/.config/waybill", home);
}

static bool resolve_place(const struct node *n, struct text *path, struct err *e)
{
	SCOPED(text_end) struct text real = { 0 };
	bool there;
	if (!resolve_path(n->root, text_str(path), &real, &there, e))
		return false;
	text_clear(path);
	text_puts(path, text_str(&real));
	return true;
}

bool node_open(const struct cli_common *common, bool make, struct node *out, struct err *e)
{
	*out = (struct node){
		.root = -1, .root_path = common->root ? common->root : "/", .state = -1, .lock = -1
	};
	out->root = open(out->root_path, DIR_FLAGS);
	if (out->root < 0 && errno == ENOENT && make && make_root(out->root_path, e)) {
		out->root = open(out->root_path, DIR_FLAGS);
		out->made_root = true;
	}
	if (out->root < 0)
		return err_sys(e, "open --root %s", out->root_path);
	choose_places(out, !common->root && geteuid() != 0);
	return resolve_place(out, &out->state_path, e) && resolve_place(out, &out->config_path, e);
}

static void state_dir(const struct node *n, struct text *path)
{
	text_clear(path);
	text_printf(path, "%s/%s", text_str(&n->state_path), text_str(&n->application));
}

/* Nothing was recorded in the places that this run made: they go again, innermost first. */
static void give_back(struct node *n)
{
	SCOPED(text_end) struct text path = { 0 };
	struct err ignored = { 0 };
	if (n->lock < 0 || !n->fresh || faccessat(n->state, "acts", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return;
	state_dir(n, &path);
	unlinkat(n->state, "lock", 0);
	while (path.len > n->made) {
		SCOPED_FD int parent = -1;
		char leaf[FS_LEAF];
		if (!fs_parent(n->root, path.at, &parent, leaf, &ignored) ||
			unlinkat(parent, leaf, AT_REMOVEDIR) < 0)
			return;
		char *slash = strrchr(path.at, '/');
		path.len = slash ? (size_t)(slash - path.at) : 0;
		path.at[path.len] = '\0';
	}
}

void node_end(struct node *n)
{
	give_back(n);
	if (n->made_root)
		rmdir(n->root_path); /* stays where anything is in it */
	scope_close(&n->lock);
	scope_close(&n->state);
	scope_close(&n->root);
	text_end(&n->state_path);
	text_end(&n->config_path);
	text_end(&n->application);
	text_end(&n->name);
	text_end(&n->instance);
}

static bool application_dir(const char *name)
{
	return id_plain(name) && strcmp(name, "installer") != 0;
}

bool node_applications(const struct node *n, struct json_list *out, struct arena *arena, struct err *e)
{
	SCOPED_FD int fd = fs_open(n->root, text_str(&n->state_path), DIR_FLAGS, 0);
	SCOPED(scope_dir) DIR *d = fd < 0 ? NULL : fs_dir(fd);
	char **names = NULL;
	*out = (struct json_list){ NULL, 0 };
	if (!d)
		return errno == ENOENT || err_sys(e, "open the records in %s", text_str(&n->state_path));
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		if (!application_dir(entry->d_name))
			continue;
		names = mem_grow(names, out->count + 1, sizeof *names);
		names[out->count++] = arena_str(arena, entry->d_name);
	}
	out->items = arena_copy(arena, (char *)names, out->count * sizeof *names);
	free(names);
	return true;
}

/* The only application with records here. */
static bool only_one(struct node *n, struct text *found, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct json_list all;
	if (!node_applications(n, &all, &arena, e))
		return false;
	char *const *names = all.items;
	for (size_t i = 0; i < all.count; i++)
		text_printf(found, "%s%s", i ? ", " : "", names[i]);
	if (all.count == 0)
		return err_set(e, ERR_REFUSED,
			"nothing was installed here by waybill (no records in /%s of %s)",
			text_str(&n->state_path), n->root_path);
	return all.count == 1 ||
	       err_set(e, ERR_USAGE,
		       "several applications are here: %s; say which with --name and --instance",
		       text_str(found));
}

/* The place of an application's records, and the one above it: in that lie the copies of the installer. */
static bool check_state(const struct node *n, const char *path, struct err *e)
{
	SCOPED_FD int above = fs_open(n->root, text_str(&n->state_path), DIR_FLAGS, 0);
	if (above < 0)
		return err_sys(e, "open /%s", text_str(&n->state_path));
	return private_check(above, text_str(&n->state_path), e) && private_check(n->state, path, e);
}

static bool open_state(struct node *n, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	state_dir(n, &path);
	n->state = fs_open(n->root, text_str(&path), DIR_FLAGS, 0);
	if (n->state < 0 && errno != ENOENT)
		return err_sys(e, "open the records in %s", text_str(&path));
	return n->state < 0 || check_state(n, text_str(&path), e);
}

bool node_choose(struct node *n, const char *name, const char *instance, struct err *e)
{
	SCOPED(text_end) struct text found = { 0 };
	if (name && !application_plain(name))
		return err_set(e, ERR_USAGE, "--name %s: not an application name", name);
	if (instance && (!id_plain(instance) || strchr(instance, '@')))
		return err_set(e, ERR_USAGE, "--instance %s: not an instance name", instance);
	if (name)
		text_printf(&found, "%s%s%s", name, instance ? "@" : "", instance ? instance : "");
	else if (instance)
		return err_set(e, ERR_USAGE, "--instance needs --name");
	else if (!only_one(n, &found, e))
		return false;
	const char *at = strchr(text_str(&found), '@');
	text_puts(&n->application, text_str(&found));
	text_add(&n->name, text_str(&found), at ? (size_t)(at - text_str(&found)) : found.len);
	text_puts(&n->instance, at ? at + 1 : "");
	return open_state(n, e);
}

static bool make_state(struct node *n, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	if (n->state >= 0)
		return true;
	state_dir(n, &path);
	if (!fs_make_dirs(n->root, text_str(&path), &n->state, &n->made, e))
		return err_in(e, "make the place for records");
	n->fresh = n->made < path.len;
	return check_state(n, text_str(&path), e);
}

/* The lock is held on the file that has the name, not on one that a refused run has taken away. */
static bool still_there(const struct node *n, int fd)
{
	struct stat held, named;
	return fstat(fd, &held) == 0 && fstatat(n->state, "lock", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/* Who only looks whether somebody is at work (node_busy) has the lock for an instant. */
static bool take(int fd)
{
	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK)
			return false;
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

bool node_busy(const struct node *n)
{
	SCOPED_FD int fd = n->state < 0 ? -1 : openat(n->state, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && n->lock < 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool node_lock(struct node *n, struct err *e)
{
	if (n->lock >= 0)
		return true;
	if (!make_state(n, e))
		return false;
	SCOPED_FD int fd = openat(n->state, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "open the lock of %s", text_str(&n->application));
	if (!take(fd))
		return errno == EWOULDBLOCK
			       ? err_set(e, ERR_REFUSED, "another waybill-install is at work on %s",
					 text_str(&n->application))
			       : err_sys(e, "lock %s", text_str(&n->application));
	if (!still_there(n, fd))
		return err_set(e, ERR_REFUSED, "another waybill-install has just ended on %s; again, please",
			text_str(&n->application));
	n->lock = fd_take(&fd);
	return true;
}

bool node_try_lock(struct node *n, bool *busy, struct err *e)
{
	*busy = false;
	if (n->state < 0 || faccessat(n->state, ".", W_OK, AT_EACCESS) < 0)
		return true;
	struct err why = { 0 };
	if (node_lock(n, &why))
		return true;
	*busy = why.kind == ERR_REFUSED;
	return *busy || err_set(e, why.kind, "%s", why.text);
}

/* The word as a shell takes it. */
static void quote(const char *word, struct text *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-@=:,";
	if (*word && strspn(word, plain) == strlen(word)) {
		text_puts(out, word);
		return;
	}
	text_byte(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			text_puts(out, "'\\''");
		else
			text_byte(out, *word);
	text_byte(out, '\'');
}

void node_options(const struct node *n, struct text *out)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct err ignored = { 0 };
	struct json_list all = { 0 };
	if (strcmp(n->root_path, "/") != 0) {
		text_puts(out, "--root ");
		quote(n->root_path, out);
		text_byte(out, ' ');
	}
	if (!n->name.len || !node_applications(n, &all, &arena, &ignored) || all.count < 2)
		return;
	text_printf(out, "--name %s ", text_str(&n->name));
	if (n->instance.len)
		text_printf(out, "--instance %s ", text_str(&n->instance));
}
