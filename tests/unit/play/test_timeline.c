#include <criterion/criterion.h>
#include <string.h>

#include "timeline.h"

static const struct pxk_scn_event *acted[16];
static size_t acted_n;

static void act(void *ctx, const struct pxk_scn_event *e)
{
    (void)ctx;
    acted[acted_n++] = e;
}

static const char *client_name(void *ctx, const struct pxk_session *s)
{
    (void)ctx;
    return s->mac.b[5] == 1 ? "bios" : "uefi-x64";
}

static struct pxk_timeline *timeline_of(const struct pxk_scenario *s)
{
    struct pxk_timeline *t;
    struct pxk_timeline_opts opts = {.scenario = s, .act = act, .client_name = client_name};
    cr_assert_eq(pxk_timeline_new(&opts, &t), PXK_OK);
    return t;
}

static struct pxk_scenario scenario_of(struct pxk_scn_event *e, size_t n)
{
    struct pxk_scenario s = {0};
    s.timeline.at = e;
    s.timeline.n = n;
    return s;
}

static void tell(struct pxk_timeline *t, enum pxk_event_kind kind, uint8_t client, const char *file, pxk_usec at)
{
    struct pxk_session session = {.mac = {{2, 0, 0, 0, 0, client}}};
    struct pxk_transfer transfer = {0};
    (void)pxk_str_copy(transfer.file, sizeof transfer.file, file ? file : "");
    struct pxk_event e = {.kind = kind, .t = at, .session = &session, .transfer = file ? &transfer : NULL};
    pxk_timeline_event(t, &e);
}

Test(timeline, a_time_is_counted_from_the_beginning)
{
    struct pxk_scn_event e[] = {{.at_given = true, .at = 5 * PXK_SEC}};
    struct pxk_scenario s = scenario_of(e, 1);
    struct pxk_timeline *t = timeline_of(&s);
    cr_assert_eq(pxk_timeline_deadline(t), PXK_NEVER);
    pxk_timeline_begin(t, 100 * PXK_SEC);
    cr_assert_eq(pxk_timeline_deadline(t), 105 * PXK_SEC);
    pxk_timeline_expire(t, 105 * PXK_SEC - 1);
    cr_assert_eq(acted_n, 0);
    cr_assert_eq(pxk_timeline_open(t), &e[0]);
    pxk_timeline_expire(t, 105 * PXK_SEC);
    cr_assert_eq(acted_n, 1);
    cr_assert_null(pxk_timeline_open(t));
    pxk_timeline_free(t);
}

Test(timeline, an_event_is_chosen_by_kind_client_file_and_number)
{
    struct pxk_scn_event e[] = {
        {.on = PXK_EVENT_TFTP_REQUEST, .client = "bios", .file = "linux", .count = 2, .blocks = 1}};
    struct pxk_scenario s = scenario_of(e, 1);
    struct pxk_timeline *t = timeline_of(&s);
    pxk_timeline_begin(t, 0);
    tell(t, PXK_EVENT_TFTP_REQUEST, 1, "boot/linux", 1);
    tell(t, PXK_EVENT_TFTP_REQUEST, 2, "boot/linux", 2); /* another client */
    tell(t, PXK_EVENT_TFTP_REQUEST, 1, "notlinux", 3);   /* the end of a name, but no name of its own */
    tell(t, PXK_EVENT_TFTP_DATA, 1, "boot/linux", 4);
    cr_assert_eq(acted_n, 0);
    tell(t, PXK_EVENT_TFTP_REQUEST, 1, "/linux", 5);
    cr_assert_eq(acted_n, 1);
    tell(t, PXK_EVENT_TFTP_REQUEST, 1, "linux", 6);
    cr_assert_eq(acted_n, 1, "once only");
    pxk_timeline_free(t);
}

Test(timeline, after_waits)
{
    struct pxk_scn_event e[] = {{.on = PXK_EVENT_DHCP_ACK, .count = 1, .blocks = 1, .after = PXK_SEC}};
    struct pxk_scenario s = scenario_of(e, 1);
    struct pxk_timeline *t = timeline_of(&s);
    pxk_timeline_begin(t, 0);
    tell(t, PXK_EVENT_DHCP_ACK, 1, NULL, 10 * PXK_SEC);
    cr_assert_eq(acted_n, 0);
    cr_assert_eq(pxk_timeline_deadline(t), 11 * PXK_SEC);
    pxk_timeline_expire(t, 11 * PXK_SEC);
    cr_assert_eq(acted_n, 1);
    pxk_timeline_free(t);
}

/* Blocks are counted by the tracker: a transfer that has come far enough counts once, another one anew. */
Test(timeline, blocks_of_a_transfer)
{
    struct pxk_scn_event e[] = {{.on = PXK_EVENT_TFTP_DATA, .count = 2, .blocks = 20}};
    struct pxk_scenario s = scenario_of(e, 1);
    struct pxk_timeline *t = timeline_of(&s);
    struct pxk_tracker *tracker;
    struct pxk_tracker_opts opts = {0};
    struct pxk_mac mac = {{2, 0, 0, 0, 0, 1}};
    cr_assert_eq(pxk_tracker_new(&opts, &tracker), PXK_OK);
    struct pxk_session *session = pxk_tracker_client(tracker, &mac, 0);
    pxk_timeline_begin(t, 0);
    struct pxk_transfer *transfer = pxk_vec_push(&session->transfers);
    transfer->blocks = 19;
    pxk_timeline_frame(t, tracker, 1);
    transfer->blocks = 20;
    pxk_timeline_frame(t, tracker, 2);
    transfer->blocks = 21;
    pxk_timeline_frame(t, tracker, 3);
    cr_assert_eq(acted_n, 0, "the first that came so far");
    transfer = pxk_vec_push(&session->transfers);
    transfer->blocks = 20;
    pxk_timeline_frame(t, tracker, 4);
    cr_assert_eq(acted_n, 1);
    pxk_tracker_free(tracker);
    pxk_timeline_free(t);
}
