/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/heads/heads.h"

#include "audio/base/audio-error.h"
#include "audio/heads/voice-features.h"
#include "nn/ops/linear.h"
#include "nn/ops/ops.h"

#include <math.h>
#include <string.h>

#define MAX_BLOCKS 32
#define MAX_CLASSES 32
#define N_PROSODY 11

struct _AudioHeads {
  NnContext *context; /* borrowed */
  AudioVoiceFeatures *features;
  int n_mels;
  int n_state;
  int n_voice;  /* floats of AudioVoiceFeatures */
  int n_inputs; /* with those of the speaker and the prosody, in this order */
  gboolean has_speaker;
  gboolean has_prosody;

  float *mean;       /* [n_inputs] */
  float *scale;      /* [n_inputs]: 1 / deviation */
  NnLinear *direct;  /* [n_classes, n_inputs] */
  NnLinear *hidden;  /* NULL, or [n_hidden, n_inputs]: several networks, side by side */
  NnLinear *classes; /* [n_classes, n_hidden], added to what is direct */
  int n_classes;
  AudioEmotion emotions[MAX_CLASSES]; /* of each class; several may be one emotion */
  NnLinear *unusual;                  /* [n_directions, n_voice] */
  NnLinear *gender_voice;             /* [1, n_voice]: a part of the log odds of female, */
  NnLinear *gender_speaker;           /* [1, AUDIO_HEADS_SPEAKER]: and the rest of them */

  double least_speech_s;
  double least_certain; /* probability of the likeliest emotion */
  double most_unusual;  /* mean square of what `unusual` gives */
  double least_gender;  /* probability of the likelier gender */

  /* Scratch. */
  float *inputs; /* [n_inputs] */
  float *inner;  /* [n_hidden] or [n_directions] */
};

static gboolean
model_error (const NnGguf *gguf, GError **error, const char *key, int64_t found)
{
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
               "%s: key %s is out of range: %" G_GINT64_FORMAT, nn_gguf_get_path (gguf), key,
               found);
  return FALSE;
}

static gboolean
get_count (const NnGguf *gguf, const char *key, int64_t low, int64_t high, int *value,
           GError **error)
{
  int64_t number;

  if (!nn_gguf_get_int (gguf, key, &number, error))
    return FALSE;
  if (number < low || number > high)
    return model_error (gguf, error, key, number);
  *value = (int) number;
  return TRUE;
}

static gboolean
load_config (AudioHeads *heads, const NnGguf *gguf, GError **error)
{
  const char *architecture = nn_gguf_get_string (gguf, "general.architecture", error);
  const int32_t *blocks, *emotions;
  size_t n_blocks, n_classes;
  int version;

  if (architecture == NULL)
    return FALSE;
  if (strcmp (architecture, "hearsay-heads") != 0) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: expected a model of architecture hearsay-heads, found %s",
                 nn_gguf_get_path (gguf), architecture);
    return FALSE;
  }
  blocks = nn_gguf_get_ints (gguf, "heads.blocks", &n_blocks, error);
  emotions = blocks != NULL ? nn_gguf_get_ints (gguf, "heads.emotions", &n_classes, error) : NULL;
  if (emotions == NULL || !get_count (gguf, "heads.version", 2, 2, &version, error)
      || !get_count (gguf, "heads.n_mels", 1, 256, &heads->n_mels, error)
      || !get_count (gguf, "heads.n_state", 1, 8192, &heads->n_state, error)
      || !nn_gguf_get_boolean (gguf, "heads.speaker", &heads->has_speaker, error)
      || !nn_gguf_get_boolean (gguf, "heads.prosody", &heads->has_prosody, error)
      || !nn_gguf_get_double (gguf, "heads.least_speech", &heads->least_speech_s, error)
      || !nn_gguf_get_double (gguf, "heads.least_certain", &heads->least_certain, error)
      || !nn_gguf_get_double (gguf, "heads.most_unusual", &heads->most_unusual, error)
      || !nn_gguf_get_double (gguf, "heads.least_gender", &heads->least_gender, error))
    return FALSE;
  if (n_blocks < 1 || n_blocks > MAX_BLOCKS)
    return model_error (gguf, error, "heads.blocks", (int64_t) n_blocks);
  for (size_t i = 0; i < n_blocks; i++)
    if (blocks[i] <= (i == 0 ? 0 : blocks[i - 1]) || blocks[i] > MAX_BLOCKS)
      return model_error (gguf, error, "heads.blocks", blocks[i]);
  if (n_classes < 1 || n_classes > MAX_CLASSES)
    return model_error (gguf, error, "heads.emotions", (int64_t) n_classes);
  for (size_t i = 0; i < n_classes; i++) {
    if (emotions[i] < 0 || emotions[i] >= AUDIO_N_EMOTIONS)
      return model_error (gguf, error, "heads.emotions", emotions[i]);
    heads->emotions[i] = (AudioEmotion) emotions[i];
  }
  heads->n_classes = (int) n_classes;
  heads->features =
      audio_voice_features_new (heads->n_mels, heads->n_state, blocks, (int) n_blocks);
  heads->n_voice = audio_voice_features_get_width (heads->features);
  heads->n_inputs = heads->n_voice + (heads->has_speaker ? AUDIO_HEADS_SPEAKER : 0)
                    + (heads->has_prosody ? N_PROSODY : 0);
  return TRUE;
}

/* NAME.weight [n_out, n_in] and NAME.bias [n_out]. n_out 0: as the file has it. */
static NnLinear *
load_linear (AudioHeads *heads, const NnGguf *gguf, const char *name, int n_in, int n_out,
             GError **error)
{
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);
  const NnTensor *any = nn_gguf_find (gguf, weight_name);
  const int64_t rows = n_out == 0 && any != NULL && any->n_dims == 2 ? any->dims[1] : n_out;
  const NnTensor *weight =
      nn_gguf_require (gguf, weight_name, 2, (int64_t[]){ n_in, MAX (rows, 1) }, error);
  const NnTensor *bias =
      weight != NULL ? nn_gguf_require (gguf, bias_name, 1, (int64_t[]){ weight->dims[1] }, error)
                     : NULL;

  if (bias == NULL)
    return NULL;
  if (weight->dims[1] > 65536) {
    model_error (gguf, error, weight_name, weight->dims[1]);
    return NULL;
  }
  return nn_linear_new (heads->context, NULL, &weight, 1, &bias, error);
}

static float *
load_floats (const NnGguf *gguf, const char *name, int n, GError **error)
{
  const NnTensor *tensor = nn_gguf_require_floats (gguf, name, 1, (int64_t[]){ n }, error);

  return tensor != NULL ? g_memdup2 (tensor->data, tensor->n_bytes) : NULL;
}

static gboolean
load_networks (AudioHeads *heads, const NnGguf *gguf, GError **error)
{
  int n_inner = 0;

  heads->direct = load_linear (heads, gguf, "direct", heads->n_inputs, heads->n_classes, error);
  if (heads->direct == NULL)
    return FALSE;
  if (nn_gguf_find (gguf, "hidden.weight") != NULL) {
    heads->hidden = load_linear (heads, gguf, "hidden", heads->n_inputs, 0, error);
    if (heads->hidden == NULL)
      return FALSE;
    n_inner = nn_linear_get_n_out (heads->hidden);
    heads->classes = load_linear (heads, gguf, "classes", n_inner, heads->n_classes, error);
    if (heads->classes == NULL)
      return FALSE;
  }
  heads->unusual = load_linear (heads, gguf, "unusual", heads->n_voice, 0, error);
  if (heads->unusual == NULL)
    return FALSE;
  heads->gender_voice = load_linear (heads, gguf, "gender_voice", heads->n_voice, 1, error);
  if (heads->gender_voice == NULL)
    return FALSE;
  heads->gender_speaker =
      load_linear (heads, gguf, "gender_speaker", AUDIO_HEADS_SPEAKER, 1, error);
  if (heads->gender_speaker == NULL)
    return FALSE;
  heads->inputs = g_new (float, heads->n_inputs);
  heads->inner = g_new (float, MAX (n_inner, nn_linear_get_n_out (heads->unusual)));
  return TRUE;
}

AudioHeads *
audio_heads_load_gguf (NnContext *context, const NnGguf *gguf, GError **error)
{
  g_autoptr (AudioHeads) heads = g_new0 (AudioHeads, 1);

  heads->context = context;
  if (!load_config (heads, gguf, error))
    return NULL;
  heads->mean = load_floats (gguf, "inputs.mean", heads->n_inputs, error);
  if (heads->mean == NULL)
    return NULL;
  heads->scale = load_floats (gguf, "inputs.scale", heads->n_inputs, error);
  if (heads->scale == NULL)
    return NULL;
  if (!load_networks (heads, gguf, error))
    return NULL;
  return g_steal_pointer (&heads);
}

AudioHeads *
audio_heads_load (NnContext *context, const char *path, GError **error)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);

  return gguf != NULL ? audio_heads_load_gguf (context, gguf, error) : NULL;
}

void
audio_heads_free (AudioHeads *heads)
{
  if (heads == NULL)
    return;
  nn_linear_free (heads->direct);
  nn_linear_free (heads->hidden);
  nn_linear_free (heads->classes);
  nn_linear_free (heads->unusual);
  nn_linear_free (heads->gender_voice);
  nn_linear_free (heads->gender_speaker);
  audio_voice_features_free (heads->features);
  g_free (heads->mean);
  g_free (heads->scale);
  g_free (heads->inputs);
  g_free (heads->inner);
  g_free (heads);
}

/* What can be NAN stays so. tools/train reads the same numbers from tools/features. */
static void
fill_prosody (const AudioProsody *prosody, float *x)
{
  x[0] = logf (prosody->pitch_hz);
  x[1] = logf (prosody->pitch_low_hz / prosody->pitch_hz);
  x[2] = logf (prosody->pitch_high_hz / prosody->pitch_hz);
  x[3] = prosody->voiced;
  x[4] = prosody->loudness_lufs;
  x[5] = prosody->rate_sps;
  x[6] = prosody->pause_s;
  x[7] = prosody->jitter;
  x[8] = prosody->shimmer;
  x[9] = prosody->hnr_db;
  x[10] = prosody->tilt_db;
}

/* What is not known is taken to be as it is on average. */
static void
fill_inputs (AudioHeads *heads, const float *speaker, const AudioProsody *prosody)
{
  int at = heads->n_voice;

  if (heads->has_speaker) {
    for (int i = 0; i < AUDIO_HEADS_SPEAKER; i++)
      heads->inputs[at + i] = speaker != NULL ? speaker[i] : NAN;
    at += AUDIO_HEADS_SPEAKER;
  }
  if (heads->has_prosody) {
    for (int i = 0; i < N_PROSODY; i++)
      heads->inputs[at + i] = NAN;
    if (prosody != NULL)
      fill_prosody (prosody, heads->inputs + at);
  }
  for (int i = 0; i < heads->n_inputs; i++) {
    const float x = (heads->inputs[i] - heads->mean[i]) * heads->scale[i];

    heads->inputs[i] = isfinite (x) ? x : 0.0f;
  }
}

static void
judge_emotion (AudioHeads *heads, float *emotion)
{
  const size_t n_inputs = (size_t) heads->n_inputs;
  float logits[MAX_CLASSES];

  nn_linear_forward (heads->direct, heads->context, heads->inputs, 1, n_inputs, logits,
                     (size_t) heads->n_classes);
  if (heads->hidden != NULL) {
    const size_t n_hidden = (size_t) nn_linear_get_n_out (heads->hidden);

    nn_linear_forward (heads->hidden, heads->context, heads->inputs, 1, n_inputs, heads->inner,
                       n_hidden);
    nn_gelu_erf (heads->context, heads->inner, 1, (int) n_hidden);
    nn_linear_forward_add (heads->classes, heads->context, heads->inner, 1, n_hidden, logits,
                           (size_t) heads->n_classes);
  }
  nn_softmax (logits, heads->n_classes);
  memset (emotion, 0, AUDIO_N_EMOTIONS * sizeof *emotion);
  for (int i = 0; i < heads->n_classes; i++)
    emotion[heads->emotions[i]] += logits[i];
}

static double
measure_unusual (AudioHeads *heads)
{
  const int n = nn_linear_get_n_out (heads->unusual);
  double sum = 0.0;

  nn_linear_forward (heads->unusual, heads->context, heads->inputs, 1, (size_t) heads->n_voice,
                     heads->inner, (size_t) n);
  for (int i = 0; i < n; i++)
    sum += (double) heads->inner[i] * (double) heads->inner[i];
  return sum / n;
}

static float
judge_gender (AudioHeads *heads, const float *speaker)
{
  float log_odds;

  nn_linear_forward (heads->gender_voice, heads->context, heads->inputs, 1, (size_t) heads->n_voice,
                     &log_odds, 1);
  nn_linear_forward_add (heads->gender_speaker, heads->context, speaker, 1, AUDIO_HEADS_SPEAKER,
                         &log_odds, 1);
  return 1.0f / (1.0f + expf (-log_odds));
}

bool
audio_heads_is_gender_certain (const AudioHeads *heads, float female)
{
  return (double) MAX (female, 1.0f - female) >= heads->least_gender;
}

gboolean
audio_heads_judge (AudioHeads *heads, AudioWhisper *whisper, AudioWhisperState *state,
                   const float *samples, size_t n_samples, const float *speaker,
                   const AudioProsody *prosody, AudioAttributes *out, GError **error)
{
  const AudioWhisperConfig *config = audio_whisper_get_config (whisper);
  unsigned doubts = 0;
  double speech_s;

  if (config->n_mels != heads->n_mels || config->n_state != heads->n_state
      || config->n_audio_layers < audio_voice_features_get_last_block (heads->features)) {
    g_set_error (
        error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
        "the heads were made for another Whisper: %d bands and width %d, this has %d and %d",
        heads->n_mels, heads->n_state, config->n_mels, config->n_state);
    return FALSE;
  }
  if (!audio_voice_features_compute (heads->features, whisper, state, samples, n_samples,
                                     heads->inputs, &speech_s)) {
    g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "cancelled");
    return FALSE;
  }
  if (speech_s == 0.0)
    memcpy (heads->inputs, heads->mean, (gsize) heads->n_voice * sizeof *heads->inputs);
  *out = (AudioAttributes){ .female = 0.5f, .certain = true, .gender_certain = true };
  fill_inputs (heads, speaker, prosody);
  judge_emotion (heads, out->emotion);
  if (speaker != NULL)
    out->female = judge_gender (heads, speaker);

  if (speech_s < heads->least_speech_s)
    doubts |= AUDIO_DOUBT_SHORT | AUDIO_DOUBT_GENDER;
  if ((double) out->emotion[audio_attributes_get_top (out)] < heads->least_certain)
    doubts |= AUDIO_DOUBT_FLAT;
  if (measure_unusual (heads) > heads->most_unusual)
    doubts |= AUDIO_DOUBT_UNUSUAL;
  if (speaker == NULL || !audio_heads_is_gender_certain (heads, out->female))
    doubts |= AUDIO_DOUBT_GENDER;
  audio_attributes_doubt (out, doubts);
  return TRUE;
}
