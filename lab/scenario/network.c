/* Segments, routers, relays and cables. */
#include <string.h>

#include "scn_int.h"

enum { MTU_MIN = 68 /* RFC 791 3.2 */, MTU_MAX = 65521 };

/* ---- single structs ---- */

static void segment_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_segment *g = self;
    scn_name_check(c, &g->name);
    if (pxk_conf_given(c, &g->subnet) && (g->subnet.prefix > 30 || g->subnet.prefix < 8))
        pxk_conf_error(c, &g->subnet, "a subnet of /%u is no segment, expected /8 to /30", g->subnet.prefix);
}

static void router_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_router *r = self;
    scn_name_check(c, &r->name);
    if (pxk_conf_given(c, &r->joins) && r->joins.n < 2)
        pxk_conf_error(c, &r->joins, "a router joins at least two segments");
    if (pxk_conf_given(c, &r->addresses) && r->addresses.n != r->joins.n)
        pxk_conf_error(c, &r->addresses, "%zu addresses for %zu segments, expected one for each in the order of joins",
                       r->addresses.n, r->joins.n);
    for (size_t i = 0; i < r->joins.n && r->joins.n <= SCN_SEGMENTS_MAX; i++)
        for (size_t j = 0; j < i; j++)
            if (r->joins.at[i] && r->joins.at[j] && strcmp(r->joins.at[i], r->joins.at[j]) == 0)
                pxk_conf_error(c, &r->joins.at[i], "%s is joined twice", r->joins.at[i]);
    (void)scn_at_most(c, &r->joins, r->joins.n, SCN_SEGMENTS_MAX, "segments"); /* told */
}

static void relay_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_relay *r = self;
    if (pxk_conf_given(c, &r->to) && !r->to.n)
        pxk_conf_error(c, &r->to, "a relay needs at least one server to relay to");
    (void)scn_at_most(c, &r->to, r->to.n, SCN_SERVERS_MAX, "servers"); /* told */
}

/* Effects that mean nothing alone. */
static void way_check(struct pxk_conf *c, const struct pxk_cable_way *w)
{
    if (pxk_conf_given(c, &w->hold) && !pxk_conf_written(c, &w->reorder))
        pxk_conf_error(c, &w->hold, "hold is for frames that are reordered, but there is no reorder");
    if (pxk_conf_given(c, &w->corrupt_from) && !pxk_conf_written(c, &w->corrupt))
        pxk_conf_error(c, &w->corrupt_from, "corrupt-from without corrupt");
    if (pxk_conf_given(c, &w->queue_bytes) && !pxk_conf_written(c, &w->rate_bps))
        pxk_conf_error(c, &w->queue_bytes, "a queue forms before a rate limit, but there is no rate");
    if (pxk_conf_given(c, &w->mtu_answer) && !pxk_conf_written(c, &w->mtu))
        pxk_conf_error(c, &w->mtu_answer, "mtu-answer without mtu");
    if (pxk_conf_given(c, &w->native) && !pxk_conf_written(c, &w->untag))
        pxk_conf_error(c, &w->native, "native says what passes beside a tagged VLAN, but there is no untag");
}

static void cable_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_cable *k = self;
    way_check(c, &k->effect);
    (void)scn_at_most(c, &k->rules, k->rules.n, PXK_CABLE_RULES, "rules"); /* told */
}

static void rule_check(struct pxk_conf *c, void *self)
{
    const struct pxk_scn_rule *r = self;
    bool ports = pxk_conf_written(c, &r->sport) || pxk_conf_written(c, &r->dport);
    bool has_ports = r->protocol && (strcmp(r->protocol, "udp") == 0 || strcmp(r->protocol, "tcp") == 0);
    if (ports && r->protocol && !has_ports)
        pxk_conf_error(c, &r->protocol, "%s has no ports, expected udp or tcp beside a port", r->protocol);
    if (r->protocol && strcmp(r->protocol, "ip6") == 0 && (r->src || r->dst || r->fragments))
        pxk_conf_error(c, &r->protocol, "rules know addresses and fragments of IPv4 only");
}

/* ---- words ---- */

static const char *way_word(size_t i)
{
    static const char *const words[] = {
#define X(name, key) key,
        PXK_SCN_WAYS(X)
#undef X
    };
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static const char *action_word(size_t i)
{
    static const char *const words[] = {"drop", "pass"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static const struct {
    const char *word;
    uint16_t ethertype;
    uint8_t proto;
} protocols[] = {{"udp", 0, PXK_IP_UDP},  {"tcp", 0, PXK_IP_TCP},  {"icmp", 0, PXK_IP_ICMP},
                 {"arp", PXK_ETH_ARP, 0}, {"ip", PXK_ETH_IP4, 0}, {"ip6", PXK_ETH_IP6, 0}};

static const char *protocol_word(size_t i)
{
    return i < PXK_COUNT(protocols) ? protocols[i].word : NULL;
}

struct pxk_cable_rule pxk_scn_rule_of(const struct pxk_scn_rule *r)
{
    static const enum pxk_cable_dir dir[] = {PXK_CABLE_BOTH, PXK_CABLE_B_TO_A, PXK_CABLE_A_TO_B};
    struct pxk_cable_rule out = {.action = r->action ? PXK_CABLE_PASS : PXK_CABLE_DROP,
                                 .dir = dir[r->way],
                                 .src = r->src,
                                 .src_mask = r->src ? UINT32_MAX : 0,
                                 .dst = r->dst,
                                 .dst_mask = r->dst ? UINT32_MAX : 0,
                                 .sport = r->sport,
                                 .dport = r->dport,
                                 .fragments = r->fragments,
                                 .skip = r->skip,
                                 .every = r->every,
                                 .limit = r->limit};
    for (size_t i = 0; r->protocol && i < PXK_COUNT(protocols); i++)
        if (strcmp(protocols[i].word, r->protocol) == 0) {
            out.ethertype = protocols[i].ethertype;
            out.proto = protocols[i].proto;
        }
    return out;
}

/* ---- tables ---- */

#define SEGMENT(m) PXK_CONF_AT(struct pxk_scn_segment, m)
static const struct pxk_conf_key segment_keys[] = {
    {SCN_KEY("name", STRING), .max = PXK_SCN_NAME_MAX, SEGMENT(name), .doc = "default: lan, then lan2 ..."},
    {SCN_KEY("subnet", SUBNET), SEGMENT(subnet), .doc = "default: 10.77.0.0/24, then 10.78.0.0/24 ..."},
    {SCN_KEY("mtu", INT), .min = MTU_MIN, .max = MTU_MAX, .def = "1500", SEGMENT(mtu), .doc = "of every port in it"},
    {SCN_KEY("offload", BOOL), .def = "false", SEGMENT(offload),
     .doc = "leave checksums and segmentation to cards that are not there, as virtual machines do"},
    {0}};
static const struct pxk_conf_table segment_table = {"segment", "a switch with a subnet",
                                                    sizeof(struct pxk_scn_segment), segment_keys, segment_check};

#define RELAY(m) PXK_CONF_AT(struct pxk_scn_relay, m)
static const struct pxk_conf_key relay_keys[] = {
    {SCN_KEY("to", IP4), .required = true, PXK_CONF_LIST_AT(struct pxk_scn_relay, to), .doc = "DHCP servers"},
    {SCN_KEY("circuit-id", STRING), .max = 255, RELAY(circuit_id), .doc = "option 82 suboption 1"},
    {SCN_KEY("remote-id", STRING), .max = 255, RELAY(remote_id), .doc = "option 82 suboption 2"},
    {0}};
static const struct pxk_conf_table relay_table = {"relay", "a DHCP relay (RFC 1542, RFC 3046)",
                                                  sizeof(struct pxk_scn_relay), relay_keys, relay_check};

#define ROUTER(m) PXK_CONF_AT(struct pxk_scn_router, m)
static const struct pxk_conf_key router_keys[] = {
    {SCN_KEY("name", STRING), .required = true, .max = PXK_SCN_NAME_MAX, ROUTER(name), .doc = "of its host"},
    {SCN_KEY("joins", STRING), .required = true, PXK_CONF_LIST_AT(struct pxk_scn_router, joins),
     .doc = "two or more segments"},
    {SCN_KEY("addresses", IP4), PXK_CONF_LIST_AT(struct pxk_scn_router, addresses),
     .doc = "in the order of joins; default: each subnet's last but one, .254 of a /24"},
    {SCN_KEY("mtu", INT), .min = MTU_MIN, .max = MTU_MAX, ROUTER(mtu),
     .doc = "of its ports in all segments but the first; default: as the segment"},
    {SCN_KEY("silent", BOOL), .def = "false", ROUTER(silent),
     .doc = "no ICMP when a packet does not fit: a black hole"},
    {SCN_KEY("relay", STRUCT), .sub = &relay_table, PXK_CONF_PTR_AT(struct pxk_scn_router, relay),
     .doc = "relays DHCP from every segment without such a server's address"},
    {0}};
static const struct pxk_conf_table router_table = {"router", "forwards IP between segments",
                                                   sizeof(struct pxk_scn_router), router_keys, router_check};

#define RULE(m) PXK_CONF_AT(struct pxk_scn_rule, m)
static const struct pxk_conf_key rule_keys[] = {
    {SCN_KEY("action", ENUM), .word = action_word, .def = "drop", RULE(action), .doc = "what becomes of a frame that fits"},
    {SCN_KEY("way", ENUM), .word = way_word, .def = "both", RULE(way), .doc = "seen from the host at this port"},
    {SCN_KEY("protocol", WORD), .word = protocol_word, RULE(protocol), .doc = "default: any"},
    {SCN_KEY("from", IP4), RULE(src), .doc = "source; default: any"},
    {SCN_KEY("to", IP4), RULE(dst), .doc = "destination; default: any"},
    {SCN_KEY("source-port", READ), .read = scn_read_ports, .noun = "a port such as 69, or 1025-65535",
     .pattern = "^[0-9]+(-[0-9]+)?$", RULE(sport), .doc = "of UDP or TCP; default: any"},
    {SCN_KEY("destination-port", READ), .read = scn_read_ports, .noun = "a port such as 69, or 1025-65535",
     .pattern = "^[0-9]+(-[0-9]+)?$", RULE(dport), .doc = "of UDP or TCP; default: any"},
    {SCN_KEY("fragments", BOOL), .def = "false", RULE(fragments), .doc = "fragments only"},
    {SCN_KEY("skip", INT), RULE(skip), .doc = "so many matches pass first"},
    {SCN_KEY("every", INT), RULE(every), .doc = "of those after, strike only each Nth"},
    {SCN_KEY("limit", INT), RULE(limit), .doc = "strike so often at most"},
    {0}};
static const struct pxk_conf_table rule_table = {
    "rule", "the first rule that strikes decides; a frame that none strikes passes", sizeof(struct pxk_scn_rule),
    rule_keys, rule_check};

#define CABLE(m) PXK_CONF_AT(struct pxk_scn_cable, m)
#define DELAY    .min = 0, .max = (int64_t)PXK_CABLE_DELAY_MAX
#define VLAN     .min = 1, .max = PXK_CABLE_VLAN_MAX
#define CABLE_EFFECT_KEYS                                                                                              \
    {SCN_KEY("way", ENUM), .word = way_word, .def = "both", CABLE(way), .doc = "seen from the host at this port"},     \
    {SCN_KEY("lose", PERCENT), CABLE(effect.lose), .doc = "of frames, by chance"},                                     \
    {SCN_KEY("duplicate", PERCENT), CABLE(effect.duplicate), .doc = "the copy follows at once"},                       \
    {SCN_KEY("reorder", PERCENT), CABLE(effect.reorder), .doc = "held back while later frames overtake"},              \
    {SCN_KEY("hold", DURATION), DELAY, CABLE(effect.hold), .doc = "of a reordered frame at most; default 3ms"},        \
    {SCN_KEY("corrupt", PERCENT), CABLE(effect.corrupt), .doc = "one bit flips; checksums are left as they are"},      \
    {SCN_KEY("corrupt-from", INT), .min = 0, .max = UINT16_MAX, CABLE(effect.corrupt_from),                            \
     .doc = "first byte of the frame that may be hit"},                                                                \
    {SCN_KEY("delay", DURATION), DELAY, CABLE(effect.delay), .doc = "of every frame"},                                 \
    {SCN_KEY("jitter", DURATION), DELAY, CABLE(effect.jitter), .doc = "up to so much more delay"},                     \
    {SCN_KEY("rate", READ), .read = scn_read_rate, .noun = "bits per second such as 10M or 56k",                       \
     .pattern = "^[0-9]+[kMG]?$", CABLE(effect.rate_bps), .doc = "bits per second (powers of 1000)"},                  \
    {SCN_KEY("queue", SIZE), CABLE(effect.queue_bytes), .doc = "bytes that wait for the rate; more are dropped"},      \
    {SCN_KEY("mtu", INT), .min = PXK_CABLE_MTU_MIN, .max = UINT16_MAX, CABLE(effect.mtu),                              \
     .doc = "longer IP packets are dropped"},                                                                          \
    {SCN_KEY("mtu-answer", BOOL), CABLE(effect.mtu_answer), .doc = "and answered: ICMP fragmentation needed"},         \
    {SCN_KEY("tag", INT), VLAN, CABLE(effect.tag), .doc = "frames get this VLAN's tag"},                               \
    {SCN_KEY("untag", INT), VLAN, CABLE(effect.untag), .doc = "frames of this VLAN lose their tag, others are dropped"}, \
    {SCN_KEY("native", BOOL), CABLE(effect.native), .doc = "with untag: frames without a tag pass too"},               \
    {SCN_KEY("rules", STRUCT), .sub = &rule_table, PXK_CONF_LIST_AT(struct pxk_scn_cable, rules), .doc = "filters, in order"},

static const struct pxk_conf_key cable_keys[] = {
    {SCN_KEY("port", STRING), .required = true, .max = 2 * PXK_SCN_NAME_MAX + 1, CABLE(port),
     .doc = "a server, a client, clients (the port that they share), or ROUTER:SEGMENT"},
    CABLE_EFFECT_KEYS
    {SCN_KEY("silent", DURATION), DELAY, CABLE(silent), .doc = "nothing passes for so long after link up (spanning tree)"},
    {SCN_KEY("cut", BOOL), .def = "false", CABLE(cut), .doc = "starts unplugged"},
    {0}};
static const struct pxk_conf_table cable_table = {"cable", "between a host's port and its switch",
                                                  sizeof(struct pxk_scn_cable), cable_keys, cable_check};

static const struct pxk_conf_key change_keys[] = {CABLE_EFFECT_KEYS{0}};
const struct pxk_conf_table scn_cable_change_table = {"cable-change", "what a cable does from now on",
                                                      sizeof(struct pxk_scn_cable), change_keys, cable_check};

static const struct pxk_conf_key network_keys[] = {
    {SCN_KEY("segments", STRUCT), .sub = &segment_table, PXK_CONF_LIST_AT(struct pxk_scn_network, segments),
     .doc = "default: one, lan"},
    {SCN_KEY("routers", STRUCT), .sub = &router_table, PXK_CONF_LIST_AT(struct pxk_scn_network, routers),
     .doc = "between segments; may relay DHCP"},
    {SCN_KEY("cables", STRUCT), .sub = &cable_table, PXK_CONF_LIST_AT(struct pxk_scn_network, cables),
     .doc = "those that do something to frames"},
    {0}};
const struct pxk_conf_table scn_network_table = {"network", "segments, and what joins them",
                                                 sizeof(struct pxk_scn_network), network_keys, NULL};

/* ---- defaults, and between structs ---- */

static void segments_fill(struct pxk_conf *c, struct pxk_scn_network *n)
{
    if (!n->segments.n) {
        pxk_vec_done(&n->segments); /* an empty list has room too */
        struct pxk_scn_segment *g = pxk_vec_push(&n->segments);
        if (!g) {
            pxk_conf_no_memory(c);
            return;
        }
        g->mtu = 1500;
    }
    for (size_t i = 0; i < n->segments.n; i++) {
        struct pxk_scn_segment *g = &n->segments.at[i];
        if (!g->name && i == 0)
            scn_set(c, &g->name, "lan");
        else if (!g->name)
            scn_set(c, &g->name, "lan%zu", i + 1);
        if (!g->subnet.prefix)
            g->subnet = (struct pxk_conf_subnet){PXK_IP4(10, 77 + i, 0, 0), 24};
    }
}

static void router_fill(struct pxk_conf *c, struct pxk_scenario *s, struct pxk_scn_router *r)
{
    char ip[PXK_IP4_STRLEN], net[PXK_IP4_STRLEN];
    bool given = pxk_conf_given(c, &r->addresses) && r->addresses.n == r->joins.n;
    for (size_t i = 0; i < r->joins.n; i++) {
        bool known = scn_need_segment(c, s, &r->joins.at[i]);
        const struct pxk_scn_segment *g = known ? scn_segment(s, r->joins.at[i]) : NULL;
        if (given && g && r->addresses.at[i] && !scn_is_host(g->subnet, r->addresses.at[i]))
            pxk_conf_error(c, &r->addresses.at[i], "%s is no host of %s, %s/%u", pxk_ip4_text(r->addresses.at[i], ip),
                           g->name, pxk_ip4_text(g->subnet.net, net), g->subnet.prefix);
        if (pxk_conf_written(c, &r->addresses))
            continue;
        pxk_ip4 *a = pxk_vec_push(&r->addresses);
        if (!a) {
            pxk_conf_no_memory(c);
            return;
        }
        *a = g ? scn_from_end(g->subnet, 1) : 0;
    }
}

void scn_network_fill(struct pxk_conf *c, struct pxk_scenario *s)
{
    struct pxk_scn_network *n = &s->network;
    if (!scn_at_most(c, &n->segments, n->segments.n, SCN_SEGMENTS_MAX, "segments") ||
        !scn_at_most(c, &n->routers, n->routers.n, SCN_ROUTERS_MAX, "routers"))
        return;
    segments_fill(c, n);
    for (size_t i = 0; i < n->segments.n; i++)
        for (size_t j = 0; j < i; j++)
            if (n->segments.at[i].name && n->segments.at[j].name &&
                strcmp(n->segments.at[i].name, n->segments.at[j].name) == 0)
                pxk_conf_error(c, &n->segments.at[i].name, "two segments have the name %s", n->segments.at[i].name);
    for (size_t i = 0; i < n->routers.n; i++)
        if (n->routers.at[i].joins.n <= SCN_SEGMENTS_MAX)
            router_fill(c, s, &n->routers.at[i]);
}

static bool ways_meet(int a, int b)
{
    return a == b || a == PXK_SCN_WAY_BOTH || b == PXK_SCN_WAY_BOTH;
}

void scn_cables_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    const struct pxk_scn_network *n = &s->network;
    if (!scn_at_most(c, &n->cables, n->cables.n, SCN_CABLES_MAX, "cables"))
        return;
    for (size_t i = 0; i < n->cables.n; i++) {
        const struct pxk_scn_cable *k = &n->cables.at[i];
        (void)scn_need_port(c, s, &k->port); /* told */
        for (size_t j = 0; j < i && k->port; j++)
            if (n->cables.at[j].port && strcmp(n->cables.at[j].port, k->port) == 0 &&
                ways_meet(n->cables.at[j].way, k->way))
                pxk_conf_error(c, &k->port, "the port %s has two cables for the same way, first in line %u", k->port,
                               pxk_conf_line(c, &n->cables.at[j].port));
    }
}
