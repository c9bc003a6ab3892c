/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Feelings as directions between the stock voices: KOKORO.md, "Feelings", has how they were found.
 */

#include "audio/kokoro/kokoro.h"

/* The directions are those between the styles for so many symbols, whatever is spoken: the rows of
 * very short and very long texts differ in more than the voice. */
#define ROW 55
#define N_MOST 8

/* How much of a stock voice is added; the weights of a half sum to 0, so that what all voices have
 * in common stays. */
typedef struct {
  const char *voice;
  float weight;
} Part;

typedef struct {
  float scale[2];
  Part parts[2][N_MOST]; /* of the timbre, of the prosody */
} Feeling;

static const Feeling feelings[] = {
  [AUDIO_FEELING_SAD] = { { 0.6f, 1.6f },
                          { { { "af_nicole", 0.40f },
                              { "bm_fable", 0.28f },
                              { "hf_alpha", 0.19f },
                              { "af_aoede", 0.19f },
                              { "bf_alice", -0.19f },
                              { "zm_yunjian", -0.20f },
                              { "pf_dora", -0.32f },
                              { "pm_santa", -0.35f } },
                            { { "im_nicola", 0.23f },
                              { "bm_lewis", 0.22f },
                              { "am_echo", 0.20f },
                              { "am_onyx", 0.19f },
                              { "if_sara", -0.16f },
                              { "zf_xiaobei", -0.17f },
                              { "bf_alice", -0.22f },
                              { "hf_beta", -0.29f } } } },
  [AUDIO_FEELING_ANGRY] = { { 0.6f, 0.8f },
                            { { { "am_santa", 0.40f },
                                { "em_alex", 0.29f },
                                { "zf_xiaoyi", 0.22f },
                                { "bm_george", 0.21f },
                                { "af_aoede", -0.19f },
                                { "af_nicole", -0.23f },
                                { "jf_alpha", -0.24f },
                                { "af_alloy", -0.46f } },
                              { { "zf_xiaoyi", 0.30f },
                                { "am_santa", 0.28f },
                                { "bm_fable", 0.16f },
                                { "zf_xiaobei", 0.15f },
                                { "jf_tebukuro", 0.08f },
                                { "af_bella", -0.15f },
                                { "ef_dora", -0.40f },
                                { "am_puck", -0.42f } } } },
};

gboolean
audio_voices_lean (const AudioVoices *voices, AudioFeeling feeling, float style[AUDIO_KOKORO_STYLE],
                   GError **error)
{
  const int n_half = AUDIO_KOKORO_STYLE / 2;

  g_return_val_if_fail (feeling >= 0 && (gsize) feeling < G_N_ELEMENTS (feelings), FALSE);
  if (feeling == AUDIO_FEELING_NONE)
    return TRUE;
  for (int half = 0; half < 2; half++)
    for (int i = 0; i < N_MOST; i++) {
      const Part *part = &feelings[feeling].parts[half][i];
      const float weight = feelings[feeling].scale[half] * part->weight;
      float other[AUDIO_KOKORO_STYLE];

      if (!audio_voices_get_style (voices, part->voice, ROW, other, error))
        return FALSE;
      for (int j = half * n_half; j < (half + 1) * n_half; j++)
        style[j] += weight * other[j];
    }
  return TRUE;
}
