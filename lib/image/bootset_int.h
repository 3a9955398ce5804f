/* The parts of the generated boot set: each makes one file's bytes. */
#ifndef PXK_IMAGE_BOOTSET_INT_H
#define PXK_IMAGE_BOOTSET_INT_H

#include "pxk/base.h"
#include "pxk/image/bootset.h"

/** @at is an address in memory and an offset in the file alike: our images are mapped one to one.
 */
struct pxk_pe_part {
    char name[9];
    uint32_t at, len; /* whole pages */
    uint32_t flags;   /* IMAGE_SCN_* */
};

#define PE_PARTS_MAX 4
#define PE_PAGE      0x1000u
#define PE_CODE      0x60000020u /* code, execute, read */
#define PE_DATA      0x40000040u /* initialized data, read */
#define PE_DATA_RW   0xc0000040u

struct pxk_pe_plan {
    uint16_t machine;
    struct pxk_pe_part part[PE_PARTS_MAX];
    unsigned parts;
    uint32_t entry;
    uint32_t reloc; /* base relocations, in one of the parts; 0: none */
};

/** "PE\0\0" up to the section table, at the writer's place. */
void pxk_bootset_pe_header(struct pxk_wr *w, const struct pxk_pe_plan *plan);
/** The same behind the shortest DOS header. */
void pxk_bootset_pe_start(struct pxk_wr *w, const struct pxk_pe_plan *plan);
/** Code that gives control back to the firmware: "no error". */
void pxk_bootset_return(struct pxk_wr *w, uint16_t machine);

/** @data, @len of @out; the caller owns the bytes. */
enum pxk_err pxk_bootset_shim(uint16_t machine, struct pxk_bootset_file *out);
enum pxk_err pxk_bootset_grub(uint16_t machine, struct pxk_bootset_file *out);
enum pxk_err pxk_bootset_pxelinux(struct pxk_bootset_file *out);
enum pxk_err pxk_bootset_ldlinux(struct pxk_bootset_file *out);
enum pxk_err pxk_bootset_bzimage(size_t bytes, struct pxk_bootset_file *out);
enum pxk_err pxk_bootset_arm64(size_t bytes, struct pxk_bootset_file *out);
enum pxk_err pxk_bootset_initrd(size_t bytes, struct pxk_bootset_file *out);

/** What does not pack: the same bytes for the same @seed everywhere. */
void pxk_bootset_noise(struct pxk_wr *w, uint64_t seed, size_t n);
/** A zeroed buffer of @len in @out, and a writer over it. */
enum pxk_err pxk_bootset_room(struct pxk_bootset_file *out, size_t len, struct pxk_wr *w);
/** Zeroes up to offset @to. */
void pxk_bootset_fill_to(struct pxk_wr *w, size_t to);

#endif
