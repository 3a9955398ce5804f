/* Files, pipes, packed and merged ones through the public interface. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../scratch.h"
#include "bpf.h"
#include "pxk/probe.h"
#include "samples.h"

struct seen {
    unsigned n;
    uint64_t at[400], number[400];
    size_t len[400];
    unsigned source[400];
    char notices[1000];
    struct pxk_probe *p;
    enum pxk_err err;
    bool ended;
    unsigned stop_after;
};

static void on_frame(void *ctx, const struct pxk_probe_frame *f)
{
    struct seen *s = ctx;
    if (s->n < 400) {
        s->at[s->n] = f->at;
        s->number[s->n] = f->number;
        s->source[s->n] = f->source;
        s->len[s->n] = f->len;
    }
    s->n++;
    if (s->stop_after && s->n == s->stop_after)
        pxk_probe_stop(s->p);
}

static void on_notice(void *ctx, enum pxk_log_level level, const char *text)
{
    struct seen *s = ctx;
    (void)level;
    strncat(s->notices, text, sizeof s->notices - strlen(s->notices) - 2);
    strcat(s->notices, "\n");
}

static void on_end(void *ctx, enum pxk_err err, const char *why)
{
    struct seen *s = ctx;
    (void)why;
    s->err = err;
    s->ended = true;
    pxk_probe_close(s->p);
}

static char dir[64];

static void scratch_begin(void)
{
    strcpy(dir, "/tmp/pxekit-probe-XXXXXX");
    cr_assert(mkdtemp(dir));
    cr_assert_eq(chdir(dir), 0);
}

static void scratch_end(void)
{
    cr_assert_eq(chdir("/"), 0);
    cr_assert(scratch_remove(dir));
}

TestSuite(sources, .init = scratch_begin, .fini = scratch_end, .timeout = 20);

static void file_put(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(name, "ae");
    cr_assert(f);
    cr_assert_eq(fwrite(data, 1, n, f), n);
    cr_assert_eq(fclose(f), 0);
}

static void sample_put(const char *name, enum sample kind)
{
    struct sample_file f;
    sample_make(kind, &f);
    file_put(name, f.data, f.len);
}

static enum pxk_err read_files(const char *const *files, size_t n, struct seen *s, struct pxk_probe_stats *stats, char why[static 300])
{
    struct pxk_probe_opts o = {.files = files, .file_n = n, .ctx = s, .frame = on_frame, .notice = on_notice};
    return pxk_probe_read(&o, stats, why, 300);
}

static enum pxk_err read_one(const char *file, struct seen *s, struct pxk_probe_stats *stats)
{
    char why[300] = "";
    return read_files(&file, 1, s, stats, why);
}

Test(sources, every_format_is_a_file)
{
    for (enum sample k = 0; k < SAMPLE_N; k++) {
        struct seen s = {0};
        struct pxk_probe_stats stats;
        char name[20];
        sample_put(pxk_fmt(name, sizeof name, "s%d", (int)k), k);
        cr_assert_eq(read_one(name, &s, &stats), PXK_OK, "%s", sample_name(k));
        cr_assert_eq(s.n, SAMPLE_PACKETS, "%s: %u", sample_name(k), s.n);
        cr_assert_eq(s.number[4], 5);
        cr_assert_eq(stats.packets, SAMPLE_PACKETS);
        cr_assert_eq(stats.snapped, k == SAMPLE_ERF ? 0 : 1, "%s", sample_name(k)); /* ERF tells it inside */
        cr_assert_eq(stats.files, 1);
        cr_assert_eq(stats.file_bytes, stats.file_total);
        cr_assert_eq(stats.first, sample_ns(0) / 1000);
        cr_assert_eq(stats.last, sample_ns(4) / 1000);
    }
}

Test(sources, several_files_come_in_the_order_of_time)
{
    struct seen s = {0};
    struct pxk_probe_stats stats;
    struct sample_file f;
    char why[300] = "";
    /* a: packets 0 2 4 of time; b: 1 3; c: an hour earlier; d: nothing in it */
    uint8_t a[SAMPLE_CAP], b[SAMPLE_CAP], c[SAMPLE_CAP];
    struct pxk_wr w[] = {pxk_wr_init(a, sizeof a), pxk_wr_init(b, sizeof b), pxk_wr_init(c, sizeof c)};
    sample_make(SAMPLE_PCAP_LE, &f);
    for (int i = 0; i < 3; i++)
        pxk_wr_bytes(&w[i], f.data, f.record[0]);
    for (unsigned i = 0; i < SAMPLE_PACKETS; i++) {
        pxk_wr_bytes(&w[i % 2], f.data + f.record[i], f.record[i + 1] - f.record[i]);
        f.data[f.record[i] + 1] -= 0x10; /* 4096 seconds */
        pxk_wr_bytes(&w[2], f.data + f.record[i], f.record[i + 1] - f.record[i]);
    }
    file_put("a", a, pxk_wr_len(&w[0]));
    file_put("b", b, pxk_wr_len(&w[1]));
    file_put("c", c, pxk_wr_len(&w[2]));
    file_put("d", f.data, f.record[0]);
    static const char *const files[] = {"a", "b", "c", "d"};
    cr_assert_eq(read_files(files, 4, &s, &stats, why), PXK_OK, "%s", why);
    cr_assert_eq(s.n, 2 * SAMPLE_PACKETS);
    for (unsigned i = 1; i < s.n; i++) {
        cr_assert_geq(s.at[i], s.at[i - 1]);
        cr_assert_eq(s.number[i], i + 1);
    }
    static const unsigned sources[] = {2, 2, 2, 2, 2, 0, 1, 0, 1, 0};
    for (unsigned i = 0; i < s.n; i++)
        cr_assert_eq(s.source[i], sources[i], "frame %u", i + 1);
    cr_assert_eq(stats.files, 4);
}

Test(sources, packed_files_are_recognised_by_content_and_cut_ones_used)
{
    struct sample_file f;
    sample_make(SAMPLE_NG_LE, &f);
    gzFile gz = gzopen("x", "wb");
    cr_assert_eq(gzwrite(gz, f.data, (unsigned)f.len), (int)f.len);
    cr_assert_eq(gzclose(gz), Z_OK);
    struct seen s = {0};
    struct pxk_probe_stats stats;
    cr_assert_eq(read_one("x", &s, &stats), PXK_OK);
    cr_assert_eq(s.n, SAMPLE_PACKETS);
    cr_assert_eq(stats.read_errors, 0);
    struct stat st;
    cr_assert_eq(stat("x", &st), 0);
    cr_assert_eq(truncate("x", st.st_size - 60), 0);
    s = (struct seen){0};
    cr_assert_eq(read_one("x", &s, &stats), PXK_OK);
    cr_assert_eq(s.n, SAMPLE_PACKETS - 1);
    cr_assert_eq(stats.read_errors, 1);
    cr_assert(strstr(s.notices, "it was cut"), "%s", s.notices);
}

Test(sources, what_cannot_be_read_is_told)
{
    struct seen s = {0};
    char why[300] = "";
    const char *file = "nosuch";
    cr_assert_eq(read_files(&file, 1, &s, NULL, why), PXK_E_NOTFOUND);
    cr_assert(strstr(why, "nosuch"));
    file = ".";
    cr_assert_eq(read_files(&file, 1, &s, NULL, why), PXK_E_IO);
    file_put("text", "#!/bin/sh\necho this is no capture, whatever its name may be\n", 60);
    file = "text";
    cr_assert_eq(read_files(&file, 1, &s, NULL, why), PXK_E_FORMAT);
    cr_assert(strstr(why, "text"));
    file_put("empty", "", 0);
    file = "empty";
    cr_assert_eq(read_files(&file, 1, &s, NULL, why), PXK_E_TRUNCATED);
    cr_assert(strstr(why, "it is empty"));
    file_put("gz", "\x1f\x8b\x08\0\0\0\0\0\0\0nonsense", 18);
    file = "gz";
    cr_assert_neq(read_files(&file, 1, &s, NULL, why), PXK_OK);
    cr_assert_eq(s.n, 0);
}

Test(sources, a_filter_leaves_the_rest_out)
{
    struct pxk_probe_stats stats;
    char why[300] = "";
    struct seen s = {0};
    const char *file = PXK_CAPTURES "/no-dhcp-bios.pcap.gz";
    struct pxk_probe_opts o = {.files = &file, .file_n = 1, .ctx = &s, .frame = on_frame, .filter = "udp port 67"};
    cr_assert_eq(pxk_probe_read(&o, &stats, why, sizeof why), PXK_OK, "%s", why);
    cr_assert_gt(stats.frames, 0);
    cr_assert_gt(stats.filtered, 0);
    cr_assert_eq(stats.frames + stats.filtered, stats.packets);
    o.filter = "port nonsense or (";
    cr_assert_eq(pxk_probe_read(&o, &stats, why, sizeof why), PXK_E_USAGE);
    cr_assert(strstr(why, "port nonsense or ("), "%s", why);
}

Test(sources, copies_of_a_mirror_port_are_folded_from_the_first)
{
    struct sample_file f;
    uint8_t *all = malloc(1 << 20);
    struct pxk_wr w = pxk_wr_init(all, 1 << 20);
    sample_make(SAMPLE_PCAP_LE, &f);
    pxk_wr_bytes(&w, f.data, f.record[0]);
    for (unsigned i = 0; i < 100; i++)
        for (unsigned copy = 0; copy < 2; copy++) {
            uint8_t data[64] = {[12] = 0x08, [14] = 0x45, [18] = 1, [19] = (uint8_t)i};
            put32(&w, false, 1700000000 + i);
            put32(&w, false, copy * 40);
            put32(&w, false, sizeof data);
            put32(&w, false, sizeof data);
            pxk_wr_bytes(&w, data, sizeof data);
        }
    file_put("span", all, pxk_wr_len(&w));
    free(all);
    struct seen s = {0};
    struct pxk_probe_stats stats;
    cr_assert_eq(read_one("span", &s, &stats), PXK_OK);
    cr_assert_eq(s.n, 100);
    cr_assert_eq(stats.duplicates, 100);
    cr_assert_eq(s.number[1], 3, "numbers are the file's");
    cr_assert(strstr(s.notices, "mirror port"), "%s", s.notices);
    char why[300] = "";
    const char *file = "span";
    struct pxk_probe_opts o = {.files = &file, .file_n = 1, .ctx = &s, .frame = on_frame, .keep_duplicates = true};
    s = (struct seen){0};
    cr_assert_eq(pxk_probe_read(&o, &stats, why, sizeof why), PXK_OK);
    cr_assert_eq(s.n, 200);
}

Test(sources, link_types_that_cannot_be_read_are_told_once)
{
    uint8_t data[SAMPLE_CAP];
    struct pxk_wr w = pxk_wr_init(data, sizeof data);
    put_section(&w, false);
    put_iface(&w, false, 127, 0, NULL, 0);
    put_iface(&w, false, 1, 0, NULL, 0);
    for (unsigned i = 0; i < 6; i++)
        put_packet(&w, false, i % 2, 1000000 * i, data, 60, 60, NULL, 0);
    file_put("wifi", data, pxk_wr_len(&w));
    struct seen s = {0};
    struct pxk_probe_stats stats;
    cr_assert_eq(read_one("wifi", &s, &stats), PXK_OK);
    cr_assert_eq(s.n, 3);
    cr_assert_eq(stats.unsupported, 3);
    char *first = strstr(s.notices, "RADIOTAP");
    cr_assert(first, "%s", s.notices);
    cr_assert(!strstr(first + 1, "RADIOTAP"), "%s", s.notices);
}

/* ---- on a loop ---- */

struct writer {
    uv_timer_t timer;
    void (*step)(struct writer *w, unsigned i);
    struct seen *s;
    unsigned i;
    int fd;
    struct sample_file f;
};

static void on_step(uv_timer_t *t)
{
    struct writer *w = t->data;
    w->step(w, w->i++);
}

static struct seen loop_run(struct pxk_probe_opts *o, struct writer *w)
{
    static struct seen s;
    uv_loop_t loop;
    char why[300] = "";
    unsigned stop_after = w->s ? w->s->stop_after : 0;
    s = (struct seen){.stop_after = stop_after};
    w->s = &s;
    o->ctx = &s;
    o->frame = on_frame;
    o->notice = on_notice;
    o->end = on_end;
    cr_assert_eq(uv_loop_init(&loop), 0);
    cr_assert_eq(pxk_probe_open(&loop, o, &s.p, why, sizeof why), PXK_OK, "%s", why);
    uv_timer_init(&loop, &w->timer);
    w->timer.data = w;
    if (w->step)
        uv_timer_start(&w->timer, on_step, 20, 20);
    else
        uv_close((uv_handle_t *)&w->timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&loop), 0, "nothing is left on the loop");
    cr_assert(s.ended);
    return s;
}

static void step_done(struct writer *w)
{
    uv_close((uv_handle_t *)&w->timer, NULL);
}

/* A packet at a time; each must be seen before the next is written. */
static void pipe_step(struct writer *w, unsigned i)
{
    if (i > 1)
        cr_assert_eq(w->s->n, i - 1, "step %u: %u frames", i, w->s->n);
    size_t from = i ? w->f.record[i - 1] : 0, to = i <= SAMPLE_PACKETS ? w->f.record[i] : from;
    if (i <= SAMPLE_PACKETS) {
        cr_assert_eq(write(w->fd, w->f.data + from, to - from), (ssize_t)(to - from));
        return;
    }
    close(w->fd);
    step_done(w);
}

Test(sources, a_pipe_delivers_packets_as_they_come)
{
    static const char *const files[] = {"fifo"};
    static struct writer w;
    struct pxk_probe_opts o = {.files = files, .file_n = 1};
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    w.step = pipe_step;
    w.fd = open("fifo", O_RDWR | O_CLOEXEC);
    sample_make(SAMPLE_NG_BE, &w.f);
    struct seen s = loop_run(&o, &w);
    cr_assert_eq(s.n, SAMPLE_PACKETS);
    cr_assert_eq(s.err, PXK_OK);
}

static void nonsense_step(struct writer *w, unsigned i)
{
    (void)i;
    char noise[70000];
    memset(noise, 'x', sizeof noise);
    (void)!write(w->fd, noise, 60000);
    close(w->fd);
    step_done(w);
}

Test(sources, a_pipe_with_no_capture_in_it_ends_with_the_reason)
{
    static const char *const files[] = {"fifo"};
    static struct writer w;
    struct pxk_probe_opts o = {.files = files, .file_n = 1};
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    w.step = nonsense_step;
    w.fd = open("fifo", O_RDWR | O_CLOEXEC);
    cr_assert_eq(loop_run(&o, &w).err, PXK_E_FORMAT);
}

/* Written in two halves of a packet, cut and written again, then another file takes its place. */
static void grow_step(struct writer *w, unsigned i)
{
    size_t half = w->f.record[2] + 20;
    switch (i) {
    case 0:
        file_put("grow", w->f.data, half);
        break;
    case 20:
        cr_assert_eq(w->s->n, 2);
        file_put("grow", w->f.data + half, w->f.len - half);
        break;
    case 40:
        cr_assert_eq(w->s->n, 5);
        cr_assert_eq(truncate("grow", 0), 0);
        break;
    case 60:
        file_put("grow", w->f.data, w->f.len);
        break;
    case 80:
        cr_assert_eq(w->s->n, 10);
        cr_assert_eq(rename("grow", "old"), 0);
        file_put("grow", w->f.data, w->f.len);
        break;
    case 100:
        cr_assert_eq(w->s->n, 15);
        pxk_probe_stop(w->s->p);
        step_done(w);
    }
}

Test(sources, a_growing_file_is_followed)
{
    static const char *const files[] = {"grow"};
    static struct writer w;
    struct pxk_probe_opts o = {.files = files, .file_n = 1, .follow = true, .keep_duplicates = true};
    file_put("grow", "", 0);
    w.step = grow_step;
    sample_make(SAMPLE_PCAP_LE, &w.f);
    struct seen s = loop_run(&o, &w);
    cr_assert_eq(s.n, 15);
    cr_assert_eq(s.number[14], 15);
    cr_assert(strstr(s.notices, "begins anew"), "%s", s.notices);
}

Test(sources, a_callback_may_stop)
{
    static const char *const files[] = {"a", "b"};
    for (size_t n = 1; n <= 2; n++) {
        struct writer w = {0};
        struct seen wish = {.stop_after = 2};
        struct pxk_probe_opts o = {.files = files, .file_n = n, .keep_duplicates = true};
        if (n == 1) {
            sample_put("a", SAMPLE_PCAP_LE);
            sample_put("b", SAMPLE_NG_LE);
        }
        w.s = &wish;
        cr_assert_eq(loop_run(&o, &w).n, 2);
    }
}

Test(filter, the_boot_filter_compiles_and_keeps_a_boot)
{
    char text[BPF_TEXT_MAX];
    static const struct {
        int link;
        bool vlan;
    } links[] = {{DLT_EN10MB, true}, {DLT_LINUX_SLL, false}, {DLT_LINUX_SLL2, false}, {DLT_RAW, false}, {DLT_NULL, false}};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct bpf_program program;
        pcap_t *dead = pcap_open_dead(links[i].link, 65535);
        cr_assert(bpf_text("not host 10.9.9.9", false, links[i].vlan, text, sizeof text));
        cr_assert_eq(pcap_compile(dead, &program, text, 1, PCAP_NETMASK_UNKNOWN), 0, "%d: %s", links[i].link, pcap_geterr(dead));
        pcap_freecode(&program);
        pcap_close(dead);
    }
    cr_assert(!bpf_text(memset(text, '(', 4000), false, true, text + 4001, 4000), "what does not fit is told");
}

Test(filter, nothing_of_the_captures_is_lost)
{
    static const char *const names[] = {"ok-bios-virtio-dnsmasq", "ok-uefi-pxe-v6-dnsmasq", "ok-uefi-httpboot-v4-dnsmasq",
                                        "mtu1400-blackhole-bios", "httpboot-404-uefi"};
    char text[BPF_TEXT_MAX], path[300], why[300] = "";
    cr_assert(bpf_text(NULL, false, true, text, sizeof text));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct seen s = {0};
        struct pxk_probe_stats stats;
        const char *file = pxk_fmt(path, sizeof path, "%s/%s.pcap.gz", PXK_CAPTURES, names[i]);
        struct pxk_probe_opts o = {.files = &file, .file_n = 1, .ctx = &s, .frame = on_frame, .filter = text};
        cr_assert_eq(pxk_probe_read(&o, &stats, why, sizeof why), PXK_OK, "%s", why);
        cr_assert_eq(stats.filtered, 0, "%s: %lu packets", names[i], stats.filtered);
    }
}
