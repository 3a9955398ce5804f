/* The filter of a cable: which rule matches a frame, and which match counts. */
#include "cable_int.h"

static bool ports_valid(struct pxk_cable_ports p)
{
    return p.to == 0 || p.from <= p.to;
}

bool rules_valid(const struct pxk_cable_rule *rules, size_t n)
{
    if (n > PXK_CABLE_RULES)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct pxk_cable_rule *r = &rules[i];
        if (!ports_valid(r->sport) || !ports_valid(r->dport) || r->vlan > PXK_CABLE_VLAN_MAX ||
            r->action > PXK_CABLE_PASS || r->dir > PXK_CABLE_B_TO_A)
            return false;
    }
    return true;
}

static bool dir_matches(enum pxk_cable_dir dir, enum pxk_cable_port from)
{
    return dir == PXK_CABLE_BOTH || dir == (from == PXK_CABLE_A ? PXK_CABLE_A_TO_B : PXK_CABLE_B_TO_A);
}

static bool mac_matches(const struct pxk_mac *want, const struct pxk_mac *have)
{
    return pxk_mac_is_zero(want) || pxk_mac_eq(want, have);
}

static bool port_matches(struct pxk_cable_ports want, uint16_t have)
{
    if (want.from == 0 && want.to == 0)
        return true;
    return want.to == 0 ? have == want.from : have >= want.from && have <= want.to;
}

/* The first fragment has the ports in front; the decoder leaves fragments whole. */
static bool ports_of(const struct pxk_frame *f, uint16_t *sport, uint16_t *dport)
{
    if (f->l4 == PXK_L4_UDP || f->l4 == PXK_L4_TCP) {
        *sport = f->sport;
        *dport = f->dport;
        return true;
    }
    if (f->l4 != PXK_L4_FRAGMENT || f->ip.offset || (f->ip.proto != PXK_IP_UDP && f->ip.proto != PXK_IP_TCP))
        return false;
    struct pxk_rd r = pxk_rd_init(f->payload, f->payload_len);
    *sport = pxk_rd_u16(&r);
    *dport = pxk_rd_u16(&r);
    return r.err == PXK_OK;
}

static bool l4_matches(const struct pxk_cable_rule *r, const struct pxk_frame *f)
{
    uint16_t sport, dport;
    if (r->fragments && f->l4 != PXK_L4_FRAGMENT)
        return false;
    if (r->proto && ((f->l3 != PXK_L3_IP4 && f->l3 != PXK_L3_IP6) || f->ip.proto != r->proto))
        return false;
    if (!r->sport.from && !r->sport.to && !r->dport.from && !r->dport.to)
        return true;
    return ports_of(f, &sport, &dport) && port_matches(r->sport, sport) && port_matches(r->dport, dport);
}

static bool address_matches(const struct pxk_cable_rule *r, const struct pxk_frame *f)
{
    if (!r->src_mask && !r->dst_mask)
        return true;
    if (f->l3 != PXK_L3_IP4 && f->l3 != PXK_L3_ARP)
        return false;
    bool arp = f->l3 == PXK_L3_ARP;
    pxk_ip4 src = arp ? f->arp.sender : f->ip.src, dst = arp ? f->arp.target : f->ip.dst;
    return ((src ^ r->src) & r->src_mask) == 0 && ((dst ^ r->dst) & r->dst_mask) == 0;
}

static bool rule_matches(const struct pxk_cable_rule *r, enum pxk_cable_port from, const struct pxk_frame *f)
{
    return dir_matches(r->dir, from) && mac_matches(&r->src_mac, &f->src) && mac_matches(&r->dst_mac, &f->dst) &&
           (!r->ethertype || r->ethertype == f->ethertype) && (!r->vlan || r->vlan == f->vlan[0]) &&
           address_matches(r, f) && l4_matches(r, f);
}

static bool rule_strikes(const struct pxk_cable_rule *r, struct rule_state *s)
{
    uint64_t every = r->every ? r->every : 1;
    if (++s->matched <= r->skip || (s->matched - r->skip) % every != 0 || (r->limit && s->struck >= r->limit))
        return false;
    s->struck++;
    return true;
}

bool rules_drop(const struct pxk_cable_rule *rules, struct rule_state *state, size_t n, enum pxk_cable_port from,
                const struct pxk_frame *f)
{
    for (size_t i = 0; i < n; i++)
        if (rule_matches(&rules[i], from, f) && rule_strikes(&rules[i], &state[i]))
            return rules[i].action == PXK_CABLE_DROP;
    return false;
}
