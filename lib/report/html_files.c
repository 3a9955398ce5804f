/* What a client downloaded: TFTP transfers and HTTP requests as the wire had them, with what an emulated client knows of the
 * file's content beside. */
#include <string.h>

#include "html_int.h"

enum { FILES_MAX = 300 };

static const char *state_class(const char *state)
{
    return strcmp(state, "complete") == 0                                         ? "ok"
           : strcmp(state, "redirected") == 0 || strcmp(state, "unfinished") == 0 ? "dim"
                                                                                  : "bad";
}

static void state(const char *key, bool harmless, struct pxk_text *out)
{
    pxk_text_addf(out, "<td class=\"%s\">%s</td>", harmless ? "dim" : state_class(key), key);
}

static void size(uint64_t bytes, struct pxk_text *out)
{
    char words[24];
    if (bytes)
        pxk_text_addf(out, "<td class=\"n\" title=\"%llu bytes\">%s</td>", (unsigned long long)bytes,
                      bytes_words(bytes, words, sizeof words));
    else
        html_cell_num(out, 0);
}

static void took(pxk_usec t, uint64_t bytes, struct pxk_text *out)
{
    char words[24];
    html_put(out, "<td class=\"n\">", t ? time_words(t, words, sizeof words) : "-", "</td>");
    if (t >= PXK_MSEC && bytes) /* less says nothing about speed */
        html_put(out, "<td class=\"n\">", bytes_words(bytes * PXK_SEC / t, words, sizeof words), "/s</td>");
    else
        html_cell_num(out, 0);
}

/* What the emulated client found in the file of this transfer; NULL for others. */
static const struct pxk_file *file_of(const struct pxk_session *s, size_t transfer)
{
    for (size_t i = 0; i < s->files.n; i++)
        if (s->files.at[i].transfer >= 0 && (size_t)s->files.at[i].transfer == transfer)
            return &s->files.at[i];
    return NULL;
}

static bool is_of(const struct pxk_file *f, const struct pxk_http *h)
{
    return f->transfer < 0 && *h->path && pxk_str_starts(f->url, "http") && pxk_str_ends(f->url, h->path);
}

static const struct pxk_file *file_of_http(const struct pxk_session *s, const struct pxk_http *h)
{
    for (size_t i = 0; i < s->files.n; i++)
        if (is_of(&s->files.at[i], h))
            return &s->files.at[i];
    return NULL;
}

static bool is_shown(const struct pxk_session *s, const struct pxk_file *f)
{
    bool shown = f->transfer >= 0 && (size_t)f->transfer < s->transfers.n;
    for (size_t i = 0; i < s->https.n; i++)
        shown |= is_of(f, &s->https.at[i]);
    return shown;
}

static void content(const struct pxk_file *f, struct pxk_text *out)
{
    pxk_text_add(out, "<td>");
    if (f && (f->truncated || f->corrupt || f->wrong_arch))
        html_put(out, "<span class=\"bad\">", f->truncated ? "truncated" : f->corrupt ? "corrupt" : "for another machine", "</span> ");
    if (f) {
        html_add(out, *f->version ? f->version : f->kind_words);
        html_put_if(out, " <span class=\"dim\">", f->why, "</span>");
        if (*f->sha256)
            pxk_text_addf(out, " <span class=\"dim\" title=\"sha256 %s\">sha256 %.12s</span>", f->sha256, f->sha256);
    }
    pxk_text_add(out, "</td>");
}

/* An ERROR's number and message, or how often it was asked for in vain. */
static void said(const struct pxk_transfer *t, struct pxk_text *out)
{
    bool error = t->state == PXK_TRANSFER_REFUSED || t->state == PXK_TRANSFER_ABORTED;
    pxk_text_add(out, "<td>");
    if (error)
        pxk_text_addf(out, "%s: error %u ", t->state == PXK_TRANSFER_REFUSED ? "server" : "client", t->error);
    if (error)
        html_add(out, *t->message ? t->message : pxk_tftp_error_words(t->error));
    if (t->icmp)
        pxk_text_addf(out, "%sICMP unreachable", error ? "; " : "");
    if (t->requests > 1)
        pxk_text_addf(out, "%sasked %u times", error || t->icmp ? "; " : "", t->requests);
    pxk_text_add(out, "</td>");
}

static void transfer(const struct pxk_session *s, size_t i, struct pxk_text *out)
{
    const struct pxk_transfer *t = &s->transfers.at[i];
    const struct pxk_file *f = file_of(s, i);
    char ip[PXK_IP_STRLEN], words[48] = "";
    bool search = transfer_is_search(s, i);
    html_put(out, t->probe || search ? "<tr class=\"off\"><td>" : "<tr><td>", t->file, "");
    html_put(out, " <span class=\"dim\">", t->probe ? "(size only)" : f ? f->role : "", "</span></td>");
    html_put(out, "<td class=\"nw\">TFTP ", pxk_ip_text(t->server, ip), "</td>");
    if (t->probe)
        html_cell(out, "");
    else
        state(transfer_state_key(t->state), search, out);
    size(t->bytes ? t->bytes : t->tsize, out);
    took(pxk_usec_since(t->started, t->last), t->bytes, out);
    if (t->blksize)
        pxk_fmt(words, sizeof words, "%u x %u%s", t->blksize, t->window ? t->window : 1, t->oack ? "" : " (no options)");
    html_cell(out, words);
    uint64_t again = t->repeats > t->ack_repeats ? t->repeats : t->ack_repeats;
    if (again)
        pxk_text_addf(out, "<td class=\"n%s\">%llu</td>", again * 50 > t->blocks ? " warn" : "", (unsigned long long)again);
    else
        html_cell_num(out, 0);
    html_cell_num(out, t->first_frame);
    said(t, out);
    content(f, out);
    pxk_text_add(out, "</tr>\n");
}

static void http(const struct pxk_session *s, const struct pxk_http *h, struct pxk_text *out)
{
    const struct pxk_file *f = file_of_http(s, h);
    char ip[PXK_IP_STRLEN], words[24] = "";
    html_put(out, "<tr><td>", h->path, "");
    html_put(out, " <span class=\"dim\">", f ? f->role : "", "</span></td>");
    html_put(out, "<td class=\"nw\">HTTP ", pxk_ip_text(h->server, ip), "</td>");
    state(http_state_key(h), false, out);
    size(h->bytes ? h->bytes : h->length, out);
    took(h->bytes ? pxk_usec_since(h->at, h->last) : 0, h->bytes, out);
    pxk_text_add(out, "<td class=\"dim\">-</td><td class=\"n dim\">-</td>");
    html_cell_num(out, h->frame);
    if (h->status)
        pxk_fmt(words, sizeof words, " %u", h->status);
    html_put(out, "<td>", h->method, words);
    pxk_text_addf(out, "%s</td>", h->reset ? ", reset" : "");
    if (f)
        content(f, out);
    else
        html_cell(out, h->agent);
    pxk_text_add(out, "</tr>\n");
}

/* Files of an emulated client that came by no transfer that is kept. */
static void alone(const struct pxk_file *f, struct pxk_text *out)
{
    html_put(out, "<tr><td>", f->url, "");
    html_put(out, " <span class=\"dim\">", f->role, "</span></td><td></td>");
    if (f->optional && !f->have)
        pxk_text_add(out, "<td class=\"dim\">need not be</td>");
    else
        state(f->have ? "complete" : f->failed ? "failed" : "unfinished", false, out);
    size(f->bytes, out);
    took((pxk_usec)(f->seconds * 1e6), f->bytes, out);
    pxk_text_add(out, "<td class=\"dim\">-</td><td class=\"n dim\">-</td><td class=\"n dim\">-</td><td></td>");
    content(f, out);
    pxk_text_add(out, "</tr>\n");
}

void html_files(const struct pxk_session *s, struct pxk_text *out)
{
    size_t all = s->transfers.n + s->https.n, told = 0;
    if (!all && !s->files.n)
        return;
    pxk_text_add(out, "<h3>Downloads</h3>\n<div class=\"wide\"><table><tr><th>file</th><th>from</th><th>state</th><th class=\"n\">size</th>"
                      "<th class=\"n\">time</th><th class=\"n\">rate</th><th>blksize x window</th><th class=\"n\">repeats</th>"
                      "<th class=\"n\">frame</th><th>said</th><th>content</th></tr>\n");
    for (size_t i = 0; i < s->transfers.n && told < FILES_MAX; i++, told++)
        transfer(s, i, out);
    for (size_t i = 0; i < s->https.n && told < FILES_MAX; i++, told++)
        http(s, &s->https.at[i], out);
    for (size_t i = 0; i < s->files.n && told < FILES_MAX; i++)
        if (!is_shown(s, &s->files.at[i])) {
            alone(&s->files.at[i], out);
            told++;
        }
    pxk_text_add(out, "</table></div>\n");
    if (s->transfers_lost || s->https_lost)
        pxk_text_addf(out, "<p class=\"dim\">and %u more, over the bound of what is kept</p>\n", s->transfers_lost + s->https_lost);
}
