/* site.c - see site.h. */
#include "installer/host/site.h"

#include <string.h>
#include <time.h>

#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/base/scope.h"

#define AT(member) offsetof(struct site_component, member)
static const struct json_field component_fields[] = {
	{ "device", JSON_COUNT, AT(device), true, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "inode", JSON_COUNT, AT(inode), true, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct site_component) };
#undef AT

#define AT(member) offsetof(struct site_unit, member)
static const struct json_field unit_fields[] = {
	{ "dropin", JSON_TEXT, AT(dropin), true, NULL },
	{ "manager", JSON_TEXT, AT(manager), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "start", JSON_TEXTS, AT(start), true, NULL },
	{ "status", JSON_TEXTS, AT(status), true, NULL },
	{ "stop", JSON_TEXTS, AT(stop), true, NULL },
	{ "user", JSON_TEXT, AT(user), false, NULL },
};
static const struct json_shape unit_shape_of_site = { unit_fields, COUNT_OF(unit_fields),
	sizeof(struct site_unit) };
#undef AT

#define AT(member) offsetof(struct site_place, member)
static const struct json_field place_fields[] = {
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
static const struct json_shape place_shape = { place_fields, COUNT_OF(place_fields),
	sizeof(struct site_place) };
#undef AT

#define AT(member) offsetof(struct site_application, member)
static const struct json_field application_fields[] = {
	{ "adopted", JSON_COUNT, AT(adopted), true, NULL },
	{ "application", JSON_TEXT, AT(application), false, NULL },
	{ "components", JSON_LIST, AT(components), true, &component_shape },
	{ "gates", JSON_LIST, AT(gates), true, &profile_gate_shape },
	{ "home", JSON_TEXT, AT(home), true, NULL },
	{ "installer", JSON_DIGEST, AT(installer), true, NULL },
	{ "instance", JSON_TEXT, AT(instance), true, NULL },
	{ "known", JSON_TEXTS, AT(known), true, NULL },
	{ "local", JSON_TEXTS, AT(local), true, NULL },
	{ "places", JSON_LIST, AT(places), true, &place_shape },
	{ "profile", JSON_TEXT, AT(profile), false, NULL },
	{ "require_evidence", JSON_FLAG, AT(require_evidence), true, NULL },
	{ "runtime", JSON_TEXT, AT(runtime), true, NULL },
	{ "units", JSON_LIST, AT(units), true, &unit_shape_of_site },
	{ "user", JSON_TEXT, AT(user), true, NULL },
};
#undef AT
const struct json_shape site_application_shape = { application_fields, COUNT_OF(application_fields),
	sizeof(struct site_application) };

static const struct json_field site_fields[] = {
	{ "applications", JSON_LIST, offsetof(struct site, applications), true, &site_application_shape },
};
const struct json_shape site_shape = { site_fields, COUNT_OF(site_fields), sizeof(struct site) };

static bool each_once(const struct site *s, struct err *e)
{
	const struct site_application *a = s->applications.items;
	for (size_t i = 0; i < s->applications.count; i++)
		if (site_find(s, a[i].application, a[i].instance) != &a[i])
			return err_set(e, ERR_FORMAT, "applications: %s%s%s is there twice", a[i].application,
				*a[i].instance ? "@" : "", a[i].instance);
	return true;
}

bool site_read(const char *text, size_t len, struct site *out, struct arena *arena, struct err *e)
{
	return json_read(&site_shape, text, len, out, arena, e) && each_once(out, e);
}

/* Line breaks and indentation outside of texts; nothing else is changed. */
static void spread(const struct text *in, struct text *out)
{
	size_t depth = 0;
	bool quoted = false;
	for (const char *p = text_str(in); *p; p++) {
		bool closes = !quoted && (*p == '}' || *p == ']'),
		     opens = !quoted && (*p == '{' || *p == '[');
		depth -= closes;
		if (closes)
			text_printf(out, "\n%*s", (int)(2 * depth), "");
		text_byte(out, *p);
		if (quoted && *p == '\\')
			text_byte(out, *++p);
		else if (*p == '"')
			quoted = !quoted;
		depth += opens;
		if (opens || (!quoted && *p == ','))
			text_printf(out, "\n%*s", (int)(2 * depth), "");
		if (!quoted && *p == ':')
			text_byte(out, ' ');
	}
	text_byte(out, '\n');
}

void site_write(const struct site *s, struct text *out)
{
	SCOPED(text_end) struct text plain = { 0 };
	json_write(&site_shape, s, &plain);
	spread(&plain, out);
}

struct site_application *site_find(const struct site *s, const char *application, const char *instance)
{
	struct site_application *a = s->applications.items;
	for (size_t i = 0; i < s->applications.count; i++)
		if (strcmp(a[i].application, application) == 0 && strcmp(a[i].instance, instance) == 0)
			return &a[i];
	return NULL;
}

void site_gates(struct host *h, const struct site_application *a)
{
	const struct profile_gate *ours = a ? a->gates.items : NULL, *theirs = h->profile.gates.items;
	struct json_list all = { NULL, 0 };
	for (size_t i = 0; i < h->profile.gates.count; i++) {
		const struct profile_gate *g = &theirs[i];
		for (size_t k = 0; a && k < a->gates.count; k++)
			g = strcmp(ours[k].name, theirs[i].name) == 0 ? &ours[k] : g;
		*(struct profile_gate *)list_add(&all, sizeof *g, &h->arena) = *g;
	}
	for (size_t k = 0; a && k < a->gates.count; k++) {
		bool known = false;
		for (size_t i = 0; i < h->profile.gates.count; i++)
			known = known || strcmp(ours[k].name, theirs[i].name) == 0;
		if (!known)
			*(struct profile_gate *)list_add(&all, sizeof *ours, &h->arena) = ours[k];
	}
	h->profile.gates = all;
}

void site_put(struct site *s, const struct site_application *a, struct arena *arena)
{
	struct site_application *there = site_find(s, a->application, a->instance);
	if (!there)
		there = list_add(&s->applications, sizeof *a, arena);
	*there = *a;
}

void site_remove(struct site *s, const char *application, const char *instance)
{
	struct site_application *there = site_find(s, application, instance), *all = s->applications.items;
	if (!there)
		return;
	size_t after = s->applications.count - (size_t)(there - all) - 1;
	memmove(there, there + 1, after * sizeof *there);
	s->applications.count--;
}

static void know(struct host *h, struct site_application *a, const char *what, const char *how)
{
	texts_add(&a->known, arena_printf(&h->arena, "%s: %s", what, how), &h->arena);
}

static void know_components(struct host *h, const struct inventory *inv, struct site_application *a)
{
	const struct part *p = inv->components.items;
	for (size_t i = 0; i < inv->components.count; i++) {
		if (strcmp(p[i].kind, "runtime") == 0)
			continue;
		*(struct site_component *)list_add(&a->components, sizeof(struct site_component), &h->arena) =
			(struct site_component){ p[i].id, p[i].kind, p[i].real, p[i].device, p[i].inode };
		know(h, a, p[i].id,
			arena_printf(&h->arena, "%s, device %llu, inode %llu%s%s", p[i].real,
				(unsigned long long)p[i].device, (unsigned long long)p[i].inode,
				strcmp(p[i].path, p[i].real) != 0 ? ", found as " : "",
				strcmp(p[i].path, p[i].real) != 0 ? p[i].path : ""));
	}
}

/* A unit that runs it: `s` is the one that counts, others are active and run the same core. */
static void know_service(struct host *h, const struct service *s, struct site_application *a)
{
	const struct link *l = s->chain.items;
	*(struct site_unit *)list_add(&a->units, sizeof(struct site_unit), &h->arena) =
		(struct site_unit){ .name = s->unit->name,
			.manager = s->unit->manager,
			.user = s->unit->user,
			.dropin = arena_str(&h->arena, "") };
	for (size_t i = 0; i < s->chain.count; i++)
		know(h, a, s->unit->name,
			arena_printf(&h->arena, "%s: %s -> %s", l[i].how, l[i].from, l[i].to));
}

bool site_from(struct host *h, const struct inventory *inv, const char *instance,
	struct site_application *out, struct err *e)
{
	const struct service *s = inventory_main(inv);
	if (!s)
		return err_set(
			e, ERR_REFUSED, "no unit here runs \"%s\": --unit NAME names one", inv->application);
	if (!*s->core)
		return err_set(e, ERR_REFUSED, "%s: which program it runs is not known:%s%s", s->unit->name,
			s->notes.count ? " " : " see inventory",
			s->notes.count ? ((char **)s->notes.items)[s->notes.count - 1] : "");
	*out = (struct site_application){ .application = inv->application,
		.instance = arena_str(&h->arena, instance ? instance : ""),
		.profile = inv->profile,
		.runtime = s->runtime,
		.user = s->unit->user,
		.home = arena_str(&h->arena, host_get(h, "home")),
		.require_evidence = true,
		.adopted = (uint64_t)time(NULL) };
	know_service(h, s, out);
	const struct service *other = inv->services.items;
	for (size_t i = 0; i < inv->services.count; i++)
		if (&other[i] != s && service_active(&other[i]) && strcmp(other[i].core, s->core) == 0)
			know_service(h, &other[i], out);
	know_components(h, inv, out);
	const struct profile_variable *v = h->profile.variables.items;
	for (size_t i = 0; i < h->profile.variables.count; i++)
		if (host_get(h, v[i].name))
			*(struct site_place *)list_add(&out->places, sizeof(struct site_place), &h->arena) =
				(struct site_place){ v[i].name,
					arena_str(&h->arena, host_get(h, v[i].name)) };
	return true;
}
