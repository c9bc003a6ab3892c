/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Markdown, as a model writes it piece by piece, into sentences to be spoken.
 *
 * A sentence comes out as soon as the next one begins, or its line ends. Headings, list marks,
 * emphasis, quotes and tables lose their signs; of a link its words are spoken, of a bare address
 * its host; code within a line if it is a name; blocks of code are left out and said to be on the
 * screen. Nothing that comes out is an override of audio/reading/reading.h. Pure; one thread at a
 * time.
 *
 *   AppSpokenText *text = app_spoken_text_new ();
 *   app_spoken_text_add (text, "**Yes.** It", sentences);   -- "Yes."
 *   app_spoken_text_finish (text, sentences);               -- "It."
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AppSpokenText AppSpokenText;

AppSpokenText *app_spoken_text_new (void);
void app_spoken_text_free (AppSpokenText *text);
/* Appends what can now be spoken to sentences, an array of (transfer full) strings. piece: whole
 * UTF-8 characters. */
void app_spoken_text_add (AppSpokenText *text, const char *piece, GPtrArray *sentences);
/* The rest; the next text begins anew. */
void app_spoken_text_finish (AppSpokenText *text, GPtrArray *sentences);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppSpokenText, app_spoken_text_free)

G_END_DECLS
