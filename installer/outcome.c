/* outcome.c - see outcome.h. */
#include "installer/outcome.h"

#include <string.h>

#include "installer/host/plain.h"
#include "installer/host/unit_file.h"
#include "installer/place.h"
#include "manifest/base/scope.h"

static bool is(const struct act *a, const char *outcome)
{
	return strcmp(a->outcome, outcome) == 0;
}

static bool failed(const struct act *a)
{
	return is(a, ACT_UNDONE) && strcmp(a->why, "discarded") != 0;
}

bool outcome_bad(const struct act *a)
{
	return failed(a) || is(a, "");
}

struct act *outcome_failure(const struct ledger *l)
{
	for (size_t i = l->count; i-- > 0;)
		if (failed(&l->acts[i]))
			return &l->acts[i];
	return NULL;
}

/* An act that never stopped the service has left it as it was. */
static bool left_worse(const struct act *a)
{
	return is(a, ACT_UNDONE) && a->units.count && act_reached(a, STEP_HOLD) && !a->proven;
}

bool outcome_proven(const struct ledger *l)
{
	for (size_t i = l->count; i-- > 0;) {
		if (is(&l->acts[i], ACT_COMMITTED))
			return l->acts[i].proven;
		if (left_worse(&l->acts[i]))
			return false;
	}
	return false;
}

uint64_t outcome_downtime(const struct act *a)
{
	return a->start_us ? a->stop_us + a->settle_us + a->ours_us + a->start_us : 0;
}

uint64_t outcome_expected(const struct ledger *l)
{
	for (size_t i = l->count; i-- > 0;)
		if (is(&l->acts[i], ACT_COMMITTED) && outcome_downtime(&l->acts[i]))
			return outcome_downtime(&l->acts[i]);
	return 0;
}

static bool has(const struct json_list *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (strcmp(((char *const *)texts->items)[i], text) == 0)
			return true;
	return false;
}

void outcome_capsule(const struct act *a, struct json_list *out, struct arena *arena)
{
	const struct act_state *s = a->states.items;
	*out = (struct json_list){ NULL, 0 };
	for (size_t i = 0; a->capsule && !a->pruned && i < a->states.count; i++) {
		SCOPED(text_end) struct text dir = { 0 };
		SCOPED(text_end) struct text path = { 0 };
		place_parent(s[i].slot, &dir);
		text_printf(&path, "/%s", text_str(&dir));
		if (!has(out, text_str(&path)))
			texts_add(out, text_str(&path), arena);
	}
}

void outcome_why(const struct act *a, size_t most, struct text *out)
{
	SCOPED(text_end) struct text line = { 0 };
	text_add(&line, a->why, strcspn(a->why, "\n"));
	while (line.len && (line.at[line.len - 1] == ':' || line.at[line.len - 1] == ' '))
		line.at[--line.len] = '\0';
	plain_cut(text_str(&line), line.len > most ? most - 3 : most, out);
}

void outcome_parts(const struct act *a, struct text *out)
{
	text_printf(out, "%.2f s: stop %.0f ms, state %.0f ms, ours %.1f ms, start %.0f ms",
		(double)outcome_downtime(a) / 1e6, (double)a->stop_us / 1000, (double)a->settle_us / 1000,
		(double)a->ours_us / 1000, (double)a->start_us / 1000);
}
