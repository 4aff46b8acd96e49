/* challenge - what registries answer with 401 is read as they mean it, and nothing else is made of it. */
#include "bundler/challenge.h"
#include "tests/unit/unit.h"

static const struct {
	const char *header;
	enum challenge_way way;
	const char *realm, *service, *scope;
} cases[] = {
	{ "Bearer realm=\"https://login.test/token\",service=\"ours\",scope=\"repository:a/b:pull,push\"",
		CHALLENGE_TOKEN, "https://login.test/token", "ours", "repository:a/b:pull,push" },
	{ "bearer SCOPE=\"a b\" , Realm=https://login.test/?a=1, error=\"invalid_token\"", CHALLENGE_TOKEN,
		"https://login.test/?a=1", "", "a b" },
	{ "Bearer note=\"x, realm=y\",realm=\"z\"", CHALLENGE_TOKEN, "z", "", "" }, /* no name in quotes */
	{ "Bearer xrealm=\"a\",realm", CHALLENGE_TOKEN, "", "", "" },
	{ "Bearer realm=\"a\", Basic realm=\"b\"", CHALLENGE_TOKEN, "a", "", "" },
	{ "Bearer realm=\"a", CHALLENGE_TOKEN, "a", "", "" },
	{ "Bearer ", CHALLENGE_TOKEN, "", "", "" },
	{ "Basic realm=\"here\"", CHALLENGE_PASSWORD, "", "", "" },
	{ "Negotiate", CHALLENGE_UNKNOWN, "", "", "" },
	{ "", CHALLENGE_UNKNOWN, "", "", "" },
};

SPEC(a_registry_says_how_it_wants_to_be_asked)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(challenge_end) struct challenge c;
		challenge_read(cases[i].header, &c);
		if (c.way != cases[i].way || strcmp(text_str(&c.realm), cases[i].realm) != 0 ||
			strcmp(text_str(&c.service), cases[i].service) != 0 ||
			strcmp(text_str(&c.scope), cases[i].scope) != 0)
			fail_msg("%s: %d, realm %s, service %s, scope %s", cases[i].header, c.way,
				text_str(&c.realm), text_str(&c.service), text_str(&c.scope));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registry_says_how_it_wants_to_be_asked),
	};
	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
