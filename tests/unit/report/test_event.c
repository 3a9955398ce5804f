/* Events as lines, for people and for programs. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "pxk/report.h"
#include "replay.h"

struct telling {
    struct pxk_text people, programs;
    pxk_usec start;
    bool verbose;
};

static void tell(void *ctx, const struct pxk_event *e)
{
    struct telling *t = ctx;
    struct pxk_report_opts opts = {.command = "boot", .width = 100, .verbose = t->verbose};
    if (!t->start)
        t->start = e->t;
    pxk_report_event(e, t->start, &opts, &t->people);
    pxk_report_event_json(e, &t->programs);
}

static void replay(struct telling *t, const char *capture)
{
    struct pxk_tracker_opts opts = {.on_event = tell, .ctx = t};
    struct pxk_tracker *tracker;
    cr_assert_eq(pxk_tracker_new(&opts, &tracker), PXK_OK);
    cr_assert(pxk_replay_file(capture, tracker));
    pxk_tracker_free(tracker);
    cr_assert_not(t->people.failed || t->programs.failed);
}

static void done(struct telling *t)
{
    pxk_text_done(&t->people);
    pxk_text_done(&t->programs);
}

Test(event, tells_a_boot_like_curl)
{
    struct telling t = {0};
    replay(&t, "tftp-file-missing-uefi");
    cr_expect_not_null(strstr(t.people.s, " > DHCP DISCOVER"));
    cr_expect_not_null(strstr(t.people.s, " < DHCP OFFER 10.77.0.180 from 10.77.0.1"));
    cr_expect_not_null(strstr(t.people.s, " > TFTP RRQ shimx64.efi"));
    cr_expect_not_null(strstr(t.people.s, " < TFTP ERROR 1"));
    cr_expect_null(strstr(t.people.s, "client-arch"), "options are for the verbose");
    done(&t);
}

Test(event, verbose_lists_the_options)
{
    struct telling t = {.verbose = true};
    replay(&t, "tftp-file-missing-uefi");
    cr_expect_not_null(strstr(t.people.s, "93 client-arch"));
    cr_expect_not_null(strstr(t.people.s, "67 "));
    for (const char *p = t.people.s; *p; p += strcspn(p, "\n") + 1)
        cr_expect_leq(strcspn(p, "\n"), 100, "%.*s", (int)strcspn(p, "\n"), p);
    done(&t);
}

Test(event, every_line_is_json)
{
    struct telling t = {0};
    unsigned lines = 0, offers = 0;
    replay(&t, "missing-ldlinux-bios");
    for (char *line = strtok(t.programs.s, "\n"); line; line = strtok(NULL, "\n")) {
        json_error_t error;
        json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &error);
        cr_assert_not_null(o, "%s: %s", error.text, line);
        cr_expect_eq(json_integer_value(json_object_get(o, "v")), 1);
        cr_expect(json_is_real(json_object_get(o, "t")));
        cr_expect_str_eq(json_string_value(json_object_get(o, "client")), "52:54:00:77:00:01");
        const char *event = json_string_value(json_object_get(o, "event"));
        cr_assert_not_null(event);
        if (strcmp(event, "dhcp.offer") == 0) {
            offers++;
            cr_expect_str_eq(json_string_value(json_object_get(o, "server")), "10.77.0.1");
            cr_expect_str_eq(json_string_value(json_object_get(o, "boot_file")), "pxelinux.0");
        }
        json_decref(o);
        lines++;
    }
    cr_expect_gt(lines, 10);
    cr_expect_eq(offers, 2);
    done(&t);
}

/* Microseconds since 1970 do not get lost. */
Test(event, time_is_exact)
{
    struct telling t = {0};
    struct pxk_event e = {.kind = PXK_EVENT_FACT, .t = 1795360966ULL * PXK_SEC + 123457, .text = "x"};
    pxk_report_event_json(&e, &t.programs);
    cr_expect_str_eq(t.programs.s, "{\"v\":1,\"t\":1795360966.123457,\"event\":\"fact\",\"text\":\"x\"}\n");
    done(&t);
}
