/* digest - BLAKE2b-256, as b2sum(1) prints it. */
#include "tests/unit/unit.h"

#define OF_NOTHING "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
#define OF_ABC     "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"

static void assert_digest(const struct digest *d, const char *want)
{
	char hex[DIGEST_HEX];
	digest_hex(d, hex);
	assert_string_equal(hex, want);
}

SPEC(known_digests_are_found)
{
	struct digest nothing = digest_of("", 0), none = digest_of(NULL, 0), abc = digest_of("abc", 3);
	assert_digest(&nothing, OF_NOTHING);
	assert_digest(&none, OF_NOTHING);
	assert_digest(&abc, OF_ABC);
}

SPEC(b2sum_says_the_same)
{
	SCOPED_FD int dir = scratch();
	char *bytes = repeated('w', 300001), path[PATH_MAX], hex[DIGEST_HEX], command[PATH_MAX + 256];
	given_file(dir, "file", bytes);
	struct digest d = digest_of(bytes, 300001);
	free(bytes);
	digest_hex(&d, hex);
	snprintf(command, sizeof command,
		"command -v b2sum >/dev/null || exit 127; b2sum -l 256 '%s' | grep -q '^%s '",
		path_of(dir, "file", path), hex);
	int status = shell(command);
	if (status == 127)
		skip();
	assert_int_equal(status, 0);
}

SPEC(pieces_make_the_digest_of_the_whole)
{
	char *bytes = repeated('p', 1000);
	struct digest whole = digest_of(bytes, 1000);
	for (size_t piece = 1; piece <= 1000; piece += 37) {
		struct digest_state s;
		digest_init(&s);
		for (size_t at = 0; at < 1000; at += piece)
			digest_add(&s, bytes + at, at + piece <= 1000 ? piece : 1000 - at);
		struct digest d = digest_end(&s);
		assert_true(digest_equal(&d, &whole));
	}
	free(bytes);
}

SPEC(one_bit_makes_another_digest)
{
	struct digest a = digest_of("abc", 3);
	for (size_t bit = 0; bit < 8 * DIGEST_BYTES; bit++) {
		struct digest b = a;
		b.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(digest_equal(&a, &b));
	}
	assert_true(digest_equal(&a, &a));
}

SPEC(zero_stands_for_none)
{
	struct digest d = { { 0 } };
	assert_true(digest_zero(&d));
	d.bytes[DIGEST_BYTES - 1] = 1;
	assert_false(digest_zero(&d));
}

SPEC(a_digest_has_one_spelling)
{
	static const char *const bad[] = { "", "0",
		"Bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d5231", (OF_ABC "0"),
		(OF_ABC "\n"), (" " OF_ABC),
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d5231g",
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d5231/",
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d5231:" };
	struct digest d;
	assert_true(digest_parse(OF_ABC, &d));
	assert_digest(&d, OF_ABC);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		char *exact = exact_copy(bad[i], strlen(bad[i]) + 1);
		if (digest_parse(exact, &d))
			fail_msg("%s", bad[i]);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests_are_found),
		cmocka_unit_test(b2sum_says_the_same),
		cmocka_unit_test(pieces_make_the_digest_of_the_whole),
		cmocka_unit_test(one_bit_makes_another_digest),
		cmocka_unit_test(zero_stands_for_none),
		cmocka_unit_test(a_digest_has_one_spelling),
	};
	return cmocka_run_group_tests_name("digest", tests, start_digests, NULL);
}
