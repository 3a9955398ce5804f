/* The report as one page that needs nothing else: no script at all (what the network sent cannot become one), no picture or style
 * from anywhere, light and dark, on paper too. */
#include <string.h>

#include "html_int.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"generator\" content=\"pxekit\">\n<meta name=\"referrer\" content=\"no-referrer\">\n";

/* Two halves: a C compiler need take no more than 4095 bytes in one literal. */
static const char style_page[] =
    "<style>\n"
    ":root{color-scheme:light dark;--fg:#1c2126;--bg:#fff;--soft:#f4f6f8;--line:#d8dde3;--dim:#59636e;--link:#0a58ca;--ok:#1a7f37;"
    "--warn:#8a5a00;--bad:#c1231b;--okf:#2da44e;--warnf:#d4a017;--badf:#e5534b;--wait:#c3cad2;--dhcp:#6f7fd8;--term:#101418;"
    "--termfg:#d6dde4}\n"
    "@media(prefers-color-scheme:dark){:root{--fg:#e3e7eb;--bg:#14171b;--soft:#1d2227;--line:#343b43;--dim:#9aa5b0;--link:#79b0ff;"
    "--ok:#56c873;--warn:#e3b341;--bad:#ff7b72;--okf:#3fa75a;--warnf:#c9982a;--badf:#d9534a;--wait:#4a535d;--dhcp:#7d8cf0;"
    "--term:#0a0c0f}}\n"
    "*{box-sizing:border-box}html{scroll-behavior:smooth}\n"
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;"
    "max-width:78rem;padding:1.6rem 1.4rem 4rem;overflow-wrap:break-word}\n"
    "h1{font-size:1.65rem;line-height:1.25;margin:.1rem 0 .4rem}h2{font-size:1.15rem;margin:2.2rem 0 .7rem}"
    ".aside{font-size:.85rem;font-weight:400;margin-left:.5rem}h3{font-size:.95rem;margin:1.3rem 0 .4rem}p{margin:.4rem 0}a{color:var(--link)}\n"
    ".dim{color:var(--dim)}.ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}\n"
    "code,pre,samp{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}\n"
    "header{border-bottom:1px solid var(--line);padding-bottom:1rem}.facts{display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;margin:0;"
    "padding:0;list-style:none;color:var(--dim)}\n"
    ".steps{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:.7rem;margin:1.3rem 0 0;padding:0;list-style:none}\n"
    ".steps li{border:1px solid var(--line);border-top:4px solid var(--wait);border-radius:.4rem;padding:.6rem .8rem .7rem;"
    "background:var(--soft);font-size:.9rem}\n"
    ".steps li.ok{border-top-color:var(--okf)}.steps li.warn{border-top-color:var(--warnf)}.steps li.bad{border-top-color:"
    "var(--badf)}.steps li>*{color:var(--fg)}.steps b{display:flex;justify-content:space-between;gap:.5rem;font-size:.95rem}\n"
    "@media(max-width:60rem){.steps{grid-template-columns:repeat(auto-fit,minmax(13rem,1fr))}}\n"
    ".tag{font-weight:700;text-transform:uppercase;font-size:.72rem;letter-spacing:.05em}.steps .tag.ok{color:var(--ok)}"
    ".steps .tag.warn{color:var(--warn)}.steps .tag.bad{color:var(--bad)}.steps .tag.dim{color:var(--dim)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}"
    "th,td{text-align:left;vertical-align:top;padding:.32rem .9rem .32rem 0;border-bottom:1px solid var(--line)}"
    "th{color:var(--dim);font-weight:500;white-space:nowrap}td.n,th.n{text-align:right;white-space:nowrap}td.nw{white-space:nowrap}\n"
    ".marks{white-space:nowrap;letter-spacing:.2em;font-weight:700}\n"
    ".card{border:1px solid var(--line);border-left:5px solid var(--wait);border-radius:.4rem;padding:.9rem 1.2rem 1rem;margin:1rem 0}"
    ".card.bad{border-left-color:var(--badf)}.card.warn{border-left-color:var(--warnf)}.card>*{color:var(--fg)}\n"
    ".card h3{margin:0 0 .1rem;font-size:1.08rem;display:flex;flex-wrap:wrap;gap:.1rem .7rem;align-items:baseline}"
    ".card h3 .tag.bad{color:var(--bad)}.card h3 .tag.warn{color:var(--warn)}.card h3 code{font-size:.95rem}\n"
    "dl{display:grid;grid-template-columns:6.2rem minmax(0,1fr);gap:.5rem 1rem;margin:.8rem 0 0}dt{color:var(--dim)}dd{margin:0}"
    "dd ol,dd ul{margin:0;padding-left:1.25rem}dd p{margin:0 0 .35rem}\n"
    "@media(max-width:40rem){dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.6rem}}\n";


static const char style_parts[] =
    ".copy{display:inline-block;max-width:100%;overflow-x:auto;white-space:pre;border:1px solid var(--line);border-radius:.3rem;"
    "background:var(--soft);padding:.15rem .6rem;-webkit-user-select:all;user-select:all;cursor:copy;vertical-align:bottom}\n"
    "pre{background:var(--soft);border:1px solid var(--line);border-radius:.3rem;padding:.55rem .8rem;margin:.4rem 0;overflow-x:auto}"
    "pre.wrap{white-space:pre-wrap;overflow-wrap:anywhere}samp{display:inline-block;background:var(--term);color:var(--termfg);"
    "border-radius:.3rem;padding:.3rem .8rem}.here{border-left:3px solid var(--okf);padding-left:.7rem}\n"
    "details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0}details>summary{cursor:pointer;padding:.4rem .8rem;"
    "border-radius:.4rem}details[open]>summary{border-bottom:1px solid var(--line)}.in{padding:.3rem .9rem .8rem}"
    ".client>summary{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;align-items:baseline;background:var(--soft)}"
    ".client>summary b{font-size:1.02rem}.client>.in{padding:.4rem 1.1rem 1.2rem}dd>details{margin:.3rem 0;max-width:60rem}\n"
    ".tl td{padding:.12rem .8rem .12rem 0;border:0;vertical-align:middle}.tl td.bar{width:55%;padding:0 1rem 0 0;position:relative;"
    "background:repeating-linear-gradient(90deg,var(--line) 0 1px,transparent 1px 20%)}.tl tr.axis td{color:var(--dim);"
    "font-size:.8rem}.tl tr.axis td.bar{height:1.4rem;background:none}.tl .axis span{position:absolute;bottom:0}"
    ".tl svg{display:block;width:100%;height:1.15rem}.tl td.note{max-width:24rem}.tl td.name{max-width:19rem}.tl td.name,.tl td.note{overflow:hidden;text-overflow:ellipsis;"
    "white-space:nowrap}.s-wait{fill:var(--wait)}.s-ok{fill:var(--okf)}.s-bad{fill:var(--badf)}.s-warn{fill:var(--warnf)}"
    ".s-dhcp{fill:var(--dhcp)}.s-ask{fill:var(--fg)}.s-ans{fill:var(--okf)}\n"
    ".key{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;font-size:.82rem;color:var(--dim);margin:.3rem 0 0}.key svg{width:.9rem;"
    "height:.7rem;margin-right:.35rem}\n"
    "td.diff{background:color-mix(in srgb,var(--warnf) 22%,transparent)}tr.off td{color:var(--dim)}.cmp th:first-child{width:9rem}"
    ".cmp td{min-width:11rem}\n"
    "footer{margin-top:3rem;color:var(--dim);font-size:.85rem;border-top:1px solid var(--line);padding-top:.8rem}\n"
    "@media print{body{max-width:none;padding:0;font-size:10.5pt}.card,.steps li,tr{break-inside:avoid}h2,h3{break-after:avoid}"
    ".wide,pre,.copy{overflow:visible;white-space:pre-wrap}.wide{white-space:normal}"
    "details::details-content{content-visibility:visible;block-size:auto}a{color:inherit;text-decoration:none}}\n"
    "</style>\n";

static void facts(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                  struct pxk_text *out)
{
    pxk_text_addf(out, "<ul class=\"facts\">\n<li>%zu client%s</li>\n", d->clients.n, d->clients.n == 1 ? "" : "s");
    if (d->failures)
        pxk_text_addf(out, "<li class=\"bad\">%u failure%s</li>\n", d->failures, d->failures == 1 ? "" : "s");
    if (d->warnings)
        pxk_text_addf(out, "<li class=\"warn\">%u warning%s</li>\n", d->warnings, d->warnings == 1 ? "" : "s");
    if (d->notes)
        pxk_text_addf(out, "<li>%u note%s</li>\n", d->notes, d->notes == 1 ? "" : "s");
    pxk_text_addf(out, "<li>%llu frames</li>\n", (unsigned long long)pxk_tracker_frames(t));
    if (d->others)
        pxk_text_addf(out, "<li>%u other machine%s</li>\n", d->others, d->others == 1 ? "" : "s");
    if (pxk_tracker_untracked(t))
        pxk_text_addf(out, "<li class=\"warn\">%u more clients were not followed: too many</li>\n", pxk_tracker_untracked(t));
    if (opts->seconds > 0)
        pxk_text_addf(out, "<li>took %.1f s</li>\n", opts->seconds);
    pxk_text_add(out, "</ul>\n");
}

static void top(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    struct pxk_text line = {0};
    report_sentence(d, &line);
    pxk_text_add(out, "<title>");
    html_add(out, line.s ? line.s : "");
    html_put_if(out, " - ", opts->where, "");
    pxk_text_add(out, "</title>\n");
    pxk_text_add(out, style_page);
    pxk_text_add(out, style_parts);
    html_put(out, "</head>\n<body>\n<header>\n<p class=\"dim\">pxekit ", opts->command ? opts->command : "", "");
    html_put_if(out, " &middot; ", opts->where, "");
    html_put(out, "</p>\n<h1>", line.s ? line.s : "", "</h1>\n");
    facts(t, d, opts, out);
    pxk_text_add(out, "</header>\n");
    pxk_text_done(&line);
}

static void steps(const struct pxk_diagnosis *d, struct pxk_text *out)
{
    pxk_text_add(out, "<ol class=\"steps\">\n");
    for (unsigned i = 0; i < PXK_STEP_N; i++) {
        const char *class = verdict_class(d->step[i]);
        pxk_text_addf(out, "<li class=\"%s\"><b><span>%u ", class, i + 1);
        html_add(out, pxk_step_words((enum pxk_step)i));
        pxk_text_addf(out, "</span><span class=\"tag %s\">%s</span></b>", class,
                      d->step[i] == PXK_VERDICT_UNKNOWN ? "unknown" : verdict_word(d->step[i]));
        html_put_if(out, "<div>", d->why[i], "</div>");
        pxk_text_add(out, "</li>\n");
    }
    pxk_text_add(out, "</ol>\n");
}

static void server(const struct pxk_seen_server *s, struct pxk_text *out)
{
    char ip[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
    pxk_text_add(out, "<tr>");
    html_cell(out, pxk_ip4_text(s->id ? s->id : s->src, ip));
    html_put(out, "<td><code>", pxk_mac_text(&s->mac, mac), "</code></td>");
    html_cell_num(out, s->offers);
    html_cell_num(out, s->acks);
    html_cell_num(out, s->naks);
    html_cell_num(out, s->proxy_offers);
    html_cell(out, s->gives_boot_file ? "yes" : "no");
    html_cell(out, s->pxe ? "yes" : "no");
    html_cell_num(out, s->first_frame);
    pxk_text_add(out, "</tr>\n");
}

static void servers(const struct pxk_tracker *t, struct pxk_text *out)
{
    const struct pxk_seen_server *all;
    size_t n = pxk_tracker_servers(t, &all);
    if (!n)
        return;
    pxk_text_add(out, "<h2>DHCP servers on this network</h2>\n<div class=\"wide\"><table><tr><th>server</th><th>MAC</th>"
                      "<th class=\"n\">offers</th><th class=\"n\">ACKs</th><th class=\"n\">NAKs</th><th class=\"n\">proxy offers</th>"
                      "<th>boot file</th><th>speaks PXE</th><th class=\"n\">first frame</th></tr>\n");
    for (size_t i = 0; i < n; i++)
        server(&all[i], out);
    pxk_text_add(out, "</table></div>\n");
}

/* Clients whose sessions have left: counts, and for every finding one example. */
static void past(const struct pxk_past *p, struct pxk_text *out)
{
    const struct pxk_finding_row *rows;
    size_t rank[PAST_MAX], n = pxk_past_rank(p, rank, PAST_MAX);
    char mac[PXK_MAC_STRLEN];
    (void)pxk_finding_rows(&rows);
    pxk_text_addf(out, "<h2>Clients before them</h2>\n<p>%llu, of which %llu boot and %llu fail.</p>\n", (unsigned long long)p->clients,
                  (unsigned long long)p->boots, (unsigned long long)p->failed);
    if (!n)
        return;
    pxk_text_add(out, "<div class=\"wide\"><table><tr><th>finding</th><th class=\"n\">clients</th><th>the first</th><th>seen</th></tr>\n");
    for (size_t i = 0; i < n && i < PAST_MAX; i++) {
        const struct pxk_past_finding *f = &p->finding[rank[i]];
        html_put(out, "<tr><td>", rows[rank[i]].code, " ");
        html_put(out, "<code>", rows[rank[i]].name, "</code></td>");
        html_cell_num(out, f->clients);
        html_put(out, "<td><code>", pxk_mac_text(&f->mac, mac), "</code></td>");
        html_cell(out, f->seen);
        pxk_text_add(out, "</tr>\n");
    }
    pxk_text_add(out, "</table></div>\n");
}

void pxk_report_html(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                     struct pxk_text *out)
{
    pxk_text_add(out, head);
    top(t, d, opts, out);
    pxk_text_add(out, "<main>\n");
    steps(d, out);
    html_clients(d, out);
    html_findings(d, out);
    html_sections(d, out);
    if (opts->past && opts->past->clients)
        past(opts->past, out);
    servers(t, out);
    html_put(out, "</main>\n<footer>pxekit ", opts->version ? opts->version : "",
             ". Frame numbers count from 1 in the capture. A click on a display filter selects all of it, for Wireshark. More on a "
             "finding: <code>pxekit explain CODE</code>.</footer>\n</body>\n</html>\n");
}
