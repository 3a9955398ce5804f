# Real firmware boots from `pxekit serve`: QEMU with its iPXE ROM (BIOS) and with OVMF (UEFI), in software emulation, joined to the lab
# by pxk-patch. The tree is Debian's, with the console on the serial port. Variable SERVER=dnsmasq compares with another server.
# These take longest, so they start first.
# shellcheck shell=bash

# Debian's tree with menus that start at once and speak on the serial port.
serial_tree() {
    local root args='console=ttyS0,115200 DEBIAN_FRONTEND=text priority=low'
    root=$(netboot_copy)
    rm "$root/$D/pxelinux.cfg/default"
    printf '%s\n' 'serial 0 115200' 'prompt 0' 'default install' 'label install' "  kernel $D/linux" "  initrd $D/initrd.gz" \
        "  append $args" >"$root/$D/pxelinux.cfg/default"
    printf '%s\n' 'set timeout=0' 'set default=0' 'menuentry "Install" {' "  linux /$D/linux $args" "  initrd /$D/initrd.gz" '}' \
        >"$root/$D/grub/grub.cfg"
    echo "$root"
}

start_server() { # root
    if [ "${SERVER:-pxekit}" = dnsmasq ]; then
        { dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" && dnsmasq_tftp "$1"; } | start_dnsmasq srv srv0
    else
        start_pxekit "$1"
    fi
}

# A socket for QEMU to send to, one to receive from, and the cable between them and a new port of the switch.
plug_qemu() {
    ip link add sw_vm type veth peer name vm0
    ip link set sw_vm master br0 up
    ip link set vm0 up
    ethtool -K sw_vm tso off gso off >/dev/null 2>&1 || true
    pxk-patch vm0 "$WORK/ours" "$WORK/qemu" 2>"$DIR/patch.log" &
    wait_for 5 "pxk-patch to start" test -S "$WORK/ours"
}

boot_qemu() { # arguments for this firmware...
    need qemu-system-x86_64
    qemu-system-x86_64 -accel tcg -cpu max -m 1024 -smp 1 -nodefaults -display none -device virtio-rng-pci "$@" \
        -netdev "dgram,id=n0,local.type=unix,local.path=$WORK/qemu,remote.type=unix,remote.path=$WORK/ours" \
        -serial "file:$DIR/serial.txt" >"$DIR/qemu.log" 2>&1 &
}

# The kernel's banner, and that it found the initrd and started its init.
expect_linux() { # seconds
    wait_for "$1" "the kernel's first lines on the serial console" grep -aq 'Linux version [0-9]' "$DIR/serial.txt"
    wait_for 60 "the kernel to run the initrd's init" grep -aq 'Run /init as init process' "$DIR/serial.txt"
}

# limit: 200
case_firmware_uefi() { # OVMF's own driver: romfile= keeps iPXE out
    local root code vars
    for code in /usr/share/OVMF/OVMF_CODE{_4M,}.fd; do [ ! -e "$code" ] || break; done
    [ -e "$code" ] || fail "OVMF (package ovmf), which is not installed"
    vars=${code/CODE/VARS}
    root=$(serial_tree)
    lab_up
    start_server "$root"
    plug_qemu
    cp "$vars" "$WORK/vars.fd"
    boot_qemu -machine q35 -drive "if=pflash,format=raw,unit=0,readonly=on,file=$code" -drive "if=pflash,format=raw,unit=1,file=$WORK/vars.fd" \
        -device virtio-net-pci,netdev=n0,mac=52:54:00:77:00:02,bootindex=1,romfile=
    expect_linux 150
}

# limit: 200
case_firmware_bios() { # SeaBIOS with the iPXE ROM that QEMU takes for the card
    local root
    root=$(serial_tree)
    lab_up
    start_server "$root"
    plug_qemu
    boot_qemu -machine pc,graphics=off -boot order=n -device virtio-net-pci,netdev=n0,mac=52:54:00:77:00:01,bootindex=1
    expect_linux 150
}
