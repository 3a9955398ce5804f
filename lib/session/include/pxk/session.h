/* lib/session: what happened. Packets and facts go in; events come out; one session per client holds all
 * that is known about its attempt to boot. Every view (check, watch, top, run, the reports) reads sessions.
 *
 * A session is keyed by the client's MAC. It has one or more DHCP rounds (firmware, iPXE loaded by it,
 * kernel, installer), TFTP transfers, HTTP requests, ARP questions; and facts that no wire shows, which the
 * emulator adds (what a file turned out to be, which menu entry was taken, where a loader stopped).
 * Pure: time and frame numbers are arguments. Memory is bounded by the limits below. */
#ifndef PXK_SESSION_H
#define PXK_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/proto.h"

/* ---- the five steps ---- */

#define PXK_STEPS(X)                                                                               \
    X(CONNECTIVITY, "connectivity", "Connectivity")                                                \
    X(DHCP, "dhcp", "DHCP")                                                                        \
    X(FILES, "files", "Files")                                                                     \
    X(BOOT, "boot", "Boot")                                                                        \
    X(INSTALL, "install", "Installation")

enum pxk_step {
#define X(name, key, words) PXK_STEP_##name,
    PXK_STEPS(X)
#undef X
        PXK_STEP_N
};

#define PXK_VERDICTS(X)                                                                            \
    X(UNKNOWN, "unknown")                                                                          \
    X(PASS, "pass")                                                                                \
    X(WARN, "warn")                                                                                \
    X(FAIL, "fail")

enum pxk_verdict {
#define X(name, key) PXK_VERDICT_##name,
    PXK_VERDICTS(X)
#undef X
};

const char *pxk_step_key(enum pxk_step step);
const char *pxk_step_words(enum pxk_step step);
const char *pxk_verdict_key(enum pxk_verdict verdict);

/* How far a client came. Ordered. key, words */
#define PXK_MILESTONES(X)                                                                          \
    X(NONE, "none", "nothing")                                                                     \
    X(OFFER, "offer", "an offer it can use")                                                       \
    X(LEASE, "lease", "an address")                                                                \
    X(LOADER, "loader", "its boot file, running")                                                  \
    X(CONFIG, "config", "its boot configuration")                                                  \
    X(KERNEL, "kernel", "a kernel")                                                                \
    X(INITRD, "initrd", "kernel and initrd, handed over")                                          \
    X(INSTALL, "install", "its answer files")

enum pxk_milestone {
#define X(name, key, words) PXK_MILESTONE_##name,
    PXK_MILESTONES(X)
#undef X
        PXK_MILESTONE_N
};
const char *pxk_milestone_key(enum pxk_milestone m);
const char *pxk_milestone_words(enum pxk_milestone m);

/* ---- what was seen ---- */

/* Texts from the network are stored quoted (pxk_str_add_quoted): printable, safe for a terminal, cut at the
 * end if they do not fit. */

/* What is wrong with option 43 of a PXE answer (PXE 2.1 table 2-1), bits of pxk_answer.pxe_odd. name, bit, words */
#define PXK_PXE_ODDITIES(X)                                                                        \
    X(CUT, 0x01, "a sub-option runs past its end")                                                 \
    X(LENGTH, 0x02, "a sub-option's length does not fit its type")                                 \
    X(SERVERS, 0x04, "the boot server list (8) breaks off inside an entry")                        \
    X(MENU, 0x08, "the boot menu (9) breaks off inside an item")                                   \
    X(NO_SERVERS, 0x10, "discovery control (6) leaves the boot server list alone to go by, and there is none")

enum pxk_pxe_odd {
#define X(name, bit, words) PXK_PXE_ODD_##name = bit,
    PXK_PXE_ODDITIES(X)
#undef X
};

/** A DHCP answer to this client. Repeats of the same type from the same server are counted, not kept; what
 * they say is the first one's. */
struct pxk_answer {
    uint8_t type;                 /* OFFER, ACK, NAK; 0 BOOTP */
    unsigned count;               /* a relay's copy of an answer seen on its way to the relay is not counted */
    pxk_usec at, last;            /* first and last arrival */
    pxk_usec delay;               /* of the first, from the latest request that it can answer */
    uint32_t frame;               /* first */
    struct pxk_mac src_mac;
    pxk_ip4 src, server_id, yiaddr, siaddr, giaddr;
    pxk_ip4 netmask, router, dns;
    uint16_t sport;               /* 67 or 4011 */
    uint32_t lease_s;
    /* Texts are never NULL. Those of a tracker's sessions are its own (`kept`) and live as long as the answer. */
    const char *file;             /* header field, "" if overloaded */
    const char *option67, *option66, *vendor, *message;
    const char *pxelinux_config, *pxelinux_prefix; /* options 209, 210 */
    const char *edk2_why;         /* why EDK2 drops it */
    bool kept;
    bool proxy;                   /* yiaddr 0 and option 60 PXEClient or HTTPClient */
    bool pxe, http;               /* option 60 begins PXEClient, HTTPClient */
    bool discovery;               /* option 43 has any of 6..10 (PXE 1.0) */
    bool has_menu;
    uint8_t control;              /* 43.6 */
    uint8_t menu_n;               /* items of the boot menu */
    uint8_t pxe_odd;              /* enum pxk_pxe_odd */
    uint8_t overload;             /* option 52: 1 file, 2 sname, 3 both hold options */
    bool has_item; uint16_t item; /* 43.71: the type of boot server that this is the answer of */
    bool pi_boot;                 /* option 43 says "Raspberry Pi Boot" */
    uint16_t vlan;                /* outermost tag of the first; 0: none */
    bool aborts;                  /* option 250.2: the client is told to give up (WDS) */
    bool uuid_echoed;             /* option 97 */
    bool broadcast;               /* it went to the broadcast address, of Ethernet or of IP */
    bool to_relay;                /* seen on its way to the relay (port 67) */
    enum pxk_csum csum;           /* the worst of them */
    bool edk2_drops;              /* EDK2 would silently discard it: edk2_why */
};

/** An answer without texts. */
#define PXK_ANSWER_EMPTY                                                                                               \
    ((struct pxk_answer){.file = "", .option67 = "", .option66 = "", .vendor = "", .message = "",                      \
                         .pxelinux_config = "", .pxelinux_prefix = "", .edk2_why = ""})

#define PXK_ANSWERS_MAX 12
#define PXK_TIMES_MAX   8

enum pxk_pi { PXK_PI_NONE, PXK_PI_ROM, PXK_PI_EEPROM }; /* the mask ROM of a Pi 3; the bootloader of a Pi 4 or 5 */
enum pxk_boot_way { PXK_BOOT_BROADCAST = 1, PXK_BOOT_MULTICAST = 2, PXK_BOOT_UNICAST = 4 };

/** One DHCP conversation: one xid, or one client stage. */
struct pxk_round {
    uint32_t xid;
    pxk_usec started, ended;      /* ended: ACK, or the last packet */
    uint32_t first_frame;
    uint16_t arch;                /* option 93, PXK_ARCH_UNSET if absent */
    bool has_uuid;
    struct pxk_uuid uuid;
    const char *vendor, *user_class; /* never NULL; as an answer's texts */
    bool kept;
    bool pxe, http, ipxe;         /* what the client says it is */
    const struct pxk_persona *persona; /* recognised by its marks; NULL */
    uint16_t flags, hops;
    pxk_ip4 giaddr;               /* relayed by */
    bool direct;                  /* the client's own broadcasts were seen, not only a relay's copies */
    unsigned discovers, requests, declines, releases;
    pxk_usec discover_at[PXK_TIMES_MAX], request_at[PXK_TIMES_MAX];
    uint16_t first_secs;          /* secs of the first DISCOVER seen */
    pxk_ip4 requested, requested_from; /* options 50 and 54 of the REQUEST */
    uint32_t request_frame;       /* of the first REQUEST */
    uint64_t client_id;           /* a number for option 61's bytes; 0: none */
    uint16_t vlan;                /* outermost tag of the client's first frame; 0: none */
    uint8_t pi;                   /* enum pxk_pi: a Raspberry Pi's boot code, by option 97 */
    pxk_ip4 declined; uint32_t decline_frame; /* the first DECLINE's option 50 */
    /* a server's ARP questions for an address, after a DISCOVER and while there is no offer */
    pxk_ip4 probed, probed_by; unsigned probes; uint32_t probe_frame;
    struct pxk_answer *answer;    /* answer_n of them, in order; at most PXK_ANSWERS_MAX */
    unsigned answer_n, answers_lost; /* lost: over the bound */
    /* the 4011 exchange */
    unsigned proxy_requests, proxy_answers;
    pxk_ip4 proxy_to;
    pxk_usec proxy_at, proxy_last; /* first and last request */
    uint32_t proxy_xid;           /* EDK2 takes a new one, iPXE 0 for boot servers */
    uint32_t proxy_frame;
    bool proxy_icmp;              /* ICMP unreachable came back */
    bool boot_server_request;     /* carries 43.71 */
    uint16_t boot_item;           /* its type, of the first one */
    uint8_t boot_ways;            /* how boot servers were looked for: enum pxk_boot_way, bits */
};

enum pxk_transfer_state {
    PXK_TRANSFER_ASKED,    /* RRQ seen, nothing came back */
    PXK_TRANSFER_RUNNING,
    PXK_TRANSFER_DONE,     /* last short block acknowledged or at least sent */
    PXK_TRANSFER_REFUSED,  /* ERROR from the server */
    PXK_TRANSFER_ABORTED,  /* ERROR from the client */
};

#define PXK_TAIL_MAX 16
/* First bytes that are kept: of a program they show what it is, of a text they are what it says. */
#define PXK_HEAD_MAX      1024
#define PXK_HEAD_TEXT_MAX 8192

/** The number of the block after 65535, where a transfer came so far. RFC 1350 does not say; clients expect 0. */
enum pxk_rollover { PXK_ROLLOVER_NONE, PXK_ROLLOVER_TO_0, PXK_ROLLOVER_TO_1 };

struct pxk_transfer {
    enum pxk_transfer_state state;
    pxk_usec started, first_data, last;
    pxk_usec progress;                 /* last new block, or the first answer */
    uint32_t first_frame, last_frame;
    struct pxk_ip server, answered_from; /* answered_from: source of the first answer */
    uint16_t client_port, server_port; /* server_port: of the answer, 0 before */
    char file[256];                    /* quoted: printable */
    const struct pxk_tftp_profile *profile; /* who asks so; NULL if unknown */
    bool probe;                        /* a transfer made only for the size */
    uint32_t asked_blksize, asked_window; bool asked_tsize;
    bool asked_variable;               /* Microsoft's variable window extension (msftwindow) */
    uint32_t blksize, window;          /* in force */
    bool oack, has_tsize;
    uint64_t tsize;
    bool oack_unasked;                 /* the OACK has an option that was not asked for, or a value that is no
                                          answer to what was asked: larger, out of range, cut off */
    unsigned requests;                 /* RRQs for it */
    uint64_t bytes, blocks;            /* in order, each once; block numbers are followed over 65535 */
    uint64_t missed;                   /* of the blocks: acknowledged, but their DATA is not in the capture */
    uint64_t data_packets, repeats;    /* DATA seen; of them seen before */
    uint64_t gaps;                     /* DATA ahead of the expected block */
    uint64_t wire_bytes;               /* of DATA frames, headers included */
    uint64_t acks, ack_repeats;        /* ACKs seen; of them the same as the one before: DATA lost or late */
    unsigned stuck;                    /* ACKs repeated since the last new block */
    unsigned unheard;                  /* DATA and OACKs since the client's last packet */
    unsigned fallen;                   /* requests repeated although an answer had passed by */
    unsigned lost_early, lost_late;    /* windows that the client acknowledged only in part: up to their first half, or further.
                                          A queue that is too short loses the end of each burst */
    uint32_t doubled, echoes;          /* DATA repeated at once, no time-out explains it; of them behind a repeated ACK */
    uint64_t doubled_from;             /* the first block of which that is true, 0: none */
    pxk_usec first_wait;               /* silence of 200 ms or more before that, 0: none */
    uint32_t oversize, oversize_frame; /* DATA with more bytes than a block has: the largest, and where first; 0 */
    enum pxk_rollover rollover;
    pxk_usec answered, answer_delay;   /* the server's first packet, 0: none; since the last request before it */
    unsigned answers;                  /* OACKs, from any port: servers answer each request */
    uint64_t taken;                    /* blocks that the client has acknowledged */
    pxk_usec longest_silence;
    uint16_t error; char message[128]; /* REFUSED, ABORTED; message quoted */
    uint32_t error_frame;
    bool icmp; uint8_t icmp_code; struct pxk_ip icmp_from; uint32_t icmp_frame; /* unreachable for this flow */
    uint8_t *head; size_t head_len;    /* first bytes of the content, up to PXK_HEAD_MAX, of a text PXK_HEAD_TEXT_MAX; NULL if
                                          none */
    size_t head_cap;                   /* allocated */
    uint8_t tail[PXK_TAIL_MAX], tail_len; /* its last bytes so far; tail_len 0: they are not in the capture */
};

/** One HTTP/1 request and its answer (RFC 9112), whatever the port. */
struct pxk_http {
    pxk_usec at; uint32_t frame;
    struct pxk_ip server; uint16_t client_port, server_port;
    char method[8], path[192], host[64], agent[40];
    uint8_t minor;                     /* HTTP/1.minor of the answer */
    uint16_t status;                   /* 0: no answer seen */
    uint32_t status_frame;
    pxk_usec answered, last;           /* first packet of the answer, last one of its body */
    uint64_t length;                   /* Content-Length, if told */
    uint64_t bytes;                    /* of the body that arrived, in order, each once */
    uint64_t range_from;               /* first byte asked for, if `range` */
    pxk_usec longest_silence;          /* between two packets of the body */
    uint32_t end_frame;                /* that ended it, whole or not */
    char type[32];                     /* Content-Type */
    char by[24];                       /* Server */
    char empty_header[24];             /* name of a header without a value; "" */
    char *location;                    /* of a redirect, quoted; NULL. Owned */
    bool has_length, chunked, close;   /* close: the answer says so, or is HTTP/1.0 without keep-alive */
    bool range, ranged;                /* asked for a part; got one (206) */
    bool cut_head;                     /* a head is longer than what is kept, or than what was captured */
    bool done;                         /* all of the body arrived */
    bool cut_short;                    /* the server closed before that */
    bool left;                         /* the client closed or reset before that */
    bool reset;                        /* by the server; or by the client before an answer (EDK2 ends every
                                          answered request with a RST: not that) */
    uint8_t *head; size_t head_len;    /* first bytes of the body, up to PXK_HEAD_MAX; NULL if none. Owned */
    bool late;                         /* sent when the server had closed the connection already */
};

enum pxk_conn_kind { PXK_CONN_UNKNOWN, PXK_CONN_HTTP, PXK_CONN_TLS };
enum pxk_tls_alert_by { PXK_TLS_ALERT_NONE, PXK_TLS_ALERT_CLIENT, PXK_TLS_ALERT_SERVER };

/** What a TLS connection shows before it is encrypted (RFC 8446, RFC 5246). */
struct pxk_tls {
    char sni[64];                      /* the name that the client asks for; "" */
    uint16_t offered, version;         /* the best that the client offers; what the server chose; 0 */
    bool server_hello, established;    /* established: both sides have finished the handshake */
    enum pxk_tls_alert_by alert_by;
    bool alert_hidden;                 /* encrypted: that there is one is told by its length */
    uint8_t alert_level, alert;
    uint32_t alert_frame;
};

/** A TCP connection of this client, any port. */
struct pxk_conn {
    pxk_usec at, last; uint32_t frame, last_frame;
    struct pxk_ip server; uint16_t client_port, server_port;
    enum pxk_conn_kind kind;
    uint16_t syns;                     /* 0: it was there before the capture */
    bool answered;                     /* SYN-ACK, or any later packet of the server */
    bool refused;                      /* RST to the SYN */
    bool icmp; uint8_t icmp_code; struct pxk_ip icmp_from; uint32_t icmp_frame; /* unreachable */
    bool fin_client, fin_server, rst_client, rst_server;
    uint32_t end_frame;                /* of the first FIN or RST */
    uint64_t bytes, sent;              /* in order, from the server and from the client */
    uint32_t repeats, gaps;            /* segments seen before, segments ahead of their turn, both directions */
    uint32_t zero_windows;             /* times that the client had no room */
    struct pxk_tls tls;
};

/** A name that the client asked for (RFC 1035). */
struct pxk_dns {
    pxk_usec at, last; uint32_t frame, last_frame, answer_frame;
    struct pxk_ip server;
    uint16_t id, type, client_port;    /* type: 1 A, 28 AAAA */
    char name[96];                     /* quoted */
    unsigned asks;
    bool answered, icmp;
    uint8_t rcode;                     /* 0 no error, 2 server failure, 3 no such name, 5 refused */
    uint16_t answers;                  /* records in the answer section */
};

/** A root file system asked for over the network: the first packet to a port of NFS, its port mapper, iSCSI, NBD or SMB. */
struct pxk_mount {
    pxk_usec at; uint32_t frame;       /* of the first, 0: none */
    struct pxk_ip server;
    uint16_t port;
    unsigned calls;                    /* connections opened, and datagrams */
};

struct pxk_arp_ask {
    pxk_ip4 ip;
    unsigned asks; uint32_t first_frame, last_frame; pxk_usec first, last;
    bool answered; struct pxk_mac by; pxk_usec answer_at;
    bool two_answers; struct pxk_mac by_other; /* a second MAC claims the address */
};

/* ---- facts that no wire shows ---- */

/** A file as the client has it: from the emulator, or from a capture as far as its bytes are there. */
struct pxk_file {
    char url[320];                     /* tftp://10.77.0.1/pxelinux.0 */
    char path[256];                    /* as asked for */
    char role[16];                     /* pxk_role_key(): loader, module, config, kernel, initrd, ... */
    bool optional;
    bool have;                         /* it arrived */
    bool failed;                       /* it was wanted and did not arrive */
    uint64_t bytes;
    char sha256[65];                   /* hex, "" if not known */
    double seconds;
    char kind[24], kind_words[48];     /* what its bytes say it is; "" if not looked at */
    char loader[24], loader_words[40];
    uint16_t pe_machine;
    bool signature_known, is_signed;   /* the PE header was seen; it has an Authenticode table */
    char version[96];
    bool truncated, corrupt;
    char why[160];
    bool wrong_arch;                   /* no program for this machine */
    int transfer;                      /* index into transfers, -1 */
};

struct pxk_facts {
    bool emulated;
    char persona[32], name[64];        /* of the emulated client */
    bool link_known, link_up;
    unsigned link_mtu;
    bool pinged, ping_ok; pxk_ip4 ping_ip; pxk_usec ping_rtt;
    bool path_mtu_known; unsigned path_mtu; /* largest IP packet that came back */
    bool address_taken; struct pxk_mac taken_by; /* its ARP probe was answered */
    bool dhcp_gave_up;                 /* the client went through all its DHCP timers */
    char dhcp_why[200];                /* its firmware's reason, one sentence */
    bool proxy_gave_up;
    char boot_file[256]; pxk_ip4 boot_server; /* what the firmware chose to load, and whence */
    bool firmware_rejects;             /* loaded, but it will not start it */
    char loader_chain[128];            /* "shim > GRUB" */
    char stop[24], stop_why[256], stop_screen[96]; /* pxk_stop_key() where a loader stopped; "" */
    bool unjudged;                     /* it stopped at a limit of the emulator, not of the network: stop_why */
    bool booted;                       /* kernel and initrds handed over */
    char label[128], kernel[256], cmdline[1024];
    char config[256];                  /* the configuration file that was taken */
    unsigned initrds;
    bool waits_for_key;
    bool local_boot;
    char installer[32], install_problem[160];
    unsigned install_files, install_found, install_missing; /* answer files named, fetched, absent */
    unsigned install_unchecked;        /* named, but by a URL that the emulator cannot fetch */
    bool initrd_broken;                /* an initrd was handed over that the kernel cannot unpack */
    char other_choice[160];            /* fast pace chose before an offer that the firmware would have preferred; "" */
    bool finished;                     /* it came to its own end: not if it was stopped from outside */
    enum pxk_milestone until;          /* it was told to go so far and no further; 0: all the way */
    bool chain_loop;                   /* it was given the loader that it already is */
    pxk_usec late_answer;              /* an offer came after the real firmware would have left: how long
                                          after its first DISCOVER; 0: none */
};

/** DHCPv6 of one program that boots (RFC 8415, 5970; UEFI 2.10 24.3.1): told by its options. A system, or EDK2's own IPv6
 * stack beside its PXE program, asks for an address alone and is not noted. */
struct pxk_boot6 {
    pxk_usec started, last;            /* last: of either side */
    uint32_t first_frame;
    uint32_t xid;                      /* of the last message */
    uint16_t arch;                     /* option 61; PXK_ARCH_UNSET if absent */
    bool pxe, http, ipxe;              /* option 16 PXEClient, HTTPClient; option 15 iPXE */
    bool direct;                       /* the client's own packets were seen, not only a relay's copies */
    unsigned solicits, requests;       /* requests: INFORMATION-REQUESTs too */
    unsigned advertises, replies;
    uint32_t answer_frame;             /* the first answer; 0: none */
    struct pxk_ip server, address;     /* who answered; the first address in an answer, or none */
    const char *url;                   /* option 59 of the last answer that has one; never NULL */
    bool kept;                         /* url is the tracker's */
    bool has_params, params_bad;       /* option 60; it is not the list that RFC 5970 3.2 wants */
    bool class_back;                   /* an answer has option 16 as the client has it */
    uint16_t status;                   /* the last one that is not Success: enum pxk_dhcp6_status_code */
    uint32_t status_frame;
};

#define PXK_ROUNDS_MAX    8
#define PXK_BOOT6_MAX     4
#define PXK_TRANSFERS_MAX 256
#define PXK_HTTPS_MAX     64
#define PXK_CONNS_MAX     32
#define PXK_DNS_MAX       8
#define PXK_ARPS_MAX      8
#define PXK_FILES_MAX     128

struct pxk_session {
    struct pxk_mac mac;
    pxk_usec started, last;            /* last: of the client's own packets and of answers to it */
    const pxk_usec *now;               /* the tracker's time, which goes on while the client is silent; NULL
                                          in a session made by hand: `last` stands for it */
    uint32_t first_frame, last_frame;
    uint16_t arch;                     /* of the first PXE round; PXK_ARCH_UNSET */
    uint16_t vlan;
    pxk_ip4 ip;                        /* last acknowledged address, 0 */
    struct pxk_ip ip6;                 /* last IPv6 address that it spoke from or was given; none */
    struct pxk_round *round;           /* round_n of them, in order; when PXK_ROUNDS_MAX are there the last one is reused */
    unsigned round_n;
    PXK_VEC(struct pxk_transfer) transfers; /* bounded by PXK_TRANSFERS_MAX */
    unsigned transfers_lost;           /* over the bound */
    PXK_VEC(struct pxk_http) https;
    unsigned https_lost;               /* over the bound: the last entry is used again, unless it failed */
    PXK_VEC(struct pxk_conn) conns;
    unsigned conns_lost;
    PXK_VEC(struct pxk_dns) dns;       /* the last PXK_DNS_MAX names */
    PXK_VEC(struct pxk_file) files;
    unsigned looked;                   /* configurations that were read from the capture: a bound on that work */
    struct pxk_mount mount;
    struct pxk_arp_ask arp[PXK_ARPS_MAX];
    unsigned arp_n;
    uint64_t told[4];                  /* for views: a bit for each row of the findings that was told of it */
    struct pxk_boot6 *boot6;           /* boot6_n of them, in order; when PXK_BOOT6_MAX are there the last one is reused */
    unsigned boot6_n;
    bool solicits6;                    /* DHCPv6 SOLICIT seen, of whatever program */
    pxk_usec solicit6_at;              /* the last one */
    struct pxk_facts facts;
};

/** A DHCP or proxyDHCP server on this network. */
struct pxk_seen_server {
    pxk_ip4 id, src; struct pxk_mac mac;
    unsigned offers, acks, naks, proxy_offers;
    bool gives_boot_file, pxe;
    uint32_t first_frame;
};
#define PXK_SERVERS_MAX 16

/** What the switch says on the captured port: spanning tree (IEEE 802.1D, 802.1w) and link aggregation (802.1AX). */
struct pxk_seen_port {
    unsigned bpdus;
    uint32_t bpdu_frame;               /* the first */
    pxk_usec first_bpdu, last_bpdu;
    struct pxk_mac bridge;
    bool rapid;                        /* RSTP or MSTP: the port's state is told */
    bool forwarding;                   /* RSTP: the last BPDU said so */
    uint16_t forward_delay_s;          /* of the last BPDU */
    unsigned lacpdus;
    uint32_t lacp_frame;
    struct pxk_mac lacp_by;
    uint32_t passed_frame;             /* the first frame that is neither a client's nor between neighbours: something
                                          passes through this port; 0: none */
    pxk_usec passed_at;
    struct pxk_mac passed_by;
};

/** Router advertisements (RFC 4861): without one no client of IPv6 knows how it gets an address. */
struct pxk_seen_ra {
    unsigned n;
    uint32_t frame;                    /* the last */
    struct pxk_ip router;
    bool managed, other;               /* M, O of the last */
};

/* ---- events ---- */

#define PXK_EVENTS(X)                                                                              \
    X(CLIENT_NEW, "client.new")                                                                    \
    X(DHCP_DISCOVER, "dhcp.discover")                                                              \
    X(DHCP_OFFER, "dhcp.offer")                                                                    \
    X(DHCP_REQUEST, "dhcp.request")                                                                \
    X(DHCP_ACK, "dhcp.ack")                                                                        \
    X(DHCP_NAK, "dhcp.nak")                                                                        \
    X(DHCP_DECLINE, "dhcp.decline")                                                                \
    X(DHCP_RELEASE, "dhcp.release")                                                                \
    X(DHCP_INFORM, "dhcp.inform")                                                                  \
    X(DHCP6_SOLICIT, "dhcp6.solicit") /* of programs that boot; as the next three */               \
    X(DHCP6_ADVERTISE, "dhcp6.advertise")                                                          \
    X(DHCP6_REQUEST, "dhcp6.request") /* INFORMATION-REQUEST too */                                \
    X(DHCP6_REPLY, "dhcp6.reply")                                                                  \
    X(PXE_REQUEST, "pxe.request") /* to port 4011 */                                               \
    X(PXE_ACK, "pxe.ack")                                                                          \
    X(ARP_ASK, "arp.ask")                                                                          \
    X(ARP_ANSWER, "arp.answer")                                                                    \
    X(TFTP_REQUEST, "tftp.request")                                                                \
    X(TFTP_OACK, "tftp.oack")                                                                      \
    X(TFTP_DATA, "tftp.data") /* the first block only */                                           \
    X(TFTP_DONE, "tftp.done")                                                                      \
    X(TFTP_ERROR, "tftp.error")                                                                    \
    X(ICMP_UNREACHABLE, "icmp.unreachable")                                                        \
    X(HTTP_REQUEST, "http.request")                                                                \
    X(HTTP_RESPONSE, "http.response")                                                              \
    X(HTTP_DONE, "http.done") /* all of the body */                                                \
    X(TCP_REFUSED, "tcp.refused")                                                                  \
    X(TLS_HELLO, "tls.hello")                                                                      \
    X(TLS_ALERT, "tls.alert")                                                                      \
    X(DNS_QUERY, "dns.query")                                                                      \
    X(DNS_ANSWER, "dns.answer")                                                                    \
    X(FACT, "fact") /* text says which */

enum pxk_event_kind {
#define X(name, key) PXK_EVENT_##name,
    PXK_EVENTS(X)
#undef X
        PXK_EVENT_N
};
const char *pxk_event_key(enum pxk_event_kind kind);

/** Valid during the callback only. */
struct pxk_event {
    enum pxk_event_kind kind;
    pxk_usec t;
    uint32_t frame;                    /* 0 for facts */
    bool outgoing;                     /* sent by the client */
    struct pxk_session *session;
    const struct pxk_round *round;     /* or NULL */
    const struct pxk_answer *answer;
    const struct pxk_transfer *transfer;
    const struct pxk_http *http;
    const struct pxk_arp_ask *arp;
    const struct pxk_conn *conn;       /* of TCP and TLS events */
    const struct pxk_dns *dns;
    const struct pxk_boot6 *boot6;
    const struct pxk_dhcp4 *dhcp;      /* the decoded packet of DHCP events */
    char text[320];                    /* one line for people, no time, no MAC; what came from the network is
                                          quoted */
};

/* ---- the tracker ---- */

struct pxk_tracker_opts {
    unsigned clients_max;              /* 0: 1024 */
    size_t memory_max;                 /* bytes of all sessions; 0: bounded by clients_max alone */
    pxk_usec idle_max;                 /* a session that was silent for so long retires; 0: none does */
    void (*on_event)(void *ctx, const struct pxk_event *event); /* may be NULL */
    /** A session leaves: it has been silent for idle_max, or a new one needs its room. It is whole during the call and
     * gone after it. NULL: none ever leaves, and clients over clients_max are counted, not followed. Of those that must
     * make room, machines that nobody ever answered go first, the longest silent one first: a flood of made-up MACs
     * drives out itself. */
    void (*on_retire)(void *ctx, struct pxk_session *session);
    void *ctx;
};

struct pxk_tracker; /* opaque */

PXK_MUST_USE enum pxk_err pxk_tracker_new(const struct pxk_tracker_opts *opts, struct pxk_tracker **out);
struct pxk_tracker *pxk_tracker_free(struct pxk_tracker *t);

/** One captured frame: @len bytes there, @wire on the wire, captured at @at, with its number in the capture
 * (from 1). Both directions, every client's. Constant time for TFTP data. */
void pxk_tracker_frame(struct pxk_tracker *t, const void *data, size_t len, size_t wire, pxk_usec at,
                       uint32_t number);
/** The session of @mac, made if it is new (a client that has not yet sent anything). NULL: no room. */
struct pxk_session *pxk_tracker_client(struct pxk_tracker *t, const struct pxk_mac *mac, pxk_usec at);

#define PXK_EVENT_BIT(kind) ((uint64_t)1 << (kind))
/** Events that on_event wants from now on, a bit for each kind; at first all. To put one into words takes longer than to
 * follow its packet. */
void pxk_tracker_listen(struct pxk_tracker *t, uint64_t kinds);
/** Time passes although no frame comes: silence is evidence. Never goes back. */
void pxk_tracker_tick(struct pxk_tracker *t, pxk_usec now);

size_t pxk_tracker_count(const struct pxk_tracker *t);
/** In order of appearance, as long as none has retired. */
struct pxk_session *pxk_tracker_session(const struct pxk_tracker *t, size_t i);
uint64_t pxk_tracker_retired(const struct pxk_tracker *t);
/** Bytes that the sessions hold. */
size_t pxk_tracker_memory(const struct pxk_tracker *t);
size_t pxk_tracker_servers(const struct pxk_tracker *t, const struct pxk_seen_server **out);
const struct pxk_seen_port *pxk_tracker_port(const struct pxk_tracker *t);
const struct pxk_seen_ra *pxk_tracker_ra(const struct pxk_tracker *t);
uint64_t pxk_tracker_frames(const struct pxk_tracker *t);
unsigned pxk_tracker_untracked(const struct pxk_tracker *t);
/** Time of the last frame or fact. */
pxk_usec pxk_tracker_now(const struct pxk_tracker *t);

/** A fact was written into session->facts or ->files: says so to the event sink as a FACT event. */
void pxk_tracker_fact(struct pxk_tracker *t, struct pxk_session *s, pxk_usec at, const char *fmt, ...)
    PXK_PRINTF(4, 5);
/** A new entry in s->files, or the entry for the same url and role; NULL: no room. */
struct pxk_file *pxk_session_file(struct pxk_session *s, const char *url, const char *role);

/* ---- making a session ---- */

/** A new round at the end, zeroed (the last one emptied, if there are PXK_ROUNDS_MAX); pointers to the others become
 * invalid. NULL: no memory. */
struct pxk_round *pxk_session_round_add(struct pxk_session *s);
/** A new answer at the end, zeroed; pointers to the others become invalid. NULL: no room. */
struct pxk_answer *pxk_round_answer_add(struct pxk_round *r);
/** A new DHCPv6 conversation at the end, as pxk_session_round_add(). */
struct pxk_boot6 *pxk_session_boot6_add(struct pxk_session *s);
/** Free what a session owns: rounds, answers, transfers, requests, files. */
void pxk_session_done(struct pxk_session *s);
/** Bytes that a session holds beside its own struct. */
size_t pxk_session_bytes(const struct pxk_session *s);

/* ---- reading a session ---- */

/** A client that is silent for so long in a capture has stopped: firmware repeats itself sooner. */
#define PXK_SILENCE (20 * PXK_SEC)

/** Does it boot over the network: by what it says of itself in DHCP, or because it fetches files as loaders do? A machine
 * that only wants an address is none of our business. */
bool pxk_session_boots(const struct pxk_session *s);
/** "a sub-option runs past its end; ..." of pxk_answer.pxe_odd. */
void pxk_pxe_odd_words(uint8_t odd, struct pxk_str *out);
/** A round's lease: the ACK that gave an address; NULL. */
const struct pxk_answer *pxk_round_lease(const struct pxk_round *r);
/** The round of the firmware: the first PXE one, else the first; NULL if the client sent no DHCP. */
const struct pxk_round *pxk_session_firmware_round(const struct pxk_session *s);
/** "unknown CA"; "no such name". */
const char *pxk_tls_alert_words(const struct pxk_tls *tls);
const char *pxk_dns_rcode_words(unsigned rcode);
/** First answer of a type in a round, NULL. */
const struct pxk_answer *pxk_round_answer(const struct pxk_round *r, uint8_t type);
/** Boot file and server of an answer as the personality @p reads them (EDK2: option 67 first; iPXE: header
 * first; server: siaddr...). Returns @file, "" if there is none. */
const char *pxk_answer_boot_file(const struct pxk_answer *a, const struct pxk_persona *p, char *file, size_t cap);
/** The boot file of a DHCPv6 URL as its client asks for it: the path of tftp://, else the whole URL. */
const char *pxk_boot6_file(const struct pxk_boot6 *b);
/** The last DHCPv6 conversation that names a boot file; NULL. */
const struct pxk_boot6 *pxk_session_boot6(const struct pxk_session *s);
/** What a file is by its name as asked for: "loader", "module", "config", "kernel", "initrd", "answers", "other". @optional
 * (may be NULL): its client goes on without it, a "not found" is normal. */
const char *pxk_file_role(const char *path, bool *optional);
/** A session's last transfer of a file name (whole name, or its last component), NULL. */
const struct pxk_transfer *pxk_session_transfer(const struct pxk_session *s, const char *name);
/** How far it came: from facts where it is emulated, else from what the wire shows. */
enum pxk_milestone pxk_session_milestone(const struct pxk_session *s);

/** The state of one step of one client, decided here and nowhere else. @why gets one short phrase. */
enum pxk_verdict pxk_session_step(const struct pxk_session *s, enum pxk_step step, char *why, size_t cap);

#endif
