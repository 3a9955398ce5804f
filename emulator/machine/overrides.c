#include "overrides.h"

#include "overrides_int.h"

static struct pxk_override *entry(struct pxk_overrides *o, uint8_t code)
{
    for (size_t i = 0; i < o->option_n; i++)
        if (o->option[i].code == code)
            return &o->option[i];
    if (o->option_n == PXK_OVERRIDES_MAX)
        return NULL;
    return &o->option[o->option_n];
}

enum pxk_err pxk_overrides_set(struct pxk_overrides *o, uint8_t code, const void *data, size_t len)
{
    if (code == PXK_DHCP4_PAD || code == PXK_DHCP4_END || (data && !pxk_dhcp4_len_ok(code, len)))
        return PXK_E_RANGE;
    struct pxk_override *e = entry(o, code);
    if (!e || (data && len > sizeof o->bytes - o->bytes_n))
        return PXK_E_SPACE;
    *e = (struct pxk_override){.code = code, .omit = !data, .at = (uint16_t)o->bytes_n, .len = data ? (uint16_t)len : 0};
    if (e == &o->option[o->option_n])
        o->option_n++;
    if (data && len) {
        memcpy(o->bytes + o->bytes_n, data, len);
        o->bytes_n += len;
    }
    return PXK_OK;
}

/* ---- DHCP ---- */

/* A RELEASE or DECLINE names its lease by the same client identifier as the REQUEST; the rest is a personality's. */
static bool concerns(uint8_t type, uint8_t code)
{
    return type == PXK_DHCP4_DISCOVER || type == PXK_DHCP4_REQUEST || type == PXK_DHCP4_INFORM ||
           code == PXK_OPT_CLIENT_ID;
}

static bool addable(uint8_t code)
{
    return code != PXK_OPT_MESSAGE_TYPE && code != PXK_OPT_SERVER_ID && code != PXK_OPT_REQUESTED_IP;
}

static bool listed(const struct pxk_dhcp4_out_opt *opt, size_t n, uint8_t code)
{
    for (size_t i = 0; i < n; i++)
        if (opt[i].code == code)
            return true;
    return false;
}

static bool apply_one(const struct pxk_overrides *o, uint8_t type, struct pxk_dhcp4_out_opt *opt)
{
    for (size_t i = 0; i < o->option_n; i++) {
        const struct pxk_override *e = &o->option[i];
        if (e->code != opt->code || !concerns(type, e->code))
            continue;
        if (e->omit)
            return false;
        opt->len = e->len;
        opt->data = o->bytes + e->at;
    }
    return true;
}

size_t overrides_apply(const struct pxk_overrides *o, uint8_t type, struct pxk_dhcp4_out_opt *opt, size_t n, size_t cap)
{
    size_t kept = 0, sent = n;
    bool left_out[PXK_OVERRIDES_MAX];
    if (!o)
        return n;
    for (size_t i = 0; i < o->option_n; i++) /* before options go: what it sent is replaced, never added again */
        left_out[i] = o->option[i].omit || !concerns(type, o->option[i].code) || !addable(o->option[i].code) ||
                      listed(opt, sent, o->option[i].code);
    for (size_t i = 0; i < sent; i++) {
        struct pxk_dhcp4_out_opt one = opt[i];
        if (apply_one(o, type, &one))
            opt[kept++] = one;
    }
    for (size_t i = 0; i < o->option_n && kept < cap; i++)
        if (!left_out[i])
            opt[kept++] = (struct pxk_dhcp4_out_opt){o->option[i].code, o->option[i].len, o->bytes + o->option[i].at};
    return kept;
}

/* ---- TFTP ---- */

static void ask_drop(struct pxk_tftp_ask *ask, unsigned *n, enum pxk_tftp_opt_id id)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < *n; i++)
        if (ask[i].id != id)
            ask[kept++] = ask[i];
    *n = kept;
}

/* @add: ask though this client never does. */
static void ask_set(struct pxk_tftp_ask *ask, unsigned *n, size_t cap, struct pxk_tftp_ask want, bool add)
{
    for (unsigned i = 0; i < *n; i++) {
        if (ask[i].id == want.id) {
            ask[i] = want;
            return;
        }
    }
    if (add && *n < cap)
        ask[(*n)++] = want;
}

static void ask_apply(struct pxk_tftp_profile *who, enum pxk_tftp_opt_id id, const struct pxk_override_tftp *o)
{
    if (!o->given)
        return;
    if (!o->value) {
        ask_drop(who->probe, &who->probe_n, id);
        ask_drop(who->fetch, &who->fetch_n, id);
        return;
    }
    /* RFC 2349: a read asks with tsize 0 */
    struct pxk_tftp_ask want = {id, id == PXK_TFTP_OPT_TSIZE ? 0 : o->value};
    ask_set(who->probe, &who->probe_n, PXK_COUNT(who->probe), want, false);
    ask_set(who->fetch, &who->fetch_n, PXK_COUNT(who->fetch), want, true);
}

void overrides_tftp(const struct pxk_overrides *o, const struct pxk_tftp_profile *who, struct pxk_tftp_profile *out)
{
    *out = *who;
    if (!o)
        return;
    ask_apply(out, PXK_TFTP_OPT_BLKSIZE, &o->blksize);
    ask_apply(out, PXK_TFTP_OPT_WINDOWSIZE, &o->windowsize);
    ask_apply(out, PXK_TFTP_OPT_TSIZE, &o->tsize);
    if (o->tsize.given && !o->tsize.value)
        out->probe_n = 0; /* a transfer for the size alone, without asking for it: there is none */
    if (out->fetch_n == 0)
        out->needs_oack = false; /* nothing is asked for, so no server may send one (RFC 2347) */
}
