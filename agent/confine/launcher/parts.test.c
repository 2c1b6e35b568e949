/* The pure parts of the launcher, as tables. Prints each case that fails; parts.test.ts runs it with ASan and UBSan. */
#include "arguments.h"
#include "check.h"
#include "expand.h"
#include "lookup.h"
#include "memory.h"
#include "place.h"
#include "request.h"

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* With | between. */
static const char *joined(char *const *words)
{
    const char *text = "";
    for (; words != NULL && *words != NULL; words++)
        text = keep_format("%s%s%s", text, *text == '\0' ? "" : "|", *words);
    return words == NULL ? NULL : text;
}

static void an_environment_has_each_name_once(void)
{
    char *given[] = {"A=1", "B=2=3", "A=4", "none", "=5", "LD_PRELOAD=x", "TMPDIR=/t", "C=", NULL};
    struct environment environment;
    struct failure failure;

    environment_start(&environment, given);
    CHECK(same(joined(environment.entries), "A=1|B=2=3|LD_PRELOAD=x|TMPDIR=/t|C="), "%s", joined(environment.entries));
    CHECK(same(environment_get(&environment, "Bxx", 1), "2=3"), "a name need not end");
    CHECK(environment_get(&environment, "D", 1) == NULL && environment_get(&environment, "", 0) == NULL, "not there");
    CHECK(environment_set(&environment, "A", "new", &failure) && environment_set(&environment, "D", "", &failure), "set");
    environment_drop_unsafe(&environment);
    CHECK(environment.count == 4, "%s", joined(environment.entries));
    CHECK(same(environment_get(&environment, "A", 1), "new") && environment_get(&environment, "TMPDIR", 6) == NULL, "-");
    for (int i = 0; i < 300; i++)
        CHECK(environment_set(&environment, keep_format("N%d", i), "v", &failure), "%d", i);
    CHECK(environment.count == 304 && environment.entries[304] == NULL, "it grows, and ends");

    char *large = keep(ENTRY_MAX);
    memset(large, 'x', ENTRY_MAX - 4);
    CHECK(environment_set(&environment, "AB", large, &failure), "as long as one may be");
    large[ENTRY_MAX - 4] = 'x';
    CHECK(!environment_set(&environment, "AB", large, &failure), "longer");
    CHECK(same(failure.text, "cannot set the variable AB: it takes more than 128 KiB"), "%s", failure.text);
}

static void variables_are_put_in_as_go_does(void)
{
    static const struct {
        const char *text, *result;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"$ONE", "1"},
        {"${ONE}x$ONE/y$ONEx", "1x1/y"},
        {"$", "$"},
        {"a$", "a$"},
        {"$$", ""},
        {"$ $/ $.", "$ $/ $."},
        {"${}x", "x"},
        {"${ONE", "ONE"},
        {"${", ""},
        {"${*}$*$#$@$!$?$-$5", ""},
        {"$12", "2"},
        {"${12}", ""},
        {"${A B}", "spaced"},
        {"$NONE-", "-"},
        {"$TWO", "$ONE"},
        {"\xc3\xa4$ONE\xc3\xa4", "\xc3\xa4" "1\xc3\xa4"},
    };
    char *given[] = {"ONE=1", "TWO=$ONE", "A B=spaced", NULL};
    struct environment environment;
    struct failure failure;

    environment_start(&environment, given);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *result = expand(cases[i].text, &environment, &failure);
        CHECK(same(result, cases[i].result), "'%s': '%s'", cases[i].text, result);
    }
    char *large = keep(ENTRY_MAX / 2 + 1);
    memset(large, 'x', ENTRY_MAX / 2);
    CHECK(environment_set(&environment, "L", large, &failure), "half");
    CHECK(expand("$L", &environment, &failure) != NULL && expand("$L$L", &environment, &failure) == NULL, "bounded");
}

static void names_are_checked(void)
{
    static const struct {
        const char *text, *instance, *program;
    } cases[] = {
        {"demo", "demo", "demo"},     {"demo.tool", "demo", "tool"}, {"demo_key", "demo_key", "demo"},
        {"demo_k.a-B9", "demo_k", "a-B9"}, {"demo.", NULL, NULL},    {".tool", NULL, NULL},
        {"", NULL, NULL},             {"../x", NULL, NULL},          {"demo./x", NULL, NULL},
        {"demo..", NULL, NULL},       {"demo.a.b", NULL, NULL},      {"Demo", NULL, NULL},
        {"demo_", NULL, NULL},        {"demo_a_b", NULL, NULL},      {"demo_01234567890", NULL, NULL},
        {"-r", NULL, NULL},           {"demo/x", NULL, NULL},        {"demo tool", NULL, NULL},
        {"a234567890123456789012345678901234567890", "a234567890123456789012345678901234567890",
         "a234567890123456789012345678901234567890"},
        {"a2345678901234567890123456789012345678901", NULL, NULL},
    };
    struct target target;

    for (size_t i = 0; i < COUNT(cases); i++) {
        bool taken = split_target(cases[i].text, &target);
        CHECK(taken == (cases[i].instance != NULL), "'%s'", cases[i].text);
        if (taken)
            CHECK(same(target.instance, cases[i].instance) && same(target.program, cases[i].program), "'%s'",
                  cases[i].text);
    }
    char *large = keep(5000);
    memset(large, 'a', 4999);
    CHECK(!split_target(large, &target), "a long name");
    memcpy(large, "demo.", 5);
    CHECK(!split_target(large, &target), "a long app");
    CHECK(is_revision("7") && is_revision("x12") && is_revision("4294967295"), "revisions");
    CHECK(!is_revision("") && !is_revision("x") && !is_revision("07") && !is_revision("7/") && !is_revision("-1") &&
              !is_revision("../7") && !is_revision("12345678901"),
          "no revisions");
}

static void requests_are_read_strictly(void)
{
    static const struct {
        const char *words[8];
        const char *result; /* target, arguments, command, hook, revision, timer, shell; or what is wrong */
        int status;
    } cases[] = {
        {{"demo"}, "demo||0|-|-|-|0", 0},
        {{"demo.tool", "-x", "--command=stop"}, "demo.tool|-x --command=stop|0|-|-|-|0", 0},
        {{"--command=stop", "demo"}, "demo||1|-|-|-|0", 0},
        {{"--command", "reload", "demo"}, "demo||2|-|-|-|0", 0},
        {{"--command=post-stop", "--", "demo", "--"}, "demo|--|3|-|-|-|0", 0},
        {{"--command=", "demo"}, "demo||0|-|-|-|0", 0},
        {{"--hook=install", "-r", "7", "demo"}, "demo||0|install|7|-|0", 0},
        {{"--hook", "install", "-r7", "demo"}, "demo||0|install|7|-|0", 0},
        {{"--hook", "install", "-r=x7", "demo"}, "demo||0|install|x7|-|0", 0},
        {{"--hook=install", "-r", "unset", "demo"}, "demo||0|install|-|-|0", 0},
        {{"--timer=mon,10:00", "demo.svc"}, "demo.svc||0|-|-|mon,10:00|0", 0},
        {{"--shell", "demo", "-c", "true"}, "demo|-c true|0|-|-|-|1", 0},
        {{NULL}, "need the application to run as argument", STATUS_FAILED},
        {{"--shell"}, "need the application to run as argument", STATUS_FAILED},
        {{"--command"}, "expected argument for flag `--command'", STATUS_USAGE},
        {{"--strace", "demo"}, "unknown flag `strace'", STATUS_USAGE},
        {{"--commands=stop", "demo"}, "unknown flag `commands=stop'", STATUS_USAGE},
        {{"-x", "demo"}, "unknown flag `x'", STATUS_USAGE},
        {{"--command=gdb", "demo"}, "cannot use \"gdb\" command", STATUS_FAILED},
        {{"-r", "7", "demo"}, "-r can only be used with --hook", STATUS_FAILED},
        {{"--hook=a", "--command=stop", "demo"}, "you can only use one of --hook, --command, and --timer", 1},
        {{"--timer=mon", "--command=stop", "demo"}, "you can only use one of --hook, --command, and --timer", 1},
        {{"--hook=a", "demo", "more"}, "too many arguments for hook \"a\": more", STATUS_FAILED},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request;
        struct failure failure = {0};
        const char *result = failure.text;
        if (request_read((char *const *)cases[i].words, &request, &failure)) {
            const char *arguments = "";
            for (char *const *word = request.arguments; *word != NULL; word++)
                arguments = keep_format("%s%s%s", arguments, *arguments == '\0' ? "" : " ", *word);
            result = keep_format("%s|%s|%d|%s|%s|%s|%d", request.target, arguments, (int)request.command,
                                 request.hook == NULL ? "-" : request.hook,
                                 request.revision == NULL ? "-" : request.revision,
                                 request.timer == NULL ? "-" : request.timer, request.shell);
        }
        CHECK(same(result, cases[i].result) && failure.status == cases[i].status, "case %zu: '%s'", i, result);
    }
}

#define HEAD "holdfast-launch 1\ninstance demo\nrevision 7\nconfinement devmode\n"

static enum launch_found read_launch(const char *text, struct launch *launch, struct failure *failure)
{
    return launch_read(keep_text(text, strlen(text)), strlen(text), "app", "tool", launch, failure);
}

static void launch_files_are_read(void)
{
    static const char text[] = HEAD "base core22\nfolder %h/snap\ncurrent-link l\nset A=1\nexpand B=$A=\\\\x\\ny\napp other\n"
                                    "set C=3\nchain no\ncommand no\nhook tool\ncommand no\napp tool\nservice system\n"
                                    "user D=%h\ndirectory E=/e\nchain one\nchain two\ncommand bin/tool --x\n"
                                    "stop-command bin/stop\napp last\nset F=\nend\n";
    struct launch launch;
    struct failure failure = {0};

    CHECK(read_launch(text, &launch, &failure) == LAUNCH_FOUND, "%s", failure.text);
    CHECK(same(launch.instance, "demo") && same(launch.base, "core22") && same(launch.current_link, "l"), "head");
    CHECK(launch.folder_count == 1 && launch.runtime_folder == NULL && launch.is_service, "head");
    CHECK(launch.setting_count == 4 && same(launch.settings[1].value, "$A=\\x\ny"), "%s", launch.settings[1].value);
    CHECK(launch.settings[1].kind == SETTING_EXPAND && launch.settings[2].kind == SETTING_USER, "kinds");
    CHECK(same(launch.settings[3].name, "E") && launch.settings[3].kind == SETTING_DIRECTORY, "only its own");
    CHECK(launch.chain_count == 2 && same(launch.chain[1], "two"), "chain");
    CHECK(same(launch.commands[COMMAND_MAIN], "bin/tool --x") && same(launch.commands[COMMAND_STOP], "bin/stop"), "-");
    CHECK(launch.commands[COMMAND_RELOAD] == NULL, "not given");
    CHECK(read_launch(HEAD "app other\nend\n", &launch, &failure) == LAUNCH_MISSING, "no such app");
    /* Cut off anywhere it is not valid. */
    for (size_t length = 0; length + 1 < sizeof text; length++) {
        char *cut = keep_text(text, length);
        CHECK(launch_read(cut, length, "app", "tool", &launch, &failure) == LAUNCH_BAD, "%zu", length);
    }
}

static void bad_launch_files_are_refused(void)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "line 1: the end is missing"},
        {"\n", "line 1: not of a version that is known here"},
        {"holdfast-launch 2\nend\n", "line 1: not of a version that is known here"},
        {"holdfast-launch 1\nend\n", "line 2: instance, revision or confinement is missing"},
        {HEAD "app tool\nend\nend\n", "line 6: more after the end"},
        {HEAD "app tool\nend\nx", "line 6: more after the end"},
        {HEAD "app tool\nend", "line 6: the end is missing"},
        {HEAD "app tool\n\nend\n", "line 6: a key without a value"},
        {HEAD "app\nend\n", "line 5: a key without a value"},
        {HEAD "instance other\nend\n", "line 5: not understood"},
        {HEAD "base \nend\n", "line 5: not understood"},
        {HEAD "strange x\nend\n", "line 5: not understood"},
        {HEAD "command x\nend\n", "line 5: not understood"},
        {HEAD "app tool\nbase x\nend\n", "line 6: not understood"},
        {HEAD "app tool\napp tool\nend\n", "line 6: not understood"},
        {HEAD "app tool\ncommand x\ncommand y\nend\n", "line 7: not understood"},
        {HEAD "app tool\nservice strange\nend\n", "line 6: not understood"},
        {HEAD "app other\nstrange x\nend\n", "line 6: not understood"},
        {HEAD "set A\nend\n", "line 5: not understood"},
        {HEAD "set =x\nend\n", "line 5: not understood"},
        {HEAD "expand A=\\0\nend\n", "line 5: not understood"},
        {HEAD "expand A=\\\nend\n", "line 5: not understood"},
    };
    struct launch launch;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct failure failure = {0};
        enum launch_found found = read_launch(cases[i].text, &launch, &failure);
        const char *why = keep_format("its launch file is not valid, %s", cases[i].why);
        CHECK(found == LAUNCH_BAD && same(failure.text, why), "case %zu: %s", i, failure.text);
    }
    struct failure failure = {0};
    char zero[] = HEAD "set A=x\0y\nend\n";
    CHECK(launch_read(zero, sizeof zero - 1, "app", "tool", &launch, &failure) == LAUNCH_BAD, "a zero byte");
    CHECK(same(failure.text, "its launch file is not valid, line 1: a zero byte in it"), "%s", failure.text);
    CHECK(launch_read(zero, LAUNCH_FILE_MAX + 1, "app", "tool", &launch, &failure) == LAUNCH_BAD, "too large");
    /* Whatever it is, it is refused, and nothing is read that is not there. */
    unsigned seed = 1;
    for (int round = 0; round < 2000; round++) {
        char noise[256];
        snprintf(noise, sizeof noise, "%s", HEAD "expand A=$B\\n\napp tool\ncommand x\nchain y\nend\n");
        size_t length = strlen(noise);
        for (int i = 0; i < 3; i++) {
            seed = seed * 1103515245 + 12345;
            noise[(seed >> 8) % length] = (char)(seed >> 20);
        }
        char *text = keep_text(noise, length);
        launch_read(text, length, "app", "tool", &launch, &failure);
    }
}

static bool no_directory(const char *path)
{
    return strcmp(path, "/there/5") == 0;
}

static void settings_are_made_in_order(void)
{
    char *given[] = {"HOME=/old", "KEPT=1", NULL};
    struct setting settings[] = {
        {SETTING_SET, "ID", "%u:%e:%%h"}, {SETTING_USER, "HOME", "%h/x"},       {SETTING_EXPAND, "A", "$HOME/$B"},
        {SETTING_EXPAND, "B", "$A%h"},    {SETTING_DIRECTORY, "C", "/there/%u"}, {SETTING_DIRECTORY, "D", "/not/%u"},
    };
    struct launch launch = {.settings = settings, .setting_count = COUNT(settings)};
    struct user user = {.home = "/home/me", .real = 5, .effective = 6}, nobody = {.real = 5};
    struct environment environment;
    struct failure failure = {0};

    environment_start(&environment, given);
    CHECK(apply_settings(&environment, &launch, &user, no_directory, &failure), "%s", failure.text);
    const char *all = joined(environment.entries);
    CHECK(same(all, "HOME=/home/me/x|KEPT=1|ID=5:6:%h|A=/home/me/x/|B=/home/me/x/%h|C=/there/5"), "%s", all);
    environment_start(&environment, given);
    CHECK(apply_settings(&environment, &launch, &nobody, no_directory, &failure), "%s", failure.text);
    CHECK(same(environment_get(&environment, "HOME", 4), "/old"), "without a home");
    launch.settings[0].value = "%x";
    CHECK(!apply_settings(&environment, &launch, &user, no_directory, &failure), "an unknown sign");
    launch.settings[0].value = "%";
    CHECK(!apply_settings(&environment, &launch, &user, no_directory, &failure), "a sign that is cut off");
}

static void words_are_made(void)
{
    static const struct {
        const char *command, *words;
    } cases[] = {
        {"bin/tool", "/m/wrap|/m/bin/tool|more"},
        {"bin/tool --a $ONE", "/m/wrap|/m/bin/tool|--a|1|more"},
        {"bin/tool  $NONE x", "/m/wrap|/m/bin/tool|x|more"},
        {"bin/$ONE $TWO", "/m/wrap|/m/bin/$ONE|a b|more"},
        {"./bin//tool ", "/m/wrap|/m/bin//tool|more"},
        {"/bin/..x", "/m/wrap|/m/bin/..x|more"},
        {"../tool", NULL},
        {"bin/../../tool", NULL},
        {"bin/..", NULL},
    };
    char *given[] = {"ONE=1", "TWO=a b", NULL};
    char *more[] = {"more", NULL};
    const char *chain[] = {"wrap"};
    struct launch launch = {.chain = chain, .chain_count = 1};
    struct environment environment;
    struct failure failure;

    environment_start(&environment, given);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char **words = arguments_of(&launch, "/m", cases[i].command, more, &environment, &failure);
        CHECK(same(joined(words), cases[i].words), "'%s': %s", cases[i].command, joined(words));
    }
    CHECK(same(joined(arguments_around(&launch, "/m", "/bin/sh", more, &failure)), "/m/wrap|/bin/sh|more"), "shell");
    chain[0] = "a/../../b";
    CHECK(arguments_around(&launch, "/m", "/bin/sh", more, &failure) == NULL, "a chain that leads out");
}

static void facts_are_found(void)
{
    static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\nbad\nx:x:12a:0::/no:/\ny:x::0::/no:/\n"
                                 "rel:x:7:7::rel:/\nme:x:1000:1000:M:/home/me:/bin/sh\nme2:x:1000:1:::";
    static const struct {
        const char *command_line, *modeenv, *base;
    } bases[] = {
        {"quiet snap_core=bookworm_x1.snap snap_kernel=k_1.snap\n", NULL, "bookworm"},
        {"snap_core=core22_7.snap", "base=core20_1.snap\n", "core22"},
        {"quiet", "mode=run\nbase=core20_12.snap\nbase_status=\n", "core20"},
        {"xsnap_core=a_1.snap", NULL, NULL},
        {"snap_core= x", NULL, NULL},
        {"snap_core=nounderscore.snap next_1", NULL, NULL},
        {"snap_core=_1.snap", NULL, NULL},
        {NULL, NULL, NULL},
    };
    static const struct {
        const char *text, *revision;
    } infos[] = {
        {"{\"previous\":\"7\"}", "7"}, {"{\"previous\":\"x1\"}", "x1"}, {"{\"previous\":\"\"}", NULL},
        {"{\"previous\":\"7", NULL},   {"", NULL},                      {"{\"previous\":\"../7\"}", NULL},
    };
    static const struct {
        const char *cgroups;
        bool service, scope;
    } groups[] = {
        {"0::/system.slice/snap.demo.tool.service\n", true, false},
        {"0::/system.slice/snap.demo.tool.service/sub\n", true, false},
        {"0::/system.slice/snap.demo.tool-x.service\n", false, false},
        {"0::/system.slice/snap.demo.tool-01234567-0123-0123-0123-0123456789ab.scope\n", false, true},
        {"0::/system.slice/snap.demo.tool-x-01234567-0123-0123-0123-0123456789ab.scope\n", false, false},
        {"12:pids:/a\n0::/b\n", false, false},
        {"", false, false},
    };
    char found[NAME_BYTES];

    CHECK(same(home_of(passwd, 0), "/root") && same(home_of(passwd, 1000), "/home/me"), "homes");
    CHECK(home_of(passwd, 12) == NULL && home_of(passwd, 7) == NULL && home_of("", 0) == NULL, "no homes");
    for (size_t i = 0; i < COUNT(bases); i++) {
        bool is_found = running_base(bases[i].command_line, bases[i].modeenv, found);
        CHECK(is_found == (bases[i].base != NULL) && (!is_found || same(found, bases[i].base)), "base %zu", i);
    }
    for (size_t i = 0; i < COUNT(infos); i++) {
        bool is_found = previous_revision(infos[i].text, found);
        CHECK(is_found == (infos[i].revision != NULL) && (!is_found || same(found, infos[i].revision)), "info %zu", i);
    }
    for (size_t i = 0; i < COUNT(groups); i++) {
        CHECK(is_in_service(groups[i].cgroups, "snap.demo.tool") == groups[i].service, "service %zu", i);
        CHECK(is_in_scope(groups[i].cgroups, "snap.demo.tool") == groups[i].scope, "scope %zu", i);
    }
}

int main(void)
{
    an_environment_has_each_name_once();
    variables_are_put_in_as_go_does();
    names_are_checked();
    requests_are_read_strictly();
    launch_files_are_read();
    bad_launch_files_are_refused();
    settings_are_made_in_order();
    words_are_made();
    facts_are_found();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
