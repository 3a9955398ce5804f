/* `overrides` of a scenario's client: words to what is sent in place of the personality's own. */
#include "pxk/emulator.h"
#include "pxk/proto.h"

static enum pxk_err option_override(struct pxk_overrides *o, const char *key, const char *const *values, size_t n,
                                    struct pxk_str *why)
{
    uint8_t bytes[PXK_OVERRIDES_BYTES_MAX], code = pxk_dhcp4_code_parse(key, why);
    struct pxk_wr w = pxk_wr_init(bytes, sizeof bytes);
    size_t bad;
    if (!code) {
        pxk_str_add(why, "; of TFTP: blksize, windowsize, tsize");
        return PXK_E_NOTFOUND;
    }
    if (n == 1 && strcmp(values[0], "none") == 0)
        return pxk_overrides_set(o, code, NULL, 0);
    const struct pxk_dhcp4_words words = {.code = code, .any_text = true, .value = values, .n = n};
    enum pxk_err err = pxk_dhcp4_value_parse(&words, &w, &bad, why);
    if (err != PXK_OK)
        return err;
    err = pxk_overrides_set(o, code, bytes, pxk_wr_len(&w));
    if (err != PXK_OK)
        pxk_str_addf(why, "at most %d options with %d bytes together can be overridden", PXK_OVERRIDES_MAX,
                     PXK_OVERRIDES_BYTES_MAX);
    return err;
}

static enum pxk_err tftp_override(struct pxk_override_tftp *o, int64_t min, int64_t max, const char *const *values,
                                  size_t n, struct pxk_str *why)
{
    int64_t v = 0;
    bool none = n == 1 && (strcmp(values[0], "none") == 0 || strcmp(values[0], "0") == 0);
    if (n != 1 || (!none && (pxk_int_parse(values[0], &v) != PXK_OK || v < min || v > max))) {
        if (min == max)
            pxk_str_addf(why, "expected %lld or none", (long long)min);
        else
            pxk_str_addf(why, "expected a number from %lld to %lld, or none", (long long)min, (long long)max);
        return PXK_E_RANGE;
    }
    *o = (struct pxk_override_tftp){.given = true, .value = (uint32_t)v};
    return PXK_OK;
}

enum pxk_err pxk_emulator_override(struct pxk_overrides *o, const char *key, const char *const *values, size_t n,
                                   char *why, size_t cap)
{
    struct pxk_str text = pxk_str_init(why, cap);
    const struct {
        enum pxk_tftp_opt_id id;
        struct pxk_override_tftp *at;
        int64_t min, max;
    } tftp[] = {{PXK_TFTP_OPT_BLKSIZE, &o->blksize, 8, 65464}, /* RFC 2348 */
                {PXK_TFTP_OPT_WINDOWSIZE, &o->windowsize, 1, 65535}, /* RFC 7440 */
                {PXK_TFTP_OPT_TSIZE, &o->tsize, 1, 1}};
    for (size_t i = 0; i < PXK_COUNT(tftp); i++)
        if (strcmp(key, pxk_tftp_opt_word(tftp[i].id)) == 0)
            return tftp_override(tftp[i].at, tftp[i].min, tftp[i].max, values, n, &text);
    return option_override(o, key, values, n, &text);
}
