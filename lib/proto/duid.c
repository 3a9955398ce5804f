/* DHCP unique identifiers: RFC 8415 11, RFC 6355. */
#include "pxk/proto/dhcp6.h"

bool pxk_duid_decode(const uint8_t *data, size_t len, struct pxk_duid *out)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    *out = (struct pxk_duid){.type = pxk_rd_u16(&r)};
    switch (out->type) {
    case PXK_DUID_LLT:
        out->hw = pxk_rd_u16(&r);
        out->time = pxk_rd_u32(&r);
        break;
    case PXK_DUID_EN:
        out->enterprise = pxk_rd_u32(&r);
        break;
    case PXK_DUID_LL:
        out->hw = pxk_rd_u16(&r);
        break;
    default:
        break;
    }
    out->id_len = pxk_rd_left(&r);
    out->id = pxk_rd_take(&r, out->id_len);
    return r.err == PXK_OK && (out->type != PXK_DUID_UUID || out->id_len == 16);
}

bool pxk_duid_mac(const uint8_t *data, size_t len, struct pxk_mac *out)
{
    struct pxk_duid d;
    if (!pxk_duid_decode(data, len, &d) || (d.type != PXK_DUID_LLT && d.type != PXK_DUID_LL) || d.hw != 1 ||
        d.id_len != 6)
        return false;
    memcpy(out->b, d.id, 6);
    return true;
}

static void hex(const uint8_t *data, size_t len, struct pxk_str *out)
{
    for (size_t i = 0; i < len; i++)
        pxk_str_addf(out, i ? ":%02x" : "%02x", data[i]);
}

void pxk_duid_text(const uint8_t *data, size_t len, struct pxk_str *out)
{
    struct pxk_duid d;
    struct pxk_uuid uuid;
    char text[PXK_UUID_STRLEN];
    if (!pxk_duid_decode(data, len, &d) || d.type < PXK_DUID_LLT || d.type > PXK_DUID_UUID) {
        hex(data, len, out);
        return;
    }
    if (d.type == PXK_DUID_UUID) {
        memcpy(uuid.b, d.id, 16);
        pxk_str_addf(out, "UUID %s", pxk_uuid_text(&uuid, text));
        return;
    }
    if (d.type == PXK_DUID_EN)
        pxk_str_addf(out, "EN %u ", d.enterprise);
    else
        pxk_str_add(out, d.type == PXK_DUID_LL ? "LL " : "LLT ");
    hex(d.id, d.id_len, out);
    if (d.type == PXK_DUID_LLT)
        pxk_str_addf(out, " time %u", d.time);
}
