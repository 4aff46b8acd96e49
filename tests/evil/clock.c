/* clock.c - preloaded, it makes the clock of a machine say CLOCK, in seconds since 1970, and go on from
 * there. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t which, struct timespec *now)
{
	static time_t began;
	const char *says = getenv("CLOCK");
	long bad = syscall(SYS_clock_gettime, which, now);
	if (bad || which != CLOCK_REALTIME || !says)
		return (int)bad;
	if (!began)
		began = now->tv_sec;
	now->tv_sec = now->tv_sec - began + (time_t)strtoll(says, NULL, 10);
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
