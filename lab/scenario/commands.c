/* Commands that run in the network's hosts, and the timeline. */
#include <string.h>

#include "scn_int.h"

/* ---- commands ---- */

static const char *when_word(size_t i)
{
    static const char *const words[] = {
#define X(name, key) key,
        PXK_SCN_WHENS(X)
#undef X
    };
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static void stream_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_stream *s = self;
    s->lines_given = pxk_conf_given(c, &s->lines);
    s->line = pxk_conf_line(c, s);
    scn_regexes_check(c, &s->has, s->has.at, s->has.n);
    scn_regexes_check(c, &s->lacks, s->lacks.at, s->lacks.n);
}

#define STREAM(m) PXK_CONF_AT(struct pxk_scn_stream, m)
static const struct pxk_conf_key stream_keys[] = {
    {SCN_KEY("lines", INT), .min = 0, .max = INT32_MAX, STREAM(lines), .doc = "at most so many; 0: nothing"},
    {SCN_KEY("has", STRING), SCN_REGEXES, PXK_CONF_LIST_AT(struct pxk_scn_stream, has), .doc = "regular expressions that fit"},
    {SCN_KEY("lacks", STRING), SCN_REGEXES, PXK_CONF_LIST_AT(struct pxk_scn_stream, lacks), .doc = "regular expressions that do not"},
    {0}};
static const struct pxk_conf_table stream_table = {"stream", "what a command writes to one of its two streams",
                                                   sizeof(struct pxk_scn_stream), stream_keys, stream_check};

/* Both streams in one file, or each in one of its own. */
static void streams_check(struct pxk_conf *c, const struct pxk_scn_command *k)
{
    bool apart = pxk_conf_written(c, &k->out) || pxk_conf_written(c, &k->err);
    const void *const mixed[] = {&k->has, &k->lacks};
    for (size_t i = 0; i < PXK_COUNT(mixed); i++)
        if (apart && pxk_conf_written(c, mixed[i]))
            pxk_conf_error(c, mixed[i], "%s is about both streams, expected it inside of stdout or stderr", i ? "lacks" : "has");
}

static void command_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_command *k = self;
    scn_name_check(c, &k->name);
    k->any_exit = pxk_conf_instead(c, &k->exit);
    k->line = pxk_conf_line(c, k);
    k->has_line = pxk_conf_line(c, &k->has);
    k->lacks_line = pxk_conf_line(c, &k->lacks);
    scn_regex_check(c, &k->ready);
    scn_regexes_check(c, &k->has, k->has.at, k->has.n);
    scn_regexes_check(c, &k->lacks, k->lacks.at, k->lacks.n);
    streams_check(c, k);
    if (k->ready && !k->background)
        pxk_conf_error(c, &k->ready, "ready is awaited of a command in the background, expected \"background: true\"");
    if (k->background && pxk_conf_given(c, &k->exit))
        pxk_conf_error(c, &k->exit, "a command in the background is ended with the case, it has no exit status");
}

#define COMMAND(m) PXK_CONF_AT(struct pxk_scn_command, m)
static const struct pxk_conf_key command_keys[] = {
    {SCN_KEY("name", STRING), .max = PXK_SCN_NAME_MAX, COMMAND(name), .doc = "default: command-1 ..."},
    {SCN_KEY("run", STRING), .required = true, .max = 16384, COMMAND(run),
     .doc = "for /bin/sh -c; $PXEKIT is this program, $INTERFACE the host's port, $ROOT the boot tree, $WORK a folder"},
    {SCN_KEY("on", STRING), .max = PXK_SCN_NAME_MAX, .def = "clients", COMMAND(on), .doc = "host"},
    {SCN_KEY("when", ENUM), .word = when_word, .def = "before", COMMAND(when), .doc = "the clients start, beside, or after them"},
    {SCN_KEY("background", BOOL), .def = "false", COMMAND(background), .doc = "not waited for; ended with the case"},
    {SCN_KEY("ready", STRING), SCN_REGEXES, COMMAND(ready), .doc = "background: a regular expression in its output that is awaited"},
    {SCN_KEY("limit", DURATION), .min = 1000, .max = (int64_t)(3600 * PXK_SEC), .def = "20s", COMMAND(limit), .doc = "then it is ended, and has failed"},
    {SCN_KEY("exit", INT), .min = 0, .max = 255, .instead = "any", COMMAND(exit), .doc = "expected status; default 0"},
    {SCN_KEY("has", STRING), SCN_REGEXES, PXK_CONF_LIST_AT(struct pxk_scn_command, has),
     .doc = "regular expressions that fit its output"},
    {SCN_KEY("lacks", STRING), SCN_REGEXES, PXK_CONF_LIST_AT(struct pxk_scn_command, lacks),
     .doc = "regular expressions that do not"},
    {SCN_KEY("stdout", STRUCT), .sub = &stream_table, PXK_CONF_PTR_AT(struct pxk_scn_command, out),
     .doc = "in place of has and lacks: its streams apart"},
    {SCN_KEY("stderr", STRUCT), .sub = &stream_table, PXK_CONF_PTR_AT(struct pxk_scn_command, err), .doc = "as stdout"},
    {0}};
const struct pxk_conf_table scn_command_table = {"command", "a program that runs in a host of the network",
                                                 sizeof(struct pxk_scn_command), command_keys, command_check};

void scn_commands_fill(struct pxk_conf *c, struct pxk_scenario *s)
{
    if (!scn_at_most(c, &s->commands, s->commands.n, SCN_COMMANDS_MAX, "commands"))
        return;
    for (size_t i = 0; i < s->commands.n; i++) {
        struct pxk_scn_command *k = &s->commands.at[i];
        (void)scn_need_host(c, s, &k->on); /* told */
        if (!k->name && !pxk_conf_written(c, &k->name))
            scn_set(c, &k->name, "command-%zu", i + 1);
        for (size_t j = 0; j < i && k->name; j++)
            if (s->commands.at[j].name && strcmp(s->commands.at[j].name, k->name) == 0)
                pxk_conf_error(c, &k->name, "two commands have the name %s", k->name);
    }
}

/* ---- timeline ---- */

static const char *do_word(size_t i)
{
    static const char *const words[] = {
#define X(name, key) key,
        PXK_SCN_DOS(X)
#undef X
    };
    return i < PXK_COUNT(words) ? words[i] : NULL;
}

static bool does_server(int action)
{
    return action <= PXK_SCN_DO_RESUME;
}

static bool does_port(int action)
{
    return action == PXK_SCN_DO_CUT || action == PXK_SCN_DO_JOIN || action == PXK_SCN_DO_CABLE;
}

static void when_check(struct pxk_conf *c, struct pxk_scn_event *e)
{
    const struct {
        const void *field;
        const char *key;
    } by_event[] = {{&e->client, "client"}, {&e->file, "file"}, {&e->blocks, "blocks"}, {&e->count, "count"},
                    {&e->after, "after"}};
    bool on = pxk_conf_written(c, &e->on);
    e->at_given = pxk_conf_given(c, &e->at);
    if (on == pxk_conf_written(c, &e->at))
        pxk_conf_error(c, on ? (const void *)&e->at : e, "%s, expected either a time (at) or an event (on)",
                       on ? "at beside on" : "the event has neither at nor on");
    for (size_t i = 0; !on && i < PXK_COUNT(by_event); i++)
        if (pxk_conf_written(c, by_event[i].field))
            pxk_conf_error(c, by_event[i].field, "%s is of no use without on", by_event[i].key);
    bool given = pxk_conf_given(c, &e->on);
    if (given && e->file && !pxk_str_starts(pxk_event_key((enum pxk_event_kind)e->on), "tftp."))
        pxk_conf_error(c, &e->file, "only events of TFTP are about a file, not %s",
                       pxk_event_key((enum pxk_event_kind)e->on));
    if (given && pxk_conf_written(c, &e->blocks) && e->on != PXK_EVENT_TFTP_DATA)
        pxk_conf_error(c, &e->blocks, "blocks are counted of tftp.data only");
    if (given && pxk_conf_written(c, &e->blocks) && pxk_conf_written(c, &e->count))
        pxk_conf_error(c, &e->count, "count beside blocks, expected one of them");
    if (!given)
        e->on = -1;
}

static void action_check(struct pxk_conf *c, const struct pxk_scn_event *e)
{
    const char *word = do_word((size_t)e->action);
    if (!does_server(e->action) && pxk_conf_written(c, &e->server))
        pxk_conf_error(c, &e->server, "server is of no use with \"do: %s\"", word);
    if (!does_port(e->action) && pxk_conf_written(c, &e->port))
        pxk_conf_error(c, &e->port, "port is of no use with \"do: %s\"", word);
    if (e->action != PXK_SCN_DO_CABLE && pxk_conf_written(c, &e->cable))
        pxk_conf_error(c, &e->cable, "cable is of no use with \"do: %s\"", word);
    if (e->action != PXK_SCN_DO_FILES && pxk_conf_written(c, &e->files))
        pxk_conf_error(c, &e->files, "files is of no use with \"do: %s\"", word);
    if (does_port(e->action) && !pxk_conf_written(c, &e->port))
        pxk_conf_error(c, &e->action, "\"do: %s\" needs \"port\": which cable", word);
    if (e->action == PXK_SCN_DO_CABLE && !pxk_conf_written(c, &e->cable))
        pxk_conf_error(c, &e->action, "\"do: cable\" needs \"cable\": what it does from now on");
    if (e->action == PXK_SCN_DO_FILES && !e->files.n && (!pxk_conf_written(c, &e->files) || pxk_conf_given(c, &e->files)))
        pxk_conf_error(c, &e->action, "\"do: files\" needs \"files\": a list of changes");
}

static void event_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_event *e = self;
    e->line = pxk_conf_line(c, e);
    when_check(c, e);
    if (pxk_conf_given(c, &e->action))
        action_check(c, e);
    (void)scn_at_most(c, &e->files, e->files.n, SCN_EXPECTS_MAX, "changes"); /* told */
}

#define EVENT(m) PXK_CONF_AT(struct pxk_scn_event, m)
static const struct pxk_conf_key event_keys[] = {
    {SCN_KEY("at", DURATION), EVENT(at), .doc = "after the clients' beginning"},
    {SCN_KEY("on", READ), .read = scn_read_event, .word = scn_event_word, .noun = "an event such as tftp.data", EVENT(on),
     .doc = "what it waits for, in place of at"},
    {SCN_KEY("client", STRING), .max = PXK_SCN_NAME_MAX, EVENT(client), .doc = "whose event; default: any"},
    {SCN_KEY("file", STRING), .max = 255, EVENT(file), .doc = "tftp: the transfer's file, or its end; default: any"},
    {SCN_KEY("blocks", INT), .min = 1, .max = UINT32_MAX, .def = "1", EVENT(blocks),
     .doc = "tftp.data: once so many blocks have arrived"},
    {SCN_KEY("count", INT), .min = 1, .max = UINT32_MAX, .def = "1", EVENT(count), .doc = "the Nth time"},
    {SCN_KEY("after", DURATION), EVENT(after), .doc = "and then so much later"},
    {SCN_KEY("do", ENUM), .required = true, .word = do_word, EVENT(action),
     .doc = "to a server: stop (SIGTERM), kill, start, restart, pause, resume; to a cable: cut, join, cable; files; end the case"},
    {SCN_KEY("server", STRING), .max = PXK_SCN_NAME_MAX, EVENT(server), .doc = "stop to resume; default: the only one"},
    {SCN_KEY("port", STRING), .max = 2 * PXK_SCN_NAME_MAX + 1, EVENT(port), .doc = "cut, join, cable"},
    {SCN_KEY("cable", STRUCT), .sub = &scn_cable_change_table, PXK_CONF_PTR_AT(struct pxk_scn_event, cable),
     .doc = "do: cable"},
    {SCN_KEY("files", STRUCT), .sub = &scn_change_table, PXK_CONF_LIST_AT(struct pxk_scn_event, files),
     .doc = "do: files; changes of the boot tree"},
    {0}};
const struct pxk_conf_table scn_event_table = {"event", "something that happens while the clients boot",
                                               sizeof(struct pxk_scn_event), event_keys, event_check};

static void event_server_fill(struct pxk_conf *c, const struct pxk_scenario *s, struct pxk_scn_event *e)
{
    if (!pxk_conf_given(c, &e->action) || !does_server(e->action) || !scn_need_server(c, s, &e->server))
        return;
    if (!e->server && s->servers.n == 1)
        e->server = scn_copy(c, s->servers.at[0].name);
    else if (!e->server && !pxk_conf_written(c, &e->server) && !s->servers.n)
        pxk_conf_error(c, &e->action, "there is no server to %s", do_word((size_t)e->action));
    else if (!e->server && !pxk_conf_written(c, &e->server))
        pxk_conf_error(c, &e->action, "\"do: %s\" needs \"server\": there are %zu", do_word((size_t)e->action),
                       s->servers.n);
    for (size_t i = 0; e->server && i < s->servers.n; i++)
        if (s->servers.at[i].name && strcmp(s->servers.at[i].name, e->server) == 0 &&
            scn_runs(&s->servers.at[i], "external"))
            pxk_conf_error(c, &e->action, "%s is external, it cannot be told to %s", e->server,
                           do_word((size_t)e->action));
}

/* Who waits must be told to start. */
static void waits_check(struct pxk_conf *c, const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->servers.n; i++) {
        const struct pxk_scn_server *v = &s->servers.at[i];
        bool started = !v->waits || !v->name;
        for (size_t j = 0; j < s->timeline.n && !started; j++) {
            const struct pxk_scn_event *e = &s->timeline.at[j];
            started = e->server && strcmp(e->server, v->name) == 0 &&
                      (e->action == PXK_SCN_DO_START || e->action == PXK_SCN_DO_RESTART);
        }
        if (!started)
            pxk_conf_error(c, &v->waits, "%s waits, but nothing in the timeline starts it", v->name);
    }
}

void scn_timeline_fill(struct pxk_conf *c, struct pxk_scenario *s)
{
    if (!scn_at_most(c, &s->timeline, s->timeline.n, SCN_EVENTS_MAX, "events"))
        return;
    for (size_t i = 0; i < s->timeline.n; i++) {
        struct pxk_scn_event *e = &s->timeline.at[i];
        (void)scn_need_client(c, s, &e->client); /* told */
        (void)scn_need_port(c, s, &e->port);
        event_server_fill(c, s, e);
        if (!s->clients.n && e->on >= 0)
            pxk_conf_error(c, &e->on, "there are no clients, so this event does not happen");
    }
    waits_check(c, s);
}
