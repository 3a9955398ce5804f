/* Two runs as `pxekit check` has them, made by hand, and the files that their reports are compared with. */
#ifndef PXK_TESTS_REPORT_RUNS_H
#define PXK_TESTS_REPORT_RUNS_H

#include "lab.h"
#include "pxk/report.h"

void run_healthy(struct lab *l);
/** The BIOS client boots; the UEFI client is given the BIOS client's loader. */
void run_failing(struct lab *l);

/** Compare with golden/@name; with PXK_GOLDEN_WRITE=1 in the environment write it instead. */
void golden(const char *name, const char *text);

#endif
