/* judging.c - see judging.h. */
#include "installer/service/judging.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "installer/host/gate.h"
#include "installer/host/health.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/interrupt.h"
#include "installer/service/command.h"
#include "installer/service/gate_lines.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/manifest.h"

uint64_t judging_ticks(void)
{
	struct timespec up;
	uint64_t rate = (uint64_t)sysconf(_SC_CLK_TCK);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (uint64_t)up.tv_sec * rate + (uint64_t)up.tv_nsec * rate / 1000000000;
}

/* Only the act's own units are looked at, whatever the profile's patterns would find. */
static void only_units(struct host *h, const struct act *a)
{
	const struct act_unit *u = a->units.items;
	struct json_list names = { NULL, 0 };
	for (size_t i = 0; i < a->units.count; i++)
		if (strcmp(u[i].role, UNIT_SERVICE) == 0)
			texts_add(&names, u[i].name, &h->arena);
	h->profile.units = names;
}

static bool is_service_of(const void *ctx, const struct unit *unit)
{
	const struct act *a = ctx;
	const struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++)
		if (strcmp(u[i].role, UNIT_SERVICE) == 0 &&
			act_unit_is(&u[i], unit->name, unit->manager, unit->user))
			return true;
	return false;
}

static bool open_host(const struct judging *j, struct host *h, struct err *e)
{
	if (!host_begin(h, NULL, "generic", e))
		return false;
	h->profile = *j->act->profile;
	only_units(h, j->act);
	site_gates(h, j->site);
	return true;
}

static char *below_root(struct arena *arena, const char *path)
{
	return path && *path ? arena_printf(arena, "/%s", path) : NULL;
}

/* A copy that outlives what it was made from. */
static bool keep(
	const struct json_shape *shape, const void *from, void *to, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	json_write(shape, from, &text);
	return json_read(shape, text_str(&text), text.len, to, arena, e);
}

static bool keep_lists(const struct json_list *from, struct json_list *to, struct arena *arena, struct err *e)
{
	const struct health_list *lists = from->items;
	struct health_list *kept = arena_new(arena, (from->count + 1) * sizeof *kept);
	for (size_t i = 0; i < from->count; i++)
		if (!keep(&health_list_shape, &lists[i], &kept[i], arena, e))
			return false;
	*to = (struct json_list){ kept, from->count };
	return true;
}

/* What was red before is no news of what is back, and must not keep other gates waiting. */
static struct json_list red_before(const struct judging *j, struct arena *arena)
{
	const struct evidence *before = j->old ? j->act->baseline : NULL;
	const struct gate_result *r = before ? before->gates.items : NULL;
	struct json_list names = { NULL, 0 };
	for (size_t i = 0; before && i < before->gates.count; i++)
		if (r[i].required && !gate_lines_good(&r[i]))
			texts_add(&names, r[i].name, arena);
	return names;
}

bool judging_ask(const struct judging *j, struct evidence **out, struct json_list *lists, struct arena *arena,
	struct err *e)
{
	SCOPED(host_end) struct host h = { .root = -1 };
	const struct act_component *core = act_component(j->act, "core");
	struct inventory inv;
	struct evidence found;
	struct json_list names = { NULL, 0 };
	const struct act_unit *service = act_service(j->act);
	if (strcmp(service->manager, "command") == 0) {
		*out = command_judge(service, arena);
		return true;
	}
	if (!open_host(j, &h, e))
		return false;
	inventory_make(&h,
		&(struct inventory_wish){ .site = j->site, .counts = is_service_of, .ctx = j->act }, &inv);
	struct json_list red = red_before(j, &h.arena);
	struct health_wish wish = { .silent = j->silent,
		.red = &red,
		.switched = j->switched,
		.go_on = j->back ? NULL : interrupt_none,
		.core = core ? below_root(&h.arena, core->target) : NULL,
		.before = core && j->switched && !j->back ? below_root(&h.arena, core->slot) : NULL,
		.baseline = j->compare ? &j->act->lists : NULL };
	if (!health_ask(&h, &inv, &wish, &found, &names, e))
		return false;
	*out = arena_new(arena, sizeof **out);
	return keep(&evidence_shape, &found, *out, arena, e) &&
	       (!lists || keep_lists(&names, lists, arena, e));
}

bool judging_green(const struct evidence *e)
{
	return strcmp(e->verdict, EVIDENCE_PASSED) == 0;
}

static const struct gate_result *result_of(const struct evidence *e, const char *gate)
{
	const struct gate_result *r = e->gates.items;
	for (size_t i = 0; i < e->gates.count; i++)
		if (strcmp(r[i].name, gate) == 0)
			return &r[i];
	return NULL;
}

bool judging_no_worse(const struct evidence *before, const struct evidence *now, bool whole, struct text *why)
{
	const struct gate_result *was = before->gates.items;
	bool no_worse = true;
	for (size_t i = 0; i < before->gates.count; i++) {
		const struct gate_result *is = result_of(now, was[i].name);
		if (!was[i].required || !gate_lines_good(&was[i]) || (is && gate_lines_good(is)))
			continue;
		no_worse = false;
		if (is)
			gate_lines_add(is, whole, why);
		else
			text_printf(why, "\n  %s: it passed before and is not asked any more", was[i].name);
	}
	return no_worse;
}

void judging_show(const struct evidence *e, const struct judging *j)
{
	SCOPED(text_end) struct text lines = { 0 };
	gate_lines_gates(e, j->width ? j->width : report_width(), &lines);
	if (!j->silent)
		fputs(text_str(&lines), stderr);
}
