# Sound set-ups: Debian's netboot tree behind three pairs of servers. BIOS and UEFI x64 get through, every file is right to the last
# bit, and the check takes at most 3 s more than curl.
# shellcheck shell=bash

# alone
# limit: 200
case_healthy_dnsmasq() {
    local root
    root=$(netboot_tree)
    lab_up
    serve_tree "$root"
    judge_healthy "$root"
}

# As on any virtual machine's network: frames come with unfinished checksums, which is no fault of the server's.
# alone
# limit: 200
case_healthy_offloads_on() {
    local root
    root=$(netboot_tree)
    OFFLOAD=on lab_up
    serve_tree "$root"
    judge_healthy "$root"
}

# alone
# limit: 200
case_healthy_isc_hpa() {
    local root
    root=$(netboot_tree)
    lab_up
    { dhcpd_pool && dhcpd_boot; } | start_dhcpd
    start_hpa "$root"
    judge_healthy "$root"
}

# alone
# limit: 200
case_healthy_kea_atftpd() {
    local root
    root=$(netboot_tree)
    lab_up
    kea_boot | start_kea "10.77.0.150 - 10.77.0.199"
    start_atftpd "$root"
    judge_healthy "$root"
}
