/* Whole files: to the byte, and what is said when that cannot be. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "pxk/files.h"

static char path[] = "/tmp/pxk-files-XXXXXX";

static void path_make(void)
{
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void path_remove(void)
{
    unlink(path);
}

TestSuite(files, .init = path_make, .fini = path_remove);

Test(files, are_read_as_they_were_written)
{
    enum { N = 100000 };
    static uint8_t data[N];
    struct pxk_text t = {0};
    for (size_t i = 0; i < N; i++)
        data[i] = (uint8_t)(i * 7);
    cr_assert_eq(pxk_file_write(path, data, N), PXK_OK);
    cr_assert_eq(pxk_file_read(path, N, &t), PXK_OK);
    cr_assert_eq(t.len, N);
    cr_assert_arr_eq(t.s, data, N);
    cr_assert_eq(t.s[N], '\0');
    cr_assert_eq(pxk_file_write(path, "ab", 2), PXK_OK, "what was there is replaced");
    cr_assert_eq(pxk_file_read(path, N, &t), PXK_OK, "and read behind what the text has");
    cr_assert_eq(t.len, N + 2);
    pxk_text_done(&t);
}

Test(files, of_no_bytes_are_a_text_too)
{
    struct pxk_text t = {0};
    cr_assert_eq(pxk_file_write(path, NULL, 0), PXK_OK);
    cr_assert_eq(pxk_file_read(path, 10, &t), PXK_OK);
    cr_assert_str_eq(t.s, "");
    pxk_text_done(&t);
}

Test(files, that_are_too_long_give_their_beginning)
{
    struct pxk_text t = {0};
    cr_assert_eq(pxk_file_write(path, "12345", 5), PXK_OK);
    cr_assert_eq(pxk_file_read(path, 4, &t), PXK_E_SPACE);
    cr_assert_str_eq(t.s, "1234");
    t.len = 0;
    cr_assert_eq(pxk_file_read(path, 5, &t), PXK_OK);
    cr_assert_str_eq(t.s, "12345");
    pxk_text_done(&t);
}

Test(files, what_cannot_be_read_or_written_is_said)
{
    struct pxk_text t = {0};
    char below[sizeof path + 2];
    pxk_fmt(below, sizeof below, "%s/x", path);
    cr_assert_eq(pxk_file_read(below, 10, &t), PXK_E_IO);
    cr_assert_eq(errno, ENOTDIR);
    cr_assert_eq(pxk_file_read("/tmp", 10, &t), PXK_E_IO);
    cr_assert_eq(errno, EISDIR);
    cr_assert_eq(pxk_file_write("/tmp", "x", 1), PXK_E_IO);
    cr_assert_eq(errno, EISDIR);
    unlink(path);
    cr_assert_eq(pxk_file_read(path, 10, &t), PXK_E_NOTFOUND);
    cr_assert_eq(t.len, 0);
    pxk_text_done(&t);
}

Test(files, are_replaced_whole)
{
    char folder[] = "/tmp/pxk-replace-XXXXXX", file[64];
    struct pxk_text t = {0};
    cr_assert(mkdtemp(folder));
    pxk_fmt(file, sizeof file, "%s/page.html", folder);
    cr_assert_eq(pxk_file_replace(file, "one", 3), PXK_OK);
    int held = open(file, O_RDONLY);
    cr_assert_eq(pxk_file_replace(file, "other", 5), PXK_OK);
    cr_assert_eq(pxk_file_read(file, 100, &t), PXK_OK);
    cr_expect_str_eq(t.s, "other");
    char old[8] = "";
    cr_expect_eq(read(held, old, sizeof old), 3, "who reads the old one reads all of it");
    close(held);
    cr_assert_eq(unlink(file), 0);
    cr_expect_eq(rmdir(folder), 0, "nothing is left beside it");
    pxk_text_done(&t);
}

Test(files, that_cannot_be_replaced)
{
    errno = 0;
    cr_expect_eq(pxk_file_replace("/nosuch/folder/page.html", "x", 1), PXK_E_IO);
    cr_expect_eq(errno, ENOENT);
    cr_expect_eq(pxk_file_replace("/dev/null", "x", 1), PXK_OK, "a device is written to");
    cr_expect_eq(pxk_file_replace("/tmp", "x", 1), PXK_E_IO);
    cr_expect_eq(errno, EISDIR);
}
