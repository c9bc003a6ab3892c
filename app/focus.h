/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whom or which line a question about how something is said is about: the model chooses behind the
 * scenes, and what was heard of it is said once more right behind the question, where a small
 * model finds it.
 */

#pragma once

#include "app/answer-writer.h"
#include "app/conversation.h"

G_BEGIN_DECLS

/* (transfer full): one line of facts about what the model chose; NULL if nothing is known of it, or
 * if there was nothing to choose and the facts stand there already. */
char *app_focus_find (AppAnswerWriter *writer, const AppConversation *conversation);

G_END_DECLS
