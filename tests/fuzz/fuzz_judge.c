/* Any JSON text as what was seen of a case that expects a bit of everything. */
#include <stdint.h>
#include <stdlib.h>

#include "../unit/judge/lists.h"
#include "pxk/play.h"

static const struct pxk_scn_expect everything = {
    .given = true,
    .healthy = true,
    .exit_given = true,
    .step[PXK_STEP_DHCP] = {LIST("pass", "warn"), 1},
    .first = {LIST("no-boot-file"), 2},
    .findings = {true, LIST("no-boot-file|slow-offer"), 3},
    .includes = {true, LIST("slow-offer"), 3},
    .excludes = {true, LIST("dhcp-nak"), 3},
    .clients = ONE(struct pxk_scn_client_expect,
                   {.boots_given = true,
                    .boots = true,
                    .reached = {LIST("install"), 4},
                    .step[PXK_STEP_BOOT] = {LIST("pass"), 4},
                    .findings = {true, {0}, 5},
                    .files = ONE(struct pxk_scn_file_expect, {.path = "linux", .role = "kernel"},
                                 {.path = "x", .sha256 = "00", .bytes_given = true},
                                 {.path = "y", .state = 1}, {.path = "z", .state = 2}),
                    .kernel = "linux$",
                    .cmdline = "url=[^ ]+",
                    .address = {1, 0xffffff00},
                    .retransmissions_given = true,
                    .within = PXK_SEC,
                    .events = LIST("dhcp.discover", "tftp.request linux"),
                    .never = LIST("dhcp.nak")}),
    .order = LIST("bios dhcp.discover", "bios tftp.request"),
    .report = ONE(struct pxk_scn_value, {.at = "/summary/verdict", .is = "pass"},
                  {.at = "/clients/*/files/*/path", .matches = "^.*[/]linux$"},
                  {.at = "/*/*", .min_given = true, .max_given = true, .max = 9}),
    .seen = ONE(struct pxk_scn_value, {.at = "/*/*/*/0/a~1b", .absent = true}),
    .leases = ONE(struct pxk_scn_lease_expect, {.left = 0}),
};

static bool is_line(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    size_t n = 0;
    for (; s && s[n]; n++)
        if (s[n] < 0x20 || s[n] >= 0x7f)
            return false;
    return s && n <= 240;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct pxk_scn_client clients[2] = {{.name = "bios"}, {.name = "uefi", .arch = 7}};
    struct pxk_scenario s = {.name = "x", .clients = {clients, 2, 2}, .expect = everything};
    json_t *seen = json_loadb((const char *)data, len, JSON_DECODE_ANY, NULL),
           *checks = json_array(), *c;
    struct pxk_text yaml = {0};
    size_t i, bad = 0, told = pxk_judge(&s, seen, checks);
    json_array_foreach(checks, i, c)
    {
        bad += !json_is_true(json_object_get(c, "ok"));
        if (!is_line(c, "what") || !is_line(c, "expected") || !is_line(c, "seen"))
            abort(); /* more than one printable line */
    }
    if (bad != told || !json_array_size(checks))
        abort();
    pxk_judge_write(&s, seen, &yaml);
    pxk_text_done(&yaml);
    json_decref(checks);
    json_decref(seen);
    return 0;
}
