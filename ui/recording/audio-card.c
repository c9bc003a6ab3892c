/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/audio-card.h"

#include <glib/gi18n.h>

#include "app/base/json-write.h"
#include "app/hearing/hearing-export.h"
#include "app/hearing/peaks.h"
#include "app/speech/player.h"
#include "ui/base/file-dialog.h"
#include "ui/base/play-button.h"
#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/base/toasts.h"
#include "ui/base/trouble.h"
#include "ui/recording/emotion-band.h"
#include "ui/recording/hearing-store.h"
#include "ui/recording/hearing-text.h"
#include "ui/recording/token-window.h"
#include "ui/recording/transcript-view.h"
#include "ui/recording/waveform.h"

#define FOLLOW_MS 50
#define UNDO_S 10

struct _HsAudioCard {
  GtkBox parent_instance;
  GtkButton *play;
  GtkLabel *title;
  GtkLabel *subtitle;
  GtkDropDown *speed;
  GtkWidget *menu;
  HsWaveform *waveform;
  HsEmotionBand *band;
  GtkLabel *trouble;
  GtkProgressBar *progress;
  GtkExpander *expander;
  HsTranscriptView *transcript;
  gint64 id;
  char *path;
  char *content; /* its sha256, or NULL */
  double seconds;
  AppHearing *hearing; /* NULL: not known yet */
  AppPlayer *player;
  AppRemoteCall *call;    /* it is being listened to */
  gboolean is_reading;    /* what was heard, from the store */
  gboolean is_unreadable; /* the file, which is said then */
  gboolean has_failed;    /* listening did */
  GCancellable *cancellable;
  GtkFileChooserNative *chooser;
  int corrected;    /* the segment that is to be in view again; -1: none */
  AppFormat format; /* of what is exported */
  guint follow_id;
};

G_DEFINE_FINAL_TYPE (HsAudioCard, hs_audio_card, GTK_TYPE_BOX)

/* Only one plays at a time. */
static AppPlayer *sounding;

static void
tell (HsAudioCard *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

static void
show_trouble (HsAudioCard *self, const char *text)
{
  gtk_label_set_label (self->trouble, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->trouble), text != NULL && text[0] != '\0');
}

static void
show_error (HsAudioCard *self, const GError *error)
{
  g_autofree char *text = hs_trouble_describe (error, "\n");

  show_trouble (self, text);
}

static void
show_position (HsAudioCard *self)
{
  double position = app_player_get_position (self->player);
  g_autofree char *now = hs_time_format (position);
  g_autofree char *whole =
      self->hearing != NULL ? hs_hearing_describe (self->hearing) : hs_time_format (self->seconds);
  g_autofree char *text = position > 0 ? g_strdup_printf ("%s / %s", now, whole) : g_strdup (whole);

  gtk_label_set_label (self->subtitle, text);
  hs_waveform_set_position (self->waveform, position);
}

static gboolean
follow_cb (gpointer user_data)
{
  HsAudioCard *self = user_data;

  show_position (self);
  hs_transcript_view_follow (self->transcript, app_player_get_position (self->player));
  return G_SOURCE_CONTINUE;
}

static void
player_changed_cb (HsAudioCard *self)
{
  gboolean is_playing = app_player_is_playing (self->player);

  hs_play_button_show (self->play, is_playing);
  if (is_playing && self->follow_id == 0)
    self->follow_id = g_timeout_add (FOLLOW_MS, follow_cb, self);
  if (!is_playing)
    g_clear_handle_id (&self->follow_id, g_source_remove);
  show_position (self);
}

static void
player_failed_cb (HsAudioCard *self, const char *message)
{
  hs_trouble_tell_playing (GTK_WIDGET (self), message);
}

static void
silence_others (HsAudioCard *self)
{
  if (sounding != NULL && sounding != self->player)
    app_player_pause (sounding);
  g_set_weak_pointer (&sounding, self->player);
}

void
hs_audio_card_toggle_play (HsAudioCard *self)
{
  if (app_player_is_playing (self->player)) {
    app_player_pause (self->player);
    return;
  }
  silence_others (self);
  hs_waveform_set_range (self->waveform, 0, 0);
  app_player_play (self->player);
}

void
hs_audio_card_play_range (HsAudioCard *self, double start, double end)
{
  silence_others (self);
  hs_waveform_set_range (self->waveform, start, end);
  hs_waveform_set_position (self->waveform, start);
  hs_transcript_view_follow (self->transcript, start);
  app_player_play_range (self->player, start, end);
  gtk_widget_grab_focus (GTK_WIDGET (self->waveform));
}

static void
seek_cb (HsAudioCard *self, double seconds)
{
  hs_waveform_set_range (self->waveform, 0, 0);
  app_player_seek (self->player, seconds);
  hs_transcript_view_follow (self->transcript, seconds);
  show_position (self);
}

/* A word is heard at once. */
static void
word_cb (HsAudioCard *self, double seconds)
{
  seek_cb (self, seconds);
  silence_others (self);
  app_player_play (self->player);
}

/* What has the focus is the button in the drop-down, which knows nothing of its name. */
static void
tell_speed (HsAudioCard *self)
{
  GtkStringObject *speed = gtk_drop_down_get_selected_item (self->speed);

  gtk_accessible_update_property (
      GTK_ACCESSIBLE (gtk_widget_get_first_child (GTK_WIDGET (self->speed))),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Speed"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
      gtk_string_object_get_string (speed), -1);
}

static void
speed_cb (HsAudioCard *self)
{
  static const double speeds[] = { 0.5, 0.75, 1, 1.25, 1.5, 2 };
  guint selected = gtk_drop_down_get_selected (self->speed);

  if (self->player != NULL && selected < G_N_ELEMENTS (speeds))
    app_player_set_speed (self->player, speeds[selected]);
  tell_speed (self);
}

static void
peaks_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsAudioCard) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (AppPeaks) peaks = app_peaks_read_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (peaks == NULL) {
    self->is_unreadable = TRUE;
    gtk_widget_set_sensitive (GTK_WIDGET (self->play), FALSE);
    show_error (self, error);
    return;
  }
  self->seconds = peaks->seconds;
  hs_waveform_set_peaks (self->waveform, peaks->peaks, peaks->n, peaks->seconds);
  show_position (self);
}

static void
set_enabled (HsAudioCard *self, const char *name, gboolean is_enabled)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), name, is_enabled);
}

static void
show_hearing (HsAudioCard *self)
{
  gboolean is_known = self->hearing != NULL;

  hs_transcript_view_set_hearing (self->transcript, self->hearing);
  hs_emotion_band_set_hearing (self->band, self->hearing);
  gtk_widget_set_visible (GTK_WIDGET (self->expander), is_known);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
  set_enabled (self, "card.export", is_known);
  set_enabled (self, "card.copy", is_known);
  if (is_known) {
    if (!self->is_unreadable)
      show_trouble (self, self->hearing->missing);
    if (self->seconds <= 0)
      self->seconds = self->hearing->seconds;
  }
  show_position (self);
}

static void
hearing_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsAudioCard) self = user_data;
  g_autoptr (GError) error = NULL;
  AppHearing *hearing = hs_hearing_read_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable)) {
    g_clear_pointer (&hearing, app_hearing_unref);
    return;
  }
  self->is_reading = FALSE;
  g_clear_pointer (&self->hearing, app_hearing_unref);
  self->hearing = hearing;
  show_hearing (self);
  if (self->corrected >= 0)
    hs_transcript_view_scroll_to (self->transcript, (guint) self->corrected);
  self->corrected = -1;
  if (error != NULL)
    show_error (self, error);
}

void
hs_audio_card_load_hearing (HsAudioCard *self)
{
  self->is_reading = TRUE;
  hs_hearing_read_async (self->id, self->path, self->cancellable, hearing_read_cb,
                         g_object_ref (self));
}

static void
listen_progress_cb (HsAudioCard *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = hs_stage_describe (stage, seconds_left);

  gtk_widget_set_visible (GTK_WIDGET (self->progress), TRUE);
  gtk_progress_bar_set_text (self->progress, text);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->progress, MIN (fraction, 1));
  else
    gtk_progress_bar_pulse (self->progress);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsAudioCard) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!hs_hearing_keep_finish (result, &error) && !g_cancellable_is_cancelled (self->cancellable))
    hs_trouble_tell (GTK_WIDGET (self), error);
  if (!g_cancellable_is_cancelled (self->cancellable))
    hs_audio_card_load_hearing (self);
}

static void
listened_cb (HsAudioCard *self, JsonNode *result)
{
  JsonObject *object = json_node_get_object (result);
  JsonNode *hearing = json_object_get_member (object, "hearing");

  g_clear_object (&self->call);
  g_free (self->content);
  self->content = g_strdup (json_object_get_string_member_with_default (object, "content", NULL));
  self->is_reading = TRUE;
  hs_hearing_keep_async (self->id, self->content, hearing, kept_cb, g_object_ref (self));
}

static void
not_listened_cb (HsAudioCard *self, const GError *error)
{
  g_clear_object (&self->call);
  self->has_failed = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
  show_error (self, error);
}

void
hs_audio_card_listen (HsAudioCard *self)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (self->hearing != NULL || self->is_reading || self->call != NULL || self->has_failed)
    return;
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  app_json_add_path (builder, "file", self->path);
  json_builder_end_object (builder);
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), "listen",
                                 json_builder_get_root (builder));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (listen_progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (listened_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (not_listened_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsAudioCard) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = hs_hearing_change_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (before == NULL)
    hs_trouble_tell (GTK_WIDGET (self), error);
  else
    hs_audio_card_load_hearing (self);
}

static void
rename_cb (HsAudioCard *self, const char *speaker, const char *name)
{
  if (self->content == NULL) {
    tell (self, _ ("The recording’s content is not known yet"));
    return;
  }
  hs_hearing_rename_async (self->id, self->path, self->content, speaker, name, changed_cb,
                           g_object_ref (self));
}

static void
undo_cb (HsAudioCard *self, AdwToast *toast)
{
  g_autoptr (GError) error = NULL;

  self->corrected = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (toast), "segment"));
  if (hs_hearing_put_back (self->id, self->content, self->seconds,
                           g_object_get_data (G_OBJECT (toast), "before"), &error))
    hs_audio_card_load_hearing (self);
  else
    hs_trouble_tell (GTK_WIDGET (self), error);
}

static void
corrected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsAudioCard) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = hs_hearing_change_finish (result, &error);
  AdwToast *toast;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (before == NULL) {
    hs_trouble_tell (GTK_WIDGET (self), error);
    return;
  }
  toast = adw_toast_new (_ ("Text corrected"));
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  g_object_set_data_full (G_OBJECT (toast), "before", g_steal_pointer (&before), g_free);
  g_object_set_data (G_OBJECT (toast), "segment", GINT_TO_POINTER (self->corrected));
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_cb), self, G_CONNECT_SWAPPED);
  hs_toasts_add (hs_toasts_of (GTK_WIDGET (self)), toast);
  hs_audio_card_load_hearing (self);
}

static void
correct_cb (HsAudioCard *self, guint segment, const char *text)
{
  self->corrected = (int) segment;
  hs_hearing_correct_async (self->id, self->path, self->content, segment, text, corrected_cb,
                            g_object_ref (self));
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsAudioCard) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    hs_trouble_tell (GTK_WIDGET (self), error);
}

static void
export_chosen_cb (HsAudioCard *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT && self->hearing != NULL) {
    g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
    char *text = app_hearing_export (self->hearing, self->format);
    g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
    g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                         written_cb, g_object_ref (self));
  }
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsAudioCard *self = HS_AUDIO_CARD (widget);
  const char *ending = g_variant_get_string (parameter, NULL);
  g_autofree char *base = g_path_get_basename (self->path);
  g_autofree char *shown = g_filename_display_name (base);
  g_autofree char *suggestion = NULL;
  char *dot = strrchr (shown, '.');

  if (self->chooser != NULL || !app_format_parse (ending, &self->format))
    return;
  if (dot != NULL && dot != shown)
    *dot = '\0';
  suggestion = g_strdup_printf ("%s.%s", shown, ending);
  self->chooser = gtk_file_chooser_native_new (_ ("Export Transcript"),
                                               GTK_WINDOW (gtk_widget_get_root (widget)),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), suggestion);
  hs_file_dialog_show (self->chooser, G_CALLBACK (export_chosen_cb), self);
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsAudioCard *self = HS_AUDIO_CARD (widget);
  g_autofree char *text = app_hearing_export (self->hearing, APP_FORMAT_TXT);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  tell (self, _ ("Copied"));
}

static void
tokens_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_token_window_show (GTK_WINDOW (gtk_widget_get_root (widget)), HS_AUDIO_CARD (widget)->path);
}

gint64
hs_audio_card_get_recording (HsAudioCard *self)
{
  return self->id;
}

static void
hs_audio_card_dispose (GObject *object)
{
  HsAudioCard *self = HS_AUDIO_CARD (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->follow_id, g_source_remove);
  hs_file_dialog_clear (&self->chooser);
  g_clear_object (&self->call);
  g_clear_object (&self->player);
  g_clear_pointer (&self->hearing, app_hearing_unref);
  G_OBJECT_CLASS (hs_audio_card_parent_class)->dispose (object);
}

static void
hs_audio_card_finalize (GObject *object)
{
  HsAudioCard *self = HS_AUDIO_CARD (object);

  g_free (self->path);
  g_free (self->content);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (hs_audio_card_parent_class)->finalize (object);
}

static void
hs_audio_card_class_init (HsAudioCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_audio_card_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_audio_card_finalize;
  g_type_ensure (HS_TYPE_WAVEFORM);
  g_type_ensure (HS_TYPE_EMOTION_BAND);
  g_type_ensure (HS_TYPE_TRANSCRIPT_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/audio-card.ui");
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, play);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, title);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, subtitle);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, speed);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, menu);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, waveform);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, band);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, trouble);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, progress);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, expander);
  gtk_widget_class_bind_template_child (widget_class, HsAudioCard, transcript);
  gtk_widget_class_bind_template_callback (widget_class, hs_audio_card_toggle_play);
  gtk_widget_class_bind_template_callback (widget_class, seek_cb);
  gtk_widget_class_bind_template_callback (widget_class, word_cb);
  gtk_widget_class_bind_template_callback (widget_class, rename_cb);
  gtk_widget_class_bind_template_callback (widget_class, correct_cb);
  gtk_widget_class_bind_template_callback (widget_class, speed_cb);
  gtk_widget_class_install_action (widget_class, "card.export", "s", export_action);
  gtk_widget_class_install_action (widget_class, "card.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "card.tokens", NULL, tokens_action);
}

static void
hs_audio_card_init (HsAudioCard *self)
{
  self->cancellable = g_cancellable_new ();
  self->corrected = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  tell_speed (self);
}

GtkWidget *
hs_audio_card_new (const AppRecording *recording)
{
  HsAudioCard *self = g_object_new (HS_TYPE_AUDIO_CARD, NULL);

  self->id = recording->id;
  self->path = g_strdup (recording->path);
  self->content = g_strdup (recording->sha256);
  self->seconds = recording->seconds;
  self->player = app_player_new (self->path);
  g_signal_connect_object (self->player, "changed", G_CALLBACK (player_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->player, "failed", G_CALLBACK (player_failed_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_label_set_label (self->title, recording->title);
  if (recording->has_hearing)
    hs_audio_card_load_hearing (self);
  else
    show_hearing (self);
  player_changed_cb (self);
  app_peaks_read_async (self->path, self->cancellable, peaks_read_cb, g_object_ref (self));
  return GTK_WIDGET (self);
}
