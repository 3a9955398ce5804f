#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "pxk/io.h"

struct pxk_dump {
    pcap_t *pcap;
    pcap_dumper_t *out;
};

enum pxk_err pxk_dump_open(const char *path, struct pxk_dump **out, char *why, size_t cap)
{
    struct pxk_dump *d = calloc(1, sizeof *d);
    if (!d)
        return PXK_E_NOMEM;
    d->pcap = pcap_open_dead(DLT_EN10MB, 65535);
    d->out = d->pcap ? pcap_dump_open(d->pcap, path) : NULL;
    if (!d->out) {
        pxk_fmt(why, cap, "%s cannot be written: %s", path, d->pcap ? pcap_geterr(d->pcap) : "out of memory");
        if (d->pcap)
            pcap_close(d->pcap);
        free(d);
        return PXK_E_IO;
    }
    *out = d;
    return PXK_OK;
}

void pxk_dump_frame(struct pxk_dump *d, pxk_usec at, const void *frame, size_t len)
{
    struct pcap_pkthdr h = {.caplen = (bpf_u_int32)len, .len = (bpf_u_int32)len};
    h.ts.tv_sec = (time_t)(at / PXK_SEC);
    h.ts.tv_usec = (suseconds_t)(at % PXK_SEC);
    pcap_dump((u_char *)d->out, &h, frame);
}

enum pxk_err pxk_dump_close(struct pxk_dump *d)
{
    if (!d)
        return PXK_OK;
    bool failed = pcap_dump_flush(d->out) != 0 || ferror(pcap_dump_file(d->out));
    pcap_dump_close(d->out);
    pcap_close(d->pcap);
    free(d);
    return failed ? PXK_E_IO : PXK_OK;
}

enum pxk_err pxk_capture_read(const char *path,
                              void (*frame)(void *ctx, const uint8_t *data, size_t len, size_t wire, pxk_usec at),
                              void *ctx, char *why, size_t cap)
{
    char detail[PCAP_ERRBUF_SIZE] = "";
    struct pcap_pkthdr *h;
    const u_char *data;
    pcap_t *pcap = pcap_open_offline(path, detail);
    if (!pcap) {
        pxk_fmt(why, cap, "%s", detail);
        return PXK_E_IO;
    }
    enum pxk_err err = PXK_OK;
    if (pcap_datalink(pcap) != DLT_EN10MB) {
        pxk_fmt(why, cap, "%s: link type %s is not supported, Ethernet is", path,
                pcap_datalink_val_to_name(pcap_datalink(pcap)));
        err = PXK_E_UNSUPPORTED;
    }
    int status = 1;
    while (err == PXK_OK && (status = pcap_next_ex(pcap, &h, &data)) == 1)
        frame(ctx, data, h->caplen, h->len, (pxk_usec)h->ts.tv_sec * PXK_SEC + (pxk_usec)h->ts.tv_usec);
    if (err == PXK_OK && status == PCAP_ERROR) {
        pxk_fmt(why, cap, "%s: %s", path, pcap_geterr(pcap));
        err = PXK_E_FORMAT;
    }
    pcap_close(pcap);
    return err;
}
