/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration/narration-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/speech/player.h"
#include "app/speech/sound-file.h"
#include "app/speech/voice-names.h"
#include "ui/base/accent.h"
#include "ui/base/file-dialog.h"
#include "ui/base/program.h"
#include "ui/base/prompt-button.h"
#include "ui/base/read-aloud.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"
#include "ui/base/voice-name.h"
#include "ui/narration/narration-files.h"
#include "ui/narration/narration-result.h"
#include "ui/narration/script-editor.h"

/* What the engine is at. */
typedef enum { WORK_SPEAK, WORK_RETAKE, WORK_CHOOSE, WORK_EXPORT } Work;

/* What is asked for, apart from where to. */
typedef struct {
  char *script;
  char *voice;
  char *accent; /* NULL: as the text has it */
  double speed;
} Script;

struct _HsNarrationPage {
  GtkBox parent_instance;
  GtkStack *stack;
  HsScriptEditor *script;
  AdwComboRow *voice;
  GtkScale *speed;
  HsNarrationResult *result;
  GtkProgressBar *progress;
  GtkButton *speak;
  AppRemoteCall *call;
  Work work;    /* of the call */
  Script asked; /* of the latest narration */
  guint chosen; /* the sentence that is spoken again or chosen, from 1 */
  guint take;   /* of it, that is chosen */
  guint sentence, n_sentences;
  GFile *target; /* of the export */
  gboolean has_voices, has_restored;
  HsReadAloud *reading; /* from a paragraph on, of what was not narrated yet */
  AppPlayer *player;    /* of a take that is compared */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (HsNarrationPage, hs_narration_page, GTK_TYPE_BOX)

static void
tell (HsNarrationPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

static void
update (HsNarrationPage *self)
{
  gboolean is_busy = self->call != NULL;
  gboolean is_heard = is_busy || self->reading != NULL;
  const char *label = is_busy                 ? _ ("Cancel")
                      : self->reading != NULL ? _ ("Stop")
                                              : _ ("Read Aloud");

  gtk_button_set_label (self->speak, label);
  gtk_widget_set_sensitive (GTK_WIDGET (self->speak),
                            is_heard || !hs_script_editor_is_empty (self->script));
  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "narration.retake", !is_busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "narration.choose", !is_busy);
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
  GSettings *settings = hs_program_get_settings (hs_program_get ());
  g_autofree char *chosen = g_settings_get_string (settings, "voice");
  g_auto (GStrv) names = app_voice_names_list_finish (result, NULL);
  GtkStringList *voices = GTK_STRING_LIST (adw_combo_row_get_model (self->voice));
  gboolean is_awaited = gtk_widget_get_focus_child (GTK_WIDGET (self)) != NULL && !self->has_voices;
  guint selected = 0;

  gtk_stack_set_visible_child_name (self->stack, names != NULL ? "studio" : "missing");
  /* Whoever opened the page before it was known what it shows. */
  if (is_awaited)
    gtk_widget_grab_focus (GTK_WIDGET (self));
  if (names == NULL || self->has_voices)
    return;
  self->has_voices = TRUE;
  for (guint i = 0; names[i] != NULL; i++) {
    gtk_string_list_append (voices, names[i]);
    gtk_string_list_append (hs_script_editor_get_voices (self->script), names[i]);
    if (g_str_equal (names[i], chosen))
      selected = i;
  }
  adw_combo_row_set_selected (self->voice, selected);
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
done_cb (HsNarrationPage *self, JsonNode *result)
{
  JsonObject *report = json_object_get_object_member (json_node_get_object (result), "narration");

  g_clear_object (&self->call);
  if (self->work == WORK_EXPORT) {
    hs_narration_export (GTK_WIDGET (self), self->target);
  } else if (report != NULL) {
    g_autofree char *path = hs_narration_get_path ("wav");
    hs_narration_result_show (self->result, path, report);
    hs_script_editor_show_report (self->script, report);
    hs_narration_result_play (self->result, self->work == WORK_SPEAK ? 0 : self->chosen);
  }
  hs_program_notify ("narration", _ ("The narration is done"), NULL);
  update (self);
}

static void
failed_cb (HsNarrationPage *self, const GError *error)
{
  g_clear_object (&self->call);
  update (self);
  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    hs_trouble_tell (GTK_WIDGET (self), error);
  else if (self->work == WORK_SPEAK)
    tell (self, _ ("Stopped. What was spoken is kept, and the same script goes on from there."));
}

static void
add_path (JsonBuilder *builder, const char *name, const char *ending)
{
  g_autofree char *path = hs_narration_get_path (ending);
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
  hs_accent_add (builder, self->asked.accent);
  add_path (builder, "file", ending);
  add_path (builder, "subtitles", "srt");
  if (self->work == WORK_RETAKE) {
    json_builder_set_member_name (builder, "retake");
    json_builder_add_int_value (builder, self->chosen);
  } else if (self->work == WORK_CHOOSE) {
    json_builder_set_member_name (builder, "choose");
    json_builder_add_int_value (builder, self->chosen);
    json_builder_set_member_name (builder, "take");
    json_builder_add_int_value (builder, self->take);
  }
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static void
stop_take (HsNarrationPage *self)
{
  if (self->player != NULL)
    app_player_pause (self->player);
  g_clear_object (&self->player);
}

/* Whatever is heard. */
static void
silence (HsNarrationPage *self)
{
  stop_take (self);
  hs_narration_result_pause (self->result);
  if (self->reading != NULL)
    hs_read_aloud_stop (self->reading);
}

static void
start (HsNarrationPage *self, Work work, const char *ending)
{
  g_autofree char *path = hs_narration_get_path (ending);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  silence (self);
  self->work = work;
  self->sentence = self->n_sentences = 0;
  gtk_progress_bar_set_text (self->progress, "");
  gtk_progress_bar_set_fraction (self->progress, 0);
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), "narrate",
                                 build_request (self, ending));
  hs_program_keep_awake (self->call, _ ("A narration is being spoken"));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "heard", G_CALLBACK (heard_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
speak_cb (HsNarrationPage *self)
{
  g_autofree char *text = hs_script_editor_get_text (self->script, 0);
  GtkStringObject *voice = adw_combo_row_get_selected_item (self->voice);

  if (self->call != NULL) {
    app_remote_call_cancel (self->call);
    return;
  }
  if (self->reading != NULL) {
    hs_read_aloud_stop (self->reading);
    return;
  }
  if (text[0] == '\0' || voice == NULL)
    return;
  g_free (self->asked.script);
  g_free (self->asked.voice);
  g_free (self->asked.accent);
  self->asked.script = g_steal_pointer (&text);
  self->asked.voice = g_strdup (gtk_string_object_get_string (voice));
  self->asked.accent = hs_accent_get (hs_program_get_settings (hs_program_get ()));
  self->asked.speed = gtk_range_get_value (GTK_RANGE (self->speed));
  hs_narration_result_clear (self->result);
  hs_script_editor_clear_report (self->script);
  start (self, WORK_SPEAK, "wav");
  hs_narration_keep_script (GTK_WIDGET (self), self->asked.script);
}

/* Sentences and takes. */

static void
play_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (widget);

  silence (self);
  hs_narration_result_play (self->result, g_variant_get_uint32 (parameter));
}

static void
retake_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (widget);

  if (self->call != NULL)
    return;
  self->chosen = g_variant_get_uint32 (parameter);
  start (self, WORK_RETAKE, "wav");
}

static void
choose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (widget);

  if (self->call != NULL)
    return;
  g_variant_get (parameter, "(uu)", &self->chosen, &self->take);
  start (self, WORK_CHOOSE, "wav");
}

static void
play_take_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (widget);
  g_autofree char *folder = hs_narration_get_path ("hearsay");
  g_autofree char *path =
      g_build_filename (folder, "takes", g_variant_get_string (parameter, NULL), NULL);

  silence (self);
  self->player = app_player_new (path);
  g_signal_connect_object (self->player, "failed", G_CALLBACK (hs_trouble_tell_playing), self,
                           G_CONNECT_SWAPPED);
  app_player_play (self->player);
}

static void
reading_ended_cb (HsNarrationPage *self)
{
  g_clear_object (&self->reading);
  update (self);
}

/* What was narrated is played; the rest is spoken as it is read, sentence by sentence. */
static void
play_from_cb (HsNarrationPage *self, guint place)
{
  guint sentence = hs_script_editor_get_first_sentence (self->script, place);
  GtkStringObject *voice = adw_combo_row_get_selected_item (self->voice);
  g_autofree char *text = hs_script_editor_get_text (self->script, place);
  g_autoptr (GError) error = NULL;

  silence (self);
  if (sentence != 0) {
    hs_narration_result_play_from (self->result, sentence);
    return;
  }
  if (text[0] == '\0' || voice == NULL || self->call != NULL)
    return;
  self->reading =
      hs_read_aloud_start_script (text, gtk_string_object_get_string (voice),
                                  gtk_range_get_value (GTK_RANGE (self->speed)), &error);
  if (self->reading == NULL) {
    hs_trouble_tell (GTK_WIDGET (self), error);
    return;
  }
  g_signal_connect_object (self->reading, "failed", G_CALLBACK (tell), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->reading, "ended", G_CALLBACK (reading_ended_cb), self,
                           G_CONNECT_SWAPPED);
  update (self);
}

static void
next_cb (HsNarrationPage *self)
{
  GtkWidget *card = hs_script_editor_next_finding (self->script);

  if (card != NULL)
    gtk_widget_child_focus (card, GTK_DIR_TAB_FORWARD);
}

static void
voice_chosen_cb (HsNarrationPage *self)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());
  GtkStringObject *voice = adw_combo_row_get_selected_item (self->voice);

  if (voice != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    g_settings_set_string (settings, "voice", gtk_string_object_get_string (voice));
}

/* Only the takes are put together anew for another kind of file. */
static void
export_to (HsNarrationPage *self, GFile *target, gboolean has_subtitles)
{
  g_autofree char *path = g_file_get_path (target);
  g_autofree char *ending = hs_narration_get_ending (target);
  g_autoptr (GError) error = NULL;

  if (path != NULL && !app_sound_file_check (path, &error)) {
    hs_trouble_tell (GTK_WIDGET (self), error);
    return;
  }
  if (ending == NULL || self->call != NULL)
    return;
  if (has_subtitles)
    hs_narration_export_subtitles (GTK_WIDGET (self), target);
  if (g_str_equal (ending, "wav")) {
    hs_narration_export (GTK_WIDGET (self), target);
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
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
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
  hs_file_dialog_show (self->chooser, G_CALLBACK (export_chosen_cb), self);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  g_autofree char *text = hs_narration_load_script_finish (result);

  if (text != NULL && hs_script_editor_is_empty (self->script))
    hs_script_editor_set_text (self->script, text);
}

/* A side of GtkScale is that of the screen; the number stands where the row begins. */
static void
turn_speed_cb (HsNarrationPage *self)
{
  gtk_scale_set_value_pos (self->speed,
                           gtk_widget_get_direction (GTK_WIDGET (self->speed)) == GTK_TEXT_DIR_RTL
                               ? GTK_POS_RIGHT
                               : GTK_POS_LEFT);
}

static void
hs_narration_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_narration_page_parent_class)->map (widget);
  app_voice_names_list_async (voices_listed_cb, g_object_ref (widget));
  if (HS_NARRATION_PAGE (widget)->has_restored)
    return;
  HS_NARRATION_PAGE (widget)->has_restored = TRUE;
  hs_narration_load_script (loaded_cb, g_object_ref (widget));
}

static void
speak_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  speak_cb (HS_NARRATION_PAGE (widget));
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (widget);

  if (gtk_widget_get_visible (GTK_WIDGET (self->result)))
    export_cb (self);
  else
    tell (self, _ ("There is no narration yet"));
}

static gboolean
hs_narration_page_grab_focus (GtkWidget *widget)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (widget);

  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "studio") == 0
         && gtk_widget_grab_focus (GTK_WIDGET (self->script));
}

static void
hs_narration_page_dispose (GObject *object)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (object);

  g_clear_object (&self->call);
  hs_file_dialog_clear (&self->chooser);
  stop_take (self);
  if (self->reading != NULL) {
    g_signal_handlers_disconnect_by_data (self->reading, self);
    hs_read_aloud_stop (self->reading);
  }
  g_clear_object (&self->reading);
  g_clear_object (&self->target);
  g_clear_pointer (&self->asked.script, g_free);
  g_clear_pointer (&self->asked.voice, g_free);
  g_clear_pointer (&self->asked.accent, g_free);
  G_OBJECT_CLASS (hs_narration_page_parent_class)->dispose (object);
}

static void
hs_narration_page_class_init (HsNarrationPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_narration_page_dispose;
  widget_class->map = hs_narration_page_map;
  widget_class->grab_focus = hs_narration_page_grab_focus;
  g_type_ensure (HS_TYPE_NARRATION_RESULT);
  g_type_ensure (HS_TYPE_PROMPT_BUTTON);
  g_type_ensure (HS_TYPE_SCRIPT_EDITOR);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/hearsay_app/Hearsay/ui/narration-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, stack);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, script);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, voice);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, speed);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, result);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, progress);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, speak);
  gtk_widget_class_bind_template_callback (widget_class, speak_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
  gtk_widget_class_bind_template_callback (widget_class, play_from_cb);
  gtk_widget_class_bind_template_callback (widget_class, turn_speed_cb);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_install_action (widget_class, "narration.play", "u", play_action);
  gtk_widget_class_install_action (widget_class, "narration.retake", "u", retake_action);
  gtk_widget_class_install_action (widget_class, "narration.choose", "(uu)", choose_action);
  gtk_widget_class_install_action (widget_class, "narration.play-take", "s", play_take_action);
  gtk_widget_class_install_action (widget_class, "narration.speak", NULL, speak_action);
  gtk_widget_class_install_action (widget_class, "narration.export", NULL, export_action);
}

static void
hs_narration_page_init (HsNarrationPage *self)
{
  GtkExpression *expression;

  g_autoptr (GtkStringList) voices = gtk_string_list_new (NULL);

  gtk_widget_init_template (GTK_WIDGET (self));
  turn_speed_cb (self);
  expression = gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL,
                                            G_CALLBACK (describe_voice_cb), NULL, NULL);
  adw_combo_row_set_expression (self->voice, expression);
  gtk_expression_unref (expression);
  adw_combo_row_set_model (self->voice, G_LIST_MODEL (voices));
  g_signal_connect_object (self->voice, "notify::selected", G_CALLBACK (voice_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  update (self);
}
