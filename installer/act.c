/* act.c - see act.h. */
#include "installer/act.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/host/health.h"
#include "manifest/base/fs.h"
#include "manifest/base/private.h"
#include "manifest/base/scope.h"
#include "manifest/manifest.h"
#include "manifest/profile.h"

#define RESERVE      "reserve"
#define RESERVE_SIZE (256 * 1024)
#define DIR_FLAGS    (O_RDONLY | O_DIRECTORY)

#define AT(member) offsetof(struct act_component, member)
static const struct json_field component_fields[] = {
	{ "bundle", JSON_DIGEST, AT(bundle), true, NULL },
	{ "change", JSON_TEXT, AT(change), false, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "live", JSON_TEXT, AT(live), true, NULL },
	{ "local", JSON_TEXTS, AT(local), true, NULL },
	{ "mount", JSON_TEXT, AT(mount), true, NULL },
	{ "next", JSON_TEXT, AT(next), true, NULL },
	{ "slot", JSON_TEXT, AT(slot), true, NULL },
	{ "target", JSON_TEXT, AT(target), false, NULL },
	{ "tree", JSON_DIGEST, AT(tree), true, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
	{ "was_bundle", JSON_DIGEST, AT(was_bundle), true, NULL },
	{ "was_local", JSON_TEXTS, AT(was_local), true, NULL },
	{ "was_tree", JSON_DIGEST, AT(was_tree), true, NULL },
	{ "was_version", JSON_TEXT, AT(was_version), true, NULL },
};
#undef AT
static const struct json_shape component_shape = { component_fields, COUNT_OF(component_fields),
	sizeof(struct act_component) };

#define AT(member) offsetof(struct act_unit, member)
static const struct json_field unit_fields[] = {
	{ "hold", JSON_TEXT, AT(hold), true, NULL },
	{ "manager", JSON_TEXT, AT(manager), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "ran", JSON_FLAG, AT(ran), true, NULL },
	{ "role", JSON_TEXT, AT(role), false, NULL },
	{ "start", JSON_TEXTS, AT(start), true, NULL },
	{ "status", JSON_TEXTS, AT(status), true, NULL },
	{ "stop", JSON_TEXTS, AT(stop), true, NULL },
	{ "user", JSON_TEXT, AT(user), true, NULL },
};
#undef AT
static const struct json_shape unit_shape_of_act = { unit_fields, COUNT_OF(unit_fields),
	sizeof(struct act_unit) };

#define AT(member) offsetof(struct act_state, member)
static const struct json_field state_fields[] = {
	{ "brings", JSON_FLAG, AT(brings), true, NULL },
	{ "class", JSON_TEXT, AT(class), false, NULL },
	{ "live", JSON_TEXT, AT(live), true, NULL },
	{ "mount", JSON_TEXT, AT(mount), true, NULL },
	{ "next", JSON_TEXT, AT(next), true, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "slot", JSON_TEXT, AT(slot), false, NULL },
};
#undef AT
static const struct json_shape state_shape = { state_fields, COUNT_OF(state_fields),
	sizeof(struct act_state) };

#define AT(member) offsetof(struct act_file, member)
static const struct json_field file_fields[] = {
	{ "gone", JSON_FLAG, AT(gone), true, NULL },
	{ "lines", JSON_TEXTS, AT(lines), true, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "there", JSON_FLAG, AT(there), true, NULL },
	{ "was", JSON_TEXTS, AT(was), true, NULL },
};
#undef AT
static const struct json_shape file_shape = { file_fields, COUNT_OF(file_fields), sizeof(struct act_file) };

#define AT(member) offsetof(struct act, member)
static const struct json_field act_fields[] = {
	{ "baseline", JSON_OBJECT, AT(baseline), true, &evidence_shape },
	{ "caches", JSON_TEXTS, AT(caches), true, NULL },
	{ "capsule", JSON_FLAG, AT(capsule), true, NULL },
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "ended", JSON_COUNT, AT(ended), true, NULL },
	{ "evidence", JSON_OBJECT, AT(evidence), true, &evidence_shape },
	{ "failed", JSON_FLAG, AT(failed), true, NULL },
	{ "files", JSON_LIST, AT(files), true, &file_shape },
	{ "installer", JSON_DIGEST, AT(installer), true, NULL },
	{ "instance", JSON_TEXT, AT(instance), true, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "lists", JSON_LIST, AT(lists), true, &health_list_shape },
	{ "made", JSON_TEXTS, AT(made), true, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "number", JSON_COUNT, AT(number), false, NULL },
	{ "ours_us", JSON_COUNT, AT(ours_us), true, NULL },
	{ "outcome", JSON_TEXT, AT(outcome), true, NULL },
	{ "pinned", JSON_FLAG, AT(pinned), true, NULL },
	{ "plan", JSON_DIGEST, AT(plan), true, NULL },
	{ "profile", JSON_OBJECT, AT(profile), true, &profile_shape },
	{ "proven", JSON_FLAG, AT(proven), true, NULL },
	{ "pruned", JSON_FLAG, AT(pruned), true, NULL },
	{ "release", JSON_TEXT, AT(release), true, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), true, NULL },
	{ "settle_us", JSON_COUNT, AT(settle_us), true, NULL },
	{ "start_us", JSON_COUNT, AT(start_us), true, NULL },
	{ "started", JSON_COUNT, AT(started), false, NULL },
	{ "states", JSON_LIST, AT(states), true, &state_shape },
	{ "step", JSON_TEXT, AT(step), false, NULL },
	{ "stop_us", JSON_COUNT, AT(stop_us), true, NULL },
	{ "to", JSON_COUNT, AT(to), true, NULL },
	{ "type", JSON_TEXT, AT(type), false, NULL },
	{ "units", JSON_LIST, AT(units), true, &unit_shape_of_act },
	{ "was_manifest", JSON_DIGEST, AT(was_manifest), true, NULL },
	{ "was_release", JSON_TEXT, AT(was_release), true, NULL },
	{ "waybill", JSON_COUNT, AT(waybill), false, NULL },
	{ "why", JSON_TEXT, AT(why), true, NULL },
};
#undef AT
const struct json_shape act_shape = { act_fields, COUNT_OF(act_fields), sizeof(struct act) };

static void file_name(uint64_t number, char name[static 32])
{
	snprintf(name, 32, "%06llu.json", (unsigned long long)number);
}

/* Bytes that are there before they are needed: with them a record can be written on a full disk. */
static void reserve(int state)
{
	int fd = openat(state, RESERVE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (posix_fallocate(fd, 0, RESERVE_SIZE) != 0)
		unlinkat(state, RESERVE, 0);
	close(fd);
}

/* After a failure: if the new record is what is on disk now, only its flush failed, and nobody can say what a
 * power cut would leave. */
static bool not_saved(int acts, const char *name, const struct text *text, struct err *e)
{
	SCOPED(text_end) struct text there = { 0 };
	struct err ignored = { 0 };
	if (fs_read(acts, name, ACT_MAX, &there, &ignored) && there.len == text->len &&
		memcmp(there.at, text->at, text->len) == 0)
		e->kind = ERR_STUCK;
	return false;
}

bool act_save(const struct node *n, const struct act *a, struct err *e)
{
	SCOPED_FD int acts = -1;
	SCOPED(text_end) struct text text = { 0 };
	char name[32];
	if (!fs_make_dirs(n->state, "acts", &acts, NULL, e))
		return false;
	reserve(n->state);
	file_name(a->number, name);
	json_write(&act_shape, a, &text);
	text_puts(&text, "\n");
	struct err first = { 0 };
	if (fs_replace(acts, name, text.at, text.len, 0644, &first))
		return true;
	if (first.sys == ENOSPC || first.sys == EDQUOT) {
		unlinkat(n->state, RESERVE, 0);
		if (fs_replace(acts, name, text.at, text.len, 0644, e))
			return true;
	} else {
		*e = first;
	}
	err_in(e, "record of act %llu", (unsigned long long)a->number);
	return not_saved(acts, name, &text, e);
}

bool act_give_reserve(const struct node *n)
{
	return n->state >= 0 && unlinkat(n->state, RESERVE, 0) == 0;
}

static bool check(const struct act *a, uint64_t number, struct err *e)
{
	const struct act_component *c = a->components.items;
	if (a->waybill != 1 || strcmp(a->type, "act") != 0 || a->number != number)
		return err_set(e, ERR_STUCK, "it is not the record of act %llu", (unsigned long long)number);
	if (*a->outcome && strcmp(a->outcome, ACT_COMMITTED) != 0 && strcmp(a->outcome, ACT_UNDONE) != 0 &&
		strcmp(a->outcome, ACT_STAGED) != 0)
		return err_set(e, ERR_STUCK, "\"%s\" is no outcome", a->outcome);
	for (size_t i = 0; i < a->components.count; i++)
		if (c[i].target[0] == '/' || c[i].slot[0] == '/' || c[i].mount[0] == '/' || !c[i].target[0])
			return err_set(e, ERR_STUCK, "components[%zu]: its paths are not below the root", i);
	const struct act_state *s = a->states.items;
	for (size_t i = 0; i < a->states.count; i++)
		if (s[i].path[0] == '/' || s[i].slot[0] == '/' || s[i].mount[0] == '/' || !s[i].path[0] ||
			!s[i].slot[0])
			return err_set(e, ERR_STUCK, "states[%zu]: its paths are not below the root", i);
	const struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++)
		if (u[i].hold[0] == '/')
			return err_set(e, ERR_STUCK, "units[%zu]: its hold is not below the root", i);
	const struct act_file *f = a->files.items;
	for (size_t i = 0; i < a->files.count; i++)
		if (f[i].path[0] == '/' || !f[i].path[0])
			return err_set(e, ERR_STUCK, "files[%zu]: its path is not below the root", i);
	return true;
}

bool act_load(const struct node *n, uint64_t number, struct act *out, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED_FD int acts = fs_open(n->state, "acts", DIR_FLAGS, 0);
	char name[32];
	file_name(number, name);
	if (acts < 0)
		return err_sys(e, "open the records");
	bool good = private_check(acts, "acts", e) && private_read(acts, name, ACT_MAX, &text, e) &&
		    json_read(&act_shape, text_str(&text), text.len, out, arena, e) && check(out, number, e);
	if (good)
		return true;
	if (e->kind == ERR_FORMAT)
		e->kind = ERR_STUCK;
	return err_in(e, "the record acts/%s of %s", name, text_str(&n->application));
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

bool act_numbers(const struct node *n, uint64_t **numbers, size_t *count, struct err *e)
{
	*numbers = NULL;
	*count = 0;
	SCOPED_FD int acts = n->state < 0 ? -1 : fs_open(n->state, "acts", DIR_FLAGS, 0);
	if (acts < 0)
		return n->state < 0 || errno == ENOENT || err_sys(e, "open the records");
	SCOPED(scope_dir) DIR *d = fs_dir(acts);
	if (!d)
		return err_sys(e, "read the records");
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		const char *name = entry->d_name;
		if (strspn(name, "0123456789") != 6 || strcmp(name + 6, ".json") != 0)
			continue;
		*numbers = mem_grow(*numbers, *count + 1, sizeof **numbers);
		(*numbers)[(*count)++] = strtoull(name, NULL, 10);
	}
	if (*count)
		qsort(*numbers, *count, sizeof **numbers, by_number);
	return true;
}

struct act_component *act_component(const struct act *a, const char *id)
{
	struct act_component *c = a->components.items;
	for (size_t i = 0; i < a->components.count; i++)
		if (strcmp(c[i].id, id) == 0)
			return &c[i];
	return NULL;
}

struct json_list act_targets(const struct act *a, struct arena *arena)
{
	const struct act_component *c = a->components.items;
	char **targets = arena_new(arena, (a->components.count + 1) * sizeof *targets);
	for (size_t i = 0; i < a->components.count; i++)
		targets[i] = c[i].target;
	return (struct json_list){ targets, a->components.count };
}

static char *found(const char *version, bool anything, struct arena *arena)
{
	if (!anything)
		return arena_str(arena, "nothing");
	return *version ? arena_printf(arena, "%s (as found)", version)
			: arena_str(arena, "what was found here");
}

char *act_after(const struct act *a, struct arena *arena)
{
	const struct act_component *c = a->components.items, *core = act_component(a, "core");
	bool anything = false;
	for (size_t i = 0; i < a->components.count; i++)
		anything |= !digest_zero(&c[i].tree);
	return *a->release ? a->release : found(core ? core->version : "", anything, arena);
}

char *act_before(const struct act *a, struct arena *arena)
{
	const struct act_component *c = a->components.items, *core = act_component(a, "core");
	bool anything = false;
	for (size_t i = 0; i < a->components.count; i++)
		anything |= *c[i].live || !digest_zero(&c[i].was_tree);
	return *a->was_release ? a->was_release : found(core ? core->was_version : "", anything, arena);
}

bool act_moves(const struct act_component *c)
{
	return strcmp(c->change, CHANGE_SAME) != 0 && strcmp(c->change, CHANGE_KEPT) != 0;
}

bool act_keeps(const struct act_component *c)
{
	return strcmp(c->change, CHANGE_SAME) != 0;
}

/* What a step is worth; a step that no table has (a staged act that is discarded) is the first. */
static size_t rank(const char *step)
{
	static const char *const steps[] = { STEP_STAGE, STEP_SNAPSHOT, STEP_HOLD, STEP_SETTLE, STEP_SWITCH,
		STEP_CLEAR, STEP_START, STEP_GATES, STEP_COMMIT, STEP_PROVE };
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if (strcmp(steps[i], step) == 0)
			return i;
	return 0;
}

bool act_reached(const struct act *a, const char *step)
{
	return rank(a->step) >= rank(step);
}

struct act_unit *act_service(const struct act *a)
{
	struct act_unit *u = a->units.items;
	for (size_t i = 0; i < a->units.count; i++)
		if (strcmp(u[i].role, UNIT_SERVICE) == 0)
			return &u[i];
	return NULL;
}

bool act_unit_is(const struct act_unit *u, const char *name, const char *manager, const char *user)
{
	return strcmp(u->name, name) == 0 && strcmp(u->manager, manager) == 0 &&
	       (strcmp(manager, "user") != 0 || strcmp(u->user, user) == 0);
}
