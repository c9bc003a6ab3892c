/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation/answer.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/recording/hearing-store.h"

#define FLUSH_MS 100

struct _HsAnswer {
  GObject parent_instance;
  gint64 talk;
  gint64 message;
  GArray *recordings;  /* of gint64: the ids in the order of the request; or NULL */
  AppRemoteCall *call; /* NULL as long as the request is written */
  gboolean is_stopped; /* before that */
  gboolean has_ended;
  GString *thought; /* what comes before the text */
  GString *text;    /* what is in the store */
  GString *waiting; /* what is not yet */
  char *stage;
  double fraction;
  double seconds_left;
  guint flush_id;
};

enum { SIGNAL_CHANGED, SIGNAL_HEARD, SIGNAL_ENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsAnswer, hs_answer, G_TYPE_OBJECT)

/* Those that run, by conversation; each is kept alive here. */
static GHashTable *running;

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

static void
flush (HsAnswer *self)
{
  g_clear_handle_id (&self->flush_id, g_source_remove);
  if (self->waiting->len == 0)
    return;
  app_conversations_append (get_store (), self->message, self->waiting->str, NULL);
  g_string_append_len (self->text, self->waiting->str, (gssize) self->waiting->len);
  g_string_truncate (self->waiting, 0);
}

static gboolean
flush_cb (gpointer user_data)
{
  HsAnswer *self = user_data;

  self->flush_id = 0;
  flush (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
flush_soon (HsAnswer *self)
{
  if (self->flush_id == 0)
    self->flush_id = g_timeout_add (FLUSH_MS, flush_cb, self);
}

static void
thought_cb (HsAnswer *self, const char *text, guint n_tokens)
{
  g_string_append (self->thought, text);
  flush_soon (self);
}

static void
token_cb (HsAnswer *self, const char *text, guint n_tokens)
{
  g_string_append (self->waiting, text);
  flush_soon (self);
}

static void
progress_cb (HsAnswer *self, const char *stage, double fraction, double seconds_left)
{
  if (g_strcmp0 (stage, self->stage) != 0) {
    g_free (self->stage);
    self->stage = g_strdup (stage);
  }
  self->fraction = fraction;
  self->seconds_left = seconds_left;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

typedef struct {
  HsAnswer *answer;
  gint64 recording;
} Heard;

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Heard *heard = user_data;

  if (hs_hearing_keep_finish (result, NULL))
    g_signal_emit (heard->answer, signals[SIGNAL_HEARD], 0, heard->recording);
  g_object_unref (heard->answer);
  g_free (heard);
}

static void
heard_cb (HsAnswer *self, JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode *hearing;
  gint64 index;
  Heard *heard;

  if (object == NULL || !json_object_has_member (object, "hearing") || self->recordings == NULL)
    return;
  index = json_object_get_int_member_with_default (object, "recording", -1);
  hearing = json_object_get_member (object, "hearing");
  if (index < 0 || index >= self->recordings->len || !JSON_NODE_HOLDS_OBJECT (hearing))
    return;
  heard = g_new0 (Heard, 1);
  heard->answer = g_object_ref (self);
  heard->recording = g_array_index (self->recordings, gint64, index);
  hs_hearing_keep_async (heard->recording,
                         json_object_get_string_member_with_default (object, "content", NULL),
                         hearing, kept_cb, heard);
}

static void
restarted_cb (HsAnswer *self)
{
  g_clear_handle_id (&self->flush_id, g_source_remove);
  g_string_truncate (self->thought, 0);
  g_string_truncate (self->waiting, 0);
  g_string_truncate (self->text, 0);
  app_conversations_begin_anew (get_store (), self->message, NULL);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* Whoever went to do something else is told. */
static void
notify (HsAnswer *self)
{
  g_autoptr (AppTalk) talk = app_conversations_get (get_store (), self->talk, NULL);

  if (talk != NULL)
    hs_program_notify ("answer", _ ("The answer is there"), talk->title);
}

static void
end (HsAnswer *self, const AppAnswerParts *parts)
{
  flush (self);
  self->has_ended = TRUE;
  notify (self);
  app_conversations_finish (get_store (), self->message, parts, NULL);
  g_clear_object (&self->call);
  g_object_ref (self);
  g_hash_table_remove (running, &self->talk);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
  g_object_unref (self);
}

/* Also of an answer that was stopped. */
static void
add_thought (HsAnswer *self, JsonObject *details)
{
  if (!json_object_has_member (details, "thought") && hs_answer_get_thought (self)[0] != '\0')
    json_object_set_string_member (details, "thought", hs_answer_get_thought (self));
}

/* What of a result is kept beside the text. */
static JsonNode *
build_details (HsAnswer *self, JsonObject *result)
{
  static const char *const names[] = { "timing", "context", "model", "stop", "thought" };
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_alloc ();

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (json_object_has_member (result, names[i]))
      json_object_set_member (object, names[i],
                              json_node_copy (json_object_get_member (result, names[i])));
  add_thought (self, object);
  json_node_init_object (node, object);
  json_object_unref (object);
  return node;
}

static void
done_cb (HsAnswer *self, JsonNode *result)
{
  JsonObject *object = json_node_get_object (result);
  g_autoptr (JsonNode) details = build_details (self, object);
  JsonNode *evidence = json_object_get_member (object, "evidence");
  const char *stop = json_object_get_string_member_with_default (object, "stop", "end");

  end (self, &(AppAnswerParts){
                 .text = json_object_get_string_member_with_default (object, "answer", NULL),
                 .evidence = evidence != NULL && JSON_NODE_HOLDS_ARRAY (evidence) ? evidence : NULL,
                 .details = details,
                 .was_interrupted = g_str_equal (stop, "cancelled") });
}

/* Whether the page of models is where it can be mended: one is missing, or its file is broken. */
static gboolean
is_of_a_model (const GError *error)
{
  return g_error_matches (error, APP_ERROR, APP_ERROR_NOT_INSTALLED)
         || strstr (error->message, ".gguf:") != NULL;
}

static void
failed_cb (HsAnswer *self, const GError *error)
{
  g_autoptr (JsonNode) details = json_node_alloc ();
  JsonObject *object = json_object_new ();

  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    json_object_set_string_member (object, "error", error->message);
  if (error->domain == APP_ERROR)
    json_object_set_int_member (object, "kind", error->code);
  if (is_of_a_model (error))
    json_object_set_boolean_member (object, "not_installed", TRUE);
  add_thought (self, object);
  json_node_init_object (details, object);
  json_object_unref (object);
  end (self, &(AppAnswerParts){ .details = details, .was_interrupted = TRUE });
}

/* The request is written by another thread: the conversation may be long. */
typedef struct {
  AppConversations *again;
  gint64 question;
} Build;

static void
free_build (gpointer data)
{
  Build *build = data;

  app_conversations_free (build->again);
  g_free (build);
}

static void
run_build (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Build *build = task_data;
  GError *error = NULL;
  char *request = app_conversations_build_request (build->again, build->question, &error);

  if (request != NULL)
    g_task_return_pointer (task, request, g_free);
  else
    g_task_return_error (task, error);
}

static void
send (HsAnswer *self, char *request)
{
  self->call = app_remote_start_text (hs_program_get_remote (hs_program_get ()), "chat", request);
  hs_program_keep_awake (self->call, _ ("An answer is being written"));
  g_signal_connect_object (self->call, "thought", G_CALLBACK (thought_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "token", G_CALLBACK (token_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "heard", G_CALLBACK (heard_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "restarted", G_CALLBACK (restarted_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
}

static void
built_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsAnswer) self = HS_ANSWER (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *request = NULL;

  g_object_ref (self);
  request = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->is_stopped && error == NULL)
    error = g_error_new_literal (APP_ERROR, APP_ERROR_CANCELLED, "stopped");
  if (error != NULL)
    failed_cb (self, error);
  else
    send (self, g_steal_pointer (&request));
}

HsAnswer *
hs_answer_start (gint64 talk, gint64 question, GError **error)
{
  g_autoptr (HsAnswer) self = g_object_new (HS_TYPE_ANSWER, NULL);
  g_autoptr (AppConversations) again = NULL;
  g_autoptr (GTask) task = NULL;
  Build *build;

  if (hs_answer_find (talk) != NULL) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_ARGUMENT, "it is being answered already");
    return NULL;
  }
  again = app_conversations_open_again (get_store (), error);
  if (again == NULL)
    return NULL;
  self->talk = talk;
  self->message = app_conversations_begin_answer (get_store (), talk, question, error);
  if (self->message == 0)
    return NULL;
  self->recordings = app_conversations_list_recordings (get_store (), talk, NULL);
  build = g_new0 (Build, 1);
  build->again = g_steal_pointer (&again);
  build->question = question;
  task = g_task_new (self, NULL, built_cb, NULL);
  g_task_set_task_data (task, build, free_build);
  g_task_run_in_thread (task, run_build);
  if (running == NULL)
    running = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_object_unref);
  g_hash_table_insert (running, &self->talk, g_object_ref (self));
  return self;
}

HsAnswer *
hs_answer_find (gint64 talk)
{
  return running != NULL ? g_hash_table_lookup (running, &talk) : NULL;
}

void
hs_answer_stop (HsAnswer *self)
{
  self->is_stopped = TRUE;
  if (self->call != NULL)
    app_remote_call_cancel (self->call);
}

gint64
hs_answer_get_message (HsAnswer *self)
{
  return self->message;
}

const char *
hs_answer_get_thought (HsAnswer *self)
{
  const char *thought = self->thought->str;

  while (g_ascii_isspace (*thought))
    thought++;
  return thought;
}

const char *
hs_answer_get_text (HsAnswer *self)
{
  return self->text->str;
}

char *
hs_answer_describe_stage (HsAnswer *self)
{
  return self->text->len == 0 ? hs_stage_describe (self->stage, self->seconds_left) : NULL;
}

double
hs_answer_get_fraction (HsAnswer *self)
{
  return self->fraction;
}

double
hs_answer_get_speed (HsAnswer *self)
{
  return self->call != NULL ? app_remote_call_get_speed (self->call) : 0;
}

gboolean
hs_answer_is_running (HsAnswer *self)
{
  return !self->has_ended;
}

static void
hs_answer_finalize (GObject *object)
{
  HsAnswer *self = HS_ANSWER (object);

  g_clear_handle_id (&self->flush_id, g_source_remove);
  g_clear_object (&self->call);
  g_clear_pointer (&self->recordings, g_array_unref);
  g_string_free (self->thought, TRUE);
  g_string_free (self->text, TRUE);
  g_string_free (self->waiting, TRUE);
  g_free (self->stage);
  G_OBJECT_CLASS (hs_answer_parent_class)->finalize (object);
}

static void
hs_answer_class_init (HsAnswerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = hs_answer_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", HS_TYPE_ANSWER, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_HEARD] = g_signal_new ("heard", HS_TYPE_ANSWER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", HS_TYPE_ANSWER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 0);
}

static void
hs_answer_init (HsAnswer *self)
{
  self->thought = g_string_new (NULL);
  self->text = g_string_new (NULL);
  self->waiting = g_string_new (NULL);
  self->fraction = -1;
  self->seconds_left = -1;
}
