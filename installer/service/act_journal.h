/* act_journal - what the units of an act, and their managers of them, said in the journal while it was at
 * work. */
#ifndef INSTALLER_SERVICE_ACT_JOURNAL_H
#define INSTALLER_SERVICE_ACT_JOURNAL_H

#include "installer/act.h"

#define SAID_MAX  ((size_t)4 * 1024 * 1024)
#define SAID_TAIL 60 /* seconds after the act's end */

/* Appends the lines with their times, oldest first, as journalctl(1) writes them; a last line says so where
 * they are not all. ERR_SYSTEM: there is no journal that could be asked. */
MUST_CHECK bool said_by_units(const struct act *a, struct text *out, struct err *e);

/* That command, ended with NULL, in `arena`; NULL: no unit is one of systemd's. `now`: seconds since 1970,
 * for an act that has not ended. */
const char *const *said_words(const struct act *a, uint64_t now, struct arena *arena);

#endif
