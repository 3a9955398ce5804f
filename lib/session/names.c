/* Names of the model's enums, from their lists. */
#include "session_int.h"

const char *pxk_step_key(enum pxk_step step)
{
    static const char *const keys[] = {
#define X(name, key, words) key,
        PXK_STEPS(X)
#undef X
    };
    return (unsigned)step < PXK_COUNT(keys) ? keys[step] : "";
}

const char *pxk_step_words(enum pxk_step step)
{
    static const char *const words_of[] = {
#define X(name, key, words) words,
        PXK_STEPS(X)
#undef X
    };
    return (unsigned)step < PXK_COUNT(words_of) ? words_of[step] : "";
}

const char *pxk_verdict_key(enum pxk_verdict verdict)
{
    static const char *const keys[] = {
#define X(name, key) key,
        PXK_VERDICTS(X)
#undef X
    };
    return (unsigned)verdict < PXK_COUNT(keys) ? keys[verdict] : "";
}

const char *pxk_milestone_key(enum pxk_milestone m)
{
    static const char *const keys[] = {
#define X(name, key, words) key,
        PXK_MILESTONES(X)
#undef X
    };
    return (unsigned)m < PXK_COUNT(keys) ? keys[m] : "";
}

const char *pxk_milestone_words(enum pxk_milestone m)
{
    static const char *const words_of[] = {
#define X(name, key, words) words,
        PXK_MILESTONES(X)
#undef X
    };
    return (unsigned)m < PXK_COUNT(words_of) ? words_of[m] : "";
}

const char *pxk_event_key(enum pxk_event_kind kind)
{
    static const char *const keys[] = {
#define X(name, key) key,
        PXK_EVENTS(X)
#undef X
    };
    return (unsigned)kind < PXK_COUNT(keys) ? keys[kind] : "";
}

void pxk_quote(char *dst, size_t cap, const void *data, size_t n)
{
    const uint8_t *p = data;
    while (n && p[n - 1] == 0)
        n--;
    struct pxk_str out = pxk_str_init(dst, cap);
    pxk_str_add_quoted(&out, data, n);
}

const char *pxk_base_name(const char *path)
{
    const char *name = path;
    for (const char *p = path; *p; p++) {
        if (*p == '/')
            name = p + 1;
        else if (pxk_str_starts(p, "\\x5c")) /* a quoted backslash: Windows' loaders use it */
            name = p + 4;
    }
    return name;
}
