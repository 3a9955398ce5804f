/* A server on a loop of its own until SIGINT or SIGTERM: what serve and demo share. */
#ifndef PXK_CLI_SERVER_RUN_H
#define PXK_CLI_SERVER_RUN_H

#include "pxk/server.h"

/** @started is called once the sockets are open (may be NULL). Returns an exit status. */
int server_run(const struct pxk_server_config *config, const struct pxk_log *log, void (*started)(void *), void *ctx);

#endif
