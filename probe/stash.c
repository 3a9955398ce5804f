/* The first frames of a file wait until there are enough to see whether a mirror port made two of each: otherwise the first
 * copies would be told, and look like retransmissions. */
#include <stdlib.h>
#include <string.h>

#include "probe_int.h"

#define FRAMES 64u
#define BYTES  ((size_t)128 << 10)

struct stash {
    struct pxk_probe_frame frame[FRAMES];
    bool copy[FRAMES];
    unsigned n, copies;
    size_t used;
    uint8_t bytes[BYTES];
};

struct stash *stash_new(void)
{
    return calloc(1, sizeof(struct stash));
}

struct stash *stash_free(struct stash *s)
{
    free(s);
    return NULL;
}

bool stash_keep(struct stash *s, const struct pxk_probe_frame *f, bool copy)
{
    if (s->n == FRAMES || f->len > BYTES - s->used)
        return false;
    struct pxk_probe_frame *kept = &s->frame[s->n];
    *kept = *f;
    kept->data = s->bytes + s->used;
    if (f->len)
        memcpy(s->bytes + s->used, f->data, f->len);
    s->used += f->len;
    s->copy[s->n++] = copy;
    s->copies += copy;
    return true;
}

void stash_tell(struct pxk_probe *p)
{
    struct stash *s = p->stash;
    if (!s)
        return;
    p->stash = NULL;
    p->dedup.on = pxk_dedup_shows(s->copies, s->n);
    if (p->dedup.on)
        probe_notice(p, PXK_LOG_INFO, "most frames are there twice, as a mirror port copies them: the copies are left out");
    for (unsigned i = 0; i < s->n && !p->closing; i++) {
        if (p->dedup.on && s->copy[i])
            p->stats.duplicates++;
        else
            probe_tell(p, &s->frame[i]);
    }
    stash_free(s);
}
