/* jsonview.c - see jsonview.h. The second home of cJSON. What may be costly is counted before cJSON sees it.
 */
#include "manifest/jsonview.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/json.h"

static const cJSON *of(const struct jsonview *v)
{
	return (const cJSON *)(const void *)v;
}

static const struct jsonview *view(const cJSON *item)
{
	return (const struct jsonview *)(const void *)item;
}

/* ---- limits ---- */

struct measure {
	size_t depth, values;
	bool quoted;
};

/* One byte outside of texts. */
static bool weigh(struct measure *m, char c, struct err *e)
{
	m->quoted = c == '"';
	m->values += c == ',' || c == '[' || c == '{';
	m->depth += c == '[' || c == '{';
	m->depth -= c == ']' || c == '}';
	if (m->depth > JSONVIEW_DEPTH_MAX)
		return err_set(
			e, ERR_FORMAT, "more than %d lists and objects in each other", JSONVIEW_DEPTH_MAX);
	if (m->values > JSONVIEW_VALUES_MAX)
		return err_set(e, ERR_FORMAT, "more than %zu values", JSONVIEW_VALUES_MAX);
	return true;
}

/* The bytes up to the end of the list or object that begins at `text`, by its brackets alone. */
static bool extent(const char *text, size_t len, size_t *out, struct err *e)
{
	struct measure m = { 0 };
	size_t at = 0;
	if (len == 0 || (*text != '{' && *text != '['))
		return err_set(e, ERR_FORMAT, "not a list or an object of JSON");
	do {
		if (m.quoted && text[at] == '\\') {
			if (len - at > 5 && memcmp(text + at, "\\u0000", 6) == 0)
				return err_set(e, ERR_FORMAT, "a text with a NUL in it");
			at++;
		} else if (m.quoted) {
			m.quoted = text[at] != '"';
		} else if (!weigh(&m, text[at], e)) {
			return false;
		}
		at++;
	} while (at < len && m.depth > 0);
	*out = at;
	return m.depth == 0 || err_set(e, ERR_FORMAT, "it ends before its end");
}

static size_t blanks(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && (text[n] == ' ' || text[n] == '\t' || text[n] == '\r' || text[n] == '\n'))
		n++;
	return n;
}

bool jsonview_open(const char *text, size_t len, size_t *used, struct jsonview **top, struct err *e)
{
	size_t skipped = blanks(text, len), size = 0;
	*top = NULL;
	if (len > JSONVIEW_MAX)
		return err_set(e, ERR_FORMAT, "more than %zu bytes of JSON", JSONVIEW_MAX);
	if (!extent(text + skipped, len - skipped, &size, e))
		return false;
	size_t end = skipped + size;
	if (!used && end + blanks(text + end, len - end) != len)
		return err_set(e, ERR_FORMAT, "something follows the JSON");
	const char *stop = NULL;
	cJSON *parsed = cJSON_ParseWithLengthOpts(text + skipped, size, &stop, false);
	*top = (struct jsonview *)(void *)parsed;
	if (!parsed || stop != text + end) {
		jsonview_close(top);
		return err_set(e, ERR_FORMAT, "not well-formed JSON");
	}
	if (used)
		*used = end;
	return true;
}

void jsonview_close(struct jsonview **top)
{
	cJSON_Delete((cJSON *)(void *)*top);
	*top = NULL;
}

/* ---- one value ---- */

enum jsonview_kind jsonview_kind(const struct jsonview *v)
{
	const cJSON *item = of(v);
	return !item                  ? JSONVIEW_ABSENT
	       : cJSON_IsNull(item)   ? JSONVIEW_NULL
	       : cJSON_IsBool(item)   ? JSONVIEW_FLAG
	       : cJSON_IsNumber(item) ? JSONVIEW_NUMBER
	       : cJSON_IsString(item) ? JSONVIEW_TEXT
	       : cJSON_IsArray(item)  ? JSONVIEW_LIST
				      : JSONVIEW_OBJECT;
}

const struct jsonview *jsonview_field(const struct jsonview *v, const char *name)
{
	const cJSON *found = NULL;
	for (const cJSON *item = cJSON_IsObject(of(v)) ? of(v)->child : NULL; item; item = item->next) {
		if (strcmp(item->string, name) != 0)
			continue;
		if (found)
			return NULL;
		found = item;
	}
	return view(found);
}

const struct jsonview *jsonview_first(const struct jsonview *v)
{
	return v ? view(of(v)->child) : NULL;
}

const struct jsonview *jsonview_next(const struct jsonview *v)
{
	return view(of(v)->next);
}

const char *jsonview_name(const struct jsonview *v)
{
	return v ? of(v)->string : NULL;
}

const char *jsonview_text(const struct jsonview *v)
{
	return cJSON_IsString(of(v)) ? of(v)->valuestring : NULL;
}

bool jsonview_number(const struct jsonview *v, double *out)
{
	if (!cJSON_IsNumber(of(v)))
		return false;
	*out = of(v)->valuedouble;
	return true;
}

static void show_number(double n, struct text *out)
{
	if (n > -(double)JSON_COUNT_LIMIT && n < (double)JSON_COUNT_LIMIT && (double)(long long)n == n)
		text_printf(out, "%lld", (long long)n);
	else
		text_printf(out, "%.17g", n);
}

bool jsonview_scalar(const struct jsonview *v, struct text *out)
{
	switch (jsonview_kind(v)) {
	case JSONVIEW_TEXT:
		text_puts(out, of(v)->valuestring);
		return true;
	case JSONVIEW_NUMBER:
		show_number(of(v)->valuedouble, out);
		return true;
	case JSONVIEW_FLAG:
		text_puts(out, cJSON_IsTrue(of(v)) ? "true" : "false");
		return true;
	case JSONVIEW_NULL:
		text_puts(out, "null");
		return true;
	default:
		return false;
	}
}

static size_t count_of(const struct jsonview *v)
{
	size_t count = 0;
	for (const struct jsonview *item = jsonview_first(v); item; item = jsonview_next(item))
		count++;
	return count;
}

void jsonview_show(const struct jsonview *v, struct text *out)
{
	switch (jsonview_kind(v)) {
	case JSONVIEW_ABSENT:
		text_puts(out, "nothing");
		break;
	case JSONVIEW_TEXT:
		json_quote(of(v)->valuestring, out);
		break;
	case JSONVIEW_LIST:
		text_printf(out, "a list of %zu", count_of(v));
		break;
	case JSONVIEW_OBJECT:
		text_printf(out, "an object of %zu", count_of(v));
		break;
	default:
		jsonview_scalar(v, out);
	}
}

/* ---- pointers ---- */

struct walk {
	jsonview_visit visit;
	void *ctx;
	struct text where;
};

/* A part of a pointer, taken apart: `select` and `value` of [NAME=VALUE], or a name. */
struct part {
	struct text name, value;
	bool every, select;
};

static void part_end(struct part *p)
{
	text_end(&p->name);
	text_end(&p->value);
}

/* ~0 and ~1 stand for "~" and "/". */
static bool unescape(const char *s, size_t len, struct text *out, struct err *e)
{
	for (size_t i = 0; i < len; i++) {
		bool escape = s[i] == '~';
		if (escape && (i + 1 == len || (s[i + 1] != '0' && s[i + 1] != '1')))
			return err_set(e, ERR_FORMAT, "\"~\" without 0 or 1 behind it");
		text_byte(out, !escape ? s[i] : s[i + 1] == '0' ? '~' : '/');
		i += escape;
	}
	return true;
}

static bool read_part(const char *at, size_t len, struct part *p, struct err *e)
{
	const char *equal = memchr(at, '=', len);
	p->every = len == 1 && *at == '*';
	p->select = len > 1 && at[0] == '[';
	if (!p->select)
		return unescape(at, len, &p->name, e);
	if (at[len - 1] != ']' || !equal || equal == at + 1)
		return err_set(e, ERR_FORMAT, "\"%.*s\" is not [NAME=VALUE]", (int)(len < 80 ? len : 80), at);
	return unescape(at + 1, (size_t)(equal - at - 1), &p->name, e) &&
	       unescape(equal + 1, (size_t)(at + len - 1 - equal - 1), &p->value, e);
}

static bool selected(const struct part *p, const struct jsonview *element)
{
	SCOPED(text_end) struct text have = { 0 };
	return p->every || (jsonview_scalar(jsonview_field(element, text_str(&p->name)), &have) &&
				   strcmp(text_str(&have), text_str(&p->value)) == 0);
}

static const struct jsonview *element_at(const struct jsonview *list, const char *digits)
{
	size_t index = 0, len = strspn(digits, "0123456789");
	if (len == 0 || len > 7 || digits[len] || (digits[0] == '0' && len > 1))
		return NULL;
	for (const char *d = digits; *d; d++)
		index = index * 10 + (size_t)(*d - '0');
	const struct jsonview *item = jsonview_first(list);
	while (item && index-- > 0)
		item = jsonview_next(item);
	return item;
}

static bool descend(struct walk *w, const struct jsonview *v, const char *rest, struct err *e);

/* Goes on below `v`; `where` has its part while that lasts. */
static bool enter(struct walk *w, const struct jsonview *v, const char *name, size_t len, const char *rest,
	struct err *e)
{
	size_t before = w->where.len;
	text_byte(&w->where, '/');
	text_add(&w->where, name, len);
	bool ok = descend(w, v, rest, e);
	w->where.len = before;
	w->where.at[before] = '\0';
	return ok;
}

static bool enter_each(struct walk *w, const struct jsonview *v, const struct part *p, const char *part,
	size_t len, const char *rest, struct err *e)
{
	size_t index = 0, found = 0;
	for (const struct jsonview *item = jsonview_first(v); item; item = jsonview_next(item), index++) {
		if (!selected(p, item))
			continue;
		SCOPED(text_end) struct text name = { 0 };
		if (jsonview_name(item))
			text_puts(&name, jsonview_name(item));
		else
			text_number(&name, index);
		found++;
		if (!enter(w, item, text_str(&name), name.len, rest, e))
			return false;
	}
	return found > 0 || enter(w, NULL, part, len, "", e);
}

static bool descend(struct walk *w, const struct jsonview *v, const char *rest, struct err *e)
{
	SCOPED(part_end) struct part p = { 0 };
	if (*rest == '\0')
		return w->visit(w->ctx, text_str(&w->where), v, e);
	const char *part = rest + 1;
	size_t len = strcspn(part, "/");
	if (!read_part(part, len, &p, e))
		return false;
	if (p.every || p.select)
		return enter_each(w, v, &p, part, len, part + len, e);
	const struct jsonview *next = jsonview_kind(v) == JSONVIEW_LIST
					      ? element_at(v, text_str(&p.name))
					      : jsonview_field(v, text_str(&p.name));
	return enter(w, next, part, len, next ? part + len : "", e);
}

static void walk_end(struct walk *w)
{
	text_end(&w->where);
}

bool jsonview_each(
	const struct jsonview *top, const char *pointer, jsonview_visit visit, void *ctx, struct err *e)
{
	SCOPED(walk_end) struct walk w = { .visit = visit, .ctx = ctx };
	return jsonview_pointer(pointer, e) && descend(&w, top, pointer, e);
}

bool jsonview_pointer(const char *pointer, struct err *e)
{
	size_t parts = 0;
	if (*pointer && *pointer != '/')
		return err_set(e, ERR_FORMAT, "\"%.80s\" does not begin with \"/\"", pointer);
	for (const char *at = pointer; *at; parts++) {
		SCOPED(part_end) struct part p = { 0 };
		size_t len = strcspn(at + 1, "/");
		if (!read_part(at + 1, len, &p, e))
			return false;
		at += 1 + len;
	}
	return parts <= JSONVIEW_PARTS_MAX ||
	       err_set(e, ERR_FORMAT, "a pointer of more than %d parts", JSONVIEW_PARTS_MAX);
}
