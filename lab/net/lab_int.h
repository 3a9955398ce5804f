/* What the files of the lab's networks share. */
#ifndef PXK_LAB_INT_H
#define PXK_LAB_INT_H

#include <net/if.h>

#include "pxk/lab.h"

#define LAB_WHY 256

/** Who is ended in which way (pxk_lab_free): programs by request and as a group, captures by request, helpers at once. */
enum lab_child_kind { LAB_PROGRAM, LAB_CAPTURE, LAB_HELPER };

struct lab_child {
    pid_t pid;
    enum lab_child_kind kind;
    bool ended; /* reaped; status holds */
    int status;
};

struct lab_segment {
    char name[PXK_SCN_NAME_MAX + 1];
    char bridge[IFNAMSIZ];
    unsigned mtu;
};

struct lab_host {
    char name[PXK_SCN_NAME_MAX + 1];
    int netns;
};

struct lab_port {
    char name[PXK_SCN_NAME_MAX + 1];
    char host[PXK_SCN_NAME_MAX + 1];  /* "" for QEMU's */
    char iface[IFNAMSIZ];             /* in the host */
    char link[2][IFNAMSIZ];           /* in the switch room, one of each pair: the bridge's; with a cable the host's */
    int control;                      /* of the cable's process, -1: no cable */
    char *ours;                       /* our socket's path, QEMU only */
};

struct pxk_lab {
    char *work;
    int room;        /* descriptor of the switch room's network namespace */
    pid_t owner;     /* a forked child of the lab's process leaves all as it is */
    unsigned serial; /* of names in the switch room */
    PXK_VEC(struct lab_segment) segments;
    PXK_VEC(struct lab_host) hosts;
    PXK_VEC(struct lab_port) ports;
    PXK_VEC(struct lab_child) children;
};

struct lab_segment *lab_segment_find(struct pxk_lab *lab, const char *name);
struct lab_host *lab_host_find(struct pxk_lab *lab, const char *name);
struct lab_port *lab_port_find(struct pxk_lab *lab, const char *name);
/** Finds or makes it; acts in any namespace and comes back. */
enum pxk_err lab_host_need(struct pxk_lab *lab, const char *name, struct lab_host **out, char *why, size_t cap);

/* A part of the work is done in another namespace: go there, come back. */
/** Returns a descriptor of the namespace left, to be given to lab_back(); -1 with nothing changed. */
int lab_go(int netns);
void lab_back(int netns);

/** The word for @err put behind what failed; returns @err. */
enum pxk_err lab_fail(enum pxk_err err, char *why, size_t cap, const char *fmt, ...) PXK_PRINTF(4, 5);

/* ---- processes of our own ---- */

/** In the child: nothing but 0, 1, 2 and @control is open. It says lab_ready() once it works, and returns its exit
 * status. */
typedef int lab_helper_fn(int control, const void *ctx);
/**
 * Fork a helper into @netns and await its word. @control gets our end of its socket (packets, close-on-exec), NULL: it is
 * closed, and the helper finds its end closed too. Standard output and error go to WORK/lab.log.
 */
enum pxk_err lab_helper_start(struct pxk_lab *lab, enum lab_child_kind kind, int netns, lab_helper_fn *run, const void *ctx,
                              int *control, char *why, size_t cap);
/** In the helper: it works (PXK_OK), or why not. */
void lab_ready(int control, enum pxk_err err, const char *why);

/** Ends all that runs, programs first. */
void lab_children_end(struct pxk_lab *lab);

/* ---- cables ---- */

/** Start the driver of @port's cable (port->link, port->ours are set). @theirs: QEMU's socket, NULL for a host's port. */
enum pxk_err lab_cable_start(struct pxk_lab *lab, struct lab_port *port, const struct pxk_cable_opts *opts, const char *theirs,
                             unsigned mtu, char *why, size_t cap);

#endif
