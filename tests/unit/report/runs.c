#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"
#include "runs.h"

static void emulated(struct lab *l, uint16_t arch)
{
    lab_boots_emulated(l, arch);
    struct pxk_facts *f = &l->s->facts;
    (void)pxk_str_copy(f->name, sizeof f->name, arch == PXK_ARCH_BIOS ? "iPXE ROM" : "EDK2");
    f->pinged = f->ping_ok = f->path_mtu_known = true;
    f->ping_ip = SERVER;
    f->ping_rtt = 240;
    f->path_mtu = 1500;
    l->s->files.at[0].bytes = 42430;
    l->s->files.at[2].bytes = 8222656;
    l->s->files.at[3].bytes = 34000000;
    for (size_t i = 0; i < l->s->files.n; i++) {
        l->s->files.at[i].seconds = 0.25;
        (void)pxk_str_copy(l->s->files.at[i].sha256, sizeof l->s->files.at[i].sha256,
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}

void run_healthy(struct lab *l)
{
    emulated(l, PXK_ARCH_BIOS);
    emulated(l, PXK_ARCH_UEFI_X64);
}

void run_failing(struct lab *l)
{
    emulated(l, PXK_ARCH_BIOS);
    emulated(l, PXK_ARCH_UEFI_X64);
    struct pxk_session *s = l->s;
    struct pxk_facts *f = &s->facts;
    for (unsigned i = 0; i < s->round[0].answer_n; i++)
        s->round[0].answer[i].file = "pxelinux.0";
    (void)pxk_str_copy(f->boot_file, sizeof f->boot_file, "pxelinux.0");
    s->files.n = 1;
    (void)pxk_str_copy(s->files.at[0].url, sizeof s->files.at[0].url,
                       "tftp://10.77.0.1/pxelinux.0");
    (void)pxk_str_copy(s->files.at[0].path, sizeof s->files.at[0].path, "pxelinux.0");
    (void)pxk_str_copy(s->files.at[0].kind, sizeof s->files.at[0].kind, "nbp");
    (void)pxk_str_copy(s->files.at[0].kind_words, sizeof s->files.at[0].kind_words,
                       "BIOS network boot program");
    s->files.at[0].pe_machine = 0;
    s->files.at[0].wrong_arch = f->firmware_rejects = true;
    s->files.at[0].transfer = 0;
    (void)pxk_str_copy(s->transfers.at[0].file, sizeof s->transfers.at[0].file, "pxelinux.0");
    lab_head_nbp(&s->transfers.at[0]);
    f->booted = false;
    f->loader_chain[0] = f->label[0] = f->cmdline[0] = f->config[0] = f->kernel[0] = '\0';
    f->install_files = f->install_found = f->initrds = 0;
}

void golden(const char *name, const char *text)
{
    char path[512];
    pxk_fmt(path, sizeof path, "%s/%s", PXK_GOLDEN, name);
    if (getenv("PXK_GOLDEN_WRITE")) {
        FILE *f = fopen(path, "w");
        cr_assert_not_null(f, "%s", path);
        fputs(text, f);
        fclose(f);
        return;
    }
    char *want = scratch_text(path);
    cr_assert_not_null(want);
    cr_expect(strcmp(want, text) == 0,
              "%s differs; if that is meant, run with PXK_GOLDEN_WRITE=1:\n%s", path, text);
    free(want);
}
