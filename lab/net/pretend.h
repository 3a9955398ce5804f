/* Servers that want to change their user, where only one user id exists. */
#ifndef PXK_LAB_PRETEND_H
#define PXK_LAB_PRETEND_H

/**
 * From now on, for this process and what it starts: set*uid, set*gid, setgroups and chown* answer success and do nothing
 * (a seccomp filter; no_new_privs comes with it). Returns 0 or a negative errno.
 */
int pxk_pretend_users(void);

#endif
