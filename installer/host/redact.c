/* redact.c - see redact.h. First the profile's rules, each over the whole text; then word by word. */
#include "installer/host/redact.h"

#include <string.h>
#include <strings.h>

#include "manifest/base/scope.h"

#define WORD   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
#define BLOB   WORD "+/=~"
#define NEAR   3    /* words behind a name */
#define RANDOM 16   /* bytes that something random has at least */
#define AHEAD  2048 /* how far is looked for the end of one thing */
#define PASSES 16   /* so that a text takes linear time */

/* Some bytes of the text. */
struct span {
	const char *at, *end;
};

static size_t length(const struct span *s)
{
	return (size_t)(s->end - s->at);
}

static bool is_one(char c, const char *letters)
{
	return c != '\0' && strchr(letters, c);
}

static bool ends_with(const struct span *word, const char *end)
{
	size_t len = strlen(end);
	return length(word) >= len && strncasecmp(word->end - len, end, len) == 0;
}

static bool is_word(const struct span *word, const char *other)
{
	return length(word) == strlen(other) && ends_with(word, other);
}

static bool any(
	const struct span *word, const char *const *list, bool (*fits)(const struct span *, const char *))
{
	for (; *list; list++)
		if (fits(word, *list))
			return true;
	return false;
}

static bool begins_with(const struct span *word, const char *start)
{
	return length(word) >= strlen(start) && strncmp(word->at, start, strlen(start)) == 0;
}

/* What a secret is called; a longer name ends so. */
static const char *const names[] = { "token", "secret", "password", "passwd", "passphrase", "passcode", "pwd",
	"key", "credential", "credentials", "_auth", "jwt", NULL };
static const char *const headers[] = { "authorization", "cookie", NULL };
static const char *const schemes[] = { "bearer", "basic", "digest", "token", "negotiate", NULL };
static const char *const shapes[] = { "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "sk-",
	"sk_", "rk_", "pk_live_", "xoxb-", "xoxp-", "xoxa-", "xoxs-", "xapp-", "eyJ", "AKIA", "ASIA", "AIza",
	"npm_", "hf_", "gsk_", "xai-", "ya29.", "AGE-SECRET-KEY-", NULL };

static struct span name_of(const struct span *word)
{
	struct span name = *word;
	while (name.end > name.at && is_one(name.end[-1], "-."))
		name.end--;
	return name;
}

static bool is_random(const struct span *s)
{
	bool digit = false, letter = false;
	for (const char *p = s->at; p < s->end; p++) {
		digit |= is_one(*p, "0123456789");
		letter |= is_one(*p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	}
	return length(s) >= RANDOM && digit && letter;
}

/* ---- where a value is: from behind its name ---- */

static struct span blob_at(const char *at)
{
	const char *end = at;
	while (end - at < AHEAD && is_one(*end, BLOB))
		end++;
	return (struct span){ at, end };
}

/* Up to a blank or a quote. */
static struct span bare_at(const char *at)
{
	return (struct span){ at, at + strcspn(at, " \t\n\"'`<>\\") };
}

/* Behind an opening quote: up to the same quote. A backslash hides one, unless the opening one had one too.
 */
static struct span quoted_at(const char *at, bool escaped)
{
	const char quote = at[-1], *end = at;
	while (*end && *end != '\n' && *end != quote)
		end += *end == '\\' && !escaped && end[1] && end[1] != '\n' ? 2 : 1;
	while (escaped && *end == quote && end > at && end[-1] == '\\')
		end--;
	return (struct span){ at, end };
}

/* `Bearer V`: the scheme and what follows it. */
static struct span with_scheme(struct span value)
{
	if (any(&value, schemes, is_word) && (*value.end == ' ' || *value.end == '\t'))
		value.end = bare_at(value.end + strspn(value.end, " \t")).end;
	return value;
}

/* Behind a name: quotes, "=" or ":", quotes. False where that is not what follows. */
static bool value_after(const char *at, bool header, struct span *value)
{
	at += strspn(at, "\\\"'`] \t");
	if (*at != '=' && *at != ':')
		return false;
	at += strspn(at, "=:> \t");
	bool escaped = *at == '\\';
	at += strspn(at, "\\");
	if (is_one(*at, "\"'`"))
		*value = quoted_at(at + 1, escaped);
	else if (header)
		*value = (struct span){ at, at + strcspn(at, "\n") };
	else
		*value = with_scheme(bare_at(at));
	return length(value) > 0;
}

/* --password V */
static bool option_value(const struct span *word, struct span *value)
{
	const char *at = word->end + strspn(word->end, " \t");
	*value = bare_at(at + (is_one(*at, "\"'")));
	return begins_with(word, "--") && at > word->end && *at != '-' && length(value) > 0;
}

/* -----BEGIN ... PRIVATE KEY-----, to the end of that or of the text. */
static bool armour(const struct span *word, struct span *value)
{
	const char *mark = strstr(word->end, "PRIVATE KEY"), *feed = strchr(word->end, '\n');
	if (!begins_with(word, "-----BEGIN") || !mark || (feed && feed < mark))
		return false;
	const char *end = strstr(mark, "-----END");
	*value = (struct span){ mark + strlen("PRIVATE KEY"), end ? end : mark + strlen(mark) };
	return length(value) > 0;
}

/* What is secret at or behind the word; `near`: names may be up to so many words before. */
static bool secret_at(const struct span *word, unsigned near, struct span *value)
{
	struct span name = name_of(word), blob = blob_at(word->at);
	const char *next = word->end + strspn(word->end, " \t");
	if (armour(word, value))
		return true;
	if (any(&name, headers, ends_with) && value_after(word->end, true, value))
		return true;
	if (any(&name, names, ends_with) &&
		(value_after(word->end, false, value) || option_value(word, value)))
		return true;
	*value = blob;
	if ((near > 0 && is_random(&blob)) || (length(&blob) >= 20 && any(word, shapes, begins_with)))
		return true;
	*value = blob_at(next);
	return is_word(word, "bearer") && next > word->end && length(value) >= 8;
}

/* ://user:password@, also where the password has a slash in it. */
static bool url_secret(const char *at, struct span *value)
{
	if (strncmp(at, "://", 3) != 0)
		return false;
	const char *from = at + 3, *end = from + strcspn(from, "/?# \t\n\"'<>");
	const char *last = memrchr(from, '@', (size_t)(end - from));
	const char *colon = memchr(from, ':', (size_t)(end - from));
	bool port = colon && colon + 1 + strspn(colon + 1, "0123456789") == end;
	if (!last && colon && !port && *from != '[')
		last = memchr(end, '@', strnlen(end, AHEAD));
	if (last && last > end && memchr(end, ' ', (size_t)(last - end)))
		last = NULL;
	*value = (struct span){ from, last };
	return last && last > from;
}

/* ---- the text ---- */

/* Copies up to the secret, hides that and goes on behind it. */
static const char *hide(const char *from, const struct span *value, struct text *out)
{
	text_add(out, from, (size_t)(value->at - from));
	text_puts(out, REDACTED);
	return value->end;
}

static const char *skip_hidden(const char *at, struct text *out)
{
	text_puts(out, REDACTED);
	return at + strlen(REDACTED);
}

static bool any_secret_at(const char *at, const struct span *word, unsigned near, struct span *value)
{
	return length(word) > 0 ? secret_at(word, near, value) : url_secret(at, value);
}

static void hide_known(const char *at, struct text *out)
{
	unsigned near = 0;
	struct span value;
	while (*at) {
		struct span word = { at, at + strspn(at, WORD) }, name = name_of(&word);
		if (strncmp(at, REDACTED, strlen(REDACTED)) == 0) {
			at = skip_hidden(at, out);
		} else if (any_secret_at(at, &word, near, &value)) {
			at = hide(at, &value, out);
		} else if (length(&word) > 0) {
			near = any(&name, names, ends_with) ? NEAR : near ? near - 1 : 0;
			text_add(out, at, length(&word));
			at = word.end;
		} else {
			near = *at == '\n' ? 0 : near;
			text_byte(out, *at++);
		}
	}
}

/* What the rule matches, or its first group. A match of nothing is passed over. */
static void hide_matches(const struct pattern *rule, const char *text, bool begins, struct text *out)
{
	regmatch_t whole, group;
	for (const char *at = text; *at;) {
		if (!pattern_find(rule, at, begins && at == text, &whole, &group)) {
			text_puts(out, at);
			return;
		}
		const regmatch_t *m = group.rm_so >= 0 ? &group : &whole;
		struct span value = { at + m->rm_so, at + m->rm_eo };
		if (length(&value) > 0) {
			at = hide(at, &value, out);
			continue;
		}
		size_t step = (size_t)(whole.rm_eo > 0 ? whole.rm_eo : 1);
		text_add(out, at, step);
		at += step;
	}
}

/* What is hidden already is no text for the rule. */
static void hide_by_rule(const struct pattern *rule, const char *text, struct text *out)
{
	for (const char *at = text;;) {
		const char *hidden = strstr(at, REDACTED);
		SCOPED_TEXT char *part = mem_copy(at, hidden ? (size_t)(hidden - at) : strlen(at));
		hide_matches(rule, part, at == text, out);
		if (!hidden)
			return;
		at = skip_hidden(hidden, out);
	}
}

/* At most REDACT_MAX bytes; a word that the end cuts is left out, since no rule would know it. */
static void bounded(const char *text, struct text *out)
{
	size_t len = strnlen(text, REDACT_MAX + 1);
	if (len > REDACT_MAX) {
		len = REDACT_MAX;
		while (len > 0 && !is_one(text[len - 1], " \t\n"))
			len--;
	}
	text_add(out, text, len);
}

/* Once more for what stands beside what was hidden, until nothing is left to hide: each time a byte at least
 * is gone. */
static void hide_all_known(struct text *now, struct text *out)
{
	for (int i = 0; i < PASSES; i++) {
		SCOPED(text_end) struct text next = { 0 };
		hide_known(text_str(now), &next);
		bool same = next.len == now->len && memcmp(text_str(&next), text_str(now), now->len) == 0;
		struct text old = *now;
		*now = next;
		next = old;
		if (same)
			break;
	}
	text_add(out, text_str(now), now->len);
}

/* The known forms first, since a rule may hide the name that tells a secret. */
void redact_add(const struct redact *r, const char *text, struct text *out)
{
	SCOPED(text_end) struct text whole = { 0 }, now = { 0 };
	bounded(text, &whole);
	hide_known(text_str(&whole), &now);
	for (size_t i = 0; i < r->count; i++) {
		SCOPED(text_end) struct text next = { 0 };
		hide_by_rule(&r->rules[i], text_str(&now), &next);
		struct text old = now;
		now = next;
		next = old;
	}
	hide_all_known(&now, out);
}

bool redact_open(const struct json_list *rules, struct redact *out, struct err *e)
{
	char *const *items = rules->items;
	*out = (struct redact){ 0 };
	if (rules->count > REDACT_RULES)
		return err_set(e, ERR_FORMAT, "redactions: more than %d", REDACT_RULES);
	out->rules = mem_new(rules->count, sizeof *out->rules);
	for (; out->count < rules->count; out->count++)
		if (!pattern_open(items[out->count], &out->rules[out->count], e))
			return err_in(e, "redactions[%zu]", out->count);
	return true;
}

void redact_end(struct redact *r)
{
	for (size_t i = 0; i < r->count; i++)
		pattern_end(&r->rules[i]);
	free(r->rules);
	*r = (struct redact){ 0 };
}
