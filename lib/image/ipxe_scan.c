/* What an iPXE script would load: its lines read one by one, no setting expanded and no branch taken. */
#include "pxk/image/ipxe.h"

#include <string.h>

#include "pxk/base.h"

#define LINE_MAX_BYTES 4096 /* of one command with its continuations; what is longer is cut */

/* ---- lines ---- */

struct lines {
    const char *at, *end;
};

/* The next line with its continuations put together (script.c: a last '\' joins, without a blank); false at the end. */
static bool line_next(struct lines *in, char *out, size_t cap)
{
    size_t n = 0;
    bool more = true;
    if (in->at >= in->end)
        return false;
    while (more && in->at < in->end) {
        const char *stop = memchr(in->at, '\n', (size_t)(in->end - in->at));
        const char *to = stop ? stop : in->end;
        const char *next = stop ? stop + 1 : in->end;
        if (to > in->at && to[-1] == '\r')
            to--;
        more = to > in->at && to[-1] == '\\';
        for (const char *p = in->at; p < to - more; p++)
            if (*p && n + 1 < cap)
                out[n++] = *p;
        in->at = next;
    }
    out[n] = '\0';
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || (c >= '\n' && c <= '\r');
}

/* The next word, cut in place; NULL at the end and at a comment. */
static char *word_next(char **at)
{
    char *p = *at;
    while (is_blank(*p))
        p++;
    if (!*p || *p == '#')
        return NULL;
    char *word = p;
    while (*p && !is_blank(*p))
        p++;
    if (*p)
        *p++ = '\0';
    *at = p;
    return word;
}

/* ---- commands ---- */

enum command { NONE, KERNEL, INITRD, CHAIN, ARGS, BRANCH };

struct row {
    const char *word;
    enum command command;
};

static enum command command_of(const char *word)
{
    static const struct row rows[] = {
        {"kernel", KERNEL}, {"imgselect", KERNEL}, {"imgload", KERNEL}, {"initrd", INITRD},  {"module", INITRD},
        {"imgfetch", INITRD}, {"chain", CHAIN},    {"imgexec", CHAIN},  {"boot", CHAIN},     {"imgargs", ARGS},
        {"goto", BRANCH},   {"menu", BRANCH},      {"choose", BRANCH},  {"prompt", BRANCH},  {"iseq", BRANCH},
        {"isset", BRANCH},
    };
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (strcmp(rows[i].word, word) == 0)
            return rows[i].command;
    return NONE;
}

/* Options that have a value of their own: --name n, -n n, --timeout ms, -t ms. */
static bool takes_value(const char *option)
{
    static const char *const list[] = {"--name", "-n", "--timeout", "-t", "--key", "-k"};
    for (size_t i = 0; i < PXK_COUNT(list); i++)
        if (strcmp(option, list[i]) == 0)
            return true;
    return false;
}

static bool is_separator(const char *word)
{
    return strcmp(word, "||") == 0 || strcmp(word, "&&") == 0 || strcmp(word, ";") == 0;
}

/* Does the rest go on with another command? */
static bool ends_command(struct pxk_ipxe_scan *out, const char *word)
{
    if (!is_separator(word))
        return false;
    out->branches |= *word != ';';
    return true;
}

/* The command's operand: options are passed over. NULL if there is none. */
static char *operand(struct pxk_ipxe_scan *out, char **at, bool *ended)
{
    for (char *w; (w = word_next(at));) {
        if (ends_command(out, w)) {
            *ended = true;
            return NULL;
        }
        if (*w != '-')
            return w;
        if (takes_value(w))
            (void)word_next(at);
    }
    return NULL;
}

static bool rest_into(struct pxk_ipxe_scan *out, char **at, char *text, size_t cap)
{
    struct pxk_str b = pxk_str_init(text, cap);
    for (char *w; (w = word_next(at));) {
        if (ends_command(out, w))
            return true;
        pxk_str_addf(&b, "%s%s", b.len ? " " : "", w);
    }
    return false;
}

/* One command and its words up to a separator; true if another command follows on the line. */
static bool command_read(struct pxk_ipxe_scan *out, enum command command, char **at)
{
    char unused[1024];
    bool ended = false;
    char *name = command == KERNEL || command == INITRD || command == CHAIN || command == ARGS ? operand(out, at, &ended) : NULL;
    if (ended)
        return true;
    bool first = (command == KERNEL && !out->kernels) || (command == ARGS && out->kernels == 1);
    bool more = rest_into(out, at, first ? out->cmdline : unused, first ? sizeof out->cmdline : sizeof unused);
    out->branches |= command == BRANCH;
    if (!name)
        return more;
    if (command == KERNEL && !out->kernels++)
        (void)pxk_str_copy(out->kernel, sizeof out->kernel, name);
    if (command == INITRD && !out->initrds++)
        (void)pxk_str_copy(out->initrd, sizeof out->initrd, name);
    if (command == CHAIN && !out->chains++)
        (void)pxk_str_copy(out->chain, sizeof out->chain, name);
    return more;
}

static void line_read(struct pxk_ipxe_scan *out, char *line)
{
    char *at = line;
    bool more = true;
    while (more) {
        char *word = word_next(&at);
        if (word && *word == ':') /* a label; its command may follow on the line */
            word = word_next(&at);
        if (!word)
            return;
        if (ends_command(out, word))
            continue;
        more = command_read(out, command_of(word), &at);
    }
}

/* ---- the first line ---- */

/* "#\!ipxe" from a shell's here-document, "#! ipxe", a byte-order mark, blanks before it. */
static bool meant_as_script(const char *line)
{
    char squeezed[24];
    size_t n = 0;
    for (; *line && n + 1 < sizeof squeezed; line++)
        if ((*line >= 'a' && *line <= 'z') || (*line >= 'A' && *line <= 'Z') || *line == '#' || *line == '!')
            squeezed[n++] = (char)(*line >= 'A' && *line <= 'Z' ? *line + 32 : *line);
    squeezed[n] = '\0';
    return pxk_str_starts(squeezed, "#!ipxe") || pxk_str_starts(squeezed, "#ipxe") || pxk_str_starts(squeezed, "!ipxe");
}

void pxk_ipxe_scan(const void *data, size_t len, struct pxk_ipxe_scan *out)
{
    struct lines in = {data, (const char *)data + len};
    char line[LINE_MAX_BYTES];
    *out = (struct pxk_ipxe_scan){0};
    if (!len || !line_next(&in, line, sizeof line))
        return;
    (void)pxk_str_copy(out->first_line, sizeof out->first_line, line);
    bool magic = len > 6 && (memcmp(data, "#!ipxe", 6) == 0 || memcmp(data, "#!gpxe", 6) == 0);
    out->is_script = magic && is_blank(((const char *)data)[6]);
    out->nearly = !out->is_script && meant_as_script(line);
    while (line_next(&in, line, sizeof line))
        line_read(out, line);
    out->variables = strstr(out->kernel, "${") || strstr(out->initrd, "${") || strstr(out->cmdline, "${");
}

bool pxk_cmdline_names_initrd(const char *cmdline)
{
    const char *p = cmdline;
    while ((p = strstr(p, "initrd="))) {
        if (p == cmdline || p[-1] == ' ')
            return true;
        p++;
    }
    return false;
}
