/* recover.c - waybill-install recover: finishes what an interrupted run left, and says what it did.
 *
 * Three others than people call it: a timer beside the act (--unattended), a unit early in the boot (--boot)
 * and one after it (--prove); see installer/service/watchdog.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "installer/commands.h"
#include "installer/documents.h"
#include "installer/keeper.h"
#include "installer/service/holds.h"
#include "installer/service/watchdog.h"
#include "installer/sites.h"
#include "installer/sweep.h"
#include "manifest/base/fs.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

struct recover_args {
	struct cli_common common;
	bool boot, prove, unattended;
};

#define AT(member) offsetof(struct recover_args, member)
static const struct cli_option options[] = {
	{ "boot", NULL, "early in a boot, all applications: put files back, start nothing", AT(boot) },
	{ "prove", NULL, "after a boot, all applications: finish and judge it", AT(prove) },
	{ "unattended", NULL, "somebody else at work is no failure", AT(unattended) },
	{ 0 },
};
#undef AT

struct recovered {
	uint64_t act;
	bool recovered, proven;
};

#define AT(member) offsetof(struct recovered, member)
static const struct json_field fields[] = {
	{ "act", JSON_COUNT, AT(act), true, NULL },
	{ "proven", JSON_FLAG, AT(proven), true, NULL },
	{ "recovered", JSON_FLAG, AT(recovered), false, NULL },
};
#undef AT
const struct json_shape recover_document = { fields, COUNT_OF(fields), sizeof(struct recovered) };

/* The program that wrote the record undoes it, and no other one. */
static void become_writer(const struct transaction *t, const struct recover_args *a)
{
	const struct act *unfinished = ledger_unfinished(&t->ledger);
	char *argv[32] = { NULL };
	char *only[] = { (char[]){ "--name" }, t->node.name.at, (char[]){ "--instance" },
		t->node.instance.at };
	SCOPED(text_end) struct text line = { 0 };
	struct err ignored = { 0 };
	if (!unfinished || digest_zero(&unfinished->installer) ||
		!fs_read_path("/proc/self/cmdline", 4096, &line, &ignored))
		return;
	size_t count = 0;
	for (size_t at = 0; at < line.len && count + 5 < COUNT_OF(argv); at += strlen(line.at + at) + 1)
		argv[count++] = line.at + at;
	for (size_t i = 0; !a->common.name && i < (t->node.instance.len ? 4u : 2u); i++)
		argv[count++] = only[i];
	keeper_become(&t->node, &unfinished->installer, argv);
}

/* An undo needs the record and nothing else. What the node's own gates are, the site alone knows. */
static bool open_acts(struct transaction *t, const struct cli_common *common, struct err *e)
{
	struct err why = { 0 };
	if (!node_open(common, false, &t->node, e) ||
		!node_choose(&t->node, common->name, common->instance, e) ||
		!ledger_load(&t->node, &t->ledger, e))
		return false;
	if (!sites_load(&t->node, &t->site, &t->arena, &why))
		say(t->request->json, "the gates of this node are not known: %s", why.text);
	return true;
}

/* ---- for people, and the timer ---- */

static bool tell(
	const struct transaction *t, const struct recover_args *a, struct recovered *doc, struct err *e)
{
	const struct act *act = doc->act ? ledger_act(&t->ledger, doc->act) : NULL;
	doc->recovered = act != NULL;
	doc->proven = act && act->proven;
	if (a->common.json)
		json_print(&recover_document, doc);
	else if (act)
		printf("act %llu was interrupted: undone, the old trees are in place\n",
			(unsigned long long)doc->act);
	else
		printf("nothing is unfinished\n");
	e->told = true;
	return !act || act->proven ||
	       err_set(e, ERR_STUCK, "the old release is back, but it is not what it was");
}

static bool recover_one(const struct recover_args *a, struct err *e)
{
	struct request request = { .json = true };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	struct recovered doc = { 0 };
	t.request = &request;
	if (!open_acts(&t, &a->common, e))
		return false;
	become_writer(&t, a);
	transaction_end(&t);
	t = (struct transaction)TRANSACTION_NONE;
	t.request = &request;
	request = (struct request){ .json = a->common.json, .recovering = true };
	if (!change_begin(&t, &a->common, &doc.act, e))
		return false;
	if (!doc.act && t.ledger.count) /* killed behind its outcome: its timer is all that is left */
		watchdog_disarm(&t.node, &t.ledger.acts[t.ledger.count - 1]);
	return tell(&t, a, &doc, e);
}

static bool run_unattended(const struct recover_args *a, struct err *e)
{
	struct err why = { 0 };
	if (recover_one(a, &why))
		return true;
	if (why.kind != ERR_REFUSED)
		return err_set(e, why.kind, "%s", why.text);
	say(a->common.json, "%s", why.text);
	return true;
}

/* ---- at a boot ---- */

/* What could not be put back early in the boot is tried again after it: what it lacked may be there. */
static bool boot_one(struct transaction *t, bool prove, struct err *e)
{
	struct act *unfinished = ledger_unfinished(&t->ledger);
	static char why[] = "interrupted";
	if (!*unfinished->why)
		unfinished->why = why;
	if (!transaction_undo(t, unfinished, prove ? UNDO_ALL : UNDO_FILES, e))
		return false;
	printf("act %llu of %s was interrupted: %s\n", (unsigned long long)unfinished->number,
		text_str(&t->node.application),
		prove ? unfinished->proven ? "the old release is proven" : "the old release is NOT proven"
		      : "the old trees are in place");
	return !prove || unfinished->proven ||
	       err_set(e, ERR_STUCK, "the old release is back, but it is not what it was");
}

/* What was cut between an act's outcome and its end. Who is at work does that, too. */
static bool tidy(struct transaction *t, struct err *e)
{
	struct err busy = { 0 };
	if (t->ledger.count == 0 || !node_lock(&t->node, &busy))
		return true;
	ledger_end(&t->ledger);
	return ledger_load(&t->node, &t->ledger, e) &&
	       (ledger_unfinished(&t->ledger) || !t->ledger.count ||
		       holds_remove(&t->node, &t->ledger.acts[t->ledger.count - 1], e));
}

static bool boot_application(const struct recover_args *a, const char *application, struct err *e)
{
	struct request request = { .json = false };
	SCOPED(transaction_end) struct transaction t = TRANSACTION_NONE;
	struct cli_common common = a->common;
	SCOPED_TEXT char *name = mem_copy(application, strcspn(application, "@"));
	const char *at = strchr(application, '@');
	common.name = name;
	common.instance = at ? at + 1 : NULL;
	t.request = &request;
	if (!open_acts(&t, &common, e))
		return false;
	if (!ledger_unfinished(&t.ledger))
		return !a->prove || tidy(&t, e);
	become_writer(&t, a);
	if (!node_lock(&t.node, e))
		return false;
	ledger_end(&t.ledger); /* somebody may have finished it until now */
	return ledger_load(&t.node, &t.ledger, e) &&
	       (!ledger_unfinished(&t.ledger) || boot_one(&t, a->prove, e));
}

/* In a process of its own, which may become another program without leaving the rest undone. Returns twice:
 * in that process with `apart`. */
static bool boot_apart(const struct recover_args *a, const char *application, bool *apart, struct err *e)
{
	int status = 0;
	fflush(NULL);
	pid_t child = fork();
	if (child < 0)
		return err_sys(e, "start a process for %s", application);
	*apart = child == 0;
	if (*apart)
		return boot_application(a, application, e) || err_in(e, "%s", application);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return err_set(e, WIFEXITED(status) ? (enum err_kind)WEXITSTATUS(status) : ERR_SYSTEM,
		"%s could not be recovered", application);
}

/* One that cannot be recovered stays held and does not keep the others from it. */
static bool run_boot(const struct recover_args *a, struct err *e)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	struct node n;
	struct json_list all;
	bool apart = false;
	bool good = node_open(&a->common, false, &n, e) && node_applications(&n, &all, &arena, e);
	node_end(&n);
	for (size_t i = 0; good && i < all.count && !apart; i++) {
		struct err why = { 0 };
		if (!boot_apart(a, ((char *const *)all.items)[i], &apart, &why) || apart)
			*e = why; /* apart, only that one counts */
	}
	return good && e->kind == ERR_NONE;
}

/* Of the one application that is named. */
static bool run_boot_of_one(const struct recover_args *a, struct err *e)
{
	SCOPED(text_end) struct text application = { 0 };
	text_printf(&application, "%s%s%s", a->common.name, a->common.instance ? "@" : "",
		a->common.instance ? a->common.instance : "");
	return boot_application(a, text_str(&application), e) || err_in(e, "%s", text_str(&application));
}

static bool run(const void *args, char *const *operands, size_t count, struct err *e)
{
	const struct recover_args *a = args;
	(void)operands;
	(void)count;
	if (a->boot || a->prove)
		return a->common.name ? run_boot_of_one(a, e) : run_boot(a, e);
	return a->unattended ? run_unattended(a, e) : recover_one(a, e);
}

const struct cli_command command_recover = { "recover", "", "finish what an interrupted run left", options,
	common_options, sizeof(struct recover_args), 0, 0, run };
