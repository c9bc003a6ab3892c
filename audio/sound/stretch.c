/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio/sound/stretch.h"

#include <math.h>
#include <string.h>

#define WINDOW_S 0.04
#define SEEK_S 0.01
/* Likeness is measured on every so manyth sample. */
#define STRIDE 2

struct _AudioStretch {
  size_t n_window; /* even */
  size_t n_seek;
  float *fade; /* half a window: the rising half of a Hann window */
  float *tail; /* the falling half of the last window; what follows is to resemble it */
  gboolean has_tail;
  GArray *input; /* of float */
  double next;   /* where in the input the next window is due */
};

AudioStretch *
audio_stretch_new (int rate_hz)
{
  AudioStretch *stretch = g_new0 (AudioStretch, 1);
  size_t half;

  half = (size_t) MAX (rate_hz * WINDOW_S / 2, 8);
  stretch->n_window = 2 * half;
  stretch->n_seek = (size_t) MAX (rate_hz * SEEK_S, 1);
  stretch->fade = g_new (float, half);
  stretch->tail = g_new0 (float, half);
  stretch->input = g_array_new (FALSE, FALSE, sizeof (float));
  for (size_t i = 0; i < half; i++)
    stretch->fade[i] = 0.5f - 0.5f * cosf ((float) (G_PI * ((double) i + 0.5) / (double) half));
  return stretch;
}

void
audio_stretch_free (AudioStretch *stretch)
{
  g_array_unref (stretch->input);
  g_free (stretch->fade);
  g_free (stretch->tail);
  g_free (stretch);
}

void
audio_stretch_reset (AudioStretch *stretch)
{
  g_array_set_size (stretch->input, 0);
  stretch->has_tail = FALSE;
  stretch->next = 0;
}

size_t
audio_stretch_get_held (const AudioStretch *stretch)
{
  return stretch->input->len;
}

/* The place among first..last whose window goes on best from the tail. */
static size_t
find_best (const AudioStretch *stretch, size_t first, size_t last)
{
  const float *input = (const float *) (void *) stretch->input->data;
  size_t half = stretch->n_window / 2, best = first;
  float best_score = -INFINITY;

  for (size_t place = first; place <= last; place += STRIDE) {
    float product = 0, energy = 1e-9f;
    for (size_t i = 0; i < half; i += STRIDE) {
      product += stretch->tail[i] * input[place + i];
      energy += input[place + i] * input[place + i];
    }
    float score = product / sqrtf (energy);
    if (score > best_score) {
      best_score = score;
      best = place;
    }
  }
  return best;
}

/* The window at this place follows the tail; half a window comes out. */
static void
add_window (AudioStretch *stretch, size_t place, GArray *out)
{
  const float *input = (const float *) (void *) stretch->input->data + place;
  size_t half = stretch->n_window / 2;

  for (size_t i = 0; i < half; i++) {
    float fade = stretch->fade[i];
    float sample = stretch->has_tail ? fade * input[i] + (1 - fade) * stretch->tail[i] : input[i];
    g_array_append_val (out, sample);
  }
  memcpy (stretch->tail, input + half, half * sizeof (float));
  stretch->has_tail = TRUE;
}

/* What windows can no longer reach goes. */
static void
drop_used (AudioStretch *stretch)
{
  double reach = stretch->next - (double) stretch->n_seek;
  guint n_used = reach > 0 ? MIN ((guint) reach, stretch->input->len) : 0;

  g_array_remove_range (stretch->input, 0, n_used);
  stretch->next -= n_used;
}

void
audio_stretch_run (AudioStretch *stretch, double speed, const float *samples, size_t n, GArray *out)
{
  if (speed == 1.0 && stretch->input->len == 0) {
    g_array_append_vals (out, samples, (guint) n);
    return;
  }
  speed = CLAMP (speed, AUDIO_STRETCH_MIN, AUDIO_STRETCH_MAX);
  g_array_append_vals (stretch->input, samples, (guint) n);
  while (stretch->next + (double) (stretch->n_seek + stretch->n_window) < stretch->input->len) {
    size_t due = (size_t) stretch->next;
    size_t first = due > stretch->n_seek ? due - stretch->n_seek : 0;
    add_window (stretch,
                stretch->has_tail ? find_best (stretch, first, due + stretch->n_seek) : due, out);
    stretch->next += speed * (double) (stretch->n_window / 2);
  }
  drop_used (stretch);
}
