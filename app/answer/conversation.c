/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/conversation.h"

#include "app/answer/facts.h"
#include "app/answer/passages.h"
#include "app/engine/audio-vocab.h"

/* Terse models need to be told to give whole sentences; small ones, to stay with what was said. */
#define CHAT_SYSTEM                                                                                \
  "You are Hearsay, a helpful assistant. Always answer in the language of the question."
#define AUDIO_SYSTEM                                                                               \
  "You are Hearsay, a helpful assistant. When the user gives a recording, it stands as numbered "  \
  "lines: the number, the start time, who speaks and how it sounds, what was said; then facts "    \
  "about the voices. You have heard it: answer questions about it from these lines and facts "     \
  "only, in one or more complete sentences, and if they do not tell, say "                         \
  "that " APP_CONVERSATION_NOT_TOLD ". Always answer in the language of the question."
typedef struct {
  LlmRole role;
  char *text;
  char *note;          /* behind the text, or NULL */
  GPtrArray *hearings; /* of AppHearing */
} Turn;

struct _AppConversation {
  char *system;     /* NULL: the default */
  GPtrArray *turns; /* of Turn */
  LlmVocabReading reading;
  AppDetail detail;
  guint aspects;            /* that lines tell; 0: all */
  const char *instructions; /* or NULL */
  gboolean no_facts;
  gboolean is_thinking;
  LlmModel *model;      /* or NULL */
  GHashTable *passages; /* AppHearing -> AppPassages */
  GHashTable *cut;      /* AppHearing of which the latest prompt has not all lines */
  GHashTable *digests;  /* AppHearing -> what stands for its lines */
};

static void
turn_free (Turn *turn)
{
  g_free (turn->text);
  g_free (turn->note);
  g_ptr_array_unref (turn->hearings);
  g_free (turn);
}

AppConversation *
app_conversation_new (const char *system)
{
  AppConversation *conversation = g_new0 (AppConversation, 1);

  conversation->system = g_strdup (system);
  conversation->turns = g_ptr_array_new_with_free_func ((GDestroyNotify) turn_free);
  conversation->passages =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) app_passages_free);
  conversation->cut = g_hash_table_new (NULL, NULL);
  conversation->digests = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return conversation;
}

void
app_conversation_free (AppConversation *conversation)
{
  if (conversation == NULL)
    return;
  g_free (conversation->system);
  g_ptr_array_unref (conversation->turns);
  g_hash_table_unref (conversation->passages);
  g_hash_table_unref (conversation->cut);
  g_hash_table_unref (conversation->digests);
  g_clear_pointer (&conversation->model, llm_model_unref);
  g_free (conversation);
}

void
app_conversation_set_model (AppConversation *conversation, LlmModel *model)
{
  if (conversation->model == model)
    return;
  g_hash_table_remove_all (conversation->passages);
  g_clear_pointer (&conversation->model, llm_model_unref);
  conversation->model = llm_model_ref (model);
}

gboolean
app_conversation_is_cut (const AppConversation *conversation, const AppHearing *hearing)
{
  return g_hash_table_contains (conversation->cut, hearing);
}

gboolean
app_conversation_has_cut (const AppConversation *conversation)
{
  return g_hash_table_size (conversation->cut) > 0;
}

void
app_conversation_set_digest (AppConversation *conversation, AppHearing *hearing, const char *digest)
{
  g_hash_table_insert (conversation->digests, hearing, g_strdup (digest));
}

void
app_conversation_drop_digests (AppConversation *conversation)
{
  g_hash_table_remove_all (conversation->digests);
}

AppPassages *
app_conversation_get_passages (const AppConversation *conversation, AppHearing *hearing)
{
  AppPassages *passages = g_hash_table_lookup (conversation->passages, hearing);

  if (passages == NULL) {
    passages = app_passages_new (hearing, conversation->model);
    g_hash_table_insert (conversation->passages, hearing, passages);
  }
  return passages;
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

/* The user's latest turn, or NULL. */
static Turn *
find_question (const AppConversation *conversation)
{
  for (guint t = conversation->turns->len; t > 0; t--) {
    Turn *turn = g_ptr_array_index (conversation->turns, t - 1);

    if (turn->role == LLM_ROLE_USER)
      return turn;
  }
  return NULL;
}

const char *
app_conversation_get_question (const AppConversation *conversation)
{
  const Turn *turn = find_question (conversation);

  return turn != NULL ? turn->text : "";
}

void
app_conversation_set_note (AppConversation *conversation, const char *note)
{
  Turn *turn = find_question (conversation);

  if (turn == NULL)
    return;
  g_free (turn->note);
  turn->note = g_strdup (note);
}

void
app_conversation_set_thinking (AppConversation *conversation, gboolean is_thinking)
{
  conversation->is_thinking = is_thinking;
}

void
app_conversation_reword (AppConversation *conversation, const char *text)
{
  Turn *turn = find_question (conversation);

  if (turn == NULL)
    return;
  g_free (turn->text);
  turn->text = g_strdup (text);
}

void
app_conversation_set_reading (AppConversation *conversation, LlmVocabReading reading,
                              gboolean with_facts)
{
  conversation->reading = reading;
  conversation->no_facts = !with_facts;
}

void
app_conversation_set_view (AppConversation *conversation, AppDetail detail, guint aspects,
                           const char *instructions)
{
  conversation->detail = detail;
  conversation->aspects = aspects;
  conversation->instructions = instructions;
}

GPtrArray *
app_conversation_get_hearings (const AppConversation *conversation)
{
  GPtrArray *hearings = g_ptr_array_new ();

  for (guint t = 0; t < conversation->turns->len; t++)
    g_ptr_array_extend (hearings, ((Turn *) g_ptr_array_index (conversation->turns, t))->hearings,
                        NULL, NULL);
  return hearings;
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
  const AppConversation *conversation;
  LlmVocab *vocab;
  LlmPrompt *prompt;
  LlmChatFamily family;
  int n_embd;
  const char *topic;   /* decides which lines of a long recording are kept */
  int budget;          /* positions for each recording; 0: as many as it takes */
  GPtrArray *hearings; /* of all turns */
  AppVoices *voices;   /* in them */
  guint n_lines;       /* so far */
  guint n_hearings;
} Builder;

/* (transfer full): the positions that each segment takes. */
static int *
count_costs (const Builder *builder, const AppHearing *hearing, const GArray *tokens, int *total)
{
  int *costs = g_new0 (int, MAX (hearing->segments->len, 1));
  g_autoptr (LlmPrompt) scratch = llm_prompt_new (builder->vocab, builder->n_embd);

  for (guint i = 0; i < tokens->len; i++) {
    const AppAudioToken *token = &g_array_index (tokens, AppAudioToken, i);
    int before = llm_prompt_get_n_positions (scratch), cost;

    llm_prompt_add_id (scratch, token->id, NULL);
    cost = llm_prompt_get_n_positions (scratch) - before;
    *total += cost;
    if (token->segment >= 0)
      costs[token->segment] += cost;
  }
  return costs;
}

static void
add_facts (Builder *builder, const AppHearing *hearing)
{
  const AppFactsOf of = { .hearing = hearing,
                          .voices = builder->voices,
                          .index = builder->n_hearings,
                          .first_line = builder->n_lines + 1 };
  g_autofree char *recording = app_facts_of_recording (&of);
  g_autofree char *voices = app_facts_of_voices ((AppHearing **) builder->hearings->pdata,
                                                 builder->n_hearings + 1, builder->voices);

  llm_prompt_add_text (builder->prompt, recording, 0);
  llm_prompt_add_text (builder->prompt, voices, 0);
}

/* The lines of a recording, or those of them that matter. */
static gboolean
add_lines (Builder *builder, AppHearing *hearing, GError **error)
{
  const AppConversation *conversation = builder->conversation;
  g_autofree gboolean *selected = NULL;
  g_autoptr (GArray) tokens = NULL;
  AppAudioTokenOptions options = { .first_segment = (int) builder->n_lines,
                                   .voices = builder->voices,
                                   .hearing = builder->n_hearings,
                                   .detail = conversation->detail,
                                   .aspects = conversation->aspects };

  tokens = app_audio_vocab_tokenize (builder->vocab, hearing, &options);
  g_hash_table_remove (conversation->cut, hearing);
  if (builder->budget > 0) {
    int total = 0;
    g_autofree int *costs = count_costs (builder, hearing, tokens, &total);

    if (total > builder->budget) {
      selected = app_passages_select (app_conversation_get_passages (conversation, hearing),
                                      builder->topic, costs, builder->budget);
      options.selected = selected;
      g_array_unref (tokens);
      tokens = app_audio_vocab_tokenize (builder->vocab, hearing, &options);
      g_hash_table_add (conversation->cut, hearing);
      llm_prompt_add_text (builder->prompt, "The lines of it that are about the question:\n", 0);
    }
  }
  for (guint i = 0; i < tokens->len; i++)
    if (!llm_prompt_add_id (builder->prompt, g_array_index (tokens, AppAudioToken, i).id, error))
      return FALSE;
  return TRUE;
}

/* (transfer full) */
static char *
make_heading (const Builder *builder, const AppHearing *hearing)
{
  if (builder->conversation->detail != APP_DETAIL_WORDS)
    return g_strdup_printf ("Recording \"%s\" (%.1f seconds):\n", hearing->title, hearing->seconds);
  if (builder->hearings->len > 1)
    return g_strdup_printf ("Words of the recording \"%s\":\n", hearing->title);
  return g_strdup ("Words of the recording:\n");
}

static gboolean
add_hearing (Builder *builder, AppHearing *hearing, GError **error)
{
  const char *digest = g_hash_table_lookup (builder->conversation->digests, hearing);
  g_autofree char *heading = make_heading (builder, hearing);

  llm_prompt_add_text (builder->prompt, heading, 0);
  if (digest != NULL)
    llm_prompt_add_text (builder->prompt, digest, 0);
  else if (!add_lines (builder, hearing, error))
    return FALSE;
  if (!builder->conversation->no_facts && builder->conversation->detail == APP_DETAIL_MANNER
      && builder->conversation->instructions == NULL)
    add_facts (builder, hearing);
  builder->n_lines += hearing->segments->len;
  builder->n_hearings++;
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
  if (turn->note != NULL)
    llm_prompt_add_text (builder->prompt, turn->note, 0);
  llm_prompt_add_text (builder->prompt, suffix, LLM_TOKENIZE_SPECIAL);
  return TRUE;
}

/* Where there is no recording, a small model that is told about them refuses other questions. */
static const char *
get_system (const Builder *builder)
{
  if (builder->hearings->len == 0)
    return CHAT_SYSTEM;
  return builder->conversation->instructions != NULL ? builder->conversation->instructions
                                                     : AUDIO_SYSTEM;
}

static LlmPrompt *
build (Builder *builder, GError **error)
{
  const AppConversation *conversation = builder->conversation;
  g_autoptr (LlmPrompt) prompt = llm_prompt_new (builder->vocab, builder->n_embd);
  g_autofree char *lead = NULL;
  const char *prefix, *suffix;
  const char *system = conversation->system;

  if (system == NULL)
    system = get_system (builder);
  builder->prompt = prompt;
  builder->n_lines = 0;
  builder->n_hearings = 0;
  llm_prompt_add_text (prompt, "", LLM_TOKENIZE_BOS);
  if (llm_chat_family_has_system (builder->family)) {
    llm_chat_turn (builder->family, LLM_ROLE_SYSTEM, &prefix, &suffix);
    llm_prompt_add_text (prompt, prefix, LLM_TOKENIZE_SPECIAL);
    llm_prompt_add_text (prompt, system, 0);
    llm_prompt_add_text (prompt, suffix, LLM_TOKENIZE_SPECIAL);
  } else {
    lead = g_strconcat (system, "\n\n", NULL);
  }
  for (guint t = 0; t < conversation->turns->len; t++) {
    const Turn *turn = g_ptr_array_index (conversation->turns, t);

    if (!add_turn_to_prompt (builder, turn, t == 0 ? lead : NULL, error))
      return NULL;
  }
  llm_prompt_add_text (prompt, llm_chat_answer_prefix (builder->family), LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (prompt, llm_chat_thought_prefix (builder->family, conversation->is_thinking),
                       LLM_TOKENIZE_SPECIAL);
  return g_steal_pointer (&prompt);
}

/* The prompt if it fits; NULL without an error if it does not. */
static LlmPrompt *
build_within (Builder *builder, int budget, int n_positions, int *n_needed, GError **error)
{
  g_autoptr (LlmPrompt) prompt = NULL;

  builder->budget = budget;
  prompt = build (builder, error);
  if (prompt == NULL)
    return NULL;
  *n_needed = llm_prompt_get_n_positions (prompt);
  return *n_needed <= n_positions ? g_steal_pointer (&prompt) : NULL;
}

/* The lines that matter, in the room that the rest of the prompt leaves. */
static LlmPrompt *
build_selected (Builder *builder, int n_positions, GError **error)
{
  int n_bare = 0, room;
  LlmPrompt *prompt = build_within (builder, 1, n_positions - 1, &n_bare, error);

  if (prompt == NULL)
    return NULL;
  llm_prompt_free (prompt);
  room = MIN (n_positions - n_bare, APP_CONVERSATION_SELECTED_POSITIONS);
  return build_within (builder, MAX (1, room / (int) builder->hearings->len), n_positions, &n_bare,
                       error);
}

/* In full; or else with copied rows; or else with the lines that matter. */
static LlmPrompt *
build_to_fit (Builder *builder, int n_positions, GError **error)
{
  gboolean has_recordings = builder->hearings->len > 0;
  int n_whole = has_recordings ? MIN (n_positions, APP_CONVERSATION_WHOLE_POSITIONS) : n_positions;
  LlmPrompt *prompt;
  int n_needed = 0, n_copied = 0;

  if (!app_audio_vocab_set_reading (builder->vocab, builder->conversation->reading, error))
    return NULL;
  prompt = build_within (builder, 0, n_whole, &n_needed, error);
  if (prompt != NULL || n_needed == 0)
    return prompt;
  if (has_recordings) {
    app_audio_vocab_set_reading (builder->vocab, LLM_READ_COPIED, NULL);
    prompt = build_within (builder, 0, n_whole, &n_copied, error);
    if (prompt == NULL)
      prompt = build_selected (builder, n_positions, error);
    if (prompt != NULL)
      return prompt;
  }
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
               "the question is too long: it takes %d positions, and there is room for %d",
               n_needed, n_positions);
  return NULL;
}

LlmPrompt *
app_conversation_build_prompt (const AppConversation *conversation, LlmChatFamily family,
                               int n_embd, LlmVocab *vocab, int n_positions, GError **error)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);
  g_autoptr (AppVoices) voices = app_voices_new ((AppHearing **) hearings->pdata, hearings->len);
  Builder builder = { .conversation = conversation,
                      .vocab = vocab,
                      .family = family,
                      .n_embd = n_embd,
                      .hearings = hearings,
                      .voices = voices,
                      .topic = app_conversation_get_question (conversation) };

  return build_to_fit (&builder, n_positions, error);
}
