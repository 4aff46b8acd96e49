/* verify.c - see verify.h. `out` is filled in at one place, the end of keys_verify(). */
#include "keys/verify.h"

#include <sodium.h>
#include <string.h>

#include "manifest/base/scope.h"

#define SIGNATURE_LINES 4
#define PREHASH_BYTES   64

/* The bytes behind the first base64 line. */
struct raw_signature {
	uint8_t algorithm[2];
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[SIGNATURE_RAW];
};
_Static_assert(sizeof(struct raw_signature) == 74, "as minisign lays it out");
_Static_assert(
	SIGNATURE_RAW == crypto_sign_BYTES && PUBLIC_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");

static bool known_algorithm(const uint8_t algorithm[2], struct err *e)
{
	if (memcmp(algorithm, "ED", 2) == 0)
		return true;
	if (memcmp(algorithm, "Ed", 2) == 0)
		return err_set(e, ERR_FORMAT,
			"a legacy signature (Ed), not prehashed (ED): make it again with a current minisign, "
			"or with `minisign -SH`");
	return err_set(e, ERR_FORMAT, "the signature is of algorithm 0x%02x%02x, only ED (0x4544) is known",
		algorithm[0], algorithm[1]);
}

static bool read_signature(const struct line *l, struct signature *out, struct err *e)
{
	struct raw_signature raw;
	if (!line_base64(l, &raw, sizeof raw, e) || !known_algorithm(raw.algorithm, e))
		return false;
	memcpy(out->id, raw.id, sizeof out->id);
	memcpy(out->bytes, raw.bytes, sizeof out->bytes);
	return true;
}

static bool read_untrusted(const struct line *l, struct signature *out, struct err *e)
{
	(void)out;
	struct line ignored;
	return line_comment(l, COMMENT_UNTRUSTED, &ignored, e);
}

static bool read_trusted(const struct line *l, struct signature *out, struct err *e)
{
	struct line comment;
	if (!line_comment(l, COMMENT_TRUSTED, &comment, e))
		return false;
	memcpy(out->comment, comment.at, comment.len);
	out->comment[comment.len] = '\0';
	return true;
}

static bool read_global(const struct line *l, struct signature *out, struct err *e)
{
	return line_base64(l, out->global, sizeof out->global, e);
}

static bool (*const readers[SIGNATURE_LINES])(const struct line *, struct signature *, struct err *) = {
	read_untrusted,
	read_signature,
	read_trusted,
	read_global,
};

bool signature_read(const char *text, size_t len, const char *name, struct signature *out, struct err *e)
{
	if (len > SIGNATURE_BYTES_MAX)
		return err_set(e, ERR_FORMAT, "%s: has %zu bytes, a signature has at most %d", name, len,
			SIGNATURE_BYTES_MAX);
	*out = (struct signature){ 0 };
	struct line lines[SIGNATURE_LINES];
	size_t count = lines_cut(text, len, lines, SIGNATURE_LINES);
	if (count != SIGNATURE_LINES)
		return err_set(e, ERR_FORMAT, "%s: has %zu lines, a minisign signature has %d", name, count,
			SIGNATURE_LINES);
	for (size_t i = 0; i < SIGNATURE_LINES; i++)
		if (!readers[i](&lines[i], out, e))
			return err_in(e, "%s: signature, line %zu", name, i + 1);
	return true;
}

/* In rising order: of several keys with one id the best verdict counts. */
enum verdict { UNKNOWN, WRONG_BYTES, WRONG_COMMENT, GOOD };

static bool signed_by(const struct public_key *key, const uint8_t sig[static SIGNATURE_RAW],
	const uint8_t *bytes, size_t len)
{
	return crypto_sign_verify_detached(sig, bytes, len, key->bytes) == 0;
}

static enum verdict judge(const struct public_key *key, const struct signature *s, const uint8_t *prehash)
{
	if (!signed_by(key, s->bytes, prehash, PREHASH_BYTES))
		return WRONG_BYTES;
	uint8_t both[SIGNATURE_RAW + COMMENT_ROOM];
	size_t len = strnlen(s->comment, COMMENT_ROOM);
	memcpy(both, s->bytes, SIGNATURE_RAW);
	memcpy(both + SIGNATURE_RAW, s->comment, len);
	return signed_by(key, s->global, both, SIGNATURE_RAW + len) ? GOOD : WRONG_COMMENT;
}

/* Ids are chosen by who makes a key, so two keys of a ring may have the same one: all of them are tried. */
static enum verdict find_signer(const struct keyring *who, const struct signature *s, const uint8_t *prehash,
	const struct public_key **signer)
{
	enum verdict verdict = UNKNOWN;
	for (size_t i = 0; i < who->count && verdict != GOOD; i++) {
		if (memcmp(who->keys[i].id, s->id, KEY_ID_BYTES) != 0)
			continue;
		*signer = &who->keys[i];
		enum verdict found = judge(*signer, s, prehash);
		if (found > verdict)
			verdict = found;
	}
	return verdict;
}

/* What has been seen so far. `keys` are different by their bytes, not by the id they chose. */
struct tally {
	const struct public_key *keys[SIGNATURES_MAX];
	size_t count;
	struct text unknown; /* ids, for the message */
};

static void end_tally(struct tally *t)
{
	text_end(&t->unknown);
}

static bool counted(const struct tally *t, const struct public_key *key)
{
	for (size_t i = 0; i < t->count; i++)
		if (memcmp(t->keys[i]->bytes, key->bytes, sizeof key->bytes) == 0)
			return true;
	return false;
}

static void add_id(struct text *list, const uint8_t id[static KEY_ID_BYTES])
{
	char hex[KEY_ID_HEX];
	key_id_hex(id, hex);
	text_printf(list, "%s%s", list->len ? ", " : "", hex);
}

static void count_good(
	struct tally *t, const struct public_key *key, const struct signature *s, struct verified_by *by)
{
	if (counted(t, key))
		return;
	if (t->count == 0)
		memcpy(by->comment, s->comment, sizeof by->comment);
	memcpy(by->ids[t->count], key->id, KEY_ID_BYTES);
	t->keys[t->count++] = key;
	by->count = t->count;
}

static bool refuse_wrong(const struct signature *s, enum verdict verdict, struct err *e)
{
	char hex[KEY_ID_HEX];
	key_id_hex(s->id, hex);
	if (verdict == WRONG_COMMENT)
		return err_set(e, ERR_UNTRUSTED,
			"the signature of trusted key %s is wrong: its trusted comment is not the one that was signed",
			hex);
	return err_set(e, ERR_UNTRUSTED,
		"the signature of trusted key %s is wrong: these are not the bytes that were signed", hex);
}

static bool count_all(const struct keyring *who, const struct signed_text *what, struct tally *t,
	struct verified_by *by, struct err *e)
{
	uint8_t prehash[PREHASH_BYTES];
	crypto_generichash(prehash, sizeof prehash, (const uint8_t *)what->bytes, what->len, NULL, 0);
	for (size_t i = 0; i < what->count; i++) {
		const struct signature *s = &what->signatures[i];
		const struct public_key *signer = NULL;
		enum verdict verdict = find_signer(who, s, prehash, &signer);
		if (verdict == UNKNOWN)
			add_id(&t->unknown, s->id);
		else if (verdict == GOOD)
			count_good(t, signer, s, by);
		else
			return refuse_wrong(s, verdict, e);
	}
	return true;
}

/* Both sides: what is asked for, and who did sign. Ids in parentheses follow what they explain. */
static bool refuse_few(const struct keyring *who, const struct tally *t, unsigned needed, struct err *e)
{
	SCOPED(text_end) struct text ids = { 0 }, tail = { 0 };
	for (size_t i = 0; i < t->count; i++)
		add_id(&ids, t->keys[i]->id);
	for (size_t i = 0; t->count == 0 && i < who->count; i++)
		add_id(&ids, who->keys[i].id);
	if (ids.len)
		text_printf(&tail, " (%s %s)", t->count ? "by" : "trusted:", text_str(&ids));
	else
		text_puts(&tail, " (no key is trusted)");
	if (t->unknown.len)
		text_printf(&tail, "; %ssigned by unknown keys %s", t->count ? "also " : "",
			text_str(&t->unknown));
	return err_set(e, ERR_UNTRUSTED, "needs %u signature%s by trusted keys, has %zu%s", needed,
		needed == 1 ? "" : "s", t->count, text_str(&tail));
}

bool keys_verify(const struct keyring *who, const struct signed_text *what, struct trusted *out,
	struct verified_by *by, struct err *e)
{
	*out = (struct trusted){ 0 };
	*by = (struct verified_by){ 0 };
	if (what->count > SIGNATURES_MAX)
		return err_set(e, ERR_FORMAT, "has %zu signatures, at most %d are read", what->count,
			SIGNATURES_MAX);

	unsigned needed = who->threshold ? who->threshold : 1;
	SCOPED(end_tally) struct tally t = { 0 };
	if (count_all(who, what, &t, by, e) && (t.count >= needed || refuse_few(who, &t, needed, e))) {
		*out = (struct trusted){ what->bytes, what->len };
		return true;
	}
	*by = (struct verified_by){ 0 };
	return false;
}
