/* service.c - see service.h. */
#include "installer/host/service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "installer/host/env_file.h"
#include "installer/host/json5.h"
#include "installer/host/unit_file.h"
#include "installer/host/wrapper.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"

#define PACKAGE_MAX   ((size_t)1024 * 1024)
#define SCRIPT_MAX    ((size_t)1024 * 1024)
#define DEPTH_MAX     8
#define PATH_STANDARD "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define AT(member) offsetof(struct link, member)
static const struct json_field link_fields[] = {
	{ "from", JSON_TEXT, AT(from), false, NULL },
	{ "how", JSON_TEXT, AT(how), false, NULL },
	{ "to", JSON_TEXT, AT(to), false, NULL },
};
static const struct json_shape link_shape = { link_fields, COUNT_OF(link_fields), sizeof(struct link) };
#undef AT

#define AT(member) offsetof(struct service, member)
static const struct json_field service_fields[] = {
	{ "chain", JSON_LIST, AT(chain), true, &link_shape },
	{ "core", JSON_TEXT, AT(core), true, NULL },
	{ "home", JSON_TEXT, AT(home), true, NULL },
	{ "live", JSON_TEXT, AT(live), true, NULL },
	{ "live_version", JSON_TEXT, AT(live_version), true, NULL },
	{ "notes", JSON_TEXTS, AT(notes), true, NULL },
	{ "process", JSON_OBJECT, AT(process), true, &process_shape },
	{ "runtime", JSON_TEXT, AT(runtime), true, NULL },
	{ "script", JSON_TEXT, AT(script), true, NULL },
	{ "unit", JSON_OBJECT, AT(unit), false, &unit_shape },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
const struct json_shape service_shape = { service_fields, COUNT_OF(service_fields), sizeof(struct service) };
#undef AT

struct trace {
	struct host *h;
	struct service *s;
	struct json_list environment;
	const char *cwd;
	int depth;
};

void service_link(struct host *h, struct service *s, const char *how, const char *from, const char *to)
{
	struct json_list *list = &s->chain;
	struct arena *arena = &h->arena;
	struct link *more = arena_new(arena, (list->count + 1) * sizeof *more);
	if (list->count)
		memcpy(more, list->items, list->count * sizeof *more);
	more[list->count++] =
		(struct link){ arena_str(arena, how), arena_str(arena, from), arena_str(arena, to) };
	list->items = more;
}

void service_note(struct host *h, struct service *s, const char *fmt, ...)
{
	char line[PATH_MAX + 256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	texts_add(&s->notes, line, &h->arena);
}

static const char *leaf(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool is_interpreter(const struct host *h, const char *name)
{
	for (size_t i = 0; i < h->profile.interpreters.count; i++)
		if (strcmp(((char *const *)h->profile.interpreters.items)[i], name) == 0)
			return true;
	return false;
}

bool shell_name(const char *name)
{
	static const char *const shells[] = { "sh", "bash", "dash", "ash", "zsh", "ksh", "busybox" };
	for (size_t i = 0; i < COUNT_OF(shells); i++)
		if (strcmp(shells[i], name) == 0)
			return true;
	return false;
}

/* ---- packages ---- */

static bool is_package(struct host *h, const char *dir, char **version)
{
	SCOPED(text_end) struct text path = { 0 }, text = { 0 }, name = { 0 }, said = { 0 };
	struct json5_value value;
	struct err ignored = { 0 };
	text_printf(&path, "%s/package.json", dir);
	if (!host_read(h, text_str(&path), PACKAGE_MAX, &text) ||
		!json5_find(text_str(&text), text.len, "/name", &value, &ignored))
		return false;
	json5_text(text_str(&text), &value, &name);
	if (h->profile.core && strcmp(text_str(&name), h->profile.core->package) != 0)
		return false;
	if (json5_find(text_str(&text), text.len, "/version", &value, &ignored))
		json5_text(text_str(&text), &value, &said);
	*version = arena_str(&h->arena, text_str(&said));
	return true;
}

char *package_root(struct host *h, const char *path, char **version)
{
	char *dir = arena_str(&h->arena, path);
	*version = arena_str(&h->arena, "");
	for (char *slash = dir + strlen(dir); slash && slash > dir; slash = strrchr(dir, '/')) {
		*slash = '\0';
		if (is_package(h, dir, version))
			return dir;
	}
	return NULL;
}

/* ---- the chain ---- */

static const char *in_environment(const struct trace *t, const char *name, size_t len)
{
	const char *value = "";
	for (size_t i = 0; i < t->environment.count; i++) {
		const char *item = ((char *const *)t->environment.items)[i];
		if (strncmp(item, name, len) == 0 && item[len] == '=')
			value = item + len + 1;
	}
	return value;
}

/* A word of a command line as a path: by PATH where it has no slash. NULL: there is no such file. */
static char *find_program(struct trace *t, const char *word)
{
	SCOPED(text_end) struct text path = { 0 };
	struct stat st;
	if (*word == '/')
		return host_stat(t->h, word, &st) ? arena_str(&t->h->arena, word) : NULL;
	if (strchr(word, '/')) {
		text_printf(&path, "%s/%s", t->cwd, word);
		return host_stat(t->h, text_str(&path), &st) ? arena_str(&t->h->arena, text_str(&path))
							     : NULL;
	}
	for (const char *dirs = in_environment(t, "PATH", 4); *dirs;) {
		size_t len = strcspn(dirs, ":");
		text_clear(&path);
		text_printf(&path, "%.*s/%s", (int)len, dirs, word);
		if (host_stat(t->h, text_str(&path), &st) && S_ISREG(st.st_mode))
			return arena_str(&t->h->arena, text_str(&path));
		dirs += len + (dirs[len] == ':');
	}
	return NULL;
}

static void follow(struct trace *t, char *const *words, size_t count);

static void found_script(struct trace *t, const char *from, const char *word)
{
	char *path = find_program(t, strchr(word, '/') ? word : arena_printf(&t->h->arena, "./%s", word));
	char *real = path ? host_real(t->h, path) : NULL;
	service_link(t->h, t->s, "argument", from, path ? path : word);
	if (!real) {
		service_note(t->h, t->s, "the script %s is not there", word);
		return;
	}
	if (strcmp(real, path) != 0)
		service_link(t->h, t->s, "link", path, real);
	t->s->script = real;
	char *version, *root = package_root(t->h, real, &version);
	if (!root && !t->h->profile.core)
		root = arena_copy(&t->h->arena, real, (size_t)(leaf(real) - real - 1));
	if (!root) {
		service_note(t->h, t->s, "no directory above %s is the package \"%s\"", real,
			t->h->profile.core->package);
		return;
	}
	service_link(t->h, t->s, "package", real, root);
	t->s->core = root;
	t->s->version = version;
}

/* The first word that is no option is the script; some options take the next word with them. */
static void found_interpreter(struct trace *t, const char *real, char *const *words, size_t count)
{
	static const char *const take[] = { "-r", "--require", "--import", "-C", "--conditions", "--loader",
		"--experimental-loader", "--env-file", "--title" };
	t->s->runtime = arena_str(&t->h->arena, real);
	for (size_t i = 0; i < count; i++) {
		bool takes = false;
		for (size_t k = 0; k < COUNT_OF(take); k++)
			takes = takes || strcmp(words[i], take[k]) == 0;
		i += takes;
		if (!takes && *words[i] != '-') {
			found_script(t, real, words[i]);
			return;
		}
	}
	service_note(t->h, t->s, "%s is started without a script", real);
}

static void follow_wrapper(struct trace *t, const char *file, const struct wrapper *w)
{
	if (w->cwd)
		t->cwd = *w->cwd == '/' ? w->cwd : arena_printf(&t->h->arena, "%s/%s", t->cwd, w->cwd);
	t->environment = w->variables;
	service_link(t->h, t->s, "wrapper", file, ((char *const *)w->words.items)[0]);
	follow(t, w->words.items, w->words.count);
}

static void found_wrapper(struct trace *t, const char *file, const char *text, size_t len)
{
	struct wrapper w;
	wrapper_read(file, text, len, &t->environment, &w, &t->h->arena);
	if (w.words.count == 0)
		service_note(t->h, t->s,
			"the script %s cannot be followed: no command in it passes its arguments on", file);
	else
		follow_wrapper(t, file, &w);
}

/* `sh FILE`: a script of the shell, whatever its first line says. */
static void found_shell(struct trace *t, const char *shell, char *const *words, size_t count)
{
	size_t i = 1;
	while (i < count && (*words[i] == '-' || *words[i] == '+'))
		i += strcmp(words[i], "-o") == 0 || strcmp(words[i], "+o") == 0 ? 2 : 1;
	if (i >= count) {
		service_note(t->h, t->s, "%s is started without a script", shell);
		return;
	}
	SCOPED(text_end) struct text text = { 0 };
	char *here = find_program(t, arena_printf(&t->h->arena, *words[i] == '/' ? "%s" : "./%s", words[i]));
	char *path = here ? here : find_program(t, words[i]), *real = path ? host_real(t->h, path) : NULL;
	if (!real || !host_read(t->h, real, SCRIPT_MAX, &text)) {
		service_note(
			t->h, t->s, "the script %s %s", words[i], real ? "may not be read" : "is not there");
		return;
	}
	service_link(t->h, t->s, "argument", shell, path);
	if (strcmp(path, real) != 0)
		service_link(t->h, t->s, "link", path, real);
	found_wrapper(t, real, text_str(&text), text.len);
}

/* "#!/usr/bin/env node", "#!/bin/sh" */
static void found_hashbang(struct trace *t, const char *real, const struct text *text)
{
	SCOPED_TEXT char *line = mem_copy(text->at + 2, strcspn(text->at + 2, "\n"));
	struct json_list words = { NULL, 0 };
	unit_words(line, &words, &t->h->arena);
	char *const *w = words.items;
	size_t at = words.count > 1 && strcmp(leaf(w[0]), "env") == 0 ? 1 : 0;
	at += at && strcmp(w[at], "-S") == 0 && words.count > 2;
	while (at && at + 1 < words.count && strchr(w[at], '='))
		at++;
	if (words.count && shell_name(leaf(w[at]))) {
		found_wrapper(t, real, text->at, text->len);
		return;
	}
	char *program = words.count ? find_program(t, w[at]) : NULL;
	char *interpreter = program ? host_real(t->h, program) : NULL;
	if (!interpreter) {
		service_note(t->h, t->s, "%s wants the interpreter \"%s\", which is not there", real, line);
		return;
	}
	service_link(t->h, t->s, "interpreter", real, interpreter);
	t->s->runtime = interpreter;
	found_script(t, interpreter, real);
}

static void follow_file(struct trace *t, const char *real, char *const *words, size_t count)
{
	SCOPED(text_end) struct text text = { 0 };
	if (is_interpreter(t->h, leaf(real))) {
		found_interpreter(t, real, words + 1, count - 1);
	} else if (host_read(t->h, real, SCRIPT_MAX, &text) && text.len > 2 &&
		   memcmp(text.at, "#!", 2) == 0) {
		found_hashbang(t, real, &text);
	} else if (errno == EACCES) {
		service_note(t->h, t->s, "%s may not be read", real);
	} else {
		t->s->script = arena_str(&t->h->arena, real);
		t->s->core = package_root(t->h, real, &t->s->version);
		if (!t->s->core)
			t->s->core = arena_copy(&t->h->arena, real, (size_t)(leaf(real) - real - 1));
		service_link(t->h, t->s, "package", real, t->s->core);
	}
}

/* `env [-i] [-u NAME] [-S TEXT] NAME=value program`; TEXT is split into words. */
static void follow_env(struct trace *t, char *const *words, size_t count)
{
	struct json_list list = { NULL, 0 };
	size_t i = 1;
	for (; i < count && *words[i] == '-' && strcmp(words[i], "--") != 0; i++) {
		const char *text = strncmp(words[i], "-S", 2) == 0 ? words[i] + 2 : NULL;
		if (text && *text == '\0' && i + 1 < count)
			text = words[++i];
		else if (strcmp(words[i], "-u") == 0 || strcmp(words[i], "-C") == 0)
			i++;
		if (text)
			unit_words(text, &list, &t->h->arena);
	}
	for (i += i < count && strcmp(words[i], "--") == 0; i < count; i++)
		texts_add(&list, words[i], &t->h->arena);
	words = list.items;
	for (i = 0; i < list.count && strchr(words[i], '='); i++)
		texts_add(&t->environment, words[i], &t->h->arena);
	follow(t, i < list.count ? words + i : NULL, list.count - i);
}

/* `sh -c TEXT`, also `bash -lc TEXT`: the text, or NULL. */
static const char *shell_text(char *const *words, size_t count)
{
	for (size_t i = 1; i + 1 < count && *words[i] == '-'; i++)
		if (words[i][1] != '-' && strchr(words[i], 'c'))
			return words[i + 1];
	return NULL;
}

/* Words that only pass on to others; true if these do. */
static bool follow_passing(struct trace *t, const char *name, char *const *words, size_t count)
{
	const char *text = shell_name(name) ? shell_text(words, count) : NULL;
	struct wrapper w;
	if (strcmp(name, "env") == 0) {
		follow_env(t, words, count);
	} else if (strcmp(name, "nohup") == 0 || strcmp(name, "setsid") == 0) {
		follow(t, words + 1, count - 1);
	} else if (text) {
		wrapper_read_command(text, &t->environment, &w, &t->h->arena);
		if (w.words.count)
			follow_wrapper(t, words[0], &w);
		else
			service_note(
				t->h, t->s, "\"%s\" cannot be followed: there is no program in it", text);
	} else {
		return false;
	}
	return true;
}

static void follow(struct trace *t, char *const *words, size_t count)
{
	if (count == 0 || ++t->depth > DEPTH_MAX) {
		service_note(t->h, t->s,
			count ? "too many scripts start one another" : "a command line without a program");
		return;
	}
	for (size_t i = 0; i < count; i++)
		texts_add(&t->s->words, words[i], &t->h->arena);
	char *path = find_program(t, words[0]);
	char *real = path ? host_real(t->h, path) : NULL;
	if (!real) {
		service_note(t->h, t->s, "the program %s is not there", words[0]);
		return;
	}
	if (strcmp(path, words[0]) != 0)
		service_link(t->h, t->s, "path", words[0], path);
	if (follow_passing(t, leaf(words[0]), words, count))
		return;
	if (strcmp(real, path) != 0)
		service_link(t->h, t->s, "link", path, real);
	if (strcmp(leaf(words[0]), "busybox") == 0 && count > 1)
		follow(t, words + 1, count - 1);
	else if (shell_name(leaf(real)))
		found_shell(t, real, words, count);
	else
		follow_file(t, real, words, count);
}

void service_environment(struct host *h, const struct service *s, struct json_list *out)
{
	SCOPED(text_end) struct text all = { 0 };
	struct err ignored = { 0 };
	char path[64];
	*out = (struct json_list){ NULL, 0 };
	for (size_t i = 0; i < s->unit->environment.count; i++)
		texts_add(out, ((char *const *)s->unit->environment.items)[i], &h->arena);
	env_files_add(h, &s->unit->environment_files, out);
	snprintf(path, sizeof path, "/proc/%llu/environ", (unsigned long long)s->unit->pid);
	if (!h->alive || !s->unit->pid || !fs_read_path(path, SCRIPT_MAX, &all, &ignored) || !all.len)
		return;
	*out = (struct json_list){ NULL, 0 };
	for (size_t at = 0; at < all.len; at += strlen(all.at + at) + 1)
		texts_add(out, all.at + at, &h->arena);
}

bool service_active(const struct service *s)
{
	return strcmp(s->unit->active, "active") == 0 || strcmp(s->unit->active, "activating") == 0 ||
	       strcmp(s->unit->active, "reloading") == 0;
}

/* What the manager sets by itself, and then what the unit says. */
static void start_environment(struct trace *t)
{
	struct arena *arena = &t->h->arena;
	if (*t->s->home)
		texts_add(&t->environment, arena_printf(arena, "HOME=%s", t->s->home), arena);
	texts_add(&t->environment, arena_printf(arena, "USER=%s", t->s->unit->user), arena);
	texts_add(&t->environment, "PATH=" PATH_STANDARD, arena);
	for (size_t i = 0; i < t->s->unit->environment.count; i++)
		texts_add(&t->environment, ((char *const *)t->s->unit->environment.items)[i], arena);
	env_files_add(t->h, &t->s->unit->environment_files, &t->environment);
}

/* The words with variables filled in as the manager does (systemd.service(5)): "${NAME}" anywhere, "$NAME" as
 * a word of its own, which becomes as many words as it has, and "$$". */
static void fill_words(const struct trace *t, const struct json_list *words, struct json_list *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
	for (size_t i = 0; i < words->count; i++) {
		SCOPED(text_end) struct text word = { 0 };
		const char *p = ((char *const *)words->items)[i];
		size_t name = *p == '$' ? strspn(p + 1, letters) : 0;
		if (name && p[name + 1] == '\0') {
			unit_words(in_environment(t, p + 1, name), out, &t->h->arena);
			continue;
		}
		while (*p) {
			size_t len = p[0] == '$' && p[1] == '{' ? strspn(p + 2, letters) : 0;
			bool filled = len && p[len + 2] == '}';
			if (filled)
				text_puts(&word, in_environment(t, p + 2, len));
			else
				text_byte(&word, *p);
			p += filled ? len + 3 : p[0] == '$' && p[1] == '$' ? 2 : 1;
		}
		texts_add(out, text_str(&word), &t->h->arena);
	}
}

void service_trace(struct host *h, struct service *s)
{
	struct unit *u = s->unit;
	struct trace t = { .h = h, .s = s };
	struct json_list words = { NULL, 0 };
	const struct user *user = host_user_named(h, u->user);
	char *nothing = arena_str(&h->arena, "");
	s->runtime = s->script = s->core = s->version = s->live = s->live_version = nothing;
	s->home = user ? user->home : nothing;
	start_environment(&t);
	t.cwd = *u->cwd == '/' ? u->cwd : *u->cwd == '~' || strcmp(u->manager, "user") == 0 ? s->home : "/";
	for (size_t i = 0; i < u->overridden.count; i++)
		service_note(h, s, "ExecStart of %s does not count: %s overrides it",
			((char **)u->overridden.items)[i], u->exec_from);
	if (u->exec.count == 0) {
		service_note(h, s, "the unit has no ExecStart");
		return;
	}
	service_link(h, s, *u->exec_from && strcmp(u->exec_from, u->fragment) != 0 ? "drop-in" : "unit",
		*u->exec_from ? u->exec_from : u->name, ((char *const *)u->exec.items)[0]);
	fill_words(&t, &u->exec, &words);
	follow(&t, words.items, words.count);
	service_live(h, s);
}
