/* The kernel tells of writes (inotify); where it does not, as on a network file system, a look four times a second does. */
#include "follow.h"

#include <stdlib.h>
#include <sys/stat.h>

#define LOOK_MS 250

struct follow {
    struct pxk_probe *p;
    void (*change)(struct pxk_probe *p);
    uv_fs_event_t event;
    uv_timer_t timer;
};

struct follow *follow_new(struct pxk_probe *p, void (*change)(struct pxk_probe *p))
{
    struct follow *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->p = p;
    f->change = change;
    (void)uv_timer_init(p->loop, &f->timer); /* both cannot fail */
    (void)uv_fs_event_init(p->loop, &f->event);
    f->timer.data = f->event.data = p;
    p->handles += 2;
    return f;
}

enum follow_look follow_look(struct follow *f, const struct infile *in)
{
    struct stat open, named;
    (void)f;
    if (fstat(in->fd, &open) != 0)
        return FOLLOW_WAIT;
    if ((uint64_t)open.st_size < in->bytes)
        return FOLLOW_NEW;
    if ((uint64_t)open.st_size > in->bytes)
        return FOLLOW_MORE;
    /* Renamed, and the new one not there yet: wait for it. */
    if (stat(in->path, &named) == 0 && (named.st_ino != open.st_ino || named.st_dev != open.st_dev))
        return FOLLOW_NEW;
    return FOLLOW_WAIT;
}

static struct follow *of_event(uv_fs_event_t *h)
{
    return (struct follow *)((char *)h - offsetof(struct follow, event));
}

static void changed(struct follow *f)
{
    follow_stop(f);
    f->change(f->p);
}

static void on_event(uv_fs_event_t *h, const char *name, int events, int status)
{
    (void)name, (void)events, (void)status; /* whatever it is: look */
    changed(of_event(h));
}

static void on_timer(uv_timer_t *h)
{
    changed((struct follow *)((char *)h - offsetof(struct follow, timer)));
}

void follow_wait(struct follow *f, const char *path)
{
    (void)uv_fs_event_start(&f->event, on_event, path, 0); /* fails where there is no inotify: the timer does it */
    (void)uv_timer_start(&f->timer, on_timer, LOOK_MS, 0);
}

void follow_stop(struct follow *f)
{
    if (!f)
        return;
    (void)uv_fs_event_stop(&f->event);
    (void)uv_timer_stop(&f->timer);
}

void follow_close(struct follow *f)
{
    if (!f)
        return;
    probe_handle_close(f->p, (uv_handle_t *)&f->event);
    probe_handle_close(f->p, (uv_handle_t *)&f->timer);
}
