/* Reading a session: the questions that every view asks. */
#include "session_int.h"

/* Programs of a network boot by the name that they give themselves over HTTP. */
static bool boot_agent(const char *agent)
{
    static const char *const starts[] = {"UefiHttpBoot", "iPXE/", "gPXE/", "GRUB ", "Syslinux/", "debian-installer", "d-i/"};
    for (size_t i = 0; i < PXK_COUNT(starts); i++)
        if (pxk_str_starts(agent, starts[i]))
            return true;
    return false;
}

bool pxk_session_boots(const struct pxk_session *s)
{
    bool named = !s->first_frame && !s->round_n; /* by the user: no frame made this session */
    if (s->facts.emulated || s->transfers.n || s->boot6_n || named)
        return true;
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].pxe || s->round[i].http || s->round[i].ipxe)
            return true;
    for (size_t i = 0; i < s->https.n; i++)
        if (boot_agent(s->https.at[i].agent))
            return true;
    return false;
}

const struct pxk_round *pxk_session_firmware_round(const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].pxe || s->round[i].http)
            return &s->round[i];
    return s->round_n ? &s->round[0] : NULL;
}

const struct pxk_answer *pxk_round_answer(const struct pxk_round *r, uint8_t type)
{
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].type == type)
            return &r->answer[i];
    return NULL;
}

const char *pxk_answer_boot_file(const struct pxk_answer *a, const struct pxk_persona *p, char *file,
                                 size_t cap)
{
    /* EDK2's programs prefer option 67 (PxeBcParseDhcp4Packet, HttpBootDhcp4.c), all others the header. */
    bool option_first = a->http || (p && p->rules == PXK_RULES_EDK2);
    const char *first = option_first ? a->option67 : a->file;
    const char *second = option_first ? a->file : a->option67;
    (void)pxk_str_copy(file, cap, first[0] ? first : second); /* fits, or the caller wants less */
    return file;
}

/* Loaders put a slash before what DHCP named without one, or take it off. */
static bool same_path(const char *a, const char *b)
{
    a += strspn(a, "/");
    b += strspn(b, "/");
    return strcmp(a, b) == 0;
}

const struct pxk_transfer *pxk_session_transfer(const struct pxk_session *s, const char *name)
{
    for (size_t i = s->transfers.n; i-- > 0;)
        if (same_path(s->transfers.at[i].file, name))
            return &s->transfers.at[i];
    for (size_t i = s->transfers.n; i-- > 0;)
        if (strcmp(pxk_base_name(s->transfers.at[i].file), name) == 0)
            return &s->transfers.at[i];
    return NULL;
}

struct pxk_file *pxk_session_file(struct pxk_session *s, const char *url, const char *role)
{
    struct pxk_file *f;
    for (size_t i = 0; i < s->files.n; i++) { /* too long a url was cut: it is found by its start */
        f = &s->files.at[i];
        if (strncmp(f->url, url, sizeof f->url - 1) == 0 && strncmp(f->role, role, sizeof f->role - 1) == 0)
            return f;
    }
    f = s->files.n < PXK_FILES_MAX ? pxk_vec_push(&s->files) : NULL;
    if (!f)
        return NULL;
    (void)pxk_str_copy(f->url, sizeof f->url, url);
    (void)pxk_str_copy(f->role, sizeof f->role, role);
    f->transfer = -1;
    return f;
}

pxk_usec pxk_session_now(const struct pxk_session *s)
{
    return s->now ? *s->now : s->last;
}

bool pxk_session_quiet(const struct pxk_session *s, pxk_usec at)
{
    if (s->facts.finished)
        return true;
    /* iPXE rests 13 s between its lease and its first request, PXELINUX's longest usual wait is 14 s. */
    return pxk_usec_since(at, pxk_session_now(s)) > PXK_SILENCE;
}

/* Which answer's boot file counts: port 4011's, the proxy's, the ACK's (EDK2 PxeBcDhcp4BootInfo: PxeReply,
 * else ProxyOffer, else DhcpAck; iPXE's autoboot orders its settings alike), and before there is an ACK the
 * first offer's. */
static int boot_rank(const struct pxk_answer *a, bool acked)
{
    if (a->type == PXK_DHCP4_NAK)
        return 0;
    if (a->sport == PXK_PXE_PORT)
        return 4;
    if (a->proxy)
        return 3;
    if (a->type == PXK_DHCP4_ACK)
        return 2;
    return acked ? 0 : 1;
}

const struct pxk_answer *pxk_round_boot_answer(const struct pxk_round *r, char *file, size_t cap)
{
    const struct pxk_answer *best = NULL;
    int best_rank = 0;
    bool acked = pxk_round_lease(r) != NULL;
    for (unsigned i = 0; i < r->answer_n; i++) {
        int rank = boot_rank(&r->answer[i], acked);
        if (rank <= best_rank || !*pxk_answer_boot_file(&r->answer[i], r->persona, file, cap))
            continue;
        best_rank = rank;
        best = &r->answer[i];
    }
    file[0] = '\0';
    if (best)
        (void)pxk_answer_boot_file(best, r->persona, file, cap);
    return best;
}

const struct pxk_answer *pxk_round_lease(const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++) {
        const struct pxk_answer *a = &r->answer[i];
        if (a->type == PXK_DHCP4_ACK && a->sport != PXK_PXE_PORT && a->yiaddr)
            return a;
    }
    return NULL;
}
