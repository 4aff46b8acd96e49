/* interrupt.c - see interrupt.h. */
#include "installer/interrupt.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static void waiting(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void interrupt_hold(void)
{
	sigset_t set;
	waiting(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

bool interrupt_none(struct err *e)
{
	sigset_t set;
	waiting(&set);
	int came = sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 });
	return came < 0 || err_set(e, ERR_SYSTEM, "interrupted by a signal (%s)", strsignal(came));
}

void interrupt_release(void)
{
	struct err ignored = { 0 };
	sigset_t set;
	while (!interrupt_none(&ignored))
		ignored = (struct err){ 0 };
	waiting(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
