/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/voices.h"

#include <math.h>

#include "app/engine/voiceprint.h"

struct _AppVoices {
  GPtrArray *indices;  /* per recording a GArray of int, by speaker */
  GPtrArray *speakers; /* of AppHearingSpeaker, borrowed: the first of each voice */
};

static gboolean
is_known (const AppHearingSpeaker *speaker)
{
  for (int i = 0; i < APP_HEARING_SPEAKER_DIM; i++)
    if (speaker->embedding[i] != 0)
      return TRUE;
  return FALSE;
}

double
app_voices_compare (const AppHearingSpeaker *a, const AppHearingSpeaker *b)
{
  AppVoiceMatch match;

  if (!is_known (a) || !is_known (b))
    return NAN;
  match = app_voice_match (a->embedding, a->seconds, b->embedding, b->seconds);
  return match.score - match.threshold;
}

static gboolean
holds (const GArray *indices, int index)
{
  for (guint i = 0; i < indices->len; i++)
    if (g_array_index (indices, int, i) == index)
      return TRUE;
  return FALSE;
}

/* The voice that this speaker has, of those that the recording does not have already. */
static int
find_voice (const AppVoices *self, const AppHearingSpeaker *speaker, const GArray *taken)
{
  double best_margin = 0;
  int best = -1;

  for (guint i = 0; i < self->speakers->len; i++) {
    double margin = app_voices_compare (self->speakers->pdata[i], speaker);

    if (margin >= best_margin && !holds (taken, (int) i)) {
      best_margin = margin;
      best = (int) i;
    }
  }
  return best;
}

AppVoices *
app_voices_new (AppHearing *const *hearings, guint n_hearings)
{
  AppVoices *self = g_new0 (AppVoices, 1);

  self->indices = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  self->speakers = g_ptr_array_new ();
  for (guint h = 0; h < n_hearings; h++) {
    GArray *indices = g_array_new (FALSE, FALSE, sizeof (int));

    g_ptr_array_add (self->indices, indices);
    for (guint s = 0; s < hearings[h]->speakers->len; s++) {
      AppHearingSpeaker *speaker = g_ptr_array_index (hearings[h]->speakers, s);
      int index = find_voice (self, speaker, indices);

      if (index < 0) {
        index = (int) self->speakers->len;
        g_ptr_array_add (self->speakers, speaker);
      }
      g_array_append_val (indices, index);
    }
  }
  return self;
}

void
app_voices_free (AppVoices *self)
{
  g_ptr_array_unref (self->indices);
  g_ptr_array_unref (self->speakers);
  g_free (self);
}

guint
app_voices_get_n (const AppVoices *self)
{
  return self->speakers->len;
}

int
app_voices_get_index (const AppVoices *self, guint hearing, int speaker)
{
  const GArray *indices = g_ptr_array_index (self->indices, hearing);

  return speaker >= 0 && speaker < (int) indices->len ? g_array_index (indices, int, speaker) : -1;
}

const AppHearingSpeaker *
app_voices_get_speaker (const AppVoices *self, guint index)
{
  return g_ptr_array_index (self->speakers, index);
}
