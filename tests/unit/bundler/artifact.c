/* artifact - what is written is read again, and what is no bundle of ours is told apart by a sentence. */
#include "bundler/artifact.h"
#include "manifest/container.h"
#include "tests/unit/unit.h"

/* The document of a bundle with so many signatures and one block. */
static void given_document(size_t signatures, struct text *out)
{
	struct manifest m = { .name = (char[]){ "toy" }, .release = (char[]){ "1.0 \"a\"" } };
	struct digest sha = digest_sha256("x", 1);
	SCOPED(text_end) struct text layers = { 0 };
	artifact_layer(LAYER_MANIFEST, "waybill.json", &sha, 600, &layers);
	for (size_t i = 0; i < signatures; i++) {
		text_puts(&layers, ",");
		artifact_layer(LAYER_SIGNATURE, "signatures/0.minisig", &sha, 300, &layers);
	}
	text_puts(&layers, ",");
	artifact_layer(LAYER_BLOCK, NULL, &sha, UINT64_C(1) << 40, &layers);
	artifact_write(&m, &layers, out);
}

SPEC(what_is_written_is_read_again)
{
	SCOPED(artifact_end) struct artifact a = { 0 };
	SCOPED(text_end) struct text document = { 0 };
	struct digest sha = digest_sha256("x", 1);
	struct err e = { 0 };
	given_document(2, &document);
	MUST(artifact_read("here", document.at, document.len, &a, &e), &e);
	assert_int_equal(a.count, 4);
	assert_int_equal(a.signatures, 2);
	assert_string_equal(a.layers[0].title, "waybill.json");
	assert_string_equal(a.layers[2].title, "signatures/0.minisig");
	assert_string_equal(a.layers[3].title, "");
	assert_int_equal(a.layers[3].size, UINT64_C(1) << 40);
	assert_true(digest_equal(&a.layers[3].sha, &sha));
}

static const struct {
	size_t signatures;
	const char *from, *to, *complaint;
} cases[] = {
	{ 1, "waybill.bundle", "other.bundle",
		"is no bundle: its artifactType is application/vnd.other.bundle.v1" },
	{ 1, "\"artifactType\"", "\"type\"", "artifactType is application/vnd.oci.empty.v1+json" },
	{ 1, "waybill.manifest", "other.manifest", "expected one layer application/vnd.waybill.manifest" },
	{ 1, "\"size\":600", "\"size\":-1", "layer 0 is not well formed" },
	{ 1, "\"size\":600", "\"size\":1e17", "layer 0 is not well formed" },
	{ 1, "\"size\":600", "\"size\":\"600\"", "layer 0 is not well formed" },
	{ 1, "\"digest\":\"sha256:2d", "\"digest\":\"sha256:2D", "layer 0 is not well formed" },
	{ 1, "\"layers\":[", "\"layers\":[7,", "layer 0 is not well formed" },
	{ 1, "\"layers\":[", "\"other\":[", "expected one layer" },
	{ 1, "\"schemaVersion\":2}", "", "here: its manifest in the registry" },
	{ CONTAINER_SIGNATURES + 1, "", "", "at most" },
};

SPEC(what_is_no_bundle_of_ours_is_refused)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		SCOPED(artifact_end) struct artifact a = { 0 };
		SCOPED(text_end) struct text sound = { 0 }, document = { 0 };
		struct err e = { 0 };
		given_document(cases[i].signatures, &sound);
		char *at = strstr(sound.at, cases[i].from);
		assert_non_null(at);
		text_add(&document, sound.at, (size_t)(at - sound.at));
		text_puts(&document, cases[i].to);
		text_puts(&document, at + strlen(cases[i].from));
		SCOPED_TEXT char *exact = exact_copy(document.at, document.len);
		assert_false(artifact_read("here", exact, document.len, &a, &e));
		assert_says(&e, ERR_FORMAT, cases[i].complaint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_is_no_bundle_of_ours_is_refused),
	};
	return cmocka_run_group_tests_name("artifact", tests, NULL, NULL);
}
