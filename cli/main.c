#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

static const struct cli_command *nearest(const char *word)
{
    const struct cli_command *const *commands = cli_commands(), *best = commands[0];
    unsigned best_edits = ~0u;
    for (size_t i = 0; commands[i]; i++) {
        unsigned edits = pxk_str_distance(commands[i]->name, word);
        if (edits < best_edits) {
            best_edits = edits;
            best = commands[i];
        }
    }
    return best;
}

/* getopt begins its messages with argv[0]: let that be what the user called. */
static int run(const struct cli_command *command, int argc, char **argv)
{
    char name[32];
    snprintf(name, sizeof name, "pxekit %s", command->name);
    argv[0] = name;
    return command->run(argc, argv);
}

/* A report that did not arrive is no report. That nobody wanted the rest of it (`| head`) is no error. */
static int finish(int status, const char *command)
{
    struct stat st;
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    /* Of an earlier failure the reason is gone, but only a pipe's reader can have left. */
    if (errno == EPIPE || (errno == 0 && fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))))
        return status;
    return cli_fail(EXIT_NO_TEST, command, "the output could not be written%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
}

/* Whoever started us may have closed one of the three: what we open would take its number, and be written to as our output. */
static bool streams_open(void)
{
    int fd = open("/dev/null", O_RDWR); /* not close-on-exec: it stands for a standard stream */
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDWR);
    return fd >= 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
    /* A closed pipe (`pxekit check | head`) is an error of write(), not the end of a run that holds leases. */
    signal(SIGPIPE, SIG_IGN);
    if (!streams_open())
        return EXIT_NO_TEST;
    if (cli_is_extcap(argc, argv))
        return finish(cli_extcap(argc, argv), "extcap");
    if (argc < 2)
        return cli_help.run(1, argv), EXIT_USAGE;
    const struct cli_command *const *commands = cli_commands();
    const char *word = argv[1];
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        word = "version";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = "help";
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(word, commands[i]->name) == 0)
            return finish(run(commands[i], argc - 1, argv + 1), word);
    fprintf(stderr, "pxekit: there is no command \"%s\"; did you mean \"%s\"? (pxekit help lists them)\n", word,
            nearest(word)->name);
    return EXIT_USAGE;
}
