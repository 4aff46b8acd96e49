/* installer.c - prints the schemas of the installer's documents. */
#include "installer/documents.h"

#include "manifest/base/scope.h"
#include "tests/schemas/schema.h"

static const struct document documents[] = { INSTALLER_DOCUMENTS(DOCUMENT_ROW) };

int main(void)
{
	schemas_print(documents, COUNT_OF(documents));
	return 0;
}
