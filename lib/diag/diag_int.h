/* Private to lib/diag: the table's ids, what a rule knows and how it speaks. */
#ifndef PXK_DIAG_INT_H
#define PXK_DIAG_INT_H

#include "pxk/diag.h"

enum finding_id {
#define FINDING(code, id, ...) FINDING_##id,
#include "findings.def"
#undef FINDING
    FINDING_N
};
const struct pxk_finding_row *finding_row(enum finding_id id);

/* ---- look.c: what the first bytes say ---- */

enum look_kind {
    LOOK_UNKNOWN, /* no bytes, or none that we know: BIOS boot programs have no mark */
    LOOK_PE,
    LOOK_KERNEL,  /* Linux, x86 or arm64; machine is set if it has an EFI stub */
    LOOK_ELF,
    LOOK_SCRIPT,  /* #!ipxe */
    LOOK_HTML,
    LOOK_TEXT,
    LOOK_ARCHIVE, /* gzip, xz, zstd, bzip2, lz4, cpio: what initrds are */
};
struct look {
    enum look_kind kind;
    uint16_t machine; /* COFF machine, 0 if none */
    const char *words;
};
struct look look_at(const uint8_t *head, size_t len);
/** "fa fc 31 c9", at most @n bytes of a head. */
const char *look_bytes(const uint8_t *head, size_t len, size_t n, char *out, size_t cap);
/** "x64", "ARM64", "IA32"; "machine 0x1234" in @buf for others. */
const char *look_machine(uint16_t machine, char buf[static 24]);

/* ---- path.c: what a file was for ---- */

/** A loader asks for it and goes on without: shim's lists, GRUB's *.lst. */
bool file_is_optional(const char *name);
bool file_is_module(const char *name);
/** Answer files of installers, by their usual names. */
bool file_is_answers(const char *name);
/** The last component of a path or URL. */
const char *file_base(const char *path);
/** Stage by the name alone; PXK_STAGE_N if it tells none. */
enum pxk_stage stage_by_name(const char *name);
/** Stage of a transfer, PXK_STAGE_N if it belongs to none; @path: what came before. */
enum pxk_stage stage_of_transfer(const struct pxk_session *s, const struct pxk_transfer *t,
                                 const struct pxk_boot_path *path);

/* ---- what a rule knows ---- */

struct dx {
    const struct pxk_tracker *tracker;
    struct pxk_diagnosis *out;
    const struct pxk_session *s;
    const struct pxk_round *fw;        /* the firmware's round: the first PXE one that was answered, else the
                                          first; NULL: no DHCP seen */
    const struct pxk_persona *persona; /* of the firmware; never NULL */
    bool efi;
    pxk_usec now;
    struct pxk_boot_path path;
    const struct pxk_answer *source;   /* the answer that names the boot file; NULL */
    char boot_file[256];               /* "" if none is known */
    pxk_ip4 boot_server;               /* 0 if none is known */
    char arch[40];                     /* "7 (x64 UEFI)" */
    char mac[PXK_MAC_STRLEN];
    const struct uuid_index *uuids;    /* of all clients; NULL */
    bool failed;                       /* a failure was raised: what follows from it is not told */
    enum pxk_err err;
    struct pxk_finding scratch;        /* where a finding goes when there is no memory */
};

/** A new finding about this client with its row's texts filled in. Never NULL; valid until the next one. */
struct pxk_finding *dx_raise(struct dx *d, enum finding_id id, enum pxk_severity severity);
/** As the row says. */
struct pxk_finding *dx_fail(struct dx *d, enum finding_id id);
/** Its boot file arrived. */
bool dx_loader_came(const struct dx *d);
/** A loader stopped because the answer names no server (siaddr 0). */
bool dx_loader_lacks_server(const struct dx *d);
void dx_seen(struct pxk_finding *f, const char *fmt, ...) PXK_PRINTF(2, 3);
void dx_cause(struct pxk_finding *f, const char *fmt, ...) PXK_PRINTF(2, 3);
void dx_fix(struct pxk_finding *f, const char *fmt, ...) PXK_PRINTF(2, 3);
/** Wireshark filter: this client and @fmt. */
void dx_filter(struct dx *d, struct pxk_finding *f, const char *fmt, ...) PXK_PRINTF(3, 4);
/** Frame numbers in ascending order; 0 and repeats are left out. */
void dx_frame(struct pxk_finding *f, uint32_t frame);
void dx_span(struct pxk_finding *f, uint32_t from, uint32_t to);

const char *dx_duration(pxk_usec t, char out[static 24]);
/** The transfer behind a file, for its first bytes and frames; NULL. */
const struct pxk_transfer *transfer_of(const struct dx *d, const struct pxk_file *f);
/** Frames and filter of a transfer, if there is one. */
void dx_proof(struct dx *d, struct pxk_finding *f, const struct pxk_transfer *t);
/** DHCPv6 gave it an address and the URL of a boot file. */
bool dx_boots_over_ipv6(const struct dx *d);
/* ---- transfer.c ---- */
/** Another transfer of the same name arrived whole. */
bool transfer_done_later(const struct pxk_session *s, size_t i);
/** Does a capture show that the client is past this transfer, or gave it up? */
bool transfer_over(const struct dx *d, const struct pxk_transfer *t);
/** Whatever came after shows that the file was there: the capture is what is incomplete. */
bool transfer_went_on(const struct dx *d, const struct pxk_transfer *t);
/** "pxelinux.0 from 10.77.0.1" */
const char *transfer_intro(const struct pxk_transfer *t, char *out, size_t cap);
void transfer_frames(struct dx *d, struct pxk_finding *f, const struct pxk_transfer *t);
/** Bytes of the IP packet that a whole block needs. */
unsigned transfer_packet(const struct pxk_transfer *t);
unsigned link_mtu(const struct dx *d);

/* ---- rules_tftp.c: questions about one transfer; true: that was it ---- */
bool oversize_data(struct dx *d, const struct pxk_transfer *t);
bool answer_unheard(struct dx *d, const struct pxk_transfer *t);
bool fragments_lost(struct dx *d, const struct pxk_transfer *t);
bool client_stops(struct dx *d, const struct pxk_transfer *t);

/* ---- rules_names.c ---- */
/** A refusal that is about how the name is written, not about the file. */
bool name_form_refused(struct dx *d, const struct pxk_transfer *t);
bool windows_name_refused(struct dx *d, const struct pxk_transfer *t);

/** Seconds since the session began, for texts. */
double dx_time(const struct dx *d, pxk_usec at);
/** Did its firmware begin again after @at? */
bool dx_restarts_after(const struct dx *d, pxk_usec at);
/** The client has finished, or has been silent for so long. */
bool dx_silent(const struct dx *d, pxk_usec since, pxk_usec how_long);
bool dx_gave_up(const struct dx *d);
/** Its kernel or installer was heard after @at: DHCP without PXE marks, HTTP, a call for a root file system. */
bool dx_lives_after(const struct dx *d, pxk_usec at);
/** An answer file of an installer arrived. */
bool dx_answers_came(const struct dx *d);
/** The entry that was made of a download, NULL. */
const struct pxk_file *dx_file_of(const struct dx *d, const struct pxk_transfer *t);
/** Name of a boot program of these: "pxelinux", "shim", "grub", "ipxe", "windows"; "" if neither bytes nor name tell. */
const char *dx_loader_key(const struct dx *d, const char *path);
pxk_ip4 answer_server(const struct pxk_answer *a);
/** An OFFER, or a BOOTP answer; not one of port 4011. */
bool answer_is_offer(const struct pxk_answer *a);
/** The round's first one; NULL. */
const struct pxk_answer *round_offer(const struct pxk_round *r);
/** A DHCP server confirmed an address. */
bool round_acked(const struct pxk_round *r);
/** A round's DISCOVERs or REQUESTs have been repeated, or the client has gone quiet: no answer is to be expected. */
bool round_given_up(const struct dx *d, const struct pxk_round *r);
/** @a has a boot file, or a menu or boot servers to find one. */
bool answer_boots(const struct dx *d, const struct pxk_answer *a);
/** Something was fetched over TFTP or HTTP, or asked for, at or after @at. */
bool dx_fetched_since(const struct dx *d, pxk_usec at);
/** The last round, of a later stage, if nobody answers it although the firmware got its address; NULL. */
const struct pxk_round *dx_later_unanswered(const struct dx *d);
/** The relay between this client's firmware and the servers, by its requests or by their answers; 0. */
pxk_ip4 dx_relay(const struct dx *d);
/** A server that gave an address to another client in this capture; 0. */
pxk_ip4 dx_server_alive(const struct dx *d);
/** An address for this client, not a proxy's offer. */
bool answer_gives_address(const struct pxk_answer *a);
bool answer_names_file(const struct dx *d, const struct pxk_answer *a, char *file, size_t cap);
/** The key that dnsmasq-like fixes use for this architecture: "efi64". */
const char *arch_tag(uint16_t arch);
/** A loader's file name that fits the architecture: "bootnetx64.efi". */
const char *arch_loader(uint16_t arch);

/* ---- rules: in the order of questions of an automatic diagnosis ---- */

typedef void rule_fn(struct dx *d);
rule_fn rule_link_down, rule_bad_checksum, rule_no_answer, rule_proxy_alone, rule_late_offer, rule_offer_dropped;
rule_fn rule_http_class, rule_rogue, rule_port_4011, rule_no_boot_file, rule_nak, rule_no_ack, rule_next_server;
rule_fn rule_address_in_use, rule_unreachable, rule_transfer, rule_boot_file_refused, rule_http_boot_file;
rule_fn rule_boot_file_content, rule_bios_file_name, rule_chainload_loop, rule_loader_stop, rule_later_file_refused;
rule_fn rule_kernel_content, rule_initrd_content, rule_silence, rule_installer_dhcp, rule_answers;
rule_fn rule_client_silent, rule_spanning_tree, rule_server_asks, rule_bonded_port, rule_vlan_lost;
rule_fn rule_other_vlan, rule_proxy_overrides;
rule_fn rule_no_uuid, rule_addresses_used_up, rule_broadcast_flag, rule_overload, rule_option_43, rule_http_url;
rule_fn rule_pi_not_invited, rule_pi_hangs, rule_boot_server, rule_proxy_too_late, rule_proxy_not_relayed;
rule_fn rule_netboot_disabled, rule_no_job, rule_server_off_subnet, rule_next_server_differs, rule_name_garbled;
rule_fn rule_layer_appended, rule_menu_to_ipxe, rule_loader_dhcp, rule_loader_nak, rule_given_up_after_lease;
rule_fn rule_names, rule_web_server, rule_web_untried, rule_http_answer, rule_http_later_file;
rule_fn rule_boot_over_ipv6, rule_block_wrap, rule_windows_names, rule_loader_too_large;
/* independent of what failed */
rule_fn rule_http_slow;
rule_fn rule_slow_offer, rule_better_offer, rule_two_proxies, rule_dropped_elsewhere, rule_port_wakes_late, rule_path_mtu, rule_loss;
rule_fn rule_waits_for_key, rule_local_boot;
rule_fn rule_option_43_odd, rule_address_outside, rule_lease_short, rule_two_uuids, rule_shared_uuid, rule_client_id;
rule_fn rule_host_differs, rule_tftp_load, rule_small_blocks;

/* ---- rules_identity.c: who has which UUID, made once for a diagnosis ---- */

struct uuid_index;
/** NULL without memory or without UUIDs: then nothing is said about them. */
struct uuid_index *uuid_index_new(const struct pxk_tracker *t);
struct uuid_index *uuid_index_free(struct uuid_index *u);
rule_fn rule_wrong_server, rule_garbage_name, rule_script, rule_config_again, rule_windows_files, rule_answers_unasked;
rule_fn rule_root_unasked;
rule_fn rule_autoinstall, rule_answers_malformed, rule_installs_again, rule_callback;

/* ---- diagnose.c ---- */
/** One session that leaves: findings in the rules' order, and whether it boots; nothing is put into words that nobody reads. */
PXK_MUST_USE enum pxk_err diagnose_brief(const struct pxk_tracker *t, const struct pxk_session *s, struct pxk_diagnosis *out);

/* ---- summary.c ---- */
void summarise_client(struct dx *d, struct pxk_client_verdict *v);
/** No words: failures, warnings, reached and boots alone. */
void count_client(struct dx *d, struct pxk_client_verdict *v);
void summarise(struct pxk_diagnosis *d);

#endif
