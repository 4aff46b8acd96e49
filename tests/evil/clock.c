/* clock.c - preloaded, it makes the clock of a machine say CLOCK, in seconds since 1970, and go on from
 * there. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t ahead; /* of the machine's own */

/* Before the program looks at its surroundings, of which it keeps little. */
__attribute__((constructor)) static void begin(void)
{
	const char *says = getenv("CLOCK");
	struct timespec now;
	if (says && syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0)
		ahead = (time_t)strtoll(says, NULL, 10) - now.tv_sec;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
	long bad = syscall(SYS_clock_gettime, which, now);
	if (bad == 0 && which == CLOCK_REALTIME)
		now->tv_sec += ahead;
	return (int)bad;
}

time_t time(time_t *out)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
