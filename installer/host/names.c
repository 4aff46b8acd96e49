/* names.c - what was loaded or running, by name: what was there before is there again. */
#include <string.h>

#include "installer/host/collect.h"
#include "installer/host/expect.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"

/* Without a command of its own: the units that are active, and their ports. */
static void own_names(struct health *x, struct json_list *out)
{
	const struct gate_unit *u = x->facts.units.items;
	const struct gate_sample *samples = u->samples.items;
	const struct gate_listener *l = x->facts.listeners.items;
	if (u->samples.count && strcmp(samples[u->samples.count - 1].active, "active") == 0)
		texts_add(out, arena_printf(&x->h->arena, "unit %s", u->name), &x->h->arena);
	for (size_t i = 0; i < x->facts.listeners.count; i++)
		if (*u->cgroup && strcmp(l[i].cgroup, u->cgroup) == 0)
			texts_add(out, arena_printf(&x->h->arena, "port %llu", (unsigned long long)l[i].port),
				&x->h->arena);
}

static void find_names(
	struct health *x, const struct gate *g, struct gate_output *output, struct json_list *out)
{
	struct jsonview *top = NULL;
	struct err ignored = { 0 };
	*out = (struct json_list){ NULL, 0 };
	if (g->argv.count == 0) {
		own_names(x, out);
		return;
	}
	if (output->at == 0 || !output->there)
		health_run(x, g, output);
	if (output->there)
		expect_document(output->text, output->len, &top);
	for (size_t i = 0; top && i < g->expect.count; i++)
		if (!expect_collect(((char *const *)g->expect.items)[i], top, out, &x->h->arena, &ignored))
			break;
	jsonview_close(&top);
}

void health_compare(struct health *x, const struct health_wish *wish, size_t number)
{
	const struct gate *g = (const struct gate *)x->gates.items + number;
	const struct health_list *before = wish->baseline->items;
	struct gate_own *own = &x->facts.own[number];
	own->lists = (struct gate_lists){ .at = health_moment() };
	own->output.at = 0;
	find_names(x, g, &own->output, &own->lists.now);
	for (size_t i = 0; i < wish->baseline->count; i++)
		if (strcmp(before[i].gate, g->name) == 0) {
			own->lists.known = g->argv.count == 0 || own->output.there;
			own->lists.before = before[i].items;
		}
}

/* For a later asking: what every no-worse gate of the profile finds now. */
void health_list_names(struct health *x, struct json_list *lists)
{
	const struct profile_gate *g = x->h->profile.gates.items;
	*lists = (struct json_list){ NULL, 0 };
	for (size_t i = 0; i < x->h->profile.gates.count; i++) {
		if (strcmp(g[i].kind, NO_WORSE) != 0)
			continue;
		struct gate gate = { .name = g[i].name,
			.argv = g[i].argv,
			.expect = g[i].expect,
			.patience = g[i].deadline ? g[i].deadline : GATE_DEADLINE };
		struct gate_output output = { 0 };
		struct health_list *to = list_add(lists, sizeof *to, &x->h->arena);
		to->gate = g[i].name;
		find_names(x, &gate, &output, &to->items);
	}
}
