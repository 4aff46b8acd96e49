/* env_file.c - see env_file.h. */
#include "installer/host/env_file.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "installer/host/unit_file.h"
#include "manifest/base/scope.h"

#define FILES_MAX 64

static bool is_name(const char *name)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

/* Up to the closing quote. In double quotes a backslash takes the meaning of few letters. */
static const char *quoted(const char *p, const char *end, struct text *out)
{
	char quote = *p++;
	for (; p < end && *p != quote; p++) {
		bool escape = *p == '\\' && quote == '"' && p + 1 < end;
		if (escape && p[1] == '\n') {
			p++;
			continue;
		}
		if (escape && strchr("\"\\`$", p[1]))
			p++;
		text_byte(out, *p);
	}
	return p < end ? p + 1 : p;
}

/* Plain text up to the end of the line: blanks at its end are not of it, a backslash takes the next letter as
 * it is and joins lines. */
static const char *unquoted(const char *p, const char *end, struct text *out)
{
	size_t keep = out->len;
	for (; p < end && *p != '\n'; p++) {
		bool escape = *p == '\\' && p + 1 < end;
		p += escape;
		if (!escape || *p != '\n')
			text_byte(out, *p);
		if (escape || !isspace((unsigned char)*p))
			keep = out->len;
	}
	if (out->len > keep) {
		out->len = keep;
		out->at[keep] = '\0';
	}
	return p;
}

/* Pieces in quotes may stand in front, one after the other. */
static const char *value(const char *p, const char *end, struct text *out)
{
	text_clear(out);
	text_puts(out, "");
	while (p < end && *p != '\n') {
		if (*p == '"' || *p == '\'')
			p = quoted(p, end, out);
		else if (isspace((unsigned char)*p))
			p++;
		else
			p = unquoted(p, end, out);
	}
	return p;
}

/* Past a comment, which a backslash joins to the next line. */
static const char *comment(const char *p, const char *end)
{
	while (p < end && *p != '\n')
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p;
}

void env_file_read(const char *text, size_t len, struct json_list *out, struct arena *arena)
{
	SCOPED(text_end) struct text name = { 0 }, said = { 0 };
	const char *end = text + len;
	for (const char *p = text; p < end;) {
		if (isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		if (*p == '#' || *p == ';') {
			p = comment(p, end);
			continue;
		}
		text_clear(&name);
		while (p < end && *p != '=' && *p != '\n')
			text_byte(&name, *p++);
		if (p >= end || *p == '\n')
			continue;
		while (name.len && isspace((unsigned char)name.at[name.len - 1]))
			name.at[--name.len] = '\0';
		p = value(p + 1, end, &said);
		if (is_name(text_str(&name)))
			texts_add(out, arena_printf(arena, "%s=%s", text_str(&name), text_str(&said)), arena);
	}
}

void env_files_add(struct host *h, const struct json_list *files, struct json_list *out)
{
	for (size_t i = 0; i < files->count && i < FILES_MAX; i++) {
		const char *file = ((char *const *)files->items)[i];
		struct json_list found = { NULL, 0 };
		bool perhaps = *file == '-';
		file += perhaps;
		if (*file == '/')
			host_glob(h, file, &found);
		if (found.count == 0 && !perhaps)
			host_unseen(h, "EnvironmentFile=%s: it is not there", file);
		for (size_t k = 0; k < found.count && k < FILES_MAX; k++) {
			SCOPED(text_end) struct text text = { 0 };
			const char *path = ((char *const *)found.items)[k];
			if (host_read(h, path, ENV_FILE_MAX, &text))
				env_file_read(text_str(&text), text.len, out, &h->arena);
			else
				host_unseen(h, "EnvironmentFile=%s: %s", path, strerror(errno));
		}
	}
}
