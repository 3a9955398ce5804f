/* lib/diag: what it means. Rules over sessions give findings; findings are rows of one table
 * (findings.def) with proof from the session. */
#ifndef PXK_DIAG_H
#define PXK_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/session.h"

enum pxk_severity { PXK_SEVERITY_NOTE, PXK_SEVERITY_WARNING, PXK_SEVERITY_FAILURE };
const char *pxk_severity_key(enum pxk_severity s);

/** A row of findings.def. Texts may hold several lines; NULL where there is nothing to say. */
struct pxk_finding_row {
    const char *code, *name;           /* "D014", "no-boot-file-for-arch": lasting */
    enum pxk_step step;
    enum pxk_severity severity;
    const char *title;                 /* one line: what it is */
    const char *screen_bios, *screen_uefi; /* what the machine shows */
    const char *causes;                /* likely causes, likeliest first, one a line; never NULL */
    const char *confirm;               /* what would prove it when the wire alone cannot, one a line */
    const char *fix_dnsmasq, *fix_isc, *fix_kea, *fix_windows, *fix_tftpd, *fix_pxekit, *fix_general;
    const char *source;                /* RFC, spec, or the row of the field catalogue it stands for */
};

size_t pxk_finding_rows(const struct pxk_finding_row **out);
/** By code or name, case-insensitive; NULL. */
const struct pxk_finding_row *pxk_finding_find(const char *code_or_name);
/** The row nearest in spelling to @word, by code or name, for "did you mean"; never NULL. */
const struct pxk_finding_row *pxk_finding_nearest(const char *word);

/** The snippets of a row by server, for views that go through them all: keys "dnsmasq", "isc", "kea", "windows",
 * "tftpd", "pxekit", "general". */
struct pxk_fix {
    const char *key, *words;           /* "isc", "ISC dhcpd" */
    const char *text;                  /* NULL: none */
};
#define PXK_FIX_N 7
/** The @i-th, 0 to PXK_FIX_N - 1. */
struct pxk_fix pxk_finding_fix(const struct pxk_finding_row *row, unsigned i);

/** Error codes that firmware prints ("PXE-E53", iPXE's "040ee119"): meaning on BIOS ROMs and on EDK2, findings behind
 * them. iPXE's numbers mean the same on both. A code that ends in "xx" is a family: any digits there. */
struct pxk_firmware_code {
    const char *code;
    const char *bios, *uefi;           /* NULL: does not exist there */
    const char *findings;              /* names, blank-separated; "" if none fits */
};
size_t pxk_firmware_codes(const struct pxk_firmware_code **out);
/** "PXE-E53", "e53", "https://ipxe.org/040ee119", "040ee119"; NULL. */
const struct pxk_firmware_code *pxk_firmware_code_find(const char *code);

/** What no packet shows, and so no finding: a row of unseen.def. */
struct pxk_unseen_row {
    const char *row;                   /* of the field catalogue: "B13" */
    const char *what, *why;            /* what happens; why packets cannot show it */
    const char *mend;                  /* one thing a line */
};
size_t pxk_unseen_rows(const struct pxk_unseen_row **out);

#define PXK_PROOF_FRAMES 12

struct pxk_finding {
    const struct pxk_finding_row *row;
    enum pxk_severity severity;        /* the row's, or less: this client gets over it */
    const struct pxk_session *session; /* NULL: about the network */
    char seen[512];                    /* the proof in one or two sentences, with values and times */
    char screen[256];                  /* for this client's firmware */
    char cause[256];                   /* the likeliest cause in this case */
    uint32_t frame[PXK_PROOF_FRAMES];  /* ascending; frame_n 0: no packet shows it */
    unsigned frame_n;
    uint32_t span_to;                  /* last frame of a span frame[0]..span_to, 0 if single frames */
    char filter[192];                  /* Wireshark display filter that shows the proof */
    char fix[512];                     /* the fix that fits what was seen, with real values, where one can be
                                          said better than the row does; "" else */
};

/** For views that tell findings while they come: true the first time that this finding is made about @s. */
bool pxk_finding_news(const struct pxk_finding *f, struct pxk_session *s);
/** A finding as a comment on the frames that prove it, in one line: "pxekit F003 tftp-no-answer (failure): ...". */
void pxk_finding_comment(const struct pxk_finding *f, struct pxk_str *out);

/* The files of one boot, in the order in which a machine needs them: for the client table. */
enum pxk_stage { PXK_STAGE_LOADER, PXK_STAGE_CONFIG, PXK_STAGE_KERNEL, PXK_STAGE_INITRD, PXK_STAGE_ANSWERS, PXK_STAGE_N };
const char *pxk_stage_key(enum pxk_stage stage);

struct pxk_stage_file {
    char name[256];                    /* as asked for; "" if the client did not come so far */
    bool have;                         /* it arrived */
    bool failed;                       /* it was wanted and did not arrive */
    uint64_t bytes;
    uint32_t frame;                    /* of its request, 0 if no packet shows it */
    unsigned more;                     /* further files of this stage (two initrds: 1) */
};
struct pxk_boot_path {
    struct pxk_stage_file stage[PXK_STAGE_N];
};
/** From the facts of an emulated client; else by name, first bytes and order of what was downloaded. */
void pxk_boot_path_of(const struct pxk_session *s, struct pxk_boot_path *out);

struct pxk_client_verdict {
    const struct pxk_session *session;
    enum pxk_verdict step[PXK_STEP_N];
    char why[PXK_STEP_N][200];
    enum pxk_milestone reached;
    bool boots;                        /* came as far as it was asked to, and nothing failed */
    char name[40];                     /* "uefi-x64"; the MAC where the architecture is not known or not unique */
    char outcome[160];                 /* "boots", "stops: loader" */
    unsigned failures, warnings;       /* findings about it */
};

struct pxk_diagnosis {
    PXK_VEC(struct pxk_finding) findings; /* the first is the one to mend first */
    PXK_VEC(struct pxk_client_verdict) clients;
    enum pxk_verdict step[PXK_STEP_N];
    char why[PXK_STEP_N][240];
    unsigned boots;                    /* clients that do */
    unsigned others;                   /* sessions that are no network boot; not among the clients */
    unsigned failures, warnings, notes; /* findings */
};

/** Judge everything a tracker knows. The result points into the tracker. */
PXK_MUST_USE enum pxk_err pxk_diagnose(const struct pxk_tracker *t, struct pxk_diagnosis *out);
/** Judge one of its sessions alone, as it is now. */
PXK_MUST_USE enum pxk_err pxk_diagnose_one(const struct pxk_tracker *t, const struct pxk_session *s, struct pxk_diagnosis *out);
void pxk_diagnosis_done(struct pxk_diagnosis *d);
/** How a command ends that judged this: 0 all steps pass, 1 a step failed, 3 a client could not be judged to its end. */
int pxk_diagnosis_status(const struct pxk_diagnosis *d);
/** The verdict on a session, NULL if there is none. */
const struct pxk_client_verdict *pxk_diagnosis_client(const struct pxk_diagnosis *d, const struct pxk_session *s);

/* ---- what is left of sessions that have retired ---- */

/** One finding over all past clients. */
struct pxk_past_finding {
    uint64_t clients;                  /* that had it as a failure or warning; 0: none */
    struct pxk_mac mac;                /* of the first of them */
    char seen[256];                    /* of the first */
    uint32_t frame;                    /* its first proof */
};
/** Of bounded size, whatever has passed. Zero is empty. */
struct pxk_past {
    uint64_t clients, boots, failed;   /* the rest was not seen to the end */
    uint64_t others;                   /* sessions that were no network boot */
    struct pxk_past_finding *finding;  /* by row; NULL as long as there is none */
};
/** A session retires: judge it for the last time and count it. */
PXK_MUST_USE enum pxk_err pxk_past_add(struct pxk_past *past, const struct pxk_tracker *t, const struct pxk_session *s);
/** With the most clients first: fills @rows with indices of rows, at most @max; returns how many there are. */
size_t pxk_past_rank(const struct pxk_past *past, size_t *rows, size_t max);
void pxk_past_done(struct pxk_past *past);

#endif
