/* container - a bundle's bytes: the file is read, and checked whole where its manifest can be. */
#include "manifest/container.h"
#include "tests/fuzz/door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(medium_end) struct medium *medium = NULL;
	SCOPED(container_end) struct container c = { 0 };
	SCOPED(container_report_end) struct container_report report = { 0 };
	SCOPED(arena_end) struct arena arena = { 0 };
	SCOPED(text_end) struct text words = { 0 };
	struct manifest m;
	struct err e = { 0 }, end = { 0 };
	REQUIRE(medium_of(door_file(data, size), "door", &medium, &e));
	if (!door_answered(container_open(medium, &c, &e), &e))
		return 0;
	REQUIRE(c.body <= size && c.manifest.len && c.signed_by <= CONTAINER_SIGNATURES);
	struct trusted text = { c.manifest.at, c.manifest.len };
	if (!door_answered(manifest_read(text, &m, &arena, &e), &e))
		return 0;
	bool ends = door_answered(container_check_end(&c, &m, &end), &end);
	if (m.index.count + m.blocks.count > 100 || m.memory > 1 << 24)
		return 0;
	REQUIRE(container_check(&c, &m, &report, NULL, NULL, &e) && report.checked <= size);
	REQUIRE(ends || report.count > 0);
	container_report_text(&report, &words);
	return 0;
}
