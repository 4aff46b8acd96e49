/* staged.c - see staged.h. */
#include "installer/staged.h"

#include <stdlib.h>
#include <string.h>

#include "installer/audit.h"
#include "installer/binding.h"
#include "installer/carry.h"
#include "installer/place.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

static bool same_target(struct transaction *t, const struct act_component *c, struct err *e)
{
	SCOPED(text_end) struct text live = { 0 };
	if (!place_identity(&t->node, c->target, &live, e))
		return err_in(e, "%s", c->id);
	if (strcmp(text_str(&live), c->live) != 0)
		transaction_no(t, ERR_REFUSED, "%s: what is at /%s is not what was there when it was staged",
			c->id, c->target);
	return true;
}

static bool same_tree(
	struct transaction *t, const struct act_component *c, struct progress *progress, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text paths = { 0 };
	SCOPED(audit_end) struct audit audit = { .arena = &arena, .progress = progress, .ignore = &c->local };
	if (!audit_known(&t->node, c->id, c->slot, c->next, &c->tree, &audit, e))
		return false;
	audit_text(&audit, 10, &paths);
	if (audit.count)
		transaction_no(t, ERR_REFUSED, "%s: the staged tree was altered:%s", c->id, text_str(&paths));
	return true;
}

bool staged_still_fits(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	struct progress progress;
	progress_start(&progress, "verify", 0, t->request->json);
	for (size_t i = 0; i < t->act.components.count; i++)
		if (act_moves(&c[i]) && (!same_target(t, &c[i], e) || !same_tree(t, &c[i], &progress, e)))
			return false;
	progress_end(&progress);
	if (!digest_zero(&t->act.plan) && !binding_still(t, e))
		return false;
	if (!transaction_yes(t, e))
		return false;
	for (size_t i = 0; i < t->act.components.count; i++) {
		struct carry_rule rule = carry_forward(&c[i]);
		if (act_moves(&c[i]) && *c[i].live && !carry_local(&t->node, &c[i], &rule, e))
			return err_in(e, "%s", c[i].id);
	}
	return true;
}
