/* pxekit as one of Wireshark's interfaces (extcap): what Wireshark asks, and a capture in which a finding is a comment on the
 * packet at which it became clear. */
#include <string.h>

#include "pxk/extcap.h"
#include "pxk/probe_inspect.h"
#include "watch.h"

struct seeing {
    struct pxk_tracker *tracker;
    pxk_usec judged;
    struct pxk_session *suspect; /* of whom the packet at hand is bad news; NULL */
};

#define BAD_NEWS                                                                                                          \
    (PXK_EVENT_BIT(PXK_EVENT_DHCP_NAK) | PXK_EVENT_BIT(PXK_EVENT_TFTP_ERROR) | PXK_EVENT_BIT(PXK_EVENT_ICMP_UNREACHABLE) |  \
     PXK_EVENT_BIT(PXK_EVENT_HTTP_RESPONSE) | PXK_EVENT_BIT(PXK_EVENT_TCP_REFUSED) | PXK_EVENT_BIT(PXK_EVENT_TLS_ALERT))

static void on_event(void *ctx, const struct pxk_event *e)
{
    struct seeing *s = ctx;
    pxk_probe_inspect(s->tracker, e);
    if (PXK_EVENT_BIT(e->kind) & BAD_NEWS)
        s->suspect = e->session;
}

static void forget(void *ctx, struct pxk_session *s)
{
    (void)ctx; /* it has been judged every second of its life */
    (void)s;
}

static void judge(const struct seeing *s, struct pxk_session *session, uint64_t frame, struct pxk_rec *rec)
{
    struct pxk_diagnosis d;
    if (!pxk_session_boots(session) || pxk_diagnose_one(s->tracker, session, &d) != PXK_OK)
        return;
    for (size_t i = 0; i < d.findings.n; i++) {
        const struct pxk_finding *f = &d.findings.at[i];
        char text[1536];
        struct pxk_str out = pxk_str_init(text, sizeof text);
        if (f->severity == PXK_SEVERITY_NOTE || !pxk_finding_news(f, session))
            continue;
        pxk_finding_comment(f, &out);
        if (f->frame_n)
            pxk_str_addf(&out, " (proof: frame %u%s)", f->frame[0], f->frame_n > 1 || f->span_to ? " and later" : "");
        pxk_rec_comment(rec, frame, text);
    }
    pxk_diagnosis_done(&d);
}

static void on_frame(void *ctx, const struct pxk_probe_frame *f, struct pxk_rec *rec)
{
    struct seeing *s = ctx;
    s->suspect = NULL;
    pxk_tracker_frame(s->tracker, f->data, f->len, f->wire, f->at, (uint32_t)f->number);
    if (s->suspect)
        judge(s, s->suspect, f->number, rec);
    if (pxk_usec_since(s->judged, f->at) < PXK_SEC)
        return;
    s->judged = f->at;
    for (size_t i = 0; i < pxk_tracker_count(s->tracker); i++) {
        struct pxk_session *session = pxk_tracker_session(s->tracker, i);
        if (pxk_usec_since(session->last, f->at) < WATCH_SILENCE_MAX)
            judge(s, session, f->number, rec);
    }
}

static void on_notice(void *ctx, enum pxk_log_level level, const char *text)
{
    (void)ctx;
    (void)level;
    (void)cli_fail(0, "extcap", "%s", text);
}

static int capture(const struct pxk_extcap *x)
{
    struct seeing s = {0};
    struct pxk_tracker_opts opts = {.clients_max = 4096, .memory_max = (size_t)12 << 20, .on_event = on_event, .on_retire = forget,
                                    .ctx = &s};
    struct pxk_extcap_hooks hooks = {.ctx = &s, .frame = on_frame, .notice = on_notice};
    char why[320] = "";
    if (pxk_tracker_new(&opts, &s.tracker) != PXK_OK)
        return cli_fail(EXIT_NO_TEST, "extcap", "out of memory");
    pxk_tracker_listen(s.tracker, PXK_EVENT_BIT(PXK_EVENT_TFTP_DONE) | PXK_EVENT_BIT(PXK_EVENT_HTTP_DONE) | BAD_NEWS);
    enum pxk_err err = pxk_extcap_capture(x, "pxekit " PXK_VERSION, &hooks, why, sizeof why);
    pxk_tracker_free(s.tracker);
    return err == PXK_OK ? EXIT_PASS : cli_fail(EXIT_NO_TEST, "extcap", "%s", *why ? why : pxk_err_text(err));
}

bool cli_is_extcap(int argc, char **argv)
{
    return pxk_extcap_is(argc, argv);
}

int cli_extcap(int argc, char **argv)
{
    struct pxk_extcap x;
    struct pxk_text out = {0};
    char why[320] = "";
    enum pxk_err err = pxk_extcap_parse(argc, argv, &x, why, sizeof why);
    if (err != PXK_OK)
        return cli_fail(EXIT_USAGE, "extcap", "%s", *why ? why : pxk_err_text(err));
    if (x.call == PXK_EXTCAP_CAPTURE)
        return capture(&x);
    pxk_extcap_answer(&x, PXK_VERSION, &out);
    if (out.s)
        fputs(out.s, stdout);
    pxk_text_done(&out);
    return EXIT_PASS;
}
