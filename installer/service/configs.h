/* configs - the records of the application's own configuration that must change with its trees. */
#ifndef INSTALLER_SERVICE_CONFIGS_H
#define INSTALLER_SERVICE_CONFIGS_H

#include "installer/transaction.h"

/* Each configuration file of the profile has the records of the plugins that this act moves, durably; every
 * other byte, owner and mode are what they were. A file that is not there is left so. */
MUST_CHECK bool configs_edit(struct transaction *t, struct err *e);

/* What would be written into one file. */
struct config_change {
	char *path;               /* absolute */
	struct json_list records; /* of char *: JSON pointers */
};

/* *out: list of struct config_change in the transaction's arena. Nothing is changed. */
MUST_CHECK bool configs_changes(struct transaction *t, struct json_list *out, struct err *e);

/* Would the records find room? ERR_REFUSED, ERR_FORMAT name the file. Nothing is changed. */
MUST_CHECK bool configs_try(struct transaction *t, struct err *e);

#endif
