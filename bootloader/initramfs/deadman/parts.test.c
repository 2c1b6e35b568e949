/* The pure parts of the dead man, as tables. Prints each case that fails; deadman.test.ts runs it with ASan and UBSan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "deadline.h"
#include "options.h"
#include "trace.h"

static int failures;

#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            failures++;                                                                                                \
            printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);                                                     \
            printf(__VA_ARGS__);                                                                                       \
            printf("\n");                                                                                              \
        }                                                                                                              \
    } while (0)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void seconds_are_whole_and_bounded(void)
{
    static const struct {
        const char *text;
        int64_t seconds; /* 0: refused */
    } cases[] = {
        {"1", 1},      {"300", 300}, {"86400", 86400}, {"86401", 0}, {"99999999999999999999", 0},
        {"", 0},       {"0", 0},     {"05", 0},        {"-5", 0},    {"+5", 0},
        {" 5", 0},     {"5 ", 0},    {"5s", 0},        {"5.5", 0},   {"0x10", 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seconds = 0;
        bool taken = parse_seconds(cases[i].text, &seconds);
        CHECK(taken == (cases[i].seconds != 0) && seconds == cases[i].seconds, "'%s'", cases[i].text);
    }
}

static void extensions_never_shorten_and_never_pass_the_limit(void)
{
    static const struct {
        int64_t now, seconds;
        bool granted;
        int64_t at;
    } steps[] = {
        {1000, 5, true, 301000},     /* earlier than the deadline: stays */
        {100000, 250, true, 350000}, /* later: moves */
        {200000, 401, true, 601000}, /* exactly the limit */
        {200001, 401, false, 601000},
        {200000, 86400, false, 601000},
        {600999, 1, false, 601000},
    };
    struct deadline deadline = deadline_start(1000, 300);

    CHECK(deadline.at == 301000 && deadline.limit == 601000, "%lld", (long long)deadline.at);
    for (size_t i = 0; i < COUNT(steps); i++) {
        bool granted = deadline_extend(&deadline, steps[i].now, steps[i].seconds);
        CHECK(granted == steps[i].granted && deadline.at == steps[i].at, "step %zu: %lld", i, (long long)deadline.at);
    }
    deadline = deadline_start(1000, 300);
    CHECK(!deadline_extend(&deadline, 300000, 302) && deadline.at == 601000, "cut to the limit");
}

static void waits_end_at_whatever_comes_first(void)
{
    struct deadline deadline = deadline_start(0, 10);

    CHECK(deadline_wait(&deadline, 0, 5000) == 5000, "the next feeding");
    CHECK(deadline_wait(&deadline, 7000, 12000) == 3000, "the deadline");
    CHECK(deadline_wait(&deadline, 7000, 7000) == 0, "a feeding that is due");
    CHECK(deadline_wait(&deadline, 20000, 25000) == 0, "a deadline that has passed");
    deadline = deadline_start(INT64_C(1) << 50, DEADLINE_MAX_S);
    CHECK(deadline_wait(&deadline, INT64_C(1) << 50, INT64_MAX) == DEADLINE_MAX_S * 1000, "the longest wait");
}

static void commands_come_as_lines(void)
{
    static const struct {
        const char *bytes;
        const char *kinds; /* one letter for each line: E extend, H handover, R reset, ? unknown */
        int64_t seconds;
    } cases[] = {
        {"extend 60\n", "E", 60},
        {"handover\n", "H", 0},
        {"reset\n", "R", 0},
        {"handover", "", 0},
        {"extend 60\nextend 70\nreset\n", "EER", 70},
        {"\n", "?", 0},
        {"extend\n", "?", 0},
        {"extend \n", "?", 0},
        {"extend 0\n", "?", 0},
        {"extend 60 \n", "?", 0},
        {"extend  60\n", "?", 0},
        {"extend 60\r\n", "?", 0},
        {"Reset\n", "?", 0},
        {" reset\n", "?", 0},
        {"handover now\n", "?", 0},
        /* 64 bytes fit; with one more the whole line is unknown, and so is its tail. */
        {"0123456789012345678901234567890123456789012345678901234567890123\nreset\n", "?R", 0},
        {"01234567890123456789012345678901234567890123456789012345678901234reset\nreset\n", "?R", 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct control control = {0};
        char kinds[8] = "";
        int64_t seconds = 0;
        for (const char *byte = cases[i].bytes; *byte != '\0'; byte++) {
            struct command command;
            if (!control_take(&control, *byte, &command))
                continue;
            size_t length = strlen(kinds);
            kinds[length] = "?EHR"[command.kind];
            if (command.kind == COMMAND_EXTEND)
                seconds = command.seconds;
        }
        CHECK(strcmp(kinds, cases[i].kinds) == 0 && seconds == cases[i].seconds, "case %zu: '%s'", i, kinds);
    }

    struct control control = {0};
    struct command command = {0};
    for (size_t i = 0; i < 8; i++)
        CHECK(control_take(&control, "res\0et\n"[i], &command) == (i == 6), "byte %zu", i);
    CHECK(command.kind == COMMAND_UNKNOWN, "a NUL spoils its line");
}

static void the_trace_tells_after_which_stage(void)
{
#define LATE "uptime=65.01\nstage=deadline\nmessage=no verdict before the deadline, last stage was "
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"HOLDFAST-TRACE 1\nkernel=k\ntrial=1\nuptime=3.45\nstage=mounted\nmessage=old\n",
         "HOLDFAST-TRACE 1\nkernel=k\ntrial=1\n" LATE "mounted\n"},
        {"HOLDFAST-TRACE 1\nstage=switched\nmessage=\ncore=c",
         "HOLDFAST-TRACE 1\ncore=c\n" LATE "switched\n"},
        {"HOLDFAST-TRACE 1\n", "HOLDFAST-TRACE 1\n" LATE "unknown\n"},
        {"", "HOLDFAST-TRACE 1\n" LATE "unknown\n"},
        {"HOLDFAST-TRACE 2\nstage=x\n", "HOLDFAST-TRACE 1\n" LATE "unknown\n"},
        {"HOLDFAST-TRACE 1\nstage=0123456789012345678901234567890123456789\n",
         "HOLDFAST-TRACE 1\n" LATE "01234567890123456789012345678901\n"},
    };
    char trace[TRACE_SIZE];

    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(trace, 0, sizeof trace);
        memcpy(trace, cases[i].before, strlen(cases[i].before));
        trace_deadline(trace, 65010);
        CHECK(strcmp(trace, cases[i].after) == 0, "case %zu: %s", i, trace);
        CHECK(trace[TRACE_SIZE - 1] == '\0', "case %zu is padded", i);
    }
    /* Full to the last byte, in one line or in many: the outcome still fits. */
    for (int step = 7; step <= 4096; step = step * 2 + 1) {
        memset(trace, 'x', sizeof trace);
        memcpy(trace, "HOLDFAST-TRACE 1\n", 17);
        for (int at = 17 + step; at < TRACE_SIZE; at += step)
            trace[at] = '\n';
        trace_deadline(trace, 65010);
        CHECK(trace[TRACE_SIZE - 1] == '\0' && strstr(trace, "\nstage=deadline\n") != NULL, "lines of %d", step);
    }
}

static void options_are_read_strictly(void)
{
#define NEEDED "--deadline", "5", "--watchdog", "w", "--console", "c", "--control", "f", "--pid-file", "p"
    static const struct {
        const char *argv[16];
        bool taken;
    } cases[] = {
        {{"@", NEEDED}, true},
        {{"@", NEEDED, "--trace", "t"}, true},
        {{"@", NEEDED, "--trace"}, false},
        {{"@", NEEDED, "--trace", ""}, false},
        {{"@", NEEDED, "--trace", "t", "--trace", "t"}, false},
        {{"@", NEEDED, "--other", "t"}, false},
        {{"@", NEEDED, "t"}, false},
        {{"@", "--deadline", "5", "--watchdog", "w", "--console", "c", "--control", "f"}, false},
        {{"@", "--watchdog", "w", "--console", "c", "--control", "f", "--pid-file", "p"}, false},
        {{"@", "--deadline", "0", "--watchdog", "w", "--console", "c", "--control", "f", "--pid-file", "p"}, false},
        {{"@"}, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct options options;
        const char *problem = NULL;
        int argc = 0;
        while (cases[i].argv[argc] != NULL)
            argc++;
        bool taken = parse_options(argc, (char *const *)cases[i].argv, &options, &problem);
        CHECK(taken == cases[i].taken, "case %zu: %s", i, problem);
        if (taken)
            CHECK(options.deadline == 5 && strcmp(options.pid_file, "p") == 0, "case %zu", i);
    }
}

int main(void)
{
    seconds_are_whole_and_bounded();
    extensions_never_shorten_and_never_pass_the_limit();
    waits_end_at_whatever_comes_first();
    commands_come_as_lines();
    the_trace_tells_after_which_stage();
    options_are_read_strictly();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
