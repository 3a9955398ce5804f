/* A server that is there already: nothing is started, nothing is awaited, nothing is stopped. */
#include "servers.h"

const struct pxk_lab_kind pxk_srv_external = {
    .name = "external", .words = "a server that is there already", .dhcp = true, .tftp = true, .http = true, .proxy = true};
