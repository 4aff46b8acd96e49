/* version.c - see version.h. */
#include "installer/host/version.h"

#include <stddef.h>
#include <string.h>

#include "manifest/base/scope.h"

/* Bytes of somebody's text. */
struct slice {
	const char *at;
	size_t len;
};

/* Digits without zeros in front (none at all: 0); with `plus`, one more than they say. */
struct number {
	struct slice digits;
	bool plus;
};

/* Where the three numbers are equal, the rank decides, then what belongs to the rank. No version is of the
 * lowest: a bound is, below which nothing with its numbers is. */
enum rank { RANK_LOWEST, RANK_EARLY, RANK_PLAIN, RANK_REBUILD };

struct version {
	struct number part[3];
	enum rank rank;
	struct slice early;  /* semver: the identifiers of a prerelease */
	struct number count; /* date: N of a rebuild or beta */
};

/* ---- numbers ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int bytes_order(const char *a, const char *b, size_t len)
{
	int order = len ? memcmp(a, b, len) : 0;
	return (order > 0) - (order < 0);
}

/* Takes what `wanted` begins with from the front. */
static bool take(struct slice *in, const char *wanted)
{
	size_t len = strlen(wanted);
	if (in->len < len || memcmp(in->at, wanted, len) != 0)
		return false;
	in->at += len;
	in->len -= len;
	return true;
}

static struct slice take_while(struct slice *in, bool (*fits)(char))
{
	struct slice out = { in->at, 0 };
	while (out.len < in->len && fits(in->at[out.len]))
		out.len++;
	in->at += out.len;
	in->len -= out.len;
	return out;
}

/* One number or more digits; `zeros` in front of it only where that is allowed. */
static bool take_number(struct slice *in, bool zeros, struct number *out)
{
	struct slice digits = take_while(in, is_digit);
	if (digits.len == 0 || (!zeros && digits.len > 1 && digits.at[0] == '0'))
		return false;
	while (take(&digits, "0"))
		;
	*out = (struct number){ .digits = digits };
	return true;
}

static int digits_order(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return bytes_order(a.at, b.at, a.len);
}

/* True if `next` is the number after `n`: nines have become zeros, the digit before them is one higher. */
static bool follows(struct slice next, struct slice n)
{
	size_t nines = 0;
	while (nines < n.len && n.at[n.len - 1 - nines] == '9')
		nines++;
	if (next.len != n.len + (nines == n.len))
		return false;
	size_t same = next.len - nines - 1;
	for (size_t i = same + 1; i < next.len; i++)
		if (next.at[i] != '0')
			return false;
	char before = nines == n.len ? '0' : n.at[same];
	return next.at[same] == before + 1 && bytes_order(next.at, n.at, same) == 0;
}

/* `a` is as it was written; `b` may be one more than that. */
static int number_order(struct number a, struct number b)
{
	int order = digits_order(a.digits, b.digits);
	if (!b.plus)
		return order;
	return order <= 0 ? -1 : !follows(a.digits, b.digits);
}

static int parts_order(const struct version *a, const struct version *b)
{
	int order = 0;
	for (size_t i = 0; i < COUNT_OF(a->part) && order == 0; i++)
		order = number_order(a->part[i], b->part[i]);
	return order;
}

/* ---- semver ---- */

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool is_count(struct slice word)
{
	take_while(&word, is_digit);
	return word.len == 0;
}

/* Words parted by dots; `zeros`: a word of digits may begin with 0. */
static bool take_words(struct slice *in, bool zeros, struct slice *out)
{
	*out = *in;
	do {
		struct slice word = take_while(in, is_word);
		if (word.len == 0 || (!zeros && word.len > 1 && word.at[0] == '0' && is_count(word)))
			return false;
	} while (take(in, "."));
	out->len = (size_t)(in->at - out->at);
	return true;
}

static bool semver_tail(struct slice *in, struct version *out)
{
	struct slice build;
	if (take(in, "-")) {
		out->rank = RANK_EARLY;
		if (!take_words(in, false, &out->early))
			return false;
	}
	return !take(in, "+") || take_words(in, true, &build);
}

static int word_order(struct slice a, struct slice b)
{
	bool count_a = is_count(a), count_b = is_count(b);
	if (count_a && count_b)
		return digits_order(a, b);
	if (count_a != count_b)
		return count_a ? -1 : 1;
	int order = bytes_order(a.at, b.at, a.len < b.len ? a.len : b.len);
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int semver_order(const struct version *a, const struct version *b)
{
	struct slice x = a->early, y = b->early;
	int order = 0;
	do {
		order = word_order(take_while(&x, is_word), take_while(&y, is_word));
	} while (order == 0 && take(&x, ".") && take(&y, "."));
	return order ? order : (x.len > 0) - (y.len > 0);
}

/* ---- OpenClaw's ---- */

static bool date_tail(struct slice *in, struct version *out)
{
	if (in->len == 0)
		return true;
	out->rank = take(in, "-beta.") || take(in, ".beta.") ? RANK_EARLY : RANK_REBUILD;
	return (out->rank == RANK_EARLY || take(in, "-")) && take_number(in, true, &out->count);
}

static int date_order(const struct version *a, const struct version *b)
{
	return number_order(a->count, b->count);
}

/* ---- schemes ---- */

struct scheme {
	const char *name;
	const char *prefix; /* passed over */
	const char *era;    /* what a version begins with; a bound of a range need not */
	bool zeros;         /* a number may begin with 0 */
	bool numbers_only;  /* in a range, unless a bound says more */
	bool (*tail)(struct slice *in, struct version *out);
	int (*order)(const struct version *a, const struct version *b); /* of two with one rank */
};

static const struct scheme schemes[] = {
	{ "date", "", "20", true, true, date_tail, date_order },
	{ "semver", "v", "", false, false, semver_tail, semver_order },
};

static const struct scheme *scheme_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (strcmp(schemes[i].name, name) == 0)
			return &schemes[i];
	return NULL;
}

static bool version_read(const struct scheme *s, const char *text, struct version *out)
{
	struct slice in = { text, strlen(text) };
	*out = (struct version){ .rank = RANK_PLAIN };
	take(&in, s->prefix);
	struct slice era = in;
	for (size_t i = 0; i < COUNT_OF(out->part); i++)
		if ((i && !take(&in, ".")) || !take_number(&in, s->zeros, &out->part[i]))
			return false;
	/* An era is a year of four digits. */
	if (s->era[0] && (!take(&era, s->era) || out->part[0].digits.len != 4))
		return false;
	return s->tail(&in, out) && in.len == 0;
}

static int version_order(const struct scheme *s, const struct version *a, const struct version *b)
{
	int order = parts_order(a, b);
	if (order == 0)
		order = (a->rank > b->rank) - (a->rank < b->rank);
	if (order == 0 && a->rank != RANK_PLAIN)
		order = s->order(a, b);
	return order;
}

static enum version_order as_order(int order)
{
	return order < 0 ? ORDER_OLDER : order > 0 ? ORDER_NEWER : ORDER_SAME;
}

bool version_known(const char *scheme, const char *text)
{
	const struct scheme *s = scheme_named(scheme);
	struct version v;
	return s && version_read(s, text, &v);
}

enum version_order version_compare(const char *scheme, const char *a, const char *b)
{
	const struct scheme *s = scheme_named(scheme);
	struct version x, y;
	if (!s || !version_read(s, a, &x) || !version_read(s, b, &y))
		return ORDER_UNKNOWN;
	return as_order(version_order(s, &x, &y));
}

enum version_order version_dotted(const char *a, const char *b)
{
	struct slice x = { a, strlen(a) }, y = { b, strlen(b) };
	bool more_x = true, more_y = true;
	int order = 0;
	while (more_x || more_y) {
		struct number n = { 0 }, m = { 0 };
		if ((more_x && !take_number(&x, true, &n)) || (more_y && !take_number(&y, true, &m)))
			return ORDER_UNKNOWN;
		order = order ? order : number_order(n, m);
		more_x = more_x && take(&x, ".");
		more_y = more_y && take(&y, ".");
	}
	return x.len || y.len ? ORDER_UNKNOWN : as_order(order);
}

/* ---- ranges: every form becomes one or two bounds ---- */

/* A version of which only the first `given` numbers are said; the others are 0. */
struct partial {
	struct version v;
	unsigned given;
};

/* One alternative of a range, so far. */
struct test {
	const struct scheme *scheme;
	const struct version *version;
	bool inside;
	bool early; /* a bound is a prerelease of the version's own numbers */
};

enum side { AT_LEAST, ABOVE, BELOW, AT_MOST };

static void bound(struct test *t, enum side side, const struct version *v)
{
	int order = parts_order(t->version, v);
	if (order == 0 && v->rank == RANK_EARLY)
		t->early = true;
	/* By its numbers alone the version is where the bound is. */
	if (order == 0 && !(t->scheme->numbers_only && v->rank == RANK_PLAIN))
		order = version_order(t->scheme, t->version, v);
	const bool within[] = { order >= 0, order > 0, order < 0, order <= 0 };
	t->inside = t->inside && within[side];
}

/* The first version of the next row: after(1.2.3, 2) is 1.3.0. */
static struct version after(const struct partial *p, unsigned parts, enum rank rank)
{
	struct version v = { .rank = rank };
	memcpy(v.part, p->v.part, parts * sizeof v.part[0]);
	v.part[parts - 1].plus = true;
	return v;
}

static void at_least(struct test *t, const struct partial *p)
{
	bound(t, AT_LEAST, &p->v);
}

static void from_up_to(struct test *t, const struct partial *p, unsigned parts)
{
	struct version end = after(p, parts, RANK_LOWEST);
	at_least(t, p);
	bound(t, BELOW, &end);
}

static void at_most(struct test *t, const struct partial *p)
{
	struct version end = p->given < 3 ? after(p, p->given, RANK_LOWEST) : p->v;
	bound(t, AT_MOST, &end);
}

static void above(struct test *t, const struct partial *p)
{
	struct version start = p->given < 3 ? after(p, p->given, RANK_PLAIN) : p->v;
	bound(t, p->given < 3 ? AT_LEAST : ABOVE, &start);
}

static void below(struct test *t, const struct partial *p)
{
	struct version end = p->v;
	if (p->given < 3)
		end.rank = RANK_LOWEST;
	bound(t, BELOW, &end);
}

static void exactly(struct test *t, const struct partial *p)
{
	at_least(t, p);
	at_most(t, p);
}

static void near(struct test *t, const struct partial *p)
{
	from_up_to(t, p, p->given < 2 ? p->given : 2);
}

/* Up to the first number that is not 0. */
static void compatible(struct test *t, const struct partial *p)
{
	unsigned parts = 1;
	while (parts < p->given && p->v.part[parts - 1].digits.len == 0)
		parts++;
	from_up_to(t, p, parts);
}

/* The longer sign stands before the one that it begins with. */
static const struct sign {
	const char *text;
	bool strict; /* nothing is above or below everything */
	void (*apply)(struct test *t, const struct partial *p);
} signs[] = {
	{ ">=", false, at_least },
	{ "<=", false, at_most },
	{ "~>", false, near },
	{ ">", true, above },
	{ "<", true, below },
	{ "~", false, near },
	{ "^", false, compatible },
	{ "=", false, exactly },
	{ "", false, exactly },
};

static void apply(struct test *t, const struct sign *sign, const struct partial *p)
{
	if (p->given)
		sign->apply(t, p);
	else if (sign->strict)
		t->inside = false;
}

/* ---- what a range says ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_mark(char c)
{
	return !is_blank(c);
}

/* All of `in`: a version, or one that ends early or in an x. After an x there are only x. */
static bool partial_read(const struct scheme *s, struct slice in, struct partial *out)
{
	unsigned parts = 0;
	bool wild = false;
	*out = (struct partial){ .v = { .rank = RANK_PLAIN } };
	take(&in, s->prefix);
	do {
		struct number n = { 0 };
		if (take(&in, "x") || take(&in, "X") || take(&in, "*"))
			wild = true;
		else if (wild || !take_number(&in, s->zeros, &n))
			return false;
		if (!wild)
			out->v.part[out->given++] = n;
	} while (++parts < COUNT_OF(out->v.part) && take(&in, "."));
	if (parts == COUNT_OF(out->v.part) && !s->tail(&in, &out->v))
		return false;
	if (out->given < COUNT_OF(out->v.part))
		out->v.rank = RANK_PLAIN;
	return in.len == 0;
}

/* `1.2 - 2.3`, and nothing else in the alternative. */
static bool hyphen(struct test *t, struct slice in, bool *understood)
{
	struct partial from, to;
	struct slice first = take_while(&in, is_mark);
	take_while(&in, is_blank);
	if (!take(&in, "-") || take_while(&in, is_blank).len == 0)
		return false;
	struct slice last = take_while(&in, is_mark);
	take_while(&in, is_blank);
	*understood =
		in.len == 0 && partial_read(t->scheme, first, &from) && partial_read(t->scheme, last, &to);
	if (*understood && from.given)
		at_least(t, &from);
	if (*understood && to.given)
		at_most(t, &to);
	return true;
}

/* False: not understood. */
static bool alternative(struct test *t, struct slice in)
{
	bool understood = true;
	take_while(&in, is_blank);
	if (hyphen(t, in, &understood))
		return understood;
	while (in.len) {
		struct partial p;
		const struct sign *sign = signs;
		while (!take(&in, sign->text))
			sign++;
		take_while(&in, is_blank);
		if (!partial_read(t->scheme, take_while(&in, is_mark), &p))
			return false;
		apply(t, sign, &p);
		take_while(&in, is_blank);
	}
	return true;
}

/* What stands before the next `||`, which is taken too; *more tells whether there was one. */
static struct slice take_alternative(struct slice *in, bool *more)
{
	const char *end = memmem(in->at, in->len, "||", 2);
	struct slice out = { in->at, end ? (size_t)(end - in->at) : in->len };
	*more = end != NULL;
	in->at += out.len + (end ? 2 : 0);
	in->len -= out.len + (end ? 2 : 0);
	return out;
}

enum version_fit version_in_range(const char *scheme, const char *version, const char *range)
{
	const struct scheme *s = scheme_named(scheme);
	struct slice in = { range, strlen(range) };
	struct version v;
	bool fits = false, more = true;
	if (!s || !version_read(s, version, &v))
		return FIT_UNKNOWN;
	while (more) {
		struct test t = { .scheme = s, .version = &v, .inside = true };
		if (!alternative(&t, take_alternative(&in, &more)))
			return FIT_UNKNOWN;
		fits = fits || (t.inside && (v.rank != RANK_EARLY || t.early || s->numbers_only));
	}
	return fits ? FIT_YES : FIT_NO;
}
