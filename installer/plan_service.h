/* plan_service - what an act will do to the running service: the part of the plan that tells of it. */
#ifndef INSTALLER_PLAN_SERVICE_H
#define INSTALLER_PLAN_SERVICE_H

#include "installer/transaction.h"

struct plan_service;
extern const struct json_shape plan_service_shape;

/* *out lives in the transaction's arena; NULL where the act touches no service. Nothing is changed. */
MUST_CHECK bool plan_service_make(struct transaction *t, struct plan_service **out, struct err *e);

/* For people; nothing for NULL. */
void plan_service_write(const struct plan_service *s, struct text *out);

#endif
