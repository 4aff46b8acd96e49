/* select.c - the beginnings that commands share; see commands.h. */
#include <string.h>

#include "installer/commands.h"
#include "installer/sites.h"
#include "installer/trust.h"

#define AT(member) offsetof(struct cli_common, member)
const struct cli_option common_options[] = {
	{ "public", "FILE...", "a public key that counts, for a node without keys of its own", AT(publics) },
	{ "root", "DIR", "all paths are inside DIR; no service is touched", AT(root) },
	{ "name", "NAME", "the application", AT(name) },
	{ "instance", "NAME", "which of several of one application", AT(instance) },
	{ "json", NULL, "one JSON document on standard output", AT(json) },
	{ 0 },
};
#undef AT

#define AT(member) offsetof(struct select_args, member)
#define SELECT_ROWS                                                                                          \
	{ "target", "ID=DIR...", "where a component goes", AT(targets) },                                    \
		{ "volume-dir", "DIR...", "more places where volumes of the bundle are", AT(volume_dirs) },  \
		{ "add", "ID...", "install this component too, at its usual place", AT(adds) },              \
		{ "only", "ID...", "this component and no other", AT(only) },                                \
		{ "without", "ID...", "all but this component", AT(without) },                               \
		{ "accept-downgrade", NULL, "go below what was installed here before",                       \
			AT(accept_downgrade) },                                                              \
		{ "accept-unvalidated", NULL, "take a release that no canary has proven",                    \
			AT(accept_unvalidated) },                                                            \
		{ "accept-unproven", "ID...", "a plugin of this node that the release was not proven with",  \
			AT(unproven) },                                                                      \
		{ "end-orphans", NULL, "end a process that is not the service's and holds its port",         \
			AT(end_orphans) },                                                                   \
	{                                                                                                    \
		"retry", NULL, "take a release that failed here before", AT(retry)                           \
	}
const struct cli_option plan_options[] = {
	SELECT_ROWS,
	{ "output", "FILE", "write the plan to a file that `apply --plan` holds the node to", AT(output) },
	{ 0 },
};
const struct cli_option stage_options[] = {
	SELECT_ROWS,
	{ "plan", "FILE", "an approved plan: refuse if the node is another by now", AT(plan) },
	{ "discard", NULL, "give up what is staged", AT(discard) },
	{ 0 },
};
const struct cli_option apply_options[] = {
	SELECT_ROWS,
	{ "plan", "FILE", "an approved plan: refuse if the node is another by now", AT(plan) },
	{ "yes", NULL, "do not ask", AT(yes) },
	{ 0 },
};
#undef AT

struct request select_request(const struct select_args *a, const char *bundle)
{
	return (struct request){
		.bundle = bundle,
		.publics = a->common.publics,
		.volume_dirs = a->volume_dirs,
		.targets = a->targets,
		.only = a->only,
		.adds = a->adds,
		.without = a->without,
		.accept_downgrade = a->accept_downgrade,
		.accept_unvalidated = a->accept_unvalidated,
		.unproven = a->unproven,
		.end_orphans = a->end_orphans,
		.retry = a->retry,
		.plan = a->plan,
		.json = a->common.json,
	};
}

/* The bundle is opened to learn its application's name, once; the same open file is used ever after. */
bool select_begin(
	struct transaction *t, const struct cli_common *common, bool make, const char *command, struct err *e)
{
	struct verified_by by;
	return node_open(common, make, &t->node, e) &&
	       trust_open(&t->node, &common->publics, t->request->bundle, &t->request->volume_dirs, command,
		       &t->bundle, &by, e) &&
	       node_choose(
		       &t->node, common->name ? common->name : t->bundle.manifest.name, common->instance, e);
}

bool look_begin(struct transaction *t, const struct cli_common *common, struct err *e)
{
	if (!node_open(common, false, &t->node, e) ||
		!node_choose(&t->node, common->name, common->instance, e) ||
		!ledger_load(&t->node, &t->ledger, e) || !sites_load(&t->node, &t->site, &t->arena, e))
		return false;
	ledger_stored(&t->ledger, &t->stored);
	return true;
}

bool change_begin(struct transaction *t, const struct cli_common *common, uint64_t *recovered, struct err *e)
{
	return node_open(common, false, &t->node, e) &&
	       node_choose(&t->node, common->name, common->instance, e) &&
	       (t->node.state >= 0 ||
		       err_set(e, ERR_REFUSED, "nothing was installed here by waybill as \"%s\"",
			       text_str(&t->node.application))) &&
	       transaction_begin(t, recovered, e);
}
