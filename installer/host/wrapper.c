/* wrapper.c - see wrapper.h. No shell: assignments, `cd`, and one command at the end are what wrappers are
 * made of. */
#include "installer/host/wrapper.h"

#include <ctype.h>
#include <string.h>

#include "installer/host/unit_file.h"
#include "manifest/base/scope.h"

#define DEPTH_MAX  8
#define FILLED_MAX ((size_t)1024 * 1024) /* bytes of one command; a script that doubles its variables */
#define VALUE_MAX  ((size_t)32 * 1024)   /* of one variable */
#define TOTAL_MAX  ((size_t)16 * 1024 * 1024)

struct script {
	const char *file;
	bool any;                   /* a command need not be an exec nor pass arguments on */
	bool unknown;               /* the command at hand holds something that only running it tells */
	bool perhaps;               /* ... or is only run if a test says so */
	int depth;                  /* of substitutions within substitutions */
	struct json_list variables; /* of char *: NAME=value; the last one counts */
	struct json_list functions; /* of char *: names that are no programs */
	struct json_list words;
	char *cwd;
	struct arena *arena;
};

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static size_t name_len(const char *p)
{
	size_t len = 0;
	while (isalnum((unsigned char)p[len]) || p[len] == '_')
		len++;
	return len;
}

/* ---- quotes and brackets: where they end ---- */

static const char *past(const char *p, char end)
{
	while (*p && *p != end)
		p += *p == '\\' && end != '\'' && p[1] ? 2 : 1;
	return *p ? p + 1 : p;
}

/* From the opening bracket on; brackets within quotes count too, as "$(...)" is found there. */
static const char *past_bracket(const char *p, char open, char close)
{
	int depth = 0;
	bool quoted = false;
	for (; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '\'' && !quoted) {
			p = past(p + 1, '\'') - 1;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (*p == open) {
			depth++;
		} else if (*p == close && --depth == 0) {
			return p + 1;
		}
	}
	return p;
}

/* One letter, or all of what a "\", "$" or "`" begins. */
static const char *past_letter(const char *p)
{
	if (*p == '\\' && p[1])
		return p + 2;
	if (*p == '`')
		return past(p + 1, '`');
	if (*p == '$' && p[1] == '(')
		return past_bracket(p + 1, '(', ')');
	if (*p == '$' && p[1] == '{')
		return past_bracket(p + 1, '{', '}');
	return p + 1;
}

static const char *past_piece(const char *p)
{
	if (*p == '\'')
		return past(p + 1, '\'');
	if (*p != '"')
		return past_letter(p);
	for (p++; *p && *p != '"';)
		p = past_letter(p);
	return *p ? p + 1 : p;
}

/* ---- commands of a script ---- */

/* "<<WORD", "<<-'WORD'": the word that ends the text below, without quotes. */
static const char *here_document(const char *p, struct text *word)
{
	p += 2 + (p[2] == '-');
	p += strspn(p, " \t");
	text_clear(word);
	for (; *p && !strchr(" \t\n;|&<>()", *p); p++)
		if (!strchr("\\'\"", *p))
			text_byte(word, *p);
	return p;
}

/* Past the lines of a here-document, whose first one begins at `p`. */
static const char *past_document(const char *p, struct text *word)
{
	for (bool over = word->len == 0; *p && !over;) {
		const char *line = p + strspn(p, "\t");
		size_t len = strcspn(line, "\n");
		over = len == word->len && memcmp(line, word->at, len) == 0;
		p = line + len + (line[len] == '\n');
	}
	text_clear(word);
	return p;
}

static bool is_operator(const char *from, const char *p)
{
	if (*p == '&')
		return p[1] != '>' && (p == from || !strchr("<>", p[-1]));
	return *p && strchr(";|()\n", *p);
}

/* The text up to the next operator, which is *end ('A' for "&&", 'O' for "||"); comments and here-documents
 * are left out. */
static const char *next_command(const char *p, struct text *out, char *end)
{
	SCOPED(text_end) struct text word = { 0 };
	const char *from = p;
	text_clear(out);
	while (*p && !is_operator(from, p)) {
		const char *next = past_piece(p);
		if (*p == '#' && (p == from || isspace((unsigned char)p[-1]))) {
			p += strcspn(p, "\n");
		} else if (p[0] == '<' && p[1] == '<' && p[2] == '<') {
			p += 3;
		} else if (p[0] == '<' && p[1] == '<') {
			p = here_document(p, &word);
		} else if (p[0] == '\\' && p[1] == '\n') {
			text_byte(out, ' ');
			p = next;
		} else {
			text_add(out, p, (size_t)(next - p));
			p = next;
		}
	}
	bool twice = *p && p[1] == *p && strchr("&|;", *p);
	*end = twice && *p == '&' ? 'A' : twice && *p == '|' ? 'O' : *p;
	if (word.len && *p) { /* what stands between the word and the text below it is passed over */
		*end = '\n';
		p += strcspn(p, "\n");
		return past_document(*p ? p + 1 : p, &word);
	}
	return *p ? p + 1 + twice : p;
}

/* ---- variables and substitutions ---- */

static const char *variable(const struct script *s, const char *name, size_t len)
{
	for (size_t i = s->variables.count; i-- > 0;) {
		const char *item = ((char *const *)s->variables.items)[i];
		if (strncmp(item, name, len) == 0 && item[len] == '=')
			return item + len + 1;
	}
	return NULL;
}

static void fill(struct script *s, const char *line, struct text *out);

/* Within a substitution or braces, which may hold others. */
static void fill_within(struct script *s, const char *line, struct text *out)
{
	if (++s->depth > DEPTH_MAX)
		s->unknown = true;
	else
		fill(s, line, out);
	s->depth--;
}

static void directory_of(const char *path, struct text *out)
{
	const char *slash = strrchr(path, '/');
	if (slash)
		text_add(out, path, slash > path ? (size_t)(slash - path) : 1);
	else
		text_byte(out, '.');
}

/* "2>&1", ">", "<FILE", "&>FILE" */
static bool is_redirection(const char *word)
{
	word += strspn(word, "0123456789&");
	return *word == '<' || *word == '>';
}

static char *last_word(const struct json_list *words)
{
	size_t i = words->count - 1;
	while (i > 0 && is_redirection(((char *const *)words->items)[i]))
		i--;
	return ((char *const *)words->items)[i];
}

/* What the first command of a substitution prints: only the many ways to say where something lies. */
static void substitute(struct script *s, const char *from, size_t len, struct text *out)
{
	static const char *const same[] = { "cd", "readlink", "realpath", "echo", "which", "command", NULL };
	SCOPED_TEXT char *inside = mem_copy(from, len);
	SCOPED(text_end) struct text command = { 0 }, filled = { 0 };
	struct json_list list = { NULL, 0 };
	char end;
	(void)next_command(inside, &command, &end);
	fill_within(s, text_str(&command), &filled);
	unit_words(text_str(&filled), &list, s->arena);
	char *const *words = list.items;
	if (list.count > 1 && strcmp(words[0], "dirname") == 0)
		directory_of(last_word(&list), out);
	else if (list.count > 1 && is_one_of(words[0], same))
		text_puts(out, last_word(&list));
	else if (list.count == 1 && strcmp(words[0], "pwd") == 0 && s->cwd)
		text_puts(out, s->cwd);
	else
		s->unknown = true;
}

/* What stands in braces: NAME alone, with an else (":-", ":+"), or as a path cut short ("%/" and "##" with a
 * star). */
static void braces(struct script *s, const char *from, size_t len, struct text *out)
{
	SCOPED_TEXT char *inside = mem_copy(from, len);
	bool own = strncmp(inside, "BASH_SOURCE", 11) == 0;
	size_t name = own ? strcspn(inside, ":-+=%#/") : name_len(inside);
	const char *value = own || (name == 1 && *inside == '0') ? s->file : variable(s, inside, name);
	const char *rest = inside + name + (inside[name] == ':');
	value = value ? value : "";
	if (*inside == '@' || *inside == '*' || strstr(inside, "$@"))
		text_puts(out, "$@");
	else if (*rest && (*value ? *rest == '+' : *rest == '-' || *rest == '='))
		fill_within(s, rest + 1, out);
	else if (strcmp(rest, "%/*") == 0)
		directory_of(value, out);
	else if (strcmp(rest, "##*/") == 0)
		text_puts(out, strrchr(value, '/') ? strrchr(value, '/') + 1 : value);
	else if (*rest != '+')
		text_puts(out, value);
}

static const char *dollar(struct script *s, const char *p, struct text *out)
{
	const char *end = past_letter(p);
	if (p[1] == '(' || p[1] == '{') {
		size_t len = (size_t)(end - p - 2);
		len -= len && (end[-1] == ')' || end[-1] == '}');
		(p[1] == '(' ? substitute : braces)(s, p + 2, len, out);
		return end;
	}
	p++;
	if (*p == '0') {
		text_puts(out, s->file);
		return p + 1;
	}
	if (*p == '@' || *p == '*') {
		text_puts(out, "$@");
		return p + 1;
	}
	if (*p && strchr("#$?!-", *p))
		return p + 1;
	size_t len = name_len(p);
	const char *value = len ? variable(s, p, len) : NULL;
	if (value)
		text_puts(out, value);
	return p + len;
}

/* The command with its variables filled in, except within single quotes. */
static void fill(struct script *s, const char *line, struct text *out)
{
	bool quoted = false;
	for (const char *p = line; *p && out->len < FILLED_MAX;) {
		const char *end = *p == '\'' && !quoted ? past_piece(p) : past_letter(p);
		if (*p == '$') {
			p = dollar(s, p, out);
			continue;
		}
		if (*p == '`') {
			size_t len = (size_t)(end - p - 1);
			substitute(s, p + 1, len - (len && end[-1] == '`'), out);
		} else {
			text_add(out, p, (size_t)(end - p));
		}
		quoted = quoted != (*p == '"');
		p = end;
	}
}

/* ---- what a command does ---- */

static bool is_assignment(const char *word)
{
	size_t len = name_len(word);
	return len > 0 && !isdigit((unsigned char)*word) && word[len] == '=';
}

/* The word with a "~" at its beginning filled in. */
static char *at_home(const struct script *s, char *word)
{
	const char *home = variable(s, "HOME", 4);
	bool tilde = word[0] == '~' && (word[1] == '/' || word[1] == '\0');
	return tilde && home ? arena_printf(s->arena, "%s%s", home, word + 1) : word;
}

static void go(struct script *s, char *const *words, size_t count)
{
	size_t i = 0;
	while (i < count && *words[i] == '-')
		i++;
	if (i >= count)
		return;
	char *to = at_home(s, words[i]);
	s->cwd = *to == '/' || !s->cwd ? to : arena_printf(s->arena, "%s/%s", s->cwd, to);
}

/* Redirections and "$@" are no arguments. */
static void keep_command(struct script *s, char *const *words, size_t count)
{
	struct json_list kept = { NULL, 0 };
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(words[i]);
		if (is_redirection(words[i]))
			i += strchr("<>", words[i][len - 1]) != NULL;
		else if (strcmp(words[i], "$@") != 0)
			texts_add(&kept, at_home(s, words[i]), s->arena);
	}
	if (kept.count)
		s->words = kept;
}

/* Words in front of the program: options of `exec`, one of which takes the next word with it. */
static size_t options_of_exec(char *const *words, size_t count)
{
	size_t i = 0;
	while (i < count && *words[i] == '-')
		i += strcmp(words[i], "-a") == 0 ? 2 : 1;
	return i < count ? i : count;
}

static size_t assign(struct script *s, char *const *words, size_t count)
{
	size_t i = 0;
	for (; i < count && is_assignment(words[i]); i++) {
		size_t len = name_len(words[i]) + 1;
		char *value = at_home(s, words[i] + len);
		const char *now = variable(s, words[i], len - 1);
		bool kept = s->unknown || (s->perhaps && now && *now);
		if (!kept && strlen(value) < VALUE_MAX)
			texts_add(&s->variables, arena_printf(s->arena, "%.*s%s", (int)len, words[i], value),
				s->arena);
	}
	return i;
}

static void run_words(struct script *s, char *const *words, size_t count)
{
	static const char *const before[] = { "then", "else", "do", "{", "!", "if", "elif", "while", "until",
		"time", "nohup", "builtin", NULL };
	static const char *const assigning[] = { "export", "readonly", "local", "declare", "typeset", NULL };
	static const char *const no_programs[] = { "[", "[[", "test", "set", "for", "case", ".", "source",
		"eval", "trap", "echo", "printf", "shift", "unset", "return", "exit", "wait", "sleep", "true",
		"false", "ulimit", "umask", "nvm", "pwd", "}", "fi", "done", "esac", "command", "read",
		NULL };
	size_t i = 0;
	bool passes = s->any;
	while (i < count && is_one_of(words[i], before))
		i++;
	i += i + 1 < count && strcmp(words[i], "command") == 0 && *words[i + 1] != '-';
	if (i < count && is_one_of(words[i], assigning))
		for (i++; i < count && *words[i] == '-';)
			i++;
	i += assign(s, words + i, count - i);
	if (i >= count || is_one_of(words[i], no_programs))
		return;
	for (size_t k = 0; k < s->functions.count; k++)
		if (strcmp(((char *const *)s->functions.items)[k], words[i]) == 0)
			return;
	for (size_t k = i; k < count; k++)
		passes = passes || strstr(words[k], "$@");
	if (strcmp(words[i], "cd") == 0) {
		go(s, words + i + 1, count - i - 1);
	} else if (strcmp(words[i], "exec") == 0) {
		i += 1 + options_of_exec(words + i + 1, count - i - 1);
		keep_command(s, words + i, count - i);
	} else if (passes) {
		keep_command(s, words + i, count - i);
	}
}

/* Every command in order; what stands behind a "|" only reads what the program prints. */
static void read_commands(struct script *s, const char *text)
{
	SCOPED(text_end) struct text command = { 0 }, filled = { 0 };
	static const char *const tests[] = { "[", "[[", "test", NULL };
	bool piped = false;
	size_t total = 0;
	for (const char *p = text; *p && total < TOTAL_MAX;) {
		struct json_list list = { NULL, 0 };
		char end;
		p = next_command(p, &command, &end);
		s->unknown = false;
		text_clear(&filled);
		fill(s, text_str(&command), &filled);
		total += filled.len;
		unit_words(text_str(&filled), &list, s->arena);
		char *const *words = list.items;
		if (end == '(' && list.count && *p == ')')
			texts_add(&s->functions, words[list.count - 1], s->arena);
		else if (!piped && list.count)
			run_words(s, words, list.count);
		bool test = list.count && is_one_of(words[0], tests);
		s->perhaps = (end == 'A' || end == 'O') && (test || s->perhaps);
		piped = end == '|' ||
			(piped && command.len == strspn(text_str(&command), " \t") && end == '\n');
	}
}

static void read_script(struct script *s, const char *text, size_t len, const struct json_list *environment,
	struct wrapper *out)
{
	SCOPED(text_end) struct text plain = { 0 };
	for (size_t i = 0; i < environment->count; i++)
		texts_add(&s->variables, ((char *const *)environment->items)[i], s->arena);
	for (size_t i = 0; i < len; i++)
		text_byte(&plain, text[i] == '\0' ? ' ' : text[i]);
	read_commands(s, text_str(&plain));
	*out = (struct wrapper){ s->words, s->cwd, s->variables };
}

void wrapper_read(const char *file, const char *text, size_t len, const struct json_list *environment,
	struct wrapper *out, struct arena *arena)
{
	struct script s = { .file = file, .arena = arena };
	read_script(&s, text, len, environment, out);
}

void wrapper_read_command(
	const char *text, const struct json_list *environment, struct wrapper *out, struct arena *arena)
{
	struct script s = { .file = "sh", .arena = arena, .any = true };
	read_script(&s, text, strlen(text), environment, out);
}
