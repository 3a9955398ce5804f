#include <criterion/criterion.h>

#include "pxk/image.h"

static struct pxk_install in;

static void of(const char *cmdline)
{
    pxk_install_from_cmdline(cmdline, PXK_IP4(10, 77, 0, 1), &in);
}

/* The URLs in order, each with '!' if required. */
static const char *urls(void)
{
    static char text[4096];
    struct pxk_str b = pxk_str_init(text, sizeof text);
    for (size_t i = 0; i < in.n; i++)
        pxk_str_addf(&b, "%s%s%s", i ? " " : "", in.file[i].url, in.file[i].required ? "!" : "");
    return text;
}

#define expect_urls(cmdline, want)                                                                 \
    do {                                                                                           \
        of(cmdline);                                                                               \
        cr_expect_str_eq(urls(), want, "%s: %s", cmdline, urls());                                 \
    } while (0)

Test(cmdline, debian_installer)
{
    expect_urls("BOOT_IMAGE=linux auto=true priority=critical url=http://s/preseed.cfg --- quiet",
                "http://s/preseed.cfg!");
    cr_expect_str_eq(in.installer, "debian-installer");
    cr_expect_str_eq(in.file[0].parameter, "url");
    expect_urls("preseed/url=tftp://10.0.0.1/p", "tftp://10.0.0.1/p!");
    expect_urls("auto url=s.example suite=bookworm",
                "http://s.example/d-i/bookworm/./preseed.cfg!");
    expect_urls("auto=true url=s.example mirror/suite=trixie",
                "http://s.example/d-i/trixie/./preseed.cfg!");
    expect_urls("auto url=s.example/own.cfg", "http://s.example/own.cfg!");
    expect_urls("auto url=s.example", "");
    cr_expect_str_eq(in.installer, "debian-installer");
    cr_expect_str_empty(in.problem);
    expect_urls("url=s.example", "");
    cr_expect(strstr(in.problem, "auto"));
    expect_urls("vga=788 initrd=x --- quiet", "");
    cr_expect_str_empty(in.installer);
}

Test(cmdline, anaconda)
{
    expect_urls("inst.repo=http://s/f/ inst.ks=http://s/ks.cfg",
                "http://s/f/.treeinfo! http://s/f/images/install.img! http://s/ks.cfg!");
    cr_expect_str_eq(in.installer, "anaconda");
    expect_urls("inst.stage2=http://s/a inst.repo=http://s/b",
                "http://s/a/images/install.img! http://s/b/.treeinfo!");
    expect_urls("inst.ks=nfs:s:/ks", "nfs:s:/ks!");
    expect_urls("inst.ks", "nfs:10.77.0.1:/kickstart/!");
    expect_urls("ks=http:///ks", "http://10.77.0.1/ks!");
    expect_urls("inst.ks=cdrom:/ks inst.repo=cdrom", "");
    expect_urls("inst.repo=nfs:s:/tree", "nfs:s:/tree!");
    expect_urls("inst.addrepo=x,http://s/x", "http://s/x/repodata/repomd.xml");
}

Test(cmdline, cloud_init_and_subiquity)
{
    expect_urls("autoinstall \"ds=nocloud-net;s=http://s/a/\"",
                "http://s/a/meta-data! http://s/a/user-data! http://s/a/vendor-data");
    cr_expect_str_eq(in.installer, "subiquity");
    cr_expect_str_eq(in.file[0].installer, "cloud-init");
    cr_expect_str_empty(in.problem);
    expect_urls("ds=nocloud;h=x;s=http://s/a/",
                "http://s/a/meta-data! http://s/a/user-data! http://s/a/vendor-data");
    cr_expect_str_eq(in.installer, "cloud-init");
    expect_urls("ds=nocloud;s=http://s/a",
                "http://s/ameta-data! http://s/auser-data! http://s/avendor-data");
    cr_expect(strstr(in.problem, "does not end in"));
    expect_urls("autoinstall ds=nocloud-net", "");
    cr_expect(strstr(in.problem, "quotes"));
    of("ds=nocloud\\;s=http://s/a/");
    cr_expect(strstr(in.problem, "backslash"));
    expect_urls("ds=ec2", "");
    cr_expect_str_empty(in.problem);
    expect_urls("ds=nocloud;s=/cdrom/", "");
}

Test(cmdline, live_systems)
{
    expect_urls("boot=casper netboot=url url=http://s/ubuntu", "http://s/ubuntu!");
    cr_expect_str_eq(in.installer, "casper");
    expect_urls("ip=dhcp url=http://s/u.iso autoinstall", "http://s/u.iso!");
    cr_expect_str_eq(in.installer, "subiquity");
    cr_expect_str_eq(in.file[0].installer, "casper");
    expect_urls("boot=live fetch=http://s/fs.squashfs", "http://s/fs.squashfs!");
    cr_expect_str_eq(in.installer, "live-boot");
    expect_urls("root=live:http://s/squashfs.img rd.live.image", "http://s/squashfs.img!");
    cr_expect_str_eq(in.installer, "dracut");
    expect_urls("root=/dev/sda1 fetch=local", "");
}

Test(cmdline, other_systems)
{
    expect_urls("coreos.live.rootfs_url=http://s/r.img ignition.config.url=http://s/i.ign",
                "http://s/r.img! http://s/i.ign!");
    expect_urls("flatcar.config.url=http://s/i", "http://s/i!");
    expect_urls("talos.platform=metal talos.config=http://s/c?u=${uuid}", "http://s/c?u=${uuid}!");
    expect_urls("talos.config=metal-iso", "");
    expect_urls("install=http://s/suse autoyast=http://s/a.xml",
                "http://s/suse/boot/x86_64/root! http://s/a.xml!");
    expect_urls("install=http://s/suse instsys=http://s/i",
                "http://s/suse/boot/x86_64/root http://s/i!");
    expect_urls("inst.auto=http://s/a.json root=live:http://s/l", "http://s/a.json! http://s/l!");
    cr_expect_str_eq(in.installer, "agama");
    expect_urls("modloop=http://s/m alpine_repo=http://s/r apkovl=http://s/o",
                "http://s/m! http://s/r/x86_64/APKINDEX.tar.gz! http://s/o!");
    expect_urls(
        "archisobasedir=arch archiso_http_srv=http://${pxeserver}/ checksum",
        "http://10.77.0.1/arch/x86_64/airootfs.sfs! http://10.77.0.1/arch/x86_64/airootfs.sha512");
}

Test(cmdline, cuts_words_as_the_kernel_does)
{
    expect_urls("  inst.ks=\"http://s/a b\"  ", "http://s/a b!");
    expect_urls("\"inst.ks=http://s/a b\"", "http://s/a b!");
    expect_urls("inst.ks=http://s/?a=b", "http://s/?a=b!");
    expect_urls("xinst.ks=http://s/", "");
    expect_urls("", "");
    expect_urls("inst.ks=\"http://s/unclosed", "http://s/unclosed!");
    expect_urls("url=http://s/p url=http://s/p", "http://s/p!");
}

Test(cmdline, is_bounded)
{
    char text[PXK_CMDLINE_MAX];
    struct pxk_str b = pxk_str_init(text, sizeof text);
    for (unsigned i = 0; i < 100; i++)
        pxk_str_addf(&b, "ks=http://s/%u ", i);
    of(text);
    cr_expect_eq(in.n, (size_t)PXK_INSTALL_FILES_MAX);
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "archiso_http_srv=http://", 24);
    of(text);
    cr_expect_eq(in.n, 1u);
    memcpy(text, "checksum archiso_http_srv=http://", 33);
    of(text);
    cr_expect_eq(in.n, 1u, "cut at the same place");
}
