/* Boot files of any bytes: headers, GRUB's module block, packed streams, cpio archives. */
#include <stdint.h>
#include <stdlib.h>

#include "pxk/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct pxk_image *i)
{
    if (i->kind >= PXK_IMAGE_KIND_N || i->loader >= PXK_LOADER_N)
        abort();
    if (i->truncated && i->corrupt)
        abort();
    if ((i->truncated || i->corrupt) != (i->why[0] != '\0'))
        abort();
    if (i->verified && (i->truncated || i->corrupt))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_image i;
    char text[300];
    pxk_image_inspect(data, len, &i);
    check(&i);
    pxk_image_verify(data, len, 1 << 20, &i);
    check(&i);
    (void)pxk_image_grub_has_module(data, len, "linux");
    (void)pxk_image_grub_config(data, len, text, sizeof text);
    (void)pxk_image_grub_memdisk(data, len, "/grub.cfg", text, sizeof text);
    return 0;
}
