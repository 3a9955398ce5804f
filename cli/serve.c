#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "pxk/files.h"
#include "server_run.h"

static const char usage[] =
    "pxekit serve CONFIG.yaml [options]\n"
    "\n"
    "The reference PXE server: DHCP with boot information and TFTP on one interface, as the config says\n"
    "(docs/serve.md has the format and a complete example). Runs until Ctrl-C.\n"
    "\n"
    "  -n, --check          check the config and exit: 0 if it is fine, 2 with every error otherwise\n"
    "      --schema         print the config's JSON Schema, for editors\n"
    "      --faults         list what a config may have under `faults:`, to be wrong on purpose\n"
    "  -v, --verbose        also packets that are none of ours\n"
    "  -q, --quiet          warnings and errors only\n"
    "\n"
    "Exit status: 0 stopped on request, 2 wrong use or bad config, 3 it could not start.\n";

static void log_line(void *ctx, enum pxk_log_level level, const char *text)
{
    static const char *const mark[] = {"error: ", "warning: ", "", ""};
    (void)ctx;
    fprintf(level <= PXK_LOG_WARN ? stderr : stdout, "%s%s\n", mark[level], text);
    fflush(stdout);
}

static int config_load(const char *path, struct pxk_server_config *config)
{
    struct pxk_conf_errors errors = {0};
    struct pxk_text text = {0};
    char buf[512];
    enum pxk_err err = pxk_file_read(path, PXK_CONF_TEXT_MAX + 1, &text); /* of one too long the parser tells */
    if (err != PXK_OK && err != PXK_E_SPACE) {
        pxk_text_done(&text);
        return cli_fail(EXIT_USAGE, "serve", "%s cannot be read: %s", path, err == PXK_E_NOMEM ? pxk_err_text(err) : strerror(errno));
    }
    err = pxk_server_config_parse(text.s, text.len, false, config, &errors);
    for (size_t i = 0; err != PXK_OK; i++) {
        struct pxk_str line = pxk_str_init(buf, sizeof buf);
        if (!pxk_conf_error_line(&errors, path, i, &line))
            break;
        fprintf(stderr, "%s\n", buf);
    }
    pxk_conf_errors_done(&errors);
    pxk_text_done(&text);
    return err == PXK_OK ? EXIT_PASS : EXIT_USAGE;
}

struct serving {
    uv_signal_t signal[2];
    struct pxk_server *server;
};

static void on_signal(uv_signal_t *handle, int number)
{
    struct serving *s = handle->data;
    (void)number;
    for (size_t i = 0; i < PXK_COUNT(s->signal); i++)
        uv_close((uv_handle_t *)&s->signal[i], NULL);
    pxk_server_stop(s->server, NULL, NULL);
}

int server_run(const struct pxk_server_config *config, const struct pxk_log *log, void (*started)(void *), void *ctx)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct serving s;
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0)
        return EXIT_NO_TEST;
    enum pxk_err err = pxk_server_start(&loop, config, log, &s.server);
    if (err == PXK_OK) {
        for (size_t i = 0; i < PXK_COUNT(signals); i++) {
            uv_signal_init(&loop, &s.signal[i]);
            s.signal[i].data = &s;
            uv_signal_start(&s.signal[i], on_signal, signals[i]);
        }
        if (started)
            started(ctx);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return err == PXK_OK ? EXIT_PASS : EXIT_NO_TEST;
}

static int schema_print(void)
{
    struct pxk_text buf = {0};
    if (pxk_server_config_schema(&buf) != PXK_OK)
        return cli_fail(EXIT_NO_TEST, "serve", "out of memory");
    fwrite(buf.s, 1, buf.len, stdout);
    pxk_text_done(&buf);
    return EXIT_PASS;
}

static int faults_print(void)
{
    char name[64];
    for (size_t i = 0; i < PXK_FAULT_N; i++) {
        const struct pxk_fault_row *row = pxk_fault_row((enum pxk_fault_id)i);
        pxk_fmt(name, sizeof name, "%s%s", row->name, pxk_fault_arg_word(row->arg));
        printf("%-26s %s%s%s\n", name, row->does, *row->finding ? ": " : "", row->finding);
    }
    return EXIT_PASS;
}

static int serve_run(int argc, char **argv)
{
    enum { OPT_SCHEMA = 256, OPT_FAULTS };
    static const struct option options[] = {{"check", no_argument, NULL, 'n'},   {"schema", no_argument, NULL, OPT_SCHEMA},
                                            {"faults", no_argument, NULL, OPT_FAULTS},
                                            {"verbose", no_argument, NULL, 'v'}, {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},    {0}};
    struct pxk_log log = {.line = log_line, .level = PXK_LOG_INFO};
    struct pxk_server_config config;
    bool check = false;
    int opt, status;
    while ((opt = getopt_long(argc, argv, "nvqh", options, NULL)) != -1) {
        if (cli_option_done(opt, &cli_serve, &status))
            return status;
        if (opt == OPT_SCHEMA)
            return schema_print();
        if (opt == OPT_FAULTS)
            return faults_print();
        check = check || opt == 'n';
        if (opt == 'v' || opt == 'q')
            log.level = opt == 'v' ? PXK_LOG_DEBUG : PXK_LOG_WARN;
    }
    if (optind + 1 != argc)
        return cli_fail(EXIT_USAGE, "serve", "it takes one config file (pxekit help serve; docs/serve.md has an example)");
    status = config_load(argv[optind], &config);
    if (status != EXIT_PASS)
        return status;
    if (check)
        printf("%s is fine\n", argv[optind]);
    else
        status = server_run(&config, &log, NULL, NULL);
    pxk_server_config_done(&config);
    return status;
}

const struct cli_command cli_serve = {"serve", "the reference PXE server, from a small YAML file", usage, serve_run};
