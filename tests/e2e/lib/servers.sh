# Servers of other projects, each started by one function and ready when the function returns.
# shellcheck shell=bash

BIOS_FILE=pxelinux.0
D=debian-installer/amd64
UEFI_FILE=$D/bootnetx64.efi

# The Debian netboot tree, whichever release is installed.
netboot_tree() {
    local tree
    for tree in $(printf '%s\n' /usr/lib/debian-installer/images/*/amd64/text | sort -V); do :; done
    [ -e "$tree/$BIOS_FILE" ] || fail "the Debian netboot tree (debian-installer-*-netboot-amd64), which is not installed"
    echo "$tree"
}

# A copy of it to break. Prints its path.
netboot_copy() {
    mkdir -p "$WORK/tree"
    cp -dR "$(netboot_tree)/." "$WORK/tree"
    echo "$WORK/tree"
}

foreign() { # package/command: its path
    local path=$BUILD/foreign/${1%/*}/run/${1##*/}
    [ -x "$path" ] || fail "$path, which is not there (packaging/foreign.sh $BUILD/foreign)"
    echo "$path"
}

# ---- dnsmasq: all of DHCP but the boot file, then lines that the case adds
dnsmasq_dhcp() { # namespace, interface, network prefix of the pool's ends...: start and end; DNS_PORT=53 lets it answer names too
    printf '%s\n' "port=${DNS_PORT:-0}" "interface=$2" bind-interfaces log-dhcp no-ping dhcp-authoritative \
        "dhcp-range=$3,$4,255.255.255.0,1h" dhcp-option=option:router,10.77.0.1 \
        dhcp-match=set:efi64,option:client-arch,7 dhcp-match=set:efi64,option:client-arch,9 dhcp-match=set:bios,option:client-arch,0
}

# dhcp-no-override: without it dnsmasq leaves the header field `file` empty for a client that asks for option 67, and shim, which
# takes its folder from that field alone, looks for grubx64.efi at the root.
dnsmasq_boot() { # bios file, uefi file
    printf "%s\n" dhcp-no-override "dhcp-boot=tag:bios,$1" "dhcp-boot=tag:efi64,$2"
}

dnsmasq_tftp() { # root
    printf '%s\n' enable-tftp "tftp-root=$1"
}

start_dnsmasq() { # namespace, interface; further lines of its config on standard input; POOL="start end"
    local ns=$1 iface=$2 pool
    need dnsmasq
    read -r -a pool <<<"${POOL:-10.77.0.150 10.77.0.199}"
    { dnsmasq_dhcp "$ns" "$iface" "${pool[@]}" && cat; } >"$DIR/dnsmasq-$ns.conf"
    spawn "dnsmasq-$ns" "$ns" pxk-launch dnsmasq -k -C "$DIR/dnsmasq-$ns.conf" --pid-file= --log-facility=- \
        --dhcp-leasefile="$WORK/dnsmasq-$ns.leases"
    wait_for 5 "dnsmasq to listen" listens "$ns" 67
}

serve_tree() { # root: a sound dnsmasq on it
    { dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" && dnsmasq_tftp "$1"; } | start_dnsmasq srv srv0
}

# ---- ISC dhcpd
start_dhcpd() { # lines inside its subnet on standard input
    {
        cat <<'CONF'
authoritative;
default-lease-time 3600;
max-lease-time 3600;
ping-check false;
option client-arch code 93 = unsigned integer 16;
subnet 10.77.0.0 netmask 255.255.255.0 {
  option routers 10.77.0.1;
CONF
        cat
        echo '}'
    } >"$DIR/dhcpd.conf"
    : >"$WORK/dhcpd.leases"
    spawn dhcpd srv pxk-launch "$(foreign isc-dhcp-server/dhcpd)" -4 -f -d -cf "$DIR/dhcpd.conf" -lf "$WORK/dhcpd.leases" -pf "$WORK/dhcpd.pid" srv0
    wait_for 5 "dhcpd to listen" listens srv 67
}

dhcpd_boot() { # the boot file by client architecture
    echo "next-server 10.77.0.1;"
    echo "if option client-arch = 00:07 or option client-arch = 00:09 { filename \"$UEFI_FILE\"; } else { filename \"$BIOS_FILE\"; }"
}

dhcpd_pool() { echo "range ${1:-10.77.0.150} ${2:-10.77.0.199};"; }

# ---- Kea; raw sockets, or it answers no client that has no address yet
start_kea() { # pool; further members of "Dhcp4" (with a leading comma each) on standard input
    cat >"$DIR/kea.json" <<CONF
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "srv0" ], "dhcp-socket-type": "raw" },
  "lease-database": { "type": "memfile", "persist": false },
  "valid-lifetime": 3600,
  "authoritative": true,
  "subnet4": [ { "id": 1, "subnet": "10.77.0.0/24", "pools": [ { "pool": "$1" } ],
                 "option-data": [ { "name": "routers", "data": "10.77.0.1" } ] } ],
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ]
  $(cat)
} }
CONF
    local dirs=("KEA_PIDFILE_DIR=$WORK" "KEA_LOCKFILE_DIR=$WORK" "KEA_DHCP_DATA_DIR=$WORK")
    spawn kea srv env "${dirs[@]}" pxk-launch "$(foreign kea-dhcp4-server/kea-dhcp4)" -c "$DIR/kea.json"
    wait_for 10 "Kea to listen" listens srv 67
}

kea_boot() {
    cat <<CONF
, "next-server": "10.77.0.1"
, "client-classes": [
    { "name": "efi64", "test": "option[93].hex == 0x0007 or option[93].hex == 0x0009", "boot-file-name": "$UEFI_FILE" },
    { "name": "bios", "test": "option[93].hex == 0x0000", "boot-file-name": "$BIOS_FILE" } ]
CONF
}

# ---- TFTP alone
start_hpa() { # root
    spawn tftpd-hpa srv pxk-launch "$(foreign tftpd-hpa/in.tftpd)" -L -4 -a 0.0.0.0:69 -s -u root --verbosity 4 "$1"
    wait_for 5 "tftpd-hpa to listen" listens srv 69
    # Debian 13's fails the first request of its life (it opens a socket of no family); this is that request.
    in_ns srv timeout 1 curl -s tftp://127.0.0.1/none || true
}

start_atftpd() { # root
    spawn atftpd srv pxk-launch "$(foreign atftpd/atftpd)" --daemon --no-fork --user root --group root --logfile - --maxthread 1000 "$1"
    wait_for 5 "atftpd to listen" listens srv 69
}

start_tftp_only() { # root: dnsmasq without DHCP
    need dnsmasq
    spawn dnsmasq-tftp srv pxk-launch dnsmasq -k -C /dev/null --pid-file= --log-facility=- --port=0 --enable-tftp --tftp-root="$1"
    wait_for 5 "dnsmasq to listen" listens srv 69
}

# ---- pxekit's own
pxekit_conf() { # root: its config; the only place in these tests that knows its keys
    cat <<CONF
interface: srv0
dhcp:
  subnet: 10.77.0.0/24
  pool: 10.77.0.150-10.77.0.199
  router: 10.77.0.1
  next-server: 10.77.0.1
  boot-files:
    bios: $BIOS_FILE
    uefi-x64: $UEFI_FILE
tftp:
  root: $1
CONF
}

start_pxekit() { # root
    need "$PXEKIT"
    pxekit_conf "$1" >"$DIR/serve.yaml"
    spawn serve srv "$PXEKIT" serve "$DIR/serve.yaml"
    wait_for 5 "pxekit serve to listen" listens srv 69
}
