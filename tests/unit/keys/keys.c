/* keys - whom Waybill believes, as sentences.
 *
 * The files named "golden" were made by minisign 0.11 and must be understood for
 * ever. The keys in them sign nothing but the two words in this file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "keys/assume.h"
#include "keys/prompt.h"
#include "keys/secret.h"
#include "keys/sign.h"
#include "keys/verify.h"
#include "manifest/base/scope.h"
#include "manifest/digest.h"

/* Golden: minisign -G -W, minisign -G, minisign -S over "hi\n". A is open, B was encrypted by "pass word". */
#define A_ID     "E909D0AE1A643674"
#define A_BASE64 "RWR0NmQartAJ6QmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCzr"
#define A_PUBLIC "untrusted comment: minisign public key " A_ID "\n" A_BASE64 "\n"
#define A_SECRET                                                                                               \
	"untrusted comment: minisign encrypted secret key\n"                                                   \
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAdDZkGq7QCenaFI/V3Idm3d0VJ+Xn" \
	"+a41AsyJ2IaCZcKa2JL9OomEwwmSgJsXFSZpHLPg1vyWOdGeK5Xqt0IicdLqXLU7BCzrAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAA=\n"
#define B_ID     "E4837F71EA754743"
#define B_BASE64 "RWRDR3XqcX+D5BLffPVPKV0p9UziYOywBKCXpNKFG7DreNRjsbekTrZA"
#define B_PUBLIC "untrusted comment: minisign public key " B_ID "\n" B_BASE64 "\n"

/* Key B encrypted again by the same passphrase at the least cost, so that these tests are quick. */
#define B_SECRET                                                                                               \
	"untrusted comment: the cheapest that scrypt can be\n"                                                 \
	"RWRTY0IyOThZIwImRXKRHMRAzEueya7mjJN1QI2YOa9EqSQOGg4AgAAAAAAAAAAAAAEAAAAAw/G1P3TnMikZtOCCaQsRgJp7O3wd" \
	"IQWdNqPeJOiAEy2x3unqY1ZQxyEa9IIyxV5EPpJrnOQHigv/kAY2EQ747XGUHVObwKdxn4GSUDmBxiHX8QEOy4u0IACwdVMwNfef" \
	"i6i6l2XArtg=\n"
#define PASSPHRASE "pass word"

#define UNTRUSTED "untrusted comment: signature from minisign secret key\n"
#define OWN                                                                                                  \
	"RUR0NmQartAJ6U3SrvN6/9twAT9lF8Fw908CToFqz8xd/bVW6tfs1efk+crTKWPuGU+H2Kwx4EeyEu0ex4E+6KSQWWy9O0GL6gk="
#define COMMENT "timestamp:1795361763\tfile:m\thashed"
#define TRUSTED "trusted comment: " COMMENT "\n"
#define GLOBAL  "NGHKWSg36hryyU+EscL/rhkldbgSqdszxZwNV6K379BfM1z9tvGl2Was2pvyCpnb8XjUxDjJZr5ot4um0lQfCg=="
#define A_SIG   UNTRUSTED OWN "\n" TRUSTED GLOBAL "\n"
#define B_SIG                                                                                                  \
	UNTRUSTED                                                                                              \
	"RURDR3XqcX+D5HztmcA85ysqoqd6ZfN8T1aM/RHRtOj6jNj1TCW2uZ9aDVeUPnXRN6tOneWGZzx/VhAKuTVUoRQGYhYpUQRrjgk=" \
	"\ntrusted comment: hello \xc3\xb6\n"                                                                  \
	"dqr24H3Cq6kd4kkU7gm/QwdzJda8fy5GJg/15r1f3bPVC29ktSmcabvg728eUrHIGiDqffWVwlWBCf5MB13pAQ==\n"
#define A_LEGACY                                                                                               \
	UNTRUSTED                                                                                              \
	"RWR0NmQartAJ6S/cADx+JyL0ZvIRAl463YJoU2gEB++EE0Mg/OMl1hVGnBPK8kzGCA68nKN5hM0KEJ4mMnNhpv059O52r/L9jwk=" \
	"\ntrusted comment: timestamp:1795361765\tfile:m\n"                                                    \
	"wcOK1qWq8PK/ebNVQmCJreuh0xiIt8oBmt0uW8jEHtYUE7gg+AHSjfoGt6jdrPlXizGpxOtOvo+CupXQdfN6Ag==\n"
#define SIGNED "hi\n"

#define TEN(x)      x x x x x x x x x x
#define THOUSAND(x) TEN(TEN(TEN(x)))

#define SPEC(sentence) static void sentence(void **state __attribute__((unused)))

struct row {
	const char *text;
	size_t len;
	const char *complaint;
};
#define ROW(text, complaint)                                                                                 \
	{                                                                                                    \
		text, sizeof(text) - 1, complaint                                                            \
	}

static void assert_says(const struct err *e, enum err_kind kind, const char *complaint)
{
	if (!strstr(e->text, complaint))
		fail_msg("\"%s\" does not say \"%s\"", e->text, complaint);
	assert_int_equal(e->kind, kind);
}

/* A copy without anything behind it, so that a sanitizer sees each step too far. */
static char *exact_copy(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	return copy;
}

static struct public_key public_of(const char *text)
{
	struct public_key key;
	struct err e = { 0 };
	if (!public_key_read(text, strlen(text), "key.pub", &key, &e))
		fail_msg("%s", e.text);
	return key;
}

static struct signature signature_of(const char *text)
{
	struct signature s;
	struct err e = { 0 };
	if (!signature_read(text, strlen(text), "m.minisig", &s, &e))
		fail_msg("%s", e.text);
	return s;
}

static struct signature signature_by(const struct secret_key *key, const char *text, const char *comment)
{
	SCOPED(text_end) struct text file = { 0 };
	struct err e = { 0 };
	if (!keys_sign(key, text, strlen(text), comment, &file, &e))
		fail_msg("%s", e.text);
	return signature_of(text_str(&file));
}

/* ---- public keys ---- */

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

/* ---- signature files ---- */

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

/* ---- who may be believed ---- */

/* Three pairs of our own: `mallory` is in no ring. */
struct people {
	struct secret_key alice, bob, mallory;
	struct public_key ring[3]; /* alice, bob, and room */
};

static struct people make_people(void)
{
	struct people p;
	struct public_key unused;
	assert_true(secret_key_make(&p.alice, &p.ring[0]));
	assert_true(secret_key_make(&p.bob, &p.ring[1]));
	assert_true(secret_key_make(&p.mallory, &unused));
	p.ring[2] = p.ring[0];
	return p;
}

struct outcome {
	bool yes;
	struct trusted trusted;
	struct verified_by by;
	struct err e;
};

static struct outcome verify(struct public_key *keys, size_t count, unsigned threshold, const char *text,
	const struct signature *signatures, size_t signed_by)
{
	struct keyring ring = { keys, count, threshold };
	struct signed_text what = { text, strlen(text), signatures, signed_by };
	struct outcome o = { 0 };
	o.by.count = 99;
	o.trusted.len = 99;
	o.yes = keys_verify(&ring, &what, &o.trusted, &o.by, &o.e);
	return o;
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

SPEC(assumed_bytes_are_the_bytes_given)
{
	static const char text[] = "text";
	struct trusted t = keys_assume(text, 3);
	assert_ptr_equal(t.bytes, text);
	assert_int_equal(t.len, 3);
}

/* ---- signing ---- */

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

/* ---- secret keys ---- */

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

/* ---- asking ---- */

/* Standard input is these bytes while `prompt_passphrase` runs; what it left is in `rest`. */
static bool prompt_with(
	const struct row *r, bool twice, char *to, size_t room, char rest[static 16], struct err *e)
{
	int ends[2], before = dup(STDIN_FILENO);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], r->text, r->len), r->len);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	bool yes = prompt_passphrase("k.key", twice, to, room, e);
	ssize_t left = read(STDIN_FILENO, rest, 15);
	rest[left < 0 ? 0 : left] = '\0';
	close(ends[0]);
	if (before >= 0) {
		dup2(before, STDIN_FILENO);
		close(before);
	} else {
		close(STDIN_FILENO);
	}
	return yes;
}

SPEC(a_pipe_gives_one_line_and_keeps_the_rest)
{
	static const struct {
		struct row in;
		const char *rest;
	} cases[] = {
		{ ROW("secret\n", "secret"), "" },
		{ ROW("secret", "secret"), "" },
		{ ROW("secret\r\n", "secret"), "" },
		{ ROW(" a b \nmore\n", " a b "), "more\n" },
		{ ROW("\nmore", ""), "more" },
		{ ROW("1234567\n", "1234567"), "" },
	};
	for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
		const struct row *in = &cases[i / 2].in;
		char to[8], rest[16];
		struct err e = { 0 };
		if (!prompt_with(in, i % 2, to, sizeof to, rest, &e))
			fail_msg("row %zu: %s", i / 2, e.text);
		assert_string_equal(to, in->complaint);
		assert_string_equal(rest, cases[i / 2].rest);
	}
}

SPEC(a_pipe_without_a_passphrase_is_refused)
{
	static const struct row rows[] = {
		ROW("", "passphrase for k.key: standard input ended before a passphrase"),
		ROW("12345678\n", "passphrase for k.key: is longer than 7 bytes"),
		ROW("a\0b\n", "passphrase for k.key: has a NUL byte"),
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char to[8] = "before", rest[16];
		struct err e = { 0 };
		assert_false(prompt_with(&rows[i], false, to, sizeof to, rest, &e));
		assert_says(&e, ERR_USAGE, rows[i].complaint);
		for (size_t j = 0; j < sizeof to; j++)
			assert_int_equal(to[j], 0);
	}
}

/* A terminal of our own, whose session is led by a child that asks. */
struct typist {
	int master;
	pid_t child;
};

/* The child's verdict is its exit status: 0 when it read "secret". */
static _Noreturn void ask_on_terminal(int slave, bool twice)
{
	char to[PASSPHRASE_ROOM];
	struct err e = { 0 };
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) < 0 || dup2(slave, STDIN_FILENO) < 0 || dup2(slave, STDERR_FILENO) < 0)
		_exit(99);
	signal(SIGINT, SIG_DFL);
	alarm(20);
	bool yes = prompt_passphrase("k.key", twice, to, sizeof to, &e);
	_exit(yes && strcmp(to, "secret") == 0 ? 0 : (int)e.kind);
}

static struct typist start_asking(bool twice)
{
	struct typist t;
	t.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t.master >= 0);
	assert_int_equal(grantpt(t.master), 0);
	assert_int_equal(unlockpt(t.master), 0);
	SCOPED_FD int slave = open(ptsname(t.master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	t.child = fork();
	assert_true(t.child >= 0);
	if (t.child == 0)
		ask_on_terminal(slave, twice);
	return t;
}

/* Reads until the terminal shows `prompt`, then types. What was shown is added to `screen`. */
static void answer(const struct typist *t, const char *prompt, const char *typed, struct text *screen)
{
	size_t from = screen->len;
	while (!strstr(text_str(screen) + from, prompt)) {
		char some[64];
		ssize_t n = read(t->master, some, sizeof some);
		assert_true(n > 0);
		text_add(screen, some, (size_t)n);
	}
	assert_int_equal(write(t->master, typed, strlen(typed)), strlen(typed));
}

/* The status of the child; the terminal must echo as before. */
static int finish(const struct typist *t, struct text *screen)
{
	int status = 0;
	assert_int_equal(waitpid(t->child, &status, 0), t->child);
	struct termios after;
	assert_int_equal(tcgetattr(t->master, &after), 0);
	assert_true(after.c_lflag & ECHO);
	assert_false(after.c_lflag & ECHONL);
	char some[64];
	for (ssize_t n; (n = read(t->master, some, sizeof some)) > 0;)
		text_add(screen, some, (size_t)n);
	close(t->master);
	return status;
}

SPEC(what_is_typed_is_not_shown)
{
	SCOPED(text_end) struct text screen = { 0 };
	struct typist t = start_asking(false);
	answer(&t, "Passphrase for k.key: ", "secret\n", &screen);
	int status = finish(&t, &screen);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_null(strstr(text_str(&screen), "secret"));
}

SPEC(a_new_passphrase_is_typed_twice)
{
	static const struct {
		const char *second;
		int status;
	} cases[] = { { "secret\n", 0 }, { "Secret\n", ERR_USAGE } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(text_end) struct text screen = { 0 };
		struct typist t = start_asking(true);
		answer(&t, "Passphrase for k.key: ", "secret\n", &screen);
		answer(&t, "Passphrase for k.key, once more: ", cases[i].second, &screen);
		int status = finish(&t, &screen);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), cases[i].status);
		assert_null(strstr(text_str(&screen), "ecret"));
	}
}

SPEC(an_interrupt_leaves_the_terminal_as_it_was)
{
	SCOPED(text_end) struct text screen = { 0 };
	struct typist t = start_asking(false);
	answer(&t, "Passphrase for k.key: ", "sec\003", &screen);
	int status = finish(&t, &screen);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

static int start(void **state)
{
	(void)state;
	struct err e = { 0 };
	return digest_start(&e) ? 0 : -1;
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
		cmocka_unit_test(assumed_bytes_are_the_bytes_given),
		cmocka_unit_test(a_signature_is_the_same_each_time),
		cmocka_unit_test(an_empty_text_can_be_signed),
		cmocka_unit_test(a_comment_that_nobody_could_read_is_not_signed),
		cmocka_unit_test(a_key_whose_halves_differ_signs_nothing),
		cmocka_unit_test(an_open_golden_key_signs_and_asks_nothing),
		cmocka_unit_test(an_encrypted_key_asks_once_and_signs),
		cmocka_unit_test(a_wrong_passphrase_opens_nothing),
		cmocka_unit_test(without_a_passphrase_the_reason_is_told),
		cmocka_unit_test(a_malformed_secret_key_is_refused),
		cmocka_unit_test(an_open_key_is_written_and_read_back),
		cmocka_unit_test(an_encrypted_key_is_written_and_read_back),
		cmocka_unit_test(an_empty_passphrase_protects_nothing),
		cmocka_unit_test(too_little_memory_is_told_with_both_sides),
		cmocka_unit_test(a_pipe_gives_one_line_and_keeps_the_rest),
		cmocka_unit_test(a_pipe_without_a_passphrase_is_refused),
		cmocka_unit_test(what_is_typed_is_not_shown),
		cmocka_unit_test(a_new_passphrase_is_typed_twice),
		cmocka_unit_test(an_interrupt_leaves_the_terminal_as_it_was),
	};
	return cmocka_run_group_tests_name("keys", tests, start, NULL);
}
