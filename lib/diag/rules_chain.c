/* Rules for chains of loaders that bite their tails: iPXE that is given iPXE, or a menu that leads to it, again and again. */
#include <string.h>

#include "diag_int.h"

/* ---- a menu for firmware, given to iPXE ---- */

static const struct pxk_answer *menu_for(const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++) {
        const struct pxk_answer *a = &r->answer[i];
        bool skipped = (a->control & PXK_PXE_BOOT_FILE_ONLY) && (*a->file || *a->option67);
        if (a->has_menu && a->menu_n >= 2 && !skipped)
            return a;
    }
    return NULL;
}

void rule_menu_to_ipxe(struct dx *d)
{
    unsigned rounds = 0, loads = 0;
    const struct pxk_answer *menu = NULL;
    char src[PXK_IP4_STRLEN];
    for (unsigned i = 0; i < d->s->round_n; i++) {
        const struct pxk_round *r = &d->s->round[i];
        const struct pxk_answer *a = r->ipxe && round_acked(r) ? menu_for(r) : NULL;
        rounds += a != NULL;
        menu = a ? a : menu;
    }
    for (size_t i = 0; menu && i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        loads += t->state == PXK_TRANSFER_DONE && !t->probe && strcmp(t->file, d->s->transfers.at[0].file) == 0;
    }
    if (!menu || (!d->s->facts.chain_loop && (rounds < 2 || loads < 2)))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_MENU_SENT_TO_IPXE);
    dx_seen(f, "iPXE gets a PXE menu of %u items from %s and follows it: %s was loaded %u times", menu->menu_n,
            pxk_ip4_text(answer_server(menu), src), d->s->transfers.n ? d->s->transfers.at[0].file : d->boot_file, loads);
    dx_frame(f, menu->frame);
    dx_filter(d, f, "dhcp || tftp");
}

/* ---- the loader that it already is ---- */

static const struct pxk_round *ipxe_round_between(const struct pxk_session *s, pxk_usec from, pxk_usec to)
{
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].ipxe && s->round[i].started >= from && s->round[i].started <= to)
            return &s->round[i];
    return NULL;
}

/* The boot file arrived, and the next that is heard is iPXE's DHCP and a request for the same file: it is iPXE. A loader that
 * asks for a file of its own between the two is another program, and the machine was restarted. */
static const struct pxk_round *asks_again(const struct dx *d, unsigned *times, const struct pxk_transfer **last)
{
    const struct pxk_transfer *before = NULL;
    const struct pxk_round *round = NULL;
    *times = 0;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        bool same = *d->boot_file && strcmp(file_base(t->file), file_base(d->boot_file)) == 0;
        const struct pxk_round *r = same && before ? ipxe_round_between(d->s, before->last, t->started) : NULL;
        if (t->probe)
            continue;
        if (r) {
            round = r;
            *times = *times ? *times + 1 : 2;
            *last = t;
        }
        before = same && t->state == PXK_TRANSFER_DONE ? t : NULL;
    }
    return round;
}

static void loop_cause(struct pxk_finding *f, const struct pxk_round *r)
{
    if (r && !strstr(r->user_class, "iPXE"))
        dx_cause(f, "the server knows iPXE by its user class (option 77) alone, and this build sends option 175 without it");
}

void rule_chainload_loop(struct dx *d)
{
    unsigned times = 0;
    const struct pxk_transfer *last = NULL;
    const struct pxk_round *r = d->s->facts.emulated ? NULL : asks_again(d, &times, &last);
    if (!d->s->facts.chain_loop && !r)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_CHAINLOAD_LOOP);
    if (d->s->facts.chain_loop)
        dx_seen(f, "the client says that it is iPXE, and is given %s, which is iPXE, again", d->boot_file);
    else
        dx_seen(f, "iPXE is given %s each time it asks: loaded %u times", d->boot_file, times);
    loop_cause(f, r);
    dx_fix(f, "dnsmasq: dhcp-match=set:ipxe,175 and dhcp-boot=tag:ipxe,http://SERVER/boot.ipxe before the line with %s", d->boot_file);
    if (last)
        dx_span(f, d->s->first_frame, last->last_frame);
    dx_filter(d, f, "dhcp || tftp");
}
