/* SPDX-License-Identifier: GPL-3.0-or-later */

/* features WHISPER.gguf SPEAKER.gguf BLOCKS COPY OUT < PATHS
 *
 * What the heads are trained on (tools/train): for each path of a recording, one a line, the floats
 * that audio_voice_features_compute() gives for the blocks (as "2,3"). COPY 0 reads the recordings
 * as they are, 1, 2, ... makes another of each first (tools/augment.h). OUT is raw floats, a row
 * for each path: seconds of speech, the features, the speaker embedding. SPEAKER.gguf may be "-":
 * then there is no embedding. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/heads/voice-features.h"
#include "audio/sound/clip.h"
#include "audio/speaker/speaker.h"
#include "tools/augment.h"

#define MAX_BLOCKS 32

typedef struct {
  AudioWhisper *whisper;
  AudioWhisperState *state;
  AudioVoiceFeatures *features;
  AudioSpeakerEncoder *speaker;
  int width; /* of the features */
  guint32 copy;
  float *row;
} Extractor;

static gboolean
extract (Extractor *e, const char *path, guint32 index, GError **error)
{
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, error);
  g_autofree float *changed = NULL;
  const float *samples;
  gsize n;
  double speech_s;

  if (clip == NULL)
    return FALSE;
  samples = clip->samples;
  n = clip->n_samples;
  if (e->copy > 0)
    samples = changed = augment (samples, n, 1000003 * e->copy + index, &n);
  audio_voice_features_compute (e->features, e->whisper, e->state, samples, n, e->row + 1,
                                &speech_s);
  e->row[0] = (float) speech_s;
  if (e->speaker != NULL)
    audio_speaker_embed (e->speaker, samples, n, e->row + 1 + e->width);
  return TRUE;
}

static gboolean
extract_all (Extractor *e, const char *out, GError **error)
{
  const size_t width = 1 + (size_t) e->width + (e->speaker != NULL ? AUDIO_SPEAKER_DIM : 0);
  FILE *file = fopen (out, "wb");
  char line[4096];
  gboolean ok = file != NULL;

  e->row = g_new (float, width);
  for (guint32 index = 0; ok && fgets (line, sizeof line, stdin) != NULL; index++)
    ok = extract (e, g_strchomp (line), index, error)
         && fwrite (e->row, sizeof *e->row, width, file) == width;
  g_free (e->row);
  if (file != NULL && fclose (file) != 0)
    ok = FALSE;
  if (!ok && error != NULL && *error == NULL)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DISK, "%s cannot be written", out);
  return ok;
}

static gboolean
run (char **argv, GError **error)
{
  NnContext *context = nn_context_new (0);
  const gboolean has_speaker = strcmp (argv[2], "-") != 0;
  g_autoptr (AudioSpeakerEncoder) speaker =
      has_speaker ? audio_speaker_encoder_load (context, argv[2], error) : NULL;
  g_autoptr (AudioWhisper) whisper =
      speaker != NULL || !has_speaker ? audio_whisper_load (context, argv[1], error) : NULL;
  g_autoptr (AudioWhisperState) state =
      whisper != NULL ? audio_whisper_state_new (whisper, 1, error) : NULL;
  g_auto (GStrv) words = g_strsplit (argv[3], ",", MAX_BLOCKS);
  int blocks[MAX_BLOCKS], n_blocks = 0;
  gboolean ok = FALSE;

  for (; words[n_blocks] != NULL; n_blocks++)
    blocks[n_blocks] = atoi (words[n_blocks]);
  if (state != NULL) {
    const AudioWhisperConfig *config = audio_whisper_get_config (whisper);
    g_autoptr (AudioVoiceFeatures) features =
        audio_voice_features_new (config->n_mels, config->n_state, blocks, n_blocks);
    Extractor e = { .whisper = whisper,
                    .state = state,
                    .features = features,
                    .speaker = speaker,
                    .width = audio_voice_features_get_width (features),
                    .copy = (guint32) atoi (argv[4]) };

    ok = extract_all (&e, argv[5], error);
  }
  g_clear_pointer (&state, audio_whisper_state_free);
  g_clear_pointer (&whisper, audio_whisper_free);
  g_clear_pointer (&speaker, audio_speaker_encoder_free);
  nn_context_free (context);
  return ok;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 6) {
    fprintf (stderr, "usage: features WHISPER.gguf SPEAKER.gguf BLOCKS COPY OUT < PATHS\n");
    return 2;
  }
  if (!run (argv, &error)) {
    fprintf (stderr, "features: %s\n", error->message);
    return 1;
  }
  return 0;
}
