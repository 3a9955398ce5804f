/* Shared by drive.c (the run of one emulator) and players.c (its clients). */
#ifndef PXK_EMULATOR_DRIVE_H
#define PXK_EMULATOR_DRIVE_H

#include "client.h"
#include "hear.h"
#include "pxk/emulator.h"
#include "pxk/http_stack.h"

struct player {
    struct pxk_emulator *em;
    struct pxk_client *client;
    uint16_t vlan;
    struct pxk_http_stack *http;
    pxk_ip4 http_ip;
    bool in_turn;    /* else it begins at: */
    pxk_usec start;  /* after the watch began */
    bool begun;
    pxk_usec began;
};

struct pxk_emulator {
    struct pxk_emulator_opts opts;
    struct pxk_emulator_result result;
    struct pxk_emulator_watch *watch;
    void (*ended)(void *ctx);
    void *ctx;
    uv_loop_t *loop;
    uv_timer_t timer, limit, link_look;
    unsigned handles;      /* still to be closed */
    int place;             /* the network namespace of the link; -1 */
    struct pxk_link *link; /* NULL: unplugged */
    bool unplugged;        /* the interface is up and has no carrier */
    struct player player[PXK_EMULATOR_CLIENTS_MAX];
    struct pxk_mac mac[PXK_EMULATOR_CLIENTS_MAX]; /* of the players, for the ear */
    size_t players;
    struct pxk_known_files known;
    struct pxk_ear ear;
    pxk_usec started;
    unsigned turn;         /* what others were told: 0 clients wait for their turn, 1 the last has begun, 2 and settled */
    bool ending;
    char stop_why[96];     /* told to stop; "" not, or done */
};

/* drive.c */
/** A frame of a client leaves. @ctx: struct player. */
void drive_send(void *ctx, const uint8_t *frame, size_t len);
/** Something happened to a client: begin whom it is time for, set the timer, end if all have. */
void drive_rearm(struct pxk_emulator *em);

/* players.c */
enum pxk_err players_add(struct pxk_emulator *em, char *why, size_t cap);
void players_free(struct pxk_emulator *em);
/** A frame for those whom it is addressed to. */
void players_hear(struct pxk_emulator *em, const uint8_t *frame, size_t len, pxk_usec now);
/** Begin those whose time has come. */
void players_begin(struct pxk_emulator *em, pxk_usec now);
/** When the next one begins; PXK_NEVER: not without another's doing, or all have. */
pxk_usec players_next(const struct pxk_emulator *em);
/** 0: some wait for their turn; 1: the last of those has begun; 2: and it has an address or ended. */
unsigned players_turn(const struct pxk_emulator *em);
void players_stop(struct pxk_emulator *em, const char *why, pxk_usec now);

#endif
