/* The clients of the page: a table of all, then one section for each: what it boots, when, from which offers, which files. Who
 * has a failure comes first and is open. */
#include <string.h>

#include "html_int.h"

enum { ROWS_MAX = 2000, SECTIONS_MAX = 200, OPEN_MAX = 4 };

static void marks(const struct pxk_client_verdict *c, struct pxk_text *out)
{
    static const char *const mark[] = {"&ndash;", "&#10003;", "!", "&#10007;"};
    pxk_text_add(out, "<td class=\"marks\">");
    for (unsigned i = 0; i < PXK_STEP_N; i++) {
        pxk_text_addf(out, "<span class=\"%s\" title=\"%s: %s", verdict_class(c->step[i]), pxk_step_words((enum pxk_step)i),
                      pxk_verdict_key(c->step[i]));
        html_put_if(out, ": ", c->why[i], "");
        pxk_text_addf(out, "\">%s</span>", mark[c->step[i]]);
    }
    pxk_text_add(out, "</td>");
}

static const char *outcome_class(const struct pxk_client_verdict *c)
{
    return c->failures ? "bad" : c->boots ? "ok" : "dim";
}

static void stage(const struct pxk_stage_file *f, struct pxk_text *out)
{
    char size[24];
    if (!*f->name) {
        html_cell(out, "");
        return;
    }
    pxk_text_addf(out, "<td%s title=\"", f->failed && !f->have ? " class=\"bad\"" : "");
    html_put(out, "", f->name, "\">");
    html_add(out, path_base(f->name));
    if (f->failed && !f->have)
        pxk_text_add(out, " (missing)");
    else if (f->bytes)
        pxk_text_addf(out, " <span class=\"dim\">%s</span>", bytes_words(f->bytes, size, sizeof size));
    if (f->more)
        pxk_text_addf(out, " <span class=\"dim\">+%u</span>", f->more);
    pxk_text_add(out, "</td>");
}

/* Those with a failure come first. */
bool html_has_section(const struct pxk_diagnosis *d, const struct pxk_session *s)
{
    const struct pxk_client_verdict *c = pxk_diagnosis_client(d, s);
    size_t before = 0;
    for (size_t i = 0; c && i < d->clients.n && d->clients.n > SECTIONS_MAX; i++) {
        const struct pxk_client_verdict *o = &d->clients.at[i];
        bool failed = c->failures != 0, other = o->failures != 0;
        before += (other && !failed) || (other == failed && o < c);
    }
    return c && before < SECTIONS_MAX;
}

static void row(const struct pxk_diagnosis *d, const struct pxk_client_verdict *c, struct pxk_text *out)
{
    const struct pxk_session *s = c->session;
    struct pxk_boot_path path;
    char mac[PXK_MAC_STRLEN], ip[PXK_IP4_STRLEN];
    pxk_boot_path_of(s, &path);
    if (html_has_section(d, s)) {
        pxk_text_addf(out, "<tr><td class=\"nw\"><a href=\"#c-%s\">", pxk_mac_text(&s->mac, mac));
        html_put(out, "", c->name, "</a></td>");
    } else {
        html_put(out, "<tr><td class=\"nw\">", c->name, "</td>");
    }
    html_cell(out, firmware_name(s));
    html_cell(out, s->ip ? pxk_ip4_text(s->ip, ip) : "");
    marks(c, out);
    for (unsigned i = PXK_STAGE_LOADER; i <= PXK_STAGE_INITRD; i++)
        stage(&path.stage[i], out);
    pxk_text_addf(out, "<td class=\"%s\">", outcome_class(c));
    html_put(out, "", c->outcome, "</td></tr>\n");
}

void html_clients(const struct pxk_diagnosis *d, struct pxk_text *out)
{
    if (!d->clients.n)
        return;
    pxk_text_add(out, "<h2>Clients</h2>\n<div class=\"wide\"><table><tr><th>client</th><th>firmware</th><th>address</th><th>steps</th>"
                      "<th>loader</th><th>configuration</th><th>kernel</th><th>initrd</th><th>outcome</th></tr>\n");
    for (size_t i = 0; i < d->clients.n && i < ROWS_MAX; i++)
        row(d, &d->clients.at[i], out);
    pxk_text_add(out, "</table></div>\n");
    if (d->clients.n > ROWS_MAX)
        pxk_text_addf(out, "<p class=\"dim\">and %zu more clients</p>\n", d->clients.n - ROWS_MAX);
}

/* ---- one section ---- */

static void fact(struct pxk_text *out, const char *what, const char *s)
{
    pxk_text_addf(out, "<dt>%s</dt>", what);
    html_put(out, "<dd>", s, "</dd>\n");
}

static void fact_if(struct pxk_text *out, const char *what, const char *s)
{
    if (*s)
        fact(out, what, s);
}

static void identity(const struct pxk_session *s, struct pxk_text *out)
{
    char text[64], arch[16];
    const struct pxk_arch *a = pxk_arch_by_code(s->arch);
    fact(out, "MAC", pxk_mac_text(&s->mac, text));
    if (s->arch != PXK_ARCH_UNSET) {
        pxk_fmt(text, sizeof text, "%s (option 93: %u)", a ? a->words : pxk_arch_name(s->arch, arch), s->arch);
        fact(out, "machine", text);
    }
    fact_if(out, "firmware", firmware_name(s));
    if (s->facts.emulated)
        fact(out, "emulated", "by pxekit");
    if (s->vlan)
        fact(out, "VLAN", pxk_fmt(text, sizeof text, "%u", s->vlan));
    if (s->ip)
        fact(out, "address", pxk_ip4_text(s->ip, text));
}

static void booted(const struct pxk_facts *f, struct pxk_text *out)
{
    fact_if(out, "loaders", f->loader_chain);
    fact_if(out, "configuration", f->config);
    fact_if(out, "entry", f->label);
    fact_if(out, "kernel", f->kernel);
    html_put_if(out, "<dt>command line</dt><dd><pre class=\"wrap\">", f->cmdline, "</pre></dd>\n");
    fact_if(out, "stops", f->stop_why);
    fact_if(out, "its screen", f->stop_screen);
    fact_if(out, "installer", f->installer);
    fact_if(out, "DHCP ends", f->dhcp_why);
}

static void findings_of(const struct pxk_diagnosis *d, const struct pxk_session *s, struct pxk_text *out)
{
    bool any = false;
    for (size_t i = 0; i < d->findings.n; i++) {
        const struct pxk_finding *f = &d->findings.at[i];
        if (f->session != s)
            continue;
        pxk_text_addf(out, "%s<a href=\"#f-%s-%u\">%s ", any ? ", " : "<dt>findings</dt><dd>", f->row->code, (unsigned)f->severity,
                      f->row->code);
        html_put(out, "", f->row->name, "</a>");
        any = true;
    }
    pxk_text_add(out, any ? "</dd>\n" : "");
}

static void steps(const struct pxk_client_verdict *c, struct pxk_text *out)
{
    pxk_text_add(out, "<div class=\"wide\"><table>\n");
    for (unsigned i = 0; i < PXK_STEP_N; i++) {
        const char *class = verdict_class(c->step[i]);
        pxk_text_addf(out, "<tr><td class=\"nw\">%u %s</td><td><span class=\"tag %s\">%s</span></td>", i + 1,
                      pxk_step_words((enum pxk_step)i), class, verdict_word(c->step[i]));
        html_put(out, "<td>", c->why[i], "</td></tr>\n");
    }
    pxk_text_add(out, "</table></div>\n");
}

static void section(const struct pxk_diagnosis *d, const struct pxk_client_verdict *c, bool open, struct pxk_text *out)
{
    const struct pxk_session *s = c->session;
    char mac[PXK_MAC_STRLEN];
    pxk_mac_text(&s->mac, mac);
    pxk_text_addf(out, "<details class=\"client\" id=\"c-%s\"%s><summary>", mac, open ? " open" : "");
    html_put(out, "<b>", c->name, "</b>");
    pxk_text_addf(out, "<span class=\"%s\">", outcome_class(c));
    html_put(out, "", c->outcome, "</span>");
    if (strcmp(c->name, mac) != 0)
        pxk_text_addf(out, "<span class=\"dim\">%s</span>", mac);
    html_put_if(out, "<span class=\"dim\">", firmware_name(s), "</span>");
    pxk_text_add(out, "</summary>\n<div class=\"in\">\n<dl>\n");
    identity(s, out);
    booted(&s->facts, out);
    findings_of(d, s, out);
    pxk_text_add(out, "</dl>\n<h3>The five steps</h3>\n");
    steps(c, out);
    html_timeline(s, out);
    html_offers(s, out);
    html_files(s, out);
    pxk_text_add(out, "</div></details>\n");
}

void html_sections(const struct pxk_diagnosis *d, struct pxk_text *out)
{
    unsigned told = 0, opened = 0;
    if (!d->clients.n)
        return;
    pxk_text_add(out, "<h2>Each client</h2>\n");
    for (int failed = 1; failed >= 0; failed--)
        for (size_t i = 0; i < d->clients.n && told < SECTIONS_MAX; i++) {
            const struct pxk_client_verdict *c = &d->clients.at[i];
            if ((c->failures != 0) != failed)
                continue;
            bool open = opened < OPEN_MAX && (failed || d->clients.n <= 2);
            section(d, c, open, out);
            opened += open;
            told++;
        }
    if (d->clients.n > told)
        pxk_text_addf(out, "<p class=\"dim\">%zu more clients are in the table only.</p>\n", d->clients.n - told);
}
