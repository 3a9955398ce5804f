/* A generated boot set: the smallest files that are formally right, for demo, tests and load. They boot an
 * emulated client up to its answer file; a real machine would find nothing to run in them. */
#ifndef PXK_IMAGE_BOOTSET_H
#define PXK_IMAGE_BOOTSET_H

#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

struct pxk_bootset_file {
    char path[128];   /* relative to the TFTP root */
    uint8_t *data;
    size_t len;
};

struct pxk_bootset {
    struct pxk_bootset_file *file;
    size_t n;
};

struct pxk_bootset_opts {
    pxk_ip4 server;      /* goes into the answer file's URL (tftp://server/preseed.cfg) */
    size_t kernel_bytes; /* 0: 2 MB; padded, and the headers say so; at least 16 kB, at most 2 GiB */
    size_t initrd_bytes; /* 0: 4 MB of incompressible content inside a gzip'd cpio; at most 2 GiB */
};

/**
 * pxelinux.0, ldlinux.c32, pxelinux.cfg/default (BIOS); bootx64.efi (shim), grubx64.efi, grub/grub.cfg and
 * the same for ia32 and aa64 (UEFI); linux, linux-arm64, initrd.gz, preseed.cfg. Deterministic: the same
 * options give the same bytes (with one version of zlib). pxk_image_verify() finds all of them whole.
 * PXK_E_RANGE for sizes over the bounds, PXK_E_NOMEM; @out is written on success only.
 */
PXK_MUST_USE enum pxk_err pxk_bootset_generate(const struct pxk_bootset_opts *opts,
                                               struct pxk_bootset *out);
void pxk_bootset_done(struct pxk_bootset *set);

/** The file at @path, as written in its row ("grub/grub.cfg"), or NULL. */
const struct pxk_bootset_file *pxk_bootset_find(const struct pxk_bootset *set, const char *path);

#endif
