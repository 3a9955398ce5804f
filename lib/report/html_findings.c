/* The findings of the page: one card for every kind, with the proof of each client that it befalls. */
#include <string.h>

#include "html_int.h"

enum { PROOFS_MAX = 8 };

static void anchor(const struct pxk_diagnosis *d, const struct pxk_finding *f, struct pxk_text *out)
{
    char mac[PXK_MAC_STRLEN];
    bool linked = f->session && html_has_section(d, f->session);
    if (linked)
        pxk_text_addf(out, "<a href=\"#c-%s\">", pxk_mac_text(&f->session->mac, mac));
    html_add(out, finding_client(d, f));
    if (linked)
        pxk_text_add(out, "</a>");
}

static void title(const struct pxk_diagnosis *d, size_t first, struct pxk_text *out)
{
    const struct pxk_finding *f = &d->findings.at[first];
    unsigned n = 0;
    pxk_text_addf(out, "<h3><span class=\"tag %s\">", severity_class(f->severity));
    html_add(out, pxk_severity_key(f->severity));
    html_put(out, "</span><span>", f->row->code, "</span>");
    html_put(out, "<code>", f->row->name, "</code></h3>\n");
    html_put(out, "<p>", f->row->title, "</p>\n");
    pxk_text_addf(out, "<p class=\"dim\">step %u ", f->row->step + 1);
    html_add(out, pxk_step_words(f->row->step));
    pxk_text_add(out, " &middot; ");
    for (size_t i = first; i < d->findings.n; i++) {
        if (!finding_same_kind(f, &d->findings.at[i]) || n++ >= PROOFS_MAX)
            continue;
        pxk_text_add(out, n > 1 ? ", " : "");
        anchor(d, &d->findings.at[i], out);
    }
    if (n > PROOFS_MAX)
        pxk_text_addf(out, " and %u more", n - PROOFS_MAX);
    pxk_text_add(out, "</p>\n");
}

static void proof(const struct pxk_diagnosis *d, const struct pxk_finding *f, bool named, struct pxk_text *out)
{
    struct pxk_text frames = {0};
    finding_frames(f, &frames);
    pxk_text_add(out, "<p>");
    if (named) {
        anchor(d, f, out);
        pxk_text_add(out, ": ");
    }
    html_add(out, f->seen);
    html_put_if(out, " <span class=\"dim\">(", frames.s, ")</span>");
    pxk_text_add(out, "</p>\n");
    html_put_if(out, "<p><code class=\"copy\" title=\"display filter: a click selects it\">", f->filter, "</code></p>\n");
    pxk_text_done(&frames);
}

static void proofs(const struct pxk_diagnosis *d, size_t first, struct pxk_text *out)
{
    const struct pxk_finding *f = &d->findings.at[first];
    unsigned all = 0, told = 0;
    for (size_t i = first; i < d->findings.n; i++)
        all += finding_same_kind(f, &d->findings.at[i]);
    pxk_text_add(out, "<dt>seen</dt><dd>");
    for (size_t i = first; i < d->findings.n && told < PROOFS_MAX; i++) {
        if (!finding_same_kind(f, &d->findings.at[i]))
            continue;
        proof(d, &d->findings.at[i], all > 1, out);
        told++;
    }
    if (all > told)
        pxk_text_addf(out, "<p class=\"dim\">and for %u more clients</p>\n", all - told);
    pxk_text_add(out, "</dd>\n");
}

static void fixes(const struct pxk_finding *f, struct pxk_text *out)
{
    pxk_text_add(out, "<dt>fix</dt><dd>");
    html_put_if(out, "<p class=\"here\">", f->fix, "</p>\n");
    for (unsigned i = 0; i < PXK_FIX_N; i++) {
        struct pxk_fix fix = pxk_finding_fix(f->row, i);
        if (!fix.text)
            continue;
        html_put(out, "<details><summary>", fix.words, "</summary><div class=\"in\">");
        html_put(out, "<pre>", fix.text, "</pre></div></details>\n");
    }
    pxk_text_add(out, "</dd>\n");
}

static void card(const struct pxk_diagnosis *d, size_t i, struct pxk_text *out)
{
    const struct pxk_finding *f = &d->findings.at[i];
    pxk_text_addf(out, "<article class=\"card %s\" id=\"f-%s-%u\">\n", severity_class(f->severity), f->row->code,
                  (unsigned)f->severity);
    title(d, i, out);
    pxk_text_add(out, "<dl>\n");
    proofs(d, i, out);
    html_put_if(out, "<dt>screen</dt><dd><samp>", f->screen, "</samp></dd>\n");
    pxk_text_add(out, "<dt>causes</dt><dd><ol>");
    html_put_if(out, "<li><b>", f->cause, "</b></li>\n");
    html_items(out, finding_other_causes(f));
    pxk_text_add(out, "</ol></dd>\n");
    if (f->row->confirm) {
        pxk_text_add(out, "<dt>would confirm it</dt><dd><ul>");
        html_items(out, f->row->confirm);
        pxk_text_add(out, "</ul></dd>\n");
    }
    fixes(f, out);
    html_put_if(out, "<dt>source</dt><dd class=\"dim\">", f->row->source, "</dd>\n");
    pxk_text_add(out, "</dl>\n</article>\n");
}

void html_findings(const struct pxk_diagnosis *d, struct pxk_text *out)
{
    if (!d->findings.n) {
        if (d->clients.n)
            pxk_text_add(out, "<h2>Findings</h2>\n<p class=\"ok\">None.</p>\n");
        return;
    }
    pxk_text_add(out, "<h2>Findings <span class=\"dim aside\">the first is the one to mend first</span></h2>\n");
    for (size_t i = 0; i < d->findings.n; i++)
        if (!finding_told_before(d, i))
            card(d, i, out);
}
