/* Expectations over events: in this order, never. "tftp.request linux" is the key of an event and a
 * part of its text. */
#include <string.h>

#include "judge_int.h"

struct wanted {
    const char *client; /* name; NULL: any */
    size_t client_len;
    const char *key;
    size_t key_len;
    const char *text;
};

static const char *word_end(const char *s, size_t *len)
{
    *len = strcspn(s, " \t");
    return s + *len + strspn(s + *len, " \t");
}

static struct wanted wanted_of(const char *s, const struct subject *client)
{
    struct wanted w = {0};
    if (client) {
        w.client = client->name;
        w.client_len = strlen(client->name);
    } else {
        w.client = s;
        s = word_end(s, &w.client_len);
    }
    w.key = s;
    w.text = word_end(s, &w.key_len);
    return w;
}

static bool equals(const char *word, size_t len, const char *s)
{
    return strlen(s) == len && memcmp(word, s, len) == 0;
}

static bool fits(const struct judge *j, const json_t *event, const struct wanted *w)
{
    const char *who = text_of(event, "client");
    return equals(w->key, w->key_len, text_of(event, "event")) &&
           (equals(w->client, w->client_len, who) ||
            equals(w->client, w->client_len, name_of_mac(j, who))) &&
           strstr(text_of(event, "text"), w->text) != NULL;
}

/* Index of the first one from @from on that fits, or the number of events. */
static size_t find(const struct judge *j, const json_t *events, size_t from, const struct wanted *w)
{
    size_t n = json_array_size(events);
    while (from < n && !fits(j, json_array_get(events, from), w))
        from++;
    return from;
}

static void say_where(const json_t *event, struct pxk_text *out)
{
    json_int_t frame = number_of(event, "frame");
    if (frame > 0)
        pxk_text_addf(out, " (frame %lld)", (long long)frame);
}

/* The @i-th of @want is not among the events from @next on. */
static void say_gap(const struct judge *j, const struct subject *client, char *const *want,
                    size_t i, size_t next, struct check *c)
{
    const json_t *events = json_object_get(j->seen, "events");
    struct wanted w = wanted_of(want[i], client);
    size_t early = find(j, events, 0, &w);
    pxk_text_addf(&c->seen, "no \"%s\"", want[i]);
    if (i) {
        const json_t *last = json_array_get(events, next - 1);
        pxk_text_addf(&c->seen, " after \"%s\"", want[i - 1]);
        say_where(last, &c->seen);
        c->frame = number_of(last, "frame");
    }
    if (early < json_array_size(events)) {
        pxk_text_add(&c->seen, ", only before");
        say_where(json_array_get(events, early), &c->seen);
    }
}

void judge_sequence(struct judge *j, const char *what, const struct subject *client,
                    char *const *want, size_t n, unsigned line)
{
    const json_t *events = json_object_get(j->seen, "events");
    size_t next = 0, there = json_array_size(events), i = 0;
    struct check c;
    check_begin(&c, line, "%s", what);
    for (size_t k = 0; k < n; k++)
        list_add(&c.expected, ", then ", want[k]);
    for (; i < n; i++) {
        struct wanted w = wanted_of(want[i], client);
        size_t at = find(j, events, next, &w);
        if (at == there) {
            say_gap(j, client, want, i, next, &c);
            break;
        }
        next = at + 1;
    }
    if (i == n)
        pxk_text_add(&c.seen, "in this order");
    check_end(j, &c, i == n);
}

/* That something never happened is proven only by a client that was there, and by events that are all kept. */
static bool is_proof(const struct judge *j, const struct subject *client, struct pxk_text *why_not)
{
    json_int_t left_out = number_of(j->seen, "events_left_out");
    if (!*client->mac)
        pxk_text_add(why_not, "nothing was seen of this client");
    else if (left_out)
        pxk_text_addf(why_not, "none, but %lld events at the end were too many to be kept", (long long)left_out);
    else
        return true;
    return false;
}

void judge_never(struct judge *j, const struct subject *client, const char *want, unsigned line)
{
    const json_t *events = json_object_get(j->seen, "events");
    struct wanted w = wanted_of(want, client);
    size_t at = find(j, events, 0, &w);
    const json_t *event = json_array_get(events, at);
    struct check c;
    check_begin(&c, line, "%s: never", client->name);
    pxk_text_addf(&c.expected, "no \"%s\"", want);
    if (event) {
        pxk_text_addf(&c.seen, "%s %s", text_of(event, "event"), text_of(event, "text"));
        say_where(event, &c.seen);
        c.frame = number_of(event, "frame");
    }
    bool never = !event && is_proof(j, client, &c.seen);
    if (never)
        pxk_text_add(&c.seen, "none");
    check_end(j, &c, never);
}
