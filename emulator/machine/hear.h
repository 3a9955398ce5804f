/* Which frames from the link are whose: several emulators of one process, or several ports of a network in memory, may
 * hang on one switch, and the tracker that they share is to see each frame once. */
#ifndef PXK_EMULATOR_HEAR_H
#define PXK_EMULATOR_HEAR_H

#include "pxk/base.h"

struct pxk_emulator;

/** The clients of one emulator, or of one port, in a list of all that watch together. */
struct pxk_ear {
    struct pxk_ear *next;
    unsigned segment;          /* ears of the same number hear the same broadcasts */
    const struct pxk_mac *mac; /* of its clients */
    size_t mac_n;
    struct pxk_emulator *owner; /* the list's user's; NULL */
};

void pxk_ear_add(struct pxk_ear **list, struct pxk_ear *ear);
void pxk_ear_remove(struct pxk_ear **list, struct pxk_ear *ear);

/**
 * Is @me, an ear of @list, the one that tells the tracker of this frame from the link? Of what went to one of its
 * clients alone it is, and of a client's broadcast that comes back from a loop. A broadcast that another ear's client
 * sent was told when it left; a DHCP answer is told by the ear of the client that it names; anything else by the first
 * ear of its segment.
 */
bool pxk_ear_tells(const struct pxk_ear *list, const struct pxk_ear *me, const uint8_t *frame, size_t len);

/** A capture filter (pcap-filter(7)) that lets through what is for @mac, and broadcasts and multicasts. Beyond a few
 * clients it lets others through as well, and stays short. */
void pxk_ear_filter(const struct pxk_mac *mac, size_t n, struct pxk_str *out);
/** Room for it. */
#define PXK_EAR_FILTER_MAX 1024

#endif
