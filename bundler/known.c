/* known.c - see known.h. */
#include "bundler/known.h"

#include <string.h>

#include "installer/host/chosen.h"

bool known_read(
	const char *file, const char *name, struct site_application **out, struct arena *arena, struct err *e)
{
	struct chosen chosen = { .file = file };
	*out = NULL;
	if (!file)
		return true;
	if (!chosen_read(file, &chosen.site, arena, e) || !chosen_entry(&chosen, name, NULL, out, e))
		return false;
	return *out || err_set(e, ERR_REFUSED, "--site %s: it does not know the application %s", file, name);
}

void known_sources(const struct site_application *known, struct sources *to)
{
	const struct site_component *c = known->components.items;
	size_t given = to->count;
	for (size_t i = 0; i < known->components.count; i++) {
		bool have = false;
		for (size_t k = 0; k < given; k++)
			have = have || strcmp(to->items[k].id, c[i].id) == 0;
		if (!have)
			sources_add(to, c[i].id, c[i].kind, c[i].path);
	}
}
