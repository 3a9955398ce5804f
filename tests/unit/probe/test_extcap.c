#include <criterion/criterion.h>

#include "pxk/extcap.h"

#define ARGS(...) ((char *[]){"pxekit", __VA_ARGS__})
#define COUNT(a)  ((int)(sizeof(a) / sizeof *(a)))

static struct pxk_text answer_to(int n, char **v)
{
    struct pxk_extcap x;
    struct pxk_text out = {0};
    char why[300] = "";
    cr_assert(pxk_extcap_is(n, v));
    cr_assert_eq(pxk_extcap_parse(n, v, &x, why, sizeof why), PXK_OK, "%s", why);
    pxk_extcap_answer(&x, "0.1.0", &out);
    return out;
}

Test(extcap, the_questions_are_answered)
{
    char **v = ARGS("--extcap-interfaces", "--extcap-version=4.0");
    struct pxk_text t = answer_to(3, v);
    cr_assert(strstr(t.s, "extcap {version=0.1.0}"), "%s", t.s);
    cr_assert(strstr(t.s, "interface {value=pxekit}"), "%s", t.s);
    pxk_text_done(&t);
    v = ARGS("--extcap-interface=pxekit", "--extcap-dlts");
    t = answer_to(3, v);
    cr_assert_eq(strncmp(t.s, "dlt {number=1}", 14), 0, "%s", t.s);
    pxk_text_done(&t);
    v = ARGS("--extcap-interface", "pxekit", "--extcap-config");
    t = answer_to(4, v);
    cr_assert(strstr(t.s, "{call=--iface}"), "%s", t.s);
    cr_assert(strstr(t.s, "value {arg=0}{value=lo}"), "%s", t.s);
    pxk_text_done(&t);
}

Test(extcap, a_filter_is_looked_at)
{
    char **v = ARGS("--extcap-interface=pxekit", "--extcap-capture-filter=udp port 69");
    struct pxk_text t = answer_to(3, v);
    cr_assert_eq(t.len, 0, "%s", t.s);
    v = ARGS("--extcap-interface=pxekit", "--extcap-capture-filter=no such thing");
    t = answer_to(3, v);
    cr_assert_gt(t.len, 0);
    pxk_text_done(&t);
}

Test(extcap, a_capture_has_its_interfaces_and_its_pipe)
{
    struct pxk_extcap x;
    char why[300] = "";
    char *v[] = {"pxekit", "--capture", "--extcap-interface", "pxekit", "--fifo", "/tmp/fifo", "--iface", "eth0,eth1", "--buffer=64",
                 "--extcap-capture-filter=host 10.0.0.1", "--everything", "--from-the-future=1"};
    cr_assert_eq(pxk_extcap_parse(COUNT(v), v, &x, why, sizeof why), PXK_OK, "%s", why);
    cr_assert_eq(x.call, PXK_EXTCAP_CAPTURE);
    cr_assert_str_eq(x.fifo, "/tmp/fifo");
    cr_assert_str_eq(x.filter, "host 10.0.0.1");
    cr_assert_eq(x.iface_n, 2);
    cr_assert_str_eq(x.iface[1], "eth1");
    cr_assert_eq(x.buffer_mib, 64);
    cr_assert(x.everything);
}

Test(extcap, wrong_calls_are_told)
{
    struct pxk_extcap x;
    char why[300] = "";
    cr_assert_eq(pxk_extcap_parse(3, ARGS("--extcap-interface=eth0", "--extcap-dlts"), &x, why, sizeof why), PXK_E_USAGE);
    cr_assert(strstr(why, "eth0"));
    cr_assert_eq(pxk_extcap_parse(3, ARGS("--extcap-interface=pxekit", "--capture"), &x, why, sizeof why), PXK_E_USAGE);
    cr_assert_eq(pxk_extcap_parse(2, ARGS("--extcap-interface"), &x, why, sizeof why), PXK_E_USAGE);
    cr_assert(!pxk_extcap_is(2, ARGS("watch")));
}
