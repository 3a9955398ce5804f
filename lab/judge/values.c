/* Expectations over any value of a JSON document: JSON pointers (RFC 6901) with "*" for any
 * element. */
#include <stdlib.h>
#include <string.h>

#include "judge_int.h"

#define PARTS_MAX 32
#define SHOWN_MAX 8 /* values that are told when none fits */

struct hunt {
    const struct pxk_scn_value *want;
    struct pattern matches;
    bool fits;
    size_t met;           /* values that the pointer led to */
    struct pxk_text seen; /* the one that fits; else the first few */
    size_t differs_at;    /* where the first of them differs from `is` */
};

static bool number_fits(const json_t *v, const struct pxk_scn_value *w)
{
    if (!w->min_given && !w->max_given)
        return true;
    double n = json_number_value(v);
    return json_is_number(v) && (!w->min_given || n >= w->min) && (!w->max_given || n <= w->max);
}

static void meet(const json_t *v, struct hunt *h)
{
    const struct pxk_scn_value *w = h->want;
    struct pxk_text t = {0};
    size_t at, end;
    value_text(v, &t);
    const char *s = t.s ? t.s : "";
    bool fits = number_fits(v, w) && (!w->is || strcmp(s, w->is) == 0) &&
                (!w->matches || pattern_fits(&h->matches, s, t.len, 0, &at, &end));
    if (!h->met && w->is)
        while (s[h->differs_at] && s[h->differs_at] == w->is[h->differs_at])
            h->differs_at++;
    if (fits)
        h->seen.len = 0;
    if (fits || h->met < SHOWN_MAX)
        list_add(&h->seen, ", ", s);
    h->fits |= fits;
    h->met++;
    pxk_text_done(&t);
}

/* One part of a pointer, unescaped (~1 is /, ~0 is ~). False: longer than any key that we have. */
static bool part_of(const char **pointer, char *out, size_t cap)
{
    size_t n = 0;
    const char *p = *pointer;
    for (; *p && *p != '/'; p++) {
        char c = *p;
        if (c == '~' && (p[1] == '0' || p[1] == '1'))
            c = *++p == '1' ? '/' : '~';
        if (n + 1 >= cap)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    *pointer = p;
    return true;
}

static const json_t *step_into(const json_t *at, const char *part)
{
    if (json_is_object(at))
        return json_object_get(at, part);
    size_t digits = strspn(part, "0123456789");
    if (!json_is_array(at) || !digits || part[digits] || digits > 9)
        return NULL;
    return json_array_get(at, (size_t)strtoul(part, NULL, 10));
}

static void walk(const json_t *at, const char *pointer, unsigned depth, struct hunt *h);

static void walk_all(const json_t *at, const char *pointer, unsigned depth, struct hunt *h)
{
    const char *key;
    json_t *v;
    size_t i;
    json_array_foreach(at, i, v)
    {
        walk(v, pointer, depth, h);
    }
    json_object_foreach((json_t *)(uintptr_t)at, key, v)
    {
        walk(v, pointer, depth, h);
    }
}

static void walk(const json_t *at, const char *pointer, unsigned depth, struct hunt *h)
{
    char part[256];
    if (!at || h->fits || depth > PARTS_MAX)
        return;
    if (!*pointer) {
        meet(at, h);
        return;
    }
    pointer += *pointer == '/';
    if (!part_of(&pointer, part, sizeof part))
        return;
    if (strcmp(part, "*") == 0)
        walk_all(at, pointer, depth + 1, h);
    else
        walk(step_into(at, part), pointer, depth + 1, h);
}

/* What is not there is not there in a document that was never made either, nor below a part whose name is misspelt. */
static bool is_proof(const json_t *root, const char *pointer)
{
    char part[256];
    pointer += *pointer == '/';
    return root && part_of(&pointer, part, sizeof part) && (!*pointer || strcmp(part, "*") == 0 || step_into(root, part));
}

static void say_wanted(const struct pxk_scn_value *w, struct pxk_text *out)
{
    if (w->absent)
        pxk_text_add(out, "nothing there");
    if (w->is)
        list_add(out, " and ", w->is);
    if (w->matches) {
        list_add(out, " and ", "/");
        pxk_text_addf(out, "%s/", w->matches);
    }
    if (w->min_given && w->max_given) {
        list_add(out, " and ", "");
        pxk_text_addf(out, "%.15g to %.15g", w->min, w->max);
    } else if (w->min_given || w->max_given) {
        list_add(out, " and ", "");
        pxk_text_addf(out, "at %s %.15g", w->min_given ? "least" : "most",
                      w->min_given ? w->min : w->max);
    }
    if (!out->len)
        pxk_text_add(out, "a value");
}

void judge_value(struct judge *j, const char *what, const json_t *root,
                 const struct pxk_scn_value *want)
{
    struct hunt h = {.want = want};
    struct check c;
    check_begin(&c, want->line, "%s %s", what, want->at);
    say_wanted(want, &c.expected);
    if (want->matches)
        pattern_make(&h.matches, want->matches);
    walk(root, want->at, 0, &h);
    if (want->matches && !h.matches.good)
        pxk_text_addf(&c.seen, "not a regular expression: %s", h.matches.why);
    else if (want->absent && !is_proof(root, want->at))
        pxk_text_addf(&c.seen, root ? "nothing is there to look in" : "no %s", what);
    else
        pxk_text_add(&c.seen, h.seen.s && h.met ? h.seen.s : "nothing there");
    if (h.met > SHOWN_MAX && !h.fits)
        pxk_text_addf(&c.seen, " and %zu more", h.met - SHOWN_MAX);
    if (!h.fits && h.met == 1)
        c.at = h.differs_at;
    check_end(j, &c, want->absent ? !h.met && is_proof(root, want->at) : h.fits);
    pattern_done(&h.matches);
    pxk_text_done(&h.seen);
}
