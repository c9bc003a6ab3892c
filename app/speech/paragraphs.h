/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A script (script.h) as an editor shows it: paragraph by paragraph, each with the voice that
 * speaks it, and back into text. A line that only says who speaks is no paragraph but holds for
 * those that follow. A paragraph in which the voice changes keeps those lines in its text.
 *
 *   g_autoptr (GPtrArray) paragraphs = app_paragraphs_split (text);
 *   g_autofree char *text = app_paragraphs_join (paragraphs);
 *
 * Also where the sentences of a narration stand in such a text, so that findings can be shown at
 * their words. Pure functions.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *voice;  /* as in the script; NULL: the narrator's */
  char *manner; /* "slow, low", or NULL */
  char *text;   /* no empty line in it, outside of code; may be empty */
} AppParagraph;

/* All may be NULL but text. (transfer full). */
AppParagraph *app_paragraph_new (const char *voice, const char *manner, const char *text);
void app_paragraph_free (AppParagraph *paragraph);

/* text: valid UTF-8. (transfer full): of AppParagraph. */
GPtrArray *app_paragraphs_split (const char *text);
/* (transfer full): empty ones are left out. */
char *app_paragraphs_join (const GPtrArray *paragraphs);

/* Letters and digits of a text, and where they stand: what remains the same whatever marks of
 * Markdown and breaks of lines are around. */
typedef struct _AppLetters AppLetters;

AppLetters *app_letters_new (const char *text);
void app_letters_free (AppLetters *letters);
/* The first place at or behind byte *from at which `piece` stands, in bytes of the text. *from is
 * then its end. FALSE, and nothing changes, where it is not found or has no letters. */
gboolean app_letters_find (const AppLetters *letters, const char *piece, gsize *from, gsize *begin,
                           gsize *end);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppParagraph, app_paragraph_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppLetters, app_letters_free)

G_END_DECLS
