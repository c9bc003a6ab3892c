/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A Hearing to JSON and back. What cannot be told (NAN) is null. */

#include <math.h>

#include "app/base/app-error.h"
#include "app/hearing/hearing.h"

static const char *const sentiment_names[] = { NULL, "negative", "neutral", "positive" };

static const AudioDoubt all_doubts[] = {
  AUDIO_DOUBT_FLAT,    AUDIO_DOUBT_SHORT,     AUDIO_DOUBT_NOISE,
  AUDIO_DOUBT_CLIPPED, AUDIO_DOUBT_NARROW,    AUDIO_DOUBT_UNVOICED,
  AUDIO_DOUBT_UNUSUAL, AUDIO_DOUBT_NO_SPEECH, AUDIO_DOUBT_GENDER,
};

/* The measures of an AudioProsody by their documented names; scale: digits after the point. */
typedef struct {
  const char *name;
  gsize offset;
  double scale;
} Measure;

#define MEASURE(field, digits)                                                                     \
  {                                                                                                \
#field, G_STRUCT_OFFSET(AudioProsody, field), digits                                           \
  }

static const Measure measures[] = {
  MEASURE (pitch_hz, 10), MEASURE (pitch_low_hz, 10),  MEASURE (pitch_high_hz, 10),
  MEASURE (voiced, 1000), MEASURE (loudness_lufs, 10), MEASURE (rate_sps, 100),
  MEASURE (pause_s, 100), MEASURE (jitter, 10000),     MEASURE (shimmer, 10000),
  MEASURE (hnr_db, 10),   MEASURE (tilt_db, 10),
};

static void
add_number (JsonBuilder *builder, const char *name, double value, double scale)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, round (value * scale) / scale);
  else
    json_builder_add_null_value (builder);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_flag (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_gender (JsonBuilder *builder, double female)
{
  json_builder_set_member_name (builder, "gender");
  json_builder_begin_object (builder);
  add_number (builder, "female", female, 1000);
  add_number (builder, "male", 1 - female, 1000);
  json_builder_end_object (builder);
}

static void
add_attributes (JsonBuilder *builder, const AudioAttributes *attributes)
{
  add_gender (builder, attributes->female);
  json_builder_set_member_name (builder, "emotion");
  json_builder_begin_object (builder);
  for (AudioEmotion i = 0; i < AUDIO_N_EMOTIONS; i++)
    add_number (builder, audio_emotion_get_name (i), attributes->emotion[i], 1000);
  json_builder_end_object (builder);
  add_flag (builder, "certain", attributes->certain);
  add_flag (builder, "gender_certain", attributes->gender_certain);
  json_builder_set_member_name (builder, "doubts");
  json_builder_begin_array (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (all_doubts); i++)
    if (attributes->doubts & all_doubts[i])
      json_builder_add_string_value (builder, audio_doubt_get_name (all_doubts[i]));
  json_builder_end_array (builder);
}

static void
add_prosody (JsonBuilder *builder, const AudioProsody *prosody)
{
  for (gsize i = 0; i < G_N_ELEMENTS (measures); i++)
    add_number (builder, measures[i].name, G_STRUCT_MEMBER (float, prosody, measures[i].offset),
                measures[i].scale);
  json_builder_set_member_name (builder, "pauses");
  json_builder_add_int_value (builder, prosody->n_pauses);
}

static void
add_words (JsonBuilder *builder, const AppHearingSegment *segment)
{
  json_builder_set_member_name (builder, "words");
  json_builder_begin_array (builder);
  for (int i = 0; i < segment->n_words; i++) {
    const AppHearingWord *word = &segment->words[i];

    json_builder_begin_object (builder);
    add_number (builder, "start", word->start, 1000);
    add_number (builder, "end", word->end, 1000);
    add_text (builder, "word", word->text);
    add_number (builder, "probability", word->probability, 1000);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_segment (JsonBuilder *builder, const AppHearing *hearing, const AppHearingSegment *segment,
             const char *file, AppHearingParts parts)
{
  const AppHearingSpeaker *speaker = app_hearing_get_speaker (hearing, segment);

  json_builder_begin_object (builder);
  if (file != NULL)
    add_text (builder, "file", file);
  add_number (builder, "start", segment->start, 1000);
  add_number (builder, "end", segment->end, 1000);
  add_text (builder, "text", segment->text);
  if (speaker != NULL)
    add_text (builder, "speaker", speaker->name);
  if (segment->has_attributes)
    add_attributes (builder, &segment->attributes);
  if (segment->sentiment != APP_SENTIMENT_UNKNOWN) {
    add_text (builder, "sentiment", sentiment_names[segment->sentiment]);
    add_flag (builder, "words_against_tone", segment->is_contrast);
  }
  if (segment->has_prosody)
    add_prosody (builder, &segment->prosody);
  if (parts & APP_HEARING_WITH_WORDS)
    add_words (builder, segment);
  json_builder_end_object (builder);
}

void
app_hearing_segment_build_json (const AppHearing *hearing, const AppHearingSegment *segment,
                                const char *file, JsonBuilder *builder)
{
  add_segment (builder, hearing, segment, file, 0);
}

static void
add_speaker (JsonBuilder *builder, const AppHearingSpeaker *speaker, gboolean with_embedding)
{
  json_builder_begin_object (builder);
  add_text (builder, "name", speaker->name);
  add_number (builder, "seconds", speaker->seconds, 1000);
  if (speaker->has_attributes) {
    add_gender (builder, speaker->female);
    add_flag (builder, "gender_certain", speaker->gender_certain);
  }
  add_number (builder, "pitch_hz", speaker->pitch_hz, 10);
  if (with_embedding) {
    json_builder_set_member_name (builder, "embedding");
    json_builder_begin_array (builder);
    for (int i = 0; i < APP_HEARING_SPEAKER_DIM; i++)
      json_builder_add_double_value (builder, speaker->embedding[i]);
    json_builder_end_array (builder);
  }
  json_builder_end_object (builder);
}

static void
add_curve (JsonBuilder *builder, const char *name, const GArray *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < values->len; i++) {
    double value = g_array_index (values, float, i);

    if (isfinite (value))
      json_builder_add_double_value (builder, round (value * 10) / 10);
    else
      json_builder_add_null_value (builder);
  }
  json_builder_end_array (builder);
}

static void
add_curves (JsonBuilder *builder, const AppHearing *hearing)
{
  json_builder_set_member_name (builder, "over_time");
  json_builder_begin_object (builder);
  add_number (builder, "step_s", APP_HEARING_STEP_S, 1000);
  add_curve (builder, "pitch_hz", hearing->pitch_hz);
  add_curve (builder, "loudness_lufs", hearing->loudness_lufs);
  json_builder_end_object (builder);
}

void
app_hearing_build_json (const AppHearing *hearing, AppHearingParts parts, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  add_text (builder, "file", hearing->title);
  add_number (builder, "seconds", hearing->seconds, 1000);
  add_text (builder, "language", hearing->language);
  if (hearing->missing != NULL)
    add_text (builder, "missing", hearing->missing);
  json_builder_set_member_name (builder, "speakers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < hearing->speakers->len; i++)
    add_speaker (builder, g_ptr_array_index (hearing->speakers, i),
                 parts & APP_HEARING_WITH_EMBEDDINGS);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < hearing->segments->len; i++)
    add_segment (builder, hearing, app_hearing_get (hearing, i), NULL, parts);
  json_builder_end_array (builder);
  if (parts & APP_HEARING_WITH_CURVES)
    add_curves (builder, hearing);
  json_builder_end_object (builder);
}

/* The member's value if it is there and of the type; NULL otherwise. */
static JsonNode *
find_member (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type
             ? node
             : NULL;
}

/* NAN if there is no such number. */
static double
read_number (JsonObject *object, const char *name)
{
  JsonNode *node = find_member (object, name, G_TYPE_DOUBLE);

  if (node == NULL)
    node = find_member (object, name, G_TYPE_INT64);
  return node != NULL ? json_node_get_double (node) : NAN;
}

static const char *
read_text (JsonObject *object, const char *name)
{
  JsonNode *node = find_member (object, name, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : NULL;
}

static gboolean
read_flag (JsonObject *object, const char *name)
{
  JsonNode *node = find_member (object, name, G_TYPE_BOOLEAN);

  return node != NULL && json_node_get_boolean (node);
}

static JsonObject *
read_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
read_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* (transfer none): element i as an object, or NULL. */
static JsonObject *
read_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
read_attributes (JsonObject *object, AudioAttributes *attributes)
{
  JsonObject *gender = read_object (object, "gender");
  JsonObject *emotion = read_object (object, "emotion");
  JsonArray *doubts = read_array (object, "doubts");

  if (gender == NULL || emotion == NULL)
    return FALSE;
  attributes->female = (float) read_number (gender, "female");
  for (AudioEmotion i = 0; i < AUDIO_N_EMOTIONS; i++)
    attributes->emotion[i] = (float) read_number (emotion, audio_emotion_get_name (i));
  attributes->certain = read_flag (object, "certain");
  attributes->gender_certain = read_flag (object, "gender_certain");
  for (guint d = 0; doubts != NULL && d < json_array_get_length (doubts); d++) {
    JsonNode *doubt = json_array_get_element (doubts, d);

    for (gsize i = 0; i < G_N_ELEMENTS (all_doubts); i++)
      if (json_node_get_value_type (doubt) == G_TYPE_STRING
          && g_str_equal (json_node_get_string (doubt), audio_doubt_get_name (all_doubts[i])))
        attributes->doubts |= all_doubts[i];
  }
  return TRUE;
}

static void
read_prosody (JsonObject *object, AudioProsody *prosody)
{
  for (gsize i = 0; i < G_N_ELEMENTS (measures); i++)
    G_STRUCT_MEMBER (float, prosody, measures[i].offset) =
        (float) read_number (object, measures[i].name);
  if (find_member (object, "pauses", G_TYPE_INT64) != NULL)
    prosody->n_pauses = (int) json_object_get_int_member (object, "pauses");
}

static gboolean
read_words (AppHearingSegment *segment, JsonArray *words)
{
  guint n = words != NULL ? json_array_get_length (words) : 0;

  segment->words = n > 0 ? g_new0 (AppHearingWord, n) : NULL;
  segment->n_words = (int) n;
  for (guint i = 0; i < n; i++) {
    JsonObject *object = read_element (words, i);
    const char *text = object != NULL ? read_text (object, "word") : NULL;
    AppHearingWord *word = &segment->words[i];

    if (text == NULL)
      return FALSE;
    word->text = g_strdup (text);
    word->start = read_number (object, "start");
    word->end = read_number (object, "end");
    word->probability = (float) read_number (object, "probability");
    if (!isfinite (word->start) || !isfinite (word->end))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_segment (AppHearing *hearing, JsonObject *object)
{
  const char *text = object != NULL ? read_text (object, "text") : NULL;
  const char *speaker = object != NULL ? read_text (object, "speaker") : NULL;
  const char *sentiment = object != NULL ? read_text (object, "sentiment") : NULL;
  AppHearingSegment *segment;

  if (text == NULL)
    return FALSE;
  segment = app_hearing_add_segment (hearing);
  segment->text = g_strdup (text);
  segment->start = read_number (object, "start");
  segment->end = read_number (object, "end");
  for (guint i = 0; speaker != NULL && i < hearing->speakers->len; i++) {
    const AppHearingSpeaker *known = g_ptr_array_index (hearing->speakers, i);

    if (g_str_equal (known->name, speaker))
      segment->speaker = (int) i;
  }
  segment->has_attributes = read_attributes (object, &segment->attributes);
  for (AppSentiment i = APP_SENTIMENT_NEGATIVE; i <= APP_SENTIMENT_POSITIVE; i++)
    if (g_strcmp0 (sentiment, sentiment_names[i]) == 0)
      segment->sentiment = i;
  segment->is_contrast = read_flag (object, "words_against_tone");
  segment->has_prosody = json_object_has_member (object, "pitch_hz");
  if (segment->has_prosody)
    read_prosody (object, &segment->prosody);
  return isfinite (segment->start) && isfinite (segment->end)
         && read_words (segment, read_array (object, "words"));
}

static gboolean
read_speaker (AppHearing *hearing, JsonObject *object)
{
  const char *name = object != NULL ? read_text (object, "name") : NULL;
  JsonObject *gender = object != NULL ? read_object (object, "gender") : NULL;
  JsonArray *embedding = object != NULL ? read_array (object, "embedding") : NULL;
  AppHearingSpeaker *speaker;

  if (name == NULL)
    return FALSE;
  speaker = app_hearing_add_speaker (hearing, name);
  speaker->seconds = read_number (object, "seconds");
  speaker->pitch_hz = (float) read_number (object, "pitch_hz");
  speaker->has_attributes = gender != NULL;
  if (gender != NULL)
    speaker->female = (float) read_number (gender, "female");
  speaker->gender_certain = read_flag (object, "gender_certain");
  if (embedding != NULL && json_array_get_length (embedding) == APP_HEARING_SPEAKER_DIM)
    for (guint i = 0; i < APP_HEARING_SPEAKER_DIM; i++) {
      JsonNode *value = json_array_get_element (embedding, i);

      if (!JSON_NODE_HOLDS_VALUE (value))
        return FALSE;
      speaker->embedding[i] = (float) json_node_get_double (value);
    }
  return TRUE;
}

static void
read_curve (JsonObject *curves, const char *name, GArray *values)
{
  JsonArray *array = read_array (curves, name);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    float value = JSON_NODE_HOLDS_VALUE (node) ? (float) json_node_get_double (node) : NAN;

    g_array_append_val (values, value);
  }
}

/* Curves of different lengths are none. */
static void
read_curves (AppHearing *hearing, JsonObject *curves)
{
  read_curve (curves, "pitch_hz", hearing->pitch_hz);
  read_curve (curves, "loudness_lufs", hearing->loudness_lufs);
  if (hearing->pitch_hz->len == hearing->loudness_lufs->len)
    return;
  g_array_set_size (hearing->pitch_hz, 0);
  g_array_set_size (hearing->loudness_lufs, 0);
}

AppHearing *
app_hearing_new_from_json (const char *path, JsonNode *json, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (json) ? json_node_get_object (json) : NULL;
  JsonArray *speakers = object != NULL ? read_array (object, "speakers") : NULL;
  JsonArray *segments = object != NULL ? read_array (object, "segments") : NULL;
  const char *language = object != NULL ? read_text (object, "language") : NULL;
  const AudioTranscript none = { 0 };
  g_autoptr (AppHearing) hearing = app_hearing_new (path, &none);
  gboolean is_whole = speakers != NULL && segments != NULL && language != NULL;

  if (is_whole) {
    g_strlcpy (hearing->language, language, sizeof hearing->language);
    hearing->seconds = read_number (object, "seconds");
    hearing->missing = g_strdup (read_text (object, "missing"));
    is_whole = isfinite (hearing->seconds);
  }
  for (guint i = 0; is_whole && i < json_array_get_length (speakers); i++)
    is_whole = read_speaker (hearing, read_element (speakers, i));
  for (guint i = 0; is_whole && i < json_array_get_length (segments); i++)
    is_whole = read_segment (hearing, read_element (segments, i));
  if (is_whole && read_object (object, "over_time") != NULL)
    read_curves (hearing, read_object (object, "over_time"));
  if (is_whole)
    return g_steal_pointer (&hearing);
  g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s: what was heard is not kept as expected",
               hearing->title);
  return NULL;
}

AppHearing *
app_hearing_round (const AppHearing *hearing, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) json = NULL;
  AppHearing *rounded;

  app_hearing_build_json (hearing, APP_HEARING_WHOLE, builder);
  json = json_builder_get_root (builder);
  rounded = app_hearing_new_from_json (path, json, NULL);
  g_assert (rounded != NULL);
  /* These are not in JSON. */
  rounded->content = g_strdup (hearing->content);
  rounded->encode_s = hearing->encode_s;
  rounded->decode_s = hearing->decode_s;
  return rounded;
}
