/* service_states - what the application wrote is what it was before, whatever it did since, whenever undo was
 * cut short. Everything runs twice: where two places can be exchanged, and where they cannot.
 */
#include "installer/identity.h"
#include "installer/place.h"
#include "installer/service/states.h"
#include "tests/unit/installer/acts.h"
#include "tests/unit/without.h"

#define PLACE "var/app/data"
#define SLOTS "var/.waybill/app/000001"
#define SLOT  SLOTS "/.state-0"

struct story {
	struct node n;
	struct act a;
	struct act_state s;
	struct text live, next;
};

static void story_end(struct story *s)
{
	node_end(&s->n);
	text_end(&s->live);
	text_end(&s->next);
}

static void name_it(struct story *s, const char *path, struct text *out)
{
	struct err e = { 0 };
	if (is_there(s->n.root, path))
		MUST(identity_of(s->n.root, path, out, &e), &e);
}

static void given(struct story *s, const char *path, const char *version)
{
	char file[PATH_MAX];
	snprintf(file, sizeof file, "%s/version", path);
	if (version)
		given_file(s->n.root, file, version);
}

static void assert_at(const struct story *s, const char *path, const char *version)
{
	char file[PATH_MAX];
	snprintf(file, sizeof file, "%s/version", path);
	if (version)
		assert_file(s->n.root, file, version);
	else
		assert_absent(s->n.root, path);
}

static struct story given_node(void)
{
	struct story s = { .n = node_here() };
	given_dir(s.n.root, SLOTS);
	given_dir(s.n.root, "var/app");
	assert_int_equal(fchmodat(s.n.root, "var/.waybill", 0700, 0), 0);
	return s;
}

static void finish(struct story *s, bool brings, const char *class)
{
	s->s = (struct act_state){ .path = WORDS(PLACE),
		.slot = WORDS(SLOT),
		.class = WORDS(class),
		.live = WORDS(text_str(&s->live)),
		.next = WORDS(text_str(&s->next)),
		.brings = brings };
	s->a = (struct act){ .states = { &s->s, 1 } };
}

/* The settled copy of an apply lies in the slot (NULL: there was nothing), the release wrote `now` (NULL:
 * nothing is there). */
static struct story given_apply(const char *before, const char *now)
{
	struct story s = given_node();
	given(&s, SLOT, before);
	name_it(&s, SLOT, &s.live);
	given(&s, PLACE, now);
	finish(&s, false, STATE_RESTORE);
	return s;
}

static void put_back(struct story *s, const char *place, const char *slot)
{
	for (int i = 0; i < 3; i++) {
		struct err e = { 0 };
		s->a.states = (struct json_list){ &s->s, 1 };
		MUST(states_put_back(&s->n, &s->a, true, &e), &e);
		assert_at(s, PLACE, place);
		assert_at(s, SLOT, slot);
		assert_absent(s->n.root, SLOT ".out");
	}
}

SPEC(what_was_there_before_is_there_again_and_the_capsule_has_the_rest)
{
	SCOPED(story_end) struct story s = given_apply("old", "new");
	put_back(&s, "old", "new");
}

SPEC(a_text_that_a_cut_left_beside_a_slot_goes_with_it)
{
	SCOPED(story_end) struct story s = given_node();
	struct err e = { 0 };
	given(&s, SLOT, "old");
	given_file(s.n.root, SLOT ".new", "half of a configuration");
	s.s = (struct act_state){ .path = WORDS(PLACE), .slot = WORDS(SLOT) };
	s.a.states = (struct json_list){ &s.s, 1 };
	MUST(states_remove(&s.n, &s.a, &e), &e);
	assert_absent(s.n.root, "var/.waybill");
}

SPEC(what_the_release_has_removed_comes_back)
{
	SCOPED(story_end) struct story s = given_apply("old", NULL);
	put_back(&s, "old", NULL);
}

SPEC(a_copy_that_is_lost_is_not_taken_for_one_that_is_back)
{
	SCOPED(story_end) struct story s = given_apply("old", "new");
	struct err e = { 0 };
	s.a.states = (struct json_list){ &s.s, 1 };
	MUST(place_remove(&s.n, SLOT, &e), &e);
	assert_false(states_put_back(&s.n, &s.a, true, &e));
	assert_says(&e, ERR_STUCK, "its copy in /" SLOT " is not there any more");
	assert_at(&s, PLACE, "new");
}

SPEC(what_was_not_there_goes_into_the_capsule)
{
	SCOPED(story_end) struct story s = given_apply(NULL, "new");
	put_back(&s, NULL, "new");
}

SPEC(where_nothing_was_and_nothing_is_nothing_happens)
{
	SCOPED(story_end) struct story s = given_apply(NULL, NULL);
	put_back(&s, NULL, NULL);
}

SPEC(a_parent_that_is_gone_is_made_again)
{
	SCOPED(story_end) struct story s = given_apply("old", NULL);
	assert_int_equal(unlinkat(s.n.root, "var/app", AT_REMOVEDIR), 0);
	put_back(&s, "old", NULL);
}

SPEC(only_configuration_is_put_back_where_nothing_was_started)
{
	SCOPED(story_end) struct story s = given_apply("old", "same as old");
	struct err e = { 0 };
	s.a.states = (struct json_list){ &s.s, 1 };
	MUST(states_put_back(&s.n, &s.a, false, &e), &e);
	assert_at(&s, PLACE, "same as old");
	s.s.class = WORDS(STATE_CONFIG);
	MUST(states_put_back(&s.n, &s.a, false, &e), &e);
	assert_at(&s, PLACE, "old");
}

SPEC(a_socket_in_what_the_release_wrote_keeps_nothing_from_going_back)
{
	SCOPED(story_end) struct story s = given_apply("old", "new");
	assert_int_equal(mknodat(s.n.root, PLACE "/control", S_IFSOCK | 0600, 0), 0);
	assert_int_equal(mknodat(s.n.root, PLACE "/pipe", S_IFIFO | 0600, 0), 0);
	put_back(&s, "old", "new");
	assert_true(is_there(s.n.root, SLOT "/control"));
}

SPEC(state_that_is_not_mounted_is_not_taken_for_undone)
{
	SCOPED(story_end) struct story s = given_apply(NULL, NULL);
	struct err e = { 0 };
	s.s.mount = WORDS("var/app");
	s.a.states = (struct json_list){ &s.s, 1 };
	assert_false(states_put_back(&s.n, &s.a, true, &e));
	assert_says(
		&e, ERR_STUCK, "nothing is mounted at /var/app, where a file system was when the act began");
}

SPEC(a_file_is_put_back_too)
{
	SCOPED(story_end) struct story s = given_node();
	given_file(s.n.root, SLOT, "old");
	name_it(&s, SLOT, &s.live);
	given_file(s.n.root, PLACE, "new");
	finish(&s, false, STATE_CONFIG);
	for (int i = 0; i < 2; i++) {
		struct err e = { 0 };
		s.a.states = (struct json_list){ &s.s, 1 };
		MUST(states_put_back(&s.n, &s.a, false, &e), &e);
		assert_file(s.n.root, PLACE, "old");
		assert_file(s.n.root, SLOT, "new");
	}
}

/* A rollback: the copy of then lies in the slot (NULL: nothing was there then), `now` is there. */
static struct story given_rollback(const char *then, const char *now)
{
	struct story s = given_node();
	given(&s, SLOT, then);
	given(&s, PLACE, now);
	name_it(&s, SLOT, &s.next);
	name_it(&s, PLACE, &s.live);
	finish(&s, true, STATE_RESTORE);
	return s;
}

static void bring(struct story *s, const char *place, const char *slot)
{
	for (int i = 0; i < 3; i++) {
		struct err e = { 0 };
		s->a.states = (struct json_list){ &s->s, 1 };
		MUST(states_bring(&s->n, &s->a, &e), &e);
		assert_at(s, PLACE, place);
		assert_at(s, SLOT, slot);
	}
}

SPEC(a_rollback_brings_what_was_then_and_its_undo_takes_it_back)
{
	SCOPED(story_end) struct story s = given_rollback("then", "now");
	put_back(&s, "now", "then");
	bring(&s, "then", "now");
	put_back(&s, "now", "then");
}

SPEC(a_rollback_to_where_nothing_was_takes_away_what_is)
{
	SCOPED(story_end) struct story s = given_rollback(NULL, "now");
	bring(&s, NULL, "now");
	put_back(&s, "now", NULL);
}

SPEC(a_rollback_brings_what_is_gone_by_now)
{
	SCOPED(story_end) struct story s = given_rollback("then", NULL);
	bring(&s, "then", NULL);
	put_back(&s, NULL, "then");
}

SPEC(an_exchange_by_a_third_name_goes_on_wherever_it_was_cut)
{
	for (int cut = 1; cut < 3; cut++) {
		SCOPED(story_end) struct story s = given_apply("old", "new");
		assert_int_equal(renameat(s.n.root, PLACE, s.n.root, SLOT ".out"), 0);
		if (cut == 2)
			assert_int_equal(renameat(s.n.root, SLOT, s.n.root, PLACE), 0);
		put_back(&s, "old", "new");
	}
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(what_was_there_before_is_there_again_and_the_capsule_has_the_rest),
		cmocka_unit_test(a_text_that_a_cut_left_beside_a_slot_goes_with_it),
		cmocka_unit_test(what_the_release_has_removed_comes_back),
		cmocka_unit_test(a_copy_that_is_lost_is_not_taken_for_one_that_is_back),
		cmocka_unit_test(what_was_not_there_goes_into_the_capsule),
		cmocka_unit_test(where_nothing_was_and_nothing_is_nothing_happens),
		cmocka_unit_test(a_parent_that_is_gone_is_made_again),
		cmocka_unit_test(only_configuration_is_put_back_where_nothing_was_started),
		cmocka_unit_test(a_socket_in_what_the_release_wrote_keeps_nothing_from_going_back),
		cmocka_unit_test(state_that_is_not_mounted_is_not_taken_for_undone),
		cmocka_unit_test(a_file_is_put_back_too),
		cmocka_unit_test(a_rollback_brings_what_was_then_and_its_undo_takes_it_back),
		cmocka_unit_test(a_rollback_to_where_nothing_was_takes_away_what_is),
		cmocka_unit_test(a_rollback_brings_what_is_gone_by_now),
		cmocka_unit_test(an_exchange_by_a_third_name_goes_on_wherever_it_was_cut),
	};
	return cmocka_run_group_tests_name("states", all, NULL, NULL);
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
