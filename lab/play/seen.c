#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "pxk/diag.h"
#include "pxk/report.h"

#define EVENTS_MAX  20000u
#define PACKETS_MAX 4000u

struct name {
    char text[PXK_SCN_NAME_MAX + 8];
    struct pxk_mac mac;
    pxk_usec first, last; /* its first frame; the end of its last file, 0: it has none */
};

struct pxk_seen {
    const struct pxk_scenario *scenario;
    const char *version;
    json_t *doc, *events, *packets;
    PXK_VEC(struct name) names;
    pxk_usec start;
    size_t left_out; /* events past EVENTS_MAX */
    bool started;
    bool failed; /* no memory at some point */
};

static void put(struct pxk_seen *seen, json_t *object, const char *key, json_t *value)
{
    if (!value || json_object_set_new(object, key, value) != 0)
        seen->failed = true;
}

/* Texts of the network are quoted by the tracker; what a scenario says may be any UTF-8. */
static json_t *text_json(const char *s)
{
    json_t *j = json_string(s);
    char quoted[1024];
    struct pxk_str q = pxk_str_init(quoted, sizeof quoted);
    if (j)
        return j;
    pxk_str_add_quoted(&q, s, strlen(s));
    return json_string(quoted);
}

enum pxk_err pxk_seen_new(const struct pxk_scenario *s, const char *version, struct pxk_seen **out)
{
    struct pxk_seen *seen = calloc(1, sizeof *seen);
    if (!seen)
        return PXK_E_NOMEM;
    seen->scenario = s;
    seen->version = version;
    seen->doc = json_object();
    seen->events = json_array();
    seen->packets = json_array();
    if (!seen->doc || !seen->events || !seen->packets)
        return pxk_seen_free(seen), PXK_E_NOMEM;
    *out = seen;
    return PXK_OK;
}

struct pxk_seen *pxk_seen_free(struct pxk_seen *seen)
{
    if (!seen)
        return NULL;
    json_decref(seen->doc);
    json_decref(seen->events);
    json_decref(seen->packets);
    pxk_vec_done(&seen->names);
    free(seen);
    return NULL;
}

static struct name *name_of(const struct pxk_seen *seen, const struct pxk_mac *mac)
{
    for (size_t i = 0; i < seen->names.n; i++)
        if (pxk_mac_eq(&seen->names.at[i].mac, mac))
            return &seen->names.at[i];
    return NULL;
}

void pxk_seen_client(struct pxk_seen *seen, const char *name, const struct pxk_mac *mac)
{
    struct name *n = pxk_vec_push(&seen->names);
    if (!n) {
        seen->failed = true;
        return;
    }
    (void)pxk_str_copy(n->text, sizeof n->text, name);
    n->mac = *mac;
}

const char *pxk_seen_name(const struct pxk_seen *seen, const struct pxk_mac *mac)
{
    const struct name *n = name_of(seen, mac);
    return n ? n->text : NULL;
}

static const char *label_of(const struct pxk_seen *seen, const struct pxk_session *s, char mac[static PXK_MAC_STRLEN])
{
    const char *name = pxk_seen_name(seen, &s->mac);
    return name ? name : pxk_mac_text(&s->mac, mac);
}

static void packet_add(struct pxk_seen *seen, const struct pxk_event *e, const char *label, double t)
{
    char line[480];
    if (!e->frame || json_array_size(seen->packets) >= PACKETS_MAX)
        return;
    pxk_fmt(line, sizeof line, "%6u %10.4f  %-12s %s %-16s %s", e->frame, t, label, e->outgoing ? ">" : "<", pxk_event_key(e->kind),
            e->text);
    json_t *j = text_json(line);
    if (!j || json_array_append_new(seen->packets, j) != 0)
        seen->failed = true;
}

void pxk_seen_event(struct pxk_seen *seen, const struct pxk_event *e)
{
    char mac[PXK_MAC_STRLEN];
    if (!seen->started) {
        seen->started = true;
        seen->start = e->t;
    }
    struct name *n = name_of(seen, &e->session->mac);
    if (n && e->frame && !n->first)
        n->first = e->t;
    if (n && (e->kind == PXK_EVENT_TFTP_DONE || e->kind == PXK_EVENT_HTTP_RESPONSE))
        n->last = e->t;
    if (json_array_size(seen->events) >= EVENTS_MAX) {
        seen->left_out++;
        return;
    }
    double t = (double)pxk_usec_since(seen->start, e->t) / 1e6;
    const char *label = label_of(seen, e->session, mac);
    json_t *o = json_object();
    if (!o || json_array_append_new(seen->events, o) != 0) {
        seen->failed = true;
        return;
    }
    put(seen, o, "t", json_real(t));
    put(seen, o, "client", text_json(label));
    put(seen, o, "event", json_string(pxk_event_key(e->kind)));
    put(seen, o, "text", text_json(e->text));
    if (e->frame)
        put(seen, o, "frame", json_integer(e->frame));
    packet_add(seen, e, label, t);
}

void pxk_seen_put(struct pxk_seen *seen, const char *key, json_t *value)
{
    put(seen, seen->doc, key, value);
}

void pxk_seen_open(struct pxk_seen *seen, const struct pxk_scn_event *open)
{
    if (!open)
        return;
    size_t entry = (size_t)(open - seen->scenario->timeline.at) + 1;
    put(seen, seen->doc, "timeline_open", json_sprintf("entry %zu never came to pass", entry));
    put(seen, seen->doc, "timeline_line", json_integer(open->line));
}

/* ---- cables ---- */

static const char *const drop_keys[PXK_CABLE_DROP_N] = {
    [PXK_CABLE_DROP_SIZE] = "size", [PXK_CABLE_DROP_CUT] = "cut",   [PXK_CABLE_DROP_SILENT] = "silent",
    [PXK_CABLE_DROP_RULE] = "rule", [PXK_CABLE_DROP_MTU] = "mtu",   [PXK_CABLE_DROP_VLAN] = "vlan",
    [PXK_CABLE_DROP_LOST] = "lost", [PXK_CABLE_DROP_FULL] = "full", [PXK_CABLE_DROP_QUEUE] = "queue"};

static json_t *count_json(struct pxk_seen *seen, const struct pxk_cable_count *c)
{
    json_t *o = json_object(), *dropped = json_object();
    if (!o || !dropped) {
        json_decref(o);
        json_decref(dropped);
        seen->failed = true;
        return NULL;
    }
    put(seen, o, "in", json_integer((json_int_t)c->in));
    put(seen, o, "out", json_integer((json_int_t)c->out));
    put(seen, o, "duplicated", json_integer((json_int_t)c->duplicated));
    put(seen, o, "answers", json_integer((json_int_t)c->answers));
    put(seen, o, "corrupted", json_integer((json_int_t)c->corrupted));
    put(seen, o, "reordered", json_integer((json_int_t)c->reordered));
    for (size_t i = 0; i < PXK_CABLE_DROP_N; i++)
        put(seen, dropped, drop_keys[i], json_integer((json_int_t)c->dropped[i]));
    put(seen, o, "dropped", dropped);
    return o;
}

void pxk_seen_cable(struct pxk_seen *seen, const char *port, const struct pxk_cable_count way[PXK_CABLE_PORTS],
                    const uint64_t *strikes, size_t strike_n)
{
    json_t *cables = json_object_get(seen->doc, "cables"), *o = json_object(), *rules = json_array();
    if (!cables) {
        put(seen, seen->doc, "cables", json_object());
        cables = json_object_get(seen->doc, "cables");
    }
    put(seen, o, "from", count_json(seen, &way[PXK_CABLE_A])); /* frames enter at the host's port */
    put(seen, o, "to", count_json(seen, &way[PXK_CABLE_B]));
    for (size_t i = 0; i < strike_n; i++)
        if (json_array_append_new(rules, json_integer((json_int_t)strikes[i])) != 0)
            seen->failed = true;
    put(seen, o, "rules", rules);
    put(seen, cables, port, o);
}

/* ---- the document ---- */

static uint64_t repeats_of(const struct pxk_session *s)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_round *r = &s->round[i];
        n += (r->discovers > 1 ? r->discovers - 1 : 0) + (r->requests > 1 ? r->requests - 1 : 0) +
             (r->proxy_requests > 1 ? r->proxy_requests - 1 : 0);
    }
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *t = &s->transfers.at[i];
        n += t->ack_repeats + (t->requests > 1 ? t->requests - 1 : 0);
    }
    return n;
}

static void counts_put(struct pxk_seen *seen, const struct pxk_tracker *tracker)
{
    json_t *counts = json_object(), *clients = json_object();
    for (size_t i = 0; i < pxk_tracker_count(tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(tracker, i);
        const struct name *n = name_of(seen, &s->mac);
        char mac[PXK_MAC_STRLEN];
        if (!n)
            continue;
        json_t *o = json_object();
        put(seen, o, "repeats", json_integer((json_int_t)repeats_of(s)));
        if (n->last)
            put(seen, o, "seconds", json_real((double)pxk_usec_since(n->first, n->last) / 1e6));
        put(seen, counts, n->text, o);
        put(seen, clients, n->text, json_string(pxk_mac_text(&s->mac, mac)));
    }
    put(seen, seen->doc, "counts", counts);
    put(seen, seen->doc, "clients", clients);
}

json_t *pxk_seen_report(const struct pxk_seen *seen, const struct pxk_tracker *tracker, const char *command, double seconds,
                        int *status)
{
    struct pxk_diagnosis d;
    struct pxk_text text = {0};
    struct pxk_report_opts opts = {.command = command, .where = seen->scenario->name, .version = seen->version, .seconds = seconds};
    if (pxk_diagnose(tracker, &d) != PXK_OK)
        return NULL;
    pxk_report_json(tracker, &d, &opts, &text);
    json_t *report = text.s ? json_loads(text.s, 0, NULL) : NULL;
    *status = pxk_diagnosis_status(&d);
    pxk_text_done(&text);
    pxk_diagnosis_done(&d);
    return report;
}

static void report_put(struct pxk_seen *seen, const struct pxk_tracker *tracker, double seconds)
{
    int status = 0;
    put(seen, seen->doc, "report", pxk_seen_report(seen, tracker, "run", seconds, &status));
    put(seen, seen->doc, "exit", json_integer(status));
}

json_t *pxk_seen_finish(struct pxk_seen *seen, const struct pxk_tracker *tracker, double seconds)
{
    counts_put(seen, tracker);
    if (pxk_tracker_count(tracker) > 0)
        report_put(seen, tracker, seconds);
    put(seen, seen->doc, "events", json_incref(seen->events));
    put(seen, seen->doc, "packets", json_incref(seen->packets));
    if (seen->left_out)
        put(seen, seen->doc, "events_left_out", json_integer((json_int_t)seen->left_out));
    return seen->failed ? NULL : json_incref(seen->doc);
}
