/* shapes - every table of JSON fields stands in the order of its names, all the way down. */
#ifndef TESTS_UNIT_SHAPES_H
#define TESTS_UNIT_SHAPES_H

#include "manifest/json.h"
#include "tests/unit/unit.h"

HELPER void assert_shape_sorted(const struct json_shape *shape)
{
	assert_true(shape->count > 0 && shape->count <= 64);
	for (size_t i = 0; i < shape->count; i++) {
		const struct json_field *f = &shape->fields[i];
		if (i && strcmp(f[-1].name, f->name) >= 0)
			fail_msg("%s stands before %s", f[-1].name, f->name);
		if (f->at >= shape->size)
			fail_msg("%s lies outside of its struct", f->name);
		bool nested = f->kind == JSON_OBJECT || f->kind == JSON_LIST;
		if (nested != (f->of != NULL))
			fail_msg("%s: a shape is for objects and lists", f->name);
		if (nested)
			assert_shape_sorted(f->of);
	}
}

#endif
