/* What rules say with: findings under construction, and small questions about a session. */
#include <stdio.h>
#include <string.h>

#include "diag_int.h"

/* The first line of a list: its likeliest cause. */
static void first_line(char *out, size_t cap, const char *list)
{
    size_t n = strcspn(list, "\n");
    (void)pxk_str_copy_n(out, cap, list, n);
}

struct pxk_finding *dx_raise(struct dx *d, enum finding_id id, enum pxk_severity severity)
{
    struct pxk_finding *f = pxk_vec_push(&d->out->findings);
    if (!f) {
        d->err = PXK_E_NOMEM;
        f = &d->scratch;
        *f = (struct pxk_finding){0};
    }
    f->row = finding_row(id);
    f->severity = severity;
    f->session = d->s;
    if (severity == PXK_SEVERITY_FAILURE)
        d->failed = true;
    const char *screen = d->efi ? f->row->screen_uefi : f->row->screen_bios;
    const struct pxk_facts *facts = &d->s->facts;
    if (facts->dhcp_gave_up && *facts->stop_screen && f->row->step == PXK_STEP_DHCP)
        screen = facts->stop_screen; /* the emulated firmware knows its own words */
    if (screen)
        (void)pxk_str_copy(f->screen, sizeof f->screen, screen);
    first_line(f->cause, sizeof f->cause, f->row->causes);
    return f;
}

struct pxk_finding *dx_fail(struct dx *d, enum finding_id id)
{
    return dx_raise(d, id, finding_row(id)->severity);
}

static void append(char *at, size_t cap, const char *fmt, va_list ap)
{
    size_t n = strlen(at);
    (void)vsnprintf(at + n, cap - n, fmt, ap);
}

void dx_seen(struct pxk_finding *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append(f->seen, sizeof f->seen, fmt, ap);
    va_end(ap);
}

void dx_cause(struct pxk_finding *f, const char *fmt, ...)
{
    va_list ap;
    f->cause[0] = '\0';
    va_start(ap, fmt);
    append(f->cause, sizeof f->cause, fmt, ap);
    va_end(ap);
}

void dx_fix(struct pxk_finding *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append(f->fix, sizeof f->fix, fmt, ap);
    va_end(ap);
}

void dx_filter(struct dx *d, struct pxk_finding *f, const char *fmt, ...)
{
    char what[128];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    /* Offers go to the broadcast address; the client's MAC is inside. */
    pxk_fmt(f->filter, sizeof f->filter, "(eth.addr == %s || dhcp.hw.mac_addr == %s) && (%s)",
            d->mac, d->mac, what);
}

void dx_frame(struct pxk_finding *f, uint32_t frame)
{
    unsigned i = f->frame_n;
    if (!frame || f->frame_n == PXK_PROOF_FRAMES)
        return;
    for (unsigned k = 0; k < f->frame_n; k++)
        if (f->frame[k] == frame)
            return;
    for (; i > 0 && f->frame[i - 1] > frame; i--)
        f->frame[i] = f->frame[i - 1];
    f->frame[i] = frame;
    f->frame_n++;
}

void dx_span(struct pxk_finding *f, uint32_t from, uint32_t to)
{
    f->frame_n = 0;
    f->span_to = 0;
    dx_frame(f, from);
    if (from && to > from)
        f->span_to = to;
}

const char *dx_duration(pxk_usec t, char out[static 24])
{
    struct pxk_str b = pxk_str_init(out, 24);
    pxk_str_add_duration(&b, t);
    return out;
}

double dx_time(const struct dx *d, pxk_usec at)
{
    return (double)pxk_usec_since(d->s->started, at) / 1e6;
}

bool dx_silent(const struct dx *d, pxk_usec since, pxk_usec how_long)
{
    return d->s->facts.finished || pxk_usec_since(since, d->now) >= how_long;
}

bool dx_gave_up(const struct dx *d)
{
    return d->s->facts.dhcp_gave_up || d->s->facts.finished;
}

pxk_ip4 answer_server(const struct pxk_answer *a)
{
    return a->server_id ? a->server_id : a->siaddr ? a->siaddr : a->src;
}

bool answer_is_offer(const struct pxk_answer *a)
{
    return (a->type == PXK_DHCP4_OFFER || a->type == PXK_DHCP4_NONE) && a->sport != PXK_PXE_PORT;
}

const struct pxk_answer *round_offer(const struct pxk_round *r)
{
    for (unsigned i = 0; r && i < r->answer_n; i++)
        if (answer_is_offer(&r->answer[i]))
            return &r->answer[i];
    return NULL;
}

bool round_acked(const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].type == PXK_DHCP4_ACK && r->answer[i].sport != PXK_PXE_PORT)
            return true;
    return false;
}

bool round_given_up(const struct dx *d, const struct pxk_round *r)
{
    return r->discovers >= 3 || r->requests >= 3 || dx_gave_up(d) || pxk_usec_since(r->ended, d->now) > PXK_SILENCE;
}

bool answer_boots(const struct dx *d, const struct pxk_answer *a)
{
    return answer_names_file(d, a, NULL, 0) || a->discovery || a->has_menu;
}

bool dx_fetched_since(const struct dx *d, pxk_usec at)
{
    for (size_t i = 0; i < d->s->transfers.n; i++)
        if (d->s->transfers.at[i].started >= at)
            return true;
    for (size_t i = 0; i < d->s->https.n; i++)
        if (d->s->https.at[i].at >= at)
            return true;
    return false;
}

const struct pxk_round *dx_later_unanswered(const struct dx *d)
{
    const struct pxk_round *r = d->s->round_n ? &d->s->round[d->s->round_n - 1] : NULL;
    bool later = r && d->fw && r != d->fw && r->started > d->fw->started;
    if (!later || !round_acked(d->fw) || r->answer_n || !r->discovers || dx_fetched_since(d, r->started))
        return NULL;
    return round_given_up(d, r) ? r : NULL;
}

pxk_ip4 dx_relay(const struct dx *d)
{
    pxk_ip4 relay = d->fw ? d->fw->giaddr : 0;
    for (unsigned i = 0; d->fw && i < d->fw->answer_n && !relay; i++)
        relay = d->fw->answer[i].giaddr;
    return relay;
}

pxk_ip4 dx_server_alive(const struct dx *d)
{
    for (size_t i = 0; i < pxk_tracker_count(d->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        for (unsigned r = 0; s != d->s && r < s->round_n; r++) {
            const struct pxk_answer *lease = pxk_round_lease(&s->round[r]);
            if (lease)
                return answer_server(lease);
        }
    }
    return 0;
}

bool answer_gives_address(const struct pxk_answer *a)
{
    return !a->proxy && a->yiaddr && a->sport != PXK_PXE_PORT && a->type != PXK_DHCP4_NAK;
}

bool answer_names_file(const struct dx *d, const struct pxk_answer *a, char *file, size_t cap)
{
    char mine[256];
    if (!file) {
        file = mine;
        cap = sizeof mine;
    }
    return *pxk_answer_boot_file(a, d->persona, file, cap) != '\0';
}

const char *arch_tag(uint16_t arch)
{
    switch (arch) {
    case PXK_ARCH_BIOS:
        return "bios";
    case PXK_ARCH_UEFI_IA32:
        return "efi32";
    case PXK_ARCH_UEFI_X64:
    case PXK_ARCH_EBC:
        return "efi64";
    case PXK_ARCH_UEFI_ARM32:
        return "efiarm32";
    case PXK_ARCH_UEFI_ARM64:
        return "efiarm64";
    default:
        return "pxe";
    }
}

const char *arch_loader(uint16_t arch)
{
    switch (arch) {
    case PXK_ARCH_BIOS:
        return "pxelinux.0";
    case PXK_ARCH_UEFI_IA32:
        return "bootnetia32.efi";
    case PXK_ARCH_UEFI_ARM64:
        return "bootnetaa64.efi";
    case PXK_ARCH_UEFI_X64:
    case PXK_ARCH_EBC:
        return "bootnetx64.efi";
    default:
        return "LOADER";
    }
}

bool dx_restarts_after(const struct dx *d, pxk_usec at)
{
    if (d->s->solicits6 && d->s->solicit6_at > at)
        return true;
    for (unsigned i = 0; i < d->s->round_n; i++)
        if (d->s->round[i].started > at && (d->s->round[i].pxe || d->s->round[i].http))
            return true;
    return false;
}

bool dx_loader_came(const struct dx *d)
{
    return d->path.stage[PXK_STAGE_LOADER].have;
}

bool dx_lives_after(const struct dx *d, pxk_usec at)
{
    const struct pxk_session *s = d->s;
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].started > at && !s->round[i].pxe && !s->round[i].http && !s->round[i].ipxe)
            return true;
    for (size_t i = 0; i < s->https.n; i++)
        if (s->https.at[i].at > at)
            return true;
    for (size_t i = 0; i < s->conns.n; i++)
        if (s->conns.at[i].at > at)
            return true;
    return s->mount.calls && s->mount.at > at;
}

bool dx_answers_came(const struct dx *d)
{
    for (size_t i = 0; i < d->s->https.n; i++) {
        const struct pxk_http *h = &d->s->https.at[i];
        if (h->status >= 200 && h->status < 300 && file_is_answers(h->path))
            return true;
    }
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_DONE && file_is_answers(t->file))
            return true;
    }
    return false;
}

const struct pxk_file *dx_file_of(const struct dx *d, const struct pxk_transfer *t)
{
    for (size_t i = 0; i < d->s->files.n; i++)
        if (d->s->files.at[i].have && strcmp(d->s->files.at[i].path, t->file) == 0)
            return &d->s->files.at[i];
    return NULL;
}

const char *dx_loader_key(const struct dx *d, const char *path)
{
    static const struct {
        const char *part, *key;
    } hint[] = {{"pxelinux", "pxelinux"}, {"syslinux", "pxelinux"}, {"shim", "shim"},        {"grub", "grub"},
                {"core.0", "grub"},       {"ipxe", "ipxe"},         {"undionly", "ipxe"},    {"snponly", "ipxe"},
                {"bootmg", "windows"},    {"wdsmgfw", "windows"},   {"wdsnbp", "windows"},   {"pxeboot.n12", "windows"},
                {"wimboot", "windows"}};
    for (size_t i = 0; i < d->s->files.n; i++) {
        const struct pxk_file *f = &d->s->files.at[i];
        if (*f->loader && strcmp(f->path, path) == 0)
            return f->loader;
    }
    const char *base = file_base(path);
    for (size_t i = 0; i < PXK_COUNT(hint); i++)
        if (strstr(base, hint[i].part))
            return hint[i].key;
    return "";
}
