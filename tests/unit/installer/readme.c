/* readme - what a report says to somebody who was not there. */
#include "installer/readme.h"
#include "tests/unit/installer/acts.h"

static struct act_unit one_unit = { .name = WORDS("app.service"),
	.manager = WORDS("system"),
	.role = WORDS(UNIT_SERVICE),
	.user = WORDS("root"),
	.ran = true };

/* The act has a service, and came as far as that step. */
static struct act *served(struct act *a, const char *step, bool proven)
{
	a->units = (struct json_list){ &one_unit, 1 };
	a->step = WORDS(step);
	a->proven = proven;
	return a;
}

static struct act *undone(struct act *a, const char *why)
{
	a->outcome = WORDS(ACT_UNDONE);
	a->why = WORDS(why);
	return a;
}

static void assert_readme(const struct readme *r, const char *const *says)
{
	SCOPED(text_end) struct text out = { 0 };
	readme_write(r, &out);
	for (; *says; says++)
		if (!strstr(text_str(&out), *says))
			fail_msg("\"%s\" is not in:\n%s", *says, text_str(&out));
}

SPEC(the_readme_says_what_to_do_next)
{
	SCOPED(history_end) struct history h = { 0 };
	struct readme r = { .application = "app", .host = "here", .options = "--root x", .now = "1" };
	r.act = applied(&h, 'A');
	h.acts[0].proven = true;
	assert_readme(&r, (const char *[]){ "Committed, and proven", "Nothing. If", NULL });
	r.act = served(undone(applied(&h, 'B'), "gates: x: load"), STEP_PROVE, true);
	h.acts[1].failed = true;
	assert_readme(
		&r, (const char *[]){ "did not pass its gates. The old release is back and is what it was",
			    "Nothing is urgent", "apply --retry", NULL });
	h.acts[1].proven = false;
	assert_readme(&r, (const char *[]){ "NOT what it was", "waybill-install gates --root x", NULL });
	r.held = true;
	assert_readme(&r, (const char *[]){ "HELD", "waybill-install status --root x", NULL });
	h.acts[1].outcome = WORDS("");
	assert_readme(&r, (const char *[]){ "no outcome", "waybill-install recover --root x", NULL });
	r.at_work = true;
	assert_readme(&r, (const char *[]){ "status --follow", NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_readme_says_what_to_do_next),
	};
	return cmocka_run_group_tests_name("readme", tests, start_digests, NULL);
}
