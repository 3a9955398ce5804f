#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "infile.h"
#include "pxk/probe.h"
#include "samples.h"

static char dir[64];

static void scratch_begin(void)
{
    strcpy(dir, "/tmp/pxekit-rec-XXXXXX");
    cr_assert(mkdtemp(dir));
    cr_assert_eq(chdir(dir), 0);
    setenv("TZ", "UTC", 1);
}

static void scratch_end(void)
{
    cr_assert_eq(chdir("/"), 0);
    cr_assert(scratch_remove(dir));
}

TestSuite(rec, .init = scratch_begin, .fini = scratch_end, .timeout = 20);

static const struct pxk_cap_iface ethernet = {.link = 1, .name = "eth0"}, cooked = {.link = 276, .name = "any"};

/* Packets @from to @to, one a second. */
static void packets(struct pxk_rec *r, uint64_t from, uint64_t to)
{
    uint8_t data[256];
    for (uint64_t i = from; i <= to; i++) {
        uint32_t n = (uint32_t)sample_packet((unsigned)(i % 5), data);
        struct pxk_cap_record rec = {.at = 1700000000 * PXK_SEC + i * PXK_SEC, .len = n, .wire = n, .data = data};
        cr_assert_eq(pxk_rec_packet(r, 0, &ethernet, &rec, i), PXK_OK);
    }
}

/* "3:text;" for every comment of a file, and how many packets it has. */
static unsigned comments(const char *path, char *out, size_t cap)
{
    struct infile in;
    struct pxk_cap_record rec;
    struct pxk_str s = pxk_str_init(out, cap);
    unsigned n = 0;
    cr_assert_eq(infile_open(&in, path, 65536), PXK_OK, "%s", in.why);
    while (infile_pull(&in, &rec)) {
        size_t pos = 0, len;
        for (const char *t; (t = pxk_cap_comment(&rec, &pos, &len));)
            pxk_str_addf(&s, "%u:%.*s;", (unsigned)rec.number, (int)len, t);
        n++;
    }
    cr_assert_eq(infile_verdict(&in), PXK_OK);
    cr_assert_eq(pxk_capfile_counts(in.cap)->damaged, 0);
    infile_close(&in);
    return n;
}

Test(rec, comments_are_at_their_frames)
{
    struct pxk_rec_opts o = {.path = "w.pcapng", .application = "pxekit test"};
    struct pxk_rec *r;
    char why[300] = "", text[300];
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_OK, "%s", why);
    packets(r, 1, 10);
    pxk_rec_comment(r, 7, "seven");
    pxk_rec_comment(r, 2, "two");
    pxk_rec_comment(r, 7, "again seven");
    pxk_rec_comment(r, 99, "never");
    pxk_rec_comment(r, 0, "nor this");
    cr_assert_eq(pxk_rec_close(r, why, sizeof why), PXK_OK, "%s", why);
    cr_assert_eq(comments("w.pcapng", text, sizeof text), 10);
    cr_assert(strstr(text, "2:two;"));
    cr_assert(strstr(text, "7:seven;"));
    cr_assert(strstr(text, "7:again seven;"));
    cr_assert_eq(strlen(text), strlen("2:two;7:seven;7:again seven;"), "%s", text);
}

Test(rec, files_change_by_size_and_late_comments_find_theirs)
{
    struct pxk_rec_opts o = {.path = "w", .max_bytes = 1000, .count = 3};
    struct pxk_rec *r;
    struct stat st;
    char why[300] = "", text[300];
    unsigned n = 0;
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_OK, "%s", why);
    packets(r, 1, 30);
    for (uint64_t i = 1; i <= 30; i++)
        pxk_rec_comment(r, i, "x");
    cr_assert_eq(pxk_rec_close(r, why, sizeof why), PXK_OK, "%s", why);
    for (int i = 0; i < 3; i++) {
        char name[8];
        unsigned here = comments(pxk_fmt(name, sizeof name, "w%d", i), text, sizeof text);
        unsigned told = 0;
        for (const char *p = text; (p = strchr(p, ';')); p++)
            told++;
        cr_assert_eq(told, here, "each packet of %s has its comment: %s", name, text);
        n += here;
    }
    cr_assert_lt(n, 30, "a ring");
    cr_assert_neq(stat("w3", &st), 0);
    cr_assert_neq(stat("w", &st), 0);
}

Test(rec, files_change_by_time_and_are_named_after_it)
{
    struct pxk_rec_opts o = {.path = "t-%H%M%S", .every_s = 5};
    struct pxk_rec *r;
    char why[300] = "", text[300];
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_OK, "%s", why);
    packets(r, 1, 12); /* 1700000000 is 22:13:20 */
    cr_assert_eq(pxk_rec_close(r, why, sizeof why), PXK_OK, "%s", why);
    cr_assert_eq(comments("t-221321", text, sizeof text), 5);
    cr_assert_eq(comments("t-221326", text, sizeof text), 5);
    cr_assert_eq(comments("t-221331", text, sizeof text), 2);
}

Test(rec, several_link_types_are_several_interfaces)
{
    struct pxk_rec_opts o = {.path = "w"};
    struct pxk_rec *r;
    struct infile in;
    struct pxk_cap_record rec = {.at = PXK_SEC, .len = 4, .wire = 4, .data = (const uint8_t *)"abcd"}, back;
    char why[300] = "";
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_OK, "%s", why);
    cr_assert_eq(pxk_rec_packet(r, 0, &ethernet, &rec, 1), PXK_OK);
    cr_assert_eq(pxk_rec_packet(r, 1, &cooked, &rec, 2), PXK_OK);
    cr_assert_eq(pxk_rec_packet(r, 0, &ethernet, &rec, 3), PXK_OK);
    cr_assert_eq(pxk_rec_close(r, why, sizeof why), PXK_OK);
    cr_assert_eq(infile_open(&in, "w", 65536), PXK_OK);
    static const uint16_t links[] = {1, 276, 1};
    for (int i = 0; i < 3; i++) {
        cr_assert(infile_pull(&in, &back));
        cr_assert_eq(back.link, links[i]);
    }
    cr_assert_eq(pxk_capfile_ifaces(in.cap), 2);
    cr_assert_str_eq(pxk_capfile_iface(in.cap, 1)->name, "any");
    infile_close(&in);
}

/* To a pipe comments come with their frame or never. */
Test(rec, a_stream_has_its_comments_at_once)
{
    struct pxk_rec_opts o = {.path = "pipe"};
    struct pxk_rec *r;
    char why[300] = "", text[300], buf[8192];
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    int fd = open("pipe", O_RDWR | O_CLOEXEC);
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_OK, "%s", why);
    cr_assert(pxk_rec_streams(r));
    packets(r, 1, 3);
    pxk_rec_comment(r, 2, "too late");
    pxk_rec_comment(r, 4, "four");
    pxk_rec_comment(r, 4, "four again");
    packets(r, 4, 5);
    cr_assert_eq(pxk_rec_close(r, why, sizeof why), PXK_OK, "%s", why);
    ssize_t n = read(fd, buf, sizeof buf);
    close(fd);
    FILE *f = fopen("got", "we");
    cr_assert(n > 0 && fwrite(buf, 1, (size_t)n, f) == (size_t)n && fclose(f) == 0);
    cr_assert_eq(comments("got", text, sizeof text), 5);
    cr_assert_str_eq(text, "4:four;4:four again;");
}

Test(rec, inputs_and_devices_are_left_alone)
{
    static const char *const inputs[] = {"in"};
    struct sample_file f;
    struct stat st;
    struct pxk_rec *r;
    char why[300] = "";
    FILE *in = fopen("in", "we");
    sample_make(SAMPLE_PCAP_LE, &f);
    cr_assert_eq(fwrite(f.data, 1, f.len, in), f.len);
    cr_assert_eq(fclose(in), 0);
    cr_assert_eq(symlink("in", "alias"), 0);
    struct pxk_rec_opts o = {.path = "alias", .inputs = inputs, .input_n = 1};
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_E_USAGE);
    cr_assert_eq(stat("in", &st), 0);
    cr_assert_eq(st.st_size, f.len);
    o.path = "/dev/null";
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_OK, "%s", why);
    packets(r, 1, 3);
    pxk_rec_comment(r, 1, "x");
    cr_assert_eq(pxk_rec_close(r, why, sizeof why), PXK_OK, "%s", why);
    cr_assert(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
    o.path = "/nosuch/x";
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_E_IO);
    cr_assert(strstr(why, "/nosuch/x"), "%s", why);
}

Test(rec, a_full_disk_is_told_once)
{
    struct pxk_rec_opts o = {.path = "/dev/full"};
    struct pxk_rec *r;
    uint8_t data[256] = {0};
    struct pxk_cap_record rec = {.at = PXK_SEC, .len = 200, .wire = 200, .data = data};
    char why[300] = "";
    unsigned told = 0;
    cr_assert_eq(pxk_rec_open(&o, &r, why, sizeof why), PXK_OK, "%s", why);
    for (uint64_t i = 1; i < 1000; i++)
        told += pxk_rec_packet(r, 0, &ethernet, &rec, i) != PXK_OK;
    cr_assert_eq(told, 1);
    cr_assert_eq(pxk_rec_close(r, why, sizeof why), PXK_E_IO);
    cr_assert(strstr(why, "No space"), "%s", why);
}

Test(rec, any_capture_can_be_annotated)
{
    static const struct pxk_rec_comment c[] = {{2, "two"}, {5, "five"}};
    for (enum sample k = 0; k < SAMPLE_N; k++) {
        struct sample_file f;
        char why[300] = "", text[100];
        FILE *in = fopen("in", "we");
        sample_make(k, &f);
        cr_assert_eq(fwrite(f.data, 1, f.len, in), f.len);
        cr_assert_eq(fclose(in), 0);
        cr_assert_eq(pxk_rec_annotate("in", "out", "pxekit test", c, 2, why, sizeof why), PXK_OK, "%s", why);
        cr_assert_eq(comments("out", text, sizeof text), SAMPLE_PACKETS, "%s", sample_name(k));
        cr_assert_str_eq(text, "2:two;5:five;");
        cr_assert_eq(pxk_rec_annotate("out", "out", "pxekit test", c, 1, why, sizeof why), PXK_OK, "%s", why);
        cr_assert_eq(comments("out", text, sizeof text), SAMPLE_PACKETS);
        cr_assert_str_eq(text, "2:two;2:two;5:five;");
    }
}
