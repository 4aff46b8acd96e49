/* collect - what health.c and names.c share: the facts while they are collected. */
#ifndef INSTALLER_HOST_COLLECT_H
#define INSTALLER_HOST_COLLECT_H

#include "installer/host/gate.h"
#include "installer/host/health.h"
#include "installer/host/journal.h"
#include "installer/host/watch.h"

#define NO_WORSE "no-worse"

struct log_file {
	int fd;
	uint64_t offset;
	struct journal journal;
};

struct health {
	struct host *h;
	const struct inventory *inv;
	const struct service *s;
	struct manager manager;
	struct json_list gates; /* of struct gate */
	struct gate_facts facts;
	struct redact redact;
	struct watches watches;
	struct journal journal;
	struct json_list environment;
	size_t *watched;        /* number of the gate of each watch */
	struct log_file *files; /* one for each watch behind those of the journal */
	size_t file_count;
};

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t health_moment(void);

/* Runs the gate's command as the service's user, where it works, in its environment, for as long as
 * the gate's patience lasts. */
void health_run(struct health *x, const struct gate *g, struct gate_output *out);

/* A no-worse gate's lists: what the baseline had, and what is there now. */
void health_compare(struct health *x, const struct health_wish *wish, size_t number);

/* What every no-worse gate of the profile finds now: the baseline of a later asking. */
void health_list_names(struct health *x, struct json_list *lists);

#endif
