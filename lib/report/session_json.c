/* What became of one client, as a line of the stream of events. */
#include "json_int.h"
#include "report_int.h"

static json_t *codes_json(const struct pxk_diagnosis *d, const struct pxk_session *s)
{
    json_t *a = json_array();
    for (size_t i = 0; i < d->findings.n; i++) {
        const struct pxk_finding *f = &d->findings.at[i];
        if (f->session != s)
            continue;
        json_t *o = json_object();
        put_text(o, "code", f->row->code);
        put_text(o, "name", f->row->name);
        put_text(o, "severity", pxk_severity_key(f->severity));
        put_text(o, "seen", f->seen);
        (void)json_array_append_new(a, o);
    }
    return a;
}

void pxk_report_session_json(const struct pxk_diagnosis *d, const struct pxk_client_verdict *c, struct pxk_text *out)
{
    const struct pxk_session *s = c->session;
    json_t *o = json_object();
    char mac[PXK_MAC_STRLEN];
    put_text(o, "client", pxk_mac_text(&s->mac, mac));
    put_text(o, "event", "session");
    put_identity(o, c);
    put_seconds(o, "started", s->started);
    put_seconds(o, "seconds", pxk_usec_since(s->started, s->last));
    put_int(o, "first_frame", s->first_frame);
    put_int(o, "last_frame", s->last_frame);
    put_bool(o, "boots", c->boots);
    put_text(o, "outcome", c->outcome);
    put_text(o, "reached", pxk_milestone_key(c->reached));
    put(o, "steps", client_steps_json(c));
    put(o, "findings", codes_json(d, s));
    put(o, "files", files_json(s));
    json_write_line(o, s->last, out);
}
