/* challenge - the header of a registry that answers 401: what is taken from it is of it, and ends where it
 * says. */
#include "bundler/challenge.h"
#include "manifest/base/scope.h"
#include "tests/fuzz/door.h"

static void of(const char *header, const struct text *value)
{
	REQUIRE(value->len == 0 || (strstr(header, value->at) && !strchr(value->at, '"')));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_TEXT char *header = mem_copy((const char *)data, size);
	SCOPED(challenge_end) struct challenge c;
	challenge_read(header, &c);
	of(header, &c.realm);
	of(header, &c.service);
	of(header, &c.scope);
	REQUIRE(c.way == CHALLENGE_TOKEN || c.realm.len + c.service.len + c.scope.len == 0);
	return 0;
}
