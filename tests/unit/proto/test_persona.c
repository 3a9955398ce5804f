/* personas.c against the frames of the clients that the rows describe: option order, request list, values. */
#include <criterion/criterion.h>

#include "pxk/proto.h"
#include "vector.h"

static uint8_t buf[2048];
static struct pxk_frame f;
static struct pxk_dhcp4 m;

static void load(const char *name)
{
    size_t len = pxk_vector_load(name, buf, sizeof buf);
    cr_assert_gt(len, 0);
    cr_assert_eq(pxk_frame_decode(buf, len, len, &f), PXK_OK);
    cr_assert_eq(pxk_dhcp4_decode(f.payload, f.payload_len, &m), PXK_OK);
}

static void value_is(uint8_t code, const void *want, size_t len)
{
    cr_assert_eq(m.opt[code].len, len, "option %u has %u bytes", code, m.opt[code].len);
    cr_assert_arr_eq(m.opt[code].data, want, len, "option %u", code);
}

static void order_is(const uint8_t want[PXK_PERSONA_OPTS_MAX])
{
    size_t n = 0;
    while (n < PXK_PERSONA_OPTS_MAX && want[n])
        n++;
    cr_assert_eq(m.order_n, n);
    cr_assert_arr_eq(m.order, want, n);
}

/* What DISCOVER, REQUEST and the request to port 4011 have in common. */
static void common_is(const struct pxk_persona *p, uint16_t arch, const uint8_t ndi[3])
{
    char vendor[64], text[64];
    value_is(PXK_OPT_PARAMETER_LIST, p->prl, p->prl_n);
    value_is(PXK_OPT_CLIENT_NDI, ndi, 3);
    cr_assert_eq(pxk_dhcp4_arch(&m), arch);
    pxk_fmt(vendor, sizeof vendor, "PXEClient:Arch:%05u:UNDI:%03u%03u", arch, ndi[1], ndi[2]);
    cr_assert_str_eq(pxk_dhcp4_text(&m, PXK_OPT_VENDOR_CLASS, text, sizeof text), vendor);
    cr_assert_eq(m.flags, p->broadcast ? PXK_DHCP4_BROADCAST : 0);
    cr_assert_eq(f.ip.ttl, p->ttl);
    cr_assert_eq(pxk_dhcp4_is_ipxe(&m), p->ipxe != NULL);
    cr_assert_eq(m.opt[PXK_OPT_CLIENT_UUID].len, 17);
    cr_assert_eq(m.opt[PXK_OPT_CLIENT_UUID].data[0], 0);
    cr_assert_eq(f.payload[f.payload_len - 1], PXK_DHCP4_END, "not padded");
}

Test(persona, ipxe_bios)
{
    const struct pxk_persona *p = pxk_persona_by_key("ipxe-bios");
    load("ipxe-bios-discover");
    order_is(p->discover);
    common_is(p, p->arch, p->ndi);
    cr_assert_eq(pxk_dhcp4_u16(&m, PXK_OPT_MAX_SIZE, 0), p->max_size);
    value_is(PXK_OPT_USER_CLASS, "iPXE", 4);
    value_is(PXK_OPT_ETHERBOOT, p->ipxe, p->ipxe_n);
    value_is(PXK_OPT_CLIENT_ID, "\1\x52\x54\0\x77\0\1", 7);
    cr_assert_eq(m.secs, 1 << 2, "first transmission, no offers");
    cr_assert_not(p->secs_elapsed);
    load("ipxe-bios-discover-2");
    cr_assert_eq(m.secs, 2 << 2);
    load("ipxe-bios-request");
    order_is(p->request);
    common_is(p, p->arch, p->ndi);
    cr_assert_eq(pxk_dhcp4_u16(&m, PXK_OPT_MAX_SIZE, 0), p->max_size_request);
    cr_assert_eq(pxk_dhcp4_ip(&m, PXK_OPT_REQUESTED_IP, 0), PXK_IP4(10, 77, 0, 180));
    cr_assert_eq(pxk_dhcp4_ip(&m, PXK_OPT_SERVER_ID, 0), PXK_IP4(10, 77, 0, 1));
}

/* The EFI build has the same habits, with its own numbers: it is not a row, but must not contradict one. */
Test(persona, ipxe_efi_differs_in_numbers_alone)
{
    const struct pxk_persona *p = pxk_persona_by_key("ipxe-bios");
    load("ipxe-efi-discover");
    order_is(p->discover);
    common_is(p, PXK_ARCH_UEFI_X64, (const uint8_t[]){1, 3, 10});
    load("ipxe-efi-request");
    order_is(p->request);
}

Test(persona, edk2)
{
    const struct pxk_persona *p = pxk_persona_by_key("edk2-pxe");
    load("edk2-discover");
    order_is(p->discover);
    common_is(p, p->arch, p->ndi);
    cr_assert_eq(pxk_dhcp4_u16(&m, PXK_OPT_MAX_SIZE, 0), p->max_size);
    cr_assert(m.secs == 0 && p->secs_elapsed);
    load("edk2-request");
    order_is(p->request);
    common_is(p, p->arch, p->ndi);
    cr_assert_eq(pxk_dhcp4_u16(&m, PXK_OPT_MAX_SIZE, 0), p->max_size_request);
    cr_assert_eq(pxk_dhcp4_ip(&m, PXK_OPT_REQUESTED_IP, 0), PXK_IP4(10, 77, 0, 180));
}

static bool has(const uint8_t list[PXK_PERSONA_OPTS_MAX], uint8_t code)
{
    return memchr(list, code, PXK_PERSONA_OPTS_MAX) != NULL;
}

Test(persona, rows_are_whole)
{
    size_t n = 0;
    for (const struct pxk_persona *p; (p = pxk_persona_row(n)); n++) {
        cr_assert_eq(pxk_persona_by_key(p->key), p, "%s is there twice", p->key);
        cr_assert(p->name && p->prl && p->prl_n && p->ttl && p->discover_waits.n && p->request_waits.n);
        cr_assert_not_null(pxk_tftp_profile_by_key(p->tftp), "%s", p->tftp);
        const uint8_t *lists[] = {p->discover, p->request, p->proxy};
        for (size_t i = 0; i < PXK_COUNT(lists); i++) {
            cr_assert_eq(lists[i][0], PXK_OPT_MESSAGE_TYPE, "%s: the type comes first", p->key);
            cr_assert(has(lists[i], PXK_OPT_CLIENT_ARCH) && has(lists[i], PXK_OPT_PARAMETER_LIST));
            cr_assert_eq(has(lists[i], PXK_OPT_ETHERBOOT), p->ipxe != NULL);
        }
        cr_assert(has(p->request, PXK_OPT_REQUESTED_IP) && !has(p->discover, PXK_OPT_REQUESTED_IP));
        cr_assert(has(p->request, PXK_OPT_SERVER_ID) && !has(p->discover, PXK_OPT_SERVER_ID));
        cr_assert_not(has(p->proxy, PXK_OPT_REQUESTED_IP));
    }
    cr_assert_geq(n, 2);
    cr_assert_null(pxk_persona_by_key("nobody"));
}

Test(persona, for_architectures)
{
    cr_assert_str_eq(pxk_persona_for_arch(PXK_ARCH_BIOS)->key, "ipxe-bios");
    cr_assert_str_eq(pxk_persona_for_arch(PXK_ARCH_UEFI_X64)->key, "edk2-pxe");
    cr_assert_str_eq(pxk_persona_for_arch(PXK_ARCH_UEFI_ARM64)->key, "edk2-pxe");
    cr_assert_null(pxk_persona_for_arch(PXK_ARCH_UEFI_X64_HTTP));
    cr_assert_null(pxk_persona_for_arch(PXK_ARCH_UNSET));
    cr_assert_null(pxk_persona_for_arch(999));
}

/* Totals from the sources: iPXE gives up after 15 and 15.75 s, EDK2 after 60 s, GRUB's 40 tries take 32 s. */
Test(persona, clients_give_up_in_time)
{
    const struct pxk_persona *ipxe = pxk_persona_by_key("ipxe-bios"), *edk2 = pxk_persona_by_key("edk2-pxe");
    cr_assert_eq(pxk_waits_total(&ipxe->discover_waits), 15000);
    cr_assert_eq(pxk_waits_total(&ipxe->request_waits), 15750);
    cr_assert_eq(pxk_waits_total(&edk2->discover_waits), 60000);
    cr_assert_eq(pxk_waits_total(&edk2->proxy_waits), 10000);
    cr_assert_eq(pxk_waits_total(&pxk_tftp_profile_by_key("ipxe")->waits), 15750);
    cr_assert_eq(pxk_waits_total(&pxk_tftp_profile_by_key("edk2")->waits), 24000);
    cr_assert_eq(pxk_waits_total(&pxk_tftp_profile_by_key("grub")->waits), 31600);
    uint32_t pxelinux = pxk_waits_total(&pxk_tftp_profile_by_key("pxelinux")->waits);
    cr_assert(pxelinux > 100000 && pxelinux < 140000, "about two minutes, not %u ms", pxelinux);
}

/* A request with exactly the options of a row, written by the row. */
static struct pxk_tftp request_of(const struct pxk_tftp_ask *ask, unsigned n)
{
    struct pxk_tftp t;
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_request(&w, PXK_TFTP_RRQ, "f", "octet");
    for (unsigned i = 0; i < n; i++)
        pxk_tftp_write_opt(&w, ask[i].id, ask[i].value);
    cr_assert_eq(pxk_tftp_decode(buf, pxk_wr_len(&w), &t), PXK_OK);
    return t;
}

Test(persona, each_tftp_profile_recognises_itself_alone)
{
    const struct pxk_tftp_profile *p;
    for (size_t i = 0; (p = pxk_tftp_profile_row(i)); i++) {
        cr_assert_eq(pxk_tftp_profile_by_key(p->key), p);
        struct pxk_tftp t = request_of(p->fetch, p->fetch_n);
        cr_assert_eq(pxk_tftp_profile_of(&t), p, "%s", p->key);
        if (p->probe_n) {
            t = request_of(p->probe, p->probe_n);
            cr_assert_eq(pxk_tftp_profile_of(&t), p, "%s", p->key);
        }
        cr_assert(p->waits.n && p->waits.n <= PXK_COUNT(p->waits.ms) && p->ttl);
    }
    cr_assert_null(pxk_tftp_profile_by_key("nobody"));
}

Test(persona, other_requests_fit_no_profile)
{
    static const struct pxk_tftp_ask swapped[] = {{PXK_TFTP_OPT_TSIZE, 0}, {PXK_TFTP_OPT_BLKSIZE, 1432}};
    struct pxk_tftp t = request_of(swapped, 2);
    cr_assert_null(pxk_tftp_profile_of(&t), "iPXE's values in another order");
    t = request_of(swapped, 0);
    cr_assert_null(pxk_tftp_profile_of(&t), "no options");
    static const char no_number[] = "\0\1f\0octet\0blksize\0" "1432\0tsize\0x";
    static const char write[] = "\0\2f\0octet\0blksize\0" "1432\0tsize\0" "0";
    cr_assert_eq(pxk_tftp_decode(no_number, sizeof no_number, &t), PXK_OK);
    cr_assert_null(pxk_tftp_profile_of(&t), "a tsize that is no number is not tsize 0");
    cr_assert_eq(pxk_tftp_decode(write, sizeof write, &t), PXK_OK);
    cr_assert_null(pxk_tftp_profile_of(&t), "a write request");
}
