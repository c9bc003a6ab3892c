/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Long signals in a file: the same samples as in memory, also where the disk is full. */

#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib.h>

#include "audio/sound/sample-store.h"

enum { PIECE = 100001, N_PIECES = 40 }; /* 4 minutes, 16 MB */

static float
sample_at (size_t i)
{
  return (float) ((double) (uint32_t) (i * 2654435761u) / 2147483648.0 - 1.0) * 1.5f;
}

static void
append_all (AudioSampleStore *store)
{
  g_autofree float *piece = g_new (float, PIECE);

  audio_sample_store_init (store);
  for (size_t p = 0; p < N_PIECES; p++) {
    for (size_t i = 0; i < PIECE; i++)
      piece[i] = sample_at (p * PIECE + i);
    g_assert_true (audio_sample_store_append (store, piece, PIECE));
  }
  g_assert_cmpuint (store->n_samples, ==, (size_t) PIECE * N_PIECES);
}

static void
check_all (const AudioSampleStore *store, float scale)
{
  for (size_t i = 0; i < store->n_samples; i++)
    if (store->samples[i] != CLAMP (sample_at (i) * scale, -1.0f, 1.0f))
      g_error ("sample %zu is %g", i, (double) store->samples[i]);
}

/* Pages of the process, files included. */
static long
count_resident (void)
{
  g_autofree char *text = NULL;
  long size, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%ld %ld", &size, &resident), ==, 2);
  return resident;
}

static void
test_file (void)
{
  AudioSampleStore store;

  append_all (&store);
  if (store.fd < 0) {
    g_test_skip ("neither the cache folder nor /var/tmp is on a disk");
    audio_sample_store_clear (&store);
    return;
  }
  g_assert_null (store.samples);
  g_assert_true (audio_sample_store_scale (&store, 0.5f));
  g_assert_true (audio_sample_store_finish (&store));
  g_assert_cmpuint (store.n_mapped, ==, store.n_samples * sizeof (float));
  check_all (&store, 0.5f);

  const long before = count_resident ();
  audio_sample_store_release (store.samples, store.n_mapped, 0, store.n_samples);
  const long n_pages = (long) (store.n_mapped / (size_t) sysconf (_SC_PAGESIZE));
  g_assert_cmpint (before - count_resident (), >, n_pages / 2);
  check_all (&store, 0.5f);
  audio_sample_store_release (store.samples, store.n_mapped, 3, 4);
  audio_sample_store_release (store.samples, store.n_mapped, 100000, SIZE_MAX / 8);
  check_all (&store, 0.5f);
  audio_sample_store_clear (&store);
}

/* A limit on the size of files stands for a disk that is full: after 10 MB, and at once. */
static void
test_full_disk (void)
{
  struct rlimit unlimited;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
  for (rlim_t most = 10 << 20; most > 0; most >>= 20) {
    struct rlimit limited = { most, unlimited.rlim_max };
    AudioSampleStore store;

    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limited), ==, 0);
    append_all (&store);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
    g_assert_cmpint (store.fd, ==, -1);
    g_assert_true (audio_sample_store_scale (&store, 0.25f));
    g_assert_true (audio_sample_store_finish (&store));
    g_assert_cmpuint (store.n_mapped, ==, 0);
    check_all (&store, 0.25f);
    audio_sample_store_clear (&store);
  }
}

static void
test_short (void)
{
  AudioSampleStore store;
  const float samples[] = { -2, 0.5f, 1 };

  audio_sample_store_init (&store);
  g_assert_true (audio_sample_store_append (&store, samples, 0));
  g_assert_true (audio_sample_store_append (&store, samples, 3));
  g_assert_cmpint (store.fd, ==, -1);
  g_assert_true (audio_sample_store_finish (&store));
  g_assert_cmpuint (store.n_mapped, ==, 0);
  g_assert_cmpfloat (store.samples[0], ==, -2.0f);
  audio_sample_store_clear (&store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample-store/file", test_file);
  g_test_add_func ("/sample-store/full-disk", test_full_disk);
  g_test_add_func ("/sample-store/short", test_short);
  return g_test_run ();
}
