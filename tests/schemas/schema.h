/* schema - JSON Schema (draft 2020-12) out of the tables that the programs read and write their documents by.
 */
#ifndef TESTS_SCHEMAS_SCHEMA_H
#define TESTS_SCHEMAS_SCHEMA_H

#include "manifest/json.h"

struct document {
	const char *name, *found_at;
	const struct json_shape *shape;
};

#define DOCUMENT_ROW(name, found_at, shape) { name, found_at, &(shape) },

/* A line "NAME TAB SCHEMA" for each document and for the error document. */
void schemas_print(const struct document *documents, size_t count);

#endif
