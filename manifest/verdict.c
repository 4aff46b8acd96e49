/* verdict.c - see verdict.h. */
#include "manifest/verdict.h"

#include <stdio.h>
#include <string.h>

#include "manifest/base/report.h"
#include "manifest/base/scope.h"

struct range {
	char *what, *why;
	uint64_t from, to;
};

struct verdict {
	char *bundle, *name, *release;
	uint64_t sequence, size, bytes;
	struct digest manifest;
	struct json_list keys, bad;
	bool whole;
};

#define AT(member) offsetof(struct range, member)
static const struct json_field range_fields[] = {
	{ "from", JSON_COUNT, AT(from), false, NULL },
	{ "to", JSON_COUNT, AT(to), false, NULL },
	{ "what", JSON_TEXT, AT(what), false, NULL },
	{ "why", JSON_TEXT, AT(why), false, NULL },
};
#undef AT
static const struct json_shape range_shape = { range_fields, COUNT_OF(range_fields), sizeof(struct range) };

#define AT(member) offsetof(struct verdict, member)
static const struct json_field verdict_fields[] = {
	{ "bad", JSON_LIST, AT(bad), false, &range_shape },
	{ "bundle", JSON_TEXT, AT(bundle), false, NULL },
	{ "bytes", JSON_COUNT, AT(bytes), false, NULL },
	{ "keys", JSON_TEXTS, AT(keys), false, NULL },
	{ "manifest", JSON_DIGEST, AT(manifest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "release", JSON_TEXT, AT(release), false, NULL },
	{ "sequence", JSON_COUNT, AT(sequence), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
	{ "whole", JSON_FLAG, AT(whole), false, NULL },
};
#undef AT
const struct json_shape verdict_document = { verdict_fields, COUNT_OF(verdict_fields),
	sizeof(struct verdict) };

static void seen(void *ctx, uint64_t done, uint64_t total)
{
	(void)total;
	progress_set(ctx, done);
}

static bool look(const struct bundle *b, bool silent, struct container_report *out, struct err *e)
{
	struct progress progress;
	progress_start(&progress, "verify", b->container.size, silent);
	if (!container_check(&b->container, &b->manifest, out, seen, &progress, e))
		return false;
	progress_set(&progress, b->container.size);
	progress_end(&progress);
	return true;
}

static bool complain(const struct bundle *b, const struct container_report *report, struct err *e)
{
	SCOPED(text_end) struct text ranges = { 0 };
	if (report->count == 0)
		return true;
	container_report_text(report, &ranges);
	return err_set(e, ERR_FORMAT, "%s: %zu bad range%s: %s", b->container.name, report->count,
		report->count == 1 ? "" : "s", ranges.at);
}

bool verdict_all_damage(const struct bundle *b, struct err *e)
{
	SCOPED(container_report_end) struct container_report report = { 0 };
	struct err all = { 0 };
	if (look(b, true, &report, &all) && !complain(b, &report, &all))
		*e = all;
	return false;
}

static void print_text(const struct verdict *v)
{
	char hex[DIGEST_HEX];
	SCOPED(text_end) struct text size = { 0 };
	char *const *keys = v->keys.items;
	digest_hex(&v->manifest, hex);
	text_size(&size, v->size);
	printf("%s: %s %s, sequence %llu\nmanifest %s\nsigned by", v->bundle, v->name, v->release,
		(unsigned long long)v->sequence, hex);
	for (size_t i = 0; i < v->keys.count; i++)
		printf(" %s", keys[i]);
	printf("\n%s", v->whole ? "whole, every byte is the one that was signed: " : "DAMAGED: ");
	printf("%s\n", size.at);
	const struct range *bad = v->bad.items;
	for (size_t i = 0; i < v->bad.count; i++)
		printf("bad: bytes %llu to %llu (%s: %s)\n", (unsigned long long)bad[i].from,
			(unsigned long long)bad[i].to - 1, bad[i].what, bad[i].why);
}

bool verdict_print(const struct bundle *b, struct json_list keys, bool json, struct err *e)
{
	SCOPED(container_report_end) struct container_report report = { 0 };
	SCOPED(arena_end) struct arena arena = { 0 };
	struct rows rows = { 0 };
	if (!look(b, json, &report, e))
		return false;
	bool told = report.count > 0 || bundle_rows(b, &rows, e);
	rows_end(&rows);
	if (!told)
		return false;
	struct range *bad = arena_new(&arena, report.count * sizeof *bad);
	for (size_t i = 0; i < report.count; i++)
		bad[i] = (struct range){ report.bad[i].member, report.bad[i].why, report.bad[i].from,
			report.bad[i].to };
	struct verdict v = { arena_str(&arena, b->container.name), b->manifest.name, b->manifest.release,
		b->manifest.sequence, b->container.size, manifest_bytes(&b->manifest), b->digest, keys,
		{ bad, report.count }, report.count == 0 };
	if (json)
		json_print(&verdict_document, &v);
	else
		print_text(&v);
	e->told = true;
	return complain(b, &report, e);
}
