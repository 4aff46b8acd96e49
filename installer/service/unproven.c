/* unproven.c - see unproven.h. */
#include "installer/service/unproven.h"

#include <string.h>

#include "installer/service/living.h"

static bool named(const struct cli_many *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], id) == 0)
			return true;
	return false;
}

/* The canary had this very version beside the release. */
static bool proven_with(const struct manifest *m, const struct part *p)
{
	const struct companion *c = m->with.items;
	for (size_t i = 0; i < m->with.count; i++)
		if (strcmp(c[i].id, p->id) == 0 && strcmp(c[i].version, p->version) == 0)
			return true;
	return false;
}

bool ask_others_here(struct transaction *t, struct err *e)
{
	const struct part *p = t->living ? t->living->inv.components.items : NULL;
	const struct act_component *core = act_component(&t->act, "core");
	(void)e;
	for (size_t i = 0; p && core && act_moves(core) && i < t->living->inv.components.count; i++) {
		if (strcmp(p[i].kind, "plugin") != 0 || manifest_component(&t->bundle.manifest, p[i].id) ||
			proven_with(&t->bundle.manifest, &p[i]))
			continue;
		if (named(&t->request->unproven, p[i].id))
			transaction_note(t, "%s %s stays, unproven with this release", p[i].id, p[i].version);
		else
			transaction_no(t, ERR_REFUSED,
				"%s %s is here (%s), the bundle does not carry it and was not proven with it; it wants a host %s (--accept-unproven %s)",
				p[i].id, p[i].version, p[i].path, *p[i].host ? p[i].host : "of any version",
				p[i].id);
	}
	return true;
}
