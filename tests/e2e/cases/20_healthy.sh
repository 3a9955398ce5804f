# Sound set-ups: Debian's netboot tree behind three pairs of servers. BIOS and UEFI x64 get through, every file is right to the last
# bit, and the check takes at most 3 s more than curl.
# shellcheck shell=bash

# Names of the tree's files that each client must fetch; configs that the menu includes are among them.
BIOS_FILES=(pxelinux.0 ldlinux.c32 pxelinux.cfg/default "$D/linux" "$D/initrd.gz")
UEFI_FILES=("$D/bootnetx64.efi" "$D/grubx64.efi" "$D/grub/grub.cfg" "$D/linux" "$D/initrd.gz")

judge_healthy() { # root
    check bios,uefi-x64
    expect_healthy
    expect_files bios "$1" "${BIOS_FILES[@]}"
    expect_files uefi-x64 "$1" "${UEFI_FILES[@]}"
    expect_quick
}

case_healthy_dnsmasq() {
    local root
    root=$(netboot_tree)
    lab_up
    { dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" && dnsmasq_tftp "$root"; } | start_dnsmasq srv srv0
    judge_healthy "$root"
}

# As on any virtual machine's network: frames come with unfinished checksums, which is no fault of the server's.
case_healthy_offloads_on() {
    local root
    root=$(netboot_tree)
    OFFLOAD=on lab_up
    { dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" && dnsmasq_tftp "$root"; } | start_dnsmasq srv srv0
    judge_healthy "$root"
}

case_healthy_isc_hpa() {
    local root
    root=$(netboot_tree)
    lab_up
    { dhcpd_pool && dhcpd_boot; } | start_dhcpd
    start_hpa "$root"
    judge_healthy "$root"
}

case_healthy_kea_atftpd() {
    local root
    root=$(netboot_tree)
    lab_up
    kea_boot | start_kea "10.77.0.150 - 10.77.0.199"
    start_atftpd "$root"
    judge_healthy "$root"
}
