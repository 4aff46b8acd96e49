/* path - which names a bundle may carry, in which order, and where a link may lead. */
#include "manifest/path.h"
#include "tests/unit/unit.h"

SPEC(text_is_utf8_without_control_characters)
{
	static const struct {
		const char *text;
		bool plain;
	} cases[] = {
		{ "", true },
		{ "a ~\\\"", true },
		{ "\xc2\xa0", true },         /* U+00A0, the first after C1 */
		{ "\xdf\xbf", true },         /* U+07FF */
		{ "\xe0\xa0\x80", true },     /* U+0800 */
		{ "\xed\x9f\xbf", true },     /* U+D7FF */
		{ "\xee\x80\x80", true },     /* U+E000 */
		{ "\xef\xbf\xbf", true },     /* U+FFFF */
		{ "\xf0\x90\x80\x80", true }, /* U+10000 */
		{ "\xf4\x8f\xbf\xbf", true }, /* U+10FFFF */
		{ "a\tb", false },
		{ "a\nb", false },
		{ "\x01", false },
		{ "\x1f", false },
		{ "\x7f", false },
		{ "\xc2\x80", false },         /* U+0080, C1 */
		{ "\xc2\x9b", false },         /* U+009B, as good as ESC [ */
		{ "\xc2\x9f", false },         /* U+009F */
		{ "\xc0\x80", false },         /* overlong NUL */
		{ "\xc0\xaf", false },         /* overlong / */
		{ "\xc1\xbf", false },         /* overlong */
		{ "\xe0\x9f\xbf", false },     /* overlong */
		{ "\xf0\x8f\xbf\xbf", false }, /* overlong */
		{ "\xed\xa0\x80", false },     /* U+D800 */
		{ "\xed\xbf\xbf", false },     /* U+DFFF */
		{ "\xf4\x90\x80\x80", false }, /* U+110000 */
		{ "\xf5\x80\x80\x80", false },
		{ "\xf8\x88\x80\x80\x80", false }, /* five bytes */
		{ "\xff", false },
		{ "\x80", false },
		{ "\xbf", false },
		{ "\xc3", false },
		{ "\xe2\x82", false },
		{ "\xf0\x9f\x9a", false },
		{ "\xc3(", false },
		{ "\xe2(\xac", false },
		{ "\xf0\x9f(\x9a", false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t len = strlen(cases[i].text);
		char *exact = exact_copy(cases[i].text, len);
		if (utf8_plain(exact, len) != cases[i].plain)
			fail_msg("row %zu", i);
		free(exact);
	}
	assert_false(utf8_plain("a\0b", 3));
}

SPEC(a_path_is_relative_and_plain)
{
	char *name = repeated('n', PATH_NAME_MAX + 1), *path = repeated('p', PATH_MAX_LEN + 1);
	for (size_t i = 200; i < PATH_MAX_LEN; i += 200)
		path[i] = '/';
	const struct {
		const char *path, *why;
	} cases[] = {
		{ "a", NULL },
		{ "a/b/c", NULL },
		{ "...", NULL },
		{ ".a/..b/c..", NULL },
		{ " ", NULL },
		{ "a\\b", NULL },
		{ "\xc3\xb6/\xf0\x9f\x9a\x9a", NULL },
		{ name + 1, NULL },
		{ path + 1, NULL },
		{ "", "an empty name" },
		{ ".", "a . or .." },
		{ "..", "a . or .." },
		{ "a/.", "a . or .." },
		{ "a/../b", "a . or .." },
		{ "./a", "a . or .." },
		{ "/", "absolute" },
		{ "/a", "absolute" },
		{ "//", "absolute" },
		{ "a//b", "an empty name" },
		{ "a/", "an empty name" },
		{ "a\nb", "control" },
		{ "a\x7f", "control" },
		{ "a\xc2\x9b", "control" },
		{ "a\xff", "UTF-8" },
		{ "a/\xc0\xae\xc0\xae/b", "UTF-8" }, /* an overlong ".." */
		{ name, "longer than 255" },
		{ path, "longer than 3071" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *why = "before";
		bool plain = path_plain(cases[i].path, &why);
		if (plain != !cases[i].why || (cases[i].why && !strstr(why, cases[i].why)))
			fail_msg("row %zu (%.40s): %s", i, cases[i].path, why ? why : "plain");
	}
	free(name);
	free(path);
}

SPEC(an_id_is_a_short_word)
{
	char *longest = repeated('x', ID_MAX_LEN), *longer = repeated('x', ID_MAX_LEN + 1);
	const char *const good[] = { "a", "0", "Z9", "openclaw", "a@b", "a._+-", "a..b", longest };
	const char *const bad[] = { "", "@a", ".a", "-a", "_a", "+a", "a/b", "a b", "a\n", "\xc3\xb6", "a:b",
		"a\\b", longer };
	for (size_t i = 0; i < COUNT_OF(good); i++)
		if (!id_plain(good[i]))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (id_plain(bad[i]))
			fail_msg("%s", bad[i]);
	free(longest);
	free(longer);
}

/* ---- order ---- */

static int sign(int n)
{
	return n < 0 ? -1 : n > 0;
}

SPEC(rows_stand_depth_first_and_by_bytes)
{
	static const char *const sorted[] = { ".", "!", "a", "a/!", "a/b", "a/b/c", "a/b/c/d", "a/b!", "a/b-",
		"a/b.", "a/b0", "a/c", "a!", "a-", "a.", "a.b", "a0", "aa", "b", "b/a", "\xc3\xa9", "\xff" };
	for (size_t i = 0; i < COUNT_OF(sorted); i++)
		for (size_t k = 0; k < COUNT_OF(sorted); k++)
			if (sign(path_order(sorted[i], sorted[k])) != (i > k) - (i < k))
				fail_msg("%s against %s", sorted[i], sorted[k]);
}

/* ---- links ---- */

SPEC(a_link_stays_in_its_component)
{
	static const struct {
		const char *path, *target;
		bool stays;
	} cases[] = {
		{ "a", "b", true },
		{ "a", "b/c", true },
		{ "a", ".", true },
		{ "a", "./b", true },
		{ "a", "././b", true },
		{ "a", "..", false },
		{ "a", "../x", false },
		{ "a/b", "..", true },
		{ "a/b", "../c", true },
		{ "a/b", "../../c", false },
		{ "a/b", "./../c", true },
		{ "a/b", "./.././../c", false },
		{ "a/b/c", "../..", true },
		{ "a/b/c", "../../..", false },
		{ "a/b", "c/../d", false }, /* c may be a link */
		{ "a/b", "c/..", false },
		{ "a/b", "c/.", false },
		{ "a", "/etc/passwd", false },
		{ "a", "/", false },
		{ "a", "", false },
		{ "a", ".//x", false },
		{ "a/b", "..//x", false },
		{ "a/b", "../", false },
		{ "a", "./", false },
		{ "a", "b/", false },
		{ "a", "b//c", false },
		{ "a", "b\nc", false },
		{ "a", "..b", true },
		{ "a", "...", true },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (link_stays(cases[i].path, cases[i].target) != cases[i].stays)
			fail_msg("%s -> \"%s\"", cases[i].path, cases[i].target);
}

SPEC(a_relative_target_leads_from_one_place_to_the_other)
{
	static const struct {
		const char *from, *to, *target;
	} cases[] = {
		{ "/a/link", "/a/x", "x" },
		{ "/a/link", "/a/x/y", "x/y" },
		{ "/a/b/link", "/a/x", "../x" },
		{ "/a/b/c/link", "/x/y", "../../../x/y" },
		{ "/a/link", "/a", "." },
		{ "/a/b/link", "/a", ".." },
		{ "/a/b/c/link", "/a", "../.." },
		{ "/link", "/", "." },
		{ "/a/link", "/", ".." },
		{ "/ab/link", "/a", "../a" },
		{ "/a/link", "/ab", "../ab" },
		{ "/a/bc", "/a/b", "b" },
		{ "/link", "/x", "x" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text out = { 0 };
		path_relative(cases[i].from, cases[i].to, &out);
		if (strcmp(text_str(&out), cases[i].target) != 0)
			fail_msg("%s to %s: %s", cases[i].from, cases[i].to, text_str(&out));
	}
}

/* ---- escapes ---- */

SPEC(what_a_terminal_would_obey_is_escaped)
{
	static const struct {
		const char *raw;
		size_t len;
		const char *shown;
	} cases[] = {
		{ "", 0, "" },
		{ "plain \xc3\xb6", 8, "plain \xc3\xb6" },
		{ "a\tb\nc", 5, "a\\x09b\\x0ac" },
		{ "a\\b", 3, "a\\x5cb" },
		{ "\0", 1, "\\x00" },
		{ "\x1b[2J\x7f", 5, "\\x1b[2J\\x7f" },
		{ "\xc2\x9b", 2, "\\xc2\\x9b" },
		{ "\xff\xc3", 2, "\\xff\\xc3" },
		{ "\xe2\x82(", 3, "\\xe2\\x82(" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text out = { 0 };
		char back[64], *exact = exact_copy(cases[i].raw, cases[i].len);
		size_t len = 99;
		path_escape(exact, cases[i].len, &out);
		assert_string_equal(text_str(&out), cases[i].shown);
		assert_true(utf8_plain(text_str(&out), out.len));
		assert_true(path_unescape(text_str(&out), out.len, back, &len));
		assert_int_equal(len, cases[i].len);
		assert_memory_equal(back, cases[i].raw, len + 1 > sizeof back ? 0 : len);
		assert_int_equal(back[len], '\0');
		free(exact);
	}
}

SPEC(every_two_bytes_come_back)
{
	for (unsigned n = 0; n < 65536; n++) {
		char raw[2] = { (char)(n >> 8), (char)(n & 0xff) }, back[16];
		SCOPED(text_end) struct text out = { 0 };
		size_t len = 0;
		path_escape(raw, 2, &out);
		assert_true(utf8_plain(text_str(&out), out.len));
		assert_true(path_unescape(text_str(&out), out.len, back, &len));
		assert_int_equal(len, 2);
		assert_memory_equal(back, raw, 2);
	}
}

SPEC(an_escape_has_one_form)
{
	static const char *const bad[] = { "\\", "\\x", "\\x0", "a\\x1", "\\n", "\\X41", "\\x4G", "\\xG4",
		"\\x4F", "\\ x41", "\\\\", "\\x\\x41" };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		char to[32];
		size_t len;
		char *exact = exact_copy(bad[i], strlen(bad[i]));
		if (path_unescape(exact, strlen(bad[i]), to, &len))
			fail_msg("%s", bad[i]);
		free(exact);
	}
}

/* ---- patterns ---- */

SPEC(a_pattern_matches_a_whole_path)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{ ".env", ".env", true },
		{ ".env", "a/b/.env", true },
		{ ".env", "a/.env/b", false },
		{ ".env", "x.env", false },
		{ "*.log", "a/b.log", true },
		{ "*.log", "b.log.gz", false },
		{ "?", "ab", false },
		{ "?", "x/a", true },
		{ "a/*", "a/b", true },
		{ "a/*", "a/b/c", false },
		{ "a/*", "a", false },
		{ "a/**", "a/b/c", true },
		{ "a/**", "a", false },
		{ "a/?/c", "a/b/c", true },
		{ "a/?c", "a//c", false },
		{ "**/x", "x", true },
		{ "**/x", "a/x", true },
		{ "**/x", "a/b/x", true },
		{ "**/x", "a/bx", false },
		{ "a/**/x", "a/x", true },
		{ "a/**/x", "a/b/c/x", true },
		{ "a/**/x", "b/a/x", false },
		{ "/a", "a", true },
		{ "/a", "b/a", false },
		{ "/a/*", "a/b", true },
		{ "a*b*c", "aXbXc", true },
		{ "a*b*c", "aXbX", false },
		{ "*", "", true },
		{ "**", "a/b", true },
		{ "", "a", false },
		{ "[a]", "a", false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (path_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
			fail_msg("%s against %s", cases[i].pattern, cases[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_utf8_without_control_characters),
		cmocka_unit_test(a_path_is_relative_and_plain),
		cmocka_unit_test(an_id_is_a_short_word),
		cmocka_unit_test(rows_stand_depth_first_and_by_bytes),
		cmocka_unit_test(a_link_stays_in_its_component),
		cmocka_unit_test(a_relative_target_leads_from_one_place_to_the_other),
		cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
		cmocka_unit_test(every_two_bytes_come_back),
		cmocka_unit_test(an_escape_has_one_form),
		cmocka_unit_test(a_pattern_matches_a_whole_path),
	};
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
