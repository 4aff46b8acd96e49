/* sites.c - see sites.h. */
#include "installer/sites.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "installer/host/chosen.h"
#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"

bool sites_load(const struct node *n, struct site *out, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED_FD int dir = fs_open(n->root, text_str(&n->config_path), O_RDONLY | O_DIRECTORY, 0);
	struct err why = { 0 };
	*out = (struct site){ 0 };
	if (dir < 0)
		return errno == ENOENT || err_sys(e, "open /%s", text_str(&n->config_path));
	if (!private_check(dir, text_str(&n->config_path), e))
		return false;
	if (!private_read(dir, SITE_FILE, SITE_MAX, &text, &why)) {
		if (why.sys == ENOENT)
			return true;
		*e = why;
		return err_in(e, "/%s", text_str(&n->config_path));
	}
	return site_read(text_str(&text), text.len, out, arena, e) ||
	       err_in(e, "/%s/" SITE_FILE, text_str(&n->config_path));
}

bool sites_save(const struct node *n, const struct site *s, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED_FD int dir = -1;
	if (!fs_make_dirs(n->root, text_str(&n->config_path), &dir, NULL, e))
		return false;
	if (s->applications.count) {
		site_write(s, &text);
		return fs_replace(dir, SITE_FILE, text.at, text.len, 0644, e);
	}
	if (unlinkat(dir, SITE_FILE, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove " SITE_FILE);
	return fs_flush_dir(dir, e);
}

bool site_own(const struct cli_common *common, struct site *out, const char **file, struct arena *arena,
	struct err *e)
{
	SCOPED(node_end) struct node n = { .root = -1, .state = -1, .lock = -1 };
	*file = "";
	if (!node_open(common, false, &n, e) || !sites_load(&n, out, arena, e))
		return false;
	if (out->applications.count)
		*file = arena_printf(arena, "/%s/" SITE_FILE, text_str(&n.config_path));
	return true;
}
