/* main.c - see cut.h. Exit status: the program's; 125 if what was planned did not happen. */
#include "tests/sweep/cut.h"

int main(int argc, char **argv)
{
	struct plan p;
	if (!plan_read(argc, argv, &p))
		return 2;
	int status = trace_run(&p);
	if (p.points)
		fclose(p.points);
	if (p.proof)
		fclose(p.proof);
	return status < 0 ? 126 : status;
}
