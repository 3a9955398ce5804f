/* A listener on a segment's switch: its own process, so that no frame waits for anybody. */
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "lab_int.h"

#define BUFFER_BYTES (16 << 20)
#define BATCH        256

struct capture {
    const char *bridge, *path;
    unsigned snap;
};

static bool listener_open(const struct capture *c, pcap_t **out, char *why, size_t cap)
{
    char detail[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create(c->bridge, detail);
    *out = p;
    if (p && pcap_set_snaplen(p, (int)c->snap) == 0 && pcap_set_promisc(p, 1) == 0 && pcap_set_immediate_mode(p, 1) == 0 &&
        pcap_set_buffer_size(p, BUFFER_BYTES) == 0 && pcap_activate(p) == 0 && pcap_setnonblock(p, 1, detail) == 0)
        return true;
    pxk_fmt(why, cap, "the switch cannot be captured: %s", p && *pcap_geterr(p) ? pcap_geterr(p) : detail);
    return false;
}

static bool file_open(const struct capture *c, pcap_t *p, pcap_dumper_t **out, char *why, size_t cap)
{
    *out = pcap_dump_open(p, c->path);
    if (*out && pcap_dump_flush(*out) == 0) /* its header: a reader may follow it from now on */
        return true;
    pxk_fmt(why, cap, "%s", *out ? "the capture cannot be written" : pcap_geterr(p));
    return false;
}

static void all_take(pcap_t *p, pcap_dumper_t *dump)
{
    int n;
    do
        n = pcap_dispatch(p, BATCH, pcap_dump, (u_char *)dump);
    while (n == BATCH);
    (void)pcap_dump_flush(dump); /* asked about at the end */
}

static void capture_run(pcap_t *p, pcap_dumper_t *dump, int stop)
{
    struct pollfd fds[] = {{.fd = pcap_get_selectable_fd(p), .events = POLLIN}, {.fd = stop, .events = POLLIN}};
    while (!fds[1].revents) {
        fds[1].revents = 0;
        (void)poll(fds, 2, -1); /* a signal of no meaning: once more */
        all_take(p, dump);
    }
}

/* What a reader of the file must know stands in the log. */
static void losses_say(pcap_t *p, pcap_dumper_t *dump, const char *path)
{
    struct pcap_stat stat = {0};
    if (pcap_stats(p, &stat) == 0 && stat.ps_drop)
        fprintf(stderr, "%s: %u frames are missing, they came too fast\n", path, stat.ps_drop);
    if (pcap_dump_flush(dump) != 0 || ferror(pcap_dump_file(dump)))
        fprintf(stderr, "%s: it could not be written in full\n", path);
}

static int capture_process(int control, const void *ctx)
{
    const struct capture *c = ctx;
    char why[LAB_WHY] = "the capture's process";
    pcap_t *p = NULL;
    pcap_dumper_t *dump = NULL;
    int stop = driver_stop_open(false);
    bool fine = stop >= 0 && listener_open(c, &p, why, sizeof why) && file_open(c, p, &dump, why, sizeof why);
    lab_ready(control, fine ? PXK_OK : PXK_E_IO, why);
    if (fine) {
        capture_run(p, dump, stop);
        losses_say(p, dump, c->path);
    }
    if (dump)
        pcap_dump_close(dump);
    if (p)
        pcap_close(p);
    return fine ? 0 : 1;
}

enum pxk_err pxk_lab_capture(struct pxk_lab *lab, const char *segment, const char *path, unsigned snap, char *why, size_t cap)
{
    const struct lab_segment *s = lab_segment_find(lab, segment);
    if (!s)
        return lab_fail(PXK_E_NOTFOUND, why, cap, "segment %s", segment);
    struct capture c = {.bridge = s->bridge, .path = path, .snap = snap};
    return lab_helper_start(lab, LAB_CAPTURE, lab->room, capture_process, &c, NULL, why, cap);
}
