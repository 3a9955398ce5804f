# Bad input: one clear sentence on standard error, the right exit status, no crash, no endless loop.
# shellcheck shell=bash

# Runs cmd and expects this exit status, and on standard error one line (LINES_MAX at most) that matches.
refuses() { # exit status, pattern, cmd...
    local want=$1 pattern=$2 status=0 lines
    shift 2
    need "$PXEKIT"
    "$@" >"$DIR/out.txt" 2>"$DIR/refusal.err" || status=$?
    [ "$status" = "$want" ] || fail "exit status $want, seen $status and: $(head -c 200 "$DIR/refusal.err")"
    lines=$(wc -l <"$DIR/refusal.err")
    [ "$lines" -ge 1 ] || fail "a sentence on standard error, seen nothing"
    [ "$lines" -le "${LINES_MAX:-1}" ] || fail "one sentence on standard error, seen $lines lines: $(head -c 300 "$DIR/refusal.err")"
    grep -Eqi -- "$pattern" "$DIR/refusal.err" || fail "a sentence that fits /$pattern/, seen: $(cat "$DIR/refusal.err")"
    [ ! -s "$DIR/out.txt" ] || fail "nothing on standard output, seen: $(head -c 200 "$DIR/out.txt")"
}

case_absent_interface() {
    lab_up
    refuses 3 'nosuch0' in_ns cli "$PXEKIT" check nosuch0 --arch bios
}

case_interface_down() {
    lab_up
    ip -n cli link set cli0 down
    refuses 3 'cli0.*down' in_ns cli "$PXEKIT" check cli0 --arch bios
}

case_no_permission() { # root in name only
    lab_up
    refuses 3 'permission|permitted|sudo|root|CAP_NET_RAW' in_ns cli setpriv --bounding-set=-all --inh-caps=-all \
        "$PXEKIT" check cli0 --arch bios
}

case_unknown_architecture() {
    lab_up
    refuses 2 'uefi-x46' in_ns cli "$PXEKIT" check cli0 --arch uefi-x46
}

case_unknown_option() {
    LINES_MAX=2 refuses 2 '--no-such' "$PXEKIT" check lo --no-such # the second line says where help is
}

case_unknown_command() {
    refuses 2 'chekc' "$PXEKIT" chekc
}

# A sound config with one line changed; the refusal names file, line and column, and all that is wrong with it at once.
refused_config() { # sed script, pattern of the sentence
    pxekit_conf "$(netboot_tree)" | sed "$1" >"$DIR/bad.yaml"
    lab_up
    LINES_MAX=3 refuses 2 "bad\\.yaml:[0-9]+:[0-9]+:.*$2" in_ns srv "$PXEKIT" serve "$DIR/bad.yaml"
}

case_serve_unknown_key() {
    refused_config 's/^  pool:/  pooool:/' 'pooool.*pool'
}

case_serve_pool_outside_subnet() {
    refused_config 's/^  pool:.*/  pool: 10.78.0.150-10.78.0.199/' '10\.78\.0\.150|pool'
}

case_serve_not_yaml() {
    refused_config '2i\]}{[' ''
}

case_serve_no_file() {
    refuses 2 'nosuch\.yaml' "$PXEKIT" serve "$DIR/nosuch.yaml"
}

# A loader's config that includes itself: the client stops, and says so.
case_config_includes_itself() {
    local root
    root=$(netboot_copy)
    echo 'include pxelinux.cfg/default' >"$root/$D/pxelinux.cfg/default"
    lab_up
    serve_tree "$root"
    check bios
    expect_broken config-loop
}

case_config_endless() { # /dev/zero's worth of config: bounded memory, bounded time
    local root
    root=$(netboot_copy)
    truncate -s 200M "$root/$D/pxelinux.cfg/default"
    lab_up
    serve_tree "$root"
    ulimit -v 4000000 # kilobytes
    check bios
    [ "$status" = 1 ] || fail "exit status 1 within 4 GB of memory, seen $status"
    [ "$(ask 'first(.steps[] | select(.verdict == "fail") | .step) // "none"')" = boot ] || fail "the boot step to fail; $(summary)"
}

# Frames of every wrong kind on the wire all the while: the check says what it says without them.
case_hostile_wire() {
    lab_up
    serve_tree "$(netboot_tree)"
    spawn noise srv2 "$E2E/tools/noise.py" srv20 7
    wait_for 5 "the noise to start" grep -q ready "$DIR/noise.log"
    check bios,uefi-x64
    [ "$status" = 0 ] || fail "exit status 0, seen $status; $(summary)"
    expect_files bios "$(netboot_tree)" pxelinux.0 "$D/linux" "$D/initrd.gz"
    expect_files uefi-x64 "$(netboot_tree)" "$UEFI_FILE" "$D/linux" "$D/initrd.gz"
}

case_hostile_to_server() {
    lab_up
    start_pxekit "$(netboot_tree)"
    spawn noise srv2 "$E2E/tools/noise.py" srv20 8
    wait_for 5 "the noise to start" grep -q ready "$DIR/noise.log"
    sleep 2
    in_ns srv2 curl -sS -o "$WORK/f" tftp://10.77.0.1/pxelinux.0 2>"$DIR/curl.err" || fail "curl to fetch a file, seen $(cat "$DIR/curl.err")"
    cmp -s "$WORK/f" "$(netboot_tree)/pxelinux.0" || fail "the right file"
}
