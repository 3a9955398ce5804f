/* The DHCP answers of a client side by side, one table for each of its conversations: a column per answer, a row per field. Where
 * offers differ stands out. */
#include <string.h>

#include "html_int.h"

enum { COLUMNS_MAX = 8, VALUE_MAX = 300 };

/* The value of one field of one answer; "" where the answer has none. */
typedef void (*field)(const struct pxk_answer *a, struct pxk_str *v);

static void add_ip(pxk_ip4 ip, struct pxk_str *v)
{
    char text[PXK_IP4_STRLEN];
    if (ip)
        pxk_str_add(v, pxk_ip4_text(ip, text));
}

static void from(const struct pxk_answer *a, struct pxk_str *v)
{
    char mac[PXK_MAC_STRLEN];
    add_ip(a->server_id ? a->server_id : a->src, v);
    pxk_str_addf(v, " (%s)", pxk_mac_text(&a->src_mac, mac));
}

static void kind(const struct pxk_answer *a, struct pxk_str *v)
{
    pxk_str_add(v, a->proxy ? "proxy" : "address server");
    if (a->sport != PXK_DHCP4_SERVER_PORT)
        pxk_str_addf(v, ", port %u", a->sport);
}

static void address(const struct pxk_answer *a, struct pxk_str *v)
{
    add_ip(a->yiaddr, v);
    if (a->netmask)
        pxk_str_addf(v, "/%d", __builtin_popcount(a->netmask));
}

static void router(const struct pxk_answer *a, struct pxk_str *v) { add_ip(a->router, v); }
static void dns(const struct pxk_answer *a, struct pxk_str *v) { add_ip(a->dns, v); }
static void relay(const struct pxk_answer *a, struct pxk_str *v) { add_ip(a->giaddr, v); }
static void next_server(const struct pxk_answer *a, struct pxk_str *v) { add_ip(a->siaddr, v); }
static void file(const struct pxk_answer *a, struct pxk_str *v) { pxk_str_add(v, a->file); }
static void option66(const struct pxk_answer *a, struct pxk_str *v) { pxk_str_add(v, a->option66); }
static void option67(const struct pxk_answer *a, struct pxk_str *v) { pxk_str_add(v, a->option67); }
static void vendor(const struct pxk_answer *a, struct pxk_str *v) { pxk_str_add(v, a->vendor); }
static void message(const struct pxk_answer *a, struct pxk_str *v) { pxk_str_add(v, a->message); }
static void config(const struct pxk_answer *a, struct pxk_str *v)
{
    pxk_str_add(v, a->pxelinux_prefix);
    pxk_str_add(v, a->pxelinux_config);
}

static void lease(const struct pxk_answer *a, struct pxk_str *v)
{
    if (a->lease_s == UINT32_MAX)
        pxk_str_add(v, "for ever");
    else if (a->lease_s)
        pxk_str_add_duration(v, (pxk_usec)a->lease_s * PXK_SEC);
}

static void pxe(const struct pxk_answer *a, struct pxk_str *v)
{
    pxk_str_add(v, a->has_menu ? "a boot menu" : a->discovery ? "discovery options" : "");
    if (a->control)
        pxk_str_addf(v, "%scontrol %u", v->len ? ", " : "", a->control);
}

static void checksum(const struct pxk_answer *a, struct pxk_str *v)
{
    if (a->csum == PXK_CSUM_BAD)
        pxk_str_add(v, "wrong");
}

static void edk2(const struct pxk_answer *a, struct pxk_str *v)
{
    if (a->edk2_drops)
        pxk_str_addf(v, "throws it away: %s", a->edk2_why);
}

static void delay(const struct pxk_answer *a, struct pxk_str *v)
{
    if (a->delay)
        pxk_str_add_duration(v, a->delay);
}

static void times(const struct pxk_answer *a, struct pxk_str *v)
{
    if (a->count > 1)
        pxk_str_addf(v, "%u", a->count);
}

static void frame(const struct pxk_answer *a, struct pxk_str *v)
{
    if (a->frame)
        pxk_str_addf(v, "%u", a->frame);
}

static const struct {
    const char *name;
    field value;
    bool tells; /* offers that differ here lead a client another way */
} fields[] = {{"from", from, false},          {"is", kind, false},          {"address", address, false},
              {"lease", lease, false},        {"router", router, true},     {"DNS", dns, false},
              {"relayed by", relay, false},   {"next server", next_server, true}, {"file (header)", file, true},
              {"option 67", option67, true},  {"option 66", option66, true}, {"option 60", vendor, true},
              {"option 43", pxe, true},       {"options 209, 210", config, true}, {"message", message, false},
              {"UDP checksum", checksum, true}, {"EDK2 firmware", edk2, true}, {"came after", delay, false},
              {"times", times, false},        {"frame", frame, false}};

static const char *value_of(size_t row, const struct pxk_answer *a, char out[static VALUE_MAX])
{
    struct pxk_str v = pxk_str_init(out, VALUE_MAX);
    fields[row].value(a, &v);
    return out;
}

/* Does an offer say something else here than the first offer? */
static bool differs(const struct pxk_round *r, size_t row, const struct pxk_answer *a, const char *value)
{
    const struct pxk_answer *first = pxk_round_answer(r, PXK_DHCP4_OFFER);
    char other[VALUE_MAX];
    return fields[row].tells && first && first != a && a->type == PXK_DHCP4_OFFER && strcmp(value_of(row, first, other), value) != 0;
}

static void row(const struct pxk_round *r, size_t i, unsigned n, struct pxk_text *out)
{
    char value[VALUE_MAX];
    bool any = false;
    for (unsigned k = 0; k < n; k++)
        any |= *value_of(i, &r->answer[k], value) != '\0';
    if (!any)
        return;
    html_put(out, "<tr><th>", fields[i].name, "</th>");
    for (unsigned k = 0; k < n; k++) {
        (void)value_of(i, &r->answer[k], value);
        if (differs(r, i, &r->answer[k], value))
            html_put(out, "<td class=\"diff\">", *value ? value : "-", "</td>");
        else
            html_cell(out, value);
    }
    pxk_text_add(out, "</tr>\n");
}

static bool is_taken(const struct pxk_round *r, const struct pxk_answer *a)
{
    return a->type == PXK_DHCP4_OFFER && r->requested_from && a->server_id == r->requested_from && !a->proxy;
}

static void table(const struct pxk_round *r, unsigned number, struct pxk_text *out)
{
    unsigned n = r->answer_n < COLUMNS_MAX ? r->answer_n : COLUMNS_MAX;
    pxk_text_addf(out, "<p>Conversation %u", number);
    html_put_if(out, ", ", r->persona ? r->persona->name : r->vendor, "");
    pxk_text_addf(out, " <span class=\"dim\">(xid 0x%08x)</span></p>\n<div class=\"wide\"><table class=\"cmp\"><tr><th></th>", r->xid);
    for (unsigned k = 0; k < n; k++)
        pxk_text_addf(out, "<th>%s%s</th>", pxk_dhcp4_type_name(r->answer[k].type), is_taken(r, &r->answer[k]) ? " (taken)" : "");
    pxk_text_add(out, "</tr>\n");
    for (size_t i = 0; i < PXK_COUNT(fields); i++)
        row(r, i, n, out);
    pxk_text_add(out, "</table></div>\n");
    if (r->answer_n + r->answers_lost > n)
        pxk_text_addf(out, "<p class=\"dim\">and %u more answers</p>\n", r->answer_n + r->answers_lost - n);
}

void html_offers(const struct pxk_session *s, struct pxk_text *out)
{
    bool any = false;
    for (unsigned i = 0; i < s->round_n; i++)
        any |= s->round[i].answer_n != 0;
    if (!any)
        return;
    pxk_text_add(out, "<h3>DHCP answers side by side</h3>\n");
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].answer_n)
            table(&s->round[i], i + 1, out);
}
