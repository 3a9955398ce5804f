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

/* ---- web and names: each member with the value that the session has ---- */

static void line_is(struct pxk_event *e, const char *tail)
{
    struct telling t = {0};
    e->text[0] = 'x';
    pxk_report_event_json(e, &t.programs);
    cr_assert_not_null(strstr(t.programs.s, "\"text\":\"x\""));
    cr_expect_str_eq(strstr(t.programs.s, "\"text\":\"x\"") + 10, tail);
    done(&t);
}

static const struct pxk_ip server = {{[10] = 0xff, 0xff, 10, 77, 0, 1}};

#define FLOW(port) ",\"server\":\"10.77.0.1\",\"client_port\":1600,\"server_port\":" port

Test(event, http_as_it_goes_on)
{
    struct pxk_http h = {.at = PXK_SEC, .server = server, .client_port = 1600, .server_port = 80, .method = "GET", .path = "/linux",
                         .host = "boot", .agent = "iPXE/1"};
    struct pxk_event e = {.kind = PXK_EVENT_HTTP_REQUEST, .http = &h};
#define ASKED FLOW("80") ",\"method\":\"GET\",\"path\":\"/linux\",\"host\":\"boot\",\"agent\":\"iPXE/1\""
    line_is(&e, ASKED ",\"reset\":false}\n");
    h.status = 302;
    h.location = "/there";
    (void)pxk_str_copy(h.type, sizeof h.type, "text/html");
    e.kind = PXK_EVENT_HTTP_RESPONSE;
    line_is(&e, ASKED ",\"status\":302,\"type\":\"text/html\",\"location\":\"/there\",\"reset\":false}\n");
    h.status = 200;
    h.length = h.bytes = 3000;
    h.last = 3 * PXK_SEC;
    h.location = NULL;
    h.type[0] = '\0';
    e.kind = PXK_EVENT_HTTP_DONE;
    line_is(&e, ASKED ",\"status\":200,\"length\":3000,\"reset\":false,\"bytes\":3000,\"seconds\":2.0}\n");
}

Test(event, connections_and_tls)
{
    struct pxk_conn c = {.server = server, .client_port = 1600, .server_port = 443};
    struct pxk_event e = {.kind = PXK_EVENT_TCP_REFUSED, .conn = &c};
    line_is(&e, FLOW("443") "}\n");
    c.tls = (struct pxk_tls){.sni = "boot.test", .alert_by = PXK_TLS_ALERT_CLIENT, .alert = 48, .alert_level = 2};
    e.kind = PXK_EVENT_TLS_ALERT;
    line_is(&e, FLOW("443") ",\"sni\":\"boot.test\",\"alert\":\"unknown CA\",\"alert_from\":\"client\"}\n");
}

Test(event, names)
{
    struct pxk_dns q = {.server = server, .name = "boot.test", .type = 28, .asks = 2};
    struct pxk_event e = {.kind = PXK_EVENT_DNS_QUERY, .dns = &q};
#define NAME ",\"server\":\"10.77.0.1\",\"name\":\"boot.test\",\"type\":28,\"asks\":2"
    line_is(&e, NAME "}\n");
    q.answered = true;
    q.rcode = 3;
    e.kind = PXK_EVENT_DNS_ANSWER;
    line_is(&e, NAME ",\"rcode\":3,\"answers\":0}\n");
}
