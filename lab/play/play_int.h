/* A case while it is played in real time. */
#ifndef PXK_PLAY_INT_H
#define PXK_PLAY_INT_H

#include <uv.h>

#include "cables.h"
#include "plan.h"
#include "probe.h"
#include "pxk/emulator.h"
#include "pxk/io.h"
#include "seen.h"
#include "timeline.h"
#include "tree.h"

#define PLAY_IFACE "eth0" /* of the clients' port, in its host */

struct play;

/** Clients that share a port, and so a link. */
struct play_group {
    struct play *play;
    const char *segment, *word; /* as the clients say */
    char port[2 * PXK_SCN_NAME_MAX + 2]; /* of the lab, and its host */
    struct pxk_emulator *em;
    bool running;
};

struct play_server {
    struct play *play;
    const struct pxk_scn_server *scn;
    size_t kinds;
    struct play_part {
        const struct pxk_lab_kind *kind;
        struct pxk_play_plan plan;
        bool planned;
        struct pxk_lab_server *server; /* NULL: not started yet */
    } part[PXK_PLAY_KINDS_MAX];
};

struct play_command {
    const struct pxk_scn_command *scn;
    char log[600], errors[600]; /* errors: "" if both streams are in log */
    pid_t pid; /* 0: not started, or ended */
    bool started, ended, stopped;
    int status;
    pxk_usec began, took;
};

struct play_vm {
    struct play *play;
    const struct pxk_scn_client *scn;
    char serial[600];
    pid_t pid; /* 0: ended */
    struct pxk_link *link; /* listens beside it */
    struct pxk_mac mac;
    bool running;
};

struct play {
    const struct pxk_scenario *s;
    const struct pxk_play_env *env;
    struct pxk_lab *lab;          /* NULL: external */
    char root[4096];
    uv_loop_t loop;
    uv_timer_t timeline_timer, look, limit;
    bool handles_open;
    uv_work_t work;               /* a server is being stopped or started beside the loop */
    bool working;
    const struct pxk_scn_event *doing; /* by the work */
    PXK_VEC(const struct pxk_scn_event *) waiting; /* actions on servers: that one, and those that wait for it */
    char work_why[300];
    struct pxk_tracker *tracker;
    struct pxk_seen *seen;
    struct pxk_timeline *timeline;
    struct pxk_emulator_watch watch;
    struct pxk_overrides *overrides; /* one per client */
    struct play_group *group;
    size_t groups;
    struct play_server *server;
    size_t servers;
    struct play_command *command;
    struct play_vm *vm;
    size_t vms;
    pxk_usec born, began;         /* the play; its clients */
    bool ending;                  /* nothing new is begun */
    char stopped[200];            /* why it was ended from outside; "" */
    char *why;                    /* the caller's */
    size_t cap;
};

/* network.c: ports, cables, routers as the scenario says. */
bool play_network_build(struct play *p);
const char *play_host_iface(const struct play *p, const char *host);

/* cast.c: servers. */
bool play_servers_start(struct play *p);
/** An action of the timeline on a server. */
void play_server_act(struct play *p, const struct pxk_scn_event *e);
void play_servers_put(struct play *p); /* leases, logs */
void play_servers_free(struct play *p);

/* command.c */
bool play_commands_run(struct play *p, enum pxk_scn_when when); /* starts them; waits for those not in the background, but for WITH */
bool play_commands_look(struct play *p);                        /* true while one of WITH goes on */
void play_commands_put(struct play *p);

/* vm.c: QEMU */
bool play_vms_start(struct play *p);
bool play_vms_look(struct play *p);
void play_vms_put(struct play *p);
void play_vms_close(struct play *p);

#endif
