/* SPDX-License-Identifier: GPL-3.0-or-later */

/* "Write a 30-second talk on tides and read it out": the model calls the tool `speak`.
 *
 * A small model cannot be trusted to call a tool when it should, or to count words. So the request
 * is recognised in code, in English and Chinese, with the time asked for; the call is then written
 * by the model in the form of Qwen's tool calls, constrained to that of this tool, its text as long
 * as the voice needs for the time.
 *
 *   if (app_read_out_is_asked (question, &seconds))
 *     app_read_out_write (engine, conversation, &(AppReadOutOptions){ ... }, &read_out, &error);
 */

#pragma once

#include "app/answer/ask.h"

G_BEGIN_DECLS

#define APP_READ_OUT_MAX_SECONDS 300

/* Whether the text asks for something to be written and read aloud. *seconds (may be NULL): how
 * long, at most APP_READ_OUT_MAX_SECONDS; 0 if it does not say. */
gboolean app_read_out_is_asked (const char *question, double *seconds);
/* Whether in the voice of whoever asks. */
gboolean app_read_out_wants_own_voice (const char *question);

typedef struct {
  NnSamplerOptions sampling;
  double seconds;          /* 0: as long as it gets */
  double characters_per_s; /* of the voice (app/speech/speak.h), in the language of the question */
} AppReadOutOptions;

typedef struct {
  char *text; /* to be spoken: whole sentences */
  char *call; /* as the model wrote it */
  int n_generated_tokens;
} AppReadOut;

/* The conversation's last turn is the user's; the call is added to it as the answer. Errors of
 * app_ask(). */
gboolean app_read_out_write (AppEngine *engine, AppConversation *conversation,
                             const AppReadOutOptions *options, AppReadOut *out, GError **error);
void app_read_out_clear (AppReadOut *out);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppReadOut, app_read_out_clear)

G_END_DECLS
