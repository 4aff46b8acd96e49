/* profiles.c - the profiles that are built in: the files of manifest/profiles/, byte for byte. */
#include <stddef.h>
#include <string.h>

#include "manifest/base/scope.h"
#include "manifest/profile.h"

#define BUILTIN(name)                                                                                        \
	__asm__(".section .rodata\n"                                                                         \
		"profile_" #name ":\n"                                                                       \
		".incbin \"manifest/profiles/" #name ".json\"\n"                                             \
		"profile_" #name "_end:\n"                                                                   \
		".byte 0\n"                                                                                  \
		".previous\n");                                                                              \
	extern const char profile_##name[] __attribute__((visibility("hidden"))),                            \
		profile_##name##_end[] __attribute__((visibility("hidden")))

BUILTIN(openclaw);
BUILTIN(generic);

static const struct {
	const char *name, *text, *end;
} builtin[] = {
	{ "generic", profile_generic, profile_generic_end },
	{ "openclaw", profile_openclaw, profile_openclaw_end },
};

const char *profile_builtin(const char *name, size_t *len)
{
	for (size_t i = 0; i < COUNT_OF(builtin); i++)
		if (strcmp(builtin[i].name, name) == 0) {
			*len = (size_t)(builtin[i].end - builtin[i].text);
			return builtin[i].text;
		}
	return NULL;
}
