/* Cases that do as their names say. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool_rig.h"

#define WORK RUN_BASE "/" RUN_WORK

struct shared *shared;

static enum pxk_play_end sees(json_t **out)
{
    *out = json_pack("{s:{s:[{s:s, s:s, s:s}], s:[]}, s:[], s:[s, s, s], s:s}", "report", "steps", "step", "dhcp", "verdict", "pass",
                     "why", "x", "findings", "events", "packets", "    1 0.1 DISCOVER", "   12 0.2 OFFER", "   20 0.3 REQUEST", "tree",
                     WORK "/boot");
    return PXK_PLAY_SEEN;
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        abort();
    close(fd);
}

/* Children that outlive everybody, one of them in a session of its own, one that ignores signals. They carry on under exec too. */
static void leave_children(void)
{
    for (int i = 0; i < 3; i++) {
        if (fork() != 0)
            continue;
        if (i == 1)
            (void)setsid();
        if (i == 2) {
            signal(SIGTERM, SIG_IGN);
            signal(SIGHUP, SIG_IGN);
        }
        if (fork() == 0 && i == 0)
            execl("/bin/sleep", "sleep", "100000", (char *)NULL);
        for (;;)
            pause();
    }
}

static _Noreturn void hang(void)
{
    sigset_t all;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    if (write(shared->ready[1], "r", 1) != 1)
        abort();
    for (;;)
        pause();
}

/* What is different inside; the sentence tells what is not as it should be. */
static enum pxk_play_end look_around(const struct pxk_play_env *env, json_t **out, char *why, size_t cap)
{
    char here[300], network[64] = "";
    struct stat st;
    (void)!readlink("/proc/self/ns/net", network, sizeof network - 1);
    if (getppid() != 1 || getpid() > 5)
        pxk_fmt(why, cap, "process %d below %d", getpid(), getppid());
    else if (strcmp(network, shared->network) == 0 || !*network)
        pxk_fmt(why, cap, "the network is the outer one");
    else if (!getcwd(here, sizeof here) || strcmp(here, shared->folder) != 0)
        pxk_fmt(why, cap, "the folder is %s", here);
    else if (strcmp(env->work, WORK) != 0 || rmdir(env->work) != 0 || mkdir(env->work, 0700) != 0)
        pxk_fmt(why, cap, "the work folder is not there, or not empty");
    else if (fstat(STDOUT_FILENO, &st) != 0 || !S_ISREG(st.st_mode))
        pxk_fmt(why, cap, "standard output is not a file");
    else if (stat("/proc/1/ns/net", &st) != 0 || stat(shared->file, &st) != 0)
        pxk_fmt(why, cap, "/proc or %s is not to be seen", shared->file);
    else if (strcmp(env->folder, shared->folder) != 0 || strcmp(env->pxekit, "/bin/pxekit") != 0)
        pxk_fmt(why, cap, "the scenario's folder is %s", env->folder);
    else
        return sees(out);
    return PXK_PLAY_ERROR;
}

static enum pxk_play_end meet(const int mine[2], const int other[2], json_t **out)
{
    char c;
    if (write(mine[1], "x", 1) != 1 || read(other[0], &c, 1) != 1)
        return PXK_PLAY_ERROR;
    return sees(out);
}

/* An orphan of ours is reaped: its id is free again. Nothing but init can do that. */
static enum pxk_play_end orphan(json_t **out)
{
    int way[2];
    pid_t pid = 0;
    if (pipe(way) != 0)
        return PXK_PLAY_ERROR;
    pid_t child = fork();
    if (child == 0) {
        pid = fork();
        if (pid == 0)
            _exit(0);
        _exit(write(way[1], &pid, sizeof pid) != sizeof pid);
    }
    if (waitpid(child, NULL, 0) != child || read(way[0], &pid, sizeof pid) != sizeof pid)
        return PXK_PLAY_ERROR;
    while (kill(pid, 0) == 0)
        sched_yield();
    return sees(out);
}

static enum pxk_play_end leave_files(json_t **out)
{
    (void)mkdir(WORK "/boot", 0755);
    (void)mkdir(WORK "/boot.dnsmasq", 0755);
    write_file(WORK "/boot/linux", "kernel");
    write_file(WORK "/boot.dnsmasq/dnsmasq.conf", "port=0\n");
    write_file(WORK "/lan.pcap", "frames");
    (void)!symlink("/etc/passwd", WORK "/link");
    (void)mkfifo(WORK "/pipe", 0600);
    return sees(out);
}

static enum pxk_play_end much(json_t **out)
{
    char text[1000];
    enum pxk_play_end end = sees(out);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 3000; i++)
        json_array_append_new(json_object_get(*out, "events"), json_string(text));
    return end;
}

static enum pxk_play_end act(const char *name, const struct pxk_play_env *env, json_t **out, char *why, size_t cap)
{
    if (strcmp(name, "look") == 0)
        return look_around(env, out, why, cap);
    if (strcmp(name, "broken") == 0) {
        pxk_fmt(why, cap, "dnsmasq did not start: \xff bad");
        return PXK_PLAY_ERROR;
    }
    if (strcmp(name, "crash") == 0) {
        fputs("on the way\nto the end\n", stderr);
        signal(SIGSEGV, SIG_DFL); /* the sanitizer's would make a report of it */
        raise(SIGSEGV);
    }
    if (strcmp(name, "exits") == 0)
        _exit(7);
    if (strcmp(name, "hang") == 0)
        hang();
    if (strcmp(name, "leaves") == 0)
        leave_children();
    if (strcmp(name, "hang with children") == 0) {
        leave_children();
        hang();
    }
    if (strcmp(name, "meet a") == 0)
        return meet(shared->out_a, shared->out_b, out);
    if (strcmp(name, "meet b") == 0)
        return meet(shared->out_b, shared->out_a, out);
    if (strcmp(name, "orphan") == 0)
        return orphan(out);
    if (strcmp(name, "files") == 0)
        return leave_files(out);
    if (strcmp(name, "much") == 0)
        return much(out);
    return sees(out);
}

static enum pxk_play_end play(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why, size_t cap)
{
    int beside = __atomic_add_fetch(&shared->beside, 1, __ATOMIC_SEQ_CST);
    if (beside > shared->most)
        shared->most = beside;
    enum pxk_play_end end = act(s->name, env, out, why, cap);
    if (s->alone && shared->beside != 1) {
        pxk_fmt(why, cap, "it is not alone");
        end = PXK_PLAY_ERROR;
    }
    (void)__atomic_sub_fetch(&shared->beside, 1, __ATOMIC_SEQ_CST);
    return end;
}

static enum pxk_play_end play_virtual(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why, size_t cap)
{
    (void)s;
    (void)env;
    (void)out;
    pxk_fmt(why, cap, "in virtual time");
    return PXK_PLAY_SKIP;
}

static bool possible(const struct pxk_scenario *s, char *why, size_t cap)
{
    pxk_fmt(why, cap, "Kea is not installed");
    return strcmp(s->name, "skip") != 0;
}

static size_t judge(const struct pxk_scenario *s, const json_t *seen, json_t *checks)
{
    bool bad = strcmp(s->name, "fail") == 0 || strcmp(s->name, "files") == 0;
    json_array_append_new(checks, json_pack("{s:s, s:s, s:s, s:b, s:i, s:i}", "what", "step dhcp", "expected", "pass", "seen",
                                            bad ? "fail" : "pass", "ok", !bad, "line", 3, "frame", 12));
    (void)seen;
    return bad;
}

static void write_block(const struct pxk_scenario *s, const json_t *seen, struct pxk_text *out)
{
    (void)seen;
    pxk_text_addf(out, "expect:\n  exit: %d\n", strcmp(s->name, "fail") == 0);
}

const struct pxk_run_parts rig_parts = {
    .play = play, .play_virtual = play_virtual, .possible = possible, .judge = judge, .write = write_block};
