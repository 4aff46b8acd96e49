/* specifier - what "%h" and its like mean where no manager tells. */
#include "installer/host/specifier.h"

#include "tests/unit/unit.h"

struct place {
	int dir;
	char path[PATH_MAX];
	struct host h;
};

static void given_place(struct place *p)
{
	struct err e = { 0 };
	p->dir = scratch();
	given_file(
		p->dir, "etc/passwd", "root:x:0:0::/root:/bin/sh\nclaw:x:1001:1002::/home/my claw:/bin/sh\n");
	given_file(p->dir, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	given_file(p->dir, "etc/hostname", "edge.example\n");
	MUST(host_begin(&p->h, path_of(p->dir, NULL, p->path), "generic", &e), &e);
}

static void end_place(struct place *p)
{
	host_end(&p->h);
	close(p->dir);
}

/* `user`: whose manager; NULL: the system's. */
static bool fill(const char *unit, const char *user, const char *text, struct text *out, struct err *e)
{
	SCOPED(end_place) struct place p = { 0 };
	given_place(&p);
	struct specifiers s = { unit, user ? host_user_named(&p.h, user) : NULL, &p.h };
	return specifiers_fill(&s, text, out, e);
}

static void fills(const char *unit, const char *user, const char *text, const char *expected)
{
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 };
	MUST(fill(unit, user, text, &out, &e), &e);
	if (strcmp(text_str(&out), expected) != 0)
		fail_msg("%s in %s: \"%s\", expected \"%s\"", text, unit, text_str(&out), expected);
}

static void refuses(const char *user, const char *text, const char *complaint)
{
	SCOPED(text_end) struct text out = { 0 };
	struct err e = { 0 };
	assert_false(fill("x.service", user, text, &out, &e));
	assert_says(&e, ERR_FORMAT, complaint);
}

SPEC(names_of_units_are_taken_apart)
{
	fills("a-b.service", NULL, "%n %N %p %P %j %J", "a-b.service a-b a-b a/b b b");
	fills("a-b@c-d\\x2de.service", NULL, "%i|%I|%p|%N", "c-d\\x2de|c/d-e|a-b|a-b@c-d\\x2de");
	fills("a@x.service", NULL, "%f", "/x");
	fills("opt-app.service", NULL, "%f", "/opt/app");
	fills("plain.service", NULL, "%i%I", "");
	fills("bad@\\x2.service", NULL, "%I", "\\x2");
}

SPEC(the_system_and_users_have_places_of_their_own)
{
	fills("x.service", NULL, "%h %u %U %G", "/root root 0 0");
	fills("x.service", NULL, "%t %S %C %L %E %T %V",
		"/run /var/lib /var/cache /var/log /etc /tmp /var/tmp");
	fills("x.service", "claw", "%h|%u|%U|%G", "/home/my claw|claw|1001|1002");
	fills("x.service", "claw", "%t %C %E", "/run/user/1001 /home/my claw/.cache /home/my claw/.config");
	fills("x.service", NULL, "%m %H %l", "0123456789abcdef0123456789abcdef edge.example edge");
	fills("x.service", NULL, "100%% %%h", "100% %h");
}

SPEC(what_only_a_manager_knows_is_not_guessed)
{
	refuses("claw", "%S/x", "x.service: what %S means here only its manager knows");
	refuses(NULL, "a%b", "the specifier %b is not known");
	refuses(NULL, "50%", "the specifier %");
	refuses(NULL, "%", "is not known");
}

SPEC(a_unit_does_not_grow_without_end)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(end_place) struct place p = { 0 };
	SCOPED(text_end) struct text text = { 0 };
	struct unit_merge m;
	struct err e = { 0 };
	given_place(&p);
	struct specifiers s = { "a-rather-long-name-of-a-unit.service", NULL, &p.h };
	text_puts(&text, "[Service]\nUser=%i\nExecStart=/x ");
	for (size_t i = 0; i < 200000; i++)
		text_puts(&text, "%n");
	text_puts(&text, " %n\n");
	unit_merge_init(&m, &arena);
	unit_merge_add(&m, "x", text_str(&text), text.len, &arena);
	assert_false(specifiers_merge(&s, &m, &arena, &e));
	assert_says(&e, ERR_FORMAT, "too long");
	assert_string_equal(m.user, "");
	assert_int_equal(m.exec.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_units_are_taken_apart),
		cmocka_unit_test(the_system_and_users_have_places_of_their_own),
		cmocka_unit_test(what_only_a_manager_knows_is_not_guessed),
		cmocka_unit_test(a_unit_does_not_grow_without_end),
	};
	return cmocka_run_group_tests_name("specifier", tests, NULL, NULL);
}
