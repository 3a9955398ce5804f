/* iPXE scripts read without being run (script.c, exec.c, image_cmd.c of iPXE). */
#include <criterion/criterion.h>
#include <string.h>

#include "pxk/image.h"

static struct pxk_ipxe_scan scan_text(const char *text)
{
    struct pxk_ipxe_scan out;
    pxk_ipxe_scan(text, strlen(text), &out);
    return out;
}

struct first {
    const char *text;
    bool is_script, nearly;
};

Test(ipxe_scan, the_first_line_decides)
{
    static const struct first rows[] = {
        {"#!ipxe\nboot\n", true, false},
        {"#!gpxe\nboot\n", true, false},
        {"#!ipxe\r\nboot\r\n", true, false},
        {"#!ipxe --x\n", true, false},
        {"#\\!ipxe\nboot\n", false, true},      /* a here-document of a shell with history */
        {"#! ipxe\nboot\n", false, true},
        {"#!iPXE\nboot\n", false, true},
        {"\xef\xbb\xbf#!ipxe\nboot\n", false, true}, /* a byte-order mark of an editor */
        {" #!ipxe\nboot\n", false, true},
        {"#!ipxeboot\n", false, true},
        {"#!/bin/sh\n", false, false},
        {"<html>\n", false, false},
        {"default linux\n", false, false},
        {"", false, false},
    };
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        struct pxk_ipxe_scan s = scan_text(rows[i].text);
        cr_expect_eq(s.is_script, rows[i].is_script, "%s", rows[i].text);
        cr_expect_eq(s.nearly, rows[i].nearly, "%s", rows[i].text);
    }
}

Test(ipxe_scan, what_is_loaded)
{
    struct pxk_ipxe_scan s = scan_text("#!ipxe\n# a comment: kernel nothing\ndhcp net0\n"
                                       "kernel --name vmlinuz http://10.77.0.1/linux quiet \\\nurl=http://10.77.0.1/p\n"
                                       "initrd --timeout 3000 http://10.77.0.1/initrd.gz\nboot\n");
    cr_expect_str_eq(s.kernel, "http://10.77.0.1/linux");
    cr_expect_str_eq(s.cmdline, "quiet url=http://10.77.0.1/p");
    cr_expect_str_eq(s.initrd, "http://10.77.0.1/initrd.gz");
    cr_expect_eq(s.kernels, 1);
    cr_expect_eq(s.initrds, 1);
    cr_expect_eq(s.chains, 0);
    cr_expect_not(s.branches);
    cr_expect_not(s.variables);
}

Test(ipxe_scan, branches_and_settings_are_told)
{
    cr_expect(scan_text("#!ipxe\nkernel a || goto b\n").branches);
    cr_expect(scan_text("#!ipxe\nmenu x\nitem a A\nchoose t\ngoto ${t}\n").branches);
    cr_expect(scan_text("#!ipxe\nisset ${net0/ip} && boot\n").branches);
    cr_expect_not(scan_text("#!ipxe\nkernel a ds=nocloud-net;s=http://x/\n").branches, "';' inside a word separates nothing");
    cr_expect(scan_text("#!ipxe\nkernel http://${next-server}/linux\n").variables);
}

Test(ipxe_scan, several_commands_on_a_line)
{
    struct pxk_ipxe_scan s = scan_text("#!ipxe\nkernel k a=1 ; initrd i ; imgargs k b=2 c=3\n");
    cr_expect_str_eq(s.kernel, "k");
    cr_expect_str_eq(s.initrd, "i");
    cr_expect_str_eq(s.cmdline, "b=2 c=3", "imgargs replaces");
    cr_expect_not(s.branches);
}

Test(ipxe_scan, initrd_on_a_command_line)
{
    cr_expect(pxk_cmdline_names_initrd("initrd=x"));
    cr_expect(pxk_cmdline_names_initrd("quiet initrd=initrd.gz"));
    cr_expect_not(pxk_cmdline_names_initrd("noinitrd=x quiet"));
    cr_expect_not(pxk_cmdline_names_initrd(""));
}

Test(ipxe_scan, long_lines_are_cut)
{
    char text[9000];
    memset(text, 'x', sizeof text);
    memcpy(text, "#!ipxe\nkernel k ", 16);
    struct pxk_ipxe_scan s;
    pxk_ipxe_scan(text, sizeof text, &s);
    cr_expect_str_eq(s.kernel, "k");
    cr_expect_lt(strlen(s.cmdline), sizeof s.cmdline);
}
