/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/read-aloud.h"

#include <glib/gstdio.h>
#include <string.h>

#include "app/speech/accent.h"
#include "app/speech/player.h"
#include "app/speech/script.h"
#include "app/speech/spoken-text.h"
#include "ui/base/accent.h"
#include "ui/base/program.h"
#include "ui/base/trouble.h"

/* Spoken, and waiting to be played. */
#define MAX_WAITING 3

/* voice, manner NULL, speed 0: as the engine has it. */
typedef struct {
  char *text; /* NULL: silence */
  char *voice;
  char *manner;
  double speed;
  double pause_s; /* of silence */
} Sentence;

/* What is to be heard next. */
typedef struct {
  char *path; /* owned, with the file; NULL: silence */
  double pause_s;
} Sound;

struct _HsReadAloud {
  GObject parent_instance;
  GPtrArray *sentences; /* of Sentence */
  char *accent;         /* NULL: nothing tells */
  guint n_begun;        /* given to the engine, or passed on */
  AppRemoteCall *call;
  char *making;   /* the file of the call */
  GQueue waiting; /* of Sound */
  AppPlayer *player;
  char *playing;  /* its file */
  guint pause_id; /* silence, instead of a player */
  gboolean has_ended;
};

enum { SIGNAL_ENDED, SIGNAL_FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* Weak. */
static HsReadAloud *current;

G_DEFINE_FINAL_TYPE (HsReadAloud, hs_read_aloud, G_TYPE_OBJECT)

static void advance (HsReadAloud *self);

static void
remove_file (char *path)
{
  if (path != NULL)
    g_unlink (path);
  g_free (path);
}

static void
free_sound (gpointer data)
{
  Sound *sound = data;

  remove_file (sound->path);
  g_free (sound);
}

static void
stop_player (HsReadAloud *self)
{
  g_clear_handle_id (&self->pause_id, g_source_remove);
  if (self->player == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->player, self);
  app_player_pause (self->player);
  g_clear_object (&self->player);
  remove_file (g_steal_pointer (&self->playing));
}

static void
fail (HsReadAloud *self, const char *message)
{
  if (self->has_ended)
    return;
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, message);
  hs_read_aloud_stop (self);
}

static void
player_changed_cb (HsReadAloud *self)
{
  if (app_player_is_playing (self->player))
    return;
  stop_player (self);
  advance (self);
}

static void
player_failed_cb (HsReadAloud *self, const char *message)
{
  g_autofree char *text = hs_trouble_describe_playing (message);

  fail (self, text);
}

static gboolean
pause_over_cb (gpointer user_data)
{
  HsReadAloud *self = user_data;

  self->pause_id = 0;
  advance (self);
  return G_SOURCE_REMOVE;
}

/* Unless something is heard already. */
static void
play_next (HsReadAloud *self)
{
  g_autofree Sound *sound = NULL;

  if (self->player != NULL || self->pause_id != 0 || g_queue_is_empty (&self->waiting))
    return;
  sound = g_queue_pop_head (&self->waiting);
  if (sound->path == NULL) {
    self->pause_id = g_timeout_add ((guint) (1000 * sound->pause_s), pause_over_cb, self);
    return;
  }
  self->playing = sound->path;
  self->player = app_player_new (self->playing);
  g_signal_connect_object (self->player, "changed", G_CALLBACK (player_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->player, "failed", G_CALLBACK (player_failed_cb), self,
                           G_CONNECT_SWAPPED);
  app_player_play (self->player);
}

/* path: (transfer full). */
static void
push (HsReadAloud *self, char *path, double pause_s)
{
  Sound *sound = g_new (Sound, 1);

  *sound = (Sound){ path, pause_s };
  g_queue_push_tail (&self->waiting, sound);
}

/* The call has kept the object alive until now, so that its file does not stay. */
static void
end_call (HsReadAloud *self)
{
  g_signal_handlers_disconnect_by_data (self->call, self);
  g_clear_object (&self->call);
  remove_file (g_steal_pointer (&self->making));
  g_object_unref (self);
}

static void
done_cb (HsReadAloud *self)
{
  g_autoptr (HsReadAloud) alive = g_object_ref (self);

  if (!self->has_ended)
    push (self, g_steal_pointer (&self->making), 0);
  end_call (self);
  advance (self);
}

static void
failed_cb (HsReadAloud *self, const GError *error)
{
  g_autoptr (HsReadAloud) alive = g_object_ref (self);
  g_autofree char *text = hs_trouble_describe (error, " ");

  end_call (self);
  /* A sentence of signs that nobody speaks. */
  if (g_error_matches (error, APP_ERROR, APP_ERROR_ARGUMENT))
    advance (self);
  else
    fail (self, text);
}

static JsonNode *
build_request (const HsReadAloud *self, const Sentence *sentence, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  /* The folder may have a name that is not UTF-8. */
  g_autofree char *address = g_filename_to_uri (path, NULL, NULL);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "text");
  json_builder_add_string_value (builder, sentence->text);
  json_builder_set_member_name (builder, "file");
  json_builder_add_string_value (builder, address);
  if (sentence->voice != NULL) {
    json_builder_set_member_name (builder, "voice");
    json_builder_add_string_value (builder, sentence->voice);
  }
  if (sentence->speed > 0) {
    json_builder_set_member_name (builder, "speed");
    json_builder_add_double_value (builder, CLAMP (sentence->speed, 0.5, 2));
  }
  if (sentence->manner != NULL) {
    json_builder_set_member_name (builder, "manner");
    json_builder_add_string_value (builder, sentence->manner);
  }
  hs_accent_add (builder, self->accent);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

/* (transfer full): a file that is not there. */
static char *
choose_path (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "hearsay", NULL);
  g_autofree char *name =
      g_strdup_printf ("answer-%" G_GINT64_FORMAT ".wav", g_get_monotonic_time ());

  g_mkdir_with_parents (folder, 0700);
  return g_build_filename (folder, name, NULL);
}

static void
speak_next (HsReadAloud *self)
{
  const Sentence *sentence = g_ptr_array_index (self->sentences, self->n_begun++);

  if (sentence->text == NULL) {
    push (self, NULL, sentence->pause_s);
    return;
  }
  self->making = choose_path ();
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), "say",
                                 build_request (self, sentence, self->making));
  g_object_ref (self);
  g_signal_connect_swapped (self->call, "done", G_CALLBACK (done_cb), self);
  g_signal_connect_swapped (self->call, "failed", G_CALLBACK (failed_cb), self);
}

static void
advance (HsReadAloud *self)
{
  if (self->has_ended)
    return;
  play_next (self);
  while (self->call == NULL && self->n_begun < self->sentences->len
         && g_queue_get_length (&self->waiting) < MAX_WAITING)
    speak_next (self);
  play_next (self);
  if (self->player == NULL && self->pause_id == 0 && self->call == NULL)
    hs_read_aloud_stop (self);
}

/* Of the whole text: a sentence alone may have no character that tells. In a thread: to open the
 * tables takes longer than a frame. */
static void
run_choose_accent (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  static const char *const names[] = { NULL, "taiwan", "mainland" };

  g_task_return_pointer (
      task, (gpointer) names[app_accent_choose (APP_ACCENT_BY_TEXT, data, APP_ACCENT_BY_TEXT)],
      NULL);
}

static void
begin_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HsReadAloud *self = HS_READ_ALOUD (source);
  const char *found = g_task_propagate_pointer (G_TASK (result), NULL);

  if (self->accent == NULL)
    self->accent = g_strdup (found);
  advance (self);
}

void
hs_read_aloud_stop (HsReadAloud *self)
{
  if (self->has_ended)
    return;
  self->has_ended = TRUE;
  if (current == self)
    current = NULL;
  stop_player (self);
  if (self->call != NULL)
    app_remote_call_cancel (self->call);
  g_queue_clear_full (&self->waiting, free_sound);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

void
hs_read_aloud_stop_current (void)
{
  if (current != NULL)
    hs_read_aloud_stop (current);
}

static void
hs_read_aloud_dispose (GObject *object)
{
  HsReadAloud *self = HS_READ_ALOUD (object);

  hs_read_aloud_stop (self);
  g_clear_pointer (&self->sentences, g_ptr_array_unref);
  g_clear_pointer (&self->accent, g_free);
  G_OBJECT_CLASS (hs_read_aloud_parent_class)->dispose (object);
}

static void
hs_read_aloud_class_init (HsReadAloudClass *class)
{
  G_OBJECT_CLASS (class)->dispose = hs_read_aloud_dispose;
  signals[SIGNAL_ENDED] = g_signal_new ("ended", HS_TYPE_READ_ALOUD, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", HS_TYPE_READ_ALOUD, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
free_sentence (gpointer data)
{
  Sentence *sentence = data;

  g_free (sentence->text);
  g_free (sentence->voice);
  g_free (sentence->manner);
  g_free (sentence);
}

static void
hs_read_aloud_init (HsReadAloud *self)
{
  self->sentences = g_ptr_array_new_with_free_func (free_sentence);
  g_queue_init (&self->waiting);
}

/* what: how the sentences are spoken. */
static void
add_sentences (HsReadAloud *self, const char *markdown, const Sentence *what)
{
  g_autoptr (AppSpokenText) text = app_spoken_text_new ();
  g_autoptr (GPtrArray) sentences = g_ptr_array_new ();

  app_spoken_text_add (text, markdown, sentences);
  app_spoken_text_finish (text, sentences);
  for (guint i = 0; i < sentences->len; i++) {
    Sentence *sentence = g_new (Sentence, 1);
    *sentence = (Sentence){ .text = g_ptr_array_index (sentences, i),
                            .voice = g_strdup (what->voice),
                            .manner = g_strdup (what->manner),
                            .speed = what->speed };
    g_ptr_array_add (self->sentences, sentence);
  }
}

static void
add_silence (HsReadAloud *self, double seconds)
{
  Sentence *silence = g_new (Sentence, 1);

  *silence = (Sentence){ .pause_s = seconds };
  g_ptr_array_add (self->sentences, silence);
}

static HsReadAloud *
start (const char *text)
{
  HsReadAloud *self = g_object_new (HS_TYPE_READ_ALOUD, NULL);
  g_autoptr (GTask) task = g_task_new (self, NULL, begin_cb, NULL);

  hs_read_aloud_stop_current ();
  current = self;
  self->accent = hs_accent_get (hs_program_get_settings (hs_program_get ()));
  g_task_set_task_data (task, g_strdup (self->accent == NULL ? text : ""), g_free);
  g_task_run_in_thread (task, run_choose_accent);
  return self;
}

HsReadAloud *
hs_read_aloud_start (const char *markdown)
{
  HsReadAloud *self = start (markdown);

  add_sentences (self, markdown, &(Sentence){ NULL });
  return self;
}

HsReadAloud *
hs_read_aloud_start_script (const char *text, const char *voice, double speed, GError **error)
{
  g_autoptr (AppScript) script = app_script_parse (text, strlen (text), TRUE, error);
  HsReadAloud *self;

  if (script == NULL)
    return NULL;
  self = start (text);
  for (guint i = 0; i < script->parts->len; i++) {
    const AppScriptPart *part = g_ptr_array_index (script->parts, i);
    if (part->kind == APP_SCRIPT_PAUSE)
      add_silence (self, part->pause_s);
    else
      add_sentences (self, part->text,
                     &(Sentence){ .voice = part->voice != NULL ? part->voice : (char *) voice,
                                  .manner = part->manner_words,
                                  .speed = speed });
  }
  return self;
}
