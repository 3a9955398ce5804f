/* Rules of step 3 about how file names are written: backslashes and capitals of Windows' boot manager, a slash in front that one
 * server wants and another refuses. */
#include <string.h>
#include <strings.h>

#include "diag_int.h"

#define BACKSLASH "\\x5c" /* as names are kept: quoted */

static bool says_missing(const struct pxk_transfer *t)
{
    return t->error == PXK_TFTP_E_NOT_FOUND || strcasestr(t->message, "not found") || strcasestr(t->message, "no such file");
}

/* ---- Windows ---- */

/* What Windows' boot manager cannot do without; fonts and resources it can. */
static bool windows_needs(const char *base)
{
    size_t n = strlen(base);
    static const char *const names[] = {"bcd", "boot.sdi"};
    static const char *const ends[] = {".wim", ".exe", ".efi", ".com", ".n12"};
    for (size_t i = 0; i < PXK_COUNT(names); i++)
        if (strcasecmp(base, names[i]) == 0)
            return true;
    for (size_t i = 0; i < PXK_COUNT(ends); i++)
        if (n > 4 && strcasecmp(base + n - 4, ends[i]) == 0)
            return true;
    return false;
}

/* The same file under another spelling: it asks on until one fits. */
static bool came_as(const struct pxk_session *s, const char *base)
{
    for (size_t i = 0; i < s->transfers.n; i++)
        if (s->transfers.at[i].state == PXK_TRANSFER_DONE && strcasecmp(file_base(s->transfers.at[i].file), base) == 0)
            return true;
    return false;
}

static bool has_capital(const char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            return true;
    return false;
}

bool windows_name_refused(struct dx *d, const struct pxk_transfer *t)
{
    const char *base = file_base(t->file);
    bool back = strstr(t->file, BACKSLASH) != NULL;
    char intro[300];
    if (!(back || t->asked_variable) || !says_missing(t) || !windows_needs(base) || came_as(d->s, base))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_WINDOWS_FILE_NAME);
    dx_seen(f, "%s: ERROR %u \"%s\"", transfer_intro(t, intro, sizeof intro), t->error,
            *t->message ? t->message : pxk_tftp_error_words(t->error));
    if (!back && has_capital(t->file))
        dx_cause(f, "the server's file system tells capitals from small letters, and %s is written as Windows writes it", base);
    dx_span(f, t->first_frame, t->error_frame);
    dx_filter(d, f, "udp.port == %u", t->client_port);
    return true;
}

/* Several names with backslashes and none of them served: it is the form. A single one may just be missing (windows-file-missing). */
static bool all_are_refused(const struct pxk_session *s)
{
    unsigned refused = 0, served = 0;
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *t = &s->transfers.at[i];
        bool back = strstr(t->file, BACKSLASH) != NULL;
        refused += back && t->state == PXK_TRANSFER_REFUSED;
        served += back && (t->state == PXK_TRANSFER_DONE || t->oack);
    }
    return refused > 1 && !served;
}

void rule_windows_names(struct dx *d)
{
    if (!all_are_refused(d->s))
        return;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_REFUSED && windows_name_refused(d, t))
            return;
    }
}

/* ---- the slash in front ---- */

/* The same name with or without it was served. */
static bool served_otherwise(const struct pxk_session *s, const struct pxk_transfer *t)
{
    const char *bare = t->file + strspn(t->file, "/");
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *o = &s->transfers.at[i];
        if (o != t && (o->state == PXK_TRANSFER_DONE || o->probe) && strcmp(o->file, t->file) != 0 &&
            strcmp(o->file + strspn(o->file, "/"), bare) == 0)
            return true;
    }
    return false;
}

bool name_form_refused(struct dx *d, const struct pxk_transfer *t)
{
    bool slash = *t->file == '/', served = served_otherwise(d->s, t);
    bool absolute = !slash && strcasestr(t->message, "absolute"); /* tftpd-hpa, BSD's tftpd */
    bool relative = slash && (strcasestr(t->message, "relative") || t->error == PXK_TFTP_E_ILLEGAL); /* Windows' */
    char intro[300];
    if (!served && !absolute && !relative)
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_NAME_FORM_REFUSED);
    dx_seen(f, "%s: ERROR %u \"%s\"", transfer_intro(t, intro, sizeof intro), t->error,
            *t->message ? t->message : pxk_tftp_error_words(t->error));
    if (served)
        dx_seen(f, "; the same name %s a slash in front was served", slash ? "without" : "with");
    if (absolute)
        dx_cause(f, "the server takes only names that begin at its file system's root");
    else if (slash)
        dx_cause(f, "the server takes no names with a slash in front: Windows' TFTP server does so");
    dx_fix(f, "name the file %s%s in DHCP, and so in the loader's configuration", absolute ? "/srv/tftp/" : "",
           t->file + strspn(t->file, "/"));
    dx_span(f, t->first_frame, t->error_frame);
    dx_filter(d, f, "udp.port == %u", t->client_port);
    return true;
}
