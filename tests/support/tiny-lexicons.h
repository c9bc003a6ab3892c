/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lexicons of a few words, as files: for tests of reading that need no weights. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): the path of a new file, to be removed. */
char *tiny_lexicon_write_english (void);
char *tiny_lexicon_write_chinese (void);

G_END_DECLS
