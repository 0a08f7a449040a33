/*
 * key: what `psirtctl key` does with the service's own keys, as its user.
 *
 * Each is given the words from its name on, and returns an exit status, or -1:
 * the usage is to be printed.
 */
#ifndef CTL_KEY_H
#define CTL_KEY_H

#include "base/conf.h"

int key_import(const struct conf *c, int argc, char **argv);

#endif
