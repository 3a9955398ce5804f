/* lib/base: what every other folder stands on. No I/O, no clock, no globals. */
#ifndef PXK_BASE_H
#define PXK_BASE_H

#include "pxk/base/addr.h"
#include "pxk/base/bytes.h"
#include "pxk/base/err.h"
#include "pxk/base/hash.h"
#include "pxk/base/log.h"
#include "pxk/base/rand.h"
#include "pxk/base/str.h"
#include "pxk/base/text.h"
#include "pxk/base/time.h"
#include "pxk/base/vec.h"
#include "pxk/base/words.h"

#define PXK_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
