/* What templates share, and a user's own config made to run in a case. */
#include <ctype.h>
#include <string.h>

#include "servers.h"

/* ---- writing ---- */

void pxk_srv_quoted(struct pxk_text *out, const char *text)
{
    pxk_text_add(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            pxk_text_addf(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            pxk_text_addf(out, "\\u%04x", (unsigned char)*c);
        else
            pxk_text_add_n(out, c, 1);
    }
    pxk_text_add(out, "\"");
}

void pxk_srv_ips(struct pxk_text *out, const pxk_ip4 *ip, size_t n, const char *between)
{
    char text[PXK_IP4_STRLEN];
    for (size_t i = 0; i < n; i++)
        pxk_text_addf(out, "%s%s", i ? between : "", pxk_ip4_text(ip[i], text));
}

void pxk_srv_hex(struct pxk_text *out, const uint8_t *data, size_t len, const char *between)
{
    for (size_t i = 0; i < len; i++)
        pxk_text_addf(out, "%s%02x", i ? between : "", data[i]);
}

void pxk_srv_lines(struct pxk_text *out, const char *lines)
{
    if (!lines || !*lines)
        return;
    pxk_text_add(out, lines);
    if (!pxk_str_ends(lines, "\n"))
        pxk_text_add(out, "\n");
}

/* ---- what a plan says ---- */

pxk_ip4 pxk_srv_own_net(const struct pxk_lab_server_plan *plan)
{
    return plan->ip & plan->netmask;
}

bool pxk_srv_relayed(const struct pxk_lab_server_plan *plan)
{
    return plan->dhcp && plan->dhcp->subnet.net != pxk_srv_own_net(plan);
}

uint64_t pxk_srv_lease_seconds(const struct pxk_scn_dhcp *d)
{
    return d->lease < PXK_SEC ? 1 : d->lease / PXK_SEC;
}

pxk_ip4 pxk_srv_next_server(const struct pxk_lab_server_plan *plan)
{
    return plan->dhcp->next_server ? plan->dhcp->next_server : plan->ip;
}

static bool boot_names(const struct pxk_scn_dhcp *d, uint16_t code)
{
    const struct pxk_arch *arch = pxk_arch_by_code(code);
    return arch && pxk_srv_boot_file(d, arch->key);
}

size_t pxk_srv_boots(const struct pxk_scn_dhcp *d, struct pxk_srv_boot out[PXK_SRV_BOOTS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; d->boot && i < d->boot_files.n && n < PXK_SRV_BOOTS_MAX; i++) {
        const struct pxk_conf_pair *p = &d->boot_files.at[i];
        const struct pxk_arch *arch = pxk_arch_by_key(p->key);
        if (!arch)
            continue; /* ipxe, default */
        struct pxk_srv_boot *b = &out[n++];
        *b = (struct pxk_srv_boot){arch, p->value, {arch->code}, 1};
        if (arch->code == PXK_ARCH_UEFI_X64 && !boot_names(d, PXK_ARCH_EBC))
            b->code[b->code_n++] = PXK_ARCH_EBC;
    }
    return n;
}

const char *pxk_srv_boot_file(const struct pxk_scn_dhcp *d, const char *key)
{
    for (size_t i = 0; d->boot && i < d->boot_files.n; i++)
        if (strcmp(d->boot_files.at[i].key, key) == 0)
            return d->boot_files.at[i].value;
    return NULL;
}

enum pxk_err pxk_srv_option(const struct pxk_conf_pairs *p, struct pxk_srv_option *out, char *why, size_t cap)
{
    char reason[200];
    struct pxk_str sentence = pxk_str_init(reason, sizeof reason);
    struct pxk_wr w = pxk_wr_init(out->data, sizeof out->data);
    struct pxk_dhcp4_words words = {.value = (const char *const *)p->value.at, .n = p->value.n};
    size_t bad;
    words.code = pxk_dhcp4_code_parse(p->key, &sentence);
    if (!words.code) {
        pxk_str_copy(why, cap, reason);
        return PXK_E_FORMAT;
    }
    if (pxk_dhcp4_value_parse(&words, &w, &bad, &sentence) != PXK_OK) {
        pxk_fmt(why, cap, "DHCP option %s: %s", p->key, reason);
        return PXK_E_FORMAT;
    }
    out->code = words.code;
    out->len = (uint8_t)pxk_wr_len(&w);
    out->unasked = words.code >= 128;
    return PXK_OK;
}

/* ---- a user's own config ---- */

static bool line_has_key(const char *line, size_t n, const char *key)
{
    size_t len = strlen(key);
    while (n && (*line == ' ' || *line == '\t'))
        line++, n--;
    return n >= len && memcmp(line, key, len) == 0 && (n == len || strchr(" \t=;\r", line[len]));
}

void pxk_srv_without(struct pxk_text *out, const char *text, const char *const *keys)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        bool hit = false;
        for (size_t i = 0; keys[i] && !hit; i++)
            hit = line_has_key(text, n, keys[i]);
        if (hit)
            pxk_text_add(out, "# ");
        pxk_text_add_n(out, text, n + (text[n] == '\n'));
        text += n + (text[n] == '\n');
    }
}

/* Paths stand after a blank, a quote, "=" or at a line's beginning. */
static bool path_begins(const char *text, const char *at)
{
    return at == text || strchr(" \t\n\"'=:", at[-1]);
}

void pxk_srv_moved(struct pxk_text *out, const char *text, const struct pxk_srv_move *move, size_t n)
{
    for (const char *at = text; *at;) {
        size_t skip = 0;
        for (size_t i = 0; i < n && !skip && *at == '/' && path_begins(text, at); i++)
            if (move[i].to && pxk_str_starts(at, move[i].from)) {
                pxk_text_add(out, move[i].to);
                skip = strlen(move[i].from);
            }
        if (!skip) {
            skip = *at == '/' ? 1 : strcspn(at, "/");
            pxk_text_add_n(out, at, skip);
        }
        at += skip;
    }
}
