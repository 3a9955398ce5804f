/* The fetches of a session in order, and what they show of its loader: the ground for judging a client that
 * is only watched. */
#include "session_int.h"

/* This many repeats, over so long a time, without progress: it is dead. */
enum { STUCK = 3, UNANSWERED = 3 };
#define STUCK_FOR (5 * PXK_SEC)

static enum fetch_state tftp_state(const struct pxk_session *s, const struct pxk_transfer *tr)
{
    switch (tr->state) {
    case PXK_TRANSFER_DONE:
        return FETCH_DONE;
    case PXK_TRANSFER_REFUSED:
        return FETCH_REFUSED;
    case PXK_TRANSFER_ABORTED: /* GRUB and iPXE leave with 0; other codes say what was wrong */
        return tr->error ? FETCH_DEAD : FETCH_LEFT;
    case PXK_TRANSFER_ASKED:
    case PXK_TRANSFER_RUNNING:
        break;
    }
    bool unanswered = tr->state == PXK_TRANSFER_ASKED && tr->requests >= UNANSWERED;
    bool stuck = tr->stuck >= STUCK && pxk_usec_since(tr->progress, tr->last) >= STUCK_FOR;
    if (tr->icmp || stuck || unanswered || pxk_session_quiet(s, tr->last))
        return FETCH_DEAD;
    return FETCH_RUNNING;
}

static enum fetch_state http_state(const struct pxk_session *s, const struct pxk_http *h)
{
    if (h->status >= 400)
        return FETCH_REFUSED;
    if (h->status >= 300 && h->status != 304)
        return FETCH_LEFT; /* sent elsewhere */
    if (h->status && (h->done || h->cut_head))
        return FETCH_DONE;
    if (h->status && h->left)
        return FETCH_LEFT;
    return h->reset || h->cut_short || pxk_session_quiet(s, h->last) ? FETCH_DEAD : FETCH_RUNNING;
}

static void add_tftp(struct trail *trail, const struct pxk_transfer *tr)
{
    if (tr->probe)
        return;
    trail->fetch[trail->n++] = (struct fetch){.state = tftp_state(trail->s, tr),
                                              .tftp = tr,
                                              .path = tr->file,
                                              .is = pxk_role_of(tr->file),
                                              .at = tr->started,
                                              .end = tr->last,
                                              .bytes = tr->bytes};
}

/* A HEAD is HTTP's way of asking for the size. */
static void add_http(struct trail *trail, const struct pxk_http *h)
{
    if (!h->method[0] || strcmp(h->method, "HEAD") == 0)
        return;
    trail->fetch[trail->n++] = (struct fetch){.state = http_state(trail->s, h),
                                              .http = h,
                                              .path = h->path,
                                              .is = pxk_role_of(h->path),
                                              .at = h->at,
                                              .end = h->last,
                                              .bytes = h->bytes ? h->bytes : h->length};
}

static void add_fetches(struct trail *trail)
{
    const struct pxk_session *s = trail->s;
    size_t i = 0, j = 0;
    while ((i < s->transfers.n || j < s->https.n) && trail->n < FETCHES_MAX) {
        bool tftp = j == s->https.n ||
                    (i < s->transfers.n && s->transfers.at[i].started <= s->https.at[j].at);
        if (tftp)
            add_tftp(trail, &s->transfers.at[i++]);
        else
            add_http(trail, &s->https.at[j++]);
    }
}

static bool same_name(const char *a, const char *b)
{
    return strcmp(pxk_base_name(a), pxk_base_name(b)) == 0;
}

bool pxk_trail_got(const struct trail *trail, const struct fetch *f)
{
    for (size_t i = 0; i < trail->n; i++)
        if (trail->fetch[i].state == FETCH_DONE && same_name(trail->fetch[i].path, f->path))
            return true;
    return false;
}

const struct fetch *pxk_trail_lacks(const struct trail *trail, enum fetch_state state)
{
    for (size_t i = trail->n; i-- > 0;) {
        const struct fetch *f = &trail->fetch[i];
        if (f->state == state && !f->is.optional && !pxk_trail_got(trail, f))
            return f;
    }
    return NULL;
}

/* The last fetch of this boot file, a complete one before all. */
static void take_loader(struct trail *trail, const char *file, const struct pxk_round *round)
{
    for (size_t i = 0; i < trail->n; i++) {
        const struct fetch *f = &trail->fetch[i];
        if (!same_name(f->path, file))
            continue;
        trail->loads += f->state == FETCH_DONE;
        if (!trail->loader || f->state == FETCH_DONE || trail->loader->state != FETCH_DONE)
            trail->loader = f;
        trail->firmware = round;
    }
}

/* The last fetch of a boot file that any PXE round named, or DHCPv6; else the first fetch at all. */
static void find_loader(struct trail *trail)
{
    const struct pxk_session *s = trail->s;
    char file[256];
    for (unsigned r = 0; r < s->round_n && !trail->loader; r++) {
        const struct pxk_round *round = &s->round[r];
        if ((!round->pxe && !round->http) || !pxk_round_boot_answer(round, file, sizeof file))
            continue;
        take_loader(trail, file, round);
    }
    for (unsigned i = 0; i < s->boot6_n && !trail->loader; i++)
        if (*s->boot6[i].url && !s->boot6[i].ipxe)
            take_loader(trail, pxk_boot6_file(&s->boot6[i]), pxk_session_firmware_round(s));
    if (!trail->loader && trail->n) {
        trail->loader = &trail->fetch[0];
        trail->firmware = pxk_session_firmware_round(s);
    }
}

/* Another file asked for, or iPXE's own DHCP: only a loader that runs does that. */
static bool runs(const struct trail *trail)
{
    const struct fetch *loader = trail->loader;
    for (size_t i = 0; i < trail->n; i++)
        if (trail->fetch[i].at >= loader->end && !same_name(trail->fetch[i].path, loader->path))
            return true;
    for (unsigned i = 0; i < trail->s->round_n; i++) {
        const struct pxk_round *r = &trail->s->round[i];
        if (r->ipxe && r->started >= loader->end && trail->firmware && !trail->firmware->ipxe)
            return true;
    }
    return false;
}

static void find_stages(struct trail *trail)
{
    for (size_t i = 0; i < trail->n; i++) {
        const struct fetch *f = &trail->fetch[i];
        if (f->state != FETCH_DONE)
            continue;
        if (f->is.role == ROLE_CONFIG)
            trail->config = f;
        else if (f->is.role == ROLE_KERNEL)
            trail->kernel = f;
        else if (f->is.role == ROLE_INITRD)
            trail->initrd = f;
        else if (f->is.role == ROLE_ANSWERS)
            trail->answers = f;
    }
    for (unsigned i = 1; i < trail->s->round_n; i++) {
        const struct pxk_round *r = &trail->s->round[i];
        if (!r->pxe && !r->http && !r->ipxe)
            trail->system = r;
    }
}

void pxk_trail_read(const struct pxk_session *s, struct trail *trail)
{
    memset(trail, 0, offsetof(struct trail, fetch));
    trail->s = s;
    add_fetches(trail);
    find_loader(trail);
    if (trail->loader && trail->loader->state == FETCH_DONE)
        trail->loader_runs = runs(trail);
    find_stages(trail);
}

static void dead_words(const struct pxk_transfer *tr, struct pxk_str *why)
{
    if (tr->icmp && tr->icmp_code == PXK_ICMP_PORT_UNREACHABLE)
        pxk_str_addf(why, "port %u is closed (ICMP)", tr->server_port ? tr->server_port : PXK_TFTP_PORT);
    else if (tr->icmp)
        pxk_str_addf(why, "unreachable (ICMP code %u)", tr->icmp_code);
    else if (tr->state == PXK_TRANSFER_ABORTED)
        pxk_str_addf(why, "the client gives it up: %s",
                     tr->message[0] ? tr->message : pxk_tftp_error_words(tr->error));
    else if (tr->state == PXK_TRANSFER_ASKED && tr->requests > 1)
        pxk_str_addf(why, "no answer to %u requests", tr->requests);
    else if (tr->state == PXK_TRANSFER_ASKED)
        pxk_str_add(why, "no answer");
    else
        pxk_str_addf(why, "no data after block %llu", (unsigned long long)tr->blocks);
}

void pxk_fetch_words(const struct fetch *f, struct pxk_str *why)
{
    pxk_str_addf(why, "%s: ", f->path);
    if (f->http && f->http->status >= 200 && f->http->status < 300 && f->state == FETCH_DEAD) {
        pxk_str_add(why, f->http->cut_short ? "the server closed the connection after " : "no data after ");
        pxk_str_add_bytes(why, f->http->bytes);
    } else if (f->http && f->http->status)
        pxk_str_addf(why, "HTTP %u", f->http->status);
    else if (f->http)
        pxk_str_add(why, f->http->reset ? "connection reset" : "no answer");
    else if (f->state == FETCH_REFUSED) /* tftpd-hpa says all with code 0 and a text */
        pxk_str_add(why, f->tftp->error || !f->tftp->message[0] ? pxk_tftp_error_words(f->tftp->error)
                                                                 : f->tftp->message);
    else if (f->state == FETCH_DEAD)
        dead_words(f->tftp, why);
    else
        pxk_str_add_bytes(why, f->bytes);
}
