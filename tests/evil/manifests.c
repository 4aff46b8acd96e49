/* manifests.c - signed texts that are no manifest, or one that says what it must not. */
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

/* ---- the text ---- */

static void nul(struct evil *v)
{
	v->json.at[strlen("{\"blocks\"")] = '\0';
}

static void nul_in_text(struct evil *v)
{
	char *at = strstr(v->json.at, "a test");
	at[1] = '\0';
}

static void nul_behind(struct evil *v)
{
	text_byte(&v->json, '\0');
}

static void latin1(struct evil *v)
{
	strstr(v->json.at, "a test")[1] = '\xff';
}

static void line_feed(struct evil *v)
{
	text_byte(&v->json, '\n');
}

static void cut_short(struct evil *v)
{
	v->json.at[--v->json.len] = '\0';
}

static void twice(struct evil *v)
{
	SCOPED(text_end) struct text copy = { 0 };
	text_add(&copy, v->json.at, v->json.len);
	text_add(&v->json, copy.at, copy.len);
}

static void list(struct evil *v)
{
	text_set(&v->json, "[]", 2);
}

static void byte_order_mark(struct evil *v)
{
	SCOPED(text_end) struct text copy = { 0 };
	text_puts(&copy, "\xef\xbb\xbf");
	text_add(&copy, v->json.at, v->json.len);
	text_set(&v->json, copy.at, copy.len);
}

static void nested(struct evil *v)
{
	SCOPED(text_end) struct text deep = { 0 };
	text_fill(&deep, '[', 100000);
	text_swap(&v->json, "\"needs\":[]", "\"needs\":@");
	text_swap(&v->json, "@", deep.at);
}

static void nested_objects(struct evil *v)
{
	SCOPED(text_end) struct text deep = { 0 };
	for (int i = 0; i < 50000; i++)
		text_puts(&deep, "{\"a\":");
	text_set(&v->json, deep.at, deep.len);
}

static void large(struct evil *v)
{
	SCOPED(text_end) struct text notes = { 0 };
	text_puts(&notes, "\"notes\":[\"");
	text_fill(&notes, 'x', MANIFEST_MAX);
	text_puts(&notes, "\"],\"release\"");
	text_swap(&v->json, "\"release\"", notes.at);
}

static void long_list(struct evil *v)
{
	SCOPED(text_end) struct text all = { 0 };
	for (size_t i = 0; i < MANIFEST_MAX / 2 - 2000; i++)
		text_puts(&all, "0,");
	text_swap(&v->json, "\"components\":[", "\"components\":[@");
	text_swap(&v->json, "@", all.at);
}

/* ---- what it says ---- */

static void many_components(struct evil *v)
{
	struct component *all = arena_new(&v->arena, (COMPONENTS_MAX + 1) * sizeof *all);
	for (size_t i = 0; i <= COMPONENTS_MAX; i++) {
		all[i] = v->components[0];
		all[i].id = arena_printf(&v->arena, "c%04zu", i);
	}
	v->m.components = (struct json_list){ all, COMPONENTS_MAX + 1 };
}

static void no_components(struct evil *v)
{
	v->m.components.count = 0;
}

static void tree(struct evil *v)
{
	v->components[0].tree.bytes[0] ^= 1;
}

static void tree_zero(struct evil *v)
{
	v->components[0].tree = (struct digest){ { 0 } };
}

static void files(struct evil *v)
{
	v->components[0].files++;
}

static void dirs(struct evil *v)
{
	v->components[0].dirs--;
}

static void links(struct evil *v)
{
	v->components[1].links++;
}

static void bytes(struct evil *v)
{
	v->components[1].bytes++;
}

static void bytes_huge(struct evil *v)
{
	v->components[1].bytes = JSON_COUNT_LIMIT - 1;
}

static void type(struct evil *v)
{
	v->m.type = arena_str(&v->arena, "receipt");
}

static void id_long(struct evil *v)
{
	SCOPED(text_end) struct text id = { 0 };
	text_fill(&id, 'a', 65);
	v->components[0].id = arena_str(&v->arena, id.at);
}

static void release_long(struct evil *v)
{
	SCOPED(text_end) struct text release = { 0 };
	text_fill(&release, '1', 65);
	v->m.release = arena_str(&v->arena, release.at);
}

static void base(struct evil *v)
{
	struct base *b = arena_new(&v->arena, sizeof *b);
	struct base_component *core = arena_new(&v->arena, sizeof *core);
	core->id = v->components[0].id;
	*b = (struct base){ .release = v->m.release, .components = { core, 1 } };
	v->m.base = b;
}

/* A component that the bundle knows of, and that is not there. */
static void companion(struct evil *v)
{
	struct companion *with = arena_new(&v->arena, sizeof *with);
	*with = (struct companion){ .id = arena_str(&v->arena, "other"), .tree = { { 1 } } };
	with->version = arena_str(&v->arena, "");
	v->m.with = (struct json_list){ with, 1 };
}

static void reference_to_a_companion(struct evil *v)
{
	item_at(v, "core", "plugged")->target = "other/x";
	v->then_at = MANIFEST;
	v->then = companion;
}

#define DIFFERS "not in canonical form"
#define NO_ID   "is no component id"
#define NUMBER  "expected a whole number below 2^53"

static const struct evil_case cases[] = {
	{ "manifest-field-unknown", 4, "no such field", JSON, NULL, "{\"blocks\"", "{\"also\":1,\"blocks\"" },
	{ "manifest-field-of-another-case", 4, "no such field", JSON, NULL, "\"name\"", "\"Name\"" },
	{ "manifest-field-twice", 4, "given twice", JSON, NULL, "\"waybill\":1",
		"\"waybill\":1,\"waybill\":1" },
	{ "manifest-field-twice-below", 4, "given twice", JSON, NULL, "\"id\":\"core\"",
		"\"id\":\"other\",\"id\":\"core\"" },
	{ "manifest-field-missing", 4, "missing", JSON, NULL, "\"created\":1700000000,", "" },
	{ "manifest-needs-missing", 4, "missing", JSON, NULL, "\"needs\":[],", "" },
	{ "manifest-control-in-a-field", 4, "no such field", JSON, NULL, "{\"blocks\"",
		"{\"\\u001b[2J\":1,\"blocks\"" },
	{ "manifest-space", 4, DIFFERS, JSON, NULL, "\"waybill\":1", "\"waybill\": 1" },
	{ "manifest-order", 4, DIFFERS, JSON, NULL, "\"name\":\"demo\",\"needs\":[]",
		"\"needs\":[],\"name\":\"demo\"" },
	{ "manifest-escape", 4, DIFFERS, JSON, NULL, "\"demo\"", "\"d\\u0065mo\"" },
	{ "manifest-escaped-key", 4, DIFFERS, JSON, NULL, "\"name\"", "\"n\\u0061me\"" },
	{ "manifest-escaped-slash", 4, DIFFERS, JSON, NULL, "\"a test\"", "\"a\\/test\"" },
	{ "manifest-escaped-nul", 4, "", JSON, NULL, "\"demo\"", "\"demo\\u0000x\"" },
	{ "manifest-escaped-control", 4, "control characters", JSON, NULL, "\"a test\"", "\"a\\u001btest\"" },
	{ "manifest-escaped-line-feed", 4, "control characters", JSON, NULL, "\"a test\"", "\"a\\ntest\"" },
	{ "manifest-surrogate-alone", 4, "", JSON, NULL, "\"a test\"", "\"a\\ud800test\"" },
	{ "manifest-comment", 4, "JSON object", JSON, NULL, "\"waybill\":1", "\"waybill\":1/**/" },
	{ "manifest-comma-at-the-end", 4, "JSON object", JSON, NULL, "\"waybill\":1", "\"waybill\":1," },
	{ "manifest-empty-optional", 4, DIFFERS, JSON, NULL, "\"needs\":[],", "\"needs\":[],\"notes\":[]," },
	{ "manifest-nul", 4, "JSON object", JSON, nul, NULL, NULL },
	{ "manifest-nul-in-a-text", 4, "", JSON, nul_in_text, NULL, NULL },
	{ "manifest-nul-behind", 4, "JSON object", JSON, nul_behind, NULL, NULL },
	{ "manifest-not-utf8", 4, "UTF-8", JSON, latin1, NULL, NULL },
	{ "manifest-line-feed", 4, DIFFERS, JSON, line_feed, NULL, NULL },
	{ "manifest-cut-short", 4, "JSON object", JSON, cut_short, NULL, NULL },
	{ "manifest-twice", 4, "JSON object", JSON, twice, NULL, NULL },
	{ "manifest-list", 4, "JSON object", JSON, list, NULL, NULL },
	{ "manifest-byte-order-mark", 4, "", JSON, byte_order_mark, NULL, NULL },
	{ "manifest-nested-lists", 4, "JSON object", JSON, nested, NULL, NULL },
	{ "manifest-nested-objects", 4, "JSON object", JSON, nested_objects, NULL, NULL },
	{ "manifest-too-large", 4, "are allowed", JSON, large, NULL, NULL },
	{ "manifest-long-list", 4, "", JSON, long_list, NULL, NULL },
	{ "number-2-to-53", 4, NUMBER, JSON, NULL, "1700000000", "9007199254740992" },
	{ "number-2-to-64", 4, NUMBER, JSON, NULL, "1700000000", "18446744073709551617" },
	{ "number-infinite", 4, "", JSON, NULL, "1700000000", "1e400" },
	{ "number-exponent", 4, DIFFERS, JSON, NULL, "1700000000", "17e8" },
	{ "number-negative", 4, NUMBER, JSON, NULL, "1700000000", "-1" },
	{ "number-negative-zero", 4, DIFFERS, JSON, NULL, "1700000000", "-0" },
	{ "number-fraction", 4, NUMBER, JSON, NULL, "1700000000", "1.5" },
	{ "number-fraction-zero", 4, DIFFERS, JSON, NULL, "1700000000", "1700000000.0" },
	{ "number-leading-zero", 4, DIFFERS, JSON, NULL, "1700000000", "01700000000" },
	{ "number-plus", 4, "", JSON, NULL, "1700000000", "+1700000000" },
	{ "number-hex", 4, "", JSON, NULL, "1700000000", "0x1f" },
	{ "number-nan", 4, "", JSON, NULL, "1700000000", "nan" },
	{ "number-as-text", 4, NUMBER, JSON, NULL, "1700000000", "\"1700000000\"" },
	{ "number-null", 4, NUMBER, JSON, NULL, "1700000000", "null" },
	{ "digest-capital", 4, "64 lower-case", JSON, NULL, "\"digest\":\"", "\"digest\":\"A" },
	{ "profile-sound", 0, "", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"limits.conf\",\"unit\":\"demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-dropin-up", 4, "no name of a drop-in", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"../../cron.d/planted.conf\",\"unit\":\"demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-dropin-absolute", 4, "no name of a drop-in", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"/etc/planted.conf\",\"unit\":\"demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-dropin-no-conf", 4, "no name of a drop-in", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"planted\",\"unit\":\"demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-dropin-of-ours", 4, "no name of a drop-in", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"zz-waybill.conf\",\"unit\":\"demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-dropin-behind-the-hold", 4, "no name of a drop-in", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"zzz.conf\",\"unit\":\"demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-dropin-of-the-runtime", 4, "no name of a drop-in", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"waybill-runtime.conf\",\"unit\":\"demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-dropin-of-a-path", 4, "no unit", JSON, NULL, "\"release\"",
		"\"profile\":{\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"limits.conf\",\"unit\":\"../demo.service\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-unit-up", 4, "no name of a service", JSON, NULL, "\"release\"",
		"\"profile\":{\"name\":\"demo\",\"units\":[\"../../x.service\"]},\"release\"" },
	{ "profile-cache-relative", 4, "no absolute path", JSON, NULL, "\"release\"",
		"\"profile\":{\"caches\":[\"../outside\"],\"name\":\"demo\"},\"release\"" },
	{ "profile-state-relative", 4, "no absolute path", JSON, NULL, "\"release\"",
		"\"profile\":{\"name\":\"demo\",\"state\":[{\"class\":\"keep\",\"path\":\"../outside\"}]},\"release\"" },
	{ "profile-state-unknown", 4, "state: class", JSON, NULL, "\"release\"",
		"\"profile\":{\"name\":\"demo\",\"state\":[{\"class\":\"mine\",\"path\":\"/x\"}]},\"release\"" },
	{ "profile-gate-unknown", 4, "there is no kind", JSON, NULL, "\"release\"",
		"\"profile\":{\"gates\":[{\"kind\":\"shell\",\"name\":\"a\"}],\"name\":\"demo\"},\"release\"" },
	{ "profile-pattern-broken", 4, "processes[0]", JSON, NULL, "\"release\"",
		"\"profile\":{\"name\":\"demo\",\"processes\":[\"(\"]},\"release\"" },
	{ "profile-name-up", 4, "no name of an application", JSON, NULL, "\"release\"",
		"\"profile\":{\"name\":\"../x\"},\"release\"" },
	{ "profile-field-unknown", 4, "no such field", JSON, NULL, "\"release\"",
		"\"profile\":{\"also\":1,\"name\":\"demo\"},\"release\"" },
	{ "sequence-zero", 4, "expected 1 or more", JSON, NULL, "\"sequence\":9", "\"sequence\":0" },
	{ "needs-unknown", 6, "needs \"delta\"", JSON, NULL, "\"needs\":[]", "\"needs\":[\"delta\"]" },
	{ "needs-unknown-in-a-new-form", 6, "needs \"delta\"", JSON, NULL, "\"needs\":[]",
		"\"codec\":{\"new\":1},\"needs\":[\"delta\"]" },
	{ "version-2", 6, "format version 2", JSON, NULL, "\"waybill\":1", "\"waybill\":2" },
	{ "version-0", 6, "format version 0", JSON, NULL, "\"waybill\":1", "\"waybill\":0" },
	{ "version-as-text", 4, NUMBER, JSON, NULL, "\"waybill\":1", "\"waybill\":\"1\"" },
	{ "version-twice-2-first", 4, "given twice", JSON, NULL, "\"waybill\":1",
		"\"waybill\":2,\"waybill\":1" },
	{ "type-receipt", 4, "signed as a \"receipt\"", MANIFEST, type, NULL, NULL },
	{ "type-empty", 4, "signed as a \"\"", JSON, NULL, "\"bundle\"", "\"\"" },
	{ "base-without-need", 4, "base", MANIFEST, base, NULL, NULL },
	{ "name-up", 4, "no application name", JSON, NULL, "\"demo\"", "\"..\"" },
	{ "name-slash", 4, "no application name", JSON, NULL, "\"demo\"", "\"a/b\"" },
	{ "name-absolute", 4, "no application name", JSON, NULL, "\"demo\"", "\"/etc\"" },
	{ "name-hidden", 4, "no application name", JSON, NULL, "\"demo\"", "\".demo\"" },
	{ "name-empty", 4, "no application name", JSON, NULL, "\"demo\"", "\"\"" },
	{ "name-of-an-instance", 4, "no application name", JSON, NULL, "\"demo\"", "\"demo@b\"" },
	{ "name-of-ours", 4, "no application name", JSON, NULL, "\"demo\"", "\"installer\"" },
	{ "name-option", 4, "no application name", JSON, NULL, "\"demo\"", "\"-demo\"" },
	{ "name-quote", 4, "no application name", JSON, NULL, "\"demo\"", "\"d\\\"\"" },
	{ "release-empty", 4, "expected 1 to 64", JSON, NULL, "\"release\":\"evil\"", "\"release\":\"\"" },
	{ "release-long", 4, "expected 1 to 64", MANIFEST, release_long, NULL, NULL },
	{ "release-path", 0, "", JSON, NULL, "\"release\":\"evil\"",
		"\"release\":\"../../outside/planted\"" },
	{ "created-huge", 0, "", JSON, NULL, "1700000000", "9007199254740991" },
	{ "sequence-huge", 0, "", JSON, NULL, "\"sequence\":9", "\"sequence\":9007199254740991" },
	{ "verdict-unknown", 4, "verdict", JSON, NULL, "\"unvalidated\"", "\"splendid\"" },
	{ "reference-to-a-companion", 6, "other", ITEM, reference_to_a_companion, NULL, NULL },
	{ "id-up", 4, NO_ID, JSON, NULL, "\"id\":\"core\"", "\"id\":\"..\"" },
	{ "id-dot", 4, NO_ID, JSON, NULL, "\"id\":\"core\"", "\"id\":\".\"" },
	{ "id-path", 4, NO_ID, JSON, NULL, "\"id\":\"core\"", "\"id\":\"../outside\"" },
	{ "id-slash", 4, NO_ID, JSON, NULL, "\"id\":\"core\"", "\"id\":\"core/lib\"" },
	{ "id-absolute", 4, NO_ID, JSON, NULL, "\"id\":\"core\"", "\"id\":\"/core\"" },
	{ "id-empty", 4, NO_ID, JSON, NULL, "\"id\":\"core\"", "\"id\":\"\"" },
	{ "id-space", 4, NO_ID, JSON, NULL, "\"id\":\"core\"", "\"id\":\"co re\"" },
	{ "id-long", 4, NO_ID, MANIFEST, id_long, NULL, NULL },
	{ "id-twice", 4, "not in order, or twice", JSON, NULL, "\"id\":\"hello\"", "\"id\":\"core\"" },
	{ "ids-unsorted", 4, "not in order, or twice", JSON, NULL, "\"id\":\"hello\"", "\"id\":\"aaa\"" },
	{ "kind-of-component-unknown", 4, "no kind of component", JSON, NULL, "\"kind\":\"plugin\"",
		"\"kind\":\"driver\"" },
	{ "owner-unknown", 4, "no owner policy", JSON, NULL, "\"owner\":\"inherit\"", "\"owner\":\"root\"" },
	{ "local-up", 4, "no pattern", JSON, NULL, "\"owner\":\"inherit\"",
		"\"local\":[\"../x\"],\"owner\":\"inherit\"" },
	{ "local-twice-absolute", 4, "no pattern", JSON, NULL, "\"links\":2,",
		"\"links\":2,\"local\":[\"//etc/*\"]," },
	{ "components-too-many", 4, "expected 1 to 1024", MANIFEST, many_components, NULL, NULL },
	{ "components-none", 4, "expected 1 to 1024", MANIFEST, no_components, NULL, NULL },
	{ "tree-digest", 4, "not the tree whose digest", MANIFEST, tree, NULL, NULL },
	{ "tree-digest-zero", 4, "not the tree whose digest", MANIFEST, tree_zero, NULL, NULL },
	{ "count-of-files", 4, "the manifest", MANIFEST, files, NULL, NULL },
	{ "count-of-directories", 4, "the manifest", MANIFEST, dirs, NULL, NULL },
	{ "count-of-links", 4, "the manifest", MANIFEST, links, NULL, NULL },
	{ "count-of-bytes", 4, "the manifest", MANIFEST, bytes, NULL, NULL },
	{ "count-of-bytes-huge", 4, "the manifest", MANIFEST, bytes_huge, NULL, NULL },
};
const struct evil_table manifest_cases = { cases, COUNT_OF(cases) };
