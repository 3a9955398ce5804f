# What check's options promise, and that it leaves no trace.
# shellcheck shell=bash

sound_lab() {
    lab_up
    serve_tree "$(netboot_tree)"
}

case_healthy_pxekit_serve() { # our client, our server
    local root
    root=$(netboot_tree)
    lab_up
    start_pxekit "$root"
    judge_healthy "$root"
}

case_until_offer() { # nothing but DHCP is asked for
    lab_up
    dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" | start_dnsmasq srv srv0
    check bios,uefi-x64 --until offer
    [ "$status" = 0 ] || fail "exit status 0 without any file service, seen $status; $(summary)"
    [ "$(ask '[.clients[].files[]?] | length')" = 0 ] || fail "no file to be fetched, seen $(ask '[.clients[].files[].url] | join(" ")')"
}

case_own_mac() {
    sound_lab
    check bios --until loader --mac 52:54:00:aa:bb:cc
    [ "$status" = 0 ] || fail "exit status 0, seen $status; $(summary)"
    [ "$(ask '.clients[0].mac')" = 52:54:00:aa:bb:cc ] || fail "the given MAC in the report, seen $(ask '.clients[0].mac')"
    grep -q 'DHCPACK.* 52:54:00:aa:bb:cc' "$DIR/dnsmasq-srv.log" || fail "dnsmasq to have seen the given MAC"
}

case_capture_written() { # -w
    sound_lab
    check bios --until config -w "$WORK/c.pcap"
    [ "$status" = 0 ] || fail "exit status 0, seen $status; $(summary)"
    pxk-launch tcpdump -nr "$WORK/c.pcap" >"$DIR/c.txt" 2>&1 || fail "a capture that tcpdump reads, seen $(tail -n 1 "$DIR/c.txt")"
    grep -q 'BOOTP/DHCP, Request' "$DIR/c.txt" || fail "our DISCOVER in the capture"
    grep -q 'RRQ "pxelinux.0"\|RRQ.*pxelinux.0' "$DIR/c.txt" || fail "our RRQ in the capture"
}

case_leases_released() { # nothing stays on the server
    sound_lab
    check bios,uefi-x64
    expect_healthy
    wait_for 3 "every lease to be released" grep -q 'DHCPRELEASE' "$DIR/dnsmasq-srv.log"
    wait_for 3 "no lease to be left on the server" test ! -s "$WORK/dnsmasq-srv.leases"
}

case_only_interface_found() { # without IFACE: the only one that is up
    local status=0
    sound_lab
    in_ns cli "$PXEKIT" check --arch bios --until loader >"$DIR/out.txt" 2>"$DIR/check.err" || status=$?
    [ "$status" = 0 ] || fail "exit status 0, seen $status: $(head -c 200 "$DIR/check.err")"
    grep -q cli0 "$DIR/out.txt" || fail "the report to name cli0"
}

case_interrupted() { # Ctrl-C: leases go back, what was seen is told, and nothing is held against the network
    local status=0
    sound_lab
    ip netns exec cli "$PXEKIT" check cli0 >"$DIR/out.txt" 2>"$DIR/check.err" &
    wait_for 10 "a file to be under way" grep -q 'sent .*/pxelinux.0' "$DIR/dnsmasq-srv.log"
    kill -INT $!
    wait $! || status=$?
    [ "$status" = 3 ] || fail "exit status 3, seen $status: $(head -c 200 "$DIR/check.err")"
    grep -q interrupted "$DIR/check.err" || fail "a sentence that says interrupted, seen: $(cat "$DIR/check.err")"
    grep -q '2 DHCP' "$DIR/out.txt" || fail "a report"
    ! grep -q FAIL "$DIR/out.txt" || fail "no FAIL in the report"
    wait_for 3 "no lease to be left on the server" test ! -s "$WORK/dnsmasq-srv.leases"
}

case_link_lost() { # the cable is pulled meanwhile: that is no verdict on the network
    local status=0
    sound_lab
    ip netns exec cli "$PXEKIT" check cli0 >"$DIR/out.txt" 2>"$DIR/check.err" &
    wait_for 10 "a file to be under way" grep -q 'sent .*/pxelinux.0' "$DIR/dnsmasq-srv.log"
    ip link set sw_cli down
    wait $! || status=$?
    [ "$status" = 3 ] || fail "exit status 3, seen $status: $(head -c 200 "$DIR/check.err")"
    grep -q 'cli0 lost its link' "$DIR/check.err" || fail "a sentence that says so, seen: $(cat "$DIR/check.err")"
    ! grep -q FAIL "$DIR/out.txt" || fail "no FAIL in the report"
}

# dnsmasq with no-ping offers by a hash of the MAC: clients that all asked at once would be offered the same addresses.
case_clients_do_not_collide() {
    lab_up
    { dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" && dnsmasq_tftp "$(netboot_tree)"; } | POOL="10.77.0.150 10.77.0.159" start_dnsmasq srv srv0
    check bios,bios,bios,bios,uefi-x64,uefi-x64,uefi-x64,uefi-x64 --until loader
    [ "$status" = 0 ] || fail "eight clients to share ten addresses, seen exit status $status; $(summary)"
    ! grep -q DHCPNAK "$DIR/dnsmasq-srv.log" || fail "no NAK, seen $(grep -m 1 DHCPNAK "$DIR/dnsmasq-srv.log")"
}

# What pxekit itself cannot follow is no fault of the network: no verdict, and the exit status of a test that could not be made.
case_ipxe_script_is_not_judged() {
    mkdir -p "$WORK/script"
    printf '%s\n' '#!ipxe' 'chain http://10.77.0.1/next' >"$WORK/script/boot.ipxe"
    lab_up
    { dnsmasq_boot boot.ipxe boot.ipxe && dnsmasq_tftp "$WORK/script"; } | start_dnsmasq srv srv0
    check bios
    [ "$status" = 3 ] || fail "exit status 3, seen $status; $(summary)"
    [ "$(ask '[.steps[] | select(.verdict == "fail")] | length')" = 0 ] || fail "no step to fail; $(summary)"
    grep -q 'iPXE script' "$DIR/check.err" || fail "a sentence that tells why, seen $(cat "$DIR/check.err")"
}
