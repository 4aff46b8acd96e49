/* sticks - a bundle in volumes that come one medium after another: who sits at the terminal is asked for
 * them. */
#ifndef INSTALLER_STICKS_H
#define INSTALLER_STICKS_H

#include "manifest/medium.h"

/* Where volumes are missing and somebody is at a terminal: those that are there are copied, into files
 * without a name, and the others are asked for, by directory, until all are there or nothing more is to come;
 * what is still missing is then a hole as before. Elsewhere nothing happens. */
MUST_CHECK bool sticks_ask(struct medium *m, struct err *e);

#endif
