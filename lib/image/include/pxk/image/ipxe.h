/* iPXE scripts, read and not run: is the first line right, what do they load. A script with branches or menus may do any of
 * it; one without does all of it in order. Sources: iPXE src/image/script.c, src/core/exec.c, src/hci/commands/image_cmd.c. */
#ifndef PXK_IMAGE_IPXE_H
#define PXK_IMAGE_IPXE_H

#include <stdbool.h>
#include <stddef.h>

#define PXK_IPXE_NAME_MAX 320

struct pxk_ipxe_scan {
    bool is_script;            /* begins "#!ipxe" or "#!gpxe" and white space: iPXE runs it */
    bool nearly;               /* meant to, and does not: first_line says why */
    char first_line[64];       /* as it stands, not quoted */
    bool branches;             /* goto, menus, ||, &&: not every line is run */
    unsigned kernels, initrds, chains; /* commands seen */
    char kernel[PXK_IPXE_NAME_MAX];    /* of the first one; "" if none */
    char cmdline[1024];        /* its arguments, joined by blanks; with imgargs' in their place if it has some */
    char initrd[PXK_IPXE_NAME_MAX];    /* the first one's URI */
    char chain[PXK_IPXE_NAME_MAX];
    bool variables;            /* kernel, initrd or command line have ${settings}, which only the machine knows */
};

/** Any bytes will do. Names and arguments are as written, without quoting for a terminal. */
void pxk_ipxe_scan(const void *data, size_t len, struct pxk_ipxe_scan *out);

/** Does a command line name an initrd, as a kernel under UEFI needs it from an iPXE without LoadFile2 (before 2021)? */
bool pxk_cmdline_names_initrd(const char *cmdline);

#endif
