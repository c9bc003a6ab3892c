/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration-page.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "app/peaks.h"
#include "app/player.h"
#include "app/voice-names.h"
#include "ui/application.h"
#include "ui/stage.h"
#include "ui/waveform.h"

#define FOLLOW_MS 50

struct _HsNarrationPage {
  GtkBox parent_instance;
  GtkStack *stack;
  GtkTextView *text;
  GtkWidget *placeholder;
  AdwComboRow *voice;
  GtkScale *speed;
  GtkRevealer *result;
  GtkButton *play;
  HsWaveform *waveform;
  GtkLabel *length;
  GtkProgressBar *progress;
  GtkButton *speak;
  GtkStringList *voices;
  AppRemoteCall *call;
  AppPlayer *player; /* of what was spoken */
  char *path;        /* it */
  char *waiting;     /* the file that is being made */
  guint follow_id;
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
}

/* "af_heart" is an American woman called Heart. */
static char *
describe_voice (const char *name)
{
  const char *manner = "";
  const char *stem = strchr (name, '_');

  if (g_str_has_prefix (name, "af_"))
    manner = _ ("American, female");
  else if (g_str_has_prefix (name, "am_"))
    manner = _ ("American, male");
  else if (g_str_has_prefix (name, "bf_"))
    manner = _ ("British, female");
  else if (g_str_has_prefix (name, "bm_"))
    manner = _ ("British, male");
  else
    return g_strdup (name);
  g_autofree char *shown = g_strdup (stem + 1);
  shown[0] = g_ascii_toupper (shown[0]);
  /* Translators: the name of a voice, then how it speaks. */
  return g_strdup_printf (_ ("%s (%s)"), shown, manner);
}

static char *
describe_voice_cb (GtkStringObject *object)
{
  return describe_voice (gtk_string_object_get_string (object));
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

static gboolean
follow_cb (gpointer user_data)
{
  HsNarrationPage *self = user_data;

  hs_waveform_set_position (self->waveform, app_player_get_position (self->player));
  return G_SOURCE_CONTINUE;
}

static void
player_changed_cb (HsNarrationPage *self)
{
  gboolean is_playing = app_player_is_playing (self->player);
  const char *action = is_playing ? _ ("Pause") : _ ("Play");

  gtk_button_set_icon_name (self->play, is_playing ? "media-playback-pause-symbolic"
                                                   : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->play), action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->play), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  action, -1);
  if (is_playing && self->follow_id == 0)
    self->follow_id = g_timeout_add (FOLLOW_MS, follow_cb, self);
  if (!is_playing)
    g_clear_handle_id (&self->follow_id, g_source_remove);
}

static void
play_cb (HsNarrationPage *self)
{
  if (app_player_is_playing (self->player))
    app_player_pause (self->player);
  else
    app_player_play (self->player);
}

static void
seek_cb (HsNarrationPage *self, double seconds)
{
  if (self->player != NULL)
    app_player_seek (self->player, seconds);
}

static void
peaks_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  g_autoptr (AppPeaks) peaks = app_peaks_read_finish (result, NULL);
  g_autofree char *length = NULL;

  if (peaks == NULL)
    return;
  length = hs_time_format (peaks->seconds);
  hs_waveform_set_peaks (self->waveform, peaks->peaks, peaks->n, peaks->seconds);
  hs_waveform_set_position (self->waveform, 0);
  gtk_label_set_label (self->length, length);
  gtk_revealer_set_reveal_child (self->result, TRUE);
}

/* What was made before is forgotten. */
static void
set_result (HsNarrationPage *self, char *path)
{
  g_clear_handle_id (&self->follow_id, g_source_remove);
  g_clear_object (&self->player);
  if (self->path != NULL)
    g_unlink (self->path);
  g_free (self->path);
  self->path = path;
  if (path == NULL)
    return;
  self->player = app_player_new (path);
  g_signal_connect_object (self->player, "changed", G_CALLBACK (player_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->player, "failed", G_CALLBACK (tell), self, G_CONNECT_SWAPPED);
  app_peaks_read_async (path, NULL, peaks_read_cb, g_object_ref (self));
}

static void
progress_cb (HsNarrationPage *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = hs_stage_describe (stage, seconds_left);

  gtk_progress_bar_set_text (self->progress, text);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->progress, MIN (fraction, 1));
  else
    gtk_progress_bar_pulse (self->progress);
}

static void
done_cb (HsNarrationPage *self)
{
  g_clear_object (&self->call);
  set_result (self, g_steal_pointer (&self->waiting));
  app_player_play (self->player);
  update (self);
}

static void
failed_cb (HsNarrationPage *self, const GError *error)
{
  g_clear_object (&self->call);
  g_clear_pointer (&self->waiting, g_free);
  update (self);
  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    tell (self, error->message);
}

/* (transfer full): a file that is not there, in the cache. */
static char *
choose_path (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "hearsay", NULL);
  g_autofree char *name =
      g_strdup_printf ("narration-%" G_GINT64_FORMAT ".wav", g_get_real_time ());

  g_mkdir_with_parents (folder, 0700);
  return g_build_filename (folder, name, NULL);
}

static JsonNode *
build_request (HsNarrationPage *self, const char *text, const char *voice)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "text");
  json_builder_add_string_value (builder, text);
  json_builder_set_member_name (builder, "file");
  json_builder_add_string_value (builder, self->waiting);
  json_builder_set_member_name (builder, "voice");
  json_builder_add_string_value (builder, voice);
  json_builder_set_member_name (builder, "speed");
  json_builder_add_double_value (builder, gtk_range_get_value (GTK_RANGE (self->speed)));
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
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
  if (self->player != NULL)
    app_player_pause (self->player);
  self->waiting = choose_path ();
  self->call = app_remote_start (hs_application_get_remote (hs_application_get ()), "say",
                                 build_request (self, text, gtk_string_object_get_string (voice)));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
voice_chosen_cb (HsNarrationPage *self)
{
  GSettings *settings = hs_application_get_settings (hs_application_get ());
  GtkStringObject *voice = adw_combo_row_get_selected_item (self->voice);

  if (voice != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    g_settings_set_string (settings, "voice", gtk_string_object_get_string (voice));
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationPage) self = user_data;
  g_autoptr (GError) error = NULL;

  tell (self,
        g_file_copy_finish (G_FILE (source), result, &error) ? _ ("Exported") : error->message);
}

static void
export_chosen_cb (HsNarrationPage *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT && self->path != NULL) {
    g_autoptr (GFile) from = g_file_new_for_path (self->path);
    g_autoptr (GFile) to = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
    g_file_copy_async (from, to, G_FILE_COPY_OVERWRITE, G_PRIORITY_DEFAULT, NULL, NULL, NULL,
                       copied_cb, g_object_ref (self));
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
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (export_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
hs_narration_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_narration_page_parent_class)->map (widget);
  app_voice_names_list_async (voices_listed_cb, g_object_ref (widget));
}

static void
hs_narration_page_dispose (GObject *object)
{
  HsNarrationPage *self = HS_NARRATION_PAGE (object);

  set_result (self, NULL);
  g_clear_object (&self->call);
  g_clear_object (&self->chooser);
  g_clear_object (&self->voices);
  g_clear_pointer (&self->waiting, g_free);
  G_OBJECT_CLASS (hs_narration_page_parent_class)->dispose (object);
}

static void
hs_narration_page_class_init (HsNarrationPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_narration_page_dispose;
  widget_class->map = hs_narration_page_map;
  g_type_ensure (HS_TYPE_WAVEFORM);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/hearsay_app/Hearsay/ui/narration-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, stack);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, text);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, placeholder);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, voice);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, speed);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, result);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, play);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, waveform);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, length);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, progress);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationPage, speak);
  gtk_widget_class_bind_template_callback (widget_class, play_cb);
  gtk_widget_class_bind_template_callback (widget_class, seek_cb);
  gtk_widget_class_bind_template_callback (widget_class, speak_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
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
