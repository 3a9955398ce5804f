/* A first look that needs no network, no root and no arguments: two network namespaces joined by a veth pair, the
 * reference server in one, emulated clients in the other. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "pxk/image.h"
#include "pxk/netns.h"
#include "server_run.h"

#define CLIENT_END "pxk0"
#define SERVER_END "srv0"
#define SERVER_IP  PXK_IP4(10, 77, 0, 1)
#define NETMASK    0xffffff00u

static const char usage[] =
    "pxekit demo [options]\n"
    "\n"
    "A whole network boot inside this machine: private network namespaces, the reference server, one emulated client\n"
    "per architecture, and the report of pxekit check. Nothing outside is touched; no root is needed.\n"
    "The boot files are generated ones, or the Debian installer's netboot tree where it is installed.\n"
    "\n"
    "      --generated      generated boot files even if the Debian tree is there\n"
    "      --break THING    make it wrong on purpose: loader (one boot file for all), kernel, initrd, config\n"
    "  -w FILE              write all frames to FILE (pcap)\n"
    "  -j, --json           the report as JSON\n"
    "      --html FILE      also write the report as one page\n"
    "  -v, --verbose        tell every packet\n"
    "\n"
    "Exit status: 0 all steps pass, 1 a step failed, 2 wrong use, 3 the test could not be made.\n";

/* Debian's packages debian-installer-NN-netboot-amd64. */
static const char *const debian_trees[] = {"/usr/lib/debian-installer/images/13/amd64/text",
                                           "/usr/lib/debian-installer/images/12/amd64/text",
                                           "/usr/lib/debian-installer/images/14/amd64/text"};

struct demo {
    const char *tree;        /* NULL: the generated set */
    const char *wrong;       /* --break */
    struct pxk_bootset set;
    struct pxk_server_file *files;
    int go, ready;           /* pipe ends of the server process */
};

static const char *tree_find(void)
{
    char path[200];
    struct stat st;
    for (size_t i = 0; i < PXK_COUNT(debian_trees); i++)
        if (stat(pxk_fmt(path, sizeof path, "%s/pxelinux.0", debian_trees[i]), &st) == 0)
            return debian_trees[i];
    return NULL;
}

static bool is_wrong(const struct demo *d, const char *thing)
{
    return d->wrong && strcmp(d->wrong, thing) == 0;
}

/* The generated files as the server takes them, less what is broken on purpose. */
static bool files_prepare(struct demo *d, struct pxk_server_config *config)
{
    struct pxk_bootset_opts opts = {.server = SERVER_IP, .kernel_bytes = (size_t)8 << 20, .initrd_bytes = (size_t)24 << 20};
    if (pxk_bootset_generate(&opts, &d->set) != PXK_OK)
        return false;
    d->files = calloc(d->set.n, sizeof *d->files);
    if (!d->files)
        return false;
    for (size_t i = 0; i < d->set.n; i++) {
        const struct pxk_bootset_file *f = &d->set.file[i];
        size_t len = f->len;
        if ((is_wrong(d, "kernel") && strcmp(f->path, "linux") == 0) ||
            (is_wrong(d, "config") && (strstr(f->path, "pxelinux.cfg/") || strstr(f->path, "grub.cfg"))))
            continue;
        if (is_wrong(d, "initrd") && pxk_str_starts(f->path, "initrd"))
            len /= 3;
        d->files[config->file_n++] = (struct pxk_server_file){.path = f->path, .data = f->data, .len = len};
    }
    config->files = d->files;
    return true;
}

static const char *loader_uefi(const struct demo *d)
{
    if (is_wrong(d, "loader"))
        return "pxelinux.0";
    return d->tree ? "debian-installer/amd64/bootnetx64.efi" : "bootx64.efi";
}

static bool config_make(struct demo *d, struct pxk_server_config *config)
{
    char text[1024], root[256] = "";
    struct pxk_conf_errors errors = {0};
    if (d->tree)
        pxk_fmt(root, sizeof root, "root: %s", d->tree);
    pxk_fmt(text, sizeof text,
            "interface: " SERVER_END "\n"
            "dhcp:\n"
            "  subnet: 10.77.0.0/24\n"
            "  pool: 10.77.0.100-10.77.0.199\n"
            "  router: 10.77.0.1\n"
            "  lease: 1h\n"
            "  boot-files: {bios: pxelinux.0, uefi-x64: %s}\n"
            "tftp: {%s}\n", loader_uefi(d), root);
    enum pxk_err err = pxk_server_config_parse(text, strlen(text), !d->tree, config, &errors);
    pxk_conf_errors_done(&errors);
    return err == PXK_OK && (d->tree || files_prepare(d, config));
}

static void log_line(void *ctx, enum pxk_log_level level, const char *text)
{
    (void)ctx;
    (void)level;
    fprintf(stderr, "pxekit demo: server: %s\n", text);
}

static void on_started(void *ctx)
{
    struct demo *d = ctx;
    (void)!write(d->ready, "r", 1); /* if the parent is gone, so are we */
}

/* The server's process: its own namespace, told when its end of the cable is there. */
static int server_main(struct demo *d)
{
    struct pxk_server_config config = {0};
    struct pxk_log log = {.line = log_line, .level = PXK_LOG_WARN};
    struct pxk_link_setup up = {.ip = SERVER_IP, .netmask = NETMASK, .no_offload = true};
    char go;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || pxk_netns_new() != PXK_OK || write(d->ready, "n", 1) != 1 ||
        read(d->go, &go, 1) != 1)
        return EXIT_NO_TEST;
    if (pxk_link_setup("lo", &(struct pxk_link_setup){0}) != PXK_OK || pxk_link_setup(SERVER_END, &up) != PXK_OK ||
        !config_make(d, &config))
        return cli_fail(EXIT_NO_TEST, "demo", "the server's side could not be set up");
    int status = server_run(&config, &log, on_started, d);
    pxk_server_config_done(&config);
    free(d->files);
    pxk_bootset_done(&d->set);
    return status;
}

static bool wait_for(int fd, char what)
{
    char c;
    return read(fd, &c, 1) == 1 && c == what;
}

static int run_beside(struct demo *d, struct cli_run *run, pid_t server, int go, int ready)
{
    struct pxk_link_setup up = {.no_offload = true};
    char where[320];
    (void)d;
    if (!wait_for(ready, 'n') || pxk_veth_add(CLIENT_END, SERVER_END, (int)server) != PXK_OK ||
        pxk_link_setup(CLIENT_END, &up) != PXK_OK || write(go, "g", 1) != 1 || !wait_for(ready, 'r'))
        return cli_fail(EXIT_NO_TEST, "demo", "the private network could not be built");
    run->emulator.iface = CLIENT_END;
    run->where = pxk_fmt(where, sizeof where, "demo, 10.77.0.0/24, %s%s%s",
                         d->tree ? "Debian netboot tree" : "generated boot files", d->wrong ? ", broken: " : "",
                         d->wrong ? d->wrong : "");
    return cli_run(run);
}

static int demo_play(struct demo *d, struct cli_run *run)
{
    int go[2], ready[2];
    char why[320];
    if (pxk_netns_isolate(why, sizeof why) != PXK_OK)
        return cli_fail(EXIT_NO_TEST, "demo", "%s", why);
    if (pipe(go) != 0 || pipe(ready) != 0)
        return cli_fail(EXIT_NO_TEST, "demo", "no pipe can be made");
    pid_t server = fork();
    if (server == 0) {
        close(go[1]);
        close(ready[0]);
        d->go = go[0];
        d->ready = ready[1];
        exit(server_main(d));
    }
    close(go[0]);
    close(ready[1]);
    int status = server < 0 ? cli_fail(EXIT_NO_TEST, "demo", "no process can be started")
                            : run_beside(d, run, server, go[1], ready[0]);
    if (server > 0) {
        kill(server, SIGTERM);
        (void)waitpid(server, NULL, 0);
    }
    return status;
}

static bool break_known(const char *thing)
{
    static const char *const things[] = {"loader", "kernel", "initrd", "config"};
    for (size_t i = 0; i < PXK_COUNT(things); i++)
        if (strcmp(thing, things[i]) == 0)
            return true;
    (void)cli_fail(EXIT_USAGE, "demo", "--break takes loader, kernel, initrd or config, not \"%s\"", thing);
    return false;
}

static int demo_run(int argc, char **argv)
{
    enum { OPT_GENERATED = 256, OPT_BREAK, OPT_HTML };
    static const struct option options[] = {{"generated", no_argument, NULL, OPT_GENERATED},
                                            {"break", required_argument, NULL, OPT_BREAK},
                                            {"html", required_argument, NULL, OPT_HTML},
                                            {"json", no_argument, NULL, 'j'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct cli_run run = {.command = "demo", .emulator = {.probe_path = true}};
    struct demo demo = {.tree = tree_find()};
    int opt, status;
    while ((opt = getopt_long(argc, argv, "w:jvh", options, NULL)) != -1) {
        if (cli_option_done(opt, &cli_demo, &status))
            return status;
        if (opt == OPT_GENERATED)
            demo.tree = NULL;
        else if (opt == OPT_HTML)
            run.html = optarg;
        else if (opt == OPT_BREAK)
            demo.wrong = optarg;
        else if (opt == 'w')
            run.emulator.dump = optarg;
        else if (opt == 'j')
            run.json = true;
        else
            run.verbose = run.narrate = true;
    }
    if (optind < argc)
        return cli_fail(EXIT_USAGE, "demo", "it takes no arguments; \"%s\" is too much", argv[optind]);
    if (demo.wrong && !break_known(demo.wrong))
        return EXIT_USAGE;
    if (demo.wrong)
        demo.tree = NULL; /* what is broken are the generated files, not yours */
    run.narrate = run.narrate && !run.json;
    if (!cli_parse_archs(&run, "bios,uefi-x64"))
        return EXIT_USAGE;
    return demo_play(&demo, &run);
}

const struct cli_command cli_demo = {"demo", "a whole network boot inside this machine: no root, no arguments", usage, demo_run};
