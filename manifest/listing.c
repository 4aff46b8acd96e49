/* listing.c - see listing.h. What listing_parse() accepts, listing_add() writes back byte for byte. */
#include "manifest/listing.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/path.h"

void listing_add(const struct entry *entry, struct text *out)
{
	const char facts[] = { '\t', entry->kind, '\t', (char)('0' + (entry->mode >> 9 & 7)),
		(char)('0' + (entry->mode >> 6 & 7)), (char)('0' + (entry->mode >> 3 & 7)),
		(char)('0' + (entry->mode & 7)), '\t' };
	char hex[DIGEST_HEX] = "-";
	if (entry->kind == ENTRY_FILE)
		digest_hex(&entry->digest, hex);
	path_escape(entry->path, strlen(entry->path), out);
	text_add(out, facts, sizeof facts);
	text_number(out, entry->size);
	text_byte(out, '\t');
	text_puts(out, hex);
	text_byte(out, '\t');
	if (entry->target)
		path_escape(entry->target, strlen(entry->target), out);
	else
		text_byte(out, '-');
	text_byte(out, '\n');
}

char *listing_field(char **rest)
{
	char *field = *rest;
	if (!field)
		return NULL;
	char *tab = strchr(field, '\t');
	if (tab)
		*tab = '\0';
	*rest = tab ? tab + 1 : NULL;
	return field;
}

bool listing_number(const char *s, uint64_t *out)
{
	uint64_t n = 0;
	size_t len = 0;
	for (; len < 17 && s[len] >= '0' && s[len] <= '9'; len++)
		n = n * 10 + (uint64_t)(s[len] - '0');
	if (len == 0 || len > 16 || s[len] != '\0' || (s[0] == '0' && len > 1))
		return false;
	*out = n;
	return n < (UINT64_C(1) << 53);
}

static bool parse_kind(const char *s, char *kind)
{
	*kind = s[0];
	return s[0] && s[1] == '\0' && strchr("fdlro", s[0]) != NULL;
}

static bool parse_mode(const char *s, uint16_t *mode)
{
	for (size_t i = 0; i < 4; i++)
		if (s[i] < '0' || s[i] > '7')
			return false;
	if (s[4] != '\0')
		return false;
	*mode = (uint16_t)((s[0] - '0') << 9 | (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
	return true;
}

/* The escaped text in place; refuses an escape that need not be one. */
static bool parse_name(char *s)
{
	size_t len = strlen(s), plain;
	if (!strchr(s, '\\'))
		return len > 0 && utf8_plain(s, len);
	char *copy = mem_copy(s, len);
	struct text again = { 0 };
	bool good = path_unescape(s, len, s, &plain) && strlen(s) == plain;
	if (good)
		path_escape(s, plain, &again);
	good = good && plain > 0 && strcmp(text_str(&again), copy) == 0;
	text_end(&again);
	free(copy);
	return good;
}

static bool parse_facts(char *const *f, struct entry *out)
{
	if (!parse_kind(f[1], &out->kind) || !parse_mode(f[2], &out->mode) ||
		!listing_number(f[3], &out->size))
		return false;
	bool file = out->kind == ENTRY_FILE, link = out->kind == ENTRY_LINK || out->kind == ENTRY_REFERENCE;
	if (file ? !digest_parse(f[4], &out->digest) : strcmp(f[4], "-") != 0 || out->size != 0)
		return false;
	if (link ? !parse_name(f[5]) || out->mode != 0777 : strcmp(f[5], "-") != 0)
		return false;
	out->target = link ? f[5] : NULL;
	return true;
}

bool listing_parse(char *line, struct entry *out, struct err *e)
{
	char *f[6], *rest = line;
	for (size_t i = 0; i < 6; i++)
		if ((f[i] = listing_field(&rest)) == NULL)
			return err_set(e, ERR_FORMAT, "a row has %zu of 6 fields", i);
	if (rest)
		return err_set(e, ERR_FORMAT, "a row has more than 6 fields");
	*out = (struct entry){ .path = f[0] };
	if (!parse_name(f[0]))
		return err_set(e, ERR_FORMAT, "a row's path is not well formed");
	if (strlen(f[4]) != 1 && strlen(f[4]) != DIGEST_HEX - 1)
		return err_set(e, ERR_FORMAT, "%s: its digest is not well formed", f[0]);
	if (!parse_facts(f, out))
		return err_set(e, ERR_FORMAT, "%s: a field is not well formed", f[0]);
	return true;
}

bool entry_equal(const struct entry *a, const struct entry *b)
{
	if (a->kind != b->kind || a->mode != b->mode || a->size != b->size || strcmp(a->path, b->path) != 0)
		return false;
	if (!a->target != !b->target || (a->target && strcmp(a->target, b->target) != 0))
		return false;
	return digest_equal(&a->digest, &b->digest);
}
