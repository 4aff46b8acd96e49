/* site - what is true of a node is written for people and read again, word for word. */
#include "installer/host/site.h"

#include "tests/unit/unit.h"

#define WORDS(text) ((char[]){ text })

static struct site_application entry(const char *application, const char *instance, struct arena *arena)
{
	char *nothing = arena_str(arena, "");
	return (struct site_application){ .application = arena_str(arena, application),
		.instance = arena_str(arena, instance),
		.profile = arena_str(arena, "openclaw"),
		.runtime = nothing,
		.user = nothing,
		.home = nothing };
}

/* The text is read, and what is written then is the same again. */
static void same_again(const struct site *s, struct text *once)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text twice = { 0 };
	struct site again;
	struct err e = { 0 };
	site_write(s, once);
	MUST(site_read(once->at, once->len, &again, &arena, &e), &e);
	assert_int_equal(again.applications.count, s->applications.count);
	site_write(&again, &twice);
	assert_string_equal(text_str(once), text_str(&twice));
}

SPEC(an_empty_site_is_a_document)
{
	SCOPED(text_end) struct text text = { 0 };
	struct site s = { 0 };
	same_again(&s, &text);
	assert_int_equal(text.at[text.len - 1], '\n');
}

SPEC(what_is_written_is_read)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text text = { 0 };
	struct site_component parts[] = { { WORDS("core"), WORDS("core"), WORDS("/opt/a b"), 1, 2 },
		{ WORDS("x"), WORDS("plugin"), WORDS("/opt/{x},[y]: \"z\"\\"), 3, 4 } };
	struct site_unit units[] = { { .name = WORDS("a.service"),
		.manager = WORDS("user"),
		.user = WORDS("claw"),
		.dropin = WORDS("/etc/x.conf") } };
	struct site_place places[] = { { WORDS("state"), WORDS("/srv/\xc3\xa4") } };
	char *known[] = { WORDS("core: a \\\" b"), WORDS("} ] , :") };
	struct site_application a = entry("openclaw", "two", &arena);
	struct site s = { { &a, 1 } };
	a.components = (struct json_list){ parts, 2 };
	a.units = (struct json_list){ units, 1 };
	a.places = (struct json_list){ places, 1 };
	a.known = (struct json_list){ known, 2 };
	a.require_evidence = true;
	a.adopted = 1700000000;
	a.installer = digest_of("x", 1);
	same_again(&s, &text);
	struct site read;
	struct err e = { 0 };
	MUST(site_read(text.at, text.len, &read, &arena, &e), &e);
	const struct site_application *b = site_find(&read, "openclaw", "two");
	assert_non_null(b);
	assert_string_equal(((struct site_component *)b->components.items)[1].path, parts[1].path);
	assert_string_equal(((struct site_unit *)b->units.items)[0].dropin, "/etc/x.conf");
	assert_string_equal(((struct site_place *)b->places.items)[0].path, "/srv/\xc3\xa4");
	assert_string_equal(((char **)b->known.items)[1], known[1]);
	assert_true(digest_equal(&b->installer, &a.installer));
	assert_true(b->require_evidence);
}

SPEC(the_text_has_a_line_for_each_field)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text text = { 0 };
	struct site_application a = entry("app", "", &arena);
	struct site s = { { &a, 1 } };
	site_write(&s, &text);
	assert_string_equal(text_str(&text),
		"{\n  \"applications\": [\n    {\n      \"application\": \"app\",\n"
		"      \"profile\": \"openclaw\"\n    }\n  ]\n}\n");
}

SPEC(entries_are_put_found_and_removed)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct site s = { 0 };
	struct site_application a = entry("a", "", &arena), b = entry("b", "", &arena),
				b2 = entry("b", "2", &arena);
	assert_null(site_find(&s, "a", ""));
	site_remove(&s, "a", "");
	site_put(&s, &a, &arena);
	site_put(&s, &b, &arena);
	site_put(&s, &b2, &arena);
	assert_int_equal(s.applications.count, 3);
	b.adopted = 7;
	site_put(&s, &b, &arena);
	assert_int_equal(s.applications.count, 3);
	assert_int_equal(site_find(&s, "b", "")->adopted, 7);
	assert_int_equal(site_find(&s, "b", "2")->adopted, 0);
	assert_null(site_find(&s, "b", "3"));
	site_remove(&s, "b", "");
	assert_null(site_find(&s, "b", ""));
	assert_non_null(site_find(&s, "b", "2"));
	site_remove(&s, "b", "2");
	site_remove(&s, "a", "");
	assert_int_equal(s.applications.count, 0);
	site_put(&s, &b, &arena);
	assert_non_null(site_find(&s, "b", ""));
}

SPEC(what_is_no_site_is_refused)
{
	static const struct {
		const char *text, *complaint;
	} bad[] = { { "", "" }, { "[]", "" }, { "{\"aplications\":[]}", "aplications" },
		{ "{\"applications\":[{\"application\":\"a\"}]}", "profile" },
		{ "{\"applications\":[{\"application\":\"a\",\"profile\":\"p\",\"adopted\":-1}]}",
			"adopted" },
		{ "{\"applications\":[{\"application\":\"a\",\"profile\":\"p\",\"installer\":\"zz\"}]}",
			"installer" } };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		SCOPED_TEXT char *exact = exact_copy(bad[i].text, strlen(bad[i].text));
		struct site s;
		struct err e = { 0 };
		assert_false(site_read(exact, strlen(bad[i].text), &s, &arena, &e));
		assert_says(&e, ERR_FORMAT, bad[i].complaint);
	}
}

SPEC(an_instance_of_an_application_is_there_once)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{ "{\"applications\":[{\"application\":\"a\",\"profile\":\"p\"},"
		  "{\"application\":\"a\",\"instance\":\"two\",\"profile\":\"p\"}]}",
			NULL },
		{ "{\"applications\":[{\"application\":\"a\",\"profile\":\"p\"},"
		  "{\"application\":\"a\",\"profile\":\"q\"}]}",
			"applications: a is there twice" },
		{ "{\"applications\":[{\"application\":\"a\",\"instance\":\"two\",\"profile\":\"p\"},"
		  "{\"application\":\"a\",\"instance\":\"two\",\"profile\":\"p\"}]}",
			"applications: a@two is there twice" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct site s;
		struct err e = { 0 };
		bool good = site_read(cases[i].text, strlen(cases[i].text), &s, &arena, &e);
		assert_int_equal(good, !cases[i].complaint);
		if (!good)
			assert_says(&e, ERR_FORMAT, cases[i].complaint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_site_is_a_document),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_text_has_a_line_for_each_field),
		cmocka_unit_test(entries_are_put_found_and_removed),
		cmocka_unit_test(what_is_no_site_is_refused),
		cmocka_unit_test(an_instance_of_an_application_is_there_once),
	};
	return cmocka_run_group_tests_name("site", tests, start_digests, NULL);
}
