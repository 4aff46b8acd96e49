/* verdict - what `verify` says of a bundle: one document and one text, the same from both programs. */
#ifndef MANIFEST_VERDICT_H
#define MANIFEST_VERDICT_H

#include "manifest/bundle.h"

extern const struct json_shape verdict_document;
#define VERDICT_SAID_BY "waybill verify --json, waybill-install verify --json"

/* Reads the whole medium and prints the verdict; `keys` are the ids of the keys that count (texts). False
 * with ERR_FORMAT that names every bad range; the document on stdout says so too. */
MUST_CHECK bool verdict_print(const struct bundle *b, struct json_list keys, bool json, struct err *e);

/* True if every byte of the medium is right; else ERR_FORMAT names every bad range. */
MUST_CHECK bool verdict_whole(const struct bundle *b, bool silent, struct err *e);

/* Reads the whole medium and puts every bad range into the error: for when one bad place was met on the way.
 */
bool verdict_all_damage(const struct bundle *b, struct err *e);

#endif
