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

/* RFC 8446 6, RFC 5246 7.2 */
const char *pxk_tls_alert_words(const struct pxk_tls *tls)
{
    static const struct {
        uint8_t alert;
        const char *words;
    } rows[] = {
        {10, "unexpected message"},     {20, "bad record MAC"},          {21, "decryption failed"},
        {40, "handshake failure"},      {41, "no certificate"},          {42, "bad certificate"},
        {43, "unsupported certificate"}, {44, "certificate revoked"},    {45, "certificate expired"},
        {46, "certificate unknown"},    {47, "illegal parameter"},       {48, "unknown CA"},
        {49, "access denied"},          {50, "decode error"},            {51, "decrypt error"},
        {70, "protocol version"},       {71, "insufficient security"},   {80, "internal error"},
        {86, "inappropriate fallback"}, {90, "user cancelled"},          {109, "missing extension"},
        {110, "unsupported extension"}, {112, "unrecognised name"},      {113, "bad certificate status response"},
        {116, "certificate required"},  {120, "no application protocol"},
    };
    if (tls->alert_hidden)
        return "encrypted";
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (rows[i].alert == tls->alert)
            return rows[i].words;
    return "unknown";
}

/* RFC 1035 4.1.1 */
const char *pxk_dns_rcode_words(unsigned rcode)
{
    static const char *const words[] = {"no error",     "format error",    "server failure",
                                        "no such name", "not implemented", "refused"};
    return rcode < PXK_COUNT(words) ? words[rcode] : "error";
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
