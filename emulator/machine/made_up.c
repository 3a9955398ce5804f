#include "made_up.h"

#include <string.h>

struct pxk_mac pxk_mac_make_up(struct pxk_rand *rand)
{
    uint32_t r = pxk_rand_u32(rand);
    return (struct pxk_mac){{0x02, 0x70, 0x78, (uint8_t)(r >> 16), (uint8_t)(r >> 8), (uint8_t)r}};
}

struct pxk_uuid pxk_uuid_make_up(const struct pxk_mac *mac)
{
    struct pxk_uuid u = {{0x70, 0x78, 0x65, 0x6b, 0x69, 0x74, 0x40, 0, 0x80, 0}};
    memcpy(u.b + 10, mac->b, 6);
    return u;
}
