/* Any packet through a DHCP relay, as a request and as a reply: what comes out is no longer than what may, keeps what is
 * not the relay's to change, and a request's own information comes off again on the way back. */
#include <stdlib.h>
#include <string.h>

#include "../../lab/net/relay.h"
#include "pxk/proto/dhcp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define HERE  PXK_IP4(10, 77, 0, 254)
#define ROOM  2048
#define XID   4  /* from there to giaddr a relay changes nothing */
#define FIXED 24 /* giaddr */

static const struct relay agent = {.giaddr = {HERE}, .link_n = 1, .circuit_id = "port 7", .remote_id = "switch"};

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void reply_check(const uint8_t *data, size_t len)
{
    static uint8_t out[ROOM];
    static struct pxk_dhcp4 m;
    struct pxk_wr w = pxk_wr_init(out, sizeof out);
    struct relay_target to;
    if (relay_reply(&agent, data, len, &w, &to) != RELAY_PASS)
        return;
    check(to.link == 0 && to.broadcast == (to.ip == PXK_IP4_BROADCAST && pxk_mac_eq(&to.mac, &pxk_mac_broadcast)));
    check(memcmp(out + XID, data + XID, FIXED - XID) == 0);
    check(pxk_dhcp4_decode(out, pxk_wr_len(&w), &m) == PXK_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t out[ROOM];
    struct pxk_wr w = pxk_wr_init(out, sizeof out);
    if (len > ROOM)
        return 0;
    reply_check(data, len);
    if (relay_request(&agent, 0, data, len, &w) != RELAY_PASS)
        return 0;
    check(out[3] == data[3] + 1 && memcmp(out + XID, data + XID, FIXED - XID) == 0);
    out[0] = 2; /* the server sends it back as it is */
    reply_check(out, pxk_wr_len(&w));
    return 0;
}
