#include <stdarg.h>
#include <stdio.h>

#include "pxk/base.h"

void pxk_log(const struct pxk_log *log, enum pxk_log_level level, const char *fmt, ...)
{
    if (!log || !log->line || level > log->level)
        return;
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap); /* a cut line is still a line */
    va_end(ap);
    log->line(log->ctx, level, text);
}
