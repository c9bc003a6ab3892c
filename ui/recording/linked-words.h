/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Words of which each is a link, as one stop of the Tab key: a GtkLabel alone would stop at each of
 * them, and the way out of a transcript would be as long as what was said. Left and Right go from
 * word to word, Return follows the link. One thread, that of GTK. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_LINKED_WORDS (hs_linked_words_get_type ())
G_DECLARE_FINAL_TYPE (HsLinkedWords, hs_linked_words, HS, LINKED_WORDS, GtkWidget)

GtkWidget *hs_linked_words_new (void);
/* (transfer none) */
GtkLabel *hs_linked_words_get_label (HsLinkedWords *self);

G_END_DECLS
