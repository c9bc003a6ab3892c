/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/loudness.h"

#include <math.h>
#include <string.h>

#include <ebur128.h>

#define MAX_GAIN_DB 20.0
#define WINDOW_S 0.005
/* Interpolation between two samples: three points from six on either side. */
#define TAPS 6
#define POINTS 3

struct _AudioLoudness {
  ebur128_state *state;
};

AudioLoudness *
audio_loudness_new (int rate_hz)
{
  AudioLoudness *meter = g_new0 (AudioLoudness, 1);

  meter->state = ebur128_init (1, (unsigned long) rate_hz,
                               EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM);
  if (meter->state == NULL)
    g_error ("no memory for a loudness meter at %d Hz", rate_hz);
  return meter;
}

void
audio_loudness_free (AudioLoudness *meter)
{
  if (meter == NULL)
    return;
  ebur128_destroy (&meter->state);
  g_free (meter);
}

void
audio_loudness_add (AudioLoudness *meter, const float *samples, size_t n)
{
  ebur128_add_frames_float (meter->state, samples, n);
}

double
audio_loudness_get_lufs (AudioLoudness *meter)
{
  double lufs = -INFINITY;

  return ebur128_loudness_global (meter->state, &lufs) == EBUR128_SUCCESS ? lufs : -INFINITY;
}

double
audio_loudness_get_true_peak (AudioLoudness *meter)
{
  double peak = 0;

  if (ebur128_true_peak (meter->state, 0, &peak) != EBUR128_SUCCESS || peak <= 0)
    return -INFINITY;
  return 20 * log10 (peak);
}

float
audio_loudness_gain (double lufs, double target_lufs)
{
  return isfinite (lufs) ? (float) pow (10, MIN (target_lufs - lufs, MAX_GAIN_DB) / 20) : 1.0f;
}

/* A sample that comes in is first one of the 2 * TAPS among which peaks are looked for, then waits
 * until the window of gains that it needs has been seen. */
struct _AudioLimiter {
  float ceiling;
  float gain;
  size_t window;
  float recent[2 * TAPS]; /* the last samples, the newest at the end */
  float *waiting;         /* ring of window + TAPS samples */
  float *needed;          /* ring of window gains: what each sample needs */
  float *least;           /* ring of window: the least needed over a window */
  size_t *order;          /* deque in a ring of window: places of rising gains */
  size_t n_order, first_order;
  double sum; /* of `least` */
  size_t n_in, n_gains, n_out;
  float taps[POINTS][2 * TAPS];
};

static void
fill_taps (AudioLimiter *limiter)
{
  for (int p = 0; p < POINTS; p++) {
    const double at = (p + 1.0) / (POINTS + 1);
    double sum = 0;
    for (int i = 0; i < 2 * TAPS; i++) {
      double x = i - (TAPS - 1) - at;
      double window = 0.5 * (1 + cos (G_PI * x / (TAPS + 0.5)));
      limiter->taps[p][i] = (float) (sin (G_PI * x) / (G_PI * x) * window);
      sum += limiter->taps[p][i];
    }
    for (int i = 0; i < 2 * TAPS; i++)
      limiter->taps[p][i] /= (float) sum;
  }
}

static void
reset (AudioLimiter *limiter)
{
  memset (limiter->recent, 0, sizeof limiter->recent);
  for (size_t i = 0; i < limiter->window; i++)
    limiter->needed[i] = limiter->least[i] = 1;
  limiter->sum = (double) limiter->window;
  limiter->n_order = limiter->first_order = 0;
  limiter->n_in = limiter->n_gains = limiter->n_out = 0;
}

AudioLimiter *
audio_limiter_new (int rate_hz, double ceiling_dbtp)
{
  AudioLimiter *limiter = g_new0 (AudioLimiter, 1);

  limiter->ceiling = (float) pow (10, ceiling_dbtp / 20);
  limiter->gain = 1;
  limiter->window = (size_t) MAX (WINDOW_S * rate_hz, 8);
  limiter->waiting = g_new0 (float, limiter->window + TAPS);
  limiter->needed = g_new0 (float, limiter->window);
  limiter->least = g_new0 (float, limiter->window);
  limiter->order = g_new0 (size_t, limiter->window);
  fill_taps (limiter);
  reset (limiter);
  return limiter;
}

void
audio_limiter_free (AudioLimiter *limiter)
{
  if (limiter == NULL)
    return;
  g_free (limiter->waiting);
  g_free (limiter->needed);
  g_free (limiter->least);
  g_free (limiter->order);
  g_free (limiter);
}

void
audio_limiter_set_gain (AudioLimiter *limiter, float gain)
{
  limiter->gain = gain;
}

size_t
audio_limiter_get_delay (const AudioLimiter *limiter)
{
  return limiter->window - 1 + TAPS;
}

/* The highest point from the middle one of the recent samples up to the next. */
static float
find_peak (const AudioLimiter *limiter)
{
  float peak = fmaxf (fabsf (limiter->recent[TAPS - 1]), fabsf (limiter->recent[TAPS]));

  for (int p = 0; p < POINTS; p++) {
    float value = 0;
    for (int i = 0; i < 2 * TAPS; i++)
      value += limiter->taps[p][i] * limiter->recent[i];
    peak = fmaxf (peak, fabsf (value));
  }
  return peak;
}

/* The least gain among the last `window` ones, with the newest. */
static float
find_least (AudioLimiter *limiter, float needed)
{
  const size_t window = limiter->window, at = limiter->n_gains++;
  size_t last;

  limiter->needed[at % window] = needed;
  while (limiter->n_order > 0) {
    last = (limiter->first_order + limiter->n_order - 1) % window;
    if (limiter->needed[limiter->order[last] % window] < needed)
      break;
    limiter->n_order--;
  }
  if (limiter->n_order > 0 && limiter->order[limiter->first_order] + window <= at) {
    limiter->first_order = (limiter->first_order + 1) % window;
    limiter->n_order--;
  }
  limiter->order[(limiter->first_order + limiter->n_order++) % window] = at;
  return limiter->needed[limiter->order[limiter->first_order] % window];
}

/* One sample in; TRUE if one comes out. */
static gboolean
step (AudioLimiter *limiter, float sample, float *out)
{
  const size_t window = limiter->window, room = window + TAPS;

  memmove (limiter->recent, limiter->recent + 1, sizeof limiter->recent - sizeof (float));
  limiter->recent[2 * TAPS - 1] = sample;
  limiter->waiting[limiter->n_in % room] = sample;
  if (limiter->n_in++ < TAPS)
    return FALSE;
  /* Of the sample that came TAPS before this one, and up to the next. */
  float peak = find_peak (limiter);
  float least = find_least (limiter, peak > limiter->ceiling ? limiter->ceiling / peak : 1);
  size_t place = (limiter->n_gains - 1) % window;
  limiter->sum += (double) least - limiter->least[place];
  limiter->least[place] = least;
  if (limiter->n_gains < window)
    return FALSE;
  float gain = fminf ((float) (limiter->sum / (double) window), 1);
  *out = limiter->waiting[limiter->n_out++ % room] * gain;
  return TRUE;
}

size_t
audio_limiter_process (AudioLimiter *limiter, const float *samples, size_t n, float *out)
{
  size_t n_out = 0;

  for (size_t i = 0; i < n; i++)
    if (step (limiter, samples[i] * limiter->gain, out + n_out))
      n_out++;
  return n_out;
}

size_t
audio_limiter_flush (AudioLimiter *limiter, float *out)
{
  const size_t n = limiter->n_in - limiter->n_out;
  size_t n_out = 0;

  while (n_out < n)
    if (step (limiter, 0, out + n_out))
      n_out++;
  reset (limiter);
  return n;
}

void
audio_fade (float *samples, size_t n, size_t n_in, size_t n_out)
{
  n_in = MIN (n_in, n / 2);
  n_out = MIN (n_out, n / 2);
  for (size_t i = 0; i < n_in; i++)
    samples[i] *= 0.5f - 0.5f * cosf ((float) G_PI * ((float) i + 0.5f) / (float) n_in);
  for (size_t i = 0; i < n_out; i++)
    samples[n - 1 - i] *= 0.5f - 0.5f * cosf ((float) G_PI * ((float) i + 0.5f) / (float) n_out);
}
