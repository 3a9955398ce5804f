#include "loader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_loader_env env = {.mac = {{0x52, 0x54, 0, 0x77, 0, 1}},
                                 .ip = PXK_IP4(10, 77, 0, 180),
                                 .server = PXK_IP4(10, 77, 0, 1),
                                 .boot_file = "grub/grubx64.efi",
                                 .efi = true,
                                 .pe_machine = 0x8664};
    loader_fuzz(PXK_LOADER_GRUB, &env, data, len);
    return 0;
}
