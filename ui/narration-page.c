/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/sound-file.h"
#include "app/voice-names.h"
#include "ui/application.h"
#include "ui/narration-result.h"
#include "ui/stage.h"
#include "ui/voice-name.h"

/* What the engine is at. */
typedef enum { WORK_SPEAK, WORK_RETAKE, WORK_EXPORT } Work;

/* What is asked for, apart from where to. */
typedef struct {
  char *script;
  char *voice;
  double speed;
} Script;

struct _HsNarrationPage {
  GtkBox parent_instance;
  GtkStack *stack;
  GtkTextView *text;
  GtkWidget *placeholder;
  AdwComboRow *voice;
  GtkScale *speed;
  HsNarrationResult *result;
  GtkProgressBar *progress;
  GtkButton *speak;
  GtkStringList *voices;
  AppRemoteCall *call;
  Work work;    /* of the call */
  Script asked; /* of the latest narration */
  guint retake; /* the sentence that is spoken again, from 1 */
  guint sentence, n_sentences;
  GFile *target; /* of the export */
  gboolean has_restored;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (HsNarrationPage, hs_narration_page, GTK_TYPE_BOX)

static void
tell (HsNarrationPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

/* (transfer full) */
static char *
get_text (HsNarrationPage *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
}

static void
update (HsNarrationPage *self)
{
  g_autofree char *text = get_text (self);
  gboolean is_busy = self->call != NULL;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);

  gtk_widget_set_visible (self->placeholder, gtk_text_buffer_get_char_count (buffer) == 0);
  gtk_button_set_label (self->speak, is_busy ? _ ("Cancel") : _ ("Read Aloud"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->speak), is_busy || text[0] != '\0');
  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_busy);
  hs_narration_result_set_busy (self->result, is_busy);
}

static char *
describe_voice_cb (GtkStringObject *object)
{
  return hs_voice_describe (gtk_string_object_get_string (object));
}

static void
voices_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  GSettings *settings = hs_application_get_settings (hs_application_get ());
  g_autofree char *chosen = g_settings_get_string (settings, "voice");
  g_auto (GStrv) names = app_voice_names_list_finish (result, NULL);
  guint selected = 0;

  gtk_stack_set_visible_child_name (self->stack, names != NULL ? "studio" : "missing");
  if (names == NULL || g_list_model_get_n_items (G_LIST_MODEL (self->voices)) > 0)
    return;
  for (guint i = 0; names[i] != NULL; i++) {
    gtk_string_list_append (self->voices, names[i]);
    if (g_str_equal (names[i], chosen))
      selected = i;
  }
  adw_combo_row_set_selected (self->voice, selected);
}

/* (transfer full): of the narration that is worked on, in the folder that also keeps its takes; the
 * same script goes on from there after a restart. */
static char *
get_path (const char *ending)
{
  g_autofree char *name = g_strconcat ("narration.", ending, NULL);

  return g_build_filename (g_get_user_data_dir (), "hearsay", "narrations", name, NULL);
}

/* (transfer full) */
static char *
describe_progress (HsNarrationPage *self, const char *stage, double seconds_left)
{
  g_autofree char *left = NULL;
  g_autofree char *place = NULL;

  if (self->n_sentences == 0)
    return hs_stage_describe (stage, seconds_left);
  place = g_strdup_printf (_ ("Sentence %u of %u"), self->sentence, self->n_sentences);
  if (!(seconds_left >= 1))
    return g_steal_pointer (&place);
  left = hs_time_describe_left (seconds_left);
  return g_strdup_printf ("%s · %s", place, left);
}

static void
progress_cb (HsNarrationPage *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = describe_progress (self, stage, seconds_left);

  gtk_progress_bar_set_text (self->progress, text);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->progress, MIN (fraction, 1));
  else
    gtk_progress_bar_pulse (self->progress);
}

/* A sentence is begun. */
static void
heard_cb (HsNarrationPage *self, JsonNode *heard)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (heard) ? json_node_get_object (heard) : NULL;

  if (object == NULL)
    return;
  self->sentence = (guint) json_object_get_int_member_with_default (object, "sentence", 0) + 1;
  self->n_sentences = (guint) json_object_get_int_member_with_default (object, "sentences", 0);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  g_autoptr (GError) error = NULL;

  tell (self,
        g_file_copy_finish (G_FILE (source), result, &error) ? _ ("Exported") : error->message);
}

static void
subtitles_exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_copy_finish (G_FILE (source), result, &error))
    tell (self, error->message);
}

static void
copy (HsNarrationPage *self, const char *ending, GFile *to, GAsyncReadyCallback callback)
{
  g_autofree char *path = get_path (ending);
  g_autoptr (GFile) from = g_file_new_for_path (path);

  g_file_copy_async (from, to, G_FILE_COPY_OVERWRITE, G_PRIORITY_DEFAULT, NULL, NULL, NULL,
                     callback, g_object_ref (self));
}

/* (transfer full) (nullable): "wav" of "talk.WAV". */
static char *
get_ending (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  const char *point = name != NULL ? strrchr (name, '.') : NULL;

  return point != NULL ? g_ascii_strdown (point + 1, -1) : NULL;
}

/* "talk.mp3": "talk.srt", beside it. */
static void
export_subtitles (HsNarrationPage *self, GFile *target)
{
  g_autoptr (GFile) folder = g_file_get_parent (target);
  g_autofree char *stem = g_file_get_basename (target);
  g_autofree char *name = NULL;
  g_autoptr (GFile) file = NULL;

  *strrchr (stem, '.') = '\0';
  name = g_strconcat (stem, ".srt", NULL);
  file = g_file_get_child (folder, name);
  copy (self, "srt", file, subtitles_exported_cb);
}

static void
done_cb (HsNarrationPage *self, JsonNode *result)
{
  JsonObject *report = json_object_get_object_member (json_node_get_object (result), "narration");

  g_clear_object (&self->call);
  if (self->work == WORK_EXPORT) {
    g_autofree char *ending = get_ending (self->target);
    copy (self, ending, self->target, exported_cb);
  } else if (report != NULL) {
    g_autofree char *path = get_path ("wav");
    hs_narration_result_show (self->result, path, report);
    hs_narration_result_play (self->result, self->work == WORK_RETAKE ? self->retake : 0);
  }
  update (self);
}

static void
failed_cb (HsNarrationPage *self, const GError *error)
{
  g_clear_object (&self->call);
  update (self);
  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    tell (self, error->message);
  else if (self->work == WORK_SPEAK)
    tell (self, _ ("Stopped. What was spoken is kept, and the same script goes on from there."));
}

static void
add_path (JsonBuilder *builder, const char *name, const char *ending)
{
  g_autofree char *path = get_path (ending);
  /* The user's folder may have a name that is not UTF-8. */
  g_autofree char *address = g_filename_to_uri (path, NULL, NULL);

  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, address);
}

static JsonNode *
build_request (HsNarrationPage *self, const char *ending)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "script");
  json_builder_add_string_value (builder, self->asked.script);
  json_builder_set_member_name (builder, "voice");
  json_builder_add_string_value (builder, self->asked.voice);
  json_builder_set_member_name (builder, "speed");
  json_builder_add_double_value (builder, self->asked.speed);
  add_path (builder, "file", ending);
  add_path (builder, "subtitles", "srt");
  if (self->work == WORK_RETAKE) {
    json_builder_set_member_name (builder, "retake");
    json_builder_add_int_value (builder, self->retake);
  }
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static void
start (HsNarrationPage *self, Work work, const char *ending)
{
  g_autofree char *path = get_path (ending);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  hs_narration_result_pause (self->result);
  self->work = work;
  self->sentence = self->n_sentences = 0;
  gtk_progress_bar_set_text (self->progress, "");
  gtk_progress_bar_set_fraction (self->progress, 0);
  self->call = app_remote_start (hs_application_get_remote (hs_application_get ()), "narrate",
                                 build_request (self, ending));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "heard", G_CALLBACK (heard_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    tell (self, error->message);
}

/* For the next start. */
static void
keep_script (HsNarrationPage *self)
{
  g_autofree char *path = get_path ("md");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GBytes) bytes = g_bytes_new (self->asked.script, strlen (self->asked.script));

  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL,
                                       kept_cb, g_object_ref (self));
}

static void
speak_cb (HsNarrationPage *self)
{
  g_autofree char *text = get_text (self);
  GtkStringObject *voice = adw_combo_row_get_selected_item (self->voice);

  if (self->call != NULL) {
    app_remote_call_cancel (self->call);
    return;
  }
  if (text[0] == '\0' || voice == NULL)
    return;
  g_free (self->asked.script);
  g_free (self->asked.voice);
  self->asked.script = g_steal_pointer (&text);
  self->asked.voice = g_strdup (gtk_string_object_get_string (voice));
  self->asked.speed = gtk_range_get_value (GTK_RANGE (self->speed));
  hs_narration_result_clear (self->result);
  start (self, WORK_SPEAK, "wav");
  keep_script (self);
}

static void
retake_cb (HsNarrationPage *self, guint number)
{
  if (self->call != NULL)
    return;
  self->retake = number;
  start (self, WORK_RETAKE, "wav");
}

static void
voice_chosen_cb (HsNarrationPage *self)
{
  GSettings *settings = hs_application_get_settings (hs_application_get ());
  GtkStringObject *voice = adw_combo_row_get_selected_item (self->voice);

  if (voice != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    g_settings_set_string (settings, "voice", gtk_string_object_get_string (voice));
}

/* Only the takes are put together anew for another kind of file. */
static void
export_to (HsNarrationPage *self, GFile *target, gboolean has_subtitles)
{
  g_autofree char *path = g_file_get_path (target);
  g_autofree char *ending = get_ending (target);
  g_autoptr (GError) error = NULL;

  if (path != NULL && !app_sound_file_check (path, &error)) {
    tell (self, error->message);
    return;
  }
  if (ending == NULL || self->call != NULL)
    return;
  if (has_subtitles)
    export_subtitles (self, target);
  if (g_str_equal (ending, "wav")) {
    copy (self, ending, target, exported_cb);
    return;
  }
  g_set_object (&self->target, target);
  start (self, WORK_EXPORT, ending);
}

static void
export_chosen_cb (HsNarrationPage *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    GtkFileChooser *chooser = GTK_FILE_CHOOSER (self->chooser);
    g_autoptr (GFile) target = gtk_file_chooser_get_file (chooser);
    gboolean has_subtitles =
        g_strcmp0 (gtk_file_chooser_get_choice (chooser, "subtitles"), "true") == 0;
    export_to (self, target, has_subtitles);
  }
  g_clear_object (&self->chooser);
}

static void
export_cb (HsNarrationPage *self)
{
  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Export Audio"),
                                               GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), _ ("Narration.wav"));
  gtk_file_chooser_add_choice (GTK_FILE_CHOOSER (self->chooser), "subtitles",
                               _ ("Save subtitles beside it"), NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (export_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  g_autofree char *text = NULL;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  gsize length;

  if (g_file_load_contents_finish (G_FILE (source), result, &text, &length, NULL, NULL)
      && g_utf8_validate (text, (gssize) length, NULL)
      && gtk_text_buffer_get_char_count (buffer) == 0)
    gtk_text_buffer_set_text (buffer, text, (int) length);
}

/* The script that was last narrated. */
static void
restore (HsNarrationPage *self)
{
  g_autofree char *path = get_path ("md");
  g_autoptr (GFile) file = g_file_new_for_path (path);

  self->has_restored = TRUE;
  g_file_load_contents_async (file, NULL, restored_cb, g_object_ref (self));
}

static void
hs_narration_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_narration_page_parent_class)->map (widget);
  app_voice_names_list_async (voices_listed_cb, g_object_ref (widget));
  if (!HS_NARRATION_PAGE (widget)->has_restored)
    restore (HS_NARRATION_PAGE (widget));
}

static void
hs_narration_page_dispose (GObject *object)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (object);

  g_clear_object (&self->call);
  g_clear_object (&self->chooser);
  g_clear_object (&self->voices);
  g_clear_object (&self->target);
  g_clear_pointer (&self->asked.script, g_free);
  g_clear_pointer (&self->asked.voice, g_free);
  G_OBJECT_CLASS (hs_narration_page_parent_class)->dispose (object);
}

static void
hs_narration_page_class_init (HsNarrationPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_narration_page_dispose;
  widget_class->map = hs_narration_page_map;
  g_type_ensure (HS_TYPE_NARRATION_RESULT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/hearsay_app/Hearsay/ui/narration-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, stack);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, text);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, placeholder);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, voice);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, speed);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, result);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, progress);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, speak);
  gtk_widget_class_bind_template_callback (widget_class, speak_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_bind_template_callback (widget_class, retake_cb);
}

static void
hs_narration_page_init (HsNarrationPage *self)
{
  GtkExpression *expression;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->voices = gtk_string_list_new (NULL);
  expression = gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL,
                                            G_CALLBACK (describe_voice_cb), NULL, NULL);
  adw_combo_row_set_expression (self->voice, expression);
  gtk_expression_unref (expression);
  adw_combo_row_set_model (self->voice, G_LIST_MODEL (self->voices));
  g_signal_connect_object (self->voice, "notify::selected", G_CALLBACK (voice_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_text_view_get_buffer (self->text), "changed", G_CALLBACK (update),
                           self, G_CONNECT_SWAPPED);
  update (self);
}
