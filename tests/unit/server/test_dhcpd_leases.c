/* Leases out of the engine and back into another one. */
#include "dhcp_rig.h"

TestSuite(dhcpd_leases, .init = rig_open, .fini = rig_close);

static const struct pxk_dhcpd_lease *told(size_t i)
{
    cr_assert_lt(i, rig.told_n);
    return &rig.told[i];
}

static void assert_told(size_t i, pxk_ip4 ip, uint8_t mac, enum pxk_dhcpd_lease_state state, pxk_usec until)
{
    const struct pxk_dhcpd_lease *l = told(i);
    cr_assert_eq(l->ip, ip);
    cr_assert(pxk_mac_eq(&l->mac, &MAC(mac)));
    cr_assert_eq(l->state, state);
    cr_assert_eq(l->until, until);
    cr_assert_eq(rig.told_n, i + 1);
}

static void release(uint8_t mac, pxk_ip4 ip)
{
    rig_new(PXK_DHCP4_RELEASE, mac);
    rig.head.ciaddr = ip;
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    (void)rig_send();
}

static void decline(uint8_t mac, pxk_ip4 ip)
{
    rig_new(PXK_DHCP4_DECLINE, mac);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, ip);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    (void)rig_send();
}

Test(dhcpd_leases, each_change_is_told)
{
    pxk_usec end = rig.now + 3600 * PXK_SEC;
    rig_new(PXK_DHCP4_DISCOVER, 9);
    cr_assert(rig_send());
    cr_assert_eq(rig.told_n, 0); /* an offer is no lease */
    cr_assert(rig_lease(9));
    assert_told(0, POOL(0), 9, PXK_DHCPD_LEASE_LEASED, end);
    release(9, POOL(0));
    assert_told(1, POOL(0), 9, PXK_DHCPD_LEASE_RELEASED, 0);
    cr_assert_eq(rig_lease(9), POOL(0));
    decline(9, POOL(0));
    assert_told(3, POOL(0), 9, PXK_DHCPD_LEASE_DECLINED, rig.now + PXK_DHCPD_DECLINE_TIME);
    rig.now += PXK_DHCPD_DECLINE_TIME;
    (void)pxk_dhcpd_count(rig.d, rig.now);
    assert_told(4, POOL(0), 9, PXK_DHCPD_LEASE_EXPIRED, 0);
}

Test(dhcpd_leases, an_unused_offer_is_not_told)
{
    rig_new(PXK_DHCP4_DISCOVER, 9);
    cr_assert(rig_send());
    rig.now += PXK_DHCPD_OFFER_TIME;
    (void)pxk_dhcpd_count(rig.d, rig.now);
    cr_assert_eq(rig.told_n, 0);
}

Test(dhcpd_leases, a_client_that_moves_gives_its_old_address_back)
{
    cr_assert_eq(rig_lease(9), POOL(0));
    rig_new(PXK_DHCP4_REQUEST, 9);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(2));
    cr_assert(rig_send());
    cr_assert_eq(told(1)->ip, POOL(0));
    cr_assert_eq(told(1)->state, PXK_DHCPD_LEASE_RELEASED);
    cr_assert(pxk_mac_eq(&told(1)->mac, &MAC(9)));
    assert_told(2, POOL(2), 9, PXK_DHCPD_LEASE_LEASED, rig.now + 3600 * PXK_SEC);
}

Test(dhcpd_leases, client_ids_are_kept_if_they_are_not_too_long)
{
    uint8_t id[PXK_DHCPD_CLIENT_ID_MAX + 1] = {1, 2, 3};
    for (size_t n = sizeof id; n >= sizeof id - 1; n--) {
        rig_new(PXK_DHCP4_REQUEST, 9);
        rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(0));
        rig_opt(PXK_OPT_CLIENT_ID, id, n);
        cr_assert(rig_send());
        cr_assert_eq(told(rig.told_n - 1)->client_id_len, n == sizeof id ? 0 : n);
    }
    cr_assert_eq(memcmp(told(1)->client_id, id, sizeof id - 1), 0);
}

/* ---- another run ---- */

static struct pxk_dhcpd_lease kept[16];
static size_t kept_n;

static void restart(void)
{
    struct pxk_dhcpd_lease l;
    kept_n = 0;
    for (size_t at = 0; pxk_dhcpd_export(rig.d, &at, &l);) {
        cr_assert_lt(kept_n, PXK_COUNT(kept));
        kept[kept_n++] = l;
    }
    pxk_usec now = rig.now;
    rig_close();
    rig_open();
    rig.now = now;
    rig.told_n = 0;
    for (size_t i = 0; i < kept_n; i++)
        cr_assert_eq(pxk_dhcpd_import(rig.d, &kept[i], rig.now), PXK_OK);
    cr_assert_eq(rig.told_n, 0);
}

Test(dhcpd_leases, a_restart_changes_nothing)
{
    cr_assert_eq(rig_lease(21), POOL(0));
    cr_assert_eq(rig_lease(22), POOL(1));
    cr_assert_eq(rig_lease(23), POOL(2));
    cr_assert_eq(rig_lease(1), RESERVED);
    release(22, POOL(1));
    rig_new(PXK_DHCP4_DISCOVER, 23);
    decline(23, POOL(2));
    struct pxk_dhcpd_counts before = pxk_dhcpd_count(rig.d, rig.now);
    restart();
    struct pxk_dhcpd_counts after = pxk_dhcpd_count(rig.d, rig.now);
    cr_assert_eq(memcmp(&before, &after, sizeof before), 0);
    cr_assert(after.leased == 2 && after.declined == 1 && after.free == 1);
    cr_assert_eq(rig_lease(22), POOL(1)); /* who had it last */
    rig_new(PXK_DHCP4_DISCOVER, 30);
    cr_assert_not(rig_send());
    rig.now += 3600 * PXK_SEC;
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).free, 3);
}

Test(dhcpd_leases, a_client_without_an_ethernet_address)
{
    rig_new(PXK_DHCP4_REQUEST, 9);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(1));
    rig_opt(PXK_OPT_CLIENT_ID, "\377infiniband", 11);
    struct pxk_wr w = pxk_wr_init(rig.packet, sizeof rig.packet);
    struct pxk_dhcp4_out out = {.head = rig.head, .opt = rig.opt, .opt_n = rig.opt_n, .limit = 4096};
    cr_assert_eq(pxk_dhcp4_encode(&out, &w), PXK_OK);
    rig.packet[1] = 32;
    rig.packet[2] = 0; /* hlen */
    cr_assert_eq(pxk_dhcp4_decode(rig.packet, pxk_wr_len(&w), &rig.in), PXK_OK);
    cr_assert(pxk_dhcpd_input(rig.d, &rig.in, &rig.meta, rig.now, &rig.reply));
    cr_assert_eq(told(0)->key_len, 18);
    restart();
    cr_assert_eq(kept_n, 1);
    cr_assert(pxk_dhcpd_input(rig.d, &rig.in, &rig.meta, rig.now, &rig.reply));
    cr_assert_eq(rig.last_event, PXK_DHCPD_ACKED);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
}

/* ---- what an import refuses, and what it makes of old ones ---- */

static enum pxk_err import(pxk_ip4 ip, uint8_t mac, enum pxk_dhcpd_lease_state state, pxk_usec until)
{
    return pxk_dhcpd_import(rig.d, &(struct pxk_dhcpd_lease){.ip = ip, .mac = MAC(mac), .state = state, .until = until},
                            rig.now);
}

Test(dhcpd_leases, refused)
{
    pxk_usec later = rig.now + PXK_SEC;
    cr_assert_eq(import(POOL(3), 9, PXK_DHCPD_LEASE_LEASED, later), PXK_E_NOTFOUND);
    cr_assert_eq(import(SERVER, 9, PXK_DHCPD_LEASE_LEASED, later), PXK_E_NOTFOUND);
    cr_assert_eq(import(RESERVED, 9, PXK_DHCPD_LEASE_LEASED, later), PXK_E_EXISTS);
    cr_assert_eq(import(POOL(0), 1, PXK_DHCPD_LEASE_LEASED, later), PXK_E_EXISTS); /* has a reservation */
    struct pxk_dhcpd_lease nobody = {.ip = POOL(0), .until = later};
    cr_assert_eq(pxk_dhcpd_import(rig.d, &nobody, rig.now), PXK_E_FORMAT);
    nobody.key_len = 18; /* a key without bytes */
    cr_assert_eq(pxk_dhcpd_import(rig.d, &nobody, rig.now), PXK_E_FORMAT);
    nobody.key_len = 0;
    nobody.state = PXK_DHCPD_LEASE_DECLINED;
    cr_assert_eq(pxk_dhcpd_import(rig.d, &nobody, rig.now), PXK_OK);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).declined, 1);
}

Test(dhcpd_leases, the_last_of_an_address_wins)
{
    cr_assert_eq(import(POOL(0), 21, PXK_DHCPD_LEASE_LEASED, rig.now + 9 * PXK_SEC), PXK_OK);
    cr_assert_eq(import(POOL(0), 22, PXK_DHCPD_LEASE_LEASED, rig.now + 8 * PXK_SEC), PXK_OK);
    cr_assert_eq(import(POOL(1), 22, PXK_DHCPD_LEASE_LEASED, rig.now + 7 * PXK_SEC), PXK_OK);
    struct pxk_dhcpd_counts n = pxk_dhcpd_count(rig.d, rig.now);
    cr_assert(n.leased == 1 && n.free == 2); /* a client has one address */
    cr_assert_eq(rig_lease(22), POOL(1));
}

Test(dhcpd_leases, expired_ones_are_remembered)
{
    cr_assert_eq(import(POOL(2), 21, PXK_DHCPD_LEASE_LEASED, rig.now), PXK_OK);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).free, 3);
    cr_assert_eq(rig_lease(21), POOL(2));
}

/* Longer leases of an earlier config must not hide the end of later ones. */
Test(dhcpd_leases, each_ends_in_its_own_time)
{
    cr_assert_eq(import(POOL(0), 21, PXK_DHCPD_LEASE_LEASED, rig.now + 90000 * PXK_SEC), PXK_OK);
    cr_assert_eq(import(POOL(1), 22, PXK_DHCPD_LEASE_LEASED, rig.now + 9 * PXK_SEC), PXK_OK);
    cr_assert_eq(rig_lease(23), POOL(2));
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now + 9 * PXK_SEC).leased, 2);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now + 3600 * PXK_SEC).leased, 1);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now + 90000 * PXK_SEC).leased, 0);
}
