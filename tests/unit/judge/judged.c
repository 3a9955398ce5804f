#include "judged.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEPS(c, d, f, b, i)                                                                       \
    "'steps': [{'step': 'connectivity', 'verdict': '" c "', 'why': 'of connectivity'},"            \
    " {'step': 'dhcp', 'verdict': '" d "', 'why': 'of dhcp'},"                                     \
    " {'step': 'files', 'verdict': '" f "', 'why': 'of files'},"                                   \
    " {'step': 'boot', 'verdict': '" b "', 'why': 'of boot'},"                                     \
    " {'step': 'install', 'verdict': '" i "', 'why': ''}]"

const char seen_text[] =
    "{'exit': 1, 'tree': '/nonexistent',"
    " 'clients': {'bios': '02:00:00:00:00:01', 'uefi': '02:00:00:00:00:02'},"
    " 'counts': {'bios': {'repeats': 3, 'seconds': 1.25}, 'uefi': {'repeats': 0, 'seconds': 0.5}},"
    " 'leases': {'boot': [{'ip': '10.77.0.150', 'mac': '02:00:00:00:00:01'},"
    "                     {'ip': '10.77.0.151', 'mac': '02:00:00:00:00:77'}]},"
    " 'events': [{'t': 0.1, 'client': 'bios', 'event': 'dhcp.discover', 'text': 'DISCOVER', "
    "'frame': 1},"
    "  {'t': 0.2, 'client': 'bios', 'event': 'dhcp.ack', 'text': 'ACK 10.77.0.150', 'frame': 4},"
    "  {'t': 0.3, 'client': '02:00:00:00:00:02', 'event': 'dhcp.discover', 'text': 'DISCOVER', "
    "'frame': 5},"
    "  {'t': 0.4, 'client': 'bios', 'event': 'tftp.request', 'text': 'linux, blksize 1408', "
    "'frame': 9}],"
    " 'report': {'schema': 'pxekit.report.v1', 'summary': {'verdict': 'fail', 'frames': 12, "
    "'seconds': 1.5}," STEPS(
        "pass", "fail", "unknown", "unknown",
        "unknown") ","
                   " 'clients': [{'mac': '02:00:00:00:00:01', 'name': 'bios', 'address': "
                   "'10.77.0.150', 'boots': true,"
                   "  'outcome': 'boots', 'reached': 'install'," STEPS(
                       "pass", "pass", "pass", "pass",
                       "pass") ","
                               "  'boot': {'kernel': 'debian/linux', 'cmdline': 'initrd=initrd.gz "
                               "url=tftp://10.77.0.1/preseed.cfg --- quiet'},"
                               "  'files': [{'path': 'pxelinux.cfg/01-02', 'state': 'failed', "
                               "'role': 'config', 'bytes': 0, 'why': 'file not found'},"
                               "   {'path': '/debian/linux', 'state': 'failed', 'role': 'kernel', "
                               "'bytes': 512},"
                               "   {'path': '/debian/linux', 'state': 'complete', 'role': "
                               "'kernel', 'bytes': 3,"
                               "    'sha256': "
                               "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'}"
                               ","
                               "   {'path': 'big', 'state': 'refused', 'bytes': 0, 'message': "
                               "'Access violation', 'frame': 30},"
                               "   {'path': 'moved', 'state': 'redirected', 'bytes': 0}]},"
                               " {'mac': '02:00:00:00:00:02', 'name': 'uefi-x64', 'boots': false, "
                               "'outcome': 'stops: boot file',"
                               "  'reached': 'lease', " STEPS(
                                   "pass", "fail", "unknown", "unknown",
                                   "unknown") ", 'boot': {}, 'files': []}],"
                                              " 'findings': [{'name': 'no-boot-file', 'severity': "
                                              "'failure', 'step': 'dhcp', 'client': "
                                              "'02:00:00:00:00:02',"
                                              "   'seen': 'no file in the OFFER', 'frames': [6, "
                                              "7]},"
                                              "  {'name': 'two-proxies', 'severity': 'warning', "
                                              "'step': 'dhcp', 'client': '02:00:00:00:00:02', "
                                              "'frames': [8],"
                                              "   'seen': 'two'},"
                                              "  {'name': 'slow-offer', 'severity': 'note', "
                                              "'step': 'dhcp', 'client': '02:00:00:00:00:01', "
                                              "'frames': [2],"
                                              "   'seen': 'late'}]}}";

json_t *json_of(const char *text)
{
    char *copy = strdup(text);
    json_error_t error;
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *v = json_loads(copy, JSON_DECODE_ANY, &error);
    cr_assert(v, "%s at %d", error.text, error.position);
    free(copy);
    return v;
}

json_t *healthy_seen(void)
{
    json_t *seen = json_of(seen_text), *report = json_object_get(seen, "report");
    json_t *clients = json_object_get(report, "clients");
    json_t *second = json_deep_copy(json_array_get(clients, 0));
    json_object_set_new(second, "mac", json_string("02:00:00:00:00:02"));
    json_array_set_new(clients, 1, second);
    json_array_remove(json_object_get(report, "findings"), 0);
    json_array_remove(json_object_get(report, "findings"), 0);
    return seen;
}

struct pxk_scenario scenario_of(struct pxk_scn_expect e)
{
    static struct pxk_scn_client clients[2] = {{.name = "bios"}, {.name = "uefi", .arch = 7}};
    static struct pxk_scn_server servers[1] = {{.name = "boot"}};
    struct pxk_scenario s = {.name = "x", .expect = e};
    s.clients.at = clients;
    s.clients.n = 2;
    s.servers.at = servers;
    s.servers.n = 1;
    return s;
}

const char *judged_case(const struct pxk_scenario *s, json_t *seen)
{
    static char out[8192];
    json_t *checks = json_array(), *c;
    size_t i, bad = 0, told = pxk_judge(s, seen, checks);
    struct pxk_str b = pxk_str_init(out, sizeof out);
    json_array_foreach(checks, i, c)
    {
        bool ok = json_is_true(json_object_get(c, "ok"));
        json_int_t frame = json_integer_value(json_object_get(c, "frame"));
        pxk_str_addf(&b, "%s %d %s | %s | %s", ok ? "ok" : "BAD",
                     (int)json_integer_value(json_object_get(c, "line")),
                     json_string_value(json_object_get(c, "what")),
                     json_string_value(json_object_get(c, "expected")),
                     json_string_value(json_object_get(c, "seen")));
        if (frame)
            pxk_str_addf(&b, " #%d", (int)frame);
        pxk_str_addc(&b, '\n');
        bad += !ok;
    }
    cr_assert_eq(bad, told);
    cr_assert(!b.cut);
    json_decref(checks);
    return out;
}

const char *judged_seen(struct pxk_scn_expect e, json_t *seen)
{
    struct pxk_scenario s = scenario_of(e);
    const char *text = judged_case(&s, seen);
    json_decref(seen);
    return text;
}

const char *judged(struct pxk_scn_expect e)
{
    return judged_seen(e, json_of(seen_text));
}

const char *file_of(const char *name, const char *bytes, size_t n)
{
    static char path[8][64];
    static unsigned next;
    char *out = path[next++ % 8];
    int fd = memfd_create(name, MFD_CLOEXEC);
    cr_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    pxk_fmt(out, sizeof path[0], "/proc/self/fd/%d", fd);
    return out;
}
