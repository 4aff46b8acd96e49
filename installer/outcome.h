/* outcome - what became of an act, and what runs now, in words that status, history and report share. Pure.
 */
#ifndef INSTALLER_OUTCOME_H
#define INSTALLER_OUTCOME_H

#include "installer/ledger.h"

/* True if the act has ended badly, or has not ended: it was undone (what was staged and given up was not), or
 * has no outcome. */
bool outcome_bad(const struct act *a);

/* The newest act that was undone, but for what was staged and given up; NULL: there is none. */
struct act *outcome_failure(const struct ledger *l);

/* True if what is installed was proven and no later act has left it worse than it found it. */
bool outcome_proven(const struct ledger *l);

/* Microseconds that the service was down; 0: it was not, or nobody has measured it. */
uint64_t outcome_downtime(const struct act *a);

/* That of the newest act that stopped and started the service; 0: none did. */
uint64_t outcome_expected(const struct ledger *l);

/* *out: texts in `arena`: the directories that hold what a failed release wrote. */
void outcome_capsule(const struct act *a, struct json_list *out, struct arena *arena);

/* Why it was undone, in at most `most` bytes of one line. */
void outcome_why(const struct act *a, size_t most, struct text *out);

/* "0.24 s: stop 144 ms, state 0 ms, ours 8.0 ms, start 84 ms" */
void outcome_parts(const struct act *a, struct text *out);

#endif
