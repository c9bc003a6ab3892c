/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/transcription.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/answer/facts.h"
#include "app/base/json-write.h"
#include "app/hearing/hearing-export.h"
#include "app/server/http-error.h"

#define MAX_FIELD 4096

static const struct {
  const char *name;
  const char *type;
} forms[APP_N_REPLIES] = {
  [APP_REPLY_JSON] = { "json", "application/json" },
  [APP_REPLY_TEXT] = { "text", "text/plain; charset=utf-8" },
  [APP_REPLY_SRT] = { "srt", "text/plain; charset=utf-8" },
  [APP_REPLY_VTT] = { "vtt", "text/vtt; charset=utf-8" },
  [APP_REPLY_VERBOSE] = { "verbose_json", "application/json" },
  [APP_REPLY_DIARIZED] = { "diarized_json", "application/json" },
  [APP_REPLY_HEARING] = { "hearing", "application/json" },
};

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, APP_HTTP_ERROR, 400, message);
  return FALSE;
}

/* (transfer full): the part's text; NULL if it is none. */
static char *
get_text (const AppPart *part)
{
  if (part->n_bytes > MAX_FIELD || memchr (part->data, '\0', part->n_bytes) != NULL
      || !g_utf8_validate_len (part->data, part->n_bytes, NULL))
    return NULL;
  return g_strndup (part->data, part->n_bytes);
}

static gboolean
read_form (AppTranscription *asked, const char *text, GError **error)
{
  for (int i = 0; i < APP_N_REPLIES; i++)
    if (g_str_equal (text, forms[i].name)) {
      asked->form = (AppReplyForm) i;
      return TRUE;
    }
  return refuse (error, "response_format: json, text, srt, vtt, verbose_json, diarized_json or "
                        "hearing is expected");
}

static gboolean
read_granularity (AppTranscription *asked, const char *text, GError **error)
{
  asked->has_words |= g_str_equal (text, "word");
  asked->has_segments |= g_str_equal (text, "segment");
  return g_str_equal (text, "word") || g_str_equal (text, "segment")
         || refuse (error, "timestamp_granularities: word or segment is expected");
}

static gboolean
is_language (const char *text)
{
  gsize n = strspn (text, "abcdefghijklmnopqrstuvwxyz");

  return text[n] == '\0' && (n == 2 || n == 3);
}

static gboolean
read_speakers (AppTranscription *asked, const char *text, GError **error)
{
  gint64 n = 0;

  if (!g_ascii_string_to_signed (text, 10, 1, APP_HEARING_MAX_SPEAKERS, &n, NULL))
    return refuse (error, "speakers: a number between 1 and 26 is expected");
  asked->n_speakers = (int) n;
  return TRUE;
}

static gboolean
read_part (AppTranscription *asked, const AppPart *part, GError **error)
{
  g_autofree char *text = NULL;

  if (g_str_equal (part->name, "file")) {
    asked->file = part;
    return TRUE;
  }
  text = get_text (part);
  if (text == NULL)
    return refuse (error, "a field of the form that is no text, or a long one");
  if (g_str_equal (part->name, "response_format"))
    return read_form (asked, text, error);
  if (g_str_has_prefix (part->name, "timestamp_granularities"))
    return read_granularity (asked, text, error);
  if (g_str_equal (part->name, "speakers"))
    return read_speakers (asked, text, error);
  if (g_str_equal (part->name, "language") && *text != '\0') {
    g_free (asked->language);
    asked->language = g_steal_pointer (&text);
    return is_language (asked->language)
           || refuse (error, "language: a code such as en is expected");
  }
  if (g_str_equal (part->name, "model")) {
    g_free (asked->model);
    asked->model = g_steal_pointer (&text);
  }
  return TRUE;
}

gboolean
app_transcription_read (AppTranscription *asked, const GPtrArray *parts, GError **error)
{
  for (guint i = 0; i < parts->len; i++)
    if (!read_part (asked, g_ptr_array_index (parts, i), error))
      return FALSE;
  if (asked->file == NULL)
    return refuse (error, "file is missing");
  if (asked->file->n_bytes == 0)
    return refuse (error, "file is empty");
  if ((asked->has_words || asked->has_segments) && asked->form != APP_REPLY_VERBOSE)
    return refuse (error, "timestamp_granularities are for response_format verbose_json");
  return TRUE;
}

void
app_transcription_clear (AppTranscription *asked)
{
  g_clear_pointer (&asked->model, g_free);
  g_clear_pointer (&asked->language, g_free);
}

JsonNode *
app_transcription_make_request (const AppTranscription *asked, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *uri = g_filename_to_uri (path, NULL, error);
  gboolean tells_speakers = asked->form == APP_REPLY_DIARIZED || asked->form == APP_REPLY_HEARING
                            || asked->n_speakers > 0;

  if (uri == NULL)
    return NULL;
  json_builder_begin_object (builder);
  app_json_add_string (builder, "file", uri);
  json_builder_set_member_name (builder, "listen");
  json_builder_begin_object (builder);
  app_json_add_string (builder, "language", asked->language);
  if (asked->n_speakers > 0)
    app_json_add_int (builder, "speakers", asked->n_speakers);
  /* The whole Hearing has what the user's settings say. */
  if (!tells_speakers) {
    json_builder_set_member_name (builder, "tell_speakers");
    json_builder_add_boolean_value (builder, FALSE);
  }
  if (asked->form != APP_REPLY_HEARING) {
    json_builder_set_member_name (builder, "attributes");
    json_builder_add_boolean_value (builder, FALSE);
  }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

/* Words are set apart as their writing does it. */
static void
append_text (GString *text, const char *more)
{
  gunichar first = g_utf8_get_char (more);
  const char *last = text->len > 0 ? g_utf8_prev_char (text->str + text->len) : NULL;

  if (last != NULL && !(g_unichar_iswide (first) && g_unichar_iswide (g_utf8_get_char (last))))
    g_string_append_c (text, ' ');
  g_string_append (text, more);
}

/* (transfer full) */
static char *
join (const AppHearing *hearing)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < hearing->segments->len; i++)
    if (app_hearing_get (hearing, i)->text[0] != '\0')
      append_text (text, app_hearing_get (hearing, i)->text);
  return g_string_free (text, FALSE);
}

static double
get_mean_log_probability (const AppHearingSegment *segment)
{
  double sum = 0;

  for (int i = 0; i < segment->n_words; i++)
    sum += log (CLAMP (segment->words[i].probability, 1e-6, 1));
  return segment->n_words > 0 ? sum / segment->n_words : 0;
}

/* What a Hearing does not keep is 0: clients expect the members. */
static void
add_segment (const AppHearingSegment *segment, guint index, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  app_json_add_int (builder, "id", index);
  app_json_add_int (builder, "seek", 0);
  app_json_add_number (builder, "start", segment->start, 3);
  app_json_add_number (builder, "end", segment->end, 3);
  app_json_add_string (builder, "text", segment->text);
  json_builder_set_member_name (builder, "tokens");
  json_builder_begin_array (builder);
  json_builder_end_array (builder);
  app_json_add_number (builder, "temperature", 0, 1);
  app_json_add_number (builder, "avg_logprob", get_mean_log_probability (segment), 4);
  app_json_add_number (builder, "compression_ratio", 0, 1);
  app_json_add_number (builder, "no_speech_prob", 0, 1);
  json_builder_end_object (builder);
}

static void
add_turn (const AppHearing *hearing, guint index, JsonBuilder *builder)
{
  const AppHearingSegment *segment = app_hearing_get (hearing, index);
  const AppHearingSpeaker *speaker = app_hearing_get_speaker (hearing, segment);
  g_autofree char *id = g_strdup_printf ("seg_%03u", index);

  json_builder_begin_object (builder);
  app_json_add_string (builder, "type", "transcript.text.segment");
  app_json_add_string (builder, "id", id);
  app_json_add_number (builder, "start", segment->start, 3);
  app_json_add_number (builder, "end", segment->end, 3);
  app_json_add_string (builder, "text", segment->text);
  app_json_add_string (builder, "speaker", speaker != NULL ? speaker->name : "A");
  json_builder_end_object (builder);
}

static void
add_words (const AppHearing *hearing, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "words");
  json_builder_begin_array (builder);
  for (guint i = 0; i < hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (hearing, i);

    for (int k = 0; k < segment->n_words; k++) {
      g_autofree char *word = g_strstrip (g_strdup (segment->words[k].text));

      json_builder_begin_object (builder);
      app_json_add_string (builder, "word", word);
      app_json_add_number (builder, "start", segment->words[k].start, 3);
      app_json_add_number (builder, "end", segment->words[k].end, 3);
      json_builder_end_object (builder);
    }
  }
  json_builder_end_array (builder);
}

static void
add_segments (const AppTranscription *asked, const AppHearing *hearing, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < hearing->segments->len; i++)
    if (asked->form == APP_REPLY_DIARIZED)
      add_turn (hearing, i, builder);
    else
      add_segment (app_hearing_get (hearing, i), i, builder);
  json_builder_end_array (builder);
}

static void
build_object (const AppTranscription *asked, const AppHearing *hearing, const char *text,
              JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  if (asked->form != APP_REPLY_JSON) {
    app_json_add_string (builder, "task", "transcribe");
    app_json_add_number (builder, "duration", hearing->seconds, 3);
  }
  if (asked->form == APP_REPLY_VERBOSE) {
    g_autofree char *language =
        g_ascii_strdown (app_facts_get_language_name (hearing->language), -1);

    app_json_add_string (builder, "language", language);
  }
  app_json_add_string (builder, "text", text);
  /* Words alone only where they alone are asked for. */
  if (asked->form == APP_REPLY_DIARIZED
      || (asked->form == APP_REPLY_VERBOSE && (asked->has_segments || !asked->has_words)))
    add_segments (asked, hearing, builder);
  if (asked->has_words)
    add_words (hearing, builder);
  json_builder_set_member_name (builder, "usage");
  json_builder_begin_object (builder);
  app_json_add_string (builder, "type", "duration");
  app_json_add_int (builder, "seconds", (gint64) ceil (hearing->seconds));
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

char *
app_transcription_write (const AppTranscription *asked, const AppHearing *hearing,
                         const char **type)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  *type = forms[asked->form].type;
  if (asked->form == APP_REPLY_SRT)
    return app_hearing_export (hearing, APP_FORMAT_SRT);
  if (asked->form == APP_REPLY_VTT)
    return app_hearing_export (hearing, APP_FORMAT_VTT);
  text = join (hearing);
  if (asked->form == APP_REPLY_TEXT)
    return g_strconcat (text, "\n", NULL);
  builder = json_builder_new ();
  if (asked->form == APP_REPLY_HEARING)
    app_hearing_build_json (hearing, APP_HEARING_WITH_WORDS | APP_HEARING_WITH_CURVES, builder);
  else
    build_object (asked, hearing, text, builder);
  root = json_builder_get_root (builder);
  return app_json_to_text (root);
}
