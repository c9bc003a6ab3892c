/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a question about voices is about: the model chooses the speaker or the line behind the
 * scenes, and what was heard of it is said once more right behind the question, where a small model
 * finds it. What the facts say of all voices is said again too, if that is what is asked.
 */

#pragma once

#include "app/answer/answer-writer.h"
#include "app/answer/conversation.h"
#include "app/answer/question-form.h"
#include "app/answer/quotes.h"

G_BEGIN_DECLS

/* line: of the conversation, which the question quotes; 0: the model chooses. (transfer full):
 * facts in one line; NULL if there is nothing to say again. */
char *app_focus_find (AppAnswerWriter *writer, const AppConversation *conversation,
                      const AppQuestionForm *form, guint line);

/* The line of which the model says that it tells what is asked, by quoting it; 0: not known, or too
 * many lines. */
guint app_focus_choose_line (AppAnswerWriter *writer, const AppConversation *conversation);
/* (transfer full): what is said next to the only quotation of the question, before or after it, if
 * the model takes the question to ask for that; or else NULL. */
char *app_focus_find_neighbour (AppAnswerWriter *writer, const AppConversation *conversation,
                                GPtrArray *quotes);
/* Of AppAspect (manner.h): what a question is about, and what tells whom it is about; 0: all. */
guint app_focus_get_aspects (AppAbout about);

G_END_DECLS
