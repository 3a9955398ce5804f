/* GRUB's script language to instructions. Sources: GRUB grub-core/script/yylex.l, parser.y, the
 * manual's "Writing full configuration files directly". A command with a syntax error is left out
 * and reading goes on in the next line, as GRUB does when it reads a file. */
#include <stdlib.h>

#include "grub_loader.h"

#define LOOPS_MAX 16
#define DEPTH_MAX 40
#define INSNS_MAX 200000u

enum token { T_END, T_LINE, T_OPEN, T_CLOSE, T_WORD, T_BAD };

struct loop {
    unsigned again;  /* instruction that `continue` jumps to */
    unsigned breaks; /* last of a chain of jumps to mend, linked through a; UINT_MAX ends it */
};

struct parser {
    struct gl_script *s;
    size_t at;
    unsigned line, depth;
    struct loop loop[LOOPS_MAX];
    unsigned loops;
    unsigned fors; /* `for` loops around this place, within its body */
    bool error;
};

static char peek(const struct parser *p)
{
    if (p->at >= p->s->len)
        return '\0';
    return p->s->text[p->at];
}

static void step(struct parser *p)
{
    if (p->at < p->s->len)
        p->line += p->s->text[p->at++] == '\n';
}

static void blanks(struct parser *p)
{
    for (;; step(p)) {
        char c = peek(p);
        bool joined = c == '\\' && p->at + 1 < p->s->len && p->s->text[p->at + 1] == '\n';
        if (joined)
            step(p);
        else if (c != ' ' && c != '\t')
            break;
    }
    if (peek(p) == '#')
        while (p->at < p->s->len && peek(p) != '\n')
            step(p);
}

static enum token token(struct parser *p)
{
    blanks(p);
    if (p->at >= p->s->len)
        return T_END;
    switch (peek(p)) {
    case '\n':
    case ';':
        return T_LINE;
    case '{':
        return T_OPEN;
    case '}':
        return T_CLOSE;
    case '|':
    case '&':
    case '<':
    case '>':
        return T_BAD;
    default:
        return T_WORD;
    }
}

static void separators(struct parser *p)
{
    while (token(p) == T_LINE)
        step(p);
}

static void until(struct parser *p, char quote)
{
    step(p);
    while (p->at < p->s->len && peek(p) != quote) {
        if (peek(p) == '\\' && quote == '"')
            step(p);
        step(p);
    }
    p->error |= p->at >= p->s->len;
    step(p);
}

static void word_scan(struct parser *p)
{
    while (p->at < p->s->len && !strchr(" \t\n;{}|&<>", peek(p))) {
        char c = peek(p);
        if (c == '\'' || c == '"') {
            until(p, c);
        } else if (c == '\\') {
            step(p);
            step(p);
        } else if (c == '$' && p->at + 1 < p->s->len && p->s->text[p->at + 1] == '{') {
            until(p, '}');
        } else {
            step(p);
        }
    }
}

static struct gl_word word_take(struct parser *p)
{
    size_t from = p->at;
    word_scan(p);
    if (p->at == from)
        step(p); /* a NUL byte: strchr() above finds it too */
    return (struct gl_word){from, p->at - from};
}

static bool word_is(const struct parser *p, struct gl_word w, const char *text)
{
    return w.len == strlen(text) && memcmp(p->s->text + w.off, text, w.len) == 0;
}

static unsigned here(const struct parser *p)
{
    return (unsigned)p->s->insn.n;
}

static unsigned emit(struct parser *p, enum gl_op op)
{
    struct gl_insn *i = p->s->insn.n < INSNS_MAX ? pxk_vec_push(&p->s->insn) : NULL;
    if (!i) {
        p->error = true;
        return 0;
    }
    *i = (struct gl_insn){.op = op,
                          .line = p->line,
                          .word = (unsigned)p->s->word.n,
                          .b = op == GL_CMD || op == GL_FUNCTION ? 0 : p->fors};
    return here(p) - 1;
}

static void target(struct parser *p, unsigned insn, unsigned to)
{
    if (!p->error)
        p->s->insn.at[insn].a = to;
}

static void word_add(struct parser *p, unsigned insn, struct gl_word w)
{
    struct gl_word *slot = pxk_vec_push(&p->s->word);
    if (!slot || p->error) {
        p->error = true;
        return;
    }
    *slot = w;
    p->s->insn.at[insn].words++;
}

static struct gl_word list(struct parser *p, bool block);

/* The reserved word @text must come next, behind any separators. */
static void expect(struct parser *p, struct gl_word got, const char *text)
{
    p->error |= !got.len || !word_is(p, got, text);
}

static void body(struct parser *p, unsigned insn)
{
    unsigned loops = p->loops, fors = p->fors;
    p->loops = p->fors = 0; /* `break` does not reach out of a menu entry or function */
    step(p);                /* the brace */
    target(p, insn, here(p));
    list(p, true);
    p->error |= token(p) != T_CLOSE;
    step(p);
    emit(p, GL_RETURN);
    if (!p->error)
        p->s->insn.at[insn].b = here(p);
    p->loops = loops;
    p->fors = fors;
}

static void parse_if(struct parser *p)
{
    unsigned ends = UINT32_MAX;
    struct gl_word w;
    do {
        w = list(p, false);
        expect(p, w, "then");
        unsigned skip = emit(p, GL_JUMP_FALSE);
        w = list(p, false);
        unsigned end = emit(p, GL_JUMP);
        target(p, end, ends);
        ends = end;
        target(p, skip, here(p));
    } while (!p->error && word_is(p, w, "elif"));
    if (!p->error && word_is(p, w, "else"))
        w = list(p, false);
    expect(p, w, "fi");
    while (!p->error && ends != UINT32_MAX) {
        unsigned next = p->s->insn.at[ends].a;
        target(p, ends, here(p));
        ends = next;
    }
}

static struct loop *loop_open(struct parser *p, unsigned again)
{
    if (p->loops >= LOOPS_MAX) {
        p->error = true;
        return NULL;
    }
    p->loop[p->loops] = (struct loop){again, UINT32_MAX};
    return &p->loop[p->loops++];
}

static void loop_close(struct parser *p, unsigned exit_jump)
{
    struct loop *loop = &p->loop[p->loops - 1];
    expect(p, list(p, false), "done");
    target(p, emit(p, GL_JUMP), loop->again);
    target(p, exit_jump, here(p));
    for (unsigned b = loop->breaks; !p->error && b != UINT32_MAX;) {
        unsigned next = p->s->insn.at[b].a;
        target(p, b, here(p));
        b = next;
    }
    p->loops--;
}

static void parse_while(struct parser *p, enum gl_op leave)
{
    if (!loop_open(p, here(p)))
        return;
    expect(p, list(p, false), "do");
    loop_close(p, emit(p, leave));
}

static void parse_for(struct parser *p)
{
    unsigned init = emit(p, GL_FOR);
    if (token(p) != T_WORD) {
        p->error = true;
        return;
    }
    word_add(p, init, word_take(p));
    p->error |= token(p) != T_WORD || !word_is(p, word_take(p), "in");
    while (!p->error && token(p) == T_WORD)
        word_add(p, init, word_take(p));
    separators(p);
    p->error |= token(p) != T_WORD || !word_is(p, word_take(p), "do");
    if (!loop_open(p, here(p)))
        return;
    unsigned next = emit(p, GL_NEXT);
    p->fors++;
    loop_close(p, next);
    p->fors--;
    emit(p, GL_POP);
}

static void parse_function(struct parser *p)
{
    unsigned insn = emit(p, GL_FUNCTION);
    if (token(p) == T_WORD)
        word_add(p, insn, word_take(p));
    separators(p);
    p->error |= token(p) != T_OPEN;
    if (!p->error)
        body(p, insn);
}

static void jump_out(struct parser *p, bool leave)
{
    unsigned levels = 1;
    if (token(p) == T_WORD) {
        struct gl_word w = word_take(p);
        char digits[8];
        pxk_str_copy_n(digits, sizeof digits, p->s->text + w.off, w.len);
        levels = (unsigned)strtoul(digits, NULL, 10);
    }
    if (!levels || levels > p->loops)
        levels = levels ? p->loops : 1;
    if (!p->loops)
        return;
    struct loop *loop = &p->loop[p->loops - levels];
    unsigned jump = emit(p, GL_JUMP);
    target(p, jump, leave ? loop->breaks : loop->again);
    if (leave)
        loop->breaks = jump;
}

static void parse_simple(struct parser *p, struct gl_word first)
{
    if (word_is(p, first, "break") || word_is(p, first, "continue")) {
        jump_out(p, word_is(p, first, "break"));
        return;
    }
    unsigned insn = emit(p, GL_CMD);
    word_add(p, insn, first);
    for (;;) {
        switch (token(p)) {
        case T_WORD:
            word_add(p, insn, word_take(p));
            if (!p->error)
                continue;
            return;
        case T_OPEN:
            body(p, insn);
            return;
        case T_BAD:
            p->error = true;
            return;
        case T_END:
        case T_LINE:
        case T_CLOSE:
            return;
        }
    }
}

static bool is_closer(const struct parser *p, struct gl_word w)
{
    static const char *const word[] = {"then", "elif", "else", "fi", "do", "done"};
    for (size_t i = 0; i < PXK_COUNT(word); i++)
        if (word_is(p, w, word[i]))
            return true;
    return false;
}

static void command(struct parser *p, struct gl_word w)
{
    if (word_is(p, w, "if"))
        parse_if(p);
    else if (word_is(p, w, "while"))
        parse_while(p, GL_JUMP_FALSE);
    else if (word_is(p, w, "until"))
        parse_while(p, GL_JUMP_TRUE);
    else if (word_is(p, w, "for"))
        parse_for(p);
    else if (word_is(p, w, "function"))
        parse_function(p);
    else
        parse_simple(p, w);
    enum token end = token(p);
    p->error |= end != T_END && end != T_LINE && end != T_CLOSE;
}

/* Commands up to a word that closes what is around them, which is returned; in a @block up to its
 * brace. */
static struct gl_word list(struct parser *p, bool block)
{
    struct gl_word none = {0, 0};
    p->error |= ++p->depth > DEPTH_MAX;
    while (!p->error) {
        separators(p);
        enum token t = token(p);
        if (t == T_CLOSE && block)
            break;
        if (t != T_WORD) {
            p->error = true;
            break;
        }
        struct gl_word w = word_take(p);
        if (is_closer(p, w)) {
            p->error |= block;
            p->depth--;
            return w;
        }
        command(p, w);
    }
    p->depth--;
    return none;
}

static void top(struct parser *p)
{
    while (separators(p), token(p) != T_END) {
        size_t insns = p->s->insn.n, words = p->s->word.n;
        unsigned line = p->line;
        p->error = false;
        p->depth = p->loops = p->fors = 0;
        if (token(p) == T_WORD) {
            struct gl_word w = word_take(p);
            p->error |= is_closer(p, w);
            if (!p->error)
                command(p, w);
        } else {
            p->error = true;
        }
        if (p->error || token(p) == T_CLOSE) {
            p->s->insn.n = insns;
            p->s->word.n = words;
            if (!p->s->bad_line)
                p->s->bad_line = line;
            while (p->at < p->s->len && peek(p) != '\n')
                step(p);
        }
    }
}

struct gl_script *pxk_gl_compile(const char *name, const void *text, size_t len)
{
    struct gl_script *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->name = strdup(name);
    s->text = malloc(len + 1);
    if (!s->name || !s->text) {
        pxk_gl_script_free(s);
        return NULL;
    }
    /* grub_file_getline() drops carriage returns wherever they are. */
    const char *from = text;
    for (size_t i = 0; i < len; i++)
        if (from[i] != '\r')
            s->text[s->len++] = from[i];
    struct parser p = {.s = s, .line = 1};
    top(&p);
    return s;
}

void pxk_gl_script_free(struct gl_script *s)
{
    if (!s)
        return;
    free(s->name);
    free(s->text);
    pxk_vec_done(&s->insn);
    pxk_vec_done(&s->word);
    free(s);
}
