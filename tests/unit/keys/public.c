/* public - what a public key and its id look like. */
#include "keys/lines.h"
#include "tests/unit/keys/people.h"

SPEC(a_key_id_is_shown_as_minisign_shows_it)
{
	const uint8_t id[KEY_ID_BYTES] = { 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01 };
	char hex[KEY_ID_HEX];
	key_id_hex(id, hex);
	assert_string_equal(hex, "0123456789ABCDEF");
	uint8_t back[KEY_ID_BYTES];
	assert_true(key_id_parse(hex, back));
	assert_memory_equal(back, id, sizeof id);
}

SPEC(a_key_id_has_one_spelling)
{
	static const char *const wrong[] = { "", "0", "0123456789ABCDE", "0123456789ABCDEF0",
		"0123456789abcdef", "0123456789ABCDEG", " 123456789ABCDEF", "0x23456789ABCDEF",
		"0123456789ABCDE\n" };
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		uint8_t id[KEY_ID_BYTES] = { 7 };
		char *exact = exact_copy(wrong[i], strlen(wrong[i]) + 1);
		assert_false(key_id_parse(exact, id));
		assert_int_equal(id[0], 7);
		free(exact);
	}
}

SPEC(a_public_key_is_read_from_a_file_or_a_word)
{
	static const char *const same[] = { A_PUBLIC, "untrusted comment: \n" A_BASE64, A_BASE64 "\n",
		A_BASE64 };
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		struct public_key key = public_of(same[i]);
		char hex[KEY_ID_HEX];
		key_id_hex(key.id, hex);
		assert_string_equal(hex, A_ID);
		SCOPED(text_end) struct text word = { 0 };
		public_key_fingerprint(&key, &word);
		assert_string_equal(text_str(&word), A_BASE64);
	}
}

SPEC(a_public_key_is_written_as_minisign_writes_it)
{
	struct public_key key = public_of(B_PUBLIC);
	SCOPED(text_end) struct text file = { 0 };
	public_key_write(&key, &file);
	assert_string_equal(text_str(&file), B_PUBLIC);
}

static const struct row wrong_public_keys[] = {
	ROW("", "key.pub: has 0 lines, a minisign public key has 2"),
	ROW(A_PUBLIC "\n", "key.pub: has 3 lines"),
	ROW(A_PUBLIC A_BASE64, "key.pub: has 3 lines"),
	ROW("\n" A_BASE64, "key.pub: public key, line 1: does not begin with \"untrusted comment: \""),
	ROW("comment: x\n" A_BASE64, "line 1: does not begin with \"untrusted comment: \""),
	ROW("untrusted comment: x\r\n" A_BASE64, "line 1: ends with CR LF"),
	ROW("untrusted comment: \033[2J\n" A_BASE64, "line 1: the comment has a control character"),
	ROW("untrusted comment: \0\n" A_BASE64, "line 1: the comment has a control character"),
	ROW("untrusted comment: " THOUSAND("x") "x\n" A_BASE64, "the comment has 1001 bytes, at most 1000"),
	ROW("untrusted comment: x\n",
		"key.pub: public key, line 1: has 20 characters, the base64 of 42 bytes has 56"),
	ROW("untrusted comment: x\n\n", "line 2: has 0 characters"),
	ROW(A_BASE64 "\r\n", "line 1: ends with CR LF"),
	ROW(A_BASE64 " ", "line 1: has 57 characters"),
	ROW(A_SECRET, "line 2: has 212 characters, the base64 of 42 bytes has 56"),
	ROW("untrusted comment: x\nRWR0NmQartAJ6QmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCz ",
		"not canonical base64"),
	ROW("untrusted comment: x\nRWR0NmQartAJ6QmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCz=",
		"not canonical base64"),
	ROW("untrusted comment: x\nRWR0NmQartAJ6QmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCz_",
		"not canonical base64"),
	ROW("RUR0NmQartAJ6QmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCzr", "algorithm 0x4544, only Ed"),
	ROW("AAB0NmQartAJ6QmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCzr", "algorithm 0x0000, only Ed"),
};

SPEC(a_malformed_public_key_is_refused)
{
	for (size_t i = 0; i < COUNT_OF(wrong_public_keys); i++) {
		const struct row *r = &wrong_public_keys[i];
		char *exact = exact_copy(r->text, r->len);
		struct public_key key;
		struct err e = { 0 };
		assert_false(public_key_read(exact, r->len, "key.pub", &key, &e));
		assert_says(&e, ERR_FORMAT, r->complaint);
		free(exact);
	}
}

SPEC(a_comment_is_text_that_a_terminal_can_show)
{
	static const struct {
		const char *text;
		bool plain;
	} cases[] = {
		{ "", true },
		{ "tab\tand ~", true },
		{ "\xc3\xb6 \xe2\x82\xac \xf0\x9f\x9a\x9a \xf4\x8f\xbf\xbf", true },
		{ "\xc2\xa0", true },
		{ "a\nb", false },
		{ "a\rb", false },
		{ "\x7f", false },
		{ "\xc2\x9b", false }, /* CSI, as good as ESC [ */
		{ "\xc2\x80", false },
		{ "\x80", false },
		{ "\xc3", false },
		{ "\xc3(", false },
		{ "\xc0\xaf", false },             /* overlong */
		{ "\xe0\x80\xaf", false },         /* overlong */
		{ "\xed\xa0\x80", false },         /* a surrogate */
		{ "\xf4\x90\x80\x80", false },     /* above U+10FFFF */
		{ "\xf0\x9f\x9a", false },         /* cut short */
		{ "\xf8\x88\x80\x80\x80", false }, /* five bytes */
		{ "\xff", false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *exact = exact_copy(cases[i].text, strlen(cases[i].text));
		if (line_plain(exact, strlen(cases[i].text)) != cases[i].plain)
			fail_msg("row %zu", i);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_id_is_shown_as_minisign_shows_it),
		cmocka_unit_test(a_key_id_has_one_spelling),
		cmocka_unit_test(a_public_key_is_read_from_a_file_or_a_word),
		cmocka_unit_test(a_public_key_is_written_as_minisign_writes_it),
		cmocka_unit_test(a_malformed_public_key_is_refused),
		cmocka_unit_test(a_comment_is_text_that_a_terminal_can_show),
	};
	return cmocka_run_group_tests_name("public", tests, start_digests, NULL);
}
