/* Rules for what comes after the loader: silence in a capture, and step 5: does the installer get
 * an address, does it find its answers. */
#include <string.h>

#include "diag_int.h"

/* ---- silence, in a capture ---- */

static bool lives_after(const struct dx *d, pxk_usec at)
{
    for (unsigned i = 0; i < d->s->round_n; i++)
        if (d->s->round[i].started > at && !d->s->round[i].pxe && !d->s->round[i].http)
            return true;
    for (size_t i = 0; i < d->s->https.n; i++)
        if (d->s->https.at[i].at > at)
            return true;
    return false;
}

static void silent_after(struct dx *d, enum finding_id id, const struct pxk_transfer *t)
{
    pxk_usec rest = pxk_usec_since(t->last, d->now);
    bool again = dx_restarts_after(d, t->last), sure = again || rest >= PXK_SILENCE;
    struct pxk_finding *f = dx_raise(d, id, sure ? PXK_SEVERITY_FAILURE : PXK_SEVERITY_NOTE);
    dx_seen(f, "%s arrived complete (%llu bytes) at %.1f s; ", t->file,
            (unsigned long long)t->bytes, dx_time(d, t->last));
    if (again)
        dx_seen(f, "then the machine starts over with its next boot entry");
    else if (sure)
        dx_seen(f, "then nothing from this client for %.0f s", (double)rest / 1e6);
    else
        dx_seen(f, "the capture ends %.1f s later without another packet from this client",
                (double)rest / 1e6);
    dx_proof(d, f, t);
}

void rule_silence(struct dx *d)
{
    const struct pxk_stage_file *loader = &d->path.stage[PXK_STAGE_LOADER],
                                *initrd = &d->path.stage[PXK_STAGE_INITRD];
    const struct pxk_transfer *t;
    size_t n = d->s->transfers.n;
    if (d->s->facts.emulated || !n)
        return;
    const struct pxk_transfer *newest = &d->s->transfers.at[n - 1];
    if (d->path.stage[PXK_STAGE_KERNEL].have && initrd->have) {
        t = pxk_session_transfer(d->s, initrd->name);
        if (t && t == newest && !lives_after(d, t->last))
            silent_after(d, FINDING_SILENT_AFTER_KERNEL, t);
        return;
    }
    if (!loader->have || *d->path.stage[PXK_STAGE_CONFIG].name ||
        *d->path.stage[PXK_STAGE_KERNEL].name)
        return;
    t = pxk_session_transfer(d->s, loader->name);
    if (!t || t != newest || lives_after(d, t->last))
        return;
    if (dx_restarts_after(d, t->last) || pxk_usec_since(t->last, d->now) >= PXK_SILENCE)
        silent_after(d, FINDING_SILENT_AFTER_LOADER, t);
}

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

void rule_answers(struct dx *d)
{
    if (*d->s->facts.install_problem) {
        struct pxk_finding *f = dx_fail(d, FINDING_ANSWER_URL_BROKEN);
        dx_seen(f, "%s", d->s->facts.install_problem);
        return;
    }
    if (d->s->facts.emulated)
        answers_by_facts(d);
    else
        answers_by_wire(d);
}
