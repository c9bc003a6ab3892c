/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The engine's process without models, for test-bus.c, test_serve.py and tests of the window: what
 * a question is tells what becomes of it, and what is to be said is kept, line by line, in the file
 * that HEARSAY_FAKE_LOG names.
 * Started in place of the program, as: fake-service engine --fd=N */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/base/json-text.h"
#include "app/base/json-write.h"
#include "app/hearing/hearing.h"
#include "app/service/service.h"
#include "app/speech/sound-file.h"

/* (transfer full): the request. */
static JsonNode *
read_request (AppJob *job)
{
  return app_json_parse (job->text, -1, NULL);
}

/* (transfer full): the path of a file that stands there as an address, or as a path. */
static char *
get_path (JsonNode *request)
{
  const char *file = json_object_get_string_member (json_node_get_object (request), "file");

  return g_path_is_absolute (file) ? g_strdup (file) : g_filename_from_uri (file, NULL, NULL);
}

static gboolean
give_words (AppJob *job, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, "|", -1);
  g_autofree char *answer = g_strjoinv ("", words);

  for (int i = 0; words[i] != NULL; i++)
    app_job_tell_token (job, words[i], i + 1);
  app_json_add_string (job->result, "answer", answer);
  app_json_add_string (job->result, "stop", "end");
  return TRUE;
}

/* Until it is told to stop. */
static gboolean
count (AppJob *job, gboolean tells)
{
  for (int i = 1; !atomic_load (job->cancel); i++) {
    if (tells)
      app_job_tell_token (job, "tick ", i);
    g_usleep (2000);
  }
  return FALSE;
}

/* Thoughts, then an answer; or thoughts until it is told to stop. */
static gboolean
think (AppJob *job, gboolean is_endless)
{
  app_job_report (job, "thinking", 0.5);
  for (int i = 1; i <= 2 || is_endless; i++) {
    g_autofree char *step = g_strdup_printf ("%sStep %d.", i > 1 ? "\n\n" : "", i);

    if (atomic_load (job->cancel))
      return FALSE;
    app_job_tell_thought (job, step, i);
    if (is_endless)
      g_usleep (50000);
  }
  app_json_add_string (job->result, "thought", "Step 1.\n\nStep 2.");
  return give_words (job, "Done| thinking.");
}

static gboolean
run_chat (AppJob *job, GError **error)
{
  g_autoptr (JsonNode) request = read_request (job);
  JsonArray *messages = json_object_get_array_member (json_node_get_object (request), "messages");
  JsonObject *last = json_array_get_object_element (messages, json_array_get_length (messages) - 1);
  const char *text = json_object_get_string_member (last, "text");

  if (g_str_equal (text, "show"))
    return give_words (job, job->text);
  if (g_str_equal (text, "count") || g_str_equal (text, "wait"))
    return count (job, *text == 'c');
  if (g_str_has_prefix (text, "think"))
    return think (job, g_str_equal (text, "think on"));
  if (g_str_has_prefix (text, "die")) {
    if (g_str_equal (text, "die late")) {
      app_job_tell_token (job, "before", 1);
      g_usleep (200000);
    }
    kill (getpid (), SIGKILL);
  }
  if (g_str_equal (text, "lack")) {
    g_set_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED, "hearsay models install it");
    return FALSE;
  }
  return give_words (job, text);
}

static void
add_segment (AppHearing *hearing, int speaker, double start, char *text)
{
  AppHearingSegment *segment = app_hearing_add_segment (hearing);

  segment->start = start;
  segment->end = start + 1;
  segment->text = text;
  segment->speaker = speaker;
  segment->words = g_new0 (AppHearingWord, 1);
  segment->n_words = 1;
  segment->words[0] = (AppHearingWord){ start, start + 1, g_strdup (" word"), 0.5f };
}

/* Hears what the file is called, and how long it is. */
static gboolean
run_listen (AppJob *job, GError **error)
{
  g_autoptr (JsonNode) request = read_request (job);
  g_autofree char *path = get_path (request);
  g_autofree char *content = NULL;
  AudioTranscript transcript = { .language = "en", .seconds = 2.5 };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (AppHearing) hearing = NULL;
  gsize n_bytes = 0;

  if (!g_file_get_contents (path, &content, &n_bytes, NULL) || n_bytes == 4) {
    g_set_error (error, APP_ERROR, n_bytes == 4 ? APP_ERROR_NO_SPEECH : APP_ERROR_RECORDING,
                 "no good");
    return FALSE;
  }
  transcript.segments = none;
  hearing = app_hearing_new (path, &transcript);
  app_hearing_add_speaker (hearing, "A");
  app_hearing_add_speaker (hearing, "B");
  add_segment (hearing, 0, 0, g_path_get_basename (path));
  add_segment (hearing, 1, 1, g_strdup_printf ("%zu bytes", n_bytes));
  json_builder_set_member_name (job->result, "hearing");
  app_hearing_build_json (hearing, APP_HEARING_WHOLE, job->result);
  return TRUE;
}

/* A line of the log. */
static void
keep_request (const char *text)
{
  const char *path = g_getenv ("HEARSAY_FAKE_LOG");
  FILE *log = path != NULL ? fopen (path, "a") : NULL;

  if (log == NULL)
    return;
  fprintf (log, "%s\n", text);
  fclose (log);
}

static gboolean
run_say (AppJob *job, GError **error)
{
  g_autoptr (JsonNode) request = read_request (job);
  g_autofree char *path = get_path (request);
  float samples[2400] = { 0 };
  AppSoundFile *file = app_sound_file_open (path, &(AppSoundFileTags){ .voice = "fake" }, error);

  keep_request (job->text);
  return file != NULL && app_sound_file_append (file, samples, G_N_ELEMENTS (samples), error)
         && app_sound_file_close (file, error);
}

static const AppJobType jobs[] = {
  { "chat", 0, APP_LANE_STORE, run_chat },
  { "listen", 0, APP_LANE_STORE, run_listen },
  { "say", 0, APP_LANE_STORE, run_say },
  { NULL, 0, APP_LANE_STORE, NULL },
};

int
main (int argc, char **argv)
{
  int fd = argc >= 3 && g_str_has_prefix (argv[2], "--fd=") ? atoi (argv[2] + 5) : -1;

  return app_service_run (fd, &(AppServiceOptions){ .jobs = jobs, .n_threads = 1 }, NULL) ? 0 : 1;
}
