/* Private to lib/session: the tracker, its tables, and what its parts call of each other. */
#ifndef PXK_SESSION_INT_H
#define PXK_SESSION_INT_H

#include "pxk/session.h"

/** A session and what the tracker alone needs to know of it. Boxes are used again: who keeps a pointer to one keeps its
 * generation too. */
struct box {
    struct pxk_session s;          /* first: a session pointer is a box pointer */
    struct stream *streams;        /* STREAMS_PER_CLIENT TCP connections under way; NULL before the first */
    uint32_t generation;           /* odd: in use */
    uint32_t place;                /* in tracker->box */
    struct box *mac_next;          /* in the chain of its MAC's bucket; of a spare box: the next spare one */
    struct box *older, *newer;     /* in its queue, by the time of its last packet */
    bool answered;                 /* in the queue of those that somebody answered or that fetch files */
    size_t bytes;                  /* as counted into tracker->bytes */
};

/** Boxes by the time of their last packet. */
struct queue {
    struct box *oldest, *newest;
    size_t n;
};

/** One TFTP conversation, found by the client's address and port. */
struct flow {
    bool used;
    struct pxk_ip client;
    uint16_t port;
    uint32_t next;                 /* in the chain of its bucket: index + 1, 0 ends */
    struct box *box;
    uint32_t generation;           /* of the box, when the flow was opened */
    size_t transfer;               /* index in the session's transfers */
    uint32_t asked;                /* bit per enum pxk_tftp_opt_id */
    uint64_t last_block;           /* number of the short block, 0 while it is not known */
    uint32_t last_len;
    uint64_t ahead;                /* bit i: block `blocks + 2 + i` was seen before its turn */
    uint64_t far;                  /* number of a block that was too far ahead for that */
    uint16_t acked;                /* the last ACK */
    bool short_unnumbered;         /* a short block passed by whose number the capture does not have */
    uint16_t skipped;              /* block numbers that the server left out: 0 after each 65535 */
    pxk_usec asked_at;             /* the last request */
    bool echo;                     /* the last ACK repeated the one before it, at once */
    bool head_text;                /* the head is text */
    pxk_usec quiet;                /* silence before the packet at hand */
    bool head_open;                /* the next block's bytes belong to the head */
    bool by_tsize;                 /* taken for done because of its size */
};

/** Address to box: open addressing, bounded; when full the newest entry wins. An entry whose box has another generation
 * is none. */
struct slot {
    uint64_t key;                  /* 0: free */
    struct box *box;
    uint32_t generation;
};

struct table {
    struct slot *slot;
    size_t mask;
};

struct text;

/** Texts that sessions share; see texts.c. Zero is empty. */
struct texts {
    struct text **bucket;
    size_t mask, n, bytes;
};

struct pxk_tracker {
    struct pxk_tracker_opts opts;
    uint64_t listened;             /* kinds of events */
    struct box **box;
    size_t box_n, box_max;
    struct box *spare;             /* boxes to use again */
    struct box **mac_bucket;       /* mac_mask + 1 chains */
    size_t mac_mask;
    struct queue queue[2];         /* [0] nobody has answered them, [1] the others */
    struct box *grown;             /* the box that the frame at hand gave something to keep */
    size_t bytes;                  /* of all boxes, without texts */
    struct texts texts;
    uint64_t retired;
    unsigned untracked;
    struct table by_ip;
    uint64_t stranger[64];         /* MACs turned away last, so that each is counted about once */
    struct flow *flow;             /* ring of flow_max, handed out in turn */
    uint32_t *bucket;              /* index + 1 of a chain's first flow */
    uint32_t flow_max, flow_n, flow_cursor, bucket_mask;
    struct flow *recent;           /* the flow of the last TFTP packet */
    struct pxk_seen_server server[PXK_SERVERS_MAX];
    size_t server_n;
    struct pxk_seen_port port;
    struct pxk_seen_ra ra;
    struct pxk_mac asker;          /* who sent the last DISCOVER, and when */
    pxk_usec asked_at;
    uint64_t frames;
    pxk_usec now;
    uint32_t number;               /* of the frame at hand */
    size_t frame_wire;             /* its length on the wire */
    struct pxk_reasm reasm;
    uint8_t *reasm_memory;         /* from the first fragment on */
    struct heads *heads;           /* HTTP and TLS heads under way; NULL before the first */
    struct pxk_frame frame;
    struct pxk_dhcp4 dhcp;
    struct pxk_dhcp6 dhcp6;
    struct pxk_tftp tftp;
    struct pxk_event event;
};

/* ---- tables.c ---- */
PXK_MUST_USE bool pxk_table_init(struct table *t, size_t entries);
void pxk_table_done(struct table *t);
struct box *pxk_table_get(const struct table *t, uint64_t key);
void pxk_table_put(struct table *t, uint64_t key, struct box *box);
uint64_t pxk_key_mac(const struct pxk_mac *m);
uint64_t pxk_key_ip(struct pxk_ip ip);
uint64_t pxk_mix(uint64_t v);
size_t pxk_pow2_over(size_t n);

PXK_MUST_USE bool pxk_flows_init(struct pxk_tracker *t);
void pxk_flows_done(struct pxk_tracker *t);
struct flow *pxk_flow_get(struct pxk_tracker *t, struct pxk_ip client, uint16_t port);
/** A flow of @b for this address and port: the one that is there, emptied, or another. Never NULL. */
struct flow *pxk_flow_open(struct pxk_tracker *t, struct box *b, struct pxk_ip client, uint16_t port);

/* ---- boxes.c: sessions by MAC and address, which come, stay in bounds and leave ---- */
PXK_MUST_USE bool pxk_boxes_init(struct pxk_tracker *t);
void pxk_boxes_done(struct pxk_tracker *t);
struct box *pxk_box_by_mac(const struct pxk_tracker *t, const struct pxk_mac *mac);
struct box *pxk_box_by_ip(const struct pxk_tracker *t, struct pxk_ip ip);
/** The session of @mac, made if it is new; NULL if there is no room. */
struct box *pxk_box_for(struct pxk_tracker *t, const struct pxk_mac *mac);
/** The client that sent this IP packet: its lease decides, then its MAC (a router's MAC is nobody's). */
struct box *pxk_box_of_sender(struct pxk_tracker *t, const struct pxk_frame *f);
void pxk_box_address(struct pxk_tracker *t, struct box *b, struct pxk_ip ip);
/** The frame at hand belongs to this session. */
void pxk_box_touch(struct pxk_tracker *t, struct box *b);
/** Somebody deals with this client: it is worth more than a MAC that only asks. */
void pxk_box_answered(struct pxk_tracker *t, struct box *b);
/** The frame at hand gave this session something to keep. */
static inline void pxk_box_grew(struct pxk_tracker *t, struct box *b)
{
    t->grown = b;
}
/** After each frame: the bounds of memory and time. */
void pxk_boxes_trim(struct pxk_tracker *t);

/* ---- texts.c ---- */
extern const char pxk_no_text[];
/** @n bytes quoted into at most @cap (with the NUL), without trailing NULs; let go of by pxk_text_drop(). pxk_no_text if there
 * are none, or no memory. */
const char *pxk_text_keep(struct texts *t, const void *data, size_t n, size_t cap);
void pxk_text_drop(const char *s);
void pxk_texts_done(struct texts *t);
/** Lets go of an answer's texts. */
void pxk_answer_drop(struct pxk_answer *a);

/* ---- what a frame holds ---- */

/* EDK2's longest wait is 32 s; who starts over after more than twice that starts another attempt. */
#define ATTEMPT_GAP (75 * PXK_SEC)

void pxk_track_dhcp(struct pxk_tracker *t, const struct pxk_frame *f);
void pxk_track_dhcp6(struct pxk_tracker *t, const struct pxk_frame *f);
void pxk_track_ra(struct pxk_tracker *t, const struct pxk_frame *f);
void pxk_track_answer(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                      const struct pxk_dhcp4 *m);
/** To port 69, or of a known flow. */
void pxk_track_tftp(struct pxk_tracker *t, const struct pxk_frame *f);
void pxk_track_arp(struct pxk_tracker *t, const struct pxk_frame *f);
void pxk_track_icmp(struct pxk_tracker *t, const struct pxk_frame *f);
void pxk_track_tcp(struct pxk_tracker *t, const struct pxk_frame *f);
/** Frames of the switch itself; and does anything else come through it? Any frame, before it is tracked. */
void pxk_track_port(struct pxk_tracker *t, const struct pxk_frame *f);
/** A client's datagram, or the first packet of its connection, to such a port. */
void pxk_track_mount(struct pxk_tracker *t, const struct pxk_frame *f);
bool pxk_is_mount_port(uint16_t port);
/** An ICMP unreachable about a TCP packet; @code as of ICMPv4. */
void pxk_tcp_unreachable(struct pxk_tracker *t, const struct pxk_frame *f, uint8_t code);
void pxk_tcp_done(struct pxk_tracker *t);
/** Bytes that a box's connections take beside its session. */
size_t pxk_streams_bytes(const struct box *b);
#define PXK_DNS_PORT 53
void pxk_track_dns(struct pxk_tracker *t, const struct pxk_frame *f);
bool pxk_dns_unreachable(struct pxk_tracker *t, const struct pxk_frame *f);

static inline struct pxk_transfer *pxk_flow_transfer(const struct flow *fl)
{
    return &fl->box->s.transfers.at[fl->transfer];
}

/* ---- event.c ---- */

/** The event under construction; NULL if nobody listens. pxk_event_send() delivers it. */
struct pxk_event *pxk_event_open(struct pxk_tracker *t, enum pxk_event_kind kind, struct box *b,
                                 bool outgoing);
void pxk_event_send(struct pxk_tracker *t, struct pxk_event *e);
void pxk_event_client_new(struct pxk_tracker *t, struct box *b);
void pxk_event_asks(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                    const struct pxk_round *r, const struct pxk_dhcp4 *m, bool to_boot_server);
void pxk_event_answer(struct pxk_tracker *t, struct box *b, const struct pxk_round *r,
                      const struct pxk_answer *a, const struct pxk_dhcp4 *m);
void pxk_event_transfer(struct pxk_tracker *t, enum pxk_event_kind kind, const struct flow *fl,
                        bool outgoing);
void pxk_event_arp(struct pxk_tracker *t, struct box *b, const struct pxk_arp_ask *ask, bool answer);
void pxk_event_icmp(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                    const struct pxk_transfer *tr);
/** @kind: request, response or done. */
void pxk_event_http(struct pxk_tracker *t, enum pxk_event_kind kind, struct box *b, const struct pxk_http *h);
void pxk_event_conn(struct pxk_tracker *t, enum pxk_event_kind kind, struct box *b, const struct pxk_conn *c, bool outgoing);
void pxk_event_dhcp6(struct pxk_tracker *t, struct box *b, const struct pxk_boot6 *x, unsigned type, bool outgoing);
void pxk_event_dns(struct pxk_tracker *t, struct box *b, const struct pxk_dns *q, bool answer);

/* ---- text ---- */

/** Bytes from the network into a fixed field: quoted, cut if need be, without trailing NULs. */
void pxk_quote(char *dst, size_t cap, const void *data, size_t n);
/** The last component of a path: after the last '/' or quoted '\'. */
const char *pxk_base_name(const char *path);

/* ---- roles.c: what a file is by its name ---- */

enum role { ROLE_OTHER, ROLE_LOADER, ROLE_MODULE, ROLE_CONFIG, ROLE_KERNEL, ROLE_INITRD, ROLE_ANSWERS };

struct role_is {
    enum role role;
    bool optional;                 /* the client goes on without it: a "not found" is normal */
};
/** By the quoted name as asked for. */
struct role_is pxk_role_of(const char *file);

/* ---- trail.c: what a session's packets show of its fetches, in order ---- */

enum fetch_state {
    FETCH_RUNNING,                 /* under way, or the capture ends here */
    FETCH_DONE,
    FETCH_REFUSED,                 /* the server said no */
    FETCH_LEFT,                    /* the client lost interest */
    FETCH_DEAD,                    /* no answer, unreachable, or stuck */
};

/** One thing that a client fetched or tried to, over TFTP or HTTP. */
struct fetch {
    enum fetch_state state;
    const struct pxk_transfer *tftp; /* or */
    const struct pxk_http *http;
    const char *path;              /* quoted */
    struct role_is is;
    pxk_usec at, end;              /* end: of the last packet about it */
    uint64_t bytes;
};

#define FETCHES_MAX (PXK_TRANSFERS_MAX + PXK_HTTPS_MAX)

struct trail {
    const struct pxk_session *s;
    const struct pxk_round *firmware; /* the round whose boot file was fetched; NULL */
    const struct fetch *loader;    /* the boot file's last fetch; NULL */
    bool loader_runs;              /* something that only a running loader does came after it */
    unsigned loads;                /* times that the boot file was fetched whole */
    const struct fetch *config, *kernel, *initrd, *answers; /* the last complete ones; NULL */
    const struct pxk_round *system; /* the DHCP round of the kernel or installer; NULL */
    size_t n;
    struct fetch fetch[FETCHES_MAX]; /* last: only n of them are ever touched */
};
/** @trail is large: it is the caller's, filled here. */
void pxk_trail_read(const struct pxk_session *s, struct trail *trail);
/** Was any fetch of this one's base name complete? */
bool pxk_trail_got(const struct trail *trail, const struct fetch *f);
/** The last fetch in @state that the client needs and never got under this base name; NULL. */
const struct fetch *pxk_trail_lacks(const struct trail *trail, enum fetch_state state);
/** "pxelinux.0: no answer to 6 requests" */
void pxk_fetch_words(const struct fetch *f, struct pxk_str *why);
pxk_usec pxk_session_now(const struct pxk_session *s);
/** Quiet since @at for longer than firmware or a loader pauses, or known to be at its end. */
bool pxk_session_quiet(const struct pxk_session *s, pxk_usec at);

/* ---- steps.c, steps_facts.c, steps_wire.c ---- */

enum pxk_verdict pxk_facts_dhcp(const struct pxk_session *s, struct pxk_str *why);
enum pxk_verdict pxk_facts_files(const struct pxk_session *s, struct pxk_str *why);
enum pxk_verdict pxk_facts_boot(const struct pxk_session *s, struct pxk_str *why);
enum pxk_verdict pxk_facts_install(const struct pxk_session *s, struct pxk_str *why);
enum pxk_milestone pxk_facts_milestone(const struct pxk_session *s);
enum pxk_verdict pxk_wire_dhcp(const struct pxk_session *s, struct pxk_str *why);
enum pxk_verdict pxk_wire_files(const struct pxk_session *s, struct pxk_str *why);
enum pxk_verdict pxk_wire_boot(const struct pxk_session *s, struct pxk_str *why);
enum pxk_verdict pxk_wire_install(const struct pxk_session *s, struct pxk_str *why);
enum pxk_milestone pxk_wire_milestone(const struct pxk_session *s);
/** "lease 1 h from 10.77.0.1" */
void pxk_lease_words(const struct pxk_answer *lease, struct pxk_str *why);
/** An address that the client asked for in vain, 0. */
pxk_ip4 pxk_arp_unanswered(const struct pxk_session *s);
/** The answer whose boot file the client takes: DHCP's, the proxy's, or port 4011's; NULL. */
const struct pxk_answer *pxk_round_boot_answer(const struct pxk_round *r, char *file, size_t cap);
/** PASS or WARN over the complete transfers: "TFTP with tsize, blksize 1468, windowsize 4; 118 MB/s". */
enum pxk_verdict pxk_service_words(const struct pxk_session *s, struct pxk_str *why);

#endif
