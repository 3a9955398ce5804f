# File service and boot files broken on purpose.
# shellcheck shell=bash

case_next_server_wrong() { # an address that nobody has
    lab_up
    {
        printf 'dhcp-boot=tag:%s,%s,,10.77.0.99\n' bios "$BIOS_FILE" efi64 "$UEFI_FILE"
        dnsmasq_tftp "$(netboot_tree)"
    } | start_dnsmasq srv srv0
    check bios,uefi-x64
    expect_broken next-server
}

case_tftp_not_listening_dnsmasq() {
    lab_up
    dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" | start_dnsmasq srv srv0
    check bios,uefi-x64
    expect_broken tftp-not-listening
}

case_tftp_not_listening_isc() {
    lab_up
    { dhcpd_pool && dhcpd_boot; } | start_dhcpd
    check bios,uefi-x64
    expect_broken tftp-not-listening
}

drop_transfers() { # a firewall that knows port 69 and nothing of the ports that transfers use
    need nft
    in_ns srv nft -f - <<'RULES'
table inet fw {
  chain out {
    type filter hook output priority 0
    udp sport 1024-65535 counter drop
  }
}
RULES
}

case_tftp_data_dropped_dnsmasq() {
    lab_up
    serve_tree "$(netboot_tree)"
    drop_transfers
    check bios,uefi-x64
    expect_broken tftp-data-dropped
}

case_tftp_data_dropped_hpa() {
    lab_up
    { dhcpd_pool && dhcpd_boot; } | start_dhcpd
    start_hpa "$(netboot_tree)"
    drop_transfers
    check bios,uefi-x64
    expect_broken tftp-data-dropped
}

case_file_missing_dnsmasq() {
    lab_up
    { dnsmasq_boot pxelinux.1 "$D/bootnetx65.efi" && dnsmasq_tftp "$(netboot_tree)"; } | start_dnsmasq srv srv0
    check bios,uefi-x64
    expect_broken file-missing
}

case_file_missing_hpa() {
    local root
    root=$(netboot_copy)
    rm "$root/$D/pxelinux.0" "$root/$UEFI_FILE"
    lab_up
    { dhcpd_pool && dhcpd_boot; } | start_dhcpd
    start_hpa "$root"
    check bios,uefi-x64
    expect_broken file-missing
}

case_wrong_architecture() { # one boot file for every client
    lab_up
    { dnsmasq_boot "$BIOS_FILE" "$BIOS_FILE" && dnsmasq_tftp "$(netboot_tree)"; } | start_dnsmasq srv srv0
    check bios,uefi-x64
    expect_broken wrong-architecture
    expect_boots bios
}

case_wrong_architecture_bios() { # the other way round
    lab_up
    { dnsmasq_boot "$UEFI_FILE" "$UEFI_FILE" && dnsmasq_tftp "$(netboot_tree)"; } | start_dnsmasq srv srv0
    check bios,uefi-x64
    expect_broken wrong-architecture
    expect_boots uefi-x64
}

# dnsmasq as it is out of the box: shim loses its folder and asks for grubx64.efi at the root. Real firmware fails here too.
case_shim_path_lost() {
    lab_up
    { dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" | grep -v dhcp-no-override && dnsmasq_tftp "$(netboot_tree)"; } | start_dnsmasq srv srv0
    check bios,uefi-x64
    expect_broken shim-path-lost
    expect_boots bios
}

case_ldlinux_missing() {
    local root
    root=$(netboot_copy)
    rm "$root/ldlinux.c32" "$root/$D/boot-screens/ldlinux.c32"
    lab_up
    serve_tree "$root"
    check bios,uefi-x64
    expect_broken module-missing
    expect_boots uefi-x64
}

case_kernel_missing_dnsmasq() {
    local root
    root=$(netboot_copy)
    rm "$root/$D/linux"
    lab_up
    serve_tree "$root"
    check bios,uefi-x64
    expect_broken kernel-missing
}

case_kernel_missing_atftpd() {
    local root
    root=$(netboot_copy)
    rm "$root/$D/linux"
    lab_up
    kea_boot | start_kea "10.77.0.150 - 10.77.0.199"
    start_atftpd "$root"
    check bios,uefi-x64
    expect_broken kernel-missing
}

cut_initrd() { # root: half of it is gone, as after a copy onto a full disk
    truncate -s "$(($(stat -c %s "$1/$D/initrd.gz") / 2))" "$1/$D/initrd.gz"
}

case_initrd_truncated_dnsmasq() {
    local root
    root=$(netboot_copy)
    cut_initrd "$root"
    lab_up
    serve_tree "$root"
    check bios,uefi-x64
    expect_broken initrd-truncated
}

case_initrd_truncated_hpa() {
    local root
    root=$(netboot_copy)
    cut_initrd "$root"
    lab_up
    { dhcpd_pool && dhcpd_boot; } | start_dhcpd
    start_hpa "$root"
    check bios,uefi-x64
    expect_broken initrd-truncated
}
