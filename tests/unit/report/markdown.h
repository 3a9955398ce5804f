/* docs/findings.md, from the tables. */
#ifndef PXK_TESTS_REPORT_MARKDOWN_H
#define PXK_TESTS_REPORT_MARKDOWN_H

#include "pxk/report.h"

void findings_markdown(struct pxk_text *out);

#endif
