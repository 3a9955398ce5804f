/* The capture filter of live interfaces (pcap-filter(7)). */
#ifndef PXK_BPF_H
#define PXK_BPF_H

#include <stdbool.h>
#include <stddef.h>

#include "pxk/base.h"

#define BPF_TEXT_MAX 8192

/**
 * What keeps all that a boot may consist of, also within one or two VLAN tags if @vlan (not every link type can); with @user,
 * which may be NULL, only what matches that too. @unfiltered: the user's alone; empty if there is none.
 * False: it does not fit.
 */
bool bpf_text(const char *user, bool unfiltered, bool vlan, char *out, size_t cap);

#endif
