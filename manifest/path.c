/* path.c - see path.h. Every function is pure. */
#include "manifest/path.h"

#include <stdint.h>
#include <string.h>

/* Length of the UTF-8 sequence at s, 0 if there is none; *point is its code point. */
static size_t utf8_next(const unsigned char *s, size_t len, uint32_t *point)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };
	for (size_t n = 0; n < 4 && n < len; n++) {
		if ((s[0] & forms[n].mask) != forms[n].lead)
			continue;
		uint32_t p = (uint32_t)(s[0] & (unsigned char)~forms[n].mask);
		for (size_t i = 1; i <= n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			p = p << 6 | (s[i] & 0x3f);
		}
		*point = p;
		return p < forms[n].least || p > 0x10ffff || (p >= 0xd800 && p <= 0xdfff) ? 0 : n + 1;
	}
	return 0;
}

static bool control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

bool utf8_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t point = 0;
		if (s[i] >= 0x20 && s[i] < 0x7f) {
			i++;
			continue;
		}
		size_t n = utf8_next((const unsigned char *)s + i, len - i, &point);
		if (n == 0 || control(point))
			return false;
		i += n;
	}
	return true;
}

static size_t depth_of(const char *path)
{
	size_t depth = 0;
	for (const char *p = path; *p; p++)
		depth += *p == '/';
	return depth;
}

static const char *name_fault(const char *name, size_t len)
{
	if (len == 0)
		return "an empty name in it";
	if (len > PATH_NAME_MAX)
		return "a name longer than 255 bytes in it";
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return "a . or .. in it";
	return NULL;
}

bool path_plain(const char *path, const char **why)
{
	size_t len = strlen(path);
	*why = NULL;
	if (path[0] == '/')
		*why = "absolute";
	else if (len > PATH_MAX_LEN)
		*why = "longer than 3071 bytes";
	else if (!utf8_plain(path, len))
		*why = "not UTF-8 without control characters";
	else if (depth_of(path) >= PATH_DEPTH_MAX)
		*why = "deeper than 256 names";
	for (const char *name = path; !*why;) {
		size_t n = strcspn(name, "/");
		*why = name_fault(name, n);
		if (name[n] == '\0')
			break;
		name += n + 1;
	}
	return !*why;
}

bool id_plain(const char *id)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(id);
	if (len == 0 || len > ID_MAX_LEN || !strchr(letters, id[0]))
		return false;
	return strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._+-") == len;
}

bool application_plain(const char *name)
{
	return id_plain(name) && !strchr(name, '@') && strcmp(name, "installer") != 0;
}

/* "/" ranks below every byte that a name can hold, and the end below "/". */
static int rank(char c)
{
	return c == '\0' ? -1 : c == '/' ? 0 : (unsigned char)c;
}

int path_order(const char *a, const char *b)
{
	bool root_a = strcmp(a, PATH_ROOT) == 0, root_b = strcmp(b, PATH_ROOT) == 0;
	if (root_a || root_b)
		return (int)root_b - (int)root_a;
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

bool link_stays(const char *path, const char *target)
{
	size_t room = depth_of(path);
	const char *why = NULL;
	while (strncmp(target, "../", 3) == 0 || strcmp(target, "..") == 0 || strncmp(target, "./", 2) == 0) {
		bool up = target[1] == '.';
		if (up && room-- == 0)
			return false;
		target += up ? 2 : 1;
		if (*target == '\0')
			return true;
		target++;
	}
	return strcmp(target, ".") == 0 || path_plain(target, &why);
}

void path_relative(const char *from, const char *to, struct text *out)
{
	size_t shared = 0;
	for (size_t i = 0;; i++) {
		bool end_from = from[i] == '\0', end_to = to[i] == '\0';
		if ((from[i] == '/' || end_from) && (to[i] == '/' || end_to))
			shared = i;
		if (end_from || end_to || from[i] != to[i])
			break;
	}
	const char *rest = from + shared;
	rest += *rest == '/';
	for (const char *p = strchr(rest, '/'); p; p = strchr(p + 1, '/'))
		text_puts(out, "../");
	const char *down = to + shared;
	down += *down == '/';
	if (*down)
		text_puts(out, down);
	else if (out->len)
		out->at[--out->len] = '\0';
	else
		text_puts(out, ".");
}

/* How many bytes from here on are printable ASCII without a backslash: nearly all that there are. */
static size_t plain_run(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '\\')
		n++;
	return n;
}

void path_escape(const char *s, size_t len, struct text *out)
{
	for (size_t i = 0; i < len;) {
		uint32_t point = 0;
		size_t plain = plain_run(s + i, len - i);
		if (plain) {
			text_add(out, s + i, plain);
			i += plain;
			continue;
		}
		size_t n = utf8_next((const unsigned char *)s + i, len - i, &point);
		if (n == 0 || control(point) || point == '\\') {
			text_printf(out, "\\x%02x", (unsigned char)s[i]);
			i++;
			continue;
		}
		text_add(out, s + i, n);
		i += n;
	}
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool path_unescape(const char *s, size_t len, char *to, size_t *out_len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\\') {
			to[n++] = s[i];
			continue;
		}
		if (i + 3 >= len || s[i + 1] != 'x' || hex(s[i + 2]) < 0 || hex(s[i + 3]) < 0)
			return false;
		to[n++] = (char)(hex(s[i + 2]) << 4 | hex(s[i + 3]));
		i += 3;
	}
	to[n] = '\0';
	*out_len = n;
	return true;
}

/* A star by itself, or one of the two that also pass "/": the first, which may take the "/" behind it, or the
 * second. */
enum star { STAR_NONE, STAR_ONE, STAR_FIRST, STAR_SECOND };

static enum star star_at(const char *p, size_t i, enum star before)
{
	if (p[i] != '*')
		return STAR_NONE;
	return before == STAR_FIRST ? STAR_SECOND : p[i + 1] == '*' ? STAR_FIRST : STAR_ONE;
}

/* Marks the places of the pattern that are reached without a byte of the path: stars may stand for nothing.
 */
static void glob_skip(const char *p, size_t len, bool *at)
{
	enum star star = STAR_NONE;
	for (size_t i = 0; i < len; i++) {
		star = star_at(p, i, star);
		if (at[i] && star != STAR_NONE)
			at[i + 1] = true;
		if (at[i] && star == STAR_FIRST && p[i + 2] == '/')
			at[i + 3] = true;
	}
}

/* What stands for itself at either end of the pattern settles most questions. */
static bool glob_ends(const char *p, size_t len, const char *s)
{
	size_t have = strlen(s), head = strcspn(p, "*?"), tail = 0;
	while (head < len && p[len - 1 - tail] != '*' && p[len - 1 - tail] != '?')
		tail++;
	if (tail && p[len - tail] == '/') /* which a star before it may have taken */
		tail--;
	return (head < len || have == len) && have >= head && have >= tail && memcmp(p, s, head) == 0 &&
	       memcmp(p + len - tail, s + have - tail, tail) == 0;
}

/* All places that the path may have led to, byte by byte: no pattern takes more steps than its length for
 * each. */
static bool glob(const char *p, const char *s)
{
	bool at[PATH_MAX_LEN + 1], next[PATH_MAX_LEN + 1];
	size_t len = strlen(p);
	if (len > PATH_MAX_LEN || !glob_ends(p, len, s))
		return false;
	memset(at, 0, len + 1);
	at[0] = true;
	glob_skip(p, len, at);
	for (; *s; s++) {
		enum star star = STAR_NONE;
		memset(next, 0, len + 1);
		for (size_t i = 0; i < len; i++) {
			star = star_at(p, i, star);
			if (!at[i])
				continue;
			if (star != STAR_NONE)
				next[i] |= star == STAR_SECOND || (star == STAR_ONE && *s != '/');
			else
				next[i + 1] |= p[i] == '?' ? *s != '/' : p[i] == *s;
		}
		glob_skip(p, len, next);
		memcpy(at, next, len + 1);
	}
	return at[len];
}

const char *path_leaf(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool path_matches(const char *pattern, const char *path)
{
	if (*pattern == '/')
		return glob(pattern + 1, path);
	return glob(pattern, strchr(pattern, '/') ? path : path_leaf(path));
}
