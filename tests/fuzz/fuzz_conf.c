/* The YAML binder with a table that has every type, and itself inside itself. */
#include <stdint.h>
#include <stdlib.h>

#include "pxk/conf.h"

struct all {
    char *text, *path;
    bool flag;
    uint16_t number;
    uint64_t size;
    pxk_usec time;
    pxk_ip4 ip;
    struct pxk_conf_subnet subnet;
    struct pxk_conf_range range;
    struct pxk_mac mac;
    struct pxk_uuid uuid;
    int word;
    struct all *sub;
    PXK_VEC(struct all) subs;
    PXK_VEC(char *) texts;
    PXK_VEC(struct pxk_conf_pair) map;
    PXK_VEC(struct pxk_conf_pairs) maps;
};

static const char *word(size_t i)
{
    static const char *const words[] = {"red", "green", NULL};
    return words[i];
}

static void check(struct pxk_conf *c, void *self)
{
    struct all *a = self;
    if (pxk_conf_given(c, &a->ip) && pxk_conf_given(c, &a->subnet) &&
        !pxk_conf_in_subnet(a->subnet, a->ip))
        pxk_conf_error(c, &a->ip, "outside");
    for (size_t i = 0; i < a->maps.n && i < 4; i++)
        if (a->maps.at[i].value.n > 2)
            pxk_conf_error_key(c, &a->maps.at[i], "too many");
    for (size_t i = 0; i < a->texts.n && i < 4; i++)
        if (a->texts.at[i] && a->texts.at[i][0] == 'x')
            pxk_conf_error(c, &a->texts.at[i], "x");
}

static const struct pxk_conf_table table;
static const struct pxk_conf_key keys[] = {
    {.key = "text", .type = PXK_CONF_STRING, .max = 20, PXK_CONF_AT(struct all, text)},
    {.key = "path", .type = PXK_CONF_PATH, PXK_CONF_AT(struct all, path)},
    {.key = "flag", .type = PXK_CONF_BOOL, PXK_CONF_AT(struct all, flag)},
    {.key = "number", .type = PXK_CONF_INT, PXK_CONF_AT(struct all, number)},
    {.key = "size", .type = PXK_CONF_SIZE, .def = "1k", PXK_CONF_AT(struct all, size)},
    {.key = "time", .type = PXK_CONF_DURATION, PXK_CONF_AT(struct all, time)},
    {.key = "ip", .type = PXK_CONF_IP4, PXK_CONF_AT(struct all, ip)},
    {.key = "subnet", .type = PXK_CONF_SUBNET, PXK_CONF_AT(struct all, subnet)},
    {.key = "range", .type = PXK_CONF_RANGE, PXK_CONF_AT(struct all, range)},
    {.key = "mac", .type = PXK_CONF_MAC, PXK_CONF_AT(struct all, mac)},
    {.key = "uuid", .type = PXK_CONF_UUID, PXK_CONF_AT(struct all, uuid)},
    {.key = "word", .type = PXK_CONF_ENUM, .word = word, PXK_CONF_AT(struct all, word)},
    {.key = "sub", .type = PXK_CONF_STRUCT, .sub = &table, PXK_CONF_PTR_AT(struct all, sub)},
    {.key = "subs", .type = PXK_CONF_STRUCT, .sub = &table, PXK_CONF_LIST_AT(struct all, subs)},
    {.key = "texts", .type = PXK_CONF_STRING, PXK_CONF_LIST_AT(struct all, texts)},
    {.key = "map", .type = PXK_CONF_MAP, .word = word, PXK_CONF_AT(struct all, map)},
    {.key = "maps", .type = PXK_CONF_MAP_LIST, PXK_CONF_AT(struct all, maps)},
    {0}};
static const struct pxk_conf_table table = {"all", "a fuzzed file", sizeof(struct all), keys,
                                            check};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct all out;
    struct pxk_conf_errors errors = {0};
    char line[512];
    enum pxk_err err = pxk_conf_parse(&table, NULL, (const char *)data, len, &out, &errors);
    if ((err == PXK_E_FORMAT) != (errors.list.n > 0))
        abort(); /* an error without a sentence, or the other way round */
    for (size_t i = 0; i < errors.list.n; i++) {
        struct pxk_str s = pxk_str_init(line, sizeof line);
        if (!pxk_conf_error_line(&errors, "f", i, &s))
            abort();
    }
    pxk_conf_errors_done(&errors);
    pxk_conf_free(&table, &out);
    return 0;
}
