/* Rules of step 4, of loaders in a capture: whom do they ask, for what, and do they understand what they get? Sources: shim
 * netboot.c and its issues 165, 649, 696; GRUB net/bootp.c and efinet.c; iPXE src/image/script.c. */
#include <string.h>

#include "diag_int.h"

static const struct pxk_transfer *loader_transfer(const struct dx *d)
{
    const struct pxk_stage_file *loader = &d->path.stage[PXK_STAGE_LOADER];
    const struct pxk_transfer *t = loader->have ? pxk_session_transfer(d->s, loader->name) : NULL;
    return t && t->state == PXK_TRANSFER_DONE ? t : NULL;
}

static bool came_later(const struct dx *d, const char *name)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_DONE && strcmp(file_base(t->file), file_base(name)) == 0)
            return true;
    }
    return false;
}

static bool in_vain(const struct dx *d, const struct pxk_transfer *t)
{
    bool silent = t->state == PXK_TRANSFER_ASKED &&
                  (t->icmp || t->requests >= 3 || dx_restarts_after(d, t->last) || dx_silent(d, t->last, PXK_SILENCE));
    return (t->state == PXK_TRANSFER_REFUSED || silent) && !file_is_optional(t->file) && !came_later(d, t->file);
}

/* ---- the loader came from one server, and asks another: the DHCP server, not the proxy ---- */

static const struct pxk_answer *lease_of(const struct dx *d)
{
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++)
        if (d->fw->answer[i].type == PXK_DHCP4_ACK && answer_gives_address(&d->fw->answer[i]))
            return &d->fw->answer[i];
    return NULL;
}

static void wrong_server(struct dx *d, const struct pxk_transfer *loader, const struct pxk_transfer *t)
{
    char from[PXK_IP_STRLEN], to[PXK_IP_STRLEN];
    bool shim = strcmp(dx_loader_key(d, loader->file), "shim") == 0;
    struct pxk_finding *f = dx_fail(d, FINDING_LOADER_ASKS_WRONG_SERVER);
    pxk_ip_text(loader->server, from);
    pxk_ip_text(t->server, to);
    dx_seen(f, "%s came from %s, and asks %s for %s: %s", loader->file, from, to, t->file,
            t->state == PXK_TRANSFER_REFUSED ? "refused" : "no answer");
    if (d->source && d->source->proxy)
        dx_seen(f, "; the boot file was named by a proxy");
    dx_cause(f, "%s takes the server from the DHCP server's own answer (next-server), not from the proxy's",
             shim ? "shim" : "the loader");
    dx_fix(f, "on the DHCP server set next-server to %s (ISC dhcpd: next-server %s; Kea: \"next-server\": \"%s\")", from, from, from);
    dx_frame(f, loader->first_frame);
    dx_frame(f, t->first_frame);
    dx_frame(f, t->error_frame);
    dx_filter(d, f, "udp.port == %u || udp.port == %u", loader->client_port, t->client_port);
}

void rule_wrong_server(struct dx *d)
{
    const struct pxk_transfer *loader = loader_transfer(d);
    const struct pxk_answer *lease = lease_of(d);
    if (d->s->facts.emulated || !loader || !lease)
        return;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        pxk_ip4 asked = pxk_ip_to4(t->server);
        bool dhcp = asked && (asked == lease->siaddr || asked == answer_server(lease));
        if (t->started < loader->last || !dhcp || pxk_ip_eq(t->server, loader->server) || !in_vain(d, t))
            continue;
        wrong_server(d, loader, t);
        return;
    }
}

/* ---- a name that is none ---- */

/* Quoted bytes other than the backslash, or what firmware calls its boot entries. */
static bool is_garbage(const char *name)
{
    static const char *const entries[] = {"Onboard", "USB", "UEFI:", "PXE IPv4", "IPV4"};
    for (const char *p = strstr(name, "\\x"); p; p = strstr(p + 2, "\\x"))
        if (strncmp(p, "\\x5c", 4) != 0)
            return true;
    for (size_t i = 0; i < PXK_COUNT(entries); i++)
        if (pxk_str_ends(name, entries[i]))
            return true;
    return false;
}

void rule_garbage_name(struct dx *d)
{
    const struct pxk_transfer *loader = loader_transfer(d);
    if (d->s->facts.emulated || !loader)
        return;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->started < loader->last || t->state == PXK_TRANSFER_DONE || t->probe || !is_garbage(t->file) || !in_vain(d, t) ||
            d->path.stage[PXK_STAGE_CONFIG].have)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_LOADER_ASKS_GARBAGE);
        dx_seen(f, "after %s: a request for \"%s\"", loader->file, t->file);
        dx_proof(d, f, t);
        return;
    }
}

/* ---- a script that iPXE does not take for one ---- */

/* What the file ought to be: iPXE asked for it, or it has a script's name. */
static bool meant_for_ipxe(const struct pxk_file *file, const struct pxk_transfer *t, const struct pxk_http *h)
{
    bool asked = t ? t->profile && strcmp(t->profile->key, "ipxe") == 0 : h && strstr(h->agent, "iPXE");
    bool named = pxk_str_ends(file->path, ".ipxe");
    return file->corrupt ? asked || named : named && (strcmp(file->kind, "html") == 0 || strcmp(file->kind, "text") == 0);
}

static const struct pxk_http *http_of(const struct dx *d, const struct pxk_file *file)
{
    for (size_t i = d->s->https.n; i-- > 0;)
        if (pxk_str_starts(d->s->https.at[i].path, file->path) && d->s->https.at[i].status == 200)
            return &d->s->https.at[i];
    return NULL;
}

/* iPXE stops there; what goes on took it for what it was meant for. */
static bool is_last(const struct dx *d, pxk_usec at)
{
    for (size_t i = 0; i < d->s->transfers.n; i++)
        if (d->s->transfers.at[i].started > at)
            return false;
    return !dx_lives_after(d, at);
}

void rule_script(struct dx *d)
{
    for (size_t i = 0; i < d->s->files.n && !d->s->facts.emulated; i++) {
        const struct pxk_file *file = &d->s->files.at[i];
        const struct pxk_transfer *t = file->have && file->transfer >= 0 ? transfer_of(d, file) : NULL;
        const struct pxk_http *h = file->have && !t ? http_of(d, file) : NULL;
        bool script = strcmp(file->role, "config") == 0 || strcmp(file->role, "loader") == 0;
        if (!script || !(t || h) || !meant_for_ipxe(file, t, h) || !is_last(d, t ? t->last : h->at))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_SCRIPT_NOT_RECOGNISED);
        dx_seen(f, "%s, %llu bytes: %s", file->path, (unsigned long long)file->bytes, *file->why ? file->why : file->kind_words);
        if (strcmp(file->kind, "html") == 0)
            dx_cause(f, "the server gives an error page in the script's place");
        dx_proof(d, f, t);
        dx_frame(f, h ? h->frame : 0);
        dx_frame(f, h ? h->status_frame : 0);
        if (h)
            dx_filter(d, f, "tcp.port == %u", h->client_port);
        return;
    }
}

/* ---- the same configuration again and again ---- */

void rule_config_again(struct dx *d)
{
    enum { AGAIN = 5 }; /* GRUB reads its file twice, iPXE's menus come back now and then */
    if (d->s->facts.emulated || *d->path.stage[PXK_STAGE_KERNEL].name || !d->path.stage[PXK_STAGE_CONFIG].have)
        return;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i], *last = t;
        unsigned n = 0;
        for (size_t k = i; k < d->s->transfers.n; k++) {
            const struct pxk_transfer *o = &d->s->transfers.at[k];
            bool same = o->state == PXK_TRANSFER_DONE && strcmp(o->file, t->file) == 0;
            n += same;
            last = same ? o : last;
        }
        if (n < AGAIN || stage_of_transfer(d->s, t, &d->path) != PXK_STAGE_CONFIG)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_CONFIG_LOOP);
        dx_seen(f, "%s was loaded %u times in %.0f s, and no kernel was asked for", t->file, n,
                (double)pxk_usec_since(t->started, last->last) / 1e6);
        dx_span(f, t->first_frame, last->last_frame);
        dx_filter(d, f, "tftp");
        return;
    }
}
