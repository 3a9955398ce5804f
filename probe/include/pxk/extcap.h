/* "pxekit" in Wireshark's list of interfaces: what a program in its extcap folder is asked, and the capture itself (extcap(4)).
 * Wireshark gets the packets of all chosen interfaces as pcapng through a named pipe, with findings as packet comments. */
#ifndef PXK_EXTCAP_H
#define PXK_EXTCAP_H

#include "pxk/probe.h"

enum pxk_extcap_call {
    PXK_EXTCAP_INTERFACES, /* --extcap-interfaces */
    PXK_EXTCAP_DLTS,       /* --extcap-interface=pxekit --extcap-dlts */
    PXK_EXTCAP_CONFIG,     /* --extcap-interface=pxekit --extcap-config */
    PXK_EXTCAP_VALIDATE,   /* --extcap-interface=pxekit --extcap-capture-filter=FILTER: prints what is wrong with it */
    PXK_EXTCAP_CAPTURE,    /* --extcap-interface=pxekit --capture --fifo=PATH */
};

#define PXK_EXTCAP_IFACES_MAX 16u

/** Strings point into argv. */
struct pxk_extcap {
    enum pxk_extcap_call call;
    const char *fifo, *filter;
    char list[512];        /* the chosen interfaces, cut at their commas */
    const char *iface[PXK_EXTCAP_IFACES_MAX];
    size_t iface_n;
    bool everything;       /* not only what a boot may consist of */
    unsigned buffer_mib;
};

/** Is this how Wireshark calls an extcap? Then arguments are parsed by pxk_extcap_parse() and not as usual. */
bool pxk_extcap_is(int argc, char *const *argv);
/** @argv[0] is the program. PXK_E_USAGE with @why. */
PXK_MUST_USE enum pxk_err pxk_extcap_parse(int argc, char *const *argv, struct pxk_extcap *out, char *why, size_t cap);
/** What is to be printed on standard output, for every call but PXK_EXTCAP_CAPTURE. @version: "0.1.0". */
void pxk_extcap_answer(const struct pxk_extcap *x, const char *version, struct pxk_text *out);

struct pxk_extcap_hooks {
    void *ctx;
    /** A frame, before it is written: pxk_rec_comment(rec, f->number, text) goes with it. May be NULL. */
    void (*frame)(void *ctx, const struct pxk_probe_frame *f, struct pxk_rec *rec);
    void (*notice)(void *ctx, enum pxk_log_level level, const char *text); /* may be NULL */
};

/** Capture into the pipe until Wireshark closes it, or SIGINT or SIGTERM. Errors as pxk_probe_open() and pxk_rec_open(). */
PXK_MUST_USE enum pxk_err pxk_extcap_capture(const struct pxk_extcap *x, const char *application, const struct pxk_extcap_hooks *hooks,
                                             char *why, size_t cap);

#endif
