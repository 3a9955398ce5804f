/* The tables: findings.def, firmware.def and unseen.def, and how to find a row. */
#include <string.h>

#include "diag_int.h"

static const struct pxk_finding_row rows[] = {
#define FINDING(c, id, n, st, sev, ...)                                                            \
    [FINDING_##id] = {.code = #c,                                                                  \
                      .name = n,                                                                   \
                      .step = PXK_STEP_##st,                                                       \
                      .severity = PXK_SEVERITY_##sev,                                              \
                      __VA_ARGS__},
#include "findings.def"
#undef FINDING
};

static const struct pxk_firmware_code codes[] = {
#define CODE(code, bios, uefi, findings) {code, bios, uefi, findings},
#include "firmware.def"
#undef CODE
};

static const struct pxk_unseen_row unseen[] = {
#define UNSEEN(row, what, why, mend) {row, what, why, mend},
#include "unseen.def"
#undef UNSEEN
};

const char *pxk_severity_key(enum pxk_severity s)
{
    static const char *const key[] = {"note", "warning", "failure"};
    return key[s];
}

const char *pxk_stage_key(enum pxk_stage stage)
{
    static const char *const key[] = {"loader", "config", "kernel", "initrd", "answers"};
    return stage < PXK_STAGE_N ? key[stage] : "";
}

size_t pxk_finding_rows(const struct pxk_finding_row **out)
{
    *out = rows;
    return PXK_COUNT(rows);
}

const struct pxk_finding_row *finding_row(enum finding_id id)
{
    return &rows[id];
}

const struct pxk_finding_row *pxk_finding_find(const char *code_or_name)
{
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (pxk_str_casecmp(rows[i].code, code_or_name) == 0 ||
            pxk_str_casecmp(rows[i].name, code_or_name) == 0)
            return &rows[i];
    return NULL;
}

const struct pxk_finding_row *pxk_finding_nearest(const char *word)
{
    const struct pxk_finding_row *best = &rows[0];
    unsigned least = ~0u;
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        unsigned by_name = pxk_str_distance(rows[i].name, word);
        unsigned by_code = pxk_str_distance(rows[i].code, word);
        unsigned d = by_name < by_code ? by_name : by_code;
        if (d < least) {
            least = d;
            best = &rows[i];
        }
    }
    return best;
}

struct pxk_fix pxk_finding_fix(const struct pxk_finding_row *row, unsigned i)
{
    const struct pxk_fix all[PXK_FIX_N] = {
        {"dnsmasq", "dnsmasq", row->fix_dnsmasq},
        {"isc", "ISC dhcpd", row->fix_isc},
        {"kea", "Kea", row->fix_kea},
        {"windows", "Windows, WDS", row->fix_windows},
        {"tftpd", "TFTP server", row->fix_tftpd},
        {"pxekit", "pxekit serve", row->fix_pxekit},
        {"general", "in general", row->fix_general},
    };
    return all[i < PXK_FIX_N ? i : PXK_FIX_N - 1];
}

size_t pxk_firmware_codes(const struct pxk_firmware_code **out)
{
    *out = codes;
    return PXK_COUNT(codes);
}

size_t pxk_unseen_rows(const struct pxk_unseen_row **out)
{
    *out = unseen;
    return PXK_COUNT(unseen);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_hex(char c)
{
    c = lower(c);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* An 'x' in the table's code stands for any hex digit: iPXE's last digits tell which of several
 * places failed. */
static bool code_fits(const char *code, const char *word)
{
    for (; *code && *word; code++, word++)
        if (lower(*code) != lower(*word) && !(*code == 'x' && is_hex(*word)))
            return false;
    return !*code && !*word;
}

const struct pxk_firmware_code *pxk_firmware_code_find(const char *code)
{
    const char *slash = strrchr(code, '/');
    const char *word = slash ? slash + 1 : code;
    for (size_t i = 0; i < PXK_COUNT(codes); i++) {
        const char *have = codes[i].code;
        if (code_fits(have, word) || (strncmp(have, "PXE-", 4) == 0 && code_fits(have + 4, word)))
            return &codes[i];
    }
    return NULL;
}

bool pxk_finding_news(const struct pxk_finding *f, struct pxk_session *s)
{
    const struct pxk_finding_row *all;
    (void)pxk_finding_rows(&all);
    size_t row = (size_t)(f->row - all);
    uint64_t bit = (uint64_t)1 << row % 64;
    if (row / 64 >= PXK_COUNT(s->told) || s->told[row / 64] & bit)
        return false;
    s->told[row / 64] |= bit;
    return true;
}

void pxk_finding_comment(const struct pxk_finding *f, struct pxk_str *out)
{
    pxk_str_addf(out, "pxekit %s %s (%s): %s. Cause: %s", f->row->code, f->row->name, pxk_severity_key(f->severity), f->seen, f->cause);
    if (*f->fix)
        pxk_str_addf(out, ". Fix: %s", f->fix);
}
