/* The text report: what it says of a healthy and of a failing run, at 80 and 100 columns; never
 * wider than asked; never a byte that a terminal could obey. */
#include <criterion/criterion.h>
#include <string.h>

#include "fixtures.h"
#include "runs.h"

static void report(void (*build)(struct lab *), const struct pxk_report_opts *opts,
                   struct pxk_text *out)
{
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    build(&l);
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    pxk_report_text(l.t, &d, opts, out);
    cr_assert_not(out->failed);
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

static void compare(const char *name, void (*build)(struct lab *), unsigned width, bool verbose)
{
    struct pxk_report_opts opts = {.command = "check",
                                   .where = "eth1, 10.77.0.0/24",
                                   .version = "0.1.0",
                                   .width = width,
                                   .verbose = verbose,
                                   .seconds = 1.25};
    struct pxk_text out = {0};
    report(build, &opts, &out);
    golden(name, out.s);
    pxk_text_done(&out);
}

Test(text, a_healthy_run)
{
    compare("healthy-100.txt", run_healthy, 100, false);
    compare("healthy-80.txt", run_healthy, 80, false);
    compare("healthy-verbose-100.txt", run_healthy, 100, true);
}

Test(text, a_failing_run)
{
    compare("failing-100.txt", run_failing, 100, false);
    compare("failing-80.txt", run_failing, 80, false);
    compare("failing-verbose-100.txt", run_failing, 100, true);
}

static void lines_fit(const char *text, unsigned width, const char *what)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        cr_expect_leq(n, width, "%s at %u columns: %.*s", what, width, (int)n, text);
        cr_expect(!n || text[n - 1] != ' ', "%s at %u columns: blanks at the end of \"%.*s\"", what,
                  width, (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void bytes_are_plain(const char *text, const char *what)
{
    for (const char *p = text; *p; p++)
        cr_expect(*p == '\n' || (*p >= 0x20 && *p < 0x7f), "%s: byte %02x", what,
                  (unsigned char)*p);
}

static const unsigned widths[] = {40, 60, 80, 100, 132};

Test(text, never_wider_than_the_terminal)
{
    for (size_t i = 0; i < fixture_n; i++)
        for (size_t w = 0; w < PXK_COUNT(widths); w++)
            for (int verbose = 0; verbose < 2; verbose++) {
                struct pxk_report_opts opts = {
                    .command = "check", .where = "eth1", .width = widths[w], .verbose = verbose};
                struct pxk_text out = {0};
                report(fixtures[i].build, &opts, &out);
                lines_fit(out.s, widths[w], fixtures[i].finding);
                bytes_are_plain(out.s, fixtures[i].finding);
                cr_expect_not_null(strstr(out.s, fixtures[i].finding), "%s is not told",
                                   fixtures[i].finding);
                pxk_text_done(&out);
            }
}

Test(text, explains_every_finding)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    for (size_t i = 0; i < n; i++)
        for (size_t w = 0; w < PXK_COUNT(widths); w++) {
            struct pxk_report_opts opts = {.width = widths[w]};
            struct pxk_text out = {0};
            pxk_report_explain(&rows[i], &opts, &out);
            lines_fit(out.s, widths[w], rows[i].name);
            bytes_are_plain(out.s, rows[i].name);
            cr_expect_not_null(strstr(out.s, rows[i].code));
            cr_expect_not_null(strstr(out.s, "Causes"));
            cr_expect_not_null(strstr(out.s, "Fix"));
            pxk_text_done(&out);
        }
}

static void tells_all(const char *text, unsigned width)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    const char *at = text;
    lines_fit(text, width, "explain");
    bytes_are_plain(text, "explain");
    for (unsigned step = 0; step < PXK_STEP_N; step++) {
        char head[40];
        at = strstr(at, pxk_fmt(head, sizeof head, "%u %s\n", step + 1, pxk_step_words((enum pxk_step)step)));
        cr_assert_not_null(at, "%s", head);
        for (size_t i = 0; i < n; i++)
            cr_expect(rows[i].step != step || strstr(at, rows[i].name), "%s is not below its step", rows[i].name);
    }
}

Test(text, explains_all_by_step)
{
    for (size_t w = 0; w < PXK_COUNT(widths); w++) {
        struct pxk_report_opts opts = {.width = widths[w]};
        struct pxk_text list = {0}, all = {0};
        pxk_report_explain_list(&opts, &list);
        pxk_report_explain_all(&opts, &all);
        tells_all(list.s, widths[w]);
        tells_all(all.s, widths[w]);
        cr_expect_gt(all.len, list.len * 5);
        pxk_text_done(&list);
        pxk_text_done(&all);
    }
}

Test(text, explains_every_firmware_code)
{
    const struct pxk_firmware_code *codes;
    size_t n = pxk_firmware_codes(&codes);
    for (size_t i = 0; i < n; i++) {
        struct pxk_report_opts opts = {.width = 80};
        struct pxk_text out = {0};
        pxk_report_explain_firmware(&codes[i], &opts, &out);
        lines_fit(out.s, 80, codes[i].code);
        bytes_are_plain(out.s, codes[i].code);
        cr_expect_not_null(strstr(out.s, codes[i].code));
        pxk_text_done(&out);
    }
}

static void hostile(struct lab *l)
{
    run_failing(l);
    struct pxk_session *s = l->s;
    static const char evil[] = "\033[2J\033]0;owned\a\r\n\x9b"
                               "31m\xff";
    (void)pxk_str_copy(s->facts.label, sizeof s->facts.label, evil);
    (void)pxk_str_copy(s->facts.cmdline, sizeof s->facts.cmdline, evil);
    (void)pxk_str_copy(s->files.at[0].path, sizeof s->files.at[0].path, evil);
    (void)pxk_str_copy(s->files.at[0].url, sizeof s->files.at[0].url, evil);
    (void)pxk_str_copy(s->files.at[0].kind_words, sizeof s->files.at[0].kind_words, evil);
    (void)pxk_str_copy(s->files.at[0].version, sizeof s->files.at[0].version, evil);
    (void)pxk_str_copy(s->facts.loader_chain, sizeof s->facts.loader_chain, evil);
    (void)pxk_str_copy(s->facts.name, sizeof s->facts.name, evil);
}

Test(text, nothing_from_the_network_reaches_the_terminal_raw)
{
    for (int verbose = 0; verbose < 2; verbose++) {
        struct pxk_report_opts opts = {
            .command = "check", .where = "eth1", .width = 80, .verbose = verbose};
        struct pxk_text out = {0};
        report(hostile, &opts, &out);
        bytes_are_plain(out.s, "hostile");
        lines_fit(out.s, 80, "hostile");
        pxk_text_done(&out);
    }
}

Test(text, colours_only_when_asked)
{
    struct pxk_report_opts opts = {
        .command = "check", .where = "eth1", .width = 100, .colour = true};
    struct pxk_text out = {0};
    report(run_failing, &opts, &out);
    cr_expect_not_null(strstr(out.s, "\033["));
    /* Without its colours it is the same report. */
    char *to = out.s;
    for (const char *p = out.s; *p;) {
        if (*p == '\033') {
            p += strcspn(p, "m") + 1;
            continue;
        }
        *to++ = *p++;
    }
    *to = '\0';
    struct pxk_report_opts plain = opts;
    struct pxk_text want = {0};
    plain.colour = false;
    report(run_failing, &plain, &want);
    cr_expect_str_eq(out.s, want.s);
    pxk_text_done(&out);
    pxk_text_done(&want);
}

static void nobody(struct lab *l)
{
    (void)l;
}

Test(text, nobody_seen)
{
    struct pxk_report_opts opts = {.command = "watch", .where = "x.pcap", .width = 80};
    struct pxk_text out = {0};
    report(nobody, &opts, &out);
    cr_expect_not_null(strstr(out.s, "No client was seen."));
    pxk_text_done(&out);
}

static void many(struct lab *l)
{
    for (unsigned i = 0; i < 120; i++) {
        lab_client(l, PXK_ARCH_BIOS);
        lab_discovers(l, 4, 2 * PXK_SEC);
    }
}

/* What sessions that have left had: counted, with one example. */
Test(text, past_clients)
{
    for (size_t w = 0; w < PXK_COUNT(widths); w++) {
        struct pxk_past past = {0};
        struct pxk_report_opts opts = {.command = "watch", .where = "eth1", .width = widths[w], .past = &past};
        struct pxk_text out = {0};
        struct lab l;
        lab_open(&l);
        run_failing(&l);
        for (size_t i = 0; i < 2; i++)
            cr_assert_eq(pxk_past_add(&past, l.t, pxk_tracker_session(l.t, i)), PXK_OK);
        lab_close(&l);
        report(nobody, &opts, &out);
        lines_fit(out.s, widths[w], "past");
        cr_expect_not_null(strstr(out.s, "Before these: 2 clients"));
        cr_expect_not_null(strstr(out.s, "1  B002"));
        pxk_text_done(&out);
        pxk_past_done(&past);
    }
}

/* One cause for a hundred machines is one block. */
Test(text, many_clients_one_block)
{
    struct pxk_report_opts opts = {.command = "watch", .where = "x.pcap", .width = 100};
    struct pxk_text out = {0};
    report(many, &opts, &out);
    const char *first = strstr(out.s, "D001 no-dhcp-server");
    cr_assert_not_null(first);
    cr_expect_null(strstr(first + 1, "D001 no-dhcp-server"));
    cr_expect_not_null(strstr(out.s, "120 of 120 clients cannot boot."));
    lines_fit(out.s, 100, "many");
    pxk_text_done(&out);
}
