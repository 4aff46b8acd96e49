/* plan_service.c - see plan_service.h. */
#include "installer/plan_service.h"

#include <string.h>

#include "installer/host/gate.h"
#include "installer/host/health.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/outcome.h"
#include "installer/service/configs.h"
#include "installer/service/holding.h"
#include "installer/service/living.h"
#include "installer/service/states.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define SECOND UINT64_C(1000000)
#define SHOWN  3 /* records of a file, to people */

struct planned_state {
	char *path, *class;
	uint64_t bytes, entries;
};

struct planned_file {
	char *path;
	bool there;
};

struct planned_copy {
	char *path, *version;
	bool runs;
};

struct planned_gates {
	uint64_t required, advisory, seconds; /* until all are decided, at most */
};

struct plan_service {
	struct json_list units, states, configs, dropins, caches, copies;
	struct planned_gates *gates;
	uint64_t downtime_us; /* of the last act; 0: not known */
	bool starts;
	char *back;
};

#define AT(member) offsetof(struct act_unit, member)
static const struct json_field unit_fields[] = {
	{ "manager", JSON_TEXT, AT(manager), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "role", JSON_TEXT, AT(role), false, NULL },
	{ "runs", JSON_FLAG, AT(ran), false, NULL },
	{ "user", JSON_TEXT, AT(user), true, NULL },
};
#undef AT
static const struct json_shape unit_shape_of_plan = { unit_fields, COUNT_OF(unit_fields),
	sizeof(struct act_unit) };

#define AT(member) offsetof(struct planned_state, member)
static const struct json_field state_fields[] = {
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "class", JSON_TEXT, AT(class), false, NULL },
	{ "entries", JSON_COUNT, AT(entries), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
#undef AT
static const struct json_shape state_shape = { state_fields, COUNT_OF(state_fields),
	sizeof(struct planned_state) };

#define AT(member) offsetof(struct config_change, member)
static const struct json_field config_fields[] = {
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "records", JSON_TEXTS, AT(records), false, NULL },
};
#undef AT
static const struct json_shape config_shape = { config_fields, COUNT_OF(config_fields),
	sizeof(struct config_change) };

#define AT(member) offsetof(struct planned_file, member)
static const struct json_field file_fields[] = {
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "there", JSON_FLAG, AT(there), false, NULL },
};
#undef AT
static const struct json_shape file_shape = { file_fields, COUNT_OF(file_fields),
	sizeof(struct planned_file) };

#define AT(member) offsetof(struct planned_copy, member)
static const struct json_field copy_fields[] = {
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "runs", JSON_FLAG, AT(runs), false, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
#undef AT
static const struct json_shape copy_shape = { copy_fields, COUNT_OF(copy_fields),
	sizeof(struct planned_copy) };

#define AT(member) offsetof(struct planned_gates, member)
static const struct json_field gates_fields[] = {
	{ "advisory", JSON_COUNT, AT(advisory), false, NULL },
	{ "required", JSON_COUNT, AT(required), false, NULL },
	{ "seconds", JSON_COUNT, AT(seconds), false, NULL },
};
#undef AT
static const struct json_shape gates_shape = { gates_fields, COUNT_OF(gates_fields),
	sizeof(struct planned_gates) };

#define AT(member) offsetof(struct plan_service, member)
static const struct json_field fields[] = {
	{ "back", JSON_TEXT, AT(back), false, NULL },
	{ "caches", JSON_TEXTS, AT(caches), true, NULL },
	{ "configs", JSON_LIST, AT(configs), true, &config_shape },
	{ "copies", JSON_LIST, AT(copies), true, &copy_shape },
	{ "downtime_us", JSON_COUNT, AT(downtime_us), true, NULL },
	{ "dropins", JSON_LIST, AT(dropins), true, &file_shape },
	{ "gates", JSON_OBJECT, AT(gates), false, &gates_shape },
	{ "starts", JSON_FLAG, AT(starts), false, NULL },
	{ "states", JSON_LIST, AT(states), true, &state_shape },
	{ "units", JSON_LIST, AT(units), false, &unit_shape_of_plan },
};
#undef AT
const struct json_shape plan_service_shape = { fields, COUNT_OF(fields), sizeof(struct plan_service) };

/* ---- what will be done ---- */

static bool add_states(struct transaction *t, struct plan_service *s, struct err *e)
{
	const struct act_state *from = t->act.states.items;
	for (size_t i = 0; i < t->act.states.count; i++) {
		struct planned_state *p = list_add(&s->states, sizeof *p, &t->arena);
		*p = (struct planned_state){ .path = arena_printf(&t->arena, "/%s", from[i].path),
			.class = from[i].class };
		if (!states_size(t, &from[i], &p->bytes, &p->entries, e))
			return err_in(e, "%s", p->path);
	}
	return true;
}

static void add_files(struct transaction *t, struct plan_service *s)
{
	const struct act_file *from = t->act.files.items;
	for (size_t i = 0; i < t->act.files.count; i++) {
		struct planned_file *p = list_add(&s->dropins, sizeof *p, &t->arena);
		*p = (struct planned_file){ arena_printf(&t->arena, "/%s", from[i].path), from[i].there };
	}
}

static void add_caches(struct transaction *t, struct plan_service *s)
{
	struct stat st;
	for (size_t i = 0; i < t->act.caches.count; i++) {
		const char *path = ((char *const *)t->act.caches.items)[i];
		if (host_stat(&t->living->host, path, &st))
			texts_add(&s->caches, path, &t->arena);
	}
}

static void add_copies(struct transaction *t, struct plan_service *s)
{
	const struct copy *from = t->living->inv.copies.items;
	const struct act_component *core = act_component(&t->act, "core");
	for (size_t i = 0; i < t->living->inv.copies.count; i++) {
		if (core && strcmp(from[i].path + 1, core->target) == 0)
			continue;
		struct planned_copy *p = list_add(&s->copies, sizeof *p, &t->arena);
		*p = (struct planned_copy){ from[i].path, from[i].version, from[i].runs };
	}
}

/* Those that are here, and those that come. */
static void plugin_ids(struct transaction *t, struct json_list *ids)
{
	const struct part *p = t->living->inv.components.items;
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->living->inv.components.count; i++)
		if (strcmp(p[i].kind, "plugin") == 0 && !act_component(&t->act, p[i].id))
			texts_add(ids, p[i].id, &t->arena);
	for (size_t i = 0; i < t->act.components.count; i++)
		if (strcmp(c[i].kind, "plugin") == 0)
			texts_add(ids, c[i].id, &t->arena);
}

static bool add_gates(struct transaction *t, struct plan_service *s, struct err *e)
{
	struct json_list ids = { NULL, 0 }, gates = { NULL, 0 };
	plugin_ids(t, &ids);
	if (!health_gates(&t->living->host.profile.gates, &ids, s->starts, &gates, &t->arena, e))
		return false;
	const struct gate *g = gates.items;
	s->gates = arena_new(&t->arena, sizeof *s->gates);
	*s->gates = (struct planned_gates){ .seconds = gates_limit(&gates) / SECOND };
	for (size_t i = 0; i < gates.count; i++)
		*(g[i].advisory ? &s->gates->advisory : &s->gates->required) += 1;
	return true;
}

bool plan_service_make(struct transaction *t, struct plan_service **out, struct err *e)
{
	SCOPED(text_end) struct text options = { 0 };
	*out = NULL;
	if (t->act.units.count == 0)
		return true;
	struct plan_service *s = *out = arena_new(&t->arena, sizeof *s);
	*s = (struct plan_service){ .downtime_us = outcome_expected(&t->ledger) };
	struct err why = { 0 }; /* a unit that is not there is a no of its own */
	if (!holding_look(&t->act, &why) && t->nos.len == 0)
		return err_set(e, why.kind, "%s", why.text);
	node_options(&t->node, &options);
	s->units = t->act.units;
	s->starts = act_service(&t->act)->ran;
	s->back = arena_printf(&t->arena, "waybill-install rollback %s--to %llu", text_str(&options),
		(unsigned long long)t->act.number);
	add_files(t, s);
	add_caches(t, s);
	add_copies(t, s);
	struct err told = { 0 };
	if (!configs_changes(t, &s->configs, &told)) /* the preflight says no to it */
		s->configs = (struct json_list){ NULL, 0 };
	return add_states(t, s, e) && add_gates(t, s, e);
}

/* ---- for people ---- */

static void write_units(const struct plan_service *s, struct text *out)
{
	const struct act_unit *u = s->units.items;
	for (size_t i = 0; i < s->units.count; i++)
		text_printf(out, "  stop     %s (%s%s%s), which %s\n", u[i].name, u[i].manager,
			strcmp(u[i].role, UNIT_SERVICE) == 0 ? "" : ", ",
			strcmp(u[i].role, UNIT_SERVICE) == 0 ? "" : u[i].role,
			u[i].ran ? "runs" : "does not run and is not started");
}

static void write_states(const struct plan_service *s, struct text *out)
{
	const struct planned_state *p = s->states.items;
	for (size_t i = 0; i < s->states.count; i++) {
		text_printf(out, "  copy     %s (%s, ", p[i].path, p[i].class);
		text_size(out, p[i].bytes);
		text_puts(out, ")\n");
	}
}

static void write_files(const struct plan_service *s, struct text *out)
{
	const struct config_change *c = s->configs.items;
	const struct planned_file *f = s->dropins.items;
	for (size_t i = 0; i < s->configs.count; i++) {
		text_printf(out, "  set      %s:", c[i].path);
		for (size_t k = 0; k < c[i].records.count && k < SHOWN; k++)
			text_printf(out, "%s %s", k ? "," : "", ((char *const *)c[i].records.items)[k]);
		if (c[i].records.count > SHOWN)
			text_printf(out, " and %zu more", c[i].records.count - SHOWN);
		text_puts(out, "\n");
	}
	for (size_t i = 0; i < s->dropins.count; i++)
		text_printf(out, "  %-8s %s\n", f[i].there ? "change" : "add", f[i].path);
	for (size_t i = 0; i < s->caches.count; i++)
		text_printf(out, "  clear    %s\n", ((char *const *)s->caches.items)[i]);
}

static void write_copies(const struct plan_service *s, struct text *out)
{
	const struct planned_copy *p = s->copies.items;
	for (size_t i = 0; i < s->copies.count; i++)
		text_printf(out, "  leave    %s%s%s, another copy%s\n", p[i].path, *p[i].version ? " " : "",
			p[i].version, p[i].runs ? ", which runs" : "");
}

void plan_service_write(const struct plan_service *s, struct text *out)
{
	if (!s)
		return;
	write_units(s, out);
	write_states(s, out);
	write_files(s, out);
	write_copies(s, out);
	if (s->starts)
		text_printf(out, "  judge    %llu gates (%llu more are advisory), at most %llu s\n",
			(unsigned long long)s->gates->required, (unsigned long long)s->gates->advisory,
			(unsigned long long)s->gates->seconds);
	else
		text_puts(out, "  judge    nothing: it does not run now, and will not be started\n");
	if (s->starts && s->downtime_us)
		text_printf(out, "  down     about %.1f s, as in the last act\n",
			(double)s->downtime_us / (double)SECOND);
	else if (s->starts)
		text_puts(out, "  down     not known yet\n");
	text_printf(out, "  back     %s\n", s->back);
}
