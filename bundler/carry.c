/* carry.c - waybill carry: lays out a stick: bundles, installers, a text that says what to type. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundler/assumed.h"
#include "bundler/cargo.h"
#include "bundler/commands.h"
#include "bundler/documents.h"
#include "keys/ring.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"
#include "manifest/path.h"

struct carry_args {
	struct cli_common common;
	const char *to, *volume_size;
	struct cli_many publics, installers;
	bool repair, single;
};

static const struct cli_option options[] = {
	{ "to", "DIR", "the mounted medium", offsetof(struct carry_args, to) },
	{ "public", "FILE...",
		"a public key: bundles must be signed by one of these, and it goes on the card",
		offsetof(struct carry_args, publics) },
	{ "installer", "FILE...", "an installer to take along, besides those beside waybill",
		offsetof(struct carry_args, installers) },
	{ "volume-size", "SIZE", "cut bundles into volumes of so many bytes (K, M, G: times 1024)",
		offsetof(struct carry_args, volume_size) },
	{ "repair", NULL, "write only what differs there, in place, from these good copies",
		offsetof(struct carry_args, repair) },
	{ "single", NULL, "make of each bundle one program that carries it, NAME.run",
		offsetof(struct carry_args, single) },
	{ 0 },
};

struct carried_file {
	char *name;
	uint64_t size;
	struct digest digest;
};

struct carry_result {
	char *to;
	struct json_list files;
	uint64_t kept, written;
};

#define AT(member) offsetof(struct carried_file, member)
static const struct json_field file_fields[] = {
	{ "digest", JSON_DIGEST, AT(digest), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
};
#undef AT
static const struct json_shape file_shape = { file_fields, COUNT_OF(file_fields),
	sizeof(struct carried_file) };

#define AT(member) offsetof(struct carry_result, member)
static const struct json_field result_fields[] = {
	{ "files", JSON_LIST, AT(files), false, &file_shape },
	{ "kept", JSON_COUNT, AT(kept), false, NULL },
	{ "to", JSON_TEXT, AT(to), false, NULL },
	{ "written", JSON_COUNT, AT(written), false, NULL },
};
#undef AT
const struct json_shape carry_document = { result_fields, COUNT_OF(result_fields),
	sizeof(struct carry_result) };

struct carrying {
	const struct carry_args *args;
	struct stick stick;
	struct keyring ring;
	struct bundle bundles[CLI_OPERANDS_MAX];
	size_t bundle_count;
	struct cargo cargo;
	uint64_t volume; /* bytes in each */
	bool in_volumes; /* even what would fit into one file */
};

static void end_carrying(struct carrying *c)
{
	cargo_end(&c->cargo);
	for (size_t i = 0; i < c->bundle_count; i++)
		bundle_end(&c->bundles[i]);
	ring_end(&c->ring);
	stick_end(&c->stick);
}

static bool read_size(const char *text, uint64_t *out, struct err *e)
{
	static const char units[] = "KMG";
	char number[24] = "";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	snprintf(number, sizeof number, "%.*s", (int)(unit ? len - 1 : len), text);
	if (len == 0 || len >= sizeof number || !listing_number(number, out) || *out < 1 ||
		*out > UINT64_MAX >> 16 >> shift)
		return err_set(
			e, ERR_USAGE, "--volume-size %s: expected a number of bytes, or of K, M, G", text);
	*out <<= shift;
	return true;
}

/* ---- what goes along ---- */

/* What an earlier layout left and a reader would take for a part of this one. */
static bool nothing_else(const struct carrying *c, const char *stem, uint64_t volumes, struct err *e)
{
	size_t len = strlen(stem), end;
	SCOPED(scope_dir) DIR *d = fs_dir(c->stick.dir);
	if (!d)
		return err_sys(e, "read %s", c->stick.path);
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;) {
		unsigned number = medium_volume(entry->d_name, &end);
		bool volume = number && end == len && strncmp(entry->d_name, stem, len) == 0;
		if (volume ? number > volumes : volumes && strcmp(entry->d_name, stem) == 0)
			return err_set(e, ERR_REFUSED,
				"%s/%s is there, which %s would be mixed up with: take it away first",
				c->stick.path, entry->d_name, stem);
	}
	return true;
}

static bool cut(struct carrying *c, const struct medium *m, struct err *e)
{
	const char *stem = path_leaf(m->name);
	char name[MEDIUM_LEAF];
	uint64_t volumes = m->size > c->volume || c->in_volumes ? (m->size - 1) / c->volume + 1 : 0;
	if (volumes > MEDIUM_VOLUMES)
		return err_set(e, ERR_USAGE, "%s would be cut into %llu volumes, at most %d are possible",
			stem, (unsigned long long)volumes, MEDIUM_VOLUMES);
	if (!nothing_else(c, stem, volumes, e))
		return false;
	if (!volumes)
		return cargo_file(&c->cargo, stem, m, 0, m->size, e);
	for (uint64_t at = 0, n = 1; n <= volumes; n++, at += c->volume) {
		medium_leaf(stem, (unsigned)n, name);
		if (!cargo_file(
			    &c->cargo, name, m, at, m->size - at < c->volume ? m->size - at : c->volume, e))
			return false;
	}
	return true;
}

/* What is to be repaired: this bundle, in one file or in volumes of the size that most of them have. */
static bool look_at_damaged(struct carrying *c, const struct bundle *good, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	struct err damaged = { 0 };
	text_printf(&path, "%s/%s", c->stick.path, path_leaf(good->medium->name));
	bool opened = bundle_open(path.at, NULL, &b, &damaged);
	if (!b.medium || b.medium->count == 0)
		return err_set(e, ERR_REFUSED, "%s: there is nothing to repair: %s", path.at, damaged.text);
	c->volume = b.medium->volumes ? medium_usual(b.medium) : UINT64_MAX;
	c->in_volumes = b.medium->volumes;
	uint64_t size = b.medium->size;
	if (opened && assumed(&b, &damaged) && !digest_equal(&b.digest, &good->digest))
		return err_set(e, ERR_REFUSED,
			"%s is another bundle: %s %s, sequence %llu; nothing was written", path.at,
			b.manifest.name, b.manifest.release, (unsigned long long)b.manifest.sequence);
	if (c->in_volumes && size == good->medium->size && b.medium->parts[0].size != c->volume)
		return err_set(e, ERR_REFUSED, "%s: its volumes are not of one size; carry it anew", path.at);
	return true;
}

static bool single(struct carrying *c, const struct medium *bundle, struct err *e)
{
	const struct cli_many *installers = &c->args->installers;
	if (installers->count > 1)
		return err_set(e, ERR_USAGE, "--single takes one --installer");
	if (!cargo_single(&c->cargo, installers->count ? installers->items[0] : NULL, bundle, e))
		return false;
	const struct stick_file *f = &c->cargo.files[c->cargo.count - 1];
	return f->size <= c->stick.limit ||
	       err_set(e, ERR_REFUSED,
		       "%s has %llu bytes, a file on %s has at most %llu; carry it without --single", f->name,
		       (unsigned long long)f->size, c->stick.path, (unsigned long long)c->stick.limit);
}

static bool add_bundle(struct carrying *c, const char *path, struct err *e)
{
	struct bundle *b = &c->bundles[c->bundle_count++];
	if (!bundle_open(path, NULL, b, e) || !assumed_whole(b, &c->ring, c->args->common.json, e))
		return false;
	if (c->args->repair && !look_at_damaged(c, b, e))
		return false;
	card_bundle(&c->cargo.card, b);
	return c->args->single ? single(c, b->medium, e) : cut(c, b->medium, e);
}

static bool collect(struct carrying *c, char *const *operands, size_t count, struct err *e)
{
	const struct carry_args *a = c->args;
	for (size_t i = 0; i < a->publics.count; i++)
		if (!ring_add_file(&c->ring, a->publics.items[i], e))
			return false;
	c->volume = stick_volume(c->stick.limit);
	c->in_volumes = a->volume_size;
	c->stick.repair = a->repair;
	if (a->repair && (a->volume_size || a->installers.count))
		return err_set(e, ERR_USAGE, "--repair takes only bundles, as they are cut there");
	if (a->single && (a->volume_size || a->repair))
		return err_set(e, ERR_USAGE, "--single makes one file, anew");
	if (a->volume_size && !read_size(a->volume_size, &c->volume, e))
		return false;
	if (c->volume > c->stick.limit)
		return err_set(e, ERR_REFUSED, "--volume-size %s: a file on %s has at most %llu bytes",
			a->volume_size, c->stick.path, (unsigned long long)c->stick.limit);
	for (size_t i = 0; i < count; i++)
		if (!add_bundle(c, operands[i], e))
			return false;
	if (a->repair)
		return true;
	for (size_t i = 0; !a->single && i < a->installers.count; i++)
		if (!cargo_installer(&c->cargo, a->installers.items[i], e))
			return false;
	if (!a->single && !cargo_beside(&c->cargo, e))
		return false;
	if (c->cargo.medium_count == 0)
		say(false,
			"waybill carry: no installer lies beside waybill; --installer FILE takes one along");
	card_keys(&c->cargo.card, &c->ring);
	return cargo_card(&c->cargo, e);
}

/* ---- the two ways over the medium ---- */

static bool lay_out(struct carrying *c, struct err *e)
{
	struct stick *s = &c->stick;
	uint64_t total = 0;
	bool silent = c->args->common.json;
	if (!stick_plan(s, c->cargo.files, c->cargo.count, e))
		return false;
	for (size_t i = 0; i < c->cargo.count; i++)
		total += c->cargo.files[i].size;
	progress_start(&s->progress, "write", total, silent);
	if (!stick_write(s, c->cargo.files, c->cargo.count, e))
		return false;
	progress_end(&s->progress);
	progress_start(&s->progress, "read back", total, silent);
	if (!stick_read_back(s, c->cargo.files, c->cargo.count, e))
		return false;
	progress_end(&s->progress);
	return true;
}

static void tell(const struct carrying *c)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text size = { 0 };
	struct carried_file *files = arena_new(&arena, c->cargo.count * sizeof *files);
	for (size_t i = 0; i < c->cargo.count; i++)
		files[i] = (struct carried_file){ c->cargo.files[i].name, c->cargo.files[i].size,
			c->cargo.files[i].digest };
	struct carry_result r = { arena_str(&arena, c->stick.path), { files, c->cargo.count }, c->stick.kept,
		c->stick.written };
	if (c->args->common.json) {
		json_print(&carry_document, &r);
		return;
	}
	text_size(&size, r.written);
	printf("%s: %zu files, %s written", r.to, c->cargo.count, size.at);
	text_clear(&size);
	text_size(&size, r.kept);
	printf(", %s right already; all of it was read back\n", size.at);
	for (size_t i = 0; i < c->cargo.count; i++)
		printf("  %s\n", files[i].name);
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	SCOPED(end_carrying) struct carrying c = { .args = args, .stick.dir = -1 };
	if (!c.args->to)
		return err_set(e, ERR_USAGE, "carry needs --to DIR: the mounted medium");
	if (!stick_open(c.args->to, &c.stick, e) || !collect(&c, operands, count, e) || !lay_out(&c, e))
		return false;
	tell(&c);
	return true;
}

const struct cli_command command_carry = { "carry", "BUNDLE...",
	"lay out a medium: bundles, installers, what to type; all of it read back", options, common_options,
	sizeof(struct carry_args), 1, CLI_OPERANDS_MAX, run };
