#include "fixtures_http.h"

#include <string.h>

#define COPY(to, text) ((void)pxk_str_copy((to), sizeof(to), (text)))
#define URL            "http://10.77.0.1/shimx64.efi"

enum { A = 1, PTR = 12, AAAA = 28 };

void web_leased(struct lab *l, const char *url)
{
    lab_client(l, PXK_ARCH_UEFI_X64_HTTP);
    l->r->http = true;
    l->r->pxe = false;
    lab_offer(l, SERVER, url)->http = true;
    lab_ack(l, SERVER, url)->http = true;
    l->s->ip = LEASED;
}

static void later(struct lab *l)
{
    lab_wait(l, 60 * PXK_SEC);
}

/* The firmware's next boot entry. */
static void starts_over(struct lab *l)
{
    lab_round(l, true, l->s->last + 10 * PXK_SEC);
}

static struct pxk_http *firmware_get(struct lab *l, const char *path, unsigned status)
{
    struct pxk_http *h = lab_http(l, path, status);
    COPY(h->agent, "UefiHttpBoot/1.0");
    COPY(h->type, "application/efi");
    return h;
}

static struct pxk_http *unanswered(struct lab *l, const char *path)
{
    struct pxk_http *h = firmware_get(l, path, 0);
    h->status_frame = 0;
    h->done = h->has_length = false;
    return h;
}

/* A body of which @bytes have come. */
static struct pxk_http *part(struct lab *l, uint64_t bytes)
{
    struct pxk_http *h = firmware_get(l, "/shimx64.efi", 200);
    h->length = 1000000;
    h->bytes = bytes;
    h->done = bytes == h->length;
    return h;
}

/* ---- the port ---- */

void web_refused(struct lab *l)
{
    web_leased(l, URL);
    struct pxk_conn *c = lab_conn(l, 80);
    c->answered = false;
    c->refused = true;
}

void web_refused_then_served(struct lab *l)
{
    web_refused(l);
    (void)lab_conn(l, 80);
    (void)firmware_get(l, "/shimx64.efi", 200);
}

void web_silent(struct lab *l)
{
    web_leased(l, URL);
    struct pxk_conn *c = lab_conn(l, 80);
    c->answered = false;
    c->syns = 5;
}

void web_one_syn(struct lab *l)
{
    web_silent(l);
    l->s->conns.at[0].syns = 1;
}

/* ---- TLS ---- */

static struct pxk_conn *tls(struct lab *l)
{
    web_leased(l, "https://10.77.0.1/shimx64.efi");
    struct pxk_conn *c = lab_conn(l, 443);
    c->kind = PXK_CONN_TLS;
    c->tls = (struct pxk_tls){.sni = "boot.test", .offered = 0x0303, .version = 0x0303, .server_hello = true};
    return c;
}

void web_alert(struct lab *l)
{
    struct pxk_conn *c = tls(l);
    c->tls.alert_by = PXK_TLS_ALERT_CLIENT;
    c->tls.alert = 48;
    c->tls.alert_frame = ++l->frame;
}

void web_alert_then_good(struct lab *l)
{
    web_alert(l);
    struct pxk_conn *c = lab_conn(l, 443);
    c->kind = PXK_CONN_TLS;
    c->tls.established = true;
}

void web_tls_half(struct lab *l)
{
    tls(l)->fin_client = true;
}

void web_tls_whole(struct lab *l)
{
    struct pxk_conn *c = tls(l);
    c->tls.established = c->fin_client = true;
}

/* ---- never set out ---- */

void web_https_untried(struct lab *l)
{
    web_leased(l, "https://10.77.0.1/shimx64.efi");
    starts_over(l);
}

void web_http_untried(struct lab *l)
{
    web_leased(l, URL);
    starts_over(l);
}

void web_just_leased(struct lab *l)
{
    web_leased(l, "https://10.77.0.1/shimx64.efi");
}

/* ---- names ---- */

#define NAMED "http://boot.test/shimx64.efi"

static struct pxk_dns *asked(struct lab *l, uint16_t type, const char *name)
{
    struct pxk_dns *q = pxk_vec_push(&l->s->dns);
    q->at = q->last = l->s->last += 10 * PXK_MSEC;
    q->frame = q->last_frame = ++l->frame;
    q->server = pxk_ip_of4(SERVER);
    q->type = type;
    q->asks = 4;
    COPY(q->name, name);
    return q;
}

void web_dns_silent(struct lab *l)
{
    web_leased(l, NAMED);
    asked(l, A, "boot.test");
    later(l);
}

/* A system that asks for its own name is no boot that fails. */
void web_ptr_silent(struct lab *l)
{
    lab_boots(l, PXK_ARCH_BIOS);
    asked(l, PTR, "180.0.77.10.in-addr.arpa");
    later(l);
}

void web_dns_unknown(struct lab *l)
{
    web_leased(l, NAMED);
    struct pxk_dns *q = asked(l, A, "boot.test");
    q->answered = true;
    q->rcode = 3;
    q->answer_frame = ++l->frame;
}

void web_dns_aaaa_unknown(struct lab *l)
{
    web_leased(l, NAMED);
    asked(l, AAAA, "boot.test")->answered = true;
    struct pxk_dns *q = asked(l, A, "boot.test");
    q->answered = true;
    q->answers = 1;
}

void web_name_never_asked(struct lab *l)
{
    web_leased(l, NAMED);
    starts_over(l);
}

/* ---- answers ---- */

void web_redirect(struct lab *l)
{
    web_leased(l, URL);
    struct pxk_http *h = firmware_get(l, "/shimx64.efi", 301);
    h->location = strdup("https://10.77.0.1/shimx64.efi");
}

/* iPXE goes where it is sent. */
void web_redirect_followed(struct lab *l)
{
    web_leased(l, "http://10.77.0.1/boot.ipxe");
    struct pxk_http *h = lab_http(l, "/boot.ipxe", 302);
    COPY(h->agent, "iPXE/1.21.1");
    h->location = strdup("/other.ipxe");
    COPY(lab_http(l, "/other.ipxe", 200)->agent, "iPXE/1.21.1");
    later(l);
}

void web_page(struct lab *l)
{
    lab_boots(l, PXK_ARCH_BIOS);
    lab_drop_rounds(l, 1);
    l->s->https.n = 0;
    COPY(lab_http(l, "/boot/vmlinuz", 200)->type, "text/html");
}

void web_page_of_its_own(struct lab *l)
{
    lab_boots(l, PXK_ARCH_BIOS);
    lab_drop_rounds(l, 1);
    COPY(lab_http(l, "/index.html", 200)->type, "text/html");
}

void web_type_unknown(struct lab *l)
{
    web_leased(l, "http://10.77.0.1/boot?arch=x64");
    struct pxk_http *h = firmware_get(l, "/boot?arch=x64", 200);
    COPY(h->method, "HEAD");
    COPY(h->type, "application/efi; charset=binary");
    later(l);
}

void web_type_by_name(struct lab *l)
{
    web_leased(l, URL "?x=1");
    COPY(firmware_get(l, "/shimx64.efi?x=1", 200)->type, "application/octet-stream");
    later(l);
}

static struct pxk_http *second(struct lab *l)
{
    web_leased(l, URL);
    (void)firmware_get(l, "/shimx64.efi", 200);
    return firmware_get(l, "/grubx64.efi", 200);
}

void web_chunked(struct lab *l)
{
    struct pxk_http *h = second(l);
    h->chunked = true;
    h->has_length = false;
    h->length = 0;
    later(l);
}

void web_chunked_and_on(struct lab *l)
{
    web_chunked(l);
    (void)firmware_get(l, "/grub.cfg", 200);
}

void web_empty_header(struct lab *l)
{
    struct pxk_http *h = second(l);
    COPY(h->empty_header, "X-Cache");
    later(l);
}

void web_empty_header_and_on(struct lab *l)
{
    web_empty_header(l);
    (void)firmware_get(l, "/grub.cfg", 200);
}

static struct pxk_http *ranged(struct lab *l)
{
    lab_boots(l, PXK_ARCH_BIOS);
    lab_drop_rounds(l, 1);
    struct pxk_http *h = lab_http(l, "/install.img", 200);
    h->range = true;
    h->range_from = 4096;
    h->left = true;
    return h;
}

void web_range_ignored(struct lab *l)
{
    (void)ranged(l);
}

void web_range_served(struct lab *l)
{
    struct pxk_http *h = ranged(l);
    h->status = 206;
    h->ranged = true;
    h->left = false;
}

/* ---- bodies and connections ---- */

void web_stalls(struct lab *l)
{
    web_leased(l, URL);
    (void)part(l, 123456);
    later(l);
}

void web_under_way(struct lab *l)
{
    web_leased(l, URL);
    (void)part(l, 123456);
}

void web_cut_short(struct lab *l)
{
    web_leased(l, URL);
    part(l, 123456)->cut_short = true;
}

void web_cut_then_resumed(struct lab *l)
{
    web_cut_short(l);
    struct pxk_http *h = part(l, 1000000);
    h->range = h->ranged = true;
    h->range_from = 123456;
    h->status = 206;
}

static struct pxk_http *head_and_close(struct lab *l)
{
    web_leased(l, URL);
    struct pxk_http *h = firmware_get(l, "/shimx64.efi", 200);
    COPY(h->method, "HEAD");
    h->minor = 0;
    h->close = true;
    h = unanswered(l, "/shimx64.efi");
    h->late = h->cut_short = true;
    return h;
}

void web_closes(struct lab *l)
{
    (void)head_and_close(l);
}

void web_closes_and_again(struct lab *l)
{
    (void)head_and_close(l);
    (void)firmware_get(l, "/shimx64.efi", 200);
}

void web_no_response(struct lab *l)
{
    web_leased(l, URL);
    unanswered(l, "/shimx64.efi")->reset = true;
}

void web_no_response_yet(struct lab *l)
{
    web_leased(l, URL);
    (void)unanswered(l, "/shimx64.efi");
}

static struct pxk_http *crawl(struct lab *l)
{
    lab_boots(l, PXK_ARCH_BIOS);
    lab_drop_rounds(l, 1);
    struct pxk_conn *c = lab_conn(l, 80);
    struct pxk_http *h = lab_http(l, "/extra.img", 200);
    h->client_port = c->client_port;
    h->length = h->bytes = 3000000;
    h->last = l->s->last += 60 * PXK_SEC;
    h->longest_silence = 2 * PXK_SEC;
    lab_round(l, false, l->s->last + PXK_SEC); /* and then its system came up */
    return h;
}

void web_slow(struct lab *l)
{
    (void)crawl(l);
}

/* The client's own doing. */
void web_slow_client(struct lab *l)
{
    (void)crawl(l);
    l->s->conns.at[0].zero_windows = 20;
}

void web_kernel_refused(struct lab *l, unsigned status)
{
    lab_leased(l, PXK_ARCH_BIOS);
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
    COPY(lab_http(l, "/boot/menu.ipxe", 200)->agent, "iPXE/1.21.1");
    COPY(lab_http(l, "/boot/vmlinuz", status)->agent, "iPXE/1.21.1");
}
