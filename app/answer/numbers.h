/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether somebody says a number: what recordings without one are asked for "how many" they do not
 * tell, whereas a small model makes up numbers where the words come near what is asked.
 *
 * Digits of any script; cardinal numbers, halves, pairs and dozens in English; Chinese numerals. In
 * doubt there is one: "one" may be somebody.
 */

#pragma once

#include "app/answer/answer-writer.h"
#include "app/answer/conversation.h"

G_BEGIN_DECLS

gboolean app_numbers_are_in (const char *text);
/* FALSE if it is known that there is none in the words of a recording; TRUE in languages whose
 * numbers are not known. */
gboolean app_numbers_may_be_heard (const AppHearing *hearing);
/* Whether none is heard in the recordings of the conversation, and the model says that the question
 * to which the writer's prompt leads asks for one. */
gboolean app_numbers_are_missing (AppAnswerWriter *writer, const AppConversation *conversation);

G_END_DECLS
