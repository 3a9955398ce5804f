/* Scenario files (YAML, version 1): what to build, whom to boot, what to expect. docs/scenarios.md is the manual.
 *
 * A file is a table of cases: its matrix multiplied out, one struct pxk_scenario per row, with ${variables} put in.
 * Members that the file leaves out have their defaults filled in, except where "NULL: ..." says otherwise.
 * Pure: text in, structs out; nothing here opens a file (`config-file`, `from` are looked at when the case is played). */
#ifndef PXK_SCENARIO_H
#define PXK_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/conf.h"
#include "pxk/diag.h"
#include "pxk/proto.h"
#include "pxk/session.h"
#include "pxk/sim.h"

#define PXK_SCN_CASES_MAX    256 /* rows of one file's matrix, those that are left out not counted */
#define PXK_SCN_CLIENTS_MAX  64  /* clients of a case, counts added up */
#define PXK_SCN_NAME_MAX     32  /* of hosts, ports, segments, clients: letters, digits, - and _ */

/** Names in ${...} that are known only when a case is played: parsing leaves them as they are. NULL past the end. */
const char *pxk_scn_late_word(size_t i);
/** Programs that can be in struct pxk_scn_server.run; NULL past the end. pxk_lab_kind_row() has the same ones. */
const char *pxk_scn_server_word(size_t i);

/* ---------------------------------------------------------------- network */

struct pxk_scn_segment {
    char *name;                    /* default "lan" */
    struct pxk_conf_subnet subnet; /* default 10.77.0.0/24, the next segment 10.78.0.0/24 ... */
    unsigned mtu;                  /* default 1500 */
    bool offload;                  /* leave checksums and segmentation to cards that are not there, as virtual machines do */
};

struct pxk_scn_relay { /* RFC 1542, RFC 3046 */
    PXK_VEC(pxk_ip4) to;           /* servers; at least one */
    char *circuit_id, *remote_id;  /* option 82 suboptions 1, 2; NULL: without */
};

/** A host with a port in each of two or more segments, which forwards IP between them. */
struct pxk_scn_router {
    char *name;
    PXK_VEC(char *) joins;         /* segments, in order */
    PXK_VEC(pxk_ip4) addresses;    /* in the same order; default: each subnet's last but one (.254 of a /24) */
    unsigned mtu;                  /* of its ports in all segments but the first; 0: as the segment */
    bool silent;                   /* sends no ICMP when a packet does not fit (a black hole) */
    struct pxk_scn_relay *relay;   /* NULL: no DHCP relay. Relays from every segment without such a server's address */
};

/** Which way over a port's cable, seen from the host that is plugged in there. */
#define PXK_SCN_WAYS(X) X(BOTH, "both") X(TO, "to") X(FROM, "from")
enum pxk_scn_way {
#define X(name, key) PXK_SCN_WAY_##name,
    PXK_SCN_WAYS(X)
#undef X
};

struct pxk_scn_rule {
    int action;                    /* 0 drop, 1 pass */
    int way;                       /* enum pxk_scn_way */
    char *protocol;                /* NULL any; "udp", "tcp", "icmp", "arp", "ip", "ip6" */
    pxk_ip4 src, dst;              /* 0: any */
    struct pxk_cable_ports sport, dport;
    bool fragments;
    uint32_t skip, every, limit;   /* as in struct pxk_cable_rule */
};

/** A cable between a port and its segment's switch. Two entries for one port add up if their ways differ. */
struct pxk_scn_cable {
    char *port;                    /* name of a server's host, a client, "clients" (the port that clients share), or
                                      ROUTER:SEGMENT */
    int way;
    struct pxk_cable_way effect;   /* what happens to frames of that way (tag and untag as the switch sees them) */
    PXK_VEC(struct pxk_scn_rule) rules;
    pxk_usec silent;               /* after link up (spanning tree) */
    bool cut;                      /* starts unplugged */
};

struct pxk_scn_network {
    PXK_VEC(struct pxk_scn_segment) segments; /* at least one after parsing */
    PXK_VEC(struct pxk_scn_router) routers;
    PXK_VEC(struct pxk_scn_cable) cables;
};

/* ---------------------------------------------------------------- servers */

/** What a DHCP server is told to do, whichever program it is. Wrappers turn it into their program's config. */
struct pxk_scn_dhcp {
    struct pxk_conf_range pool;    /* default .150 to .199 of the segment's subnet */
    struct pxk_conf_subnet subnet; /* default the segment's; another one if it serves a relay's */
    pxk_usec lease;                /* default 1h */
    pxk_ip4 router;                /* default the server's address, behind a relay the router's; 0 (written "none"): no option 3 */
    PXK_VEC(pxk_ip4) dns;
    pxk_ip4 next_server;           /* default the server's address */
    bool boot;                     /* false: `boot-files: none`, no boot information at all */
    PXK_VEC(struct pxk_conf_pair) boot_files; /* architecture key, "default" or "ipxe" -> path; default: the boot tree's own */
    bool proxy;                    /* proxyDHCP: boot information without addresses */
    PXK_VEC(struct pxk_conf_pairs) options;   /* IANA key or number -> values */
};

struct pxk_scn_server {
    char *name;                    /* of its host; default "boot", then "boot2" ... */
    char *run;                     /* "dnsmasq", "kea+atftpd", "reference", "external": kinds of pxk/lab.h joined by + */
    char *segment;                 /* default the first */
    char *interface;               /* name of its port inside its host; default "eth0". external: the real interface */
    pxk_ip4 address;               /* default .1 of the segment for the first server, .2 for the second ... */
    pxk_ip4 gateway;               /* 0: none, or the segment's only router */
    struct pxk_scn_dhcp *dhcp;     /* not NULL after parsing unless `dhcp: none` */
    bool no_dhcp, no_tftp;         /* `dhcp: none`, `tftp: none` */
    char *root;                    /* of TFTP and HTTP, relative to the scenario's file; NULL: the case's boot tree */
    char *config;                  /* the program's whole config, in place of the wrapper's; NULL */
    char *config_file;             /* the same from a file, relative to the scenario's; NULL */
    char *lines;                   /* added to the wrapper's config; NULL */
    PXK_VEC(char *) faults;        /* reference only; names of the server's fault table, "name" or "name=value" */
    PXK_VEC(char *) arguments;     /* added to the program's own */
    char *program;                 /* path of the program if it is not the packaged one; NULL */
    bool waits;                    /* is not started until the timeline says so */
};

/* ---------------------------------------------------------------- boot files */

/** A change of the boot tree; exactly one of the first six is given. Paths are relative to the tree's root. */
struct pxk_scn_change {
    char *remove, *write, *truncate, *copy, *flip, *link; /* each the path that changes; NULL */
    char *text;                    /* write: the content */
    char *to;                      /* truncate: "50%" or a size; copy and link: the new path */
    uint64_t at;                   /* flip: the byte whose bits are inverted; default the middle */
    bool at_given;
};

#define PXK_SCN_SETS(X) X(GENERATED, "generated") X(DEBIAN, "debian") X(NONE, "none")
enum pxk_scn_set {
#define X(name, key) PXK_SCN_SET_##name,
    PXK_SCN_SETS(X)
#undef X
};

struct pxk_scn_files {
    bool given;                    /* not a key: the file says something of them */
    int set;                       /* enum pxk_scn_set; default generated */
    char *from;                    /* a directory in place of a set, relative to the scenario's file; NULL */
    uint64_t kernel, initrd;       /* bytes of the generated ones; defaults 64 kB and 128 kB */
    PXK_VEC(struct pxk_scn_change) changes; /* made on a copy, in order */
};

/* ---------------------------------------------------------------- clients */

struct pxk_scn_client {
    char *name;                    /* default the architecture's key; the second of them gets -2 ... */
    uint16_t arch;                 /* required, or by personality */
    const struct pxk_persona *personality; /* default the architecture's; may be NULL with firmware */
    char *firmware;                /* NULL: emulated. "bios" or "uefi": a QEMU with real firmware */
    unsigned count;                /* default 1; names get -1, -2, ... if over 1 */
    bool start_given;
    pxk_usec start;                /* after the beginning; default: in turn, as `pxekit check` does */
    pxk_usec every;                /* between those of one count; default: all at `start` if that is given, else in turn */
    struct pxk_mac mac;            /* zero: made up from the seed; a count adds to the last byte */
    bool has_uuid;
    struct pxk_uuid uuid;
    char *segment;                 /* default the first */
    char *port;                    /* clients with the same word share a port; default "clients" ("clients-SEGMENT" in another
                                      segment than the first such client's), or the client's own name if a cable of that
                                      name exists. With firmware: always of its own, default its name */
    uint16_t vlan;
    int until;                     /* enum pxk_milestone; NONE: all the way */
    bool firmware_pace;            /* `pace: firmware` */
    bool keep_lease;
    PXK_VEC(struct pxk_conf_pairs) overrides; /* DHCP option key or number -> value ("none" leaves it out); also
                                      "blksize", "windowsize", "tsize" of its TFTP */
    PXK_VEC(char *) arguments;     /* QEMU: added */
};

/** A program that runs in a host of the network: a script, curl, pxekit check itself. */
#define PXK_SCN_WHENS(X) X(BEFORE, "before") X(WITH, "with") X(AFTER, "after")
enum pxk_scn_when {
#define X(name, key) PXK_SCN_WHEN_##name,
    PXK_SCN_WHENS(X)
#undef X
};
/** One of a command's two streams. */
struct pxk_scn_stream {
    bool lines_given;
    unsigned lines;                /* at most so many; 0: it is empty */
    PXK_VEC(char *) has, lacks;    /* regular expressions */
    unsigned line;                 /* of the file, as all that are called line */
};
struct pxk_scn_command {
    char *name;                    /* default "command-1" ... */
    char *run;                     /* for /bin/sh -c; $PXEKIT is this program, $INTERFACE the host's port, $ROOT the boot tree,
                                      $WORK a scratch folder */
    char *on;                      /* host; default "clients" */
    int when;                      /* before the clients start (default where there are clients), beside them, after them */
    bool background;               /* not waited for; ended with the case */
    char *ready;                   /* background: a regular expression in its output that is awaited; NULL */
    pxk_usec limit;                /* default 20s */
    bool any_exit;                 /* `exit: any` */
    int exit;                      /* expected status; default 0 */
    PXK_VEC(char *) has, lacks;    /* regular expressions over its output, both streams in one */
    struct pxk_scn_stream *out, *err; /* in place of those: its streams apart; NULL: nothing is asked of it */
    unsigned line, has_line, lacks_line; /* of the file; 0: not written */
};

/* ---------------------------------------------------------------- timeline */

#define PXK_SCN_DOS(X)                                                                                                 \
    X(STOP, "stop") X(KILL, "kill") X(START, "start") X(RESTART, "restart") X(PAUSE, "pause") X(RESUME, "resume")      \
    X(CUT, "cut") X(JOIN, "join") X(CABLE, "cable") X(FILES, "files") X(END, "end")
enum pxk_scn_do {
#define X(name, key) PXK_SCN_DO_##name,
    PXK_SCN_DOS(X)
#undef X
};

struct pxk_scn_event {
    bool at_given;
    pxk_usec at;                   /* after the clients' beginning, or */
    int on;                        /* enum pxk_event_kind, -1: not by event */
    char *client;                  /* NULL: any */
    char *file;                    /* tftp.*: the transfer's file or its end; NULL: any */
    uint32_t blocks;               /* tftp.data: once so many blocks have arrived; default 1 */
    unsigned count;                /* the Nth time; default 1 */
    pxk_usec after;                /* and then so much later */
    int action;                    /* enum pxk_scn_do */
    char *server;                  /* STOP to RESUME; default the only one */
    char *port;                    /* CUT, JOIN, CABLE */
    struct pxk_scn_cable *cable;   /* CABLE: new effect and rules */
    PXK_VEC(struct pxk_scn_change) files;
    unsigned line;
};

/* ---------------------------------------------------------------- expectations */

/** Each expectation knows its line, for failures and annotations. 0: a default, nobody wrote it. */

struct pxk_scn_alternatives {      /* "pass|warn": any of these; n 0: not asked */
    PXK_VEC(char *) word;
    unsigned line;
};

struct pxk_scn_names {             /* of findings */
    bool given;                    /* given and empty: none */
    PXK_VEC(char *) name;          /* names, not codes; one may be "a|b" */
    unsigned line;
};

struct pxk_scn_file_expect {
    char *path;                    /* as asked for; the last part is enough */
    int state;                     /* 0 have (default), 1 failed, 2 absent: never asked for */
    bool bytes_given;
    uint64_t bytes;
    char *sha256, *same_as;        /* hex; path in the boot tree: equal to it. NULL */
    char *role;                    /* NULL */
    unsigned line;
};

struct pxk_scn_value {             /* something in a JSON document */
    char *at;                      /* JSON pointer (RFC 6901); "*" as a part: any element, one must fit */
    char *is, *matches;            /* text (numbers and booleans as JSON writes them); regular expression. NULL */
    bool min_given, max_given, absent;
    double min, max;
    unsigned line;
};

struct pxk_scn_client_expect {
    char *client;                  /* name as in clients; NULL: every one */
    bool boots_given, boots;
    struct pxk_scn_alternatives reached, step[PXK_STEP_N];
    struct pxk_scn_names findings, includes, excludes;
    PXK_VEC(struct pxk_scn_file_expect) files;
    char *kernel, *cmdline;        /* regular expressions; NULL */
    struct pxk_conf_range address; /* 0: not asked */
    bool retransmissions_given;
    unsigned retransmissions;      /* at most: requests repeated, and ACKs repeated in transfers */
    pxk_usec within;               /* from its first frame to its last file; 0: not asked */
    PXK_VEC(char *) events, never; /* "tftp.request linux": event key, then a part of its text; events in this order */
    PXK_VEC(char *) serial;        /* QEMU: regular expressions over its serial console, in this order */
    unsigned line;
};

struct pxk_scn_lease_expect {
    char *server;                  /* NULL: every one */
    unsigned left;                 /* leases that are left when all clients have ended */
    unsigned line;
};

struct pxk_scn_log_expect {
    char *server;                  /* default the only one */
    PXK_VEC(char *) has, lacks;    /* regular expressions, over lines */
    unsigned line;
};

/** What a passive watcher says of the same packets: no facts of the emulator, only frames. */
struct pxk_scn_probe_expect {
    bool given;
    char *at;                      /* segment at whose switch it listens; NULL: the clients' own links */
    pxk_usec stays;                /* it listens on for so long after the last frame, default 60s */
    struct pxk_scn_alternatives step[PXK_STEP_N];
    struct pxk_scn_alternatives first; /* "same": the one that the clients' own verdict has; "none": no failure, no warning */
    struct pxk_scn_names findings, includes, excludes;
    PXK_VEC(struct pxk_scn_client_expect) clients;
    PXK_VEC(struct pxk_scn_value) report;
    unsigned line;
};

struct pxk_scn_expect {
    bool given;                    /* false: there is no `expect`, then healthy is true (without clients: false) */
    bool healthy;                  /* every step of every client passes, no failure, no warning, nobody unjudged */
    bool exit_given;
    int exit;                      /* what `pxekit check` would end with: 0, 1, 3 */
    struct pxk_scn_alternatives step[PXK_STEP_N], first; /* first: the first finding */
    struct pxk_scn_names findings, includes, excludes;
    PXK_VEC(struct pxk_scn_client_expect) clients;
    PXK_VEC(char *) order;         /* "CLIENT EVENT text", over all clients */
    PXK_VEC(struct pxk_scn_value) report, seen; /* in the report; in everything that was seen (pxk/play.h) */
    PXK_VEC(struct pxk_scn_lease_expect) leases;
    PXK_VEC(struct pxk_scn_log_expect) logs;
    struct pxk_scn_probe_expect probe;
    unsigned line, exit_line, healthy_line, order_line;
};

/* ---------------------------------------------------------------- a case */

struct pxk_scenario {
    int64_t version;               /* `pxekit: 1` */
    char *name, *about;            /* about: NULL */
    PXK_VEC(char *) tags;
    pxk_usec limit;                /* of real time, default 60s */
    uint64_t seed;                 /* default 1 */
    bool virtual;                  /* `clock: virtual`: the reference server's and the clients' machines over the cable in
                                      memory, no sockets, time jumps */
    bool alone;                    /* nothing else runs beside it */
    struct pxk_scn_network network;
    PXK_VEC(struct pxk_scn_server) servers; /* default: one, reference; `servers: []`: none */
    struct pxk_scn_files files;
    PXK_VEC(struct pxk_scn_client) clients; /* counts multiplied out: count is 1 in all */
    PXK_VEC(struct pxk_scn_command) commands;
    PXK_VEC(struct pxk_scn_event) timeline;
    struct pxk_scn_expect expect;
    /* not keys of the file: */
    char *file;                    /* as named on the command line */
    char *row;                     /* "server=dnsmasq, arch=bios"; "" without a matrix */
    char *id;                      /* file stem and row as one word for folders and filters: "no-boot-file.dnsmasq.bios" */
    PXK_VEC(struct pxk_conf_pair) vars; /* all variables with their values in this row */
};

struct pxk_scenarios {
    PXK_VEC(struct pxk_scenario *) at; /* pointers: rows do not move */
};

/**
 * Read a file's text and add its cases to @out. @path is for names and messages. Every error at once goes to @errors
 * (an error that several rows share is told once). PXK_OK; PXK_E_FORMAT: nothing was added; PXK_E_NOMEM.
 */
PXK_MUST_USE enum pxk_err pxk_scenario_parse(const char *path, const char *text, size_t len, struct pxk_scenarios *out,
                                             struct pxk_conf_errors *errors);
void pxk_scenarios_done(struct pxk_scenarios *s);
/** The JSON Schema of scenario files. */
PXK_MUST_USE enum pxk_err pxk_scenario_schema(struct pxk_text *out);
/** The text of docs/scenarios-reference.md. */
PXK_MUST_USE enum pxk_err pxk_scenario_reference(struct pxk_text *out);
/** ${name} in @text replaced by the variables of @vars, as parsing does; unknown ones stay. For texts that name what is known
 * only when a case is played (address, interface, root, work). */
void pxk_scenario_expand(const char *text, const struct pxk_conf_pair *vars, size_t n, struct pxk_text *out);
/** A rule as the cable takes it: the host is at port A, the switch at port B. */
struct pxk_cable_rule pxk_scn_rule_of(const struct pxk_scn_rule *r);

#endif
