/* PXE 2.1 table 2-1. A bare list without the inner end marker is accepted and noted. */
#include "pxk/proto/pxe.h"

struct sub_row {
    uint8_t code;
    const char *key;
    uint8_t min, max;
};

static const struct sub_row rows[] = {
#define SUB(code, name, key, min, max) {code, key, min, max},
#include "pxk/proto/tables/pxe_subopts.def"
#undef SUB
};

static const struct sub_row *row_find(uint8_t code)
{
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

const char *pxk_pxe_sub_name(uint8_t code)
{
    const struct sub_row *row = row_find(code);
    return row ? row->key : "unknown";
}

static void sub_decode(struct pxk_pxe *p, uint8_t code, struct pxk_rd *value)
{
    switch (code) {
    case PXK_PXE_MTFTP_IP:
        p->mtftp_ip = pxk_rd_u32(value);
        break;
    case PXK_PXE_DISCOVERY_CONTROL:
        p->control = pxk_rd_u8(value);
        break;
    case PXK_PXE_DISCOVERY_MULTICAST:
        p->multicast = pxk_rd_u32(value);
        break;
    case PXK_PXE_BOOT_SERVERS:
        p->servers = *value;
        break;
    case PXK_PXE_BOOT_MENU:
        p->menu = *value;
        break;
    case PXK_PXE_MENU_PROMPT:
        p->prompt_timeout = pxk_rd_u8(value);
        p->prompt_len = (uint8_t)pxk_rd_left(value);
        p->prompt = (const char *)value->at;
        break;
    case PXK_PXE_BOOT_ITEM:
        p->item_type = pxk_rd_u16(value);
        p->item_layer = pxk_rd_u16(value);
        p->has_item = true;
        break;
    default: /* the rest has a place in `seen` alone */
        break;
    }
}

void pxk_pxe_decode(const void *data, size_t len, struct pxk_pxe *out)
{
    *out = (struct pxk_pxe){.servers = pxk_rd_init(NULL, 0), .menu = pxk_rd_init(NULL, 0)};
    struct pxk_rd r = pxk_rd_init(data, len);
    bool ended = false;
    while (!ended && pxk_rd_left(&r) > 0) {
        uint8_t code = pxk_rd_u8(&r);
        if (code == 0)
            continue;
        if (code == 255) {
            ended = true;
            continue;
        }
        struct pxk_rd value = pxk_rd_sub(&r, pxk_rd_u8(&r));
        if (r.err != PXK_OK)
            break;
        const struct sub_row *row = row_find(code);
        if (row && (pxk_rd_left(&value) < row->min || pxk_rd_left(&value) > row->max)) {
            out->bad_length = true;
            continue;
        }
        if (code < 16)
            out->seen |= (uint16_t)(1u << code);
        sub_decode(out, code, &value);
    }
    out->cut = r.err != PXK_OK;
    out->no_end = !ended;
}

bool pxk_pxe_has_discovery(const struct pxk_pxe *p)
{
    return p->seen >> PXK_PXE_DISCOVERY_CONTROL & 0x1f;
}

bool pxk_pxe_server_next(struct pxk_rd *servers, struct pxk_pxe_server *out)
{
    if (pxk_rd_left(servers) < 3)
        return false;
    out->type = pxk_rd_u16(servers);
    out->count = pxk_rd_u8(servers);
    out->address = pxk_rd_sub(servers, (size_t)out->count * 4);
    return servers->err == PXK_OK;
}

bool pxk_pxe_menu_next(struct pxk_rd *menu, struct pxk_pxe_menu_item *out)
{
    if (pxk_rd_left(menu) < 3)
        return false;
    out->type = pxk_rd_u16(menu);
    out->len = pxk_rd_u8(menu);
    out->text = (const char *)pxk_rd_take(menu, out->len);
    return menu->err == PXK_OK;
}
