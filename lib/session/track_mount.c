/* A root file system over the network: only that it was asked for. Ports: RFC 1833 (111), RFC 8881 (2049), RFC 7143 (3260),
 * IANA nbd (10809), SMB (445). */
#include "session_int.h"

bool pxk_is_mount_port(uint16_t port)
{
    return port == 111 || port == 2049 || port == 3260 || port == 10809 || port == 445;
}

void pxk_track_mount(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct box *b = pxk_box_of_sender(t, f);
    if (!b)
        return;
    struct pxk_mount *m = &b->s.mount;
    if (!m->calls++) {
        m->at = t->now;
        m->frame = t->number;
        m->server = f->to;
        m->port = f->dport;
    }
    pxk_box_touch(t, b);
}
