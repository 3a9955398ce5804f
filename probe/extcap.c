#include "pxk/extcap.h"

#include <pcap/pcap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "pxk/io.h"

#define NAME "pxekit"

/* ---- arguments: --name=value and --name value ---- */

struct args {
    int n, at;
    char *const *v;
};

/* Is the argument at hand @name? Then *@value is what belongs to it, and is stepped over. */
static bool arg_is(struct args *a, const char *name, const char **value)
{
    const char *s = a->v[a->at];
    size_t n = strlen(name);
    if (strncmp(s, name, n) != 0)
        return false;
    if (s[n] == '=') {
        *value = s + n + 1;
        return true;
    }
    if (s[n])
        return false;
    *value = a->at + 1 < a->n ? a->v[++a->at] : "";
    return true;
}

bool pxk_extcap_is(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--extcap-", 9) == 0)
            return true;
    return false;
}

static enum pxk_err ifaces_split(struct pxk_extcap *x, const char *list, char *why, size_t cap)
{
    char *save = NULL;
    bool fits = pxk_str_copy(x->list, sizeof x->list, list);
    x->iface_n = 0;
    for (char *s = strtok_r(x->list, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
        fits &= x->iface_n < PXK_EXTCAP_IFACES_MAX;
        if (fits)
            x->iface[x->iface_n++] = s;
    }
    if (fits)
        return PXK_OK;
    pxk_fmt(why, cap, "more than %u interfaces", PXK_EXTCAP_IFACES_MAX);
    return PXK_E_USAGE;
}

/* One argument. What later versions of Wireshark may add is passed over. */
static enum pxk_err arg_take(struct args *a, struct pxk_extcap *x, bool seen[static 5], char *why, size_t cap)
{
    static const struct {
        const char *name;
        enum pxk_extcap_call call;
    } calls[] = {{"--extcap-interfaces", PXK_EXTCAP_INTERFACES}, {"--extcap-dlts", PXK_EXTCAP_DLTS},
                 {"--extcap-config", PXK_EXTCAP_CONFIG}, {"--capture", PXK_EXTCAP_CAPTURE}};
    const char *value;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(a->v[a->at], calls[i].name) == 0) {
            seen[calls[i].call] = true;
            return PXK_OK;
        }
    if (strcmp(a->v[a->at], "--everything") == 0) {
        x->everything = true;
    } else if (arg_is(a, "--extcap-interface", &value)) {
        if (strcmp(value, NAME) != 0) {
            pxk_fmt(why, cap, "the interface's name is %s, not %s", NAME, value);
            return PXK_E_USAGE;
        }
    } else if (arg_is(a, "--extcap-capture-filter", &value)) {
        x->filter = value;
        seen[PXK_EXTCAP_VALIDATE] = true;
    } else if (arg_is(a, "--fifo", &value)) {
        x->fifo = value;
    } else if (arg_is(a, "--buffer", &value)) {
        x->buffer_mib = (unsigned)strtoul(value, NULL, 10);
    } else if (arg_is(a, "--iface", &value)) {
        return ifaces_split(x, value, why, cap);
    }
    return PXK_OK;
}

enum pxk_err pxk_extcap_parse(int argc, char *const *argv, struct pxk_extcap *out, char *why, size_t cap)
{
    static const enum pxk_extcap_call order[] = {PXK_EXTCAP_CAPTURE, PXK_EXTCAP_INTERFACES, PXK_EXTCAP_CONFIG, PXK_EXTCAP_DLTS,
                                                 PXK_EXTCAP_VALIDATE};
    bool seen[5] = {false};
    struct args a = {argc, 1, argv};
    *out = (struct pxk_extcap){0};
    for (; a.at < a.n; a.at++) {
        enum pxk_err err = arg_take(&a, out, seen, why, cap);
        if (err != PXK_OK)
            return err;
    }
    size_t i = 0;
    while (i < 5 && !seen[order[i]])
        i++;
    if (i == 5 || (order[i] == PXK_EXTCAP_CAPTURE && !out->fifo)) {
        pxk_fmt(why, cap, "this is how Wireshark calls it: --extcap-interfaces, or --extcap-interface=" NAME " with --extcap-dlts, "
                          "--extcap-config, or --capture and --fifo=PATH");
        return PXK_E_USAGE;
    }
    out->call = order[i];
    return PXK_OK;
}

/* ---- answers ---- */

/* One value of a list, ticked if machines may boot there. */
static void iface_answer(const struct pxk_iface *f, struct pxk_text *out)
{
    pxk_text_addf(out, "value {arg=0}{value=%s}{display=%s%s}{default=%s}\n", f->name, f->name, f->up ? "" : " (down)",
                  f->up && f->ethernet && !f->loopback ? "true" : "false");
}

static void config_answer(struct pxk_text *out)
{
    struct pxk_iface all[PXK_IFACES_MAX];
    size_t n = pxk_ifaces(all, PXK_IFACES_MAX);
    pxk_text_add(out, "arg {number=0}{call=--iface}{display=Interfaces}{tooltip=Where machines boot}{type=multicheck}{required=true}\n"
                      "arg {number=1}{call=--everything}{display=All packets}{tooltip=Not only what a network boot may consist of}"
                      "{type=boolflag}{default=false}\n"
                      "arg {number=2}{call=--buffer}{display=Capture buffer in MiB}{tooltip=Larger, if packets are lost}{type=integer}"
                      "{range=1,1024}{default=16}\n");
    for (size_t i = 0; i < n; i++)
        iface_answer(&all[i], out);
}

/* Nothing is printed of a filter that is fine. */
static void filter_answer(const char *filter, struct pxk_text *out)
{
    struct bpf_program program;
    char text[BPF_TEXT_MAX];
    pcap_t *dead = pcap_open_dead(DLT_EN10MB, PXK_CAP_MAX);
    if (!dead)
        return;
    if (!bpf_text(filter, false, true, text, sizeof text))
        pxk_text_add(out, "the filter is too long\n");
    else if (pcap_compile(dead, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        pxk_text_addf(out, "%s\n", pcap_geterr(dead));
    else
        pcap_freecode(&program);
    pcap_close(dead);
}

void pxk_extcap_answer(const struct pxk_extcap *x, const char *version, struct pxk_text *out)
{
    switch (x->call) {
    case PXK_EXTCAP_INTERFACES:
        pxk_text_addf(out, "extcap {version=%s}{help=https://www.wireshark.org/docs/man-pages/extcap.html}\n"
                           "interface {value=" NAME "}{display=Network boots, with findings (" NAME ")}\n", version);
        break;
    case PXK_EXTCAP_DLTS:
        pxk_text_add(out, "dlt {number=1}{name=EN10MB}{display=Ethernet}\n");
        break;
    case PXK_EXTCAP_CONFIG:
        config_answer(out);
        break;
    case PXK_EXTCAP_VALIDATE:
        filter_answer(x->filter, out);
        break;
    case PXK_EXTCAP_CAPTURE:
        break;
    }
}

/* ---- capturing ---- */

struct capture {
    const struct pxk_extcap_hooks *hooks;
    struct pxk_probe *probe;
    struct pxk_rec *rec;
    uv_signal_t on_int, on_term;
};

static void capture_frame(void *ctx, const struct pxk_probe_frame *f)
{
    struct capture *c = ctx;
    if (c->hooks->frame)
        c->hooks->frame(c->hooks->ctx, f, c->rec);
}

static void capture_notice(void *ctx, enum pxk_log_level level, const char *text)
{
    struct capture *c = ctx;
    if (c->hooks->notice)
        c->hooks->notice(c->hooks->ctx, level, text);
}

static void signals_close(struct capture *c)
{
    uv_close((uv_handle_t *)&c->on_int, NULL);
    uv_close((uv_handle_t *)&c->on_term, NULL);
}

static void capture_end(void *ctx, enum pxk_err err, const char *why)
{
    struct capture *c = ctx;
    (void)err, (void)why; /* interfaces have none once they are open */
    signals_close(c);
    pxk_probe_close(c->probe);
}

static void capture_signal(uv_signal_t *h, int number)
{
    (void)number;
    pxk_probe_stop(((struct capture *)h->data)->probe);
}

static void signal_watch(uv_loop_t *loop, uv_signal_t *h, int number, struct capture *c)
{
    (void)uv_signal_init(loop, h); /* without it the signal just ends the program */
    h->data = c;
    (void)uv_signal_start(h, capture_signal, number);
}

enum pxk_err pxk_extcap_capture(const struct pxk_extcap *x, const char *application, const struct pxk_extcap_hooks *hooks, char *why,
                                size_t cap)
{
    static const char *const any[] = {"any"};
    struct capture c = {.hooks = hooks};
    struct pxk_rec_opts rec = {.path = x->fifo, .application = application, .filter = x->filter};
    struct pxk_probe_opts opts = {
        .ifaces = x->iface_n ? (const char *const *)x->iface : any,
        .iface_n = x->iface_n ? x->iface_n : 1,
        .buffer_mib = x->buffer_mib,
        .unfiltered = x->everything,
        .filter = x->filter,
        .ctx = &c,
        .frame = capture_frame,
        .notice = capture_notice,
        .end = capture_end,
    };
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0)
        return PXK_E_NOMEM;
    (void)signal(SIGPIPE, SIG_IGN); /* Wireshark closes the pipe when its user stops: write() tells it */
    enum pxk_err err = pxk_rec_open(&rec, &c.rec, why, cap);
    opts.rec = c.rec;
    if (err == PXK_OK) {
        signal_watch(&loop, &c.on_int, SIGINT, &c);
        signal_watch(&loop, &c.on_term, SIGTERM, &c);
        err = pxk_probe_open(&loop, &opts, &c.probe, why, cap);
        if (err != PXK_OK)
            signals_close(&c);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop); /* all handles are closed */
    char closed[300]; /* a closed pipe is how it ends */
    return pxk_rec_close(c.rec, closed, sizeof closed) == PXK_E_NOMEM ? PXK_E_NOMEM : err;
}
