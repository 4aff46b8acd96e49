/* watchdog - what recovers an act whose process has died: a timer while the machine runs, a unit at its next
 * boot.
 *
 * The timer is transient and gone after a reboot; the units are written by `adopt`:
 *
 *     waybill-recover.service   early, before what the units need: files and the hold; starts nothing
 *     waybill-prove.service     after the application: judges the old release and closes the act
 */
#ifndef INSTALLER_SERVICE_WATCHDOG_H
#define INSTALLER_SERVICE_WATCHDOG_H

#include "installer/host/site.h"
#include "installer/transaction.h"

/* A timer of the act's manager runs `recover --unattended` of the kept installer, again and again until
 * watchdog_disarm(). Without systemd there is none, which is told and no failure. */
MUST_CHECK bool watchdog_arm(struct transaction *t, struct err *e);
void watchdog_disarm(const struct node *n, const struct act *a);

/* The two units are on disk and wanted at boot; the managers still have to read them. For all applications of
 * the site. */
MUST_CHECK bool watchdog_install(const struct node *n, const struct site *s, struct err *e);
MUST_CHECK bool watchdog_remove(const struct node *n, struct err *e);

#endif
