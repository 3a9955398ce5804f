#include "pxk/proto/persona.h"

#include "pxk/proto/arch.h"
#include "pxk/proto/dhcp4.h"

/* iPXE 1.0.0+git-20190125, the option ROM of Debian's ipxe-qemu: captured. */
static const uint8_t ipxe_prl[] = {1,   3,   6,   7,   12,  15,  17,  26,  43,  60,  66, 67,
                                   119, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203};
/* bus id (PCI 1af4:1000), version 1.0.0, then the features built in, each with its version. */
static const uint8_t ipxe_175[] = {
    0xb1, 5, 1, 0x1a, 0xf4, 0x10, 0, 0xeb, 3, 1, 0, 0, 0x17, 1, 1, 0x22, 1, 1, 0x13, 1, 1, 0x11, 1, 1,
    0x27, 1, 1, 0x19, 1,    1,    0x29, 1, 1,    0x10, 1, 2, 0x21, 1, 1, 0x15, 1, 1, 0x18, 1, 1, 0x12, 1, 1};

/* The same release as an EFI driver (bus id 8086:100e): captured. */
static const uint8_t ipxe_efi_175[] = {0xb1, 5, 1, 0x80, 0x86, 0x10, 0x0e, 0xeb, 3, 1, 0,    0, 0x17, 1, 1,    0x24, 1, 1,
                                       0x13, 1, 1, 0x11, 1,    1,    0x27, 1,    1, 0x29, 1, 1, 0x15, 1, 1, 0x12, 1, 1};

/* EDK2 (OVMF 2022.11): captured; PxeBcDhcp4.c: PxeBcBuildDhcp4Options. */
static const uint8_t edk2_prl[] = {1,  2,  3,  4,  5,  6,  12, 13, 15, 17,  18,  22,  23,  28,  40,  41,  42, 43,
                                   50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135};

/* The same source on every platform: src/net/udp/dhcp.c. A request to port 4011 is repeated after one second and
 * given up after more than three (captured: proxy-4011-blocked). */
#define IPXE_HABITS                                                                                \
    .discover = {53, 57, 93, 94, 60, 77, 55, 175, 61, 97},                                         \
    .request = {53, 57, 93, 94, 60, 77, 55, 175, 61, 97, 54, 50},                                  \
    .proxy = {53, 57, 93, 94, 60, 77, 55, 175, 61, 97, 54},                                        \
    .boot_server = {53, 57, 93, 94, 60, 77, 55, 175, 61, 97, 43}, .boot_server_plain = true,       \
    .broadcast_bound = true, .prl = ipxe_prl,                                                      \
    .prl_n = sizeof ipxe_prl, .max_size = 1472, .max_size_request = 1472,                          \
    .rules = PXK_RULES_IPXE, .discover_waits = {4, {1000, 2000, 4000, 8000}},                      \
    .request_waits = {6, {250, 500, 1000, 2000, 4000, 8000}},                                      \
    .proxy_waits = {2, {1000, 2000}}, .proxy_window_ms = 2000,                            \
    .proxy_source_port = PXK_DHCP4_CLIENT_PORT, .ttl = 64, .tftp = "ipxe"

static const struct pxk_persona personas[] = {
    {
        .key = "ipxe-bios",
        .name = "iPXE ROM",
        .arch = PXK_ARCH_BIOS,
        .ndi = {1, 2, 1},
        .ipxe = ipxe_175,
        .ipxe_n = sizeof ipxe_175,
        IPXE_HABITS,
    },
    {
        .key = "ipxe-efi",
        .name = "iPXE (EFI)",
        .efi = true,
        .arch = PXK_ARCH_UEFI_X64,
        .ndi = {1, 3, 10},
        .ipxe = ipxe_efi_175,
        .ipxe_n = sizeof ipxe_efi_175,
        IPXE_HABITS,
    },
    {
        .key = "edk2-pxe",
        .name = "EDK2",
        .efi = true,
        .arch = PXK_ARCH_UEFI_X64,
        .ndi = {1, 3, 0},
        .discover = {53, 57, 55, 97, 94, 93, 60},
        .request = {53, 54, 50, 57, 55, 97, 94, 93, 60},
        .proxy = {53, 57, 55, 97, 94, 93, 60},
        .boot_server = {53, 57, 55, 97, 94, 93, 60, 43},
        .prl = edk2_prl,
        .prl_n = sizeof edk2_prl,
        .max_size = 1472,
        .max_size_request = 65280,
        .broadcast = true,
        .secs_elapsed = true,
        .rules = PXK_RULES_EDK2,
        .discover_waits = {4, {4000, 8000, 16000, 32000}},
        .request_waits = {4, {4000, 8000, 16000, 32000}},
        .proxy_waits = {4, {1000, 2000, 3000, 4000}},
        .proxy_source_port = PXK_PXE_PORT,
        .ttl = 64,
        .tftp = "edk2",
    },
};

#define TRIES_6(ms) {6, {ms, ms, ms, ms, ms, ms}}

static const struct pxk_tftp_profile profiles[] = {
    {
        .key = "ipxe",
        .fetch = {{PXK_TFTP_OPT_BLKSIZE, 1432}, {PXK_TFTP_OPT_TSIZE, 0}},
        .fetch_n = 2,
        .waits = {6, {250, 500, 1000, 2000, 4000, 8000}},
        .ttl = 64,
    },
    {
        .key = "edk2",
        .probe = {{PXK_TFTP_OPT_TSIZE, 0}, {PXK_TFTP_OPT_BLKSIZE, 1468}, {PXK_TFTP_OPT_WINDOWSIZE, 4}},
        .probe_n = 3,
        .probe_error = PXK_TFTP_E_OPTION,
        .probe_message = "User aborted the transfer",
        .fetch = {{PXK_TFTP_OPT_BLKSIZE, 1468}, {PXK_TFTP_OPT_WINDOWSIZE, 4}},
        .fetch_n = 2,
        .waits = TRIES_6(4000),
        .needs_oack = true,
        .icmp_ends = true,
        .ttl = 64,
    },
    {
        .key = "pxelinux", /* ticks of 1/18.2 s, core/fs/pxe/tftp.c: TimeoutTable */
        .fetch = {{PXK_TFTP_OPT_TSIZE, 0}, {PXK_TFTP_OPT_BLKSIZE, 1408}},
        .fetch_n = 2,
        .waits = {31, {110,  110,  165,  165,  220,  275,  330,   385,   494,   549,   659,
                       824,  989,  1154, 1429, 1703, 2033, 2418,  2912,  3516,  4231,  5055,
                       6044, 7253, 8736, 10494, 12582, 14011, 14011, 14011, 14011}},
        .first_port = 49152,
        .ttl = 64,
    },
    {
        .key = "shim", /* through the firmware's MTFTP service */
        .fetch = {{PXK_TFTP_OPT_BLKSIZE, 512}, {PXK_TFTP_OPT_WINDOWSIZE, 4}},
        .fetch_n = 2,
        .waits = TRIES_6(4000),
        .needs_oack = true,
        .icmp_ends = true,
        .ttl = 64,
    },
    {
        .key = "grub", /* 40 tries of 400 ms + 20 ms each, grub-core/net/tftp.c */
        .fetch = {{PXK_TFTP_OPT_BLKSIZE, 1024}, {PXK_TFTP_OPT_TSIZE, 0}},
        .fetch_n = 2,
        .waits = {40, {400,  420,  440,  460,  480,  500,  520,  540,  560,  580,  600,  620,  640, 660,
                       680,  700,  720,  740,  760,  780,  800,  820,  840,  860,  880,  900,  920, 940,
                       960,  980,  1000, 1020, 1040, 1060, 1080, 1100, 1120, 1140, 1160, 1180}},
        .needs_oack = true,
        .first_port = 25300,
        .ttl = 255,
    },
    {
        .key = "installer", /* busybox tftp, as debian-installer's fetch-url runs it */
        .fetch = {{PXK_TFTP_OPT_TSIZE, 0}, {PXK_TFTP_OPT_BLKSIZE, 1428}},
        .fetch_n = 2,
        .waits = {6, {1000, 1000, 1000, 1000, 1000, 1000}},
        .ttl = 64,
    },
};

const struct pxk_persona *pxk_persona_row(size_t i)
{
    return i < PXK_COUNT(personas) ? &personas[i] : NULL;
}

const struct pxk_persona *pxk_persona_by_key(const char *key)
{
    for (size_t i = 0; i < PXK_COUNT(personas); i++)
        if (strcmp(personas[i].key, key) == 0)
            return &personas[i];
    return NULL;
}

const struct pxk_persona *pxk_persona_for_arch(uint16_t arch)
{
    const struct pxk_arch *row = pxk_arch_by_code(arch);
    if (arch == PXK_ARCH_BIOS)
        return pxk_persona_by_key("ipxe-bios");
    /* The UEFI firmwares differ in their number alone; EDK2's HTTP boot is another program. */
    return row && row->pe_machine && !row->http ? pxk_persona_by_key("edk2-pxe") : NULL;
}

const struct pxk_tftp_profile *pxk_tftp_profile_row(size_t i)
{
    return i < PXK_COUNT(profiles) ? &profiles[i] : NULL;
}

const struct pxk_tftp_profile *pxk_tftp_profile_by_key(const char *key)
{
    for (size_t i = 0; i < PXK_COUNT(profiles); i++)
        if (strcmp(profiles[i].key, key) == 0)
            return &profiles[i];
    return NULL;
}

static bool asks_are(const struct pxk_tftp_ask *ask, unsigned n, const struct pxk_tftp *rrq)
{
    if (rrq->op != PXK_TFTP_RRQ || n != rrq->opt_n)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (rrq->opt[i].id != ask[i].id || !rrq->opt[i].is_number || rrq->opt[i].number != ask[i].value)
            return false;
    return true;
}

const struct pxk_tftp_profile *pxk_tftp_profile_of(const struct pxk_tftp *rrq)
{
    for (size_t i = 0; i < PXK_COUNT(profiles); i++)
        if (asks_are(profiles[i].fetch, profiles[i].fetch_n, rrq) ||
            (profiles[i].probe_n && asks_are(profiles[i].probe, profiles[i].probe_n, rrq)))
            return &profiles[i];
    return NULL;
}

uint32_t pxk_waits_total(const struct pxk_waits *w)
{
    uint32_t total = 0;
    for (unsigned i = 0; i < w->n; i++)
        total += w->ms[i];
    return total;
}
