/* hurry.c - see cut.h. A sleep becomes a poll of nothing for a millisecond. */
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "tests/sweep/cut.h"

#define SECOND INT64_C(1000000000)

/* The vDSO answers without a system call: the auxiliary vector says where it is. */
void hurry_begin(pid_t pid)
{
	struct user_regs_struct r;
	uint64_t at, word = 0, pair[2] = { 0 };
	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0 || !memory_read(pid, r.rsp, &word, sizeof word))
		return;
	at = r.rsp + (word + 2) * sizeof word; /* behind argv */
	while (memory_read(pid, at, &word, sizeof word) && word)
		at += sizeof word;
	at += sizeof word; /* behind the environment */
	while (memory_read(pid, at, pair, sizeof pair) && pair[0] != AT_NULL) {
		if (pair[0] == AT_SYSINFO_EHDR) {
			pair[0] = AT_IGNORE;
			memory_write(pid, at, pair, sizeof pair);
			return;
		}
		at += sizeof pair;
	}
}

static void wait_little(struct user_regs_struct *r)
{
	r->orig_rax = SYS_poll;
	r->rdi = 0;
	r->rsi = 0;
	r->rdx = 1;
}

bool hurry_sees(uint64_t call)
{
	return call == SYS_nanosleep || call == SYS_clock_nanosleep || call == SYS_poll ||
	       call == SYS_clock_gettime;
}

bool hurry_enter(struct hurry *h, pid_t pid, struct user_regs_struct *r)
{
	struct timespec t = { 0 };
	uint64_t asked = r->orig_rax == SYS_clock_nanosleep ? r->rdx : r->rdi;
	switch (r->orig_rax) {
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
		if (!memory_read(pid, asked, &t, sizeof t))
			return false;
		h->ahead += t.tv_sec * SECOND + t.tv_nsec;
		wait_little(r);
		return true;
	case SYS_poll:
		if ((int)r->rdx <= 1)
			return false;
		r->rdx = 1;
		return true;
	default:
		return false;
	}
}

void hurry_leave(const struct hurry *h, pid_t pid, const struct user_regs_struct *r)
{
	struct timespec t = { 0 };
	if (r->orig_rax != SYS_clock_gettime || !h->ahead || !memory_read(pid, r->rsi, &t, sizeof t))
		return;
	int64_t now = t.tv_sec * SECOND + t.tv_nsec + h->ahead;
	t = (struct timespec){ now / SECOND, now % SECOND };
	memory_write(pid, r->rsi, &t, sizeof t);
}
