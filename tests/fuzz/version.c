/* version - two versions and a range, a line each, as a package.json has them: turned round, the order is the
 * other one. */
#include "installer/host/version.h"
#include "manifest/json.h"
#include "tests/fuzz/door.h"

static enum version_order turned(enum version_order order)
{
	return order == ORDER_OLDER ? ORDER_NEWER : order == ORDER_NEWER ? ORDER_OLDER : order;
}

static void compare(const char *scheme, const char *a, const char *b, const char *range)
{
	bool known = version_known(scheme, a) && version_known(scheme, b);
	enum version_order order = version_compare(scheme, a, b);
	REQUIRE((order != ORDER_UNKNOWN) == known && version_compare(scheme, b, a) == turned(order));
	REQUIRE(!version_known(scheme, a) || version_compare(scheme, a, a) == ORDER_SAME);
	(void)version_in_range(scheme, a, range);
	REQUIRE(version_in_range(scheme, a, "") == (version_known(scheme, a) ? FIT_YES : FIT_UNKNOWN) ||
		strchr(a, '-'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_TEXT char *text = mem_copy((const char *)data, size);
	char *rest = text;
	const char *a = strsep(&rest, "\n"), *b = rest ? strsep(&rest, "\n") : "", *range = rest ? rest : "";
	compare("semver", a, b, range);
	compare("date", a, b, range);
	REQUIRE(version_dotted(b, a) == turned(version_dotted(a, b)));
	return 0;
}
