/* A network on a table, in virtual time (lab/play/vnet.h): server hosts, emulated clients, and between them the cable of
 * lib/sim, which loses, repeats, delays and reorders by a seed. Added to it here: servers that misbehave by script, a
 * boot set in memory, and a note of each frame.
 *
 * Every frame that reaches the clients' segment goes to a tracker and into a log; a hash over all of them tells
 * whether two runs were the same. */
#ifndef PXK_TESTS_SIM_WORLD_H
#define PXK_TESTS_SIM_WORLD_H

#include "pxk/image/bootset.h"
#include "vnet.h"

#define WORLD_HOSTS     3
#define WORLD_CLIENTS   3
#define WORLD_SERVER    PXK_IP4(10, 77, 0, 1)
#define WORLD_OTHER     PXK_IP4(10, 77, 0, 2)
#define WORLD_LEASE     PXK_IP4(10, 77, 0, 100) /* the first address of the pool */

/** A DHCP or proxyDHCP server that says what a test wants said; also what the engine never would. */
struct world_dhcp {
    bool on;
    pxk_ip4 yiaddr;              /* 0: a proxyDHCP server, which does not answer REQUESTs */
    pxk_ip4 siaddr;
    const char *file, *option67; /* NULL: none */
    const char *vendor;          /* option 60 */
    const uint8_t *pxe;          /* option 43 */
    uint16_t pxe_n;
    pxk_usec delay;
    enum { WORLD_ACKS, WORLD_SILENT, WORLD_NAKS } request;
    pxk_ip4 ack_yiaddr;          /* 0: yiaddr */
    bool naks_others;            /* REQUESTs that choose another server */
    bool bad_ack;                /* the ACK has an option that EDK2 chokes on */
    bool port_4011;              /* answers there, with file_4011 */
    const char *file_4011;
};

struct world_host {
    struct world *world;
    pxk_ip4 ip;
    size_t station;
    bool engine;                 /* the reference server's DHCP, for the boot set */
    struct world_dhcp dhcp;
    bool tftp;                   /* port 69 is served; else ICMP port unreachable */
    bool no_arp, no_icmp;
    struct pxk_vhost *host;
    struct pxk_dhcpd *dhcpd;
    struct pxk_dhcpd_config config;
};

/* What the cable does, both ways alike. */
struct world_link {
    unsigned lose, repeat, reorder; /* percent */
    pxk_usec delay;
    unsigned mtu;                   /* IP packets over this vanish; 0: 1500 */
    /** True: this frame vanishes. @to_client: from a server. */
    bool (*drop)(void *ctx, const struct pxk_frame *f, bool to_client);
    void *ctx;
};

/** A frame as it was sent. */
struct world_note {
    pxk_usec t;
    int client;          /* index of the sender; -1: a server */
    enum pxk_l3 l3;
    enum pxk_l4 l4;
    pxk_ip4 src, dst;
    uint16_t sport, dport, secs;
    uint8_t type;        /* DHCP message type, TFTP opcode, ARP operation */
    pxk_ip4 target;      /* ARP */
    char file[64];       /* TFTP RRQ */
};

struct world {
    uint64_t seed;
    pxk_usec now;
    struct world_link link;
    struct pxk_vnet *net;
    size_t clients_port;     /* its cable is the link; the servers have none */
    struct world_host host[WORLD_HOSTS];
    size_t host_n;
    struct pxk_client *client[WORLD_CLIENTS];
    size_t client_n;
    size_t station[WORLD_CLIENTS]; /* of each client */
    struct pxk_tracker *tracker;
    struct pxk_bootset set;
    const char *hidden[4];         /* files that the TFTP server does not have */
    PXK_VEC(struct world_note) notes;
    uint64_t hash;
    uint32_t frames;
};

#define WORLD_START (1000 * PXK_SEC)

/** One host, WORLD_SERVER: the reference server with a small generated boot set. */
void world_init(struct world *w, uint64_t seed);
struct world_host *world_host_add(struct world *w, pxk_ip4 ip);
void world_done(struct world *w);

struct pxk_client_opts world_client_opts(uint16_t arch, const struct pxk_pace *pace);
/** Add and start a client. Its session is pxk_tracker_session(w->tracker, index). */
struct pxk_session *world_client(struct world *w, const struct pxk_client_opts *opts);

/** Run until all clients have finished. Fails the test if that takes longer than @limit, if nothing more can
 * happen, or if time stands still. */
void world_run(struct world *w, pxk_usec limit);
/** The next thing that happens, a frame's arrival or a timer. */
void world_step(struct world *w);
/** Seconds since the start. */
double world_seconds(const struct world *w);

/** A frame of a client in the log: the @nth to @dport of @type (0: any); NULL if there are not so many. */
const struct world_note *world_sent(const struct world *w, int client, uint16_t dport, uint8_t type, unsigned nth);
/** Put a frame on the wire as if from outside; not subject to the link. */
void world_inject(struct world *w, const void *frame, size_t len);

const struct pxk_bootset_file *world_file(const struct world *w, const char *path);
/** All files that the session fetched are, byte for byte, the server's (by SHA-256); their number. */
unsigned world_check_files(const struct world *w, const struct pxk_session *s);

#endif
