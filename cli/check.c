#include <getopt.h>
#include <string.h>

#include "cli.h"

#define DEFAULT_ARCHS "bios,uefi-x64"

static const char usage[] =
    "pxekit check [IFACE] [options]\n"
    "\n"
    "Boot one emulated client per architecture over IFACE, from DHCPDISCOVER to the kernel's initrd and its answer\n"
    "files, judge the five steps (connectivity, DHCP, file service, boot, installation), and name what is wrong.\n"
    "Without IFACE the only interface that is up is taken. Every address is given back at the end.\n"
    "\n"
    "  -a, --arch LIST      clients, comma-separated (default " DEFAULT_ARCHS "): bios, uefi-x64, uefi-ia32,\n"
    "                       uefi-arm64, uefi-arm32, uefi-riscv64, uefi-loongarch64, ...\n"
    "  -u, --until GOAL     stop there: offer, loader, config, kernel, install (default)\n"
    "  -m, --mac MAC        MAC of the first client, counted up for the next ones (default: made up, local)\n"
    "      --vlan N         send tagged with VLAN N (1 to 4094)\n"
    "  -w FILE              write all frames to FILE (pcap)\n"
    "      --pace PACE      fast (default) or firmware: every wait as long as the real firmware's\n"
    "      --timeout S      stop after S seconds\n"
    "      --seed N         repeat a run's random numbers\n"
    "  -j, --json           the report as JSON (schema pxekit.report.v1)\n"
    "      --html FILE      also write the report as one page: proof, offers side by side, files, timelines, fixes\n"
    "  -v, --verbose        tell every packet, and the whole of each finding\n"
    "  -q, --quiet          no report: the exit status alone\n"
    "\n"
    "Exit status: 0 all steps pass, 1 a step failed, 2 wrong use, 3 the test could not be made.\n";

enum { OPT_VLAN = 256, OPT_PACE, OPT_TIMEOUT, OPT_SEED, OPT_HTML };

static const struct option options[] = {
    {"arch", required_argument, NULL, 'a'},   {"until", required_argument, NULL, 'u'},
    {"mac", required_argument, NULL, 'm'},    {"vlan", required_argument, NULL, OPT_VLAN},
    {"pace", required_argument, NULL, OPT_PACE}, {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"seed", required_argument, NULL, OPT_SEED}, {"html", required_argument, NULL, OPT_HTML}, {"json", no_argument, NULL, 'j'},
    {"verbose", no_argument, NULL, 'v'},      {"quiet", no_argument, NULL, 'q'},
    {"interface", required_argument, NULL, 'i'}, {"help", no_argument, NULL, 'h'}, {0}};

/* The only interface that is up; else says which there are. */
static bool iface_choose(struct cli_run *run, struct pxk_iface *chosen)
{
    struct pxk_iface list[PXK_IFACES_MAX];
    size_t n = pxk_ifaces(list, PXK_IFACES_MAX), up = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].up && list[i].ethernet && !list[i].loopback) {
            *chosen = list[i];
            up++;
        }
    }
    if (up == 1) {
        run->emulator.iface = chosen->name;
        return true;
    }
    if (!up) {
        (void)cli_fail(EXIT_NO_TEST, run->command, "no Ethernet interface of this machine is up and has a link: ip link set IFACE up, "
                       "and look at the cable");
        return false;
    }
    fprintf(stderr, "pxekit %s: which interface? These are up:\n", run->command);
    for (size_t i = 0; i < n; i++) {
        char mac[PXK_MAC_STRLEN], ip[PXK_IP4_STRLEN];
        if (list[i].up && list[i].ethernet && !list[i].loopback)
            fprintf(stderr, "  %-15s %s  %s\n", list[i].name, pxk_mac_text(&list[i].mac, mac),
                    list[i].ip ? pxk_ip4_text(list[i].ip, ip) : "no address");
    }
    return false;
}

/* 0 go on, else an exit status plus one. */
static int option_take(struct cli_run *run, int opt, const char **mac)
{
    unsigned long number;
    switch (opt) {
    case 1:
    case 'i':
        run->emulator.iface = optarg;
        return 0;
    case 'u':
        return cli_parse_until(run, optarg) ? 0 : EXIT_USAGE + 1;
    case 'm':
        *mac = optarg;
        return 0;
    case 'w':
        run->emulator.dump = optarg;
        return 0;
    case OPT_HTML:
        run->html = optarg;
        return *optarg ? 0 : cli_fail(EXIT_USAGE, run->command, "--html takes a file's name, not an empty text") + 1;
    case 'j':
        run->json = true;
        return 0;
    case 'v':
        run->verbose = run->narrate = true;
        return 0;
    case 'q':
        run->quiet = true;
        return 0;
    case OPT_VLAN:
        if (!cli_parse_number(run->command, "--vlan", optarg, 1, 4094, &number))
            return EXIT_USAGE + 1;
        run->emulator.vlan = (uint16_t)number;
        return 0;
    case OPT_TIMEOUT:
        if (!cli_parse_number(run->command, "--timeout", optarg, 1, 86400, &number))
            return EXIT_USAGE + 1;
        run->emulator.limit_s = (unsigned)number;
        return 0;
    case OPT_SEED:
        if (!cli_parse_number(run->command, "--seed", optarg, 1, ~0ul, &number))
            return EXIT_USAGE + 1;
        run->emulator.seed = number;
        return 0;
    case OPT_PACE:
        run->emulator.firmware_pace = strcmp(optarg, "firmware") == 0;
        if (run->emulator.firmware_pace || strcmp(optarg, "fast") == 0)
            return 0;
        return cli_fail(EXIT_USAGE, run->command, "--pace is fast or firmware, not \"%s\"", optarg) + 1;
    default:
        return 0;
    }
}

static int emulate(const struct cli_command *command, struct cli_run *run, const char *archs, int argc, char **argv)
{
    const char *mac = NULL;
    struct pxk_iface iface;
    int opt, status;
    /* "-": IFACE may stand before, between and behind the options; it comes as option 1. */
    while ((opt = getopt_long(argc, argv, "-a:u:m:i:w:jvqh", options, NULL)) != -1) {
        if (cli_option_done(opt, command, &status))
            return status;
        if ((opt == 1 || opt == 'i') && run->emulator.iface)
            return cli_fail(EXIT_USAGE, run->command, "one interface at a time; \"%s\" is too much", optarg);
        if (opt == 'a')
            archs = optarg;
        else if ((status = option_take(run, opt, &mac)) != 0)
            return status - 1;
    }
    if (optind < argc)
        return cli_fail(EXIT_USAGE, run->command, "\"%s\" is too much", argv[optind]);
    if (!cli_parse_archs(run, archs) || (mac && !cli_parse_mac(run, mac)))
        return EXIT_USAGE;
    if (command == &cli_boot && run->emulator.client_n > 1)
        return cli_fail(EXIT_USAGE, run->command, "it tells one client's boot; pxekit check takes several");
    if (!run->emulator.iface && !iface_choose(run, &iface))
        return EXIT_NO_TEST;
    if (run->json)
        run->narrate = false;
    return cli_run(run);
}

static int check_run(int argc, char **argv)
{
    struct cli_run run = {.command = "check", .emulator = {.probe_path = true}};
    return emulate(&cli_check, &run, DEFAULT_ARCHS, argc, argv);
}

const struct cli_command cli_check = {"check", "judge the network boot of this network, one client per architecture",
                                      usage, check_run};

static const char boot_usage[] =
    "pxekit boot [IFACE] [options]\n"
    "\n"
    "Boot one emulated client over IFACE and tell it packet by packet, as curl -v tells a request:\n"
    "> what the client sends, < what it receives, * what no wire shows. Then the verdict.\n"
    "\n"
    "  -a, --arch ARCH      the client (default bios); the other options are those of pxekit check\n"
    "  -u, --until GOAL     stop there: offer, loader, config, kernel, install (default)\n"
    "  -m, --mac MAC        its MAC\n"
    "      --vlan N, -w FILE, --pace PACE, --timeout S, --seed N, --html FILE, -j, -v, -q\n"
    "\n"
    "Exit status: 0 it boots, 1 it does not, 2 wrong use, 3 the test could not be made.\n";

static int boot_run(int argc, char **argv)
{
    struct cli_run run = {.command = "boot", .narrate = true};
    return emulate(&cli_boot, &run, "bios", argc, argv);
}

const struct cli_command cli_boot = {"boot", "boot one emulated client, told step by step", boot_usage, boot_run};
