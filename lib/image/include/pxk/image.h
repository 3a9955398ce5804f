/* lib/image: what boot files are, whether they are whole, and what a loader would do next with them.
 * Bytes in, facts out: no file, no socket, no clock. */
#ifndef PXK_IMAGE_H
#define PXK_IMAGE_H

#include "pxk/image/bootset.h"
#include "pxk/image/cmdline.h"
#include "pxk/image/inspect.h"
#include "pxk/image/ipxe.h"
#include "pxk/image/loader.h"

#endif
