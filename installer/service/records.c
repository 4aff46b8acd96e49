/* records.c - see records.h. */
#include "installer/service/records.h"

#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/path.h"

/* ---- what is put in ---- */

/* How a text looks inside of another. */
typedef void (*escape)(const char *s, struct text *out);

static void as_token(const char *s, struct text *out)
{
	for (; *s; s++) {
		if (*s == '~' || *s == '/')
			text_puts(out, *s == '~' ? "~0" : "~1");
		else
			text_byte(out, *s);
	}
}

static void in_text(const char *s, struct text *out)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_byte(out, '\\');
		text_byte(out, *s);
	}
}

static const char *variable(
	const struct records_wish *wish, const struct records_plugin *plugin, const char *name)
{
	if (plugin && strcmp(name, "component") == 0)
		return plugin->id;
	if (plugin && strcmp(name, "place") == 0)
		return plugin->place;
	if (plugin && strcmp(name, "version") == 0)
		return plugin->version;
	return wish->variable ? wish->variable(wish->ctx, name) : NULL;
}

static bool put(const struct records_wish *wish, const struct records_plugin *plugin, const char *name,
	escape as, struct text *out, struct err *e)
{
	const char *value = variable(wish, plugin, name);
	if (!value)
		return err_set(e, ERR_FORMAT, "nobody knows what ${%s} is", name);
	if (!utf8_plain(value, strlen(value)))
		return err_set(e, ERR_REFUSED, "${%s} is \"%s\", which is no plain UTF-8", name, value);
	as(value, out);
	return true;
}

static bool fill(const struct records_wish *wish, const struct records_plugin *plugin, const char *text,
	escape as, struct text *out, struct err *e)
{
	text_clear(out);
	while (*text) {
		const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
		if (!end) {
			text_byte(out, *text++);
			continue;
		}
		SCOPED_TEXT char *name = mem_copy(text + 2, (size_t)(end - text - 2));
		if (!put(wish, plugin, name, as, out, e))
			return false;
		text = end + 1;
	}
	return true;
}

/* ---- which records, for whom ---- */

static bool says(const struct profile_record *r, const char *name)
{
	return strstr(r->at, name) || strstr(r->value, name);
}

static bool each_plugin(const struct profile_record *r)
{
	return *r->component ? strcmp(r->component, "*") == 0
			     : says(r, "${component}") || says(r, "${place}") || says(r, "${version}");
}

/* The pointer of the plugin's install record if `at` leads to it or into it and it has to be there already.
 */
static const char *guard(const struct records_wish *wish, const struct records_plugin *plugin, const char *at,
	struct arena *arena)
{
	SCOPED(text_end) struct text record = { 0 };
	if (!plugin || plugin->fresh || !wish->installs || !*wish->installs)
		return NULL;
	text_printf(&record, "%s/", wish->installs);
	as_token(plugin->id, &record);
	bool in = strncmp(at, record.at, record.len) == 0 && (!at[record.len] || at[record.len] == '/');
	return in ? arena_copy(arena, record.at, record.len) : NULL;
}

static bool one(const struct records_wish *wish, const struct profile_record *r,
	const struct records_plugin *plugin, struct arena *arena, struct splice *out, struct err *e)
{
	SCOPED(text_end) struct text at = { 0 }, value = { 0 };
	bool versionless = plugin && (!plugin->version || !*plugin->version);
	bool removal = !*r->value || (versionless && strstr(r->value, "${version}"));
	if (!fill(wish, plugin, r->at, as_token, &at, e) ||
		(!removal && !fill(wish, plugin, r->value, in_text, &value, e)))
		return err_in(e, "the profile's record %s", r->at);
	*out = (struct splice){ .at = arena_str(arena, text_str(&at)),
		.value = removal ? NULL : arena_str(arena, text_str(&value)),
		.under = guard(wish, plugin, text_str(&at), arena) };
	return true;
}

bool records_splices(const struct records_wish *wish, struct arena *arena, struct splice **edits,
	size_t *count, struct err *e)
{
	const struct profile_record *r = wish->config->records.items;
	const struct records_plugin *p = wish->plugins;
	*count = 0;
	*edits = arena_new(arena, (wish->config->records.count * (wish->count + 1) + 1) * sizeof **edits);
	for (size_t i = 0; i < wish->config->records.count; i++) {
		bool each = each_plugin(&r[i]);
		if (!each && !*r[i].component && !one(wish, &r[i], NULL, arena, &(*edits)[(*count)++], e))
			return false;
		for (size_t k = 0; k < wish->count; k++)
			if ((each || strcmp(r[i].component, p[k].id) == 0) &&
				!one(wish, &r[i], &p[k], arena, &(*edits)[(*count)++], e))
				return false;
	}
	return true;
}
