/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From a Hearing to ids of the unified vocabulary, and from turns to a prompt. */

#include <string.h>

#include "app/answer/conversation.h"
#include "app/engine/audio-vocab.h"
#include "tests/app/heard.h"
#include "tests/llm/tiny-tokenizer.h"

#define N_EMBD 8
#define MANY 1000000

static const char *const tokens[] = { "he", "en", NULL };
static const char *const lines[] = { "one hen", "two hens", "the ferry leaves", NULL };
static const char *const other_lines[] = { "four", NULL };

static LlmVocab *
make_vocab (void)
{
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  LlmVocab *vocab = llm_vocab_new (tokenizer);
  GError *error = NULL;

  app_audio_vocab_register (vocab, &error);
  g_assert_no_error (error);
  return vocab;
}

/* (transfer full): the text that a prompt reads as. */
static char *
read_prompt (LlmVocab *vocab, const LlmPrompt *prompt)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < llm_prompt_get_n_positions (prompt); i++) {
    int id = llm_prompt_get (prompt, i, NULL);
    g_autofree char *piece = NULL;

    g_assert_cmpint (id, >=, 0);
    piece = llm_tokenizer_decode (llm_vocab_get_tokenizer (vocab), &id, 1, NULL);
    g_string_append (text, piece);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
build (AppConversation *talk, LlmVocab *vocab, LlmChatFamily family, int n_positions,
       GError **error)
{
  g_autoptr (LlmPrompt) prompt =
      app_conversation_build_prompt (talk, family, N_EMBD, vocab, n_positions, error);

  return prompt != NULL ? read_prompt (vocab, prompt) : NULL;
}

static void
test_tokens_of_a_hearing (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) hearing = heard_lines ("a.wav", other_lines);
  g_autoptr (GArray) ids =
      app_audio_vocab_tokenize (vocab, hearing, &(AppAudioTokenOptions){ .first_segment = 3 });
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++) {
    const AppAudioToken *token = &g_array_index (ids, AppAudioToken, i);
    g_autofree char *name = llm_vocab_print (vocab, token->id);

    g_assert_cmpfloat (token->start, <=, token->end);
    g_assert_cmpint (token->segment, ==, i == 0 || i + 1 == ids->len ? -1 : 0);
    if (!llm_vocab_is_text (vocab, token->id))
      g_string_append (names, name);
  }
  g_assert_cmpstr (names->str, ==, "<|audio|><|segment 4|><|time 0.0|><|time 9.0|><|/audio|>");
}

static void
test_prompt_reads_as_lines (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) a = heard_lines ("a.wav", lines);
  g_autoptr (AppHearing) b = heard_lines ("b.wav", other_lines);
  AppHearing *both[] = { a, b };
  g_autoptr (AppConversation) talk = app_conversation_new ("Be kind.");
  g_autofree char *text = NULL;

  app_conversation_add_user (talk, both, 2, "How many?");
  text = build (talk, vocab, LLM_CHAT_GEMMA, MANY, NULL);
  g_assert_nonnull (strstr (text, "Be kind."));
  g_assert_nonnull (strstr (text, "1. [0:00] one hen [0:09]\n2. [0:10] two hens [0:19]"));
  g_assert_nonnull (
      strstr (text, "4. [0:00] four [0:09]\n</recording>\nLanguage: English.\nHow many?"));
  g_assert_cmpuint (app_conversation_get_n_lines (talk), ==, 4);
}

static void
test_lines_are_found_by_number (void)
{
  g_autoptr (AppHearing) a = heard_lines ("a.wav", lines);
  g_autoptr (AppHearing) b = heard_lines ("b.wav", other_lines);
  g_autoptr (AppConversation) talk = app_conversation_new (NULL);
  AppHearing *found;

  app_conversation_add_user (talk, &a, 1, "First.");
  app_conversation_add_assistant (talk, "Yes.");
  app_conversation_add_user (talk, &b, 1, "Second.");
  g_assert_cmpstr (app_conversation_get_line (talk, 3, NULL)->text, ==, "the ferry leaves");
  g_assert_cmpstr (app_conversation_get_line (talk, 4, &found)->text, ==, "four");
  g_assert_true (found == b);
  g_assert_null (app_conversation_get_line (talk, 0, NULL));
  g_assert_null (app_conversation_get_line (talk, 5, NULL));
}

/* A turn that is added leaves the positions before it as they were. */
static void
test_prefix_is_stable (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) a = heard_lines ("a.wav", lines);
  g_autoptr (AppConversation) talk = app_conversation_new (NULL);
  g_autoptr (LlmPrompt) first = NULL, second = NULL;

  app_conversation_add_user (talk, &a, 1, "First?");
  first = app_conversation_build_prompt (talk, LLM_CHAT_CHATML, N_EMBD, vocab, MANY, NULL);
  app_conversation_add_assistant (talk, "Yes.");
  app_conversation_add_user (talk, NULL, 0, "Second?");
  second = app_conversation_build_prompt (talk, LLM_CHAT_CHATML, N_EMBD, vocab, MANY, NULL);
  g_assert_cmpint (llm_prompt_common_prefix (first, second), ==,
                   llm_prompt_get_n_positions (first));
}

/* A thought is opened at the very end; of the one before nothing is left. */
static void
test_thinking (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppConversation) talk = app_conversation_new ("s");
  g_autofree char *with = NULL, *without = NULL;

  app_conversation_add_user (talk, NULL, 0, "One?");
  app_conversation_add_assistant (talk, "Yes.");
  app_conversation_add_user (talk, NULL, 0, "Two?");
  without = build (talk, vocab, LLM_CHAT_CHATML, MANY, NULL);
  app_conversation_set_thinking (talk, TRUE);
  with = build (talk, vocab, LLM_CHAT_CHATML, MANY, NULL);
  g_assert_true (g_str_has_suffix (with, "<think>\n"));
  g_assert_true (g_str_has_prefix (with, without));
  g_assert_null (strstr (without, "<think>"));
}

/* What a user writes never becomes a control token. */
static void
test_control_text_stays_text (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppConversation) talk = app_conversation_new ("s");
  g_autofree char *text = NULL;

  app_conversation_add_user (talk, NULL, 0, "<|im_end|> <end_of_turn>");
  text = build (talk, vocab, LLM_CHAT_CHATML, MANY, NULL);
  g_assert_nonnull (strstr (text, "<|im_end|> <end_of_turn>"));
}

static void
test_long_recording_is_cut_to_passages (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) a = NULL;
  g_autoptr (AppConversation) talk = app_conversation_new ("s");
  g_autoptr (GPtrArray) many = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  GError *error = NULL;

  for (int i = 0; i < 200; i++)
    g_ptr_array_add (many, g_strdup (i == 120 ? "the ferry leaves at six" : "something else here"));
  g_ptr_array_add (many, NULL);
  a = heard_lines ("long.wav", (const char *const *) many->pdata);
  app_conversation_add_user (talk, &a, 1, "When does the ferry leave?");
  text = build (talk, vocab, LLM_CHAT_CHATML, 700, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "\n121. [20:00] the ferry leaves at six"));
  g_assert_null (strstr (text, "\n60. "));
  g_clear_pointer (&text, g_free);
  text = build (talk, vocab, LLM_CHAT_CHATML, 60, &error);
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_null (text);
  g_clear_error (&error);
}

/* A recording that would fit the context is cut all the same where it is long; the topic decides
 * which lines, and a digest stands for all of them. */
static void
test_long_recording_has_a_topic_or_a_digest (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) a = NULL;
  g_autoptr (AppConversation) talk = app_conversation_new ("s");
  g_autoptr (GPtrArray) many = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  GError *error = NULL;

  for (int i = 0; i < 400; i++)
    g_ptr_array_add (many, g_strdup (i == 120   ? "the ferry leaves at six"
                                     : i == 300 ? "a crane was bought"
                                                : "something else here"));
  g_ptr_array_add (many, NULL);
  a = heard_lines ("long.wav", (const char *const *) many->pdata);
  app_conversation_add_user (talk, &a, 1, "When does the ferry leave?");
  text = build (talk, vocab, LLM_CHAT_CHATML, MANY, &error);
  g_assert_no_error (error);
  g_assert_true (app_conversation_is_cut (talk, a) && app_conversation_has_cut (talk));
  g_assert_nonnull (strstr (text, "\n121. "));

  app_conversation_reword (talk, "Which crane?");
  g_clear_pointer (&text, g_free);
  text = build (talk, vocab, LLM_CHAT_CHATML, MANY, &error);
  g_assert_nonnull (strstr (text, "a crane was bought"));

  app_conversation_set_digest (talk, a, "1. A ferry and a crane.\n");
  g_clear_pointer (&text, g_free);
  text = build (talk, vocab, LLM_CHAT_CHATML, MANY, &error);
  g_assert_nonnull (strstr (text, "1. A ferry and a crane.\n"));
  g_assert_null (strstr (text, "something else"));

  app_conversation_drop_digests (talk);
  g_clear_pointer (&text, g_free);
  text = build (talk, vocab, LLM_CHAT_CHATML, MANY, &error);
  g_assert_nonnull (strstr (text, "something else"));
  g_assert_no_error (error);
}

static void
test_short_recording_is_not_cut (void)
{
  g_autoptr (LlmVocab) vocab = make_vocab ();
  g_autoptr (AppHearing) a = heard_lines ("a.wav", lines);
  g_autoptr (AppConversation) talk = app_conversation_new ("s");
  g_autofree char *text = NULL;

  app_conversation_add_user (talk, &a, 1, "When does the ferry leave?");
  text = build (talk, vocab, LLM_CHAT_CHATML, MANY, NULL);
  g_assert_false (app_conversation_is_cut (talk, a) || app_conversation_has_cut (talk));
}

static void
test_forgets_turns_but_no_recording (void)
{
  g_autoptr (AppHearing) a = heard_lines ("a.wav", lines);
  g_autoptr (AppConversation) talk = app_conversation_new (NULL);

  app_conversation_add_user (talk, &a, 1, "First?");
  g_assert_false (app_conversation_forget_oldest (talk));
  app_conversation_add_assistant (talk, "Yes.");
  app_conversation_add_user (talk, NULL, 0, "Second?");
  g_assert_true (app_conversation_forget_oldest (talk));
  g_assert_cmpuint (app_conversation_get_n_turns (talk), ==, 1);
  g_assert_cmpuint (app_conversation_get_n_lines (talk), ==, 3);
  g_assert_false (app_conversation_forget_oldest (talk));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conversation/tokens-of-a-hearing", test_tokens_of_a_hearing);
  g_test_add_func ("/conversation/prompt-reads-as-lines", test_prompt_reads_as_lines);
  g_test_add_func ("/conversation/lines-are-found-by-number", test_lines_are_found_by_number);
  g_test_add_func ("/conversation/prefix-is-stable", test_prefix_is_stable);
  g_test_add_func ("/conversation/thinkingthinking", test_thinking);
  g_test_add_func ("/conversation/control-text-stays-text", test_control_text_stays_text);
  g_test_add_func ("/conversation/long-recording-is-cut-to-passages",
                   test_long_recording_is_cut_to_passages);
  g_test_add_func ("/conversation/long-recording-has-a-topic-or-a-digest",
                   test_long_recording_has_a_topic_or_a_digest);
  g_test_add_func ("/conversation/short-recording-is-not-cut", test_short_recording_is_not_cut);
  g_test_add_func ("/conversation/forgets-turns-but-no-recording",
                   test_forgets_turns_but_no_recording);
  return g_test_run ();
}
