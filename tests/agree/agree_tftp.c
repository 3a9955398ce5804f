/* TFTP: requests to its port, and what follows to and from the port that asked. */
#include "agree.h"

enum { CLIENTS = 256 };

static struct {
    struct pxk_ip ip;
    uint16_t port;
} client[CLIENTS];
static unsigned next;

static bool is_client(struct pxk_ip ip, uint16_t port)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (client[i].port == port && pxk_ip_eq(client[i].ip, ip))
            return true;
    return false;
}

static void options(const struct pxk_tftp *t)
{
    for (unsigned i = 0; i < t->opt_n; i++) {
        agree_text("tftp.option-name", t->opt[i].name, strlen(t->opt[i].name));
        agree_text("tftp.option-value", t->opt[i].value, strlen(t->opt[i].value));
        if (t->opt[i].is_number)
            agree_num("tftp.option-number", t->opt[i].number);
    }
}

void agree_tftp(const struct pxk_frame *f)
{
    struct pxk_tftp t;
    bool request = f->dport == PXK_TFTP_PORT;
    if (!request && !is_client(f->from, f->sport) && !is_client(f->to, f->dport))
        return;
    if (pxk_tftp_decode(f->payload, f->payload_len, &t) != PXK_OK)
        return;
    agree_num("tftp.opcode", t.op);
    switch (t.op) {
    case PXK_TFTP_RRQ:
    case PXK_TFTP_WRQ:
        client[next].ip = f->from;
        client[next].port = f->sport;
        next = (next + 1) % CLIENTS;
        agree_text(t.op == PXK_TFTP_RRQ ? "tftp.read" : "tftp.write", t.file, strlen(t.file));
        agree_text("tftp.mode", t.mode, strlen(t.mode));
        options(&t);
        break;
    case PXK_TFTP_DATA:
    case PXK_TFTP_ACK:
        agree_num("tftp.block", t.block);
        break;
    case PXK_TFTP_ERROR:
        agree_num("tftp.error", t.error);
        agree_text("tftp.message", t.message, t.message_len);
        break;
    case PXK_TFTP_OACK:
        options(&t);
        break;
    }
}
