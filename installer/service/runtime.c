/* runtime.c - see runtime.h. */
#include "installer/service/runtime.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "installer/host/unit_file.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

/* Where an interpreter of that name lies in a tree: the standard place of a distribution, else the top. */
static const char *const places[] = { "bin/", "" };

static bool in_bundle(const struct transaction *t, const char *path)
{
	const struct component *all = t->bundle.manifest.components.items;
	char at[PATH_MAX];
	for (size_t i = 0; i < t->rows.count; i++)
		if (strcmp(all[t->rows.items[i].component].kind, "runtime") == 0 &&
			strcmp(rows_path(&t->rows, i, at), path) == 0)
			return true;
	return false;
}

static bool in_tree(const struct transaction *t, const char *tree, const char *path)
{
	SCOPED(text_end) struct text whole = { 0 };
	text_printf(&whole, "%s/%s", tree, path);
	SCOPED_FD int fd = fs_open(t->node.root, text_str(&whole), O_PATH, 0);
	return fd >= 0;
}

/* The absolute path of the interpreter once the act is done; NULL: the component has none of that name. */
static char *program(struct transaction *t, const struct act_component *c, const char *name)
{
	const char *lies = *c->slot && strcmp(c->change, CHANGE_SAME) != 0 ? c->slot : c->target;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		char *path = arena_printf(&t->arena, "%s%s", places[i], name);
		if (in_bundle(t, path) || in_tree(t, lies, path))
			return arena_printf(&t->arena, "/%s/%s", c->target, path);
	}
	return NULL;
}

/* A word as ExecStart= takes it (systemd.service(5), "Command lines"). */
static void quote(const char *word, struct text *out)
{
	text_puts(out, " \"");
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			text_byte(out, '\\');
		if (*word == '%' || *word == '$')
			text_byte(out, *word);
		text_byte(out, *word);
	}
	text_byte(out, '"');
}

static void change_command(
	struct transaction *t, const struct unit *u, const char *interpreter, struct json_list *lines)
{
	SCOPED(text_end) struct text line = { 0 };
	text_puts(&line, "ExecStart=");
	quote(interpreter, &line);
	for (size_t i = 1; i < u->exec.count; i++)
		quote(((char *const *)u->exec.items)[i], &line);
	texts_add(lines, "[Service]", &t->arena);
	texts_add(lines, "ExecStart=", &t->arena);
	texts_add(lines, text_str(&line), &t->arena);
}

bool runtime_dropin(struct transaction *t, struct json_list *lines, struct err *e)
{
	const struct act_component *c = act_component(&t->act, "runtime");
	struct service *s = inventory_main(&t->living->inv);
	(void)e;
	*lines = (struct json_list){ NULL, 0 };
	if (!c || strcmp(c->change, CHANGE_REMOVE) == 0 || !s || !*s->runtime)
		return true;
	const char *slash = strrchr(s->runtime, '/'),
		   *interpreter = program(t, c, slash ? slash + 1 : s->runtime);
	const char *first = s->unit->exec.count ? ((char *const *)s->unit->exec.items)[0] : "";
	const char *real = host_real(&t->living->host, first);
	if (!interpreter)
		transaction_no(t, ERR_REFUSED, "runtime: it has no %s, at the top or in bin/",
			slash ? slash + 1 : s->runtime);
	else if (!real || strcmp(real, s->runtime) != 0)
		transaction_no(t, ERR_REFUSED,
			"runtime: %s starts %s, which chooses its interpreter by itself: only a unit that names it can get another",
			s->unit->name, first);
	else
		change_command(t, s->unit, interpreter, lines);
	return true;
}
