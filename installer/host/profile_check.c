/* profile_check.c - see profile_check.h. */
#include "installer/host/profile_check.h"

#include <stdlib.h>
#include <string.h>

#include "installer/host/gate.h"
#include "installer/host/redact.h"
#include "installer/host/units.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static bool check_word(const char *word, const char *const *list, const char *field, struct err *e)
{
	return is_one_of(word, list) || err_set(e, ERR_FORMAT, "%s: there is no \"%.80s\"", field, word);
}

/* ---- paths: absolute, or from a name on ---- */

static bool is_variable(const struct profile *p, const char *name, size_t len)
{
	static const char *const given[] = { "home", "unit", "core", "runtime", "component", "place", NULL };
	SCOPED_TEXT char *plain = mem_copy(name, len);
	const struct profile_variable *v = p->variables.items;
	for (size_t i = 0; i < p->variables.count; i++)
		if (strcmp(v[i].name, plain) == 0)
			return true;
	return is_one_of(plain, given);
}

static bool check_names(const struct profile *p, const char *text, const char *field, struct err *e)
{
	for (const char *at = text; (at = strstr(at, "${")) != NULL;) {
		const char *end = strchr(at, '}');
		if (!end || !is_variable(p, at + 2, (size_t)(end - at - 2)))
			return err_set(e, ERR_FORMAT, "%s: \"%.200s\": nothing says what %.*s is", field,
				text, (int)(end ? end + 1 - at : 40), at);
		at = end;
	}
	return true;
}

static bool check_path(const struct profile *p, const char *path, const char *field, struct err *e)
{
	if (*path != '/' && strncmp(path, "${", 2) != 0)
		return err_set(e, ERR_FORMAT, "%s: \"%.200s\" is no absolute path", field, path);
	return check_names(p, path, field, e);
}

static bool check_paths(
	const struct profile *p, const struct json_list *paths, const char *field, struct err *e)
{
	for (size_t i = 0; i < paths->count; i++)
		if (!check_path(p, ((char *const *)paths->items)[i], field, e))
			return false;
	return true;
}

static bool check_places(const struct profile *p, struct err *e)
{
	return check_paths(p, &p->caches, "caches", e) && check_paths(p, &p->scanned, "scanned", e) &&
	       (!p->core || (check_paths(p, &p->core->places, "core.places", e) &&
				    check_paths(p, &p->core->wrappers, "core.wrappers", e))) &&
	       (!p->plugins || check_paths(p, &p->plugins->places, "plugins.places", e));
}

/* A variable is made of those before it. */
static bool check_variables(const struct profile *p, struct err *e)
{
	struct profile before = *p;
	const struct profile_variable *v = p->variables.items;
	for (size_t i = 0; i < p->variables.count; i++) {
		before.variables.count = i;
		if (!id_plain(v[i].name) || is_variable(&before, v[i].name, strlen(v[i].name)))
			return err_set(e, ERR_FORMAT, "variables[%zu]: \"%.80s\" is no name, or given twice",
				i, v[i].name);
		if (!check_names(&before, v[i].standard, "variables: default", e))
			return false;
	}
	return true;
}

/* ---- words ---- */

static bool check_state(const struct profile *p, struct err *e)
{
	static const char *const classes[] = { "restore", "keep", NULL };
	static const char *const syntaxes[] = { "json", "json5", NULL };
	const struct profile_state *state = p->state.items;
	const struct profile_config *config = p->config.items;
	for (size_t i = 0; i < p->state.count; i++)
		if (!check_word(state[i].class, classes, "state: class", e) ||
			!check_path(p, state[i].path, "state: path", e))
			return false;
	for (size_t i = 0; i < p->config.count; i++)
		if (!check_word(config[i].syntax, syntaxes, "config: syntax", e) ||
			!check_path(p, config[i].path, "config: path", e))
			return false;
	return true;
}

static bool check_patterns(const struct profile *p, struct err *e)
{
	SCOPED(redact_end) struct redact redact = { 0 };
	if (!redact_open(&p->redactions, &redact, e))
		return false;
	for (size_t i = 0; i < p->processes.count; i++) {
		SCOPED(pattern_end) struct pattern pattern = { 0 };
		if (!pattern_open(((char *const *)p->processes.items)[i], &pattern, e))
			return err_in(e, "processes[%zu]", i);
	}
	return true;
}

static bool check_units(const struct profile *p, struct err *e)
{
	for (size_t i = 0; i < p->units.count; i++) {
		const char *name = ((char *const *)p->units.items)[i], *dot = strrchr(name, '.');
		if (strchr(name, '/') || *name == '-' || !dot || strcmp(dot, ".service") != 0)
			return err_set(
				e, ERR_FORMAT, "units[%zu]: \"%.80s\" is no name of a service", i, name);
	}
	return true;
}

/* A file of its own in the unit's directory, before that of the hold. */
static bool check_dropins(const struct profile *p, struct err *e)
{
	const struct profile_dropin *d = p->dropins.items;
	for (size_t i = 0; i < p->dropins.count; i++) {
		const char *name = d[i].name, *dot = strrchr(name, '.');
		if (strchr(name, '/') || *name == '.' || !dot || strcmp(dot, ".conf") != 0 ||
			strcmp(name, PROFILE_HOLD) >= 0 || strcmp(name, PROFILE_RUNTIME) == 0)
			return err_set(
				e, ERR_FORMAT, "dropins[%zu]: \"%.80s\" is no name of a drop-in", i, name);
		if (strchr(d[i].unit, '/') || !check_names(p, d[i].unit, "dropins: unit", e))
			return err_set(e, ERR_FORMAT, "dropins[%zu]: \"%.80s\" is no unit", i, d[i].unit);
	}
	return true;
}

static bool check_gates(const struct profile *p, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	const struct profile_gate *from = p->gates.items;
	struct json_list gates = { NULL, 0 };
	for (size_t i = 0; i < p->gates.count; i++)
		*(struct gate *)list_add(&gates, sizeof(struct gate), &arena) = gate_from(&from[i], &arena);
	return gates_check(&gates, e);
}

bool profile_check(const struct profile *p, struct err *e)
{
	static const char *const schemes[] = { "", "semver", "date", NULL };
	if (!application_plain(p->name))
		return err_set(e, ERR_FORMAT, "name: \"%.80s\" is no name of an application", p->name);
	return check_word(p->scheme, schemes, "scheme", e) && check_variables(p, e) && check_places(p, e) &&
	       check_state(p, e) && check_units(p, e) && check_dropins(p, e) && check_patterns(p, e) &&
	       check_gates(p, e);
}
