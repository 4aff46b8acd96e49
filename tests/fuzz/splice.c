/* splice - a configuration file and what to change in it: POINTER LF VALUE LF TEXT, a removal if VALUE is
 * empty.
 *
 * What comes out can be read, says what was asked for, is not changed by asking again, and has all else as it
 * was; what was JSON is JSON.
 */
#include "installer/service/splice.h"

#include "manifest/jsonview.h"
#include "tests/fuzz/door.h"
#include "tests/unit/installer/leaves.h"

/* The line at *data, which goes on behind it; NULL: no line, or a NUL in it. */
static char *line_of(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
	size_t len = end ? (size_t)(end - *data) : 0;
	if (!end || memchr(*data, '\0', len))
		return NULL;
	char *line = mem_copy((const char *)*data, len);
	*data += len + 1;
	*size -= len + 1;
	return line;
}

static bool is_json(const char *text, size_t len)
{
	struct jsonview *top = NULL;
	struct err e = { 0 };
	bool good = jsonview_open(text, len, NULL, &top, &e);
	jsonview_close(&top);
	return good;
}

/* Of a list that lost an element the others have other numbers. */
static bool in_list(const char *text, size_t len, const char *at)
{
	SCOPED_TEXT char *holder = mem_copy(at, (size_t)(strrchr(at, '/') - at));
	struct json5_value v;
	struct err e = { 0 };
	REQUIRE(json5_find(text, len, holder, &v, &e));
	return v.kind == JSON5_ARRAY;
}

static void others_stay(const char *text, size_t len, const struct text *out, const struct splice *edit)
{
	SCOPED(text_end) struct text before = { 0 }, after = { 0 };
	struct json5_value was;
	struct err e = { 0 };
	REQUIRE(json5_find(text, len, edit->at, &was, &e));
	REQUIRE(leaves_bytes(text, len, &was, !edit->value, out));
	if (!edit->value && in_list(text, len, edit->at))
		return;
	REQUIRE(leaves_of(text, len, edit->at, &before, &e) &&
		leaves_of(out->at, out->len, edit->at, &after, &e));
	REQUIRE(before.len == after.len && (!before.len || memcmp(before.at, after.at, after.len) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(text_end) struct text out = { 0 }, again = { 0 };
	SCOPED_TEXT char *at = line_of(&data, &size), *value = at ? line_of(&data, &size) : NULL;
	const char *text = (const char *)data;
	struct json5_value found;
	struct err e = { 0 };
	bool changed;
	if (!value)
		return 0;
	const struct splice edit = { .at = at, .value = *value ? value : NULL };
	if (!door_answered(splice_apply(text, size, &edit, 1, &out, &changed, &e), &e)) {
		REQUIRE(out.len == 0 && !changed);
		return 0;
	}
	REQUIRE(changed == (out.len != size || memcmp(out.at, text, size) != 0));
	REQUIRE(json5_find(out.at, out.len, at, &found, &e));
	others_stay(text, size, &out, &edit);
	if (edit.value)
		REQUIRE(found.kind != JSON5_ABSENT &&
			splice_apply(out.at, out.len, &edit, 1, &again, &changed, &e) && !changed);
	else
		REQUIRE(found.kind == JSON5_ABSENT || in_list(text, size, at));
	REQUIRE(!is_json(text, size) || is_json(out.at, out.len));
	return 0;
}
