/* pxekit watch: the command line. */
#include <getopt.h>
#include <string.h>

#include "watch.h"

static const char usage[] =
    "pxekit watch -r FILE... | -i IFACE... [options]\n"
    "\n"
    "Watch network boots, live or in capture files: tell every client's steps, then the verdict and the cause of what\n"
    "failed, with the frames that prove it, what the machine's screen shows, and what to change in which server.\n"
    "Nothing is sent. Live it needs root, or: setcap cap_net_raw+ep pxekit.\n"
    "\n"
    "  -r, --read FILE      a capture: pcap, pcapng, snoop or ERF, plain or packed by gzip, zstd, xz, bzip2, lz4;\n"
    "                       - is standard input. Several are merged by time. Names alone are files too\n"
    "  -i, --interface IFACE  listen there; several, or any\n"
    "  -f, --follow         go on when the file ends, as it grows\n"
    "  -w FILE              write what is read to FILE (pcapng), with every finding as a comment on the frames that\n"
    "                       prove it: Wireshark shows them. -C, -G, -W as in tcpdump: a new file every C MB or G\n"
    "                       seconds (then FILE may have strftime's %H%M%S), the last W files kept\n"
    "  -c, --client MAC     this client alone\n"
    "      --filter EXPR    packets that match, as in tcpdump (pcap-filter(7))\n"
    "      --all            live: every packet, not only what a boot may consist of (docs/watch.md)\n"
    "      --count N        stop after N packets\n"
    "      --timeout S      stop after S seconds\n"
    "  -B, --buffer MIB     the kernel's capture buffer of each interface (default 16)\n"
    "  -s, --snaplen N      bytes to keep of each packet (default: all)\n"
    "  -p                   do not put the interface into promiscuous mode\n"
    "      --duplicates     keep the copies that a mirror port makes\n"
    "      --clients N      follow so many at a time (default 4096); older ones are judged and leave\n"
    "      --memory MIB     for what is known of them (default 8)\n"
    "\n"
    "  -v, --verbose        every packet that means something, and the whole of each finding\n"
    "  -q, --quiet          the report alone; twice: the exit status alone\n"
    "  -j, --json           the report as JSON (schema pxekit.report.v1)\n"
    "  -e, --events         JSON lines as it happens: events, findings, sessions (docs/events.md)\n"
    "      --html FILE      the report as one page\n"
    "      --metrics FILE   for Prometheus, every 15 s and at the end; - is standard output\n"
    "\n"
    "ssh HOST tcpdump -U -w - | pxekit watch -r -      watches another machine's network.\n"
    "\n"
    "Exit status: 0 no step failed, 1 a step failed, 2 wrong use, 3 nothing could be read.\n";

enum { OPT_FILTER = 256, OPT_COUNT, OPT_TIMEOUT, OPT_DUPLICATES, OPT_CLIENTS, OPT_MEMORY, OPT_HTML, OPT_METRICS, OPT_ALL };

static const struct option options[] = {
    {"read", required_argument, NULL, 'r'},       {"interface", required_argument, NULL, 'i'},
    {"follow", no_argument, NULL, 'f'},           {"client", required_argument, NULL, 'c'},
    {"filter", required_argument, NULL, OPT_FILTER}, {"count", required_argument, NULL, OPT_COUNT},
    {"timeout", required_argument, NULL, OPT_TIMEOUT}, {"buffer", required_argument, NULL, 'B'},
    {"snaplen", required_argument, NULL, 's'},    {"duplicates", no_argument, NULL, OPT_DUPLICATES},
    {"clients", required_argument, NULL, OPT_CLIENTS}, {"memory", required_argument, NULL, OPT_MEMORY},
    {"verbose", no_argument, NULL, 'v'},          {"quiet", no_argument, NULL, 'q'},
    {"json", no_argument, NULL, 'j'},             {"events", no_argument, NULL, 'e'},
    {"html", required_argument, NULL, OPT_HTML},  {"metrics", required_argument, NULL, OPT_METRICS},
    {"all", no_argument, NULL, OPT_ALL},            {"help", no_argument, NULL, 'h'},             {0}};

struct parsing {
    struct watch w;
    unsigned quiet;
};

static int source_add(struct watch *w, const char **list, size_t *n, const char *name)
{
    if (*n == WATCH_SOURCES_MAX)
        return cli_fail(EXIT_USAGE, w->command, "at most %d at a time; join files with mergecap", WATCH_SOURCES_MAX) + 1;
    list[(*n)++] = name;
    return 0;
}

static int number_take(struct parsing *p, const char *option, unsigned long max, unsigned long *out)
{
    return cli_parse_number(p->w.command, option, optarg, 1, max, out) ? 0 : EXIT_USAGE + 1;
}

static int numbers_take(struct parsing *p, int opt)
{
    unsigned long n = 0;
    int status = 0;
    switch (opt) {
    case OPT_COUNT:
        status = number_take(p, "--count", ~0ul, &n);
        p->w.packets_max = n;
        break;
    case OPT_TIMEOUT:
        status = number_take(p, "--timeout", 864000, &n);
        p->w.limit_s = (unsigned)n;
        break;
    case 'B':
        status = number_take(p, "--buffer", 4096, &n);
        p->w.probe.buffer_mib = (unsigned)n;
        break;
    case 's':
        status = number_take(p, "--snaplen", 262144, &n);
        p->w.probe.snaplen = (unsigned)n;
        break;
    case OPT_CLIENTS:
        status = number_take(p, "--clients", 1000000, &n);
        p->w.clients_max = (unsigned)n;
        break;
    case OPT_MEMORY:
        status = number_take(p, "--memory", 65536, &n);
        p->w.memory_mib = (unsigned)n;
        break;
    default:
        break;
    }
    return status;
}

static int record_take(struct parsing *p, int opt)
{
    unsigned long n = 0;
    int status = 0;
    switch (opt) {
    case 'w':
        p->w.record.path = optarg;
        break;
    case 'C':
        status = number_take(p, "-C", 1000000, &n);
        p->w.record.max_bytes = n * 1000000;
        break;
    case 'G':
        status = number_take(p, "-G", 31536000, &n);
        p->w.record.every_s = (uint32_t)n;
        break;
    default:
        status = number_take(p, "-W", 1000000, &n);
        p->w.record.count = (uint32_t)n;
        break;
    }
    return status;
}

static int client_take(struct watch *w, const char *text)
{
    if (pxk_mac_parse(text, &w->client) != PXK_OK)
        return cli_fail(EXIT_USAGE, w->command, "--client takes a MAC like 52:54:00:77:00:01, not \"%s\"", text) + 1;
    w->one_client = true;
    return 0;
}

/* 0 go on, else an exit status plus one. */
static int option_take(struct parsing *p, int opt)
{
    struct watch *w = &p->w;
    switch (opt) {
    case 1:
    case 'r':
        return source_add(w, w->file, &w->probe.file_n, optarg);
    case 'i':
        return source_add(w, w->iface, &w->probe.iface_n, optarg);
    case 'f':
        w->probe.follow = true;
        return 0;
    case 'c':
        return client_take(w, optarg);
    case OPT_FILTER:
        w->probe.filter = optarg;
        return 0;
    case OPT_ALL:
        w->probe.unfiltered = true;
        return 0;
    case 'p':
        w->probe.quiet_iface = true;
        return 0;
    case OPT_DUPLICATES:
        w->probe.keep_duplicates = true;
        return 0;
    case 'v':
        w->verbose = true;
        return 0;
    case 'q':
        p->quiet++;
        return 0;
    case 'j':
        w->json = true;
        return 0;
    case 'e':
        w->events = true;
        return 0;
    case 'w':
    case 'C':
    case 'G':
    case 'W':
        return record_take(p, opt);
    case OPT_HTML:
        w->html = optarg;
        return 0;
    case OPT_METRICS:
        w->metrics = optarg;
        return 0;
    default:
        return numbers_take(p, opt);
    }
}

static int sources_check(const struct watch *w)
{
    if (!w->probe.file_n && !w->probe.iface_n)
        return cli_fail(EXIT_USAGE, w->command, "what to watch? -r FILE for a capture, -i IFACE for an interface "
                        "(pxekit help watch)");
    if (w->probe.file_n && w->probe.iface_n)
        return cli_fail(EXIT_USAGE, w->command, "files or interfaces, not both at once");
    if (w->probe.follow && w->probe.file_n != 1)
        return cli_fail(EXIT_USAGE, w->command, "-f follows one file");
    if (!w->record.path && (w->record.max_bytes || w->record.every_s || w->record.count))
        return cli_fail(EXIT_USAGE, w->command, "-C, -G and -W say how to cut what -w FILE writes: where is -w?");
    if (w->json && w->events)
        return cli_fail(EXIT_USAGE, w->command, "--json is one document at the end, --events are lines: one of them");
    return EXIT_PASS;
}

static int run(int argc, char **argv)
{
    struct parsing p = {.w = {.command = "watch", .clients_max = 4096, .memory_mib = 8}};
    int opt, status;
    while ((opt = getopt_long(argc, argv, "-r:i:fw:C:G:W:c:B:s:pvqjeh", options, NULL)) != -1) {
        if (cli_option_done(opt, &cli_watch, &status))
            return status;
        if ((status = option_take(&p, opt)) != 0)
            return status - 1;
    }
    for (; optind < argc; optind++)
        if ((status = source_add(&p.w, p.w.file, &p.w.probe.file_n, argv[optind])) != 0)
            return status - 1;
    if ((status = sources_check(&p.w)) != EXIT_PASS)
        return status;
    p.w.quiet = p.quiet > 1;
    p.w.probe.files = p.w.file;
    p.w.probe.ifaces = p.w.iface;
    p.w.record.application = "pxekit " PXK_VERSION;
    p.w.record.filter = p.w.probe.filter;
    p.w.record.inputs = p.w.file;
    p.w.record.input_n = p.w.probe.file_n;
    if (p.quiet && !p.w.json && !p.w.events)
        p.w.verbose = false;
    return watch_run(&p.w, p.quiet == 0);
}

const struct cli_command cli_watch = {"watch", "watch boots, live or in capture files, and name what is wrong", usage, run};
