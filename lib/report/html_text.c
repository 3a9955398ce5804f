/* Text in HTML. */
#include <string.h>

#include "html_int.h"

/* text_add_clean() takes no line ends. */
static const char *entity(char c)
{
    return c == '\n' ? "\n" : pxk_text_entity(c);
}

void html_add_n(struct pxk_text *t, const char *s, size_t n)
{
    size_t plain = 0;
    for (size_t i = 0; i < n; i++) {
        const char *as = entity(s[i]);
        if (!as)
            continue;
        text_add_clean(t, s + plain, i - plain);
        pxk_text_add(t, as);
        plain = i + 1;
    }
    text_add_clean(t, s + plain, n - plain);
}

void html_add(struct pxk_text *t, const char *s)
{
    html_add_n(t, s, strlen(s));
}

void html_put(struct pxk_text *t, const char *open, const char *s, const char *close)
{
    pxk_text_add(t, open);
    html_add(t, s);
    pxk_text_add(t, close);
}

void html_put_if(struct pxk_text *t, const char *open, const char *s, const char *close)
{
    if (s && *s)
        html_put(t, open, s, close);
}

void html_cell(struct pxk_text *t, const char *s)
{
    if (s && *s)
        html_put(t, "<td>", s, "</td>");
    else
        pxk_text_add(t, "<td class=\"dim\">-</td>");
}

void html_cell_num(struct pxk_text *t, uint64_t n)
{
    if (n)
        pxk_text_addf(t, "<td class=\"n\">%llu</td>", (unsigned long long)n);
    else
        pxk_text_add(t, "<td class=\"n dim\">-</td>");
}

void html_items(struct pxk_text *t, const char *s)
{
    while (s && *s) {
        size_t n = strcspn(s, "\n");
        pxk_text_add(t, "<li>");
        html_add_n(t, s, n);
        pxk_text_add(t, "</li>\n");
        s += n;
        s += *s == '\n';
    }
}

const char *verdict_class(enum pxk_verdict v)
{
    static const char *const names[] = {"dim", "ok", "warn", "bad"};
    return names[v];
}

const char *severity_class(enum pxk_severity s)
{
    static const char *const names[] = {"dim", "warn", "bad"};
    return names[s];
}
