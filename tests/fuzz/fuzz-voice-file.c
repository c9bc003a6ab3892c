/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/conversion/voice-file.h"
#include "tests/fuzz/fuzz-target.h"

/* Every text to its end, and every value of what is promised to be there. */
static void
read_all (const AudioVoiceFile *file)
{
  const AudioVoiceFacts *facts = audio_voice_file_get_facts (file);
  const NnGguf *gguf = audio_voice_file_get_gguf (file);
  const NnTensor *envelope = nn_gguf_find (gguf, "reference.envelope");
  AudioVoiceMoments moments;
  float row[AUDIO_VOICE_N_SUB * AUDIO_ENVELOPE_SIZE];

  g_assert_true (g_utf8_validate (facts->name, -1, NULL));
  g_assert_true (g_utf8_validate (facts->attestation, -1, NULL));
  for (size_t i = 0; i < facts->n_clips; i++)
    g_assert_true (g_utf8_validate (facts->clips[i], -1, NULL));
  audio_voice_file_get_moments (file, &moments);
  nn_dequantize_row (NN_TYPE_F16,
                     (const char *) envelope->data + envelope->n_bytes - sizeof row / 2, row,
                     G_N_ELEMENTS (row));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVoiceFile) file = audio_voice_file_open_bytes (bytes, "fuzz", &error);

  g_assert_true ((file == NULL) == (error != NULL));
  if (file != NULL)
    read_all (file);
  return 0;
}
