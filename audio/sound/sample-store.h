/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Samples that are appended once and then read, in memory that does not grow with their number.
 *
 * The first minutes stay in memory. Longer signals go to a file without a name, in the user's cache
 * folder or else /var/tmp, and are mapped for reading when they are complete: their pages are the
 * system's, which takes them back when it needs memory, and what audio_sample_store_release() names
 * leaves the process at once. Where no such file can be made (both folders lie in memory, or cannot
 * be written) or the disk is full, all stays in memory. The file goes with the process. Internal to
 * audio/; one thread at a time while appending.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  float *samples; /* after audio_sample_store_finish(); not to be written to */
  size_t n_samples;
  size_t n_mapped; /* bytes of the mapping; 0: samples are in memory */
  /* While appending */
  size_t n_allocated;
  int fd; /* -1: in memory */
  bool is_file_refused;
} AudioSampleStore;

void audio_sample_store_init (AudioSampleStore *store);
void audio_sample_store_clear (AudioSampleStore *store);

/* FALSE: no memory. */
bool audio_sample_store_append (AudioSampleStore *store, const float *samples, size_t n);
/* Each sample times scale, then limited to -1..1. FALSE: the file cannot be read or written. */
bool audio_sample_store_scale (AudioSampleStore *store, float scale);
/* No more is appended. FALSE: no memory. */
bool audio_sample_store_finish (AudioSampleStore *store);

/* Samples first .. end - 1 are not needed for now; they may be read again at any time. */
void audio_sample_store_release (const float *samples, size_t n_mapped, size_t first, size_t end);
void audio_sample_store_free (float *samples, size_t n_mapped);
