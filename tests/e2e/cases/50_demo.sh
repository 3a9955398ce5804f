# pxekit demo: no arguments, no root.
# shellcheck shell=bash

judge_demo() { # cmd...
    local status=0 step
    need "$PXEKIT"
    "$@" >"$DIR/out.txt" 2>"$DIR/demo.err" || status=$?
    [ "$status" = 0 ] || fail "exit status 0, seen $status: $(tail -n 3 "$DIR/demo.err")"
    for step in Connectivity DHCP Files Boot Installation; do
        grep -Eq "[1-5] $step +ok" "$DIR/out.txt" || fail "a report with the step $step passed"
    done
    for step in bios uefi-x64; do
        grep -q "$step" "$DIR/out.txt" || fail "$step in the report"
    done
    ! grep -q FAIL "$DIR/out.txt" || fail "no FAIL in the report"
}

case_demo_as_ordinary_user() {
    local as=()
    # An ordinary user is root here, by grace of the user namespace around the case; real root becomes nobody.
    grep -q ' 0 *4294967295$' /proc/self/uid_map && as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    judge_demo "${as[@]}" "$PXEKIT" demo
}

case_demo_as_root() {
    judge_demo "$PXEKIT" demo
}

# Where user namespaces are forbidden: exit status 3 and the sentence that helps.
case_demo_without_user_namespaces() {
    local status=0
    need "$PXEKIT"
    unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all "$0" demo' \
        "$PXEKIT" >"$DIR/out.txt" 2>"$DIR/demo.err" || status=$?
    [ "$status" = 3 ] || fail "exit status 3, seen $status"
    [ "$(wc -l <"$DIR/demo.err")" = 1 ] || fail "one sentence, seen: $(cat "$DIR/demo.err")"
    grep -Eq 'sysctl|sudo' "$DIR/demo.err" || fail "a sentence that names a sysctl or sudo, seen: $(cat "$DIR/demo.err")"
}
