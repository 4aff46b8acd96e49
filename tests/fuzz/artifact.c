/* artifact - the manifest that a registry gives: what is taken has layers that can be asked for. */
#include "bundler/artifact.h"
#include "manifest/container.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(artifact_end) struct artifact a;
	SCOPED(text_end) struct text again = { 0 };
	struct err e = { 0 };
	if (!door_answered(artifact_read("door", (const char *)data, size, &a, &e), &e))
		return 0;
	REQUIRE(a.count > a.signatures && a.signatures <= CONTAINER_SIGNATURES);
	for (size_t i = 0; i < a.count; i++) {
		REQUIRE(a.layers[i].type && a.layers[i].title && a.layers[i].size <= UINT64_C(1) << 53);
		artifact_layer(LAYER_BLOCK, a.layers[i].title, &a.layers[i].sha, a.layers[i].size, &again);
	}
	return 0;
}
