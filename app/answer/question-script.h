/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The script that a question in Chinese is written in, and in which it is read.
 *
 * Models of Chinese have read far more of it in simplified characters. The answer is converted to
 * the script of the question while it is written (answer-writer.h).
 */

#pragma once

#include "app/answer/conversation.h"
#include "audio/base/script.h"

G_BEGIN_DECLS

AudioScript app_question_script_find (const char *question);
/* Rewords the question, if it is in traditional characters and there is a recording. */
void app_question_script_simplify (AppConversation *conversation);

G_END_DECLS
