/* links - a link that stays is kept, one into another component becomes a reference, any other cannot travel.
 */
#include "bundler/links.h"
#include "tests/unit/bundler/sources.h"

static struct canary given_two(void)
{
	struct canary c = { .dir = scratch() };
	given_file(c.dir, "srv/app/bin/run", "");
	given_file(c.dir, "srv/app/lib/x", "");
	given_file(c.dir, "srv/extra/file", "");
	given_file(c.dir, "srv/extra2/file", "");
	given_link(c.dir, "way", "srv");
	canary_add(&c, "app", "core", "srv/app");
	canary_add(&c, "extra", "plugin", "srv/extra");
	canary_open(&c);
	return c;
}

/* '@' in a target stands for the scratch directory. */
static const struct {
	const char *path, *target;
	char kind; /* 0: it cannot travel */
	const char *outcome;
} cases[] = {
	{ "link", "bin/run", 'l', "bin/run" },
	{ "link", "nowhere", 'l', "nowhere" }, /* inside, so it may dangle */
	{ "link", ".", 'l', "." },
	{ "bin/link", "../lib/x", 'l', "../lib/x" },
	{ "link", "../extra/file", 'r', "extra/file" },
	{ "link", "../extra", 'r', "extra" },
	{ "bin/link", "../../extra", 'r', "extra" },
	{ "link", "@/srv/extra/file", 'r', "extra/file" },
	{ "link", "@/way/extra/file", 'r', "extra/file" }, /* over a link outside */
	{ "link", "@/srv/app/bin/run", 'r', "app/bin/run" },
	{ "link", "../app/bin/run", 'r', "app/bin/run" },
	{ "link", "bin/../lib/x", 'r', "app/lib/x" },
	{ "link", "@/srv/extra2/file", 0, "leads out of every captured component" },
	{ "link", "@", 0, "leads out of every captured component" },
	{ "link", "/", 0, "leads out of every captured component" },
	{ "link", "../none", 0, "leads nowhere and out of its component" },
	{ "link", "/none/at/all", 0, "leads nowhere and out of its component" },
	{ "link", "../app/link", 0, "leads nowhere" }, /* a loop */
	{ "link", "a\nb", 0, "its target is not UTF-8 without control characters" },
	{ "link", "\xff", 0, "its target is not UTF-8" },
};

static void made_target(const struct canary *c, const char *target, struct text *out)
{
	char top[PATH_MAX];
	if (*target == '@')
		text_puts(out, path_of(c->dir, NULL, top));
	text_puts(out, target + (*target == '@'));
}

SPEC(a_link_stays_is_made_again_or_cannot_travel)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(canary_end) struct canary c = given_two();
		SCOPED(text_end) struct text target = { 0 };
		SCOPED_FD int app = openat(c.dir, "srv/app", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct entry row = { .path = cases[i].path };
		made_target(&c, cases[i].target, &target);
		given_link(app, cases[i].path, text_str(&target));
		const char *why = link_classify(&c.s, &c.s.items[0], cases[i].path, &target, &row);
		if (!cases[i].kind) {
			if (!why || !strstr(why, cases[i].outcome))
				fail_msg("%s: %s", cases[i].target, why ? why : row.target);
			continue;
		}
		if (why || row.kind != cases[i].kind || strcmp(row.target, cases[i].outcome) != 0)
			fail_msg("%s: %s", cases[i].target, why ? why : row.target);
	}
}

SPEC(a_reference_to_a_path_that_cannot_travel_is_refused)
{
	SCOPED(canary_end) struct canary c = given_two();
	SCOPED(text_end) struct text target = { 0 };
	struct entry row = { .path = "link" };
	given_file(c.dir, "srv/extra/a\nb", "");
	given_link(c.dir, "srv/extra/way", "a\nb");
	given_link(c.dir, "srv/app/link", "../extra/way");
	text_puts(&target, "../extra/way");
	assert_string_equal(link_classify(&c.s, &c.s.items[0], "link", &target, &row),
		"a link to a path that cannot travel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_stays_is_made_again_or_cannot_travel),
		cmocka_unit_test(a_reference_to_a_path_that_cannot_travel_is_refused),
	};
	return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
