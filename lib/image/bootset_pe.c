/* PE headers and the EFI programs of the boot set. They are complete enough for a firmware to load
 * them; what they do is return. PE format specification; UEFI 2.10 2.1.1; shim SBAT.md; GRUB
 * include/grub/kernel.h. */
#include "bootset_int.h"
#include "inspect_int.h"

#define DIRECTORIES 6
#define DIR_RELOC   5

static bool is_wide(uint16_t machine)
{
    return machine != PE_MACHINE_I386;
}

static void word(struct pxk_wr *w, bool wide, uint64_t v)
{
    pxk_wr_le32(w, (uint32_t)v);
    if (wide)
        pxk_wr_le32(w, (uint32_t)(v >> 32));
}

static void optional_header(struct pxk_wr *w, const struct pxk_pe_plan *plan)
{
    bool wide = is_wide(plan->machine);
    const struct pxk_pe_part *first = &plan->part[0], *last = &plan->part[plan->parts - 1];
    uint32_t end = last->at + last->len;
    pxk_wr_le16(w, wide ? PE_MAGIC_64 : PE_MAGIC_32);
    pxk_wr_le16(w, 0x1402);                       /* linker 2.20 */
    pxk_wr_le32(w, first->len);                   /* code */
    pxk_wr_le32(w, end - first->at - first->len); /* initialized data */
    pxk_wr_le32(w, 0);                            /* uninitialized data */
    pxk_wr_le32(w, plan->entry);
    pxk_wr_le32(w, first->at); /* base of code */
    if (!wide)
        pxk_wr_le32(w, first->at + first->len); /* base of data */
    word(w, wide, 0);                           /* image base */
    pxk_wr_le32(w, PE_PAGE);                    /* alignment in memory */
    pxk_wr_le32(w, 0x200);                      /* alignment in the file */
    pxk_wr_zero(w, 4 + 4);                      /* versions of the system and the image */
    pxk_wr_le16(w, 1);                          /* version of the subsystem */
    pxk_wr_zero(w, 2 + 4);
    pxk_wr_le32(w, end);
    pxk_wr_le32(w, first->at); /* size of headers */
    pxk_wr_le32(w, 0);         /* checksum */
    pxk_wr_le16(w, 10);        /* EFI application */
    pxk_wr_le16(w, 0x100);     /* NX compatible */
    for (unsigned i = 0; i < 4; i++)
        word(w, wide, 0); /* stack and heap */
    pxk_wr_le32(w, 0);
    pxk_wr_le32(w, DIRECTORIES);
    for (unsigned i = 0; i < DIRECTORIES; i++) {
        bool reloc = i == DIR_RELOC && plan->reloc;
        pxk_wr_le32(w, reloc ? plan->reloc : 0);
        pxk_wr_le32(w, reloc ? 12 : 0);
    }
}

void pxk_bootset_pe_start(struct pxk_wr *w, const struct pxk_pe_plan *plan)
{
    pxk_wr_str(w, "MZ");
    pxk_bootset_fill_to(w, 0x3c);
    pxk_wr_le32(w, 0x40);
    pxk_bootset_pe_header(w, plan);
}

void pxk_bootset_pe_header(struct pxk_wr *w, const struct pxk_pe_plan *plan)
{
    bool wide = is_wide(plan->machine);
    pxk_wr_bytes(w, "PE\0", 4);
    pxk_wr_le16(w, plan->machine);
    pxk_wr_le16(w, (uint16_t)plan->parts);
    pxk_wr_zero(w, 12); /* no time: the set is the same whenever it is made */
    pxk_wr_le16(w, (uint16_t)((wide ? 112 : 96) + 8 * DIRECTORIES));
    pxk_wr_le16(w,
                wide ? 0x0226 : 0x0306); /* executable, no debug data; large addresses or 32 bit */
    optional_header(w, plan);
    for (unsigned i = 0; i < plan->parts; i++) {
        const struct pxk_pe_part *p = &plan->part[i];
        pxk_wr_bytes(w, p->name, 8);
        pxk_wr_le32(w, p->len);
        pxk_wr_le32(w, p->at);
        pxk_wr_le32(w, p->len);
        pxk_wr_le32(w, p->at);
        pxk_wr_zero(w, 12);
        pxk_wr_le32(w, p->flags);
    }
}

void pxk_bootset_return(struct pxk_wr *w, uint16_t machine)
{
    if (machine == PE_MACHINE_ARM64)
        pxk_wr_bytes(w, "\x00\x00\x80\xd2\xc0\x03\x5f\xd6", 8); /* mov x0, #0; ret */
    else
        pxk_wr_bytes(w, "\x31\xc0\xc3", 3); /* xor eax, eax; ret */
}

/* A program of code, one part of its own, .sbat and .reloc, a page each but for @own_len. */
static enum pxk_err program(uint16_t machine, const char *own_name, uint32_t own_len,
                            const char *sbat, struct pxk_bootset_file *out, struct pxk_wr *own)
{
    uint32_t own_at = 2 * PE_PAGE, sbat_at = own_at + own_len, reloc_at = sbat_at + PE_PAGE;
    struct pxk_pe_plan plan = {.machine = machine, .parts = 4, .entry = PE_PAGE, .reloc = reloc_at};
    struct pxk_wr w;
    plan.part[0] = (struct pxk_pe_part){".text", PE_PAGE, PE_PAGE, PE_CODE};
    plan.part[1] = (struct pxk_pe_part){"", own_at, own_len, PE_DATA_RW};
    plan.part[2] = (struct pxk_pe_part){".sbat", sbat_at, PE_PAGE, PE_DATA};
    plan.part[3] = (struct pxk_pe_part){".reloc", reloc_at, PE_PAGE, PE_DATA | 0x02000000};
    (void)pxk_str_copy(plan.part[1].name, sizeof plan.part[1].name, own_name);
    enum pxk_err err = pxk_bootset_room(out, reloc_at + PE_PAGE, &w);
    if (err != PXK_OK)
        return err;
    pxk_bootset_pe_start(&w, &plan);
    pxk_bootset_fill_to(&w, PE_PAGE);
    pxk_bootset_return(&w, machine);
    pxk_bootset_fill_to(&w, sbat_at);
    pxk_wr_str(&w, sbat);
    pxk_bootset_fill_to(&w, reloc_at);
    pxk_wr_le32(
        &w, PE_PAGE); /* one block of relocations, for the code's page, with two that do nothing */
    pxk_wr_le32(&w, 12);
    *own = pxk_wr_init(out->data + own_at, own_len);
    return PXK_OK;
}

#define SBAT_FIRST "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"

enum pxk_err pxk_bootset_shim(uint16_t machine, struct pxk_bootset_file *out)
{
    struct pxk_wr w;
    enum pxk_err err =
        program(machine, ".data", PE_PAGE,
                SBAT_FIRST "shim,4,UEFI shim,shim,1,https://github.com/rhboot/shim\n"
                           "shim.pxekit,1,pxekit,shim,15.8,mail:nobody@example.org\n",
                out, &w);
    if (err == PXK_OK)
        pxk_wr_str(&w, "UEFI SHIM\n$Version: 15.8 $\nmade by pxekit: starts nothing\n");
    return err;
}

/* What a GRUB for the network has inside; without "tftp" or "linux" it could not boot this set. */
static const char *const modules[] = {
    "boot",    "extcmd", "net",        "efinet", "tftp", "http",   "terminal", "gettext",
    "normal",  "crypto", "configfile", "echo",   "test", "true",   "sleep",    "reboot",
    "minicmd", "mmap",   "relocator",  "linux",  "gzio", "search", "chain",    "regexp",
};

/* An ELF object that holds nothing but its name: sections null, .modname, .moddeps, .shstrtab. */
static void module(struct pxk_wr *w, bool wide, uint16_t elf_machine, const char *name)
{
    static const char strings[] = "\0.modname\0.moddeps\0.shstrtab";
    enum { MODNAME = 1, MODDEPS = 10, SHSTRTAB = 19, SECTIONS = 4, NAME_ROOM = 16 };
    uint32_t head = wide ? 64 : 52, names = head + NAME_ROOM, table = names + 32;
    const uint32_t section[SECTIONS][4] = {
        /* name, type, offset, size */
        {0, 0, 0, 0},
        {MODNAME, 1, head, (uint32_t)strlen(name) + 1},
        {MODDEPS, 1, head + NAME_ROOM - 1, 1},
        {SHSTRTAB, 3, names, sizeof strings},
    };
    size_t start = pxk_wr_len(w);
    pxk_wr_bytes(w,
                 "\x7f"
                 "ELF",
                 4);
    pxk_wr_u8(w, wide ? 2 : 1);
    pxk_wr_bytes(w, "\1\1\0\0\0\0\0\0\0\0", 11);
    pxk_wr_le16(w, 1); /* relocatable */
    pxk_wr_le16(w, elf_machine);
    pxk_wr_le32(w, 1);
    word(w, wide, 0);
    word(w, wide, 0);
    word(w, wide, table);
    pxk_wr_le32(w, 0);
    pxk_wr_le16(w, (uint16_t)head);
    pxk_wr_zero(w, 4);
    pxk_wr_le16(w, wide ? 64 : 40);
    pxk_wr_le16(w, SECTIONS);
    pxk_wr_le16(w, SECTIONS - 1);
    pxk_wr_strz(w, name);
    pxk_bootset_fill_to(w, start + names);
    pxk_wr_bytes(w, strings, sizeof strings);
    pxk_bootset_fill_to(w, start + table);
    for (unsigned i = 0; i < SECTIONS; i++) {
        pxk_wr_le32(w, section[i][0]);
        pxk_wr_le32(w, section[i][1]);
        word(w, wide, 0);
        word(w, wide, 0);
        word(w, wide, section[i][2]);
        word(w, wide, section[i][3]);
        pxk_wr_zero(w, 8);
        word(w, wide, 1);
        word(w, wide, 0);
    }
}

/* Opens an object of the module block; object_close() fills in its size. */
static size_t object_open(struct pxk_wr *w, uint32_t type)
{
    pxk_wr_le32(w, type);
    pxk_wr_le32(w, 0);
    return pxk_wr_len(w);
}

static void object_close(struct pxk_wr *w, size_t body)
{
    pxk_bootset_fill_to(w, (pxk_wr_len(w) + 7) & ~(size_t)7);
    pxk_wr_patch_le32(w, body - 4, (uint32_t)(pxk_wr_len(w) - body + 8));
}

static void module_block(struct pxk_wr *w, uint16_t machine)
{
    bool wide = is_wide(machine);
    uint16_t elf = machine == PE_MACHINE_ARM64 ? 183 : wide ? 62 : 3;
    pxk_wr_str(w, "mimg");
    if (wide)
        pxk_wr_le32(w, 0);
    word(w, wide,
         wide ? 24 : 16); /* 32 bit: four bytes more than needed, so that objects are aligned */
    size_t size_at = pxk_wr_len(w);
    word(w, wide, 0);
    pxk_bootset_fill_to(w, wide ? 24 : 16);
    for (size_t i = 0; i < PXK_COUNT(modules); i++) {
        size_t body = object_open(w, GRUB_OBJ_ELF);
        module(w, wide, elf, modules[i]);
        object_close(w, body);
    }
    size_t body = object_open(w, GRUB_OBJ_PREFIX);
    pxk_wr_strz(w, "/grub");
    object_close(w, body);
    pxk_wr_patch_le32(w, size_at, (uint32_t)pxk_wr_len(w));
}

enum pxk_err pxk_bootset_grub(uint16_t machine, struct pxk_bootset_file *out)
{
    struct pxk_wr w;
    enum pxk_err err =
        program(machine, "mods", 4 * PE_PAGE,
                SBAT_FIRST "grub,5,Free Software Foundation,grub,2.06,"
                           "https://www.gnu.org/software/grub/\n"
                           "grub.pxekit,1,pxekit,grub2,2.06,mail:nobody@example.org\n",
                out, &w);
    if (err == PXK_OK)
        module_block(&w, machine);
    return err;
}
