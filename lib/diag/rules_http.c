/* Rules about what a web server answers: files that are not there, redirects, lengths, types, bodies that end
 * early. Sources: UEFI 2.10 24.7, EDK2 NetworkPkg/HttpBootDxe, shim httpboot.c, GRUB net/http.c, RFC 9110, 9112. */
#include <string.h>

#include "web.h"

/* ---- the boot file ---- */

void rule_http_class(struct dx *d)
{
    char src[PXK_IP4_STRLEN];
    if (!d->fw || !d->fw->http || d->fw->requests || (d->fw->discovers < 2 && !dx_gave_up(d)))
        return;
    if (d->s->transfers.n || d->s->https.n)
        return; /* HTTP boot is one of its ways, and another one, over IPv6 say, got further */
    const struct pxk_answer *offer = NULL;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (a->http)
            return;
        if (!offer && (a->type == PXK_DHCP4_OFFER || a->type == 0) && a->sport != PXK_PXE_PORT)
            offer = a;
    }
    if (!offer)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_CLASS_NOT_ECHOED);
    dx_seen(f, "the client says %s; the offer from %s has %s%s", d->fw->vendor,
            pxk_ip4_text(answer_server(offer), src), *offer->vendor ? "option 60 " : "no option 60",
            offer->vendor);
    dx_fix(f,
           "dnsmasq: dhcp-match=set:http,option:client-arch,%u and "
           "dhcp-option-force=tag:http,60,HTTPClient",
           d->fw->arch);
    dx_frame(f, offer->frame);
    dx_filter(d, f, "dhcp");
}

/* Of the quoted path in an entry, which may be cut, and the URL's. */
static bool is_path(const struct pxk_http *h, const char *path)
{
    return *path && strncmp(h->path, path, sizeof h->path - 1) == 0;
}

static const char *why_status(unsigned status)
{
    switch (status) {
    case 401:
    case 407:
        return "the server asks for a password, which firmware does not have";
    case 403:
        return "the server forbids it: permissions of the file or of a directory above it, a deny rule, or no index";
    case 404:
    case 410:
        return NULL; /* as the row says */
    case 405:
    case 501:
        return "the server does not know the method: firmware asks HEAD before GET";
    default:
        return status >= 500 ? "the web server, or what stands behind it, is broken: its error log says why" : "the server refuses the request";
    }
}

static void tell_status(struct dx *d, struct pxk_finding *f, const struct pxk_http *h)
{
    web_tell(f, h);
    dx_seen(f, ": status %u%s%s", h->status, *h->by ? " from " : "", h->by);
    const char *why = why_status(h->status);
    if (why)
        dx_cause(f, "%s", why);
    web_proof(d, f, h);
}

void rule_http_boot_file(struct dx *d)
{
    struct url u = url_split(d->boot_file);
    const struct pxk_http *bad = NULL;
    if (!u.is_url || web_got(d, u.path))
        return;
    for (size_t i = 0; i < d->s->https.n && !bad; i++)
        if (is_path(&d->s->https.at[i], u.path) && d->s->https.at[i].status >= 400)
            bad = &d->s->https.at[i];
    if (bad)
        tell_status(d, dx_fail(d, FINDING_HTTP_BOOT_FILE_MISSING), bad);
}

/* ---- files that a loader asks for ---- */

static const struct {
    enum pxk_stage stage;
    enum finding_id id;
} stage_finding[] = {
    {PXK_STAGE_LOADER, FINDING_SECOND_LOADER_MISSING},
    {PXK_STAGE_CONFIG, FINDING_CONFIG_MISSING},
    {PXK_STAGE_KERNEL, FINDING_KERNEL_MISSING},
    {PXK_STAGE_INITRD, FINDING_INITRD_MISSING},
};

/* A script tries one name after the other: only the last refusal counts, with nothing fetched after it. */
static bool refused_for_good(const struct dx *d, const struct pxk_http *h)
{
    if (h->status < 400 || file_is_optional(h->path) || web_got(d, h->path))
        return false;
    return !web_recovers(d, h->at);
}

void rule_http_later_file(struct dx *d)
{
    if (d->s->facts.emulated)
        return; /* it knows its files */
    for (size_t i = d->s->https.n; i-- > 0;) {
        const struct pxk_http *h = &d->s->https.at[i];
        enum pxk_stage stage = stage_by_name(h->path);
        if (!refused_for_good(d, h) || web_after_boot(d, h->at))
            continue;
        for (size_t k = 0; k < PXK_COUNT(stage_finding); k++) {
            if (stage_finding[k].stage != stage || d->path.stage[stage].have)
                continue;
            struct pxk_finding *f = dx_fail(d, file_is_module(h->path) ? FINDING_LOADER_MODULE_MISSING : stage_finding[k].id);
            tell_status(d, f, h);
            dx_fix(f, "put the file below the web server's root, at %s, or correct the name where it is asked for", h->path);
            return;
        }
    }
}

/* ---- one request after the other ---- */

static const char *agent_words(const struct dx *d, const struct pxk_http *h)
{
    if (web_by_firmware(h))
        return dx_loader_came(d) ? "the firmware's HTTP, which shim and GRUB use too," : "UEFI firmware";
    if (pxk_str_starts(h->agent, "GRUB"))
        return "GRUB";
    return *h->agent ? h->agent : "this client";
}

static bool follows_no_redirect(const struct pxk_http *h)
{
    return web_by_firmware(h) || pxk_str_starts(h->agent, "GRUB");
}

static bool redirected(struct dx *d, const struct pxk_http *h)
{
    bool redirect = h->status == 301 || h->status == 302 || h->status == 303 || h->status == 307 || h->status == 308;
    if (!redirect || web_got(d, h->path))
        return false;
    if (!follows_no_redirect(h) && (web_goes_on(d, h->at) || !web_over(d, h->last)))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_REDIRECT);
    web_tell(f, h);
    dx_seen(f, ": status %u, see %s", h->status, h->location ? h->location : "nowhere");
    if (follows_no_redirect(h))
        dx_cause(f, "%s follows no redirects", agent_words(d, h));
    if (h->location && pxk_str_starts(h->location, "http"))
        dx_fix(f, "name %s directly, where the client can reach it%s", h->location,
               pxk_str_starts(h->location, "https:") ? " (and trusts its certificate), or serve the file over plain HTTP" : "");
    web_proof(d, f, h);
    return true;
}

/* The server had already closed, or it reset: what is asked for on a connection that it said it would close. */
static const struct pxk_http *closed_before(const struct dx *d, const struct pxk_http *h)
{
    const struct pxk_http *before = NULL;
    for (const struct pxk_http *p = d->s->https.at; p < h; p++)
        if (p->client_port == h->client_port && p->server_port == h->server_port && p->close && p->status)
            before = p;
    return before;
}

static bool unanswered(struct dx *d, const struct pxk_http *h)
{
    bool dead = h->reset || h->cut_short || h->left || h->late || web_over(d, h->last);
    if (h->status || !dead || web_got(d, h->path) || (web_goes_on(d, h->at) && !h->late))
        return false;
    const struct pxk_http *before = closed_before(d, h);
    if (h->late && web_goes_on(d, h->at))
        return false; /* it tries again on a new connection */
    struct pxk_finding *f = dx_fail(d, before ? FINDING_HTTP_CLOSES_AFTER_HEAD : FINDING_HTTP_NO_RESPONSE);
    web_tell(f, h);
    if (before) {
        dx_seen(f, ": %s on a connection that the server closes after its answer to %s (HTTP/1.%u%s)",
                h->late ? "sent" : "without an answer", before->method, before->minor, before->minor ? ", Connection: close" : "");
        dx_frame(f, before->status_frame);
    } else {
        dx_seen(f, ": %s", h->reset ? "the connection is reset" : h->cut_short ? "the server closes the connection without an answer" : h->left ? "no answer, the client gives up" : "no answer");
    }
    web_proof(d, f, h);
    return true;
}

static bool is_media(const char *type, const char *const *list)
{
    for (; *list; list++)
        if (pxk_str_casecmp(type, *list) == 0)
            return true;
    return false;
}

/* As EDK2 decides (HttpBootSupport.c, HttpBootCheckImageType): exact type, else the end of the path. */
static bool firmware_knows_type(const struct pxk_http *h)
{
    static const char *const types[] = {"application/efi", "application/vnd.efi-iso", "application/vnd.efi-img", NULL};
    char path[sizeof h->path];
    (void)pxk_str_copy(path, sizeof path, h->path);
    path[strcspn(path, "?#")] = '\0';
    size_t n = strlen(path);
    static const char *const ends[] = {".efi", ".iso", ".img", NULL};
    return is_media(h->type, types) || (n >= 4 && is_media(path + n - 4, ends));
}

static bool type_unknown(struct dx *d, const struct pxk_http *h)
{
    struct url u = url_split(d->boot_file);
    bool first = d->fw && d->fw->http && is_path(h, u.path) && web_by_firmware(h);
    if (!first || h->status != 200 || firmware_knows_type(h) || web_goes_on(d, h->last) ||
        (!web_over(d, h->last) && pxk_usec_since(h->last, d->now) < 2 * PXK_SEC))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_TYPE_UNKNOWN);
    web_tell(f, h);
    dx_seen(f, ": Content-Type %s%s%s, and the path ends neither in .efi nor in .iso nor in .img", *h->type ? "\"" : "is absent", h->type,
            *h->type ? "\"" : "");
    if (pxk_str_starts(h->type, "application/efi") || pxk_str_starts(h->type, "application/vnd.efi"))
        dx_cause(f, "the type has parameters: UEFI compares all of the header's value");
    web_proof(d, f, h);
    return true;
}

static bool html_instead(struct dx *d, const struct pxk_http *h)
{
    enum pxk_stage stage = stage_by_name(h->path);
    bool wanted = (stage == PXK_STAGE_LOADER || stage == PXK_STAGE_KERNEL || stage == PXK_STAGE_INITRD || stage == PXK_STAGE_CONFIG) &&
                  !file_is_optional(h->path);
    if (h->status < 200 || h->status > 299 || !wanted || !pxk_str_starts(h->type, "text/html"))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_PAGE_INSTEAD);
    web_tell(f, h);
    dx_seen(f, ": status %u, Content-Type %s", h->status, h->type);
    if (h->has_length)
        dx_seen(f, ", %llu bytes", (unsigned long long)h->length);
    web_proof(d, f, h);
    return true;
}

/* EDK2 takes chunks and bodies that end with the connection, shim and older firmware do not. */
static bool no_length(struct dx *d, const struct pxk_http *h)
{
    if (!web_by_firmware(h) || h->status != 200 || h->has_length || h->cut_head || strcmp(h->method, "GET") != 0 ||
        web_goes_on(d, h->at) || !web_over(d, h->last))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_NO_LENGTH);
    web_tell(f, h);
    dx_seen(f, ": the answer has %s, and %s stops there", h->chunked ? "chunks in place of a Content-Length" : "no Content-Length",
            agent_words(d, h));
    web_proof(d, f, h);
    return true;
}

static bool empty_header(struct dx *d, const struct pxk_http *h)
{
    if (!*h->empty_header || !follows_no_redirect(h) || web_goes_on(d, h->at) || !web_over(d, h->last))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_EMPTY_HEADER);
    web_tell(f, h);
    dx_seen(f, ": the answer has the header \"%s:\" without a value; then nothing more from this client", h->empty_header);
    web_proof(d, f, h);
    return true;
}

static bool range_ignored(struct dx *d, const struct pxk_http *h)
{
    if (!h->range || !h->range_from || h->status != 200 || (web_goes_on(d, h->at) && !h->left) || !(h->left || web_over(d, h->last)))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_RANGE_IGNORED);
    web_tell(f, h);
    dx_seen(f, ": asked for what comes after byte %llu, the answer is 200 with all of it", (unsigned long long)h->range_from);
    web_proof(d, f, h);
    return true;
}

static const struct pxk_conn *conn_of(const struct dx *d, const struct pxk_http *h)
{
    for (size_t i = d->s->conns.n; i-- > 0;) {
        const struct pxk_conn *c = &d->s->conns.at[i];
        if (c->client_port == h->client_port && c->server_port == h->server_port && c->at <= h->at)
            return c;
    }
    return NULL;
}

static bool broke_off(struct dx *d, const struct pxk_http *h)
{
    bool open = h->status >= 200 && h->status < 300 && h->has_length && !h->done && !h->left && !h->cut_head && h->bytes < h->length;
    if (!open || web_got(d, h->path) || (!h->cut_short && (!web_over(d, h->last) || web_goes_on(d, h->last))))
        return false;
    const struct pxk_conn *c = conn_of(d, h);
    struct pxk_finding *f = dx_fail(d, h->cut_short ? FINDING_HTTP_CUT_SHORT : FINDING_HTTP_STALLS);
    web_tell(f, h);
    dx_seen(f, ": %s after %llu of %llu bytes (%.0f %%)", !h->cut_short ? "stops" : h->reset ? "the server resets the connection" : "the server closes the connection",
            (unsigned long long)h->bytes, (unsigned long long)h->length, 100.0 * (double)h->bytes / (double)h->length);
    if (!h->cut_short && c && c->zero_windows)
        dx_cause(f, "the client has no more room and takes nothing: its memory is full, or it hangs");
    else if (!h->cut_short && c && (c->gaps || c->repeats > 3))
        dx_cause(f, "packets are lost on the way: %u repeats, %u gaps on this connection", c->repeats, c->gaps);
    web_proof(d, f, h);
    return true;
}

void rule_http_answer(struct dx *d)
{
    static bool (*const question[])(struct dx *, const struct pxk_http *) = {
        redirected, html_instead, type_unknown, empty_header, no_length, range_ignored, broke_off, unanswered,
    };
    for (size_t i = 0; i < d->s->https.n; i++) {
        const struct pxk_http *h = &d->s->https.at[i];
        if (web_after_boot(d, h->at) || !*h->method)
            continue; /* a system that runs has its own reasons */
        for (size_t q = 0; q < PXK_COUNT(question); q++)
            if (question[q](d, h))
                return;
    }
}

/* ---- slow ---- */

/* EDK2 waits 5 s for an answer (PcdHttpIoTimeout); a body slower than this takes minutes for an initrd. */
#define LATE (5 * PXK_SEC)
enum { SLOW = 200000 /* bytes a second */, BIG = 1000000 };

void rule_http_slow(struct dx *d)
{
    for (size_t i = 0; i < d->s->https.n && !d->failed; i++) {
        const struct pxk_http *h = &d->s->https.at[i];
        const struct pxk_conn *c = conn_of(d, h);
        pxk_usec wait = h->status ? pxk_usec_since(h->at, h->answered) : 0, took = pxk_usec_since(h->answered, h->last);
        bool late = wait >= LATE, slow = h->bytes >= BIG && took && (double)h->bytes / ((double)took / 1e6) < SLOW;
        if ((!late && !slow) || web_after_boot(d, h->at) || (c && c->zero_windows > 3))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_HTTP_SLOW);
        web_tell(f, h);
        if (late)
            dx_seen(f, ": the answer came after %.1f s", (double)wait / 1e6);
        else
            dx_seen(f, ": %.0f kB/s, the longest pause was %.1f s", (double)h->bytes / ((double)took / 1e6) / 1000, (double)h->longest_silence / 1e6);
        if (c && c->repeats + c->gaps > 20)
            dx_cause(f, "packets are lost on the way: %u repeats, %u gaps", c->repeats, c->gaps);
        web_proof(d, f, h);
        return;
    }
}
