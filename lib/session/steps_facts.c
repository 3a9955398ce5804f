/* The steps of a client that we play: it knows what the wire does not show. */
#include "session_int.h"

static bool role_is(const struct pxk_file *f, const char *role)
{
    return strcmp(f->role, role) == 0;
}

static const struct pxk_file *have_role(const struct pxk_session *s, const char *role)
{
    for (size_t i = s->files.n; i-- > 0;)
        if (s->files.at[i].have && role_is(&s->files.at[i], role))
            return &s->files.at[i];
    return NULL;
}

/* ---- 2 DHCP ---- */

static const struct pxk_answer *last_lease(const struct pxk_session *s)
{
    for (unsigned i = s->round_n; i-- > 0;)
        if (pxk_round_lease(&s->round[i]))
            return pxk_round_lease(&s->round[i]);
    return NULL;
}

static enum pxk_verdict dhcp_failed(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    pxk_str_add(why, k->dhcp_why[0] ? k->dhcp_why : "no usable answer");
    return PXK_VERDICT_FAIL;
}

static enum pxk_verdict dhcp_passed(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    const struct pxk_answer *lease = last_lease(s);
    if (lease) {
        pxk_lease_words(lease, why);
        pxk_str_add(why, k->boot_file[0] ? "; " : "");
    }
    if (k->boot_file[0])
        pxk_str_addf(why, "boot file %s", k->boot_file);
    if (k->address_taken) {
        char mac[PXK_MAC_STRLEN];
        pxk_str_addf(why, "; an offered address was in use by %s", pxk_mac_text(&k->taken_by, mac));
        return PXK_VERDICT_WARN;
    }
    return PXK_VERDICT_PASS;
}

static bool any_offer(const struct pxk_session *s)
{
    char file[256];
    for (unsigned i = 0; i < s->round_n; i++)
        if (pxk_round_answer(&s->round[i], PXK_DHCP4_OFFER) &&
            pxk_round_boot_answer(&s->round[i], file, sizeof file))
            return true;
    return false;
}

enum pxk_verdict pxk_facts_dhcp(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    if (k->link_known && !k->link_up) {
        pxk_str_add(why, "not reached");
        return PXK_VERDICT_UNKNOWN;
    }
    if (k->dhcp_gave_up)
        return dhcp_failed(s, why);
    if (k->late_answer) {
        pxk_str_add(why, "an offer came after ");
        pxk_str_add_duration(why, k->late_answer);
        pxk_str_add(why, ", too late for its firmware");
        return PXK_VERDICT_FAIL;
    }
    if (k->boot_file[0] || k->local_boot)
        return dhcp_passed(s, why);
    if (k->until == PXK_MILESTONE_OFFER && any_offer(s))
        return dhcp_passed(s, why);
    if (!k->finished) {
        pxk_str_add(why, "under way");
        return PXK_VERDICT_UNKNOWN;
    }
    const struct pxk_answer *lease = last_lease(s);
    if (k->dhcp_why[0] || !lease)
        return dhcp_failed(s, why);
    pxk_lease_words(lease, why);
    pxk_str_add(why, k->proxy_gave_up ? "; port 4011 does not answer" : ", but no boot file");
    return PXK_VERDICT_FAIL;
}

/* ---- 3 Files ---- */

static bool is_boot_file(const struct pxk_session *s, const struct pxk_file *f)
{
    return role_is(f, "loader") && strcmp(pxk_base_name(f->path), pxk_base_name(s->facts.boot_file)) == 0;
}

static const struct pxk_transfer *transfer_of(const struct pxk_session *s, const struct pxk_file *f)
{
    if (f->transfer >= 0 && (size_t)f->transfer < s->transfers.n)
        return &s->transfers.at[f->transfer];
    return pxk_session_transfer(s, f->path);
}

/* Did the service itself fail, and not merely say "no such file"? */
static bool service_failed(const struct pxk_session *s, const struct pxk_file *f)
{
    const struct pxk_transfer *tr = transfer_of(s, f);
    if (!tr)
        return false;
    return tr->state == PXK_TRANSFER_ASKED || tr->state == PXK_TRANSFER_RUNNING || tr->icmp ||
           (tr->state == PXK_TRANSFER_ABORTED && !tr->probe);
}

static enum pxk_verdict file_failed(const struct pxk_session *s, const struct pxk_file *f, struct pxk_str *why)
{
    char ip[PXK_IP4_STRLEN];
    const struct pxk_transfer *tr = transfer_of(s, f);
    pxk_ip4 silent = pxk_arp_unanswered(s);
    struct trail trail;
    if (silent && !tr) {
        pxk_str_addf(why, "%s: %s does not answer ARP", pxk_base_name(f->path), pxk_ip4_text(silent, ip));
        return PXK_VERDICT_FAIL;
    }
    pxk_trail_read(s, &trail);
    for (size_t i = 0; tr && i < trail.n; i++) {
        if (trail.fetch[i].tftp != tr || trail.fetch[i].state == FETCH_DONE)
            continue;
        pxk_fetch_words(&trail.fetch[i], why);
        return PXK_VERDICT_FAIL;
    }
    pxk_str_addf(why, "%s: %s", pxk_base_name(f->path), f->why[0] ? f->why : "not obtained");
    return PXK_VERDICT_FAIL;
}

enum pxk_verdict pxk_facts_files(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    bool have = false;
    for (size_t i = 0; i < s->files.n; i++) {
        const struct pxk_file *f = &s->files.at[i];
        have |= f->have;
        if (f->failed && !f->optional && (is_boot_file(s, f) || service_failed(s, f)))
            return file_failed(s, f, why);
    }
    if (!have && !k->boot_file[0]) {
        pxk_str_add(why, "not reached");
        return PXK_VERDICT_UNKNOWN;
    }
    if (!have)
        return pxk_wire_files(s, why);
    return pxk_service_words(s, why);
}

/* ---- 4 Boot ---- */

static const struct pxk_file *spoiled(const struct pxk_session *s)
{
    for (size_t i = 0; i < s->files.n; i++) {
        const struct pxk_file *f = &s->files.at[i];
        if (f->have && !f->optional && (f->wrong_arch || f->truncated || f->corrupt))
            return f;
    }
    return NULL;
}

static enum pxk_verdict spoiled_words(const struct pxk_session *s, const struct pxk_file *f, struct pxk_str *why)
{
    if (!f && s->facts.initrd_broken) {
        pxk_str_add(why, "the kernel cannot unpack its initrd");
        return PXK_VERDICT_FAIL;
    }
    if (!f) {
        pxk_str_addf(why, "the firmware does not start %s", pxk_base_name(s->facts.boot_file));
        return PXK_VERDICT_FAIL;
    }
    pxk_str_addf(why, "%s: %s", pxk_base_name(f->path),
                 f->why[0]       ? f->why
                 : f->wrong_arch ? "a program for another architecture"
                 : f->truncated  ? "truncated"
                                 : "corrupt");
    return PXK_VERDICT_FAIL;
}

static enum pxk_verdict booted_words(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    const struct pxk_file *kernel = have_role(s, "kernel"), *initrd = have_role(s, "initrd");
    pxk_str_add(why, kernel ? pxk_base_name(kernel->path) : pxk_base_name(k->kernel));
    if (kernel) {
        pxk_str_addc(why, ' ');
        pxk_str_add_bytes(why, kernel->bytes);
    }
    if (initrd) {
        pxk_str_addf(why, ", %s ", pxk_base_name(initrd->path));
        pxk_str_add_bytes(why, initrd->bytes);
    }
    pxk_str_add(why, " handed over");
    if (!k->waits_for_key)
        return PXK_VERDICT_PASS;
    pxk_str_add(why, "; its menu waits for a key");
    /* A menu is made for people; that it waits is only wrong where answer files say: no people here. */
    return k->install_files ? PXK_VERDICT_WARN : PXK_VERDICT_PASS;
}

enum pxk_verdict pxk_facts_boot(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    const struct pxk_file *bad = spoiled(s);
    if (bad || k->firmware_rejects || k->initrd_broken)
        return spoiled_words(s, bad, why);
    if (k->chain_loop) {
        pxk_str_addf(why, "%s loads itself again", pxk_base_name(k->boot_file));
        return PXK_VERDICT_FAIL;
    }
    if (k->unjudged) {
        pxk_str_addf(why, "not judged: %s", k->stop_why);
        return PXK_VERDICT_UNKNOWN;
    }
    if (k->stop[0]) {
        pxk_str_addf(why, "%s stops: %s", k->loader_chain[0] ? k->loader_chain : "the loader",
                     k->stop_why[0] ? k->stop_why : k->stop);
        return PXK_VERDICT_FAIL;
    }
    if (k->booted)
        return booted_words(s, why);
    if (k->local_boot) {
        pxk_str_add(why, "goes on to boot from its disk");
        return PXK_VERDICT_PASS;
    }
    if (k->until && pxk_facts_milestone(s) >= k->until) {
        pxk_str_addf(why, "came to %s", pxk_milestone_words(k->until));
        return PXK_VERDICT_PASS;
    }
    if (!have_role(s, "loader")) {
        pxk_str_add(why, "not reached");
        return PXK_VERDICT_UNKNOWN;
    }
    pxk_str_add(why, k->finished ? "no kernel was handed over" : "under way");
    return k->finished ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
}

/* ---- 5 Installation ---- */

enum pxk_verdict pxk_facts_install(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    const struct pxk_file *got = have_role(s, "answers");
    if (!k->booted || k->initrd_broken) {
        pxk_str_add(why, "not reached");
        return PXK_VERDICT_UNKNOWN;
    }
    if (k->install_missing || k->install_problem[0]) {
        pxk_str_add(why, k->install_problem[0] ? k->install_problem : "an answer file is missing");
        return k->install_missing ? PXK_VERDICT_FAIL : PXK_VERDICT_WARN;
    }
    if (!k->install_files) {
        pxk_str_add(why, "no answer file named");
        return PXK_VERDICT_PASS;
    }
    if (k->install_found < k->install_files) {
        pxk_str_addf(why, "%u of %u answer files found", k->install_found, k->install_files);
        pxk_str_add(why, k->install_unchecked ? "; the rest cannot be checked here" : " so far");
        return PXK_VERDICT_UNKNOWN;
    }
    if (got)
        pxk_str_addf(why, "%s found", pxk_base_name(got->path));
    else
        pxk_str_addf(why, "%u answer files found", k->install_found);
    return PXK_VERDICT_PASS;
}

/* ---- how far ---- */

enum pxk_milestone pxk_facts_milestone(const struct pxk_session *s)
{
    const struct pxk_facts *k = &s->facts;
    if (k->booted)
        return k->install_files && k->install_found == k->install_files ? PXK_MILESTONE_INSTALL
                                                                        : PXK_MILESTONE_INITRD;
    if (have_role(s, "kernel"))
        return PXK_MILESTONE_KERNEL;
    if (k->config[0])
        return PXK_MILESTONE_CONFIG;
    if (k->loader_chain[0] && !k->firmware_rejects)
        return PXK_MILESTONE_LOADER;
    if (last_lease(s))
        return PXK_MILESTONE_LEASE;
    return any_offer(s) ? PXK_MILESTONE_OFFER : PXK_MILESTONE_NONE;
}
