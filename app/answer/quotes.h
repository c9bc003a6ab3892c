/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The words that a question quotes, and where the recordings have them.
 *
 * A quotation stands between quotation marks of any usual kind. It is looked for in the letters of
 * all lines together, without spaces and marks, as the substring at the least edit distance
 * (Sellers 1980), since neither the one who asks nor the recogniser has every word right; more than
 * a third of its letters wrong is another text. Pure functions.
 *
 *   g_autoptr (GPtrArray) quotes = app_quotes_find (conversation, question);
 *   g_autofree char *facts = app_quotes_tell (quotes, conversation, TRUE);
 */

#pragma once

#include "app/answer/conversation.h"

G_BEGIN_DECLS

typedef struct {
  char *text;     /* as the question has it */
  guint line;     /* of the conversation, the one where it begins; 0: it is not said */
  guint last;     /* the line where it ends */
  guint position; /* of its first letter among all */
  double start;   /* seconds in the recording */
} AppQuote;

/* (transfer full): of AppQuote, in the question's order; empty if it quotes nothing. */
GPtrArray *app_quotes_find (const AppConversation *conversation, const char *question);
/* (transfer full): when each is said and by whom, and which of several is first; with_next: what
 * comes right after a single one. "" if none is found. */
char *app_quotes_tell (GPtrArray *quotes, const AppConversation *conversation, gboolean with_next);
/* (transfer full): the line after a single one, or before it; NULL if there are several, or no such
 * line. */
char *app_quotes_tell_neighbour (GPtrArray *quotes, const AppConversation *conversation,
                                 gboolean after);
/* (transfer full): when a line is said and by whom; with_order: and who speaks first and last. */
char *app_quotes_tell_line (const AppConversation *conversation, guint line, gboolean with_order);
/* The line of the first one that is said; 0: none is. */
guint app_quotes_get_line (GPtrArray *quotes);
/* Appends the lines of all, each once, in order (guint). */
void app_quotes_add_lines (GPtrArray *quotes, GArray *lines);

G_END_DECLS
