/* err.c - see err.h. No allocation: an error can be told when memory is gone. */
#include "manifest/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the control character that begins there, 0 if none does; a line of ours is indented by two. */
static size_t control(const unsigned char *p)
{
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* U+0080 to U+009F */
		return 2;
	bool ours = p[0] == '\n' && p[1] == ' ' && p[2] == ' ';
	return (*p && *p < ' ' && !ours) || *p == 0x7f;
}

/* What others said may be quoted: nothing of it moves a cursor, or begins a line that looks like ours. */
static void put(char *to, size_t room, const char *fmt, va_list args)
{
	char said[ERR_ROOM] = "";
	size_t len = 0;
	vsnprintf(said, sizeof said, fmt, args);
	for (size_t end = strlen(said); end && said[end - 1] == '\n'; end--)
		said[end - 1] = '\0'; /* of what a program printed */
	for (const unsigned char *p = (const unsigned char *)said; *p;) {
		size_t n = control(p);
		if (len + (n ? 4 * n : 1) >= room)
			break;
		if (!n)
			to[len++] = (char)*p++;
		for (; n; n--, p++, len += 4)
			snprintf(to + len, 5, "\\x%02x", *p);
	}
	to[len] = '\0';
}

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	if (e->kind != ERR_NONE)
		return false;
	va_list args;
	va_start(args, fmt);
	put(e->text, sizeof e->text, fmt, args);
	va_end(args);
	e->kind = kind;
	e->sys = 0;
	return false;
}

bool err_sys(struct err *e, const char *fmt, ...)
{
	int sys = errno;
	if (e->kind != ERR_NONE)
		return false;
	va_list args;
	va_start(args, fmt);
	put(e->text, sizeof e->text, fmt, args);
	va_end(args);
	size_t used = strlen(e->text);
	snprintf(e->text + used, sizeof e->text - used, ": %s", strerror(sys));
	e->kind = ERR_SYSTEM;
	e->sys = sys;
	return false;
}

bool err_in(struct err *e, const char *fmt, ...)
{
	char purpose[512];
	va_list args;
	va_start(args, fmt);
	put(purpose, sizeof purpose, fmt, args);
	va_end(args);
	char rest[ERR_ROOM];
	memcpy(rest, e->text, sizeof rest);
	int n = snprintf(e->text, sizeof e->text, "%s: ", purpose);
	size_t used = n < 0 ? 0 : (size_t)n;
	if (used + strlen(rest) >= sizeof e->text) { /* the cause matters more than the way to it */
		memcpy(e->text, rest, sizeof rest);
		return false;
	}
	size_t keep = strnlen(rest, sizeof rest - used - 1);
	memcpy(e->text + used, rest, keep);
	e->text[used + keep] = '\0';
	return false;
}

#define ERR_ROW(kind, status, word, meaning) { status, word, meaning },
static const struct {
	int status;
	const char *word, *meaning;
} kinds[] = { { 0, "ok", "done" }, ERR_KINDS(ERR_ROW) };

const char *err_word(enum err_kind kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].status == (int)kind)
			return kinds[i].word;
	return "system";
}

const char *err_meaning(enum err_kind kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].status == (int)kind)
			return kinds[i].meaning;
	return "";
}
