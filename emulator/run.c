/* One emulator alone in its process, until it ends or is interrupted. */
#include <signal.h>

#include "pxk/emulator.h"

struct run {
    uv_loop_t loop;
    uv_signal_t interrupt[2];
    struct pxk_emulator *em;
    bool interrupted;
};

static void on_interrupt(uv_signal_t *handle, int number)
{
    struct run *run = handle->data;
    (void)number;
    run->interrupted = true;
    pxk_emulator_stop(run->em, "interrupted");
}

static void signals_start(struct run *run)
{
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < PXK_COUNT(signals); i++) {
        uv_signal_init(&run->loop, &run->interrupt[i]);
        run->interrupt[i].data = run;
        uv_signal_start(&run->interrupt[i], on_interrupt, signals[i]);
    }
}

static void on_ended(void *ctx)
{
    struct run *run = ctx;
    for (size_t i = 0; i < PXK_COUNT(run->interrupt); i++)
        uv_close((uv_handle_t *)&run->interrupt[i], NULL);
}

enum pxk_err pxk_emulator_run(const struct pxk_emulator_opts *opts, struct pxk_tracker *tracker,
                              struct pxk_emulator_result *result, char *why, size_t cap)
{
    struct run run = {.em = NULL};
    struct pxk_emulator_watch watch = {.tracker = tracker};
    enum pxk_err err = PXK_OK;
    *result = (struct pxk_emulator_result){0};
    if (uv_loop_init(&run.loop) != 0)
        return PXK_E_NOMEM;
    if (opts->dump)
        err = pxk_dump_open(opts->dump, &watch.dump, why, cap);
    if (err == PXK_OK)
        err = pxk_emulator_start(&run.loop, opts, &watch, on_ended, &run, &run.em, why, cap);
    if (err == PXK_OK)
        signals_start(&run);
    (void)uv_run(&run.loop, UV_RUN_DEFAULT); /* also closes what a failed start has opened */
    (void)uv_loop_close(&run.loop);
    if (run.em)
        *result = *pxk_emulator_result(run.em);
    result->interrupted = run.interrupted;
    result->dump_failed = pxk_dump_close(watch.dump) != PXK_OK;
    pxk_emulator_free(run.em);
    return err;
}
