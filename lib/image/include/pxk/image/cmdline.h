/* Kernel command lines that name more downloads: one table (cmdline.def) of installers' parameters. */
#ifndef PXK_IMAGE_CMDLINE_H
#define PXK_IMAGE_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "pxk/base.h"
#include "pxk/image/loader.h"

struct pxk_install_file {
    char parameter[32];       /* "preseed/url", "inst.ks" */
    char installer[32];       /* "debian-installer", "anaconda", "cloud-init", ... */
    char url[PXK_PATH_MAX];   /* complete URL: http://, https://, tftp://, ftp://, nfs: */
    bool required;            /* the installation cannot go on unattended without it */
};

#define PXK_INSTALL_FILES_MAX 8

struct pxk_install {
    struct pxk_install_file file[PXK_INSTALL_FILES_MAX];
    size_t n;
    char installer[32];       /* best guess of the installer; "" if the command line does not tell */
    char problem[160];        /* something on the command line that cannot work ("" if none), e.g. a seed
                                 URL of cloud-init that does not end in "/" */
};

/** What the system behind this command line will fetch. @server fills in forms that leave the host out. */
void pxk_install_from_cmdline(const char *cmdline, pxk_ip4 server, struct pxk_install *out);

#endif
