/* The cable: a link between two ports as a machine without I/O. Frames and the time go in at one port, frames come
 * out at the other when they are due; on the way they are lost, repeated, late, out of order, changed, too many for
 * the rate, too long, tagged, filtered, or the cable is cut. All chance comes from a seed: the same calls give the
 * same frames. No clock, no I/O, no allocation after pxk_cable_new().
 *
 * A frame passes these in order, each of which may be its end (enum pxk_cable_drop): the size bounds, the link (cut,
 * silent), the rules, the MTU, the VLAN; then it may be doubled, and each copy by itself is lost or not, has a place
 * in memory or not, fits the rate's queue or not, has a bit flipped, waits for the frames before it at the given rate,
 * and travels (delay, jitter, held back). Rules and MTU see the frame as the sender sent it, before tags are changed.
 *
 * For each direction, always:  in + duplicated + answers = out + all of dropped[] + pxk_cable_queued(). */
#ifndef PXK_SIM_H
#define PXK_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/proto/frame.h"

/** A direction is named by the port at which its frames enter: PXK_CABLE_A is "from A to B". */
enum pxk_cable_port { PXK_CABLE_A, PXK_CABLE_B };
#define PXK_CABLE_PORTS 2

#define PXK_CABLE_PERCENT   10000u             /* one percent in parts per million */
#define PXK_CABLE_ALWAYS    1000000u           /* parts per million */
#define PXK_CABLE_DELAY_MAX (3600 * PXK_SEC)   /* of delay, jitter, hold */
#define PXK_CABLE_RATE_MAX  1000000000000u     /* bits per second */
#define PXK_CABLE_HOLD      (3 * PXK_MSEC)     /* of a reordered frame, if not given */
#define PXK_CABLE_MTU_MIN   68u                /* RFC 791 3.2: what every module must forward */
#define PXK_CABLE_VLAN_MAX  4094u
#define PXK_CABLE_RULES     32u
#define PXK_CABLE_PLANS     32u
#define PXK_CABLE_FRAMES    1024u              /* frames on the way per direction, if not given */
#define PXK_CABLE_FRAMES_MAX 65536u
#define PXK_CABLE_FRAME_LONGEST 65557u         /* what frame_max may be: any IP packet, two tags */

/** Why a frame did not come out; the text says it to a person. */
#define PXK_CABLE_DROPS(X)                                                                                             \
    X(SIZE, "shorter than an Ethernet header, or longer than the cable takes")                                         \
    X(CUT, "the cable was cut")                                                                                        \
    X(SILENT, "the port was still silent after link up")                                                               \
    X(RULE, "a rule")                                                                                                  \
    X(MTU, "longer than the MTU")                                                                                      \
    X(VLAN, "not of the port's VLAN")                                                                                  \
    X(LOST, "lost by chance")                                                                                          \
    X(FULL, "more frames on the way than the cable has memory for")                                                    \
    X(QUEUE, "the queue before the rate limit was full")
enum pxk_cable_drop {
#define X(name, text) PXK_CABLE_DROP_##name,
    PXK_CABLE_DROPS(X)
#undef X
};
#define X(name, text) +1
enum { PXK_CABLE_DROP_N = 0 PXK_CABLE_DROPS(X) };
#undef X

/** The text of its row; static storage. */
const char *pxk_cable_drop_text(enum pxk_cable_drop d);

/** What happens to frames of one direction. All zero: nothing, they come out at once. Chances in parts per million of
 * frames, 0 to PXK_CABLE_ALWAYS, each decided on its own and from its own sequence of random numbers, so that a further
 * effect that drops or doubles nothing does not change which frames another hits. */
struct pxk_cable_way {
    uint32_t lose;
    uint32_t duplicate;      /* the copy follows at once and has its own fate */
    uint32_t corrupt;        /* one bit flips; checksums are left as they are */
    uint32_t corrupt_from;   /* first byte that may be hit, from the start of the frame; shorter frames are spared */
    uint32_t reorder;        /* held back by 1 us to @hold more while later frames overtake */
    pxk_usec hold;           /* 0: PXK_CABLE_HOLD */
    pxk_usec delay, jitter;  /* delay + 0 to jitter, evenly; jitter alone never changes the order */
    uint64_t rate_bps;       /* bytes of the frame as sent, without preamble, FCS and gap; 0: no limit */
    uint32_t queue_bytes;    /* bytes not yet sent at this rate, the new frame counted; 0: bounded by frames only */
    uint16_t mtu;            /* largest IPv4 or IPv6 packet; other frames pass; 0: no limit */
    bool mtu_answer;         /* IPv4 with DF: the sender gets ICMP fragmentation needed (RFC 1191), else silence */
    pxk_ip4 mtu_answer_from; /* source of that; 0: the packet's destination */
    uint16_t untag;          /* frames of this VLAN lose their outermost tag, others are dropped; 0: no change */
    bool native;             /* with untag: frames without a tag, or of VLAN 0, pass as they are */
    uint16_t tag;            /* after untag: frames get this VLAN as outermost tag (802.1Q); 0: no change */
    uint8_t tag_priority;    /* PCP of that tag, 0 to 7 */
};

/** From @from to @to, both included. {0, 0}: any; {N, 0}: just N. */
struct pxk_cable_ports {
    uint16_t from, to;
};

enum pxk_cable_dir { PXK_CABLE_BOTH, PXK_CABLE_A_TO_B, PXK_CABLE_B_TO_A };
enum pxk_cable_action { PXK_CABLE_DROP, PXK_CABLE_PASS };

/**
 * One line of the filter. A field of zero matches anything; all others must match. The first rule that strikes
 * decides; a frame that no rule strikes passes. "UDP from the server with source port above 1024" is
 * { .dir = PXK_CABLE_B_TO_A, .proto = PXK_IP_UDP, .sport = {1025, 65535} }.
 */
struct pxk_cable_rule {
    enum pxk_cable_action action;
    enum pxk_cable_dir dir;
    struct pxk_mac src_mac, dst_mac;
    uint16_t ethertype;                   /* after the tags */
    uint16_t vlan;                        /* outermost tag */
    pxk_ip4 src, src_mask, dst, dst_mask; /* of IPv4, or sender and target of ARP; a mask of 0 matches anything */
    uint8_t proto;                        /* IPv4 protocol, of fragments too */
    struct pxk_cable_ports sport, dport;  /* UDP and TCP; a fragment has ports only if it is the first */
    bool fragments;                       /* fragments only, the first one too */
    uint32_t skip;                        /* so many matches are let by first */
    uint32_t every;                       /* of those after: strike only each Nth; 0 as 1 */
    uint32_t limit;                       /* strike so often at most; 0: no bound */
};

struct pxk_cable_opts {
    struct pxk_cable_way way[PXK_CABLE_PORTS];
    const struct pxk_cable_rule *rules; /* copied */
    size_t rule_n;                      /* at most PXK_CABLE_RULES */
    pxk_usec silent;                    /* after each link up nothing passes for so long (spanning tree) */
    bool cut;                           /* starts unplugged; else the link comes up at the start */
    uint64_t seed;
    uint32_t frames;                    /* on the way per direction, to PXK_CABLE_FRAMES_MAX; 0: PXK_CABLE_FRAMES */
    uint32_t frame_max;                 /* longest frame taken, to PXK_CABLE_FRAME_LONGEST; 0: PXK_FRAME_MAX */
};

/** What happened so far to frames of one direction. */
struct pxk_cable_count {
    uint64_t in, in_bytes;         /* offered */
    uint64_t out, out_bytes;       /* handed out */
    uint64_t duplicated;           /* copies made */
    uint64_t answers;              /* ICMP made for senders at this direction's end */
    uint64_t corrupted, reordered; /* of copies that were taken; reordered: held back, whether overtaken or not */
    uint64_t tagged, untagged;     /* frames */
    uint64_t dropped[PXK_CABLE_DROP_N];
};

/** A frame that came out. */
struct pxk_cable_frame {
    enum pxk_cable_port to;
    const uint8_t *data; /* the cable's, until the next pxk_cable_next(); up to frame_max + 4 bytes */
    size_t len;
    pxk_usec at;         /* when it was due, not later than the time asked */
};

struct pxk_cable;

/**
 * A cable whose link comes up at @now. Allocates (frames + 1) * (frame_max + 4) bytes per direction and a little more,
 * and nothing later; memory is first touched when that many frames are on the way.
 * Returns PXK_E_RANGE if an option is outside its range, PXK_E_NOMEM.
 */
PXK_MUST_USE enum pxk_err pxk_cable_new(const struct pxk_cable_opts *opts, pxk_usec now, struct pxk_cable **out);
/** NULL is fine. */
void pxk_cable_free(struct pxk_cable *c);

/* Time in the calls below may stand still; a time before that of an earlier call counts as that one. */

/** A frame enters at @port. Any bytes; @data is not kept and may be NULL if @len is 0. */
void pxk_cable_input(struct pxk_cable *c, enum pxk_cable_port port, const void *data, size_t len, pxk_usec now);
/** The next frame that is due at @now, of either direction, by time and then by order of entry; call until false. */
bool pxk_cable_next(struct pxk_cable *c, pxk_usec now, struct pxk_cable_frame *out);
/** When a frame comes out or the planned link changes next; may have passed already; PXK_NEVER if nothing will. */
pxk_usec pxk_cable_deadline(const struct pxk_cable *c);

/** Cut now: what is on the way and not yet due is lost. Join now: silence starts anew. No effect if it is so. */
void pxk_cable_cut(struct pxk_cable *c, pxk_usec now);
void pxk_cable_join(struct pxk_cable *c, pxk_usec now);
/** Cut (@up false) or join at a time to come; one that has passed counts at the next call. Equal times keep their
 * order. PXK_E_SPACE with PXK_CABLE_PLANS waiting. */
PXK_MUST_USE enum pxk_err pxk_cable_plan(struct pxk_cable *c, bool up, pxk_usec at);
/** Is it joined, as of the last call that told the time? It may be silent still. */
bool pxk_cable_is_up(const struct pxk_cable *c);

/** Change what happens to frames that enter from now on. PXK_E_RANGE: nothing was changed. */
PXK_MUST_USE enum pxk_err pxk_cable_set_way(struct pxk_cable *c, enum pxk_cable_port from,
                                            const struct pxk_cable_way *way);
/** Replace all rules; their counts start anew. PXK_E_RANGE: nothing was changed. */
PXK_MUST_USE enum pxk_err pxk_cable_set_rules(struct pxk_cable *c, const struct pxk_cable_rule *rules, size_t n);
/** How often rule @i struck; 0 if there is none. */
uint64_t pxk_cable_rule_strikes(const struct pxk_cable *c, size_t i);

const struct pxk_cable_count *pxk_cable_count(const struct pxk_cable *c, enum pxk_cable_port from);
/** Frames of this direction on their way. */
size_t pxk_cable_queued(const struct pxk_cable *c, enum pxk_cable_port from);

#endif
