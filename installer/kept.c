/* kept.c - see kept.h. All applications share the copies: each is locked while it is asked, so that none
 * comes to name one that is about to go.
 */
#include "installer/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "installer/keeper.h"
#include "installer/ledger.h"
#include "installer/sites.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

struct wanted {
	struct digest *items;
	size_t count;
	struct node *locked; /* other applications */
	size_t others;
};

static void end_wanted(struct wanted *w)
{
	for (size_t i = 0; i < w->others; i++)
		node_end(&w->locked[i]);
	free(w->locked);
	free(w->items);
}

static void add(struct wanted *w, const struct digest *installer)
{
	if (digest_zero(installer))
		return;
	w->items = mem_grow(w->items, w->count + 1, sizeof *w->items);
	w->items[w->count++] = *installer;
}

static bool has(const struct wanted *w, const struct digest *installer)
{
	for (size_t i = 0; i < w->count; i++)
		if (digest_equal(&w->items[i], installer))
			return true;
	return false;
}

/* The newest record, whatever became of it, and those whose restore points are there. */
static bool ask_records(struct wanted *w, const struct node *n)
{
	SCOPED(ledger_end) struct ledger l = { 0 };
	struct stored_list stored = { 0 };
	struct err ignored = { 0 };
	if (!ledger_load(n, &l, &ignored))
		return false;
	ledger_stored(&l, &stored);
	for (size_t i = 0; i < l.count; i++)
		if (i + 1 == l.count || ledger_point(&l, &stored, &l.acts[i]))
			add(w, &l.acts[i].installer);
	free(stored.items);
	return true;
}

static bool ask_other(struct wanted *w, const struct node *n, const char *application)
{
	struct cli_common common = { .root = strcmp(n->root_path, "/") == 0 ? NULL : n->root_path };
	SCOPED_TEXT char *name = mem_copy(application, strcspn(application, "@"));
	const char *at = strchr(application, '@');
	struct err ignored = { 0 };
	w->locked = mem_grow(w->locked, w->others + 1, sizeof *w->locked);
	struct node *other = &w->locked[w->others++];
	return node_open(&common, false, other, &ignored) &&
	       node_choose(other, name, at ? at + 1 : NULL, &ignored) && node_lock(other, &ignored) &&
	       ask_records(w, other);
}

static bool ask_site(struct wanted *w, const struct node *n, struct arena *arena)
{
	struct site site;
	struct err ignored = { 0 };
	if (!sites_load(n, &site, arena, &ignored))
		return false;
	const struct site_application *a = site.applications.items;
	for (size_t i = 0; i < site.applications.count; i++)
		add(w, &a[i].installer);
	return true;
}

/* False: somebody cannot be asked now. */
static bool ask_all(struct wanted *w, const struct node *n)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct json_list all;
	struct err ignored = { 0 };
	if (!ask_site(w, n, &arena) || !node_applications(n, &all, &arena, &ignored))
		return false;
	for (size_t i = 0; i < all.count; i++) {
		const char *application = ((char *const *)all.items)[i];
		bool own = strcmp(application, text_str(&n->application)) == 0;
		if (!(own ? ask_records(w, n) : ask_other(w, n, application)))
			return false;
	}
	return true;
}

static bool remove_others(int dir, const struct wanted *w, struct err *e)
{
	SCOPED(scope_dir) DIR *d = fs_dir(dir);
	if (!d)
		return err_sys(e, "read the copies of the installer");
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		struct digest copy;
		bool is = strlen(entry->d_name) == DIGEST_HEX - 1 && digest_parse(entry->d_name, &copy);
		if (is ? has(w, &copy) : strncmp(entry->d_name, ".new-", 5) != 0)
			continue;
		if (unlinkat(dir, entry->d_name, 0) < 0 && errno != ENOENT)
			return err_sys(e, "remove the copy %s of the installer", entry->d_name);
	}
	return true;
}

bool kept_sweep(const struct node *n, struct err *e)
{
	SCOPED(end_wanted) struct wanted wanted = { 0 };
	SCOPED(text_end) struct text path = { 0 };
	text_printf(&path, "%s/" KEEPER_DIR, text_str(&n->state_path));
	SCOPED_FD int dir = fs_open(n->root, text_str(&path), O_RDONLY | O_DIRECTORY, 0);
	if (dir < 0)
		return errno == ENOENT || err_sys(e, "open /%s", text_str(&path));
	if (flock(dir, LOCK_EX | LOCK_NB) < 0 || !ask_all(&wanted, n))
		return true;
	return remove_others(dir, &wanted, e);
}
