/* What a case's servers and clients are told, the same in real and in virtual time. */
#ifndef PXK_PLAY_PLAN_H
#define PXK_PLAY_PLAN_H

#include <limits.h>

#include "pxk/base.h"
#include "pxk/lab.h"
#include "pxk/play.h"
#include "pxk/scenario.h"

/** The MAC of client @i: its own, or one that is made from the scenario's seed. */
struct pxk_mac pxk_play_mac(const struct pxk_scenario *s, size_t i);

const struct pxk_scn_segment *pxk_play_segment(const struct pxk_scenario *s, const char *name); /* NULL */

/** A server's plan and what it points to. */
struct pxk_play_plan {
    struct pxk_lab_server_plan plan;
    struct pxk_scn_dhcp dhcp;      /* with boot files of the tree put in where the scenario names none */
    struct pxk_conf_pair boot[8];
    char work[512], root[PATH_MAX];
    struct pxk_text config, lines;
};

#define PXK_PLAY_KINDS_MAX 4
/** The kinds of "a+b"; 0 if one is unknown or there are too many. */
size_t pxk_play_kinds(const struct pxk_scn_server *server, const struct pxk_lab_kind *kind[PXK_PLAY_KINDS_MAX]);

/**
 * The plan of the @k-th kind of @server. What several could do, the first does; config, lines and arguments go to the first that
 * has a config. @out points into @s, @root and itself. PXK_E_IO: its config file cannot be read.
 */
PXK_MUST_USE enum pxk_err pxk_play_plan_make(const struct pxk_scenario *s, const struct pxk_scn_server *server, size_t k,
                                             const struct pxk_play_env *env, const char *root, struct pxk_play_plan *out, char *why,
                                             size_t cap);
void pxk_play_plan_done(struct pxk_play_plan *p);

#endif
