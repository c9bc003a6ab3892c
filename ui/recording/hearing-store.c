/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/hearing-store.h"

#include "app/base/json-text.h"
#include "app/hearing/hearing-correct.h"
#include "app/hearing/speaker-names.h"
#include "ui/base/program.h"

/* Changes a Hearing, which is its own. FALSE with an error: nothing is kept. */
typedef gboolean (*Change) (AppHearing *hearing, gpointer data, GError **error);

typedef struct {
  AppConversations *again; /* the store, for the other thread; NULL: open_error says why */
  GError *open_error;
  gint64 recording;
  char *path;
  char *content;
  double seconds;
  JsonNode *node;
  Change change;
  gpointer data;
  GDestroyNotify free_data;
  char *old_text;
  char *text;
} Job;

static void
free_job (gpointer data)
{
  Job *job = data;

  app_conversations_free (job->again);
  g_clear_error (&job->open_error);
  g_free (job->path);
  g_free (job->content);
  g_clear_pointer (&job->node, json_node_unref);
  if (job->free_data != NULL)
    job->free_data (job->data);
  g_free (job->old_text);
  g_free (job->text);
  g_free (job);
}

static Job *
new_job (gint64 recording, const char *path, const char *content)
{
  Job *job = g_new0 (Job, 1);

  job->again =
      app_conversations_open_again (hs_program_get_store (hs_program_get ()), &job->open_error);
  job->recording = recording;
  job->path = g_strdup (path);
  job->content = g_strdup (content);
  return job;
}

static GTask *
new_task (Job *job, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (hs_program_get (), cancellable, callback, user_data);

  g_task_set_task_data (task, job, free_job);
  return task;
}

static gboolean
read_text (Job *job, GError **error)
{
  GError *problem = g_steal_pointer (&job->open_error);

  if (problem == NULL)
    job->old_text = app_conversations_get_hearing_text (job->again, job->recording, &problem);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return problem == NULL;
}

/* (transfer full) (nullable) */
static AppHearing *
parse_text (Job *job, GError **error)
{
  g_autoptr (JsonNode) json =
      job->old_text != NULL ? app_json_parse (job->old_text, -1, error) : NULL;

  return json != NULL ? app_hearing_new_from_json (job->path, json, error) : NULL;
}

static void
run_read (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  GError *error = NULL;
  AppHearing *hearing = read_text (job, &error) ? parse_text (job, &error) : NULL;

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, hearing, (GDestroyNotify) app_hearing_unref);
}

void
hs_hearing_read_async (gint64 recording, const char *path, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task =
      new_task (new_job (recording, path, NULL), cancellable, callback, user_data);

  g_task_run_in_thread (task, run_read);
}

AppHearing *
hs_hearing_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
run_keep (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;

  job->text = json_to_string (job->node, FALSE);
  g_clear_pointer (&job->node, json_node_unref);
  g_task_return_boolean (task, TRUE);
}

void
hs_hearing_keep_async (gint64 recording, const char *content, JsonNode *hearing,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  Job *job = new_job (recording, NULL, content);
  g_autoptr (GTask) task = new_task (job, NULL, callback, user_data);

  job->seconds =
      json_object_get_double_member_with_default (json_node_get_object (hearing), "seconds", 0);
  job->node = json_node_ref (hearing);
  g_task_run_in_thread (task, run_keep);
}

static gboolean
put (Job *job, GError **error)
{
  return app_conversations_set_hearing_text (hs_program_get_store (hs_program_get ()),
                                             job->recording, job->content, job->seconds, job->text,
                                             error);
}

gboolean
hs_hearing_keep_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error)
         && put (g_task_get_task_data (G_TASK (result)), error);
}

static void
run_change (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  GError *error = NULL;
  g_autoptr (AppHearing) hearing = read_text (job, &error) ? parse_text (job, &error) : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) json = NULL;

  if (hearing == NULL && error == NULL)
    g_set_error (&error, APP_ERROR, APP_ERROR_ARGUMENT, "nothing was heard in it yet");
  if (hearing == NULL || !job->change (hearing, job->data, &error)) {
    g_task_return_error (task, error);
    return;
  }
  app_hearing_build_json (hearing, APP_HEARING_WHOLE, builder);
  json = json_builder_get_root (builder);
  job->text = json_to_string (json, FALSE);
  job->seconds = hearing->seconds;
  g_task_return_boolean (task, TRUE);
}

static void
change_async (Job *job, Change change, gpointer data, GDestroyNotify free_data,
              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = new_task (job, NULL, callback, user_data);

  job->change = change;
  job->data = data;
  job->free_data = free_data;
  g_task_run_in_thread (task, run_change);
}

static gboolean
has_speaker (const AppHearing *hearing, const char *name)
{
  for (guint i = 0; i < hearing->speakers->len; i++)
    if (g_str_equal (((AppHearingSpeaker *) g_ptr_array_index (hearing->speakers, i))->name, name))
      return TRUE;
  return FALSE;
}

/* Of a voice. */
typedef struct {
  char *content;
  char *speaker;
  char *name;
} Renaming;

static void
free_renaming (gpointer data)
{
  Renaming *renaming = data;

  g_free (renaming->content);
  g_free (renaming->speaker);
  g_free (renaming->name);
  g_free (renaming);
}

/* The name is kept with the recording's content, so that it is known in the next conversation. */
static gboolean
rename_speaker (AppHearing *hearing, gpointer data, GError **error)
{
  const Renaming *renaming = data;
  g_autoptr (AppSpeakerNames) names = app_speaker_names_new (NULL, error);

  if (names == NULL)
    return FALSE;
  return has_speaker (hearing, renaming->name)
             ? app_speaker_names_merge (names, renaming->content, hearing, renaming->name,
                                        renaming->speaker, error)
             : app_speaker_names_rename (names, renaming->content, hearing, renaming->speaker,
                                         renaming->name, error);
}

void
hs_hearing_rename_async (gint64 recording, const char *path, const char *content,
                         const char *speaker, const char *name, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  Renaming *renaming = g_new0 (Renaming, 1);

  renaming->content = g_strdup (content);
  renaming->speaker = g_strdup (speaker);
  renaming->name = g_strdup (name);
  change_async (new_job (recording, path, content), rename_speaker, renaming, free_renaming,
                callback, user_data);
}

/* Of the text of a segment. */
typedef struct {
  guint segment;
  char *text;
} Correction;

static void
free_correction (gpointer data)
{
  g_free (((Correction *) data)->text);
  g_free (data);
}

static gboolean
correct (AppHearing *hearing, gpointer data, GError **error)
{
  const Correction *correction = data;

  return app_hearing_correct (hearing, correction->segment, correction->text, error);
}

void
hs_hearing_correct_async (gint64 recording, const char *path, const char *content, guint segment,
                          const char *text, GAsyncReadyCallback callback, gpointer user_data)
{
  Correction *correction = g_new0 (Correction, 1);

  correction->segment = segment;
  correction->text = g_strdup (text);
  change_async (new_job (recording, path, content), correct, correction, free_correction, callback,
                user_data);
}

char *
hs_hearing_change_finish (GAsyncResult *result, GError **error)
{
  Job *job = g_task_get_task_data (G_TASK (result));

  return g_task_propagate_boolean (G_TASK (result), error) && put (job, error)
             ? g_steal_pointer (&job->old_text)
             : NULL;
}

gboolean
hs_hearing_put_back (gint64 recording, const char *content, double seconds, const char *text,
                     GError **error)
{
  return app_conversations_set_hearing_text (hs_program_get_store (hs_program_get ()), recording,
                                             content, seconds, text, error);
}
