/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A paragraph of a script: its text, the voice that speaks it, and, once it was spoken, its
 * sentences with what the check found.
 *
 * Signals: "changed" (): text or voice; what was shown of sentences is gone then. "split" (): an
 * empty line has come into the text. "leave" (int direction): the cursor wants out, -1 upwards, 1
 * downwards. "join" (): the beginning of the text is to be joined with the paragraph before.
 * "play-from" ().
 */

#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

#include "app/speech/paragraphs.h"

G_BEGIN_DECLS

#define HS_TYPE_PARAGRAPH_CARD (hs_paragraph_card_get_type ())
G_DECLARE_FINAL_TYPE (HsParagraphCard, hs_paragraph_card, HS, PARAGRAPH_CARD, GtkBox)

/* voices: of GtkStringObject, names that can be chosen besides the narrator. */
HsParagraphCard *hs_paragraph_card_new (const AppParagraph *paragraph, GListModel *voices);
AppParagraph *hs_paragraph_card_get (HsParagraphCard *card); /* (transfer full) */
void hs_paragraph_card_set_text (HsParagraphCard *card, const char *text);
gboolean hs_paragraph_card_is_empty (HsParagraphCard *card);
/* From 1, for screen readers. */
void hs_paragraph_card_set_place (HsParagraphCard *card, guint place, gboolean is_only);
/* offset: in characters from the beginning; below 0: from the end, -1 is behind the last. */
void hs_paragraph_card_focus (HsParagraphCard *card, int offset);
int hs_paragraph_card_get_cursor (HsParagraphCard *card); /* in characters */

void hs_paragraph_card_clear_sentences (HsParagraphCard *card);
/* begin..end: bytes of the text that the sentence is, or both 0. */
void hs_paragraph_card_add_sentence (HsParagraphCard *card, JsonObject *sentence, gsize begin,
                                     gsize end);
/* Of the first one, from 1; 0: none is shown. */
guint hs_paragraph_card_get_first_sentence (HsParagraphCard *card);
guint hs_paragraph_card_get_n_findings (HsParagraphCard *card);

G_END_DECLS
