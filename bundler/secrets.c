/* secrets.c - see secrets.h. One pass: a byte and the next one, each looked up, name the rules that may begin
 * here (`starts`); only then is a rule asked. A prefix is never enough: a rule also wants the exact form and
 * content that looks drawn by lot, so that documentation passes. The order of `rules` does not matter; there
 * are at most 64 of them.
 */
#include "bundler/secrets.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "bundler/starts.h"
#include "manifest/base/scope.h"
#include "manifest/path.h"

#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define HEX    DIGITS "abcdef"
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
	/* Whether what follows the prefix, a part of `all`, makes it a secret. NULL: its form does. */
	bool (*holds)(const struct span *all, const struct span *value);
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

static const char *find(const char *at, const char *end, const char *word)
{
	return at < end ? memmem(at, (size_t)(end - at), word, strlen(word)) : NULL;
}

/* ---- drawn by lot, or written by a person ---- */

static const char *const placeholders[] = { "example", "sample", "placeholder", "dummy", "redacted",
	"changeme", "change-me", "change_me", "your", "insert", "not-a-real", "not_a_real", "fake", "xxxx",
	"....", "****" };

static bool is_placeholder(const struct span *s)
{
	for (size_t i = 0; i < COUNT_OF(placeholders); i++) {
		size_t len = strlen(placeholders[i]);
		for (const char *p = s->at; (size_t)(s->end - p) >= len; p++)
			if (strncasecmp(p, placeholders[i], len) == 0)
				return true;
	}
	return false;
}

/* Five steps or more of one size: "aaaaaa", "abcdef", "654321". */
static bool has_row(const struct span *s)
{
	int steps = 0, last = 256;
	for (const char *p = s->at; p + 1 < s->end && steps < 5; p++) {
		int step = p[1] - p[0];
		steps = step < -1 || step > 1 ? 0 : step == last ? steps + 1 : 1;
		last = step;
	}
	return steps >= 5;
}

/* Two in five of its letters differ, or ten of a long text (there are but 16 in hexadecimal); letters and
 * digits are mixed, or letters of both cases. */
static bool looks_random(const struct span *s)
{
	bool seen[256] = { false };
	size_t distinct = 0, enough = length(s) < 25 ? length(s) * 2 / 5 : 10;
	int kinds = 0;
	for (const char *p = s->at; p < s->end; p++) {
		distinct += !seen[(unsigned char)*p];
		seen[(unsigned char)*p] = true;
		kinds |= one_of(*p, DIGITS) ? 1 : one_of(*p, UPPER) ? 2 : one_of(*p, LOWER) ? 4 : 0;
	}
	return distinct >= enough && (kinds & (kinds - 1)) && !has_row(s) && !is_placeholder(s);
}

/* ---- tokens ---- */

static bool is_token(const struct span *all, const struct span *value)
{
	(void)all;
	return looks_random(value);
}

/* gho_, ghp_, ghr_, ghs_, ghu_ */
static bool is_github(const struct span *all, const struct span *value)
{
	return one_of(value->at[0], "oprsu") && value->at[1] == '_' && is_token(all, value);
}

/* xoxb-<digits>-...: a real one names its workspace. */
static bool is_slack(const struct span *all, const struct span *value)
{
	const char *at = value->at;
	return one_of(at[0], "abeprs") && at[1] == '-' && one_of(at[2], DIGITS "x") && is_token(all, value);
}

/* <the bot's number>:A...: 8 to 10 digits stand before it. */
static bool is_telegram(const struct span *all, const struct span *value)
{
	size_t digits = 0;
	for (const char *p = value->at - strlen(":A"); p > all->at && digits < 11 && one_of(p[-1], DIGITS);
		p--)
		digits++;
	return digits >= 8 && digits <= 10 && is_token(all, value);
}

#define BESIDE 400 /* how far an AWS secret may be from its id */

/* The id alone is not secret. */
static bool is_aws(const struct span *all, const struct span *id)
{
	const char *p = id->at - all->at > BESIDE ? id->at - BESIDE : all->at;
	const char *end = all->end - id->end > BESIDE ? id->end + BESIDE : all->end;
	if (has_row(id) || is_placeholder(id))
		return false;
	while (p < end) {
		struct span value = { p, p + run(p, all->end, BASE64, SIZE_MAX) };
		bool hex = p + run(p, value.end, HEX, SIZE_MAX) == value.end; /* SHA-1 has as many */
		if (length(&value) == 40 && !hex && looks_random(&value))
			return true;
		p = value.end + 1;
	}
	return false;
}

/* ---- keys in armour ---- */

#define ARMOR_MOST 65536
#define WORD_LEAST 3  /* whatever is shorter may be a sign of a programming language: "+", a comment */
#define LINE_LEAST 40 /* whatever is shorter may be a header: "DEK-Info: AES-256-CBC,<hex>" */
#define OPENSSH    "openssh-key-v1" /* with its NUL */
#define PGP_SECRET 5
#define WRAPPED    "LS0tLS1CRUdJTi" /* "-----BEGIN " */

/* What base64 decodes to. */
struct body {
	char head[8192]; /* of a longer one, as much as fits */
	size_t bytes, letters;
	unsigned bits;
};

static void decode(struct body *b, const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		b->bits = b->bits << 6 | (unsigned)(strchr(BASE64, at[i]) - BASE64);
		if (b->letters++ % 4 == 0)
			continue;
		if (b->bytes < sizeof b->head)
			b->head[b->bytes] = (char)(b->bits >> (6 - 2 * ((b->letters - 1) % 4)));
		b->bytes++;
	}
}

/* Decodes what stands between here and the next "-----END", words of `least` letters or more. The end of a
 * line may be written out ("\n"), as in JSON. */
static bool read_body(const char *at, const char *end, size_t least, struct body *b)
{
	const char *stop = find(at, end - at > ARMOR_MOST ? at + ARMOR_MOST : end, "-----END ");
	*b = (struct body){ 0 };
	while (stop && at < stop) {
		bool escape = *at == '\\' && one_of(at[1], "nrt");
		size_t len = escape ? 0 : run(at, stop, BASE64, SIZE_MAX);
		if (len >= least)
			decode(b, at, len);
		at += len ? len : 1U + escape;
	}
	return stop;
}

/* One ASN.1 sequence and nothing else. (Its last byte may be in a word too short to be read.) */
static bool is_sequence(const struct body *b)
{
	const uint8_t *head = (const uint8_t *)b->head;
	size_t more = head[1] > 0x80 ? head[1] - 0x80U : 0, len = more ? 0 : head[1];
	if (head[0] != 0x30 || more > 2)
		return false;
	for (size_t i = 0; i < more; i++)
		len = len << 8 | head[2 + i];
	return b->bytes == 2 + more + len || b->bytes == 1 + more + len;
}

static bool is_pgp(const struct body *b)
{
	unsigned first = (unsigned char)b->head[0], tag = first & 0x40 ? first & 0x3f : (first & 0x3f) >> 2;
	return first & 0x80 && tag == PGP_SECRET;
}

static bool is_armored(const struct span *all, const struct span *value)
{
	struct body b;
	const char *at = value->at, *headers = all->end - at > 100 ? at + 100 : all->end;
	if (!read_body(at, all->end, WORD_LEAST, &b) || b.bytes < 40)
		return false;
	if (is_sequence(&b) || memcmp(b.head, OPENSSH, sizeof OPENSSH) == 0)
		return true;
	return read_body(at, all->end, LINE_LEAST, &b) && b.bytes > 60 &&
	       (is_pgp(&b) || find(at, headers, "DEK-Info: "));
}

static bool is_wrapped(const struct span *all, const struct span *value);

/* ---- the rules ---- */

#define PAGE_KEY                                                                                             \
	"AIza" /* Google has every page that asks it carry one: in published code it is no secret            \
		*/

static const struct rule rules[] = {
	{ "BEGIN PRIVATE KEY-----", "", 0, 0, is_armored, "a private key (PEM)" },
	{ "BEGIN RSA PRIVATE KEY-----", "", 0, 0, is_armored, "a private key (PEM)" },
	{ "BEGIN EC PRIVATE KEY-----", "", 0, 0, is_armored, "a private key (PEM)" },
	{ "BEGIN DSA PRIVATE KEY-----", "", 0, 0, is_armored, "a private key (PEM)" },
	{ "BEGIN ENCRYPTED PRIVATE KEY-----", "", 0, 0, is_armored, "an encrypted private key (PEM)" },
	{ "BEGIN OPENSSH PRIVATE KEY-----", "", 0, 0, is_armored, "an OpenSSH private key" },
	{ "BEGIN PGP PRIVATE KEY BLOCK-----", "", 0, 0, is_armored, "a PGP private key" },
	{ WRAPPED, BASE64, 80, SIZE_MAX, is_wrapped, "a private key (PEM in base64)" },
	{ "RWRTY0Iy", BASE64, 203, 203, NULL, "a minisign secret key" },
	{ "RWQAAEIy", BASE64, 203, 203, NULL, "a minisign secret key" },
	{ "RWRCS", BASE64, 134, 134, NULL, "a signify secret key" },
	{ "AGE-SECRET-KEY-", UPPER DIGITS "-", 59, 62, is_token, "an age secret key" },
	{ "gh", URL64 ".", 38, 1024, is_github, "a GitHub token" },
	{ "github_pat_", BASE62 "_", 82, 82, is_token, "a GitHub token" },
	{ "glpat-", URL64 ".", 20, 300, is_token, "a GitLab token" },
	{ "npm_", BASE62, 36, 36, is_token, "an npm token" },
	{ "xox", BASE62 "-", 42, 255, is_slack, "a Slack token" },
	{ "xapp-", BASE62 "-", 60, 255, is_token, "a Slack token" },
	{ "AKIA", UPPER "234567", 16, 16, is_aws, "an AWS access key with its secret" },
	{ "ASIA", UPPER "234567", 16, 16, is_aws, "an AWS access key with its secret" },
	{ PAGE_KEY, URL64, 35, 35, is_token, "a Google API key" },
	{ "sk-ant-", URL64, 80, 255, is_token, "an Anthropic key" },
	{ "sk-proj-", URL64, 40, 255, is_token, "an OpenAI key" },
	{ "sk-svcacct-", URL64, 40, 255, is_token, "an OpenAI key" },
	{ "sk-admin-", URL64, 40, 255, is_token, "an OpenAI key" },
	{ "sk-", BASE62, 48, 48, is_token, "an API key (sk-)" },
	{ "sk-", HEX, 32, 32, is_token, "an API key (sk-)" },
	{ "sk-or-v1-", HEX, 64, 64, is_token, "an OpenRouter key" },
	{ "xai-", BASE62, 80, 80, is_token, "an xAI key" },
	{ "gsk_", BASE62, 52, 52, is_token, "a Groq key" },
	{ "hf_", BASE62, 34, 34, is_token, "a Hugging Face token" },
	{ ":A", URL64, 34, 34, is_telegram, "a Telegram bot token" },
	{ "sk_live_", BASE62, 24, 255, is_token, "a Stripe key" },
	{ "rk_live_", BASE62, 24, 255, is_token, "a Stripe key" },
};
_Static_assert(COUNT_OF(rules) <= 64, "a bit for each");

static void starts_of_rules(bool page, struct starts *s)
{
	*s = (struct starts){ 0 };
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (!page || strcmp(rules[i].prefix, PAGE_KEY) != 0)
			starts_add(s, i, rules[i].prefix);
}

/* Whether a longer word goes on here; the "\n" of a text in a source file ends one. */
static bool inside_word(const struct span *all, const char *at)
{
	bool escape = at - all->at >= 2 && at[-2] == '\\' && one_of(at[-1], "nrt");
	return at > all->at && one_of(*at, BASE62) && one_of(at[-1], BASE62 "_") && !escape;
}

/* Values that are public although they have the form of a secret: a word of the dictionary of WhatsApp's
 * protocol; a key with which ssh2 asks whether node:crypto knows Ed25519. Written so that they are not told.
 */
static const char *const known_public[] = { "SyDR5yfaG7OG8sMTUj8kfQEb8T9pN8BM6Lk",
	"MC4CAQAwBQYDK2VwBCIEIHKj+sVa9WcD", "MIIEogIBAAKCAQEAxEtHZysoHhf/2kze" };

static bool is_known(const struct span *all, const struct span *value)
{
	const char *end = all->end - value->end > 48 ? value->end + 48 : all->end;
	for (size_t i = 0; i < COUNT_OF(known_public); i++)
		if (find(value->at, end, known_public[i]))
			return true;
	return false;
}

static bool rule_holds(const struct rule *r, const struct span *all, const char *at)
{
	size_t prefix = strlen(r->prefix);
	if ((size_t)(all->end - at) < prefix || memcmp(at, r->prefix, prefix) != 0 || inside_word(all, at))
		return false;
	size_t len = run(at + prefix, all->end, r->alphabet, r->most + (r->most != SIZE_MAX));
	struct span value = { at + prefix, at + prefix + len };
	return len >= r->least && len <= r->most && (!r->holds || r->holds(all, &value)) &&
	       !is_known(all, &value);
}

static bool is_wrapped(const struct span *all, const struct span *value)
{
	(void)all;
	struct body b = { 0 };
	const char *from = value->at - strlen(WRAPPED);
	decode(&b, from, (size_t)(value->end - from));
	struct span text = { b.head, b.head + (b.bytes < sizeof b.head ? b.bytes : sizeof b.head) };
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (rules[i].prefix[0] == 'B' && rule_holds(&rules[i], &text, text.at + 5))
			return true;
	return false;
}

static const char *what_begins(uint64_t which, const struct span *all, const unsigned char *at)
{
	for (; which; which &= which - 1) {
		const struct rule *r = &rules[__builtin_ctzll(which)];
		if (rule_holds(r, all, (const char *)at))
			return r->what;
	}
	return NULL;
}

static const char *secret_by_content(const struct span *all, bool page)
{
	struct starts s;
	starts_of_rules(page, &s);
	const unsigned char *p = (const unsigned char *)all->at, *end = (const unsigned char *)all->end;
	const char *what = NULL;
	while (!what && end - (p = starts_next(&s, p, end)) > 1)
		for (int i = 0; i < 4 && !what && end - p > 1; i++, p++)
			what = what_begins(starts_at(&s, p), all, p);
	return what;
}

/* ---- files that are known by name ---- */

/* What a person may have chosen: not one plain word, a path, or a reference. */
static bool is_value(const struct span *s)
{
	return length(s) >= 8 && run(s->at, s->end, LOWER, SIZE_MAX) < length(s) &&
	       !one_of(*s->at, "$<{[(%#/.~") && !has_row(s) && !is_placeholder(s);
}

static bool is_drawn(const struct span *s)
{
	return length(s) >= 16 && is_value(s) && looks_random(s);
}

/* //user:password@host, whatever is before it */
static bool is_url(const struct span *s)
{
	const char *host = find(s->at, s->end, "//"), *colon = host ? find(host, s->end, ":") : NULL;
	const char *at = colon ? find(colon, s->end, "@") : NULL;
	struct span password = { colon ? colon + 1 : NULL, at };
	return at && is_value(&password) && !memchr(host + 2, '/', (size_t)(colon - host - 2));
}

struct named {
	const char *pattern; /* see path_matches() */
	const char *separators;
	const char *keys[8]; /* how a key ends, in small letters */
	bool (*holds)(const struct span *value);
	const char *what;
};

#define PASSWORDS "token", "secret", "password", "passwd", "passphrase", "_pass"

static const struct named named[] = {
	{ ".npmrc", "=", { "_authtoken", "_auth", "_password" }, is_value, "an npm token or password" },
	{ ".yarnrc.yml", ":", { "npmauthtoken", "npmauthident" }, is_value, "an npm token or password" },
	{ ".netrc", " \t\r\n", { "password" }, is_value, "a password of .netrc" },
	{ ".git-credentials", ":", { "https", "http" }, is_url, "a password of git" },
	{ ".pypirc", "=:", { "password" }, is_value, "a password of PyPI" },
	{ "**.docker/config.json", ":", { "auth", "identitytoken" }, is_value, "a password of a registry" },
	{ ".env*", "=:", { PASSWORDS }, is_value, "a secret of the environment" },
	{ "*.env", "=:", { PASSWORDS }, is_value, "a secret of the environment" },
	{ ".env*", "=:", { "key" }, is_drawn, "a secret of the environment" },
	{ "*.env", "=:", { "key" }, is_drawn, "a secret of the environment" },
	{ ".env*", "=:", { "url", "uri", "dsn" }, is_url, "a URL with a password" },
	{ "*.env", "=:", { "url", "uri", "dsn" }, is_url, "a URL with a password" },
	{ "openclaw.json", ":", { PASSWORDS }, is_value, "a secret of OpenClaw" },
	{ "openclaw.json", ":", { "key" }, is_drawn, "a secret of OpenClaw" },
	{ "auth-profiles.json", ":", { "key", "token", "access", "refresh" }, is_value, "a key of OpenClaw" },
};

static bool key_is(const struct named *n, const struct span *key)
{
	bool public = find(key->at, key->end, "PUBLIC");
	for (size_t i = 0; !public && i < COUNT_OF(n->keys) && n->keys[i]; i++) {
		size_t len = strlen(n->keys[i]);
		if (length(key) >= len && strncasecmp(key->end - len, n->keys[i], len) == 0)
			return true;
	}
	return false;
}

/* The rest of KEY=VALUE, "KEY": "VALUE", KEY: 'VALUE': up to the same quote, or a blank. */
static bool value_after(const struct named *n, const char *at, const char *end, struct span *value)
{
	while (at < end && one_of(*at, "\"' \t") && !one_of(*at, n->separators))
		at++;
	if (at == end || !one_of(*at, n->separators))
		return false;
	at += 1 + run(at + 1, end, " \t", SIZE_MAX);
	char quote[] = " \t\r\n,";
	if (at < end && one_of(*at, "\"'`"))
		memcpy(quote, (char[]){ *at++, '\n', '\0' }, 3);
	*value = (struct span){ at, at };
	while (value->end < end && !one_of(*value->end, quote))
		value->end++;
	return value->end > at;
}

static bool named_holds(const struct named *n, const struct span *all)
{
	const char *p = all->at;
	while (p < all->end) {
		struct span value, key = { p, p + run(p, all->end, URL64 ".", SIZE_MAX) };
		if (key_is(n, &key) && value_after(n, key.end, all->end, &value) && n->holds(&value))
			return true;
		p = key.end + (key.end == p);
	}
	return false;
}

static bool is_example(const char *path)
{
	return path_matches("*example*", path) || path_matches("*sample*", path);
}

static const char *secret_by_name(const char *path, const struct span *all)
{
	for (size_t i = 0; i < COUNT_OF(named); i++)
		if (path_matches(named[i].pattern, path) && named_holds(&named[i], all))
			return is_example(path) ? NULL : named[i].what;
	return NULL;
}

/* ---- what is public ---- */

static const char *const public_parts[] = { "/test/", "/tests/", "/__tests__/", "/spec/", "/fixture/",
	"/fixtures/", "/__fixtures__/", "/example/", "/examples/" };

static const char *const page_names[] = { "*.js", "*.mjs", "*.cjs", "*.ts", "*.map", "*.html" };

static const char *package_in(const char *path)
{
	return strncmp(path, "node_modules/", 13) == 0 ? path : strstr(path, "/node_modules/");
}

static bool is_page(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(page_names); i++)
		if (path_matches(page_names[i], path))
			return package_in(path);
	return false;
}

/* Test matter and documentation of a package below node_modules; the package's own name does not count. */
static bool is_public(const char *path)
{
	const char *package = package_in(path);
	if (!package)
		return false;
	package = strchr(package + 1, '/') + 1;
	const char *own = package + strcspn(package, "/");
	if (*package == '@' && *own)
		own += 1 + strcspn(own + 1, "/");
	for (size_t i = 0; i < COUNT_OF(public_parts); i++)
		if (strstr(own, public_parts[i]))
			return true;
	return path_matches("*.md", path);
}

const char *secret_in(const char *path, const char *bytes, size_t len)
{
	const struct span all = { bytes, bytes + len };
	const char *what = len ? secret_by_name(path, &all) : NULL;
	what = what || !len ? what : secret_by_content(&all, is_page(path));
	return what && !is_public(path) ? what : NULL;
}
