/* Clients: what a file says of them, then counts multiplied out. */
#include <stdlib.h>
#include <string.h>

#include "scn_int.h"

/* ---- single structs ---- */

static const char *firmware_word(size_t i)
{
    static const char *const words[] = {"bios", "uefi"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static const char *pace_word(size_t i)
{
    static const char *const words[] = {"fast", "firmware"};
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static bool is_uefi(uint16_t arch)
{
    const struct pxk_arch *row = pxk_arch_by_code(arch);
    return row && row->pe_machine;
}

static bool is_bios_firmware(const struct pxk_scn_client *k)
{
    return k->firmware && strcmp(k->firmware, "bios") == 0;
}

static const char *arch_key(const struct pxk_scn_client *k)
{
    const struct pxk_arch *row = pxk_arch_by_code(k->arch);
    return row ? row->key : "client";
}

/* Architecture, personality and firmware: each may follow from another one. */
static void who_check(struct pxk_conf *c, struct pxk_scn_client *k)
{
    bool arch = pxk_conf_written(c, &k->arch), persona = pxk_conf_written(c, &k->personality);
    if (!arch && k->personality)
        k->arch = k->personality->arch;
    else if (!arch && k->firmware)
        k->arch = is_bios_firmware(k) ? PXK_ARCH_BIOS : PXK_ARCH_UEFI_X64;
    else if (!arch && !persona && !pxk_conf_written(c, &k->firmware))
        pxk_conf_error(c, &k->arch, "client has no \"arch\", expected an architecture such as bios or uefi-x64");
    if (!persona && (arch || k->firmware))
        k->personality = pxk_persona_for_arch(k->arch);
    if (pxk_conf_given(c, &k->arch) && !k->firmware && !persona && !k->personality)
        pxk_conf_error(c, &k->arch, "no client of %s can be emulated", arch_key(k));
    if (pxk_conf_given(c, &k->arch) && persona && k->personality && k->personality->efi != is_uefi(k->arch))
        pxk_conf_error(c, &k->personality, "%s is %s firmware, it does not run on %s", k->personality->key,
                       k->personality->efi ? "UEFI" : "BIOS", arch_key(k));
    if (pxk_conf_given(c, &k->arch) && k->firmware &&
        (is_bios_firmware(k) ? k->arch != PXK_ARCH_BIOS : !is_uefi(k->arch)))
        pxk_conf_error(c, &k->firmware, "%s firmware does not run on %s", k->firmware, arch_key(k));
}

/* A real firmware does what it does. */
static void firmware_check(struct pxk_conf *c, const struct pxk_scn_client *k)
{
    const struct {
        const void *field;
        const char *key;
    } emulated[] = {{&k->personality, "personality"}, {&k->firmware_pace, "pace"},
                    {&k->keep_lease, "keep-lease"},   {&k->overrides, "overrides"},
                    {&k->vlan, "vlan"}};
    for (size_t i = 0; k->firmware && i < PXK_COUNT(emulated); i++)
        if (pxk_conf_written(c, emulated[i].field))
            pxk_conf_error(c, emulated[i].field, "%s is for emulated clients, not for real firmware", emulated[i].key);
    if (!k->firmware && k->arguments.n && !pxk_conf_written(c, &k->firmware))
        pxk_conf_error(c, &k->arguments, "arguments are QEMU's, expected \"firmware\" beside them");
}

static const char *override_word(size_t i)
{
    static const char *const tftp[] = {"blksize", "windowsize", "tsize"};
    return i < PXK_COUNT(tftp) ? tftp[i] : pxk_dhcp4_key(i - PXK_COUNT(tftp));
}

static bool is_override(const char *key)
{
    for (size_t i = 0; i < 3; i++)
        if (strcmp(override_word(i), key) == 0)
            return true;
    return pxk_dhcp4_code_parse(key, NULL) != 0;
}

static void overrides_check(struct pxk_conf *c, const struct pxk_scn_client *k)
{
    if (!scn_at_most(c, &k->overrides, k->overrides.n, SCN_EXPECTS_MAX, "overrides"))
        return;
    for (size_t i = 0; i < k->overrides.n; i++)
        if (!is_override(k->overrides.at[i].key))
            scn_no_word(c, &k->overrides.at[i],
                        "no option \"%s\", expected a DHCP option, blksize, windowsize or tsize%s", override_word);
}

static void client_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_client *k = self;
    scn_name_check(c, &k->name);
    scn_name_check(c, &k->port);
    k->start_given = pxk_conf_given(c, &k->start);
    k->has_uuid = pxk_conf_given(c, &k->uuid);
    who_check(c, k);
    firmware_check(c, k);
    overrides_check(c, k);
    if (pxk_conf_given(c, &k->mac) && (pxk_mac_is_multicast(&k->mac) || pxk_mac_is_zero(&k->mac)))
        pxk_conf_error(c, &k->mac, "no machine has such a MAC address");
    if (pxk_conf_given(c, &k->mac) && k->count > 1 && k->mac.b[5] + k->count - 1 > 255)
        pxk_conf_error(c, &k->mac, "the last byte is counted up, and %u clients do not fit", k->count);
    if (pxk_conf_given(c, &k->every) && k->count < 2)
        pxk_conf_error(c, &k->every, "every is the time between clients of a count, but count is 1");
}

#define CLIENT(m) PXK_CONF_AT(struct pxk_scn_client, m)
static const struct pxk_conf_key client_keys[] = {
    {SCN_KEY("name", STRING), .max = PXK_SCN_NAME_MAX, CLIENT(name), .doc = "default: the architecture; then -2 ..."},
    {SCN_KEY("arch", READ), .read = scn_read_arch, .word = scn_arch_word,
     .noun = "an architecture such as bios or uefi-x64", CLIENT(arch),
     .doc = "required, unless personality or firmware says it"},
    {SCN_KEY("personality", READ), .read = scn_read_persona, .word = scn_persona_word, CLIENT(personality),
     .doc = "the client to play; default: the architecture's usual one"},
    {SCN_KEY("firmware", WORD), .word = firmware_word, CLIENT(firmware), .doc = "a QEMU with real firmware"},
    {SCN_KEY("count", INT), .min = 1, .max = PXK_SCN_CLIENTS_MAX, .def = "1", CLIENT(count),
     .doc = "so many alike; names get -1, -2 ..., the MAC is counted up"},
    {SCN_KEY("start", DURATION), CLIENT(start), .doc = "after the beginning; default: in turn"},
    {SCN_KEY("every", DURATION), CLIENT(every), .doc = "between clients of one count"},
    {SCN_KEY("mac", MAC), CLIENT(mac), .doc = "default: made up from the seed"},
    {SCN_KEY("uuid", UUID), CLIENT(uuid), .doc = "option 97; default: made from the MAC"},
    {SCN_KEY("segment", STRING), .max = PXK_SCN_NAME_MAX, CLIENT(segment), .doc = "default: the first"},
    {SCN_KEY("port", STRING), .max = PXK_SCN_NAME_MAX, CLIENT(port),
     .doc = "clients with the same word share a port; default: clients, or its own name if a cable has that name"},
    {SCN_KEY("vlan", INT), .min = 1, .max = PXK_CABLE_VLAN_MAX, CLIENT(vlan), .doc = "its frames have this tag"},
    {SCN_KEY("until", ENUM), .word = scn_milestone_word, .def = "none", CLIENT(until), .doc = "how far it goes; none: all the way"},
    {SCN_KEY("pace", READ), .read = scn_read_flag, .word = pace_word, .def = "fast", CLIENT(firmware_pace),
     .doc = "firmware: every wait as long as the real firmware's"},
    {SCN_KEY("keep-lease", BOOL), .def = "false", CLIENT(keep_lease), .doc = "no DHCPRELEASE at the end"},
    {SCN_KEY("overrides", MAP_LIST), .max = 1000, CLIENT(overrides),
     .doc = "DHCP option: value, or none to leave it out; blksize, windowsize, tsize of its TFTP"},
    {SCN_KEY("arguments", STRING), .max = 4096, PXK_CONF_LIST_AT(struct pxk_scn_client, arguments), .doc = "QEMU's, added"},
    {0}};
const struct pxk_conf_table scn_client_table = {"client", "a machine that boots", sizeof(struct pxk_scn_client),
                                                client_keys, client_check};

/* ---- defaults ---- */

static bool cable_named(const struct pxk_scenario *s, const char *port)
{
    for (size_t i = 0; port && i < s->network.cables.n; i++)
        if (s->network.cables.at[i].port && strcmp(s->network.cables.at[i].port, port) == 0)
            return true;
    return false;
}

static bool client_named(const struct pxk_scenario *s, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (s->clients.at[i].name && strcmp(s->clients.at[i].name, name) == 0)
            return true;
    return false;
}

/* Base of the name: of a lone client its name, of a count what gets -1, -2 ... */
static void base_fill(struct pxk_conf *c, struct pxk_scenario *s, struct pxk_scn_client *k)
{
    char name[PXK_SCN_NAME_MAX + 8];
    if (k->name || pxk_conf_written(c, &k->name))
        return;
    pxk_fmt(name, sizeof name, "%s", arch_key(k));
    for (unsigned i = 2; client_named(s, s->clients.n, name); i++)
        pxk_fmt(name, sizeof name, "%s-%u", arch_key(k), i);
    scn_set(c, &k->name, "%s", name);
}

/* The segment where the port that clients share is: that of the first client which names no port. */
static const char *shared_segment(const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->clients.n; i++) {
        const struct pxk_scn_client *k = &s->clients.at[i];
        if ((!k->port || strcmp(k->port, "clients") == 0) && !k->firmware && k->segment)
            return k->segment;
    }
    return "";
}

static void port_fill(struct pxk_conf *c, struct pxk_scenario *s, struct pxk_scn_client *k)
{
    const char *shared = shared_segment(s);
    if (k->port || !k->name || pxk_conf_written(c, &k->port))
        return;
    if (cable_named(s, k->name) || (k->firmware && k->count <= 1))
        scn_set(c, &k->port, "%s", k->name);
    else if (k->firmware)
        return; /* each of a count gets its own */
    else if (!k->segment || strcmp(shared, k->segment) == 0)
        scn_set(c, &k->port, "clients");
    else
        scn_set(c, &k->port, "clients-%.23s", k->segment);
}

/* A port is in one segment, and a QEMU has one of its own. */
static void ports_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->clients.n; i++) {
        const struct pxk_scn_client *k = &s->clients.at[i];
        if (k->firmware && k->count > 1 && k->port)
            pxk_conf_error(c, &k->port, "each QEMU has a port of its own, and %u of them cannot share %s", k->count,
                           k->port);
        for (size_t j = 0; j < i && k->port; j++) {
            const struct pxk_scn_client *o = &s->clients.at[j];
            if (!o->port || strcmp(o->port, k->port) != 0)
                continue;
            if (k->firmware || o->firmware)
                pxk_conf_error(c, &k->port, "the port %s is %s's, and a QEMU has a port of its own", k->port,
                               o->name ? o->name : "another client");
            else if (k->segment && o->segment && strcmp(k->segment, o->segment) != 0)
                pxk_conf_error(c, &k->port, "the port %s is in segment %s already", k->port, o->segment);
        }
    }
}

static void macs_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    char text[PXK_MAC_STRLEN];
    for (size_t i = 0; i < s->clients.n; i++)
        for (size_t j = 0; j < i; j++) {
            const struct pxk_scn_client *a = &s->clients.at[i], *b = &s->clients.at[j];
            unsigned first = b->mac.b[5], last = first + b->count;
            bool alike = pxk_conf_given(c, &a->mac) && memcmp(a->mac.b, b->mac.b, 5) == 0;
            if (alike && a->mac.b[5] < last && a->mac.b[5] + a->count > first)
                pxk_conf_error(c, &a->mac, "%s is a MAC address of %s already", pxk_mac_text(&a->mac, text),
                               b->name ? b->name : "another client");
        }
}

/* ---- counts ---- */

static void overrides_copy(struct pxk_conf *c, const struct pxk_scn_client *from, struct pxk_scn_client *to)
{
    to->overrides.at = scn_alloc(c, from->overrides.n, sizeof *to->overrides.at);
    to->overrides.n = to->overrides.cap = to->overrides.at ? from->overrides.n : 0;
    for (size_t i = 0; i < to->overrides.n; i++) {
        const struct pxk_conf_pairs *a = &from->overrides.at[i];
        struct pxk_conf_pairs *b = &to->overrides.at[i];
        b->key = scn_copy(c, a->key);
        b->is_list = a->is_list;
        b->value.at = scn_alloc(c, a->value.n, sizeof(char *));
        b->value.n = b->value.cap = b->value.at ? a->value.n : 0;
        for (size_t j = 0; j < b->value.n; j++)
            b->value.at[j] = scn_copy(c, a->value.at[j]);
    }
}

/* The @i-th of a count, from 0. */
static void client_copy(struct pxk_conf *c, const struct pxk_scn_client *from, unsigned i, struct pxk_scn_client *to)
{
    *to = *from;
    to->name = to->firmware = to->segment = to->port = NULL;
    to->count = 1;
    to->mac.b[5] = (uint8_t)(pxk_mac_is_zero(&from->mac) ? 0 : from->mac.b[5] + i);
    to->uuid.b[15] = (uint8_t)(from->uuid.b[15] + (from->has_uuid ? i : 0));
    to->start_given = from->start_given || from->every;
    to->start = from->start + i * from->every;
    scn_set(c, &to->name, "%.27s-%u", from->name ? from->name : "client", i + 1);
    to->firmware = scn_copy(c, from->firmware);
    to->segment = scn_copy(c, from->segment);
    to->port = scn_copy(c, from->port ? from->port : to->name);
    to->arguments.at = scn_alloc(c, from->arguments.n, sizeof(char *));
    to->arguments.n = to->arguments.cap = to->arguments.at ? from->arguments.n : 0;
    for (size_t j = 0; j < to->arguments.n; j++)
        to->arguments.at[j] = scn_copy(c, from->arguments.at[j]);
    overrides_copy(c, from, to);
}

static void multiply(struct pxk_conf *c, struct pxk_scenario *s, size_t total)
{
    struct pxk_scn_client *all = scn_alloc(c, total, sizeof *all);
    size_t used = 0;
    for (size_t i = 0; all && i < s->clients.n; i++) {
        struct pxk_scn_client *k = &s->clients.at[i];
        if (k->count <= 1) {
            all[used++] = *k;
            continue;
        }
        for (unsigned j = 0; j < k->count; j++)
            client_copy(c, k, j, &all[used++]);
        pxk_conf_free(&scn_client_table, k);
    }
    if (!all)
        return;
    free(s->clients.at);
    s->clients.at = all;
    s->clients.n = used;
    s->clients.cap = total;
}

static void doubles_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->clients.n; i++)
        if (s->clients.at[i].name && client_named(s, i, s->clients.at[i].name))
            pxk_conf_error(c, &s->clients, "a count makes a second client %s", s->clients.at[i].name);
}

void scn_clients_fill(struct pxk_conf *c, struct pxk_scenario *s)
{
    size_t total = 0;
    for (size_t i = 0; i < s->clients.n; i++)
        total += s->clients.at[i].count ? s->clients.at[i].count : 1;
    if (!s->network.segments.n || !scn_at_most(c, &s->clients, total, PXK_SCN_CLIENTS_MAX, "clients"))
        return;
    for (size_t i = 0; i < s->clients.n; i++) {
        struct pxk_scn_client *k = &s->clients.at[i];
        base_fill(c, s, k);
        if (!k->segment && !pxk_conf_written(c, &k->segment) && s->network.segments.at[0].name)
            scn_set(c, &k->segment, "%s", s->network.segments.at[0].name);
        (void)scn_need_segment(c, s, &k->segment); /* told */
    }
    for (size_t i = 0; i < s->clients.n; i++)
        port_fill(c, s, &s->clients.at[i]);
    ports_check(c, s);
    macs_check(c, s);
    scn_names_check(c, s);
    if (total > s->clients.n) {
        multiply(c, s, total);
        doubles_check(c, s);
    }
}
