/* gates_command.c - gates: is what runs here healthy; the evidence file for capture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/host/chosen.h"
#include "installer/host/commands.h"
#include "installer/host/health.h"
#include "installer/host/proof.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/listing.h"

#define SOAK_MAX 86400

struct gates_args {
	struct cli_common common;
	const char *profile, *site, *soak, *baseline, *output;
	struct cli_many units;
};

#define AT(member) offsetof(struct gates_args, member)
static const struct cli_option options[] = {
	{ "profile", "NAME|FILE", "what to look for (else: what the site says, or openclaw)", AT(profile) },
	{ "site", "FILE", "a site file whose word counts", AT(site) },
	{ "unit", "NAME...", "one more unit that may run it", AT(units) },
	{ "soak", "SECONDS", "no gate passes before", AT(soak) },
	{ "baseline", "FILE", "evidence from before: what was there then must be there again", AT(baseline) },
	{ "output", "FILE", "write the evidence to a file, for `waybill capture --evidence`", AT(output) },
	{ 0 },
};
#undef AT

static void print(const struct proof *p)
{
	const struct gate_result *g = p->evidence->gates.items;
	for (size_t i = 0; i < p->evidence->gates.count; i++) {
		printf("  %-9s %-9s %s (%s)\n", g[i].verdict, g[i].required ? "" : "advisory", g[i].name,
			g[i].kind);
		for (size_t k = 0; k < g[i].seen.count; k++)
			printf("            %s\n", ((char *const *)g[i].seen.items)[k]);
	}
	printf("%s %s: %s\n", p->application, p->version, p->evidence->verdict);
}

static bool write_proof(const struct proof *p, const char *path, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	json_write(&proof_shape, p, &text);
	return fs_create_path(path, text.at, text.len, 0644, e) || err_in(e, "--output");
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct gates_args *a = args;
	struct json_list units = { (void *)(uintptr_t)a->units.items, a->units.count };
	struct chosen chosen;
	struct health_wish health = { .silent = a->common.json };
	struct proof before;
	struct json_list lists;
	SCOPED(host_end) struct host h = { .root = -1 };
	struct inventory inv;
	struct evidence evidence;
	struct proof proof;
	(void)operands;
	(void)count;
	if (a->soak && (!listing_number(a->soak, &health.soak) || health.soak > SOAK_MAX))
		return err_set(e, ERR_USAGE, "--soak %s: expected seconds, at most %d", a->soak, SOAK_MAX);
	if (!chosen_begin(&h, &a->common, a->profile, a->site, &chosen, e))
		return false;
	struct inventory_wish wish = { .units = &units, .site_file = chosen.file, .site = chosen.entry };
	site_gates(&h, chosen.entry);
	if (a->baseline) {
		if (!proof_read(a->baseline, &before, &h.arena, e))
			return err_in(e, "--baseline");
		health.baseline = &before.lists;
	}
	inventory_make(&h, &wish, &inv);
	if (!health_ask(&h, &inv, &health, &evidence, &lists, e) ||
		!proof_make(&h, &inv, &evidence, &proof, e))
		return false;
	proof.lists = lists;
	if (a->output && !write_proof(&proof, a->output, e))
		return false;
	if (a->common.json)
		json_print(&proof_shape, &proof);
	else
		print(&proof);
	e->told = true;
	return strcmp(evidence.verdict, EVIDENCE_PASSED) == 0 ||
	       err_set(e, ERR_DIFFERS, "a required gate is red");
}

const struct cli_command command_gates = { "gates", "", "is the service healthy: what was seen, rule by rule",
	options, common_options, sizeof(struct gates_args), 0, 0, run };
