/* secret - secret keys at rest: open, encrypted, damaged. */
#include <sys/resource.h>

#include "tests/unit/keys/people.h"

struct answer {
	const char *passphrase; /* NULL: there is none to be had */
	int asked;
};

static bool give(void *ctx, char *to, size_t room, struct err *e)
{
	struct answer *a = ctx;
	a->asked++;
	if (!a->passphrase)
		return err_set(e, ERR_USAGE, "nobody is there");
	snprintf(to, room, "%s", a->passphrase);
	return true;
}

static bool read_secret(const char *text, struct answer *a, struct secret_key *key, struct err *e)
{
	return secret_key_read(text, strlen(text), "k.key", give, a, key, e);
}

static void assert_signs_for(const struct secret_key *key, const char *public)
{
	struct public_key ring = public_of(public), own;
	secret_key_public(key, &own);
	assert_memory_equal(&own, &ring, sizeof own);
	struct signature s = signature_by(key, "text", "");
	assert_true(verify(&ring, 1, 1, "text", &s, 1).yes);
}

SPEC(an_open_golden_key_signs_and_asks_nothing)
{
	struct answer a = { PASSPHRASE, 0 };
	struct secret_key key;
	struct err e = { 0 };
	assert_true(read_secret(A_SECRET, &a, &key, &e));
	assert_int_equal(a.asked, 0);
	assert_signs_for(&key, A_PUBLIC);
}

SPEC(an_encrypted_key_asks_once_and_signs)
{
	struct answer a = { PASSPHRASE, 0 };
	struct secret_key key;
	struct err e = { 0 };
	assert_true(read_secret(B_SECRET, &a, &key, &e));
	assert_int_equal(a.asked, 1);
	assert_signs_for(&key, B_PUBLIC);
}

static bool all_zeros(const struct secret_key *key)
{
	static const struct secret_key zeros;
	return memcmp(key, &zeros, sizeof zeros) == 0;
}

SPEC(a_wrong_passphrase_opens_nothing)
{
	static const char *const wrong[] = { "", "Pass word", "pass word " };
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct answer a = { wrong[i], 0 };
		struct secret_key key = { .id = { 1 } };
		struct err e = { 0 };
		assert_false(read_secret(B_SECRET, &a, &key, &e));
		assert_says(&e, ERR_USAGE, "wrong passphrase for k.key");
		assert_true(all_zeros(&key));
	}
}

SPEC(without_a_passphrase_the_reason_is_told)
{
	struct answer a = { NULL, 0 };
	struct secret_key key = { .id = { 1 } };
	struct err e = { 0 };
	assert_false(read_secret(B_SECRET, &a, &key, &e));
	assert_says(&e, ERR_USAGE, "k.key: nobody is there");
	assert_true(all_zeros(&key));
}

#define LINE  "untrusted comment: x\n"
#define SIXTY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ZEROS SIXTY "AAAA"
#define A_KEY                                                                                                \
	"dDZkGq7QCenaFI/V3Idm3d0VJ+Xn+a41AsyJ2IaCZcKa2JL9OomEwwmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCzr"
static const struct row wrong_secret_keys[] = {
	ROW("", "k.key: has 0 lines, a minisign secret key has 2"),
	ROW(LINE, "k.key: has 1 lines"),
	ROW(A_SECRET "\n", "k.key: has 3 lines"),
	ROW("x\nx\n", "k.key: secret key, line 1: does not begin with \"untrusted comment: \""),
	ROW("untrusted comment: x\r\nx\n", "line 1: ends with CR LF"),
	ROW(A_PUBLIC, "k.key: secret key, line 2: has 56 characters, the base64 of 158 bytes has 212"),
	ROW(LINE "RUQAAEIy" ZEROS A_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		"another algorithm"),
	ROW(LINE "RWRBcjIy" ZEROS A_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "in another way"),
	ROW(LINE "RWQAAEIz" ZEROS A_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "another checksum"),
	ROW(LINE "RWQAAEIy" ZEROS A_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", "not canonical"),
	ROW(LINE "RWQAAEIy" ZEROS A_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n",
		"k.key: is damaged: its checksum does not match"),
	ROW(LINE "RWQAAEIy" ZEROS ZEROS ZEROS "AAAAAAAAAAA=\n",
		"k.key: is damaged: its public half does not belong to its secret half"),
	ROW(LINE "RWRTY0Iy" SIXTY "////" A_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		"is damaged: asks for"),
};

SPEC(a_malformed_secret_key_is_refused)
{
	for (size_t i = 0; i < COUNT_OF(wrong_secret_keys); i++) {
		const struct row *r = &wrong_secret_keys[i];
		struct answer a = { PASSPHRASE, 0 };
		char *exact = exact_copy(r->text, r->len);
		struct secret_key key = { .id = { 1 } };
		struct err e = { 0 };
		assert_false(secret_key_read(exact, r->len, "k.key", give, &a, &key, &e));
		assert_says(&e, ERR_FORMAT, r->complaint);
		assert_int_equal(a.asked, 0);
		assert_true(all_zeros(&key));
		free(exact);
	}
}

SPEC(an_open_key_is_written_and_read_back)
{
	struct people p = make_people();
	SCOPED(secret_text_end) struct text file = { 0 };
	struct err e = { 0 };
	assert_true(secret_key_write(&p.alice, NULL, &file, &e));
	assert_non_null(strstr(text_str(&file), ", not encrypted\n"));
	struct answer a = { PASSPHRASE, 0 };
	struct secret_key again;
	assert_true(read_secret(text_str(&file), &a, &again, &e));
	assert_memory_equal(&again, &p.alice, sizeof again);
	assert_int_equal(a.asked, 0);
}

/* At minisign's full cost (1 GiB, some seconds), hence only here. */
SPEC(an_encrypted_key_is_written_and_read_back)
{
	struct people p = make_people();
	SCOPED(secret_text_end) struct text file = { 0 };
	struct err e = { 0 };
	bool written = secret_key_write(&p.alice, PASSPHRASE, &file, &e);
	if (e.kind == ERR_SYSTEM)
		skip();
	assert_true(written);
	struct answer a = { PASSPHRASE, 0 };
	struct secret_key again;
	assert_true(read_secret(text_str(&file), &a, &again, &e));
	assert_memory_equal(&again, &p.alice, sizeof again);
	assert_int_equal(a.asked, 1);
}

SPEC(an_empty_passphrase_protects_nothing)
{
	struct people p = make_people();
	SCOPED(secret_text_end) struct text file = { 0 };
	struct err e = { 0 };
	assert_false(secret_key_write(&p.alice, "", &file, &e));
	assert_says(&e, ERR_USAGE, "the passphrase for the secret key is empty");
	assert_int_equal(file.len, 0);
}

static rlim_t address_space_in_use(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llu", &pages), 1);
	fclose(f);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

SPEC(too_little_memory_is_told_with_both_sides)
{
	struct people p = make_people();
	struct rlimit before;
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	struct rlimit little = { address_space_in_use() + ((rlim_t)256 << 20), before.rlim_max };
	SCOPED(secret_text_end) struct text file = { 0 };
	struct err e = { 0 };
	assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
	bool written = secret_key_write(&p.alice, PASSPHRASE, &file, &e);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	assert_false(written);
	assert_says(&e, ERR_SYSTEM, "derive a key from the passphrase: needs 1024 MiB of memory, ");
	assert_says(&e, ERR_SYSTEM, " MiB are free: Cannot allocate memory");
	assert_int_equal(file.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_golden_key_signs_and_asks_nothing),
		cmocka_unit_test(an_encrypted_key_asks_once_and_signs),
		cmocka_unit_test(a_wrong_passphrase_opens_nothing),
		cmocka_unit_test(without_a_passphrase_the_reason_is_told),
		cmocka_unit_test(a_malformed_secret_key_is_refused),
		cmocka_unit_test(an_open_key_is_written_and_read_back),
		cmocka_unit_test(an_encrypted_key_is_written_and_read_back),
		cmocka_unit_test(an_empty_passphrase_protects_nothing),
		cmocka_unit_test(too_little_memory_is_told_with_both_sides),
	};
	return cmocka_run_group_tests_name("secret", tests, start_digests, NULL);
}
