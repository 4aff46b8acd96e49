/* trust.c - see trust.h. */
#include "installer/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "installer/own.h"
#include "installer/sticks.h"
#include "keys/ring.h"
#include "keys/seal.h"
#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"

#define KEY_FILE_MAX ((size_t)4096)

static bool add_own(struct keyring *ring, int keys, const char *name, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	size_t len = strlen(name);
	if (name[0] == '.' || len < 4 || strcmp(name + len - 4, ".pub") != 0)
		return true;
	return private_read(keys, name, KEY_FILE_MAX, &text, e) &&
	       ring_add(ring, text_str(&text), text.len, name, e);
}

/* The keys in /etc/waybill/keys, which nobody else may be able to write. */
static bool load_own(const struct node *n, struct keyring *ring, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	text_printf(&path, "%s/keys", text_str(&n->config_path));
	SCOPED_FD int keys = fs_open(n->root, text_str(&path), O_RDONLY | O_DIRECTORY, 0);
	if (keys < 0)
		return errno == ENOENT || err_sys(e, "open /%s", text_str(&path));
	if (!private_check(keys, text_str(&path), e))
		return false;
	SCOPED(scope_dir) DIR *d = fs_dir(keys);
	if (!d)
		return err_sys(e, "read /%s", text_str(&path));
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;)
		if (!add_own(ring, keys, entry->d_name, e))
			return err_in(e, "/%s", text_str(&path));
	return true;
}

static bool no_key(const struct node *n, const struct bundle *b, const char *command, struct err *e)
{
	SCOPED(text_end) struct text who = { 0 }, root = { 0 };
	const struct container *c = &b->container;
	for (size_t i = 0; i < c->signed_by; i++) {
		struct signature s;
		if (!seal_signature(c, i, &s, e))
			return false;
		text_printf(&who, "%s%s", i ? ", " : "", c->signatures[i].keyid);
	}
	node_options(n, &root);
	if (c->signed_by == 0)
		return err_set(
			e, ERR_UNTRUSTED, "%s is not signed, and this node trusts no key yet", c->name);
	return err_set(e, ERR_UNTRUSTED,
		"%s says it is signed by key %s, but this node trusts no key yet.\n"
		"If that is your canary's key, type:\n  waybill-install %s %s %s--public FILE-WITH-THAT-KEY",
		c->name, text_str(&who), command, c->name, text_str(&root));
}

static bool load_ring(
	const struct node *n, const struct cli_many *publics, struct keyring *ring, struct err *e)
{
	if (!load_own(n, ring, e))
		return false;
	if (ring->count && publics->count)
		return err_set(e, ERR_USAGE,
			"--public is for nodes without keys of their own; /%s/keys has %zu",
			text_str(&n->config_path), ring->count);
	for (size_t i = 0; i < publics->count; i++)
		if (!ring_add_file(ring, publics->items[i], e))
			return false;
	return true;
}

bool trust_open(const struct node *n, const struct cli_many *publics, const char *path,
	const struct cli_many *dirs, const char *command, struct bundle *out, struct verified_by *by,
	struct err *e)
{
	SCOPED(ring_end) struct keyring ring = { 0 };
	struct trusted text;
	if (!load_ring(n, publics, &ring, e))
		return false;
	if (!(own_is(path) ? own_open(out, e) : bundle_open(path, dirs, out, e)))
		return false;
	if (ring.count == 0)
		return no_key(n, out, command, e);
	return seal_check(&out->container, &ring, &text, by, e) && bundle_believe(out, text, e) &&
	       sticks_ask(out->medium, e);
}
