/* result.c - see result.h. */
#include "installer/result.h"

#include <stdio.h>
#include <string.h>

#include "installer/documents.h"
#include "installer/outcome.h"
#include "manifest/base/scope.h"

struct result_component {
	char *id, *change, *target, *version;
};

struct result {
	char *name, *release, *was_release;
	uint64_t act, point, switch_us, stop_us, settle_us, ours_us, start_us;
	bool changed, proven;
	struct json_list components;
};

#define AT(member) offsetof(struct result_component, member)
static const struct json_field component_fields[] = {
	{ "change", JSON_TEXT, AT(change), false, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "target", JSON_TEXT, AT(target), false, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
#undef AT
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct result_component) };

#define AT(member) offsetof(struct result, member)
static const struct json_field result_fields[] = {
	{ "act", JSON_COUNT, AT(act), true, NULL },
	{ "changed", JSON_FLAG, AT(changed), false, NULL },
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "ours_us", JSON_COUNT, AT(ours_us), true, NULL },
	{ "point", JSON_COUNT, AT(point), true, NULL },
	{ "proven", JSON_FLAG, AT(proven), true, NULL },
	{ "release", JSON_TEXT, AT(release), true, NULL },
	{ "settle_us", JSON_COUNT, AT(settle_us), true, NULL },
	{ "start_us", JSON_COUNT, AT(start_us), true, NULL },
	{ "stop_us", JSON_COUNT, AT(stop_us), true, NULL },
	{ "switch_us", JSON_COUNT, AT(switch_us), true, NULL },
	{ "was_release", JSON_TEXT, AT(was_release), true, NULL },
};
#undef AT
const struct json_shape result_document = { result_fields, COUNT_OF(result_fields), sizeof(struct result) };

static void print_text(const struct transaction *t, const struct result *r, const char *now)
{
	SCOPED(text_end) struct text root = { 0 };
	SCOPED(text_end) struct text down = { 0 };
	SCOPED(text_end) struct text took = { 0 };
	node_options(&t->node, &root);
	if (!r->changed) {
		printf("%s %s is installed and whole; nothing was changed\n", r->name, now);
		return;
	}
	outcome_parts(&t->act, &down);
	if (outcome_downtime(&t->act))
		printf("down for %s\n", text_str(&down));
	if (strcmp(t->act.kind, "checkpoint") == 0) {
		printf("restore point %llu holds %s %s as it is now; back to it with: waybill-install rollback %s--to %llu\n",
			(unsigned long long)r->point, r->name, now, text_str(&root),
			(unsigned long long)r->point);
		return;
	}
	if (r->switch_us) /* which no record has */
		text_printf(&took, " (switched in %.1f ms)", (double)r->switch_us / 1000);
	printf("%s: %s is in place%s%s. Restore point %llu; back with: waybill-install rollback %s--to %llu\n",
		r->name, now,
		t->act.units.count == 0 ? ""
		: r->proven             ? " and proven"
					: ", NOT proven",
		text_str(&took), (unsigned long long)r->point, text_str(&root), (unsigned long long)r->point);
}

void result_print(const struct transaction *t, bool changed, bool json)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	const struct act_component *c = t->act.components.items;
	struct result_component *docs = arena_new(&arena, t->act.components.count * sizeof *docs);
	for (size_t i = 0; i < t->act.components.count; i++)
		docs[i] = (struct result_component){ c[i].id, c[i].change,
			arena_printf(&arena, "/%s", c[i].target), c[i].version };
	struct result r = {
		.name = t->act.name,
		.release = t->act.release,
		.was_release = t->act.was_release,
		.act = changed ? t->act.number : 0,
		.point = changed ? t->act.number : 0,
		.switch_us = (uint64_t)(t->downtime * 1e6),
		.stop_us = changed ? t->act.stop_us : 0,
		.settle_us = changed ? t->act.settle_us : 0,
		.ours_us = changed ? t->act.ours_us : 0,
		.start_us = changed ? t->act.start_us : 0,
		.proven = changed && t->act.proven,
		.changed = changed,
		.components = { docs, t->act.components.count },
	};
	if (json)
		json_print(&result_document, &r);
	else
		print_text(t, &r, act_after(&t->act, &arena));
}
