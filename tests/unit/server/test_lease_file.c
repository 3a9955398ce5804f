/* The lease file: its lines, a restart over it, and files that are none or damaged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dhcp_rig.h"
#include "lease_file.h"

static char folder[64], path[80];
static struct lease_file file;
static char logged[2000];
static unsigned errors;

static void log_line(void *ctx, enum pxk_log_level level, const char *text)
{
    struct pxk_str s = pxk_str_init(logged + strlen(logged), sizeof logged - strlen(logged));
    (void)ctx;
    errors += level == PXK_LOG_ERROR;
    pxk_str_addf(&s, "%s\n", text);
}
static const struct pxk_log log = {log_line, NULL, PXK_LOG_INFO};

static struct lease_clock at(pxk_usec now)
{
    return (struct lease_clock){now, 1763840000 + (int64_t)(now / PXK_SEC)};
}

static void setup(void)
{
    rig_open();
    pxk_fmt(folder, sizeof folder, "/tmp/pxk-leases-XXXXXX");
    cr_assert(mkdtemp(folder));
    pxk_fmt(path, sizeof path, "%s/leases", folder);
}

static void teardown(void)
{
    lease_file_close(&file);
    (void)unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something is left in %s", folder);
    rig_close();
}

TestSuite(lease_file, .init = setup, .fini = teardown);

static void file_write(const void *text, size_t len)
{
    FILE *f = fopen(path, "w");
    cr_assert(f && fwrite(text, 1, len, f) == len && fclose(f) == 0);
}

static const char *file_text(void)
{
    static char text[4000];
    FILE *f = fopen(path, "r");
    cr_assert(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static enum pxk_err file_open(void)
{
    *logged = '\0';
    lease_file_close(&file);
    return lease_file_open(&file, path, rig.d, at(rig.now), &log);
}

/* What the service does: each change goes to the file. */
static void told_add(void)
{
    for (size_t i = 0; i < rig.told_n; i++)
        lease_file_add(&file, &rig.told[i], at(rig.now));
    rig.told_n = 0;
}

static void restart(pxk_usec later)
{
    pxk_usec now = rig.now + later;
    rig_close();
    rig_open();
    rig.now = now;
    rig.told_n = 0;
    cr_assert_eq(file_open(), PXK_OK, "%s", logged);
}

/* ---- lines ---- */

static void round_trip(const struct pxk_dhcpd_lease *l, const char *line)
{
    char text[LEASE_LINE_MAX];
    struct pxk_dhcpd_lease got;
    struct pxk_str s = pxk_str_init(text, sizeof text);
    lease_line_write(l, at(9 * PXK_SEC), &s);
    cr_assert_str_eq(text, line);
    text[s.len - 1] = '\0';
    cr_assert(lease_line_read(text, at(9 * PXK_SEC), &got));
    cr_assert_eq(memcmp(&got, l, sizeof got), 0);
    for (size_t n = s.len - 1; n-- > 0;) { /* cut anywhere: no crash, and never a lease of less than six fields */
        text[n] = '\0';
        cr_assert(!lease_line_read(text, at(0), &got) || n > strlen("1763840009 10.77.0.100 52:54:00:77:00:09 leased 1 "));
    }
}

Test(lease_file, lines)
{
    struct pxk_dhcpd_lease l;
    memset(&l, 0, sizeof l);
    l.ip = POOL(0);
    l.mac = MAC(9);
    l.until = 3609 * PXK_SEC;
    round_trip(&l, "1763840009 10.77.0.100 52:54:00:77:00:09 leased 1763843609 -\n");
    l.client_id_len = 3;
    memcpy(l.client_id, "\1\252\0", 3);
    l.state = PXK_DHCPD_LEASE_DECLINED;
    round_trip(&l, "1763840009 10.77.0.100 52:54:00:77:00:09 declined 1763843609 01aa00\n");
    l.until = 0;
    l.state = PXK_DHCPD_LEASE_RELEASED;
    round_trip(&l, "1763840009 10.77.0.100 52:54:00:77:00:09 released 0 01aa00\n");
    l.state = PXK_DHCPD_LEASE_EXPIRED;
    memset(&l.mac, 0, sizeof l.mac);
    l.key_len = 18;
    l.key[0] = 32;
    l.key[1] = 129;
    round_trip(&l, "1763840009 10.77.0.100 00:00:00:00:00:00 expired 0 01aa00 208100000000000000000000000000000000\n");
    memset(l.client_id, 0xff, sizeof l.client_id); /* the longest */
    l.client_id_len = sizeof l.client_id;
    char text[LEASE_LINE_MAX];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    lease_line_write(&l, (struct lease_clock){0, 99999999999999}, &s);
    cr_assert_not(s.cut);
}

Test(lease_file, lines_that_are_none)
{
    static const char *const wrong[] = {
        "", " ", "x", "1763840009", "1763840009 10.77.0.100 52:54:00:77:00:09 leased 1763843609",
        "1763840009  10.77.0.100 52:54:00:77:00:09 leased 1763843609 -",
        "1763840009 10.77.0 52:54:00:77:00:09 leased 1763843609 -",
        "1763840009 10.77.0.100 52:54:00:77:00 leased 1763843609 -",
        "1763840009 10.77.0.100 52:54:00:77:00:09 lent 1763843609 -",
        "1763840009 10.77.0.100 52:54:00:77:00:09 leased -1 -",
        "1763840009 10.77.0.100 52:54:00:77:00:09 leased 9999999999999999 -",
        "1763840009 10.77.0.100 52:54:00:77:00:09 leased 1 0",
        "1763840009 10.77.0.100 52:54:00:77:00:09 leased 1 0G",
        "1763840009 10.77.0.100 52:54:00:77:00:09 leased 1 - -x",
        "1763840009 10.77.0.100 52:54:00:77:00:09 leased 1 - - -",
        "1763840009 10.77.0.100 52:54:00:77:00:09 leased 1 - ",
    };
    struct pxk_dhcpd_lease l;
    for (size_t i = 0; i < PXK_COUNT(wrong); i++)
        cr_expect_not(lease_line_read(wrong[i], at(0), &l), "%s", wrong[i]);
}

Test(lease_file, ends_far_away_do_not_overflow)
{
    struct pxk_dhcpd_lease l;
    cr_assert(lease_line_read("1 10.77.0.100 52:54:00:77:00:09 leased 999999999999999 -", at(PXK_SEC), &l));
    cr_assert_eq(l.until, (1 + 315360000) * PXK_SEC);
    cr_assert(lease_line_read("1 10.77.0.100 52:54:00:77:00:09 leased 5 -", at(PXK_SEC), &l));
    cr_assert_eq(l.until, PXK_SEC); /* over */
}

/* ---- over a restart ---- */

Test(lease_file, leases_outlive_a_restart)
{
    cr_assert_eq(file_open(), PXK_OK);
    cr_assert_str_eq(file_text(), "");
    cr_assert_eq(rig_lease(21), POOL(0));
    cr_assert_eq(rig_lease(22), POOL(1));
    rig_new(PXK_DHCP4_RELEASE, 22);
    rig.head.ciaddr = POOL(1);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    (void)rig_send();
    told_add();
    cr_assert_str_eq(file_text(), "1763841000 10.77.0.100 52:54:00:77:00:15 leased 1763844600 -\n"
                                  "1763841000 10.77.0.101 52:54:00:77:00:16 leased 1763844600 -\n"
                                  "1763841000 10.77.0.101 52:54:00:77:00:16 released 0 -\n");
    restart(600 * PXK_SEC);
    cr_assert_str_eq(logged, pxk_fmt((char[100]){0}, 100, "dhcp: 1 leases from %s\n", path));
    cr_assert_str_eq(file_text(), "1763841600 10.77.0.101 52:54:00:77:00:16 released 0 -\n" /* written anew */
                                  "1763841600 10.77.0.100 52:54:00:77:00:15 leased 1763844600 -\n");
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now + 3000 * PXK_SEC - 1).leased, 1);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now + 3000 * PXK_SEC).leased, 0);
}

Test(lease_file, a_line_that_was_being_written)
{
    static const char text[] = "1 10.77.0.100 52:54:00:77:00:09 leased 1763849999 -\n1 10.77.0.101 52:5";
    file_write(text, sizeof text - 1);
    cr_assert_eq(file_open(), PXK_OK);
    cr_assert(strstr(logged, ":2: this line is no lease"), "%s", logged);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
    file_write(text, 9); /* even if it is the only one */
    cr_assert_eq(file_open(), PXK_OK);
}

Test(lease_file, damaged_lines_are_named_and_skipped)
{
    static const char text[] = "\n# comment\n1 10.77.0.100 52:54:00:77:00:09 leased 1763849999 -\nx\0y\n"
                               "1 10.77.0.250 52:54:00:77:00:0a leased 1763849999 -\nb\nc\nd\n";
    file_write(text, sizeof text - 1);
    cr_assert_eq(file_open(), PXK_OK);
    cr_assert(strstr(logged, "leases:1: ") && strstr(logged, "leases:2: ") && strstr(logged, "leases:4: "), "%s", logged);
    cr_assert(strstr(logged, "1 more such lines") && strstr(logged, "1 lines are of addresses outside the pool"), "%s", logged);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
    cr_assert_eq(errors, 0);
}

Test(lease_file, a_file_of_another_kind_is_left_alone)
{
    static const char text[] = "root:x:0:0:root:/root:/bin/bash\n";
    file_write(text, sizeof text - 1);
    cr_assert_eq(file_open(), PXK_E_FORMAT);
    cr_assert_str_eq(file_text(), text);
    cr_assert_eq(errors, 1);
    char *huge = malloc(1 << 20); /* one line, not a newline in it */
    memset(huge, 'x', 1 << 20);
    file_write(huge, 1 << 20);
    free(huge);
    cr_assert_eq(file_open(), PXK_E_FORMAT);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(file_open(), PXK_E_FORMAT);
}

Test(lease_file, a_folder_that_is_not_there)
{
    pxk_fmt(path, sizeof path, "%s/no/leases", folder);
    cr_assert_eq(file_open(), PXK_E_IO);
    cr_assert(strstr(logged, "cannot be written: No such file"), "%s", logged);
}

Test(lease_file, it_is_written_anew_when_it_has_grown)
{
    cr_assert_eq(file_open(), PXK_OK);
    for (int i = 0; i < 10000; i++) {
        cr_assert_eq(rig_lease(21), POOL(0));
        told_add();
        rig.now += PXK_SEC;
        uint64_t before = file.size;
        lease_file_tidy(&file, rig.d, at(rig.now));
        cr_assert_leq(file.size, 300 * 1024u);
        if (file.size < before) {
            cr_assert_eq(strlen(file_text()), file.size);
            told_add();
            restart(0);
            cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
            return;
        }
    }
    cr_assert(false, "it only grew");
}

Test(lease_file, a_disk_that_is_full_is_said_once)
{
    cr_assert_eq(file_open(), PXK_OK);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    cr_assert(full >= 0);
    int sound = file.fd;
    file.fd = full;
    *logged = '\0';
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(rig_lease(21), POOL(0));
        told_add();
    }
    cr_assert_str_eq(logged, pxk_fmt((char[200]){0}, 200, "dhcp: %s cannot be written, leases will be forgotten: No space left on device\n", path));
    file.fd = sound;
    close(full);
    cr_assert_eq(rig_lease(21), POOL(0));
    told_add();
    restart(0); /* the line after a torn one stands alone */
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
}
