/* gates - gates and facts for tests: short to write, whole to judge. */
#ifndef TESTS_UNIT_INSTALLER_GATES_H
#define TESTS_UNIT_INSTALLER_GATES_H

#include "installer/host/gate.h"
#include "installer/host/watch.h"
#include "tests/unit/unit.h"

#define S UINT64_C(1000000) /* a second */

/* A gate in which every text that is not given is empty. */
#define GATE(...) gate_whole((struct gate){ __VA_ARGS__ })

HELPER char *text_or_none(char *s)
{
	static char none[] = "";
	return s ? s : none;
}

/* The texts of a literal may be borrowed as char *: nobody writes to them. */
HELPER char *lit(const char *s)
{
	return (char *)(uintptr_t)s;
}

HELPER struct gate gate_whole(struct gate g)
{
	char **texts[] = { &g.name, &g.kind, &g.component, &g.unit, &g.match, &g.against, &g.path };
	if (!g.name)
		g.name = lit("it");
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = text_or_none(*texts[i]);
	return g;
}

HELPER struct json_list one(struct gate *g)
{
	return (struct json_list){ g, 1 };
}

/* The verdict on one gate, and all that was seen, a line each, in *seen (may be NULL). */
HELPER const char *judged(struct gate g, struct gate_facts facts, struct gate_own *own, struct text *seen)
{
	static char word[32];
	SCOPED(arena_end) struct arena arena = { 0 };
	struct json_list gates = one(&g), results;
	struct err e = { 0 };
	struct gate_own none = { 0 };
	facts.own = own ? own : &none;
	MUST(gates_check(&gates, &e), &e);
	gates_judge(&gates, &facts, &(struct redact){ 0 }, &results, &arena);
	const struct gate_result *r = results.items;
	snprintf(word, sizeof word, "%s", r->verdict);
	for (size_t i = 0; seen && i < r->seen.count; i++)
		text_printf(seen, "%s\n", ((char **)r->seen.items)[i]);
	return word;
}

#endif
