/* entries.c - names, links and kinds that no bundle may hold, though its row and its tar entry agree. */
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

static void unchanged(struct evil *v)
{
	(void)v;
}

/* A file of this name, where it stands in order. */
static void file_named(struct evil *v, const char *before, const char *path)
{
	item_add(v, before,
		&(struct item){ .id = "core", .path = path, .kind = 'f', .mode = 0644, .content = "evil\n" });
}

static void link_to(struct evil *v, const char *before, const char *path, const char *target)
{
	item_add(v, before,
		&(struct item){ .id = "core", .path = path, .kind = 'l', .mode = 0777, .target = target });
}

static void refer_to(struct evil *v, const char *target)
{
	item_at(v, "core", "plugged")->target = target;
}

static void path_up(struct evil *v)
{
	file_named(v, "bin", "../outside/planted");
}

static void path_up_below(struct evil *v)
{
	file_named(v, "empty", "bin/../../../outside/planted");
}

static void path_up_only(struct evil *v)
{
	file_named(v, "bin", "..");
}

static void path_absolute(struct evil *v)
{
	file_named(v, "bin", "/tmp/planted");
}

static void path_dot(struct evil *v)
{
	file_named(v, "lib/a.js", "lib/.");
}

static void path_dot_start(struct evil *v)
{
	file_named(v, "bin", "./planted");
}

static void path_slashes(struct evil *v)
{
	file_named(v, "lib/a.js", "lib//planted");
}

static void path_slash_end(struct evil *v)
{
	file_named(v, "lib/a.js", "lib/");
}

static void path_control(struct evil *v)
{
	file_named(v, "main", "lib/c\x1b[2Jx");
}

static void path_newline(struct evil *v)
{
	file_named(v, "main", "lib/c\nx");
}

static void path_c1(struct evil *v)
{
	file_named(v, "main", "lib/c\xc2\x9bx");
}

static void path_latin1(struct evil *v)
{
	file_named(v, "main", "lib/c\xffx");
}

static void path_overlong(struct evil *v)
{
	file_named(v, "lib/a.js", "lib/\xc0\xae\xc0\xae");
}

static void path_surrogate(struct evil *v)
{
	file_named(v, "main", "lib/\xed\xa0\x80");
}

static void path_name_long(struct evil *v)
{
	SCOPED(text_end) struct text path = { 0 };
	text_puts(&path, "lib/");
	text_fill(&path, 'x', 256);
	file_named(v, "main", arena_str(&v->arena, path.at));
}

/* Moves the core's entry. */
static void move_before(struct evil *v, const char *path, const char *before)
{
	struct item *at = item_at(v, "core", path), keep = *at;
	memmove(at, at + 1, (size_t)(v->items + v->items_count - at - 1) * sizeof *at);
	v->items_count--;
	item_add(v, before, &keep);
}

/* Every directory of it may be there, but for the last. */
static void path_long(struct evil *v)
{
	SCOPED(text_end) struct text path = { 0 };
	text_puts(&path, "z");
	for (int i = 0; i < 32; i++) {
		item_add(v, "main",
			&(struct item){ .id = "core",
				.path = arena_str(&v->arena, path.at),
				.kind = 'd',
				.mode = 0755 });
		text_byte(&path, '/');
		text_fill(&path, 'z', 100);
	}
	move_before(v, "main", "z");
	move_before(v, "plugged", "z");
}

static void path_twice(struct evil *v)
{
	file_named(v, "lib/b.js", "lib/a.js");
}

static void path_twice_as_link(struct evil *v)
{
	link_to(v, "lib/b.js", "lib/a.js", "b.js");
}

static void file_below_link(struct evil *v)
{
	link_to(v, "plugged", "out", "lib");
	file_named(v, "plugged", "out/planted");
}

static void file_below_reference(struct evil *v)
{
	item_add(v, "host",
		&(struct item){ .id = "hello", .path = "gate", .kind = 'r', .mode = 0777, .target = "core" });
	item_add(v, "host",
		&(struct item){
			.id = "hello", .path = "gate/x", .kind = 'f', .mode = 0644, .content = "evil\n" });
}

static void file_below_file(struct evil *v)
{
	file_named(v, "lib", "empty/planted");
}

static void file_in_nothing(struct evil *v)
{
	file_named(v, "plugged", "nowhere/planted");
}

static void file_through_component(struct evil *v)
{
	item_add(v, "index.js",
		&(struct item){ .id = "hello",
			.path = "host/lib/planted",
			.kind = 'f',
			.mode = 0644,
			.content = "evil\n" });
}

static void link_up(struct evil *v)
{
	link_to(v, "plugged", "out", "../../../outside");
}

static void link_up_one(struct evil *v)
{
	link_to(v, "plugged", "out", "..");
}

static void link_absolute(struct evil *v)
{
	link_to(v, "plugged", "out", "/etc/passwd");
}

static void link_by_way(struct evil *v)
{
	link_to(v, "main", "lib/out", "../bin/../../../outside");
}

static void link_by_link(struct evil *v)
{
	link_to(v, "plugged", "out", "main/../../outside");
}

static void link_below_up(struct evil *v)
{
	link_to(v, "main", "lib/out", "../..");
}

static void link_empty(struct evil *v)
{
	item_at(v, "core", "main")->target = "";
}

static void link_slashes(struct evil *v)
{
	item_at(v, "core", "main")->target = "lib//a.js";
}

static void link_control(struct evil *v)
{
	item_at(v, "core", "main")->target = "lib/\x07";
}

static void link_long(struct evil *v)
{
	SCOPED(text_end) struct text target = { 0 };
	for (int i = 0; i < 40; i++) {
		text_puts(&target, i ? "/" : "");
		text_fill(&target, 'x', 99);
	}
	item_at(v, "core", "main")->target = arena_str(&v->arena, target.at);
}

static void reference_unknown(struct evil *v)
{
	refer_to(v, "nobody/x");
}

static void reference_up(struct evil *v)
{
	refer_to(v, "hello/../../outside");
}

static void reference_absolute(struct evil *v)
{
	refer_to(v, "/hello/index.js");
}

static void kind_other(struct evil *v)
{
	*item_at(v, "core", "empty") =
		(struct item){ .id = "core", .path = "empty", .kind = 'o', .mode = 0644 };
}

static void kind_unknown(struct evil *v)
{
	*item_at(v, "core", "empty") =
		(struct item){ .id = "core", .path = "empty", .kind = 'c', .mode = 0644 };
}

static void kind_top_file(struct evil *v)
{
	item_at(v, "hello", ".")->kind = 'f';
	item_at(v, "hello", ".")->content = "no directory\n";
}

static void mode_setuid(struct evil *v)
{
	item_at(v, "core", "bin/run")->mode = 04755;
}

static void mode_setgid(struct evil *v)
{
	item_at(v, "core", "bin")->mode = 02755;
}

/* Staged without write for others: evil.sh looks. */
static void mode_everybody(struct evil *v)
{
	item_at(v, "core", "lib")->mode = 0777;
	item_at(v, "core", "lib/a.js")->mode = 0666;
}

static void mode_sticky(struct evil *v)
{
	item_at(v, "core", ".")->mode = 01777;
}

static void mode_link(struct evil *v)
{
	item_at(v, "core", "main")->mode = 0644;
}

static void digest_wrong(struct evil *v)
{
	item_at(v, "core", "lib/a.js")->digest.bytes[7] ^= 1;
}

static void digest_wrong_cut(struct evil *v)
{
	item_at(v, "core", "lib/b.js")->digest.bytes[7] ^= 1;
}

/* A file of three blocks. */
static void cut(struct evil *v)
{
	SCOPED(text_end) struct text large = { 0 };
	text_fill(&large, 'a', 5000);
	v->cut = 2048;
	item_at(v, "core", "lib/b.js")->content = arena_str(&v->arena, large.at);
}

static const struct evil_case cases[] = {
	{ "sound", 0, "", ITEM, unchanged, NULL, NULL },
	{ "sound-cut-file", 0, "", ITEM, cut, NULL, NULL },
	{ "path-up", 4, "a . or .. in it", ITEM, path_up, NULL, NULL },
	{ "path-up-below", 4, "a . or .. in it", ITEM, path_up_below, NULL, NULL },
	{ "path-up-only", 4, "a . or .. in it", ITEM, path_up_only, NULL, NULL },
	{ "path-absolute", 4, "absolute", ITEM, path_absolute, NULL, NULL },
	{ "path-dot", 4, "a . or .. in it", ITEM, path_dot, NULL, NULL },
	{ "path-dot-start", 4, "a . or .. in it", ITEM, path_dot_start, NULL, NULL },
	{ "path-slashes", 4, "an empty name", ITEM, path_slashes, NULL, NULL },
	{ "path-slash-end", 4, "an empty name", ITEM, path_slash_end, NULL, NULL },
	{ "path-control", 4, "not UTF-8 without control", ITEM, path_control, NULL, NULL },
	{ "path-newline", 4, "lib/c\\x0ax", ITEM, path_newline, NULL, NULL },
	{ "path-c1", 4, "not UTF-8 without control", ITEM, path_c1, NULL, NULL },
	{ "path-latin1", 4, "not UTF-8", ITEM, path_latin1, NULL, NULL },
	{ "path-overlong", 4, "not UTF-8", ITEM, path_overlong, NULL, NULL },
	{ "path-surrogate", 4, "not UTF-8", ITEM, path_surrogate, NULL, NULL },
	{ "path-name-long", 4, "longer than 255", ITEM, path_name_long, NULL, NULL },
	{ "path-long", 4, "longer than 3071", ITEM, path_long, NULL, NULL },
	{ "path-twice", 4, "given twice", ITEM, path_twice, NULL, NULL },
	{ "path-twice-as-link", 4, "given twice", ITEM, path_twice_as_link, NULL, NULL },
	{ "file-below-link", 4, "is not a directory of the bundle", ITEM, file_below_link, NULL, NULL },
	{ "file-below-reference", 4, "is not a directory of the bundle", ITEM, file_below_reference, NULL,
		NULL },
	{ "file-below-file", 4, "is not a directory of the bundle", ITEM, file_below_file, NULL, NULL },
	{ "file-in-nothing", 4, "is not a directory of the bundle", ITEM, file_in_nothing, NULL, NULL },
	{ "file-through-component", 4, "is not a directory of the bundle", ITEM, file_through_component, NULL,
		NULL },
	{ "link-up", 4, "leaves its component", ITEM, link_up, NULL, NULL },
	{ "link-up-one", 4, "leaves its component", ITEM, link_up_one, NULL, NULL },
	{ "link-absolute", 4, "leaves its component", ITEM, link_absolute, NULL, NULL },
	{ "link-by-way", 4, "leaves its component", ITEM, link_by_way, NULL, NULL },
	{ "link-by-link", 4, "leaves its component", ITEM, link_by_link, NULL, NULL },
	{ "link-below-up", 4, "leaves its component", ITEM, link_below_up, NULL, NULL },
	{ "link-empty", 4, "not well formed", ITEM, link_empty, NULL, NULL },
	{ "link-slashes", 4, "leaves its component", ITEM, link_slashes, NULL, NULL },
	{ "link-control", 4, "leaves its component", ITEM, link_control, NULL, NULL },
	{ "link-long", 4, "leaves its component", ITEM, link_long, NULL, NULL },
	{ "reference-unknown", 4, "does not know", ITEM, reference_unknown, NULL, NULL },
	{ "reference-up", 4, "a . or .. in it", ITEM, reference_up, NULL, NULL },
	{ "reference-absolute", 4, "absolute", ITEM, reference_absolute, NULL, NULL },
	{ "kind-other", 4, "neither file, directory nor link", ITEM, kind_other, NULL, NULL },
	{ "kind-unknown", 4, "not well formed", ITEM, kind_unknown, NULL, NULL },
	{ "kind-top-file", 4, "top directory", ITEM, kind_top_file, NULL, NULL },
	{ "mode-setuid", 4, "setuid", ITEM, mode_setuid, NULL, NULL },
	{ "mode-setgid", 4, "setuid", ITEM, mode_setgid, NULL, NULL },
	{ "mode-sticky", 4, "setuid", ITEM, mode_sticky, NULL, NULL },
	{ "mode-of-everybody", 0, "", ITEM, mode_everybody, NULL, NULL },
	{ "mode-of-a-link", 4, "not well formed", ITEM, mode_link, NULL, NULL },
	{ "digest-of-a-file", 4, "is not what the index says", ROW, digest_wrong, NULL, NULL },
	{ "digest-of-a-file-in-another", 4, "is not what the index says", ROW, digest_wrong_cut, NULL, NULL },
};
const struct evil_table entry_cases = { cases, COUNT_OF(cases) };
