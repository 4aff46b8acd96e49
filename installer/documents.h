/* documents - what the installer prints with --json, and the documents that it writes. */
#ifndef INSTALLER_DOCUMENTS_H
#define INSTALLER_DOCUMENTS_H

#include "installer/act.h"
#include "installer/binding.h"
#include "installer/host/proof.h"
#include "installer/host/site.h"
#include "manifest/verdict.h"

extern const struct json_shape adopt_document, plan_document, stage_document, result_document,
	status_document, history_document, points_document, audit_document, recover_document, report_document,
	prune_document;

/* One row per document: name, where it is found, its fields. docs/schemas is made of them. */
#define INSTALLER_DOCUMENTS(X)                                                                               \
	X("adopt", "waybill-install adopt --json", adopt_document)                                           \
	X("site", "/etc/waybill/site.json", site_shape)                                                      \
	X("inventory", INVENTORY_SAID_BY, inventory_document)                                                \
	X("gates", PROOF_SAID_BY, proof_shape)                                                               \
	X("verify", VERDICT_SAID_BY, verdict_document)                                                       \
	X("plan", "waybill-install plan --json", plan_document)                                              \
	X("stage", "waybill-install stage --json", stage_document)                                           \
	X("apply", "waybill-install apply --json", result_document)                                          \
	X("rollback", "waybill-install rollback --json", result_document)                                    \
	X("checkpoint", "waybill-install checkpoint --json", result_document)                                \
	X("status", "waybill-install status --json", status_document)                                        \
	X("history", "waybill-install history --json", history_document)                                     \
	X("points", "waybill-install points --json", points_document)                                        \
	X("audit", "waybill-install audit --json", audit_document)                                           \
	X("recover", "waybill-install recover --json", recover_document)                                     \
	X("report", "waybill-install report --json", report_document)                                        \
	X("prune", "waybill-install prune --json", prune_document)                                           \
	X("act", "acts/NNNNNN.json", act_shape)                                                              \
	X("plan-file", "waybill-install plan --output FILE", binding_shape)

#endif
