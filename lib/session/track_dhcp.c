/* A client's DHCP packets: which round they belong to, and who the client says it is (RFC 2131 4.4;
 * PXE 2.1 ch. 2 for port 4011; the marks: iPXE src/net/udp/dhcp.c, EDK2 UefiPxeBcDxe/PxeBcDhcp4.c). */
#include "session_int.h"

/* What tells one stage of a boot (firmware, iPXE, kernel) from the next. */
struct marks {
    uint16_t arch;
    const char *vendor, *user_class; /* kept: equal texts are one */
    bool ipxe;
};

static const char *keep(struct pxk_tracker *t, const struct pxk_dhcp4 *m, uint8_t code, size_t cap)
{
    return pxk_text_keep(&t->texts, m->opt[code].data, m->opt[code].len, cap);
}

static void marks_of(struct pxk_tracker *t, const struct pxk_dhcp4 *m, struct marks *out)
{
    out->arch = pxk_dhcp4_arch(m);
    out->ipxe = pxk_dhcp4_is_ipxe(m);
    out->vendor = keep(t, m, PXK_OPT_VENDOR_CLASS, 64);
    out->user_class = keep(t, m, PXK_OPT_USER_CLASS, 32);
}

static void marks_drop(const struct marks *k)
{
    pxk_text_drop(k->vendor);
    pxk_text_drop(k->user_class);
}

static bool marks_fit(const struct pxk_round *r, const struct marks *k)
{
    return r->arch == k->arch && r->ipxe == k->ipxe && r->vendor == k->vendor && r->user_class == k->user_class;
}

/* iPXE by its marks; EDK2 by option 57, the broadcast flag and the lack of a client id. Its HTTP boot is
 * another program and has no row. */
static const struct pxk_persona *recognise(const struct pxk_dhcp4 *m)
{
    const struct pxk_arch *arch = pxk_arch_by_code(pxk_dhcp4_arch(m));
    if (pxk_dhcp4_is_ipxe(m))
        return pxk_persona_by_key(arch && arch->pe_machine ? "ipxe-efi" : "ipxe-bios");
    uint16_t size = pxk_dhcp4_u16(m, PXK_OPT_MAX_SIZE, 0);
    bool edk2_size = size == 1472 || size == 1464 || (m->type == PXK_DHCP4_REQUEST && size == 65280);
    if (edk2_size && pxk_dhcp4_vendor_is(m, "PXEClient") && !pxk_dhcp4_has(m, PXK_OPT_CLIENT_ID) && arch &&
        arch->pe_machine && !arch->http)
        return pxk_persona_by_key("edk2-pxe");
    return NULL;
}

static bool acknowledged(const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].type == PXK_DHCP4_ACK && r->answer[i].sport != PXK_PXE_PORT)
            return true;
    return false;
}

/* The marks become the round's. */
static struct pxk_round *round_open(struct pxk_tracker *t, struct box *b, const struct pxk_dhcp4 *m,
                                    const struct marks *k)
{
    struct pxk_session *s = &b->s;
    struct pxk_round *r = pxk_session_round_add(s);
    pxk_box_grew(t, b);
    if (!r) {
        marks_drop(k);
        return NULL;
    }
    *r = (struct pxk_round){.xid = m->xid,
                            .started = t->now,
                            .ended = t->now,
                            .first_frame = t->number,
                            .arch = k->arch,
                            .ipxe = k->ipxe,
                            .first_secs = m->secs,
                            .pxe = pxk_dhcp4_vendor_is(m, "PXEClient"),
                            .http = pxk_dhcp4_vendor_is(m, "HTTPClient"),
                            .flags = m->flags,
                            .vendor = k->vendor,
                            .user_class = k->user_class,
                            .kept = true,
                            .vlan = t->frame.vlan[0]};
    if (s->arch == PXK_ARCH_UNSET && (r->pxe || r->http))
        s->arch = r->arch;
    return r;
}

/* Does a DISCOVER start another round? A client's repeats keep their xid or at least their marks; once it
 * was acknowledged, or after a long pause, it is another stage or another attempt. */
static bool starts_round(const struct pxk_tracker *t, const struct pxk_round *r, const struct pxk_dhcp4 *m,
                         const struct marks *k)
{
    if (!marks_fit(r, k) || acknowledged(r))
        return true;
    return m->xid != r->xid && pxk_usec_since(r->ended, t->now) > ATTEMPT_GAP;
}

/* The round of a packet that is not a DISCOVER: a REQUEST of another stage (a system that asks again for
 * its old address) opens one as well. */
static bool continues_round(const struct pxk_round *r, const struct pxk_dhcp4 *m, const struct marks *k)
{
    return m->type != PXK_DHCP4_REQUEST || m->xid == r->xid || marks_fit(r, k);
}

static struct pxk_round *round_for(struct pxk_tracker *t, struct box *b, const struct pxk_dhcp4 *m,
                                   bool to_boot_server)
{
    struct pxk_round *r = b->s.round_n ? &b->s.round[b->s.round_n - 1] : NULL;
    bool discover = m->type == PXK_DHCP4_DISCOVER || m->type == PXK_DHCP4_NONE;
    if (r && to_boot_server) /* in the name of the last round that can have one */
        return r;
    struct marks k;
    marks_of(t, m, &k);
    if (!r || (discover ? starts_round(t, r, m, &k) : !continues_round(r, m, &k)))
        return round_open(t, b, m, &k);
    marks_drop(&k);
    if (discover || m->type == PXK_DHCP4_REQUEST)
        r->xid = m->xid;
    return r;
}

static void note_time(pxk_usec *times, unsigned *n, pxk_usec at)
{
    if (*n < PXK_TIMES_MAX)
        times[*n] = at;
    if (*n < UINT32_MAX)
        (*n)++;
}

/* Option 97: the mask ROM of a Pi 3 sends 0x44 throughout, the bootloaders of Pi 4 and 5 begin with their names (their
 * source is closed: captures; docs of rpi-eeprom). */
static enum pxk_pi pi_of(const struct pxk_uuid *u)
{
    static const uint8_t pi4[4] = "RPi4", pi5[4] = "RPi5";
    for (size_t i = 0; i < 16 && u->b[i] == 0x44; i++)
        if (i == 15)
            return PXK_PI_ROM;
    return memcmp(u->b, pi4, 4) == 0 || memcmp(u->b, pi5, 4) == 0 ? PXK_PI_EEPROM : PXK_PI_NONE;
}

static void note_uuid(struct pxk_round *r, const struct pxk_dhcp4 *m)
{
    struct pxk_rd v = pxk_rd_init(m->opt[PXK_OPT_CLIENT_UUID].data, m->opt[PXK_OPT_CLIENT_UUID].len);
    if (r->has_uuid || pxk_rd_left(&v) != 17)
        return;
    (void)pxk_rd_u8(&v);
    pxk_rd_bytes(&v, r->uuid.b, 16);
    r->has_uuid = true;
    r->pi = (uint8_t)pi_of(&r->uuid);
}

static void note_client_id(struct pxk_round *r, const struct pxk_dhcp4 *m)
{
    const struct pxk_dhcp4_opt *id = &m->opt[PXK_OPT_CLIENT_ID];
    if (!r->client_id && id->len)
        r->client_id = pxk_hash(PXK_HASH_BEGIN, id->data, id->len);
}

static enum pxk_boot_way way_of(pxk_ip4 to)
{
    if (to == PXK_IP4_BROADCAST)
        return PXK_BOOT_BROADCAST;
    return to >> 28 == 0xe ? PXK_BOOT_MULTICAST : PXK_BOOT_UNICAST;
}

static void note_boot_request(struct pxk_tracker *t, struct pxk_round *r, const struct pxk_frame *f,
                              const struct pxk_dhcp4 *m, const struct pxk_pxe *pxe, bool has_item)
{
    if (has_item && !r->boot_server_request)
        r->boot_item = pxe->item_type;
    if (has_item)
        r->boot_ways |= (uint8_t)way_of(f->ip.dst);
    if (!r->proxy_requests++) {
        r->proxy_at = t->now;
        r->proxy_frame = t->number;
        r->proxy_to = f->ip.dst;
    }
    r->proxy_last = t->now;
    r->proxy_xid = m->xid;
    r->boot_server_request |= has_item;
}

static void note_request(struct pxk_tracker *t, struct pxk_round *r, const struct pxk_dhcp4 *m)
{
    if (!r->requests)
        r->request_frame = t->number;
    note_time(r->request_at, &r->requests, t->now);
    r->requested = pxk_dhcp4_ip(m, PXK_OPT_REQUESTED_IP, m->ciaddr);
    r->requested_from = pxk_dhcp4_ip(m, PXK_OPT_SERVER_ID, 0);
}

static void note_packet(struct pxk_tracker *t, struct pxk_round *r, const struct pxk_dhcp4 *m)
{
    if (m->giaddr)
        r->giaddr = m->giaddr;
    else
        r->direct = true;
    if (r->hops < m->hops)
        r->hops = m->hops;
    if (m->giaddr && r->direct)
        return; /* the relay's copy of what was counted already */
    switch (m->type) {
    case PXK_DHCP4_NONE:
    case PXK_DHCP4_DISCOVER:
        note_time(r->discover_at, &r->discovers, t->now);
        t->asker = m->mac;
        t->asked_at = t->now;
        break;
    case PXK_DHCP4_REQUEST:
        note_request(t, r, m);
        break;
    case PXK_DHCP4_DECLINE:
        if (!r->declines++) {
            r->declined = pxk_dhcp4_ip(m, PXK_OPT_REQUESTED_IP, 0);
            r->decline_frame = t->number;
        }
        break;
    case PXK_DHCP4_RELEASE:
        r->releases++;
        break;
    default: /* INFORM; others are no client's */
        break;
    }
}

static void track_client(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                         const struct pxk_dhcp4 *m)
{
    struct pxk_pxe pxe;
    pxk_pxe_decode(m->opt[PXK_OPT_VENDOR_SPECIFIC].data, m->opt[PXK_OPT_VENDOR_SPECIFIC].len, &pxe);
    bool boot_item = pxe.has_item && pxk_dhcp4_vendor_is(m, "PXEClient");
    bool to_boot_server = f->dport == PXK_PXE_PORT || (boot_item && m->type == PXK_DHCP4_REQUEST);
    struct pxk_round *r = round_for(t, b, m, to_boot_server);
    if (!r)
        return;
    if (to_boot_server)
        note_boot_request(t, r, f, m, &pxe, boot_item);
    else
        note_packet(t, r, m);
    note_uuid(r, m);
    note_client_id(r, m);
    if (!r->persona)
        r->persona = recognise(m);
    if (!acknowledged(r))
        r->ended = t->now;
    pxk_box_touch(t, b);
    pxk_event_asks(t, b, f, r, m, to_boot_server);
}

void pxk_track_dhcp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    enum { REQUEST = 1, REPLY = 2 };
    struct pxk_dhcp4 *m = &t->dhcp;
    if (pxk_dhcp4_decode_next(f->payload, f->payload_len, m) != PXK_OK)
        return;
    const struct pxk_mac *mac = pxk_mac_is_zero(&m->mac) && m->op == REQUEST ? &f->src : &m->mac;
    struct box *b = m->op == REQUEST ? pxk_box_for(t, mac) : pxk_box_by_mac(t, mac);
    if (!b)
        return;
    if (m->op == REQUEST)
        track_client(t, b, f, m);
    else if (m->op == REPLY)
        pxk_track_answer(t, b, f, m);
}
