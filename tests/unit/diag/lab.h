/* Sessions made by hand: what a tracker would know of a boot, without packets. */
#ifndef PXK_TESTS_DIAG_LAB_H
#define PXK_TESTS_DIAG_LAB_H

#include "pxk/diag.h"

#define SERVER PXK_IP4(10, 77, 0, 1)
#define OTHER  PXK_IP4(10, 77, 0, 2)
#define LEASED PXK_IP4(10, 77, 0, 180)
#define T0     (1000 * PXK_SEC)

struct lab {
    struct pxk_tracker *t;
    struct pxk_session *s; /* the client under construction */
    struct pxk_round *r;   /* its last round */
    uint32_t frame;
};

void lab_open(struct lab *l);
void lab_close(struct lab *l);

/** A new client with a PXE round of one DISCOVER; BIOS is iPXE, all else EDK2. */
void lab_client(struct lab *l, uint16_t arch);
/** The same, emulated and finished. */
void lab_emulated(struct lab *l, uint16_t arch);
/** Another round; without a PXE vendor class it is an installed system's or an installer's. */
void lab_round(struct lab *l, bool pxe, pxk_usec at);
/** Only the first @n rounds stay. */
void lab_drop_rounds(struct lab *l, unsigned n);
void lab_discovers(struct lab *l, unsigned n, pxk_usec gap);

/** An offer with an address and the boot file @file ("" for none); next server is the server itself. */
struct pxk_answer *lab_offer(struct lab *l, pxk_ip4 server, const char *file);
/** A proxy's offer. */
struct pxk_answer *lab_proxy(struct lab *l, pxk_ip4 server, const char *file);
/** REQUEST and ACK for the offer of @server. */
struct pxk_answer *lab_ack(struct lab *l, pxk_ip4 server, const char *file);
struct pxk_answer *lab_answer(struct lab *l, uint8_t type, pxk_ip4 server, const char *file);

/** A TFTP transfer of @bytes in the habits of @profile; DONE with tsize unless changed. */
struct pxk_transfer *lab_transfer(struct lab *l, const char *profile, const char *file, uint64_t bytes);
struct pxk_transfer *lab_refused(struct lab *l, const char *profile, const char *file, uint16_t error, const char *message);
void lab_head(struct pxk_transfer *t, const void *head, size_t len);
/** First bytes of a PE image for @machine, of pxelinux.0, of an x86 kernel. */
void lab_head_pe(struct pxk_transfer *t, uint16_t machine);
void lab_head_nbp(struct pxk_transfer *t);
void lab_head_kernel(struct pxk_transfer *t);
/** A connection to the server, opened and answered. */
struct pxk_conn *lab_conn(struct lab *l, uint16_t port);
struct pxk_http *lab_http(struct lab *l, const char *path, unsigned status);
/** A file as the emulator notes it, present. */
struct pxk_file *lab_file(struct lab *l, const char *role, const char *path, const char *kind);

/** Time goes on for the client that was made last. */
void lab_wait(struct lab *l, pxk_usec t);

/** A whole boot as a capture shows it: loader, config, kernel, initrd, the installer's DHCP and its answers. */
void lab_boots(struct lab *l, uint16_t arch);
/** The same as an emulated client has it. */
void lab_boots_emulated(struct lab *l, uint16_t arch);
/** Address and boot file, no transfer yet. */
void lab_leased(struct lab *l, uint16_t arch);

#endif
