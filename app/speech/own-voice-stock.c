/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/own-voice-stock.h"

#include <math.h>

#define LEAST_FACTOR 0.6
#define MOST_FACTOR 1.6
/* How many octaves of pitch a stock voice of the other gender stands back, but for the nearest ones
 * of all: they may be the most alike nonetheless. */
#define OTHER_GENDER 0.5
#define N_NEAREST 5
/* Words of the trials that conversion may spoil, of about 60: two points of the error rate. */
#define MOST_SPOILT 1

/* Pitch of the stock voices: median, and standard deviation in semitones, of four sentences. The
 * one that whispers is left out. The second letter of a name is f for a woman's, m for a man's. */
static const struct {
  const char *name;
  double f0_hz;
  double spread;
} stock_voices[] = {
  { "af_alloy", 139, 2.6 },    { "af_aoede", 179, 3.2 },   { "af_bella", 189, 2.1 },
  { "af_heart", 192, 2.6 },    { "af_jessica", 203, 3.3 }, { "af_kore", 152, 4.0 },
  { "af_nova", 157, 2.8 },     { "af_river", 176, 2.2 },   { "af_sarah", 185, 3.7 },
  { "af_sky", 155, 3.5 },      { "am_adam", 112, 2.9 },    { "am_echo", 102, 3.9 },
  { "am_eric", 158, 3.8 },     { "am_fenrir", 129, 4.2 },  { "am_liam", 123, 3.9 },
  { "am_michael", 110, 2.9 },  { "am_onyx", 83, 2.4 },     { "am_puck", 110, 3.7 },
  { "am_santa", 163, 5.4 },    { "bf_alice", 213, 3.5 },   { "bf_emma", 176, 2.1 },
  { "bf_isabella", 201, 2.1 }, { "bf_lily", 182, 3.6 },    { "bm_daniel", 123, 2.4 },
  { "bm_fable", 114, 4.2 },    { "bm_george", 140, 3.3 },  { "bm_lewis", 85, 3.5 },
  { "zf_xiaobei", 237, 3.4 },  { "zf_xiaoni", 234, 3.1 },  { "zf_xiaoxiao", 240, 2.8 },
  { "zf_xiaoyi", 294, 2.0 },   { "zm_yunjian", 113, 3.8 }, { "zm_yunxi", 155, 3.5 },
  { "zm_yunxia", 284, 2.6 },   { "zm_yunyang", 107, 4.9 },
};

static int
compare_distances (gconstpointer a, gconstpointer b)
{
  const AppStockVoice *left = a, *right = b;

  return (left->distance > right->distance) - (left->distance < right->distance);
}

static void
set_back (GArray *ranked, gboolean is_female)
{
  guint n_english = 0;

  for (guint i = 0; i < ranked->len; i++) {
    AppStockVoice *voice = &g_array_index (ranked, AppStockVoice, i);

    n_english += voice->name[0] != 'z';
    if (n_english > N_NEAREST && (voice->name[1] == 'f') != is_female)
      voice->distance += OTHER_GENDER;
  }
  g_array_sort (ranked, compare_distances);
}

GArray *
app_stock_voices_rank (double f0_hz, double f0_spread, float female, gboolean is_gender_certain)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (AppStockVoice));

  for (gsize i = 0; i < G_N_ELEMENTS (stock_voices); i++) {
    const double factor = f0_hz / stock_voices[i].f0_hz;
    const double spread = f0_spread / stock_voices[i].spread;
    AppStockVoice voice = { .name = stock_voices[i].name,
                            .f0_factor = CLAMP (factor, LEAST_FACTOR, MOST_FACTOR),
                            .f0_spread = CLAMP (spread, LEAST_FACTOR, MOST_FACTOR),
                            .distance = fabs (log2 (factor)) };

    g_array_append_val (all, voice);
  }
  g_array_sort (all, compare_distances);
  if (is_gender_certain)
    set_back (all, female > 0.5f);
  return all;
}

gboolean
app_voice_trial_is_clear (const AppVoiceTrial *trial)
{
  return trial->spoilt <= MOST_SPOILT;
}

gboolean
app_voice_trial_is_better (const AppVoiceTrial *trial, const AppVoiceTrial *than)
{
  const gboolean is_clear = app_voice_trial_is_clear (trial);

  if (is_clear != app_voice_trial_is_clear (than))
    return is_clear;
  if (!is_clear && trial->spoilt != than->spoilt)
    return trial->spoilt < than->spoilt;
  return trial->alike > than->alike;
}
