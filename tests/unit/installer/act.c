/* act - a record is replaced whole and read strictly; what cannot be understood is stuck, not guessed. */
#include "installer/audit.h"
#include "tests/unit/installer/acts.h"
#include "tests/unit/shapes.h"

SPEC(every_field_stands_in_the_order_of_names)
{
	assert_shape_sorted(&act_shape);
	assert_shape_sorted(&difference_shape);
}

SPEC(a_record_is_read_as_it_was_saved)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(history_end) struct history h = { 0 };
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text before = { 0 }, after = { 0 };
	struct act again;
	struct err e = { 0 };
	applied(&h, 'A');
	struct act *a = applied(&h, 'B');
	a->pinned = true;
	a->made = (struct json_list){ (char *[]){ WORDS("opt"), WORDS("opt/x") }, 2 };
	MUST(act_save(&n, a, &e), &e);
	assert_true(is_there(n.state, "acts/000002.json"));
	MUST(act_load(&n, 2, &again, &arena, &e), &e);
	json_write(&act_shape, a, &before);
	json_write(&act_shape, &again, &after);
	assert_string_equal(after.at, before.at);
	assert_string_equal(act_component(&again, "app")->slot, "opt/.waybill/app/000002/app");
	assert_null(act_component(&again, "none"));
}

SPEC(a_record_is_replaced_by_the_next_one)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(history_end) struct history h = { 0 };
	SCOPED(arena_end) struct arena arena = { 0 };
	struct act again;
	struct err e = { 0 };
	struct act *a = applied(&h, 'A');
	a->outcome = WORDS("");
	MUST(act_save(&n, a, &e), &e);
	a->outcome = WORDS(ACT_COMMITTED);
	MUST(act_save(&n, a, &e), &e);
	MUST(act_load(&n, 1, &again, &arena, &e), &e);
	assert_string_equal(again.outcome, ACT_COMMITTED);
	assert_absent(n.state, "acts/.new-000001.json");
}

SPEC(a_record_that_cannot_be_written_leaves_the_old_one)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(history_end) struct history h = { 0 };
	SCOPED(arena_end) struct arena arena = { 0 };
	struct act again;
	struct err e = { 0 };
	struct act *a = applied(&h, 'A');
	MUST(act_save(&n, a, &e), &e);
	given_file(n.state, "acts/.new-000001.json/in the way", "");
	a->outcome = WORDS("");
	assert_false(act_save(&n, a, &e));
	assert_says(&e, ERR_SYSTEM, "record of act 1: ");
	struct err load = { 0 };
	MUST(act_load(&n, 1, &again, &arena, &load), &load);
	assert_string_equal(again.outcome, ACT_COMMITTED);
}

#define RECORD(waybill, type, number, outcome, target, slot)                                                 \
	"{\"components\":[{\"change\":\"update\",\"id\":\"a\",\"kind\":\"core\",\"slot\":\"" slot            \
	"\",\"target\":\"" target "\"}],\"kind\":\"apply\",\"name\":\"app\",\"number\":" number              \
	",\"outcome\":\"" outcome "\",\"started\":1,\"step\":\"x\",\"type\":\"" type                         \
	"\",\"waybill\":" waybill "}\n"

static const struct {
	const char *text, *complaint; /* NULL: it is understood */
} records[] = {
	{ RECORD("1", "act", "7", "committed", "opt/a", "s"), NULL },
	{ RECORD("1", "act", "7", "undone", "opt/a", ""), NULL },
	{ RECORD("1", "act", "7", "", "opt/a", "s"), NULL },
	{ RECORD("2", "act", "7", "", "opt/a", "s"), "it is not the record of act 7" },
	{ RECORD("1", "bundle", "7", "", "opt/a", "s"), "it is not the record of act 7" },
	{ RECORD("1", "act", "8", "", "opt/a", "s"), "it is not the record of act 7" },
	{ RECORD("1", "act", "7", "perhaps", "opt/a", "s"), "\"perhaps\" is no outcome" },
	{ RECORD("1", "act", "7", "", "/opt/a", "s"), "components[0]: its paths are not below the root" },
	{ RECORD("1", "act", "7", "", "opt/a", "/s"), "components[0]: its paths are not below the root" },
	{ RECORD("1", "act", "7", "", "", "s"), "components[0]: its paths are not below the root" },
	{ "", "not one JSON object" },
	{ "{}", "components: missing" },
	{ "\0", "not one JSON object" },
};

SPEC(a_record_that_cannot_be_understood_is_stuck)
{
	for (size_t i = 0; i < COUNT_OF(records); i++) {
		SCOPED(node_end) struct node n = node_here();
		SCOPED(arena_end) struct arena arena = { 0 };
		struct act a;
		struct err e = { 0 };
		given_file(n.state, "acts/000007.json", records[i].text);
		bool yes = act_load(&n, 7, &a, &arena, &e);
		if (!records[i].complaint) {
			MUST(yes, &e);
			continue;
		}
		assert_false(yes);
		assert_says(&e, ERR_STUCK, records[i].complaint);
		assert_says(&e, ERR_STUCK, "acts/000007.json of app");
	}
}

SPEC(a_record_is_a_file_and_no_link)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED(arena_end) struct arena arena = { 0 };
	struct act a;
	struct err e = { 0 }, missing = { 0 };
	given_file(n.state, "elsewhere", RECORD("1", "act", "7", "", "opt/a", "s"));
	given_link(n.state, "acts/000007.json", "../elsewhere");
	assert_false(act_load(&n, 7, &a, &arena, &e));
	assert_false(act_load(&n, 8, &a, &arena, &missing));
	assert_int_equal(missing.sys, ENOENT);
}

SPEC(records_are_counted_in_order_and_nothing_else_is)
{
	SCOPED(node_end) struct node n = node_here();
	SCOPED_TEXT uint64_t *numbers = NULL;
	size_t count = 9;
	struct err e = { 0 };
	MUST(act_numbers(&n, &numbers, &count, &e), &e);
	assert_int_equal(count, 0);
	static const char *const files[] = { "acts/000010.json", "acts/000009.json", "acts/999999.json",
		"acts/.new-000011.json", "acts/11.json", "acts/0000012.json", "acts/000013.json.bak",
		"acts/README" };
	for (size_t i = 0; i < COUNT_OF(files); i++)
		given_file(n.state, files[i], "");
	MUST(act_numbers(&n, &numbers, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_true(numbers[0] == 9 && numbers[1] == 10 && numbers[2] == 999999);
}

SPEC(what_stays_the_same_does_not_move)
{
	static const struct {
		const char *change;
		bool moves;
	} cases[] = { { CHANGE_INSTALL, true }, { CHANGE_UPDATE, true }, { CHANGE_REPAIR, true },
		{ CHANGE_RESTORE, true }, { CHANGE_REMOVE, true }, { CHANGE_SAME, false } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct act_component c = { .change = WORDS(cases[i].change) };
		assert_int_equal(act_moves(&c), cases[i].moves);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_stands_in_the_order_of_names),
		cmocka_unit_test(a_record_is_read_as_it_was_saved),
		cmocka_unit_test(a_record_is_replaced_by_the_next_one),
		cmocka_unit_test(a_record_that_cannot_be_written_leaves_the_old_one),
		cmocka_unit_test(a_record_that_cannot_be_understood_is_stuck),
		cmocka_unit_test(a_record_is_a_file_and_no_link),
		cmocka_unit_test(records_are_counted_in_order_and_nothing_else_is),
		cmocka_unit_test(what_stays_the_same_does_not_move),
	};
	return cmocka_run_group_tests_name("act", tests, start_digests, NULL);
}
