#include "pxk/base.h"
#include "pxk/proto/arch.h"

static const struct pxk_arch rows[] = {
#define ARCH(code, name, key, words, machine, http, file) {code, key, words, machine, http, file},
#include "pxk/proto/tables/arch.def"
#undef ARCH
};

const struct pxk_arch *pxk_arch_row(size_t i)
{
    return i < PXK_COUNT(rows) ? &rows[i] : NULL;
}

const struct pxk_arch *pxk_arch_by_code(uint16_t code)
{
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

const struct pxk_arch *pxk_arch_by_key(const char *key)
{
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (pxk_str_casecmp(rows[i].key, key) == 0)
            return &rows[i];
    return NULL;
}

const struct pxk_arch *pxk_arch_nearest(const char *key)
{
    const struct pxk_arch *best = &rows[0];
    unsigned best_edits = ~0u;
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        unsigned edits = pxk_str_distance(rows[i].key, key);
        if (edits < best_edits) {
            best_edits = edits;
            best = &rows[i];
        }
    }
    return best;
}

const char *pxk_arch_name(uint16_t code, char buf[static 16])
{
    const struct pxk_arch *row = pxk_arch_by_code(code);
    return row ? row->key : pxk_fmt(buf, 16, "arch-%u", code);
}
