/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An answer that is being written: from the engine into the store, and from there to whoever shows
 * it. It goes on when its conversation is out of sight, and keeps itself alive until it has ended.
 *
 * What comes is put into the store first, ten times a second, and then told by "changed"; what is
 * thought before it is told in the same way, and put into the store at the end. When the
 * engine dies the answer begins anew. A recording that was listened to on the way is told by
 * "heard" (gint64 recording), after what was heard is in the store. At the end comes "ended".
 *
 *   HsAnswer *answer = hs_answer_start (talk, question, &error);
 *   g_signal_connect_object (answer, "changed", ...);
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define HS_TYPE_ANSWER (hs_answer_get_type ())
G_DECLARE_FINAL_TYPE (HsAnswer, hs_answer, HS, ANSWER, GObject)

/* Asks the question, a user's message of the conversation, in which no other is being answered:
 * APP_ERROR_ARGUMENT. (transfer none): valid until "ended". */
HsAnswer *hs_answer_start (gint64 talk, gint64 question, GError **error);
/* (transfer none) (nullable): the one that is being written in a conversation. */
HsAnswer *hs_answer_find (gint64 talk);
void hs_answer_stop (HsAnswer *answer);

gint64 hs_answer_get_message (HsAnswer *answer);
/* What was thought until now; "": nothing. */
const char *hs_answer_get_thought (HsAnswer *answer);
const char *hs_answer_get_text (HsAnswer *answer);
/* (transfer full): what is going on, for people, with the time that is left where that is known;
 * NULL once there is text. */
char *hs_answer_describe_stage (HsAnswer *answer);
/* Of the stage; below 0: not known. */
double hs_answer_get_fraction (HsAnswer *answer);
/* Tokens per second; 0: not known. */
double hs_answer_get_speed (HsAnswer *answer);
gboolean hs_answer_is_running (HsAnswer *answer);

G_END_DECLS
