/* What tests leave on disk and read from it. */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline int scratch_entry_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

/** A folder with all that is in it; links are not followed. */
static inline bool scratch_remove(const char *folder)
{
    return nftw(folder, scratch_entry_remove, 16, FTW_DEPTH | FTW_PHYS) == 0;
}

/** A file of at most 1 MB as a text, the caller's to free; NULL if it cannot be read. */
static inline char *scratch_text(const char *path)
{
    enum { MAX = 1 << 20 };
    FILE *f = fopen(path, "re");
    char *text = f ? calloc(1, MAX + 1) : NULL;
    size_t n = text ? fread(text, 1, MAX, f) : 0;
    if (f)
        (void)fclose(f);
    if (text)
        text[n] = '\0';
    return text;
}

#endif
