#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "tree.h"

static char work[64], root[4096], why[300];

static void set_up(void)
{
    (void)pxk_str_copy(work, sizeof work, "/tmp/pxk-tree-XXXXXX");
    cr_assert(mkdtemp(work));
}

static void tear_down(void)
{
    (void)scratch_remove(work);
}

TestSuite(tree, .init = set_up, .fini = tear_down);

static struct pxk_scenario generated(void)
{
    return (struct pxk_scenario){.files = {.set = PXK_SCN_SET_GENERATED, .kernel = 65536, .initrd = 131072}};
}

static void make(const struct pxk_scenario *s)
{
    cr_assert_eq(pxk_tree_make(s, "/", work, root, sizeof root, why, sizeof why), PXK_OK, "%s", why);
}

static long size_of(const char *path)
{
    char whole[5000];
    struct stat st;
    return stat(pxk_fmt(whole, sizeof whole, "%s/%s", root, path), &st) == 0 ? (long)st.st_size : -1;
}

static const char *content(const char *path)
{
    static char text[200];
    char whole[5000];
    FILE *f = fopen(pxk_fmt(whole, sizeof whole, "%s/%s", root, path), "re");
    cr_assert(f, "%s is there", path);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    (void)fclose(f);
    return text;
}

static enum pxk_err change(struct pxk_scn_change c)
{
    return pxk_tree_change(root, &c, why, sizeof why);
}

Test(tree, generated_set_has_the_sizes_asked_for)
{
    struct pxk_scenario s = generated();
    make(&s);
    cr_assert_eq(size_of("linux"), 65536);
    cr_assert_gt(size_of("initrd.gz"), 131072);
    cr_assert_gt(size_of("pxelinux.0"), 0);
    cr_assert_gt(size_of("grub/grub.cfg"), 0);
}

Test(tree, changes_of_the_scenario_are_made_in_order)
{
    struct pxk_scenario s = generated();
    struct pxk_scn_change list[] = {{.write = "a/b/c.txt", .text = "first"}, {.copy = "a/b/c.txt", .to = "d.txt"},
                                    {.write = "a/b/c.txt", .text = "second"}, {.remove = "pxelinux.0"}};
    s.files.changes.at = list;
    s.files.changes.n = PXK_COUNT(list);
    make(&s);
    cr_assert_str_eq(content("a/b/c.txt"), "second");
    cr_assert_str_eq(content("d.txt"), "first");
    cr_assert_eq(size_of("pxelinux.0"), -1);
}

Test(tree, truncate_takes_percent_and_sizes)
{
    struct pxk_scenario s = generated();
    make(&s);
    cr_assert_eq(change((struct pxk_scn_change){.truncate = "linux", .to = "50%"}), PXK_OK, "%s", why);
    cr_assert_eq(size_of("linux"), 32768);
    cr_assert_eq(change((struct pxk_scn_change){.truncate = "linux", .to = "1k"}), PXK_OK, "%s", why);
    cr_assert_eq(size_of("linux"), 1024);
}

Test(tree, flip_changes_one_byte)
{
    struct pxk_scenario s = generated();
    make(&s);
    cr_assert_eq(change((struct pxk_scn_change){.write = "f", .text = "abc"}), PXK_OK);
    cr_assert_eq(change((struct pxk_scn_change){.flip = "f"}), PXK_OK, "%s", why);
    cr_assert_eq(content("f")[0], 'a');
    cr_assert_eq((uint8_t)content("f")[1], (uint8_t)~'b');
    cr_assert_eq(content("f")[2], 'c');
    cr_assert_eq(change((struct pxk_scn_change){.flip = "f", .at = 3, .at_given = true}), PXK_E_IO, "beyond the end");
}

Test(tree, what_is_not_there_is_told_by_name)
{
    struct pxk_scenario s = generated();
    make(&s);
    cr_assert_eq(change((struct pxk_scn_change){.remove = "nosuch"}), PXK_E_NOTFOUND);
    cr_assert(strstr(why, "nosuch"), "%s", why);
}

Test(tree, a_folder_is_removed_with_all_in_it)
{
    struct pxk_scenario s = generated();
    make(&s);
    cr_assert_eq(change((struct pxk_scn_change){.remove = "grub"}), PXK_OK, "%s", why);
    cr_assert_eq(size_of("grub/grub.cfg"), -1);
}

/* ".." and links that are absolute stay below the root. */
Test(tree, nothing_outside_can_be_changed)
{
    char outside[100];
    struct pxk_scenario s = generated();
    make(&s);
    int fd = open(pxk_fmt(outside, sizeof outside, "%s/outside", work), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    cr_assert_geq(fd, 0);
    (void)close(fd);
    cr_assert_eq(change((struct pxk_scn_change){.write = "../outside", .text = "x"}), PXK_OK, "resolved below the root: %s", why);
    cr_assert_str_eq(content("outside"), "x");
    struct stat st;
    cr_assert_eq(stat(outside, &st), 0);
    cr_assert_eq(st.st_size, 0, "the file outside is as it was");
    cr_assert_eq(change((struct pxk_scn_change){.link = "/", .to = "up"}), PXK_OK);
    cr_assert_eq(change((struct pxk_scn_change){.write = "up/etc/pxk-test", .text = "x"}), PXK_OK, "%s", why);
    cr_assert_str_eq(content("etc/pxk-test"), "x");
    cr_assert_neq(access("/etc/pxk-test", F_OK), 0);
}

Test(tree, a_folder_is_used_in_place_unless_something_changes)
{
    char from[100], path[200], canonical[4096];
    pxk_fmt(from, sizeof from, "%s/own", work);
    cr_assert_eq(mkdir(from, 0755), 0);
    FILE *f = fopen(pxk_fmt(path, sizeof path, "%s/boot.img", from), "we");
    cr_assert(f && fputs("boot", f) >= 0 && fclose(f) == 0);
    cr_assert_eq(symlink("boot.img", pxk_fmt(path, sizeof path, "%s/link.img", from)), 0);
    struct pxk_scenario s = {.files = {.from = "own"}};
    cr_assert_eq(pxk_tree_make(&s, work, work, root, sizeof root, why, sizeof why), PXK_OK, "%s", why);
    cr_assert_str_eq(root, realpath(from, canonical));
    struct pxk_scn_change list[] = {{.flip = "link.img"}};
    s.files.changes.at = list;
    s.files.changes.n = 1;
    cr_assert_eq(pxk_tree_make(&s, work, work, root, sizeof root, why, sizeof why), PXK_OK, "%s", why);
    cr_assert_str_neq(root, canonical);
    cr_assert_str_eq(content("boot.img"), "boot", "what the link led to is as it was");
    cr_assert_str_neq(content("link.img"), "boot");
    s.files.from = "nosuch";
    cr_assert_eq(pxk_tree_make(&s, work, work, root, sizeof root, why, sizeof why), PXK_E_IO);
    cr_assert(strstr(why, "nosuch"), "%s", why);
}
