/* Expectations over the files that a client asked for. */
#include <openssl/evp.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge_int.h"

#define SHA256_HEX 65

enum { HAVE, FAILED, ABSENT }; /* struct pxk_scn_file_expect.state */

/* ---- the boot tree ---- */

static bool digest(int fd, EVP_MD_CTX *ctx, unsigned char *sum)
{
    static const size_t chunk = 65536;
    unsigned char buf[65536];
    ssize_t n = 0;
    bool good = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    while (good && (n = read(fd, buf, chunk)) > 0)
        good = EVP_DigestUpdate(ctx, buf, (size_t)n) == 1;
    return good && n == 0 && EVP_DigestFinal_ex(ctx, sum, NULL) == 1;
}

static bool sha256_of_file(const char *root, const char *path, char hex[SHA256_HEX])
{
    char full[4096];
    unsigned char sum[EVP_MAX_MD_SIZE];
    struct stat st;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int n = snprintf(full, sizeof full, "%s/%s", root, path);
    int fd = n > 0 && (size_t)n < sizeof full ? open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    bool good =
        ctx && fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && digest(fd, ctx, sum);
    for (size_t i = 0; good && i < 32; i++)
        pxk_fmt(hex + 2 * i, 3, "%02x", sum[i]);
    if (fd >= 0)
        (void)close(fd);
    EVP_MD_CTX_free(ctx);
    return good;
}

/* ---- one request ---- */

static const char *without_slashes(const char *path)
{
    return path + strspn(path, "/");
}

/* The whole path, or its last components. */
static bool is_path(const char *asked, const char *want)
{
    asked = without_slashes(asked);
    want = without_slashes(want);
    size_t n = strlen(asked), m = strlen(want);
    return m && n >= m && strcmp(asked + n - m, want) == 0 && (n == m || asked[n - m - 1] == '/');
}

static int state_of(const json_t *file)
{
    static const char *const failed[] = {"failed", "unfinished", "refused", "aborted",
                                         "unanswered"};
    const char *state = text_of(file, "state");
    if (strcmp(state, "complete") == 0)
        return HAVE;
    for (size_t i = 0; i < PXK_COUNT(failed); i++)
        if (strcmp(state, failed[i]) == 0)
            return FAILED;
    return -1; /* redirected: neither */
}

struct file_ask {
    const struct pxk_scn_file_expect *want;
    char same[SHA256_HEX]; /* of same_as; "" if it could not be read */
};

static bool file_fits(const json_t *file, const struct file_ask *a)
{
    const struct pxk_scn_file_expect *w = a->want;
    const char *sum = text_of(file, "sha256");
    return state_of(file) == w->state &&
           (!w->bytes_given || (json_is_integer(json_object_get(file, "bytes")) &&
                                (uint64_t)number_of(file, "bytes") == w->bytes)) &&
           (!w->sha256 || pxk_str_casecmp(sum, w->sha256) == 0) &&
           (!w->same_as || (*a->same && strcmp(sum, a->same) == 0)) &&
           (!w->role || strcmp(text_of(file, "role"), w->role) == 0);
}

/* ---- telling ---- */

static void say_wanted(const struct file_ask *a, struct pxk_text *out)
{
    static const char *const words[] = {"complete", "failed", "never asked for"};
    const struct pxk_scn_file_expect *w = a->want;
    pxk_text_add(out, words[w->state]);
    if (w->bytes_given)
        pxk_text_addf(out, ", %llu bytes", (unsigned long long)w->bytes);
    if (w->role)
        pxk_text_addf(out, ", role %s", w->role);
    if (w->sha256)
        pxk_text_addf(out, ", SHA-256 %s", w->sha256);
    if (w->same_as)
        pxk_text_addf(out, ", the same as %s", w->same_as);
    if (w->same_as && *a->same)
        pxk_text_addf(out, " (SHA-256 %s)", a->same);
}

static void say_seen(const json_t *file, const struct file_ask *a, struct pxk_text *out)
{
    const struct pxk_scn_file_expect *w = a->want;
    const char *sum = text_of(file, "sha256"), *why = text_of(file, "why");
    pxk_text_add(out, text_of(file, "state"));
    if (state_of(file) == HAVE || number_of(file, "bytes") > 0)
        pxk_text_addf(out, ", %lld bytes", (long long)number_of(file, "bytes"));
    if (w->role)
        pxk_text_addf(out, ", role %s", text_of(file, "role"));
    if (w->sha256 || w->same_as)
        pxk_text_addf(out, ", SHA-256 %s", *sum ? sum : "not known");
    if (w->same_as && !*a->same)
        pxk_text_add(out, "; the boot tree has no such file");
    if (*why)
        pxk_text_addf(out, " (%s)", why);
    if (state_of(file) == FAILED && *text_of(file, "message"))
        pxk_text_addf(out, " (%s)", text_of(file, "message"));
}

void judge_client_file(struct judge *j, const struct subject *who,
                       const struct pxk_scn_file_expect *want)
{
    struct file_ask a = {.want = want};
    const json_t *file, *best = NULL;
    struct check c;
    bool fits = false;
    size_t i;
    check_begin(&c, want->line, "%s: file %s", who->name, want->path);
    if (want->same_as && !sha256_of_file(text_of(j->seen, "tree"), want->same_as, a.same))
        a.same[0] = '\0';
    say_wanted(&a, &c.expected);
    json_array_foreach(json_object_get(who->report, "files"), i, file)
    {
        if (fits || !is_path(text_of(file, "path"), want->path))
            continue;
        fits = file_fits(file, &a);
        if (fits || !best || state_of(file) == want->state)
            best = file;
    }
    if (best)
        say_seen(best, &a, &c.seen);
    else
        pxk_text_add(&c.seen, "never asked for");
    c.frame = best ? number_of(best, "frame") : 0;
    check_end(j, &c, want->state == ABSENT ? !best : fits);
}
