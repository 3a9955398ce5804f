/* The table of faults and the set that a config asks for. */
#include "pxk/engine/faults.h"

#include "pxk/conf.h"
#include "pxk/engine/tftpd.h"

#define NAME_DHCP "dhcp."
#define NAME_TFTP "tftp."

static const struct pxk_fault_row rows[PXK_FAULT_N] = {
#define FAULT(id, part, name, arg, min, max, does, finding, source)                                \
    [PXK_FAULT_##id] = {NAME_##part name,      PXK_FAULT_PART_##part, PXK_FAULT_ARG_##arg, min, max, \
                        does, finding, source},
#include "pxk/engine/faults.def"
#undef FAULT
};

enum { PART_LEN = sizeof NAME_DHCP - 1 };

const struct pxk_fault_row *pxk_fault_row(enum pxk_fault_id id)
{
    return &rows[id];
}

const char *pxk_fault_arg_word(enum pxk_fault_arg arg)
{
    static const char *const words[] = {
        [PXK_FAULT_ARG_NONE] = "",      [PXK_FAULT_ARG_ARCH] = "=ARCH",     [PXK_FAULT_ARG_NUMBER] = "=N",
        [PXK_FAULT_ARG_BYTES] = "=N",   [PXK_FAULT_ARG_DURATION] = "=TIME", [PXK_FAULT_ARG_IP] = "=IP",
        [PXK_FAULT_ARG_PATH] = "=PATH", [PXK_FAULT_ARG_TEXT] = "=TEXT",
    };
    return words[arg];
}

const char *pxk_fault_name(size_t i)
{
    return i < PXK_FAULT_N ? rows[i].name : NULL;
}

/* ---- names ---- */

static bool is_name(const char *full, const char *s, size_t n)
{
    return strlen(full) == n && memcmp(full, s, n) == 0;
}

/* The row of a name with or without its part. Two rows of that name: the first, and @other says so. */
static const struct pxk_fault_row *row_find(const char *s, size_t n, const struct pxk_fault_row **other)
{
    const struct pxk_fault_row *found = NULL;
    *other = NULL;
    for (size_t i = 0; i < PXK_FAULT_N; i++) {
        if (is_name(rows[i].name, s, n))
            return *other = NULL, &rows[i];
        if (!is_name(rows[i].name + PART_LEN, s, n))
            continue;
        if (found)
            *other = &rows[i];
        else
            found = &rows[i];
    }
    return found;
}

static const char *short_name(size_t i)
{
    return i < PXK_FAULT_N ? rows[i].name + PART_LEN : NULL;
}

static enum pxk_err name_unknown(const char *s, size_t n, struct pxk_str *why)
{
    char name[48];
    bool fits = pxk_str_copy_n(name, sizeof name, s, n);
    pxk_str_add(why, "there is no fault \"");
    pxk_str_add_quoted(why, name, strlen(name));
    pxk_str_add(why, fits ? "\"" : "...\"");
    const char *near = pxk_nearest(name, strchr(name, '.') ? pxk_fault_name : short_name);
    const struct pxk_fault_row *other, *row = near ? row_find(near, strlen(near), &other) : NULL;
    if (row)
        pxk_str_addf(why, "; did you mean \"%s\"", row->name);
    return PXK_E_NOTFOUND;
}

/* ---- values ---- */

static const char *arg_words(enum pxk_fault_arg arg)
{
    static const char *const words[] = {
        [PXK_FAULT_ARG_NONE] = "no value",
        [PXK_FAULT_ARG_ARCH] = "an architecture, like =uefi-x64",
        [PXK_FAULT_ARG_NUMBER] = "a number, like =3",
        [PXK_FAULT_ARG_BYTES] = "a size, like =1000 or =64k",
        [PXK_FAULT_ARG_DURATION] = "a time, like =1500ms or =3s",
        [PXK_FAULT_ARG_IP] = "an address, like =10.77.0.9",
        [PXK_FAULT_ARG_PATH] = "a file name, like =pxelinux.0",
        [PXK_FAULT_ARG_TEXT] = "a text, like =pxelinux.0",
    };
    return words[arg];
}

static enum pxk_err arch_parse(const char *s, int64_t *out)
{
    const struct pxk_arch *arch = pxk_arch_by_key(s);
    if (arch)
        *out = arch->code;
    return arch ? PXK_OK : PXK_E_NOTFOUND;
}

/* "+100" is a number here: it says that a difference is meant. */
static enum pxk_err number_parse(const char *s, int64_t *out)
{
    return pxk_int_parse(*s == '+' && s[1] != '-' && s[1] != '+' ? s + 1 : s, out);
}

static enum pxk_err unsigned_parse(enum pxk_fault_arg arg, const char *s, int64_t *out)
{
    uint64_t v = 0;
    enum pxk_err err = arg == PXK_FAULT_ARG_BYTES ? pxk_conf_size_parse(s, &v) : pxk_conf_duration_parse(s, &v);
    if (err == PXK_OK && v > INT64_MAX)
        err = PXK_E_RANGE;
    if (err == PXK_OK)
        *out = (int64_t)v;
    return err;
}

/* For paths and texts the number is their length: the table bounds it. */
static enum pxk_err text_parse(const struct pxk_fault_row *row, const char *s, struct pxk_fault *f)
{
    enum pxk_err err = PXK_OK;
    if (row->arg == PXK_FAULT_ARG_PATH)
        err = pxk_tftpd_name_clean(s, f->text, sizeof f->text);
    else if (!pxk_str_copy(f->text, sizeof f->text, s))
        err = PXK_E_RANGE;
    f->number = (int64_t)strlen(f->text);
    return err;
}

static enum pxk_err value_parse(const struct pxk_fault_row *row, const char *s, struct pxk_fault *f)
{
    enum pxk_err err = PXK_E_FORMAT;
    switch (row->arg) {
    case PXK_FAULT_ARG_NONE:
        return PXK_E_FORMAT;
    case PXK_FAULT_ARG_ARCH:
        return arch_parse(s, &f->number);
    case PXK_FAULT_ARG_IP:
        return pxk_ip4_parse(s, &f->ip);
    case PXK_FAULT_ARG_NUMBER:
        err = number_parse(s, &f->number);
        break;
    case PXK_FAULT_ARG_BYTES:
    case PXK_FAULT_ARG_DURATION:
        err = unsigned_parse(row->arg, s, &f->number);
        break;
    case PXK_FAULT_ARG_PATH:
    case PXK_FAULT_ARG_TEXT:
        err = text_parse(row, s, f);
        break;
    }
    return err == PXK_OK && (f->number < row->min || f->number > row->max) ? PXK_E_RANGE : err;
}

static void number_add(const struct pxk_fault_row *row, int64_t v, struct pxk_str *out)
{
    if (row->arg != PXK_FAULT_ARG_DURATION)
        pxk_str_addf(out, "%lld", (long long)v);
    else if (v % (int64_t)PXK_SEC == 0)
        pxk_str_addf(out, "%llds", (long long)(v / (int64_t)PXK_SEC));
    else
        pxk_str_addf(out, "%lldms", (long long)(v / (int64_t)PXK_MSEC));
}

static enum pxk_err value_wrong(const struct pxk_fault_row *row, const char *value, enum pxk_err err, struct pxk_str *why)
{
    pxk_str_addf(why, "the fault %s has ", row->name);
    if (value) {
        pxk_str_add(why, "\"");
        pxk_str_add_quoted(why, value, strnlen(value, 60));
        pxk_str_add(why, "\"");
    } else {
        pxk_str_add(why, "no value");
    }
    pxk_str_addf(why, ", expected %s", arg_words(row->arg));
    if (err == PXK_E_RANGE && row->max && row->arg < PXK_FAULT_ARG_IP) {
        pxk_str_add(why, ", from ");
        number_add(row, row->min, why);
        pxk_str_add(why, " to ");
        number_add(row, row->max, why);
    }
    if (row->arg == PXK_FAULT_ARG_ARCH && value)
        pxk_str_addf(why, "; did you mean \"%s\"", pxk_arch_nearest(value)->key);
    return PXK_E_FORMAT;
}

/* ---- the set ---- */

static bool may_repeat(const struct pxk_fault_row *row)
{
    return row->arg == PXK_FAULT_ARG_PATH || row == &rows[PXK_FAULT_DHCP_ONLY_TO] ||
           row == &rows[PXK_FAULT_DHCP_SILENT_TO] || row == &rows[PXK_FAULT_DHCP_NO_BOOT_FILE_TO];
}

enum pxk_err pxk_faults_add(struct pxk_faults *set, const char *text, struct pxk_str *why)
{
    const char *value = strchr(text, '=');
    size_t n = value ? (size_t)(value - text) : strlen(text);
    const struct pxk_fault_row *other, *row = row_find(text, n, &other);
    if (!row)
        return name_unknown(text, n, why);
    if (other) {
        pxk_str_addf(why, "which fault is meant: \"%s\" or \"%s\"", row->name, other->name);
        return PXK_E_NOTFOUND;
    }
    struct pxk_fault f = {.id = (enum pxk_fault_id)(row - rows)};
    value = value ? value + 1 : NULL;
    enum pxk_err err = value                              ? value_parse(row, value, &f)
                       : row->arg == PXK_FAULT_ARG_NONE ? PXK_OK
                                                          : PXK_E_FORMAT;
    if (err != PXK_OK)
        return value_wrong(row, value, err, why);
    if (!may_repeat(row) && pxk_faults_has(set, f.id)) {
        pxk_str_addf(why, "the fault %s is there twice", row->name);
        return PXK_E_EXISTS;
    }
    if (set->n == PXK_FAULTS_MAX) {
        pxk_str_addf(why, "more than %d faults", PXK_FAULTS_MAX);
        return PXK_E_SPACE;
    }
    set->at[set->n++] = f;
    return PXK_OK;
}

const struct pxk_fault *pxk_faults_find(const struct pxk_faults *set, enum pxk_fault_id id)
{
    for (size_t i = 0; set && i < set->n; i++)
        if (set->at[i].id == id)
            return &set->at[i];
    return NULL;
}

bool pxk_faults_number(const struct pxk_faults *set, enum pxk_fault_id id, int64_t number)
{
    for (size_t i = 0; set && i < set->n; i++)
        if (set->at[i].id == id && set->at[i].number == number)
            return true;
    return false;
}

static bool path_fits(const char *path, const char *file)
{
    size_t n = strlen(path), m = strlen(file);
    return m >= n && strcmp(file + m - n, path) == 0 && (m == n || file[m - n - 1] == '/');
}

bool pxk_faults_match(const struct pxk_faults *set, enum pxk_fault_id id, const char *file)
{
    for (size_t i = 0; set && i < set->n; i++)
        if (set->at[i].id == id && path_fits(set->at[i].text, file))
            return true;
    return false;
}

void pxk_fault_add_text(const struct pxk_fault *f, struct pxk_str *out)
{
    const struct pxk_fault_row *row = &rows[f->id];
    char buf[PXK_IP4_STRLEN];
    pxk_str_add(out, row->name);
    if (row->arg == PXK_FAULT_ARG_NONE)
        return;
    pxk_str_addc(out, '=');
    if (row->arg == PXK_FAULT_ARG_ARCH)
        pxk_str_add(out, pxk_arch_name((uint16_t)f->number, buf));
    else if (row->arg == PXK_FAULT_ARG_IP)
        pxk_str_add(out, pxk_ip4_text(f->ip, buf));
    else if (row->arg == PXK_FAULT_ARG_PATH || row->arg == PXK_FAULT_ARG_TEXT)
        pxk_str_add_quoted(out, f->text, strlen(f->text));
    else
        number_add(row, f->number, out);
}
