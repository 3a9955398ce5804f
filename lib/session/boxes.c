/* Sessions by MAC and by address: how they come, and how they leave when there are too many, when they hold too much, or
 * when they have been silent for long. All of it in constant time per frame. */
#include "session_int.h"

#include <stdlib.h>

enum { CLIENTS_DEFAULT = 1024, CLIENTS_LIMIT = 1 << 20 };

bool pxk_boxes_init(struct pxk_tracker *t)
{
    t->box_max = t->opts.clients_max ? t->opts.clients_max : CLIENTS_DEFAULT;
    if (t->box_max > CLIENTS_LIMIT)
        t->box_max = CLIENTS_LIMIT;
    size_t buckets = pxk_pow2_over(t->box_max * 2);
    t->mac_mask = buckets - 1;
    t->box = calloc(t->box_max, sizeof *t->box);
    t->mac_bucket = calloc(buckets, sizeof *t->mac_bucket);
    return t->box && t->mac_bucket && pxk_table_init(&t->by_ip, t->box_max * 2);
}

void pxk_boxes_done(struct pxk_tracker *t)
{
    for (size_t i = 0; i < t->box_n; i++) {
        pxk_session_done(&t->box[i]->s);
        free(t->box[i]->streams);
        free(t->box[i]);
    }
    for (struct box *b = t->spare, *next; b; b = next) {
        next = b->mac_next;
        free(b);
    }
    free(t->box);
    free(t->mac_bucket);
    pxk_table_done(&t->by_ip);
}

/* ---- queues ---- */

static void queue_in(struct queue *q, struct box *b)
{
    b->older = q->newest;
    b->newer = NULL;
    if (q->newest)
        q->newest->newer = b;
    else
        q->oldest = b;
    q->newest = b;
    q->n++;
}

static void queue_out(struct queue *q, struct box *b)
{
    if (b->older)
        b->older->newer = b->newer;
    else
        q->oldest = b->newer;
    if (b->newer)
        b->newer->older = b->older;
    else
        q->newest = b->older;
    q->n--;
}

static struct queue *queue_of(struct pxk_tracker *t, const struct box *b)
{
    return &t->queue[b->answered];
}

/* ---- by MAC, by address ---- */

static struct box **bucket_of(const struct pxk_tracker *t, const struct pxk_mac *mac)
{
    return &t->mac_bucket[(size_t)pxk_mix(pxk_key_mac(mac)) & t->mac_mask];
}

struct box *pxk_box_by_mac(const struct pxk_tracker *t, const struct pxk_mac *mac)
{
    for (struct box *b = *bucket_of(t, mac); b; b = b->mac_next)
        if (pxk_mac_eq(&b->s.mac, mac))
            return b;
    return NULL;
}

struct box *pxk_box_by_ip(const struct pxk_tracker *t, struct pxk_ip ip)
{
    return pxk_ip_is_none(ip) ? NULL : pxk_table_get(&t->by_ip, pxk_key_ip(ip));
}

struct box *pxk_box_of_sender(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct box *by_mac = pxk_box_by_mac(t, &f->src);
    if (by_mac && f->l3 == PXK_L3_IP4 && by_mac->s.ip == f->ip.src)
        return by_mac;
    struct box *by_ip = pxk_box_by_ip(t, f->from);
    if (!by_ip && by_mac && f->l3 == PXK_L3_IP6)
        pxk_box_address(t, by_mac, f->from); /* IPv6 machines make addresses as they please */
    return by_ip ? by_ip : by_mac;
}

void pxk_box_address(struct pxk_tracker *t, struct box *b, struct pxk_ip ip)
{
    if (pxk_ip_is_v4(ip))
        b->s.ip = pxk_ip_to4(ip);
    else
        b->s.ip6 = ip;
    pxk_table_put(&t->by_ip, pxk_key_ip(ip), b);
}

/* ---- leaving ---- */

static void unlink_mac(struct pxk_tracker *t, struct box *b)
{
    struct box **at = bucket_of(t, &b->s.mac);
    while (*at != b)
        at = &(*at)->mac_next;
    *at = b->mac_next;
}

static void retire(struct pxk_tracker *t, struct box *b)
{
    t->opts.on_retire(t->opts.ctx, &b->s);
    t->retired++;
    t->bytes -= b->bytes;
    queue_out(queue_of(t, b), b);
    unlink_mac(t, b);
    t->box[b->place] = t->box[--t->box_n];
    t->box[b->place]->place = b->place;
    pxk_session_done(&b->s);
    free(b->streams);
    uint32_t generation = b->generation + 1;
    *b = (struct box){.generation = generation, .mac_next = t->spare};
    t->spare = b;
    if (t->grown == b)
        t->grown = NULL;
}

/* Who must make room. As long as those that nobody answers are not few, it is one of them. */
static struct box *victim(const struct pxk_tracker *t, const struct box *keep)
{
    enum { SHARE = 8 };
    bool crowd = t->queue[0].n * SHARE > t->box_n;
    struct box *b = t->queue[!crowd].oldest ? t->queue[!crowd].oldest : t->queue[crowd].oldest;
    return b == keep ? b->newer : b;
}

static void count_bytes(struct pxk_tracker *t, struct box *b)
{
    size_t now = sizeof *b + pxk_session_bytes(&b->s) + pxk_streams_bytes(b);
    t->bytes += now - b->bytes;
    b->bytes = now;
}

void pxk_boxes_trim(struct pxk_tracker *t)
{
    struct box *grown = t->grown;
    if (grown) {
        t->grown = NULL;
        count_bytes(t, grown);
    }
    if (!t->opts.on_retire)
        return;
    for (struct box *b; grown && t->opts.memory_max && t->bytes + t->texts.bytes > t->opts.memory_max && (b = victim(t, grown));)
        retire(t, b);
    for (unsigned q = 0; q < 2; q++) {
        struct box *b = t->queue[q].oldest;
        if (b && t->opts.idle_max && pxk_usec_since(b->s.last, t->now) > t->opts.idle_max)
            retire(t, b);
    }
}

/* ---- coming ---- */

static void turn_away(struct pxk_tracker *t, const struct pxk_mac *mac)
{
    uint64_t key = pxk_key_mac(mac);
    uint64_t *seen = &t->stranger[pxk_mix(key) % PXK_COUNT(t->stranger)];
    if (*seen != key && t->untracked < UINT32_MAX)
        t->untracked++;
    *seen = key;
}

static struct box *spare_box(struct pxk_tracker *t)
{
    if (t->box_n == t->box_max && t->opts.on_retire) {
        struct box *b = victim(t, NULL);
        if (b)
            retire(t, b);
    }
    if (t->box_n == t->box_max)
        return NULL;
    struct box *b = t->spare;
    if (!b)
        return calloc(1, sizeof *b);
    t->spare = b->mac_next;
    return b;
}

struct box *pxk_box_for(struct pxk_tracker *t, const struct pxk_mac *mac)
{
    struct box *b = pxk_box_by_mac(t, mac);
    if (b || pxk_mac_is_zero(mac) || pxk_mac_is_multicast(mac))
        return b;
    b = spare_box(t);
    if (!b) {
        turn_away(t, mac);
        return NULL;
    }
    struct box **bucket = bucket_of(t, mac);
    b->generation++;
    b->mac_next = *bucket;
    *bucket = b;
    b->s.mac = *mac;
    b->s.arch = PXK_ARCH_UNSET;
    b->s.started = b->s.last = t->now;
    b->s.first_frame = b->s.last_frame = t->number;
    b->s.vlan = t->frame.vlan[0];
    b->s.now = &t->now;
    b->place = (uint32_t)t->box_n;
    t->box[t->box_n++] = b;
    queue_in(&t->queue[0], b);
    pxk_box_grew(t, b);
    pxk_event_client_new(t, b);
    return b;
}

void pxk_box_touch(struct pxk_tracker *t, struct box *b)
{
    b->s.last = t->now;
    struct queue *q = queue_of(t, b);
    if (q->newest != b) {
        queue_out(q, b);
        queue_in(q, b);
    }
    if (!t->number)
        return;
    if (!b->s.vlan)
        b->s.vlan = t->frame.vlan[0];
    b->s.last_frame = t->number;
    if (!b->s.first_frame)
        b->s.first_frame = t->number;
}

void pxk_box_answered(struct pxk_tracker *t, struct box *b)
{
    if (b->answered)
        return;
    queue_out(&t->queue[0], b);
    b->answered = true;
    queue_in(&t->queue[1], b);
}
