/* The judge: every client through the rules, its findings ranked, its steps and the whole network's
 * merged. */
#include <stdlib.h>
#include <string.h>

#include "diag_int.h"

/* Questions in the order in which a boot goes. The first failure ends them: what comes after is its
 * consequence. */
static rule_fn *const chain[] = {
    rule_link_down,
    rule_client_silent,
    rule_bad_checksum,
    rule_proxy_alone,
    rule_spanning_tree,
    rule_bonded_port,
    rule_server_asks,
    rule_no_uuid,
    rule_addresses_used_up,
    rule_boot_over_ipv6,
    rule_no_answer,
    rule_other_vlan,
    rule_late_offer,
    rule_offer_dropped,
    rule_broadcast_flag,
    rule_http_class,
    rule_http_url,
    rule_rogue,
    rule_overload,
    rule_option_43,
    rule_pi_not_invited,
    rule_pi_hangs,
    rule_netboot_disabled,
    rule_no_job,
    rule_boot_server,
    rule_port_4011,
    rule_proxy_too_late,
    rule_proxy_not_relayed,
    rule_no_boot_file,
    rule_nak,
    rule_no_ack,
    rule_address_in_use,
    rule_server_off_subnet,
    rule_unreachable,
    rule_next_server,
    rule_next_server_differs,
    rule_proxy_overrides,
    rule_name_garbled,
    rule_layer_appended,
    rule_block_wrap,
    rule_boot_file_refused,
    rule_names,
    rule_web_server,
    rule_web_untried,
    rule_http_boot_file,
    rule_http_answer,
    rule_boot_file_content,
    rule_menu_to_ipxe,
    rule_chainload_loop,
    rule_garbage_name,
    rule_wrong_server,
    rule_transfer,
    rule_bios_file_name,
    rule_given_up_after_lease,
    rule_vlan_lost,
    rule_loader_nak,
    rule_loader_dhcp,
    rule_windows_names,
    rule_windows_files,
    rule_later_file_refused,
    rule_script,
    rule_http_later_file,
    rule_kernel_content,
    rule_loader_stop,
    rule_config_again,
    rule_initrd_content,
    rule_loader_too_large,
    rule_silence,
    rule_installer_dhcp,
    rule_answers,
    rule_root_unasked,
    rule_answers_unasked,
};

/* True whatever else is. */
static rule_fn *const always[] = {
    rule_dropped_elsewhere, rule_two_proxies,       rule_port_wakes_late, rule_slow_offer,  rule_better_offer,
    rule_path_mtu,          rule_loss,              rule_waits_for_key,   rule_local_boot,  rule_option_43_odd,
    rule_address_outside,   rule_lease_short,       rule_two_uuids,       rule_shared_uuid, rule_client_id,
    rule_host_differs,      rule_autoinstall,       rule_answers_malformed, rule_installs_again, rule_callback,
    rule_http_slow,         rule_tftp_load,         rule_small_blocks,
};

/* The firmware's own DHCP: of its PXE rounds the first that was answered; a boot often tries
 * several ways (PXE, then HTTP boot) and the ones that nobody answers are not the one that counts.
 */
static const struct pxk_round *firmware_round(const struct pxk_session *s)
{
    const struct pxk_round *first = pxk_session_firmware_round(s);
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_round *r = &s->round[i];
        if ((r->pxe || r->http) && r->answer_n)
            return r;
    }
    return first;
}

static const struct pxk_persona *persona_of(const struct dx *d)
{
    const struct pxk_persona *p = pxk_persona_by_key(d->s->facts.persona);
    if (!p && d->fw)
        p = d->fw->persona;
    if (!p)
        p = pxk_persona_for_arch(d->s->arch);
    if (!p && d->efi)
        p = pxk_persona_by_key("edk2-pxe");
    return p ? p : pxk_persona_row(0);
}

static bool is_efi(const struct pxk_session *s, const struct pxk_round *fw)
{
    uint16_t code = fw && fw->arch != PXK_ARCH_UNSET ? fw->arch : s->arch;
    const struct pxk_arch *arch = pxk_arch_by_code(code);
    return arch && arch->pe_machine;
}

/* The answer whose boot file the firmware takes: a boot server's before a proxy's before DHCP's. */
static const struct pxk_answer *boot_source(const struct dx *d)
{
    const struct pxk_answer *best = NULL;
    int best_rank = -1;
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        int rank = a->sport == PXK_PXE_PORT ? 3 : a->proxy ? 2 : a->type == PXK_DHCP4_ACK ? 1 : 0;
        if (rank == 0 && pxk_round_answer(d->fw, PXK_DHCP4_ACK))
            continue; /* an offer that was not taken */
        if (a->type != PXK_DHCP4_NAK && rank > best_rank && answer_names_file(d, a, NULL, 0)) {
            best = a;
            best_rank = rank;
        }
    }
    return best;
}

static void know_boot_file(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    d->source = boot_source(d);
    (void)pxk_str_copy(d->boot_file, sizeof d->boot_file, facts->boot_file);
    d->boot_server = facts->boot_server;
    const struct pxk_boot6 *six = pxk_session_boot6(d->s);
    if (!d->source && six && !*d->boot_file)
        (void)pxk_str_copy(d->boot_file, sizeof d->boot_file, pxk_boot6_file(six));
    if (!d->source)
        return;
    if (!*d->boot_file)
        answer_names_file(d, d->source, d->boot_file, sizeof d->boot_file);
    if (!d->boot_server)
        d->boot_server = d->source->siaddr ? d->source->siaddr
                         : d->efi          ? answer_server(d->source)
                                           : 0;
}

static void know(struct dx *d, const struct pxk_tracker *t, const struct pxk_session *s,
                 struct pxk_diagnosis *out)
{
    *d = (struct dx){.tracker = t, .out = out, .s = s, .fw = firmware_round(s)};
    d->now = s->now && *s->now > s->last ? *s->now : s->last;
    d->efi = is_efi(s, d->fw);
    d->persona = persona_of(d);
    pxk_boot_path_of(s, &d->path);
    know_boot_file(d);
    pxk_mac_text(&s->mac, d->mac);
    const struct pxk_arch *arch = pxk_arch_by_code(s->arch);
    if (s->arch == PXK_ARCH_UNSET)
        (void)pxk_str_copy(d->arch, sizeof d->arch, "none");
    else
        pxk_fmt(d->arch, sizeof d->arch, "%u (%s)", s->arch, arch ? arch->words : "not registered");
}

static PXK_MUST_USE enum pxk_err
judge_client(const struct pxk_tracker *t, const struct pxk_session *s, const struct uuid_index *uuids, bool brief,
             struct pxk_diagnosis *out)
{
    struct dx *d = malloc(sizeof *d);
    struct pxk_client_verdict *v = d ? pxk_vec_push(&out->clients) : NULL;
    enum pxk_err err = PXK_E_NOMEM;
    if (v) {
        know(d, t, s, out);
        d->uuids = uuids;
        for (size_t i = 0; i < PXK_COUNT(chain) && !d->failed; i++)
            chain[i](d);
        for (size_t i = 0; i < PXK_COUNT(always); i++)
            always[i](d);
        v->session = s;
        (brief ? count_client : summarise_client)(d, v);
        err = d->err;
    }
    free(d);
    return err;
}

/* ---- ranking ---- */

/* Failures before warnings before notes, then by step; within a step the rules' order stands, and
 * the clients'. */
static PXK_MUST_USE enum pxk_err rank(struct pxk_diagnosis *d)
{
    if (!d->findings.n)
        return PXK_OK;
    struct pxk_finding *sorted = calloc(d->findings.n, sizeof *sorted);
    size_t n = 0;
    if (!sorted)
        return PXK_E_NOMEM;
    for (int severity = PXK_SEVERITY_FAILURE; severity >= PXK_SEVERITY_NOTE; severity--)
        for (unsigned step = 0; step < PXK_STEP_N; step++)
            for (size_t i = 0; i < d->findings.n; i++) {
                const struct pxk_finding *f = &d->findings.at[i];
                if ((int)f->severity == severity && f->row->step == step)
                    sorted[n++] = *f;
            }
    free(d->findings.at);
    d->findings.at = sorted;
    d->findings.cap = d->findings.n;
    return PXK_OK;
}

static void count(struct pxk_diagnosis *d)
{
    for (size_t i = 0; i < d->findings.n; i++) {
        enum pxk_severity s = d->findings.at[i].severity;
        d->failures += s == PXK_SEVERITY_FAILURE;
        d->warnings += s == PXK_SEVERITY_WARNING;
        d->notes += s == PXK_SEVERITY_NOTE;
    }
    for (size_t i = 0; i < d->clients.n; i++)
        d->boots += d->clients.at[i].boots;
}

/* How many clients say that they are of each architecture, by code; those that IANA does not know have no name anyhow. */
enum { ARCHS_COUNTED = 64 };

static void count_archs(const struct pxk_diagnosis *d, unsigned n[static ARCHS_COUNTED])
{
    for (size_t i = 0; i < d->clients.n; i++)
        if (d->clients.at[i].session->arch < ARCHS_COUNTED)
            n[d->clients.at[i].session->arch]++;
}

/* The architecture names a client as long as no other has the same. */
static void name_clients(struct pxk_diagnosis *d)
{
    unsigned n[ARCHS_COUNTED] = {0};
    count_archs(d, n);
    for (size_t i = 0; i < d->clients.n; i++) {
        struct pxk_client_verdict *v = &d->clients.at[i];
        char mac[PXK_MAC_STRLEN], arch[16];
        uint16_t code = v->session->arch;
        bool alone = code < ARCHS_COUNTED && n[code] == 1;
        (void)pxk_str_copy(v->name, sizeof v->name,
                           alone ? pxk_arch_name(code, arch) : pxk_mac_text(&v->session->mac, mac));
    }
}

static PXK_MUST_USE enum pxk_err judge_session(const struct pxk_tracker *t, const struct pxk_session *s,
                                               const struct uuid_index *uuids, struct pxk_diagnosis *d)
{
    if (pxk_session_boots(s))
        return judge_client(t, s, uuids, false, d);
    d->others++;
    return PXK_OK;
}

static int older(const void *a, const void *b)
{
    const struct pxk_session *x = ((const struct pxk_client_verdict *)a)->session;
    const struct pxk_session *y = ((const struct pxk_client_verdict *)b)->session;
    if (x->started != y->started)
        return x->started < y->started ? -1 : 1;
    return x->first_frame < y->first_frame ? -1 : x->first_frame > y->first_frame;
}

/* Sessions that retire leave gaps, which the last ones fill. */
static void by_appearance(const struct pxk_tracker *t, struct pxk_diagnosis *d)
{
    if (pxk_tracker_retired(t) && d->clients.n)
        qsort(d->clients.at, d->clients.n, sizeof *d->clients.at, older);
}

static PXK_MUST_USE enum pxk_err finish(struct pxk_diagnosis *d, enum pxk_err err, struct pxk_diagnosis *out)
{
    if (err == PXK_OK)
        err = rank(d);
    if (err != PXK_OK) {
        pxk_diagnosis_done(d);
        return err;
    }
    count(d);
    name_clients(d);
    summarise(d);
    *out = *d;
    return PXK_OK;
}

enum pxk_err pxk_diagnose(const struct pxk_tracker *t, struct pxk_diagnosis *out)
{
    struct pxk_diagnosis d = {0};
    struct uuid_index *uuids = uuid_index_new(t);
    enum pxk_err err = PXK_OK;
    for (size_t i = 0; i < pxk_tracker_count(t) && err == PXK_OK; i++)
        err = judge_session(t, pxk_tracker_session(t, i), uuids, &d);
    uuid_index_free(uuids);
    by_appearance(t, &d);
    return finish(&d, err, out);
}

enum pxk_err pxk_diagnose_one(const struct pxk_tracker *t, const struct pxk_session *s, struct pxk_diagnosis *out)
{
    struct pxk_diagnosis d = {0};
    return finish(&d, judge_session(t, s, NULL, &d), out);
}

enum pxk_err diagnose_brief(const struct pxk_tracker *t, const struct pxk_session *s, struct pxk_diagnosis *out)
{
    struct pxk_diagnosis d = {0};
    enum pxk_err err = judge_client(t, s, NULL, true, &d);
    if (err != PXK_OK) {
        pxk_diagnosis_done(&d);
        return err;
    }
    count(&d);
    *out = d;
    return PXK_OK;
}

void pxk_diagnosis_done(struct pxk_diagnosis *d)
{
    pxk_vec_done(&d->findings);
    pxk_vec_done(&d->clients);
    *d = (struct pxk_diagnosis){0};
}

int pxk_diagnosis_status(const struct pxk_diagnosis *d)
{
    for (size_t i = 0; i < PXK_STEP_N; i++)
        if (d->step[i] == PXK_VERDICT_FAIL)
            return 1;
    for (size_t i = 0; i < d->clients.n; i++)
        if (d->clients.at[i].session->facts.unjudged)
            return 3;
    return 0;
}

const struct pxk_client_verdict *pxk_diagnosis_client(const struct pxk_diagnosis *d,
                                                      const struct pxk_session *s)
{
    for (size_t i = 0; i < d->clients.n; i++)
        if (d->clients.at[i].session == s)
            return &d->clients.at[i];
    return NULL;
}
