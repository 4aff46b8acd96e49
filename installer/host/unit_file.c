/* unit_file.c - see unit_file.h. */
#include "installer/host/unit_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/base/scope.h"

#define BLANKS " \t\n\r"

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

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

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
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
	if (is_octal(p[0]) && is_octal(p[1]) && is_octal(p[2])) {
		text_byte(word, (char)((p[0] - '0') << 6 | (p[1] - '0') << 3 | (p[2] - '0')));
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
	while (*p && (quote || !is_blank(*p))) {
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
	for (const char *p = line + strspn(line, BLANKS); *p; p += strspn(p, BLANKS)) {
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
	size_t prefixes = strspn(value, "@-:+!|");
	unit_words(value + prefixes, &m->exec, arena);
	char **words = m->exec.items;
	if (memchr(value, '@', prefixes) && m->exec.count > 1) /* what it calls itself is no argument */
		memmove(words + 1, words + 2, (--m->exec.count - 1) * sizeof *words);
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

static void add_environment_file(
	struct unit_merge *m, const char *file, const char *value, struct arena *arena)
{
	(void)file;
	if (*value == '\0')
		m->environment_files = (struct json_list){ NULL, 0 };
	else
		texts_add(&m->environment_files, value, arena);
}

static const struct assignment {
	const char *section, *name;
	void (*set)(struct unit_merge *m, const char *file, const char *value, struct arena *arena);
} assignments[] = {
	{ "[Service]", "ExecStart", set_exec },
	{ "[Service]", "WorkingDirectory", set_cwd },
	{ "[Service]", "User", set_user },
	{ "[Service]", "Environment", add_environment },
	{ "[Service]", "EnvironmentFile", add_environment_file },
};

/* Takes one line off the text; a carriage return before its end is not of it. */
static const char *physical_line(const char **at, const char *end, size_t *len)
{
	const char *from = *at, *stop = memchr(from, '\n', (size_t)(end - from));
	*at = stop ? stop + 1 : end;
	*len = (size_t)((stop ? stop : end) - from);
	*len -= *len && from[*len - 1] == '\r';
	return from;
}

static bool is_comment(const char *line, size_t len)
{
	while (len && is_blank(*line))
		line++, len--;
	return len && (*line == '#' || *line == ';');
}

/* Two backslashes are one that joins nothing. */
static bool is_joined(const char *line, size_t len)
{
	bool odd = false;
	while (len && line[len - 1] == '\\') {
		odd = !odd;
		len--;
	}
	return odd;
}

/* The next logical line: a backslash at its end joins the next one, comments in between are dropped. */
static bool next_line(const char **at, const char *end, struct text *line)
{
	text_clear(line);
	bool some = *at < end, joined = some;
	while (joined && *at < end) {
		size_t len;
		const char *from = physical_line(at, end, &len);
		if (is_comment(from, len)) {
			joined = line->len > 0;
			continue;
		}
		joined = is_joined(from, len);
		text_add(line, from, len - joined);
		if (joined)
			text_byte(line, ' ');
	}
	return some;
}

static char *trim(char *s)
{
	s += strspn(s, BLANKS);
	for (char *end = s + strlen(s); end > s && is_blank(end[-1]);)
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
	size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	for (const char *at = text + mark; next_line(&at, text + len, &line);) {
		char *plain = trim(line.at ? line.at : (char[]){ "" });
		if (*plain == '[')
			snprintf(section, sizeof section, "%s", plain);
		else if (*plain)
			assign(m, file, section, plain, arena);
	}
}
