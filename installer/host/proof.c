/* proof.c - see proof.h. */
#include "installer/host/proof.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "installer/host/listtree.h"
#include "installer/host/units.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define AT(member) offsetof(struct health_list, member)
static const struct json_field list_fields[] = {
	{ "gate", JSON_TEXT, AT(gate), false, NULL },
	{ "items", JSON_TEXTS, AT(items), true, NULL },
};
const struct json_shape health_list_shape = { list_fields, COUNT_OF(list_fields),
	sizeof(struct health_list) };
#undef AT

#define AT(member) offsetof(struct proof, member)
static const struct json_field fields[] = {
	{ "application", JSON_TEXT, AT(application), false, NULL },
	{ "evidence", JSON_OBJECT, AT(evidence), false, &evidence_shape },
	{ "lists", JSON_LIST, AT(lists), true, &health_list_shape },
	{ "profile", JSON_TEXT, AT(profile), false, NULL },
	{ "runtime", JSON_TEXT, AT(runtime), true, NULL },
	{ "runtime_version", JSON_TEXT, AT(runtime_version), true, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
	{ "with", JSON_LIST, AT(with), true, &companion_shape },
};
#undef AT
const struct json_shape proof_shape = { fields, COUNT_OF(fields), sizeof(struct proof) };

static bool add_companion(struct host *h, const struct part *p, struct proof *out, struct err *e)
{
	SCOPED_FD int top = host_open(h, p->real, O_RDONLY | O_DIRECTORY);
	struct listtree what = { .ignore = &h->profile.local };
	struct companion *c = list_add(&out->with, sizeof *c, &h->arena);
	*c = (struct companion){ .id = p->id, .version = p->version };
	if (top < 0)
		return err_sys(e, "%s: open %s", p->id, p->real);
	return listtree(top, &what, &c->tree, e) || err_in(e, "%s", p->id);
}

bool proof_make(struct host *h, const struct inventory *inv, struct evidence *evidence, struct proof *out,
	struct err *e)
{
	const struct part *p = inv->components.items;
	const struct service *s = inventory_main(inv);
	*out = (struct proof){ .application = inv->application,
		.profile = inv->profile,
		.version = inv->version,
		.runtime = s ? s->runtime : arena_str(&h->arena, ""),
		.runtime_version = inv->runtime_version,
		.evidence = evidence };
	for (size_t i = 0; i < inv->components.count; i++)
		if (strcmp(p[i].kind, "runtime") != 0 && !add_companion(h, &p[i], out, e))
			return false;
	return true;
}

bool proof_read(const char *path, struct proof *out, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	return (fs_read_path(path, PROOF_MAX, &text, e) &&
		       json_read(&proof_shape, text_str(&text), text.len, out, arena, e)) ||
	       err_in(e, "%s", path);
}
