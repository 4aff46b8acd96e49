/* switch - the old tree or the new one at the target, whatever happened before; a third one is nobody's to
 * move. Everything runs again where two directories cannot be exchanged, and where only marks of ours tell
 * them apart.
 */
#include "installer/switch.h"
#include "installer/identity.h"
#include "tests/unit/installer/acts.h"
#include "tests/unit/without.h"

#define TARGET "opt/app"
#define SLOTS  "opt/.waybill/app/000001"
#define SLOT   SLOTS "/app"

struct stage {
	struct node n;
	struct act_component c;
	struct text live, next;
};

static void stage_end(struct stage *s)
{
	node_end(&s->n);
	text_end(&s->live);
	text_end(&s->next);
}

static void name_it(struct stage *s, const char *path, struct text *out)
{
	struct err e = { 0 };
	if (is_there(s->n.root, path))
		MUST(identity_of(s->n.root, path, out, &e), &e);
}

/* An old tree at the target where `old`, a staged one in the slot where `new`; the record names both. */
static struct stage given_trees(bool old, bool new)
{
	struct stage s = { .n = node_here() };
	given_dir(s.n.root, SLOTS);
	if (old)
		given_file(s.n.root, TARGET "/version", "old");
	if (new)
		given_file(s.n.root, SLOT "/version", "new");
	name_it(&s, TARGET, &s.live);
	name_it(&s, SLOT, &s.next);
	s.c = (struct act_component){ .id = WORDS("app"),
		.target = WORDS(TARGET),
		.slot = WORDS(SLOT),
		.live = WORDS(text_str(&s.live)),
		.next = WORDS(text_str(&s.next)) };
	return s;
}

static void assert_at(const struct stage *s, const char *path, const char *version)
{
	char file[PATH_MAX];
	snprintf(file, sizeof file, "%s/version", path);
	if (version)
		assert_file(s->n.root, file, version);
	else
		assert_absent(s->n.root, path);
}

/* Switches, twice: the second time there is nothing to do. */
static void switched(struct stage *s, enum switch_side side, const char *target, const char *slot)
{
	for (int i = 0; i < 2; i++) {
		struct err e = { 0 };
		MUST(switch_to(&s->n, &s->c, side, &e), &e);
		MUST(switch_flush(&s->n, &s->c, &e), &e);
		assert_at(s, TARGET, target);
		assert_at(s, SLOT, slot);
		assert_absent(s->n.root, SLOT ".out");
	}
}

SPEC(an_update_is_switched_forward_and_back)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	for (int i = 0; i < 3; i++) {
		switched(&s, SWITCH_NEXT, "new", "old");
		switched(&s, SWITCH_LIVE, "old", "new");
	}
}

SPEC(a_first_install_is_switched_forward_and_back)
{
	SCOPED(stage_end) struct stage s = given_trees(false, true);
	for (int i = 0; i < 3; i++) {
		switched(&s, SWITCH_NEXT, "new", NULL);
		switched(&s, SWITCH_LIVE, NULL, "new");
	}
}

SPEC(a_removal_is_switched_forward_and_back)
{
	SCOPED(stage_end) struct stage s = given_trees(true, false);
	for (int i = 0; i < 3; i++) {
		switched(&s, SWITCH_NEXT, NULL, "old");
		switched(&s, SWITCH_LIVE, "old", NULL);
	}
}

static void moved(const struct stage *s, const char *from, const char *to)
{
	assert_int_equal(renameat(s->n.root, from, s->n.root, to), 0);
}

/* Where a power cut can leave a switch that takes three renames: 1 after the first, 2 after the second. */
static void cut_after(const struct stage *s, int renames)
{
	moved(s, TARGET, SLOT ".out");
	if (renames > 1)
		moved(s, SLOT, TARGET);
}

static void go_on(const struct stage *s, enum switch_side side)
{
	struct err e = { 0 };
	MUST(switch_to(&s->n, &s->c, side, &e), &e);
	assert_at(s, TARGET, side == SWITCH_NEXT ? "new" : "old");
}

SPEC(a_switch_that_was_cut_is_finished_or_taken_back)
{
	for (int renames = 1; renames <= 2; renames++)
		for (int side = SWITCH_LIVE; side <= SWITCH_NEXT; side++) {
			SCOPED(stage_end) struct stage s = given_trees(true, true);
			cut_after(&s, renames);
			go_on(&s, (enum switch_side)side);
			if (side == SWITCH_NEXT)
				switched(&s, SWITCH_NEXT, "new", "old");
			else
				switched(&s, SWITCH_LIVE, "old", "new");
		}
}

/* The same on the way back. */
SPEC(a_way_back_that_was_cut_is_finished_or_taken_back)
{
	for (int renames = 1; renames <= 2; renames++)
		for (int side = SWITCH_LIVE; side <= SWITCH_NEXT; side++) {
			SCOPED(stage_end) struct stage s = given_trees(true, true);
			switched(&s, SWITCH_NEXT, "new", "old");
			cut_after(&s, renames);
			go_on(&s, (enum switch_side)side);
			if (side == SWITCH_NEXT)
				switched(&s, SWITCH_NEXT, "new", "old");
			else
				switched(&s, SWITCH_LIVE, "old", "new");
		}
}

/* True if the other tree, too, is in the slot after one call: a third name would never be removed. */
static bool leaves_no_third_name(int renames, enum switch_side side)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	cut_after(&s, renames);
	go_on(&s, side);
	if (is_there(s.n.root, SLOT ".out"))
		return false;
	assert_at(&s, SLOT, side == SWITCH_NEXT ? "old" : "new");
	return true;
}

SPEC(a_switch_that_was_cut_leaves_no_third_name)
{
	for (int renames = 1; renames <= 2; renames++)
		for (int side = SWITCH_LIVE; side <= SWITCH_NEXT; side++)
			assert_true(leaves_no_third_name(renames, (enum switch_side)side));
}

static void assert_stuck(const struct stage *s, const char *complaint)
{
	for (int side = SWITCH_LIVE; side <= SWITCH_NEXT; side++) {
		struct err e = { 0 };
		assert_false(switch_to(&s->n, &s->c, (enum switch_side)side, &e));
		assert_says(&e, ERR_STUCK, complaint);
	}
}

SPEC(a_third_tree_at_the_target_is_not_moved)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	moved(&s, TARGET, "elsewhere");
	given_file(s.n.root, TARGET "/version", "third");
	assert_stuck(
		&s, "app: /" TARGET " is neither the tree from before the act nor the one that it brings");
	assert_at(&s, TARGET, "third");
	assert_at(&s, SLOT, "new");
}

SPEC(a_link_at_the_target_is_a_third_tree)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	moved(&s, TARGET, "opt/elsewhere");
	given_link(s.n.root, TARGET, "elsewhere");
	assert_stuck(&s, "");
	assert_file(s.n.root, "opt/elsewhere/version", "old");
	assert_at(&s, SLOT, "new");
}

SPEC(a_tree_that_is_nowhere_is_stuck)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	struct err e = { 0 };
	moved(&s, SLOT, "elsewhere");
	given_file(s.n.root, SLOT "/version", "third");
	assert_false(switch_to(&s.n, &s.c, SWITCH_NEXT, &e));
	assert_says(
		&e, ERR_STUCK, "app: neither /" TARGET " nor /" SLOT " is the tree that the record names");
	assert_at(&s, TARGET, "old");
	assert_at(&s, SLOT, "third");
	struct err back = { 0 };
	MUST(switch_to(&s.n, &s.c, SWITCH_LIVE, &back), &back); /* what should be there is there */
}

SPEC(a_tree_leaves_only_for_a_free_slot)
{
	SCOPED(stage_end) struct stage s = given_trees(true, false);
	struct err e = { 0 };
	given_file(s.n.root, SLOT "/version", "third");
	assert_false(switch_to(&s.n, &s.c, SWITCH_NEXT, &e));
	assert_says(&e, ERR_STUCK, "app: /" SLOT " is not free");
	assert_at(&s, TARGET, "old");
	assert_at(&s, SLOT, "third");
}

/* What is recorded before the switch, as the act does. */
static void pinned(struct stage *s, struct arena *arena)
{
	struct act a = { .components = { &s->c, 1 } };
	struct err e = { 0 };
	s->c.change = WORDS(CHANGE_UPDATE);
	MUST(switch_pin(&s->n, &a, arena, &e), &e);
}

/* A later process: it has the record alone. */
static void forget(struct stage *s)
{
	s->c.live_pin = s->c.next_pin = (struct act_pin){ 0, 0 };
}

SPEC(a_program_that_writes_into_its_own_tree_does_not_keep_it_from_going_back)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	SCOPED(arena_end) struct arena arena = { 0 };
	if (!has_attributes(s.n.root))
		skip();
	pinned(&s, &arena);
	switched(&s, SWITCH_NEXT, "new", "old");
	given_file(s.n.root, TARGET "/cache", "written by the new release");
	forget(&s);
	switched(&s, SWITCH_LIVE, "old", "new");
	given_file(s.n.root, TARGET "/cache", "written by the old one");
	switched(&s, SWITCH_NEXT, "new", "old");
}

SPEC(a_tree_that_was_pinned_is_still_told_from_a_third_one)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	SCOPED(arena_end) struct arena arena = { 0 };
	pinned(&s, &arena);
	switched(&s, SWITCH_NEXT, "new", "old");
	forget(&s);
	moved(&s, TARGET, "elsewhere");
	given_file(s.n.root, TARGET "/version", "third");
	assert_stuck(&s, "is neither the tree from before the act nor the one that it brings");
	assert_at(&s, TARGET, "third");
}

SPEC(what_is_not_mounted_is_not_taken_for_undone)
{
	SCOPED(stage_end) struct stage s = given_trees(false, true);
	s.c.mount = WORDS("opt"); /* the record has it: a file system was there */
	assert_stuck(&s, "app: nothing is mounted at /opt, where a file system was when the act began");
	assert_at(&s, SLOT, "new");
}

SPEC(a_path_through_a_link_is_not_switched)
{
	SCOPED(stage_end) struct stage s = given_trees(true, true);
	struct err e = { 0 };
	moved(&s, "opt", "real");
	given_link(s.n.root, "opt", "real");
	assert_false(switch_to(&s.n, &s.c, SWITCH_NEXT, &e));
	assert_file(s.n.root, "real/app/version", "old");
}

SPEC(a_usual_file_system_leaves_no_gap)
{
	SCOPED(node_end) struct node n = node_here();
	assert_false(switch_may_gap(&n, TARGET));
	assert_false(switch_may_gap(&n, "missing/dir/app"));
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(an_update_is_switched_forward_and_back),
		cmocka_unit_test(a_first_install_is_switched_forward_and_back),
		cmocka_unit_test(a_removal_is_switched_forward_and_back),
		cmocka_unit_test(a_switch_that_was_cut_is_finished_or_taken_back),
		cmocka_unit_test(a_way_back_that_was_cut_is_finished_or_taken_back),
		cmocka_unit_test(a_switch_that_was_cut_leaves_no_third_name),
		cmocka_unit_test(a_third_tree_at_the_target_is_not_moved),
		cmocka_unit_test(a_link_at_the_target_is_a_third_tree),
		cmocka_unit_test(a_tree_that_is_nowhere_is_stuck),
		cmocka_unit_test(a_tree_leaves_only_for_a_free_slot),
		cmocka_unit_test(a_program_that_writes_into_its_own_tree_does_not_keep_it_from_going_back),
		cmocka_unit_test(a_tree_that_was_pinned_is_still_told_from_a_third_one),
		cmocka_unit_test(what_is_not_mounted_is_not_taken_for_undone),
		cmocka_unit_test(a_path_through_a_link_is_not_switched),
		cmocka_unit_test(a_usual_file_system_leaves_no_gap),
	};
	return cmocka_run_group_tests_name("switch", list, start_digests, NULL);
}

static int tests_without_birth_times(void)
{
	return run_without(SYS_statx, 0, ENOSYS, tests);
}

int main(void)
{
	return tests() + run_without(SYS_renameat2, 2, EINVAL, tests) +
	       run_without(SYS_name_to_handle_at, 0, EOPNOTSUPP, tests_without_birth_times);
}
