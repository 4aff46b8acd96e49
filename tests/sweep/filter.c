/* filter.c - see cut.h. Stops cost far more than calls: of thousands, hundreds matter here. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "tests/sweep/cut.h"

#define NUMBER     (uint32_t) offsetof(struct seccomp_data, nr)
#define UPPER_HALF (uint32_t)(offsetof(struct seccomp_data, instruction_pointer) + 4)

#define LOAD(offset)        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define IF_NOT(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define SAY(what)           BPF_STMT(BPF_RET | BPF_K, what)

/* A filter stays, whoever follows: the service, which is let go, is told by its addresses below 4 GiB. */
bool filter_begin(void)
{
	struct sock_filter code[2 * CALLS_MAX + 5] = { LOAD(UPPER_HALF), IF_NOT(0, 1), SAY(SECCOMP_RET_ALLOW),
		LOAD(NUMBER) };
	unsigned short n = 4;
	for (uint32_t call = 0; call < CALLS_MAX; call++)
		if (call_of(call) || hurry_sees(call)) {
			code[n++] = (struct sock_filter)IF_NOT(call, 1);
			code[n++] = (struct sock_filter)SAY(SECCOMP_RET_TRACE);
		}
	code[n++] = (struct sock_filter)SAY(SECCOMP_RET_ALLOW);
	struct sock_fprog program = { n, code };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
