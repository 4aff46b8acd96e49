/* binding.c - see binding.h. */
#include "installer/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/store.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define BINDING_MAX ((size_t)4 * 1024 * 1024)

struct bound_component {
	char *id, *change, *target;
	struct digest bundle; /* the tree that comes, as the manifest has it */
	struct digest live;   /* the tree that is there, without local files; zero: nothing */
};

/* What the act does to the service, where it touches one. */
struct bound_unit {
	char *manager, *name, *role;
	char *user; /* whose manager; "" for the system's */
};

struct bound_dropin {
	char *path;
	struct json_list lines;
};

struct binding {
	uint64_t waybill, sequence, current; /* current: the number of the act that is current, 0 for none */
	char *type, *name, *instance, *release;
	struct digest manifest;
	struct json_list components;
	struct json_list units, states, dropins; /* states: of char *, absolute paths; all sorted */
};

#define AT(member) offsetof(struct bound_component, member)
static const struct json_field component_fields[] = {
	{ "bundle", JSON_DIGEST, AT(bundle), true, NULL },
	{ "change", JSON_TEXT, AT(change), false, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "live", JSON_DIGEST, AT(live), true, NULL },
	{ "target", JSON_TEXT, AT(target), false, NULL },
};
#undef AT
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct bound_component) };

#define AT(member) offsetof(struct bound_unit, member)
static const struct json_field unit_fields[] = {
	{ "manager", JSON_TEXT, AT(manager), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "role", JSON_TEXT, AT(role), false, NULL },
	{ "user", JSON_TEXT, AT(user), true, NULL },
};
#undef AT
static const struct json_shape unit_shape_of_plan = { unit_fields, COUNT_OF(unit_fields),
	sizeof(struct bound_unit) };

#define AT(member) offsetof(struct bound_dropin, member)
static const struct json_field dropin_fields[] = {
	{ "lines", JSON_TEXTS, AT(lines), true, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
#undef AT
static const struct json_shape dropin_shape = { dropin_fields, COUNT_OF(dropin_fields),
	sizeof(struct bound_dropin) };

#define AT(member) offsetof(struct binding, member)
static const struct json_field binding_fields[] = {
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "current", JSON_COUNT, AT(current), true, NULL },
	{ "dropins", JSON_LIST, AT(dropins), true, &dropin_shape },
	{ "instance", JSON_TEXT, AT(instance), true, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
	{ "states", JSON_TEXTS, AT(states), true, NULL },
	{ "type", JSON_TEXT, AT(type), false, NULL },
	{ "units", JSON_LIST, AT(units), true, &unit_shape_of_plan },
	{ "waybill", JSON_COUNT, AT(waybill), false, NULL },
};
#undef AT
const struct json_shape binding_shape = { binding_fields, COUNT_OF(binding_fields), sizeof(struct binding) };

/* Where no directory is there is no tree; that something else is there is told by the preflight. */
static bool live_tree(struct transaction *t, const struct act_component *c, struct digest *out, struct err *e)
{
	const struct act_component *now = ledger_installed(&t->ledger, c->id);
	struct store_what what = { .ignore = &c->was_local, .before = now ? &now->tree : NULL };
	*out = (struct digest){ { 0 } };
	if (act_moves(c) && !*c->live)
		return true;
	SCOPED_FD int top = fs_open(t->node.root, c->target, O_RDONLY | O_DIRECTORY, 0);
	if (top < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
		       err_sys(e, "%s: open /%s", c->id, c->target);
	return store_tree(&t->node, top, &what, out, e) || err_in(e, "%s", c->id);
}

static int by_unit(const void *a, const void *b)
{
	const struct bound_unit *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	order = order ? order : strcmp(x->manager, y->manager);
	return order ? order : strcmp(x->user, y->user);
}

static int by_path(const void *a, const void *b)
{
	const struct bound_dropin *x = a, *y = b;
	return strcmp(x->path, y->path);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct json_list *list, size_t size, int (*order)(const void *, const void *))
{
	if (list->count)
		qsort(list->items, list->count, size, order);
}

static void describe_service(const struct act *a, struct binding *b, struct arena *arena)
{
	const struct act_unit *u = a->units.items;
	const struct act_state *s = a->states.items;
	const struct act_file *f = a->files.items;
	static char nobody[] = "";
	for (size_t i = 0; i < a->units.count; i++)
		*(struct bound_unit *)list_add(&b->units, sizeof(struct bound_unit), arena) =
			(struct bound_unit){ u[i].manager, u[i].name, u[i].role,
				strcmp(u[i].manager, "user") == 0 ? u[i].user : nobody };
	for (size_t i = 0; i < a->states.count; i++)
		texts_add(&b->states, arena_printf(arena, "/%s", s[i].path), arena);
	for (size_t i = 0; i < a->files.count; i++)
		*(struct bound_dropin *)list_add(&b->dropins, sizeof(struct bound_dropin), arena) =
			(struct bound_dropin){ arena_printf(arena, "/%s", f[i].path), f[i].lines };
	sort(&b->units, sizeof(struct bound_unit), by_unit);
	sort(&b->states, sizeof(char *), by_text);
	sort(&b->dropins, sizeof(struct bound_dropin), by_path);
}

static bool describe(struct transaction *t, struct binding *b, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	const struct act *current = ledger_current(&t->ledger);
	struct bound_component *items = arena_new(&t->arena, t->act.components.count * sizeof *items);
	for (size_t i = 0; i < t->act.components.count; i++) {
		items[i] = (struct bound_component){
			.id = c[i].id, .change = c[i].change, .bundle = c[i].bundle
		};
		items[i].target = arena_printf(&t->arena, "/%s", c[i].target);
		if (!live_tree(t, &c[i], &items[i].live, e))
			return false;
	}
	*b = (struct binding){
		.waybill = 1,
		.type = arena_str(&t->arena, "plan"),
		.name = t->act.name,
		.instance = t->act.instance,
		.release = t->act.release,
		.sequence = t->act.sequence,
		.current = current ? current->number : 0,
		.manifest = t->act.manifest,
		.components = { items, t->act.components.count },
	};
	describe_service(&t->act, b, &t->arena);
	return true;
}

bool binding_make(struct transaction *t, struct text *out, struct err *e)
{
	struct binding b;
	if (!describe(t, &b, e))
		return false;
	json_write(&binding_shape, &b, out);
	text_puts(out, "\n");
	return true;
}

static const struct bound_component *find(const struct binding *b, const char *id)
{
	const struct bound_component *c = b->components.items;
	for (size_t i = 0; i < b->components.count; i++)
		if (strcmp(c[i].id, id) == 0)
			return &c[i];
	return NULL;
}

static void tell_live(struct transaction *t, const char *id, const char *target)
{
	transaction_no(
		t, ERR_REFUSED, "%s: what is at %s is not what was there when the plan was made", id, target);
}

static void compare_component(
	struct transaction *t, const struct bound_component *then, const struct bound_component *now)
{
	if (strcmp(then->change, now->change) != 0)
		transaction_no(t, ERR_REFUSED, "%s: the plan says %s, now it would be %s", now->id,
			then->change, now->change);
	if (strcmp(then->target, now->target) != 0)
		transaction_no(t, ERR_REFUSED, "%s: the plan puts it at %s, now it would be at %s", now->id,
			then->target, now->target);
	if (!digest_equal(&then->bundle, &now->bundle))
		transaction_no(t, ERR_REFUSED, "%s: the plan brings another tree than this bundle", now->id);
	if (!digest_equal(&then->live, &now->live))
		tell_live(t, now->id, now->target);
}

/* One text for each thing of the service, so that they compare as texts. */
static void service_texts(const struct binding *b, struct json_list *out, struct arena *arena)
{
	const struct bound_unit *u = b->units.items;
	const struct bound_dropin *d = b->dropins.items;
	for (size_t i = 0; i < b->units.count; i++)
		texts_add(out,
			arena_printf(arena, "%s %s of the %s manager%s%s", u[i].role, u[i].name, u[i].manager,
				*u[i].user ? " of " : "", u[i].user),
			arena);
	for (size_t i = 0; i < b->states.count; i++)
		texts_add(out, arena_printf(arena, "state %s", ((char *const *)b->states.items)[i]), arena);
	for (size_t i = 0; i < b->dropins.count; i++) {
		SCOPED(text_end) struct text text = { 0 };
		text_printf(&text, "drop-in %s", d[i].path);
		for (size_t k = 0; k < d[i].lines.count; k++)
			text_printf(&text, " | %s", ((char *const *)d[i].lines.items)[k]);
		texts_add(out, text_str(&text), arena);
	}
}

static bool has(const struct json_list *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (strcmp(((char *const *)texts->items)[i], text) == 0)
			return true;
	return false;
}

static void compare_service(struct transaction *t, const struct binding *then, const struct binding *now)
{
	struct json_list was = { NULL, 0 }, is = { NULL, 0 };
	service_texts(then, &was, &t->arena);
	service_texts(now, &is, &t->arena);
	for (size_t i = 0; i < was.count; i++)
		if (!has(&is, ((char *const *)was.items)[i]))
			transaction_no(t, ERR_REFUSED, "in the plan, but not now: %s",
				((char *const *)was.items)[i]);
	for (size_t i = 0; i < is.count; i++)
		if (!has(&was, ((char *const *)is.items)[i]))
			transaction_no(
				t, ERR_REFUSED, "not in the plan, but now: %s", ((char *const *)is.items)[i]);
}

static void compare(struct transaction *t, const struct binding *then, const struct binding *now)
{
	const struct bound_component *a = then->components.items, *b = now->components.items;
	char was[DIGEST_HEX], is[DIGEST_HEX];
	digest_hex(&then->manifest, was);
	digest_hex(&now->manifest, is);
	if (strcmp(then->name, now->name) != 0 || strcmp(then->instance, now->instance) != 0)
		transaction_no(t, ERR_REFUSED, "the plan is for %s %s, this is %s %s", then->name,
			then->instance, now->name, now->instance);
	if (strcmp(was, is) != 0)
		transaction_no(t, ERR_REFUSED, "the plan is for manifest %s (%s), this bundle is %s (%s)",
			was, then->release, is, now->release);
	if (then->current != now->current)
		transaction_no(t, ERR_REFUSED, "the plan was made after act %llu, current is act %llu",
			(unsigned long long)then->current, (unsigned long long)now->current);
	for (size_t i = 0; i < then->components.count; i++)
		if (!find(now, a[i].id))
			transaction_no(t, ERR_REFUSED, "%s: in the plan, but not in what would be done now",
				a[i].id);
	for (size_t i = 0; i < now->components.count; i++) {
		const struct bound_component *other = find(then, b[i].id);
		if (other)
			compare_component(t, other, &b[i]);
		else
			transaction_no(t, ERR_REFUSED, "%s: not in the plan, but would be done now", b[i].id);
	}
	compare_service(t, then, now);
}

/* The record knows what the plan saw, for binding_still(). */
static void remember(struct transaction *t, const struct binding *now)
{
	struct act_component *c = t->act.components.items;
	const struct bound_component *bound = now->components.items;
	for (size_t i = 0; i < t->act.components.count; i++)
		c[i].was_tree = bound[i].live;
}

bool binding_check(struct transaction *t, const char *path, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 }, again = { 0 };
	struct binding then, now;
	if (!fs_read_path(path, BINDING_MAX, &text, e) ||
		!json_read(&binding_shape, text_str(&text), text.len, &then, &t->arena, e))
		return err_in(e, "--plan %s", path);
	json_write(&binding_shape, &then, &again);
	text_puts(&again, "\n");
	if (then.waybill != 1 || strcmp(then.type, "plan") != 0 || again.len != text.len ||
		memcmp(again.at, text.at, text.len) != 0)
		return err_set(e, ERR_FORMAT, "--plan %s: not a plan that this program wrote", path);
	if (!describe(t, &now, e))
		return false;
	compare(t, &then, &now);
	t->act.plan = digest_of(text.at, text.len);
	remember(t, &now);
	return true;
}

bool binding_still(struct transaction *t, struct err *e)
{
	const struct act_component *c = t->act.components.items;
	for (size_t i = 0; i < t->act.components.count; i++) {
		struct digest live;
		SCOPED(text_end) struct text target = { 0 };
		text_printf(&target, "/%s", c[i].target);
		if (!live_tree(t, &c[i], &live, e))
			return false;
		if (!digest_equal(&live, &c[i].was_tree))
			tell_live(t, c[i].id, text_str(&target));
	}
	return true;
}

void binding_service_still(struct transaction *t, const struct act *staged)
{
	struct binding then = { 0 }, now = { 0 };
	if (digest_zero(&staged->plan))
		return;
	describe_service(staged, &then, &t->arena);
	describe_service(&t->act, &now, &t->arena);
	compare_service(t, &then, &now);
}
