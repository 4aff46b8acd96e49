/* redact - what is hidden and what stays; nothing here opens anything. */
#include "installer/host/redact.h"
#include "tests/unit/unit.h"

#define R REDACTED

static void assert_redacted(const struct redact *r, const char *from, const char *to)
{
	SCOPED(text_end) struct text once = { 0 };
	SCOPED(text_end) struct text twice = { 0 };
	char *copy = exact_copy(from, strlen(from) + 1);
	redact_add(r, copy, &once);
	free(copy);
	assert_string_equal(text_str(&once), to);
	redact_add(r, text_str(&once), &twice);
	assert_string_equal(text_str(&twice), to);
}

SPEC(secrets_are_hidden_without_any_rule)
{
	static const char *const cases[][2] = {
		{ "token=abc", "token=" R },
		{ "?access_token=abc&x=1 next", "?access_token=" R " next" },
		{ "{\"apiKey\":\"a b\\\"c\",\"n\":1}", "{\"apiKey\":\"" R "\",\"n\":1}" },
		{ "{\\\"token\\\":\\\"abc\\\",\\\"n\\\":1}", "{\\\"token\\\":\\\"" R "\\\",\\\"n\\\":1}" },
		{ "clientSecret: 'x y' ok", "clientSecret: '" R "' ok" },
		{ "OPENAI_API_KEY=sk-1", "OPENAI_API_KEY=" R },
		{ "db_password := hunter2;", "db_password := " R },
		{ "/channels/x/token: \"abc\"", "/channels/x/token: \"" R "\"" },
		{ "run --token abc --port 3", "run --token " R " --port 3" },
		{ "Authorization: Bearer abc.def", "Authorization: " R },
		{ "authorization\":\"Basic YWJj\",\"x\":1", "authorization\":\"" R "\",\"x\":1" },
		{ "set-cookie: a=b; c=d\nnext", "set-cookie: " R "\nnext" },
		{ "token: Bearer abcdefgh rest", "token: " R " rest" },
		{ "sent bearer abcdefgh0123 to it", "sent bearer " R " to it" },
		{ "wss://user:pa@ss@host/x", "wss://" R "@host/x" },
		{ "redis://:p/w0rd@host/0", "redis://" R "@host/0" },
		{ "https://ghtoken@github.com/a", "https://" R "@github.com/a" },
		{ "with secret 0123456789abcdef0123", "with secret " R },
		{ "token is now aGVsbG8gd29ybGQ0Mg== ok", "token is now " R " ok" },
		{ "got ghp_"
		  "abcdefghijklmnopqrstuv01 back",
			"got " R " back" },
		{ "x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln y", "x " R " y" },
		{ "-----BEGIN EC PRIVATE "
		  "KEY-----\nMHcCAQ\n-----END EC PRIVATE "
		  "KEY-----\n.",
			"-----BEGIN EC PRIVATE "
			"KEY" R "-----END EC PRIVATE "
			"KEY-----\n." },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_redacted(&(struct redact){ 0 }, cases[i][0], cases[i][1]);
}

SPEC(what_is_no_secret_stays)
{
	static const char *const same[] = {
		"[gateway] listening on ws://127.0.0.1:28789, ws://[::1]:28789 (PID 20760)",
		"[browser/server] Browser control listening on http://127.0.0.1:28791/ (auth=token)",
		"dingtalk failed to load from /root/.openclaw/extensions/dingtalk/index.ts: Error: Cannot find module "
		"'openclaw/plugin-sdk'",
		"failed to load plugin: TypeError: (0 , _pluginSdk.createPluginRuntimeStore) is not a function "
		"(plugin=mini, source=/x/index.ts)",
		"max_tokens=4096, tokens: 12",
		"https://packages.example.org/@scope/pkg",
		"",
		"[dingtalk] [default] Connection health check failed - detected disconnection",
	};
	for (size_t i = 0; i < COUNT_OF(same); i++)
		assert_redacted(&(struct redact){ 0 }, same[i], same[i]);
}

SPEC(rules_of_the_profile_hide_what_they_match_or_their_group)
{
	char one[] = "sess-[0-9a-f]{4}", two[] = "room ([A-Z]+)", three[] = "[a-z]*x", four[] = "[a-z]{8}";
	char *items[] = { one, two, three, four };
	struct json_list rules = { items, 4 };
	SCOPED(redact_end) struct redact r = { 0 };
	struct err e = { 0 };
	MUST(redact_open(&rules, &r, &e), &e);
	assert_redacted(&r, "sess-12ab, sess-00ff; room ABC of room D", R ", " R "; room " R " of room " R);
	assert_redacted(&r, "abcx!", R "!");
	assert_redacted(&r, "redacted [redacted]", R " " R);
}

SPEC(a_bad_rule_is_named)
{
	static const char *const bad[] = { "[a-", "\\d+", "(a)\\1", "", "a{1,255}{1,255}", "a{300}" };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		char good[] = "a", *items[] = { good, exact_copy(bad[i], strlen(bad[i]) + 1) };
		struct json_list rules = { items, 2 };
		SCOPED(redact_end) struct redact r = { 0 };
		struct err e = { 0 };
		assert_false(redact_open(&rules, &r, &e));
		assert_says(&e, ERR_FORMAT, "redactions[1]");
		free(items[1]);
	}
}

SPEC(a_long_text_is_cut_and_no_part_of_a_word_is_left_over)
{
	SCOPED(text_end) struct text in = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	char rule[] = "[0-9]{12}", *items[] = { rule };
	struct json_list rules = { items, 1 };
	SCOPED(redact_end) struct redact r = { 0 };
	struct err e = { 0 };
	MUST(redact_open(&rules, &r, &e), &e);
	while (in.len < REDACT_MAX - 6)
		text_puts(&in, "word ");
	text_puts(&in, "777777777777 more");
	redact_add(&r, text_str(&in), &out);
	assert_true(out.len <= REDACT_MAX);
	assert_null(strchr(text_str(&out), '7'));
}

SPEC(hostile_texts_take_no_time)
{
	static const char *const parts[] = { "key/", "://x:y/", "-----BEGIN ", "a/", "\\\"token", "token ",
		"://a@", "Bearer ", "\"'" };
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		SCOPED(text_end) struct text in = { 0 };
		SCOPED(text_end) struct text out = { 0 };
		while (in.len < REDACT_MAX)
			text_puts(&in, parts[i]);
		alarm(60); /* what is not bounded takes hours */
		redact_add(&(struct redact){ 0 }, text_str(&in), &out);
		alarm(0);
	}
}

SPEC(a_rule_that_hides_a_name_does_not_uncover_its_value)
{
	char *rules[] = { (char[]){ "gateway\\.auth\\.token[^ ]*" } };
	struct json_list list = { rules, 1 };
	struct err e = { 0 };
	SCOPED(redact_end) struct redact r = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	MUST(redact_open(&list, &r, &e), &e);
	redact_add(&r, "gateway.auth.token 9fK2xQ7vLm3Zt8Wc1Rb6Yd4H here", &out);
	assert_null(strstr(text_str(&out), "9fK2xQ7vLm3Zt8Wc1Rb6Yd4H"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_hidden_without_any_rule),
		cmocka_unit_test(what_is_no_secret_stays),
		cmocka_unit_test(rules_of_the_profile_hide_what_they_match_or_their_group),
		cmocka_unit_test(a_bad_rule_is_named),
		cmocka_unit_test(a_long_text_is_cut_and_no_part_of_a_word_is_left_over),
		cmocka_unit_test(a_rule_that_hides_a_name_does_not_uncover_its_value),
		cmocka_unit_test(hostile_texts_take_no_time),
	};
	return cmocka_run_group_tests_name("host_redact", tests, NULL, NULL);
}
