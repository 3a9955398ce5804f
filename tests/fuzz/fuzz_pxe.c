/* Any option 43: the lists end, and every entry lies inside the value. */
#include <stdlib.h>

#include "pxk/proto/frame.h"
#include "pxk/proto/pxe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void inside(const void *p, size_t n, const uint8_t *data, size_t len)
{
    const uint8_t *at = p;
    check(at >= data && at + n <= data + len);
    (void)pxk_csum_add(0, at, n); /* reads every byte */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_pxe p;
    pxk_pxe_decode(data, len, &p);
    check(!p.cut || p.no_end);
    check(!pxk_pxe_has_discovery(&p) || p.seen);
    size_t left = pxk_rd_left(&p.servers);
    for (struct pxk_pxe_server s; pxk_pxe_server_next(&p.servers, &s);) {
        check(pxk_rd_left(&s.address) == s.count * 4u && pxk_rd_left(&p.servers) < left);
        inside(s.address.at, s.count * 4u, data, len);
        left = pxk_rd_left(&p.servers);
    }
    left = pxk_rd_left(&p.menu);
    for (struct pxk_pxe_menu_item item; pxk_pxe_menu_next(&p.menu, &item);) {
        check(pxk_rd_left(&p.menu) < left);
        inside(item.text, item.len, data, len);
        left = pxk_rd_left(&p.menu);
    }
    if (pxk_pxe_has(&p, PXK_PXE_MENU_PROMPT))
        inside(p.prompt, p.prompt_len, data, len);
    return 0;
}
