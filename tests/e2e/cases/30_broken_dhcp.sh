# DHCP broken on purpose: the first failing step is DHCP, and the finding has the name that findings.txt gives.
# shellcheck shell=bash

case_no_dhcp_server() {
    lab_up
    start_tftp_only "$(netboot_tree)"
    check bios,uefi-x64
    expect_broken no-dhcp-server
}

case_no_boot_file_dnsmasq() {
    lab_up
    dnsmasq_tftp "$(netboot_tree)" | start_dnsmasq srv srv0
    check bios,uefi-x64
    expect_broken no-boot-file
}

case_no_boot_file_kea() {
    lab_up
    start_kea "10.77.0.150 - 10.77.0.199" </dev/null
    start_atftpd "$(netboot_tree)"
    check bios,uefi-x64
    expect_broken no-boot-file
}

case_pool_exhausted_dnsmasq() {
    lab_up
    { dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" && dnsmasq_tftp "$(netboot_tree)"; } |
        POOL="10.77.0.150 10.77.0.151" start_dnsmasq srv srv0
    in_ns srv2 "$E2E/tools/dhcp.py" take srv20 2 >"$DIR/take.log" 2>&1 || fail "two leases to be taken, seen $(tail -1 "$DIR/take.log")"
    check bios,uefi-x64
    expect_broken pool-exhausted
}

case_pool_exhausted_isc() {
    lab_up
    { dhcpd_pool 10.77.0.150 10.77.0.151 && dhcpd_boot; } | start_dhcpd
    start_hpa "$(netboot_tree)"
    in_ns srv2 "$E2E/tools/dhcp.py" take srv20 2 >"$DIR/take.log" 2>&1 || fail "two leases to be taken, seen $(tail -1 "$DIR/take.log")"
    check bios,uefi-x64
    expect_broken pool-exhausted
}

case_pool_exhausted_kea() {
    lab_up
    kea_boot | start_kea "10.77.0.150 - 10.77.0.151"
    start_atftpd "$(netboot_tree)"
    in_ns srv2 "$E2E/tools/dhcp.py" take srv20 2 >"$DIR/take.log" 2>&1 || fail "two leases to be taken, seen $(tail -1 "$DIR/take.log")"
    check bios,uefi-x64
    expect_broken pool-exhausted
}

case_dhcp_nak() {
    lab_up
    start_tftp_only "$(netboot_tree)"
    spawn nak srv "$E2E/tools/dhcp.py" nak srv0
    wait_for 5 "the refusing server to start" grep -q ready "$DIR/nak.log"
    check bios,uefi-x64
    expect_broken dhcp-nak
}

# The server that knows nothing of boot files answers a second after the sound one. iPXE takes the last offer of those that are as good to
# it, and finds no boot file; UEFI firmware prefers the offer that has one. (Real firmware in QEMU does the same.)
case_rogue_dhcp_server() {
    lab_up
    serve_tree "$(netboot_tree)"
    POOL="10.77.0.210 10.77.0.219" start_dnsmasq srv2 srv20 <<<dhcp-reply-delay=1
    check bios,uefi-x64
    expect_broken rogue
    expect_boots uefi-x64
}
