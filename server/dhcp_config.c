/* From the file's structs to the engine's. */
#include <stdlib.h>

#include "options.h"
#include "pxk/server_engines.h"

static int boot_who(const char *key)
{
    if (strcmp(key, "default") == 0)
        return PXK_DHCPD_BOOT_DEFAULT;
    if (strcmp(key, "ipxe") == 0)
        return PXK_DHCPD_BOOT_IPXE;
    const struct pxk_arch *arch = pxk_arch_by_key(key);
    return arch ? arch->code
                : PXK_DHCPD_BOOT_DEFAULT; /* other keys were refused when the file was read */
}

static bool boots_make(struct pxk_server_dhcpd *d, const struct pxk_server_dhcp *in)
{
    d->boot = calloc(in->boot_files.n + 1, sizeof *d->boot);
    for (size_t i = 0; d->boot && i < in->boot_files.n; i++)
        d->boot[i] =
            (struct pxk_dhcpd_boot){boot_who(in->boot_files.at[i].key), in->boot_files.at[i].value};
    d->config.boot = d->boot;
    d->config.boot_n = in->boot_files.n;
    return d->boot != NULL;
}

static bool reservations_make(struct pxk_server_dhcpd *d, const struct pxk_server_dhcp *in)
{
    d->reservation = calloc(in->reservations.n + 1, sizeof *d->reservation);
    for (size_t i = 0; d->reservation && i < in->reservations.n; i++) {
        const struct pxk_server_reservation *r = &in->reservations.at[i];
        d->reservation[i] =
            (struct pxk_dhcpd_reservation){r->mac, r->address, r->hostname, r->boot_file};
    }
    d->config.reservation = d->reservation;
    d->config.reservation_n = in->reservations.n;
    return d->reservation != NULL;
}

static bool options_make(struct pxk_server_dhcpd *d, const struct pxk_server_dhcp *in)
{
    size_t n = in->options.n, cap = n * 255 + 1;
    char buf[200];
    d->option = calloc(n + 1, sizeof *d->option);
    d->option_bytes = malloc(cap);
    if (!d->option || !d->option_bytes)
        return false;
    struct pxk_wr all = pxk_wr_init(d->option_bytes, cap);
    for (size_t i = 0; i < n; i++) {
        struct pxk_str why = pxk_str_init(buf, sizeof buf);
        size_t bad, start = pxk_wr_len(&all);
        uint8_t code = option_code(in->options.at[i].key, &why);
        if (!code || !option_encode(code, &in->options.at[i], &all, &bad, &why))
            return false; /* checked when the file was read; a program's own config may still be
                             wrong */
        d->option[i] = (struct pxk_dhcpd_option){code, (uint8_t)(pxk_wr_len(&all) - start),
                                                 d->option_bytes + start};
    }
    d->config.option = d->option;
    d->config.option_n = n;
    return true;
}

enum pxk_err pxk_server_dhcpd_make(const struct pxk_server_config *c, pxk_ip4 address, uint64_t seed,
                                   struct pxk_server_dhcpd *out)
{
    const struct pxk_server_dhcp *in = c->dhcp;
    *out = (struct pxk_server_dhcpd){.config = {.address = address,
                                                .net = in->subnet.net,
                                                .mask = pxk_conf_mask(in->subnet),
                                                .first = in->pool.first,
                                                .last = in->pool.last,
                                                .router = in->router,
                                                .next_server = in->next_server,
                                                .lease_s = (uint32_t)(in->lease / PXK_SEC),
                                                .dns = in->dns.at,
                                                .dns_n = in->dns.n,
                                                .domain = in->domain,
                                                .seed = seed,
                                                .faults = &c->fault_set}};
    return boots_make(out, in) && reservations_make(out, in) && options_make(out, in) ? PXK_OK : PXK_E_NOMEM;
}

void pxk_server_dhcpd_done(struct pxk_server_dhcpd *d)
{
    free(d->boot);
    free(d->reservation);
    free(d->option);
    free(d->option_bytes);
    *d = (struct pxk_server_dhcpd){0};
}
