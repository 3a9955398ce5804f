/* Results made by hand: one of each kind, and one whose every text is as bad as text can be. */
#ifndef RESULTS_H
#define RESULTS_H

#include <jansson.h>

json_t *results_usual(void);
/** A failed one: markup, quotes, control characters, direction marks, long words in every text. */
json_t *result_nasty(void);
json_t *results_all(void);

/** Folder that vanishes with rig_done(); and a shell command over a file in it. */
const char *temp_folder(void);
void temp_done(void);
void temp_write(const char *name, const char *text, size_t n);
/** Exit status of "cd FOLDER && command", output discarded; 127: not installed. */
int temp_shell(const char *command);

#endif
