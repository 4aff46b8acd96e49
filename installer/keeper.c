/* keeper.c - see keeper.h. */
#include "installer/keeper.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define INSTALLER_MAX ((size_t)64 * 1024 * 1024)

static bool read_self(struct text *bytes, struct digest *digest, struct err *e)
{
	if (!fs_read_path("/proc/self/exe", INSTALLER_MAX, bytes, e))
		return err_in(e, "copy this installer");
	*digest = digest_of(bytes->at, bytes->len);
	return true;
}

/* True if the file there is the whole copy. */
static bool is_there(int dir, const char *name, const struct digest *digest)
{
	SCOPED(text_end) struct text bytes = { 0 };
	struct err ignored = { 0 };
	if (!fs_read(dir, name, INSTALLER_MAX, &bytes, &ignored))
		return false;
	struct digest there = digest_of(bytes.at, bytes.len);
	return digest_equal(&there, digest);
}

bool keeper_keep(const struct node *n, struct digest *digest, bool *fresh, struct err *e)
{
	SCOPED(text_end) struct text bytes = { 0 };
	SCOPED(text_end) struct text path = { 0 };
	SCOPED_FD int dir = -1;
	char hex[DIGEST_HEX];
	if (!read_self(&bytes, digest, e))
		return false;
	digest_hex(digest, hex);
	text_printf(&path, "%s/" KEEPER_DIR, text_str(&n->state_path));
	if (!fs_make_dirs(n->root, text_str(&path), &dir, NULL, e))
		return err_in(e, "copy this installer to /%s", text_str(&path));
	bool there = is_there(dir, hex, digest);
	if (fresh)
		*fresh = !there;
	return there || fs_replace(dir, hex, bytes.at, bytes.len, 0755, e) ||
	       err_in(e, "copy this installer to /%s", text_str(&path));
}

void keeper_path(const struct node *n, const struct digest *digest, struct text *out)
{
	char hex[DIGEST_HEX];
	digest_hex(digest, hex);
	text_printf(out, "/%s/" KEEPER_DIR "/%s", text_str(&n->state_path), hex);
}

void keeper_become(const struct node *n, const struct digest *digest, char *const *argv)
{
	SCOPED(text_end) struct text bytes = { 0 };
	SCOPED(text_end) struct text path = { 0 };
	struct digest self;
	struct err ignored = { 0 };
	char hex[DIGEST_HEX];
	digest_hex(digest, hex);
	text_printf(&path, "%s/" KEEPER_DIR, text_str(&n->state_path));
	SCOPED_FD int dir = fs_open(n->root, text_str(&path), O_RDONLY | O_DIRECTORY, 0);
	if (digest_zero(digest) || dir < 0 || !read_self(&bytes, &self, &ignored) ||
		digest_equal(&self, digest) || !is_there(dir, hex, digest))
		return;
	SCOPED_FD int program = fs_open(dir, hex, O_RDONLY, 0);
	if (program >= 0)
		fexecve(program, argv, environ);
}
