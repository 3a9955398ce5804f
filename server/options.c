#include "options.h"

/* Options that other keys set, or that each reply makes anew. */
static const struct {
    uint8_t code;
    const char *instead;
} own[] = {
    {PXK_OPT_SUBNET_MASK, "subnet"},
    {PXK_OPT_ROUTERS, "router"},
    {PXK_OPT_DNS_SERVERS, "dns"},
    {PXK_OPT_HOST_NAME, "hostname in a reservation"},
    {PXK_OPT_DOMAIN_NAME, "domain"},
    {PXK_OPT_BROADCAST, "subnet"},
    {PXK_OPT_VENDOR_SPECIFIC, NULL},
    {PXK_OPT_REQUESTED_IP, NULL},
    {PXK_OPT_LEASE_TIME, "lease"},
    {PXK_OPT_OVERLOAD, NULL},
    {PXK_OPT_MESSAGE_TYPE, NULL},
    {PXK_OPT_SERVER_ID, "address"},
    {PXK_OPT_PARAMETER_LIST, NULL},
    {PXK_OPT_MESSAGE, NULL},
    {PXK_OPT_MAX_SIZE, NULL},
    {PXK_OPT_T1, "lease"},
    {PXK_OPT_T2, "lease"},
    {PXK_OPT_VENDOR_CLASS, NULL},
    {PXK_OPT_CLIENT_ID, NULL},
    {PXK_OPT_TFTP_SERVER_NAME, "next-server"},
    {PXK_OPT_BOOT_FILE, "boot-files"},
    {PXK_OPT_RELAY_AGENT, NULL},
    {PXK_OPT_CLIENT_ARCH, NULL},
    {PXK_OPT_CLIENT_NDI, NULL},
    {PXK_OPT_CLIENT_UUID, NULL},
    {PXK_OPT_ETHERBOOT, NULL},
};

uint8_t option_code(const char *key, struct pxk_str *why)
{
    uint8_t code = pxk_dhcp4_code_parse(key, why);
    for (size_t i = 0; i < PXK_COUNT(own); i++) {
        if (own[i].code != code)
            continue;
        pxk_str_addf(why, "option %u (%s) is filled by the server itself", code, pxk_dhcp4_row(code)->key);
        if (own[i].instead)
            pxk_str_addf(why, "; use \"%s\"", own[i].instead);
        return 0;
    }
    return code;
}

bool option_encode(uint8_t code, const struct pxk_conf_pairs *p, struct pxk_wr *w, size_t *bad, struct pxk_str *why)
{
    uint8_t value[UINT8_MAX]; /* one instance of an option has no more */
    struct pxk_wr one = pxk_wr_init(value, sizeof value);
    const struct pxk_dhcp4_words words = {.code = code, .value = (const char *const *)p->value.at, .n = p->value.n};
    if (pxk_dhcp4_value_parse(&words, &one, bad, why) != PXK_OK)
        return false;
    pxk_wr_bytes(w, value, pxk_wr_len(&one));
    return w->err == PXK_OK;
}
