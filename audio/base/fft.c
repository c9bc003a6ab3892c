/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/base/fft.h"

#include <pthread.h>

#include <glib.h>

static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

fftwf_plan
audio_fft_plan (int size, int n_transforms, fftwf_complex *in, fftwf_complex *out, int sign)
{
  pthread_mutex_lock (&planner_lock);
  fftwf_plan plan = fftwf_plan_many_dft (1, &(int){ size }, n_transforms, in, NULL, 1, size, out,
                                         NULL, 1, size, sign, FFTW_ESTIMATE);
  pthread_mutex_unlock (&planner_lock);
  g_assert (plan != NULL);
  return plan;
}

void
audio_fft_free (fftwf_plan plan)
{
  pthread_mutex_lock (&planner_lock);
  fftwf_destroy_plan (plan);
  pthread_mutex_unlock (&planner_lock);
}
