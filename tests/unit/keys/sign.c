/* sign - what is signed, and how. */
#include "keys/assume.h"
#include "tests/unit/keys/people.h"

SPEC(a_signature_is_the_same_each_time)
{
	struct people p = make_people();
	SCOPED(text_end) struct text first = { 0 }, second = { 0 };
	struct err e = { 0 };
	assert_true(keys_sign(&p.alice, "a\0b", 3, "c", &first, &e));
	assert_true(keys_sign(&p.alice, "a\0b", 3, "c", &second, &e));
	assert_string_equal(text_str(&first), text_str(&second));
	assert_non_null(strstr(text_str(&first), "untrusted comment: signature from waybill secret key\n"));
}

SPEC(an_empty_text_can_be_signed)
{
	struct people p = make_people();
	struct signature s = signature_by(&p.alice, "", "");
	assert_true(verify(p.ring, 1, 1, "", &s, 1).yes);
}

SPEC(a_comment_that_nobody_could_read_is_not_signed)
{
	struct people p = make_people();
	static const struct row rows[] = {
		ROW("two\nlines", "the trusted comment has a control character"),
		ROW("\xff", "is not UTF-8"),
		ROW(THOUSAND("x") "x", "the trusted comment has 1001 bytes, at most 1000 can be signed"),
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCOPED(text_end) struct text file = { 0 };
		struct err e = { 0 };
		assert_false(keys_sign(&p.alice, "text", 4, rows[i].text, &file, &e));
		assert_says(&e, ERR_USAGE, rows[i].complaint);
		assert_int_equal(file.len, 0);
	}
	struct signature s = signature_by(&p.alice, "text", THOUSAND("x"));
	assert_true(verify(p.ring, 1, 1, "text", &s, 1).yes);
}

SPEC(a_key_whose_halves_differ_signs_nothing)
{
	struct people p = make_people();
	memcpy(p.alice.bytes + 32, p.bob.bytes + 32, 32);
	SCOPED(text_end) struct text file = { 0 };
	struct err e = { 0 };
	assert_false(keys_sign(&p.alice, "text", 4, "", &file, &e));
	assert_says(&e, ERR_SYSTEM, "the signature just made does not verify");
	assert_int_equal(file.len, 0);
}

SPEC(assumed_bytes_are_the_bytes_given)
{
	static const char text[] = "text";
	struct trusted t = keys_assume(text, 3);
	assert_ptr_equal(t.bytes, text);
	assert_int_equal(t.len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_the_same_each_time),
		cmocka_unit_test(an_empty_text_can_be_signed),
		cmocka_unit_test(a_comment_that_nobody_could_read_is_not_signed),
		cmocka_unit_test(a_key_whose_halves_differ_signs_nothing),
		cmocka_unit_test(assumed_bytes_are_the_bytes_given),
	};
	return cmocka_run_group_tests_name("sign", tests, start_digests, NULL);
}
