/* service_caches_find - which paths are the application's caches; what is too wide, or holds more than a
 * cache, is refused. */
#include "installer/service/caches.h"

#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "manifest/path.h"
#include "tests/unit/unit.h"

struct finding {
	int root;
	struct host h;
	struct inventory inv;
	struct json_list out;
};

static void finding_end(struct finding *f)
{
	host_end(&f->h);
	close(f->root);
}

static void add_place(struct finding *f, const char *what, const char *path)
{
	struct place *place = list_add(&f->inv.places, sizeof *place, &f->h.arena);
	place->what = arena_str(&f->h.arena, what);
	place->path = arena_str(&f->h.arena, path);
}

static void begin(struct finding *f)
{
	struct err e = { 0 };
	char path[PATH_MAX];
	*f = (struct finding){ .root = scratch() };
	given_file(f->root, "etc/passwd",
		"root:x:0:0::/root:/bin/sh\nclaw:x:1000:1000::/home/claw:/bin/sh\n"
		"other:x:1001:1001::/data/homes/other:/bin/sh\n");
	MUST(host_begin(&f->h, path_of(f->root, NULL, path), "generic", &e), &e);
	host_set(&f->h, "home", "/home/claw");
	host_set(&f->h, "tmp", "/tmp/");
	host_set(&f->h, "state", "/home/claw/.claw");
	host_set(&f->h, "scratch", "/data/scratch");
	host_set(&f->h, "core", "");
	struct part *part = list_add(&f->inv.components, sizeof *part, &f->h.arena);
	part->id = arena_str(&f->h.arena, "feishu");
	part->path = part->real = arena_str(&f->h.arena, "/data/plugins/feishu");
	struct service *s = list_add(&f->inv.services, sizeof *s, &f->h.arena);
	s->core = s->live = arena_str(&f->h.arena, "/data/app/core");
	add_place(f, "state", "/home/claw/.claw/db");
	add_place(f, "config", "/data/conf/claw.json");
	add_place(f, "cache", "/tmp/jiti");
}

static bool find(struct finding *f, const char *text, struct err *e)
{
	f->h.profile.caches = (struct json_list){ NULL, 0 };
	texts_add(&f->h.profile.caches, text, &f->h.arena);
	return caches_find(&f->h, &f->inv, &f->out, e);
}

static const char *joined(const struct finding *f)
{
	static char line[PATH_MAX];
	line[0] = '\0';
	for (size_t i = 0; i < f->out.count; i++)
		snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", i ? " " : "",
			((char *const *)f->out.items)[i]);
	return line;
}

SPEC(caches_are_found_by_name_and_pattern)
{
	static const char *const cases[][2] = {
		{ "${tmp}/jiti", "/tmp/jiti" }, /* "/tmp/" in the environment */
		{ "/data//app/core///.cache/", "/data/app/core/.cache" },
		{ "${home}/.cache/claw", "/home/claw/.cache/claw" },
		{ "${state}/cache", "/home/claw/.claw/cache" },
		{ "${home}/.claw/db/cache", "/home/claw/.claw/db/cache" },
		{ "/var/cache/claw", "/var/cache/claw" },
		{ "/root/.claw-cache", "/root/.claw-cache" },
		{ "${scratch}", "/data/scratch" }, /* a name of the cache's own */
		{ "/tmp/claw-*", "/tmp/claw-1 /tmp/claw-2" },
		{ "/data/*/x", "/data/a/x /data/b/x" },
		{ "${scratch}/*", "" },
		{ "/tmp/none-*", "" },
	};
	SCOPED(finding_end) struct finding f;
	begin(&f);
	given_dir(f.root, "tmp/claw-1");
	given_dir(f.root, "tmp/claw-2");
	given_dir(f.root, "tmp/other");
	given_dir(f.root, "data/a/x");
	given_dir(f.root, "data/b/x");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err e = { 0 };
		MUST(find(&f, cases[i][0], &e), &e);
		assert_string_equal(joined(&f), cases[i][1]);
	}
}

SPEC(a_cache_that_is_named_twice_is_found_once)
{
	SCOPED(finding_end) struct finding f;
	struct err e = { 0 };
	begin(&f);
	f.h.profile.caches = (struct json_list){ NULL, 0 };
	texts_add(&f.h.profile.caches, "${tmp}/jiti", &f.h.arena);
	texts_add(&f.h.profile.caches, "/tmp/jiti/", &f.h.arena);
	MUST(caches_find(&f.h, &f.inv, &f.out, &e), &e);
	assert_string_equal(joined(&f), "/tmp/jiti");
}

static void assert_refused(struct finding *f, const char *text, const char *complaint)
{
	struct err e = { 0 };
	if (find(f, text, &e))
		fail_msg("%s is %s", text, joined(f));
	assert_says(&e, ERR_REFUSED, complaint);
	SCOPED(text_end) struct text shown = { 0 };
	path_escape(text, strlen(text), &shown);
	assert_says(&e, ERR_REFUSED, text_str(&shown));
}

SPEC(what_is_too_wide_is_refused)
{
	static const char *const wide[] = { "/", "//", "/tmp", "/tmp/", "${tmp}", "/var/tmp", "/home",
		"/home/claw", "/home/nobody", "${home}", "${home}/.cache", "${home}/.config",
		"${home}/.local/share", "/root", "/root/.cache", "/data/homes", "/data/homes/other",
		"/data/homes/other/.cache", "/var/cache", "/var/lib/claw", "/usr/lib",
		"/usr/lib/node_modules", "/etc/claw/cache", "/opt/claw", "/proc/1/x", "/run/user/1000",
		"/media/stick", "/tmp/*", "/tmp/?*", "/tmp/*/*", "/*", "/home/*", "/var/tmp/*", "${home}/*",
		"/data/homes/*" };
	SCOPED(finding_end) struct finding f;
	begin(&f);
	given_dir(f.root, "data/homes/other");
	given_dir(f.root, "home/claw/x");
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		assert_refused(&f, wide[i], wide[i][strspn(wide[i], "/")] ? "too wide" : "");
}

SPEC(what_is_or_holds_a_place_of_the_application_is_refused)
{
	SCOPED(finding_end) struct finding f;
	begin(&f);
	given_dir(f.root, "disk/claw/db");
	given_dir(f.root, "home/claw/.claw");
	given_link(f.root, "home/claw/.claw/db", "/disk/claw/db");
	assert_refused(&f, "/data/plugins/feishu", "feishu (/data/plugins/feishu) would go with it");
	assert_refused(&f, "/data/plugins", "too wide");
	assert_refused(&f, "/data/app/core", "the program (/data/app/core) would go with it");
	assert_refused(&f, "${scratch}/../app", "..");
	assert_refused(&f, "${state}", "state (/home/claw/.claw");
	assert_refused(&f, "/data/conf/claw.json", "config (/data/conf/claw.json) would go with it");
	assert_refused(&f, "/data/conf", "config");
	assert_refused(&f, "/home/claw/.claw/db", "state (/home/claw/.claw/db) would go with it");
	assert_refused(
		&f, "/disk/claw/db", "state (/home/claw/.claw/db) would go with it"); /* where it leads */
	assert_refused(&f, "/disk/claw", "state");
}

SPEC(where_a_link_leads_counts_too)
{
	SCOPED(finding_end) struct finding f;
	begin(&f);
	given_dir(f.root, "home/claw");
	given_dir(f.root, "data/plugins/feishu");
	given_link(f.root, "data/way", "/home");
	given_link(f.root, "data/more", "/data/plugins");
	assert_refused(&f, "/data/way/claw", "/home/claw is too wide");
	assert_refused(&f, "/data/more/feishu", "feishu");
}

SPEC(what_is_no_plain_absolute_path_is_refused)
{
	SCOPED(finding_end) struct finding f;
	begin(&f);
	host_set(&f.h, "relative", "tmp");
	assert_refused(&f, "${relative}/jiti", "no absolute path");
	assert_refused(&f, "", "no absolute path");
	assert_refused(&f, "/tmp/./jiti", "/tmp/./jiti");
	assert_refused(&f, "/tmp/../home/x", "..");
	assert_refused(&f, "/tmp/a\nb", "control");
	assert_refused(&f, "${core}/cache", "nothing is known here that ${core} stands for");
	assert_refused(&f, "${no}/cache", "nothing is known here that ${no} stands for");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caches_are_found_by_name_and_pattern),
		cmocka_unit_test(a_cache_that_is_named_twice_is_found_once),
		cmocka_unit_test(what_is_too_wide_is_refused),
		cmocka_unit_test(what_is_or_holds_a_place_of_the_application_is_refused),
		cmocka_unit_test(where_a_link_leads_counts_too),
		cmocka_unit_test(what_is_no_plain_absolute_path_is_refused),
	};
	return cmocka_run_group_tests_name("service_caches_find", tests, NULL, NULL);
}
