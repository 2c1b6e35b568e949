/*
 * The fault of a kernel that hangs after the initramfs: real-time loops take every CPU for good, a while after the base has
 * started, so nothing else runs any more, the one that feeds the watchdog included. Started by the initramfs in question.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define CPUS 8
#define SECONDS_UNTIL 12

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0) _exit(1);
}

int main(void)
{
	const struct sched_param first = {.sched_priority = 99};
	int limit = open("/proc/sys/kernel/sched_rt_runtime_us", O_WRONLY);
	int console = open("/dev/console", O_WRONLY | O_NOCTTY);

	if (limit < 0 || console < 0) return 1;
	say(limit, "-1");
	sleep(SECONDS_UNTIL);
	say(console, "fault: this system hangs from here\n");
	for (int i = 1; i < CPUS; i++)
		if (fork() == 0) break;
	if (sched_setscheduler(0, SCHED_FIFO, &first) != 0) return 1;
	for (;;);
}
