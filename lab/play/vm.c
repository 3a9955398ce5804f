/* Clients with real firmware: a QEMU whose only link is a port of the network, and a listener beside it, so that its boot is a
 * session as any other's. Software emulation: KVM is not everywhere, and not the same everywhere. */
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "play_int.h"
#include "pxk/files.h"

#define VARS_MAX ((size_t)16 << 20) /* a flash is 4 MB */

static const char *const ovmf[][2] = {{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
                                      {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"}};

static bool file_copy(const char *from, const char *to)
{
    struct pxk_text all = {0};
    bool ok = pxk_file_read(from, VARS_MAX, &all) == PXK_OK && pxk_file_write(to, all.s, all.len) == PXK_OK;
    pxk_text_done(&all);
    return ok;
}

static bool firmware_args(const struct play *p, const struct play_vm *vm, struct pxk_lab_argv *a)
{
    char mac[PXK_MAC_STRLEN], vars[600];
    const char *mac_text = pxk_mac_text(&vm->mac, mac);
    if (strcmp(vm->scn->firmware, "uefi") != 0) { /* SeaBIOS, and the iPXE ROM that QEMU takes for the card */
        pxk_lab_arg(a, "-machine");
        pxk_lab_arg(a, "pc,graphics=off");
        pxk_lab_arg(a, "-boot");
        pxk_lab_arg(a, "order=n");
        pxk_lab_arg(a, "-device");
        pxk_lab_arg(a, "virtio-net-pci,netdev=n0,mac=%s,bootindex=1", mac_text);
        return true;
    }
    size_t i = 0;
    while (i < PXK_COUNT(ovmf) && access(ovmf[i][0], R_OK) != 0)
        i++;
    if (i == PXK_COUNT(ovmf) ||
        !file_copy(ovmf[i][1], pxk_fmt(vars, sizeof vars, "%s/%s.vars", p->env->work, vm->scn->name)))
        return pxk_fmt(p->why, p->cap, "OVMF, the UEFI firmware for QEMU, is not installed (package ovmf)"), false;
    pxk_lab_arg(a, "-machine");
    pxk_lab_arg(a, "q35");
    pxk_lab_arg(a, "-drive");
    pxk_lab_arg(a, "if=pflash,format=raw,unit=0,readonly=on,file=%s", ovmf[i][0]);
    pxk_lab_arg(a, "-drive");
    pxk_lab_arg(a, "if=pflash,format=raw,unit=1,file=%s", vars);
    pxk_lab_arg(a, "-device"); /* romfile= keeps iPXE out: the firmware's own driver boots */
    pxk_lab_arg(a, "virtio-net-pci,netdev=n0,mac=%s,bootindex=1,romfile=", mac_text);
    return true;
}

static bool vm_spawn(struct play *p, struct play_vm *vm)
{
    static const char *const common[] = {"qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "1024", "-smp", "1", "-nodefaults",
                                         "-display", "none", "-device", "virtio-rng-pci"};
    struct pxk_lab_argv a = {0};
    char log[600];
    for (size_t i = 0; i < PXK_COUNT(common); i++)
        pxk_lab_arg(&a, "%s", common[i]);
    bool ok = firmware_args(p, vm, &a);
    pxk_lab_arg(&a, "-netdev");
    pxk_lab_arg(&a, "dgram,id=n0,local.type=unix,local.path=%s/%s.qemu,remote.type=unix,remote.path=%s/%s.ours", p->env->work,
                vm->scn->name, p->env->work, vm->scn->name);
    pxk_lab_arg(&a, "-serial");
    pxk_lab_arg(&a, "file:%s", vm->serial);
    for (size_t i = 0; i < vm->scn->arguments.n; i++)
        pxk_lab_arg(&a, "%s", vm->scn->arguments.at[i]);
    char **end = pxk_vec_push(&a.arg); /* the NULL at its end */
    struct pxk_lab_spawn spawn = {.argv = (const char *const *)a.arg.at, .as_it_is = true, .yields = true,
                                  .log = pxk_fmt(log, sizeof log, "%s/%s.qemu.log", p->env->work, vm->scn->name)};
    ok = ok && end && pxk_lab_spawn(p->lab, &spawn, &vm->pid, p->why, p->cap) == PXK_OK;
    if (end)
        a.arg.n--;
    pxk_lab_argv_done(&a);
    return ok;
}

static void on_frame(void *ctx, const uint8_t *data, size_t len, size_t wire)
{
    struct play_vm *vm = ctx;
    struct pxk_emulator_watch *w = &vm->play->watch;
    pxk_usec now = pxk_clock_now();
    pxk_tracker_frame(w->tracker, data, len, wire, now, ++w->frames);
    if (w->dump)
        pxk_dump_frame(w->dump, now, data, len);
    if (w->after_frame)
        w->after_frame(w->ctx, now);
}

/* All that it sends, what is sent to it, and DHCP answers to all that are meant for it (their chaddr). */
static bool listen_beside(struct play *p, struct play_vm *vm)
{
    char filter[200], mac[PXK_MAC_STRLEN];
    const uint8_t *b = vm->mac.b;
    struct pxk_link_opts opts = {.iface = pxk_lab_segment_iface(p->lab, vm->scn->segment), .filter = filter, .frame = on_frame, .ctx = vm};
    pxk_fmt(filter, sizeof filter, "ether host %s or (udp dst port 68 and udp[36:4] = 0x%02x%02x%02x%02x and udp[40:2] = 0x%02x%02x)",
            pxk_mac_text(&vm->mac, mac), b[0], b[1], b[2], b[3], b[4], b[5]);
    return pxk_link_open(&p->loop, &opts, &vm->link, p->why, p->cap) == PXK_OK;
}

static bool vm_start(struct play *p, struct play_vm *vm)
{
    struct pxk_cable_opts cable;
    struct pxk_cable_rule rules[PXK_CABLE_RULES];
    struct pxk_lab_port_opts opts = {.name = vm->scn->name, .segment = vm->scn->segment, .qemu = vm->scn->name};
    if (play_cable_of(p->s, vm->scn->name, &cable, rules))
        opts.cable = &cable;
    pxk_fmt(vm->serial, sizeof vm->serial, "%s/%s.serial", p->env->work, vm->scn->name);
    pxk_seen_client(p->seen, vm->scn->name, &vm->mac);
    vm->running = true;
    return pxk_lab_port_add(p->lab, &opts, p->why, p->cap) == PXK_OK && listen_beside(p, vm) && vm_spawn(p, vm);
}

bool play_vms_start(struct play *p)
{
    for (size_t i = 0; i < p->s->clients.n; i++) {
        if (!p->s->clients.at[i].firmware)
            continue;
        struct play_vm *vm = &p->vm[p->vms++];
        *vm = (struct play_vm){.play = p, .scn = &p->s->clients.at[i], .mac = pxk_play_mac(p->s, i)};
        if (!vm_start(p, vm))
            return false;
    }
    return true;
}

/* ---- how far its console says it is ---- */

/* It has come as far as the scenario waits for; without such a wish it goes on until the limit. */
static bool has_arrived(const struct play *p, const struct play_vm *vm)
{
    bool asked = false, all = true;
    for (size_t i = 0; i < p->s->expect.clients.n; i++) {
        const struct pxk_scn_client_expect *e = &p->s->expect.clients.at[i];
        if (e->serial.n == 0 || (e->client && strcmp(e->client, vm->scn->name) != 0))
            continue;
        asked = true;
        all = all && lines_in_order(vm->serial, e->serial.at, e->serial.n) == e->serial.n;
    }
    return asked && all;
}

bool play_vms_look(struct play *p)
{
    bool any = false;
    for (size_t i = 0; i < p->vms; i++) {
        struct play_vm *vm = &p->vm[i];
        int status;
        if (!vm->running)
            continue;
        if (vm->pid && pxk_lab_ended(p->lab, vm->pid, &status))
            vm->pid = 0;
        vm->running = vm->pid && !has_arrived(p, vm);
        any = any || vm->running;
    }
    return any;
}

void play_vms_put(struct play *p)
{
    json_t *serial = json_object();
    for (size_t i = 0; i < p->vms; i++)
        (void)json_object_set_new(serial, p->vm[i].scn->name, json_string(p->vm[i].serial));
    pxk_seen_put(p->seen, "serial", serial);
}

void play_vms_close(struct play *p)
{
    for (size_t i = 0; i < p->vms; i++) {
        if (p->vm[i].pid)
            (void)pxk_lab_end(p->lab, p->vm[i].pid, true);
        p->vm[i].pid = 0;
        if (p->vm[i].link)
            pxk_link_close(p->vm[i].link);
        p->vm[i].link = NULL;
    }
}
