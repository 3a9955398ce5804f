#include <criterion/criterion.h>
#include <stdio.h>

#include "pxk/conf.h"

/* A file with every type in it. */
struct inner {
    char *name;
    pxk_ip4 address;
};
struct outer {
    char *text, *path;
    bool flag;
    uint8_t small;
    int16_t with_sign;
    uint64_t size;
    pxk_usec time;
    pxk_ip4 ip;
    struct pxk_conf_subnet subnet;
    struct pxk_conf_range range;
    struct pxk_mac mac;
    struct pxk_uuid uuid;
    int color;
    struct inner one;
    struct inner *maybe;
    PXK_VEC(struct inner) many;
    PXK_VEC(pxk_ip4) ips;
    PXK_VEC(char *) texts;
    PXK_VEC(struct pxk_conf_pair) map;
    PXK_VEC(struct pxk_conf_pairs) maps;
    struct outer *self;
};

static const char *color(size_t i)
{
    static const char *const words[] = {"red", "green", "blue", NULL};
    return words[i];
}

static const struct pxk_conf_key inner_keys[] = {
    {.key = "name",
     .type = PXK_CONF_STRING,
     .required = true,
     .max = 8,
     PXK_CONF_AT(struct inner, name)},
    {.key = "address", .type = PXK_CONF_IP4, PXK_CONF_AT(struct inner, address)},
    {0}};
static const struct pxk_conf_table inner_table = {"inner", "an inner thing", sizeof(struct inner),
                                                  inner_keys, NULL};

static void outer_check(struct pxk_conf *c, void *self)
{
    struct outer *o = self;
    if (pxk_conf_given(c, &o->subnet) && pxk_conf_given(c, &o->range) &&
        !pxk_conf_in_subnet(o->subnet, o->range.first))
        pxk_conf_error(c, &o->range, "range outside the subnet");
    for (size_t i = 0; i < o->ips.n; i++)
        if (o->ips.at[i] == PXK_IP4(6, 6, 6, 6))
            pxk_conf_error(c, &o->ips.at[i], "this address is cursed");
    for (size_t i = 0; i < o->maps.n; i++)
        if (strcmp(o->maps.at[i].key, "odd") == 0)
            pxk_conf_error_key(c, &o->maps.at[i], "odd key");
    if (o->flag && !pxk_conf_given(c, &o->ip))
        pxk_conf_error(c, &o->ip, "flag needs ip");
    for (size_t i = 0; i < o->many.n; i++)
        if (pxk_conf_given(c, &o->many.at[i].name) && strcmp(o->many.at[i].name, "bad") == 0)
            pxk_conf_error(c, &o->many.at[i].name, "bad name");
}

extern const struct pxk_conf_table outer_table;
static const struct pxk_conf_key outer_keys[] = {
    {.key = "text",
     .type = PXK_CONF_STRING,
     PXK_CONF_AT(struct outer, text),
     .doc = "any \"text\""},
    {.key = "path", .type = PXK_CONF_PATH, PXK_CONF_AT(struct outer, path)},
    {.key = "flag", .type = PXK_CONF_BOOL, PXK_CONF_AT(struct outer, flag)},
    {.key = "small", .type = PXK_CONF_INT, PXK_CONF_AT(struct outer, small)},
    {.key = "with-sign",
     .type = PXK_CONF_INT,
     .min = -5,
     .max = 5,
     PXK_CONF_AT(struct outer, with_sign)},
    {.key = "size", .type = PXK_CONF_SIZE, .def = "4k", PXK_CONF_AT(struct outer, size)},
    {.key = "time",
     .type = PXK_CONF_DURATION,
     .min = 1,
     .max = 3600000000,
     PXK_CONF_AT(struct outer, time)},
    {.key = "ip", .type = PXK_CONF_IP4, PXK_CONF_AT(struct outer, ip)},
    {.key = "subnet", .type = PXK_CONF_SUBNET, PXK_CONF_AT(struct outer, subnet)},
    {.key = "range", .type = PXK_CONF_RANGE, PXK_CONF_AT(struct outer, range)},
    {.key = "mac", .type = PXK_CONF_MAC, PXK_CONF_AT(struct outer, mac)},
    {.key = "uuid", .type = PXK_CONF_UUID, PXK_CONF_AT(struct outer, uuid)},
    {.key = "color",
     .type = PXK_CONF_ENUM,
     .word = color,
     .def = "green",
     PXK_CONF_AT(struct outer, color)},
    {.key = "one", .type = PXK_CONF_STRUCT, .sub = &inner_table, PXK_CONF_AT(struct outer, one)},
    {.key = "maybe",
     .type = PXK_CONF_STRUCT,
     .sub = &inner_table,
     PXK_CONF_PTR_AT(struct outer, maybe)},
    {.key = "many",
     .type = PXK_CONF_STRUCT,
     .sub = &inner_table,
     PXK_CONF_LIST_AT(struct outer, many)},
    {.key = "ips", .type = PXK_CONF_IP4, PXK_CONF_LIST_AT(struct outer, ips)},
    {.key = "texts", .type = PXK_CONF_STRING, PXK_CONF_LIST_AT(struct outer, texts)},
    {.key = "map", .type = PXK_CONF_MAP, .word = color, PXK_CONF_AT(struct outer, map)},
    {.key = "maps", .type = PXK_CONF_MAP_LIST, PXK_CONF_AT(struct outer, maps)},
    {.key = "self",
     .type = PXK_CONF_STRUCT,
     .sub = &outer_table,
     PXK_CONF_PTR_AT(struct outer, self)},
    {0}};
const struct pxk_conf_table outer_table = {"outer", "a test file", sizeof(struct outer), outer_keys,
                                           outer_check};

static enum pxk_err parse(const char *text, struct outer *o, struct pxk_conf_errors *e)
{
    *e = (struct pxk_conf_errors){0};
    return pxk_conf_parse(&outer_table, NULL, text, strlen(text), o, e);
}

/* All errors of @text, one per line, must be @want. */
static void expect_errors(const char *text, const char *want)
{
    struct outer o;
    struct pxk_conf_errors e;
    char buf[8192];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    enum pxk_err err = parse(text, &o, &e);
    for (size_t i = 0; pxk_conf_error_line(&e, "f", i, &s); i++)
        pxk_str_add(&s, "\n");
    pxk_conf_errors_done(&e);
    cr_expect_eq(err, PXK_E_FORMAT);
    cr_expect_str_eq(buf, want, "got:\n%swanted:\n%s", buf, want);
    cr_expect_null(o.text); /* nothing is left behind */
}

Test(bind, every_type)
{
    struct outer o;
    struct pxk_conf_errors e;
    const char *text = "text: hello world\n"
                       "path: /srv/tftp\n"
                       "flag: yes\n"
                       "small: 255\n"
                       "with-sign: -5\n"
                       "size: 64k\n"
                       "time: 1h\n"
                       "ip: 10.77.0.1\n"
                       "subnet: 10.77.0.0/24\n"
                       "range: 10.77.0.100-10.77.0.199\n"
                       "mac: 52:54:00:77:00:01\n"
                       "uuid: 00112233-4455-6677-8899-aabbccddeeff\n"
                       "color: blue\n"
                       "one: {name: eins, address: 1.2.3.4}\n"
                       "maybe: {name: perhaps}\n"
                       "many: [{name: a}, {name: b, address: 5.6.7.8}]\n"
                       "ips: [1.1.1.1, 2.2.2.2]\n"
                       "texts: lone\n"
                       "map: {red: 1, blue: ''}\n"
                       "maps: {k: v, 224: [a, b]}\n";
    enum pxk_err err = parse(text, &o, &e);
    cr_assert_eq(err, PXK_OK, "%s", e.list.n ? e.list.at[0].text : "");
    cr_assert_str_eq(o.text, "hello world");
    cr_assert_str_eq(o.path, "/srv/tftp");
    cr_assert(o.flag);
    cr_assert_eq(o.small, 255);
    cr_assert_eq(o.with_sign, -5);
    cr_assert_eq(o.size, 65536);
    cr_assert_eq(o.time, 3600 * PXK_SEC);
    cr_assert_eq(o.ip, PXK_IP4(10, 77, 0, 1));
    cr_assert_eq(o.subnet.prefix, 24);
    cr_assert_eq(o.range.last, PXK_IP4(10, 77, 0, 199));
    cr_assert_eq(o.mac.b[5], 1);
    cr_assert_eq(o.uuid.b[15], 0xff);
    cr_assert_eq(o.color, 2);
    cr_assert_str_eq(o.one.name, "eins");
    cr_assert_not_null(o.maybe);
    cr_assert_str_eq(o.maybe->name, "perhaps");
    cr_assert_eq(o.many.n, 2);
    cr_assert_eq(o.many.at[1].address, PXK_IP4(5, 6, 7, 8));
    cr_assert_eq(o.ips.n, 2);
    cr_assert_eq(o.texts.n, 1);
    cr_assert_str_eq(o.texts.at[0], "lone");
    cr_assert_eq(o.map.n, 2);
    cr_assert_str_eq(o.map.at[1].value, "");
    cr_assert_eq(o.maps.n, 2);
    cr_assert(!o.maps.at[0].is_list && o.maps.at[1].is_list);
    cr_assert_str_eq(o.maps.at[1].value.at[1], "b");
    cr_assert_null(o.self);
    pxk_conf_free(&outer_table, &o);
    cr_assert_null(o.texts.at);
}

Test(bind, defaults_fill_what_is_absent)
{
    struct outer o;
    struct pxk_conf_errors e;
    cr_assert_eq(parse("{}", &o, &e), PXK_OK);
    cr_assert_eq(o.size, 4096);
    cr_assert_eq(o.color, 1);
    cr_assert_null(o.text);
    cr_assert_eq(o.ips.n, 0);
    pxk_conf_free(&outer_table, &o);
}

Test(bind, all_errors_at_once_with_places)
{
    expect_errors(
        "text: [a]\n"
        "flag: maybe\n"
        "small: 256\n"
        "with-sign: -6\n"
        "size: 1z\n"
        "time: 2h\n"
        "ip: 10.77.0.256\n"
        "subnet: 10.77.0.1/24\n"
        "range: 10.0.0.2-10.0.0.1\n"
        "mac: 52:54\n"
        "uuid: x\n"
        "color: gren\n"
        "one: 5\n"
        "many: {}\n"
        "ips: [1.1.1.1, 2.2.2]\n"
        "map: {rad: 1}\n"
        "colour: red\n",
        "f:1:7: text is a list, expected a text\n"
        "f:2:7: flag is \"maybe\", expected true or false\n"
        "f:3:8: small is \"256\", expected a whole number\n"
        "f:4:12: with-sign is \"-6\", expected a whole number from -5 to 5\n"
        "f:5:7: size is \"1z\", expected a size such as 64k or 10M\n"
        "f:6:7: time is \"2h\", expected a duration such as 90s or 1h30m from 1 us to 1 h\n"
        "f:7:5: ip is \"10.77.0.256\", expected an IPv4 address such as 10.77.0.1\n"
        "f:8:9: subnet is \"10.77.0.1/24\", expected a subnet such as 10.77.0.0/24 without host "
        "bits; did you mean \"10.77.0.0/24\"\n"
        "f:9:8: range is \"10.0.0.2-10.0.0.1\", expected a range such as 10.77.0.100-10.77.0.199: "
        "the last address lies before the first\n"
        "f:10:6: mac is \"52:54\", expected a MAC address such as 52:54:00:77:00:01\n"
        "f:11:7: uuid is \"x\", expected a UUID such as 00112233-4455-6677-8899-aabbccddeeff\n"
        "f:12:8: color is \"gren\", expected one of red, green, blue; did you mean \"green\"\n"
        "f:13:6: one is a single value, expected a mapping (key: value)\n"
        "f:14:7: many is a mapping, expected a list\n"
        "f:15:16: ips is \"2.2.2\", expected an IPv4 address such as 10.77.0.1\n"
        "f:16:7: unknown key \"rad\" in map; did you mean \"red\"\n"
        "f:17:1: unknown key \"colour\" in outer; did you mean \"color\"\n");
}

Test(bind, missing_and_double_keys)
{
    expect_errors("text: a\n"
                  "one: {address: 1.2.3.4}\n"
                  "text: b\n"
                  "many:\n"
                  "  - name: far too long a name\n"
                  "  - address: 1.1.1.1\n"
                  "maps: {a: 1, a: 2}\n",
                  "f:2:6: inner has no \"name\", expected a text\n"
                  "f:3:1: text is there twice, first in line 1\n"
                  "f:5:11: name has 19 characters, expected 1 to 8\n"
                  "f:6:5: inner has no \"name\", expected a text\n"
                  "f:7:14: a is there twice, first in line 7\n");
}

Test(bind, empty_values)
{
    expect_errors("text:\nips:\none:\nmap: ~\n",
                  "f:1:6: text has no value, expected a text\n"
                  "f:2:5: ips is empty, expected a list\n"
                  "f:3:5: one is empty, expected a mapping (key: value)\n"
                  "f:4:6: map is empty, expected a mapping (key: value)\n");
    expect_errors("text: ''\n", "f:1:7: text is empty\n");
}

Test(bind, hooks_report_where_the_value_stands)
{
    expect_errors("flag: true\n"
                  "subnet: 10.77.0.0/24\n"
                  "range: 10.78.0.1-10.78.0.2\n"
                  "ips:\n"
                  "  - 1.1.1.1\n"
                  "  -   6.6.6.6\n"
                  "many:\n"
                  "  - {name: bad}\n"
                  "maps:\n"
                  "  even: x\n"
                  "  odd: x\n",
                  "f:1:1: flag needs ip\n"
                  "f:3:8: range outside the subnet\n"
                  "f:6:7: this address is cursed\n"
                  "f:8:12: bad name\n"
                  "f:11:3: odd key\n");
}

Test(bind, a_wrong_value_is_not_given_to_hooks)
{
    expect_errors("subnet: x\nrange: 10.78.0.1-10.78.0.2\n",
                  "f:1:9: subnet is \"x\", expected a subnet such as 10.77.0.0/24\n");
}

Test(bind, one_document_and_not_nothing)
{
    expect_errors("", "f: the file is empty, expected a test file\n");
    expect_errors("# nothing\n", "f: the file is empty, expected a test file\n");
    expect_errors("---\n", "f: the file is empty, expected a test file\n");
    expect_errors("text: a\n---\ntext: b\n",
                  "f:2:1: a second document starts here, expected only one\n");
    expect_errors("- a\n- b\n",
                  "f:1:1: the file is no mapping, expected lines of the form \"key: value\"\n");
}

Test(bind, not_yaml)
{
    expect_errors("text: [a\nflag: yes\n",
                  "f:2:5: not valid YAML: the [ in line 1 is not closed, or a comma is missing\n");
    expect_errors("text: a\nflag: \"x\n",
                  "f:3:1: not valid YAML: a quote that begins in line 2 is never closed\n");
    expect_errors("flag: yes\ntext: a: b\n",
                  "f:2:8: not valid YAML: a \": \" inside of a value, or a line that is indented too far; "
                  "put the value in quotes or mend the indentation\n");
    expect_errors("flag: yes\n\ttext: a\n",
                  "f:2:1: not valid YAML: this line is indented by a tab, expected spaces\n");
    expect_errors("text: *nowhere\n", "f:1:7: not valid YAML: found undefined alias\n");
    expect_errors("text: \"a\\0b\"\n", "f:1:7: text has a NUL character inside\n");
}

Test(bind, not_text)
{
    expect_errors("text: \xff\n", "f:1:7: byte 0xff is not UTF-8, expected the file to be saved as that\n");
    expect_errors("flag: yes\ntext: caf\xe9\n",
                  "f:2:10: byte 0xe9 is not UTF-8, expected the file to be saved as that\n");
    expect_errors("text: caf\xe9", "f:1:10: byte 0xe9 is not UTF-8, expected the file to be saved as that\n");
    expect_errors("flag: yes\ntext: \x01\n", "f:2:7: byte 0x01 is a control character, expected text\n");
    expect_errors("\xff\xfet", "f: the file looks like UTF-16, expected UTF-8: save it as that\n");
}

Test(bind, a_byte_order_mark_is_no_text)
{
    expect_errors("\xef\xbb\xbftext: a\nflag: maybe\n", "f:2:7: flag is \"maybe\", expected true or false\n");
}

Test(bind, depth_is_bounded)
{
    char text[4096] = "", *p = text;
    for (int i = 0; i < 40; i++)
        p += sprintf(p, "%*sself:\n", i, "");
    sprintf(p, "%*stext: a\n", 40, "");
    expect_errors(text, "f:25:25: outer: more than 24 levels of mappings\n");
}

Test(bind, a_mapping_that_holds_itself)
{
    struct outer o;
    struct pxk_conf_errors e;
    cr_assert_eq(parse("self: &a\n  self: *a\n", &o, &e), PXK_E_FORMAT);
    cr_assert_eq(e.list.n, 1);
    cr_assert_str_eq(e.list.at[0].text, "outer: more than 24 levels of mappings");
    pxk_conf_errors_done(&e);
}

/* Nine levels of nine: a few hundred bytes that would be half a billion values. */
Test(bind, aliases_cannot_multiply_without_end)
{
    char text[8192], *p = text;
    p += sprintf(p, "maps:\n  a0: &a0 [");
    for (int i = 0; i < 1000; i++)
        p += sprintf(p, "%sx", i ? "," : "");
    p += sprintf(p, "]\n");
    for (int i = 1; i < 300; i++)
        p += sprintf(p, "  a%d: *a0\n", i);
    struct outer o;
    struct pxk_conf_errors e;
    cr_assert_eq(parse(text, &o, &e), PXK_E_FORMAT);
    cr_assert_eq(e.list.n, 1);
    cr_assert_str_eq(e.list.at[0].text, "the file is too large once its aliases are followed");
    pxk_conf_errors_done(&e);
}

Test(bind, aliases_do_work)
{
    struct outer o;
    struct pxk_conf_errors e;
    cr_assert_eq(parse("one: &i {name: x}\nmaybe: *i\n", &o, &e), PXK_OK);
    cr_assert_str_eq(o.maybe->name, "x");
    pxk_conf_free(&outer_table, &o);
}

Test(bind, errors_are_bounded_and_counted)
{
    char text[8192], *p = text;
    for (int i = 0; i < 150; i++)
        p += sprintf(p, "unknown%d: 1\n", i);
    struct outer o;
    struct pxk_conf_errors e;
    cr_assert_eq(parse(text, &o, &e), PXK_E_FORMAT);
    cr_assert_eq(e.list.n, PXK_CONF_ERRORS_MAX);
    cr_assert_eq(e.dropped, 50);
    char buf[400];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    cr_assert(pxk_conf_error_line(&e, "f", 100, &s));
    cr_assert_str_eq(buf, "f: and 50 more errors");
    cr_assert_not(pxk_conf_error_line(&e, "f", 101, &s));
    pxk_conf_errors_done(&e);
}

Test(bind, terminal_codes_do_not_reach_the_message)
{
    expect_errors(
        "\"a\\e[2Jb\": 1\n",
        "f:1:1: unknown key \"a\\x1b[2Jb\" in outer, expected one of text, path, flag, small, "
        "with-sign, "
        "size, time, ip, subnet, range, mac, uuid, color, one, maybe, many, ips, texts, map, "
        "maps, self\n");
}

Test(schema, has_every_table_once)
{
    struct pxk_text b = {0};
    cr_assert_eq(pxk_conf_schema(&outer_table, "test", &b), PXK_OK);
    cr_assert_not_null(
        strstr(b.s, "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\""));
    cr_assert_not_null(strstr(b.s, "\"any \\\"text\\\"\""));
    cr_assert_not_null(
        strstr(b.s, "\"enum\": [\"red\", \"green\", \"blue\"], \"default\": \"green\""));
    cr_assert_not_null(strstr(b.s, "\"required\": [\"name\"]"));
    const char *inner = strstr(b.s, "    \"inner\": {");
    cr_assert_not_null(inner);
    cr_assert_null(strstr(inner + 1, "    \"inner\": {"));
    cr_assert_not_null(strstr(b.s, "\"self\": {\"$ref\": \"#/$defs/outer\"}"));
    pxk_text_done(&b);
}
