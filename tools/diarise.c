/* SPDX-License-Identifier: GPL-3.0-or-later */

/* diarise VAD.gguf SPEAKER.gguf FILE... > TURNS
 *
 * Who speaks when in each file, for tools/eval/diarisation: "file NAME N_SPEAKERS SECONDS", where
 * SECONDS is the time that it took, then a line "turn START END SPEAKER CONFIDENCE" for each. A
 * name that ends in ":N" is the file before it, with the number of speakers given. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/speaker/diarise.h"
#include "audio/vad/vad.h"

static gboolean
print_turns (AudioVad *vad, AudioSpeakerEncoder *encoder, const char *name, GError **error)
{
  g_autofree char *path = g_strdup (name);
  char *colon = strrchr (path, ':');
  AudioDiariseOptions options = { 0 };
  if (colon != NULL) {
    *colon = '\0';
    options.n_speakers = atoi (colon + 1);
  }
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, error);
  if (clip == NULL)
    return FALSE;
  g_autoptr (GTimer) timer = g_timer_new ();
  g_autoptr (GArray) spans =
      audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, NULL, error);
  g_autoptr (AudioDiarisation) found =
      spans != NULL ? audio_diarise (encoder, clip, spans, &options, NULL, NULL, error) : NULL;
  if (found == NULL)
    return FALSE;
  printf ("file %s %d %.3f\n", name, found->n_speakers, g_timer_elapsed (timer, NULL));
  for (guint i = 0; i < found->turns->len; i++) {
    const AudioTurn *turn = &g_array_index (found->turns, AudioTurn, i);
    printf ("turn %.3f %.3f %d %.3f\n", turn->start, turn->end, turn->speaker,
            (double) turn->confidence);
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  if (argc < 4) {
    fprintf (stderr, "usage: diarise VAD.gguf SPEAKER.gguf FILE...\n");
    return 2;
  }
  g_autoptr (GError) error = NULL;
  NnContext *context = nn_context_new (0);
  g_autoptr (AudioVad) vad = audio_vad_load (argv[1], &error);
  g_autoptr (AudioSpeakerEncoder) encoder =
      vad != NULL ? audio_speaker_encoder_load (context, argv[2], &error) : NULL;
  gboolean is_right = encoder != NULL;
  for (int i = 3; i < argc && is_right; i++)
    is_right = print_turns (vad, encoder, argv[i], &error);
  if (!is_right)
    fprintf (stderr, "diarise: %s\n", error->message);
  g_clear_pointer (&encoder, audio_speaker_encoder_free);
  nn_context_free (context);
  return is_right ? 0 : 1;
}
