/* Rules of step 5, what comes of an installation: answers that are never asked for or not understood, a root file system that
 * nobody mounts, Windows' own files, the call home, and the machine that installs itself again. */
#include <string.h>

#include "diag_int.h"

/* ---- the system behind the kernel ---- */

/* When the kernel or installer got its address after the kernel's download; 0: it did not. */
static pxk_usec system_lease(const struct dx *d)
{
    const struct pxk_stage_file *kernel = &d->path.stage[PXK_STAGE_KERNEL];
    if (!kernel->have)
        return 0;
    for (unsigned i = d->s->round_n; i-- > 1;) {
        const struct pxk_round *r = &d->s->round[i];
        const struct pxk_answer *ack = pxk_round_answer(r, PXK_DHCP4_ACK);
        if (!r->pxe && !r->http && !r->ipxe && ack)
            return ack->last;
    }
    return 0;
}

static pxk_usec last_sign(const struct dx *d, pxk_usec at)
{
    for (size_t i = 0; i < d->s->https.n; i++)
        if (d->s->https.at[i].at > at)
            at = d->s->https.at[i].at;
    for (size_t i = 0; i < d->s->transfers.n; i++)
        if (d->s->transfers.at[i].last > at)
            at = d->s->transfers.at[i].last;
    return d->s->mount.at > at ? d->s->mount.at : at;
}

static bool cmdline_word(const struct dx *d, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = d->s->facts.cmdline; (p = strstr(p, word)); p += n)
        if ((p == d->s->facts.cmdline || p[-1] == ' ') && (!p[n] || p[n] == ' ' || word[n - 1] == '='))
            return true;
    return false;
}

/* ---- answers that were named and never asked for ---- */

/* Anything but the path is the client's choice: a proxy, a name in place of an address. */
static bool was_asked(const struct dx *d, const char *url)
{
    const char *path = strstr(url, "://");
    path = path ? strchr(path + 3, '/') : NULL;
    for (size_t i = 0; path && i < d->s->https.n; i++)
        if (strstr(d->s->https.at[i].path, file_base(path)))
            return true;
    return path && pxk_session_transfer(d->s, file_base(path));
}

/* A URL whose request a capture shows in the clear. */
static bool is_visible(const char *url)
{
    return pxk_str_starts(url, "http://") || pxk_str_starts(url, "tftp://");
}

void rule_answers_unasked(struct dx *d)
{
    enum { WAIT = 60 }; /* seconds: installers load drivers and mount images first */
    pxk_usec lease = system_lease(d);
    if (d->s->facts.emulated || !lease || !dx_silent(d, last_sign(d, lease), WAIT * PXK_SEC))
        return;
    for (size_t i = 0; i < d->s->files.n; i++) {
        const struct pxk_file *file = &d->s->files.at[i];
        if (strcmp(file->role, "answers") != 0 || file->have || file->optional || !is_visible(file->url) || was_asked(d, file->url))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_ANSWERS_NEVER_ASKED);
        dx_seen(f, "the command line names %s; the system got its address at %.1f s and never asked for it", file->url,
                dx_time(d, lease));
        if (*d->s->facts.config)
            dx_proof(d, f, pxk_session_transfer(d->s, d->s->facts.config));
        return;
    }
}

/* ---- Ubuntu: fetched, and yet it asks ---- */

void rule_autoinstall(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    if (!*facts->cmdline)
        return;
    bool ubuntu = cmdline_word(d, "iso-url=") || strstr(facts->cmdline, ".iso") || strstr(facts->kernel, "casper");
    if (d->failed || !ubuntu || !strstr(facts->cmdline, "ds=nocloud") || cmdline_word(d, "autoinstall") ||
        (!facts->emulated && !dx_answers_came(d)))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_AUTOINSTALL_MISSING);
    dx_seen(f, "the command line has ds=nocloud and no autoinstall: \"%s\"", facts->cmdline);
    if (*facts->config)
        dx_proof(d, f, pxk_session_transfer(d->s, facts->config));
}

void rule_answers_malformed(struct dx *d)
{
    for (size_t i = 0; i < d->s->files.n && !d->s->facts.emulated; i++) {
        const struct pxk_file *file = &d->s->files.at[i];
        if (strcmp(file->role, "answers") != 0 || !file->have || !file->corrupt)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_ANSWER_FILE_MALFORMED);
        dx_seen(f, "%s: %s", *file->path ? file->path : file->url, file->why);
        dx_proof(d, f, transfer_of(d, file));
        return;
    }
}

/* ---- a root file system over the network ---- */

void rule_root_unasked(struct dx *d)
{
    enum { WAIT = 40 };
    pxk_usec lease = system_lease(d);
    const char *cmdline = d->s->facts.cmdline;
    if (!*cmdline)
        return;
    bool root = cmdline_word(d, "nfsroot=") || strstr(cmdline, "root=nfs") || cmdline_word(d, "root=/dev/nfs") ||
                cmdline_word(d, "netroot=") || strstr(cmdline, "root=nbd:") || strstr(cmdline, "root=iscsi:");
    if (d->s->facts.emulated || !root || !lease || d->s->mount.calls || !dx_silent(d, last_sign(d, lease), WAIT * PXK_SEC))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_ROOT_NEVER_ASKED);
    dx_seen(f, "the system got its address at %.1f s and never calls a file server; its command line: \"%s\"", dx_time(d, lease),
            cmdline);
    if (*d->s->facts.config)
        dx_proof(d, f, pxk_session_transfer(d->s, d->s->facts.config));
    else
        dx_filter(d, f, "tcp.port == 2049 || udp.port == 111");
}

/* ---- Windows ---- */

static bool is_windows_file(const char *path)
{
    static const char *const names[] = {"bcd", "boot.sdi", "boot.wim", "bootmgfw.efi", "bootmgr.exe", "bootmgr"};
    const char *base = file_base(path);
    for (size_t i = 0; i < PXK_COUNT(names); i++)
        if (pxk_str_casecmp(base, names[i]) == 0)
            return true;
    return false;
}

static bool windows_came(const struct dx *d, const char *name)
{
    for (size_t i = 0; i < d->s->transfers.n; i++)
        if (d->s->transfers.at[i].state == PXK_TRANSFER_DONE &&
            pxk_str_casecmp(file_base(d->s->transfers.at[i].file), file_base(name)) == 0)
            return true;
    for (size_t i = 0; i < d->s->https.n; i++)
        if (d->s->https.at[i].status / 100 == 2 && pxk_str_casecmp(file_base(d->s->https.at[i].path), file_base(name)) == 0)
            return true;
    return false;
}

static struct pxk_finding *windows_missing(struct dx *d, const char *name)
{
    struct pxk_finding *f = dx_fail(d, FINDING_WINDOWS_FILE_MISSING);
    if (pxk_str_casecmp(file_base(name), "bcd") == 0)
        (void)pxk_str_copy(f->screen, sizeof f->screen, "Windows Boot Manager: 0xc000000f, \\Boot\\BCD");
    if (strstr(name, "\\x5c"))
        dx_cause(f, "Windows asks with backslashes and its own case: the TFTP server must map \\ to / and not mind case");
    return f;
}

void rule_windows_files(struct dx *d)
{
    char server[PXK_IP_STRLEN];
    for (size_t i = 0; i < d->s->transfers.n && !d->s->facts.emulated; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state != PXK_TRANSFER_REFUSED || !is_windows_file(t->file) || windows_came(d, t->file) || i == 0)
            continue;
        struct pxk_finding *f = windows_missing(d, t->file);
        dx_seen(f, "%s from %s: ERROR %u \"%s\"", t->file, pxk_ip_text(t->server, server), t->error, t->message);
        dx_span(f, t->first_frame, t->error_frame);
        dx_filter(d, f, "udp.port == %u", t->client_port);
        return;
    }
    for (size_t i = 0; i < d->s->https.n && !d->s->facts.emulated; i++) {
        const struct pxk_http *h = &d->s->https.at[i];
        if (h->status < 400 || !is_windows_file(h->path) || windows_came(d, h->path))
            continue;
        struct pxk_finding *f = windows_missing(d, h->path);
        dx_seen(f, "%s http://%s%s: status %u", h->method, h->host, h->path, h->status);
        dx_frame(f, h->frame);
        dx_frame(f, h->status_frame);
        dx_filter(d, f, "tcp.port == %u", h->client_port);
        return;
    }
}

/* ---- afterwards ---- */

static bool is_callback(const struct pxk_http *h)
{
    static const char *const words[] = {"phone-home", "phonehome", "phone_home", "callback", "installed", "/built", "nopxe",
                                        "finish",     "complete",  "/done",      "provisioned"};
    if (file_is_answers(h->path) || strcmp(h->method, "HEAD") == 0)
        return false;
    for (size_t i = 0; i < PXK_COUNT(words); i++)
        if (strstr(h->path, words[i]))
            return true;
    return false;
}

static bool callback_worked(const struct dx *d, const struct pxk_http *bad)
{
    for (const struct pxk_http *h = bad; h < d->s->https.at + d->s->https.n; h++)
        if (strcmp(h->path, bad->path) == 0 && h->status && h->status < 400)
            return true;
    return false;
}

void rule_callback(struct dx *d)
{
    for (size_t i = 0; i < d->s->https.n && !d->s->facts.emulated; i++) {
        const struct pxk_http *h = &d->s->https.at[i];
        if (h->status < 400 || !is_callback(h) || !dx_answers_came(d) || callback_worked(d, h))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_CALLBACK_REFUSED);
        dx_seen(f, "%s http://%s%s: status %u", h->method, h->host, h->path, h->status);
        if (h->status == 401 || h->status == 403)
            dx_cause(f, "the token in the call has expired, or is another machine's");
        else if (h->status == 404)
            dx_cause(f, "the URL in the answer file is not the server's");
        dx_frame(f, h->frame);
        dx_frame(f, h->status_frame);
        dx_filter(d, f, "tcp.port == %u", h->client_port);
        return;
    }
}

/* The time at which an installation had its answers, 0. */
static pxk_usec installed_at(const struct dx *d)
{
    pxk_usec first = 0;
    for (size_t i = 0; i < d->s->https.n; i++) {
        const struct pxk_http *h = &d->s->https.at[i];
        if (h->status / 100 == 2 && file_is_answers(h->path) && (!first || h->at < first))
            first = h->at;
    }
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_DONE && file_is_answers(t->file) && (!first || t->last < first))
            first = t->last;
    }
    return first;
}

/* The same machine from the start, after a whole sequence, up to the same kernel. */
void rule_installs_again(struct dx *d)
{
    pxk_usec done = d->failed || d->s->facts.emulated ? 0 : installed_at(d), restart = 0;
    const char *kernel = d->path.stage[PXK_STAGE_KERNEL].name;
    for (unsigned i = 0; done && i < d->s->round_n && !restart; i++)
        if (d->s->round[i].started > done && d->s->round[i].pxe)
            restart = d->s->round[i].started;
    if (!restart || !*kernel)
        return;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state != PXK_TRANSFER_DONE || t->started < restart || strcmp(t->file, kernel) != 0)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_INSTALLS_AGAIN);
        dx_seen(f, "the answers were fetched at %.0f s; at %.0f s the machine boots from the network again and loads %s once more",
                dx_time(d, done), dx_time(d, restart), kernel);
        dx_span(f, t->first_frame, t->last_frame);
        dx_filter(d, f, "dhcp || udp.port == %u", t->client_port);
        return;
    }
}
