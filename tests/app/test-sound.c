/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a window does with sound: peaks, a player, a microphone, a transcript as a document. There
 * need not be a sound card: what happens without one is tested, too. */

#include <glib/gstdio.h>
#include <math.h>
#include <sndfile.h>

#include "app/base/app-error.h"
#include "app/hearing/hearing-export.h"
#include "app/hearing/peaks.h"
#include "app/listen/microphone.h"
#include "app/speech/player.h"

#define WAIT_S 20

typedef struct {
  char *folder;
  char *path; /* a second: half of it silent, half of it loud */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  SF_INFO info = { .samplerate = 8000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
  SNDFILE *file;

  fixture->folder = g_dir_make_tmp ("hearsay-sound-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "a.wav", NULL);
  file = sf_open (fixture->path, SFM_WRITE, &info);
  for (int i = 0; i < 8000; i++)
    sf_writef_float (file, (float[]){ i < 4000 ? 0 : (i % 2 == 0 ? 0.5f : -0.5f) }, 1);
  sf_close (file);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* (transfer full): the result, when it has come. */
static GAsyncResult *
await (GAsyncResult **result)
{
  gint64 end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;

  while (*result == NULL) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, FALSE);
    g_thread_yield ();
  }
  return *result;
}

static void
test_peaks (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) missing = NULL;
  g_autoptr (GError) error = NULL;

  app_peaks_read_async (fixture->path, NULL, keep_result, &result);
  g_autoptr (AppPeaks) peaks = app_peaks_read_finish (await (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (peaks->seconds, ==, 1);
  g_assert_cmpuint (peaks->n, ==, APP_N_PEAKS);
  g_assert_cmpfloat (peaks->peaks[APP_N_PEAKS / 4], ==, 0);
  g_assert_cmpfloat_with_epsilon (peaks->peaks[3 * APP_N_PEAKS / 4], 0.5, 0.01);
  app_peaks_read_async ("/no/such/file.wav", NULL, keep_result, &missing);
  g_assert_null (app_peaks_read_finish (await (&missing), &error));
  g_assert_nonnull (error);
}

static void
note (gboolean *has_happened)
{
  *has_happened = TRUE;
}

static void
iterate_until (gboolean *has_happened)
{
  gint64 end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;

  while (!*has_happened) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, FALSE);
    g_thread_yield ();
  }
}

static void
test_player_without_a_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "none.wav", NULL);
  AppPlayer *player = app_player_new (path);
  gboolean has_failed = FALSE;

  g_signal_connect_swapped (player, "failed", G_CALLBACK (note), &has_failed);
  app_player_play (player);
  iterate_until (&has_failed);
  g_assert_false (app_player_is_playing (player));
  g_assert_finalize_object (player);
}

static void
test_player (Fixture *fixture, gconstpointer data)
{
  AppPlayer *player = app_player_new (fixture->path);

  app_player_seek (player, 0.25);
  app_player_set_speed (player, 1.5);
  g_assert_cmpfloat (app_player_get_position (player), ==, 0.25);
  g_assert_false (app_player_is_playing (player));
  app_player_play_range (player, 0.5, 0.6);
  app_player_pause (player);
  g_assert_false (app_player_is_playing (player));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (player);
}

static void
test_microphone_that_is_not_there (Fixture *fixture, gconstpointer data)
{
  AppMicrophone *microphone = app_microphone_new (fixture->folder);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  AppMicrophoneState state;

  app_microphone_start_async (microphone, "no microphone is called so", keep_result, &result);
  g_assert_false (app_microphone_start_finish (microphone, await (&result), &error));
  g_assert_nonnull (error);
  app_microphone_get_state (microphone, &state);
  g_assert_cmpfloat (state.seconds, ==, 0);
  g_assert_null (app_microphone_find_cut_off (fixture->folder));
  g_clear_object (&result);
  g_assert_finalize_object (microphone);
}

static void
test_recording_that_was_cut_off (Fixture *fixture, gconstpointer data)
{
  g_autofree char *mark = g_build_filename (fixture->folder, ".recording", NULL);
  g_autofree char *found = NULL;

  g_file_set_contents (mark, fixture->path, -1, NULL);
  found = app_microphone_find_cut_off (fixture->folder);
  g_assert_cmpstr (found, ==, fixture->path);
  g_assert_null (app_microphone_find_cut_off (fixture->folder));
  g_file_set_contents (mark, "/no/such/file.wav", -1, NULL);
  g_assert_null (app_microphone_find_cut_off (fixture->folder));
}

static AppHearing *
make_hearing (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) json = json_from_string (
      "{\"seconds\": 2, \"language\": \"en\", \"speakers\": [{\"name\": \"Mara\", \"seconds\": 1},"
      " {\"name\": \"B\", \"seconds\": 1}], \"segments\": ["
      "{\"start\": 0, \"end\": 1, \"text\": \"Hello.\", \"speaker\": \"Mara\"},"
      "{\"start\": 1.1, \"end\": 2, \"text\": \"<Who>?\", \"speaker\": \"B\"}]}",
      NULL);
  AppHearing *hearing = app_hearing_new_from_json ("/a/talk.wav", json, &error);

  g_assert_no_error (error);
  return hearing;
}

static void
test_export (void)
{
  g_autoptr (AppHearing) hearing = make_hearing ();
  g_autofree char *txt = app_hearing_export (hearing, APP_FORMAT_TXT);
  g_autofree char *srt = app_hearing_export (hearing, APP_FORMAT_SRT);
  g_autofree char *vtt = app_hearing_export (hearing, APP_FORMAT_VTT);
  g_autofree char *md = app_hearing_export (hearing, APP_FORMAT_MD);
  g_autofree char *json = app_hearing_export (hearing, APP_FORMAT_JSON);

  g_assert_cmpstr (txt, ==, "Mara: Hello.\nB: <Who>?\n");
  g_assert_nonnull (strstr (srt, "00:00:01,100 --> 00:00:02,000\nB: "));
  g_assert_nonnull (strstr (vtt, "00:00:00.000 --> 00:00:01.000\nMara: Hello."));
  g_assert_nonnull (strstr (vtt, "B: &lt;Who&gt;?"));
  g_assert_nonnull (strstr (md, "# talk.wav"));
  g_assert_nonnull (strstr (md, "Mara: Hello."));
  g_assert_nonnull (strstr (json, "\"speaker\": \"Mara\""));
  g_assert_nonnull (strstr (json, "<Who>?"));
  g_assert_nonnull (strstr (json, "\"start\": 1.1,\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/peaks", Fixture, NULL, set_up, test_peaks, tear_down);
  g_test_add ("/app/player/no-file", Fixture, NULL, set_up, test_player_without_a_file, tear_down);
  g_test_add ("/app/player/new_destroy", Fixture, NULL, set_up, test_player, tear_down);
  g_test_add ("/app/microphone/none", Fixture, NULL, set_up, test_microphone_that_is_not_there,
              tear_down);
  g_test_add ("/app/microphone/cut-off", Fixture, NULL, set_up, test_recording_that_was_cut_off,
              tear_down);
  g_test_add_func ("/app/hearing-export", test_export);
  return g_test_run ();
}
