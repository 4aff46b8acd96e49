/* resolve.c - see resolve.h. One name at a time, every directory opened without following links. */
#include "installer/resolve.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"
#include "manifest/base/tree.h"
#include "manifest/path.h"

#define LINKS_MAX 40
#define WHO_ELSE  (S_IWGRP | S_IWOTH)

struct walk {
	int root;
	struct text *real; /* so far, without a leading "/" */
	struct text rest;  /* still to walk */
	unsigned links;
};

static void end_walk(struct walk *w)
{
	text_end(&w->rest);
}

static void up(struct text *real)
{
	char *slash = real->len ? strrchr(real->at, '/') : NULL;
	real->len = slash ? (size_t)(slash - real->at) : 0;
	if (real->at)
		real->at[real->len] = '\0';
}

/* Cuts the next name off the rest; false at the end. */
static bool next_name(struct walk *w, struct text *name)
{
	const char *at = text_str(&w->rest);
	at += strspn(at, "/");
	size_t len = strcspn(at, "/");
	text_clear(name);
	text_add(name, at, len);
	SCOPED_TEXT char *rest = mem_copy(at + len, strlen(at + len));
	text_clear(&w->rest);
	text_puts(&w->rest, rest);
	return len > 0;
}

static bool follow(struct walk *w, int dir, const char *name, const struct stat *link, struct err *e)
{
	SCOPED(text_end) struct text target = { 0 };
	struct stat st;
	if (fstat(dir, &st) < 0)
		return err_sys(e, "look at %s", text_str(w->real));
	if (!private_owner(&st) || !private_owner(link) || (st.st_mode & WHO_ELSE))
		return err_set(e, ERR_REFUSED,
			"/%s/%s is a link that others can change (directory owner %u, mode %04o)",
			text_str(w->real), name, st.st_uid, st.st_mode & 07777);
	if (++w->links > LINKS_MAX)
		return err_set(e, ERR_REFUSED, "/%s/%s: too many links", text_str(w->real), name);
	if (!tree_link(dir, name, &target, e))
		return false;
	text_printf(&target, "/%s", text_str(&w->rest));
	if (text_str(&target)[0] == '/')
		text_clear(w->real);
	text_clear(&w->rest);
	text_puts(&w->rest, text_str(&target));
	return true;
}

static bool step(struct walk *w, const char *name, bool *there, struct err *e)
{
	struct stat st;
	bool absent = !*there;
	SCOPED_FD int dir =
		absent ? -1
		       : fs_open(w->root, w->real->len ? text_str(w->real) : ".", O_RDONLY | O_DIRECTORY, 0);
	if (!absent && dir < 0)
		return err_sys(e, "open /%s", text_str(w->real));
	if (!absent && fs_stat(dir, name, &st, &absent, e) && S_ISLNK(st.st_mode))
		return follow(w, dir, name, &st, e);
	if (e->kind != ERR_NONE)
		return false;
	*there = !absent;
	text_printf(w->real, "%s%s", w->real->len ? "/" : "", name);
	return true;
}

bool resolve_path(int root, const char *path, struct text *real, bool *there, struct err *e)
{
	SCOPED(end_walk) struct walk w = { .root = root, .real = real };
	SCOPED(text_end) struct text name = { 0 };
	if (!utf8_plain(path, strlen(path)) || strlen(path) >= PATH_MAX - PATH_MAX_LEN)
		return err_set(e, ERR_USAGE,
			"the path %.200s is too long or not UTF-8 without control characters", path);
	text_clear(real);
	text_puts(&w.rest, path);
	*there = true;
	while (next_name(&w, &name)) {
		if (strcmp(text_str(&name), ".") == 0)
			continue;
		if (strcmp(text_str(&name), "..") == 0)
			up(real);
		else if (!step(&w, text_str(&name), there, e))
			return err_in(e, "resolve %s", path);
	}
	if (real->len == 0)
		text_puts(real, ".");
	return true;
}
