# Step 5: answer files that the kernel's command line names, over TFTP and over HTTP, by address and by name.
# shellcheck shell=bash

# A small tree whose only entry names this answer file; kernel and initrd are the installer's.
answers_tree() { # url
    local root=$WORK/answers tree
    tree=$(netboot_tree)
    mkdir -p "$root/pxelinux.cfg"
    mkdir -p "$root/debian-installer"
    ln -s "$tree/$D" "$root/$D"
    cp -L "$tree/pxelinux.0" "$tree/ldlinux.c32" "$root"
    printf '%s\n' 'default install' 'timeout 10' 'label install' "  kernel $D/linux" \
        "  append initrd=$D/initrd.gz auto=true priority=critical url=$1" >"$root/pxelinux.cfg/default"
    echo 'd-i debian-installer/locale string en_US' >"$root/preseed.cfg"
    echo "$root"
}

# nginx's place: any HTTP server will do. It serves the tree.
start_http() { # root
    need python3
    spawn http srv python3 -m http.server --bind 10.77.0.1 --directory "$1" 80
    wait_for 5 "the HTTP server to listen" listens_tcp srv 80
}

listens_tcp() { # namespace, port
    in_ns "$1" ss -Hltn "sport = :$2" | grep -q .
}

answers_lab() { # url; OFFLOAD=on
    local root
    root=$(answers_tree "$1")
    lab_up
    # With its DNS on, for the case that names a host.
    { printf '%s\n' no-resolv address=/files.example/10.77.0.1 && dnsmasq_boot "$BIOS_FILE" "$UEFI_FILE" && dnsmasq_tftp "$root"; } |
        DNS_PORT=53 start_dnsmasq srv srv0
    start_http "$root"
    check bios
}

expect_answers() { # url
    [ "$status" = 0 ] || fail "exit status 0, seen $status; $(summary)"
    [ "$(ask '.steps[] | select(.step == "install") | .verdict')" = pass ] || fail "step install to pass; $(summary)"
    ask '.clients[0].files[] | select(.role == "answers") | .url' | grep -qx "$1" || fail "$1 among the files"
    [ "$(ask '.clients[0].files[] | select(.role == "answers") | .sha256')" = "$(sha256sum "$WORK/answers/preseed.cfg" | cut -d' ' -f1)" ] ||
        fail "the answer file's SHA-256 to be that on disk"
}

case_answers_by_tftp() {
    answers_lab tftp://10.77.0.1/preseed.cfg
    expect_answers tftp://10.77.0.1/preseed.cfg
}

case_answers_by_http() {
    answers_lab http://10.77.0.1/preseed.cfg
    expect_answers http://10.77.0.1/preseed.cfg
    grep -q '"GET /preseed.cfg HTTP/1.1" 200' "$DIR/http.log" || fail "the server's own log to show the request"
}

# Unfinished checksums and frames beyond the MTU, as between any two virtual machines of one host.
case_answers_by_http_offloads_on() {
    OFFLOAD=on answers_lab http://10.77.0.1/preseed.cfg
    expect_answers http://10.77.0.1/preseed.cfg
}

case_answers_by_name() {
    answers_lab http://files.example/preseed.cfg
    expect_answers http://files.example/preseed.cfg
}

case_answers_missing() {
    answers_lab http://10.77.0.1/nosuch.cfg
    expect_broken answers-missing
}
