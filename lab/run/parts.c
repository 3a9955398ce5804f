/* The real parts; what tests put others in the place of. */
#include "run_int.h"

int pxk_run(const struct pxk_run_opts *opts)
{
    static const struct pxk_run_parts parts = {.play = pxk_play,
                                               .play_virtual = pxk_play_virtual,
                                               .possible = pxk_play_possible,
                                               .judge = pxk_judge,
                                               .write = pxk_judge_write};
    struct run run = {.opts = opts, .parts = &parts, .out = stdout, .err = stderr};
    return pxk_run_with(&run);
}
