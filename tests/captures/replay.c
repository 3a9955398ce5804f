#include "replay.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <zlib.h>

static ssize_t read_gz(void *cookie, char *buf, size_t size)
{
    return gzread(cookie, buf, (unsigned)size);
}

static int close_gz(void *cookie)
{
    return gzclose(cookie);
}

static pcap_t *open_capture(const char *name)
{
    char path[512], err[PCAP_ERRBUF_SIZE] = "cannot be opened";
    cookie_io_functions_t io = {.read = read_gz, .close = close_gz};
    snprintf(path, sizeof path, "%s/%s.pcap.gz", PXK_CAPTURES, name);
    gzFile gz = gzopen(path, "rb");
    FILE *f = gz ? fopencookie(gz, "r", io) : NULL;
    pcap_t *p = f ? pcap_fopen_offline(f, err) : NULL;
    if (!p)
        fprintf(stderr, "%s: %s\n", path, err);
    if (!p && f)
        fclose(f);
    else if (gz && !f)
        gzclose(gz);
    return p;
}

bool pxk_replay_each(const char *name, struct pxk_tracker *t, void (*each)(void *ctx, struct pxk_tracker *t),
                     void *ctx)
{
    pcap_t *p = open_capture(name);
    struct pcap_pkthdr *h;
    const u_char *data;
    uint32_t number = 0;
    if (!p)
        return false;
    while (pcap_next_ex(p, &h, &data) == 1) {
        pxk_usec at = (pxk_usec)h->ts.tv_sec * PXK_SEC + (pxk_usec)h->ts.tv_usec;
        pxk_tracker_frame(t, data, h->caplen, h->len, at, ++number);
        if (each)
            each(ctx, t);
    }
    pcap_close(p);
    return number > 0;
}

bool pxk_replay_file(const char *name, struct pxk_tracker *t)
{
    return pxk_replay_each(name, t, NULL, NULL);
}
