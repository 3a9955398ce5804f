#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pxk/base.h"

void pxk_text_add_n(struct pxk_text *t, const char *s, size_t n)
{
    if (t->failed)
        return;
    if (t->len + n + 1 > t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 1024;
        while (cap < t->len + n + 1)
            cap *= 2;
        char *bigger = realloc(t->s, cap);
        if (!bigger) {
            t->failed = true;
            return;
        }
        t->s = bigger;
        t->cap = cap;
    }
    if (n)
        memcpy(t->s + t->len, s, n);
    t->len += n;
    t->s[t->len] = '\0';
}

void pxk_text_add(struct pxk_text *t, const char *s)
{
    pxk_text_add_n(t, s, strlen(s));
}

void pxk_text_addf(struct pxk_text *t, const char *fmt, ...)
{
    va_list ap, again;
    char small[512];
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof small) {
        pxk_text_add_n(t, small, (size_t)n);
    } else if (n >= 0) {
        char *large = malloc((size_t)n + 1);
        if (large) {
            (void)vsnprintf(large, (size_t)n + 1, fmt, again);
            pxk_text_add_n(t, large, (size_t)n);
            free(large);
        } else {
            t->failed = true;
        }
    }
    va_end(again);
}

const char *pxk_text_entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void pxk_text_done(struct pxk_text *t)
{
    free(t->s);
    *t = (struct pxk_text){0};
}
