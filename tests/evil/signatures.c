/* signatures.c - signatures that do not count, or that spoil the others. */
#include <stdio.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "tests/evil/evil.h"

static void make(struct secret_key *key)
{
	struct public_key unused;
	if (!secret_key_make(key, &unused))
		evil_stop("no key");
}

static void none(struct evil *v)
{
	v->signatures_count = 0;
}

static void stranger(struct evil *v)
{
	struct secret_key key;
	make(&key);
	none(v);
	text_clear(&v->signatures[0].text);
	sign_as(v, &key, NULL, NULL);
}

/* Another key that calls itself by the trusted one's id. */
static void same_id(struct evil *v)
{
	struct secret_key key;
	make(&key);
	memcpy(key.id, v->key.id, sizeof key.id);
	none(v);
	text_clear(&v->signatures[0].text);
	sign_as(v, &key, NULL, NULL);
}

static void other_text(struct evil *v)
{
	none(v);
	text_clear(&v->signatures[0].text);
	sign_as(v, &v->key, NULL, "{\"type\":\"bundle\"}");
}

static void other_name(struct evil *v)
{
	snprintf(v->signatures[0].keyid, sizeof v->signatures[0].keyid, "0123456789ABCDEF");
}

static void under_two_names(struct evil *v)
{
	sign_as(v, &v->key, "FFFFFFFFFFFFFFFF", NULL);
}

static void twice(struct evil *v)
{
	sign_as(v, &v->key, NULL, NULL);
}

static void unsorted(struct evil *v)
{
	struct secret_key key;
	make(&key);
	memset(key.id, 0, sizeof key.id);
	sign_as(v, &key, NULL, NULL);
}

/* Sixteen strangers behind the trusted one. */
static void seventeen(struct evil *v)
{
	for (int i = 0; i < 16; i++) {
		struct secret_key key;
		make(&key);
		memset(key.id, 0xff, sizeof key.id);
		key.id[0] = (uint8_t)(0xf0 + i);
		sign_as(v, &key, NULL, NULL);
	}
}

static void empty(struct evil *v)
{
	text_clear(&v->signatures[0].text);
}

static void short_text(struct evil *v)
{
	v->signatures[0].text.len = 60;
}

static void large(struct evil *v)
{
	text_fill(&v->signatures[0].text, '\n', 4096);
}

static void line_more(struct evil *v)
{
	text_puts(&v->signatures[0].text, "another line\n");
}

static void comment(struct evil *v)
{
	text_swap(&v->signatures[0].text, "evil sequence 9", "evil sequence 8");
}

static void comment_control(struct evil *v)
{
	text_swap(&v->signatures[0].text, "evil sequence 9", "evil\x1b[2J");
}

static char *second_line(struct evil *v)
{
	return strchr(v->signatures[0].text.at, '\n') + 1;
}

static void bit(struct evil *v)
{
	char *c = second_line(v) + 40;
	*c = *c == 'A' ? 'B' : 'A';
}

static void algorithm(struct evil *v)
{
	memcpy(second_line(v), "RWQ", 3); /* Ed: not over a prehash */
}

static void algorithm_unknown(struct evil *v)
{
	memcpy(second_line(v), "RVg", 3);
}

static void zeros(struct evil *v)
{
	char *c = second_line(v) + 16;
	memset(c, 'A', strcspn(c, "\n") - 1);
}

static void carriage_returns(struct evil *v)
{
	text_swap(&v->signatures[0].text, "\n", "\r\n");
}

static const struct evil_case cases[] = {
	{ "signature-none", 5, "", SIGNATURE, none, NULL, NULL },
	{ "signature-of-a-stranger", 5, "", SIGNATURE, stranger, NULL, NULL },
	{ "signature-of-a-stranger-with-the-id", 5, "", SIGNATURE, same_id, NULL, NULL },
	{ "signature-of-another-text", 5, "", SIGNATURE, other_text, NULL, NULL },
	{ "signature-under-another-name", 4, "holds a signature by key", SIGNATURE, other_name, NULL, NULL },
	{ "signature-under-two-names", 4, "holds a signature by key", SIGNATURE, under_two_names, NULL,
		NULL },
	{ "signature-twice", 4, "out of order or there twice", SIGNATURE, twice, NULL, NULL },
	{ "signatures-unsorted", 4, "out of order or there twice", SIGNATURE, unsorted, NULL, NULL },
	{ "signatures-seventeen", 4, "more than 16", SIGNATURE, seventeen, NULL, NULL },
	{ "signature-empty", 4, "1 to 4096", SIGNATURE, empty, NULL, NULL },
	{ "signature-short", 4, "minisig", SIGNATURE, short_text, NULL, NULL },
	{ "signature-large", 4, "1 to 4096", SIGNATURE, large, NULL, NULL },
	{ "signature-with-a-line-more", 4, "minisig", SIGNATURE, line_more, NULL, NULL },
	{ "signature-comment", 5, "", SIGNATURE, comment, NULL, NULL },
	{ "signature-comment-control", 4, "minisig", SIGNATURE, comment_control, NULL, NULL },
	{ "signature-bit", 5, "", SIGNATURE, bit, NULL, NULL },
	{ "signature-legacy", 4, "minisig", SIGNATURE, algorithm, NULL, NULL },
	{ "signature-algorithm", 4, "minisig", SIGNATURE, algorithm_unknown, NULL, NULL },
	{ "signature-of-zeros", 5, "", SIGNATURE, zeros, NULL, NULL },
	{ "signature-carriage-return", 4, "minisig", SIGNATURE, carriage_returns, NULL, NULL },
};
const struct evil_table signature_cases = { cases, COUNT_OF(cases) };
