/* manifest - what was signed is read strictly: version and needs first, then every field, then every limit.
 */
#include "manifest/profile.h"
#include "tests/unit/manifest/sample.h"
#include "tests/unit/shapes.h"

SPEC(every_field_stands_in_the_order_of_names)
{
	assert_shape_sorted(&manifest_shape);
	assert_shape_sorted(&profile_shape);
}

static bool read_text(const char *text, size_t len, struct manifest *out, struct arena *arena, struct err *e)
{
	char *exact = exact_copy(text, len);
	bool yes = manifest_read((struct trusted){ exact, len }, out, arena, e);
	free(exact);
	return yes;
}

SPEC(a_manifest_is_read_as_it_was_written)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text text = { 0 }, again = { 0 };
	struct manifest m;
	struct err e = { 0 };
	s->components[0].platform = &(struct platform){ .os = SAMPLE_TEXT("linux"), .napi = 9 };
	manifest_write(&s->m, &text);
	MUST(read_text(text.at, text.len, &m, &arena, &e), &e);
	assert_string_equal(m.name, "sample");
	assert_int_equal(m.sequence, 7);
	assert_int_equal(m.components.count, 2);
	assert_string_equal(manifest_component(&m, "extra")->kind, "plugin");
	assert_int_equal(manifest_component(&m, "app")->platform->napi, 9);
	assert_string_equal(manifest_component(&m, "app")->package, "");
	assert_null(manifest_component(&m, "none"));
	assert_null(m.profile);
	assert_int_equal(manifest_bytes(&m), s->components[0].bytes + s->components[1].bytes);
	manifest_write(&m, &again);
	assert_string_equal(again.at, text.at);
}

/* The sample's text with the first `old` in it replaced. */
static void changed(const char *old, const char *new, struct text *out)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	SCOPED(text_end) struct text text = { 0 };
	manifest_write(&s->m, &text);
	const char *at = strstr(text.at, old);
	if (!at)
		fail_msg("no %s in %s", old, text.at);
	text_clear(out);
	text_add(out, text.at, (size_t)(at - text.at));
	text_puts(out, new);
	text_puts(out, at + strlen(old));
}

static const struct {
	const char *old, *new;
	enum err_kind kind;
	const char *complaint;
} changes[] = {
	{ "\"waybill\":1", "\"waybill\":2", ERR_REFUSED, "format version 2, this program reads version 1" },
	{ "\"needs\":[]", "\"needs\":[\"time travel\"]", ERR_REFUSED, "the bundle needs \"time travel\"" },
	{ "\"type\":\"bundle\"", "\"type\":\"act\"", ERR_FORMAT, "signed as a \"act\", not as a \"bundle\"" },
	{ "\"needs\":[],", "", ERR_FORMAT, "needs: missing" },
	{ "\"name\":\"sample\",", "", ERR_FORMAT, "name: missing" },
	{ "\"created\":1", "\"created\":-1", ERR_FORMAT, "created: expected a whole number" },
	{ "\"created\":1", "\"created\":1.0", ERR_FORMAT, "not in canonical form" },
	{ "\"created\":1", "\"colour\":1,\"created\":1", ERR_FORMAT, "colour: no such field" },
	{ "\"created\":1", "\"created\":1,\"created\":1", ERR_FORMAT, "created: given twice" },
	{ "\"created\":1", " \"created\":1", ERR_FORMAT, "not in canonical form: differs from byte " },
	{ "\"name\":\"sample\"", "\"name\":\"sam/ple\"", ERR_FORMAT,
		"name: \"sam/ple\" is no application name" },
	{ "\"name\":\"sample\"", "\"name\":\"\"", ERR_FORMAT, "name: \"\" is no application name" },
	{ "\"release\":\"1.0\"", "\"release\":\"\"", ERR_FORMAT, "release: expected 1 to 64 bytes" },
	{ "\"sequence\":7", "\"sequence\":0", ERR_FORMAT, "sequence: expected 1 or more" },
	{ "\"id\":\"app\"", "\"id\":\"../app\"", ERR_FORMAT, "\"../app\" is no component id" },
	{ "\"id\":\"app\"", "\"id\":\"zapp\"", ERR_FORMAT, "extra: not in order, or twice" },
	{ "\"id\":\"app\"", "\"id\":\"extra\"", ERR_FORMAT, "extra: not in order, or twice" },
	{ "\"kind\":\"core\"", "\"kind\":\"kernel\"", ERR_FORMAT, "app: \"kernel\" is no kind of component" },
	{ "\"owner\":\"inherit\"", "\"owner\":\"root\"", ERR_FORMAT, "app: \"root\" is no owner policy" },
	{ "\"files\":4", "\"files\":\"4\"", ERR_FORMAT, "files: expected a whole number" },
	{ "\"memory\":1048576", "\"memory\":100", ERR_FORMAT, "blocks[0]: takes " },
	{ "\"raw\":100,\"size\":50", "\"raw\":0,\"size\":50", ERR_FORMAT,
		"index[0]: 50 bytes that become 0: out of bounds" },
	{ "\"raw\":100,\"size\":50", "\"raw\":100,\"size\":0", ERR_FORMAT,
		"index[0]: 0 bytes that become 100" },
	{ "\"raw\":100,\"size\":50", "\"raw\":4194305,\"size\":50", ERR_FORMAT,
		"index[0]: 50 bytes that become 4194305" },
	{ "\"raw\":100,\"size\":50", "\"raw\":100,\"size\":613", ERR_FORMAT,
		"index[0]: 613 bytes that become 100" },
	{ "\"evidence\":{\"verdict\":\"unvalidated\"}", "\"evidence\":{}", ERR_FORMAT,
		"evidence: verdict: missing" },
	{ "{\"blocks\"",
		"{\"base\":{\"components\":[],\"manifest\":\"00000000000000000000000000000000000000000000000000000"
		"00000000001\",\"release\":\"0\"},\"blocks\"",
		ERR_FORMAT, "base: a delta that does not say so" },
};

SPEC(a_manifest_that_is_wrong_is_refused_with_the_field)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		SCOPED(text_end) struct text text = { 0 };
		struct manifest m;
		struct err e = { 0 };
		changed(changes[i].old, changes[i].new, &text);
		if (read_text(text.at, text.len, &m, &arena, &e))
			fail_msg("%s was read", changes[i].new);
		assert_says(&e, changes[i].kind, changes[i].complaint);
		assert_int_equal(strncmp(e.text, "manifest: ", 10), 0);
	}
}

/* A later version may have anything else in it: it is named before it is found to be strange. */
SPEC(what_a_reader_cannot_do_is_told_before_anything_else)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	static const char future[] = "{\"needs\":[],\"something\":[{}],\"type\":\"bundle\",\"waybill\":9}";
	struct manifest m;
	struct err e = { 0 };
	assert_false(read_text(future, strlen(future), &m, &arena, &e));
	assert_says(&e, ERR_REFUSED, "format version 9");
}

static void assert_limit(struct sample *s, const char *complaint)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text text = { 0 };
	struct manifest m;
	struct err e = { 0 };
	manifest_write(&s->m, &text);
	bool yes = read_text(text.at, text.len, &m, &arena, &e);
	if (complaint)
		assert_says(&e, ERR_FORMAT, complaint);
	else
		MUST(yes, &e);
}

static void given_components(struct sample *s, size_t count)
{
	struct component *c = arena_new(&s->arena, count * sizeof *c);
	for (size_t i = 0; i < count; i++) {
		c[i] = s->components[0];
		c[i].id = arena_printf(&s->arena, "c%05zu", i);
	}
	s->m.components = (struct json_list){ c, count };
}

static void given_blobs(struct sample *s, struct json_list *list, size_t count, uint64_t raw)
{
	struct blob *b = arena_new(&s->arena, count * sizeof *b);
	for (size_t i = 0; i < count; i++)
		b[i] = (struct blob){ .digest = { { 1 } }, .raw = raw, .size = raw };
	*list = (struct json_list){ b, count };
}

SPEC(every_number_has_its_limit)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	given_components(s, COMPONENTS_MAX);
	assert_limit(s, NULL);
	given_components(s, COMPONENTS_MAX + 1);
	assert_limit(s, "components: has 1025, expected 1 to 1024");
	given_components(s, 0);
	assert_limit(s, "components: has 0");
	given_components(s, 1);
	given_blobs(s, &s->m.index, INDEX_FRAMES_MAX, 1);
	assert_limit(s, NULL);
	given_blobs(s, &s->m.index, INDEX_FRAMES_MAX + 1, 1);
	assert_limit(s, "index: has 10001 members, expected 1 to 10000");
	given_blobs(s, &s->m.index, 1, INDEX_FRAME_MAX);
	assert_limit(s, NULL);
	given_blobs(s, &s->m.blocks, 0, 1);
	assert_limit(s, "blocks: has 0 members, expected 1 to 32768");
	given_blobs(s, &s->m.blocks, BLOCKS_MAX + 1, 1);
	assert_limit(s, "blocks: has 32769 members");
	s->m.memory = 2 * BLOCK_RAW_MAX;
	given_blobs(s, &s->m.blocks, 1, BLOCK_RAW_MAX);
	assert_limit(s, NULL);
	s->m.memory--;
	assert_limit(s, "blocks[0]: takes 1073741824 bytes to decode, memory declares 1073741823");
	s->m.memory = UINT64_C(1) << 40;
	given_blobs(s, &s->m.blocks, 1, BLOCK_RAW_MAX + 1);
	assert_limit(s, "blocks[0]: 536870913 bytes that become 536870913: out of bounds");
}

SPEC(a_manifest_of_more_than_four_mib_is_not_looked_at)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	char *large = repeated(' ', MANIFEST_MAX + 1);
	struct manifest m;
	struct err e = { 0 };
	assert_false(read_text(large, MANIFEST_MAX + 1, &m, &arena, &e));
	assert_says(&e, ERR_FORMAT, "has 4194305 bytes, at most 4194304 are allowed");
	free(large);
}

SPEC(a_release_has_up_to_64_bytes)
{
	SCOPED(sample_end) struct sample *s = sample_new();
	char *longer = repeated('9', ID_MAX_LEN + 1);
	s->m.release = longer + 1;
	assert_limit(s, NULL);
	s->m.release = longer;
	assert_limit(s, "release: expected 1 to 64 bytes");
	free(longer);
}

/* ---- profile ---- */

#define PROFILE                                                                                                          \
	"{\"config\":[{\"path\":\"${home}/c.json\",\"records\":[{\"at\":\"/a\",\"component\":\"app\",\"value\":\"1\"}]," \
	"\"syntax\":\"json5\"}],\"dropins\":[{\"lines\":[\"[Service]\"],\"name\":\"x.conf\",\"unit\":\"app.service\"}]," \
	"\"gates\":[{\"advisory\":true,\"argv\":[\"app\",\"status\"],\"kind\":\"command\",\"name\":\"says\"}],"          \
	"\"name\":\"app\",\"state\":[{\"class\":\"keep\",\"path\":\"${home}/.app\"}],\"units\":[\"app.service\"]}"

SPEC(a_profile_is_read_and_written_back)
{
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text again = { 0 };
	struct profile p;
	struct err e = { 0 };
	MUST(json_read(&profile_shape, PROFILE, strlen(PROFILE), &p, &arena, &e), &e);
	assert_string_equal(p.name, "app");
	assert_string_equal(((struct profile_gate *)p.gates.items)->component, "");
	json_write(&profile_shape, &p, &again);
	assert_string_equal(text_str(&again), PROFILE);
}

SPEC(a_profile_names_the_field_that_is_wrong)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{ "{}", "name: missing" },
		{ "{\"name\":\"a\",\"unit\":1}", "unit: no such field" },
		{ "{\"name\":\"a\",\"state\":[{\"path\":\"x\"}]}", "class: missing" },
		{ "{\"name\":\"a\",\"gates\":[{\"kind\":\"k\",\"name\":\"n\",\"deadline\":-1}]}",
			"deadline: expected a whole" },
		{ "{\"name\":\"a\",\"config\":[{\"path\":\"p\",\"records\":[{}],\"syntax\":\"json\"}]}",
			"at: missing" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(arena_end) struct arena arena = { 0 };
		struct profile p;
		struct err e = { 0 };
		assert_false(json_read(&profile_shape, cases[i].text, strlen(cases[i].text), &p, &arena, &e));
		assert_says(&e, ERR_FORMAT, cases[i].complaint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_stands_in_the_order_of_names),
		cmocka_unit_test(a_manifest_is_read_as_it_was_written),
		cmocka_unit_test(a_manifest_that_is_wrong_is_refused_with_the_field),
		cmocka_unit_test(what_a_reader_cannot_do_is_told_before_anything_else),
		cmocka_unit_test(every_number_has_its_limit),
		cmocka_unit_test(a_manifest_of_more_than_four_mib_is_not_looked_at),
		cmocka_unit_test(a_release_has_up_to_64_bytes),
		cmocka_unit_test(a_profile_is_read_and_written_back),
		cmocka_unit_test(a_profile_names_the_field_that_is_wrong),
	};
	return cmocka_run_group_tests_name("manifest", tests, start_digests, NULL);
}
