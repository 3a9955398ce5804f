/* The report for programs: schema "pxekit.report.v1", documented in docs/report.md. Fields are
 * added, never renamed. */
#include <string.h>

#include "json_int.h"
#include "report_int.h"

static json_t *steps_json(const enum pxk_verdict *step, const char *(*why)(const void *, unsigned),
                          const void *of)
{
    json_t *a = json_array();
    for (unsigned i = 0; i < PXK_STEP_N; i++) {
        json_t *o = json_object();
        put_text(o, "step", pxk_step_key((enum pxk_step)i));
        put_text(o, "verdict", pxk_verdict_key(step[i]));
        put_text(o, "why", why(of, i));
        (void)json_array_append_new(a, o);
    }
    return a;
}

static const char *why_of_all(const void *of, unsigned i)
{
    return ((const struct pxk_diagnosis *)of)->why[i];
}

static const char *why_of_client(const void *of, unsigned i)
{
    return ((const struct pxk_client_verdict *)of)->why[i];
}

/* ---- files ---- */

/* How the transfer went: what was agreed upon, and what had to be sent again. */
static void put_transfer(json_t *o, const struct pxk_transfer *t)
{
    if (t->has_tsize)
        put_int(o, "tsize", t->tsize);
    if (t->blksize)
        put_int(o, "blksize", t->blksize);
    if (t->window)
        put_int(o, "windowsize", t->window);
    put_int(o, "repeats", t->repeats);
    if (t->profile)
        put_text(o, "asked_as", t->profile->key);
    if (t->state == PXK_TRANSFER_REFUSED || t->state == PXK_TRANSFER_ABORTED) {
        put_int(o, "error", t->error);
        put_text(o, "message", t->message);
    }
    put_int(o, "frame", t->first_frame);
}

static json_t *file_json(const struct pxk_session *s, const struct pxk_file *f)
{
    json_t *o = json_object();
    put_text(o, "url", f->url);
    put_text(o, "path", f->path);
    put_text(o, "role", f->role);
    put_text(o, "state", f->have ? "complete" : f->failed ? "failed" : "unfinished");
    put_bool(o, "optional", f->optional);
    put_int(o, "bytes", f->bytes);
    put_text_if(o, "sha256", f->sha256);
    put_real(o, "seconds", f->seconds);
    put_text_if(o, "kind", f->kind);
    put_text_if(o, "loader", f->loader);
    put_text_if(o, "version", f->version);
    if (f->truncated || f->corrupt || f->wrong_arch)
        put_text(o, "damage",
                 f->truncated ? "truncated"
                 : f->corrupt ? "corrupt"
                              : "wrong-architecture");
    put_text_if(o, "why", f->why);
    if (f->transfer >= 0 && (size_t)f->transfer < s->transfers.n)
        put_transfer(o, &s->transfers.at[f->transfer]);
    return o;
}

static json_t *transfer_json(const struct pxk_transfer *t)
{
    json_t *o = json_object();
    char url[320], ip[PXK_IP_STRLEN];
    pxk_fmt(url, sizeof url, "tftp://%s/%s", pxk_ip_text(t->server, ip),
            t->file + strspn(t->file, "/"));
    put_text(o, "url", url);
    put_text(o, "path", t->file);
    put_text(o, "state", transfer_state_key(t->state));
    put_int(o, "bytes", t->bytes);
    put_real(o, "seconds", (double)pxk_usec_since(t->started, t->last) / 1e6);
    put_transfer(o, t);
    return o;
}

static json_t *http_json(const struct pxk_http *h)
{
    json_t *o = json_object();
    char url[400], ip[PXK_IP_STRLEN];
    pxk_fmt(url, sizeof url, "http://%s%s", *h->host ? h->host : pxk_ip_text(h->server, ip),
            h->path);
    put_text(o, "url", url);
    put_text(o, "path", h->path);
    put_text(o, "method", h->method);
    put_text(o, "state", http_state_key(h));
    put_int(o, "status", h->status);
    put_int(o, "bytes", h->bytes);
    if (h->bytes)
        put_seconds(o, "seconds", pxk_usec_since(h->at, h->last));
    put_int(o, "frame", h->frame);
    return o;
}

/* An emulated client knows its files; of a captured one there are transfers and requests. */
json_t *files_json(const struct pxk_session *s)
{
    json_t *a = json_array();
    for (size_t i = 0; i < s->files.n; i++)
        (void)json_array_append_new(a, file_json(s, &s->files.at[i]));
    if (s->facts.emulated)
        return a;
    for (size_t i = 0; i < s->transfers.n; i++)
        if (!s->transfers.at[i].probe)
            (void)json_array_append_new(a, transfer_json(&s->transfers.at[i]));
    for (size_t i = 0; i < s->https.n; i++)
        if (*s->https.at[i].method)
            (void)json_array_append_new(a, http_json(&s->https.at[i]));
    return a;
}

/* ---- clients ---- */

static json_t *offers_json(const struct pxk_session *s)
{
    json_t *a = json_array();
    for (unsigned r = 0; r < s->round_n; r++)
        for (unsigned i = 0; i < s->round[r].answer_n; i++) {
            const struct pxk_answer *ans = &s->round[r].answer[i];
            json_t *o = json_object();
            char ip[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
            put_text(o, "type", pxk_dhcp4_type_name(ans->type));
            put_int(o, "round", r + 1);
            put_text(o, "server", pxk_ip4_text(ans->server_id ? ans->server_id : ans->src, ip));
            put_text(o, "server_mac", pxk_mac_text(&ans->src_mac, mac));
            put_int(o, "port", ans->sport);
            put_bool(o, "proxy", ans->proxy);
            put_text(o, "address", pxk_ip4_text(ans->yiaddr, ip));
            put_text(o, "next_server", pxk_ip4_text(ans->siaddr, ip));
            put_text_if(o, "file", ans->file);
            put_text_if(o, "option67", ans->option67);
            put_text_if(o, "option66", ans->option66);
            if (ans->lease_s)
                put_int(o, "lease_seconds", ans->lease_s);
            put_real(o, "delay", (double)ans->delay / 1e6);
            put_int(o, "count", ans->count);
            put_int(o, "frame", ans->frame);
            (void)json_array_append_new(a, o);
        }
    return a;
}

static json_t *boot_json(const struct pxk_facts *f)
{
    json_t *o = json_object();
    char ip[PXK_IP4_STRLEN];
    put_text_if(o, "boot_file", f->boot_file);
    if (f->boot_server)
        put_text(o, "boot_server", pxk_ip4_text(f->boot_server, ip));
    put_text_if(o, "loader_chain", f->loader_chain);
    put_text_if(o, "config", f->config);
    put_text_if(o, "label", f->label);
    put_text_if(o, "kernel", f->kernel);
    put_text_if(o, "cmdline", f->cmdline);
    put_int(o, "initrds", f->initrds);
    put_text_if(o, "stop", f->stop);
    put_text_if(o, "stop_why", f->stop_why);
    put_text_if(o, "installer", f->installer);
    return o;
}

void put_identity(json_t *o, const struct pxk_client_verdict *c)
{
    const struct pxk_session *s = c->session;
    char mac[PXK_MAC_STRLEN], ip[PXK_IP4_STRLEN], arch[16];
    put_text(o, "mac", pxk_mac_text(&s->mac, mac));
    put_text(o, "name", c->name);
    if (s->arch != PXK_ARCH_UNSET) {
        put_text(o, "arch", pxk_arch_name(s->arch, arch));
        put_int(o, "arch_code", s->arch);
    }
    put_text_if(o, "personality", firmware_key(s));
    put_bool(o, "emulated", s->facts.emulated);
    if (s->vlan)
        put_int(o, "vlan", s->vlan);
    if (s->ip)
        put_text(o, "address", pxk_ip4_text(s->ip, ip));
}

json_t *client_steps_json(const struct pxk_client_verdict *c)
{
    return steps_json(c->step, why_of_client, c);
}

static json_t *client_json(const struct pxk_client_verdict *c)
{
    const struct pxk_session *s = c->session;
    json_t *o = json_object();
    put_identity(o, c);
    put_bool(o, "boots", c->boots);
    put_text(o, "outcome", c->outcome);
    put_text(o, "reached", pxk_milestone_key(c->reached));
    if (s->facts.until)
        put_text(o, "until", pxk_milestone_key(s->facts.until));
    put(o, "steps", client_steps_json(c));
    put(o, "answers", offers_json(s));
    put(o, "boot", boot_json(&s->facts));
    put(o, "files", files_json(s));
    return o;
}

/* ---- findings ---- */

static json_t *causes_json(const struct pxk_finding *f)
{
    json_t *row = lines_array(f->row->causes), *a = json_array();
    size_t i;
    json_t *line;
    (void)json_array_append_new(a, clean_string(f->cause));
    json_array_foreach(row, i, line)
    {
        if (strcmp(json_string_value(line), f->cause) != 0)
            (void)json_array_append(a, line);
    }
    json_decref(row);
    return a;
}

json_t *row_fixes_json(const struct pxk_finding_row *row)
{
    json_t *o = json_object();
    for (unsigned i = 0; i < PXK_FIX_N; i++) {
        struct pxk_fix fix = pxk_finding_fix(row, i);
        if (fix.text)
            put(o, fix.key, json_string(fix.text));
    }
    return o;
}

static json_t *fix_json(const struct pxk_finding *f)
{
    json_t *o = json_object(), *row = row_fixes_json(f->row);
    put_text_if(o, "here", f->fix);
    (void)json_object_update(o, row);
    json_decref(row);
    return o;
}

static json_t *finding_json(const struct pxk_finding *f)
{
    json_t *o = json_object(), *frames = json_array();
    char mac[PXK_MAC_STRLEN];
    put_text(o, "code", f->row->code);
    put_text(o, "name", f->row->name);
    put_text(o, "severity", pxk_severity_key(f->severity));
    put_text(o, "step", pxk_step_key(f->row->step));
    if (f->session)
        put_text(o, "client", pxk_mac_text(&f->session->mac, mac));
    put_text(o, "title", f->row->title);
    put_text(o, "seen", f->seen);
    for (unsigned i = 0; i < f->frame_n; i++)
        (void)json_array_append_new(frames, json_integer(f->frame[i]));
    put(o, "frames", frames);
    if (f->span_to)
        put_int(o, "frames_to", f->span_to);
    put_text_if(o, "filter", f->filter);
    put_text_if(o, "screen", f->screen);
    put(o, "causes", causes_json(f));
    put(o, "confirm", lines_array(f->row->confirm));
    put(o, "fix", fix_json(f));
    put_text(o, "source", f->row->source);
    return o;
}

void pxk_report_finding_json(const struct pxk_finding *f, pxk_usec at, struct pxk_text *out)
{
    char mac[PXK_MAC_STRLEN];
    json_t *o = json_object();
    if (f->session)
        put_text(o, "client", pxk_mac_text(&f->session->mac, mac));
    put_text(o, "event", "finding");
    put(o, "finding", finding_json(f));
    json_write_line(o, at, out);
}

static json_t *past_json(const struct pxk_past *past)
{
    json_t *o = json_object(), *all = json_array();
    const struct pxk_finding_row *rows;
    size_t at[64], n = pxk_past_rank(past, at, PXK_COUNT(at));
    (void)pxk_finding_rows(&rows);
    put_int(o, "clients", past->clients);
    put_int(o, "boot", past->boots);
    put_int(o, "failed", past->failed);
    put_int(o, "others", past->others);
    for (size_t i = 0; i < n && i < PXK_COUNT(at); i++) {
        const struct pxk_past_finding *f = &past->finding[at[i]];
        char mac[PXK_MAC_STRLEN];
        json_t *row = json_object();
        put_text(row, "code", rows[at[i]].code);
        put_text(row, "name", rows[at[i]].name);
        put_int(row, "clients", f->clients);
        put_text(row, "client", pxk_mac_text(&f->mac, mac));
        put_text(row, "seen", f->seen);
        put_int_if(row, "frame", f->frame);
        (void)json_array_append_new(all, row);
    }
    put(o, "findings", all);
    return o;
}

static json_t *summary_json(const struct pxk_tracker *t, const struct pxk_diagnosis *d,
                            const struct pxk_report_opts *opts)
{
    json_t *o = json_object();
    enum pxk_verdict worst = PXK_VERDICT_UNKNOWN;
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        if (d->step[i] > worst)
            worst = d->step[i];
    put_text(o, "verdict", pxk_verdict_key(worst));
    put_int(o, "clients", d->clients.n);
    put_int(o, "boot", d->boots);
    put_int(o, "failures", d->failures);
    put_int(o, "warnings", d->warnings);
    put_int(o, "notes", d->notes);
    put_int(o, "frames", pxk_tracker_frames(t));
    put_int(o, "others", d->others);
    put_int(o, "clients_not_followed", pxk_tracker_untracked(t));
    if (opts->seconds > 0)
        put_real(o, "seconds", opts->seconds);
    return o;
}

void pxk_report_json(const struct pxk_tracker *t, const struct pxk_diagnosis *d,
                     const struct pxk_report_opts *opts, struct pxk_text *out)
{
    json_t *o = json_object(), *clients = json_array(), *findings = json_array();
    put_text(o, "schema", "pxekit.report.v1");
    put_text_if(o, "version", opts->version);
    put_text_if(o, "command", opts->command);
    put_text_if(o, "where", opts->where);
    put(o, "summary", summary_json(t, d, opts));
    put(o, "steps", steps_json(d->step, why_of_all, d));
    for (size_t i = 0; i < d->clients.n; i++)
        (void)json_array_append_new(clients, client_json(&d->clients.at[i]));
    put(o, "clients", clients);
    for (size_t i = 0; i < d->findings.n; i++)
        (void)json_array_append_new(findings, finding_json(&d->findings.at[i]));
    put(o, "findings", findings);
    if (opts->past && (opts->past->clients || opts->past->others))
        put(o, "past", past_json(opts->past));
    json_write(o, JSON_INDENT(2), out);
}
