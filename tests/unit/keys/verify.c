/* verify - what a signature file looks like, and whom Waybill believes. */
#include "tests/unit/keys/people.h"

SPEC(a_golden_signature_is_read)
{
	struct signature s = signature_of(A_SIG);
	char hex[KEY_ID_HEX];
	key_id_hex(s.id, hex);
	assert_string_equal(hex, A_ID);
	assert_string_equal(s.comment, COMMENT);
}

static const struct row wrong_signatures[] = {
	ROW("", "m.minisig: has 0 lines, a minisign signature has 4"),
	ROW(A_PUBLIC, "m.minisig: has 2 lines"),
	ROW(A_SIG "\n", "m.minisig: has 5 lines"),
	ROW(A_SIG A_SIG, "m.minisig: has 8 lines"),
	ROW("\n" OWN "\n" TRUSTED GLOBAL "\n",
		"m.minisig: signature, line 1: does not begin with \"untrusted comment"),
	ROW("untrusted comment: a\x01\n" OWN "\n" TRUSTED GLOBAL "\n",
		"line 1: the comment has a control character"),
	ROW(UNTRUSTED OWN "\r\n" TRUSTED GLOBAL "\n", "line 2: ends with CR LF"),
	ROW(UNTRUSTED OWN " \n" TRUSTED GLOBAL "\n",
		"line 2: has 101 characters, the base64 of 74 bytes has 100"),
	ROW(UNTRUSTED "\n" TRUSTED GLOBAL "\n", "line 2: has 0 characters"),
	ROW(UNTRUSTED
		"RUR0NmQartAJ6U3SrvN6/9twAT9lF8Fw908CToFqz8xd/bVW6tfs1efk+crTKWPuGU+H2Kwx4EeyEu0ex4E+6KSQWWy"
		"9O0GL6gl=\n" TRUSTED GLOBAL "\n",
		"line 2: is not canonical base64"),
	ROW(UNTRUSTED
		"RUR0NmQartAJ6U3SrvN6/9twAT9lF8Fw908CToFqz8xd/bVW6tfs1efk+crTKWPuGU+H2Kwx4EeyEu0ex4E+6KSQWWy"
		"9O0GL6gk\0\n" TRUSTED GLOBAL "\n",
		"line 2: is not canonical base64"),
	ROW(UNTRUSTED
		"RXh0NmQartAJ6U3SrvN6/9twAT9lF8Fw908CToFqz8xd/bVW6tfs1efk+crTKWPuGU+H2Kwx4EeyEu0ex4E+6KSQWWy"
		"9O0GL6gk=\n" TRUSTED GLOBAL "\n",
		"line 2: the signature is of algorithm 0x4578, only ED (0x4544) is known"),
	ROW(A_LEGACY,
		"m.minisig: signature, line 2: a legacy signature (Ed), not prehashed (ED): make it again"),
	ROW(UNTRUSTED OWN "\n" COMMENT "\n" GLOBAL "\n", "line 3: does not begin with \"trusted comment: \""),
	ROW(UNTRUSTED OWN "\n" UNTRUSTED GLOBAL "\n", "line 3: does not begin with \"trusted comment: \""),
	ROW(UNTRUSTED OWN "\ntrusted comment: a\r\n" GLOBAL "\n", "line 3: ends with CR LF"),
	ROW(UNTRUSTED OWN "\ntrusted comment: a\0b\n" GLOBAL "\n",
		"line 3: the comment has a control character"),
	ROW(UNTRUSTED OWN "\ntrusted comment: \xff\n" GLOBAL "\n",
		"line 3: the comment has a control character"),
	ROW(UNTRUSTED OWN "\ntrusted comment: " THOUSAND("x") "x\n" GLOBAL "\n",
		"line 3: the comment has 1001 bytes"),
	ROW(UNTRUSTED OWN "\n" TRUSTED "\n", "line 4: has 0 characters, the base64 of 64 bytes has 88"),
	ROW(UNTRUSTED OWN "\n" TRUSTED OWN "\n", "line 4: has 100 characters"),
	ROW(UNTRUSTED OWN "\n" TRUSTED GLOBAL "\r\n", "line 4: ends with CR LF"),
	ROW(THOUSAND("abcde"), "m.minisig: has 5000 bytes, a signature has at most 4096"),
};

SPEC(a_malformed_signature_is_refused)
{
	for (size_t i = 0; i < COUNT_OF(wrong_signatures); i++) {
		const struct row *r = &wrong_signatures[i];
		char *exact = exact_copy(r->text, r->len);
		struct signature s;
		struct err e = { 0 };
		assert_false(signature_read(exact, r->len, "m.minisig", &s, &e));
		assert_says(&e, ERR_FORMAT, r->complaint);
		free(exact);
	}
}

SPEC(a_signature_cut_short_is_refused_at_every_length)
{
	size_t whole = strlen(A_SIG);
	for (size_t len = 0; len <= whole; len++) {
		char *exact = exact_copy(A_SIG, len);
		struct signature s;
		struct err e = { 0 };
		/* Only the newline at the very end may be missing. */
		assert_int_equal(signature_read(exact, len, "m.minisig", &s, &e), len + 1 >= whole);
		assert_int_equal(e.kind, len + 1 >= whole ? ERR_NONE : ERR_FORMAT);
		free(exact);
	}
}

static void assert_untrusted(const struct outcome *o, const char *complaint)
{
	assert_false(o->yes);
	assert_says(&o->e, ERR_UNTRUSTED, complaint);
	assert_null(o->trusted.bytes);
	assert_int_equal(o->trusted.len, 0);
	assert_int_equal(o->by.count, 0);
	assert_string_equal(o->by.comment, "");
}

/* The '@' of the complaint stands for the key's id. */
static void assert_untrusted_naming(const struct outcome *o, const char *format, const uint8_t *id)
{
	char hex[KEY_ID_HEX], complaint[256];
	key_id_hex(id, hex);
	const char *mark = strchr(format, '@');
	assert_non_null(mark);
	snprintf(complaint, sizeof complaint, "%.*s%s%s", (int)(mark - format), format, hex, mark + 1);
	assert_untrusted(o, complaint);
}

SPEC(golden_signatures_are_believed)
{
	struct public_key ring[] = { public_of(A_PUBLIC), public_of(B_BASE64) };
	struct signature both[] = { signature_of(B_SIG), signature_of(A_SIG) };
	static const char text[] = SIGNED;
	struct outcome o = verify(ring, 2, 2, text, both, 2);
	assert_string_equal(o.e.text, "");
	assert_true(o.yes);
	assert_ptr_equal(o.trusted.bytes, text);
	assert_int_equal(o.trusted.len, strlen(text));
	assert_int_equal(o.by.count, 2);
	assert_memory_equal(o.by.ids[0], ring[1].id, KEY_ID_BYTES);
	assert_memory_equal(o.by.ids[1], ring[0].id, KEY_ID_BYTES);
	assert_string_equal(o.by.comment, "hello \xc3\xb6");
}

SPEC(one_signature_is_enough_unless_more_are_asked_for)
{
	struct people p = make_people();
	struct signature s = signature_by(&p.alice, "text", "by alice");
	assert_true(verify(p.ring, 2, 0, "text", &s, 1).yes);
	assert_true(verify(p.ring, 2, 1, "text", &s, 1).yes);
	struct outcome o = verify(p.ring, 2, 2, "text", &s, 1);
	assert_untrusted_naming(&o, "needs 2 signatures by trusted keys, has 1 (by @)", p.alice.id);
}

SPEC(an_unsigned_text_is_not_believed)
{
	struct people p = make_people();
	struct outcome o = verify(p.ring, 1, 1, "text", NULL, 0);
	assert_untrusted_naming(&o, "needs 1 signature by trusted keys, has 0 (trusted: @)", p.alice.id);
	o = verify(NULL, 0, 0, "text", NULL, 0);
	assert_untrusted(&o, "needs 1 signature by trusted keys, has 0 (no key is trusted)");
}

SPEC(an_unknown_key_neither_helps_nor_hurts)
{
	struct people p = make_people();
	struct signature s[] = { signature_by(&p.mallory, "text", "by mallory"),
		signature_by(&p.alice, "text", "by alice") };
	struct outcome o = verify(p.ring, 2, 1, "text", s, 2);
	assert_true(o.yes);
	assert_int_equal(o.by.count, 1);
	assert_memory_equal(o.by.ids[0], p.alice.id, KEY_ID_BYTES);
	assert_string_equal(o.by.comment, "by alice");

	s[0].bytes[0] ^= 1;
	assert_true(verify(p.ring, 2, 1, "text", s, 2).yes);

	o = verify(p.ring, 2, 2, "text", s, 2);
	assert_untrusted_naming(&o, "; also signed by unknown keys @", p.mallory.id);
	o = verify(p.ring, 2, 1, "text", s, 1);
	assert_untrusted_naming(&o, "; signed by unknown keys @", p.mallory.id);
	o = verify(NULL, 0, 1, "text", s, 1);
	assert_untrusted_naming(&o, "has 0 (no key is trusted); signed by unknown keys @", p.mallory.id);
}

SPEC(a_key_that_signs_twice_counts_once)
{
	struct people p = make_people();
	struct signature s[] = { signature_by(&p.alice, "text", "once"),
		signature_by(&p.alice, "text", "twice"), signature_by(&p.bob, "text", "bob") };
	struct outcome o = verify(p.ring, 2, 2, "text", s, 2);
	assert_untrusted(&o, "needs 2 signatures by trusted keys, has 1");
	o = verify(p.ring, 2, 2, "text", s, 3);
	assert_true(o.yes);
	assert_int_equal(o.by.count, 2);
	assert_string_equal(o.by.comment, "once");
}

SPEC(a_key_that_is_listed_twice_counts_once)
{
	struct people p = make_people();
	struct signature s[] = { signature_by(&p.alice, "text", ""), signature_by(&p.alice, "text", "") };
	struct outcome o = verify(p.ring, 3, 2, "text", s, 2);
	assert_untrusted(&o, "needs 2 signatures by trusted keys, has 1");
}

SPEC(a_key_that_is_listed_under_two_ids_counts_once)
{
	struct people p = make_people();
	struct secret_key renamed = p.alice;
	renamed.id[3] ^= 1;
	memcpy(p.ring[2].id, renamed.id, KEY_ID_BYTES);
	struct signature s[] = { signature_by(&p.alice, "text", ""), signature_by(&renamed, "text", "") };
	struct outcome o = verify(p.ring, 3, 2, "text", s, 2);
	assert_untrusted(&o, "needs 2 signatures by trusted keys, has 1");
}

SPEC(two_keys_with_one_id_are_two_keys)
{
	struct people p = make_people();
	memcpy(p.bob.id, p.alice.id, KEY_ID_BYTES);
	memcpy(p.ring[1].id, p.alice.id, KEY_ID_BYTES);
	struct signature s[] = { signature_by(&p.bob, "text", "bob"),
		signature_by(&p.alice, "text", "alice") };
	assert_true(verify(p.ring, 2, 2, "text", s, 2).yes);
	s[1].global[0] ^= 1;
	struct outcome o = verify(p.ring, 2, 1, "text", s, 2);
	assert_untrusted(&o, "trusted comment is not the one that was signed");
}

SPEC(a_wrong_signature_in_a_trusted_name_is_fatal)
{
	struct people p = make_people();
	struct signature good = signature_by(&p.bob, "text", "bob");
	struct signature s[] = { good, signature_by(&p.alice, "text", "alice") };

	s[1].bytes[63] ^= 0x10;
	struct outcome o = verify(p.ring, 2, 1, "text", s, 2);
	assert_untrusted_naming(&o,
		"the signature of trusted key @ is wrong: these are not the bytes that were signed",
		p.alice.id);

	s[1] = signature_by(&p.alice, "Text", "alice");
	o = verify(p.ring, 2, 1, "text", s, 2);
	assert_untrusted(&o, "these are not the bytes that were signed");

	s[1] = signature_by(&p.mallory, "text", "alice");
	memcpy(s[1].id, p.alice.id, KEY_ID_BYTES);
	o = verify(p.ring, 2, 1, "text", s, 2);
	assert_untrusted(&o, "these are not the bytes that were signed");
}

SPEC(the_trusted_comment_is_part_of_what_was_signed)
{
	struct people p = make_people();
	struct signature s = signature_by(&p.alice, "text", "release 1");

	s.comment[8]++;
	struct outcome o = verify(p.ring, 1, 1, "text", &s, 1);
	assert_untrusted_naming(&o,
		"the signature of trusted key @ is wrong: its trusted comment is not the one that was signed",
		p.alice.id);

	s = signature_by(&p.alice, "text", "release 1");
	s.global[5] ^= 1;
	o = verify(p.ring, 1, 1, "text", &s, 1);
	assert_untrusted(&o, "its trusted comment is not the one that was signed");

	struct signature other = signature_by(&p.alice, "other", "release 1");
	memcpy(s.global, other.global, sizeof s.global);
	o = verify(p.ring, 1, 1, "text", &s, 1);
	assert_untrusted(&o, "its trusted comment is not the one that was signed");
}

/* Whatever bit is damaged on the way: refused, or it was in the comment that nobody believes. */
SPEC(no_damaged_signature_file_is_believed)
{
	struct public_key ring = public_of(A_PUBLIC);
	char file[] = A_SIG;
	for (size_t bit = 0; bit < 8 * strlen(A_SIG); bit++) {
		file[bit / 8] = (char)(file[bit / 8] ^ 1 << bit % 8);
		struct signature s;
		struct err e = { 0 };
		bool read = signature_read(file, sizeof file - 1, "m.minisig", &s, &e);
		if (read && verify(&ring, 1, 1, SIGNED, &s, 1).yes && bit / 8 >= strlen(UNTRUSTED))
			fail_msg("bit %zu", bit);
		file[bit / 8] = (char)(file[bit / 8] ^ 1 << bit % 8);
	}
}

SPEC(sixteen_signatures_are_read_and_no_more)
{
	struct people p = make_people();
	struct public_key ring[SIGNATURES_MAX];
	struct signature s[SIGNATURES_MAX + 1];
	for (size_t i = 0; i < SIGNATURES_MAX; i++) {
		struct secret_key key;
		assert_true(secret_key_make(&key, &ring[i]));
		s[i] = signature_by(&key, "text", "");
	}
	s[SIGNATURES_MAX] = signature_by(&p.mallory, "text", "");
	struct outcome o = verify(ring, SIGNATURES_MAX, SIGNATURES_MAX, "text", s, SIGNATURES_MAX);
	assert_true(o.yes);
	assert_int_equal(o.by.count, SIGNATURES_MAX);
	o = verify(ring, SIGNATURES_MAX, 1, "text", s, SIGNATURES_MAX + 1);
	assert_false(o.yes);
	assert_says(&o.e, ERR_FORMAT, "has 17 signatures, at most 16 are read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_golden_signature_is_read),
		cmocka_unit_test(a_malformed_signature_is_refused),
		cmocka_unit_test(a_signature_cut_short_is_refused_at_every_length),
		cmocka_unit_test(golden_signatures_are_believed),
		cmocka_unit_test(one_signature_is_enough_unless_more_are_asked_for),
		cmocka_unit_test(an_unsigned_text_is_not_believed),
		cmocka_unit_test(an_unknown_key_neither_helps_nor_hurts),
		cmocka_unit_test(a_key_that_signs_twice_counts_once),
		cmocka_unit_test(a_key_that_is_listed_twice_counts_once),
		cmocka_unit_test(a_key_that_is_listed_under_two_ids_counts_once),
		cmocka_unit_test(two_keys_with_one_id_are_two_keys),
		cmocka_unit_test(a_wrong_signature_in_a_trusted_name_is_fatal),
		cmocka_unit_test(the_trusted_comment_is_part_of_what_was_signed),
		cmocka_unit_test(no_damaged_signature_file_is_believed),
		cmocka_unit_test(sixteen_signatures_are_read_and_no_more),
	};
	return cmocka_run_group_tests_name("verify", tests, start_digests, NULL);
}
