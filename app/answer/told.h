/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether the recordings hold the answer to a question: asked behind the scenes, and read off how
 * likely the model finds "Yes" and "No", and the beginning of a refusal.
 *
 * Left to itself the default model answers half of what no recording tells, and refuses a fifth of
 * what it does tell. Measured on 68 questions, English and Chinese, with nothing but the words of
 * real recordings in the prompt: with the threshold used, 97 % of what is told is taken as told,
 * and 10 % of what is not; on 62 about made-up recordings with lines and facts, 94 % and 18 %.
 */

#pragma once

#include "app/answer/conversation.h"
#include "app/engine/engine.h"

G_BEGIN_DECLS

/* Above 0: they do, as far as the model can tell; NAN if it cannot be asked. The conversation's
 * last turn is the question; it is as before afterwards. detail: of the conversation's view. */
double app_told_weigh (AppEngine *engine, LlmSession *session, AppConversation *conversation,
                       AppDetail detail);

G_END_DECLS
