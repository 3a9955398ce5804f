/* The programs that can be servers of a case: a further one is its file and its line here. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers.h"

static const struct pxk_lab_kind *const kinds[] = {
    &pxk_srv_dnsmasq, &pxk_srv_isc_dhcpd, &pxk_srv_kea,       &pxk_srv_tftpd_hpa,
    &pxk_srv_atftpd,  &pxk_srv_nginx,     &pxk_srv_reference, &pxk_srv_external,
};

const struct pxk_lab_kind *pxk_lab_kind_row(size_t i)
{
    return i < PXK_COUNT(kinds) ? kinds[i] : NULL;
}

const struct pxk_lab_kind *pxk_lab_kind_find(const char *name)
{
    for (size_t i = 0; i < PXK_COUNT(kinds); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

/* ---- argument lists ---- */

static char *PXK_PRINTF(1, 0) vprint(const char *fmt, va_list args)
{
    char *text;
    return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

void pxk_lab_arg(struct pxk_lab_argv *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char **at = pxk_vec_push(&a->arg);
    if (at)
        *at = vprint(fmt, args);
    va_end(args);
}

void pxk_lab_env(struct pxk_lab_argv *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char **at = pxk_vec_push(&a->env);
    if (at)
        *at = vprint(fmt, args);
    va_end(args);
}

void pxk_lab_argv_done(struct pxk_lab_argv *a)
{
    for (size_t i = 0; i < a->arg.n; i++)
        free(a->arg.at[i]);
    for (size_t i = 0; i < a->env.n; i++)
        free(a->env.at[i]);
    pxk_vec_done(&a->arg);
    pxk_vec_done(&a->env);
}
