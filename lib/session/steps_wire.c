/* Steps 3 to 5 of a client that is only watched: from its fetches, and from its silence. */
#include "session_int.h"

/* ---- 3 Files ---- */

static enum pxk_verdict nothing_fetched(const struct pxk_session *s, struct pxk_str *why)
{
    char ip[PXK_IP4_STRLEN];
    pxk_ip4 silent = pxk_arp_unanswered(s);
    if (silent && s->ip) {
        pxk_str_addf(why, "%s does not answer ARP", pxk_ip4_text(silent, ip));
        return PXK_VERDICT_FAIL;
    }
    pxk_str_add(why, "no file was asked for");
    return PXK_VERDICT_UNKNOWN;
}

static enum pxk_verdict fetch_failed(const struct fetch *f, struct pxk_str *why)
{
    pxk_fetch_words(f, why);
    return PXK_VERDICT_FAIL;
}

static bool has_dead_port(const struct fetch *f)
{
    return f->tftp && f->tftp->icmp;
}

enum pxk_verdict pxk_wire_files(const struct pxk_session *s, struct pxk_str *why)
{
    struct trail trail;
    pxk_trail_read(s, &trail);
    if (!trail.n)
        return nothing_fetched(s, why);
    const struct fetch *loader = trail.loader, *dead = pxk_trail_lacks(&trail, FETCH_DEAD);
    if (loader->state == FETCH_REFUSED)
        return fetch_failed(loader, why);
    if (dead && (has_dead_port(dead) || dead->is.role != ROLE_ANSWERS))
        return fetch_failed(dead, why);
    if (loader->state != FETCH_DONE) {
        pxk_fetch_words(loader, why);
        pxk_str_add(why, " so far");
        return PXK_VERDICT_UNKNOWN;
    }
    return pxk_service_words(s, why);
}

/* ---- 4 Boot ---- */

/* Is the loader no program for this firmware? Only where its first bytes are in the capture and the firmware
 * is known to take nothing else (an iPXE also takes scripts). */
static bool wrong_program(const struct trail *t, struct pxk_str *why)
{
    enum { PE_AT = 0x3c, SETUP_AT = 0x202 };
    const struct pxk_transfer *tr = t->loader->tftp;
    const struct pxk_arch *arch = t->firmware ? pxk_arch_by_code(t->firmware->arch) : NULL;
    if (!tr || tr->head_len < 2 || !arch || t->firmware->ipxe)
        return false;
    struct pxk_rd head = pxk_rd_init(tr->head, tr->head_len);
    struct pxk_rd at = pxk_rd_at(&head, PE_AT, 4), setup = pxk_rd_at(&head, SETUP_AT, 4);
    bool mz = pxk_rd_u16(&head) == 0x4d5a;
    struct pxk_rd pe = pxk_rd_at(&head, mz ? pxk_rd_le32(&at) : SIZE_MAX, 6);
    bool is_pe = pxk_rd_u32(&pe) == 0x50450000;
    uint16_t machine = pxk_rd_le16(&pe);
    if (arch->pe_machine && !mz) {
        pxk_str_addf(why, "%s is no EFI program, the firmware is %s", pxk_base_name(tr->file), arch->words);
        return true;
    }
    if (arch->pe_machine && is_pe && pe.err == PXK_OK && machine != arch->pe_machine &&
        !(machine == 0x8664 && arch->code == PXK_ARCH_EBC)) {
        pxk_str_addf(why, "%s is an EFI program for machine 0x%04x, the firmware is %s",
                     pxk_base_name(tr->file), machine, arch->words);
        return true;
    }
    if (arch->code == PXK_ARCH_BIOS && is_pe && pxk_rd_u32(&setup) != 0x48647253) { /* HdrS */
        pxk_str_addf(why, "%s is an EFI program, the firmware is a BIOS", pxk_base_name(tr->file));
        return true;
    }
    return false;
}

/* The same boot file three times over, each time with DHCP before it, and nothing else: a loop. */
static bool loops(const struct trail *t)
{
    enum { TIMES = 3 };
    unsigned rounds = 0;
    for (unsigned i = 0; i < t->s->round_n; i++)
        rounds += t->s->round[i].pxe || t->s->round[i].ipxe;
    return t->loads >= TIMES && rounds >= TIMES && !t->config && !t->kernel;
}

static enum pxk_verdict handed_over(const struct trail *t, struct pxk_str *why)
{
    if (t->kernel) {
        pxk_str_addf(why, "%s ", pxk_base_name(t->kernel->path));
        pxk_str_add_bytes(why, t->kernel->bytes);
    }
    if (t->initrd) {
        pxk_str_addf(why, "%s%s ", t->kernel ? ", " : "", pxk_base_name(t->initrd->path));
        pxk_str_add_bytes(why, t->initrd->bytes);
    }
    if (t->kernel || t->initrd)
        pxk_str_add(why, " handed over");
    if (t->system)
        pxk_str_addf(why, "%sits system asks for an address", t->kernel || t->initrd ? "; " : "");
    return PXK_VERDICT_PASS;
}

/* After everything that it fetched: silence, or the firmware's next attempt. */
static bool gave_up(const struct trail *t)
{
    const struct fetch *last = &t->fetch[t->n - 1];
    if (t->s->solicits6 && t->s->solicit6_at > last->end)
        return true;
    for (unsigned i = 0; i < t->s->round_n; i++) {
        const struct pxk_round *r = &t->s->round[i];
        if (r->started > last->end && (r->pxe || r->http) && r->ipxe == t->firmware->ipxe)
            return true;
    }
    return pxk_session_quiet(t->s, last->end);
}

static enum pxk_verdict no_kernel(const struct trail *t, struct pxk_str *why)
{
    const struct fetch *lacks = pxk_trail_lacks(t, FETCH_REFUSED);
    const struct fetch *dead = pxk_trail_lacks(t, FETCH_DEAD);
    const struct fetch *last = &t->fetch[t->n - 1];
    if (lacks && lacks->is.role != ROLE_ANSWERS && t->loader_runs) {
        pxk_str_addf(why, "%s runs, but ", pxk_base_name(t->loader->path));
        return fetch_failed(lacks, why);
    }
    if (dead) {
        pxk_str_add(why, "stopped at ");
        return fetch_failed(dead, why);
    }
    if (!t->kernel && t->firmware && gave_up(t)) {
        pxk_str_addf(why, "nothing follows after %s", pxk_base_name(last->path));
        return PXK_VERDICT_FAIL;
    }
    if (t->kernel)
        pxk_str_addf(why, "%s is there; no initrd was asked for", pxk_base_name(t->kernel->path));
    else
        pxk_str_add(why, "under way");
    return PXK_VERDICT_UNKNOWN;
}

enum pxk_verdict pxk_wire_boot(const struct pxk_session *s, struct pxk_str *why)
{
    struct trail t;
    pxk_trail_read(s, &t);
    if (!t.loader || t.loader->state != FETCH_DONE) {
        if (t.system && !t.loader)
            return handed_over(&t, why); /* it booted in a way that is not followed here, IPv6 say */
        pxk_str_add(why, t.loader ? "its boot file has not arrived" : "not reached");
        return PXK_VERDICT_UNKNOWN;
    }
    if ((t.kernel && t.initrd) || t.system)
        return handed_over(&t, why);
    if (!t.loader_runs && wrong_program(&t, why))
        return PXK_VERDICT_FAIL;
    if (loops(&t)) {
        pxk_str_addf(why, "%s is loaded again and again, %u times", pxk_base_name(t.loader->path), t.loads);
        return PXK_VERDICT_FAIL;
    }
    return no_kernel(&t, why);
}

/* ---- 5 Installation ---- */

static const struct pxk_conn *refused_connection(const struct trail *t)
{
    const struct pxk_session *s = t->s;
    const struct pxk_conn *last = s->conns.n ? &s->conns.at[s->conns.n - 1] : NULL;
    return last && t->system && last->refused && last->at > t->system->started ? last : NULL;
}

enum pxk_verdict pxk_wire_install(const struct pxk_session *s, struct pxk_str *why)
{
    struct trail t;
    char ip[PXK_IP_STRLEN];
    pxk_trail_read(s, &t);
    const struct fetch *asked = NULL;
    for (size_t i = t.n; i-- > 0 && !asked;)
        if (t.fetch[i].is.role == ROLE_ANSWERS)
            asked = &t.fetch[i];
    if (t.answers) {
        pxk_str_addf(why, "%s found, ", pxk_base_name(t.answers->path));
        pxk_str_add_bytes(why, t.answers->bytes);
        return PXK_VERDICT_PASS;
    }
    if (asked && (asked->state == FETCH_REFUSED || asked->state == FETCH_DEAD))
        return fetch_failed(asked, why);
    const struct pxk_conn *refused = refused_connection(&t);
    if (refused) {
        pxk_str_addf(why, "%s refuses connections to port %u", pxk_ip_text(refused->server, ip),
                     refused->server_port);
        return PXK_VERDICT_WARN;
    }
    pxk_str_add(why, t.system ? "no answer file was asked for" : "not reached");
    return PXK_VERDICT_UNKNOWN;
}

/* ---- how far ---- */

static bool had_usable_offer(const struct pxk_session *s)
{
    char file[256];
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_round *r = &s->round[i];
        if (pxk_round_answer(r, PXK_DHCP4_OFFER) && pxk_round_boot_answer(r, file, sizeof file))
            return true;
    }
    const struct pxk_boot6 *x = pxk_session_boot6(s);
    return x && !x->params_bad && (!x->http || x->class_back);
}

static bool had_lease(const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++)
        if (pxk_round_lease(&s->round[i]))
            return true;
    for (unsigned i = 0; i < s->boot6_n; i++)
        if (s->boot6[i].replies && !pxk_ip_is_none(s->boot6[i].address))
            return true;
    return false;
}

enum pxk_milestone pxk_wire_milestone(const struct pxk_session *s)
{
    struct trail t;
    pxk_trail_read(s, &t);
    if (t.answers)
        return PXK_MILESTONE_INSTALL;
    if (t.system || (t.kernel && t.initrd))
        return PXK_MILESTONE_INITRD;
    if (t.kernel)
        return PXK_MILESTONE_KERNEL;
    if (t.loader_runs && t.config)
        return PXK_MILESTONE_CONFIG;
    if (t.loader_runs)
        return PXK_MILESTONE_LOADER;
    if (had_lease(s))
        return PXK_MILESTONE_LEASE;
    return had_usable_offer(s) ? PXK_MILESTONE_OFFER : PXK_MILESTONE_NONE;
}
