/* gate - health rules that must hold after a start, and what was seen that says they do.
 *
 * A collector fills struct gate_facts; the verdicts are functions of the gates, these facts and nothing else.
 * They are asked as often as facts change: a gate is `undecided` while it may still come to hold. Moments are
 * microseconds of CLOCK_MONOTONIC, starts of processes clock ticks since boot (struct process).
 *
 * Time. `began` is the moment of asking. A gate has `deadline` seconds from then to come to hold; of a
 * service that has been up for a while gates_left() takes that while off. What a gate says must last for
 * `settle` seconds. The window is the longest settle of all gates: no gate passes before it is over, nor by
 * facts that were collected before. A gate that watches for what must not come (log-absent) passes only when
 * every required gate that waits for something is decided: an application that needs minutes to come up may
 * complain in its last second.
 *
 * kind         holds when
 * service      every unit was seen active, and from then on for `settle` seconds with one main process, one
 *              invocation and no restart
 * process      the main process of each unit is of the invocation, started after the switch, and really runs
 * from the component's tree. `inferred`: it tells nothing of itself, but what its unit starts leads there
 * log-present  `match` was found in the invocation's log, and for `settle` seconds from then on `against` was
 *              not: whichever came last decides, and what comes again begins anew
 * log-absent   `match` was not found, in a log without gaps that has lines at all
 * port         `port` (0: each that the baseline had, at least one) is listened to by a process of a unit's
 * cgroup that started after the start, and the same address by no other command      what `argv` printed
 * fulfils every `expect` (expect.h); a line matches `match`, none `against` file         the same of the
 * content of `path` no-worse     all that the baseline had is there again
 */
#ifndef INSTALLER_HOST_GATE_H
#define INSTALLER_HOST_GATE_H

#include <stdint.h>

#include "installer/host/redact.h"
#include "manifest/manifest.h"
#include "manifest/profile.h"

#define GATE_DEADLINE    180 /* seconds, where a gate says nothing: a cold start may take minutes */
#define GATE_SECONDS_MAX 86400
#define GATE_LEAST       5 /* seconds behind the window, in which what is red for a moment is asked again */
#define GATE_SEEN_MAX    6
#define GATE_SEEN_BYTES  ((size_t)400)
#define GATES_MAX        1024
#define GATE_EVERY       "*" /* as a component: a gate for each that the bundle carries, named NAME:ID */
#define GATE_COMPONENT   "${component}"

/* A gate, as a profile has it; texts are never NULL. */
struct gate {
	char *name, *kind;
	char *component; /* of which it speaks: without that it is not asked */
	char *unit;      /* "": every unit of the application */
	char *match, *against, *path;
	uint64_t deadline, settle, port;
	bool advisory;
	struct json_list argv, expect; /* of char * */
	uint64_t patience;             /* seconds that one run of its command may take */
};

/* ---- facts ---- */

/* A unit at one moment. */
struct gate_sample {
	uint64_t at, pid, restarts;
	char *active, *sub, *invocation;
};

/* How a process is tied to a path. */
enum gate_how {
	GATE_PROGRAM, /* what it executes */
	GATE_MAPPED,
	GATE_CWD,
	GATE_OPEN,
	GATE_WORD,  /* of its own command line, resolved */
	GATE_START, /* a word of the merged ExecStart, or of a wrapper that it leads to, resolved */
};

struct gate_trace {
	enum gate_how how;
	char *path; /* absolute, real */
};

/* The main process of a unit. */
struct gate_process {
	uint64_t at, pid, ticks;
	char *cgroup;            /* "" if it could not be read */
	struct json_list traces; /* of struct gate_trace */
};

struct gate_unit {
	char *name;
	char *cgroup;                 /* path in the hierarchy, as a process has it */
	char *invocation;             /* of the start that is judged; "" if not known */
	uint64_t restarts;            /* right after the start was asked for: 0 */
	bool stale;                   /* its files are no longer what the manager has read */
	struct json_list samples;     /* of struct gate_sample, by time */
	struct gate_process *process; /* NULL: it could not be read */
};

struct gate_listener {
	char *address, *cgroup, *command; /* cgroup, command: "" where not known */
	uint64_t port, pid, ticks;
};

/* Where a component lies now, and where the tree lies that it replaced ("" for none): real paths. */
struct gate_tree {
	char *component, *now, *before;
};

/* What a log gate's patterns found (watch.h). */
struct gate_log {
	bool read;     /* the log could be read to its end */
	uint64_t upto; /* whatever was written before this moment was read */
	uint64_t entries, suppressed, unread;
	uint64_t matches, againsts;
	bool standing;                     /* a match has the last word */
	uint64_t since;                    /* the first match behind the last contrary line */
	struct text first, last, contrary; /* redacted */
};

/* What a command printed, or a file holds. */
struct gate_output {
	bool there;  /* the command ended by itself; the file could be read */
	char *why;   /* else: why not */
	uint64_t at; /* when it was begun */
	int status;
	bool truncated;
	const char *text;
	size_t len;
};

/* Names of what was loaded or running (expect_collect(), or any other, the same way both times). */
struct gate_lists {
	bool known;                   /* both are */
	uint64_t at;                  /* when `now` was collected */
	struct json_list before, now; /* of char * */
};

/* The facts of one gate alone; what its kind does not ask for stays zero. */
struct gate_own {
	struct gate_log log;
	struct gate_output output;
	struct gate_lists lists;
};

struct gate_facts {
	uint64_t began, now;        /* moments: the start, and this collection */
	uint64_t switched_ticks;    /* the trees were exchanged */
	uint64_t began_ticks;       /* the start was asked for */
	struct json_list units;     /* of struct gate_unit */
	struct json_list trees;     /* of struct gate_tree */
	uint64_t listeners_at;      /* when they were collected; 0: they were not */
	struct json_list listeners; /* of struct gate_listener */
	bool baseline;              /* the ports are known that were listened to before */
	struct json_list ports;     /* of uint64_t */
	struct gate_own *own;       /* one for each gate, in their order */
};

void gate_log_end(struct gate_log *log);

/* ---- verdicts ---- */

/* One row per verdict: constant, word. */
#define GATE_VERDICTS(X)                                                                                     \
	X(GATE_UNDECIDED, "undecided")                                                                       \
	X(GATE_PASSED, "passed")                                                                             \
	X(GATE_FAILED, "failed")                                                                             \
	X(GATE_INFERRED, "inferred")

#define GATE_ENUM(verdict, word) verdict,
enum gate_verdict { GATE_VERDICTS(GATE_ENUM) };
#undef GATE_ENUM

const char *gate_word(enum gate_verdict verdict);

/* The gate that a profile or a site has written. What speaks of the core is always asked. */
struct gate gate_from(const struct profile_gate *from, struct arena *arena);

/* True if each of `gates` (of struct gate) can be asked: a known kind, the fields that it needs and no other,
 * patterns and expectations that can be read, names that differ. ERR_FORMAT names the gate. */
MUST_CHECK bool gates_check(const struct json_list *gates, struct err *e);

/* *out are the gates to ask where the bundle carries these components (texts): what speaks of another one is
 * left out, what speaks of each becomes one for each. In `match`, `against`, `expect`, `argv`, `path` and
 * `unit` GATE_COMPONENT is the id (in a pattern one that matches the id alone). They live in `arena`.
 * ERR_FORMAT: more than GATES_MAX. */
MUST_CHECK bool gates_expand(const struct json_list *gates, const struct json_list *components,
	struct json_list *out, struct arena *arena, struct err *e);

/* Deadlines count from the start of the service: where it has been up for `up` seconds (UINT64_MAX: it is not
 * even starting), each gate has what is left of its own, and at least GATE_LEAST behind the window. No settle
 * is below `soak`. A command may take as long as ever. */
void gates_left(struct json_list *gates, uint64_t up, uint64_t soak);

/* Microseconds: the longest settle; and from the start until every gate is decided, whatever happens. */
uint64_t gates_window(const struct json_list *gates);
uint64_t gates_limit(const struct json_list *gates);

/* *out is a list of struct gate_result in `arena`, one for each of `gates` (checked ones). What was seen is
 * redacted, in one line each. Pure. */
void gates_judge(const struct json_list *gates, const struct gate_facts *facts, const struct redact *redact,
	struct json_list *out, struct arena *arena);

/* True if no gate (of a list of struct gate_result) is undecided. */
bool gates_decided(const struct json_list *results);

/* True if every required gate passed (or is inferred). */
bool gates_green(const struct json_list *results);

#endif
