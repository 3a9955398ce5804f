/* Rules for what is PXE's own in an answer: option 43, boot servers, options in the header's fields, Raspberry Pis. */
#include <string.h>

#include "diag_int.h"

/* ---- option 43 ---- */

static const struct pxk_answer *odd_43(const struct dx *d)
{
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++)
        if (d->fw->answer[i].pxe_odd)
            return &d->fw->answer[i];
    return NULL;
}

static void tell_43(struct dx *d, struct pxk_finding *f, const struct pxk_answer *a)
{
    char src[PXK_IP4_STRLEN], words[300];
    struct pxk_str out = pxk_str_init(words, sizeof words);
    pxk_pxe_odd_words(a->pxe_odd, &out);
    dx_seen(f, "%s from %s, option 43: %s", pxk_dhcp4_type_name(a->type), pxk_ip4_text(answer_server(a), src), words);
    dx_frame(f, a->frame);
    dx_filter(d, f, "dhcp.option.vendor.encapsulated || dhcp.option.type == 43");
}

/* The client did not get past it: no request for a file, no boot server found. */
void rule_option_43(struct dx *d)
{
    const struct pxk_answer *a = odd_43(d);
    if (!a || dx_loader_came(d) || d->s->transfers.n || d->s->https.n || d->fw->proxy_answers)
        return;
    bool over = round_acked(d->fw) ? dx_silent(d, d->fw->ended, PXK_SILENCE) || dx_restarts_after(d, d->fw->ended)
                                   : round_given_up(d, d->fw);
    if (!over || (d->s->facts.until && d->s->facts.until < PXK_MILESTONE_LOADER))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_OPTION_43_MALFORMED);
    tell_43(d, f, a);
    dx_seen(f, "; the client %s", round_acked(d->fw) ? "takes the lease and loads nothing" : "never takes the offer");
}

void rule_option_43_odd(struct dx *d)
{
    const struct pxk_answer *a = odd_43(d);
    if (!a || d->failed)
        return;
    struct pxk_finding *f = dx_raise(d, FINDING_OPTION_43_MALFORMED, PXK_SEVERITY_WARNING);
    tell_43(d, f, a);
    dx_seen(f, "; this client gets over it, others do not");
}

/* ---- boot servers ---- */

static const struct pxk_answer *other_type(const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++) {
        const struct pxk_answer *a = &r->answer[i];
        if (a->sport == PXK_PXE_PORT && a->has_item && a->item == r->boot_item)
            return NULL;
    }
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].sport == PXK_PXE_PORT && r->answer[i].has_item)
            return &r->answer[i];
    return NULL;
}

static const char *ways_words(uint8_t ways, char out[static 40])
{
    struct pxk_str s = pxk_str_init(out, 40);
    static const char *const words[] = {"broadcast", "multicast", "unicast"};
    for (unsigned i = 0; i < 3; i++)
        if (ways >> i & 1)
            pxk_str_addf(&s, "%s%s", *out ? " and " : "", words[i]);
    return out;
}

/* One that was asked for by its address is the service on port 4011 (rule_port_4011). */
void rule_boot_server(struct dx *d)
{
    const struct pxk_round *r = d->fw;
    char ways[40], src[PXK_IP4_STRLEN];
    if (!r || !r->boot_server_request || dx_fetched_since(d, r->proxy_at))
        return;
    const struct pxk_answer *wrong = other_type(r);
    bool silent = !r->proxy_answers && (r->boot_ways & (PXK_BOOT_BROADCAST | PXK_BOOT_MULTICAST));
    bool over = r->proxy_requests >= 2 || dx_gave_up(d) || pxk_usec_since(r->proxy_last, d->now) > PXK_SILENCE;
    if (!over || !(silent || wrong))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_BOOT_SERVER_NOT_FOUND);
    dx_seen(f, "the client looks for a boot server of type %u by %s, %u request%s", r->boot_item, ways_words(r->boot_ways, ways),
            r->proxy_requests, r->proxy_requests == 1 ? "" : "s");
    if (wrong)
        dx_seen(f, "; %s answers as one of type %u", pxk_ip4_text(answer_server(wrong), src), wrong->item);
    else
        dx_seen(f, ", no answer");
    dx_frame(f, r->proxy_frame);
    dx_frame(f, wrong ? wrong->frame : 0);
    dx_filter(d, f, "udp.port == 4011 || dhcp.option.dhcp == 3 || icmp");
}

/* ---- options in file and sname ---- */

/* Old ROMs, and iPXE, take these fields for names (iPXE knows no option 52). */
void rule_overload(struct dx *d)
{
    static const char *const where[] = {"", "the file field", "the sname field", "the file and sname fields"};
    char src[PXK_IP4_STRLEN];
    if (!d->fw || d->efi || dx_loader_came(d) || d->fw->answer_n == 0)
        return;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (!a->overload || a->overload > 3 || a->proxy != d->fw->answer[0].proxy)
            continue;
        bool taken = d->fw->requests > 0;
        bool over = taken ? dx_silent(d, d->fw->ended, PXK_SILENCE) || dx_restarts_after(d, d->fw->ended)
                          : round_given_up(d, d->fw);
        if (!over || (d->s->facts.until && d->s->facts.until < PXK_MILESTONE_LOADER))
            return;
        struct pxk_finding *f = dx_fail(d, FINDING_OPTIONS_IN_FILE_FIELD);
        dx_seen(f, "%s from %s has option 52 = %u: options continue in %s", pxk_dhcp4_type_name(a->type),
                pxk_ip4_text(answer_server(a), src), a->overload, where[a->overload]);
        dx_seen(f, "; the client %s", taken ? "takes the lease and does not load the boot file" : "never sends a REQUEST");
        dx_frame(f, a->frame);
        dx_filter(d, f, "dhcp.option.option_overload || dhcp.option.type == 52");
        return;
    }
}

/* ---- Raspberry Pi ---- */

static const struct pxk_answer *pi_offer(const struct pxk_round *r, bool invites)
{
    for (unsigned i = 0; i < r->answer_n; i++)
        if (answer_is_offer(&r->answer[i]) && r->answer[i].pi_boot == invites)
            return &r->answer[i];
    return NULL;
}

static bool pi_waits(const struct dx *d)
{
    const struct pxk_round *r = d->fw;
    return r && r->pi && r->answer_n && !dx_fetched_since(d, r->started) &&
           (r->discovers >= 3 || dx_silent(d, r->ended, PXK_SILENCE));
}

void rule_pi_not_invited(struct dx *d)
{
    char src[PXK_IP4_STRLEN];
    const struct pxk_answer *offer = pi_waits(d) && !pi_offer(d->fw, true) ? round_offer(d->fw) : NULL;
    if (!offer)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_PI_NOT_INVITED);
    dx_seen(f, "a Raspberry Pi (%s) asks %u times; the offer from %s has no option 43 with \"Raspberry Pi Boot\"",
            d->fw->pi == PXK_PI_ROM ? "boot ROM of a Pi 3" : "bootloader of a Pi 4 or 5", d->fw->discovers,
            pxk_ip4_text(answer_server(offer), src));
    if (*offer->file || *offer->option67)
        dx_seen(f, "; its boot file %s means nothing to this machine", *offer->file ? offer->file : offer->option67);
    dx_frame(f, d->fw->first_frame);
    dx_frame(f, offer->frame);
    dx_filter(d, f, "dhcp");
}

void rule_pi_hangs(struct dx *d)
{
    char src[PXK_IP4_STRLEN], took[24];
    const struct pxk_answer *offer = pi_waits(d) ? pi_offer(d->fw, true) : NULL;
    if (!offer || d->fw->requests)
        return;
    bool relayed = d->fw->hops > 0;
    struct pxk_finding *f = dx_fail(d, FINDING_PI_HANGS);
    dx_seen(f, "%s invites the Raspberry Pi %s after its DISCOVER, and it asks for no file; %u DISCOVERs",
            pxk_ip4_text(answer_server(offer), src), dx_duration(offer->delay, took), d->fw->discovers);
    if (d->fw->pi == PXK_PI_ROM && relayed)
        dx_cause(f, "the Pi 3's boot ROM does not take answers that a relay has counted (hops %u)", d->fw->hops);
    dx_frame(f, offer->frame);
    dx_filter(d, f, "dhcp || tftp");
}
