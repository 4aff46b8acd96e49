/* profile.c - see profile.h. */
#include "manifest/profile.h"

#include <stddef.h>
#include <string.h>

#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define AT(member) offsetof(struct profile_state, member)
static const struct json_field state_fields[] = {
	{ "class", JSON_TEXT, AT(class), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
static const struct json_shape state_shape = { state_fields, COUNT_OF(state_fields),
	sizeof(struct profile_state) };
#undef AT

#define AT(member) offsetof(struct profile_record, member)
static const struct json_field record_fields[] = {
	{ "at", JSON_TEXT, AT(at), false, NULL },
	{ "component", JSON_TEXT, AT(component), true, NULL },
	{ "value", JSON_TEXT, AT(value), false, NULL },
};
static const struct json_shape record_shape = { record_fields, COUNT_OF(record_fields),
	sizeof(struct profile_record) };
#undef AT

#define AT(member) offsetof(struct profile_config, member)
static const struct json_field config_fields[] = {
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "records", JSON_LIST, AT(records), false, &record_shape },
	{ "syntax", JSON_TEXT, AT(syntax), false, NULL },
};
static const struct json_shape config_shape = { config_fields, COUNT_OF(config_fields),
	sizeof(struct profile_config) };
#undef AT

#define AT(member) offsetof(struct profile_dropin, member)
static const struct json_field dropin_fields[] = {
	{ "lines", JSON_TEXTS, AT(lines), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "unit", JSON_TEXT, AT(unit), false, NULL },
};
static const struct json_shape dropin_shape = { dropin_fields, COUNT_OF(dropin_fields),
	sizeof(struct profile_dropin) };
#undef AT

#define AT(member) offsetof(struct profile_gate, member)
static const struct json_field gate_fields[] = {
	{ "advisory", JSON_FLAG, AT(advisory), true, NULL },
	{ "against", JSON_TEXT, AT(against), true, NULL },
	{ "argv", JSON_TEXTS, AT(argv), true, NULL },
	{ "component", JSON_TEXT, AT(component), true, NULL },
	{ "deadline", JSON_COUNT, AT(deadline), true, NULL },
	{ "expect", JSON_TEXTS, AT(expect), true, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "match", JSON_TEXT, AT(match), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "path", JSON_TEXT, AT(path), true, NULL },
	{ "port", JSON_COUNT, AT(port), true, NULL },
	{ "settle", JSON_COUNT, AT(settle), true, NULL },
	{ "unit", JSON_TEXT, AT(unit), true, NULL },
};
const struct json_shape profile_gate_shape = { gate_fields, COUNT_OF(gate_fields),
	sizeof(struct profile_gate) };
#undef AT

#define AT(member) offsetof(struct profile_variable, member)
static const struct json_field variable_fields[] = {
	{ "default", JSON_TEXT, AT(standard), false, NULL },
	{ "environment", JSON_TEXT, AT(environment), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
};
static const struct json_shape variable_shape = { variable_fields, COUNT_OF(variable_fields),
	sizeof(struct profile_variable) };
#undef AT

#define AT(member) offsetof(struct profile_core, member)
static const struct json_field core_fields[] = {
	{ "entries", JSON_TEXTS, AT(entries), true, NULL },
	{ "package", JSON_TEXT, AT(package), false, NULL },
	{ "places", JSON_TEXTS, AT(places), true, NULL },
	{ "wrappers", JSON_TEXTS, AT(wrappers), true, NULL },
};
static const struct json_shape core_shape = { core_fields, COUNT_OF(core_fields),
	sizeof(struct profile_core) };
#undef AT

#define AT(member) offsetof(struct profile_plugins, member)
static const struct json_field plugins_fields[] = {
	{ "host", JSON_TEXT, AT(host), true, NULL },
	{ "marker", JSON_TEXT, AT(marker), false, NULL },
	{ "paths", JSON_TEXT, AT(paths), true, NULL },
	{ "peer", JSON_TEXT, AT(peer), true, NULL },
	{ "places", JSON_TEXTS, AT(places), false, NULL },
	{ "records", JSON_TEXT, AT(records), true, NULL },
};
static const struct json_shape plugins_shape = { plugins_fields, COUNT_OF(plugins_fields),
	sizeof(struct profile_plugins) };
#undef AT

#define AT(member) offsetof(struct profile_listen, member)
static const struct json_field listen_fields[] = {
	{ "address", JSON_TEXT, AT(address), true, NULL },
	{ "bind", JSON_TEXT, AT(bind), true, NULL },
	{ "default", JSON_COUNT, AT(standard), true, NULL },
	{ "environment", JSON_TEXT, AT(environment), true, NULL },
	{ "option", JSON_TEXT, AT(option), true, NULL },
	{ "port", JSON_TEXT, AT(port), true, NULL },
};
static const struct json_shape listen_shape = { listen_fields, COUNT_OF(listen_fields),
	sizeof(struct profile_listen) };
#undef AT

#define AT(member) offsetof(struct profile_probe, member)
static const struct json_field probe_fields[] = {
	{ "argv", JSON_TEXTS, AT(argv), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
};
static const struct json_shape probe_shape = { probe_fields, COUNT_OF(probe_fields),
	sizeof(struct profile_probe) };
#undef AT

#define AT(member) offsetof(struct profile, member)
static const struct json_field profile_fields[] = {
	{ "caches", JSON_TEXTS, AT(caches), true, NULL },
	{ "config", JSON_LIST, AT(config), true, &config_shape },
	{ "core", JSON_OBJECT, AT(core), true, &core_shape },
	{ "dropins", JSON_LIST, AT(dropins), true, &dropin_shape },
	{ "excluded", JSON_TEXTS, AT(excluded), true, NULL },
	{ "gates", JSON_LIST, AT(gates), true, &profile_gate_shape },
	{ "interpreters", JSON_TEXTS, AT(interpreters), true, NULL },
	{ "listen", JSON_OBJECT, AT(listen), true, &listen_shape },
	{ "local", JSON_TEXTS, AT(local), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "plugins", JSON_OBJECT, AT(plugins), true, &plugins_shape },
	{ "probes", JSON_LIST, AT(probes), true, &probe_shape },
	{ "processes", JSON_TEXTS, AT(processes), true, NULL },
	{ "redactions", JSON_TEXTS, AT(redactions), true, NULL },
	{ "scanned", JSON_TEXTS, AT(scanned), true, NULL },
	{ "scheme", JSON_TEXT, AT(scheme), true, NULL },
	{ "state", JSON_LIST, AT(state), true, &state_shape },
	{ "units", JSON_TEXTS, AT(units), true, NULL },
	{ "variables", JSON_LIST, AT(variables), true, &variable_shape },
};
#undef AT

const struct json_shape profile_shape = { profile_fields, COUNT_OF(profile_fields), sizeof(struct profile) };

bool globs_match(const struct json_list *globs, const char *path)
{
	char *const *items = globs->items;
	for (size_t i = 0; i < globs->count && strcmp(path, PATH_ROOT) != 0; i++)
		if (path_matches(items[i], path))
			return true;
	return false;
}

bool globs_check(const struct json_list *globs, struct err *e)
{
	char *const *items = globs->items;
	const char *why;
	for (size_t i = 0; i < globs->count; i++)
		if (!path_plain(items[i] + (items[i][0] == '/'), &why))
			return err_set(e, ERR_FORMAT, "[%zu]: \"%s\" is no pattern for a relative path: %s",
				i, items[i], why);
	return true;
}

bool profile_read(const char *text, size_t len, struct profile *out, struct arena *arena, struct err *e)
{
	if (!json_read(&profile_shape, text, len, out, arena, e))
		return false;
	return (globs_check(&out->local, e) || err_in(e, "local")) &&
	       (globs_check(&out->excluded, e) || err_in(e, "excluded"));
}

bool profile_load(const char *name_or_file, struct profile *out, struct arena *arena, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	size_t len = 0;
	const char *builtin = profile_builtin(name_or_file, &len);
	if (!builtin) {
		if (!fs_read_path(name_or_file, PROFILE_MAX, &text, e))
			return err_in(e, "--profile %s (built in: generic, openclaw)", name_or_file);
		builtin = text_str(&text);
		len = text.len;
	}
	return profile_read(builtin, len, out, arena, e) || err_in(e, "--profile %s", name_or_file);
}
