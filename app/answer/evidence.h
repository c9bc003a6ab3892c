/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The lines of the recordings that an answer rests on.
 *
 * First the words: the lines that share rare words with question and answer. Where none are shared,
 * as in another language, or too many lines are as good, the model weighs: the line that makes it
 * likeliest that this is asked, and so answered. Where there are more lines than it can weigh, the
 * model first says the answer in the language of the recording, whose words then count, and weighs
 * those nearest in meaning (passages.h).
 */

#pragma once

#include "app/answer/conversation.h"
#include "app/answer/question-form.h"
#include "app/engine/engine.h"

G_BEGIN_DECLS

/* Positions that the questions about evidence need behind an answer. */
#define APP_EVIDENCE_POSITIONS 320

/* Whether an answer says that the recordings do not tell: then it rests on no line. */
gboolean app_evidence_is_refusal (const char *answer);
/* Whether an answer says what a line of the recordings says: then it rests on that, whatever the
 * question is about. */
gboolean app_evidence_repeats_words (const AppConversation *conversation, const char *answer);
/* The conversation's last turn is the question; `answer` is not part of it yet. Appends line
 * numbers of the conversation (guint), in order, to `evidence`; none if there are no recordings, or
 * if the answer is that they do not say. The session's cache holds the conversation and the answer;
 * it is left with questions that are no part of either. */
void app_evidence_find (AppEngine *engine, LlmSession *session, AppConversation *conversation,
                        const char *answer, GArray *evidence);

/* The same for an answer about who speaks and how: lines of the speakers and with the emotions that
 * question and answer name; the first line of each voice where it is about how many there are. */
void app_evidence_find_manner (const AppConversation *conversation, AppAbout about,
                               const char *answer, GArray *evidence);

G_END_DECLS
