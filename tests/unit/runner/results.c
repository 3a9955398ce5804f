#include "../scratch.h"
#include "results.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usual[] =
    "[{'name': 'healthy', 'about': '', 'file': 'scenarios/dhcp/healthy.yaml', 'row': '', 'id': 'healthy', 'tags': ['dhcp', 'quick'],"
    "  'status': 'passed', 'why': '', 'seconds': 1.25, 'checks': [{'what': 'step dhcp', 'expected': 'pass', 'seen': 'pass', 'ok': true,"
    "  'line': 9}], 'packets': [], 'report': {'steps': [{'step': 'dhcp', 'verdict': 'pass', 'why': 'an address'}], 'findings': []},"
    "  'events': [], 'log': '', 'artifacts': null, 'repeat': 'pxekit run scenarios/dhcp/healthy.yaml --keep'},"
    " {'name': 'no boot file', 'about': 'a server that forgets it', 'file': 'scenarios/dhcp/no-boot-file.yaml',"
    "  'row': 'server=dnsmasq, arch=bios', 'id': 'no-boot-file.dnsmasq.bios', 'tags': ['dhcp'], 'status': 'failed', 'why': '',"
    "  'seconds': 2.5, 'checks': [{'what': 'step dhcp', 'expected': 'fail', 'seen': 'pass', 'ok': false, 'line': 23, 'frame': 4},"
    "  {'what': 'exit', 'expected': '1', 'seen': '1', 'ok': true, 'line': 24},"
    "  {'what': 'findings', 'expected': 'no-boot-file-for-arch', 'seen': 'none', 'ok': false, 'line': 25}],"
    "  'packets': ['    4   0.0031 10.77.0.1 > 52:54:00:00:00:01 DHCP OFFER'], 'report': {}, 'events': [], 'log': '',"
    "  'artifacts': 'pxekit-artifacts/no-boot-file.dnsmasq.bios',"
    "  'repeat': 'pxekit run scenarios/dhcp/no-boot-file.yaml --filter id:no-boot-file.dnsmasq.bios --keep'},"
    " {'name': 'no boot file', 'about': '', 'file': 'scenarios/dhcp/no-boot-file.yaml', 'row': 'server=kea, arch=bios',"
    "  'id': 'no-boot-file.kea.bios', 'tags': [], 'status': 'skipped', 'why': 'Kea is not installed (package kea-dhcp4-server)',"
    "  'seconds': 0.004, 'checks': [], 'packets': [], 'log': '', 'artifacts': null, 'repeat': 'pxekit run x'},"
    " {'name': 'breaks', 'about': '', 'file': 'breaks.yaml', 'row': '', 'id': 'breaks', 'tags': [], 'status': 'error',"
    "  'why': 'the process crashed: SIGSEGV (Segmentation fault)', 'seconds': 0.1, 'checks': [], 'packets': [],"
    "  'log': 'one\\ntwo\\n', 'artifacts': 'pxekit-artifacts/breaks', 'repeat': 'pxekit run breaks.yaml --keep'}]";

json_t *results_usual(void)
{
    char text[sizeof usual];
    json_error_t error;
    memcpy(text, usual, sizeof usual);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *results = json_loads(text, 0, &error);
    cr_assert(results, "%s at %d", error.text, error.position);
    return results;
}

json_t *result_nasty(void)
{
    static const char bad[] = "<b>&amp;\"'`|#\\ % ]]> --> \x01\x1b[31m \x7f \xc2\x9b \xe2\x80\xae \xef\xbf\xbf \xef\xb7\x90 \r\n\t, : "
                              "::error:: ok 9 # SKIP\n...\n---\n1..9\nnot ok 3 \xf0\x9f\x98\x80 \xc3\xa4";
    static const char *const texts[] = {"name", "about", "file", "row", "id", "why", "log", "artifacts", "repeat"};
    json_t *result = json_object(), *check = json_object();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        json_object_set_new(result, texts[i], json_string(bad));
    json_object_set_new(check, "what", json_string(bad));
    json_object_set_new(check, "expected", json_string(bad));
    json_object_set_new(check, "seen", json_string(bad));
    json_object_set_new(check, "ok", json_false());
    json_object_set_new(result, "checks", json_pack("[o, o, i]", check, json_null(), 7));
    json_object_set_new(result, "packets", json_pack("[s, i]", bad, 5));
    json_object_set_new(result, "tags", json_pack("[s, n]", bad));
    json_object_set_new(result, "report", json_pack("{s: [{s: s, s: s, s: s}], s: [{s: s, s: s}]}", "steps", "step", bad, "verdict", bad,
                                                    "why", bad, "findings", "code", bad, "seen", bad));
    json_object_set_new(result, "status", json_string("failed"));
    json_object_set_new(result, "seconds", json_real(-0.0));
    return result;
}

json_t *results_all(void)
{
    json_t *results = results_usual();
    json_array_append_new(results, result_nasty());
    json_array_append_new(results, json_object()); /* not even a status */
    return results;
}

static char folder[64];

const char *temp_folder(void)
{
    strcpy(folder, "/tmp/pxekit-runner-XXXXXX");
    cr_assert(mkdtemp(folder));
    return folder;
}

void temp_done(void)
{
    cr_assert(scratch_remove(folder));
}

void temp_write(const char *name, const char *text, size_t n)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    cr_assert_eq(fwrite(text, 1, n, f), n);
    cr_assert_eq(fclose(f), 0);
}

int temp_shell(const char *command)
{
    char line[1000];
    snprintf(line, sizeof line, "cd '%s' && { %s; } >out 2>&1", folder, command);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
