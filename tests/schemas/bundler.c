/* bundler.c - prints the schemas of the bundler's documents. */
#include "bundler/documents.h"

#include "manifest/base/scope.h"
#include "tests/schemas/schema.h"

static const struct document documents[] = { BUNDLER_DOCUMENTS(DOCUMENT_ROW) };

int main(void)
{
	schemas_print(documents, COUNT_OF(documents));
	return 0;
}
