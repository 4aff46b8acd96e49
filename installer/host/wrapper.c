/* wrapper.c - see wrapper.h. No shell: assignments, `cd`, and one command at the end are what wrappers are
 * made of. */
#include "installer/host/wrapper.h"

#include <ctype.h>
#include <string.h>

#include "installer/host/unit_file.h"
#include "manifest/base/scope.h"

struct script {
	const char *file;
	struct json_list variables; /* of char *: NAME=value; the last one counts */
	struct json_list words;
	char *cwd;
	struct arena *arena;
};

static const char *variable(const struct script *s, const char *name, size_t len)
{
	for (size_t i = s->variables.count; i-- > 0;) {
		const char *item = ((char *const *)s->variables.items)[i];
		if (strncmp(item, name, len) == 0 && item[len] == '=')
			return item + len + 1;
	}
	return NULL;
}

static void own_directory(const struct script *s, struct text *out)
{
	const char *slash = strrchr(s->file, '/');
	text_add(out, s->file, slash && slash > s->file ? (size_t)(slash - s->file) : 1);
}

/* "$(...)": only the many ways to say "where this script lies" are understood. */
static const char *command_substitution(const struct script *s, const char *p, struct text *out)
{
	int depth = 0;
	const char *from = p;
	do
		depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
	while (*p++ && depth > 0);
	SCOPED_TEXT char *inside = mem_copy(from, (size_t)(p - from));
	if (strstr(inside, "dirname") && strstr(inside, "$0"))
		own_directory(s, out);
	else if (strstr(inside, "BASH_SOURCE") && strstr(inside, "dirname"))
		own_directory(s, out);
	return p;
}

/* What stands in braces: NAME, NAME:-else, or the script's own directory as "0%" and a pattern. */
static const char *braces(const struct script *s, const char *p, struct text *out)
{
	const char *end = strchr(p, '}');
	if (!end)
		return p + strlen(p);
	size_t len = strcspn(p, ":}-%#/");
	const char *value = variable(s, p, len);
	const char *otherwise = memmem(p, (size_t)(end - p), "-", 1);
	if (strncmp(p, "0%/*}", 5) == 0)
		own_directory(s, out);
	else if (value && *value)
		text_puts(out, value);
	else if (otherwise)
		text_add(out, otherwise + 1, (size_t)(end - otherwise - 1));
	return end + 1;
}

static const char *dollar(const struct script *s, const char *p, struct text *out)
{
	if (*p == '{')
		return braces(s, p + 1, out);
	if (*p == '(')
		return command_substitution(s, p, out);
	if (*p == '0') {
		text_puts(out, s->file);
		return p + 1;
	}
	if (*p == '@' || *p == '*') {
		text_puts(out, "$@");
		return p + 1;
	}
	size_t len = 0;
	while (isalnum((unsigned char)p[len]) || p[len] == '_')
		len++;
	const char *value = variable(s, p, len);
	if (value)
		text_puts(out, value);
	return p + len;
}

/* The line with its variables filled in, except within single quotes. */
static void fill(const struct script *s, const char *line, struct text *out)
{
	bool quoted = false;
	text_clear(out);
	for (const char *p = line; *p;) {
		if (*p == '\'')
			quoted = !quoted;
		if (*p == '$' && !quoted)
			p = dollar(s, p + 1, out);
		else
			text_byte(out, *p++);
	}
}

static bool is_assignment(const char *word)
{
	size_t len = 0;
	while (isalnum((unsigned char)word[len]) || word[len] == '_')
		len++;
	return len > 0 && !isdigit((unsigned char)*word) && word[len] == '=';
}

/* Redirections, "$@" and what follows a ";", "&&" or "|" are no arguments. */
static void keep_command(struct script *s, char *const *words, size_t count)
{
	struct json_list kept = { NULL, 0 };
	for (size_t i = 0; i < count; i++) {
		const char *w = words[i];
		if (strcmp(w, ";") == 0 || strcmp(w, "&&") == 0 || strcmp(w, "||") == 0 ||
			strcmp(w, "|") == 0)
			break;
		if (strcmp(w, "$@") != 0 && !strpbrk(w, "<>") && strcmp(w, "&") != 0)
			texts_add(&kept, w, s->arena);
	}
	s->words = kept;
}

static void read_line(struct script *s, const char *line)
{
	SCOPED(text_end) struct text filled = { 0 };
	struct json_list list = { NULL, 0 };
	fill(s, line, &filled);
	unit_words(text_str(&filled), &list, s->arena);
	char *const *words = list.items;
	size_t i = list.count && strcmp(words[0], "export") == 0;
	while (i < list.count && is_assignment(words[i]))
		texts_add(&s->variables, words[i++], s->arena);
	if (i >= list.count || *words[i] == '#')
		return;
	if (strcmp(words[i], "cd") == 0 && i + 1 < list.count)
		s->cwd = words[i + 1];
	else if (strcmp(words[i], "exec") == 0 && i + 1 < list.count && !strpbrk(words[i + 1], "<>"))
		keep_command(s, words + i + 1, list.count - i - 1);
	else if (strstr(text_str(&filled), "$@"))
		keep_command(s, words + i, list.count - i);
}

void wrapper_read(const char *file, const char *text, size_t len, const struct json_list *environment,
	struct json_list *words, char **cwd, struct arena *arena)
{
	struct script s = { .file = file, .arena = arena };
	SCOPED(text_end) struct text joined = { 0 };
	for (size_t i = 0; i < environment->count; i++)
		texts_add(&s.variables, ((char *const *)environment->items)[i], arena);
	for (size_t i = 0; i < len; i++) {
		bool join = text[i] == '\\' && i + 1 < len && text[i + 1] == '\n';
		text_byte(&joined, text[i] == '\0' || join ? ' ' : text[i]);
		i += join;
	}
	SCOPED_TEXT char *copy = mem_copy(text_str(&joined), joined.len);
	for (char *rest = copy, *line; (line = strsep(&rest, "\n")) != NULL;)
		if (line[strspn(line, " \t")] != '#')
			read_line(&s, line);
	*words = s.words;
	*cwd = s.cwd;
}
