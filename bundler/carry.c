/* carry.c - waybill carry: lays out a stick: bundles, installers, a text that says what to type. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bundler/card.h"
#include "bundler/commands.h"
#include "bundler/documents.h"
#include "bundler/stick.h"
#include "keys/assume.h"
#include "keys/ring.h"
#include "keys/seal.h"
#include "manifest/appended.h"
#include "manifest/base/fs.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"
#include "manifest/verdict.h"

#define INSTALLER "waybill-install"
#define CARD      "WAYBILL.txt"

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
	struct medium **programs; /* installers, and the card */
	size_t program_count;
	struct stick_file *files;
	size_t count;
	uint64_t volume; /* bytes in each */
	bool in_volumes; /* even what would fit into one file */
	struct card card;
};

static void end_carrying(struct carrying *c)
{
	for (size_t i = 0; i < c->count; i++)
		stick_file_end(&c->files[i]);
	for (size_t i = 0; i < c->bundle_count; i++)
		bundle_end(&c->bundles[i]);
	for (size_t i = 0; i < c->program_count; i++)
		medium_end(&c->programs[i]);
	free(c->files);
	free(c->programs);
	ring_end(&c->ring);
	card_end(&c->card);
	stick_end(&c->stick);
}

/* ---- what goes along ---- */

static const char *leaf_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool add_file(struct carrying *c, const char *name, const struct medium *from, uint64_t at,
	uint64_t size, struct err *e)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->files[i].name, name) == 0)
			return err_set(e, ERR_USAGE, "two files would be called %s", name);
	if (strlen(name) + 8 >= MEDIUM_LEAF)
		return err_set(e, ERR_USAGE, "%s: its name is too long", name);
	c->files = mem_grow(c->files, c->count + 1, sizeof *c->files);
	struct stick_file *f = &c->files[c->count++];
	*f = (struct stick_file){ .from = from, .at = at, .size = size, .fd = -1 };
	snprintf(f->name, sizeof f->name, "%s", name);
	return true;
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

/* ---- programs ---- */

static struct medium **new_program(struct carrying *c)
{
	c->programs = mem_grow(c->programs, c->program_count + 1, sizeof *c->programs);
	c->programs[c->program_count] = NULL;
	return &c->programs[c->program_count++];
}

static bool read_program(const char *path, int *fd, struct text *bytes, struct err *e)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return (*fd >= 0 || err_sys(e, "open the installer %s", path)) &&
	       fs_read_open(*fd, path, CARD_PROGRAM_MAX, bytes, e);
}

static bool add_program(struct carrying *c, const char *path, struct err *e)
{
	SCOPED_FD int fd = -1;
	SCOPED(text_end) struct text bytes = { 0 };
	if (!read_program(path, &fd, &bytes, e))
		return false;
	struct medium **m = new_program(c);
	if (!medium_of(fd_take(&fd), path, m, e) || !add_file(c, leaf_of(path), *m, 0, bytes.len, e))
		return false;
	c->files[c->count - 1].program = true;
	card_program(&c->card, leaf_of(path), &bytes);
	return true;
}

/* Where this program lies, without a "/" at its end. */
static bool own_place(char dir[static PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	dir[len > 0 ? len : 0] = '\0';
	char *slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

/* The installer, then the stretches of the bundle: one medium, each with a descriptor of its own. */
static bool join(struct medium *m, int program, size_t size, const struct medium *bundle, struct err *e)
{
	m->parts = mem_new(bundle->count + 1, sizeof *m->parts);
	m->count = 1;
	m->parts[0] = (struct medium_part){ .fd = program, .size = size };
	m->size = size;
	for (size_t i = 0; i < bundle->count; i++) {
		struct medium_part *p = &m->parts[m->count];
		*p = bundle->parts[i];
		p->fd = fcntl(bundle->parts[i].fd, F_DUPFD_CLOEXEC, 3);
		if (p->fd < 0)
			return err_sys(e, "read %s", bundle->name);
		m->count++;
		p->at += size;
		m->size += p->size;
	}
	return true;
}

static bool single_source(const struct carrying *c, char path[static PATH_MAX + 32], struct err *e)
{
	char dir[PATH_MAX];
	if (c->args->installers.count > 1)
		return err_set(e, ERR_USAGE, "--single takes one --installer");
	if (c->args->installers.count == 0 && !own_place(dir))
		return err_set(e, ERR_USAGE, "--single needs --installer FILE");
	if (c->args->installers.count)
		snprintf(path, PATH_MAX, "%s", c->args->installers.items[0]);
	else
		snprintf(path, PATH_MAX + 32, "%s/" INSTALLER, dir);
	return true;
}

static bool add_single(struct carrying *c, const struct medium *bundle, struct err *e)
{
	char path[PATH_MAX + 32], name[MEDIUM_LEAF];
	SCOPED_FD int fd = -1;
	SCOPED(text_end) struct text bytes = { 0 };
	const char *leaf = leaf_of(bundle->name), *end = strstr(leaf, ".waybill");
	snprintf(name, sizeof name, "%.*s.run", end ? (int)(end - leaf) : MEDIUM_LEAF - 8, leaf);
	if (!single_source(c, path, e) || !read_program(path, &fd, &bytes, e))
		return false;
	if (appended_program(fd) != bytes.len)
		return err_set(e, ERR_FORMAT, "%s: no installer that a bundle can stand behind", path);
	struct medium **m = new_program(c);
	*m = mem_new(1, sizeof **m);
	(*m)->name = mem_copy(name, strlen(name));
	if (!join(*m, fd_take(&fd), bytes.len, bundle, e) || !add_file(c, name, *m, 0, (*m)->size, e))
		return false;
	c->files[c->count - 1].program = true;
	card_single(&c->card, name, &bytes);
	return (*m)->size <= c->stick.limit ||
	       err_set(e, ERR_REFUSED,
		       "%s has %llu bytes, a file on %s has at most %llu; carry it without --single", name,
		       (unsigned long long)(*m)->size, c->stick.path, (unsigned long long)c->stick.limit);
}

/* ---- bundles ---- */

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
	const char *stem = leaf_of(m->name);
	char name[MEDIUM_LEAF];
	uint64_t volumes = m->size > c->volume || c->in_volumes ? (m->size - 1) / c->volume + 1 : 0;
	if (volumes > MEDIUM_VOLUMES)
		return err_set(e, ERR_USAGE, "%s would be cut into %llu volumes, at most %d are possible",
			stem, (unsigned long long)volumes, MEDIUM_VOLUMES);
	if (!nothing_else(c, stem, volumes, e))
		return false;
	if (!volumes)
		return add_file(c, stem, m, 0, m->size, e);
	for (uint64_t at = 0, n = 1; n <= volumes; n++, at += c->volume) {
		medium_leaf(stem, (unsigned)n, name);
		if (!add_file(c, name, m, at, m->size - at < c->volume ? m->size - at : c->volume, e))
			return false;
	}
	return true;
}

/* Only a bundle that is whole, and signed by who was named, is worth carrying. */
static bool believe(struct carrying *c, struct bundle *b, struct err *e)
{
	struct trusted text = keys_assume(b->container.manifest.at, b->container.manifest.len);
	struct verified_by by;
	if (c->ring.count && !seal_check(&b->container, &c->ring, &text, &by, e))
		return false;
	return bundle_believe(b, text, e) && verdict_whole(b, c->args->common.json, e);
}

/* What is to be repaired: this bundle, in one file or in volumes of the size that most of them have. */
static bool look_at_damaged(struct carrying *c, const struct bundle *good, struct err *e)
{
	SCOPED(text_end) struct text path = { 0 };
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	struct err damaged = { 0 };
	text_printf(&path, "%s/%s", c->stick.path, leaf_of(good->medium->name));
	bool opened = bundle_open(path.at, NULL, &b, &damaged);
	if (!b.medium || b.medium->count == 0)
		return err_set(e, ERR_REFUSED, "%s: there is nothing to repair: %s", path.at, damaged.text);
	c->volume = b.medium->volumes ? medium_usual(b.medium) : UINT64_MAX;
	c->in_volumes = b.medium->volumes;
	uint64_t size = b.medium->size;
	if (opened &&
		bundle_believe(
			&b, keys_assume(b.container.manifest.at, b.container.manifest.len), &damaged) &&
		!digest_equal(&b.digest, &good->digest))
		return err_set(e, ERR_REFUSED,
			"%s is another bundle: %s %s, sequence %llu; nothing was written", path.at,
			b.manifest.name, b.manifest.release, (unsigned long long)b.manifest.sequence);
	if (c->in_volumes && size == good->medium->size && b.medium->parts[0].size != c->volume)
		return err_set(e, ERR_REFUSED, "%s: its volumes are not of one size; carry it anew", path.at);
	return true;
}

static bool add_bundle(struct carrying *c, const char *path, struct err *e)
{
	struct bundle *b = &c->bundles[c->bundle_count++];
	if (!bundle_open(path, NULL, b, e) || !believe(c, b, e))
		return false;
	if (c->args->repair && !look_at_damaged(c, b, e))
		return false;
	card_bundle(&c->card, b);
	return c->args->single ? add_single(c, b->medium, e) : cut(c, b->medium, e);
}

/* The installers that lie beside this program. */
static bool add_beside(struct carrying *c, struct err *e)
{
	char self[PATH_MAX];
	if (!own_place(self))
		return true;
	struct dirent **names;
	int count = scandir(self, &names, NULL, alphasort);
	bool good = true;
	for (int i = 0; i < count; i++) {
		SCOPED(text_end) struct text path = { 0 };
		const char *name = names[i]->d_name, *rest = name + strlen(INSTALLER);
		if (good && strncmp(name, INSTALLER, strlen(INSTALLER)) == 0 &&
			(*rest == '\0' || (*rest == '-' && !strchr(rest, '.')))) {
			text_printf(&path, "%s/%s", self, name);
			good = add_program(c, path.at, e);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return good;
}

static bool add_card(struct carrying *c, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED_FD int fd = memfd_create(CARD, MFD_CLOEXEC);
	card_write(&c->card, &text);
	if (fd < 0 || !fs_write_all(fd, text.at, text.len, e))
		return err_sys(e, "make %s", CARD);
	struct medium **m = new_program(c);
	return medium_of(fd_take(&fd), CARD, m, e) && add_file(c, CARD, *m, 0, text.len, e);
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
		if (!add_program(c, a->installers.items[i], e))
			return false;
	if (!a->single && !add_beside(c, e))
		return false;
	if (c->program_count == 0)
		say(false,
			"waybill carry: no installer lies beside waybill; --installer FILE takes one along");
	card_keys(&c->card, &c->ring);
	return add_card(c, e);
}

/* ---- the two ways over the medium ---- */

static bool lay_out(struct carrying *c, struct err *e)
{
	struct stick *s = &c->stick;
	uint64_t total = 0;
	bool silent = c->args->common.json;
	if (!stick_plan(s, c->files, c->count, e))
		return false;
	for (size_t i = 0; i < c->count; i++)
		total += c->files[i].size;
	progress_start(&s->progress, "write", total, silent);
	if (!stick_write(s, c->files, c->count, e))
		return false;
	progress_end(&s->progress);
	progress_start(&s->progress, "read back", total, silent);
	if (!stick_read_back(s, c->files, c->count, e))
		return false;
	progress_end(&s->progress);
	return true;
}

static void tell(const struct carrying *c)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text size = { 0 };
	struct carried_file *files = arena_new(&arena, c->count * sizeof *files);
	for (size_t i = 0; i < c->count; i++)
		files[i] = (struct carried_file){ c->files[i].name, c->files[i].size, c->files[i].digest };
	struct carry_result r = { arena_str(&arena, c->stick.path), { files, c->count }, c->stick.kept,
		c->stick.written };
	if (c->args->common.json) {
		json_print(&carry_document, &r);
		return;
	}
	text_size(&size, r.written);
	printf("%s: %zu files, %s written", r.to, c->count, size.at);
	text_clear(&size);
	text_size(&size, r.kept);
	printf(", %s right already; all of it was read back\n", size.at);
	for (size_t i = 0; i < c->count; i++)
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
