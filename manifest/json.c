/* json.c - see json.h. The home of cJSON, which parses and does nothing else. */
#include "manifest/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/digest.h"
#include "manifest/path.h"

struct reading {
	struct arena *arena;
	bool lenient; /* unknown fields are passed over */
};

static void end_json(cJSON **object)
{
	cJSON_Delete(*object);
}

static bool read_object(
	const cJSON *from, const struct json_shape *shape, void *out, const struct reading *r, struct err *e);

static bool read_text(const cJSON *item, char **to, const struct reading *r, struct err *e)
{
	if (!cJSON_IsString(item))
		return err_set(e, ERR_FORMAT, "expected a text");
	if (!utf8_plain(item->valuestring, strlen(item->valuestring)))
		return err_set(e, ERR_FORMAT, "expected UTF-8 without control characters");
	*to = arena_str(r->arena, item->valuestring);
	return true;
}

static bool read_count(const cJSON *item, uint64_t *to, struct err *e)
{
	double n = cJSON_IsNumber(item) ? item->valuedouble : -1;
	if (!(n >= 0 && n < (double)JSON_COUNT_LIMIT) || (double)(uint64_t)n != n)
		return err_set(e, ERR_FORMAT, "expected a whole number below 2^53");
	*to = (uint64_t)n;
	return true;
}

static bool read_flag(const cJSON *item, bool *to, struct err *e)
{
	if (!cJSON_IsBool(item))
		return err_set(e, ERR_FORMAT, "expected true or false");
	*to = cJSON_IsTrue(item);
	return true;
}

static bool read_digest(const cJSON *item, struct digest *to, struct err *e)
{
	if (!cJSON_IsString(item) || strlen(item->valuestring) != DIGEST_HEX - 1 ||
		!digest_parse(item->valuestring, to))
		return err_set(e, ERR_FORMAT, "expected a digest of 64 lower-case hex digits");
	return true;
}

/* The bytes that one item of a list takes in its array. */
static size_t item_size(const struct json_field *f)
{
	switch (f->kind) {
	case JSON_LIST:
		return f->of->size;
	case JSON_DIGESTS:
		return sizeof(struct digest);
	default:
		return sizeof(char *);
	}
}

static bool read_item(
	const cJSON *item, const struct json_field *f, void *to, const struct reading *r, struct err *e)
{
	switch (f->kind) {
	case JSON_LIST:
		return read_object(item, f->of, to, r, e);
	case JSON_DIGESTS:
		return read_digest(item, to, e);
	default:
		return read_text(item, to, r, e);
	}
}

static bool read_list(const cJSON *list, const struct json_field *f, struct json_list *to,
	const struct reading *r, struct err *e)
{
	if (!cJSON_IsArray(list))
		return err_set(e, ERR_FORMAT, "expected a list");
	size_t size = item_size(f), count = 0;
	for (const cJSON *item = list->child; item; item = item->next)
		count++;
	char *items = arena_new(r->arena, count * size);
	*to = (struct json_list){ items, 0 };
	for (const cJSON *item = list->child; item; item = item->next) {
		if (!read_item(item, f, items + to->count * size, r, e))
			return err_in(e, "[%zu]", to->count);
		to->count++;
	}
	return true;
}

static bool read_field(
	const cJSON *item, const struct json_field *f, char *to, const struct reading *r, struct err *e)
{
	void *at = to + f->at;
	switch (f->kind) {
	case JSON_TEXT:
		return read_text(item, at, r, e);
	case JSON_COUNT:
		return read_count(item, at, e);
	case JSON_FLAG:
		return read_flag(item, at, e);
	case JSON_DIGEST:
		return read_digest(item, at, e);
	case JSON_OBJECT:
		*(void **)at = arena_new(r->arena, f->of->size);
		return read_object(item, f->of, *(void **)at, r, e);
	default:
		return read_list(item, f, at, r, e);
	}
}

static const struct json_field *find(const struct json_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->count; i++)
		if (strcmp(shape->fields[i].name, name) == 0)
			return &shape->fields[i];
	return NULL;
}

/* What is absent is empty: texts are "", everything else is zero. */
static bool fill_absent(const struct json_shape *shape, uint64_t seen, char *out, struct err *e)
{
	static char nothing[] = "";
	for (size_t i = 0; i < shape->count; i++) {
		const struct json_field *f = &shape->fields[i];
		if (seen >> i & 1)
			continue;
		if (!f->optional)
			return err_set(e, ERR_FORMAT, "%s: missing", f->name);
		if (f->kind == JSON_TEXT)
			*(char **)(void *)(out + f->at) = nothing;
	}
	return true;
}

static bool read_object(
	const cJSON *from, const struct json_shape *shape, void *out, const struct reading *r, struct err *e)
{
	if (!cJSON_IsObject(from))
		return err_set(e, ERR_FORMAT, "expected an object");
	memset(out, 0, shape->size);
	uint64_t seen = 0;
	for (const cJSON *item = from->child; item; item = item->next) {
		const struct json_field *f = find(shape, item->string);
		if (!f && r->lenient)
			continue;
		if (!f) {
			SCOPED(text_end) struct text shown = { 0 };
			path_escape(item->string, strlen(item->string), &shown);
			return err_set(e, ERR_FORMAT, "%.80s: no such field", text_str(&shown));
		}
		uint64_t bit = UINT64_C(1) << (f - shape->fields);
		if (seen & bit)
			return err_set(e, ERR_FORMAT, "%s: given twice", f->name);
		seen |= bit;
		if (!read_field(item, f, out, r, e))
			return err_in(e, "%s", f->name);
	}
	return fill_absent(shape, seen, out, e);
}

static bool read_document(const struct json_shape *shape, const char *text, size_t len, void *out,
	const struct reading *r, struct err *e)
{
	const char *end = NULL;
	SCOPED(end_json) cJSON *object = cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (!cJSON_IsObject(object))
		return err_set(e, ERR_FORMAT, "not one JSON object");
	while (end < text + len && strchr(" \t\r\n", *end) && *end)
		end++;
	if (end != text + len)
		return err_set(e, ERR_FORMAT, "not one JSON object: something follows it");
	return read_object(object, shape, out, r, e);
}

bool json_read(const struct json_shape *shape, const char *text, size_t len, void *out, struct arena *arena,
	struct err *e)
{
	return read_document(shape, text, len, out, &(struct reading){ arena, false }, e);
}

bool json_peek(const struct json_shape *shape, const char *text, size_t len, void *out, struct arena *arena,
	struct err *e)
{
	return read_document(shape, text, len, out, &(struct reading){ arena, true }, e);
}

/* One line of text; a line that is not plain UTF-8 keeps its ASCII only. */
static void quote_line(const char *s, size_t len, struct text *out)
{
	bool plain = utf8_plain(s, len);
	for (size_t i = 0; i < len; i++) {
		bool odd = !plain && ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e);
		if (s[i] == '"' || s[i] == '\\')
			text_add(out, "\\", 1);
		text_add(out, odd ? "?" : &s[i], 1);
	}
}

void json_quote(const char *s, struct text *out)
{
	text_puts(out, "\"");
	for (;;) {
		size_t len = strcspn(s, "\n");
		quote_line(s, len, out);
		s += len;
		if (*s++ == '\0')
			break;
		text_puts(out, "\\n");
	}
	text_puts(out, "\"");
}

static void write_digest(const struct digest *d, struct text *out)
{
	char hex[DIGEST_HEX];
	digest_hex(d, hex);
	text_printf(out, "\"%s\"", hex);
}

static void write_list(const struct json_field *f, const struct json_list *list, struct text *out)
{
	const char *item = list->items;
	text_puts(out, "[");
	for (size_t i = 0; i < list->count; i++, item += item_size(f)) {
		if (i)
			text_puts(out, ",");
		if (f->kind == JSON_LIST)
			json_write(f->of, item, out);
		else if (f->kind == JSON_DIGESTS)
			write_digest((const struct digest *)(const void *)item, out);
		else
			json_quote(*(char *const *)(const void *)item, out);
	}
	text_puts(out, "]");
}

static void write_value(const struct json_field *f, const void *at, struct text *out)
{
	switch (f->kind) {
	case JSON_TEXT:
		json_quote(*(char *const *)at ? *(char *const *)at : "", out);
		break;
	case JSON_COUNT:
		text_printf(out, "%llu", (unsigned long long)*(const uint64_t *)at);
		break;
	case JSON_FLAG:
		text_puts(out, *(const bool *)at ? "true" : "false");
		break;
	case JSON_DIGEST:
		write_digest(at, out);
		break;
	case JSON_OBJECT:
		json_write(f->of, *(void *const *)at, out);
		break;
	default:
		write_list(f, at, out);
	}
}

static bool is_empty(const struct json_field *f, const void *at)
{
	switch (f->kind) {
	case JSON_TEXT:
		return !*(char *const *)at || !**(char *const *)at;
	case JSON_COUNT:
		return *(const uint64_t *)at == 0;
	case JSON_FLAG:
		return !*(const bool *)at;
	case JSON_DIGEST:
		return digest_zero(at);
	case JSON_OBJECT:
		return !*(void *const *)at;
	default:
		return ((const struct json_list *)at)->count == 0;
	}
}

void json_write(const struct json_shape *shape, const void *in, struct text *out)
{
	const char *comma = "";
	text_puts(out, "{");
	for (size_t i = 0; i < shape->count; i++) {
		const struct json_field *f = &shape->fields[i];
		const void *at = (const char *)in + f->at;
		if ((f->optional || f->kind == JSON_OBJECT) && is_empty(f, at))
			continue;
		text_printf(out, "%s\"%s\":", comma, f->name);
		write_value(f, at, out);
		comma = ",";
	}
	text_puts(out, "}");
}

bool json_is_canonical(
	const struct json_shape *shape, const void *in, const char *text, size_t len, struct err *e)
{
	SCOPED(text_end) struct text again = { 0 };
	json_write(shape, in, &again);
	size_t same = 0;
	while (same < len && same < again.len && text[same] == again.at[same])
		same++;
	if (same == len && same == again.len)
		return true;
	return err_set(e, ERR_FORMAT, "not in canonical form: differs from byte %zu on", same);
}

void json_print(const struct json_shape *shape, const void *in)
{
	SCOPED(text_end) struct text line = { 0 };
	json_write(shape, in, &line);
	puts(text_str(&line));
}

void json_print_error(const struct err *e)
{
	SCOPED(text_end) struct text line = { 0 };
	text_printf(&line, "{\"error\":\"%s\",\"text\":", err_word(e->kind));
	json_quote(e->text, &line);
	printf("%s}\n", text_str(&line));
}

const char *json_library(void)
{
	return cJSON_Version();
}
