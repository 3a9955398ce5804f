/* Completion for bash: commands, their options, and what options and commands take, as far as the words of the usage texts tell:
 * FILE, PATH, DIR are files; IFACE an interface; ARCH and LIST architectures; NAME and CODE findings. */
#include <string.h>

#include "docs.h"

static const char head[] =
    "# Completion of pxekit for bash; made from the program's own tables.\n_pxekit()\n{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd=${COMP_WORDS[1]} opts= takes= words=\n";

static const char first_word[] =
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD == 1)); then\n        mapfile -t COMPREPLY < <(compgen -W \"$commands --help --version\" -- \"$cur\")\n"
    "        return\n    fi\n";

static const char tail[] =
    "    if [[ $takes == none && $cur == -* ]]; then\n        mapfile -t COMPREPLY < <(compgen -W \"$opts\" -- \"$cur\")\n        return\n    fi\n"
    "    [[ $takes == none ]] && takes=$words\n"
    "    case $takes in\n"
    "    *FILE*|*PATH*|*CONFIG*) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "    *DIR*) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
    "    *IFACE*) mapfile -t COMPREPLY < <(compgen -W \"$(ls /sys/class/net 2>/dev/null)\" -- \"$cur\") ;;\n"
    "    *ARCH*|*LIST*)\n        local begin=\n        [[ $cur == *,* ]] && begin=${cur%,*},\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$begin\" -W \"$archs\" -- \"${cur##*,}\") ;;\n"
    "    *CODE*) mapfile -t COMPREPLY < <(compgen -W \"$findings all\" -- \"$cur\") ;;\n"
    "    *COMMAND*) mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$cur\") ;;\n"
    "    esac\n}\ncomplete -F _pxekit pxekit\n";

static void lists(const struct cli_command *const *commands, struct pxk_text *out)
{
    const struct pxk_finding_row *rows;
    const struct pxk_firmware_code *codes;
    size_t n = pxk_finding_rows(&rows);
    pxk_text_add(out, "    local commands=\"");
    for (const struct cli_command *const *c = commands; *c; c++)
        pxk_text_addf(out, "%s%s", c > commands ? " " : "", (*c)->name);
    pxk_text_add(out, "\"\n    local archs=\"");
    for (size_t i = 0; pxk_arch_row(i); i++)
        if (pxk_persona_for_arch(pxk_arch_row(i)->code))
            pxk_text_addf(out, "%s ", pxk_arch_row(i)->key);
    pxk_text_add(out, "\"\n    local findings=\"");
    for (size_t i = 0; i < n; i++)
        pxk_text_addf(out, "%s %s ", rows[i].code, rows[i].name);
    n = pxk_firmware_codes(&codes);
    for (size_t i = 0; i < n; i++)
        pxk_text_addf(out, "%s ", codes[i].code);
    pxk_text_add(out, "\"\n");
}

/* "        -a|--arch) takes=LIST ;;" for options with an argument. */
static void option(const char *tag, struct pxk_text *words, struct pxk_text *cases)
{
    char word[60], arg[60], last[60] = "";
    struct pxk_text names = {0};
    for (unsigned i = 0; usage_option(tag, i, word, sizeof word, arg, sizeof arg); i++) {
        if (word[0] != '-')
            continue;
        pxk_text_addf(words, "%s ", word);
        pxk_text_addf(&names, "%s%s", names.len ? "|" : "", word);
        if (*arg)
            (void)pxk_str_copy(last, sizeof last, arg);
    }
    if (*last && names.s)
        pxk_text_addf(cases, "        %s) takes=%s ;;\n", names.s, last);
    pxk_text_done(&names);
}

static void command(const struct cli_command *c, struct pxk_text *out)
{
    struct usage_reader r = {c->usage, false};
    struct usage_part p;
    struct pxk_text words = {0}, cases = {0};
    char synopsis[200] = "";
    while (usage_next(&r, &p)) {
        if (p.kind == USAGE_SYNOPSIS && !*synopsis)
            (void)pxk_str_copy(synopsis, sizeof synopsis, p.text + strlen("pxekit "));
        if (p.kind == USAGE_OPTION)
            option(p.tag, &words, &cases);
    }
    const char *takes = synopsis + strcspn(synopsis, " ");
    pxk_text_addf(out, "    %s)\n        opts=\"%s--help\" words='%s'\n", c->name, words.s ? words.s : "", takes + (*takes == ' '));
    pxk_text_addf(out, "        case $prev in\n%s        *) takes=none ;;\n        esac ;;\n", cases.s ? cases.s : "");
    pxk_text_done(&words);
    pxk_text_done(&cases);
}

void docs_bash_completion(const struct cli_command *const *commands, struct pxk_text *out)
{
    pxk_text_add(out, head);
    lists(commands, out);
    pxk_text_add(out, first_word);
    pxk_text_add(out, "    case $cmd in\n");
    for (const struct cli_command *const *c = commands; *c; c++)
        command(*c, out);
    pxk_text_add(out, "    *) return ;;\n    esac\n");
    pxk_text_add(out, tail);
}
