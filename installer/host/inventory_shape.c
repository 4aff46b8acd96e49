/* inventory_shape.c - the document, field by field. */
#include "installer/host/inventory.h"

#include "manifest/base/scope.h"

#define AT(member) offsetof(struct copy, member)
static const struct json_field copy_fields[] = {
	{ "device", JSON_COUNT, AT(device), false, NULL },
	{ "inode", JSON_COUNT, AT(inode), false, NULL },
	{ "owner", JSON_TEXT, AT(owner), false, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "runs", JSON_FLAG, AT(runs), true, NULL },
	{ "units", JSON_TEXTS, AT(units), true, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
	{ "wrappers", JSON_TEXTS, AT(wrappers), true, NULL },
};
static const struct json_shape copy_shape = { copy_fields, COUNT_OF(copy_fields), sizeof(struct copy) };
#undef AT

#define AT(member) offsetof(struct part, member)
static const struct json_field part_fields[] = {
	{ "device", JSON_COUNT, AT(device), false, NULL },
	{ "host", JSON_TEXT, AT(host), true, NULL },
	{ "id", JSON_TEXT, AT(id), false, NULL },
	{ "inode", JSON_COUNT, AT(inode), false, NULL },
	{ "kind", JSON_TEXT, AT(kind), false, NULL },
	{ "owner", JSON_TEXT, AT(owner), false, NULL },
	{ "package", JSON_TEXT, AT(package), true, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "real", JSON_TEXT, AT(real), false, NULL },
	{ "recorded", JSON_FLAG, AT(recorded), true, NULL },
	{ "source", JSON_TEXT, AT(source), true, NULL },
	{ "spec", JSON_TEXT, AT(spec), true, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
static const struct json_shape part_shape = { part_fields, COUNT_OF(part_fields), sizeof(struct part) };
#undef AT

#define AT(member) offsetof(struct holder, member)
static const struct json_field holder_fields[] = {
	{ "address", JSON_TEXT, AT(address), false, NULL },
	{ "own", JSON_FLAG, AT(own), true, NULL },
	{ "process", JSON_OBJECT, AT(process), true, &process_shape },
};
static const struct json_shape holder_shape = { holder_fields, COUNT_OF(holder_fields),
	sizeof(struct holder) };
#undef AT

#define AT(member) offsetof(struct port, member)
static const struct json_field port_fields[] = {
	{ "address", JSON_TEXT, AT(address), true, NULL },
	{ "from", JSON_TEXT, AT(from), false, NULL },
	{ "holders", JSON_LIST, AT(holders), true, &holder_shape },
	{ "number", JSON_COUNT, AT(number), false, NULL },
};
static const struct json_shape port_shape = { port_fields, COUNT_OF(port_fields), sizeof(struct port) };
#undef AT

#define AT(member) offsetof(struct place, member)
static const struct json_field place_fields[] = {
	{ "class", JSON_TEXT, AT(class), true, NULL },
	{ "device", JSON_COUNT, AT(device), true, NULL },
	{ "inode", JSON_COUNT, AT(inode), true, NULL },
	{ "owner", JSON_TEXT, AT(owner), true, NULL },
	{ "path", JSON_TEXT, AT(path), false, NULL },
	{ "there", JSON_FLAG, AT(there), true, NULL },
	{ "unseen", JSON_FLAG, AT(unseen), true, NULL },
	{ "what", JSON_TEXT, AT(what), false, NULL },
};
static const struct json_shape place_shape = { place_fields, COUNT_OF(place_fields), sizeof(struct place) };
#undef AT

#define AT(member) offsetof(struct file_system, member)
static const struct json_field file_system_fields[] = {
	{ "device", JSON_COUNT, AT(device), false, NULL },
	{ "exchange", JSON_TEXT, AT(exchange), false, NULL },
	{ "free", JSON_COUNT, AT(free), true, NULL },
	{ "holds", JSON_TEXTS, AT(holds), false, NULL },
	{ "inodes", JSON_COUNT, AT(inodes), true, NULL },
	{ "mount", JSON_TEXT, AT(mount), false, NULL },
	{ "read_only", JSON_FLAG, AT(read_only), true, NULL },
	{ "size", JSON_COUNT, AT(size), true, NULL },
	{ "subvolume", JSON_FLAG, AT(subvolume), true, NULL },
	{ "type", JSON_TEXT, AT(type), false, NULL },
};
static const struct json_shape file_system_shape = { file_system_fields, COUNT_OF(file_system_fields),
	sizeof(struct file_system) };
#undef AT

#define AT(member) offsetof(struct probe, member)
static const struct json_field probe_fields[] = {
	{ "late", JSON_FLAG, AT(late), true, NULL },
	{ "name", JSON_TEXT, AT(name), false, NULL },
	{ "out", JSON_TEXT, AT(out), true, NULL },
	{ "status", JSON_COUNT, AT(status), true, NULL },
};
static const struct json_shape probe_shape = { probe_fields, COUNT_OF(probe_fields), sizeof(struct probe) };
#undef AT

#define AT(member) offsetof(struct site_difference, member)
static const struct json_field difference_fields[] = {
	{ "found", JSON_TEXT, AT(found), true, NULL },
	{ "site", JSON_TEXT, AT(site), true, NULL },
	{ "what", JSON_TEXT, AT(what), false, NULL },
};
static const struct json_shape difference_shape = { difference_fields, COUNT_OF(difference_fields),
	sizeof(struct site_difference) };
#undef AT

#define AT(member) offsetof(struct inventory, member)
static const struct json_field inventory_fields[] = {
	{ "application", JSON_TEXT, AT(application), false, NULL },
	{ "arch", JSON_TEXT, AT(arch), false, NULL },
	{ "components", JSON_LIST, AT(components), true, &part_shape },
	{ "copies", JSON_LIST, AT(copies), true, &copy_shape },
	{ "differences", JSON_LIST, AT(differences), true, &difference_shape },
	{ "file_systems", JSON_LIST, AT(file_systems), true, &file_system_shape },
	{ "kernel", JSON_TEXT, AT(kernel), false, NULL },
	{ "libc", JSON_TEXT, AT(libc), true, NULL },
	{ "libc_version", JSON_TEXT, AT(libc_version), true, NULL },
	{ "main", JSON_COUNT, AT(main), true, NULL },
	{ "orphans", JSON_LIST, AT(orphans), true, &process_shape },
	{ "places", JSON_LIST, AT(places), true, &place_shape },
	{ "port", JSON_OBJECT, AT(port), true, &port_shape },
	{ "probes", JSON_LIST, AT(probes), true, &probe_shape },
	{ "profile", JSON_TEXT, AT(profile), false, NULL },
	{ "runtime_version", JSON_TEXT, AT(runtime_version), true, NULL },
	{ "scheme", JSON_TEXT, AT(scheme), true, NULL },
	{ "services", JSON_LIST, AT(services), true, &service_shape },
	{ "site", JSON_TEXT, AT(site), true, NULL },
	{ "unseen", JSON_TEXTS, AT(unseen), true, NULL },
	{ "version", JSON_TEXT, AT(version), true, NULL },
};
#undef AT
const struct json_shape inventory_document = { inventory_fields, COUNT_OF(inventory_fields),
	sizeof(struct inventory) };
