/* secrets.c - see secrets.h. One pass: a byte and the next one, each looked up, name the rules that may begin
 * here (`starts`); only then is a rule asked. A prefix is never enough: a rule also wants the exact form and
 * content that looks drawn by lot, so that documentation passes. The order of `rules` does not matter; there
 * are at most 64 of them.
 */
#include "bundler/secrets.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "manifest/base/scope.h"

#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define BASE62 UPPER LOWER DIGITS
#define BASE64 BASE62 "+/"
#define URL64  BASE62 "-_"

/* Some bytes of a file. */
struct span {
	const char *at, *end;
};

struct rule {
	const char *prefix;
	const char *alphabet; /* of what follows the prefix */
	size_t least, most;   /* how many letters that is */
	/* Whether `token` (prefix and all), a part of `all`, is a secret. */
	bool (*holds)(const struct span *all, const struct span *token);
	const char *what;
};

static size_t length(const struct span *s)
{
	return (size_t)(s->end - s->at);
}

static bool one_of(char c, const char *letters)
{
	return c != '\0' && strchr(letters, c);
}

/* How many letters of the alphabet follow, at most `most`. */
static size_t run(const char *at, const char *end, const char *alphabet, size_t most)
{
	size_t n = 0;
	while (n < most && at + n < end && one_of(at[n], alphabet))
		n++;
	return n;
}

static bool holds_word(const struct span *s, const char *word)
{
	size_t len = strlen(word);
	for (const char *p = s->at; (size_t)(s->end - p) >= len; p++)
		if (strncasecmp(p, word, len) == 0)
			return true;
	return false;
}

static const char *find(const char *at, const char *end, const char *word)
{
	return at < end ? memmem(at, (size_t)(end - at), word, strlen(word)) : NULL;
}

/* ---- drawn by lot, or written by a person ---- */

static const char *const placeholders[] = {
	"example",
	"sample",
	"placeholder",
	"dummy",
	"redacted",
	"changeme",
	"change-me",
	"change_me",
	"your",
	"insert",
	"not-a-real",
	"not_a_real",
	"notreal",
	"fake",
	"xxxx",
	"....",
	"****",
	"deadbeef",
};

static bool is_placeholder(const struct span *s)
{
	for (size_t i = 0; i < COUNT_OF(placeholders); i++)
		if (holds_word(s, placeholders[i]))
			return true;
	return false;
}

/* The longest stretch in which each letter is the one before plus `step`. */
static size_t longest_row(const struct span *s, int step)
{
	size_t longest = 0, now = 1;
	for (const char *p = s->at; p + 1 < s->end; p++) {
		now = p[1] - p[0] == step ? now + 1 : 1;
		longest = now > longest ? now : longest;
	}
	return longest;
}

static size_t distinct(const struct span *s)
{
	bool seen[256] = { false };
	size_t n = 0;
	for (const char *p = s->at; p < s->end; p++) {
		n += !seen[(unsigned char)*p];
		seen[(unsigned char)*p] = true;
	}
	return n;
}

/* Letters and digits, or letters of both cases. */
static bool is_mixed(const struct span *s)
{
	int kinds = 0;
	static const char *const alphabets[] = { DIGITS, UPPER, LOWER };
	for (size_t i = 0; i < COUNT_OF(alphabets); i++) {
		const char *p = s->at;
		while (p < s->end && !one_of(*p, alphabets[i]))
			p++;
		kinds += p < s->end;
	}
	return kinds > 1;
}

/* Half of the letters differ, or ten of a long text (there are but 16 in hexadecimal). */
static bool looks_random(const struct span *s)
{
	size_t enough = length(s) < 20 ? length(s) / 2 : 10;
	return distinct(s) >= enough && is_mixed(s) && longest_row(s, 0) < 5 && longest_row(s, 1) < 6 &&
	       longest_row(s, -1) < 6 && !is_placeholder(s);
}

/* ---- tokens ---- */

static bool is_token(const struct span *all, const struct span *token)
{
	(void)all;
	return looks_random(token);
}

static bool is_openai(const struct span *all, const struct span *token)
{
	return find(token->at, token->end, "T3BlbkFJ") && is_token(all, token);
}

/* Values that are public although they have the form of a secret. */
static const char *const known_public[] = {
	"AIza"
	"SyDR5yfaG7OG8sMTUj8kfQEb8T9pN8BM6Lk", /* a word of the dictionary of WhatsApp's protocol */
};

static bool is_google(const struct span *all, const struct span *token)
{
	for (size_t i = 0; i < COUNT_OF(known_public); i++)
		if (memcmp(token->at, known_public[i], length(token)) == 0)
			return false;
	return is_token(all, token);
}

/* xoxb-<digits>-...: a real one names its workspace. */
static bool is_slack(const struct span *all, const struct span *token)
{
	const char *number = token->at + strcspn(token->at, "-") + 1;
	return run(number, token->end, DIGITS, SIZE_MAX) > 0 && is_token(all, token);
}

/* <the bot's number>:A...: 8 to 10 digits stand before it. */
static bool is_telegram(const struct span *all, const struct span *token)
{
	size_t digits = 0;
	while (token->at - digits > all->at && digits < 11 &&
		one_of(token->at[-1 - (ptrdiff_t)digits], DIGITS))
		digits++;
	return digits >= 8 && digits <= 10 && is_token(all, token);
}

#define BESIDE 400 /* how far an AWS secret may be from its id */

/* The id alone is not secret. */
static bool is_aws(const struct span *all, const struct span *token)
{
	const char *p = token->at - all->at > BESIDE ? token->at - BESIDE : all->at;
	const char *end = all->end - token->end > BESIDE ? token->end + BESIDE : all->end;
	if (!looks_random(token))
		return false;
	while (p < end) {
		struct span value = { p, p + run(p, all->end, BASE64, SIZE_MAX) };
		if (length(&value) == 40 && distinct(&value) > 16 && looks_random(&value))
			return true;
		p = value.end + 1;
	}
	return false;
}

/* An empty salt or check sum is many zeros, so no more than this. */
static bool is_key_line(const struct span *all, const struct span *token)
{
	(void)all;
	return distinct(token) > 16;
}

/* ---- keys in armour ---- */

#define ARMOR_MOST 65536
#define LINE_LEAST 40               /* of a PGP block: whatever is shorter may be a header */
#define OPENSSH    "openssh-key-v1" /* with its NUL */
#define PGP_SECRET 5

/* What base64 decodes to. */
struct body {
	uint8_t head[32];
	size_t bytes, letters;
	unsigned bits;
};

static unsigned value_of(char c)
{
	return (unsigned)(strchr(BASE64, c) - BASE64);
}

static void decode(struct body *b, const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		b->bits = b->bits << 6 | value_of(at[i]);
		if (b->letters++ % 4 == 0)
			continue;
		if (b->bytes < sizeof b->head)
			b->head[b->bytes] = (uint8_t)(b->bits >> (6 - 2 * ((b->letters - 1) % 4)));
		b->bytes++;
	}
}

/* A text in a source file: "\n" written out, quotes, a plus sign or a comment between the lines. */
static size_t skipped(const char *at, const char *end)
{
	if (*at == '\\')
		return at + 1 < end && one_of(at[1], "nrt") ? 2 : 1;
	if (!one_of(*at, BASE64))
		return 1;
	size_t signs = run(at, end, "+/", SIZE_MAX);
	bool alone = at + signs < end && !one_of(at[signs], BASE62);
	return alone && signs < 3 ? signs : 0;
}

/* Decodes what stands between here and the next "-----END", lines of `least` letters or more. */
static bool read_body(const char *at, const char *end, size_t least, struct body *b)
{
	end = (size_t)(end - at) > ARMOR_MOST ? at + ARMOR_MOST : end;
	const char *stop = find(at, end, "-----END ");
	*b = (struct body){ 0 };
	while (stop && at < stop) {
		size_t between = skipped(at, stop), len = between ? 0 : run(at, stop, BASE64, SIZE_MAX);
		if (len >= least)
			decode(b, at, len);
		at += between + len;
	}
	return stop;
}

/* Armour is what has five dashes before it. */
static bool in_armor(const struct span *all, const struct span *token)
{
	return token->at - all->at >= 5 && memcmp(token->at - 5, "-----", 5) == 0;
}

/* One ASN.1 sequence, neither more nor less. */
static bool is_sequence(const struct body *b)
{
	size_t more = b->head[1] > 0x80 ? b->head[1] - 0x80U : 0, len = more ? 0 : b->head[1];
	if (b->bytes < 40 || b->head[0] != 0x30 || more > 2)
		return false;
	for (size_t i = 0; i < more; i++)
		len = len << 8 | b->head[2 + i];
	return b->bytes == 2 + more + len;
}

static bool is_der(const struct span *all, const struct span *token)
{
	struct body b;
	return in_armor(all, token) && read_body(token->end, all->end, 1, &b) && is_sequence(&b);
}

/* The old way to encrypt: headers, then bytes without a form. */
static bool is_sealed(const struct span *all, const struct span *token)
{
	struct body b;
	const char *most = length(all) > 200 && all->end - token->end > 200 ? token->end + 200 : all->end;
	const char *info = find(token->end, most, "DEK-Info: "), *iv = info ? find(info, most, ",") : NULL;
	if (!iv || !in_armor(all, token))
		return false;
	iv += 1 + run(iv + 1, most, BASE62, SIZE_MAX);
	struct span head = { (const char *)b.head, (const char *)b.head + sizeof b.head };
	return read_body(iv, all->end, 1, &b) && b.bytes >= 48 && distinct(&head) > 16;
}

static bool is_pem(const struct span *all, const struct span *token)
{
	return is_der(all, token) || is_sealed(all, token);
}

static bool is_openssh(const struct span *all, const struct span *token)
{
	struct body b;
	return in_armor(all, token) && read_body(token->end, all->end, 1, &b) && b.bytes > 150 &&
	       memcmp(b.head, OPENSSH, sizeof OPENSSH) == 0;
}

/* The first packet is a secret key: its tag is in the old or in the new place. */
static bool is_pgp(const struct span *all, const struct span *token)
{
	struct body b;
	if (!in_armor(all, token) || !read_body(token->end, all->end, LINE_LEAST, &b) || b.bytes < 60)
		return false;
	unsigned tag = b.head[0] & 0x40 ? b.head[0] & 0x3fU : (b.head[0] & 0x3fU) >> 2;
	return b.head[0] & 0x80 && tag == PGP_SECRET;
}

/* PuTTY's own format. */
static bool is_putty(const struct span *all, const struct span *token)
{
	const char *lines = find(token->end, all->end, "\nPrivate-Lines: ");
	const char *text = lines && lines - token->end < ARMOR_MOST ? find(lines + 1, all->end, "\n") : NULL;
	return text && run(text + 1, all->end, BASE64, 64) >= 40;
}

static bool is_wrapped(const struct span *all, const struct span *token);

/* ---- the rules ---- */

#define A_PEM    "a private key (PEM)"
#define A_GITHUB "a GitHub token"
#define A_SLACK  "a Slack token"
#define AN_AWS   "an AWS access key with its secret"
#define AN_AGE   "an age secret key"

static const struct rule rules[] = {
	{ "BEGIN PRIVATE KEY-----", "", 0, 0, is_der, A_PEM },
	{ "BEGIN RSA PRIVATE KEY-----", "", 0, 0, is_pem, A_PEM },
	{ "BEGIN EC PRIVATE KEY-----", "", 0, 0, is_pem, A_PEM },
	{ "BEGIN DSA PRIVATE KEY-----", "", 0, 0, is_pem, A_PEM },
	{ "BEGIN ENCRYPTED PRIVATE KEY-----", "", 0, 0, is_der, "an encrypted private key (PEM)" },
	{ "BEGIN OPENSSH PRIVATE KEY-----", "", 0, 0, is_openssh, "an OpenSSH private key" },
	{ "BEGIN PGP PRIVATE KEY BLOCK-----", "", 0, 0, is_pgp, "a PGP private key" },
	{ "LS0tLS1CRUdJTi", BASE64, 80, SIZE_MAX, is_wrapped, "a private key (PEM in base64)" },
	{ "PuTTY-User-Key-File-", DIGITS, 1, 1, is_putty, "a PuTTY private key" },
	{ "RWRTY0Iy", BASE64, 203, 203, is_key_line, "a minisign secret key" },
	{ "RWQAAEIy", BASE64, 203, 203, is_key_line, "a minisign secret key" },
	{ "RWRCS", BASE64, 134, 134, is_key_line, "a signify secret key" },
	{ "AGE-SECRET-KEY-1", UPPER DIGITS, 58, 58, is_token, AN_AGE },
	{ "AGE-SECRET-KEY-PQ-1", UPPER DIGITS, 58, 58, is_token, AN_AGE },
	{ "ghp_", BASE62, 36, 255, is_token, A_GITHUB },
	{ "gho_", BASE62, 36, 255, is_token, A_GITHUB },
	{ "ghu_", BASE62, 36, 255, is_token, A_GITHUB },
	{ "ghs_", URL64 ".", 36, 1024, is_token, A_GITHUB },
	{ "ghr_", BASE62, 36, 255, is_token, A_GITHUB },
	{ "github_pat_", BASE62 "_", 82, 82, is_token, A_GITHUB },
	{ "glpat-", URL64 ".", 20, 300, is_token, "a GitLab token" },
	{ "npm_", BASE62, 36, 36, is_token, "an npm token" },
	{ "xoxa-", BASE62 "-", 40, 255, is_slack, A_SLACK },
	{ "xoxb-", BASE62 "-", 40, 255, is_slack, A_SLACK },
	{ "xoxp-", BASE62 "-", 40, 255, is_slack, A_SLACK },
	{ "xoxr-", BASE62 "-", 40, 255, is_slack, A_SLACK },
	{ "xoxs-", BASE62 "-", 40, 255, is_slack, A_SLACK },
	{ "xoxe-", BASE62 "-", 40, 255, is_slack, A_SLACK },
	{ "xapp-", BASE62 "-", 60, 255, is_slack, A_SLACK },
	{ "AKIA", UPPER "234567", 16, 16, is_aws, AN_AWS },
	{ "ASIA", UPPER "234567", 16, 16, is_aws, AN_AWS },
	{ "AIza", URL64, 35, 35, is_google, "a Google API key" },
	{ "sk-ant-", URL64, 80, 255, is_token, "an Anthropic key" },
	{ "sk-proj-", URL64, 40, 255, is_token, "an OpenAI key" },
	{ "sk-svcacct-", URL64, 40, 255, is_token, "an OpenAI key" },
	{ "sk-admin-", URL64, 40, 255, is_token, "an OpenAI key" },
	{ "sk-", BASE62, 48, 48, is_openai, "an OpenAI key" },
	{ "sk-or-v1-", DIGITS "abcdef", 64, 64, is_token, "an OpenRouter key" },
	{ "xai-", BASE62, 80, 80, is_token, "an xAI key" },
	{ "gsk_", BASE62, 52, 52, is_token, "a Groq key" },
	{ "hf_", BASE62, 34, 34, is_token, "a Hugging Face token" },
	{ ":A", URL64, 34, 34, is_telegram, "a Telegram bot token" },
	{ "sk_live_", BASE62, 24, 255, is_token, "a Stripe key" },
	{ "rk_live_", BASE62, 24, 255, is_token, "a Stripe key" },
};
_Static_assert(COUNT_OF(rules) <= 64, "a bit for each");

/* The rules that `c` may begin, and those whose second letter it may be: a bit for each. */
struct starts {
	uint64_t first[256], second[256];
};

static void starts_of_rules(struct starts *s)
{
	*s = (struct starts){ 0 };
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		s->first[(unsigned char)rules[i].prefix[0]] |= UINT64_C(1) << i;
		s->second[(unsigned char)rules[i].prefix[1]] |= UINT64_C(1) << i;
	}
}

/* A token begins and ends where no letter of it is next to it. */
static bool rule_holds(const struct rule *r, const struct span *all, const char *at)
{
	size_t prefix = strlen(r->prefix);
	if ((size_t)(all->end - at) < prefix || memcmp(at, r->prefix, prefix) != 0)
		return false;
	bool inside = at > all->at && one_of(at[0], BASE64) && one_of(at[-1], BASE62 "_");
	size_t most = r->most == SIZE_MAX ? SIZE_MAX : r->most + 1;
	size_t len = inside ? 0 : run(at + prefix, all->end, r->alphabet, most);
	struct span token = { at, at + prefix + len };
	return !inside && len >= r->least && len <= r->most && r->holds(all, &token);
}

static const struct rule *rule_at(uint64_t which, const struct span *all, const char *at)
{
	for (; which; which &= which - 1) {
		const struct rule *r = &rules[__builtin_ctzll(which)];
		if (rule_holds(r, all, at))
			return r;
	}
	return NULL;
}

static const char *secret_by_content(const struct span *all)
{
	struct starts s;
	starts_of_rules(&s);
	const unsigned char *p = (const unsigned char *)all->at, *end = (const unsigned char *)all->end;
	for (; p + 1 < end; p++) {
		uint64_t which = s.first[p[0]] & s.second[p[1]];
		const struct rule *r = which ? rule_at(which, all, (const char *)p) : NULL;
		if (r)
			return r->what;
	}
	return NULL;
}
