/* capture.c - waybill capture: from trees on the canary to one bundle. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bundler/assemble.h"
#include "bundler/assumed.h"
#include "bundler/captured.h"
#include "bundler/commands.h"
#include "bundler/evidence.h"
#include "bundler/known.h"
#include "bundler/layout.h"
#include "bundler/output.h"
#include "bundler/pack.h"
#include "bundler/platform.h"
#include "bundler/scan.h"
#include "bundler/signing.h"
#include "installer/host/profile_check.h"
#include "manifest/base/fs.h"
#include "manifest/base/pool.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/bundle.h"
#include "manifest/frame.h"
#include "manifest/package.h"

#define NOTES_MAX ((size_t)64 * 1024)

struct capture_args {
	struct cli_common common;
	const char *name, *release, *output, *key, *core, *runtime, *evidence, *unvalidated, *sequence,
		*after, *notes, *level, *threads, *profile, *site;
	struct cli_many plugins, origins, exclude, accept_secret;
};

#define AT(member) offsetof(struct capture_args, member)
static const struct cli_option options[] = {
	{ "name", "NAME", "the application", AT(name) },
	{ "release", "VERSION", "the version of this release", AT(release) },
	{ "output", "FILE", "the bundle to write", AT(output) },
	{ "key", "FILE", "sign with this secret key (else: unsigned)", AT(key) },
	{ "core", "DIR", "the program's tree", AT(core) },
	{ "plugin", "ID=DIR...", "a plugin's tree", AT(plugins) },
	{ "runtime", "PATH", "the interpreter: a directory, or one file", AT(runtime) },
	{ "profile", "NAME|FILE", "what the application is: openclaw, generic, or a file", AT(profile) },
	{ "site", "FILE", "a site file that says profile and directories, where they are not given here",
		AT(site) },
	{ "evidence", "FILE", "what the gates saw of it (gates --output)", AT(evidence) },
	{ "unvalidated", "REASON", "why there is no evidence that this release works", AT(unvalidated) },
	{ "sequence", "N", "the release's number, which only grows", AT(sequence) },
	{ "after", "BUNDLE", "take the number after that bundle's", AT(after) },
	{ "origin", "ID=TEXT...", "where a component came from", AT(origins) },
	{ "notes", "FILE", "release notes, UTF-8", AT(notes) },
	{ "exclude", "GLOB...", "leave out what matches (** crosses directories)", AT(exclude) },
	{ "accept-secret", "COMPONENT/PATH...", "capture this file although it holds private matter",
		AT(accept_secret) },
	{ "level", "N", "compression 1 to 19 (default 9)", AT(level) },
	{ "threads", "N", "workers (default: one per core, as many as 256 MiB hold)", AT(threads) },
	{ 0 },
};
#undef AT

struct capture {
	const struct capture_args *args;
	struct sources sources;
	struct scan scan;
	struct manifest manifest;
	struct json_list proof;         /* of struct companion: what the evidence is of */
	struct site_application *known; /* --site's, or NULL */
	struct arena arena;
	unsigned level, threads;
	char keyid[KEY_ID_HEX];
};

static void end_capture(struct capture *c)
{
	scan_end(&c->scan);
	sources_end(&c->sources);
	arena_end(&c->arena);
}

static bool number(const char *text, const char *option, unsigned least, unsigned most, unsigned standard,
	unsigned *out, struct err *e)
{
	uint64_t n = standard;
	if (text && (!listing_number(text, &n) || n < least || n > most))
		return err_set(e, ERR_USAGE, "--%s %s: expected %u to %u", option, text, least, most);
	*out = (unsigned)n;
	return true;
}

/* "ID=REST" cut in two; the id is in the arena. */
static bool cut_pair(struct capture *c, const char *pair, const char *option, const char **id,
	const char **rest, struct err *e)
{
	const char *equal = strchr(pair, '=');
	if (!equal || equal == pair || equal[1] == '\0')
		return err_set(e, ERR_USAGE, "--%s %s: expected ID=%s", option, pair,
			strcmp(option, "origin") == 0 ? "TEXT" : "DIR");
	*id = arena_copy(&c->arena, pair, (size_t)(equal - pair));
	*rest = equal + 1;
	return true;
}

static bool collect(struct capture *c, struct err *e)
{
	const struct capture_args *a = c->args;
	if (a->core)
		sources_add(&c->sources, "core", "core", a->core);
	if (a->runtime)
		sources_add(&c->sources, "runtime", "runtime", a->runtime);
	for (size_t i = 0; i < a->plugins.count; i++) {
		const char *id, *dir;
		if (!cut_pair(c, a->plugins.items[i], "plugin", &id, &dir, e))
			return false;
		sources_add(&c->sources, id, "plugin", dir);
	}
	if (c->known)
		known_sources(c->known, &c->sources);
	if (c->sources.count == 0)
		return err_set(e, ERR_USAGE,
			"capture needs --core DIR, --plugin ID=DIR, --runtime PATH or --site FILE");
	if (c->sources.count > COMPONENTS_MAX)
		return err_set(e, ERR_USAGE, "%zu components, at most %d are allowed", c->sources.count,
			COMPONENTS_MAX);
	return sources_open(&c->sources, e);
}

static bool check_args(struct capture *c, struct err *e)
{
	const struct capture_args *a = c->args;
	if (!a->name || !a->release || !a->output)
		return err_set(
			e, ERR_USAGE, "capture needs --name NAME, --release VERSION and --output FILE");
	if (!a->unvalidated == !a->evidence)
		return err_set(e, ERR_USAGE,
			"capture needs --evidence FILE, or --unvalidated REASON where there is none");
	if (!application_plain(a->name))
		return err_set(e, ERR_USAGE, "--name %s: letters, digits and . _ + - only, at most %d",
			a->name, ID_MAX_LEN);
	if (strlen(a->release) > ID_MAX_LEN || !utf8_plain(a->release, strlen(a->release)))
		return err_set(e, ERR_USAGE, "--release: expected a text of at most %d bytes", ID_MAX_LEN);
	if (a->unvalidated && !utf8_plain(a->unvalidated, strlen(a->unvalidated)))
		return err_set(e, ERR_USAGE, "--unvalidated: expected UTF-8 without control characters");
	if (a->sequence && a->after)
		return err_set(e, ERR_USAGE, "--sequence and --after both say the number");
	return number(a->level, "level", 1, FRAME_LEVEL_MAX, FRAME_LEVEL_DEFAULT, &c->level, e) &&
	       number(a->threads, "threads", 1, 64, pool_threads(pack_threads((int)c->level)), &c->threads,
		       e);
}

static bool sequence_after(struct capture *c, struct err *e)
{
	SCOPED(bundle_end) struct bundle b = { .medium = NULL };
	if (!assumed_open(c->args->after, NULL, &b, e))
		return err_in(e, "--after");
	if (strcmp(b.manifest.name, c->args->name) != 0)
		return err_set(e, ERR_USAGE, "--after %s is a bundle of \"%s\", this one is of \"%s\"",
			c->args->after, b.manifest.name, c->args->name);
	if (b.manifest.sequence + 1 >= JSON_COUNT_LIMIT)
		return err_set(
			e, ERR_REFUSED, "--after %s: its sequence is the last that there is", c->args->after);
	c->manifest.sequence = b.manifest.sequence + 1;
	return true;
}

static bool choose_sequence(struct capture *c, struct err *e)
{
	c->manifest.sequence = 1;
	if (c->args->after)
		return sequence_after(c, e);
	if (!c->args->sequence) {
		say(c->args->common.json,
			"warning: sequence 1; the next release needs --after this bundle or --sequence");
		return true;
	}
	if (!listing_number(c->args->sequence, &c->manifest.sequence) || c->manifest.sequence == 0)
		return err_set(
			e, ERR_USAGE, "--sequence %s: expected a whole number from 1 on", c->args->sequence);
	return true;
}

static bool load_profile(struct capture *c, struct err *e)
{
	const char *profile = c->args->profile ? c->args->profile : c->known ? c->known->profile : NULL;
	if (!profile)
		return true;
	c->manifest.profile = arena_new(&c->arena, sizeof *c->manifest.profile);
	return profile_load(profile, c->manifest.profile, &c->arena, e) &&
	       (profile_check(c->manifest.profile, e) || err_in(e, "--profile %s", profile));
}

static bool read_notes(struct capture *c, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	if (!c->args->notes)
		return true;
	if (!fs_read_path(c->args->notes, NOTES_MAX, &text, e))
		return err_in(e, "--notes");
	size_t lines = 1, count = 0;
	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	char **items = arena_new(&c->arena, lines * sizeof *items);
	for (char *rest = text.at, *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (!rest && *line == '\0')
			break;
		items[count] = arena_str(&c->arena, line);
		if (!utf8_plain(line, strlen(line)))
			return err_set(e, ERR_FORMAT,
				"--notes %s: line %zu is not UTF-8 without control characters",
				c->args->notes, count + 1);
		count++;
	}
	c->manifest.notes = (struct json_list){ items, count };
	return true;
}

/* Created: informative only, so that a wrong clock harms nobody. */
static bool choose_time(struct capture *c, struct err *e)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	c->manifest.created = (uint64_t)time(NULL);
	if (epoch && *epoch && !listing_number(epoch, &c->manifest.created))
		return err_set(e, ERR_USAGE, "SOURCE_DATE_EPOCH=%s: expected whole seconds", epoch);
	return true;
}

static const char *origin_of(struct capture *c, const char *id, struct err *e)
{
	const char *found = "", *of, *text;
	for (size_t i = 0; i < c->args->origins.count; i++)
		if (cut_pair(c, c->args->origins.items[i], "origin", &of, &text, e) && strcmp(of, id) == 0)
			found = text;
	return found;
}

static bool check_origins(struct capture *c, struct err *e)
{
	for (size_t i = 0; i < c->args->origins.count; i++) {
		const char *id, *text;
		if (!cut_pair(c, c->args->origins.items[i], "origin", &id, &text, e))
			return false;
		if (!utf8_plain(text, strlen(text)))
			return err_set(
				e, ERR_USAGE, "--origin %s: expected UTF-8 without control characters", id);
		if (!manifest_component(&c->manifest, id))
			return err_set(e, ERR_USAGE, "--origin %s: there is no such component", id);
	}
	return true;
}

/* The components with what is known before their files are read. */
static bool describe(struct capture *c, struct err *e)
{
	struct component *items = arena_new(&c->arena, c->sources.count * sizeof *items);
	memset(items, 0, c->sources.count * sizeof *items);
	for (size_t i = 0; i < c->sources.count; i++) {
		struct source *s = &c->sources.items[i];
		items[i].id = arena_str(&c->arena, s->id);
		items[i].kind = arena_str(&c->arena, s->kind);
		items[i].local =
			c->manifest.profile ? c->manifest.profile->local : (struct json_list){ NULL, 0 };
		items[i].owner = arena_str(&c->arena, "inherit");
		items[i].origin = arena_str(&c->arena, origin_of(c, s->id, e));
		package_facts(s->fd, &c->arena, &items[i].package, &items[i].version);
	}
	c->manifest.components = (struct json_list){ items, c->sources.count };
	return check_origins(c, e);
}

static void describe_release(struct capture *c)
{
	c->manifest.waybill = MANIFEST_VERSION;
	c->manifest.type = arena_str(&c->arena, MANIFEST_TYPE);
	c->manifest.name = arena_str(&c->arena, c->args->name);
	c->manifest.release = arena_str(&c->arena, c->args->release);
}

/* Counts and tree digests, from rows whose digests are known by now. */
static void total(struct capture *c)
{
	SCOPED(text_end) struct text line = { 0 };
	char path[PATH_MAX];
	for (size_t i = 0; i < c->sources.count; i++) {
		struct component *to = (struct component *)c->manifest.components.items + i;
		struct digest_state tree;
		digest_init(&tree);
		for (size_t k = rows_first(&c->scan.rows, i); k < rows_first(&c->scan.rows, i + 1); k++) {
			struct entry entry = rows_entry(&c->scan.rows, k, path);
			to->files += entry.kind == ENTRY_FILE;
			to->dirs += entry.kind == ENTRY_DIR;
			to->links += entry.target != NULL;
			to->bytes += entry.size;
			text_clear(&line);
			listing_add(&entry, &line);
			digest_add(&tree, line.at, line.len);
		}
		to->tree = digest_end(&tree);
	}
	const struct blob *b = c->manifest.blocks.items;
	for (size_t i = 0; i < c->manifest.blocks.count; i++)
		if (b[i].raw + b[i].size > c->manifest.memory)
			c->manifest.memory = b[i].raw + b[i].size;
}

static bool names(const char *named, const char *top, const char *path)
{
	size_t len = strlen(top);
	return strncmp(named, top, len) == 0 && named[len] == '/' && strcmp(named + len + 1, path) == 0;
}

/* A file is named as the message does it, COMPONENT/PATH, or by its absolute path on this machine; no id has
 * a slash, so that each name means one file. */
static bool accepted(const struct capture_args *a, const struct source *source, const char *path)
{
	for (size_t i = 0; i < a->accept_secret.count; i++) {
		const char *named = a->accept_secret.items[i];
		if (*named == '/' ? names(named, source->dir, path) || names(named, source->real, path)
				  : names(named, source->id, path))
			return true;
	}
	return false;
}

/* Private matter stays at home: every file that holds some is named, nothing is written. */
static bool no_secrets(const struct capture *c, struct err *e)
{
	SCOPED(text_end) struct text found = { 0 };
	char buffer[PATH_MAX];
	size_t count = 0;
	for (size_t i = 0; i < c->scan.rows.count; i++) {
		if (!c->scan.secrets[i])
			continue;
		const struct source *source = &c->sources.items[c->scan.rows.items[i].component];
		const char *path = rows_path(&c->scan.rows, i, buffer);
		if (!accepted(c->args, source, path) && count++ < 20)
			text_printf(&found, "\n  %s/%s: %s", source->id, path, c->scan.secrets[i]);
	}
	return count == 0 ||
	       err_set(e, ERR_REFUSED,
		       "%zu files hold private matter (--accept-secret COMPONENT/PATH captures one all the same):%s%s",
		       count, text_str(&found), count > 20 ? "\n  ..." : "");
}

/* A bundle inside a tree that it captures would change that tree. */
static bool outside(const struct capture *c, struct err *e)
{
	const char *slash = strrchr(c->args->output, '/');
	SCOPED_TEXT char *dir =
		slash ? mem_copy(c->args->output, (size_t)(slash - c->args->output) + 1) : mem_copy(".", 1);
	SCOPED_TEXT char *real = realpath(dir, NULL);
	for (size_t i = 0; real && i < c->sources.count; i++) {
		const struct source *s = &c->sources.items[i];
		size_t len = strlen(s->real);
		if (!s->only && strncmp(real, s->real, len) == 0 && (real[len] == '/' || real[len] == '\0'))
			return err_set(e, ERR_USAGE, "--output %s lies inside the captured tree %s",
				c->args->output, s->dir);
	}
	return true;
}

/* What counts of native code is what the service's interpreter could load: the captured one, or this
 * machine's. */
static bool fill_platform(struct capture *c, struct err *e)
{
	SCOPED(text_end) struct text service = { 0 };
	for (size_t i = 0; i < c->sources.count; i++) {
		const struct source *s = &c->sources.items[i];
		if (strcmp(s->kind, "runtime") == 0)
			text_printf(&service, "%s/%s", s->real, s->only ? s->only : "bin/node");
	}
	const char *file = access(text_str(&service), R_OK) == 0 ? text_str(&service) : NULL;
	return platform_fill(&c->sources, &c->scan, file, &c->manifest, &c->arena, e);
}

struct finishing {
	struct capture *capture;
	struct assembly *assembly;
	struct arena arena; /* of the index: the other jobs fill the capture's */
};

static void end_finishing(struct finishing *f)
{
	arena_end(&f->arena);
}

/* What can be told once every digest is known, side by side. */
static bool finish_part(void *ctx, void *scratch, size_t job, struct err *e)
{
	struct finishing *f = ctx;
	struct capture *c = f->capture;
	(void)scratch;
	switch (job) {
	case 0:
		return fill_platform(c, e);
	case 1:
		return assemble_index(f->assembly, &f->arena, e);
	default:
		total(c);
		return true;
	}
}

/* The second look, while the bundle is put together: it has no name before this is over. */
static bool look_again(void *ctx, struct err *e)
{
	const struct capture *c = ctx;
	return scan_again(&c->sources, &c->scan, 1, e);
}

static bool finish(struct capture *c, struct assembly *a, struct err *e)
{
	SCOPED(end_finishing) struct finishing f = { c, a, { 0 } };
	struct pool_plan plan = { c->threads < 2 ? 1 : 2, 3, &f, NULL, NULL, finish_part, NULL };
	return pool_run(&plan, e) &&
	       evidence_match(&c->proof, &c->manifest, c->args->common.json, &c->arena, e) && assemble(a, e);
}

static bool write_bundle(struct capture *c, struct err *e)
{
	SCOPED(output_end) struct output out;
	SCOPED(spool_end) struct spool blocks = { .fd = -1 };
	SCOPED_FD int index = -1;
	out = (struct output){ .dir = -1, .fd = -1 };
	if (!outside(c, e) || !output_start(c->args->output, &out, e) || !output_scratch(&out, &index, e) ||
		!layout_make(&c->scan.rows, &c->manifest, &c->arena, e) ||
		!spool_start(
			&out, c->manifest.blocks.count, pack_spare((int)c->level, c->threads), &blocks, e))
		return false;
	struct pack pack = { &c->sources, &c->scan, &c->manifest, (int)c->level, c->threads, &blocks,
		c->args->common.json };
	struct assembly a = { &out, c->args->output, &c->manifest, &c->scan.rows, index, &blocks,
		(int)c->level, c->args->key, look_again, c, "" };
	bool good = pack_blocks(&pack, e) && no_secrets(c, e) && finish(c, &a, e);
	memcpy(c->keyid, a.keyid, sizeof c->keyid);
	return good;
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	SCOPED(end_capture) struct capture c = { .args = args };
	(void)operands;
	(void)count;
	if (!check_args(&c, e) || !known_read(c.args->site, c.args->name, &c.known, &c.arena, e) ||
		!collect(&c, e) || !choose_sequence(&c, e) || !choose_time(&c, e) || !read_notes(&c, e) ||
		!load_profile(&c, e) ||
		!evidence_take(&(struct evidence_wish){ c.args->evidence, c.args->unvalidated, c.args->name },
			&c.manifest, &c.proof, &c.arena, e))
		return false;
	describe_release(&c);
	struct scan_rules rules = { &c.args->exclude, c.manifest.profile };
	if (!describe(&c, e) || !scan_sources(&c.sources, &rules, c.threads, &c.scan, e))
		return false;
	return write_bundle(&c, e) && captured_tell(c.args->output, &c.manifest, c.args->key ? c.keyid : NULL,
					      c.args->common.json, e);
}

const struct cli_command command_capture = { "capture", "", "capture trees of the canary into a bundle",
	options, common_options, sizeof(struct capture_args), 0, 0, run };
