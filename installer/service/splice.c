/* splice.c - see splice.h. */
#include "installer/service/splice.h"

#include <string.h>

#include "installer/service/splice_layout.h"
#include "installer/service/splice_same.h"
#include "manifest/base/scope.h"
#include "manifest/jsonview.h"

#define HAS_INCLUDE "has an \"" MEMBER_INCLUDE "\": what stands in other files is not changed"

/* ---- the way to a member ---- */

/* Where a pointer leads: the last container on its way, and how that is laid out. */
struct way {
	struct members here;
	struct layout layout;
	const char *pointer, *rest; /* `rest`: from the member of `here` on */
	bool there;                 /* the whole pointer leads to something: here.items[here.last_named] */
};

static void way_end(struct way *w)
{
	members_end(&w->here);
}

static const struct json5_value *way_value(const struct way *w)
{
	return &w->here.items[w->here.last_named].value;
}

/* `why` (and `key`) is about the container that the way has come to. */
static bool refused(const struct way *w, const char *why, const char *key, struct err *e)
{
	int len = (int)(w->rest - w->pointer);
	return err_set(e, ERR_REFUSED, "%.*s%s %s%s", len, w->pointer, len ? "" : "the document", why, key);
}

static bool enter(struct way *w, const struct document *d, const struct json5_value *of, const char *key,
	bool own_line, struct err *e)
{
	members_end(&w->here);
	members_of(d, of, key, &w->here);
	if (of->kind != JSON5_OBJECT && of->kind != JSON5_ARRAY)
		return refused(w, "is neither an object nor a list: it has no members", "", e);
	if (w->here.include)
		return refused(w, HAS_INCLUDE, "", e);
	if (w->here.named > 1)
		return refused(w, "has a member twice: ", key, e);
	layout_enter(&w->layout, d, &w->here, own_line);
	return true;
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && (*s != '0' || !s[1]);
}

static bool has_include(const struct document *d, const struct json5_value *v)
{
	struct members m;
	members_of(d, v, "", &m);
	bool include = m.include;
	members_end(&m);
	return include;
}

/* Goes as far as the pointer leads. way_end() in any case. */
static bool follow(struct way *w, const struct document *d, const char *pointer, struct err *e)
{
	SCOPED(text_end) struct text key = { 0 };
	struct json5_value value;
	bool own_line = true;
	*w = (struct way){ .layout = layout_of(d), .pointer = pointer, .rest = pointer };
	if (!json5_read(d->text, d->len, &value, e))
		return false;
	for (;;) {
		const char *next = json5_step(w->rest, &key);
		if (!enter(w, d, &value, text_str(&key), own_line, e))
			return false;
		bool found = w->here.named > 0;
		if (!found && value.kind == JSON5_ARRAY && !is_number(text_str(&key)))
			return refused(w, "is a list: its elements have numbers", "", e);
		w->there = found && !*next;
		if (!found || w->there)
			return !found || !has_include(d, way_value(w)) ||
			       err_set(e, ERR_REFUSED, "%s %s", pointer, HAS_INCLUDE);
		const struct member *m = &w->here.items[w->here.last_named];
		own_line = member_breaks(d, m->gap, m->begin);
		value = m->value;
		w->rest = next;
	}
}

/* ---- a member more ---- */

static void copy(const struct document *d, size_t from, size_t to, struct text *out)
{
	text_add(out, d->text + from, to - from);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Into an object that has none. */
static void insert_first(
	const struct way *w, const struct document *d, const struct document *value, struct text *out)
{
	size_t open = w->here.of.at, close = open + w->here.of.len - 1, at;
	bool below = member_begins_line(d, close, &at), wide = is_blank(d->text[close - 1]);
	struct layout l = w->layout;
	l.lines = l.lines || below;
	at = below ? at : close;
	copy(d, 0, at, out);
	if (below)
		layout_indent(&l, 0, out);
	else if (l.lines)
		layout_line(&l, 0, out);
	else if (!wide && close > open + 1)
		text_byte(out, ' ');
	layout_member(&l, w->rest, value, out);
	if (l.lines)
		text_puts(out, l.line_end);
	if (l.lines && !below)
		text_add(out, l.base.text, l.base.len);
	if (!l.lines && wide)
		text_byte(out, ' ');
	copy(d, at, d->len, out);
}

/* Behind the last one and the comments on its line. Its comma stands directly behind its value. */
static void insert_last(
	const struct way *w, const struct document *d, const struct document *value, struct text *out)
{
	const struct member *last = &w->here.items[w->here.count - 1];
	size_t close = w->here.of.at + w->here.of.len - 1;
	size_t from = last->comma ? last->comma + 1 : last->end, at = json5_skip(d->text, d->len, from, true);
	bool broken = at != close, remark = memchr(d->text + from, '/', at - from) != NULL;
	struct layout l = w->layout;
	l.lines = l.lines || (broken && remark);
	while (at > from && is_blank(d->text[at - 1]) && !(broken && l.lines))
		at--;
	copy(d, 0, last->end, out);
	text_puts(out, last->comma ? "" : ",");
	copy(d, last->end, at, out);
	if (l.lines)
		layout_line(&l, 0, out);
	else if (!l.tight)
		text_byte(out, ' ');
	layout_member(&l, w->rest, value, out);
	text_puts(out, last->comma ? "," : "");
	copy(d, at, d->len, out);
}

/* ---- a member less ---- */

/* The member has its lines for itself: it begins one, and behind `behind` nothing but a comment stands up to
 * the end of the line. */
static bool whole_lines(
	const struct document *d, const struct member *m, size_t behind, size_t *from, size_t *to)
{
	size_t end = json5_skip(d->text, d->len, behind, true);
	bool crlf = d->text[end] == '\r' && d->text[end + 1] == '\n';
	*to = end + (crlf ? 2 : 1);
	return member_begins_line(d, m->begin, from) && (d->text[end] == '\n' || d->text[end] == '\r') &&
	       !memchr(d->text + behind, '\n', end - behind) && !memchr(d->text + behind, '\r', end - behind);
}

/* A comma goes with the member: the one behind it, or of a last one the one before it. */
static void remove_member(const struct way *w, const struct document *d, struct text *out)
{
	const struct member *m = &w->here.items[w->here.last_named];
	bool near = m->comma && !member_breaks(d, m->end, m->comma);
	bool before = !m->comma && m != w->here.items;
	size_t behind = near ? m->comma + 1 : m->end, from = m->begin, to = behind, done = 0;
	bool alone = !memchr(d->text + m->gap, '/', m->begin - m->gap);
	if (before) {
		copy(d, 0, m->gap - 1, out);
		done = m->gap;
	}
	if (!whole_lines(d, m, behind, &from, &to)) {
		from = before && alone ? m->gap : m->begin;
		for (to = behind; !before && is_blank(d->text[to]);)
			to++;
	}
	copy(d, done, from, out);
	if (m->comma && !near) {
		copy(d, to, m->comma, out);
		to = m->comma + 1;
	}
	copy(d, to, d->len, out);
}

/* ---- all ---- */

static void set_member(
	const struct way *w, const struct document *d, const struct document *value, struct text *out)
{
	if (w->there) {
		const struct json5_value *v = way_value(w);
		copy(d, 0, v->at, out);
		text_add(out, value->text, value->len);
		copy(d, v->at + v->len, d->len, out);
	} else if (w->here.count) {
		insert_last(w, d, value, out);
	} else {
		insert_first(w, d, value, out);
	}
}

static bool brings_include(const char *what, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		"%s would bring an \"" MEMBER_INCLUDE "\", and what that means is in other files", what);
}

/* What strict and lenient readers both take is JSON. *out is the value without the blanks around it. */
static bool check_value(const char *value, struct document *out, struct err *e)
{
	SCOPED(text_end) struct text list = { 0 };
	struct document whole = { value, strlen(value) };
	struct jsonview *top = NULL;
	struct json5_value v;
	text_printf(&list, "[%s]", value);
	bool good = json5_read(value, whole.len, &v, e) && jsonview_open(list.at, list.len, NULL, &top, e);
	jsonview_close(&top);
	if (!good)
		return err_in(e, "the value %s", value);
	*out = (struct document){ value + v.at, v.len };
	return !has_include(&whole, &v) || brings_include(value, e);
}

static bool check_pointer(const char *p, struct err *e)
{
	SCOPED(text_end) struct text key = { 0 };
	bool good = *p == '/', include = false;
	for (const char *tilde = p; good && (tilde = strchr(tilde, '~')) != NULL; tilde++)
		good = tilde[1] == '0' || tilde[1] == '1';
	if (!good)
		return err_set(e, ERR_FORMAT, "\"%s\" is no JSON pointer to a member", p);
	for (const char *rest = p; *rest && !include;) {
		rest = json5_step(rest, &key);
		include = strcmp(text_str(&key), MEMBER_INCLUDE) == 0;
	}
	return !include || brings_include(p, e);
}

/* *wanted: the edit's condition holds. */
static bool ask_under(const struct document *d, const struct splice *edit, bool *wanted, struct err *e)
{
	struct way w;
	*wanted = true;
	if (!edit->under)
		return true;
	if (!check_pointer(edit->under, e))
		return false;
	bool good = follow(&w, d, edit->under, e);
	*wanted = good && w.there;
	way_end(&w);
	return good;
}

/* Appends the text with the change to *out, or nothing if there is none to make. */
static bool make(const struct document *d, const struct splice *edit, struct text *out, struct err *e)
{
	struct document value = { "", 0 };
	struct json5_value v;
	struct way w;
	bool wanted;
	if (!check_pointer(edit->at, e) || (edit->value && !check_value(edit->value, &value, e)) ||
		!ask_under(d, edit, &wanted, e))
		return false;
	if (!wanted)
		return true;
	bool good = follow(&w, d, edit->at, e);
	if (good && edit->value && !w.there && w.here.of.kind == JSON5_ARRAY)
		good = refused(&w, "is a list without that element", "", e);
	if (good && !edit->value && w.there)
		remove_member(&w, d, out);
	if (good && edit->value && json5_read(value.text, value.len, &v, e) &&
		!(w.there && same_value(d, way_value(&w), &value, &v)))
		set_member(&w, d, &value, out);
	way_end(&w);
	return good;
}

static bool make_all(const struct splice *edits, size_t count, struct text *out, struct err *e)
{
	SCOPED(text_end) struct text next = { 0 };
	struct json5_value whole;
	for (size_t i = 0; i < count; i++) {
		const struct document d = { text_str(out), out->len };
		text_clear(&next);
		if (!make(&d, &edits[i], &next, e) || (next.len && !json5_read(next.at, next.len, &whole, e)))
			return err_in(e, "to %s %s", edits[i].value ? "set" : "remove", edits[i].at);
		if (next.len == 0)
			continue;
		struct text old = *out;
		*out = next;
		next = old;
	}
	return json5_read(text_str(out), out->len, &whole, e);
}

bool splice_apply(const char *text, size_t len, const struct splice *edits, size_t count, struct text *out,
	bool *changed, struct err *e)
{
	text_clear(out);
	text_add(out, text, len);
	bool good = make_all(edits, count, out, e);
	*changed = good && (out->len != len || memcmp(text_str(out), text, len) != 0);
	if (!good)
		text_clear(out);
	return good;
}
