/* units - every unit here that may run the application: asked of the managers, else read from their files. */
#ifndef INSTALLER_HOST_UNITS_H
#define INSTALLER_HOST_UNITS_H

#include "installer/host/host.h"
#include "installer/host/unit.h"

/* A list of struct unit: those whose names fit the profile's patterns (or `more`), of the system and of
 * users. A manager that does not answer, or may not be asked, is noted as unseen; its unit files count then.
 */
void units_find(struct host *h, const struct json_list *more, struct json_list *out);

/* Adds an element to a list of structs in the arena and returns it, zeroed. */
void *list_add(struct json_list *list, size_t size, struct arena *arena);

#endif
