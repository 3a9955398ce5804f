/* The BIOS side of the boot set: pxelinux.0, whose only code says what it is and halts, and a
 * ldlinux.c32 with the headers of a Syslinux module (System V ABI: ELF, dynamic section). */
#include "bootset_int.h"

#define NBP_BYTES 26624

/* Entered at 0000:7c00 by the PXE ROM. */
static const uint8_t nbp_code[] = {
    0xea, 0x05, 0x00, 0xc0, 0x07, /* ljmp 0x07c0:next */
    0x8c, 0xc8, 0x8e, 0xd8,       /* next: mov ax, cs; mov ds, ax */
    0xbe, 0x40, 0x00,             /* mov si, 0x40: the text */
    0xac, 0x84, 0xc0,             /* more: lodsb; test al, al */
    0x74, 0x09,                   /* jz stop */
    0xb4, 0x0e, 0xbb, 0x07, 0x00, /* mov ah, 0x0e; mov bx, 7 */
    0xcd, 0x10, 0xeb, 0xf2,       /* int 0x10; jmp more */
    0xfb, 0xf4, 0xeb, 0xfd,       /* stop: sti; wait: hlt; jmp wait */
};

enum pxk_err pxk_bootset_pxelinux(struct pxk_bootset_file *out)
{
    struct pxk_wr w;
    enum pxk_err err = pxk_bootset_room(out, NBP_BYTES, &w);
    if (err != PXK_OK)
        return err;
    pxk_wr_bytes(&w, nbp_code, sizeof nbp_code);
    pxk_bootset_fill_to(&w, 0x40);
    pxk_wr_strz(&w, "\r\nPXELINUX 6.04 pxekit test set: it starts nothing.\r\n");
    pxk_bootset_noise(&w, 0x9e01, pxk_wr_left(&w));
    return PXK_OK;
}

#define LD_BYTES 8192u

enum pxk_err pxk_bootset_ldlinux(struct pxk_bootset_file *out)
{
    static const char strings[] = "\0ldlinux.c32";
    enum { DT_NULL = 0, DT_STRTAB = 5, DT_STRSZ = 10, DT_SONAME = 14, TEXT = 0x100 };
    const uint32_t strtab = 52 + 2 * 32, dynamic = 0xa0;
    const uint32_t dyn[][2] = {
        {DT_SONAME, 1}, {DT_STRTAB, strtab}, {DT_STRSZ, sizeof strings}, {DT_NULL, 0}};
    struct pxk_wr w;
    enum pxk_err err = pxk_bootset_room(out, LD_BYTES, &w);
    if (err != PXK_OK)
        return err;
    pxk_wr_bytes(&w,
                 "\x7f"
                 "ELF\1\1\1\0\0\0\0\0\0\0\0",
                 16);
    pxk_wr_le16(&w, 3); /* shared object */
    pxk_wr_le16(&w, 3); /* 80386 */
    pxk_wr_le32(&w, 1);
    pxk_wr_le32(&w, TEXT);
    pxk_wr_le32(&w, 52); /* program headers; no sections */
    pxk_wr_zero(&w, 8);
    pxk_wr_le16(&w, 52);
    pxk_wr_le16(&w, 32);
    pxk_wr_le16(&w, 2);
    pxk_wr_zero(&w, 6);
    const uint32_t program[2][8] = {
        /* type, offset, address, physical, in file, in memory, flags, alignment */
        {1, 0, 0, 0, LD_BYTES, LD_BYTES, 7, 0x1000},
        {2, dynamic, dynamic, dynamic, sizeof dyn, sizeof dyn, 6, 4},
    };
    for (unsigned i = 0; i < 2 * 8; i++)
        pxk_wr_le32(&w, program[i / 8][i % 8]);
    pxk_wr_bytes(&w, strings, sizeof strings);
    pxk_bootset_fill_to(&w, dynamic);
    for (unsigned i = 0; i < PXK_COUNT(dyn); i++) {
        pxk_wr_le32(&w, dyn[i][0]);
        pxk_wr_le32(&w, dyn[i][1]);
    }
    pxk_bootset_fill_to(&w, TEXT);
    pxk_wr_bytes(&w, "\x31\xc0\xc3", 3); /* xor eax, eax; ret */
    pxk_bootset_noise(&w, 0x9e02, pxk_wr_left(&w));
    return PXK_OK;
}
