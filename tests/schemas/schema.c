/* schema.c - see schema.h. Whatever json_read() refuses in a field's kind, the schema refuses too. */
#include "tests/schemas/schema.h"

#include <stdio.h>

#include "manifest/base/scope.h"

#define TEXT   "\"type\":\"string\""
#define DIGEST "\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\""

/* What a value of the kind is, and what its absence stands for. */
static const struct {
	const char *type, *absent;
} kinds[] = {
	[JSON_TEXT] = { TEXT, "\"\"" },
	[JSON_COUNT] = { "\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991", "0" },
	[JSON_FLAG] = { "\"type\":\"boolean\"", "false" },
	[JSON_DIGEST] = { DIGEST, NULL },
	[JSON_OBJECT] = { NULL, NULL },
	[JSON_LIST] = { NULL, "[]" },
	[JSON_TEXTS] = { "\"type\":\"array\",\"items\":{" TEXT "}", "[]" },
	[JSON_DIGESTS] = { "\"type\":\"array\",\"items\":{" DIGEST "}", "[]" },
};

static void write_shape(const struct json_shape *shape, struct text *out);

static void write_field(const struct json_field *f, struct text *out)
{
	text_printf(out, "\"%s\":{", f->name);
	if (kinds[f->kind].type)
		text_puts(out, kinds[f->kind].type);
	if (f->kind == JSON_LIST)
		text_puts(out, "\"type\":\"array\",\"items\":{");
	if (f->of)
		write_shape(f->of, out);
	if (f->kind == JSON_LIST)
		text_puts(out, "}");
	if (f->optional && kinds[f->kind].absent)
		text_printf(out, ",\"default\":%s", kinds[f->kind].absent);
	text_puts(out, "}");
}

/* The members of an object's schema, without its braces. */
static void write_shape(const struct json_shape *shape, struct text *out)
{
	const char *comma = "";
	text_puts(out, "\"type\":\"object\",\"additionalProperties\":false,\"required\":[");
	for (size_t i = 0; i < shape->count; i++) {
		if (shape->fields[i].optional)
			continue;
		text_printf(out, "%s\"%s\"", comma, shape->fields[i].name);
		comma = ",";
	}
	text_puts(out, "],\"properties\":{");
	for (size_t i = 0; i < shape->count; i++) {
		text_puts(out, i ? "," : "");
		write_field(&shape->fields[i], out);
	}
	text_puts(out, "}");
}

/* What json_print_error() writes. */
static void write_error(struct text *out)
{
	const char *comma = "";
	text_puts(out, "\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"error\",\"text\"],"
		       "\"properties\":{\"error\":{" TEXT ",\"enum\":[");
#define WORD(kind, status, word, meaning)                                                                    \
	text_printf(out, "%s\"%s\"", comma, err_word(kind));                                                 \
	comma = ",";
	ERR_KINDS(WORD)
#undef WORD
	text_puts(out, "]},\"text\":{" TEXT "}}");
}

static void print(const struct document *d)
{
	SCOPED(text_end) struct text out = { 0 };
	text_puts(&out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":");
	json_quote(d->name, &out);
	text_puts(&out, ",\"description\":");
	json_quote(d->found_at, &out);
	text_puts(&out, ",");
	if (d->shape)
		write_shape(d->shape, &out);
	else
		write_error(&out);
	printf("%s\t%s}\n", d->name, text_str(&out));
}

void schemas_print(const struct document *documents, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print(&documents[i]);
	print(&(struct document){ "error", "a command that fails", NULL });
}
