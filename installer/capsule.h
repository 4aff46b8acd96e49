/* capsule - what a failed release wrote and undo took out of the way: names and sizes, no contents. */
#ifndef INSTALLER_CAPSULE_H
#define INSTALLER_CAPSULE_H

#include "installer/act.h"

/* Appends a line for each entry, at most CAPSULE_LINES. False: the act has left none. */
#define CAPSULE_LINES 20000
bool capsule_list(const struct node *n, const struct act *a, struct text *out);

#endif
