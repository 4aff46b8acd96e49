/* unit_file.c - see unit_file.h. */
#include "installer/host/unit_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"

void texts_add(struct json_list *list, const char *text, struct arena *arena)
{
	if ((list->count & (list->count - 1)) == 0) {
		char **more = arena_new(arena, (list->count ? list->count * 2 : 1) * sizeof *more);
		if (list->count)
			memcpy(more, list->items, list->count * sizeof *more);
		list->items = more;
	}
	((char **)list->items)[list->count++] = arena_str(arena, text);
}

/* One letter behind a backslash; those that systemd does not know stay as they are. */
static const char *unescape(const char *p, struct text *word)
{
	static const char from[] = "abfnrtvs\\\"'", to[] = "\a\b\f\n\r\t\v \\\"'";
	const char *known = *p ? strchr(from, *p) : NULL;
	if (*p == 'x' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
		char hex[] = { p[1], p[2], '\0' };
		text_byte(word, (char)strtol(hex, NULL, 16));
		return p + 3;
	}
	if (known)
		text_byte(word, to[known - from]);
	else
		text_byte(word, '\\');
	return known ? p + 1 : p;
}

/* One word from `p` on; a quote may stand anywhere in it. */
static const char *read_word(const char *p, struct text *word)
{
	char quote = '\0';
	for (; *p && (quote || !isspace((unsigned char)*p));) {
		if (*p == '\\') {
			p = unescape(p + 1, word);
		} else if (quote ? *p == quote : *p == '"' || *p == '\'') {
			quote = quote ? '\0' : *p;
			p++;
		} else {
			text_byte(word, *p++);
		}
	}
	return p;
}

void unit_words(const char *line, struct json_list *out, struct arena *arena)
{
	SCOPED(text_end) struct text word = { 0 };
	for (const char *p = line + strspn(line, " \t\n"); *p; p += strspn(p, " \t\n")) {
		text_clear(&word);
		p = read_word(p, &word);
		texts_add(out, text_str(&word), arena);
	}
}

void unit_merge_init(struct unit_merge *m, struct arena *arena)
{
	*m = (struct unit_merge){
		.exec_from = arena_str(arena, ""), .cwd = arena_str(arena, ""), .user = arena_str(arena, "")
	};
}

static void set_exec(struct unit_merge *m, const char *file, const char *value, struct arena *arena)
{
	if (*m->exec_from && strcmp(m->exec_from, file) != 0)
		texts_add(&m->overridden, m->exec_from, arena);
	m->exec = (struct json_list){ NULL, 0 };
	m->exec_from = arena_str(arena, *value ? file : "");
	unit_words(value + strspn(value, "@-:+!"), &m->exec, arena);
}

static void set_cwd(struct unit_merge *m, const char *file, const char *value, struct arena *arena)
{
	(void)file;
	m->cwd = arena_str(arena, value + (*value == '-'));
}

static void set_user(struct unit_merge *m, const char *file, const char *value, struct arena *arena)
{
	(void)file;
	m->user = arena_str(arena, value);
}

static void add_environment(struct unit_merge *m, const char *file, const char *value, struct arena *arena)
{
	(void)file;
	if (*value == '\0')
		m->environment = (struct json_list){ NULL, 0 };
	unit_words(value, &m->environment, arena);
}

static const struct assignment {
	const char *section, *name;
	void (*set)(struct unit_merge *m, const char *file, const char *value, struct arena *arena);
} assignments[] = {
	{ "[Service]", "ExecStart", set_exec },
	{ "[Service]", "WorkingDirectory", set_cwd },
	{ "[Service]", "User", set_user },
	{ "[Service]", "Environment", add_environment },
};

/* The next logical line: a backslash at its end joins the next one, comments in between are dropped. */
static bool next_line(const char **at, const char *end, struct text *line)
{
	text_clear(line);
	bool some = *at < end, joined = some;
	while (joined && *at < end) {
		const char *stop = memchr(*at, '\n', (size_t)(end - *at));
		const char *from = *at, *to = stop ? stop : end;
		*at = stop ? stop + 1 : end;
		const char *first = from;
		while (first < to && isspace((unsigned char)*first))
			first++;
		if (first < to && (*first == '#' || *first == ';')) {
			joined = line->len > 0;
			continue;
		}
		joined = to > from && to[-1] == '\\';
		text_add(line, from, (size_t)(to - from) - joined);
		if (joined)
			text_byte(line, ' ');
	}
	return some;
}

static char *trim(char *s)
{
	s += strspn(s, " \t\r");
	for (char *end = s + strlen(s); end > s && strchr(" \t\r", end[-1]);)
		*--end = '\0';
	return s;
}

static void assign(
	struct unit_merge *m, const char *file, const char *section, char *line, struct arena *arena)
{
	char *equal = strchr(line, '=');
	if (!equal)
		return;
	*equal = '\0';
	for (size_t i = 0; i < COUNT_OF(assignments); i++)
		if (strcmp(assignments[i].section, section) == 0 &&
			strcmp(assignments[i].name, trim(line)) == 0)
			assignments[i].set(m, file, trim(equal + 1), arena);
}

void unit_merge_add(struct unit_merge *m, const char *file, const char *text, size_t len, struct arena *arena)
{
	SCOPED(text_end) struct text line = { 0 };
	char section[64] = "";
	for (const char *at = text; next_line(&at, text + len, &line);) {
		char *plain = trim(line.at ? line.at : (char[]){ "" });
		if (*plain == '[' && strlen(plain) < sizeof section)
			strcpy(section, plain);
		else if (*plain)
			assign(m, file, section, plain, arena);
	}
}
