/* The page: read by a strict reader of the HTML that we write (every element closed in order, every attribute quoted, only elements
 * and attributes that are in the lists below, ids once, links to ids that exist), for every finding, for real captures, and with
 * hostile text wherever text comes from the network. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"
#include "pxk/report.h"
#include "replay.h"
#include "runs.h"

static const char elements[] = " html head meta title style body header main footer article h1 h2 h3 p b a ul ol li dl dt dd div span "
                               "table tr th td code pre samp details summary svg rect ";
static const char attributes[] = " lang charset name content http-equiv class id href title style open viewBox preserveAspectRatio role "
                                 "x y width height ";

enum { DEPTH = 32, IDS = 2100 };

struct page {
    const char *what, *at;
    char stack[DEPTH][16];
    unsigned depth, id_n, link_n;
    char id[IDS][40], link[IDS][40];
};

static bool listed(const char *list, const char *word)
{
    char padded[40];
    return strstr(list, pxk_fmt(padded, sizeof padded, " %s ", word)) != NULL;
}

static void name_read(struct page *p, char *out, size_t cap)
{
    size_t n = 0;
    while (isalnum((unsigned char)*p->at) || *p->at == '-') {
        cr_assert_lt(n + 1, cap, "%s: long name", p->what);
        out[n++] = *p->at++;
    }
    out[n] = '\0';
    cr_assert_gt(n, 0, "%s: no name at %.40s", p->what, p->at);
}

/* Character references: only the five that html_add() writes, and marks of the page's own. */
static void reference_read(struct page *p)
{
    static const char *const known[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;", "&middot;", "&ndash;", "&#10003;", "&#10007;"};
    for (size_t i = 0; i < PXK_COUNT(known); i++)
        if (pxk_str_starts(p->at, known[i])) {
            p->at += strlen(known[i]);
            return;
        }
    cr_assert_fail("%s: a bare ampersand: %.40s", p->what, p->at);
}

static void attribute_read(struct page *p)
{
    char name[24], value[40];
    size_t n = 0;
    name_read(p, name, sizeof name);
    cr_assert(listed(attributes, name), "%s: attribute %s", p->what, name);
    if (*p->at != '=') {
        cr_assert_str_eq(name, "open", "%s: %s without a value", p->what, name);
        return;
    }
    p->at++;
    cr_assert_eq(*p->at++, '"', "%s: %s is not quoted", p->what, name);
    while (*p->at != '"') {
        cr_assert(*p->at && *p->at != '<' && *p->at != '>', "%s: %s: %.40s", p->what, name, p->at);
        if (n + 1 < sizeof value)
            value[n++] = *p->at;
        if (*p->at == '&')
            reference_read(p);
        else
            p->at++;
    }
    p->at++;
    value[n] = '\0';
    if (strcmp(name, "id") == 0)
        (void)pxk_str_copy(p->id[p->id_n++ % IDS], 40, value);
    if (strcmp(name, "href") == 0) {
        cr_assert_eq(value[0], '#', "%s: the page links outside: %s", p->what, value);
        (void)pxk_str_copy(p->link[p->link_n++ % IDS], 40, value + 1);
    }
}

static void tag_read(struct page *p)
{
    char name[16];
    bool closing = *++p->at == '/';
    p->at += closing;
    name_read(p, name, sizeof name);
    cr_assert(listed(elements, name), "%s: element %s", p->what, name);
    if (closing) {
        cr_assert_gt(p->depth, 0, "%s: </%s> closes nothing", p->what, name);
        cr_assert_str_eq(p->stack[--p->depth], name, "%s: </%s> closes <%s> before %.60s", p->what, name, p->stack[p->depth], p->at);
        cr_assert_eq(*p->at++, '>');
        return;
    }
    while (*p->at == ' ') {
        p->at++;
        attribute_read(p);
    }
    bool empty = *p->at == '/' || strcmp(name, "meta") == 0;
    p->at += *p->at == '/';
    cr_assert_eq(*p->at++, '>', "%s: <%s ... %.40s", p->what, name, p->at);
    if (empty)
        return;
    cr_assert_lt(p->depth, DEPTH);
    (void)pxk_str_copy(p->stack[p->depth++], 16, name);
    if (strcmp(name, "style") == 0)
        p->at = strstr(p->at, "</style>");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void links_lead_somewhere(struct page *p)
{
    qsort(p->id, p->id_n, sizeof *p->id, by_text);
    for (unsigned i = 1; i < p->id_n; i++)
        cr_expect_str_neq(p->id[i - 1], p->id[i], "%s: an id twice", p->what);
    for (unsigned i = 0; i < p->link_n; i++)
        cr_expect_not_null(bsearch(p->link[i], p->id, p->id_n, sizeof *p->id, by_text), "%s: #%s leads nowhere", p->what, p->link[i]);
}

static void is_well_formed(const char *what, const char *html)
{
    static const char begin[] = "<!DOCTYPE html>\n";
    static struct page p;
    p = (struct page){.what = what, .at = html + strlen(begin)};
    cr_assert(pxk_str_starts(html, begin), "%s", what);
    while (*p.at) {
        if (*p.at == '<')
            tag_read(&p);
        else if (*p.at == '&')
            reference_read(&p);
        else {
            cr_assert(*p.at == '\n' || (*p.at >= 0x20 && *p.at < 0x7f), "%s: byte %02x", what, (unsigned char)*p.at);
            cr_assert_neq(*p.at, '>', "%s: a bare > before %.40s", what, p.at);
            p.at++;
        }
    }
    cr_expect_eq(p.depth, 0, "%s: not closed", what);
    links_lead_somewhere(&p);
}

static void page_of(const struct pxk_tracker *t, const char *where, struct pxk_text *out)
{
    struct pxk_past past = {0};
    struct pxk_report_opts opts = {.command = "check", .where = where, .version = "0.1.0", .seconds = 1.25, .past = &past};
    struct pxk_diagnosis d;
    for (size_t i = 0; i < pxk_tracker_count(t); i++)
        cr_assert_eq(pxk_past_add(&past, t, pxk_tracker_session(t, i)), PXK_OK);
    cr_assert_eq(pxk_diagnose(t, &d), PXK_OK);
    pxk_report_html(t, &d, &opts, out);
    cr_assert_not(out->failed);
    pxk_diagnosis_done(&d);
    pxk_past_done(&past);
}

static void built(void (*build)(struct lab *), struct pxk_text *out)
{
    struct lab l;
    lab_open(&l);
    build(&l);
    page_of(l.t, "eth1, 10.77.0.0/24", out);
    lab_close(&l);
}

static void has(const struct pxk_text *page, const char *markup)
{
    cr_expect_not_null(strstr(page->s, markup), "not in the page: %s", markup);
}

Test(html, says_what_the_report_says)
{
    struct pxk_text out = {0};
    built(run_failing, &out);
    is_well_formed("failing", out.s);
    has(&out, "<h1>1 of 2 clients cannot boot.</h1>");
    has(&out, "<code>loader-for-another-architecture</code>");
    has(&out, "<th>OFFER (taken)</th>");
    has(&out, "<dt>would confirm it</dt>");
    has(&out, "<summary>dnsmasq</summary>");
    has(&out, "<h3>Timeline</h3>");
    has(&out, "<h3>Downloads</h3>");
    has(&out, "<p>2, of which 1 boot and 1 fail.</p>");
    pxk_text_done(&out);
    built(run_healthy, &out);
    is_well_formed("healthy", out.s);
    has(&out, "<h1>Both clients boot.</h1>");
    has(&out, "<p class=\"ok\">None.</p>");
    pxk_text_done(&out);
}

Test(html, every_finding_has_its_card)
{
    for (size_t i = 0; i < fixture_n; i++) {
        struct pxk_text out = {0};
        char name[80];
        built(fixtures[i].build, &out);
        is_well_formed(fixtures[i].finding, out.s);
        has(&out, pxk_fmt(name, sizeof name, "<code>%s</code></h3>", fixtures[i].finding));
        pxk_text_done(&out);
    }
}

/* With PXK_PAGES=DIR in the environment the pages of all these captures are left there, to be looked at. */
Test(html, real_captures, .timeout = 60)
{
    static const char *const names[] = {"ok-bios-debian-installer", "ok-uefi-httpboot-v4-dnsmasq", "proxy-4011-blocked-bios", "loss5-bios",
                                        "rogue-dhcp-bios", "no-dhcp-uefi", "wrong-next-server-bios", "ok-bios-ipxe-script-http"};
    for (size_t i = 0; i < PXK_COUNT(names); i++) {
        struct pxk_tracker_opts opts = {0};
        struct pxk_tracker *t;
        struct pxk_text out = {0};
        char path[300];
        cr_assert_eq(pxk_tracker_new(&opts, &t), PXK_OK);
        cr_assert(pxk_replay_file(names[i], t));
        page_of(t, names[i], &out);
        is_well_formed(names[i], out.s);
        if (getenv("PXK_PAGES")) {
            FILE *f = fopen(pxk_fmt(path, sizeof path, "%s/%s.html", getenv("PXK_PAGES"), names[i]), "w");
            cr_assert_not_null(f);
            fputs(out.s, f);
            fclose(f);
        }
        pxk_text_done(&out);
        pxk_tracker_free(t);
    }
}

static const char evil[] = "</pre><script>alert(1)</script>\" onmouseover='x' <img src=x onerror=y>&amp;\n\033]0;\xff";

#define SPOIL(member) (void)pxk_str_copy(member, sizeof(member), evil)

static void hostile(struct lab *l)
{
    run_failing(l);
    struct pxk_session *s = l->s;
    struct pxk_facts *f = &s->facts;
    SPOIL(f->label), SPOIL(f->cmdline), SPOIL(f->name), SPOIL(f->loader_chain), SPOIL(f->stop_why), SPOIL(f->stop_screen);
    SPOIL(f->config), SPOIL(f->kernel), SPOIL(f->dhcp_why), SPOIL(f->installer), SPOIL(f->boot_file);
    for (size_t i = 0; i < s->files.n; i++)
        SPOIL(s->files.at[i].url), SPOIL(s->files.at[i].path), SPOIL(s->files.at[i].version), SPOIL(s->files.at[i].why);
    for (size_t i = 0; i < s->transfers.n; i++)
        SPOIL(s->transfers.at[i].file), SPOIL(s->transfers.at[i].message);
    struct pxk_http *h = lab_http(l, "/x", 404);
    SPOIL(h->path), SPOIL(h->agent), SPOIL(h->host), SPOIL(h->method);
    for (unsigned r = 0; r < s->round_n; r++) {
        s->round[r].persona = NULL;
        s->round[r].vendor = evil;
        for (unsigned i = 0; i < s->round[r].answer_n; i++) {
            struct pxk_answer *a = &s->round[r].answer[i];
            a->file = a->option66 = a->option67 = a->vendor = a->message = a->pxelinux_config = evil;
        }
    }
}

Test(html, nothing_from_the_network_becomes_markup)
{
    struct pxk_text out = {0};
    built(hostile, &out);
    is_well_formed("hostile", out.s);
    has(&out, "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onmouseover=&#39;x&#39;");
    pxk_text_done(&out);
}

static void web(struct lab *l)
{
    lab_leased(l, PXK_ARCH_BIOS);
    struct pxk_http *h = lab_http(l, "/linux", 200);
    h->length = h->bytes = 8 * 1000 * 1000;
    h->last = h->at + 2 * PXK_SEC;
    h = lab_http(l, "/initrd", 200);
    h->length = 3000;
    h->done = false;
    h->cut_short = true;
    h->last = h->at + PXK_SEC;
    (void)lab_http(l, "/gone", 404);
    h = lab_http(l, "/silent", 0);
    h->done = false;
    h->answered = 0;
    struct pxk_conn *c = lab_conn(l, 8080);
    c->answered = false;
    c->refused = true;
    c->syns = 2;
}

/* A download over HTTP is as long as it took, and says how fast it went. */
Test(html, http_has_bars)
{
    struct pxk_text out = {0};
    built(web, &out);
    is_well_formed("web", out.s);
    has(&out, "<title>GET 200, 8.0 MB in 2.0 s, 4.0 MB/s</title>");
    has(&out, "<title>GET 200, 1.0 kB in 1.0 s, 1.0 kB/s, of 3.0 kB: cut short by the server</title>");
    has(&out, "<title>GET 404</title>");
    has(&out, "<title>GET: no answer</title>");
    has(&out, "TCP 10.77.0.1 port 8080");
    has(&out, "<title>asked 2 times: refused</title>");
    pxk_text_done(&out);
}

static void nobody(struct lab *l)
{
    (void)l;
}

static void a_storm(struct lab *l)
{
    for (unsigned i = 0; i < 250; i++) {
        lab_client(l, PXK_ARCH_BIOS);
        lab_discovers(l, 4, 2 * PXK_SEC);
    }
}

/* A page for many is bounded by its sections, and a client without one is not linked. */
Test(html, nobody_and_a_storm)
{
    struct pxk_text out = {0};
    built(nobody, &out);
    is_well_formed("nobody", out.s);
    has(&out, "<h1>No client was seen.</h1>");
    pxk_text_done(&out);
    built(a_storm, &out);
    is_well_formed("storm", out.s);
    cr_expect_lt(out.len, (size_t)3 << 20);
    has(&out, "50 more clients are in the table only.");
    pxk_text_done(&out);
}
