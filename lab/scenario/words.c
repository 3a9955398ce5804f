/* Words and single values of scenario files, from the tables of the libraries that own them. */
#include <stdlib.h>
#include <string.h>

#include "pxk/image.h"
#include "scn_int.h"

const char *pxk_scn_server_word(size_t i)
{
    static const char *const words[] = {"reference", "dnsmasq", "isc-dhcpd", "kea",
                                        "tftpd-hpa", "atftpd",  "nginx",     "external"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

const char *pxk_scn_late_word(size_t i)
{
    static const char *const words[] = {"address", "netmask", "interface", "root", "work", "name"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

const char *scn_arch_word(size_t i)
{
    const struct pxk_arch *row = pxk_arch_row(i);
    return row ? row->key : NULL;
}

const char *scn_persona_word(size_t i)
{
    const struct pxk_persona *row = pxk_persona_row(i);
    return row ? row->key : NULL;
}

const char *scn_event_word(size_t i)
{
    return i < PXK_EVENT_N ? pxk_event_key((enum pxk_event_kind)i) : NULL;
}

const char *scn_milestone_word(size_t i)
{
    return i < PXK_MILESTONE_N ? pxk_milestone_key((enum pxk_milestone)i) : NULL;
}

const char *scn_verdict_word(size_t i)
{
    return i <= PXK_VERDICT_FAIL ? pxk_verdict_key((enum pxk_verdict)i) : NULL;
}

const char *scn_role_word(size_t i)
{
    return i < PXK_ROLE_N ? pxk_role_key((enum pxk_role)i) : NULL;
}

const char *scn_finding_word(size_t i)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    return i < n ? rows[i].name : i < 2 * n ? rows[i - n].code : NULL;
}

const char *scn_probe_word(size_t i)
{
    static const char *const more[] = {"same", "none"};
    return i < PXK_COUNT(more) ? more[i] : scn_finding_word(i - PXK_COUNT(more));
}

const char *scn_boot_word(size_t i)
{
    static const char *const more[] = {"default", "ipxe"};
    return i < PXK_COUNT(more) ? more[i] : scn_arch_word(i - PXK_COUNT(more));
}

/* ---- readers ---- */

bool scn_read_flag(const struct pxk_conf_key *key, const char *text, void *out)
{
    bool second = strcmp(text, key->word(1)) == 0;
    if (!second && strcmp(text, key->word(0)) != 0)
        return false;
    *(bool *)out = second;
    return true;
}

bool scn_read_arch(const struct pxk_conf_key *key, const char *text, void *out)
{
    (void)key; /* the same for all */
    const struct pxk_arch *row = pxk_arch_by_key(text);
    if (row)
        memcpy(out, &row->code, sizeof row->code);
    return row != NULL;
}

bool scn_read_persona(const struct pxk_conf_key *key, const char *text, void *out)
{
    (void)key; /* the same for all */
    const struct pxk_persona *row = pxk_persona_by_key(text);
    if (row)
        memcpy(out, &row, sizeof row);
    return row != NULL;
}

bool scn_read_event(const struct pxk_conf_key *key, const char *text, void *out)
{
    (void)key; /* the same for all */
    for (int kind = 0; kind < PXK_EVENT_N; kind++)
        if (strcmp(text, pxk_event_key((enum pxk_event_kind)kind)) == 0) {
            memcpy(out, &kind, sizeof kind);
            return true;
        }
    return false;
}

static bool port_parse(const char *text, size_t n, uint16_t *out)
{
    char buf[8];
    int64_t v;
    if (n >= sizeof buf)
        return false;
    memcpy(buf, text, n);
    buf[n] = '\0';
    if (pxk_int_parse(buf, &v) != PXK_OK || v < 1 || v > UINT16_MAX)
        return false;
    *out = (uint16_t)v;
    return true;
}

bool scn_read_ports(const struct pxk_conf_key *key, const char *text, void *out)
{
    (void)key; /* the same for all */
    const char *dash = strchr(text, '-');
    struct pxk_cable_ports ports;
    if (!port_parse(text, dash ? (size_t)(dash - text) : strlen(text), &ports.from))
        return false;
    ports.to = ports.from;
    if (dash && !port_parse(dash + 1, strlen(dash + 1), &ports.to))
        return false;
    if (ports.to < ports.from)
        return false;
    memcpy(out, &ports, sizeof ports);
    return true;
}

/* Bits per second: rates are counted in powers of 1000, sizes in powers of 1024. */
bool scn_read_rate(const struct pxk_conf_key *key, const char *text, void *out)
{
    (void)key; /* the same for all */
    static const struct {
        char unit;
        uint64_t factor;
    } units[] = {{'k', 1000}, {'M', 1000000}, {'G', 1000000000}};
    char number[16];
    size_t n = strlen(text);
    uint64_t factor = 1;
    int64_t v;
    for (size_t i = 0; n && i < PXK_COUNT(units); i++)
        if (text[n - 1] == units[i].unit)
            factor = units[i].factor;
    n -= factor > 1;
    if (n >= sizeof number)
        return false;
    memcpy(number, text, n);
    number[n] = '\0';
    if (pxk_int_parse(number, &v) != PXK_OK || v < 1 || (uint64_t)v > PXK_CABLE_RATE_MAX / factor)
        return false;
    memcpy(out, &(uint64_t){(uint64_t)v * factor}, sizeof(uint64_t));
    return true;
}

bool scn_read_number(const struct pxk_conf_key *key, const char *text, void *out)
{
    (void)key; /* the same for all */
    char *end;
    if (strspn(text, "+-.0123456789eE") != strlen(text) || !*text)
        return false; /* no hex, no "inf", no "nan" */
    double v = strtod(text, &end);
    if (*end || v > 1e300 || v < -1e300)
        return false;
    memcpy(out, &v, sizeof v);
    return true;
}
