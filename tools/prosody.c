/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Prints how recordings sound, one line of JSON per file or stretch. Not installed.
 *
 * usage: prosody [--vad FILE.gguf] [--every SECONDS] [--frames] FILE...
 *   --vad FILE: the network that finds speech; without it the level alone tells
 *   --every SECONDS: one line for each stretch of so long, instead of one for the whole
 *   --frames: the tracks too, as arrays with a value each 10 ms
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audio/heads/quality.h"
#include "audio/vad/vad.h"

static void
print_number (const char *name, double value)
{
  if (isnan (value))
    printf (",\"%s\":null", name);
  else
    printf (",\"%s\":%.5g", name, value);
}

static void
print_track (const char *name, const float *values, size_t n)
{
  printf (",\"%s\":[", name);
  for (size_t i = 0; i < n; i++)
    printf ("%s%.2f", i > 0 ? "," : "", (double) values[i]);
  printf ("]");
}

static void
print_prosody (const AudioProsody *p)
{
  const struct {
    const char *name;
    float value;
  } numbers[] = {
    { "pitch_hz", p->pitch_hz },
    { "pitch_low_hz", p->pitch_low_hz },
    { "pitch_high_hz", p->pitch_high_hz },
    { "voiced", p->voiced },
    { "loudness_lufs", p->loudness_lufs },
    { "rate_sps", p->rate_sps },
    { "pause_s", p->pause_s },
    { "n_pauses", (float) p->n_pauses },
    { "jitter", p->jitter },
    { "shimmer", p->shimmer },
    { "hnr_db", p->hnr_db },
    { "tilt_db", p->tilt_db },
    { "pitch_sd_st", p->pitch_sd_st },
    { "pitch_move", p->pitch_move },
    { "level_sd_db", p->level_sd_db },
    { "speech_s", p->speech_s },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    print_number (numbers[i].name, (double) numbers[i].value);
}

static void
print_quality (const AudioQuality *q)
{
  unsigned doubts = audio_quality_get_doubts (q);
  const char *comma = "";
  print_number ("snr_db", (double) q->snr_db);
  print_number ("clipped", (double) q->clipped);
  print_number ("band_edge_hz", (double) q->band_edge_hz);
  printf (",\"doubts\":[");
  for (unsigned bit = 1; bit <= AUDIO_DOUBT_GENDER; bit <<= 1) {
    if (!(doubts & bit))
      continue;
    printf ("%s\"%s\"", comma, audio_doubt_get_name (bit));
    comma = ",";
  }
  printf ("]");
}

typedef struct {
  AudioVad *vad;  /* or NULL */
  double every_s; /* 0: the whole */
  gboolean with_frames;
} Options;

static void
print_stretch (const char *path, const AudioClip *clip, const AudioProsodyTrack *track,
               const GArray *spans, double start_s, double end_s, const Options *options)
{
  AudioProsody prosody;
  AudioQuality quality;
  g_autofree char *name = g_strescape (path, NULL);
  audio_prosody_measure (track, start_s, end_s, spans, &prosody);
  audio_quality_measure (clip, track, start_s, end_s, spans, &quality);
  printf ("{\"file\":\"%s\",\"start\":%.3f,\"end\":%.3f", name, start_s, end_s);
  print_prosody (&prosody);
  print_quality (&quality);
  if (options->with_frames) {
    size_t n = audio_prosody_track_get_n_frames (track);
    print_track ("pitch", audio_prosody_track_get_pitch (track), n);
    print_track ("level", audio_prosody_track_get_level (track), n);
    print_track ("loudness", audio_prosody_track_get_loudness (track), n);
  }
  printf ("}\n");
}

static gboolean
measure (const char *path, const Options *options, GError **error)
{
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, error);
  g_autoptr (GArray) spans = NULL;
  if (clip == NULL)
    return FALSE;
  g_autoptr (AudioProsodyTrack) track = audio_prosody_track_new (clip, NULL, NULL, NULL, error);
  if (track == NULL)
    return FALSE;
  if (options->vad != NULL) {
    spans = audio_vad_find_speech (options->vad, clip, &(AudioVadOptions){ 0 }, NULL, error);
    if (spans == NULL)
      return FALSE;
  }
  double step_s = options->every_s > 0 ? options->every_s : clip->seconds;
  for (double start_s = 0; start_s + 0.05 < clip->seconds; start_s += step_s)
    print_stretch (path, clip, track, spans, start_s, MIN (start_s + step_s, clip->seconds),
                   options);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (AudioVad) vad = NULL;
  Options options = { 0 };
  int status = 0;
  for (int i = 1; i < argc; i++) {
    g_autoptr (GError) error = NULL;
    if (strcmp (argv[i], "--frames") == 0)
      options.with_frames = TRUE;
    else if (strcmp (argv[i], "--every") == 0 && i + 1 < argc)
      options.every_s = g_ascii_strtod (argv[++i], NULL);
    else if (strcmp (argv[i], "--vad") == 0 && i + 1 < argc)
      options.vad = vad = audio_vad_load (argv[++i], &error);
    else
      measure (argv[i], &options, &error);
    if (error != NULL) {
      fprintf (stderr, "%s\n", error->message);
      status = 1;
    }
  }
  return status;
}
