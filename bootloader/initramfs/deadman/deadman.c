/*
 * The dead man of a trial boot. The initramfs starts it; it alone holds the hardware watchdog and feeds it up to one deadline.
 * If nobody hands the machine over before, it resets, and the boot script takes the good set. It needs nothing of what it
 * watches: static, locked in memory, started before the base is mounted, with all files that it needs at the end open.
 * Its argv[0] begins with @, so systemd spares it at switch_root and at shutdown. It never writes V, which disarms a watchdog.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/watchdog.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "deadline.h"
#include "options.h"
#include "trace.h"

/* Tests of the process replace these two; see deadman.test.ts. */
#ifdef REBOOT_FUNCTION
int REBOOT_FUNCTION(int how);
#else
#define REBOOT_FUNCTION reboot
#endif
#ifndef SYSRQ_TRIGGER
#define SYSRQ_TRIGGER "/proc/sysrq-trigger"
#endif

#define FEED_INTERVAL_MS 5000
#define WATCHDOG_TIMEOUT_S 30
#define TRACE_WAIT_MS 2000   /* a dying disk may never answer: the reset does not wait longer for it */
#define CONSOLE_WAIT_MS 200  /* for the serial port to send the last line */
#define SCRIBE_STACK_SIZE 65536

/* -1: not there, and done without. */
static int console_fd = -1;
static int watchdog_fd = -1;
static int sysrq_fd = -1;
static int trace_fd = -1;
static int scribe_wake[2], scribe_done[2];

static void say(const char *text)
{
    static const char heading[] = "holdfast-deadman: ";
    char line[160];
    int length = snprintf(line, sizeof line, "%s%s\n", heading, text);

    if (length > 0 && write(console_fd, line, (size_t)length) < 0)
        return; /* a console that takes nothing must not stop us */
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void feed(void)
{
    if (watchdog_fd >= 0 && write(watchdog_fd, ".", 1) != 1)
        say("cannot feed the watchdog");
}

/* A thread of its own writes the trace, because a write to a dead disk never returns. */
static void *scribe(void *unused)
{
    static char trace[TRACE_SIZE];
    char byte;

    (void)unused;
    if (read(scribe_wake[0], &byte, 1) != 1)
        return NULL;
    if (pread(trace_fd, trace, sizeof trace, 0) != (ssize_t)sizeof trace)
        memset(trace, 0, sizeof trace);
    trace_deadline(trace, now_ms());
    if (pwrite(trace_fd, trace, sizeof trace, 0) == (ssize_t)sizeof trace)
        fdatasync(trace_fd);
    if (write(scribe_done[1], "", 1) < 0)
        return NULL;
    return NULL;
}

static void write_trace(void)
{
    struct pollfd done = {.fd = scribe_done[0], .events = POLLIN};

    if (trace_fd >= 0 && write(scribe_wake[1], "", 1) == 1)
        poll(&done, 1, TRACE_WAIT_MS);
}

static void drain_console(void)
{
    int waiting = 0;

    for (int waited = 0; waited < CONSOLE_WAIT_MS; waited += 10) {
        if (ioctl(console_fd, TIOCOUTQ, &waiting) != 0 || waiting == 0)
            return;
        poll(NULL, 0, 10);
    }
}

/* No sync before it: that may never return. If all else fails nobody feeds any more, and the watchdog bites. */
static _Noreturn void reset_machine(void)
{
    drain_console();
    REBOOT_FUNCTION(RB_AUTOBOOT);
    if (write(sysrq_fd, "b", 1) < 0)
        say("cannot reset: waiting for the watchdog");
    for (;;)
        pause();
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/*
 * The control FIFO and the pid file lie in one directory, and this process stays in it: after switch_root its paths from /
 * lead through the old root, where that directory is no more.
 */
static bool enter_directory(const char *path)
{
    size_t length = (size_t)(last_part(path) - path);
    char directory[PATH_MAX];

    if (length == 0)
        return true;
    if (length >= sizeof directory)
        return false;
    memcpy(directory, path, length);
    directory[length] = '\0';
    return chdir(directory) == 0;
}

static void hand_over(const struct options *options)
{
    say("handed over: whoever comes next must feed the watchdog");
    unlink(last_part(options->control));
    unlink(last_part(options->pid_file));
    feed();
    exit(0); /* closes the watchdog without disarming it */
}

static void obey(const struct command *command, struct deadline *deadline, const struct options *options)
{
    switch (command->kind) {
    case COMMAND_EXTEND:
        say(deadline_extend(deadline, now_ms(), command->seconds) ? "deadline extended" : "deadline extended to its limit");
        return;
    case COMMAND_HANDOVER:
        hand_over(options);
        return;
    case COMMAND_RESET:
        say("reset was asked for");
        reset_machine();
    case COMMAND_UNKNOWN:
        say("unknown command on the control FIFO");
    }
}

static _Noreturn void keep_watch(int control_fd, const struct options *options, struct deadline deadline)
{
    struct control control = {0};
    int64_t next_feed = 0;

    for (;;) {
        struct pollfd poll_fd = {.fd = control_fd, .events = POLLIN};
        char bytes[CONTROL_LINE_MAX];
        int64_t now = now_ms();

        if (now >= deadline.at)
            break;
        if (now >= next_feed) {
            feed();
            next_feed = now + FEED_INTERVAL_MS;
        }
        if (poll(&poll_fd, 1, deadline_wait(&deadline, now, next_feed)) != 1)
            continue;
        ssize_t count = read(control_fd, bytes, sizeof bytes);
        for (ssize_t i = 0; i < count; i++) {
            struct command command;
            if (control_take(&control, bytes[i], &command))
                obey(&command, &deadline, options);
        }
    }
    say("deadline passed without a verdict");
    write_trace();
    reset_machine();
}

static void open_watchdog(const char *path)
{
    int timeout = WATCHDOG_TIMEOUT_S;

    watchdog_fd = open(path, O_WRONLY | O_CLOEXEC);
    if (watchdog_fd < 0)
        say("no watchdog device: this process alone enforces the deadline");
    else if (ioctl(watchdog_fd, WDIOC_SETTIMEOUT, &timeout) != 0)
        say("cannot set the time of the watchdog: it keeps its own");
}

static void start_scribe(const char *path)
{
    pthread_attr_t attributes;
    pthread_t thread;

    if (path == NULL)
        return;
    trace_fd = open(path, O_RDWR | O_CLOEXEC);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, SCRIBE_STACK_SIZE);
    if (trace_fd >= 0 && (pipe(scribe_wake) != 0 || pipe(scribe_done) != 0 ||
                          pthread_create(&thread, &attributes, scribe, NULL) != 0)) {
        close(trace_fd);
        trace_fd = -1;
    }
    if (trace_fd < 0)
        say("cannot open the trace: the deadline will leave none");
}

static int open_control(const char *path)
{
    unlink(path);
    if (mkfifo(path, 0600) != 0)
        return -1;
    /* Reading and writing: without a writer of our own, poll would report each writer's leaving for ever. */
    return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static bool write_line(const char *path, int flags, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return written;
}

/* Runs in the child. Reports on `ready_fd` when all is in place; the parent, and with it the boot, waits for that. */
static _Noreturn void become_dead_man(const struct options *options, struct deadline deadline, int ready_fd)
{
    char pid[16];
    sigset_t all;
    int control_fd;

    setsid();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    console_fd = open(options->console, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    sysrq_fd = open(SYSRQ_TRIGGER, O_WRONLY | O_CLOEXEC);
    open_watchdog(options->watchdog);
    feed();
    start_scribe(options->trace);
    control_fd = open_control(options->control);
    if (control_fd < 0) {
        fprintf(stderr, "holdfast-deadman: cannot make %s: %s\n", options->control, strerror(errno));
        exit(1);
    }
    if (!write_line("/proc/self/oom_score_adj", 0, "-1000") || mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        say("cannot make this process safe from a lack of memory");
    snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    if (!write_line(options->pid_file, O_CREAT | O_TRUNC, pid) || !enter_directory(options->control) || write(ready_fd, "", 1) != 1) {
        fprintf(stderr, "holdfast-deadman: cannot write %s: %s\n", options->pid_file, strerror(errno));
        exit(1);
    }
    close(ready_fd);
    keep_watch(control_fd, options, deadline);
}

int main(int argc, char *argv[])
{
    struct options options;
    const char *problem;
    int ready[2];
    char byte;

    if (!parse_options(argc, argv, &options, &problem)) {
        fprintf(stderr, "holdfast-deadman: cannot start: %s\n", problem);
        return 2;
    }
    if (argv[0][0] != '@') {
        fprintf(stderr, "holdfast-deadman: cannot start: argv[0] must begin with @, or systemd kills this process\n");
        return 2;
    }
    struct deadline deadline = deadline_start(now_ms(), options.deadline);
    if (pipe(ready) != 0) {
        perror("holdfast-deadman: cannot start");
        return 1;
    }
    switch (fork()) {
    case -1:
        perror("holdfast-deadman: cannot start");
        return 1;
    case 0:
        close(ready[0]);
        become_dead_man(&options, deadline, ready[1]);
    default:
        close(ready[1]);
        return read(ready[0], &byte, 1) == 1 ? 0 : 1;
    }
}
