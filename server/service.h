/* Inside the service: the engines on real sockets. */
#ifndef PXK_SERVER_SERVICE_H
#define PXK_SERVER_SERVICE_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "lease_file.h"
#include "pxk/engine/dhcpd.h"
#include "pxk/engine/tftpd.h"
#include "pxk/server.h"
#include "pxk/server_engines.h"

struct dhcp_port {
    struct pxk_server *server;
    uv_poll_t poll;
    int fd;
    uint16_t port;
};

union dhcp_control {
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct cmsghdr align;
};

struct late; /* a reply that leaves later */
struct dhcp_service {
    struct dhcp_port port[2]; /* 67 and 4011 */
    struct pxk_dhcpd *engine;
    struct pxk_server_dhcpd made;
    struct lease_file lease_file;
    int raw;                  /* for wrong checksums; -1 without that fault */
    uv_timer_t late_timer;
    struct late *late_first;
    unsigned late_n;
    bool arp_refused;         /* said once */
    struct pxk_dhcp4 message; /* too large for the stack of a callback */
    struct pxk_dhcpd_reply reply;
    uint8_t packet[4096];
};

enum { TFTP_BUCKETS = 1024 };
struct transfer;
struct tftp_service {
    uv_poll_t poll;
    int fd;
    int root; /* O_PATH; -1 when files come from memory */
    struct transfer *by_peer[TFTP_BUCKETS];
    unsigned running;
    bool full; /* said once each time the limit is reached */
    struct pxk_tftpd_limits limits;
    struct pxk_tftpd_files files;
    uint8_t packet[PXK_TFTPD_PACKET_MAX];
};

struct pxk_server {
    uv_loop_t *loop;
    const struct pxk_server_config *config;
    const struct pxk_log *log;
    const char *interface;
    unsigned ifindex;
    pxk_ip4 address;
    struct dhcp_service dhcp;
    struct tftp_service tftp;
    struct pxk_server_counts counts;
    unsigned handles; /* libuv still holds: the server is freed with the last of them */
    bool stopping;
    void (*done)(void *ctx);
    void *done_ctx;
};

pxk_usec server_now(void);
/* Call when a handle's close callback has run. */
void server_handle_closed(struct pxk_server *s);
/* A UDP socket bound to the interface; @address 0: any. -1 after saying what is wrong; @err gets
 * the kind. */
int server_socket(struct pxk_server *s, pxk_ip4 address, uint16_t port, const char *what,
                  enum pxk_err *err);

enum pxk_err dhcp_open(struct pxk_server *s); /* sockets and engine, no handles yet */
int dhcp_watch(struct pxk_server *s);         /* handles; a libuv error or 0 */
void dhcp_stop(struct pxk_server *s);         /* closes the handles */
void dhcp_release(struct pxk_server *s);      /* what is left, handles closed */

/* Replies on their way out (dhcp_send.c); open, watch, stop and release are called by those above. */
enum pxk_err dhcp_send_open(struct pxk_server *s);
void dhcp_send_watch(struct pxk_server *s);
void dhcp_send(struct pxk_server *s, const struct dhcp_port *in, const struct pxk_dhcpd_reply *r);
void dhcp_send_stop(struct pxk_server *s);
void dhcp_send_release(struct pxk_server *s);

enum pxk_err tftp_open(struct pxk_server *s);
int tftp_watch(struct pxk_server *s);
void tftp_stop(struct pxk_server *s);
void tftp_release(struct pxk_server *s);

/* The two sources of files. */
enum pxk_err files_open_root(struct pxk_server *s);
void files_use(struct pxk_server *s);

void dhcp_log_event(void *server, const struct pxk_dhcpd_event *e);

struct sockaddr_in sockaddr_of(pxk_ip4 ip, uint16_t port);

#endif
