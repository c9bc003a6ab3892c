/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/own-voice-read-out.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "audio/sound/capture.h"

#define MAX_S 40.0
#define SILENCE_S 1.8
#define POLL_US 50000
#define SPEECH_PROBABILITY 0.5f
/* So many words may be misheard. */
#define MOST_WRONG 0.25

static const char *
pick (const char *const *words, int n)
{
  return words[g_random_int_range (0, n)];
}

#define PICK(words) pick (words, G_N_ELEMENTS (words))

char *
app_consent_sentence_new (void)
{
  static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday" };
  static const char *const colours[] = { "yellow", "silver", "orange", "purple",
                                         "green",  "golden", "white",  "crimson" };
  static const char *const things[] = { "umbrella", "violin",   "bicycle", "window",
                                        "lantern",  "suitcase", "kettle",  "carpet" };
  static const char *const places[] = { "kitchen", "harbour", "library", "garden",
                                        "station", "theatre", "valley",  "museum" };
  static const char *const people[] = {
    "my neighbour",        "an old teacher", "the tall doctor",
    "her youngest cousin", "a quiet farmer", "the new captain"
  };
  static const char *const numbers[] = { "seventeen", "forty-two",    "ninety",
                                         "thirteen",  "twenty-eight", "sixty-five" };

  return g_strdup_printf ("I agree that this computer makes a copy of my voice. On %s, %s carried "
                          "%s %s %ss past the %s and left a %s %s by the %s.",
                          PICK (days), PICK (people), PICK (numbers), PICK (colours), PICK (things),
                          PICK (places), PICK (colours), PICK (things), PICK (places));
}

/* (transfer full): words in lower case, without marks; a hyphen parts words. */
static GPtrArray *
split_words (const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) word = g_string_new (NULL);

  for (const char *at = folded;; at = g_utf8_next_char (at)) {
    const gunichar c = g_utf8_get_char (at);

    if (g_unichar_isalnum (c))
      g_string_append_unichar (word, c);
    else if (c != '\'' && word->len > 0) {
      g_ptr_array_add (words, g_strdup (word->str));
      g_string_truncate (word, 0);
    }
    if (c == 0)
      return words;
  }
}

double
app_consent_compare (const char *sentence, const char *read)
{
  g_autoptr (GPtrArray) wanted = split_words (sentence);
  g_autoptr (GPtrArray) found = split_words (read);
  g_autofree guint *row = g_new (guint, found->len + 1);

  if (wanted->len == 0)
    return 0;
  for (guint j = 0; j <= found->len; j++)
    row[j] = j;
  for (guint i = 1; i <= wanted->len; i++) {
    guint diagonal = row[0];

    row[0] = i;
    for (guint j = 1; j <= found->len; j++) {
      const guint above = row[j];
      const gboolean is_same = g_str_equal (wanted->pdata[i - 1], found->pdata[j - 1]);

      row[j] = MIN (diagonal + !is_same, MIN (above, row[j - 1]) + 1);
      diagonal = above;
    }
  }
  return MIN ((double) row[found->len] / wanted->len, 1);
}

/* (transfer full): the name of a file that is there, empty and private. */
static char *
make_file (GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "hearsay", NULL);
  g_autofree char *path = g_build_filename (folder, "reading-XXXXXX.wav", NULL);
  int fd = g_mkdir_with_parents (folder, 0700) == 0 ? g_mkstemp_full (path, O_RDWR, 0600) : -1;

  if (fd < 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", path, g_strerror (errno));
    return NULL;
  }
  g_close (fd, NULL);
  return g_steal_pointer (&path);
}

/* Until speech was followed by silence. */
static void
wait_for_silence (AppEngine *engine, AudioVad *vad, AudioCapture *capture)
{
  float chunk[AUDIO_VAD_CHUNK];
  size_t n = 0;
  double silent_s = 0;
  gboolean has_speech = FALSE;
  AudioCaptureState state;

  audio_vad_reset (vad);
  do {
    g_usleep (POLL_US);
    audio_capture_get_state (capture, &state);
    for (;;) {
      n += audio_capture_read (capture, chunk + n, AUDIO_VAD_CHUNK - n);
      if (n < AUDIO_VAD_CHUNK)
        break;
      n = 0;
      if (audio_vad_next (vad, chunk) >= SPEECH_PROBABILITY) {
        has_speech = TRUE;
        silent_s = 0;
      } else
        silent_s += (double) AUDIO_VAD_CHUNK / AUDIO_RATE_HZ;
    }
  } while (!state.has_failed && state.seconds < MAX_S && !app_engine_is_cancelled (engine)
           && !(has_speech && silent_s >= SILENCE_S));
}

static gboolean
record (AppEngine *engine, const char *device, const char *path, GError **error)
{
  AudioVad *vad = app_engine_get_vad (engine, error);
  AudioCapture *capture =
      vad != NULL ? audio_capture_start (
          &(AudioCaptureOptions){ .path = path, .overwrite = TRUE, .device_name = device }, error)
                  : NULL;
  double seconds;

  if (capture == NULL)
    return FALSE;
  wait_for_silence (engine, vad, capture);
  if (!audio_capture_stop (capture, &seconds, error))
    return FALSE;
  if (!app_engine_is_cancelled (engine))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
  return FALSE;
}

static gboolean
check (AppEngine *engine, const char *sentence, const char *path, GError **error)
{
  AudioTranscriber *transcriber = app_engine_get_transcriber (engine, error);
  g_autoptr (AudioClip) clip =
      transcriber != NULL
          ? audio_clip_load (path, NULL, NULL, &app_engine_get_context (engine)->cancel, error)
          : NULL;
  g_autoptr (AudioTranscript) transcript = NULL;
  g_autoptr (GString) read = g_string_new (NULL);

  if (clip == NULL)
    return FALSE;
  transcript = audio_transcribe (transcriber, clip, &(AudioTranscribeOptions){ .language = "en" },
                                 NULL, NULL, error);
  if (transcript == NULL)
    return FALSE;
  for (guint i = 0; i < transcript->segments->len; i++)
    g_string_append (read, ((const AudioSegment *) transcript->segments->pdata[i])->text);
  const double wrong = app_consent_compare (sentence, read->str);
  if (wrong <= MOST_WRONG)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
               "that was not the sentence (%.0f %% of the words differ); heard was:%s", 100 * wrong,
               read->len > 0 ? read->str : " nothing");
  return FALSE;
}

char *
app_own_voice_read_out (AppEngine *engine, const char *sentence, const char *device, GError **error)
{
  g_autofree char *path = make_file (error);

  if (path == NULL)
    return NULL;
  if (record (engine, device, path, error) && check (engine, sentence, path, error))
    return g_steal_pointer (&path);
  g_unlink (path);
  return NULL;
}
