/* lib/diag: what it means. Rules over sessions give findings; findings are rows of one table
 * (findings.def) with proof from the session. */
#ifndef PXK_DIAG_H
#define PXK_DIAG_H

#include "pxk/base.h"
#include "pxk/session.h"

enum pxk_severity { PXK_SEVERITY_NOTE, PXK_SEVERITY_WARNING, PXK_SEVERITY_FAILURE };
const char *pxk_severity_key(enum pxk_severity s);

/** A row of findings.def. Texts may hold several lines; "" where there is nothing to say. */
struct pxk_finding_row {
    const char *code, *name;           /* "D014", "no-boot-file-for-arch": lasting */
    enum pxk_step step;
    enum pxk_severity severity;
    const char *title;                 /* one line: what it is */
    const char *screen_bios, *screen_uefi; /* what the machine shows */
    const char *causes;                /* likely causes, likeliest first, one a line */
    const char *confirm;               /* what would prove it when the wire alone cannot */
    const char *fix_dnsmasq, *fix_isc, *fix_kea, *fix_windows, *fix_tftpd, *fix_pxekit, *fix_general;
    const char *source;                /* RFC, spec, or the row of the field catalogue it stands for */
};

size_t pxk_finding_rows(const struct pxk_finding_row **out);
/** By code or name, case-insensitive; NULL. */
const struct pxk_finding_row *pxk_finding_find(const char *code_or_name);
const struct pxk_finding_row *pxk_finding_nearest(const char *word);

/** Error codes that firmware prints ("PXE-E53"): meaning on BIOS ROMs and on EDK2, findings behind them. */
struct pxk_firmware_code {
    const char *code, *bios, *uefi;
    const char *findings;              /* names, blank-separated */
};
size_t pxk_firmware_codes(const struct pxk_firmware_code **out);
const struct pxk_firmware_code *pxk_firmware_code_find(const char *code);

#define PXK_PROOF_FRAMES 12

struct pxk_finding {
    const struct pxk_finding_row *row;
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

struct pxk_client_verdict {
    const struct pxk_session *session;
    enum pxk_verdict step[PXK_STEP_N];
    char why[PXK_STEP_N][200];
    enum pxk_milestone reached;
    bool boots;                        /* came as far as it was asked to, and nothing failed */
    char outcome[160];                 /* "boots", "stops: loader" */
};

struct pxk_diagnosis {
    PXK_VEC(struct pxk_finding) findings; /* the first is the one to mend first */
    PXK_VEC(struct pxk_client_verdict) clients;
    enum pxk_verdict step[PXK_STEP_N];
    char why[PXK_STEP_N][240];
    unsigned boots;                    /* clients that do */
};

/** Judge everything a tracker knows. The result points into the tracker. */
PXK_MUST_USE enum pxk_err pxk_diagnose(const struct pxk_tracker *t, struct pxk_diagnosis *out);
void pxk_diagnosis_done(struct pxk_diagnosis *d);

#endif
