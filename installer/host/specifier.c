/* specifier.c - see specifier.h: a table of letters. */
#include "installer/host/specifier.h"

#include <ctype.h>
#include <string.h>

#include "manifest/base/scope.h"

/* ---- names of units: PREFIX@INSTANCE.service; "-" stands for "/", "\xNN" for a byte ---- */

struct name {
	const char *at;
	size_t len;
};

static struct name whole(const struct specifiers *s)
{
	const char *dot = strrchr(s->unit, '.');
	return (struct name){ s->unit, dot ? (size_t)(dot - s->unit) : strlen(s->unit) };
}

static struct name prefix(const struct specifiers *s)
{
	struct name n = whole(s);
	const char *at = memchr(n.at, '@', n.len);
	return (struct name){ n.at, at ? (size_t)(at - n.at) : n.len };
}

static struct name instance(const struct specifiers *s)
{
	struct name n = whole(s), p = prefix(s);
	size_t from = p.len < n.len ? p.len + 1 : n.len;
	return (struct name){ n.at + from, n.len - from };
}

/* What stands behind the prefix's last "-". */
static struct name last_part(const struct specifiers *s)
{
	struct name n = prefix(s);
	const char *dash = memrchr(n.at, '-', n.len);
	size_t from = dash ? (size_t)(dash - n.at) + 1 : 0;
	return (struct name){ n.at + from, n.len - from };
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static void unescape(struct name n, struct text *out)
{
	for (size_t i = 0; i < n.len; i++) {
		const char *p = n.at + i;
		bool escaped = i + 3 < n.len && p[0] == '\\' && p[1] == 'x' &&
			       isxdigit((unsigned char)p[2]) && isxdigit((unsigned char)p[3]);
		text_byte(out, escaped ? (char)(hex(p[2]) * 16 + hex(p[3])) : *p == '-' ? '/' : *p);
		i += escaped ? 3 : 0;
	}
}

/* ---- what a letter stands for; false: only a manager knows ---- */

static const struct user *manager(const struct specifiers *s)
{
	return s->user ? s->user : host_user(s->host, 0);
}

static bool put_name(const struct specifiers *s, char letter, struct text *out)
{
	bool plain = islower((unsigned char)letter) || letter == 'N';
	struct name n = letter == 'n'          ? (struct name){ s->unit, strlen(s->unit) }
			: letter == 'N'        ? whole(s)
			: strchr("pP", letter) ? prefix(s)
			: strchr("jJ", letter) ? last_part(s)
					       : instance(s);
	if (plain)
		text_add(out, n.at, n.len);
	else
		unescape(n, out);
	return true;
}

static bool put_path_name(const struct specifiers *s, char letter, struct text *out)
{
	struct name n = instance(s);
	(void)letter;
	text_byte(out, '/');
	unescape(n.len ? n : prefix(s), out);
	return true;
}

static bool put_user(const struct specifiers *s, char letter, struct text *out)
{
	const struct user *user = manager(s);
	bool root = !s->user;
	if (letter == 'h')
		text_puts(out, user ? user->home : root ? "/root" : "");
	else if (letter == 'u')
		text_puts(out, user ? user->name : "root");
	else
		text_printf(out, "%llu",
			(unsigned long long)(!user           ? 0
					     : letter == 'U' ? user->uid
							     : user->gid));
	return true;
}

static bool put_place(const struct specifiers *s, char letter, struct text *out)
{
	static const struct {
		char letter;
		const char *system, *user; /* below the home; NULL: it depends on the manager's version */
	} places[] = {
		{ 'S', "/var/lib", NULL },
		{ 'C', "/var/cache", "/.cache" },
		{ 'L', "/var/log", NULL },
		{ 'E', "/etc", "/.config" },
	};
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		if (places[i].letter != letter || (s->user && !places[i].user))
			continue;
		text_printf(out, "%s%s", s->user ? s->user->home : "",
			s->user ? places[i].user : places[i].system);
		return true;
	}
	return false;
}

static bool put_runtime(const struct specifiers *s, char letter, struct text *out)
{
	(void)letter;
	text_puts(out, "/run");
	if (s->user)
		text_printf(out, "/user/%llu", (unsigned long long)s->user->uid);
	return true;
}

static bool put_temporary(const struct specifiers *s, char letter, struct text *out)
{
	(void)s;
	text_puts(out, letter == 'T' ? "/tmp" : "/var/tmp");
	return true;
}

static bool put_machine(const struct specifiers *s, char letter, struct text *out)
{
	SCOPED(text_end) struct text line = { 0 };
	if (!host_read(s->host, letter == 'm' ? "/etc/machine-id" : "/etc/hostname", 4096, &line) ||
		!line.len)
		return false;
	text_add(out, line.at, strcspn(text_str(&line), letter == 'l' ? ".\n" : "\n"));
	return true;
}

static bool put_percent(const struct specifiers *s, char letter, struct text *out)
{
	(void)s;
	text_byte(out, letter);
	return true;
}

static const struct {
	const char *letters;
	bool (*put)(const struct specifiers *s, char letter, struct text *out);
} specifiers[] = {
	{ "%", put_percent },
	{ "nNpPiIjJ", put_name },
	{ "f", put_path_name },
	{ "huUG", put_user },
	{ "t", put_runtime },
	{ "SCLE", put_place },
	{ "TV", put_temporary },
	{ "mHl", put_machine },
};

static bool put_one(const struct specifiers *s, char letter, struct text *out, struct err *e)
{
	for (size_t i = 0; letter && i < COUNT_OF(specifiers); i++)
		if (strchr(specifiers[i].letters, letter))
			return specifiers[i].put(s, letter, out) ||
			       err_set(e, ERR_FORMAT, "%s: what %%%c means here only its manager knows",
				       s->unit, letter);
	return err_set(e, ERR_FORMAT, "%s: the specifier %%%c is not known", s->unit, letter ? letter : ' ');
}

bool specifiers_fill(const struct specifiers *s, const char *text, struct text *out, struct err *e)
{
	for (const char *p = text; *p; p++) {
		if (out->len > SPECIFIER_MAX)
			return err_set(
				e, ERR_FORMAT, "%s: with its specifiers filled in it is too long", s->unit);
		if (*p != '%') {
			text_byte(out, *p);
			continue;
		}
		if (!put_one(s, p[1], out, e))
			return false;
		p++;
	}
	return true;
}

/* ---- all of a unit ---- */

struct filling {
	const struct specifiers *s;
	struct arena *arena;
	struct err *e;
	size_t total;
	bool good;
};

static char *fill_text(struct filling *f, char *text)
{
	SCOPED(text_end) struct text out = { 0 };
	struct err why = { 0 };
	if (!strchr(text, '%'))
		return text;
	bool good = f->total < SPECIFIER_MAX ? specifiers_fill(f->s, text, &out, &why)
					     : err_set(&why, ERR_FORMAT, "%s is too long", f->s->unit);
	f->total += out.len;
	if (good)
		return arena_str(f->arena, text_str(&out));
	if (f->good)
		*f->e = why;
	f->good = false;
	return text;
}

static void fill_list(struct filling *f, struct json_list *list)
{
	char **items = list->items;
	for (size_t i = 0; i < list->count; i++)
		items[i] = fill_text(f, items[i]);
}

bool specifiers_merge(const struct specifiers *s, struct unit_merge *m, struct arena *arena, struct err *e)
{
	struct filling f = { s, arena, e, 0, true };
	m->cwd = fill_text(&f, m->cwd);
	m->user = fill_text(&f, m->user);
	fill_list(&f, &m->exec);
	fill_list(&f, &m->environment);
	fill_list(&f, &m->environment_files);
	return f.good;
}
