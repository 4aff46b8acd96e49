/* profile.c - see profile.h. */
#include "manifest/profile.h"

#include <stddef.h>

#include "manifest/base/scope.h"

#define SHAPE(name, type, ...)                                                                                \
	static const struct json_field name##_fields[] = { __VA_ARGS__ };                                     \
	static const struct json_shape name = { name##_fields, COUNT_OF(name##_fields), sizeof(type) }

#define AT(member) offsetof(struct profile_state, member)
SHAPE(state_shape, struct profile_state, { "class", JSON_TEXT, AT(class), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL });
#undef AT

#define AT(member) offsetof(struct profile_record, member)
SHAPE(record_shape, struct profile_record, { "at", JSON_TEXT, AT(at), false, NULL },
	{ "component", JSON_TEXT, AT(component), true, NULL }, { "value", JSON_TEXT, AT(value), false, NULL });
#undef AT

#define AT(member) offsetof(struct profile_config, member)
SHAPE(config_shape, struct profile_config, { "path", JSON_TEXT, AT(path), false, NULL },
	{ "records", JSON_LIST, AT(records), false, &record_shape },
	{ "syntax", JSON_TEXT, AT(syntax), false, NULL });
#undef AT

#define AT(member) offsetof(struct profile_dropin, member)
SHAPE(dropin_shape, struct profile_dropin, { "lines", JSON_TEXTS, AT(lines), false, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL }, { "unit", JSON_TEXT, AT(unit), false, NULL });
#undef AT

#define AT(member) offsetof(struct profile_gate, member)
SHAPE(gate_shape, struct profile_gate, { "advisory", JSON_FLAG, AT(advisory), true, NULL },
	{ "argv", JSON_TEXTS, AT(argv), true, NULL }, { "component", JSON_TEXT, AT(component), true, NULL },
	{ "deadline", JSON_COUNT, AT(deadline), true, NULL }, { "expect", JSON_TEXTS, AT(expect), true, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL }, { "match", JSON_TEXT, AT(match), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL }, { "settle", JSON_COUNT, AT(settle), true, NULL });
#undef AT

#define AT(member) offsetof(struct profile, member)
static const struct json_field profile_fields[] = {
	{ "caches", JSON_TEXTS, AT(caches), true, NULL },
	{ "config", JSON_LIST, AT(config), true, &config_shape },
	{ "dropins", JSON_LIST, AT(dropins), true, &dropin_shape },
	{ "excluded", JSON_TEXTS, AT(excluded), true, NULL },
	{ "gates", JSON_LIST, AT(gates), true, &gate_shape },
	{ "local", JSON_TEXTS, AT(local), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "redactions", JSON_TEXTS, AT(redactions), true, NULL },
	{ "scanned", JSON_TEXTS, AT(scanned), true, NULL },
	{ "scheme", JSON_TEXT, AT(scheme), true, NULL },
	{ "state", JSON_LIST, AT(state), true, &state_shape },
	{ "units", JSON_TEXTS, AT(units), true, NULL },
};
#undef AT

const struct json_shape profile_shape = { profile_fields, COUNT_OF(profile_fields), sizeof(struct profile) };
