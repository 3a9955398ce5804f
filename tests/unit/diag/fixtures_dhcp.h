/* Fixtures of links, DHCP and proxyDHCP: rows of fixtures.c's list. name, build, near miss, severity */
#ifndef PXK_TESTS_DIAG_FIXTURES_DHCP_H
#define PXK_TESTS_DIAG_FIXTURES_DHCP_H

#include "lab.h"

#define DHCP_FIXTURES(X)                                                                           \
    X("client-never-heard", never_heard, heard_late, F)                                            \
    X("port-blocked-by-spanning-tree", stp_blocks, stp_forwards, F)                                \
    X("server-asks-instead-of-offering", server_asks, server_asks_then_offers, F)                  \
    X("bonded-port-silent", bonded_silent, bonded_answered, F)                                     \
    X("vlan-tag-lost", vlan_lost, vlan_kept, F)                                                    \
    X("answer-in-other-vlan", other_vlan, same_vlan, F)                                            \
    X("proxy-overrides-boot-file", proxy_overrides, proxy_agrees, F)                               \
    X("loader-dhcp-unanswered", loader_unanswered, loader_answered, F)                             \
    X("proxy-not-relayed", proxy_not_relayed, proxy_relayed, F)                                    \
    X("next-server-and-66-differ", servers_differ, servers_agree, F)                               \
    X("boot-file-name-garbled", name_with_ff, name_of_other_file, F)                               \
    X("boot-layer-appended", layer_appended, layer_due, F)                                         \
    X("options-in-file-field", overload_bios, overload_uefi, F)                                    \
    X("client-without-uuid-ignored", without_uuid, with_uuid, F)                                   \
    X("option-43-malformed", odd_43, odd_43_absent, F)                                             \
    X("boot-server-not-found", no_boot_server, boot_server_found, F)                               \
    X("addresses-used-up", used_up, one_each, F)                                                   \
    X("address-changes-with-client-id", two_ids, two_ids_boots, N)                                 \
    X("mac-of-several-machines", two_uuids, uuid_swapped, N)                                       \
    X("uuid-not-unique", shared_uuid, own_uuids, N)                                                \
    X("host-entry-overrides", host_without_file, host_of_other_arch, F)                            \
    X("menu-sent-to-ipxe", menu_to_ipxe, menu_once, F)                                             \
    X("proxy-too-late", proxy_late, proxy_in_time, F)                                              \
    X("http-boot-file-not-a-url", http_name, http_url, F)                                          \
    X("raspberry-pi-not-invited", pi_not_invited, pi_boots, F)                                     \
    X("raspberry-pi-hangs", pi_hangs, pi_boots, F)                                                 \
    X("boot-given-up-after-lease", given_up, given_up_not_yet, F)                                  \
    X("netboot-disabled-for-host", netboot_disabled, netboot_allowed, F)                           \
    X("no-job-for-machine", no_job, a_job, F)                                                      \
    X("address-outside-network", router_outside, router_inside, W)                                 \
    X("lease-shorter-than-boot", lease_short, lease_long, W)                                       \
    X("broadcast-flag-ignored", flag_ignored, flag_honoured, F)                                    \
    X("boot-server-without-route", no_route, a_route, F)                                           \
    X("no-dhcpv6-server", six_silent, six_silent_yet, F)                                           \
    X("no-boot-file-url", six_no_url, six_boots, F)                                                \
    X("boot-file-params-malformed", six_params, six_boots, F)                                      \
    X("no-dhcpv6-address", six_full, six_boots, F)                                                 \
    X("http-class-not-echoed-v6", six_no_class, six_class, F)

#define X(name, build, near_miss, severity)                                                        \
    void build(struct lab *l);                                                                     \
    void near_miss(struct lab *l);
DHCP_FIXTURES(X)
#undef X

#endif
