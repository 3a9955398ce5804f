#include <string.h>

#include "pxk/base.h"

int pxk_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool pxk_hex_byte(const char **s, uint8_t *out)
{
    int high = pxk_hex_digit((*s)[0]), low = high < 0 ? -1 : pxk_hex_digit((*s)[1]);
    if (low < 0)
        return false;
    *out = (uint8_t)(high << 4 | low);
    *s += 2;
    return true;
}

static int digit(char c, unsigned base)
{
    int d = pxk_hex_digit(c);
    return d < (int)base ? d : -1;
}

enum pxk_err pxk_digits_parse(const char **s, unsigned base, uint64_t *out)
{
    uint64_t v = 0;
    if (digit(**s, base) < 0)
        return PXK_E_FORMAT;
    for (int d; (d = digit(**s, base)) >= 0; ++*s) {
        if (v > (UINT64_MAX - (unsigned)d) / base)
            return PXK_E_RANGE;
        v = v * base + (unsigned)d;
    }
    *out = v;
    return PXK_OK;
}

enum pxk_err pxk_int_parse(const char *s, int64_t *out)
{
    bool negative = *s == '-';
    uint64_t v;
    s += negative;
    bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    s += hex ? 2 : 0;
    enum pxk_err err = pxk_digits_parse(&s, hex ? 16 : 10, &v);
    if (err != PXK_OK)
        return err;
    if (*s)
        return PXK_E_FORMAT;
    if (v > (uint64_t)INT64_MAX)
        return PXK_E_RANGE;
    *out = negative ? -(int64_t)v : (int64_t)v;
    return PXK_OK;
}

enum pxk_err pxk_bool_parse(const char *s, bool *out)
{
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    for (size_t i = 0; i < PXK_COUNT(yes); i++) {
        bool is_yes = pxk_str_casecmp(s, yes[i]) == 0;
        if (is_yes || pxk_str_casecmp(s, no[i]) == 0) {
            *out = is_yes;
            return PXK_OK;
        }
    }
    return PXK_E_FORMAT;
}

/* A third of the letters may be wrong: "subnet" for "sunbet", but not "tftp" for "dhcp". */
void pxk_near_offer(struct pxk_near *n, const char *candidate)
{
    size_t len = strlen(candidate), given = strlen(n->word);
    size_t most = len < 3 ? 1 : (len + 1) / 3;
    if ((len > given ? len - given : given - len) > most)
        return; /* each edit changes the length by one at most */
    unsigned d = pxk_str_distance(n->word, candidate);
    if (d > most || (n->best && d >= n->least))
        return;
    n->best = candidate;
    n->least = d;
}

const char *pxk_nearest(const char *s, const char *(*word)(size_t i))
{
    struct pxk_near n = {.word = s};
    for (size_t i = 0; word(i); i++)
        pxk_near_offer(&n, word(i));
    return n.best;
}
