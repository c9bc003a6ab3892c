/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/kokoro/kokoro.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/base/audio-error.h"
#include "audio/kokoro/kokoro-private.h"

#define MIN_SPEED 0.25f
#define MAX_SPEED 4.0f
#define MIN_SPREAD 0.1f
#define MIN_F0_HZ 10.0f /* below it nothing is voiced */

AudioKokoro *
audio_kokoro_load (NnContext *context, const char *path, GError **error)
{
  g_autoptr (AudioKokoro) kokoro = g_new0 (AudioKokoro, 1);

  kokoro->context = context;
  kokoro->symbols = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  kokoro->gguf = nn_gguf_open (path, error);
  if (kokoro->gguf == NULL || !kokoro_load (kokoro, error))
    return NULL;
  return g_steal_pointer (&kokoro);
}

void
audio_kokoro_free (AudioKokoro *kokoro)
{
  if (kokoro == NULL)
    return;
  kokoro_free_weights (kokoro);
  g_clear_pointer (&kokoro->gguf, nn_gguf_unref);
  g_hash_table_unref (kokoro->symbols);
  g_free (kokoro);
}

int
audio_kokoro_read_symbols (const AudioKokoro *kokoro, const char *phonemes, int *ids)
{
  g_autofree char *valid = g_utf8_make_valid (phonemes, -1);
  int n = 0;

  for (const char *at = valid; *at != '\0' && n < AUDIO_KOKORO_MAX_SYMBOLS;
       at = g_utf8_next_char (at)) {
    char character[8] = { 0 };
    memcpy (character, at, (size_t) (g_utf8_next_char (at) - at));
    int id = GPOINTER_TO_INT (g_hash_table_lookup (kokoro->symbols, character));
    if (id > 0)
      ids[n++] = id;
  }
  return n;
}

/* Weights out of all bounds give none: an error before they become counts. */
static gboolean
check_numbers (const float *values, int n, const char *what, GError **error)
{
  for (int i = 0; i < n; i++)
    if (!isfinite (values[i])) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                   "the model and this voice give %s that are not numbers", what);
      return FALSE;
    }
  return TRUE;
}

/* Whole frames of each symbol, at least one: rounded half to even, as the reference does. Returns
 * their sum. */
static int
round_durations (const float *durations, int n, float speed, int *frames)
{
  int sum = 0;

  for (int i = 0; i < n; i++) {
    frames[i] = (int) CLAMP (nearbyintf (durations[i] / speed), 1.0f, AUDIO_KOKORO_MAX_FRAMES);
    sum += frames[i];
  }
  return sum;
}

/* Each symbol's row as often as it has frames. */
static float *
repeat (const float *rows, int n, int width, const int *frames, int n_frames)
{
  float *repeated = g_new (float, (size_t) n_frames *(size_t) width), *at = repeated;

  for (int i = 0; i < n; i++)
    for (int k = 0; k < frames[i]; k++, at += width)
      memcpy (at, rows + (size_t) i * (size_t) width, sizeof (float) * (size_t) width);
  return repeated;
}

/* The mean logarithm of the voiced values; 0 if there are none. */
static float
measure_f0 (const float *f0, int n)
{
  double sum = 0;
  int n_voiced = 0;

  for (int i = 0; i < n; i++)
    if (f0[i] > MIN_F0_HZ) {
      sum += log ((double) f0[i]);
      n_voiced++;
    }
  return n_voiced > 0 ? (float) (sum / n_voiced) : 0;
}

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  const float left = *(const float *) a, right = *(const float *) b;

  return (left > right) - (left < right);
}

/* The logarithm of the median of the voiced values; 0 if there are none. Where voice begins and
 * ends F0 is often far off, more so in some styles: that moves a mean. */
static float
find_median_f0 (const float *f0, int n)
{
  g_autofree float *voiced = g_new (float, n);
  int n_voiced = 0;

  for (int i = 0; i < n; i++)
    if (f0[i] > MIN_F0_HZ)
      voiced[n_voiced++] = f0[i];
  qsort (voiced, (size_t) n_voiced, sizeof *voiced, compare_floats);
  return n_voiced > 0 ? logf (voiced[n_voiced / 2]) : 0;
}

/* F0 as the speaker would have it whose voice is meant: mean and movement in octaves. */
static void
shift_f0 (float *f0, int n, float factor, float spread)
{
  const float mean = measure_f0 (f0, n);

  for (int i = 0; i < n; i++)
    if (f0[i] > MIN_F0_HZ)
      f0[i] = factor * expf (mean + spread * (logf (f0[i]) - mean));
}

/* What find_median_f0() would find in another style; 0 if it would be too long to speak. FALSE:
 * cancelled, or no numbers came out. */
static gboolean
predict_f0 (AudioKokoro *kokoro, const float *hidden, int n, const float *style, float *median,
            GError **error)
{
  const KokoroConfig *c = &kokoro->config;
  const int width = c->n_hidden + c->n_style;
  const float *prosody = style + c->n_style;
  g_autofree float *features = g_new (float, (size_t) n *(size_t) width);
  g_autofree float *durations = g_new (float, n);
  g_autofree int *frames = g_new (int, n);

  if (!kokoro_predict_durations (kokoro, hidden, n, prosody, features, durations)
      || !check_numbers (durations, n, "durations", error))
    return FALSE;
  const int n_frames = round_durations (durations, n, 1, frames);
  *median = 0;
  if (n_frames > AUDIO_KOKORO_MAX_FRAMES)
    return TRUE;
  g_autofree float *spread = repeat (features, n, width, frames, n_frames);
  g_autofree float *f0 = g_new (float, 2 * n_frames);
  g_autofree float *energy = g_new (float, 2 * n_frames);
  if (!kokoro_predict_curves (kokoro, spread, n_frames, prosody, f0, energy)
      || !check_numbers (f0, 2 * n_frames, "pitches", error))
    return FALSE;
  *median = find_median_f0 (f0, 2 * n_frames);
  return TRUE;
}

/* In the manner that is asked for. */
static gboolean
bend_f0 (AudioKokoro *kokoro, const float *hidden, int n, const AudioKokoroManner *manner,
         float *f0, int n_f0, GError **error)
{
  float factor = manner->f0_factor, median;

  if (manner->f0_style != NULL) {
    const float own = find_median_f0 (f0, n_f0);

    if (!predict_f0 (kokoro, hidden, n, manner->f0_style, &median, error))
      return FALSE;
    factor *= own > 0 && median > 0 ? expf (median - own) : 1;
  }
  if (factor != 1 || manner->f0_spread != 1)
    shift_f0 (f0, n_f0, factor, manner->f0_spread);
  return TRUE;
}

static gboolean
say (AudioKokoro *kokoro, const int *ids, int n, const float *style,
     const AudioKokoroManner *manner, AudioKokoroSpeech *speech, GError **error)
{
  const KokoroConfig *c = &kokoro->config;
  const float *timbre = style, *prosody = style + c->n_style;
  const size_t width = (size_t) c->n_hidden;
  g_autofree float *hidden = g_new (float, (size_t) n *width);
  g_autofree float *text = g_new (float, (size_t) n *width);
  g_autofree float *features = g_new (float, (size_t) n *(width + (size_t) c->n_style));
  g_autofree float *durations = g_new (float, n);

  if (!kokoro_read (kokoro, ids, n, hidden) || !kokoro_encode (kokoro, ids, n, text)
      || !kokoro_predict_durations (kokoro, hidden, n, prosody, features, durations)
      || !check_numbers (durations, n, "durations", error))
    return FALSE;
  const int n_frames = round_durations (durations, n, manner->speed, speech->frames);
  if (n_frames > AUDIO_KOKORO_MAX_FRAMES) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_TOO_LONG,
                 "one piece of speech would last %d s, at most %d s can be made at once",
                 n_frames * AUDIO_KOKORO_FRAME / AUDIO_KOKORO_RATE,
                 AUDIO_KOKORO_MAX_FRAMES * AUDIO_KOKORO_FRAME / AUDIO_KOKORO_RATE);
    return FALSE;
  }

  g_autofree float *spread =
      repeat (features, n, c->n_hidden + c->n_style, speech->frames, n_frames);
  g_autofree float *spoken = repeat (text, n, c->n_hidden, speech->frames, n_frames);
  g_autofree float *f0 = g_new (float, 2 * n_frames);
  g_autofree float *energy = g_new (float, 2 * n_frames);
  g_autofree float *x = g_new (float, (size_t) (2 * n_frames) * width);
  g_autofree float *source =
      g_new (float, (size_t) kokoro_source_rows (n_frames) * 2 * KOKORO_N_BINS);

  if (!kokoro_predict_curves (kokoro, spread, n_frames, prosody, f0, energy)
      || !check_numbers (f0, 2 * n_frames, "pitches", error)
      || !bend_f0 (kokoro, hidden, n, manner, f0, 2 * n_frames, error))
    return FALSE;
  if (!kokoro_decode (kokoro, spoken, n_frames, f0, energy, timbre, x))
    return FALSE;
  kokoro_make_source (kokoro, f0, n_frames, source);
  speech->n_frames = n_frames;
  speech->n_samples = (size_t) n_frames * AUDIO_KOKORO_FRAME;
  speech->samples = g_new (float, speech->n_samples);
  return kokoro_generate (kokoro, x, n_frames, source, timbre, speech->samples);
}

/* A parameter in its bounds; 0 stands for 1. */
static float
bound (float value, float least, float most)
{
  return value == 0 ? 1 : CLAMP (value, least, most);
}

gboolean
audio_kokoro_speak (AudioKokoro *kokoro, const int *ids, int n,
                    const float style[AUDIO_KOKORO_STYLE], float speed, AudioKokoroSpeech *speech,
                    GError **error)
{
  return audio_kokoro_speak_as (kokoro, ids, n, style, &(AudioKokoroManner){ .speed = speed },
                                speech, error);
}

gboolean
audio_kokoro_speak_as (AudioKokoro *kokoro, const int *ids, int n,
                       const float style[AUDIO_KOKORO_STYLE], const AudioKokoroManner *manner,
                       AudioKokoroSpeech *speech, GError **error)
{
  const AudioKokoroManner bounded = { bound (manner->speed, MIN_SPEED, MAX_SPEED),
                                      bound (manner->f0_factor, MIN_SPEED, MAX_SPEED),
                                      bound (manner->f0_spread, MIN_SPREAD, MAX_SPEED),
                                      manner->f0_style };
  g_autoptr (GError) problem = NULL;
  int framed[AUDIO_KOKORO_MAX_SYMBOLS + 2] = { 0 }; /* silence (0), the symbols, silence */

  g_return_val_if_fail (n >= 1 && n <= AUDIO_KOKORO_MAX_SYMBOLS, FALSE);
  for (int i = 0; i < n; i++) {
    g_return_val_if_fail (ids[i] >= 0 && ids[i] < kokoro->config.n_symbols, FALSE);
    framed[i + 1] = ids[i];
  }
  *speech = (AudioKokoroSpeech){ .frames = g_new (int, n + 2) };
  if (say (kokoro, framed, n + 2, style, &bounded, speech, &problem))
    return TRUE;
  audio_kokoro_speech_clear (speech);
  if (problem != NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  else
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "speaking was stopped");
  return FALSE;
}

void
audio_kokoro_speech_clear (AudioKokoroSpeech *speech)
{
  g_clear_pointer (&speech->samples, g_free);
  g_clear_pointer (&speech->frames, g_free);
  speech->n_samples = 0;
  speech->n_frames = 0;
}
