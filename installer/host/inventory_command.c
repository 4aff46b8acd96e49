/* inventory_command.c - inventory: what is installed here, and what really runs. */
#include "installer/host/chosen.h"
#include "installer/host/commands.h"
#include "installer/host/inventory.h"
#include "manifest/base/scope.h"

struct inventory_args {
	struct cli_common common;
	const char *profile, *site;
	struct cli_many units;
	bool probe;
};

#define AT(member) offsetof(struct inventory_args, member)
static const struct cli_option options[] = {
	{ "profile", "NAME|FILE", "what to look for (else: what the site says, or openclaw)", AT(profile) },
	{ "site", "FILE", "a site file whose word counts; where it differs is said", AT(site) },
	{ "unit", "NAME...", "one more unit that may run it", AT(units) },
	{ "probe", NULL,
		"also run the application's own commands: slow, and new OpenClaw versions write when they start",
		AT(probe) },
	{ 0 },
};
#undef AT

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct inventory_args *a = args;
	struct json_list units = { (void *)(uintptr_t)a->units.items, a->units.count };
	struct chosen chosen;
	SCOPED(host_end) struct host h = { .root = -1 };
	struct inventory inv;
	(void)operands;
	(void)count;
	if (!chosen_begin(&h, &a->common, a->profile, a->site, &chosen, e))
		return false;
	struct inventory_wish wish = {
		.units = &units, .probe = a->probe, .site_file = chosen.file, .site = chosen.entry
	};
	inventory_make(&h, &wish, &inv);
	if (!inventory_redact(&h, &inv, e))
		return false;
	if (a->common.json)
		json_print(&inventory_document, &inv);
	else
		inventory_print(&inv);
	return true;
}

const struct cli_command command_inventory = { "inventory", "",
	"what of the application is here, and which copy really runs", options, common_options,
	sizeof(struct inventory_args), 0, 0, run };
