#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "pxk/io.h"

static void no_frame(void *ctx, const uint8_t *data, size_t len, size_t wire)
{
    (void)ctx, (void)data, (void)len, (void)wire;
}

static enum pxk_err open_on(const char *iface, char *why, size_t cap)
{
    uv_loop_t loop;
    struct pxk_link *link = NULL;
    struct pxk_link_opts opts = {.iface = iface, .frame = no_frame};
    cr_assert_eq(uv_loop_init(&loop), 0);
    enum pxk_err err = pxk_link_open(&loop, &opts, &link, why, cap);
    pxk_link_close(link);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&loop), 0, "a failed open leaves nothing on the loop");
    return err;
}

Test(link, an_absent_interface_is_named)
{
    char why[200] = "";
    cr_assert_eq(open_on("nosuch0", why, sizeof why), PXK_E_NOTFOUND);
    cr_assert(strstr(why, "nosuch0"), "%s", why);
}

Test(link, the_loopback_is_no_ethernet)
{
    char why[200] = "";
    struct pxk_iface lo;
    cr_assert(pxk_iface_find("lo", &lo));
    cr_assert(lo.loopback);
    enum pxk_err err = open_on("lo", why, sizeof why);
    cr_assert(err == PXK_E_UNSUPPORTED || err == PXK_E_LINK, "%s", why);
    cr_assert(strstr(why, "lo"));
}

Test(clock, never_goes_back)
{
    pxk_usec last = pxk_clock_now();
    cr_assert_gt(last, 1600000000 * PXK_SEC, "it is the time since 1970");
    for (int i = 0; i < 1000; i++) {
        pxk_usec now = pxk_clock_now();
        cr_assert_geq(now, last);
        last = now;
    }
}

Test(clock, entropy_differs)
{
    cr_assert_neq(pxk_entropy(), pxk_entropy());
}

struct kept {
    uint8_t data[4][64];
    size_t len[4];
    pxk_usec at[4];
    unsigned n;
};

static void keep(void *ctx, const uint8_t *data, size_t len, size_t wire, pxk_usec at)
{
    struct kept *k = ctx;
    cr_assert_lt(k->n, 4);
    cr_assert_eq(len, wire);
    memcpy(k->data[k->n], data, len);
    k->len[k->n] = len;
    k->at[k->n++] = at;
}

Test(dump, what_is_written_is_read_again)
{
    char path[] = "/tmp/pxekit-test-XXXXXX", why[200] = "";
    struct pxk_dump *d;
    struct kept k = {0};
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert_eq(pxk_dump_open(path, &d, why, sizeof why), PXK_OK, "%s", why);
    pxk_dump_frame(d, 1700000000123456, "first frame of fourteen bytes", 30);
    pxk_dump_frame(d, 1700000000123457, "second", 7);
    cr_assert_eq(pxk_dump_close(d), PXK_OK);
    cr_assert_eq(pxk_capture_read(path, keep, &k, why, sizeof why), PXK_OK, "%s", why);
    unlink(path);
    cr_assert_eq(k.n, 2);
    cr_assert_eq(k.len[0], 30);
    cr_assert_str_eq((char *)k.data[1], "second");
    cr_assert_eq(k.at[0], 1700000000123456);
    cr_assert_eq(k.at[1], 1700000000123457);
}

Test(dump, a_folder_that_is_not_there_is_named)
{
    char why[300] = "";
    struct pxk_dump *d;
    cr_assert_eq(pxk_dump_open("/nosuch/folder/x.pcap", &d, why, sizeof why), PXK_E_IO);
    cr_assert(strstr(why, "/nosuch/folder/x.pcap"), "%s", why);
}

static enum pxk_err read_bytes(const void *data, size_t len, struct kept *k, char *why, size_t cap)
{
    char path[] = "/tmp/pxekit-test-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, data, len), (ssize_t)len);
    close(fd);
    enum pxk_err err = pxk_capture_read(path, keep, k, why, cap);
    unlink(path);
    return err;
}

Test(dump, what_is_no_capture_is_refused)
{
    struct kept k = {0};
    char why[300] = "";
    cr_assert_neq(read_bytes("this is no capture at all, not at all", 37, &k, why, sizeof why), PXK_OK);
    cr_assert_neq(*why, '\0');
    cr_assert_neq(read_bytes("", 0, &k, why, sizeof why), PXK_OK);
    cr_assert_eq(k.n, 0);
}
