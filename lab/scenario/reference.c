/* docs/scenarios-reference.md, from the tables that read the files. */
#include "scn_int.h"

enum pxk_err pxk_scenario_reference(struct pxk_text *out)
{
    pxk_text_add(
        out,
        "# Scenario files, key by key\n\n"
        "Made from the tables that read the files (`ninja -C build docs-scenarios`). How they are used: [scenarios.md](scenarios.md).\n\n"
        "- A list with a single entry may be written without brackets.\n"
        "- A duration is `250ms`, `90s`, `1h30m`, `2d`, or a number of seconds. A size is in bytes, or `64k`, `10M`, `1G` (powers of "
        "1024).\n"
        "- `${name}` stands for a variable of `vars`, `matrix` or `with`, in every value but those four. `${address}`, `${netmask}`, "
        "`${interface}`, `${root}`, `${work}` and `${name}` in a server's `config` and `lines` are known when the case is played.\n"
        "- Names of hosts, segments and clients have letters, digits, `-` and `_`, 32 at most. Paths count from the scenario's file, "
        "those of boot files from the root of the boot tree.\n"
        "- Regular expressions are POSIX extended ones.\n");
    return pxk_conf_reference(&scn_file_table, out);
}
