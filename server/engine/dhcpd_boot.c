/* Which client gets which boot file. */
#include "dhcpd_int.h"

/* "PXEClient:Arch:00007:UNDI:003010": only for clients that send no option 93. U-Boot writes these
 * digits in hexadecimal, but it sends option 93. */
static uint16_t arch_of_vendor_class(const struct pxk_dhcp4 *m)
{
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_VENDOR_CLASS];
    const size_t at = sizeof "PXEClient:Arch:" - 1;
    if (o->len < at + 5 || memcmp(o->data, "PXEClient:Arch:", at) != 0)
        return PXK_ARCH_BIOS;
    unsigned v = 0;
    for (size_t i = at; i < at + 5; i++) {
        if (o->data[i] < '0' || o->data[i] > '9')
            return PXK_ARCH_BIOS;
        v = v * 10 + (unsigned)(o->data[i] - '0');
    }
    return v < UINT16_MAX ? (uint16_t)v : PXK_ARCH_BIOS;
}

void boot_classify(struct request *q)
{
    q->ipxe = pxk_dhcp4_is_ipxe(q->m);
    q->pxe = pxk_dhcp4_vendor_is(q->m, "PXEClient");
    q->http = pxk_dhcp4_vendor_is(q->m, "HTTPClient");
    q->arch = pxk_dhcp4_arch(q->m);
    if (!pxk_dhcp4_has(q->m, PXK_OPT_CLIENT_ARCH) && q->pxe)
        q->arch = arch_of_vendor_class(q->m);
}

static const char *file_for(const struct pxk_dhcpd_config *c, int who)
{
    for (size_t i = 0; i < c->boot_n; i++)
        if (c->boot[i].who == who)
            return c->boot[i].file;
    return NULL;
}

/* RFC 4578 swapped 7 and 9, and both are in use for x64: one stands in for the other (RFC 4578 erratum).
 */
static const char *file_for_arch(const struct pxk_dhcpd_config *c, uint16_t arch)
{
    const char *file = file_for(c, arch);
    if (!file && (arch == PXK_ARCH_UEFI_X64 || arch == PXK_ARCH_EBC))
        file = file_for(c, arch == PXK_ARCH_EBC ? PXK_ARCH_UEFI_X64 : PXK_ARCH_EBC);
    return file;
}

const char *boot_file(const struct request *q, const struct lease *l)
{
    const struct pxk_dhcpd_config *c = &q->d->config;
    const struct pxk_fault *wrong = pxk_faults_find(q->faults, PXK_FAULT_DHCP_WRONG_FILE);
    if (fault_hides_file(q))
        return NULL;
    if (wrong)
        return wrong->text;
    const char *file = q->ipxe ? file_for(c, PXK_DHCPD_BOOT_IPXE) : NULL;
    if (file)
        return file; /* before all else: an iPXE that was itself the boot file must get something
                        else */
    if (l && l->reservation && l->reservation->boot_file && !q->http)
        return l->reservation->boot_file;
    const struct pxk_dhcp4_opt *o = &q->m->opt[PXK_OPT_CLIENT_ARCH];
    for (size_t i = 0; i + 1 < o->len && !file; i += 2)
        file = file_for_arch(c, (uint16_t)(o->data[i] << 8 | o->data[i + 1]));
    if (!file)
        file = file_for_arch(c, q->arch);
    const struct pxk_arch *arch = pxk_arch_by_code(q->arch);
    bool wants_url = q->http || (arch && arch->http);
    return file || wants_url ? file : file_for(c, PXK_DHCPD_BOOT_DEFAULT);
}
