/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/token-view.h"
#include "app/base/json-write.h"

static void
add_token (LlmVocab *vocab, const AppAudioToken *token, JsonBuilder *builder)
{
  g_autofree char *name = llm_vocab_print (vocab, token->id);
  g_autofree char *verbal = llm_vocab_verbal (vocab, token->id);

  json_builder_begin_object (builder);
  app_json_add_int (builder, "id", token->id);
  app_json_add_string (builder, "kind", llm_vocab_is_text (vocab, token->id) ? "text" : "audio");
  app_json_add_string (builder, "token", name);
  if (verbal != NULL)
    app_json_add_string (builder, "reads", verbal);
  app_json_add_number (builder, "start", token->start, 3);
  app_json_add_number (builder, "end", token->end, 3);
  json_builder_end_object (builder);
}

void
app_token_view_build_json (LlmVocab *vocab, const AppHearing *hearing, JsonBuilder *builder)
{
  g_autoptr (GArray) tokens = app_audio_vocab_tokenize (vocab, hearing, NULL);

  app_json_add_string (builder, "file", hearing->title);
  app_json_add_number (builder, "seconds", hearing->seconds, 3);
  app_json_add_string (builder, "language", hearing->language);
  app_json_add_int (builder, "text_ids",
                    llm_tokenizer_get_n_tokens (llm_vocab_get_tokenizer (vocab)));
  app_json_add_int (builder, "ids", llm_vocab_get_n_ids (vocab));
  json_builder_set_member_name (builder, "tokens");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tokens->len; i++)
    add_token (vocab, &g_array_index (tokens, AppAudioToken, i), builder);
  json_builder_end_array (builder);
}
