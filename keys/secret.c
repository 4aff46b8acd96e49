/* secret.c - see secret.h. Every local that held a secret ends in a wipe, also on the way out by an error. */
#include "keys/secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keys/base64.h"
#include "keys/lines.h"
#include "manifest/base/scope.h"
#include "manifest/digest.h"

#define OPERATIONS crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE
#define MEMORY     crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE

/* minisign asks for at most 1x. A damaged file must not make us compute for days. */
#define COST_MARGIN 4

#define MIB ((unsigned long long)1024 * 1024)

/* What the passphrase encrypts. */
struct sealed {
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[SECRET_KEY_BYTES];
	uint8_t check[DIGEST_BYTES];
};

/* The bytes behind the base64, all of them without alignment. */
struct raw_secret {
	uint8_t algorithm[2]; /* Ed */
	uint8_t kdf[2];       /* Sc: scrypt; 0 0: not encrypted */
	uint8_t checksum[2];  /* B2: BLAKE2b-256 */
	uint8_t salt[crypto_pwhash_scryptsalsa208sha256_SALTBYTES];
	uint8_t operations[8], memory[8]; /* little-endian */
	struct sealed sealed;
};
_Static_assert(sizeof(struct raw_secret) == 158, "as minisign lays it out");
_Static_assert(SECRET_KEY_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519");

static const uint8_t algorithm[2] = { 'E', 'd' }, checksum[2] = { 'B', '2' }, scrypt[2] = { 'S', 'c' };
static const uint8_t none[2];

struct passphrase {
	char text[PASSPHRASE_ROOM];
};

void secret_key_wipe(struct secret_key *key)
{
	sodium_memzero(key, sizeof *key);
}

void secret_text_end(struct text *t)
{
	if (t->at)
		sodium_memzero(t->at, t->room);
	text_end(t);
}

static void wipe_raw(struct raw_secret *raw)
{
	sodium_memzero(raw, sizeof *raw);
}

static void wipe_sealed(struct sealed *sealed)
{
	sodium_memzero(sealed, sizeof *sealed);
}

static void wipe_passphrase(struct passphrase *p)
{
	sodium_memzero(p, sizeof *p);
}

static void put_number(uint8_t to[static 8], uint64_t number)
{
	for (size_t i = 0; i < 8; i++)
		to[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t get_number(const uint8_t from[static 8])
{
	uint64_t number = 0;
	for (size_t i = 8; i-- > 0;)
		number = number << 8 | from[i];
	return number;
}

bool secret_key_make(struct secret_key *secret, struct public_key *public)
{
	randombytes_buf(secret->id, sizeof secret->id);
	memcpy(public->id, secret->id, sizeof public->id);
	return crypto_sign_keypair(public->bytes, secret->bytes) == 0;
}

void secret_key_public(const struct secret_key *secret, struct public_key *public)
{
	memcpy(public->id, secret->id, sizeof public->id);
	crypto_sign_ed25519_sk_to_pk(public->bytes, secret->bytes);
}

static struct digest check_of(const struct raw_secret *raw)
{
	struct digest_state s;
	digest_init(&s);
	digest_add(&s, raw->algorithm, sizeof raw->algorithm);
	digest_add(&s, raw->sealed.id, sizeof raw->sealed.id);
	digest_add(&s, raw->sealed.bytes, sizeof raw->sealed.bytes);
	return digest_end(&s);
}

static bool check_holds(const struct raw_secret *raw)
{
	struct digest check = check_of(raw);
	return sodium_memcmp(check.bytes, raw->sealed.check, sizeof check.bytes) == 0;
}

static bool no_memory(uint64_t memory, struct err *e)
{
	int sys = errno;
	long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	unsigned long long free_bytes =
		pages > 0 && size > 0 ? (unsigned long long)pages * (unsigned long)size : 0;
	errno = sys;
	return err_sys(e, "derive a key from the passphrase: needs %llu MiB of memory, %llu MiB are free",
		memory / MIB, free_bytes / MIB);
}

/* Encrypts and decrypts: both are an XOR with what scrypt makes of the passphrase. */
static bool turn(struct raw_secret *raw, const char *passphrase, struct err *e)
{
	SCOPED(wipe_sealed) struct sealed stream;
	uint64_t operations = get_number(raw->operations), memory = get_number(raw->memory);
	if (crypto_pwhash_scryptsalsa208sha256((unsigned char *)&stream, sizeof stream, passphrase,
		    strlen(passphrase), raw->salt, operations, (size_t)memory) != 0)
		return no_memory(memory, e);
	uint8_t *to = (uint8_t *)&raw->sealed;
	const uint8_t *from = (const uint8_t *)&stream;
	for (size_t i = 0; i < sizeof stream; i++)
		to[i] ^= from[i];
	return true;
}

static void lay_out(const struct secret_key *key, struct raw_secret *raw)
{
	*raw = (struct raw_secret){ 0 };
	memcpy(raw->algorithm, algorithm, sizeof raw->algorithm);
	memcpy(raw->checksum, checksum, sizeof raw->checksum);
	memcpy(raw->sealed.id, key->id, sizeof raw->sealed.id);
	memcpy(raw->sealed.bytes, key->bytes, sizeof raw->sealed.bytes);
	memcpy(raw->sealed.check, check_of(raw).bytes, sizeof raw->sealed.check);
}

static bool seal(struct raw_secret *raw, const char *passphrase, struct err *e)
{
	if (!passphrase[0])
		return err_set(e, ERR_USAGE, "the passphrase for the secret key is empty");
	memcpy(raw->kdf, scrypt, sizeof raw->kdf);
	randombytes_buf(raw->salt, sizeof raw->salt);
	put_number(raw->operations, OPERATIONS);
	put_number(raw->memory, MEMORY);
	return turn(raw, passphrase, e);
}

/* Added in one piece: a text that grows leaves copies of what was in it behind. */
static void put_file(const struct raw_secret *raw, const char *comment, struct text *out)
{
	char line[BASE64_ROOM], file[BASE64_ROOM + 128];
	base64_write(raw, sizeof *raw, line);
	int len = snprintf(file, sizeof file, COMMENT_UNTRUSTED "%s\n%s\n", comment, line);
	text_add(out, file, (size_t)len);
	sodium_memzero(line, sizeof line);
	sodium_memzero(file, sizeof file);
}

bool secret_key_write(const struct secret_key *key, const char *passphrase, struct text *out, struct err *e)
{
	SCOPED(wipe_raw) struct raw_secret raw = { 0 };
	lay_out(key, &raw);
	if (passphrase && !seal(&raw, passphrase, e))
		return false;
	char hex[KEY_ID_HEX], comment[64];
	key_id_hex(key->id, hex);
	snprintf(comment, sizeof comment, "waybill secret key %s, %s", hex,
		passphrase ? "encrypted" : "not encrypted");
	put_file(&raw, comment, out);
	return true;
}

/* minisign leaves the checksum of a key that is not encrypted empty. */
static bool open_whole(const struct raw_secret *raw, struct err *e)
{
	if (!sodium_is_zero(raw->sealed.check, sizeof raw->sealed.check) && !check_holds(raw))
		return err_set(e, ERR_FORMAT, "is damaged: its checksum does not match");
	return true;
}

static bool affordable(const struct raw_secret *raw, struct err *e)
{
	uint64_t operations = get_number(raw->operations), memory = get_number(raw->memory);
	if (operations > (uint64_t)OPERATIONS * COST_MARGIN || memory > (uint64_t)MEMORY * COST_MARGIN)
		return err_set(e, ERR_FORMAT,
			"is damaged: asks for %llu operations and %llu MiB of memory, at most %llu and %llu are given",
			(unsigned long long)operations, (unsigned long long)memory / MIB,
			(unsigned long long)OPERATIONS * COST_MARGIN,
			(unsigned long long)MEMORY * COST_MARGIN / MIB);
	return true;
}

static bool unseal(struct raw_secret *raw, const char *name, passphrase_fn ask, void *ctx, struct err *e)
{
	SCOPED(wipe_passphrase) struct passphrase p = { 0 };
	if (!affordable(raw, e) || !ask(ctx, p.text, sizeof p.text, e) || !turn(raw, p.text, e))
		return err_in(e, "%s", name);
	if (!check_holds(raw))
		return err_set(e, ERR_USAGE, "wrong passphrase for %s (or the file is damaged)", name);
	return true;
}

/* Signing with halves that do not belong together would give the secret away. */
static bool halves_match(const struct raw_secret *raw, struct err *e)
{
	SCOPED(secret_key_wipe) struct secret_key again;
	struct public_key public;
	crypto_sign_seed_keypair(public.bytes, again.bytes, raw->sealed.bytes);
	if (sodium_memcmp(again.bytes, raw->sealed.bytes, sizeof again.bytes) != 0)
		return err_set(
			e, ERR_FORMAT, "is damaged: its public half does not belong to its secret half");
	return true;
}

static bool known_algorithms(const struct raw_secret *raw, struct err *e)
{
	if (memcmp(raw->algorithm, algorithm, sizeof raw->algorithm) != 0)
		return err_set(e, ERR_FORMAT, "the key is for another algorithm, only Ed (Ed25519) is known");
	if (memcmp(raw->kdf, scrypt, sizeof raw->kdf) != 0 && memcmp(raw->kdf, none, sizeof raw->kdf) != 0)
		return err_set(
			e, ERR_FORMAT, "the key is encrypted in another way, only Sc (scrypt) is known");
	if (memcmp(raw->checksum, checksum, sizeof raw->checksum) != 0)
		return err_set(e, ERR_FORMAT, "the key has another checksum, only B2 (BLAKE2b-256) is known");
	return true;
}

static bool read_raw(const char *text, size_t len, const char *name, struct raw_secret *raw, struct err *e)
{
	struct line lines[2], comment;
	size_t count = lines_cut(text, len, lines, 2);
	if (count != 2)
		return err_set(e, ERR_FORMAT, "%s: has %zu lines, a minisign secret key has 2", name, count);
	if (!line_comment(&lines[0], COMMENT_UNTRUSTED, &comment, e))
		return err_in(e, "%s: secret key, line 1", name);
	if (!line_base64(&lines[1], raw, sizeof *raw, e) || !known_algorithms(raw, e))
		return err_in(e, "%s: secret key, line 2", name);
	return true;
}

bool secret_key_read(const char *text, size_t len, const char *name, passphrase_fn ask, void *ctx,
	struct secret_key *out, struct err *e)
{
	SCOPED(wipe_raw) struct raw_secret raw = { 0 };
	secret_key_wipe(out);
	if (!read_raw(text, len, name, &raw, e))
		return false;
	bool sealed = memcmp(raw.kdf, scrypt, sizeof raw.kdf) == 0;
	if (sealed && !unseal(&raw, name, ask, ctx, e))
		return false;
	if ((!sealed && !open_whole(&raw, e)) || !halves_match(&raw, e))
		return err_in(e, "%s", name);
	memcpy(out->id, raw.sealed.id, sizeof out->id);
	memcpy(out->bytes, raw.sealed.bytes, sizeof out->bytes);
	return true;
}

void public_key_write(const struct public_key *key, struct text *out)
{
	char hex[KEY_ID_HEX];
	key_id_hex(key->id, hex);
	text_printf(out, COMMENT_UNTRUSTED "minisign public key %s\n", hex);
	public_key_fingerprint(key, out);
	text_puts(out, "\n");
}
