/* Frames on their way: a binary heap by time over slots that are all allocated at the start. */
#include <stdlib.h>

#include "cable_int.h"

enum pxk_err queue_init(struct queue *q, size_t frames, size_t stride)
{
    size_t slots = frames + 1; /* the one more is the frame that was handed out last */
    *q = (struct queue){.cap = frames, .stride = stride};
    q->memory = malloc(slots * stride);
    q->len = calloc(slots, sizeof *q->len);
    q->unused = calloc(slots, sizeof *q->unused);
    q->heap = calloc(frames, sizeof *q->heap);
    if (!q->memory || !q->len || !q->unused || !q->heap) {
        queue_done(q);
        return PXK_E_NOMEM;
    }
    for (size_t i = slots; i > 0; i--)
        q->unused[q->unused_n++] = (uint32_t)(i - 1);
    return PXK_OK;
}

void queue_done(struct queue *q)
{
    free(q->memory);
    free(q->len);
    free(q->unused);
    free(q->heap);
    *q = (struct queue){0};
}

static bool before(const struct due *a, const struct due *b)
{
    return a->at != b->at ? a->at < b->at : a->number < b->number;
}

static void sift_up(struct queue *q, size_t i)
{
    struct due d = q->heap[i];
    for (; i > 0 && before(&d, &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = d;
}

static void sift_down(struct queue *q, size_t i)
{
    struct due d = q->heap[i];
    for (size_t child; (child = 2 * i + 1) < q->n; i = child) {
        if (child + 1 < q->n && before(&q->heap[child + 1], &q->heap[child]))
            child++;
        if (!before(&q->heap[child], &d))
            break;
        q->heap[i] = q->heap[child];
    }
    q->heap[i] = d;
}

uint32_t queue_take(struct queue *q)
{
    return q->unused[--q->unused_n];
}

void queue_release(struct queue *q, uint32_t slot)
{
    q->unused[q->unused_n++] = slot;
}

void queue_push(struct queue *q, uint32_t slot, size_t len, pxk_usec at, uint64_t number)
{
    q->len[slot] = (uint32_t)len;
    q->heap[q->n++] = (struct due){at, number, slot};
    sift_up(q, q->n - 1);
}

uint32_t queue_pop(struct queue *q)
{
    uint32_t slot = q->heap[0].slot;
    if (--q->n > 0) {
        q->heap[0] = q->heap[q->n];
        sift_down(q, 0);
    }
    return slot;
}

size_t queue_drop_after(struct queue *q, pxk_usec at)
{
    size_t kept = 0, all = q->n;
    for (size_t i = 0; i < all; i++) {
        if (q->heap[i].at > at)
            queue_release(q, q->heap[i].slot);
        else
            q->heap[kept++] = q->heap[i];
    }
    q->n = kept;
    for (size_t i = kept / 2; i > 0; i--)
        sift_down(q, i - 1);
    return all - kept;
}
