/* The raw link when its interface goes down and comes up again. */
#include <net/if.h>
#include <sys/ioctl.h>

#include "lab_help.h"
#include "pxk/io.h"

static struct pxk_link *link_of;
static uv_loop_t loop;
static uv_timer_t patience;
static unsigned heard, turns;

static void on_frame(void *ctx, const uint8_t *data, size_t len, size_t wire)
{
    (void)ctx, (void)wire;
    if (len >= 45 && memcmp(data + 42, "hey", 3) == 0) {
        heard++;
        uv_stop(&loop);
    }
}

static void on_patience(uv_timer_t *timer)
{
    (void)timer;
    uv_stop(&loop);
}

static void on_turn(uv_check_t *check)
{
    (void)check;
    turns++;
}

/* Until a frame is heard, at most so long. */
static void loop_run(unsigned ms)
{
    MUST(uv_timer_start(&patience, on_patience, ms, 0) == 0);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    MUST(uv_timer_stop(&patience) == 0);
}

static void iface_put(const char *name, bool up)
{
    struct ifreq req = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    MUST(pxk_str_copy(req.ifr_name, sizeof req.ifr_name, name));
    MUST(ioctl(fd, SIOCGIFFLAGS, &req) == 0);
    req.ifr_flags = (short)(up ? req.ifr_flags | IFF_UP : req.ifr_flags & ~IFF_UP);
    MUST(ioctl(fd, SIOCSIFFLAGS, &req) == 0);
    close(fd);
}

LAB_TEST(link, hears_again_after_the_interface_was_down)
{
    struct pxk_lab *lab = lab_here();
    port_add(lab, "one", 1, NULL);
    const char *iface = pxk_lab_segment_iface(lab, "lan");
    int sender = udp_in(lab, "one", 4000);
    struct pxk_link_opts opts = {.iface = iface, .frame = on_frame};
    uv_check_t check;
    MUST(uv_loop_init(&loop) == 0 && uv_timer_init(&loop, &patience) == 0 && uv_check_init(&loop, &check) == 0);
    MUST(uv_check_start(&check, on_turn) == 0);
    FINE(pxk_link_open(&loop, &opts, &link_of, why, sizeof why));
    MUST(udp_send(sender, NET + 255, 4000, "hey", 3));
    loop_run(2000);
    MUST(heard == 1);
    iface_put(iface, false);
    turns = 0;
    loop_run(50);
    MUST(!pxk_link_is_up(link_of));
    MUST(turns < 20, "%u turns: the error is told again and again", turns);
    iface_put(iface, true);
    MUST(udp_send(sender, NET + 255, 4000, "hey", 3));
    loop_run(2000);
    MUST(heard == 2);
    pxk_link_close(link_of);
    uv_close((uv_handle_t *)&patience, NULL);
    uv_close((uv_handle_t *)&check, NULL);
    MUST(uv_run(&loop, UV_RUN_DEFAULT) == 0 && uv_loop_close(&loop) == 0);
    close(sender);
    pxk_lab_free(lab);
    work_remove();
}
