/* Words and choices that several views share. */
#include <string.h>

#include "report_int.h"

const char *bytes_words(uint64_t n, char *out, size_t cap)
{
    struct pxk_str b = pxk_str_init(out, cap);
    pxk_str_add_bytes(&b, n);
    return out;
}

const char *time_words(pxk_usec t, char *out, size_t cap)
{
    struct pxk_str b = pxk_str_init(out, cap);
    pxk_str_add_duration(&b, t);
    return out;
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static const struct pxk_persona *recognised(const struct pxk_session *s)
{
    const struct pxk_round *r = pxk_session_firmware_round(s);
    return r ? r->persona : NULL;
}

const char *firmware_name(const struct pxk_session *s)
{
    const struct pxk_persona *p = recognised(s);
    return *s->facts.name ? s->facts.name : p ? p->name : "";
}

const char *firmware_key(const struct pxk_session *s)
{
    const struct pxk_persona *p = recognised(s);
    return *s->facts.persona ? s->facts.persona : p ? p->key : "";
}

const char *transfer_state_key(enum pxk_transfer_state s)
{
    switch (s) {
    case PXK_TRANSFER_ASKED:
        return "unanswered";
    case PXK_TRANSFER_RUNNING:
        return "unfinished";
    case PXK_TRANSFER_DONE:
        return "complete";
    case PXK_TRANSFER_REFUSED:
        return "refused";
    case PXK_TRANSFER_ABORTED:
        return "aborted";
    }
    return "";
}

const char *http_state_key(const struct pxk_http *h)
{
    return !h->status        ? "unanswered"
           : h->status < 300 ? h->done ? "complete" : "unfinished"
           : h->status < 400 ? "redirected"
                             : "refused";
}

static bool same_folder(const char *a, const char *b)
{
    size_t n = (size_t)(path_base(a) - a);
    return n && n == (size_t)(path_base(b) - b) && strncmp(a, b, n) == 0;
}

bool transfer_is_search(const struct pxk_session *s, size_t i)
{
    const struct pxk_transfer *t = &s->transfers.at[i];
    size_t k = i;
    if (t->state != PXK_TRANSFER_REFUSED)
        return false;
    while (k < s->transfers.n && s->transfers.at[k].state == PXK_TRANSFER_REFUSED && same_folder(s->transfers.at[k].file, t->file))
        k++;
    return k < s->transfers.n && s->transfers.at[k].state == PXK_TRANSFER_DONE && same_folder(s->transfers.at[k].file, t->file);
}
