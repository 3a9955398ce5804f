/* pxekit run: the scenario runner. (run.c is one run of the emulator, which check, boot and demo share.) */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "pxk/run.h"
#include "pxk/scenario.h"

static const char usage[] =
    "pxekit run PATH... [options]\n"
    "\n"
    "Play scenarios: build the network of each in private namespaces, start its servers, boot its clients, and compare what\n"
    "was seen with what the scenario expects. PATH is a scenario file or a folder of them (*.yaml, *.yml, folders in folders).\n"
    "No root is needed where ordinary users may make namespaces; nothing is left behind. docs/scenarios.md is the manual.\n"
    "\n"
    "  -f, --filter WHICH   only cases with this tag; id:WORD, name:WORD look there; a ! before it leaves those out.\n"
    "                       Several: a case must fit one of those without !, and none of the others\n"
    "  -j, --jobs N         that many cases at a time (default: number of processors)\n"
    "      --shuffle SEED   in an order made from SEED (default: by limit, the longest first, and by file name)\n"
    "      --no-skip        a case that cannot be played here (a server is not installed) has failed\n"
    "  -k, --keep           keep captures, logs and configs of passed cases too\n"
    "      --artifacts DIR  where they are kept (default pxekit-artifacts)\n"
    "      --update         write what was seen into the `expect:` of scenarios that failed\n"
    "  -l, --list           only list the cases: id, tags, name\n"
    "  -n, --dry-run        only tell what would be done\n"
    "      --schema         print the JSON Schema of scenario files, for editors\n"
    "      --junit FILE     write the results as JUnit XML\n"
    "      --html FILE      write them as one page\n"
    "      --json[=FILE]    as JSON (schema pxekit.run.v1), in place of the usual output or into FILE\n"
    "      --tap            as TAP, in place of the usual output\n"
    "      --github         as annotations of GitHub Actions too, and a table in the job's summary\n"
    "  -v, --verbose        tell the expectations that were met too\n"
    "  -q, --quiet          tell failures and the last line only\n"
    "\n"
    "Exit status: 0 all passed, 1 one failed, 2 wrong use or a scenario with an error, 3 nothing could be run, or interrupted.\n";

enum { OPT_SHUFFLE = 256, OPT_ARTIFACTS, OPT_JUNIT, OPT_HTML, OPT_JSON, OPT_TAP, OPT_GITHUB, OPT_UPDATE, OPT_NO_SKIP, OPT_SCHEMA };

static const struct option options[] = {
    {"filter", required_argument, NULL, 'f'},       {"jobs", required_argument, NULL, 'j'},
    {"shuffle", required_argument, NULL, OPT_SHUFFLE}, {"no-skip", no_argument, NULL, OPT_NO_SKIP},
    {"keep", no_argument, NULL, 'k'},               {"artifacts", required_argument, NULL, OPT_ARTIFACTS},
    {"update", no_argument, NULL, OPT_UPDATE},      {"list", no_argument, NULL, 'l'},
    {"dry-run", no_argument, NULL, 'n'},            {"schema", no_argument, NULL, OPT_SCHEMA},
    {"junit", required_argument, NULL, OPT_JUNIT},  {"html", required_argument, NULL, OPT_HTML},
    {"json", optional_argument, NULL, OPT_JSON},    {"tap", no_argument, NULL, OPT_TAP},
    {"github", no_argument, NULL, OPT_GITHUB},      {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},              {"help", no_argument, NULL, 'h'}, {0}};

struct call {
    struct pxk_run_opts run;
    const char **filters; /* as many as there are arguments */
    bool schema;
};

static bool text_take(const char *option, const char **out)
{
    if (*optarg) {
        *out = optarg;
        return true;
    }
    (void)cli_fail(EXIT_USAGE, "run", "%s takes a name, not an empty text", option);
    return false;
}

static bool number_take(int opt, struct pxk_run_opts *o)
{
    unsigned long n;
    if (opt == 'j' && cli_parse_number("run", "--jobs", optarg, 1, 256, &n)) {
        o->jobs = (unsigned)n;
        return true;
    }
    o->shuffle = true;
    return opt == OPT_SHUFFLE && cli_parse_number("run", "--shuffle", optarg, 0, ~0ul, &o->shuffle_seed);
}

/* Options with an argument; false after an error. */
static bool value_take(struct call *c, int opt)
{
    switch (opt) {
    case 'f':
        return text_take("--filter", &c->filters[c->run.filter_n++]);
    case 'j':
    case OPT_SHUFFLE:
        return number_take(opt, &c->run);
    case OPT_ARTIFACTS:
        return text_take("--artifacts", &c->run.artifacts);
    case OPT_JUNIT:
        return text_take("--junit", &c->run.junit);
    case OPT_HTML:
        return text_take("--html", &c->run.html);
    case OPT_JSON:
        c->run.json = c->run.json || !optarg;
        return !optarg || text_take("--json", &c->run.json_file);
    default:
        return true;
    }
}

static void flag_take(struct call *c, int opt)
{
    struct pxk_run_opts *o = &c->run;
    o->keep = o->keep || opt == 'k';
    o->list = o->list || opt == 'l';
    o->dry_run = o->dry_run || opt == 'n';
    o->verbose = o->verbose || opt == 'v';
    o->quiet = o->quiet || opt == 'q';
    o->tap = o->tap || opt == OPT_TAP;
    o->github = o->github || opt == OPT_GITHUB;
    o->update = o->update || opt == OPT_UPDATE;
    o->no_skip = o->no_skip || opt == OPT_NO_SKIP;
    c->schema = c->schema || opt == OPT_SCHEMA;
}

static int schema_print(void)
{
    struct pxk_text text = {0};
    enum pxk_err err = pxk_scenario_schema(&text);
    if (err == PXK_OK)
        fwrite(text.s, 1, text.len, stdout);
    pxk_text_done(&text);
    return err == PXK_OK ? EXIT_PASS : cli_fail(EXIT_NO_TEST, "run", "%s", pxk_err_text(err));
}

/* The line that tells what is under way goes to standard error, if that is a terminal that can move its cursor. */
static void terminal_look(struct pxk_run_opts *o)
{
    struct pxk_report_opts view = cli_report_opts("run");
    const char *term = getenv("TERM");
    o->colour = view.colour;
    o->width = view.width;
    o->live = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* Run from a build tree, the servers that packaging/foreign.sh has unpacked there are used. */
static void foreign_find(const char *self)
{
    char folder[PATH_MAX + 16];
    const char *slash = strrchr(self, '/');
    pxk_fmt(folder, sizeof folder, "%.*s/../foreign", (int)(slash ? slash - self : 0), self);
    if (access(folder, X_OK) == 0)
        (void)setenv("PXEKIT_FOREIGN", folder, 0);
}

static int play(struct call *c, int argc, char **argv)
{
    static char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (c->run.tap && c->run.json)
        return cli_fail(EXIT_USAGE, "run", "--tap and --json both want standard output: one of them, or --json=FILE");
    if (n <= 0)
        return cli_fail(EXIT_NO_TEST, "run", "/proc/self/exe does not tell where pxekit is: is /proc mounted?");
    self[n] = '\0';
    foreign_find(self);
    terminal_look(&c->run);
    c->run.paths = (const char *const *)argv + optind;
    c->run.path_n = (size_t)(argc - optind);
    c->run.filters = c->filters;
    c->run.pxekit = self;
    c->run.version = PXK_VERSION;
    return pxk_run(&c->run);
}

static int run_run(int argc, char **argv)
{
    struct call c = {.filters = calloc((size_t)argc + 1, sizeof(char *))};
    int opt, status = EXIT_PASS;
    bool done = !c.filters;
    if (done)
        status = cli_fail(EXIT_NO_TEST, "run", "out of memory");
    while (!done && (opt = getopt_long(argc, argv, "f:j:klnvqh", options, NULL)) != -1) {
        if (cli_option_done(opt, &cli_run_scenarios, &status)) {
            done = true;
        } else if (!value_take(&c, opt)) {
            status = EXIT_USAGE;
            done = true;
        } else {
            flag_take(&c, opt);
        }
    }
    if (!done)
        status = c.schema ? schema_print() : play(&c, argc, argv);
    free(c.filters);
    return status;
}

const struct cli_command cli_run_scenarios = {"run", "play scenarios: networks made to order, servers, clients, expectations", usage,
                                              run_run};
