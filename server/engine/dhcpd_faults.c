/* What faults.def says of DHCP, done. */
#include "dhcpd_int.h"

/* Not of a client that dhcp.only-to leaves alone. */
void fault_classify(struct request *q)
{
    const struct pxk_faults *set = q->d->config.faults;
    bool all = !pxk_faults_has(set, PXK_FAULT_DHCP_ONLY_TO);
    q->faults = all || pxk_faults_number(set, PXK_FAULT_DHCP_ONLY_TO, q->arch) ? set : NULL;
}

static bool strikes(const struct request *q, enum pxk_fault_id id)
{
    if (!fault(q, id))
        return false;
    request_event(q, PXK_DHCPD_FAULTED, 0, NULL, pxk_fault_row(id)->name);
    return true;
}

bool fault_silences(const struct request *q)
{
    bool netboot = q->pxe || q->http;
    if (pxk_faults_number(q->faults, PXK_FAULT_DHCP_SILENT_TO, q->arch))
        return strikes(q, PXK_FAULT_DHCP_SILENT_TO);
    if ((q->ipxe && strikes(q, PXK_FAULT_DHCP_SILENT_TO_IPXE)) ||
        (q->pxe && !pxk_dhcp4_has(q->m, PXK_OPT_CLIENT_UUID) && strikes(q, PXK_FAULT_DHCP_NEEDS_UUID)))
        return true;
    return strikes(q, PXK_FAULT_DHCP_SILENT) || (netboot && strikes(q, PXK_FAULT_DHCP_SILENT_TO_PXE)) ||
           (!netboot && strikes(q, PXK_FAULT_DHCP_SILENT_TO_OTHERS));
}

bool fault_silences_boot(const struct request *q)
{
    return strikes(q, PXK_FAULT_DHCP_SILENT_ON_4011) || strikes(q, PXK_FAULT_DHCP_CLASS_WITHOUT_43) ||
           strikes(q, PXK_FAULT_DHCP_PXE_43_NO_BOOT_SERVER) || strikes(q, PXK_FAULT_DHCP_PXE_43_NO_LIST) ||
           strikes(q, PXK_FAULT_DHCP_PXE_43_SEARCH);
}

/* ---- addresses ---- */

/* The address that everybody gets, 0 if there is none. */
static pxk_ip4 one_for_all(const struct request *q)
{
    const struct pxk_fault *f = pxk_faults_find(q->faults, PXK_FAULT_DHCP_ADDRESS_IN_USE);
    if (f)
        return f->ip;
    return fault(q, PXK_FAULT_DHCP_SAME_ADDRESS) ? q->d->config.first : 0;
}

/* The table is left out of it: it cannot hold one address twice. */
static bool one_for_all_input(const struct request *q, pxk_ip4 ip)
{
    const struct lease l = {.ip = ip};
    if (q->m->type == PXK_DHCP4_DISCOVER)
        return reply_lease(q, &l, PXK_DHCP4_OFFER);
    pxk_ip4 asked = pxk_dhcp4_ip(q->m, PXK_OPT_REQUESTED_IP, q->m->ciaddr);
    return asked == ip ? reply_lease(q, &l, PXK_DHCP4_ACK) : reply_nak(q, "the address belongs to another client");
}

static bool discover_faulty(const struct request *q, bool *done)
{
    *done = true;
    if (fault(q, PXK_FAULT_DHCP_NO_LEASE)) {
        request_event(q, PXK_DHCPD_NO_LEASE, 0, NULL, "no free address in the pool, on purpose: dhcp.no-lease");
        return false;
    }
    if (fault(q, PXK_FAULT_DHCP_NO_ADDRESS))
        return (q->pxe || q->http) && reply_proxy(q);
    if (one_for_all(q))
        return one_for_all_input(q, one_for_all(q));
    *done = false;
    return false;
}

/* A client that has an offer and was not refused yet. */
static bool refuse_once(const struct request *q)
{
    struct lease *l = leases_by_key(&q->d->leases, &q->key);
    if (!fault(q, PXK_FAULT_DHCP_NAK_ONCE) || !l || l->naked)
        return false;
    l->naked = true;
    return true;
}

static bool request_faulty(const struct request *q, bool *done)
{
    *done = true;
    if (strikes(q, PXK_FAULT_DHCP_NO_ACK) || strikes(q, PXK_FAULT_DHCP_NO_ADDRESS))
        return false;
    if (fault(q, PXK_FAULT_DHCP_NAK))
        return reply_nak(q, "on purpose: dhcp.nak");
    if (refuse_once(q))
        return reply_nak(q, "on purpose: dhcp.nak-once");
    if (one_for_all(q))
        return one_for_all_input(q, one_for_all(q));
    *done = false;
    return false;
}

bool fault_lease(const struct request *q, bool *done)
{
    *done = false;
    if (!q->faults)
        return false;
    if (q->m->type == PXK_DHCP4_DISCOVER)
        return discover_faulty(q, done);
    return q->m->type == PXK_DHCP4_REQUEST && is_for_us(q) ? request_faulty(q, done) : false;
}

uint32_t fault_lease_time(const struct request *q)
{
    const struct pxk_fault *f = pxk_faults_find(q->faults, PXK_FAULT_DHCP_SHORT_LEASE);
    return f ? (uint32_t)(f->number / (int64_t)PXK_SEC) : q->d->config.lease_s;
}

/* ---- boot information ---- */

bool fault_hides_file(const struct request *q)
{
    return fault(q, PXK_FAULT_DHCP_NO_BOOT_FILE) ||
           pxk_faults_number(q->faults, PXK_FAULT_DHCP_NO_BOOT_FILE_TO, q->arch);
}

/* What option 66 says; NULL: nothing. */
const char *fault_server(const struct request *q, struct pxk_dhcp4_head *head, char server[static PXK_IP4_STRLEN])
{
    const struct pxk_fault *wrong = pxk_faults_find(q->faults, PXK_FAULT_DHCP_WRONG_NEXT_SERVER);
    const struct pxk_fault *other = pxk_faults_find(q->faults, PXK_FAULT_DHCP_OTHER_66);
    bool named = fault(q, PXK_FAULT_DHCP_SERVER_NAME_ONLY);
    if (other) {
        head->sname = NULL;
        return pxk_ip4_text(other->ip, server);
    }
    if (wrong) {
        head->siaddr = wrong->ip;
        return pxk_ip4_text(wrong->ip, server);
    }
    if (!named && !fault(q, PXK_FAULT_DHCP_NEXT_SERVER_ZERO))
        return server;
    head->siaddr = 0;
    head->sname = NULL;
    return named ? "bootserver" : NULL;
}

/* A menu of one item that is taken at once, and a boot server for it: with @listed ourselves, who do not answer. */
static int boot_server_43(const struct request *q, uint8_t control, bool listed, uint8_t out[static FAULT_43_MAX])
{
    enum { TYPE = 0x80 }; /* its first byte: 32768 and up are for own use (PXE 2.1 chapter 2) */
    static const char text[] = "Install";
    struct pxk_wr w = pxk_wr_init(out, FAULT_43_MAX);
    pxk_wr_bytes(&w, (uint8_t[]){PXK_PXE_DISCOVERY_CONTROL, 1, control}, 3);
    if (listed) {
        pxk_wr_bytes(&w, (uint8_t[]){PXK_PXE_BOOT_SERVERS, 7, TYPE, 0, 1}, 5);
        pxk_wr_u32(&w, server_id(q));
    }
    pxk_wr_bytes(&w, (uint8_t[]){PXK_PXE_BOOT_MENU, 3 + sizeof text - 1, TYPE, 0, sizeof text - 1}, 5);
    pxk_wr_str(&w, text);
    pxk_wr_bytes(&w, (uint8_t[]){PXK_PXE_MENU_PROMPT, 1 + 3, 0, 'P', 'X', 'E', 255}, 7);
    return (int)pxk_wr_len(&w);
}

int fault_43(const struct request *q, uint8_t out[static FAULT_43_MAX])
{
    static const uint8_t malformed[] = {PXK_PXE_DISCOVERY_CONTROL, 1, PXK_PXE_BOOT_FILE_ONLY, PXK_PXE_BOOT_MENU, 200, 0};
    if (fault(q, PXK_FAULT_DHCP_CLASS_WITHOUT_43))
        return 0;
    const uint8_t listed_only = PXK_PXE_NO_BROADCAST | PXK_PXE_NO_MULTICAST | PXK_PXE_LISTED_ONLY;
    if (fault(q, PXK_FAULT_DHCP_PXE_43_NO_BOOT_SERVER))
        return boot_server_43(q, listed_only, true, out);
    if (fault(q, PXK_FAULT_DHCP_PXE_43_NO_LIST))
        return boot_server_43(q, listed_only, false, out);
    if (fault(q, PXK_FAULT_DHCP_PXE_43_SEARCH))
        return boot_server_43(q, PXK_PXE_NO_MULTICAST, false, out);
    if (!fault(q, PXK_FAULT_DHCP_PXE_43_MALFORMED))
        return -1;
    memcpy(out, malformed, sizeof malformed);
    return sizeof malformed;
}

/* ---- the packet ---- */

/* The end marker becomes a pad, as all behind it is. */
static void end_remove(struct pxk_dhcpd_reply *out)
{
    size_t at = PXK_DHCP4_FIXED;
    while (at < out->len && out->data[at] != PXK_DHCP4_END)
        at += out->data[at] == PXK_DHCP4_PAD || at + 1 >= out->len ? 1u : 2u + out->data[at + 1];
    if (at < out->len)
        out->data[at] = PXK_DHCP4_PAD;
}

void fault_finish(const struct request *q)
{
    bool offer = q->m->type == PXK_DHCP4_DISCOVER;
    const struct pxk_fault *slow = offer ? pxk_faults_find(q->faults, PXK_FAULT_DHCP_SLOW_OFFER) : NULL;
    if (!slow)
        slow = pxk_faults_find(q->faults, PXK_FAULT_DHCP_SLOW);
    q->out->delay = slow ? (pxk_usec)slow->number : 0;
    q->out->copies = offer && fault(q, PXK_FAULT_DHCP_DUPLICATE_OFFER) ? 2 : 1;
    q->out->bad_checksum = fault(q, PXK_FAULT_DHCP_BAD_UDP_CHECKSUM);
    if (fault(q, PXK_FAULT_DHCP_NO_END))
        end_remove(q->out);
}
