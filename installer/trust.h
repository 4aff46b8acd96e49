/* trust - opens a bundle and decides whether to believe it: the installer's one place where both are seen. */
#ifndef INSTALLER_TRUST_H
#define INSTALLER_TRUST_H

#include "installer/node.h"
#include "keys/verify.h"
#include "manifest/bundle.h"

/* Opens the bundle (volumes of it may be in `dirs`) and believes it if a key that counts signed it: the
 * --public files, or the node's own keys (giving both is ERR_USAGE). Where there are neither, ERR_UNTRUSTED
 * shows who signed and the next line to type. */
MUST_CHECK bool trust_open(const struct node *n, const struct cli_many *publics, const char *path,
	const struct cli_many *dirs, const char *command, struct bundle *out, struct verified_by *by,
	struct err *e);

#endif
