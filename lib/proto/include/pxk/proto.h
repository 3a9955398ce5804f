/* lib/proto: packets to structs and back, and the tables of protocol facts. No I/O, no allocation. */
#ifndef PXK_PROTO_H
#define PXK_PROTO_H

#include "pxk/proto/arch.h"
#include "pxk/proto/dhcp4.h"
#include "pxk/proto/dhcp6.h"
#include "pxk/proto/frame.h"
#include "pxk/proto/icmp6.h"
#include "pxk/proto/persona.h"
#include "pxk/proto/pxe.h"
#include "pxk/proto/reasm.h"
#include "pxk/proto/switch.h"
#include "pxk/proto/tftp.h"

#endif
