/* Rules of step 5: does the installer get an address, does it find its answers. What it does with them: rules_install.c. */
#include <string.h>

#include "diag_int.h"

/* ---- installation ---- */

void rule_installer_dhcp(struct dx *d)
{
    if (!d->path.stage[PXK_STAGE_KERNEL].have || !d->s->transfers.n)
        return;
    for (unsigned i = 0; i < d->s->round_n; i++) {
        const struct pxk_round *r = &d->s->round[i];
        if (r->pxe || r->http || r->ipxe || r->answer_n || r->discovers < 3)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_INSTALLER_GETS_NO_ADDRESS);
        dx_seen(f, "after the kernel was loaded: %u DISCOVER%s%s without an answer", r->discovers,
                *r->vendor ? " by " : "", r->vendor);
        dx_frame(f, r->first_frame);
        dx_filter(d, f, "dhcp");
        return;
    }
}

static struct pxk_finding *answers_missing(struct dx *d, const char *what, unsigned status,
                                           uint32_t frame, uint32_t answer_frame)
{
    struct pxk_finding *f = dx_fail(d, FINDING_ANSWER_FILE_MISSING);
    dx_seen(f, "%s", what);
    if (status)
        dx_seen(f, ": HTTP status %u", status);
    if (*d->s->facts.installer)
        dx_seen(f, " (%s)", d->s->facts.installer);
    dx_frame(f, frame);
    dx_frame(f, answer_frame);
    dx_filter(d, f, "%s", status ? "http" : "tftp");
    return f;
}

static void answers_by_facts(struct dx *d)
{
    for (size_t i = 0; i < d->s->files.n && !d->failed; i++) {
        const struct pxk_file *file = &d->s->files.at[i];
        if (strcmp(file->role, "answers") != 0 || !file->failed || file->optional)
            continue;
        const struct pxk_transfer *t = transfer_of(d, file);
        struct pxk_finding *f = answers_missing(d, *file->url ? file->url : file->path, 0,
                                                t ? t->first_frame : 0, t ? t->error_frame : 0);
        if (t && t->state == PXK_TRANSFER_REFUSED)
            dx_seen(f, ": ERROR %u \"%s\"", t->error, t->message);
        else if (*file->why)
            dx_seen(f, ": %s", file->why);
    }
    if (!d->failed && d->s->facts.install_missing)
        answers_missing(d, "a file that the command line names", 0, 0, 0);
}

static void answers_by_wire(struct dx *d)
{
    for (size_t i = 0; i < d->s->https.n && !d->failed; i++) {
        const struct pxk_http *h = &d->s->https.at[i];
        char what[340];
        if (h->status < 400 || !file_is_answers(h->path) || strstr(h->path, "vendor-data"))
            continue;
        pxk_fmt(what, sizeof what, "%s http://%s%s", h->method, h->host, h->path);
        answers_missing(d, what, h->status, h->frame, h->status_frame);
    }
    for (size_t i = 0; i < d->s->transfers.n && !d->failed; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_REFUSED &&
            stage_of_transfer(d->s, t, &d->path) == PXK_STAGE_ANSWERS)
            answers_missing(d, t->file, 0, t->first_frame, t->error_frame);
    }
}

/* Did the connection come to nothing, and how? */
static const char *conn_fate(const struct dx *d, const struct pxk_conn *c)
{
    enum { TRIES = 3 }; /* 1 and 2 s apart (RFC 6298): a lost packet is no closed door */
    bool waited = c->syns >= TRIES || pxk_usec_since(c->last, d->now) >= PXK_SILENCE;
    if (c->refused)
        return "refuses the connection";
    if (c->icmp)
        return "is unreachable (ICMP)";
    return !c->answered && c->syns && waited ? "does not answer the connection" : NULL;
}

static const struct pxk_conn *conn_to(const struct dx *d, const char *url, pxk_usec after, const char **fate)
{
    for (size_t i = 0; i < d->s->conns.n; i++) {
        const struct pxk_conn *c = &d->s->conns.at[i];
        char start[80], server[PXK_IP_STRLEN];
        pxk_fmt(start, sizeof start, "http://%s", pxk_ip_text(c->server, server));
        *fate = c->at > after && pxk_str_starts(url, start) ? conn_fate(d, c) : NULL;
        if (*fate)
            return c;
    }
    return NULL;
}

/* The command line names a web server that cannot be had. Where the boot came over IPv6 and the answers are looked for over
 * IPv4, that is another network than the one that is looked at: a note. */
static void answers_refused(struct dx *d)
{
    const struct pxk_transfer *kernel = pxk_session_transfer(d->s, d->path.stage[PXK_STAGE_KERNEL].name);
    for (size_t i = 0; i < d->s->files.n && !d->failed; i++) {
        const struct pxk_file *file = &d->s->files.at[i];
        char server[PXK_IP_STRLEN];
        const char *fate = NULL;
        if (strcmp(file->role, "answers") != 0 || file->have || file->optional)
            continue;
        const struct pxk_conn *c = conn_to(d, file->url, kernel ? kernel->last : 0, &fate);
        if (!c)
            continue;
        bool other = kernel && !pxk_ip_is_v4(kernel->server);
        struct pxk_finding *f = dx_raise(d, FINDING_ANSWER_FILE_MISSING, other ? PXK_SEVERITY_NOTE : PXK_SEVERITY_FAILURE);
        pxk_ip_text(c->server, server);
        dx_seen(f, "%s: %s %s to port %u", file->url, server, fate, c->server_port);
        if (c->refused)
            dx_cause(f, "no web server listens on %s port %u", server, c->server_port);
        else
            dx_cause(f, "a firewall drops TCP port %u on %s or on the way, or the machine is down", c->server_port, server);
        dx_fix(f, "start the web server or open its port, or correct the address in the kernel's command line; curl -I %s", file->url);
        dx_frame(f, c->frame);
        dx_frame(f, c->end_frame);
        dx_filter(d, f, "tcp.port == %u", c->client_port);
        return;
    }
}

void rule_answers(struct dx *d)
{
    if (*d->s->facts.install_problem && !dx_answers_came(d)) {
        struct pxk_finding *f = dx_fail(d, FINDING_ANSWER_URL_BROKEN);
        dx_seen(f, "%s", d->s->facts.install_problem);
        if (!d->s->facts.emulated && *d->s->facts.config)
            dx_proof(d, f, pxk_session_transfer(d->s, d->s->facts.config));
        return;
    }
    if (d->s->facts.emulated)
        answers_by_facts(d);
    else
        answers_by_wire(d);
    if (!d->s->facts.emulated && !d->failed && !dx_answers_came(d))
        answers_refused(d);
}
