/* package.c - see package.h. A package.json that cannot be read is no failure: the tree is captured bit for
 * bit anyway. */
#include "manifest/package.h"

#include <stddef.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/json.h"

#define PACKAGE_MAX ((size_t)1024 * 1024)

struct facts {
	char *name, *version;
};

static const struct json_field fields[] = {
	{ "name", JSON_TEXT, offsetof(struct facts, name), true, NULL },
	{ "version", JSON_TEXT, offsetof(struct facts, version), true, NULL },
};
static const struct json_shape shape = { fields, COUNT_OF(fields), sizeof(struct facts) };

void package_facts(int dir, struct arena *arena, char **name, char **version)
{
	SCOPED(text_end) struct text text = { 0 };
	struct err ignored = { 0 };
	struct facts facts = { 0 };
	static char nothing[] = "";
	*name = *version = nothing;
	if (!fs_read(dir, "package.json", PACKAGE_MAX, &text, &ignored))
		return;
	if (!json_peek(&shape, text_str(&text), text.len, &facts, arena, &ignored))
		return;
	*name = facts.name;
	*version = facts.version;
}
