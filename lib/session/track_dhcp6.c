/* DHCPv6 of machines that boot over IPv6 (RFC 8415, RFC 5970; marks: UEFI 2.10 24.3.1, iPXE src/net/udp/dhcpv6.c), and the
 * router advertisements that send them there. */
#include "session_int.h"

/* ---- whose message ---- */

/* An address that was made of a MAC (RFC 4291 appendix A), as firmware's link-local ones are. */
static bool mac_of_address(struct pxk_ip ip, struct pxk_mac *out)
{
    const uint8_t *id = ip.b + 8;
    if (id[3] != 0xff || id[4] != 0xfe)
        return false;
    *out = (struct pxk_mac){{id[0] ^ 2, id[1], id[2], id[5], id[6], id[7]}};
    return true;
}

/* Behind a relay the frame is the relay's: option 79 tells the client (RFC 6939), or its own address does, or its DUID. */
static bool client_of(const struct pxk_frame *f, const struct pxk_dhcp6 *m, bool outgoing, struct pxk_mac *out)
{
    if (!m->relay_n) {
        *out = outgoing ? f->src : f->dst;
        return true;
    }
    const struct pxk_dhcp6_relay *first = &m->relay[m->relay_n - 1];
    if (first->has_mac) {
        *out = first->mac;
        return true;
    }
    const struct pxk_dhcp6_opt *id = pxk_dhcp6_find(m, PXK_OPT6_CLIENT_ID);
    return mac_of_address(first->peer, out) || (id && pxk_duid_mac(id->data, id->len, out));
}

/* ---- what the client asks ---- */

struct kind {
    bool pxe, http, ipxe;
    uint16_t arch;
};

static bool boots(const struct pxk_dhcp6 *m, struct kind *k)
{
    *k = (struct kind){pxk_dhcp6_vendor_is(m, "PXEClient"), pxk_dhcp6_vendor_is(m, "HTTPClient"), pxk_dhcp6_is_ipxe(m),
                       pxk_dhcp6_arch(m)};
    return k->pxe || k->http || k->ipxe || k->arch != PXK_ARCH_UNSET || pxk_dhcp6_asks(m, PXK_OPT6_BOOT_FILE_URL);
}

static bool continues(const struct pxk_tracker *t, const struct pxk_boot6 *x, const struct kind *k)
{
    return x->pxe == k->pxe && x->http == k->http && x->ipxe == k->ipxe && x->arch == k->arch &&
           pxk_usec_since(x->last, t->now) <= ATTEMPT_GAP;
}

static struct pxk_boot6 *conversation(struct pxk_tracker *t, struct box *b, const struct kind *k)
{
    struct pxk_session *s = &b->s;
    struct pxk_boot6 *x = s->boot6_n ? &s->boot6[s->boot6_n - 1] : NULL;
    if (x && continues(t, x, k))
        return x;
    x = pxk_session_boot6_add(s);
    pxk_box_grew(t, b);
    if (!x)
        return NULL;
    x->started = x->last = t->now;
    x->first_frame = t->number;
    x->pxe = k->pxe;
    x->http = k->http;
    x->ipxe = k->ipxe;
    x->arch = k->arch;
    if (s->arch == PXK_ARCH_UNSET)
        s->arch = k->arch;
    return x;
}

static void question(struct pxk_tracker *t, const struct pxk_mac *mac, const struct pxk_dhcp6 *m)
{
    struct kind k;
    bool solicit = m->type == PXK_DHCP6_SOLICIT, mine = boots(m, &k);
    if (!solicit && m->type != PXK_DHCP6_REQUEST && m->type != PXK_DHCP6_INFORMATION_REQUEST)
        return;
    struct box *b = mine ? pxk_box_for(t, mac) : pxk_box_by_mac(t, mac);
    if (!b)
        return;
    if (solicit) {
        b->s.solicits6 = true;
        b->s.solicit6_at = t->now;
    }
    pxk_box_touch(t, b);
    struct pxk_boot6 *x = mine ? conversation(t, b, &k) : NULL;
    if (!x || (m->relay_n && x->direct))
        return;
    x->direct = !m->relay_n;
    x->xid = m->xid;
    x->last = t->now;
    x->solicits += solicit;
    x->requests += !solicit;
    pxk_event_dhcp6(t, b, x, m->type, true);
}

/* ---- what the server says ---- */

static struct pxk_boot6 *asked_with(struct pxk_session *s, uint32_t xid)
{
    for (unsigned i = s->boot6_n; i-- > 0;)
        if (s->boot6[i].xid == xid)
            return &s->boot6[i];
    return NULL;
}

static void note_status(const struct pxk_tracker *t, struct pxk_boot6 *x, const struct pxk_dhcp6_status *status)
{
    if (!status->there || status->code == PXK_DHCP6_STATUS_SUCCESS)
        return;
    x->status = status->code;
    x->status_frame = t->number;
}

static void note_url(struct pxk_tracker *t, struct pxk_boot6 *x, const struct pxk_dhcp6 *m)
{
    const struct pxk_dhcp6_opt *url = pxk_dhcp6_find(m, PXK_OPT6_BOOT_FILE_URL);
    const struct pxk_dhcp6_opt *params = pxk_dhcp6_find(m, PXK_OPT6_BOOT_FILE_PARAM);
    if (url) {
        if (x->kept)
            pxk_text_drop(x->url);
        x->url = pxk_text_keep(&t->texts, url->data, url->len, 256);
        x->kept = true;
    }
    if (params) {
        x->has_params = true;
        x->params_bad |= !pxk_dhcp6_params_ok(params);
    }
    x->class_back |= pxk_dhcp6_vendor_is(m, x->http ? "HTTPClient" : "PXEClient");
}

static void answer(struct pxk_tracker *t, const struct pxk_mac *mac, const struct pxk_frame *f, const struct pxk_dhcp6 *m)
{
    struct box *b = pxk_box_by_mac(t, mac);
    struct pxk_dhcp6_ia ia;
    if (!b || (m->type != PXK_DHCP6_ADVERTISE && m->type != PXK_DHCP6_REPLY))
        return;
    bool has_ia = pxk_dhcp6_ia(m, &ia);
    if (has_ia && ia.has_address && m->type == PXK_DHCP6_REPLY)
        pxk_box_address(t, b, ia.address);
    struct pxk_boot6 *x = asked_with(&b->s, m->xid);
    if (!x || (m->relay_n && x->direct))
        return;
    pxk_box_touch(t, b);
    pxk_box_answered(t, b);
    x->last = t->now;
    x->advertises += m->type == PXK_DHCP6_ADVERTISE;
    x->replies += m->type == PXK_DHCP6_REPLY;
    if (!x->answer_frame)
        x->answer_frame = t->number;
    x->server = f->from;
    if (has_ia && ia.has_address)
        x->address = ia.address;
    if (has_ia)
        note_status(t, x, &ia.status);
    struct pxk_dhcp6_status status = pxk_dhcp6_status(m);
    note_status(t, x, &status);
    note_url(t, x, m);
    pxk_event_dhcp6(t, b, x, m->type, false);
}

void pxk_track_dhcp6(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_dhcp6 *m = &t->dhcp6;
    struct pxk_mac mac;
    if (pxk_dhcp6_decode(f->payload, f->payload_len, m) != PXK_OK)
        return;
    bool relayed_answer = m->relay_n && m->relay[0].type == PXK_DHCP6_RELAY_REPL;
    bool outgoing = f->dport == PXK_DHCP6_SERVER_PORT && !relayed_answer;
    if (!client_of(f, m, outgoing, &mac))
        return;
    if (outgoing)
        question(t, &mac, m);
    else
        answer(t, &mac, f, m);
}

/* ---- routers ---- */

void pxk_track_ra(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_ra ra;
    if (f->l4 != PXK_L4_ICMP6 || pxk_ra_decode(f->payload, f->payload_len, &ra) != PXK_OK)
        return;
    t->ra.n++;
    t->ra.frame = t->number;
    t->ra.router = f->from;
    t->ra.managed = ra.managed;
    t->ra.other = ra.other;
}

const struct pxk_seen_ra *pxk_tracker_ra(const struct pxk_tracker *t)
{
    return &t->ra;
}

/* ---- reading ---- */

const struct pxk_boot6 *pxk_session_boot6(const struct pxk_session *s)
{
    for (unsigned i = s->boot6_n; i-- > 0;)
        if (*s->boot6[i].url)
            return &s->boot6[i];
    return NULL;
}

/* EDK2 cuts the scheme and the server off, and a mode at the end (PxeBcDhcp6.c PxeBcExtractBootFileUrl). */
const char *pxk_boot6_file(const struct pxk_boot6 *x)
{
    const char *path = pxk_str_starts(x->url, "tftp://") ? strchr(x->url + 7, '/') : NULL;
    return path && path[1] ? path + 1 : x->url;
}
