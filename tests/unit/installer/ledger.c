/* ledger - what is current, the floor, what is stored, and where `rollback` leads: all of it follows from the
 * acts. */
#include "tests/unit/installer/acts.h"

static struct act *way_back(const struct history *h, const char **why)
{
	struct stored_list stored;
	const char *unused;
	ledger_stored(&h->l, &stored);
	struct act *a = ledger_way_back(&h->l, &stored, why ? why : &unused);
	free(stored.items);
	return a;
}

/* Presses `rollback`; what is installed then, or '-' where there is no way back. */
static char press(struct history *h)
{
	struct act *point = way_back(h, NULL);
	if (!point)
		return '-';
	rolled_back(h, point);
	return h->tree ? h->tree : '0';
}

static bool is_point(const struct history *h, uint64_t number)
{
	struct stored_list stored;
	ledger_stored(&h->l, &stored);
	bool yes = ledger_point(&h->l, &stored, ledger_act(&h->l, number));
	free(stored.items);
	return yes;
}

/* A story: capital letters apply that release, '<' presses `rollback`, "^N" rolls back to point N, '!' is an
 * act that was undone, '#' prunes the newest act. What each press led to is the outcome. */
static void tell(struct history *h, const char *story, char *outcome)
{
	for (const char *p = story; *p; p++) {
		if (*p == '<') {
			*outcome++ = press(h);
		} else if (*p == '^') {
			rolled_back(h, ledger_act(&h->l, (uint64_t)(*++p - '0')));
		} else if (*p == '!') {
			char before = h->tree;
			applied(h, 'Z')->outcome = WORDS(ACT_UNDONE);
			h->tree = before;
		} else if (*p == '#') {
			h->acts[h->l.count - 1].pruned = true;
		} else {
			applied(h, *p);
		}
	}
	*outcome = '\0';
}

SPEC(rollback_leads_to_what_was_before_and_never_to_a_bad_release)
{
	static const struct {
		const char *story, *outcome;
	} stories[] = {
		{ "<", "-" }, { "A<", "0" },                       /* a first install can be undone */
		{ "A<<", "0-" }, { "AB<", "A" }, { "AB<<", "A-" }, /* not to B, and not to nothing */
		{ "ABC<<", "BA" }, { "ABC<<<", "BA-" }, { "AB<C<", "AA" }, { "AB<C<<", "AA-" },
		{ "ABC<D<", "BB" }, { "ABC<D<<", "BBA" }, { "AB<B<", "AA" }, /* B again, on purpose */
		{ "ABB<", "A" }, /* the second B repaired what is there */
		{ "AAB<<", "A-" },
		{ "AA<", "-" }, /* a repair of the first release: the release before is none */
		{ "AB!<", "A" }, { "A!<", "0" }, { "!<", "-" }, { "A<A<", "00" }, { "AB#<", "-" },
		{ "ABC#<", "A" },     /* past a point that was given away */
		{ "AB<^3<<", "AA-" }, /* forward by --to is no rolling away */
		{ "AB<^3C<", "AA" },  /* past B, which was rolled away from once */
	};
	for (size_t i = 0; i < COUNT_OF(stories); i++) {
		SCOPED(history_end) struct history h = { 0 };
		char outcome[16];
		tell(&h, stories[i].story, outcome);
		if (strcmp(outcome, stories[i].outcome) != 0)
			fail_msg("%s: %s, expected %s", stories[i].story, outcome, stories[i].outcome);
	}
}

SPEC(why_there_is_no_way_back_is_told)
{
	SCOPED(history_end) struct history h = { 0 };
	char outcome[8];
	const char *why = NULL;
	assert_null(way_back(&h, &why));
	assert_string_equal(why, "nothing was installed here");
	tell(&h, "AB<", outcome);
	assert_null(way_back(&h, &why));
	assert_non_null(strstr(why, "no older release is kept here"));
}

SPEC(the_newest_committed_act_is_what_is_installed)
{
	SCOPED(history_end) struct history h = { 0 };
	assert_null(ledger_current(&h.l));
	assert_null(ledger_installed(&h.l, "app"));
	assert_int_equal(ledger_next(&h.l), 1);
	applied(&h, 'A');
	struct act *b = applied(&h, 'B');
	assert_ptr_equal(ledger_current(&h.l), b);
	b->outcome = WORDS(ACT_UNDONE);
	assert_int_equal(ledger_current(&h.l)->number, 1);
	struct digest a = letter('A');
	assert_true(digest_equal(&ledger_installed(&h.l, "app")->tree, &a));
	assert_null(ledger_installed(&h.l, "other"));
	assert_int_equal(ledger_next(&h.l), 3);
	assert_int_equal(ledger_act(&h.l, 2)->number, 2);
	assert_null(ledger_act(&h.l, 9));
}

SPEC(what_was_removed_is_not_installed)
{
	SCOPED(history_end) struct history h = { 0 };
	char outcome[8];
	tell(&h, "A<", outcome);
	assert_int_equal(ledger_current(&h.l)->number, 2);
	assert_null(ledger_installed(&h.l, "app"));
}

SPEC(only_the_newest_act_can_be_unfinished)
{
	SCOPED(history_end) struct history h = { 0 };
	assert_null(ledger_unfinished(&h.l));
	applied(&h, 'A');
	assert_null(ledger_unfinished(&h.l));
	struct act *b = applied(&h, 'B');
	b->outcome = WORDS("");
	assert_ptr_equal(ledger_unfinished(&h.l), b);
	assert_int_equal(ledger_current(&h.l)->number, 1);
	b->outcome = WORDS(ACT_STAGED);
	assert_null(ledger_unfinished(&h.l));
	assert_ptr_equal(ledger_staged(&h.l), b);
	applied(&h, 'C');
	assert_null(ledger_staged(&h.l));
}

SPEC(the_floor_only_rises)
{
	SCOPED(history_end) struct history h = { 0 };
	assert_int_equal(ledger_floor(&h.l), 0);
	applied(&h, 'C');
	assert_int_equal(ledger_floor(&h.l), 3);
	applied(&h, 'E')->outcome = WORDS(ACT_UNDONE);
	assert_int_equal(ledger_floor(&h.l), 3);
	h.tree = 'C';
	struct act *d = applied(&h, 'D');
	assert_int_equal(ledger_floor(&h.l), 4);
	rolled_back(&h, d)->sequence = 99;
	assert_int_equal(ledger_floor(&h.l), 4);
	applied(&h, 'B'); /* a downgrade that was accepted */
	assert_int_equal(ledger_floor(&h.l), 4);
}

SPEC(displaced_trees_are_found_in_their_slots)
{
	SCOPED(history_end) struct history h = { 0 };
	struct stored_list stored;
	struct digest a = letter('A'), b = letter('B'), none = letter('\0');
	applied(&h, 'A');
	struct act *second = applied(&h, 'B');
	ledger_stored(&h.l, &stored);
	const struct stored *found = stored_find(&stored, "app", "opt/app", &a);
	assert_non_null(found);
	assert_string_equal(found->slot, "opt/.waybill/app/000002/app");
	assert_null(stored_find(&stored, "app", "opt/app", &b));
	assert_null(stored_find(&stored, "app", "opt/app", &none));
	assert_null(stored_find(&stored, "app", "srv/app", &a));
	assert_null(stored_find(&stored, "other", "opt/app", &a));
	free(stored.items);
	rolled_back(&h, second); /* the two change places */
	ledger_stored(&h.l, &stored);
	assert_null(stored_find(&stored, "app", "opt/app", &a));
	assert_string_equal(stored_find(&stored, "app", "opt/app", &b)->slot, "opt/.waybill/app/000002/app");
	free(stored.items);
}

SPEC(of_equal_trees_the_one_that_was_put_aside_last_is_found)
{
	SCOPED(history_end) struct history h = { 0 };
	struct stored_list stored;
	struct digest a = letter('A');
	applied(&h, 'A');
	applied(&h, 'B');
	applied(&h, 'A');
	applied(&h, 'C');
	ledger_stored(&h.l, &stored);
	const struct stored *found = stored_find(&stored, "app", "opt/app", &a);
	assert_string_equal(found->slot, "opt/.waybill/app/000004/app");
	assert_int_equal(found->act, 4);
	free(stored.items);
}

SPEC(a_point_is_there_while_its_trees_are)
{
	SCOPED(history_end) struct history h = { 0 };
	applied(&h, 'A');
	struct act *b = applied(&h, 'B');
	applied(&h, 'C');
	assert_true(is_point(&h, 1));
	assert_true(is_point(&h, 2));
	assert_true(is_point(&h, 3));
	b->pruned = true;
	assert_false(is_point(&h, 2));
	b->pruned = false;
	b->outcome = WORDS(ACT_UNDONE);
	assert_false(is_point(&h, 2));
	assert_true(is_point(&h, 3)); /* the state before C, B, still lies in its own slot */
}

SPEC(an_act_that_moved_nothing_leaves_no_point)
{
	SCOPED(history_end) struct history h = { 0 };
	applied(&h, 'A');
	history_add(&h, "apply", 'A', CHANGE_SAME, WORDS(""));
	assert_false(is_point(&h, 2));
	assert_true(is_point(&h, 1));
}

SPEC(a_rollback_that_brought_only_state_leaves_a_point)
{
	SCOPED(history_end) struct history h = { 0 };
	struct act_state data = { .path = WORDS("srv/state"), .class = WORDS(STATE_RESTORE) };
	applied(&h, 'A');
	struct act *back = history_add(&h, "rollback", 'A', CHANGE_SAME, WORDS(""));
	back->states = (struct json_list){ &data, 1 };
	assert_false(is_point(&h, 2));
	data.brings = true;
	assert_true(is_point(&h, 2));
	back->pruned = true;
	assert_false(is_point(&h, 2));
}

/* ---- from the disk ---- */

SPEC(the_ledger_is_read_from_the_records)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(history_end) struct history h = { 0 };
	SCOPED(ledger_end) struct ledger l = { 0 };
	struct err e = { 0 };
	MUST(ledger_load(&n, &l, &e), &e);
	assert_int_equal(l.count, 0);
	ledger_end(&l);
	applied(&h, 'A');
	applied(&h, 'B');
	for (size_t i = h.l.count; i-- > 0;)
		MUST(act_save(&n, &h.acts[i], &e), &e);
	MUST(ledger_load(&n, &l, &e), &e);
	assert_int_equal(l.count, 2);
	assert_int_equal(ledger_current(&l)->number, 2);
	assert_int_equal(ledger_floor(&l), 2);
}

SPEC(an_unfinished_act_below_a_later_one_is_stuck)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(history_end) struct history h = { 0 };
	SCOPED(ledger_end) struct ledger l = { 0 };
	struct err e = { 0 };
	applied(&h, 'A')->outcome = WORDS("");
	applied(&h, 'B');
	for (size_t i = 0; i < h.l.count; i++)
		MUST(act_save(&n, &h.acts[i], &e), &e);
	assert_false(ledger_load(&n, &l, &e));
	assert_says(&e, ERR_STUCK, "act 1 has no outcome, but a later one is there");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rollback_leads_to_what_was_before_and_never_to_a_bad_release),
		cmocka_unit_test(why_there_is_no_way_back_is_told),
		cmocka_unit_test(the_newest_committed_act_is_what_is_installed),
		cmocka_unit_test(what_was_removed_is_not_installed),
		cmocka_unit_test(only_the_newest_act_can_be_unfinished),
		cmocka_unit_test(the_floor_only_rises),
		cmocka_unit_test(displaced_trees_are_found_in_their_slots),
		cmocka_unit_test(of_equal_trees_the_one_that_was_put_aside_last_is_found),
		cmocka_unit_test(a_point_is_there_while_its_trees_are),
		cmocka_unit_test(an_act_that_moved_nothing_leaves_no_point),
		cmocka_unit_test(a_rollback_that_brought_only_state_leaves_a_point),
		cmocka_unit_test(the_ledger_is_read_from_the_records),
		cmocka_unit_test(an_unfinished_act_below_a_later_one_is_stuck),
	};
	return cmocka_run_group_tests_name("ledger", tests, start_digests, NULL);
}
