/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The first words of a text come sooner if they are few: where a long first sentence may be cut, so
 * that its beginning is heard while the rest is made.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes of the first words of a sentence that may stand alone: up to a comma or the like, else up
 * to a word as "because". 0: nowhere, or the sentence is short itself. */
size_t app_first_words_find (const char *sentence);
/* The same in the pieces of a text, of AudioReadingSpan: the first may become two. */
void app_first_words_cut (const char *text, GArray *spans);

G_END_DECLS
