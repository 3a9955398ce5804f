#include "pxk/http_stack.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pxk/netns.h"
#include "pxk/proto.h"

#define INNER          "px0"
#define OUTER          "px1"
#define LINK_MTU       1500u
#define VETH_MTU       65535u /* a local sender with segmentation offload hands over more than its MTU at once */
#define BODY_MAX       ((size_t)256 << 20)
#define CONNECT_WAIT_S 5L
#define WHOLE_WAIT_S   120L
#define FRAMES_PER_TURN 64
#define RECEIVE_BUFFER (4 << 20)

struct pxk_http_stack {
    struct pxk_http_stack_opts opts;
    char user_agent[64];
    uv_thread_t thread;
    uv_sem_t ready, work;
    uv_async_t finished;
    uv_poll_t poll;
    int fd;             /* packet socket on the outer end */
    enum pxk_err setup;
    atomic_bool quit;
    unsigned handles;   /* still to be closed */
    char url[1024];
    /* the answer, written by the thread before it wakes the loop */
    unsigned status;
    uint8_t *body;
    size_t len, cap;
    double seconds;
    char why[CURL_ERROR_SIZE];
};

/* ---- in the thread: the namespace and the requests ---- */

static int outer_socket(void)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0003),
                             .sll_ifindex = (int)if_nametoindex(OUTER)};
    int size = RECEIVE_BUFFER;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(0x0003));
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* smaller only means slower */
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static enum pxk_err namespace_build(struct pxk_http_stack *s)
{
    const struct pxk_http_stack_opts *o = &s->opts;
    struct pxk_link_setup inner = {.mac = &o->mac, .mtu = VETH_MTU, .ip = o->ip, .netmask = 0xffffffff, .no_offload = true};
    struct pxk_link_setup outer = {.mtu = VETH_MTU, .no_offload = true};
    enum pxk_err err = pxk_netns_new();
    err = err ? err : pxk_veth_add(INNER, OUTER, 0);
    err = err ? err : pxk_link_setup(INNER, &inner);
    err = err ? err : pxk_link_setup(OUTER, &outer);
    if (err == PXK_OK && o->netmask)
        err = pxk_route_add(INNER, o->ip & o->netmask, o->netmask, 0, LINK_MTU);
    if (err == PXK_OK && o->gateway && o->gateway != o->ip)
        err = pxk_route_add(INNER, 0, 0, o->gateway, LINK_MTU);
    if (err == PXK_OK && (s->fd = outer_socket()) < 0)
        err = PXK_E_PERM;
    return err;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct pxk_http_stack *s = ctx;
    size_t more = size * n;
    if (more > BODY_MAX - s->len)
        return 0;
    if (s->len + more > s->cap) {
        size_t cap = (s->len + more) * 2;
        uint8_t *p = realloc(s->body, cap);
        if (!p)
            return 0;
        s->body = p;
        s->cap = cap;
    }
    memcpy(s->body + s->len, data, more);
    s->len += more;
    return more;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct pxk_http_stack *s = ctx;
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&s->quit);
}

/* The installer asks the lease's name server, not this host's. */
static bool name_resolve(const struct pxk_http_stack *s, const char *name, pxk_ip4 *out)
{
    struct __res_state state = {0};
    uint8_t answer[2048];
    bool found = false;
    if (!s->opts.dns || res_ninit(&state) != 0)
        return false;
    state.nscount = 1;
    state.nsaddr_list[0] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(53),
                                                .sin_addr.s_addr = htonl(s->opts.dns)};
    state.retrans = 2;
    state.retry = 2;
    int n = res_nquery(&state, name, ns_c_in, ns_t_a, answer, sizeof answer);
    ns_msg msg;
    if (n > 0 && ns_initparse(answer, n, &msg) == 0) {
        for (int i = 0; i < ns_msg_count(msg, ns_s_an) && !found; i++) {
            ns_rr rr;
            if (ns_parserr(&msg, ns_s_an, i, &rr) != 0 || ns_rr_type(rr) != ns_t_a || ns_rr_rdlen(rr) != 4)
                continue;
            struct pxk_rd r = pxk_rd_init(ns_rr_rdata(rr), 4);
            *out = pxk_rd_u32(&r);
            found = true;
        }
    }
    res_nclose(&state);
    return found;
}

/* A "host:port:address" line for curl if the URL has a name. False: the name is unknown. */
static bool host_prepare(struct pxk_http_stack *s, CURL *curl, struct curl_slist **list)
{
    char line[400], ip_text[PXK_IP4_STRLEN], *host = NULL, *port = NULL;
    pxk_ip4 ip;
    bool fine = false;
    CURLU *url = curl_url();
    if (url && curl_url_set(url, CURLUPART_URL, s->url, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        fine = pxk_ip4_parse(host, &ip) == PXK_OK;
        if (!fine && name_resolve(s, host, &ip)) {
            pxk_fmt(line, sizeof line, "%s:%s:%s", host, port, pxk_ip4_text(ip, ip_text));
            *list = curl_slist_append(NULL, line);
            curl_easy_setopt(curl, CURLOPT_RESOLVE, *list);
            fine = *list != NULL;
        }
        if (!fine)
            pxk_fmt(s->why, sizeof s->why, "the name %s cannot be resolved (name server %s)", host,
                    s->opts.dns ? pxk_ip4_text(s->opts.dns, ip_text) : "not given by DHCP");
    } else {
        pxk_fmt(s->why, sizeof s->why, "this is no URL");
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    return fine;
}

static void request_run(struct pxk_http_stack *s)
{
    struct curl_slist *list = NULL;
    CURL *curl = curl_easy_init();
    s->status = 0;
    s->len = 0;
    s->seconds = 0;
    s->why[0] = '\0';
    if (curl && host_prepare(s, curl, &list)) {
        long status = 0;
        curl_easy_setopt(curl, CURLOPT_URL, s->url);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* this host's settings are not the client's */
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_WAIT_S);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, WHOLE_WAIT_S);
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 8L);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_USERAGENT, s->user_agent);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, s);
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, s);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, s->why);
        CURLcode code = curl_easy_perform(curl);
        if (code == CURLE_OK)
            curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        else if (!*s->why)
            pxk_fmt(s->why, sizeof s->why, "%s", curl_easy_strerror(code));
        s->status = (unsigned)status;
        curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &s->seconds);
    }
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
}

static void thread_main(void *arg)
{
    struct pxk_http_stack *s = arg;
    s->setup = namespace_build(s);
    uv_sem_post(&s->ready);
    if (s->setup != PXK_OK)
        return;
    for (;;) {
        uv_sem_wait(&s->work);
        if (atomic_load(&s->quit))
            return;
        request_run(s);
        uv_async_send(&s->finished);
    }
}

/* ---- on the loop: frames and answers ---- */

/* What the kernel wants to say: its ARP, its TCP, its DNS. Not its other chatter (IPv6, IGMP). */
static void frame_out(struct pxk_http_stack *s, const uint8_t *data, size_t len)
{
    struct pxk_frame f;
    uint8_t tagged[PXK_FRAME_MAX];
    if (pxk_frame_decode(data, len, len, &f) != PXK_OK)
        return;
    bool dns = f.l4 == PXK_L4_UDP && f.dport == 53;
    if (f.l3 != PXK_L3_ARP && (f.l3 != PXK_L3_IP4 || (f.l4 != PXK_L4_TCP && !dns)))
        return;
    if (!s->opts.vlan) {
        s->opts.send(s->opts.ctx, data, len);
        return;
    }
    struct pxk_wr w = pxk_wr_init(tagged, sizeof tagged);
    pxk_wr_bytes(&w, data, 12);
    pxk_wr_u16(&w, PXK_ETH_VLAN);
    pxk_wr_u16(&w, s->opts.vlan);
    pxk_wr_bytes(&w, data + 12, len - 12);
    if (w.err == PXK_OK)
        s->opts.send(s->opts.ctx, tagged, pxk_wr_len(&w));
}

static void on_outer(uv_poll_t *poll, int status, int events)
{
    struct pxk_http_stack *s = poll->data;
    uint8_t frame[PXK_FRAME_MAX + 64];
    (void)events;
    for (int i = 0; status == 0 && i < FRAMES_PER_TURN; i++) {
        struct sockaddr_ll from;
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(s->fd, frame, sizeof frame, 0, (struct sockaddr *)&from, &size);
        if (n < 0)
            return;
        if (from.sll_pkttype != PACKET_OUTGOING && n >= PXK_ETH_HEADER)
            frame_out(s, frame, (size_t)n);
    }
}

/* A sender on this same machine leaves the TCP or UDP checksum to hardware that is not there: finish it. */
static void checksum_finish(uint8_t *frame, const struct pxk_frame *f)
{
    size_t at = PXK_ETH_HEADER + (size_t)(frame[PXK_ETH_HEADER] & 15) * 4;
    size_t len = f->payload_wire + (size_t)(f->payload - (frame + at));
    uint8_t *field = frame + at + (f->ip.proto == PXK_IP_TCP ? 16 : 6);
    uint32_t pseudo = (f->ip.src >> 16) + (f->ip.src & 0xffff) + (f->ip.dst >> 16) + (f->ip.dst & 0xffff) + f->ip.proto +
                      (uint32_t)len;
    uint16_t unfinished = (uint16_t)~pxk_csum_fold(pseudo);
    if (pxk_csum_fold(pxk_csum_add(pseudo, frame + at, len)) == 0 || (uint16_t)(field[0] << 8 | field[1]) != unfinished)
        return; /* right already, or really damaged: then the kernel drops it */
    field[0] = field[1] = 0;
    uint16_t sum = pxk_csum_fold(pxk_csum_add(pseudo, frame + at, len));
    field[0] = (uint8_t)(sum >> 8);
    field[1] = (uint8_t)sum;
}

bool pxk_http_stack_input(struct pxk_http_stack *s, const uint8_t *frame, size_t len)
{
    static uint8_t copy[65536 + 64];
    struct pxk_frame f;
    size_t tag = s->opts.vlan ? 4 : 0;
    if (len > sizeof copy || len < PXK_ETH_HEADER + tag || pxk_frame_decode(frame, len, len, &f) != PXK_OK ||
        f.vlan[0] != s->opts.vlan)
        return false;
    bool arp = f.l3 == PXK_L3_ARP && f.arp.op == PXK_ARP_REPLY;
    bool tcp = f.l3 == PXK_L3_IP4 && f.l4 == PXK_L4_TCP && f.ip.dst == s->opts.ip;
    bool dns = f.l3 == PXK_L3_IP4 && f.l4 == PXK_L4_UDP && f.sport == 53 && f.ip.dst == s->opts.ip;
    if (!arp && !tcp && !dns)
        return false;
    memcpy(copy, frame, 12);
    memcpy(copy + 12, frame + 12 + tag, len - 12 - tag);
    len -= tag;
    if (!arp && pxk_frame_decode(copy, len, len, &f) == PXK_OK && !f.cut)
        checksum_finish(copy, &f);
    (void)send(s->fd, copy, len, 0); /* lost like any frame if there is no room: TCP sends it again */
    return tcp || dns;
}

static void on_finished(uv_async_t *async)
{
    struct pxk_http_stack *s = async->data;
    if (atomic_load(&s->quit))
        return;
    struct pxk_http_answer answer = {.status = s->status, .data = s->body, .len = s->len, .seconds = s->seconds, .why = s->why};
    s->opts.done(s->opts.ctx, &answer);
}

static void stack_free(struct pxk_http_stack *s)
{
    if (s->fd >= 0)
        close(s->fd);
    uv_sem_destroy(&s->ready);
    uv_sem_destroy(&s->work);
    free(s->body);
    free(s);
}

enum pxk_err pxk_http_stack_open(const struct pxk_http_stack_opts *opts, struct pxk_http_stack **out, char *why, size_t cap)
{
    struct pxk_http_stack *s = calloc(1, sizeof *s);
    if (!s)
        return PXK_E_NOMEM;
    s->opts = *opts;
    s->fd = -1;
    (void)pxk_str_copy(s->user_agent, sizeof s->user_agent, opts->user_agent ? opts->user_agent : "pxekit");
    uv_sem_init(&s->ready, 0);
    uv_sem_init(&s->work, 0);
    if (uv_thread_create(&s->thread, thread_main, s) != 0) {
        stack_free(s);
        return PXK_E_NOMEM;
    }
    uv_sem_wait(&s->ready);
    if (s->setup != PXK_OK) {
        enum pxk_err err = s->setup;
        uv_thread_join(&s->thread);
        pxk_fmt(why, cap, "HTTP needs a network namespace of its own, and this process may not make one (run it as root)");
        stack_free(s);
        return err;
    }
    uv_async_init(opts->loop, &s->finished, on_finished);
    uv_poll_init(opts->loop, &s->poll, s->fd);
    s->finished.data = s->poll.data = s;
    s->handles = 2;
    uv_poll_start(&s->poll, UV_READABLE, on_outer);
    *out = s;
    return PXK_OK;
}

void pxk_http_stack_get(struct pxk_http_stack *s, const char *url)
{
    (void)pxk_str_copy(s->url, sizeof s->url, url);
    uv_sem_post(&s->work);
}

static void on_closed(uv_handle_t *handle)
{
    struct pxk_http_stack *s = handle->data;
    if (--s->handles == 0)
        stack_free(s);
}

void pxk_http_stack_close(struct pxk_http_stack *s)
{
    if (!s)
        return;
    atomic_store(&s->quit, true);
    uv_sem_post(&s->work);
    uv_thread_join(&s->thread); /* a request under way looks at quit several times a second */
    uv_close((uv_handle_t *)&s->poll, on_closed);
    uv_close((uv_handle_t *)&s->finished, on_closed);
}
