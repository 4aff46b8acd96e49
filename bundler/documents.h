/* documents - what the bundler prints with --json, and the documents that it reads and writes. */
#ifndef BUNDLER_DOCUMENTS_H
#define BUNDLER_DOCUMENTS_H

#include "installer/host/proof.h"
#include "manifest/manifest.h"
#include "manifest/profile.h"
#include "manifest/verdict.h"

extern const struct json_shape keygen_document, capture_document, sign_document, inspect_document,
	desk_document, diff_document, carry_document, push_document, pull_document;

/* One row per document: name, where it is found, its fields. docs/schemas is made of them. */
#define BUNDLER_DOCUMENTS(X)                                                                                 \
	X("inventory", INVENTORY_SAID_BY, inventory_document)                                                \
	X("gates", PROOF_SAID_BY, proof_shape)                                                               \
	X("keygen", "waybill keygen --json", keygen_document)                                                \
	X("capture", "waybill capture --json", capture_document)                                             \
	X("sign", "waybill sign --json", sign_document)                                                      \
	X("verify", VERDICT_SAID_BY, verdict_document)                                                       \
	X("inspect", "waybill inspect --json", inspect_document)                                             \
	X("desk", "waybill plan --json", desk_document)                                                      \
	X("diff", "waybill diff --json", diff_document)                                                      \
	X("carry", "waybill carry --json", carry_document)                                                   \
	X("push", "waybill push --json", push_document)                                                      \
	X("pull", "waybill pull --json", pull_document)                                                      \
	X("manifest", "waybill.json in a bundle", manifest_shape)                                            \
	X("profile", "waybill capture --profile FILE", profile_shape)

#endif
