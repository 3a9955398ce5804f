#include "hear.h"

#include "pxk/proto.h"

#define NAMED_MAX 16 /* the kernel's filter program grows with each */

void pxk_ear_add(struct pxk_ear **list, struct pxk_ear *ear)
{
    while (*list)
        list = &(*list)->next;
    ear->next = NULL;
    *list = ear;
}

void pxk_ear_remove(struct pxk_ear **list, struct pxk_ear *ear)
{
    for (; *list; list = &(*list)->next) {
        if (*list == ear) {
            *list = ear->next;
            return;
        }
    }
}

static bool has(const struct pxk_ear *ear, const struct pxk_mac *mac)
{
    for (size_t i = 0; i < ear->mac_n; i++)
        if (pxk_mac_eq(&ear->mac[i], mac))
            return true;
    return false;
}

/* The client that a DHCP server answers (chaddr). False: the frame is no such answer. */
static bool answer_names(const uint8_t *frame, size_t len, struct pxk_mac *client)
{
    struct pxk_frame f;
    if (pxk_frame_decode(frame, len, len, &f) != PXK_OK || f.l4 != PXK_L4_UDP || f.dport != PXK_DHCP4_CLIENT_PORT ||
        f.payload_len < PXK_DHCP4_HEADER || f.payload[0] != 2)
        return false;
    memcpy(client->b, f.payload + 28, 6);
    return true;
}

bool pxk_ear_tells(const struct pxk_ear *list, const struct pxk_ear *me, const uint8_t *frame, size_t len)
{
    struct pxk_mac dst, src, client;
    const struct pxk_ear *first = NULL;
    if (len < PXK_ETH_HEADER)
        return false;
    memcpy(dst.b, frame, 6);
    memcpy(src.b, frame + 6, 6);
    if (!pxk_mac_is_multicast(&dst))
        return has(me, &dst);
    bool names = answer_names(frame, len, &client);
    if (has(me, &src) || (names && has(me, &client)))
        return true;
    for (const struct pxk_ear *e = list; e; e = e->next) {
        if (e->segment != me->segment)
            continue;
        first = first ? first : e;
        if (e != me && (has(e, &src) || (names && has(e, &client))))
            return false;
    }
    return first == me;
}

/* Which bits all addresses have in common: of the first four bytes and of the last two. */
static void common(const struct pxk_mac *mac, size_t n, uint32_t mask[2], uint32_t value[2])
{
    uint8_t differ[6] = {0}, same[6];
    for (size_t i = 1; i < n; i++)
        for (size_t b = 0; b < 6; b++)
            differ[b] |= mac[i].b[b] ^ mac[0].b[b];
    for (size_t b = 0; b < 6; b++)
        same[b] = (uint8_t)~differ[b];
    struct pxk_rd of[2] = {pxk_rd_init(same, 6), pxk_rd_init(mac[0].b, 6)};
    mask[0] = pxk_rd_u32(&of[0]);
    mask[1] = pxk_rd_u16(&of[0]);
    value[0] = pxk_rd_u32(&of[1]) & mask[0];
    value[1] = pxk_rd_u16(&of[1]) & mask[1];
}

void pxk_ear_filter(const struct pxk_mac *mac, size_t n, struct pxk_str *out)
{
    char text[PXK_MAC_STRLEN];
    uint32_t mask[2], value[2];
    pxk_str_add(out, "ether broadcast or ether multicast");
    for (size_t i = 0; i < n && n <= NAMED_MAX; i++)
        pxk_str_addf(out, " or ether dst %s", pxk_mac_text(&mac[i], text));
    if (n <= NAMED_MAX)
        return;
    /* Many clients have made-up addresses or counted ones: little of what is not theirs passes. */
    common(mac, n, mask, value);
    pxk_str_addf(out, " or (ether[0:4] & 0x%08x = 0x%08x and ether[4:2] & 0x%04x = 0x%04x)", mask[0], value[0], mask[1],
                 value[1]);
}
