/* Small checks and helpers that every part of a scenario file needs. */
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scn_int.h"

/* ---- memory ---- */

void *scn_alloc(struct pxk_conf *c, size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        pxk_conf_no_memory(c);
    return p;
}

void scn_set(struct pxk_conf *c, char **out, const char *fmt, ...)
{
    char buf[300];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    free(*out);
    *out = scn_copy(c, buf);
}

char *scn_copy(struct pxk_conf *c, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        pxk_conf_no_memory(c);
    return copy;
}

/* ---- words joined ---- */

bool scn_part(const char **at, char join, char *out, size_t cap)
{
    if (!*at)
        return false;
    const char *end = strchr(*at, join);
    (void)pxk_str_copy_n(out, cap, *at, end ? (size_t)(end - *at) : strlen(*at)); /* words are short */
    *at = end ? end + 1 : NULL;
    return true;
}

bool scn_has_part(const char *joined, char join, const char *word)
{
    char part[64];
    for (const char *at = joined; scn_part(&at, join, part, sizeof part);)
        if (strcmp(part, word) == 0)
            return true;
    return false;
}

/* ---- what a text must look like ---- */

bool scn_at_most(struct pxk_conf *c, const void *vec, size_t n, size_t max, const char *what)
{
    if (n > max)
        pxk_conf_error(c, vec, "there are %zu %s, at most %zu are possible", n, what, max);
    return n <= max;
}

void scn_name_check(struct pxk_conf *c, char *const *name)
{
    static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    char shown[80];
    struct pxk_str s = pxk_str_init(shown, sizeof shown);
    if (!*name || ((*name)[strspn(*name, ok)] == '\0' && **name != '-' && **name != '_'))
        return;
    pxk_str_add_quoted(&s, *name, strnlen(*name, 40));
    pxk_conf_error(c, name, "\"%s\" is no name, expected letters, digits, - and _", shown);
}

void scn_path_check(struct pxk_conf *c, char *const *path)
{
    if (!*path)
        return;
    bool out = **path == '/';
    for (const char *p = *path; p && !out; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
        out = strcmp(p, "..") == 0 || pxk_str_starts(p, "../");
    if (out)
        pxk_conf_error(c, path, "this path leaves the boot tree, expected one below it such as pxelinux.cfg/default");
}

/* A repetition is compiled by writing it out: "(a{9}){9}" is 81 states. True if that stays small. */
static bool repetitions_are_few(const char *text)
{
    unsigned long product = 1;
    for (const char *p = text; *p; p++) {
        if (*p == '\\' && p[1]) {
            p++;
            continue;
        }
        if (*p != '{')
            continue;
        unsigned long most = 1;
        for (p++; *p && *p != '}'; p++) {
            char *end;
            unsigned long v = strtoul(p, &end, 10);
            if (end > p && v > most)
                most = v;
            p = end > p ? end - 1 : p;
        }
        product = most > 1000 ? 1001 : product * most;
        if (product > 1000)
            return false;
        if (!*p)
            break;
    }
    return true;
}

void scn_regex_check(struct pxk_conf *c, char *const *text)
{
    char why[120];
    regex_t re;
    struct scn_use *use = pxk_conf_user(c);
    if (!*text)
        return;
    uint64_t hash = pxk_hash(PXK_HASH_BEGIN, *text, strlen(*text)), *known = &use->compiled[hash % PXK_COUNT(use->compiled)];
    if (*known == hash && hash)
        return;
    if (use->regexes == SCN_COMPILED_MAX) {
        pxk_conf_error(c, text, "all rows together have more than %d regular expressions", SCN_COMPILED_MAX);
        return;
    }
    use->regexes++;
    if (!repetitions_are_few(*text)) {
        pxk_conf_error(c, text, "this regular expression repeats more than 1000 times what it repeats");
        return;
    }
    int err = regcomp(&re, *text, REG_EXTENDED | REG_NOSUB);
    if (err) {
        (void)regerror(err, &re, why, sizeof why);
        pxk_conf_error(c, text, "not a regular expression: %s", why);
        return;
    }
    regfree(&re);
    *known = hash;
}

void scn_regexes_check(struct pxk_conf *c, const void *vec, char *const *at, size_t n)
{
    if (!scn_at_most(c, vec, n, SCN_REGEXES_MAX, "regular expressions"))
        return;
    for (size_t i = 0; i < n; i++)
        scn_regex_check(c, &at[i]);
}

void scn_event_check(struct pxk_conf *c, const void *field, const char *text)
{
    char word[40], hint[80], shown[80];
    struct pxk_near near = {.word = word};
    struct pxk_str s = pxk_str_init(shown, sizeof shown);
    (void)pxk_str_copy_n(word, sizeof word, text, strcspn(text, " ")); /* longer ones are none */
    for (size_t i = 0; scn_event_word(i); i++) {
        if (strcmp(scn_event_word(i), word) == 0)
            return;
        pxk_near_offer(&near, scn_event_word(i));
    }
    pxk_str_add_quoted(&s, word, strlen(word));
    pxk_conf_error(c, field, "no event \"%s\", expected one such as dhcp.ack or tftp.request%s", shown,
                   scn_hint(&near, hint, sizeof hint));
}

void scn_no_word(struct pxk_conf *c, const struct pxk_conf_pairs *pair, const char *fmt, const char *(*word)(size_t i))
{
    struct pxk_near near = {.word = pair->key};
    char shown[80], hint[80];
    struct pxk_str s = pxk_str_init(shown, sizeof shown);
    for (size_t i = 0; word(i); i++)
        pxk_near_offer(&near, word(i));
    pxk_str_add_quoted(&s, pair->key, strnlen(pair->key, 40));
    pxk_conf_error_key(c, pair, fmt, shown, scn_hint(&near, hint, sizeof hint));
}

const char *scn_hint(const struct pxk_near *near, char *buf, size_t cap)
{
    const char *best = near->best;
    return best ? pxk_fmt(buf, cap, "; did you mean \"%s\"", best) : "";
}
