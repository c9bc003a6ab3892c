/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recordings: whatever the bytes, a clip in range or an error. */

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audio/sound/clip.h"
#include "tests/fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  close (fd);
  g_assert_true ((clip == NULL) == (error != NULL));
  for (size_t i = 0; clip != NULL && i < clip->n_samples; i++)
    g_assert_true (fabsf (clip->samples[i]) <= 1.0f);
  return 0;
}
