/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The prompt of a conversation in the room that the engine has for it. */

#pragma once

#include "app/answer/conversation.h"
#include "app/engine/engine.h"

G_BEGIN_DECLS

/* n_reserved: positions that stay free behind it. (transfer full): the oldest turns of the
 * conversation are forgotten if they must be. APP_ERROR_ARGUMENT if the last one alone is too
 * long. */
LlmPrompt *app_fitted_prompt_build (AppEngine *engine, AppConversation *conversation,
                                    int n_reserved, GError **error);

G_END_DECLS
