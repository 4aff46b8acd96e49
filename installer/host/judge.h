/* judge - the verdict functions behind gate.h, one for each kind. For gate.c and them alone. */
#ifndef INSTALLER_HOST_JUDGE_H
#define INSTALLER_HOST_JUDGE_H

#include "installer/host/gate.h"

#define GATE_SECOND UINT64_C(1000000)

/* One gate before its judge. */
struct judge {
	const struct gate *gate;
	const struct gate_facts *facts;
	const struct gate_own *own;
	const struct redact *redact;
	struct arena *arena;
	uint64_t taken; /* when the facts that count were collected; a verdict function sets it where not now
			 */
	char *seen[GATE_SEEN_MAX];
	size_t count;
};

/* One more line of what was seen: redacted, one line, cut; dropped where there is no more room. */
void judge_saw(struct judge *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What to say of a gate that does not hold: it may still come to, or its deadline is over. */
enum gate_verdict judge_not_yet(const struct judge *j);

/* The moment at which the gate's deadline is over. */
uint64_t judge_deadline(const struct judge *j);

typedef enum gate_verdict (*gate_judge)(struct judge *j);

enum gate_verdict judge_service(struct judge *j);
enum gate_verdict judge_process(struct judge *j);
enum gate_verdict judge_port(struct judge *j);
enum gate_verdict judge_log_present(struct judge *j);
enum gate_verdict judge_log_absent(struct judge *j);
enum gate_verdict judge_output(struct judge *j); /* command, file */
enum gate_verdict judge_no_worse(struct judge *j);

#endif
