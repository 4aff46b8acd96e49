/* evidence.c - see evidence.h. */
#include "bundler/evidence.h"

#include <string.h>

#include "installer/host/health.h"
#include "installer/host/proof.h"
#include "manifest/base/report.h"

static void unproven(const struct evidence_wish *wish, struct manifest *m, struct arena *arena)
{
	m->evidence = arena_new(arena, sizeof *m->evidence);
	*m->evidence = (struct evidence){ .verdict = arena_str(arena, MANIFEST_UNPROVEN),
		.reason = arena_str(arena, wish->reason) };
}

bool evidence_take(const struct evidence_wish *wish, struct manifest *m, struct json_list *with,
	struct arena *arena, struct err *e)
{
	struct proof proof;
	if (!wish->file) {
		unproven(wish, m, arena);
		return true;
	}
	if (!proof_read(wish->file, &proof, arena, e))
		return err_in(e, "--evidence");
	if (strcmp(proof.application, wish->name) != 0)
		return err_set(e, ERR_REFUSED, "--evidence %s is of \"%s\", this bundle is of \"%s\"",
			wish->file, proof.application, wish->name);
	if (strcmp(proof.evidence->verdict, EVIDENCE_PASSED) != 0)
		return err_set(e, ERR_REFUSED,
			"--evidence %s: its verdict is \"%s\" (--unvalidated REASON captures all the same)",
			wish->file, proof.evidence->verdict);
	m->evidence = proof.evidence;
	*with = proof.with;
	return true;
}

static bool match(const struct companion *proven, const struct component *mine, bool silent, struct err *e)
{
	if (strcmp(proven->version, mine->version) != 0)
		return err_set(e, ERR_REFUSED, "%s: the gates saw version \"%s\", this tree is \"%s\"",
			mine->id, proven->version, mine->version);
	if (!digest_equal(&proven->tree, &mine->tree))
		say(silent,
			"warning: %s is not byte for byte the tree that the gates saw (what is local or left out, "
			"links into other components, or a change since)",
			mine->id);
	return true;
}

bool evidence_match(
	const struct json_list *with, struct manifest *m, bool silent, struct arena *arena, struct err *e)
{
	const struct companion *all = with->items;
	struct companion *others = arena_new(arena, (with->count + 1) * sizeof *others);
	size_t count = 0;
	for (size_t i = 0; i < with->count; i++) {
		const struct component *mine = manifest_component(m, all[i].id);
		if (!mine)
			others[count++] = all[i];
		else if (!match(&all[i], mine, silent, e))
			return false;
	}
	m->with = (struct json_list){ others, count };
	return true;
}
