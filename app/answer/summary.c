/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/summary.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "app/answer/parts.h"
#include "app/base/json-text.h"

/* Positions of a part: enough for some minutes of speech, and read in a few seconds. */
#define PART_POSITIONS 1500
#define MAX_PARTS 40
#define PART_TOKENS 64
/* Lines on each side of a possible boundary that are compared. */
#define WIDTH 6
/* Lines by which a boundary is moved at most. */
#define MAX_MOVES 2

#define PART_SYSTEM                                                                                \
  "You sum up recordings in the language that is spoken in them. You say what is in them, and "    \
  "nothing else."
#define PART_REQUEST                                                                               \
  "\nThat is a part of a recording. Say in one sentence what most of it is about: its subject by " \
  "name, and what is said of it."
/* Begun for the model where its words can be in English. */
#define PART_BEGIN "Most of this part is about"

static void
part_free (AppSummaryPart *part)
{
  g_free (part->text);
  g_free (part);
}

static AppSummary *
summary_new (void)
{
  AppSummary *summary = g_new0 (AppSummary, 1);

  summary->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) part_free);
  return summary;
}

void
app_summary_free (AppSummary *summary)
{
  if (summary == NULL)
    return;
  g_ptr_array_unref (summary->parts);
  g_free (summary);
}

/* (transfer full): what the model writes when it is told `system` and then `text`; it begins with
 * `begin`, which is part of it. */
static char *
ask_model (AppEngine *engine, const char *system, const char *text, const char *begin,
           const LlmGenerateOptions *options, GError **error)
{
  LlmModel *model = app_engine_get_chat_model (engine, error);
  LlmVocab *vocab = model != NULL ? app_engine_get_vocab (engine, error) : NULL;
  g_autoptr (LlmPrompt) prompt = NULL;
  g_autofree char *both = NULL;
  g_autofree char *rest = NULL;
  const char *prefix, *suffix;
  LlmChatFamily family;
  LlmSession *session;

  if (vocab == NULL)
    return NULL;
  family = llm_model_get_chat_family (model);
  prompt = llm_prompt_new (vocab, llm_model_get_config (model)->n_embd);
  llm_prompt_add_text (prompt, "", LLM_TOKENIZE_BOS);
  if (llm_chat_family_has_system (family)) {
    llm_chat_turn (family, LLM_ROLE_SYSTEM, &prefix, &suffix);
    llm_prompt_add_text (prompt, prefix, LLM_TOKENIZE_SPECIAL);
    llm_prompt_add_text (prompt, system, 0);
    llm_prompt_add_text (prompt, suffix, LLM_TOKENIZE_SPECIAL);
  } else {
    both = g_strconcat (system, "\n\n", text, NULL);
  }
  llm_chat_turn (family, LLM_ROLE_USER, &prefix, &suffix);
  llm_prompt_add_text (prompt, prefix, LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (prompt, both != NULL ? both : text, 0);
  llm_prompt_add_text (prompt, suffix, LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (prompt, llm_chat_answer_prefix (family), LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (prompt, llm_chat_thought_prefix (family, FALSE), LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (prompt, begin, 0);
  session = app_engine_get_session (
      engine, llm_prompt_get_n_positions (prompt) + options->max_tokens + 1, error);
  if (session == NULL || !llm_session_prefill (session, prompt, NULL, NULL, NULL, error))
    return NULL;
  rest = llm_session_generate (session, options, NULL, NULL, NULL, error);
  return rest != NULL ? g_strconcat (begin, rest, NULL) : NULL;
}

/* (transfer full): lines first .. first + n - 1 as a text. */
static char *
join_lines (const AppHearing *hearing, guint first, guint n)
{
  g_autoptr (GString) out = g_string_new (NULL);
  int speaker = -1;

  for (guint i = first; i < first + n; i++) {
    const AppHearingSegment *segment = app_hearing_get (hearing, i);
    const AppHearingSpeaker *who = app_hearing_get_speaker (hearing, segment);

    if (who != NULL && hearing->speakers->len > 1 && segment->speaker != speaker)
      g_string_append_printf (out, "%s: ", who->name);
    speaker = segment->speaker;
    g_string_append (out, segment->text);
    g_string_append_c (out, '\n');
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Moves a boundary by a few lines, so that the line that announces what comes next stands where
 * that is. low, high: the boundaries next to it. */
static guint
refine_boundary (const AppPassages *passages, guint boundary, guint low, guint high)
{
  for (guint step = 0; step < MAX_MOVES && boundary > low + WIDTH; step++) {
    const guint before[] = { boundary - 1 - WIDTH, boundary - 1 };
    const guint after[] = { boundary, MIN (boundary + WIDTH, high) };

    if (app_passages_compare_ranges (passages, boundary - 1, before, after) <= 0)
      break;
    boundary--;
  }
  return boundary;
}

/* The parts without their texts. */
static AppSummary *
divide (LlmModel *model, const AppHearing *hearing, const AppPassages *passages)
{
  guint n = hearing->segments->len;
  g_autofree int *costs = g_new0 (int, MAX (n, 1));
  g_autofree float *similarities = g_new0 (float, MAX (n, 1));
  g_autoptr (GArray) starts = NULL;
  AppSummary *summary = summary_new ();
  int total = 0;

  for (guint i = 0; i < n; i++) {
    g_autoptr (GArray) ids = llm_tokenizer_encode (llm_model_get_tokenizer (model),
                                                   app_hearing_get (hearing, i)->text, -1, 0);

    costs[i] = (int) ids->len + 1;
    total += costs[i];
    similarities[i] = i > 0 ? app_passages_compare_sides (passages, i, WIDTH) : 0;
  }
  starts = app_parts_find (costs, similarities, n, MAX (PART_POSITIONS, total / MAX_PARTS));
  for (guint p = 1; p < starts->len; p++) {
    guint *start = &g_array_index (starts, guint, p);

    *start = refine_boundary (passages, *start, g_array_index (starts, guint, p - 1),
                              p + 1 < starts->len ? g_array_index (starts, guint, p + 1) : n);
  }
  for (guint p = 0; p < starts->len; p++) {
    AppSummaryPart *part = g_new0 (AppSummaryPart, 1);

    part->first = g_array_index (starts, guint, p);
    part->n = (p + 1 < starts->len ? g_array_index (starts, guint, p + 1) : n) - part->first;
    g_ptr_array_add (summary->parts, part);
  }
  return summary;
}

/* The line of a part that its summary is most like. */
static guint
find_line (AppPassages *passages, const AppSummaryPart *part)
{
  g_autoptr (GArray) ranked = app_passages_rank (passages, part->text);

  for (guint r = 0; r < ranked->len; r++) {
    guint index = g_array_index (ranked, AppPassage, r).index;

    if (index >= part->first && index < part->first + part->n)
      return index;
  }
  return part->first;
}

static AppSummary *
summarise (AppEngine *engine, const AppHearing *hearing, AppPassages *passages, GError **error)
{
  static const char *const stops[] = { "\n", ". ", "。", NULL };
  const LlmGenerateOptions options = { .max_tokens = PART_TOKENS, .stops = stops };
  LlmModel *model = app_engine_get_chat_model (engine, error);
  g_autoptr (AppSummary) summary = NULL;

  if (model == NULL)
    return NULL;
  summary = divide (model, hearing, passages);
  app_engine_begin_stage (engine, APP_STAGE_SUMMING_UP);
  for (guint p = 0; p < summary->parts->len; p++) {
    AppSummaryPart *part = g_ptr_array_index (summary->parts, p);
    g_autofree char *lines = join_lines (hearing, part->first, part->n);
    g_autofree char *request = g_strconcat (lines, PART_REQUEST, NULL);

    part->text =
        ask_model (engine, PART_SYSTEM, request,
                   g_str_equal (hearing->language, "en") ? PART_BEGIN : "", &options, error);
    if (part->text == NULL)
      return NULL;
    if (app_engine_is_cancelled (engine)) {
      g_set_error (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
      return NULL;
    }
    g_strstrip (part->text);
    part->line = find_line (passages, part);
    app_engine_report ((p + 1.0) / summary->parts->len, engine);
  }
  return g_steal_pointer (&summary);
}

/* (transfer full): under which a summary is kept: it depends on the words and the model. */
static char *
name_note (AppEngine *engine, const AppHearing *hearing)
{
  LlmModel *model = app_engine_get_chat_model (engine, NULL);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *lines = join_lines (hearing, 0, hearing->segments->len);

  g_checksum_update (checksum, (const guchar *) PART_SYSTEM PART_REQUEST PART_BEGIN, -1);
  g_checksum_update (checksum, (const guchar *) lines, -1);
  return g_strdup_printf ("summary by %s of %.16s", llm_model_get_name (model),
                          g_checksum_get_string (checksum));
}

/* (transfer full): each part an object, for the cache. */
static char *
write_json (const AppSummary *summary)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (builder);
  for (guint p = 0; p < summary->parts->len; p++) {
    const AppSummaryPart *part = g_ptr_array_index (summary->parts, p);

    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "first");
    json_builder_add_int_value (builder, part->first);
    json_builder_set_member_name (builder, "lines");
    json_builder_add_int_value (builder, part->n);
    json_builder_set_member_name (builder, "line");
    json_builder_add_int_value (builder, part->line);
    json_builder_set_member_name (builder, "text");
    json_builder_add_string_value (builder, part->text);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static guint
read_count (JsonObject *object, const char *name)
{
  return (guint) CLAMP (app_json_get_number (object, name, 0), 0, G_MAXINT);
}

/* (transfer full): NULL if it does not fit the Hearing, or is none. */
static AppSummary *
read_json (const char *text, const AppHearing *hearing)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  g_autoptr (AppSummary) summary = summary_new ();
  guint n = hearing->segments->len, next = 0;

  if (root == NULL || !JSON_NODE_HOLDS_ARRAY (root))
    return NULL;
  for (guint p = 0; p < json_array_get_length (json_node_get_array (root)); p++) {
    JsonNode *node = json_array_get_element (json_node_get_array (root), p);
    AppSummaryPart *part = g_new0 (AppSummaryPart, 1);
    JsonObject *object;

    g_ptr_array_add (summary->parts, part);
    if (!JSON_NODE_HOLDS_OBJECT (node))
      return NULL;
    object = json_node_get_object (node);
    part->first = read_count (object, "first");
    part->n = read_count (object, "lines");
    part->line = read_count (object, "line");
    part->text = g_strdup (app_json_get_text (object, "text"));
    if (part->text == NULL || part->first != next || part->n == 0 || part->n > n - next
        || part->line >= n)
      return NULL;
    next += part->n;
  }
  return next == n && n > 0 ? g_steal_pointer (&summary) : NULL;
}

AppSummary *
app_summary_get (AppEngine *engine, AppHearing *hearing, AppPassages *passages, GError **error)
{
  AppArchive *archive = app_engine_get_archive (engine);
  AppHearingCache *cache = archive != NULL && hearing->content != NULL ? archive->hearings : NULL;
  g_autofree char *name = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *text = NULL;
  AppSummary *summary;

  if (app_engine_get_chat_model (engine, error) == NULL)
    return NULL;
  name = name_note (engine, hearing);
  kept = cache != NULL ? app_hearing_cache_get_note (cache, hearing->content, name) : NULL;
  summary = kept != NULL ? read_json (kept, hearing) : NULL;
  if (summary != NULL)
    return summary;
  summary = summarise (engine, hearing, passages, error);
  if (summary != NULL && cache != NULL) {
    text = write_json (summary);
    app_hearing_cache_put_note (cache, hearing->content, name, text);
  }
  return summary;
}

/* (transfer full): when a part is. */
static char *
format_times (const AppSummaryPart *part, const AppHearing *hearing)
{
  int start = (int) app_hearing_get (hearing, part->first)->start;
  int end = (int) app_hearing_get (hearing, part->first + part->n - 1)->end;

  return g_strdup_printf (" [%d:%02d-%d:%02d]", start / 60, start % 60, end / 60, end % 60);
}

char *
app_summary_format (const AppSummary *summary, const AppHearing *hearing)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out,
                          "It falls into %u parts. What each is about; an answer names them all:\n",
                          summary->parts->len);
  for (guint p = 0; p < summary->parts->len; p++) {
    const AppSummaryPart *part = g_ptr_array_index (summary->parts, p);
    g_autofree char *times = format_times (part, hearing);
    gboolean is_begun = g_str_has_prefix (part->text, PART_BEGIN " ");

    /* The heading says that already, and a list would repeat it in every line. */
    g_string_append_printf (out, "%u.%s %s\n", p + 1, times,
                            part->text + (is_begun ? strlen (PART_BEGIN " ") : 0));
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
app_summary_stand_in (AppEngine *engine, AppConversation *conversation, GArray *lines,
                      GPtrArray *times, GError **error)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);
  guint first_line = 1;

  for (guint h = 0; h < hearings->len; h++) {
    AppHearing *hearing = g_ptr_array_index (hearings, h);

    if (app_conversation_is_cut (conversation, hearing)) {
      g_autoptr (AppSummary) summary = app_summary_get (
          engine, hearing, app_conversation_get_passages (conversation, hearing), error);
      g_autofree char *digest = NULL;

      if (summary == NULL)
        return FALSE;
      digest = app_summary_format (summary, hearing);
      app_conversation_set_digest (conversation, hearing, digest);
      for (guint p = 0; p < summary->parts->len; p++) {
        const AppSummaryPart *part = g_ptr_array_index (summary->parts, p);
        guint line = first_line + part->line;

        g_array_append_val (lines, line);
        g_ptr_array_add (times, format_times (part, hearing));
      }
    }
    first_line += hearing->segments->len;
  }
  return TRUE;
}
