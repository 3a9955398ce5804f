/* Lease files and logs of other programs: the first byte says which reader. */
#include <stdlib.h>
#include <string.h>

#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct pxk_lab_leases *l)
{
    for (size_t i = 1; i < l->at.n; i++)
        if (l->at.at[i - 1].ip >= l->at.at[i].ip)
            abort(); /* each address once, in order */
}

static void log_read(const uint8_t *data, size_t size)
{
    char line[64], *text = malloc(size + 1);
    if (!text)
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    if (pxk_lab_log_cause(text, "conf", line, sizeof line))
        for (const char *c = line; *c; c++)
            if (*c < 0x20 || *c > 0x7e)
                abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static enum pxk_err (*const parse[])(const char *, size_t, int64_t, struct pxk_lab_leases *) = {
        pxk_lab_leases_dnsmasq, pxk_lab_leases_isc, pxk_lab_leases_kea, pxk_lab_leases_reference};
    struct pxk_lab_leases l = {0};
    if (!size)
        return 0;
    size_t which = data[0] % (PXK_COUNT(parse) + 1);
    if (which == PXK_COUNT(parse))
        log_read(data + 1, size - 1);
    else if (parse[which]((const char *)data + 1, size - 1, 1790000000, &l) == PXK_OK)
        check(&l);
    pxk_vec_done(&l.at);
    return 0;
}
