/* Shared by client.c (phases), fetch.c (one file) and loading.c (what the files mean). */
#ifndef PXK_MACHINE_CLIENT_INT_H
#define PXK_MACHINE_CLIENT_INT_H

#include "client.h"

enum phase {
    PHASE_IDLE,
    PHASE_DHCP,
    PHASE_FIRMWARE, /* fetching the boot file */
    PHASE_LOADER,   /* a loader fetches */
    PHASE_INSTALL,  /* answer files */
    PHASE_CLOSING,  /* the prober still waits */
    PHASE_LEAVING,  /* the RELEASE waits for ARP */
    PHASE_DONE,
};

struct fetch {
    bool busy;
    enum pxk_role role;
    bool optional, http;
    char path[PXK_PATH_MAX];
    char url[PXK_PATH_MAX + 64];
    pxk_ip4 server;
    pxk_usec started;
    char why[160];                   /* HTTP: what came instead of the file */
};

struct pxk_client {
    struct pxk_client_opts opts;
    struct pxk_client_io io;
    struct pxk_tracker *tracker;
    struct pxk_session *session;
    enum phase phase;
    struct pxk_host host;
    struct pxk_dhcpc dhcpc;
    struct pxk_tftpc tftpc;
    struct pxk_prober prober;
    struct fetch fetch;
    struct pxk_tftp_profile habits;  /* of the transfer under way, overrides in it */
    struct pxk_content content;      /* of the fetch under way or just done */
    struct pxk_content image;        /* of the loader that runs */
    struct pxk_loader *loader;
    enum pxk_loader_id loader_id;
    unsigned loaders;                /* started so far */
    unsigned ipxe_rounds;            /* times that a loaded iPXE ran its own DHCP */
    struct pxk_dhcpc first_dhcpc;    /* the firmware's own, once a loaded iPXE runs another */
    struct pxk_install install;
    size_t install_at;
    uint16_t next_port;              /* firmware's next TFTP port */
    uint16_t loader_port;            /* the loader's, 0: takes the firmware's */
    struct pxk_file spill;           /* for files over the session's bound: judged, not kept */
    pxk_usec now;                    /* of the call under way: sends happen inside it */
    uint8_t *reasm_memory;
    bool stopped;                    /* from outside: what is missing then is nobody's fault */
};

/* fetch.c */
void client_fetch(struct pxk_client *c, pxk_ip4 server, const char *path, const char *profile, enum pxk_role role,
                  bool optional, pxk_usec now);
void client_fetch_http(struct pxk_client *c, const char *url, enum pxk_role role, bool optional, pxk_usec now);
void client_fetch_poll(struct pxk_client *c, pxk_usec now);
void content_done(struct pxk_content *content);

/* loading.c */
void client_loading_start(struct pxk_client *c, pxk_usec now);
/** A file of the firmware, a loader or the installer is there, or not. */
void client_fetched(struct pxk_client *c, enum pxk_fetched how, struct pxk_file *file, pxk_usec now);
void client_loader_next(struct pxk_client *c, pxk_usec now);
void client_http_unavailable(struct pxk_client *c, const char *why, pxk_usec now);

/* client.c */
/** Text from the network as the session keeps it: printable. */
void client_quote(char *out, size_t cap, const char *text);
void client_fact(struct pxk_client *c, pxk_usec now, const char *fmt, ...) PXK_PRINTF(3, 4);
void client_close(struct pxk_client *c, pxk_usec now);
bool client_wants_more(const struct pxk_client *c, enum pxk_milestone reached);
void client_probe_path(struct pxk_client *c, pxk_usec now);
void client_dhcp_start(struct pxk_client *c, const struct pxk_persona *who, pxk_usec now);

#endif
