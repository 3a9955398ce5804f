/* Which packets EDK2's DHCP driver drops (NetworkPkg/Dhcp4Dxe/Dhcp4Option.c, Dhcp4Io.c). */
#include "packet.h"

static struct pxk_dhcp4 m;
static char why[160];

static bool keeps(const struct packet *p)
{
    cr_assert_eq(pxk_dhcp4_decode(p->b, p->len, &m), PXK_OK);
    *why = '\0';
    bool kept = pxk_dhcp4_edk2_keeps(&m, why, sizeof why);
    cr_assert_eq(kept, *why == '\0', "a reason if and only if it is dropped");
    return kept;
}

static struct packet offer(void)
{
    struct packet p = packet_new();
    packet_u8(&p, 53, PXK_DHCP4_OFFER);
    packet_opt(&p, 54, (uint8_t[]){10, 0, 0, 1}, 4);
    return p;
}

static bool keeps_with(uint8_t code, const void *value, size_t len)
{
    struct packet p = offer();
    packet_opt(&p, code, value, len);
    packet_end(&p);
    return keeps(&p);
}

Test(edk2, an_ordinary_offer_is_kept)
{
    struct packet p = offer();
    packet_end(&p);
    cr_assert(keeps(&p), "%s", why);
}

Test(edk2, at_most_1472_bytes)
{
    struct packet p = offer();
    packet_end(&p);
    p.len = 1472;
    cr_assert(keeps(&p));
    p.len = 1473;
    cr_assert_not(keeps(&p));
    cr_assert(strstr(why, "1473") && strstr(why, "1472"), "%s", why);
}

Test(edk2, an_end_marker_in_every_field)
{
    struct packet p = offer();
    cr_assert_not(keeps(&p));
    packet_u8(&p, 52, 3);
    packet_end(&p);
    memcpy(p.b + 108, "\xff", 1);
    memcpy(p.b + 44, "\xff", 1);
    cr_assert(keeps(&p), "%s", why);
    p.b[108] = 0;
    cr_assert_not(keeps(&p), "file");
    cr_assert(strstr(why, "byte 236"), "%s", why);
    p.b[108] = 255;
    p.b[44] = 0;
    cr_assert_not(keeps(&p), "sname");
}

Test(edk2, options_inside_their_field)
{
    struct packet p = offer();
    packet_add(&p, (uint8_t[]){224, 9, 1}, 3);
    cr_assert_not(keeps(&p));
}

Test(edk2, overload_is_1_to_3)
{
    cr_assert_not(keeps_with(52, "\0", 1));
    cr_assert_not(keeps_with(52, "\4", 1));
}

Test(edk2, lengths_of_its_table)
{
    cr_assert_not(keeps_with(1, "abc", 3));
    cr_assert(strstr(why, "option 1 subnet-mask"), "%s", why);
    cr_assert_not(keeps_with(3, "abcde", 5));
    cr_assert(keeps_with(3, "abcdefgh", 8));
    cr_assert_not(keeps_with(13, "a", 1));
    cr_assert_not(keeps_with(33, "abcd", 4));
    cr_assert_not(keeps_with(61, "a", 1));
    cr_assert_not(keeps_with(76, "a", 1));
    cr_assert_not(keeps_with(121, "abcd", 4));
    cr_assert(keeps_with(121, "abcde", 5));
}

Test(edk2, options_it_does_not_know_may_have_any_length)
{
    cr_assert(keeps_with(93, "a", 1), "%s", why);
    cr_assert(keeps_with(97, "abc", 3), "%s", why);
    cr_assert(keeps_with(150, "a", 1), "%s", why);
    cr_assert(keeps_with(208, "a", 1), "%s", why);
    cr_assert(keeps_with(224, "a", 1), "%s", why);
    cr_assert(pxk_dhcp4_noted(&m, PXK_DHCP4_NOTE_BAD_LENGTH) == false);
}

/* DhcpParseOption() counts lengths; what adds up to nothing is never validated. */
Test(edk2, empty_options_are_not_looked_at)
{
    cr_assert(keeps_with(12, "", 0), "%s", why);
    cr_assert(keeps_with(1, "", 0), "%s", why);
}

Test(edk2, switches_are_0_or_1)
{
    cr_assert(keeps_with(19, "\0", 1) && keeps_with(19, "\1", 1));
    cr_assert_not(keeps_with(19, "\2", 1));
    cr_assert(keeps_with(23, "\2", 1), "option 23 is a number");
}

Test(edk2, message_types)
{
    struct packet p = packet_new();
    packet_u8(&p, 53, 10);
    packet_end(&p);
    cr_assert_not(keeps(&p));
    p.b[242] = 9;
    cr_assert(keeps(&p));
}

Test(edk2, an_offer_needs_a_server_identifier)
{
    struct packet p = packet_new();
    packet_u8(&p, 53, PXK_DHCP4_OFFER);
    packet_end(&p);
    cr_assert_not(keeps(&p));
    cr_assert(strstr(why, "54"), "%s", why);
    p.b[242] = PXK_DHCP4_ACK;
    cr_assert(keeps(&p), "an ACK is judged elsewhere");
}

Test(edk2, split_values_are_joined_before_they_are_judged)
{
    struct packet p = offer();
    packet_opt(&p, 3, "\12\0", 2);
    packet_opt(&p, 3, "\0\1", 2);
    packet_end(&p);
    cr_assert(keeps(&p), "%s", why);
}

Test(edk2, bootp_without_options_is_not_validated)
{
    struct packet p = packet_new();
    cr_assert(keeps(&p), "the cookie alone: %s", why);
    p.b[236] = 0;
    p.len = 300;
    cr_assert(keeps(&p), "another cookie: %s", why);
}

Test(edk2, many_oddities_do_not_hide_the_fatal_one)
{
    struct packet p = offer();
    for (uint8_t code = 225; code < 250; code++) {
        packet_u8(&p, code, 1);
        packet_u8(&p, code, 1);
    }
    packet_opt(&p, 28, "abc", 3);
    packet_end(&p);
    cr_assert_not(keeps(&p));
    cr_assert(strstr(why, "option 28"), "%s", why);
}
