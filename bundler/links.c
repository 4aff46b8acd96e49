/* links.c - see links.h. */
#include "bundler/links.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"

/* The real path that the link leads to; NULL if it leads nowhere. */
static char *leads_to(const struct source *here, const char *path)
{
	SCOPED(text_end) struct text full = { 0 };
	text_printf(&full, "%s/%s", here->real, path);
	return realpath(text_str(&full), NULL);
}

/* The component whose tree holds `real`, and the rest of the path in it. */
static const struct source *holder(const struct sources *all, const char *real, const char **rest)
{
	for (size_t i = 0; i < all->count; i++) {
		size_t len = strlen(all->items[i].real);
		if (strncmp(real, all->items[i].real, len) != 0 || (real[len] != '/' && real[len] != '\0'))
			continue;
		*rest = real + len;
		return &all->items[i];
	}
	return NULL;
}

const char *link_classify(const struct sources *all, const struct source *here, const char *path,
	struct text *target, struct entry *row)
{
	const char *rest = NULL, *why = NULL;
	if (!utf8_plain(text_str(target), target->len))
		return "its target is not UTF-8 without control characters";
	row->kind = ENTRY_LINK;
	row->target = text_str(target);
	if (target->len <= PATH_MAX_LEN && link_stays(path, row->target))
		return NULL;
	SCOPED_TEXT char *real = leads_to(here, path);
	const struct source *there = real ? holder(all, real, &rest) : NULL;
	if (!real)
		return "a link that leads nowhere and out of its component";
	if (!there)
		return "a link that leads out of every captured component";
	text_clear(target);
	text_printf(target, "%s%s", there->id, rest);
	row->kind = ENTRY_REFERENCE;
	row->target = text_str(target);
	return path_plain(row->target, &why) ? NULL : "a link to a path that cannot travel";
}
