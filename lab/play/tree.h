/* The boot tree of a case, on disk: generated, copied, or used in place, and changed as the scenario says. */
#ifndef PXK_PLAY_TREE_H
#define PXK_PLAY_TREE_H

#include "pxk/base.h"
#include "pxk/scenario.h"

/**
 * Make the tree of @s. @root gets its absolute path: a folder below @work, or the original where nothing is to be changed.
 * @folder: of the scenario file, where relative paths start. PXK_E_NOTFOUND: the Debian tree is not installed (skip).
 */
PXK_MUST_USE enum pxk_err pxk_tree_make(const struct pxk_scenario *s, const char *folder, const char *work, char *root, size_t cap,
                                        char *why, size_t why_cap);
/** One change, below @root (never outside of it). */
PXK_MUST_USE enum pxk_err pxk_tree_change(const char *root, const struct pxk_scn_change *c, char *why, size_t why_cap);
/** The Debian installer's netboot tree of the highest release that is installed; NULL: none. */
const char *pxk_tree_debian(void);
/** Boot file of an architecture in a tree of this kind, "" if it has none. */
const char *pxk_tree_boot_file(const struct pxk_scn_files *files, uint16_t arch);

#endif
