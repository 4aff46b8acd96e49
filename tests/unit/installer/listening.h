/* listening - real processes on real ports, which end as they are told to or not. */
#ifndef TESTS_UNIT_INSTALLER_LISTENING_H
#define TESTS_UNIT_INSTALLER_LISTENING_H

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include "installer/service/orphans.h"
#include "tests/unit/unit.h"

/* Listens on the address: on any free port for 0. -1 where that is taken. */
HELPER int listen_at(const char *address, uint16_t *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(*port) };
	socklen_t len = sizeof to;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, address, &to.sin_addr);
	if (bind(fd, (struct sockaddr *)&to, len) < 0 || listen(fd, 5) < 0 ||
		getsockname(fd, (struct sockaddr *)&to, &len) < 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(to.sin_port);
	return fd;
}

/* A process that listens, and what else it does. */
struct listening {
	const char *address, *more; /* NULL: 127.0.0.1; no second one */
	bool stubborn, lets_go;     /* ignores SIGTERM; closes its sockets at SIGUSR1 */
	bool shares;                /* with a process that it started: `heir` */
	uint16_t port;
	pid_t pid, heir;
};

HELPER void let_go(int signal)
{
	(void)signal;
	for (int fd = 3; fd < 64; fd++)
		close(fd);
}

HELPER void be_listening(const struct listening *l, int report)
{
	struct {
		uint16_t port;
		pid_t heir;
	} said = { l->port, 0 };
	int fd = listen_at(l->address ? l->address : "127.0.0.1", &said.port);
	if (fd < 0 || (l->more && listen_at(l->more, &said.port) < 0))
		_exit(1);
	signal(SIGTERM, l->stubborn ? SIG_IGN : SIG_DFL);
	signal(SIGUSR1, l->lets_go ? let_go : SIG_DFL);
	if (l->shares && (said.heir = fork()) == 0)
		said.heir = getpid();
	else if (write(report, &said, sizeof said) != sizeof said)
		_exit(1);
	for (close(report);;)
		pause();
}

HELPER void start(struct listening *l)
{
	struct {
		uint16_t port;
		pid_t heir;
	} said;
	int report[2];
	assert_int_equal(pipe2(report, O_CLOEXEC), 0);
	l->pid = fork();
	if (l->pid == 0)
		be_listening(l, report[1]);
	close(report[1]);
	assert_int_equal(read(report[0], &said, sizeof said), sizeof said);
	close(report[0]);
	l->port = said.port;
	l->heir = said.heir;
}

HELPER void stop(const struct listening *l)
{
	const pid_t both[] = { l->pid, l->heir };
	for (size_t i = 0; i < COUNT_OF(both); i++)
		if (both[i] > 0) {
			kill(both[i], SIGKILL);
			waitpid(both[i], NULL, 0);
		}
}

#define GIVEN(name, ...)                                                                                     \
	SCOPED(stop) struct listening name = { __VA_ARGS__ };                                                \
	start(&name)

/* The signal that ended it; 0: it lives. */
HELPER int ended_by(struct listening *l)
{
	int status = 0;
	if (waitpid(l->pid, &status, WNOHANG) != l->pid)
		return 0;
	l->pid = 0;
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

HELPER struct orphan orphan_of(pid_t pid, uint16_t port, struct arena *arena)
{
	struct process p;
	assert_true(process_read((uint64_t)pid, &p, arena));
	return (struct orphan){ .pid = p.pid,
		.ticks = p.ticks,
		.started = p.started,
		.uid = p.uid,
		.user = arena_str(arena, "somebody"),
		.command = p.command,
		.cgroup = p.cgroup,
		.unit = p.unit,
		.address = arena_str(arena, "127.0.0.1"),
		.port = port };
}

HELPER void assert_free(uint16_t port)
{
	int fd = listen_at("127.0.0.1", &port);
	if (fd < 0)
		fail_msg("port %u is taken", port);
	close(fd);
}

#endif
