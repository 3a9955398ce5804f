# The network of a case. Names: the case's own namespace is the switch (br0, and vm0 where a QEMU is plugged in); beside it
#   srv   srv0   10.77.0.1/24     the server under test
#   srv2  srv20  10.77.0.2/24     a second server, or curl
#   cli   cli0   no address       where pxekit checks from
# shellcheck shell=bash

fail() { # what was expected, and what was seen
    [ -s "$DIR/why" ] || echo "$*" >"$DIR/why" # the first reason is the reason
    exit 1
}

need() { # commands...
    local c
    for c; do command -v "$c" >/dev/null || fail "the program $c, which is not installed (packaging/install.sh test)"; done
}

in_ns() { # namespace, cmd...
    local ns=$1
    shift
    ip netns exec "$ns" "$@"
}

# A port of the switch. The kernel's own chatter (router solicitations, duplicate address detection) is kept off the wire.
plug() { # namespace, interface in it
    ip netns add "$1"
    in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    ip -n "$1" link set lo up
    ip link add "sw_$1" type veth peer name "$2" netns "$1"
    ip link set "sw_$1" master br0 up
    ip -n "$1" link set "$2" up
    [ "${OFFLOAD:-off}" = on ] && return
    ethtool -K "sw_$1" tx off rx off tso off gso off gro off >/dev/null 2>&1 || true
    in_ns "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null 2>&1 || true
}

# Brings the network up and captures its switch (the first bytes of each frame). OFFLOAD=on leaves checksums and segmentation to
# "cards" that are not there, as on any virtual machine's network.
lab_up() {
    need ip ethtool tcpdump
    sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.unix.max_dgram_qlen=512
    ip link set lo up
    ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    ip link set br0 up
    plug srv srv0
    plug srv2 srv20
    plug cli cli0
    ip -n srv addr add 10.77.0.1/24 dev srv0
    ip -n srv2 addr add 10.77.0.2/24 dev srv20
    pxk-launch tcpdump -i br0 -s 192 -B 16384 -U -w "$DIR/wire.pcap" >"$DIR/tcpdump.txt" 2>&1 &
    wait_for 5 "tcpdump to start" test -s "$DIR/wire.pcap"
}

wait_for() { # seconds, what, cmd...: until cmd succeeds
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || fail "$what, which did not happen"
        sleep 0.03
    done
}

listens() { # namespace, udp port
    in_ns "$1" grep -qi "$(printf ':%04X 0' "$2")" /proc/net/udp /proc/net/udp6
}

spawn() { # name, namespace, cmd...: a server; its output goes to NAME.log
    local name=$1 ns=$2
    shift 2
    in_ns "$ns" "$@" >"$DIR/$name.log" 2>&1 &
}
