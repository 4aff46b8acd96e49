/* report.c - waybill-install report: what happened in an act, in one directory, for sending on.
 *
 * Changes nothing but that directory. Every piece passes the redaction on its way to the disk, in one place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "installer/capsule.h"
#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/host/unit_file.h"
#include "installer/host/units.h"
#include "installer/outcome.h"
#include "installer/readme.h"
#include "installer/redacted.h"
#include "installer/service/act_journal.h"
#include "installer/service/holding.h"
#include "installer/service/worker.h"
#include "installer/sites.h"
#include "installer/status.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"
#include "manifest/listing.h"

#define LOG_MAX ((size_t)16 * 1024 * 1024)
#define README  "README.txt"

struct report_args {
	struct cli_common common;
	const char *to;
};

static const struct cli_option options[] = {
	{ "to", "DIR", "where the report's directory is made (default: here)",
		offsetof(struct report_args, to) },
	{ 0 },
};

struct report_file {
	char *name;
	uint64_t size;
};

struct report_doc {
	uint64_t act;
	char *path;
	struct json_list files, missing;
};

#define AT(member) offsetof(struct report_file, member)
static const struct json_field file_fields[] = {
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "size", JSON_COUNT, AT(size), false, NULL },
};
#undef AT
static const struct json_shape file_shape = { file_fields, COUNT_OF(file_fields),
	sizeof(struct report_file) };

#define AT(member) offsetof(struct report_doc, member)
static const struct json_field fields[] = {
	{ "act", JSON_COUNT, AT(act), false, NULL },
	{ "files", JSON_LIST, AT(files), false, &file_shape },
	{ "missing", JSON_TEXTS, AT(missing), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
};
#undef AT
const struct json_shape report_document = { fields, COUNT_OF(fields), sizeof(struct report_doc) };

struct report {
	struct transaction *t;
	struct act *act;
	struct act unreadable; /* all that is known of an act whose record is damaged */
	struct host host;
	struct inventory inv;
	struct redact redact;
	int dir;
	struct json_list lines; /* of char *: what each file is */
	struct report_doc doc;
};

static void end_report(struct report *r)
{
	scope_close(&r->dir);
	redact_end(&r->redact);
	host_end(&r->host);
}

/* ---- the pieces: a document, or a text; false with the reason where there is none ---- */

/* A document goes with its shape, else `text` counts. */
struct made {
	const void *doc;
	struct text text;
};

static bool make_act(struct report *r, struct made *out, struct err *why)
{
	out->doc = r->act;
	return r->act != &r->unreadable ||
	       err_set(why, ERR_SYSTEM, "the record cannot be read: damaged.txt has what is left of it");
}

/* As they lie there; without any there is nothing to say. */
static bool make_damaged(struct report *r, struct made *out, struct err *why)
{
	const struct ledger_damage *d = r->t->ledger.damaged.items;
	SCOPED_FD int acts = fs_open(r->t->node.state, "acts", O_RDONLY | O_DIRECTORY, 0);
	for (size_t i = 0; i < r->t->ledger.damaged.count; i++) {
		SCOPED(text_end) struct text text = { 0 };
		char name[32];
		struct err none = { 0 };
		snprintf(name, sizeof name, "%06llu.json", (unsigned long long)d[i].number);
		bool good = acts >= 0 && fs_read(acts, name, ACT_MAX, &text, &none);
		text_printf(&out->text, "==== acts/%s, %zu bytes: %s\n", name, text.len, d[i].why);
		text_add(&out->text, good ? text_str(&text) : none.text, good ? text.len : strlen(none.text));
		text_puts(&out->text, "\n");
	}
	*why = (struct err){ 0 };
	return r->t->ledger.damaged.count > 0;
}

static bool make_status(struct report *r, struct made *out, struct err *why)
{
	(void)why;
	out->doc = status_make(r->t);
	return true;
}

static bool make_history(struct report *r, struct made *out, struct err *why)
{
	(void)why;
	out->doc = history_make(r->t);
	return true;
}

static bool make_inventory(struct report *r, struct made *out, struct err *why)
{
	const struct site_application *site =
		site_find(&r->t->site, text_str(&r->t->node.name), text_str(&r->t->node.instance));
	(void)why;
	inventory_make(&r->host, &(struct inventory_wish){ .site = site }, &r->inv);
	out->doc = &r->inv;
	return true;
}

static bool make_log(struct report *r, struct made *out, struct err *why)
{
	SCOPED(text_end) struct text path = { 0 };
	SCOPED_FD int dir = -1;
	char leaf[FS_LEAF];
	worker_log(r->act->number, &path);
	if (fs_parent(r->t->node.state, text_str(&path), &dir, leaf, why) &&
		fs_read(dir, leaf, LOG_MAX, &out->text, why))
		return true;
	if (why->sys != ENOENT)
		return false;
	*why = (struct err){ 0 };
	return err_set(why, ERR_SYSTEM, "the act has none: it did not come so far, or has no service");
}

static bool make_capsule(struct report *r, struct made *out, struct err *why)
{
	return capsule_list(&r->t->node, r->act, &out->text) ||
	       err_set(why, ERR_SYSTEM, "no failed release left anything behind");
}

static bool make_journal(struct report *r, struct made *out, struct err *why)
{
	if (r->act->units.count == 0)
		return err_set(why, ERR_SYSTEM, "the act has no service");
	if (!r->host.alive)
		return err_set(why, ERR_SYSTEM, "with --root no journal is read");
	return said_by_units(r->act, &out->text, why);
}

/* ---- writing ---- */

static const struct piece {
	const char *name, *what;
	const struct json_shape *shape; /* NULL: it is a text */
	bool (*make)(struct report *r, struct made *out, struct err *why);
} pieces[] = {
	{ "act.json", "the record of the act", &act_shape, make_act },
	{ "act.log", "what the process at work said", NULL, make_log },
	{ "capsule.txt", "what the failed release wrote: names and sizes", NULL, make_capsule },
	{ "damaged.txt", "records that cannot be read, as they are", NULL, make_damaged },
	{ "history.json", "the records of all acts", &history_document, make_history },
	{ "inventory.json", "what of the application is on this machine now", &inventory_document,
		make_inventory },
	{ "journal.txt", "what the units said, from the act's start to a minute after its end", NULL,
		make_journal },
	{ "status.json", "what is installed, held and at work now", &status_document, make_status },
};

static bool put(struct report *r, const char *name, const struct text *text, struct err *e)
{
	struct report_file *f = list_add(&r->doc.files, sizeof *f, &r->t->arena);
	*f = (struct report_file){ arena_str(&r->t->arena, name), text->len };
	return fs_replace(r->dir, name, text_str(text), text->len, 0600, e);
}

static void redact_piece(struct report *r, const struct piece *p, const struct made *made, struct text *out)
{
	if (!p->shape) {
		redacted_text(&r->redact, text_str(&made->text), made->text.len, out);
		return;
	}
	void *copy = arena_new(&r->t->arena, p->shape->size);
	redacted_copy(&r->redact, p->shape, made->doc, copy, &r->t->arena);
	json_write(p->shape, copy, out);
	text_puts(out, "\n");
}

static bool add_piece(struct report *r, const struct piece *p, struct err *e)
{
	struct made made = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	SCOPED(text_end) struct text reason = { 0 };
	struct err why = { 0 };
	if (!p->make(r, &made, &why)) {
		text_end(&made.text);
		if (why.kind == ERR_NONE)
			return true;
		redacted_text(&r->redact, why.text, strlen(why.text), &reason);
		texts_add(&r->doc.missing, arena_printf(&r->t->arena, "%s: %s", p->name, text_str(&reason)),
			&r->t->arena);
		return true;
	}
	redact_piece(r, p, &made, &out);
	text_end(&made.text);
	texts_add(&r->lines, arena_printf(&r->t->arena, "%-15s %s", p->name, p->what), &r->t->arena);
	return put(r, p->name, &out, e);
}

static bool add_readme(struct report *r, struct err *e)
{
	SCOPED(text_end) struct text text = { 0 };
	SCOPED(text_end) struct text out = { 0 };
	SCOPED(text_end) struct text node = { 0 };
	char host[HOST_NAME_MAX + 1] = "";
	const struct act *current = ledger_current(&r->t->ledger);
	node_options(&r->t->node, &node);
	gethostname(host, sizeof host - 1);
	struct readme readme = { .act = r->act,
		.application = text_str(&r->t->node.application),
		.host = host,
		.options = text_str(&node),
		.now = current ? act_after(current, &r->t->arena) : "nothing",
		.made = (uint64_t)time(NULL),
		.proven = outcome_proven(&r->t->ledger),
		.held = holding_marked(&r->t->node),
		.at_work = node_busy(&r->t->node),
		.unreadable = r->act == &r->unreadable,
		.damaged = r->t->ledger.damaged.count > 0,
		.files = r->lines,
		.missing = r->doc.missing };
	outcome_capsule(r->act, &readme.capsule, &r->t->arena);
	readme_write(&readme, &text);
	redacted_text(&r->redact, text_str(&text), text.len, &out);
	return put(r, README, &out, e);
}

/* A report that is not whole is none. */
static bool write_report(struct report *r, const char *to, struct err *e)
{
	SCOPED_FD int parent = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name = strrchr(r->doc.path, '/') + 1;
	bool good = true;
	if (parent < 0)
		return err_sys(e, "open --to %s", to);
	if (mkdirat(parent, name, 0700) < 0)
		return errno == EEXIST ? err_set(e, ERR_REFUSED, "%s is there already", r->doc.path)
				       : err_sys(e, "make %s", r->doc.path);
	r->dir = fs_open(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (r->dir < 0)
		good = err_sys(e, "open %s", r->doc.path);
	for (size_t i = 0; good && i < COUNT_OF(pieces); i++)
		good = add_piece(r, &pieces[i], e);
	struct err ignored = { 0 };
	if (good && add_readme(r, e))
		return true;
	err_in(e, "%s", r->doc.path);
	if (!fs_remove(parent, name, &ignored))
		err_in(e, "it is not whole, and stays");
	return false;
}

/* ---- which act, which rules ---- */

/* Of such an act its number is known; where that is all, the report is still of it. */
static struct act *damaged_act(struct report *r, uint64_t number)
{
	const struct ledger_damage *d = r->t->ledger.damaged.items;
	static char nothing[] = "";
	for (size_t i = r->t->ledger.damaged.count; i-- > 0;)
		if (!number || d[i].number == number) {
			struct act *readable = ledger_act(&r->t->ledger, d[i].number);
			if (readable)
				return readable;
			r->unreadable = (struct act){ .number = d[i].number,
				.kind = nothing,
				.step = nothing,
				.outcome = nothing,
				.name = nothing,
				.instance = nothing,
				.release = nothing,
				.was_release = nothing,
				.why = nothing };
			return &r->unreadable;
		}
	return NULL;
}

static void tell_damage(struct report *r)
{
	const struct ledger_damage *d = r->t->ledger.damaged.items;
	for (size_t i = 0; i < r->t->ledger.damaged.count; i++)
		texts_add(&r->doc.missing,
			arena_printf(&r->t->arena, "what act %llu was: %s", (unsigned long long)d[i].number,
				d[i].why),
			&r->t->arena);
}

static bool choose_act(struct report *r, const char *number, struct err *e)
{
	const struct ledger *l = &r->t->ledger;
	uint64_t wanted = 0;
	if (number && !listing_number(number, &wanted))
		return err_set(e, ERR_USAGE, "%s: expected the number of an act", number);
	if (number)
		r->act = ledger_act(l, wanted);
	if (!r->act)
		r->act = damaged_act(r, wanted);
	for (size_t i = l->count; !number && !r->act && i-- > 0;)
		if (outcome_bad(&l->acts[i]))
			r->act = &l->acts[i];
	if (!number && !r->act && l->count)
		r->act = &l->acts[l->count - 1];
	if (r->act)
		return true;
	return number ? err_set(e, ERR_REFUSED, "there is no act %s; `history` lists them", number)
		      : err_set(e, ERR_REFUSED, "there is no act yet");
}

/* What the act knew of the application; else what the site says, else what is built in. */
static bool open_rules(struct report *r, const struct cli_common *common, struct err *e)
{
	const struct site_application *site =
		site_find(&r->t->site, text_str(&r->t->node.name), text_str(&r->t->node.instance));
	const char *name = text_str(&r->t->node.name);
	size_t len;
	const char *profile = site ? site->profile : profile_builtin(name, &len) ? name : "generic";
	if (!host_begin(&r->host, common->root, r->act->profile ? "generic" : profile, e))
		return false;
	if (r->act->profile)
		r->host.profile = *r->act->profile;
	return redact_open(&r->host.profile.redactions, &r->redact, e);
}

static void print(const struct report *r)
{
	const struct report_file *f = r->doc.files.items;
	printf("%s\n", r->doc.path);
	for (size_t i = 0; i < r->doc.files.count; i++) {
		SCOPED(text_end) struct text size = { 0 };
		text_size(&size, f[i].size);
		printf("  %-16s %s\n", f[i].name, text_str(&size));
	}
	for (size_t i = 0; i < r->doc.missing.count; i++)
		printf("  without %s\n", ((char *const *)r->doc.missing.items)[i]);
	printf("%s says what happened. Secrets were taken out; read it over before you send it on.\n",
		README);
}

/* Where others have to stop, a report tells: records and a site that cannot be read are missing in it. */
static bool salvage_begin(struct report *r, const struct cli_common *common, struct err *e)
{
	struct transaction *t = r->t;
	struct err why = { 0 };
	if (!node_open(common, false, &t->node, e) ||
		!node_choose(&t->node, common->name, common->instance, e) ||
		!ledger_salvage(&t->node, &t->ledger, e))
		return false;
	ledger_stored(&t->ledger, &t->stored);
	tell_damage(r);
	if (!sites_load(&t->node, &t->site, &t->arena, &why))
		texts_add(&r->doc.missing,
			arena_printf(&t->arena, "what is known of this node: %s", why.text), &t->arena);
	return true;
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct report_args *a = args;
	const char *to = a->to ? a->to : ".";
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	SCOPED(end_report) struct report r = { .t = &t, .dir = -1, .host.root = -1 };
	if (!salvage_begin(&r, &a->common, e) || !choose_act(&r, count ? operands[0] : NULL, e) ||
		!open_rules(&r, &a->common, e))
		return false;
	r.doc.act = r.act->number;
	r.doc.path = arena_printf(&t.arena, "%s/%s-%06llu-report", to, text_str(&t.node.application),
		(unsigned long long)r.act->number);
	if (!write_report(&r, to, e))
		return false;
	if (a->common.json)
		json_print(&report_document, &r.doc);
	else
		print(&r);
	return true;
}

const struct cli_command command_report = { "report", "[ACT]",
	"collect what happened in an act, for people and for sending on", options, common_options,
	sizeof(struct report_args), 0, 1, run };
