/* A case while it is played in virtual time. */
#ifndef PXK_VIRTUAL_INT_H
#define PXK_VIRTUAL_INT_H

#include <stdio.h>

#include "plan.h"
#include "pxk/emulator.h"
#include "pxk/io.h"
#include "pxk/server_engines.h"
#include "seen.h"
#include "timeline.h"
#include "tree.h"
#include "vnet.h"

#define VIRTUAL_START    (1000 * PXK_SEC)          /* what the time is at first */
#define VIRTUAL_FORWARD  50                        /* us: a switch, and the two machines' stacks */
#define VIRTUAL_FILE_MAX ((uint64_t)256 << 20)

/* ---- virtual_files.c: a server's folder, read into memory file by file ---- */

struct virtual_file;

struct virtual_files {
    const char *root;
    const struct pxk_log *log;
    PXK_VEC(struct virtual_file *) known; /* and those that a transfer still reads */
    char why[400]; /* a file could not be had for a reason that is ours; "" */
};

struct pxk_tftpd_files virtual_files_use(struct virtual_files *f);
/** The folder has changed. A transfer goes on as it would with an open file: what was changed in place it sees. */
void virtual_files_changed(struct virtual_files *f);
void virtual_files_done(struct virtual_files *f);

/* ---- virtual_server.c ---- */

struct virtual;

/** A datagram that came while the server's processes stood still. */
struct virtual_unread {
    struct pxk_frame f; /* payload: below */
    uint8_t data[PXK_FRAME_MAX];
};

struct virtual_server {
    struct virtual *v;
    const struct pxk_scn_server *scn;
    struct pxk_play_plan plan;
    struct pxk_server_config config;
    struct pxk_server_dhcpd made;
    struct pxk_dhcpd *dhcpd;
    struct pxk_vhost *host;
    size_t station;
    struct virtual_files files;
    bool planned, runs, paused;
    PXK_VEC(struct virtual_unread *) unread;
    char log_path[600];
    FILE *log_file;
    struct pxk_log log;
};

/** A host for each server, all but those that wait started. False: v->why. */
bool virtual_servers_make(struct virtual *v);
void virtual_server_act(struct virtual *v, const struct pxk_scn_event *e);
void virtual_servers_changed(struct virtual *v); /* the boot tree */
/** Leases and logs into the document. */
void virtual_servers_put(struct virtual *v);
/** False: one could not do its work; v->why. */
bool virtual_servers_sound(struct virtual *v);
void virtual_servers_free(struct virtual *v);

/* ---- virtual_clients.c ---- */

struct virtual_client {
    struct virtual *v;
    const struct pxk_scn_client *scn;
    struct pxk_client *client;
    size_t station;
    bool begun;
    pxk_usec began;
    struct pxk_overrides overrides;
};

bool virtual_clients_make(struct virtual *v);
/** When the next of them begins, PXK_NEVER: all have. */
pxk_usec virtual_clients_next(const struct virtual *v);
void virtual_clients_begin(struct virtual *v);
void virtual_clients_stop(struct virtual *v, const char *why);
bool virtual_clients_finished(const struct virtual *v);

/* ---- virtual.c ---- */

struct virtual_port {
    const char *segment;
    char name[2 * PXK_SCN_NAME_MAX + 2];
    size_t port;
};

struct virtual {
    const struct pxk_scenario *s;
    const struct pxk_play_env *env;
    char root[4096];
    struct pxk_vnet *net;
    struct pxk_tracker *tracker;
    struct pxk_seen *seen;
    struct pxk_timeline *timeline;
    struct pxk_dump *dump;
    struct pxk_known_files known;
    struct virtual_server *server;
    size_t servers;
    struct virtual_client *client;
    size_t clients;
    PXK_VEC(struct virtual_port) ports;
    PXK_VEC(const struct pxk_scn_event *) due; /* actions of the timeline, until the step that caused them is over */
    uint32_t frames;     /* in the capture */
    pxk_usec began;
    pxk_usec wall_began; /* by the real clock */
    bool over;           /* nothing is seen any more */
    char *why;           /* the caller's; "" while all is well */
    size_t cap;
};

/** The port of this name on this segment, made if it is new, with its cable. False: v->why. */
bool virtual_port(struct virtual *v, const char *name, const char *segment, size_t *port);

#endif
