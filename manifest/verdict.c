/* verdict.c - see verdict.h. */
#include "manifest/verdict.h"

#include <stdio.h>
#include <string.h>

#include "manifest/base/report.h"
#include "manifest/base/scope.h"

struct volume_range {
	char *name;
	uint64_t from, to;
};

struct range {
	char *what, *why;
	uint64_t from, to;
	struct volume_range *volume;
};

struct verdict {
	char *bundle, *name, *release;
	uint64_t sequence, size, bytes;
	struct digest manifest;
	struct json_list keys, bad;
	bool whole;
};

#define AT(member) offsetof(struct volume_range, member)
static const struct json_field volume_fields[] = {
	{ "from", JSON_COUNT, AT(from), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "to", JSON_COUNT, AT(to), false, NULL },
};
#undef AT
static const struct json_shape volume_shape = { volume_fields, COUNT_OF(volume_fields),
	sizeof(struct volume_range) };

#define AT(member) offsetof(struct range, member)
static const struct json_field range_fields[] = {
	{ "from", JSON_COUNT, AT(from), false, NULL },
	{ "to", JSON_COUNT, AT(to), false, NULL },
	{ "volume", JSON_OBJECT, AT(volume), true, &volume_shape },
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
	progress_start(&progress, "verify", b->medium->size, silent);
	if (!container_check(&b->container, &b->manifest, out, seen, &progress, e))
		return false;
	progress_set(&progress, b->medium->size);
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

bool verdict_whole(const struct bundle *b, bool silent, struct err *e)
{
	SCOPED(container_report_end) struct container_report report = { 0 };
	return look(b, silent, &report, e) && complain(b, &report, e);
}

bool verdict_all_damage(const struct bundle *b, struct err *e)
{
	SCOPED(container_report_end) struct container_report report = { 0 };
	struct err all = { 0 };
	if (look(b, true, &report, &all) && !complain(b, &report, &all))
		*e = all;
	return false;
}

static void print_text(const struct verdict *v, const struct container_report *report)
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
	for (size_t i = 0; i < report->count; i++) {
		const struct container_damage *d = &report->bad[i];
		text_clear(&size);
		container_damage_range(d, &size);
		printf("bad: %s (%s: %s)\n", size.at, d->member, d->why);
	}
}

static struct json_list ranges_of(const struct container_report *report, struct arena *arena)
{
	struct range *bad = arena_new(arena, report->count * sizeof *bad);
	for (size_t i = 0; i < report->count; i++) {
		struct container_damage *d = &report->bad[i];
		bad[i] = (struct range){ d->member, d->why, d->from, d->to, NULL };
		if (!d->volume)
			continue;
		bad[i].volume = arena_new(arena, sizeof *bad[i].volume);
		*bad[i].volume = (struct volume_range){ arena_str(arena, d->volume), d->skip,
			d->skip + (d->to - d->from) + d->extra };
	}
	return (struct json_list){ bad, report->count };
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
	struct verdict v = { arena_str(&arena, b->container.name), b->manifest.name, b->manifest.release,
		b->manifest.sequence, b->medium->size, manifest_bytes(&b->manifest), b->digest, keys,
		ranges_of(&report, &arena), report.count == 0 };
	if (json)
		json_print(&verdict_document, &v);
	else
		print_text(&v, &report);
	e->told = true;
	return complain(b, &report, e);
}
