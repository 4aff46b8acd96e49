/* act.c - see act.h. */
#include "installer/act.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

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

#define AT(member) offsetof(struct act, member)
static const struct json_field act_fields[] = {
	{ "components", JSON_LIST, AT(components), false, &component_shape },
	{ "ended", JSON_COUNT, AT(ended), true, NULL },
	{ "failed", JSON_FLAG, AT(failed), true, NULL },
	{ "installer", JSON_DIGEST, AT(installer), true, NULL },
	{ "instance", JSON_TEXT, AT(instance), true, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "made", JSON_TEXTS, AT(made), true, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "number", JSON_COUNT, AT(number), false, NULL },
	{ "outcome", JSON_TEXT, AT(outcome), true, NULL },
	{ "pinned", JSON_FLAG, AT(pinned), true, NULL },
	{ "plan", JSON_DIGEST, AT(plan), true, NULL },
	{ "proven", JSON_FLAG, AT(proven), true, NULL },
	{ "pruned", JSON_FLAG, AT(pruned), true, NULL },
	{ "release", JSON_TEXT, AT(release), true, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), true, NULL },
	{ "started", JSON_COUNT, AT(started), false, NULL },
	{ "step", JSON_TEXT, AT(step), false, NULL },
	{ "to", JSON_COUNT, AT(to), true, NULL },
	{ "type", JSON_TEXT, AT(type), false, NULL },
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

static bool check(const struct act *a, uint64_t number, struct err *e)
{
	const struct act_component *c = a->components.items;
	if (a->waybill != 1 || strcmp(a->type, "act") != 0 || a->number != number)
		return err_set(e, ERR_STUCK, "it is not the record of act %llu", (unsigned long long)number);
	if (*a->outcome && strcmp(a->outcome, ACT_COMMITTED) != 0 && strcmp(a->outcome, ACT_UNDONE) != 0 &&
		strcmp(a->outcome, ACT_STAGED) != 0)
		return err_set(e, ERR_STUCK, "\"%s\" is no outcome", a->outcome);
	for (size_t i = 0; i < a->components.count; i++)
		if (c[i].target[0] == '/' || c[i].slot[0] == '/' || !c[i].target[0])
			return err_set(e, ERR_STUCK, "components[%zu]: its paths are not below the root", i);
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
	bool good = fs_read(acts, name, ACT_MAX, &text, e) &&
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
	SCOPED(scope_dir) DIR *d = fdopendir(fcntl(acts, F_DUPFD_CLOEXEC, 3));
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
	return strcmp(c->change, CHANGE_SAME) != 0;
}
