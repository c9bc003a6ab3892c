/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/verify.h"
#include "app/base/json-write.h"

#include <math.h>
#include <string.h>

#include "audio/sound/clip.h"

/* Less probable than this is not worth a difference. */
#define LEAST_LOG10 (-300.0)

gboolean
app_verify (const char *path, atomic_bool *cancel, AppVerdict *verdict, GError **error)
{
  *verdict = (AppVerdict){ 0 };
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, cancel, error);

  if (clip == NULL)
    return FALSE;
  verdict->seconds = clip->seconds;
  if (!audio_mark_find (clip->samples, clip->n_samples, AUDIO_RATE_HZ, cancel, &verdict->mark)) {
    g_set_error (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
    return FALSE;
  }
  audio_file_tags_read (path, &verdict->tags);
  const char *software = verdict->tags.software, *comment = verdict->tags.comment;
  verdict->says_made_by_hearsay = (software != NULL && g_str_has_prefix (software, "Hearsay"))
                                  || (comment != NULL && strstr (comment, "by Hearsay") != NULL);
  return TRUE;
}

void
app_verdict_clear (AppVerdict *verdict)
{
  audio_mark_finding_clear (&verdict->mark);
  audio_file_tags_clear (&verdict->tags);
}

const char *
app_verdict_describe_voice (AudioMarkPayload payload)
{
  static const char *const names[AUDIO_MARK_N_PAYLOADS] = {
    [AUDIO_MARK_STOCK_VOICE] = "a stock voice",
    [AUDIO_MARK_OWN_VOICE] = "an own voice",
  };

  return names[payload] != NULL ? names[payload] : "a voice of a later version";
}

char *
app_verdict_format_chance (double log10_probability)
{
  if (log10_probability > -3)
    return g_strdup_printf ("1 in %.0f", pow (10, -log10_probability));
  return g_strdup_printf ("1 in 10^%.0f", floor (-MAX (log10_probability, LEAST_LOG10)));
}

static const char *
get_voice_name (AudioMarkPayload payload)
{
  return payload == AUDIO_MARK_STOCK_VOICE ? "stock"
         : payload == AUDIO_MARK_OWN_VOICE ? "own"
                                           : "other";
}

static void
build_spans (const AppVerdict *verdict, JsonBuilder *builder)
{
  const GArray *spans = verdict->mark.spans;

  json_builder_set_member_name (builder, "spans");
  json_builder_begin_array (builder);
  for (guint i = 0; spans != NULL && i < spans->len; i++) {
    const AudioMarkSpan *span = &g_array_index (spans, AudioMarkSpan, i);

    json_builder_begin_object (builder);
    app_json_add_number (builder, "start", span->start_s, 1);
    app_json_add_number (builder, "end", span->end_s, 1);
    app_json_add_string (builder, "voice", get_voice_name (span->payload));
    app_json_add_number (builder, "score", span->score, 2);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
app_verdict_build_json (const AppVerdict *verdict, JsonBuilder *builder)
{
  const AudioMarkFinding *mark = &verdict->mark;
  const double chance = pow (10, MAX (mark->log10_by_chance, LEAST_LOG10));

  app_json_add_number (builder, "seconds", verdict->seconds, 3);
  json_builder_set_member_name (builder, "made_by_hearsay");
  json_builder_add_boolean_value (builder, mark->is_found);
  app_json_add_string (builder, "voice", mark->is_found ? get_voice_name (mark->payload) : NULL);
  app_json_add_number (builder, "score", mark->score, 2);
  app_json_add_number (builder, "threshold", mark->threshold, 2);
  json_builder_set_member_name (builder, "by_chance");
  json_builder_add_double_value (builder, chance);
  app_json_add_number (builder, "confidence", 1 - chance, 6);
  app_json_add_number (builder, "speed", mark->speed, 4);
  build_spans (verdict, builder);
  json_builder_set_member_name (builder, "metadata");
  json_builder_begin_object (builder);
  app_json_add_string (builder, "title", verdict->tags.title);
  app_json_add_string (builder, "software", verdict->tags.software);
  app_json_add_string (builder, "comment", verdict->tags.comment);
  json_builder_set_member_name (builder, "says_made_by_hearsay");
  json_builder_add_boolean_value (builder, verdict->says_made_by_hearsay);
  json_builder_end_object (builder);
}
