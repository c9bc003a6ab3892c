/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An engine's process whose tasks do what real ones do only in trouble; test-remote.c starts it in
 * place of the program. Started as: fake-engine engine --fd=N */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/base/json-text.h"
#include "app/base/json-write.h"
#include "app/cli/cli.h"
#include "app/service/service.h"

#define LARGE_SEGMENTS 60000

/* (transfer full): the member "text" of the request. */
static char *
get_text (AppJob *job)
{
  g_autoptr (JsonNode) root = app_json_parse (job->text, -1, NULL);

  return g_strdup (
      json_object_get_string_member_with_default (json_node_get_object (root), "text", ""));
}

static gboolean
run_echo (AppJob *job, GError **error)
{
  g_autofree char *text = get_text (job);
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (int i = 0; words[i] != NULL; i++)
    app_job_tell_token (job, words[i], i + 1);
  app_json_add_string (job->result, "answer", text);
  return TRUE;
}

/* Until it is told to stop. */
static gboolean
run_count (AppJob *job, GError **error)
{
  for (int i = 1; !atomic_load (job->cancel); i++) {
    app_job_tell_token (job, ".", i);
    g_usleep (2000);
  }
  app_json_add_string (job->result, "stop", "cancelled");
  return TRUE;
}

static gboolean
run_until_cancelled (AppJob *job, GError **error)
{
  while (!atomic_load (job->cancel))
    g_usleep (1000);
  g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "this is not what is told after a cancel");
  return FALSE;
}

/* Does not hear a cancel. */
static gboolean
run_deaf (AppJob *job, GError **error)
{
  app_job_tell_token (job, "some", 1);
  g_usleep (500000);
  return TRUE;
}

static gboolean
run_die (AppJob *job, GError **error)
{
  app_job_tell_token (job, "before", 1);
  kill (getpid (), SIGKILL);
  return TRUE;
}

/* The text is a file: if it is there, it is not the first time. */
static gboolean
run_die_once (AppJob *job, GError **error)
{
  g_autofree char *path = get_text (job);

  app_job_tell_token (job, "again", 1);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_file_set_contents (path, "", 0, NULL);
    kill (getpid (), SIGKILL);
  }
  app_json_add_string (job->result, "answer", "again");
  return TRUE;
}

static gboolean
run_leave (AppJob *job, GError **error)
{
  _exit (3);
}

static gboolean
run_fail (AppJob *job, GError **error)
{
  g_set_error (error, APP_ERROR, APP_ERROR_NO_SPEECH, "nobody\nspeaks");
  return FALSE;
}

static void
add_segments (JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (int i = 0; i < LARGE_SEGMENTS; i++) {
    json_builder_begin_object (builder);
    app_json_add_number (builder, "start", i, 3);
    app_json_add_string (builder, "text", "what is said here is not worth the room it takes");
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static gboolean
run_large (AppJob *job, GError **error)
{
  g_autoptr (JsonBuilder) heard = json_builder_new ();

  json_builder_begin_object (heard);
  add_segments (heard);
  json_builder_end_object (heard);
  app_job_tell_heard (job, heard);
  app_json_add_int (job->result, "n_request_bytes", (gint64) strlen (job->text));
  add_segments (job->result);
  return TRUE;
}

static const AppJobType jobs[] = {
  { "echo", 0, APP_LANE_STORE, run_echo },
  { "count", 0, APP_LANE_STORE, run_count },
  { "until-cancelled", 0, APP_LANE_STORE, run_until_cancelled },
  { "beside", 0, APP_LANE_ENGINE, run_echo },
  { "deaf", 0, APP_LANE_STORE, run_deaf },
  { "die", 0, APP_LANE_STORE, run_die },
  { "die-once", 0, APP_LANE_STORE, run_die_once },
  { "leave", 0, APP_LANE_STORE, run_leave },
  { "fail", 0, APP_LANE_STORE, run_fail },
  { "large", 0, APP_LANE_STORE, run_large },
  { NULL, 0, APP_LANE_STORE, NULL },
};

int
main (int argc, char **argv)
{
  int fd = argc == 3 && g_str_has_prefix (argv[2], "--fd=") ? atoi (argv[2] + 5) : -1;

  return app_service_run (fd, &(AppServiceOptions){ .jobs = jobs, .n_threads = 1 }, NULL) ? 0 : 1;
}
