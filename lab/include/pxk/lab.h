/* The lab: networks made to order in private namespaces, and other projects' servers in them.
 *
 * A network lives in the calling process: the process must have been isolated first (pxk_netns_isolate(), and a PID
 * namespace if what it starts must end with it); its own network namespace becomes the switch room, in which every
 * segment is a bridge. Each host is a network namespace of its own, held by a descriptor. All names are
 * PXK_SCN_NAME_MAX bytes at most. Functions return PXK_OK or an error with one sentence in @why. */
#ifndef PXK_LAB_H
#define PXK_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pxk/base.h"
#include "pxk/scenario.h"
#include "pxk/sim.h"

struct pxk_lab; /* opaque */

/** @work: an existing folder for logs, sockets, captures; our own processes' words go to its lab.log. PXK_E_USAGE where the
 * network is not private: an interface other than the loopback is up. */
PXK_MUST_USE enum pxk_err pxk_lab_new(const char *work, struct pxk_lab **out, char *why, size_t cap);
/** Ends every process that the lab started, by its id, and waits for them. */
struct pxk_lab *pxk_lab_free(struct pxk_lab *lab);
const char *pxk_lab_work(const struct pxk_lab *lab);

/* ---- segments, hosts, ports ---- */

/** The bridge of a segment, in the switch room: a listener there hears all its frames. NULL: no such segment. */
const char *pxk_lab_segment_iface(const struct pxk_lab *lab, const char *name);
PXK_MUST_USE enum pxk_err pxk_lab_segment_add(struct pxk_lab *lab, const char *name, unsigned mtu, char *why, size_t cap);

struct pxk_lab_port_opts {
    const char *name;    /* of the port, unique; by it cables are told what to do */
    const char *host;    /* made if it is new: IPv6 off, loopback up, ARP entries that do not expire within a case */
    const char *segment;
    const char *iface;   /* its name in the host */
    struct pxk_mac mac;  /* zero: the kernel's, made from the port's name so that runs are alike */
    pxk_ip4 ip, netmask; /* 0: no address */
    pxk_ip4 gateway;     /* 0: no default route */
    unsigned mtu;        /* 0: 1500 */
    bool offload;        /* false: frames are whole on the wire. A port with a cable never has it: cables carry whole frames */
    const struct pxk_cable_opts *cable; /* NULL: straight into the switch. Port A of the cable is the host's */
    const char *qemu;    /* not NULL: no host; the port is a pair of unix datagram sockets for QEMU's -netdev dgram: QEMU's own is
                            WORK/NAME.qemu (local.path), ours WORK/NAME.ours (remote.path) */
};
PXK_MUST_USE enum pxk_err pxk_lab_port_add(struct pxk_lab *lab, const struct pxk_lab_port_opts *opts, char *why, size_t cap);

/** A host that forwards between its ports (add them with pxk_lab_port_add first). @silent_about_mtu: it sends no ICMP
 * fragmentation needed; all else as ever. */
PXK_MUST_USE enum pxk_err pxk_lab_router_start(struct pxk_lab *lab, const char *host, bool silent_about_mtu, char *why, size_t cap);
/** A DHCP relay (RFC 1542 4, RFC 3046) on @host, listening on the ports named in @from; a process of its own. */
struct pxk_lab_relay_opts {
    const char *host;
    const char *const *from; /* interfaces in that host */
    size_t from_n;
    const pxk_ip4 *to;       /* servers */
    size_t to_n;
    const char *circuit_id, *remote_id; /* NULL: none */
};
PXK_MUST_USE enum pxk_err pxk_lab_relay_start(struct pxk_lab *lab, const struct pxk_lab_relay_opts *opts, char *why, size_t cap);

/* ---- cables, while they are in use: what was sent before a call has entered the cable before, and the order is in force when
 * the call returns. A cut cable passes nothing; the carrier stays, as with a switch in between. ---- */

PXK_MUST_USE enum pxk_err pxk_lab_cut(struct pxk_lab *lab, const char *port);
PXK_MUST_USE enum pxk_err pxk_lab_join(struct pxk_lab *lab, const char *port);
PXK_MUST_USE enum pxk_err pxk_lab_cable_set(struct pxk_lab *lab, const char *port, const struct pxk_cable_way way[PXK_CABLE_PORTS],
                                            const struct pxk_cable_rule *rules, size_t rule_n);
struct pxk_lab_cable_count {
    struct pxk_cable_count way[PXK_CABLE_PORTS];
    uint64_t strikes[PXK_CABLE_RULES]; /* of each rule */
    /* By the port of entry, what the cable had no part in: */
    uint64_t oversized[PXK_CABLE_PORTS]; /* larger than the MTU (segmentation offload): not passed on */
    uint64_t overrun[PXK_CABLE_PORTS];   /* came faster than this machine could take them; over 0: results mean little */
    uint64_t refused[PXK_CABLE_PORTS];   /* came out, and the far end did not take them: too long for it, down, no QEMU yet */
};
/** PXK_E_NOTFOUND: the port has no cable. */
PXK_MUST_USE enum pxk_err pxk_lab_cable_count(struct pxk_lab *lab, const char *port, struct pxk_lab_cable_count *out);

/** All frames of a segment's switch into a pcap file, at most @snap bytes each. Awaited until it captures. */
PXK_MUST_USE enum pxk_err pxk_lab_capture(struct pxk_lab *lab, const char *segment, const char *path, unsigned snap, char *why,
                                          size_t cap);

/* ---- in a host ---- */

/** The calling thread moves into @host's network (NULL: back to the switch room). */
PXK_MUST_USE enum pxk_err pxk_lab_enter(struct pxk_lab *lab, const char *host);

struct pxk_lab_spawn {
    const char *host;         /* NULL: the switch room */
    const char *const *argv;  /* ends with NULL; argv[0] is a path or is looked up in PATH and the sbin folders */
    const char *const *env;   /* "NAME=value" to add; NULL */
    const char *log;          /* its standard output and error are appended to this file; NULL: nowhere */
    const char *errors;       /* its standard error alone; NULL: to log */
    const char *folder;       /* working directory; NULL: the lab's */
    bool as_it_is;            /* without the filter that pretends changes of user (pxk-launch) */
    bool yields;              /* others' work comes first, of other cases too: it computes much and nobody waits for its answers */
};
/** Start a program; it ends with the lab at the latest. */
PXK_MUST_USE enum pxk_err pxk_lab_spawn(struct pxk_lab *lab, const struct pxk_lab_spawn *opts, pid_t *pid, char *why, size_t cap);
/** SIGTERM (or SIGKILL at once with @kill), then SIGKILL after 3 s; waits for its end. Returns its wait status. */
int pxk_lab_end(struct pxk_lab *lab, pid_t pid, bool kill);
/** Has it ended by itself? Then its wait status. */
bool pxk_lab_ended(struct pxk_lab *lab, pid_t pid, int *status);
/** Does process @pid's network have a socket bound to this port? Looks at /proc/PID/net. */
bool pxk_lab_listens(pid_t pid, bool tcp, uint16_t port);

/* ---- servers ---- */

/** What a server of the case is to be. Pointers are the caller's, during the call and while it runs. */
struct pxk_lab_server_plan {
    const char *name;               /* host, already there with its port */
    const char *iface;
    pxk_ip4 ip, netmask;            /* of that port */
    const char *root;               /* boot tree, absolute */
    const char *work;               /* folder for its pid file, leases, config; of this server alone */
    const struct pxk_scn_dhcp *dhcp; /* NULL: no DHCP */
    bool tftp, http;
    const char *config;             /* whole config in place of the template, variables expanded; NULL */
    bool own_root;                  /* root is served in place of the folder that config names */
    const char *lines;              /* added to the template; NULL */
    const char *const *faults;      /* reference */
    size_t fault_n;
    const char *const *arguments;   /* added */
    size_t argument_n;
    const char *program;            /* NULL: the packaged one */
};

struct pxk_lab_argv {
    PXK_VEC(char *) arg, env;       /* owned */
};
/** Append printf-like; on no memory the list ends early and the start fails. */
void pxk_lab_arg(struct pxk_lab_argv *a, const char *fmt, ...) PXK_PRINTF(2, 3);
void pxk_lab_env(struct pxk_lab_argv *a, const char *fmt, ...) PXK_PRINTF(2, 3);
void pxk_lab_argv_done(struct pxk_lab_argv *a);

struct pxk_lab_lease {
    pxk_ip4 ip;
    struct pxk_mac mac;
};
struct pxk_lab_leases {
    PXK_VEC(struct pxk_lab_lease) at;
};

/** A program that can be a server. One row per program; a further one is one file in lab/servers/ and one line in kinds.c. */
struct pxk_lab_kind {
    const char *name;               /* "isc-dhcpd" */
    const char *words;              /* "ISC dhcpd" */
    bool dhcp, tftp, http;          /* what it can serve */
    bool proxy;                     /* can be a proxyDHCP server */
    const char *const *programs;    /* names or paths to try, ends with NULL; looked up in PXEKIT_FOREIGN (a folder that
                                       packaging/foreign.sh made: PACKAGE/run/PROGRAM), PATH, sbin folders. NULL: nothing is
                                       started */
    const char *package;            /* Debian's, for the sentence that says it is missing; NULL: none */
    const char *config_name;        /* file name of its config in work, NULL: it has none, and a plan's config and lines are
                                       not for it */
    /** The wrapper's config for @plan. On failure one sentence in @why. */
    enum pxk_err (*config)(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap);
    /** plan->config, which a user wrote for a machine of its own, as it can run in a case: no line is added or removed, so that
     * what the program says about line 12 is about the user's line 12. NULL: it runs as it is. */
    enum pxk_err (*adapt)(const struct pxk_lab_server_plan *plan, struct pxk_text *out);
    /** Program arguments (not the program itself). @config: path of the written config, NULL if it has none. */
    void (*command)(const struct pxk_lab_server_plan *plan, const char *config, struct pxk_lab_argv *out);
    /** True once it answers requests. Called until it is, at most 10 s. @log: what it has logged since this start. */
    bool (*ready)(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log);
    /** What it must be sent before it is of use (a first request that fails), NULL: nothing. */
    void (*warm_up)(struct pxk_lab *lab, const struct pxk_lab_server_plan *plan);
    /** Leases that its files say are in force now; NULL: it keeps none. */
    enum pxk_err (*leases)(const struct pxk_lab_server_plan *plan, struct pxk_lab_leases *out);
};

const struct pxk_lab_kind *pxk_lab_kind_row(size_t i); /* NULL past the end */
const struct pxk_lab_kind *pxk_lab_kind_find(const char *name);
/** The program's path, or false with @why: what is missing and which package has it. */
bool pxk_lab_kind_program(const struct pxk_lab_kind *kind, char *path, size_t path_cap, char *why, size_t cap);

struct pxk_lab_server; /* opaque: a running one */
/** Write the config, start the program in its host, wait until it answers. On failure @why has the last line of its log. */
PXK_MUST_USE enum pxk_err pxk_lab_server_start(struct pxk_lab *lab, const struct pxk_lab_kind *kind,
                                               const struct pxk_lab_server_plan *plan, struct pxk_lab_server **out, char *why,
                                               size_t cap);
/** Stop (or kill) it; it can be started again with its files as they are. */
void pxk_lab_server_stop(struct pxk_lab_server *s, bool kill);
PXK_MUST_USE enum pxk_err pxk_lab_server_restart(struct pxk_lab_server *s, char *why, size_t cap);
void pxk_lab_server_pause(struct pxk_lab_server *s, bool pause); /* SIGSTOP, SIGCONT */
PXK_MUST_USE enum pxk_err pxk_lab_server_leases(const struct pxk_lab_server *s, struct pxk_lab_leases *out);
const char *pxk_lab_server_log(const struct pxk_lab_server *s);
bool pxk_lab_server_runs(const struct pxk_lab_server *s, int *wait_status);
/** Stops it if need be. */
struct pxk_lab_server *pxk_lab_server_free(struct pxk_lab_server *s);

#endif
