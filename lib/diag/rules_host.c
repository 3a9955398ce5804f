/* A client that the server treats otherwise than others of its kind: a host entry that goes before the rules for all. */
#include <string.h>

#include "diag_int.h"

/* What its firmware was told to load and from whom: the answer of the round that counts; NULL. */
static const struct pxk_answer *told(const struct pxk_session *s, const struct pxk_round **round, char *file, size_t cap)
{
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_round *r = &s->round[i];
        const struct pxk_answer *lease = r->pxe || r->http ? pxk_round_lease(r) : NULL;
        if (!lease || !*pxk_answer_boot_file(lease, r->persona, file, cap))
            continue;
        *round = r;
        return lease;
    }
    return NULL;
}

static bool got(const struct pxk_session *s, const char *file)
{
    const struct pxk_transfer *t = pxk_session_transfer(s, file);
    return t && t->state == PXK_TRANSFER_DONE;
}

/* Its boot file did not do, others of the same kind have another one from the same server, and it came. */
void rule_host_differs(struct dx *d)
{
    const struct pxk_round *mine_round, *other_round;
    char mine[256], other[256], src[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
    const struct pxk_answer *a = d->failed && !got(d->s, d->boot_file) ? told(d->s, &mine_round, mine, sizeof mine) : NULL;
    for (size_t i = 0; a && i < pxk_tracker_count(d->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        const struct pxk_answer *b = s == d->s ? NULL : told(s, &other_round, other, sizeof other);
        bool alike = b && other_round->arch == mine_round->arch && other_round->ipxe == mine_round->ipxe &&
                     answer_server(a) == answer_server(b);
        if (!alike || (strcmp(mine, other) == 0 && a->siaddr == b->siaddr) || !got(s, other))
            continue;
        struct pxk_finding *f = dx_raise(d, FINDING_HOST_ENTRY_OVERRIDES, PXK_SEVERITY_NOTE);
        dx_seen(f, "%s names %s to this client and %s to %s, which is of the same kind and loads it", pxk_ip4_text(answer_server(a), src),
                mine, other, pxk_mac_text(&s->mac, mac));
        dx_frame(f, a->frame);
        dx_frame(f, b->frame);
        dx_filter(d, f, "dhcp.option.dhcp == 5");
        return;
    }
}
