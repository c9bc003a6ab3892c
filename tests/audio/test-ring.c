/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The ring between a device's callback and a thread. */

#include "audio/sound/ring.h"

#include <pthread.h>
#include <sched.h>

#define N_THROUGH 200000

static void *
produce (void *user_data)
{
  AudioRing *ring = user_data;
  float samples[97];
  for (int sent = 0; sent < N_THROUGH;) {
    int n = 1 + sent % (int) G_N_ELEMENTS (samples);
    for (int i = 0; i < n; i++)
      samples[i] = (float) (sent + i);
    int n_sent = (int) audio_ring_write (ring, samples, (size_t) MIN (n, N_THROUGH - sent));
    if (n_sent == 0)
      sched_yield ();
    sent += n_sent;
  }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (AudioRing) ring = audio_ring_new (1000);
  pthread_t producer;
  float samples[61];
  int n_received = 0;
  g_assert_cmpint (pthread_create (&producer, NULL, produce, ring), ==, 0);
  while (n_received < N_THROUGH) {
    size_t n = audio_ring_read (ring, samples, 1 + n_received % G_N_ELEMENTS (samples));
    g_assert_cmpuint (audio_ring_get_n_waiting (ring), <=, 1024);
    if (n == 0)
      sched_yield ();
    for (size_t i = 0; i < n; i++)
      if (samples[i] != (float) n_received++)
        g_error ("sample %d came as %g", n_received - 1, (double) samples[i]);
  }
  pthread_join (producer, NULL);
  g_assert_cmpuint (audio_ring_get_n_waiting (ring), ==, 0);
}

static void
test_full (void)
{
  g_autoptr (AudioRing) ring = audio_ring_new (4);
  float out[8];
  g_assert_cmpuint (audio_ring_read (ring, out, 8), ==, 0);
  g_assert_cmpuint (audio_ring_write (ring, (float[]){ 1, 2, 3 }, 3), ==, 3);
  g_assert_cmpuint (audio_ring_write (ring, (float[]){ 4, 5, 6 }, 3), ==, 1);
  g_assert_cmpuint (audio_ring_get_n_waiting (ring), ==, 4);
  g_assert_cmpuint (audio_ring_read (ring, out, 2), ==, 2);
  g_assert_cmpuint (audio_ring_write (ring, (float[]){ 7, 8, 9 }, 3), ==, 2);
  g_assert_cmpuint (audio_ring_read (ring, out, 8), ==, 4);
  g_assert_cmpmem (out, 4 * sizeof (float), ((float[]){ 3, 4, 7, 8 }), 4 * sizeof (float));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/ring/threads", test_threads);
  g_test_add_func ("/audio/ring/full", test_full);
  return g_test_run ();
}
