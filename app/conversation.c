/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/conversation.h"

#include "app/audio-vocab.h"
#include "app/passages.h"

/* Terse models need to be told to give whole sentences; small ones, to stay with what was said. */
#define DEFAULT_SYSTEM                                                                             \
  "You are Hearsay, a helpful assistant. When the user gives a recording, it stands as numbered "  \
  "lines: the number, the start time, what was said, the end time. You have heard it: answer "     \
  "questions about it from these lines only, in one or more complete sentences, and if they do "   \
  "not tell, say that " APP_CONVERSATION_NOT_TOLD                                                  \
  ". Always answer in the language of the question."

typedef struct {
  LlmRole role;
  char *text;
  GPtrArray *hearings; /* of AppHearing */
} Turn;

/* A number or a time in its verbal form, "[1:02:03.4]", takes at most this many positions. */
#define MAX_VERBAL_POSITIONS 12

struct _AppConversation {
  char *system;
  GPtrArray *turns; /* of Turn */
};

static void
turn_free (Turn *turn)
{
  g_free (turn->text);
  g_ptr_array_unref (turn->hearings);
  g_free (turn);
}

AppConversation *
app_conversation_new (const char *system)
{
  AppConversation *conversation = g_new0 (AppConversation, 1);

  conversation->system = g_strdup (system != NULL ? system : DEFAULT_SYSTEM);
  conversation->turns = g_ptr_array_new_with_free_func ((GDestroyNotify) turn_free);
  return conversation;
}

void
app_conversation_free (AppConversation *conversation)
{
  if (conversation == NULL)
    return;
  g_free (conversation->system);
  g_ptr_array_unref (conversation->turns);
  g_free (conversation);
}

static Turn *
add_turn (AppConversation *conversation, LlmRole role, const char *text)
{
  Turn *turn = g_new0 (Turn, 1);

  turn->role = role;
  turn->text = g_strdup (text);
  turn->hearings = g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_unref);
  g_ptr_array_add (conversation->turns, turn);
  return turn;
}

void
app_conversation_add_user (AppConversation *conversation, AppHearing *const *hearings,
                           guint n_hearings, const char *text)
{
  Turn *turn = add_turn (conversation, LLM_ROLE_USER, text);

  for (guint i = 0; i < n_hearings; i++)
    g_ptr_array_add (turn->hearings, app_hearing_ref (hearings[i]));
}

void
app_conversation_add_assistant (AppConversation *conversation, const char *text)
{
  add_turn (conversation, LLM_ROLE_ASSISTANT, text);
}

void
app_conversation_drop_last (AppConversation *conversation)
{
  if (conversation->turns->len > 0)
    g_ptr_array_set_size (conversation->turns, (gint) conversation->turns->len - 1);
}

guint
app_conversation_get_n_turns (const AppConversation *conversation)
{
  return conversation->turns->len;
}

const char *
app_conversation_get_question (const AppConversation *conversation)
{
  for (guint t = conversation->turns->len; t > 0; t--) {
    const Turn *turn = g_ptr_array_index (conversation->turns, t - 1);

    if (turn->role == LLM_ROLE_USER)
      return turn->text;
  }
  return "";
}

gboolean
app_conversation_forget_oldest (AppConversation *conversation)
{
  GPtrArray *turns = conversation->turns;

  for (guint i = 0; i + 2 < turns->len; i++) {
    Turn *turn = g_ptr_array_index (turns, i);
    Turn *next = g_ptr_array_index (turns, i + 2);

    if (turn->role != LLM_ROLE_USER || next->role != LLM_ROLE_USER)
      continue;
    /* Recordings move to the next question, which now comes first. */
    for (guint h = turn->hearings->len; h > 0; h--)
      g_ptr_array_insert (next->hearings, 0, app_hearing_ref (turn->hearings->pdata[h - 1]));
    g_ptr_array_remove_range (turns, i, 2);
    return TRUE;
  }
  return FALSE;
}

guint
app_conversation_get_n_lines (const AppConversation *conversation)
{
  guint n = 0;

  for (guint t = 0; t < conversation->turns->len; t++) {
    const Turn *turn = g_ptr_array_index (conversation->turns, t);

    for (guint h = 0; h < turn->hearings->len; h++)
      n += ((const AppHearing *) g_ptr_array_index (turn->hearings, h))->segments->len;
  }
  return n;
}

const AppHearingSegment *
app_conversation_get_line (const AppConversation *conversation, guint number, AppHearing **hearing)
{
  guint first = 0;

  for (guint t = 0; t < conversation->turns->len; t++) {
    const Turn *turn = g_ptr_array_index (conversation->turns, t);

    for (guint h = 0; h < turn->hearings->len; h++) {
      AppHearing *found = g_ptr_array_index (turn->hearings, h);

      if (number > first && number <= first + found->segments->len) {
        if (hearing != NULL)
          *hearing = found;
        return app_hearing_get (found, number - first - 1);
      }
      first += found->segments->len;
    }
  }
  return NULL;
}

/* What a prompt is being built with. */
typedef struct {
  LlmVocab *vocab;
  LlmPrompt *prompt;
  LlmChatFamily family;
  const char *question; /* the latest: decides which lines of a long recording are kept */
  int budget;           /* positions for each recording; 0: as many as it takes */
  guint n_lines;        /* so far */
} Builder;

/* (transfer full): the positions that each segment takes. */
static int *
count_costs (LlmVocab *vocab, const AppHearing *hearing, const GArray *tokens, int *total)
{
  int *costs = g_new0 (int, MAX (hearing->segments->len, 1));

  for (guint i = 0; i < tokens->len; i++) {
    const AppAudioToken *token = &g_array_index (tokens, AppAudioToken, i);
    int cost = llm_vocab_is_text (vocab, token->id) ? 1 : MAX_VERBAL_POSITIONS;

    *total += cost;
    if (token->segment >= 0)
      costs[token->segment] += cost;
  }
  return costs;
}

static gboolean
add_hearing (Builder *builder, const AppHearing *hearing, GError **error)
{
  g_autofree gboolean *selected = NULL;
  g_autoptr (GArray) tokens = NULL;
  g_autofree char *heading =
      g_strdup_printf ("Recording \"%s\" (%.1f seconds):\n", hearing->title, hearing->seconds);

  llm_prompt_add_text (builder->prompt, heading, 0);
  tokens = app_audio_vocab_tokenize (builder->vocab, hearing, (int) builder->n_lines, NULL);
  if (builder->budget > 0) {
    int total = 0;
    g_autofree int *costs = count_costs (builder->vocab, hearing, tokens, &total);

    if (total > builder->budget) {
      selected = app_passages_select (hearing, builder->question, costs, builder->budget);
      g_array_unref (tokens);
      tokens = app_audio_vocab_tokenize (builder->vocab, hearing, (int) builder->n_lines, selected);
    }
  }
  for (guint i = 0; i < tokens->len; i++)
    if (!llm_prompt_add_id (builder->prompt, g_array_index (tokens, AppAudioToken, i).id, error))
      return FALSE;
  builder->n_lines += hearing->segments->len;
  return TRUE;
}

static gboolean
add_turn_to_prompt (Builder *builder, const Turn *turn, const char *lead, GError **error)
{
  const char *prefix, *suffix;

  llm_chat_turn (builder->family, turn->role, &prefix, &suffix);
  llm_prompt_add_text (builder->prompt, prefix, LLM_TOKENIZE_SPECIAL);
  if (lead != NULL)
    llm_prompt_add_text (builder->prompt, lead, 0);
  for (guint h = 0; h < turn->hearings->len; h++)
    if (!add_hearing (builder, g_ptr_array_index (turn->hearings, h), error))
      return FALSE;
  llm_prompt_add_text (builder->prompt, turn->text, 0);
  llm_prompt_add_text (builder->prompt, suffix, LLM_TOKENIZE_SPECIAL);
  return TRUE;
}

static LlmPrompt *
build (const AppConversation *conversation, Builder *builder, int n_embd, GError **error)
{
  g_autoptr (LlmPrompt) prompt = llm_prompt_new (builder->vocab, n_embd);
  g_autofree char *lead = NULL;
  const char *prefix, *suffix;

  builder->prompt = prompt;
  builder->n_lines = 0;
  llm_prompt_add_text (prompt, "", LLM_TOKENIZE_BOS);
  if (llm_chat_family_has_system (builder->family)) {
    llm_chat_turn (builder->family, LLM_ROLE_SYSTEM, &prefix, &suffix);
    llm_prompt_add_text (prompt, prefix, LLM_TOKENIZE_SPECIAL);
    llm_prompt_add_text (prompt, conversation->system, 0);
    llm_prompt_add_text (prompt, suffix, LLM_TOKENIZE_SPECIAL);
  } else {
    lead = g_strconcat (conversation->system, "\n\n", NULL);
  }
  for (guint t = 0; t < conversation->turns->len; t++) {
    const Turn *turn = g_ptr_array_index (conversation->turns, t);

    if (!add_turn_to_prompt (builder, turn, t == 0 ? lead : NULL, error))
      return NULL;
  }
  llm_prompt_add_text (prompt, llm_chat_answer_prefix (builder->family), LLM_TOKENIZE_SPECIAL);
  return g_steal_pointer (&prompt);
}

static guint
count_hearings (const AppConversation *conversation)
{
  guint n = 0;

  for (guint t = 0; t < conversation->turns->len; t++)
    n += ((const Turn *) g_ptr_array_index (conversation->turns, t))->hearings->len;
  return n;
}

LlmPrompt *
app_conversation_build_prompt (const AppConversation *conversation, LlmChatFamily family,
                               int n_embd, LlmVocab *vocab, int n_positions, GError **error)
{
  guint n_hearings = count_hearings (conversation);
  Builder builder = { .vocab = vocab,
                      .family = family,
                      .question = app_conversation_get_question (conversation) };
  g_autoptr (LlmPrompt) prompt = build (conversation, &builder, n_embd, error);
  int n_needed;

  if (prompt == NULL)
    return NULL;
  n_needed = llm_prompt_get_n_positions (prompt);
  if (n_needed <= n_positions)
    return g_steal_pointer (&prompt);
  /* The rest of the prompt takes what it takes; the recordings share the room that is left. */
  builder.budget = 1;
  g_clear_pointer (&prompt, llm_prompt_free);
  prompt = n_hearings > 0 ? build (conversation, &builder, n_embd, error) : NULL;
  if (prompt != NULL && llm_prompt_get_n_positions (prompt) < n_positions) {
    int room = n_positions - llm_prompt_get_n_positions (prompt);

    builder.budget = MAX (1, room / (int) n_hearings);
    g_clear_pointer (&prompt, llm_prompt_free);
    return build (conversation, &builder, n_embd, error);
  }
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
               "the question is too long: it takes %d positions, and there is room for %d",
               n_needed, n_positions);
  return NULL;
}
