/* Private to lib/report: the bounds of the histograms, in seconds. */
#ifndef PXK_REPORT_METRICS_INT_H
#define PXK_REPORT_METRICS_INT_H

#include "pxk/report.h"

/* What firmware waits for: EDK2 collects offers for 3.8 s, iPXE gives a proxy 2 s, both repeat after 1 to 4 s. */
#define OFFER_BOUNDS {0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16}
#define BOOT_BOUNDS  {1, 2, 5, 10, 20, 30, 45, 60, 120, 300, 600, 1800}

extern const double metrics_offer_bounds[PXK_METRICS_BUCKETS], metrics_boot_bounds[PXK_METRICS_BUCKETS];

#endif
