/* Texts from the network that many sessions share: a thousand machines are told the same boot file by one server. Each is
 * held once, quoted, for as long as a session has it. */
#include "session_int.h"

#include <stdlib.h>

const char pxk_no_text[] = "";

struct text {
    struct texts *home;
    struct text *next;             /* in its bucket */
    uint64_t hash;
    uint32_t refs;
    uint16_t raw_n, cap;
    uint32_t quoted_n;             /* with its NUL; the raw bytes stand behind */
    char s[];
};

enum { BUCKETS_FIRST = 256 };

void pxk_texts_done(struct texts *t)
{
    free(t->bucket); /* the sessions have let go of all texts */
    *t = (struct texts){0};
}

static uint64_t hash_of(const uint8_t *p, size_t n, size_t cap)
{
    uint64_t h = n ^ (uint64_t)cap << 32, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, p, n);
    return pxk_mix(h ^ word);
}

static bool grow(struct texts *t)
{
    size_t size = t->bucket ? (t->mask + 1) * 2 : BUCKETS_FIRST;
    struct text **bucket = calloc(size, sizeof *bucket);
    if (!bucket)
        return t->bucket != NULL; /* longer chains, then */
    for (size_t i = 0; t->bucket && i <= t->mask; i++)
        for (struct text *x = t->bucket[i], *next; x; x = next) {
            next = x->next;
            x->next = bucket[x->hash & (size - 1)];
            bucket[x->hash & (size - 1)] = x;
        }
    free(t->bucket);
    t->bucket = bucket;
    t->mask = size - 1;
    return true;
}

static size_t size_of(const struct text *x)
{
    return sizeof *x + x->quoted_n + x->raw_n;
}

static struct text *text_new(struct texts *t, const uint8_t *raw, size_t n, size_t cap, uint64_t hash)
{
    char quoted[1024];
    pxk_quote(quoted, cap < sizeof quoted ? cap : sizeof quoted, raw, n);
    size_t len = strlen(quoted) + 1;
    struct text *x = malloc(sizeof *x + len + n);
    if (!x)
        return NULL;
    *x = (struct text){.home = t, .next = t->bucket[hash & t->mask], .hash = hash, .raw_n = (uint16_t)n,
                       .cap = (uint16_t)cap, .quoted_n = (uint32_t)len};
    memcpy(x->s, quoted, len);
    memcpy(x->s + len, raw, n);
    t->bucket[hash & t->mask] = x;
    t->n++;
    t->bytes += size_of(x);
    return x;
}

const char *pxk_text_keep(struct texts *t, const void *data, size_t n, size_t cap)
{
    const uint8_t *raw = data;
    while (n && raw[n - 1] == 0)
        n--;
    if (!n || n > UINT16_MAX)
        return pxk_no_text;
    if ((!t->bucket || t->n > t->mask) && !grow(t))
        return pxk_no_text;
    uint64_t hash = hash_of(raw, n, cap);
    struct text *x = t->bucket[hash & t->mask];
    while (x && !(x->hash == hash && x->raw_n == n && x->cap == cap && memcmp(x->s + x->quoted_n, raw, n) == 0))
        x = x->next;
    if (!x)
        x = text_new(t, raw, n, cap, hash);
    if (!x)
        return pxk_no_text;
    x->refs++;
    return x->s;
}

void pxk_text_drop(const char *s)
{
    if (s == pxk_no_text)
        return;
    struct text *x = (struct text *)(uintptr_t)(s - offsetof(struct text, s));
    if (--x->refs)
        return;
    struct text **at = &x->home->bucket[x->hash & x->home->mask];
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    x->home->n--;
    x->home->bytes -= size_of(x);
    free(x);
}
