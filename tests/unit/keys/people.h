/* people - keys of minisign's that must be understood for ever, and pairs of our own: what the tests of keys/
 * share.
 *
 * The files named "golden" were made by minisign 0.11. The keys in them sign nothing but the two words in
 * this file.
 */
#ifndef TESTS_UNIT_KEYS_PEOPLE_H
#define TESTS_UNIT_KEYS_PEOPLE_H

#include "keys/secret.h"
#include "keys/sign.h"
#include "keys/verify.h"
#include "tests/unit/unit.h"

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

struct row {
	const char *text;
	size_t len;
	const char *complaint;
};
#define ROW(text, complaint)                                                                                 \
	{                                                                                                    \
		text, sizeof(text) - 1, complaint                                                            \
	}

HELPER struct public_key public_of(const char *text)
{
	struct public_key key;
	struct err e = { 0 };
	if (!public_key_read(text, strlen(text), "key.pub", &key, &e))
		fail_msg("%s", e.text);
	return key;
}

HELPER struct signature signature_of(const char *text)
{
	struct signature s;
	struct err e = { 0 };
	if (!signature_read(text, strlen(text), "m.minisig", &s, &e))
		fail_msg("%s", e.text);
	return s;
}

HELPER struct signature signature_by(const struct secret_key *key, const char *text, const char *comment)
{
	SCOPED(text_end) struct text file = { 0 };
	struct err e = { 0 };
	if (!keys_sign(key, text, strlen(text), comment, &file, &e))
		fail_msg("%s", e.text);
	return signature_of(text_str(&file));
}

/* Three pairs of our own: `mallory` is in no ring. */
struct people {
	struct secret_key alice, bob, mallory;
	struct public_key ring[3]; /* alice, bob, and room */
};

HELPER struct people make_people(void)
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

HELPER struct outcome verify(struct public_key *keys, size_t count, unsigned threshold, const char *text,
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

#endif
