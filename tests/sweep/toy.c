/* toy.c - a service that two commands start and stop, and a third tells of: toy start|stop|status, and
 * `serve` for a test that begins.
 *
 * A start looks whether program, plugin, link and configuration are of one release, and moves the state on to
 * it: state of a later release stops it. What it found is a line of RUN/starts: `RELEASE` or `mixed: WHAT`.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN      "/run/toy"
#define PID_FILE RUN "/pid"
#define STARTS   RUN "/starts"
#define HOME     "/root/.toy"
#define LINE     200

static void first_line(const char *path, char line[LINE])
{
	FILE *f = fopen(path, "re");
	if (!f || !fgets(line, LINE, f))
		snprintf(line, LINE, "no %s", path);
	line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void write_line(const char *path, const char *mode, const char *line)
{
	FILE *f = fopen(path, mode);
	if (!f || fprintf(f, "%s\n", line) < 0 || fclose(f) != 0)
		exit(1);
}

static pid_t running(void)
{
	char line[LINE], path[LINE];
	first_line(PID_FILE, line);
	pid_t pid = (pid_t)atoi(line);
	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	first_line(path, line);
	return pid > 0 && strstr(line, "toy") ? pid : 0;
}

/* ---- start ---- */

static int is_of(const char *release, const char *path)
{
	char line[LINE], said[3 * LINE];
	first_line(path, line);
	if (strcmp(line, release) == 0)
		return 1;
	snprintf(said, sizeof said, "mixed: %s is \"%s\", not %s", path, line, release);
	write_line(STARTS, "ae", said);
	return 0;
}

static int is_configured(const char *release)
{
	char text[4096] = "", wanted[LINE], said[3 * LINE];
	int fd = open(HOME "/toy.json", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		exit(1);
	close(fd);
	snprintf(wanted, sizeof wanted, "\"version\": \"%s\"", release);
	if (strstr(text, wanted))
		return 1;
	snprintf(said, sizeof said, "mixed: no %s in the configuration", wanted);
	write_line(STARTS, "ae", said);
	return 0;
}

static int migrate(const char *release)
{
	char line[LINE], said[3 * LINE];
	first_line(HOME "/data/release", line);
	if (strcmp(line, release) > 0) {
		snprintf(said, sizeof said, "mixed: the state is of %s, the program of %s", line, release);
		write_line(STARTS, "ae", said);
		return 0;
	}
	if (strcmp(line, release) < 0)
		write_line(HOME "/data/release", "we", release);
	return 1;
}

/* The daemon waits for its end. It keeps nothing open. */
static pid_t begin_daemon(void)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	setsid();
	for (int fd = 0; fd < 64; fd++)
		close(fd);
	for (;;)
		pause();
}

static int serve(void)
{
	char pid[LINE];
	snprintf(pid, sizeof pid, "%d", begin_daemon());
	write_line(PID_FILE, "we", pid);
	return 0;
}

static int start(void)
{
	char release[LINE];
	first_line("/opt/toy/app/main.js", release);
	mkdir(RUN, 0755);
	if (!is_of(release, "/opt/toy/plugins/hello/index.js") ||
		!is_of(release, "/opt/toy/plugins/hello/host/main.js") || !is_configured(release) ||
		!migrate(release))
		return 1;
	write_line(STARTS, "ae", release);
	return serve();
}

static int stop(void)
{
	pid_t pid = running();
	if (pid && kill(pid, SIGKILL) < 0)
		return 1;
	while (pid && running() == pid)
		usleep(1000);
	return unlink(PID_FILE) < 0 && pid;
}

/* A sick release is there when it is asked for the first time, and has crashed at the second. */
static int status(void)
{
	if (!running())
		return 1;
	if (access("/opt/toy/app/sick", F_OK) != 0)
		return 0;
	if (access(RUN "/asked", F_OK) == 0) {
		unlink(RUN "/asked");
		stop();
		return 1;
	}
	write_line(RUN "/asked", "we", "once");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	if (strcmp(what, "start") == 0)
		return start();
	if (strcmp(what, "serve") == 0)
		return serve();
	if (strcmp(what, "stop") == 0)
		return stop();
	return strcmp(what, "status") == 0 ? status() : 1;
}
