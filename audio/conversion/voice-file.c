/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/conversion/voice-file.h"

#include <math.h>
#include <string.h>

#include "nn/gguf/gguf-writer.h"

#define ARCHITECTURE "voice"
#define VERSION 1
/* Of speech, in dB of full scale. */
#define LEAST_LEVEL_DB -150.0
#define MOST_LEVEL_DB 50.0
/* Of the deviations of a band. */
#define LEAST_RATIO 0.6f
#define MOST_RATIO 1.6f
#define ENVELOPES (AUDIO_VOICE_N_SUB * AUDIO_ENVELOPE_SIZE)

struct _AudioVoiceFile {
  NnGguf *gguf;
  AudioVoiceFacts facts;
  char **clips;
  int n_state;
};

/* Mean and deviation of each feature over the rows that hold speech, then unit length. */
static void
normalise (const AudioVoiceFrames *frames, float *mean, float *deviation, float *rows)
{
  const float least_db = audio_voice_frames_get_level (frames) - 30;
  const int d = frames->n_state;

  for (int i = 0; i < d; i++) {
    double sum = 0, squares = 0;
    int n = 0;

    for (int r = 0; r < frames->n; r++) {
      const double x = (double) frames->features[(size_t) r * (size_t) d + (size_t) i];

      if (frames->level_db[r] < least_db)
        continue;
      sum += x;
      squares += x * x;
      n++;
    }
    sum /= MAX (n, 1);
    mean[i] = (float) sum;
    deviation[i] = (float) sqrt (MAX (squares / MAX (n, 1) - sum * sum, 1e-10));
  }
  for (int r = 0; r < frames->n; r++) {
    const float *x = frames->features + (size_t) r * (size_t) d;

    audio_voice_frames_normalise (x, mean, deviation, d, rows + (size_t) r * (size_t) d);
  }
}

static void
add_set (NnGgufWriter *writer, const char *name, const AudioVoiceFrames *frames)
{
  const int d = frames->n_state;
  const float level = audio_voice_frames_get_level (frames);
  g_autofree float *rows = g_new (float, (size_t) frames->n *(size_t) d);
  g_autofree float *norms = g_new (float, 2 * d);
  g_autofree float *properties = g_new (float, 2 * frames->n);
  g_autofree char *features = g_strconcat (name, ".features", NULL);
  g_autofree char *envelope = g_strconcat (name, ".envelope", NULL);
  g_autofree char *others = g_strconcat (name, ".properties", NULL);
  g_autofree char *normalisation = g_strconcat (name, ".normalisation", NULL);
  g_autofree char *level_key = g_strconcat ("voice.", name, "_level_db", NULL);

  normalise (frames, norms, norms + d, rows);
  for (int r = 0; r < frames->n; r++) {
    properties[2 * r] = frames->level_db[r] - level;
    properties[2 * r + 1] = frames->voiced[r];
  }
  nn_gguf_writer_add_double (writer, level_key, (double) level);
  nn_gguf_writer_add_matrix (writer, features, NN_TYPE_Q8_0, d, frames->n, rows);
  nn_gguf_writer_add_matrix (writer, envelope, NN_TYPE_F16, ENVELOPES, frames->n, frames->envelope);
  nn_gguf_writer_add_matrix (writer, others, NN_TYPE_F32, 2, frames->n, properties);
  nn_gguf_writer_add_matrix (writer, normalisation, NN_TYPE_F32, d, 2, norms);
}

GBytes *
audio_voice_file_make (const AudioVoiceFacts *facts, const AudioVoiceFrames *reference,
                       const AudioVoiceFrames *calibration, const AudioVoiceMoments *moments)
{
  g_autoptr (NnGgufWriter) writer = nn_gguf_writer_new (ARCHITECTURE);

  nn_gguf_writer_add_int (writer, "voice.version", VERSION);
  nn_gguf_writer_add_string (writer, "voice.name", facts->name);
  nn_gguf_writer_add_string (writer, "voice.stock", facts->stock);
  nn_gguf_writer_add_string (writer, "voice.date", facts->date);
  nn_gguf_writer_add_string (writer, "voice.origin", facts->origin);
  nn_gguf_writer_add_string (writer, "voice.attestation", facts->attestation);
  nn_gguf_writer_add_strings (writer, "voice.clips", facts->clips, facts->n_clips);
  nn_gguf_writer_add_double (writer, "voice.f0_factor", facts->f0_factor);
  nn_gguf_writer_add_double (writer, "voice.f0_spread", facts->f0_spread);
  nn_gguf_writer_add_double (writer, "voice.strength", facts->strength);
  nn_gguf_writer_add_double (writer, "voice.reference_s", facts->reference_s);
  nn_gguf_writer_add_double (writer, "voice.calibration_s", facts->calibration_s);
  nn_gguf_writer_add_double (writer, "voice.score", facts->score);
  nn_gguf_writer_add_matrix (writer, "speaker", NN_TYPE_F32, AUDIO_SPEAKER_DIM, 0,
                             facts->embedding);
  add_set (writer, "reference", reference);
  add_set (writer, "calibration", calibration);
  if (moments != NULL) {
    nn_gguf_writer_add_matrix (writer, "moments", NN_TYPE_F32, AUDIO_VOICE_N_BANDS, 4,
                               moments->reference.mean);
    nn_gguf_writer_add_matrix (writer, "moments.map", NN_TYPE_F32, AUDIO_VOICE_N_BANDS,
                               AUDIO_VOICE_N_BANDS, moments->map[0]);
  }
  return nn_gguf_writer_finish (writer);
}

static gboolean
check_finite (const NnGguf *gguf, const NnTensor *tensor, GError **error)
{
  const size_t width = (size_t) tensor->dims[0];
  const size_t n_rows = (size_t) tensor->dims[1];
  const size_t row_bytes = nn_type_row_bytes (tensor->type, width);
  g_autofree float *row = g_new (float, width);

  for (size_t r = 0; r < n_rows; r++) {
    nn_dequantize_row (tensor->type, (const char *) tensor->data + r * row_bytes, row, width);
    for (size_t i = 0; i < width; i++)
      if (!(fabsf (row[i]) < 1e4f)) {
        g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                     "%s: tensor %s: row %zu holds a value that none can be",
                     nn_gguf_get_path (gguf), tensor->name, r);
        return FALSE;
      }
  }
  return TRUE;
}

/* The tensor `set`.`name` { width, n_rows } of this type; n_rows 0: a vector. */
static gboolean
check_tensor (const NnGguf *gguf, const char *set, const char *name, NnType type, int64_t width,
              int64_t n_rows, GError **error)
{
  g_autofree char *full = g_strconcat (set, name, NULL);
  const NnTensor *tensor =
      nn_gguf_require (gguf, full, n_rows > 0 ? 2 : 1, (int64_t[]){ width, n_rows }, error);

  if (tensor == NULL)
    return FALSE;
  if (tensor->type == type)
    return check_finite (gguf, tensor, error);
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: tensor %s is of type %d, expected %d",
               nn_gguf_get_path (gguf), full, (int) tensor->type, (int) type);
  return FALSE;
}

/* key is in least .. most, and a number. */
static gboolean
check_number (const NnGguf *gguf, const char *key, double least, double most, double *value,
              GError **error)
{
  if (!nn_gguf_get_double (gguf, key, value, error))
    return FALSE;
  if (*value >= least && *value <= most)
    return TRUE;
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: %s is %g, expected %g to %g",
               nn_gguf_get_path (gguf), key, *value, least, most);
  return FALSE;
}

/* The filter divides by the deviations. */
static gboolean
check_moments (const NnGguf *gguf, GError **error)
{
  const AudioVoiceMoments *moments;

  if (!check_tensor (gguf, "moments", "", NN_TYPE_F32, AUDIO_VOICE_N_BANDS, 4, error))
    return FALSE;
  if (nn_gguf_find (gguf, "moments.map") != NULL
      && !check_tensor (gguf, "moments", ".map", NN_TYPE_F32, AUDIO_VOICE_N_BANDS,
                        AUDIO_VOICE_N_BANDS, error))
    return FALSE;
  moments = nn_gguf_find (gguf, "moments")->data;
  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++)
    if (!(moments->reference.deviation[b] > 0 && moments->converted.deviation[b] > 0)) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                   "%s: tensor moments: the deviation of band %d is not above 0",
                   nn_gguf_get_path (gguf), b);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_set (const NnGguf *gguf, const char *set, int n_state, GError **error)
{
  g_autofree char *full = g_strconcat (set, ".features", NULL);
  g_autofree char *level_key = g_strconcat ("voice.", set, "_level_db", NULL);
  const NnTensor *features = nn_gguf_find (gguf, full);
  const int64_t n = features != NULL ? features->dims[1] : 0;
  double level;

  if (n < AUDIO_VOICE_MIN_ROWS || n > AUDIO_VOICE_MAX_ROWS) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: tensor %s has %" G_GINT64_FORMAT " rows, expected %d to %d",
                 nn_gguf_get_path (gguf), full, n, AUDIO_VOICE_MIN_ROWS, AUDIO_VOICE_MAX_ROWS);
    return FALSE;
  }
  return check_number (gguf, level_key, LEAST_LEVEL_DB, MOST_LEVEL_DB, &level, error)
         && check_tensor (gguf, set, ".features", NN_TYPE_Q8_0, n_state, n, error)
         && check_tensor (gguf, set, ".envelope", NN_TYPE_F16, ENVELOPES, n, error)
         && check_tensor (gguf, set, ".properties", NN_TYPE_F32, 2, n, error)
         && check_tensor (gguf, set, ".normalisation", NN_TYPE_F32, n_state, 2, error);
}

static gboolean
read_clips (AudioVoiceFile *file, GError **error)
{
  size_t n;
  const NnGgufString *strings = nn_gguf_get_strings (file->gguf, "voice.clips", &n, error);

  if (strings == NULL)
    return FALSE;
  file->clips = g_new0 (char *, n + 1);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *copy = g_strndup (strings[i].data, strings[i].length);

    file->clips[i] = g_utf8_make_valid (copy, -1);
  }
  file->facts.clips = (const char *const *) file->clips;
  file->facts.n_clips = n;
  return TRUE;
}

static gboolean
read_facts (AudioVoiceFile *file, GError **error)
{
  const NnGguf *gguf = file->gguf;
  AudioVoiceFacts *facts = &file->facts;
  const struct {
    const char *key;
    const char **value;
  } texts[] = {
    { "voice.name", &facts->name },
    { "voice.stock", &facts->stock },
    { "voice.date", &facts->date },
    { "voice.origin", &facts->origin },
    { "voice.attestation", &facts->attestation },
  };
  const struct {
    const char *key;
    double *value;
    double least, most;
  } numbers[] = {
    { "voice.f0_factor", &facts->f0_factor, 0.25, 4 },
    { "voice.f0_spread", &facts->f0_spread, 0.1, 4 },
    { "voice.strength", &facts->strength, 0, 2 },
    { "voice.reference_s", &facts->reference_s, 0, 600 },
    { "voice.calibration_s", &facts->calibration_s, 0, 600 },
    { "voice.score", &facts->score, -1, 1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    *texts[i].value = nn_gguf_get_string (gguf, texts[i].key, error);
    if (*texts[i].value == NULL)
      return FALSE;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!check_number (gguf, numbers[i].key, numbers[i].least, numbers[i].most, numbers[i].value,
                       error))
      return FALSE;
  return read_clips (file, error);
}

static gboolean
check_head (const NnGguf *gguf, GError **error)
{
  const char *architecture = nn_gguf_get_string (gguf, "general.architecture", error);
  int64_t version;

  if (architecture == NULL)
    return FALSE;
  if (!g_str_equal (architecture, ARCHITECTURE)) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: the architecture is %s, expected " ARCHITECTURE, nn_gguf_get_path (gguf),
                 architecture);
    return FALSE;
  }
  if (!nn_gguf_get_int (gguf, "voice.version", &version, error))
    return FALSE;
  if (version == VERSION)
    return TRUE;
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
               "%s: a voice of version %" G_GINT64_FORMAT ", expected %d", nn_gguf_get_path (gguf),
               version, VERSION);
  return FALSE;
}

static AudioVoiceFile *
open_gguf (NnGguf *gguf, GError **error)
{
  g_autoptr (AudioVoiceFile) file = NULL;
  const NnTensor *features;

  if (gguf == NULL)
    return NULL;
  file = g_new0 (AudioVoiceFile, 1);
  file->gguf = gguf;
  if (!check_head (gguf, error) || !read_facts (file, error))
    return NULL;
  features = nn_gguf_find (gguf, "reference.features");
  file->n_state = features != NULL ? (int) CLAMP (features->dims[0], 0, 8192) : 0;
  if (!check_set (gguf, "reference", file->n_state, error)
      || !check_set (gguf, "calibration", file->n_state, error)
      || !check_tensor (gguf, "speaker", "", NN_TYPE_F32, AUDIO_SPEAKER_DIM, 0, error))
    return NULL;
  if (nn_gguf_find (gguf, "moments") != NULL && !check_moments (gguf, error))
    return NULL;
  memcpy (file->facts.embedding, nn_gguf_find (gguf, "speaker")->data,
          sizeof file->facts.embedding);
  return g_steal_pointer (&file);
}

AudioVoiceFile *
audio_voice_file_open (const char *path, GError **error)
{
  return open_gguf (nn_gguf_open (path, error), error);
}

AudioVoiceFile *
audio_voice_file_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  return open_gguf (nn_gguf_new_from_bytes (bytes, name, error), error);
}

void
audio_voice_file_free (AudioVoiceFile *file)
{
  if (file == NULL)
    return;
  g_strfreev (file->clips);
  nn_gguf_unref (file->gguf);
  g_free (file);
}

const AudioVoiceFacts *
audio_voice_file_get_facts (const AudioVoiceFile *file)
{
  return &file->facts;
}

const NnGguf *
audio_voice_file_get_gguf (const AudioVoiceFile *file)
{
  return file->gguf;
}

gboolean
audio_voice_file_get_moments (const AudioVoiceFile *file, AudioVoiceMoments *moments)
{
  const NnTensor *tensor = nn_gguf_find (file->gguf, "moments");
  const NnTensor *map = nn_gguf_find (file->gguf, "moments.map");

  if (tensor == NULL)
    return FALSE;
  memcpy (moments, tensor->data, offsetof (AudioVoiceMoments, map));
  if (map != NULL) {
    memcpy (moments->map, map->data, sizeof moments->map);
    return TRUE;
  }
  /* A file from before there was a map: each band by itself. */
  memset (moments->map, 0, sizeof moments->map);
  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++)
    moments->map[b][b] = CLAMP (moments->reference.deviation[b] / moments->converted.deviation[b],
                                LEAST_RATIO, MOST_RATIO);
  return TRUE;
}

int
audio_voice_file_get_n_state (const AudioVoiceFile *file)
{
  return file->n_state;
}
