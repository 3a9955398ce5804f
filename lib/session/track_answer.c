/* Servers' DHCP answers: which round they belong to, what they say, and the servers of this network.
 * RFC 2131 4.3; PXE 2.1 ch. 2. */
#include "session_int.h"

/* The round with its xid; an xid that no round has (the client took a new one for a repeat) belongs to the
 * latest one as long as that is open. */
static struct pxk_round *round_of(struct box *b, const struct pxk_frame *f, const struct pxk_dhcp4 *m,
                                  bool *to_4011)
{
    struct pxk_session *s = &b->s;
    for (unsigned i = s->round_n; i-- > 0;) {
        struct pxk_round *r = &s->round[i];
        *to_4011 = r->proxy_requests && m->xid == r->proxy_xid &&
                   (f->sport == PXK_PXE_PORT || m->xid != r->xid);
        if (*to_4011 || m->xid == r->xid)
            return r;
    }
    *to_4011 = false;
    struct pxk_round *last = s->round_n ? &s->round[s->round_n - 1] : NULL;
    return last && !pxk_round_answer(last, PXK_DHCP4_ACK) ? last : NULL;
}

static pxk_usec latest(const pxk_usec *times, unsigned n)
{
    return n ? times[(n < PXK_TIMES_MAX ? n : PXK_TIMES_MAX) - 1] : 0;
}

static pxk_usec delay_of(const struct pxk_round *r, const struct pxk_dhcp4 *m, bool to_4011, pxk_usec now)
{
    pxk_usec asked = latest(r->request_at, r->requests);
    if (to_4011)
        asked = r->proxy_last;
    else if (m->type == PXK_DHCP4_OFFER || m->type == PXK_DHCP4_NONE || !r->requests)
        asked = latest(r->discover_at, r->discovers);
    return asked ? pxk_usec_since(asked, now) : 0;
}

static const char *keep(struct texts *t, const struct pxk_dhcp4 *m, uint8_t code, size_t cap)
{
    return pxk_text_keep(t, m->opt[code].data, m->opt[code].len, cap);
}

static void read_texts(struct texts *t, struct pxk_answer *a, const struct pxk_dhcp4 *m)
{
    char why[160];
    a->kept = true;
    a->file = m->overload & 1 ? pxk_no_text : pxk_text_keep(t, m->file, strnlen((const char *)m->file, 128), 129);
    a->option67 = keep(t, m, PXK_OPT_BOOT_FILE, 256);
    a->option66 = keep(t, m, PXK_OPT_TFTP_SERVER_NAME, 128);
    a->vendor = keep(t, m, PXK_OPT_VENDOR_CLASS, 64);
    a->message = keep(t, m, PXK_OPT_MESSAGE, 128);
    a->pxelinux_config = keep(t, m, PXK_OPT_PXELINUX_CONFIG, 128);
    a->pxelinux_prefix = keep(t, m, PXK_OPT_PXELINUX_PREFIX, 128);
    a->edk2_drops = !pxk_dhcp4_edk2_keeps(m, why, sizeof why);
    a->edk2_why = a->edk2_drops ? pxk_text_keep(t, why, strlen(why), sizeof why) : pxk_no_text;
}

static bool says(const struct pxk_dhcp4_opt *o, const char *text)
{
    return o->len && memmem(o->data, o->len, text, strlen(text));
}

/* Menu and boot servers, and whether a client that goes by them gets anywhere. Sub-option 43.6 forbids broadcast and
 * multicast discovery, or all servers that are not listed: then there must be a list. */
static void read_lists(struct pxk_answer *a, const struct pxk_pxe *pxe)
{
    struct pxk_rd menu = pxe->menu, servers = pxe->servers;
    struct pxk_pxe_menu_item item;
    struct pxk_pxe_server server;
    bool remote = false;
    while (pxk_pxe_menu_next(&menu, &item) && a->menu_n < UINT8_MAX) {
        a->menu_n++;
        remote |= item.type != 0;
    }
    while (pxk_pxe_server_next(&servers, &server))
        continue;
    uint8_t no_search = PXK_PXE_NO_BROADCAST | PXK_PXE_NO_MULTICAST;
    bool listed_only = (pxe->control & PXK_PXE_LISTED_ONLY) || (pxe->control & no_search) == no_search;
    bool lost = remote && listed_only && !pxk_pxe_has(pxe, PXK_PXE_BOOT_SERVERS) && !(pxe->control & PXK_PXE_BOOT_FILE_ONLY);
    a->pxe_odd = (uint8_t)((pxe->cut ? PXK_PXE_ODD_CUT : 0) | (pxe->bad_length ? PXK_PXE_ODD_LENGTH : 0) |
                           (pxk_rd_left(&servers) || servers.err != PXK_OK ? PXK_PXE_ODD_SERVERS : 0) |
                           (pxk_rd_left(&menu) || menu.err != PXK_OK ? PXK_PXE_ODD_MENU : 0) |
                           (lost ? PXK_PXE_ODD_NO_SERVERS : 0));
}

void pxk_pxe_odd_words(uint8_t odd, struct pxk_str *out)
{
    const char *sep = "";
#define X(name, bit, words)                                                                        \
    if (odd & (bit)) {                                                                             \
        pxk_str_addf(out, "%s%s", sep, words);                                                     \
        sep = "; ";                                                                                \
    }
    PXK_PXE_ODDITIES(X)
#undef X
}

/* WDS: sub-option 2 of option 250 tells its boot program what to do next; 5 is to give up. */
static bool tells_to_give_up(const struct pxk_dhcp4 *m)
{
    enum { WDS_OPTION = 250, NEXT_ACTION = 2, ABORT = 5, END = 255 };
    struct pxk_rd r = pxk_rd_init(m->opt[WDS_OPTION].data, m->opt[WDS_OPTION].len);
    while (pxk_rd_left(&r)) {
        uint8_t code = pxk_rd_u8(&r);
        if (code == END)
            break;
        struct pxk_rd value = pxk_rd_sub(&r, pxk_rd_u8(&r));
        if (r.err == PXK_OK && code == NEXT_ACTION && pxk_rd_left(&value) == 1)
            return pxk_rd_u8(&value) == ABORT;
    }
    return false;
}

static void read_pxe(struct pxk_answer *a, const struct pxk_dhcp4 *m)
{
    struct pxk_pxe pxe;
    a->pxe = pxk_dhcp4_vendor_is(m, "PXEClient");
    a->http = pxk_dhcp4_vendor_is(m, "HTTPClient");
    a->proxy = m->yiaddr == 0 && m->ciaddr == 0 && (a->pxe || a->http);
    a->overload = m->overload;
    a->pi_boot = says(&m->opt[PXK_OPT_VENDOR_SPECIFIC], "Raspberry Pi Boot");
    a->aborts = tells_to_give_up(m);
    if (!a->pxe) /* option 43 is PXE's only in such a packet (PXE 2.1 table 2-1) */
        return;
    pxk_pxe_decode(m->opt[PXK_OPT_VENDOR_SPECIFIC].data, m->opt[PXK_OPT_VENDOR_SPECIFIC].len, &pxe);
    a->discovery = pxk_pxe_has_discovery(&pxe);
    a->has_menu = pxk_pxe_has(&pxe, PXK_PXE_BOOT_MENU);
    a->control = pxe.control;
    a->has_item = pxe.has_item;
    a->item = pxe.item_type;
    read_lists(a, &pxe);
}

static void read_answer(struct texts *t, struct pxk_answer *a, const struct pxk_frame *f, const struct pxk_dhcp4 *m)
{
    *a = (struct pxk_answer){.type = m->type,
                             .count = 1,
                             .src_mac = f->src,
                             .src = f->ip.src,
                             .server_id = pxk_dhcp4_ip(m, PXK_OPT_SERVER_ID, 0),
                             .yiaddr = m->yiaddr,
                             .siaddr = m->siaddr,
                             .giaddr = m->giaddr,
                             .netmask = pxk_dhcp4_ip(m, PXK_OPT_SUBNET_MASK, 0),
                             .router = pxk_dhcp4_ip(m, PXK_OPT_ROUTERS, 0),
                             .dns = pxk_dhcp4_ip(m, PXK_OPT_DNS_SERVERS, 0),
                             .sport = f->sport,
                             .lease_s = pxk_dhcp4_u32(m, PXK_OPT_LEASE_TIME, 0),
                             .uuid_echoed = pxk_dhcp4_has(m, PXK_OPT_CLIENT_UUID),
                             .broadcast = pxk_mac_eq(&f->dst, &pxk_mac_broadcast) || f->ip.dst == PXK_IP4_BROADCAST,
                             .to_relay = f->dport == PXK_DHCP4_SERVER_PORT,
                             .vlan = f->vlan[0],
                             .csum = pxk_frame_check(f)};
    read_texts(t, a, m);
    read_pxe(a, m);
}

/* The answer that this one repeats; NULL. */
static struct pxk_answer *repeated(struct pxk_round *r, const struct pxk_frame *f, const struct pxk_dhcp4 *m, bool to_4011)
{
    bool pxe = pxk_dhcp4_vendor_is(m, "PXEClient") || pxk_dhcp4_vendor_is(m, "HTTPClient");
    bool proxy = m->yiaddr == 0 && m->ciaddr == 0 && pxe, boot_server = to_4011 || f->sport == PXK_PXE_PORT;
    pxk_ip4 id = pxk_dhcp4_ip(m, PXK_OPT_SERVER_ID, 0);
    for (unsigned i = 0; i < r->answer_n; i++) {
        struct pxk_answer *a = &r->answer[i];
        if (a->type == m->type && a->proxy == proxy && a->src == f->ip.src && a->server_id == id &&
            (a->sport == PXK_PXE_PORT) == boot_server)
            return a;
    }
    return NULL;
}

static void repeat(const struct pxk_tracker *t, struct pxk_answer *a, const struct pxk_frame *f)
{
    bool copy = a->giaddr && a->to_relay != (f->dport == PXK_DHCP4_SERVER_PORT);
    a->last = t->now;
    a->count += !copy;
    if (pxk_frame_check(f) == PXK_CSUM_BAD)
        a->csum = PXK_CSUM_BAD;
}

static struct pxk_seen_server *server_for(struct pxk_tracker *t, const struct pxk_answer *a)
{
    pxk_ip4 id = a->server_id ? a->server_id : a->src;
    for (size_t i = 0; i < t->server_n; i++)
        if (t->server[i].id == id && t->server[i].src == a->src)
            return &t->server[i];
    if (t->server_n == PXK_SERVERS_MAX)
        return NULL;
    t->server[t->server_n] =
        (struct pxk_seen_server){.id = id, .src = a->src, .mac = a->src_mac, .first_frame = t->number};
    return &t->server[t->server_n++];
}

static void count_server(struct pxk_tracker *t, const struct pxk_answer *a)
{
    struct pxk_seen_server *sv = server_for(t, a);
    if (!sv)
        return;
    sv->offers += a->type == PXK_DHCP4_OFFER && !a->proxy;
    sv->proxy_offers += a->type == PXK_DHCP4_OFFER && a->proxy;
    sv->acks += a->type == PXK_DHCP4_ACK;
    sv->naks += a->type == PXK_DHCP4_NAK;
    sv->gives_boot_file |= a->file[0] || a->option67[0];
    sv->pxe |= a->pxe;
}

static void first(struct pxk_tracker *t, const struct pxk_round *r, struct pxk_answer *a, const struct pxk_frame *f,
                  const struct pxk_dhcp4 *m, bool to_4011)
{
    read_answer(&t->texts, a, f, m);
    if (to_4011)
        a->sport = PXK_PXE_PORT; /* a boot server that was asked by broadcast answers from port 67 */
    a->at = a->last = t->now;
    a->frame = t->number;
    a->delay = delay_of(r, m, to_4011, t->now);
}

void pxk_track_answer(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                      const struct pxk_dhcp4 *m)
{
    bool to_4011;
    struct pxk_answer over;
    struct pxk_round *r = round_of(b, f, m, &to_4011);
    if (!r || m->type == PXK_DHCP4_DISCOVER || m->type == PXK_DHCP4_REQUEST)
        return;
    pxk_box_answered(t, b);
    pxk_box_grew(t, b);
    r->proxy_answers += to_4011;
    bool lease = m->type == PXK_DHCP4_ACK && !to_4011 && m->yiaddr;
    if (lease || !pxk_round_answer(r, PXK_DHCP4_ACK))
        r->ended = t->now;
    struct pxk_answer *known = repeated(r, f, m, to_4011), *a = known ? known : pxk_round_answer_add(r);
    if (!a) {
        r->answers_lost++;
        a = &over;
    }
    if (known)
        repeat(t, a, f);
    else
        first(t, r, a, f, m, to_4011);
    if (lease)
        pxk_box_address(t, b, pxk_ip_of4(m->yiaddr));
    count_server(t, a);
    pxk_box_touch(t, b);
    pxk_event_answer(t, b, r, a, m);
    if (a == &over)
        pxk_answer_drop(a);
}
