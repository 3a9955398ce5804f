/* GRUB's `test`, `[` and `regexp`. Sources: GRUB grub-core/commands/test.c, regexp.c.
 *
 * -e, -f, -d and -s look into directories, which TFTP and HTTP do not have: they are false for
 * every file on the network and send nothing (capture ok-uefi-edk2-virtio-dnsmasq, whose memdisk
 * configuration tests for $prefix/x86_64-efi/grub.cfg: no request). */
#include <regex.h>
#include <stdlib.h>

#include "grub_loader.h"

struct test {
    const struct gl_args *a;
    size_t at, end;
};

static const char *arg(const struct test *t, size_t ahead)
{
    return t->at + ahead < t->end ? t->a->at[t->at + ahead] : NULL;
}

static bool is(const char *s, const char *text)
{
    return s && strcmp(s, text) == 0;
}

static long long number(const char *s)
{
    return strtoll(s, NULL, 0);
}

static bool binary(const char *a, const char *op, const char *b, bool *known)
{
    *known = true;
    if (is(op, "=") || is(op, "=="))
        return strcmp(a, b) == 0;
    if (is(op, "!="))
        return strcmp(a, b) != 0;
    if (is(op, "<"))
        return strcmp(a, b) < 0;
    if (is(op, ">"))
        return strcmp(a, b) > 0;
    if (is(op, "<="))
        return strcmp(a, b) <= 0;
    if (is(op, ">="))
        return strcmp(a, b) >= 0;
    if (is(op, "-eq"))
        return number(a) == number(b);
    if (is(op, "-ne"))
        return number(a) != number(b);
    if (is(op, "-lt"))
        return number(a) < number(b);
    if (is(op, "-le"))
        return number(a) <= number(b);
    if (is(op, "-gt"))
        return number(a) > number(b);
    if (is(op, "-ge"))
        return number(a) >= number(b);
    if (is(op, "-nt") || is(op, "-ot"))
        return false;
    *known = false;
    return false;
}

static bool either(struct test *t);

static bool term(struct test *t)
{
    const char *a = arg(t, 0), *op = arg(t, 1), *b = arg(t, 2);
    bool known = false;
    if (a && op && b) {
        bool v = binary(a, op, b, &known);
        if (known) {
            t->at += 3;
            return v;
        }
    }
    if (!a)
        return false;
    t->at++;
    if (is(a, "!"))
        return !term(t);
    if (is(a, "(")) {
        bool v = either(t);
        t->at += is(arg(t, 0), ")");
        return v;
    }
    bool unary = a[0] == '-' && a[1] && !a[2] && strchr("nzefds", a[1]);
    if (!op || !unary)
        return a[0] != '\0';
    t->at++;
    return a[1] == 'n' ? op[0] != '\0' : a[1] == 'z' ? op[0] == '\0' : false;
}

static bool both(struct test *t)
{
    bool v = term(t);
    while (is(arg(t, 0), "-a")) {
        t->at++;
        v = term(t) && v;
    }
    return v;
}

static bool either(struct test *t)
{
    bool v = both(t);
    while (is(arg(t, 0), "-o")) {
        t->at++;
        v = both(t) || v;
    }
    return v;
}

int pxk_gl_test(const struct gl_args *a, size_t from, size_t to)
{
    struct test t = {a, from, to};
    return either(&t) ? 0 : 1;
}

#define GROUPS_MAX 10

/* Patterns that make a matcher explode (counted repeats, references back) are refused: none is in
 * use in boot menus, and this one's come from the network. */
static bool harmless(const char *pattern)
{
    size_t n = strlen(pattern);
    if (n > 128)
        return false;
    for (size_t i = 0; i < n; i++)
        if (pattern[i] == '{' ||
            (pattern[i] == '\\' && pattern[i + 1] >= '1' && pattern[i + 1] <= '9'))
            return false;
    return true;
}

/* "--set 2:name" and "--set name" (the first group) */
static void set_group(struct gl *g, const char *spec, const char *text, const regmatch_t *m)
{
    char value[512];
    unsigned group = 1;
    const char *colon = strchr(spec, ':');
    if (colon)
        group = (unsigned)strtoul(spec, NULL, 10);
    if (group >= GROUPS_MAX || m[group].rm_so < 0)
        return;
    pxk_str_copy_n(value, sizeof value, text + m[group].rm_so,
                   (size_t)(m[group].rm_eo - m[group].rm_so));
    pxk_gl_set(g, colon ? colon + 1 : spec, value);
}

int pxk_gl_regexp(struct gl *g, const struct gl_args *a)
{
    const char *spec[8];
    size_t specs = 0;
    size_t i = 1;
    for (; i < a->n && a->at[i][0] == '-'; i++) {
        const char *v = pxk_str_starts(a->at[i], "--set=") ? a->at[i] + 6 : NULL;
        if (!v && (is(a->at[i], "--set") || is(a->at[i], "-s")) && i + 1 < a->n)
            v = a->at[++i];
        if (v && specs < PXK_COUNT(spec))
            spec[specs++] = v;
    }
    regex_t re;
    regmatch_t m[GROUPS_MAX];
    g->steps += 200;
    if (i + 2 > a->n || !harmless(a->at[i]) || strlen(a->at[i + 1]) > 1024 ||
        regcomp(&re, a->at[i], REG_EXTENDED) != 0)
        return 1;
    int status = regexec(&re, a->at[i + 1], GROUPS_MAX, m, 0) == 0 ? 0 : 1;
    for (size_t k = 0; !status && k < specs; k++)
        set_group(g, spec[k], a->at[i + 1], m);
    regfree(&re);
    return status;
}
