/* splice_layout.c - see splice_layout.h. */
#include "installer/service/splice_layout.h"

#include <string.h>

#include "manifest/base/scope.h"

struct layout layout_of(const struct document *d)
{
	struct layout l = { .line_end = "\n", .base = { "", 0 }, .unit = { "  ", 2 }, .lines = true };
	const char *feed = d->len ? memchr(d->text, '\n', d->len) : NULL;
	if (feed && feed > d->text && feed[-1] == '\r')
		l.line_end = "\r\n";
	if (!feed && d->len && memchr(d->text, '\r', d->len))
		l.line_end = "\r";
	return l;
}

/* The blanks that the line of `at` begins with. */
static struct document line_indent(const struct document *d, size_t at)
{
	size_t first = at, end;
	while (first > 0 && d->text[first - 1] != '\n' && d->text[first - 1] != '\r')
		first--;
	for (end = first; end < at && (d->text[end] == ' ' || d->text[end] == '\t');)
		end++;
	return (struct document){ d->text + first, end - first };
}

/* What a level adds: members begin so much further right than the bracket that closes them. */
static void learn_unit(struct layout *l, const struct document *d, size_t close)
{
	struct document outer = line_indent(d, close);
	size_t first;
	if (member_begins_line(d, close, &first) && l->base.len > outer.len &&
		memcmp(l->base.text, outer.text, outer.len) == 0)
		l->unit = (struct document){ l->base.text + outer.len, l->base.len - outer.len };
}

void layout_enter(struct layout *l, const struct document *d, const struct members *m, bool own_line)
{
	const struct member *last = m->count ? &m->items[m->count - 1] : NULL;
	l->lines = last ? member_breaks(d, last->gap, last->begin) : own_line;
	l->levels = last && l->lines ? 0 : 1;
	l->base = line_indent(d, l->levels ? m->of.at : last->begin);
	if (l->levels == 0)
		learn_unit(l, d, m->of.at + m->of.len - 1);
	if (last && m->of.kind == JSON5_OBJECT)
		l->tight = d->text[last->value.at - 1] == ':';
}

void layout_indent(const struct layout *l, size_t deeper, struct text *out)
{
	text_add(out, l->base.text, l->base.len);
	for (size_t i = 0; i < l->levels + deeper; i++)
		text_add(out, l->unit.text, l->unit.len);
}

void layout_line(const struct layout *l, size_t deeper, struct text *out)
{
	text_puts(out, l->line_end);
	layout_indent(l, deeper, out);
}

static void quote(const struct text *s, struct text *out)
{
	const char *at = text_str(s);
	text_byte(out, '"');
	for (size_t i = 0; i < s->len; i++) {
		if ((unsigned char)at[i] < ' ')
			text_printf(out, "\\u%04x", (unsigned)at[i]);
		else if (at[i] == '"' || at[i] == '\\')
			text_printf(out, "\\%c", at[i]);
		else
			text_byte(out, at[i]);
	}
	text_byte(out, '"');
}

void layout_member(const struct layout *l, const char *rest, const struct document *value, struct text *out)
{
	SCOPED(text_end) struct text key = { 0 };
	size_t depth = 0;
	for (; *rest; depth++) {
		if (depth)
			text_byte(out, '{');
		if (depth && l->lines)
			layout_line(l, depth, out);
		rest = json5_step(rest, &key);
		quote(&key, out);
		text_puts(out, l->tight ? ":" : ": ");
	}
	text_add(out, value->text, value->len);
	while (depth-- > 1) {
		if (l->lines)
			layout_line(l, depth - 1, out);
		text_byte(out, '}');
	}
}
