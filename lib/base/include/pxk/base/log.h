/* Libraries call the log they are given; only an application decides where lines go. */
#ifndef PXK_BASE_LOG_H
#define PXK_BASE_LOG_H

#include "pxk/base/err.h"

enum pxk_log_level { PXK_LOG_ERROR, PXK_LOG_WARN, PXK_LOG_INFO, PXK_LOG_DEBUG };

struct pxk_log {
    void (*line)(void *ctx, enum pxk_log_level level, const char *text);
    void *ctx;
    enum pxk_log_level level; /* lines above it are not formatted */
};

/** A NULL @log swallows everything. */
void pxk_log(const struct pxk_log *log, enum pxk_log_level level, const char *fmt, ...)
    PXK_PRINTF(3, 4);

#endif
