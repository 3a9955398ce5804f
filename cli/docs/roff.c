/* Text as roff, for the man macros (man(7)). */
#include <ctype.h>
#include <string.h>

#include "docs.h"

void roff_add(struct pxk_text *t, const char *s)
{
    for (; *s; s++) {
        bool begins = !t->len || t->s[t->len - 1] == '\n';
        if (begins && (*s == '.' || *s == '\''))
            pxk_text_add(t, "\\&");
        if (*s == '\\')
            pxk_text_add(t, "\\e");
        else if (*s == '-')
            pxk_text_add(t, "\\-");
        else
            pxk_text_add_n(t, s, 1);
    }
}

void roff_request(struct pxk_text *t, const char *request, const char *arg)
{
    pxk_text_addf(t, ".%s \"", request);
    for (; *arg; arg++) {
        char one[2] = {*arg, '\0'};
        if (*arg == '"')
            pxk_text_add(t, "\\(dq");
        else
            roff_add(t, one);
    }
    pxk_text_add(t, "\"\n");
}

/* A heading begins a paragraph by itself. */
static bool after_heading(const struct pxk_text *t)
{
    size_t at = t->len ? t->len - 1 : 0;
    while (at && t->s[at - 1] != '\n')
        at--;
    return t->len && pxk_str_starts(t->s + at, ".S");
}

void roff_paragraph(struct pxk_text *t, const char *s)
{
    pxk_text_add(t, after_heading(t) ? "" : ".PP\n");
    roff_add(t, s);
    pxk_text_add(t, "\n");
}

void roff_example(struct pxk_text *t, const char *s)
{
    size_t n = strlen(s);
    pxk_text_add(t, ".RS 4\n.nf\n");
    roff_add(t, s);
    pxk_text_add(t, n && s[n - 1] == '\n' ? "" : "\n");
    pxk_text_add(t, ".fi\n.RE\n");
}

void roff_head(struct pxk_text *t, const char *page, unsigned section, const char *about)
{
    pxk_text_add(t, ".\\\" Made from the program's own tables; do not edit.\n.TH \"");
    for (const char *p = page; *p; p++)
        pxk_text_addf(t, "%c", toupper((unsigned char)*p));
    pxk_text_addf(t, "\" %u \"\" \"pxekit %s\" \"pxekit\"\n.nh\n.ad l\n", section, PXK_VERSION);
    roff_request(t, "SH", "NAME");
    roff_add(t, page);
    pxk_text_add(t, " \\- ");
    roff_add(t, about);
    pxk_text_add(t, "\n");
}
