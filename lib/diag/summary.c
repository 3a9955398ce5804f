/* From findings to verdicts: a client's steps and outcome, and the network's five lines. */
#include <string.h>

#include "diag_int.h"

/* ---- one client ---- */

static const struct pxk_finding *first_failure(const struct pxk_diagnosis *d,
                                               const struct pxk_session *s)
{
    for (size_t i = 0; i < d->findings.n; i++)
        if (d->findings.at[i].session == s && d->findings.at[i].severity == PXK_SEVERITY_FAILURE)
            return &d->findings.at[i];
    return NULL;
}

static void merge(struct pxk_client_verdict *v, const struct pxk_finding *f)
{
    enum pxk_step step = f->row->step;
    bool fails = f->severity == PXK_SEVERITY_FAILURE && v->step[step] != PXK_VERDICT_FAIL;
    bool warns = f->severity == PXK_SEVERITY_WARNING && v->step[step] < PXK_VERDICT_WARN;
    v->failures += f->severity == PXK_SEVERITY_FAILURE;
    v->warnings += f->severity == PXK_SEVERITY_WARNING;
    if (f->severity == PXK_SEVERITY_FAILURE)
        v->step[step] = PXK_VERDICT_FAIL;
    else if (warns)
        v->step[step] = PXK_VERDICT_WARN;
    /* A file's or a loader's own words say more than the title; of DHCP the title is the diagnosis,
     * and what the session saw (no boot file) often the consequence (of a second server). */
    bool titled = f->severity == PXK_SEVERITY_FAILURE && (step <= PXK_STEP_DHCP || !*v->why[step]);
    if (fails || warns || titled)
        (void)pxk_str_copy(v->why[step], sizeof v->why[step], f->row->title);
}

/* The stage that a failure keeps a client from. */
static const char *stop_word(const struct pxk_finding *f, enum pxk_milestone reached)
{
    static const struct {
        enum finding_id id;
        const char *word;
    } words[] = {
        {FINDING_INITRD_MISSING, "initrd"},
        {FINDING_INITRD_TRUNCATED, "initrd"},
        {FINDING_INITRD_CORRUPT, "initrd"},
        {FINDING_KERNEL_DAMAGED, "kernel"},
        {FINDING_KERNEL_FOR_ANOTHER_ARCHITECTURE, "kernel"},
        {FINDING_KERNEL_MISSING, "kernel"},
        {FINDING_SILENT_AFTER_KERNEL, "kernel"},
        {FINDING_CONFIG_MISSING, "config"},
        {FINDING_CONFIG_EMPTY, "config"},
        {FINDING_CONFIG_LOOP, "config"},
        {FINDING_NO_DEFAULT_ENTRY, "config"},
        {FINDING_ANSWER_FILE_MISSING, "install"},
        {FINDING_ANSWER_URL_BROKEN, "install"},
        {FINDING_INSTALLER_GETS_NO_ADDRESS, "install"},
        {FINDING_LINK_DOWN, "link"},
        {FINDING_NO_BOOT_FILE, "boot file"},
        {FINDING_NO_BOOT_FILE_FOR_ARCH, "boot file"},
        {FINDING_ROGUE_DHCP_SERVER, "boot file"},
        {FINDING_NO_BOOT_FILE_URL, "boot file"},
        {FINDING_BOOT_FILE_PARAMS_MALFORMED, "boot file"},
    };
    for (size_t i = 0; i < PXK_COUNT(words); i++)
        if (finding_row(words[i].id) == f->row)
            return words[i].word;
    if (f->row->step == PXK_STEP_BOOT && reached < PXK_MILESTONE_LOADER)
        return "loader";
    return reached + 1 < PXK_MILESTONE_N ? pxk_milestone_key((enum pxk_milestone)(reached + 1))
                                         : "install";
}

static void tell_outcome(struct pxk_client_verdict *v, const struct pxk_finding *failure)
{
    const struct pxk_facts *facts = &v->session->facts;
    bool short_way = facts->until && facts->until < PXK_MILESTONE_INSTALL;
    enum pxk_milestone goal = short_way ? facts->until : PXK_MILESTONE_INITRD;
    v->boots = !failure && v->reached >= goal;
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        if (v->step[i] == PXK_VERDICT_FAIL)
            v->boots = false;
    if (failure && failure->row == finding_row(FINDING_ROGUE_DHCP_SERVER) && v->reached >= goal)
        pxk_fmt(v->outcome, sizeof v->outcome, "boots, by chance");
    else if (failure)
        pxk_fmt(v->outcome, sizeof v->outcome, "stops: %s", stop_word(failure, v->reached));
    else if (v->boots && short_way)
        pxk_fmt(v->outcome, sizeof v->outcome, "reached %s, as asked", pxk_milestone_key(goal));
    else if (v->boots)
        pxk_fmt(v->outcome, sizeof v->outcome, "boots");
    else if (facts->unjudged)
        pxk_fmt(v->outcome, sizeof v->outcome, "not judged after: %s", pxk_milestone_key(v->reached));
    else if (facts->local_boot)
        pxk_fmt(v->outcome, sizeof v->outcome, "boots from its disk");
    else if (facts->emulated && facts->finished)
        pxk_fmt(v->outcome, sizeof v->outcome, "stops after: %s", pxk_milestone_key(v->reached));
    else
        pxk_fmt(v->outcome, sizeof v->outcome, "seen up to: %s", pxk_milestone_key(v->reached));
}

void summarise_client(struct dx *d, struct pxk_client_verdict *v)
{
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        v->step[i] = pxk_session_step(d->s, (enum pxk_step)i, v->why[i], sizeof v->why[i]);
    for (size_t i = 0; i < d->out->findings.n; i++)
        if (d->out->findings.at[i].session == d->s)
            merge(v, &d->out->findings.at[i]);
    v->reached = pxk_session_milestone(d->s);
    tell_outcome(v, first_failure(d->out, d->s));
}

void count_client(struct dx *d, struct pxk_client_verdict *v)
{
    char scrap[200];
    for (size_t i = 0; i < d->out->findings.n; i++) {
        v->failures += d->out->findings.at[i].severity == PXK_SEVERITY_FAILURE;
        v->warnings += d->out->findings.at[i].severity == PXK_SEVERITY_WARNING;
    }
    v->reached = pxk_session_milestone(d->s);
    v->boots = !v->failures && v->reached >= PXK_MILESTONE_INITRD;
    for (unsigned i = 0; i < PXK_STEP_N && v->boots; i++)
        v->boots = pxk_session_step(d->s, (enum pxk_step)i, scrap, sizeof scrap) != PXK_VERDICT_FAIL;
}

/* ---- the network ---- */

static enum pxk_verdict worst(const struct pxk_diagnosis *d, unsigned step)
{
    enum pxk_verdict all = PXK_VERDICT_PASS;
    bool any = false;
    for (size_t i = 0; i < d->clients.n; i++) {
        enum pxk_verdict v = d->clients.at[i].step[step];
        if (v == PXK_VERDICT_FAIL)
            return v;
        any |= v != PXK_VERDICT_UNKNOWN;
        if (v == PXK_VERDICT_UNKNOWN || (v == PXK_VERDICT_WARN && all == PXK_VERDICT_PASS))
            all = v;
    }
    return any ? all : PXK_VERDICT_UNKNOWN;
}

static void comma(struct pxk_str *b)
{
    if (b->len)
        pxk_str_add(b, "; ");
}

/* "uefi-x64, bios" of the clients that fit, with "and 3 more" after four. */
static unsigned names_of(const struct pxk_diagnosis *d, unsigned step, enum pxk_verdict v,
                         struct pxk_str *b)
{
    unsigned n = 0;
    for (size_t i = 0; i < d->clients.n; i++)
        if (d->clients.at[i].step[step] == v && n++ < 4)
            pxk_str_addf(b, "%s%s", n > 1 ? ", " : "", d->clients.at[i].name);
    if (n > 4)
        pxk_str_addf(b, " and %u more", n - 4);
    return n;
}

static bool said_already(const struct pxk_diagnosis *d, unsigned step, size_t upto)
{
    for (size_t i = 0; i < upto; i++)
        if (d->clients.at[i].step[step] == d->clients.at[upto].step[step] &&
            strcmp(d->clients.at[i].why[step], d->clients.at[upto].why[step]) == 0)
            return true;
    return false;
}

/* "uefi-x64: the boot file is ..." once for every reason. */
static void tell_reasons(const struct pxk_diagnosis *d, unsigned step, enum pxk_verdict v,
                         struct pxk_str *b)
{
    for (size_t i = 0; i < d->clients.n && !b->cut; i++) {
        const struct pxk_client_verdict *c = &d->clients.at[i];
        if (c->step[step] != v || !*c->why[step] || said_already(d, step, i))
            continue;
        comma(b);
        if (d->clients.n > 1) {
            unsigned same = 0;
            for (size_t k = i; k < d->clients.n; k++)
                if (d->clients.at[k].step[step] == v &&
                    strcmp(d->clients.at[k].why[step], c->why[step]) == 0 && same++ < 4)
                    pxk_str_addf(b, "%s%s", same > 1 ? ", " : "", d->clients.at[k].name);
            pxk_str_addf(b, same > 4 ? " and %u more: " : ": ", same - 4);
        }
        pxk_str_add(b, c->why[step]);
    }
}

static void tell_connectivity(const struct pxk_diagnosis *d, struct pxk_str *b)
{
    for (size_t i = 0; i < d->clients.n; i++) {
        const struct pxk_facts *f = &d->clients.at[i].session->facts;
        char ip[PXK_IP4_STRLEN];
        if (!f->pinged)
            continue;
        pxk_str_addf(b, "%s answers ARP", pxk_ip4_text(f->ping_ip, ip));
        if (f->ping_ok) {
            pxk_str_add(b, " and ping in ");
            pxk_str_add_duration(b, f->ping_rtt);
        } else {
            pxk_str_add(b, ", not ping");
        }
        if (f->path_mtu_known && f->path_mtu)
            pxk_str_addf(b, "; path MTU %u", f->path_mtu);
        return;
    }
}

struct servers {
    pxk_ip4 address[8], proxy[8];
    struct pxk_ip six[8]; /* of DHCPv6 */
    unsigned addresses, proxies, sixes;
    uint32_t lease_s;
};

static void note_server(pxk_ip4 *list, unsigned *n, pxk_ip4 ip)
{
    for (unsigned i = 0; i < *n; i++)
        if (list[i] == ip)
            return;
    if (*n < 8)
        list[(*n)++] = ip;
}

static void note_sixes(struct servers *all, const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->boot6_n; i++) {
        struct pxk_ip ip = s->boot6[i].server;
        bool known = pxk_ip_is_none(ip) || all->sixes == PXK_COUNT(all->six);
        for (unsigned k = 0; k < all->sixes; k++)
            known |= pxk_ip_eq(all->six[k], ip);
        if (!known)
            all->six[all->sixes++] = ip;
    }
}

static void note_answers(struct servers *all, const struct pxk_session *s)
{
    note_sixes(all, s);
    for (unsigned r = 0; r < s->round_n; r++)
        for (unsigned i = 0; i < s->round[r].answer_n; i++) {
            const struct pxk_answer *a = &s->round[r].answer[i];
            if (a->proxy || a->sport == PXK_PXE_PORT)
                note_server(all->proxy, &all->proxies, answer_server(a));
            else
                note_server(all->address, &all->addresses, answer_server(a));
            if (a->lease_s && !all->lease_s)
                all->lease_s = a->lease_s;
        }
}

static void tell_dhcp4(const struct servers *all, struct pxk_str *b)
{
    char ip[PXK_IP4_STRLEN];
    if (all->addresses == 1)
        pxk_str_addf(b, "1 server, %s", pxk_ip4_text(all->address[0], ip));
    else
        pxk_str_addf(b, "%u servers", all->addresses);
    if (all->proxies == 1)
        pxk_str_addf(b, "; proxy %s", pxk_ip4_text(all->proxy[0], ip));
    else if (all->proxies)
        pxk_str_addf(b, "; %u proxies", all->proxies);
    else
        pxk_str_add(b, ", no proxy");
    if (all->lease_s) {
        pxk_str_add(b, "; lease ");
        pxk_str_add_duration(b, all->lease_s * PXK_SEC);
    }
}

static void tell_dhcp(const struct pxk_diagnosis *d, struct pxk_str *b)
{
    struct servers all = {0};
    char ip[PXK_IP_STRLEN];
    for (size_t i = 0; i < d->clients.n; i++)
        note_answers(&all, d->clients.at[i].session);
    if (all.addresses || all.proxies || !all.sixes)
        tell_dhcp4(&all, b);
    if (!all.sixes)
        return;
    comma(b);
    if (all.sixes == 1)
        pxk_str_addf(b, "DHCPv6 from %s", pxk_ip_text(all.six[0], ip));
    else
        pxk_str_addf(b, "%u DHCPv6 servers", all.sixes);
}

static void tell_files(const struct pxk_diagnosis *d, struct pxk_str *b)
{
    uint32_t blksize = 0, window = 0;
    bool tsize = false, http = false;
    uint64_t bytes = 0;
    pxk_usec took = 0;
    for (size_t i = 0; i < d->clients.n; i++) {
        const struct pxk_session *s = d->clients.at[i].session;
        http |= s->https.n > 0;
        for (size_t k = 0; k < s->transfers.n; k++) {
            const struct pxk_transfer *t = &s->transfers.at[k];
            if (t->state != PXK_TRANSFER_DONE)
                continue;
            blksize = t->blksize > blksize ? t->blksize : blksize;
            window = t->window > window ? t->window : window;
            tsize |= t->has_tsize;
            bytes += t->bytes;
            took += pxk_usec_since(t->started, t->last);
        }
    }
    if (blksize) {
        pxk_str_addf(b, "TFTP%s blksize %u", tsize ? " with tsize," : ",", blksize);
        if (window > 1)
            pxk_str_addf(b, ", windowsize %u", window);
    }
    if (bytes > 1000000 && took) {
        pxk_str_add(b, "; ");
        pxk_str_add_bytes(b, (uint64_t)((double)bytes * 1e6 / (double)took));
        pxk_str_add(b, "/s");
    }
    if (http)
        pxk_str_add(b, blksize ? "; HTTP" : "HTTP");
}

/* "bios: PXELINUX, install; uefi-x64: shim > GRUB, Install" */
static void tell_boot(const struct pxk_diagnosis *d, struct pxk_str *b)
{
    for (size_t i = 0; i < d->clients.n && i < 6; i++) {
        const struct pxk_client_verdict *c = &d->clients.at[i];
        const struct pxk_facts *f = &c->session->facts;
        if (!*f->loader_chain)
            continue;
        comma(b);
        if (d->clients.n > 1)
            pxk_str_addf(b, "%s: ", c->name);
        pxk_str_add(b, f->loader_chain);
        if (*f->kernel)
            pxk_str_addf(b, " > %s", file_base(f->kernel));
    }
}

/* What a client has to say of its installation: its answer file, else the session's own words. */
static const char *install_words(const struct pxk_client_verdict *c, char *out, size_t cap)
{
    struct pxk_boot_path path;
    pxk_boot_path_of(c->session, &path);
    if (path.stage[PXK_STAGE_ANSWERS].have)
        return pxk_fmt(out, cap, "%s found", file_base(path.stage[PXK_STAGE_ANSWERS].name));
    return pxk_fmt(out, cap, "%s", c->why[PXK_STEP_INSTALL]);
}

static void tell_install(const struct pxk_diagnosis *d, struct pxk_str *b)
{
    char first[256], words[256];
    bool same = true;
    for (size_t i = 0; i < d->clients.n; i++) {
        install_words(&d->clients.at[i], i ? words : first, sizeof words);
        same &= !i || strcmp(first, words) == 0;
    }
    if (same && d->clients.n) {
        pxk_str_add(b, first);
        return;
    }
    for (size_t i = 0; i < d->clients.n && !b->cut; i++) {
        comma(b);
        pxk_str_addf(b, "%s: %s", d->clients.at[i].name,
                     install_words(&d->clients.at[i], words, sizeof words));
    }
}

static void tell_pass(const struct pxk_diagnosis *d, unsigned step, struct pxk_str *b)
{
    static void (*const tell[PXK_STEP_N])(const struct pxk_diagnosis *, struct pxk_str *) = {
        tell_connectivity, tell_dhcp, tell_files, tell_boot, tell_install,
    };
    tell[step](d, b);
    if (!b->len)
        tell_reasons(d, step, PXK_VERDICT_PASS, b);
}

static bool any_failed_before(const struct pxk_diagnosis *d, unsigned step)
{
    for (unsigned i = 0; i < step; i++)
        if (d->step[i] == PXK_VERDICT_FAIL)
            return true;
    return false;
}

static void tell_unknown(const struct pxk_diagnosis *d, unsigned step, struct pxk_str *b)
{
    if (any_failed_before(d, step)) {
        pxk_str_add(b, "not reached");
        if (d->clients.n > 1) {
            pxk_str_add(b, " by ");
            names_of(d, step, PXK_VERDICT_UNKNOWN, b);
        }
    } else {
        tell_reasons(d, step, PXK_VERDICT_UNKNOWN, b);
    }
    for (size_t i = 0; i < d->clients.n && !b->cut; i++) {
        const struct pxk_client_verdict *c = &d->clients.at[i];
        if (c->step[step] != PXK_VERDICT_PASS || !*c->why[step])
            continue;
        comma(b);
        pxk_str_addf(b, "%s: %s", c->name, c->why[step]);
    }
}

void summarise(struct pxk_diagnosis *d)
{
    for (unsigned i = 0; i < PXK_STEP_N; i++) {
        struct pxk_str b = pxk_str_init(d->why[i], sizeof d->why[i]);
        d->step[i] = worst(d, i);
        switch (d->step[i]) {
        case PXK_VERDICT_UNKNOWN:
            tell_unknown(d, i, &b);
            break;
        case PXK_VERDICT_PASS:
            tell_pass(d, i, &b);
            break;
        case PXK_VERDICT_WARN:
        case PXK_VERDICT_FAIL:
            tell_reasons(d, i, d->step[i], &b);
            break;
        }
    }
}
