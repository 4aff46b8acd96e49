/* report.c - see report.h. */
#include "manifest/base/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "manifest/base/scope.h"

#define BAR      24
#define INTERVAL 0.1
#define COLUMNS  120

void clock_now(struct timespec *now)
{
	clock_gettime(CLOCK_MONOTONIC, now);
}

double seconds_since(const struct timespec *start)
{
	struct timespec now;
	clock_now(&now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

size_t report_width(void)
{
	struct winsize size;
	if (!isatty(STDERR_FILENO) || ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS;
	return size.ws_col;
}

void text_size(struct text *out, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes / 1024;
	size_t unit = 0;
	if (bytes < 1024) {
		text_printf(out, "%" PRIu64 " bytes", bytes);
		return;
	}
	for (; n >= 1024 && unit + 1 < COUNT_OF(units); unit++)
		n /= 1024;
	text_printf(out, "%.1f %s", n, units[unit]);
}

void text_time(struct text *out, uint64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char line[40];
	if (seconds == 0 || !gmtime_r(&t, &tm) ||
		strftime(line, sizeof line, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		text_puts(out, "-");
	else
		text_puts(out, line);
}

void say(bool silent, const char *fmt, ...)
{
	va_list args;
	if (silent)
		return;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

void progress_start(struct progress *p, const char *what, uint64_t total, bool silent)
{
	*p = (struct progress){ .what = what, .total = total, .silent = silent };
	p->terminal = !silent && isatty(STDERR_FILENO);
	clock_now(&p->start);
	p->drawn = p->start;
}

static void draw(const struct progress *p)
{
	double gone = seconds_since(&p->start), share = p->total ? (double)p->done / (double)p->total : 0;
	char bar[BAR + 1];
	size_t full = share > 1 ? BAR : (size_t)(share * BAR);
	memset(bar, '.', BAR);
	memset(bar, '#', full);
	bar[BAR] = '\0';
	SCOPED(text_end) struct text line = { 0 };
	text_size(&line, p->done);
	if (p->total) {
		text_puts(&line, " of ");
		text_size(&line, p->total);
	}
	if (gone > 0.3) {
		text_puts(&line, ", ");
		text_size(&line, (uint64_t)((double)p->done / gone));
		text_puts(&line, "/s");
	}
	if (gone > 0.3 && share > 0.01 && share <= 1)
		text_printf(&line, ", %.0f s left", gone / share - gone);
	fprintf(stderr, "\r\033[K%-9s [%s] %s", p->what, bar, text_str(&line));
	fflush(stderr);
}

void progress_set(struct progress *p, uint64_t done)
{
	p->done = done;
	if (!p->terminal || seconds_since(&p->drawn) < INTERVAL)
		return;
	clock_now(&p->drawn);
	draw(p);
}

void progress_add(struct progress *p, uint64_t more)
{
	progress_set(p, p->done + more);
}

void progress_end(struct progress *p)
{
	if (p->silent)
		return;
	double gone = seconds_since(&p->start);
	SCOPED(text_end) struct text line = { 0 };
	text_size(&line, p->done);
	text_printf(&line, " in %.1f s", gone);
	if (gone > 0.05) {
		text_puts(&line, ", ");
		text_size(&line, (uint64_t)((double)p->done / gone));
		text_puts(&line, "/s");
	}
	fprintf(stderr, "%s%-9s %s\n", p->terminal ? "\r\033[K" : "", p->what, text_str(&line));
}
