/* What a session owns: rounds and answers grow one by one within their bounds, so that a client which only asked for an
 * address costs little. */
#include "session_int.h"

#include <stdlib.h>

/* Room for the next of @n in an array that has been grown by this function alone: it doubles. */
static void *grown(void *at, size_t n, size_t max, size_t size)
{
    if (n && (n & (n - 1)))
        return at;
    size_t cap = n ? n * 2 : 1;
    return realloc(at, (cap < max ? cap : max) * size);
}

void pxk_answer_drop(struct pxk_answer *a)
{
    const char *const texts[] = {a->file, a->option67, a->option66, a->vendor, a->message, a->pxelinux_config,
                                 a->pxelinux_prefix, a->edk2_why};
    for (size_t i = 0; a->kept && i < PXK_COUNT(texts); i++)
        pxk_text_drop(texts[i]);
    a->kept = false;
}

static void round_done(struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++)
        pxk_answer_drop(&r->answer[i]);
    free(r->answer);
    if (r->kept) {
        pxk_text_drop(r->vendor);
        pxk_text_drop(r->user_class);
    }
    *r = (struct pxk_round){0};
}

static struct pxk_round *round_begin(struct pxk_round *r)
{
    *r = (struct pxk_round){.vendor = pxk_no_text, .user_class = pxk_no_text};
    return r;
}

struct pxk_round *pxk_session_round_add(struct pxk_session *s)
{
    if (s->round_n == PXK_ROUNDS_MAX) {
        round_done(&s->round[s->round_n - 1]);
        return round_begin(&s->round[s->round_n - 1]);
    }
    struct pxk_round *all = grown(s->round, s->round_n, PXK_ROUNDS_MAX, sizeof *all);
    if (!all)
        return NULL;
    s->round = all;
    return round_begin(&all[s->round_n++]);
}

struct pxk_answer *pxk_round_answer_add(struct pxk_round *r)
{
    if (r->answer_n == PXK_ANSWERS_MAX)
        return NULL;
    struct pxk_answer *all = grown(r->answer, r->answer_n, PXK_ANSWERS_MAX, sizeof *all);
    if (!all)
        return NULL;
    r->answer = all;
    all[r->answer_n] = PXK_ANSWER_EMPTY;
    return &all[r->answer_n++];
}

static struct pxk_boot6 *boot6_begin(struct pxk_boot6 *x)
{
    if (x->kept)
        pxk_text_drop(x->url);
    *x = (struct pxk_boot6){.url = pxk_no_text, .arch = PXK_ARCH_UNSET};
    return x;
}

struct pxk_boot6 *pxk_session_boot6_add(struct pxk_session *s)
{
    if (s->boot6_n == PXK_BOOT6_MAX)
        return boot6_begin(&s->boot6[s->boot6_n - 1]);
    struct pxk_boot6 *all = grown(s->boot6, s->boot6_n, PXK_BOOT6_MAX, sizeof *all);
    if (!all)
        return NULL;
    s->boot6 = all;
    all[s->boot6_n].kept = false;
    return boot6_begin(&all[s->boot6_n++]);
}

/* What grown() has allocated for @n of them. */
static size_t room(size_t n, size_t max)
{
    size_t cap = n ? 1 : 0;
    while (cap < n)
        cap *= 2;
    return cap < max ? cap : max;
}

size_t pxk_session_bytes(const struct pxk_session *s)
{
    size_t bytes = room(s->round_n, PXK_ROUNDS_MAX) * sizeof *s->round + room(s->boot6_n, PXK_BOOT6_MAX) * sizeof *s->boot6 + s->transfers.cap * sizeof *s->transfers.at +
                   s->https.cap * sizeof *s->https.at + s->conns.cap * sizeof *s->conns.at + s->dns.cap * sizeof *s->dns.at +
                   s->files.cap * sizeof *s->files.at;
    for (unsigned i = 0; i < s->round_n; i++)
        bytes += room(s->round[i].answer_n, PXK_ANSWERS_MAX) * sizeof *s->round[i].answer;
    for (size_t i = 0; i < s->transfers.n; i++)
        bytes += s->transfers.at[i].head_cap;
    for (size_t i = 0; i < s->https.n; i++)
        bytes += s->https.at[i].head_len;
    return bytes;
}

void pxk_session_done(struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++)
        round_done(&s->round[i]);
    free(s->round);
    s->round = NULL;
    s->round_n = 0;
    for (unsigned i = 0; i < s->boot6_n; i++)
        (void)boot6_begin(&s->boot6[i]);
    free(s->boot6);
    s->boot6 = NULL;
    s->boot6_n = 0;
    for (size_t i = 0; i < s->transfers.n; i++)
        free(s->transfers.at[i].head);
    pxk_vec_done(&s->transfers);
    for (size_t i = 0; i < s->https.n; i++) {
        free(s->https.at[i].head);
        free(s->https.at[i].location);
    }
    pxk_vec_done(&s->https);
    pxk_vec_done(&s->conns);
    pxk_vec_done(&s->dns);
    pxk_vec_done(&s->files);
}
