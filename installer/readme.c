/* readme.c - see readme.h. */
#include "installer/readme.h"

#include <string.h>

#include "installer/host/gate.h"
#include "installer/outcome.h"
#include "installer/service/gate_lines.h"
#include "manifest/base/report.h"
#include "manifest/base/scope.h"

#define WIDTH 100

static bool is(const struct act *a, const char *outcome)
{
	return strcmp(a->outcome, outcome) == 0;
}

static bool touched(const struct act *a)
{
	return a->units.count && act_reached(a, STEP_HOLD);
}

/* ---- what was tried, what came of it ---- */

static void tried(const struct readme *r, struct text *out)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	const struct act *a = r->act;
	if (r->unreadable) {
		text_puts(
			out, "\nWhat was tried\n  It is not known: the record of the act cannot be read.\n");
		return;
	}
	text_printf(out, "\nWhat was tried\n  %s, act %llu: %s -> %s\n  begun ", a->kind,
		(unsigned long long)a->number, act_before(a, &arena), act_after(a, &arena));
	text_time(out, a->started);
	text_puts(out, ", ended ");
	text_time(out, a->ended);
	text_printf(out, "\n  %s\n",
		a->units.count ? "with its service: stopped, started and judged" : "without a service");
}

static const char *verdict(const struct act *a)
{
	if (is(a, ""))
		return "It has no outcome: it was interrupted, or is at work.";
	if (is(a, ACT_STAGED))
		return "It is staged; nothing has been switched yet.";
	if (is(a, ACT_COMMITTED))
		return a->proven ? "Committed, and proven."
				 : "Committed, but NOT proven: nobody has seen that it works.";
	if (!touched(a))
		return a->units.count ? "Undone before the service was stopped."
				      : "Undone: the old trees are back.";
	if (a->failed && a->proven)
		return "Undone: it did not pass its gates. The old release is back and is what it was.";
	return a->proven ? "Undone. The old release is back and is what it was."
			 : "Undone. The old release is back, but it is NOT what it was.";
}

static void red_gates(const struct evidence *e, struct text *out)
{
	const struct gate_result *g = e->gates.items;
	for (size_t i = 0; i < e->gates.count; i++) {
		if (gate_lines_good(&g[i]) ||
			(!g[i].required && strcmp(g[i].verdict, gate_word(GATE_FAILED)) != 0))
			continue;
		text_printf(out, "  gate %s (%s)%s: %s\n", g[i].name, g[i].kind,
			g[i].required ? "" : ", advisory", g[i].verdict);
		for (size_t k = 0; k < g[i].seen.count; k++)
			gate_lines_wrap(((char *const *)g[i].seen.items)[k], 6, WIDTH, out);
	}
}

static void came(const struct readme *r, struct text *out)
{
	SCOPED(text_end) struct text why = { 0 };
	const struct act *a = r->act;
	if (r->unreadable)
		return;
	text_printf(out, "\nWhat came of it\n  %s\n", verdict(a));
	if (is(a, ""))
		text_printf(out, "  Its last step: %s.\n", a->step);
	outcome_why(a, 256, &why);
	if (why.len)
		gate_lines_wrap(text_str(&why), 2, WIDTH, out);
	if (a->evidence)
		red_gates(a->evidence, out);
	if (outcome_downtime(a)) {
		text_puts(out, "  The service was down for ");
		outcome_parts(a, out);
		text_puts(out, ".\n");
	}
	for (size_t i = 0; i < r->capsule.count; i++)
		text_printf(out, "  What the failed release wrote is kept in %s.\n",
			((char *const *)r->capsule.items)[i]);
}

/* ---- what runs now ---- */

static void now(const struct readme *r, struct text *out)
{
	const char *proof = r->act->units.count == 0 ? "" : r->proven ? ", proven" : ", NOT proven";
	text_printf(out, "\nWhat is installed now\n  %s%s%s\n", r->now, proof,
		r->damaged ? ", as far as the records can be read" : "");
	if (r->held)
		text_puts(out, "  The units are HELD: they do not start.\n");
	if (r->at_work)
		text_puts(out, "  Another waybill-install is at work.\n");
}

/* ---- what to do next: the first row that fits ---- */

static bool at_work(const struct readme *r)
{
	return r->at_work;
}
static bool damaged(const struct readme *r)
{
	return r->damaged;
}
static bool unfinished(const struct readme *r)
{
	return is(r->act, "");
}
static bool held(const struct readme *r)
{
	return r->held;
}
static bool staged(const struct readme *r)
{
	return is(r->act, ACT_STAGED);
}
static bool worse(const struct readme *r)
{
	return is(r->act, ACT_UNDONE) && touched(r->act) && !r->act->proven;
}
static bool bad_release(const struct readme *r)
{
	return is(r->act, ACT_UNDONE) && r->act->failed;
}
static bool undone(const struct readme *r)
{
	return is(r->act, ACT_UNDONE);
}
static bool unproven(const struct readme *r)
{
	return r->act->units.count && !r->act->proven;
}
static bool any(const struct readme *r)
{
	return r != NULL;
}

static const struct advice {
	bool (*fits)(const struct readme *r);
	const char *command; /* NULL: none; OPTIONS are added */
	const char *text;
} advices[] = {
	{ at_work, "status --follow", "Wait for what is at work, and make the report again then." },
	{ damaged, NULL,
		"A record cannot be read, and until it can no command changes anything here. Put it back from a copy, if "
		"there is one; else send this report on: damaged.txt has what is left of it." },
	{ unfinished, "recover",
		"Finish what was interrupted. If that fails too, send this report on: the old trees are "
		"whole, in the slots that act.json names." },
	{ held, "status", "Nothing is unfinished, but a marker keeps the units down: see why." },
	{ staged, "apply", "Switch to what is staged, or give it up with `stage --discard`." },
	{ worse, "gates",
		"See what is wrong with what runs now. `points` lists other releases to go back to." },
	{ bad_release, NULL,
		"Nothing is urgent: the old release runs. Find the cause in journal.txt and act.log, repair it on "
		"the canary, and capture it as a new release. This one is refused by now, but for `apply --retry`." },
	{ undone, NULL,
		"Nothing is urgent: the old release is in place. Remove what stopped it, and apply again." },
	{ unproven, "gates", "See whether it works; `rollback` goes back." },
	{ any, NULL, "Nothing. If it is bad after all, `rollback` goes back." },
};

static void next(const struct readme *r, struct text *out)
{
	const struct advice *a = advices;
	while (!a->fits(r))
		a++;
	text_puts(out, "\nWhat to do next\n");
	gate_lines_wrap(a->text, 2, WIDTH, out);
	if (a->command)
		text_printf(
			out, "  waybill-install %s%s%s\n", a->command, *r->options ? " " : "", r->options);
}

static void list(const char *title, const struct json_list *lines, struct text *out)
{
	if (lines->count)
		text_printf(out, "\n%s\n", title);
	for (size_t i = 0; i < lines->count; i++)
		text_printf(out, "  %s\n", ((char *const *)lines->items)[i]);
}

void readme_write(const struct readme *r, struct text *out)
{
	text_printf(out, "Act %llu of %s on %s. This report was made ", (unsigned long long)r->act->number,
		r->application, r->host);
	text_time(out, r->made);
	text_printf(out, " by waybill-install %s.\n", WAYBILL_VERSION);
	tried(r, out);
	came(r, out);
	now(r, out);
	next(r, out);
	list("What lies here", &r->files, out);
	list("What does not", &r->missing, out);
	text_puts(out,
		"\nWhat looks like a secret was replaced by [redacted]. Read it over before you send it on.\n");
}
