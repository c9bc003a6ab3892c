/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/voices/voice-row.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "app/base/json-write.h"
#include "app/speech/player.h"
#include "ui/base/accent.h"
#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"
#include "ui/base/voice-name.h"

struct _HsVoiceRow {
  AdwExpanderRow parent_instance;
  GtkButton *preview;
  AdwActionRow *origin;
  AdwActionRow *made;
  AdwActionRow *attestation;
  AdwActionRow *stock;
  GtkLevelBar *meter;
  GtkLabel *score;
  char *name;
  char *description;
  AppRemoteCall *call; /* speaks the preview */
  AppPlayer *player;   /* plays it */
  char *path;          /* of it, also while it is made */
};

enum { SIGNAL_CHANGED, SIGNAL_PREVIEWING, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsVoiceRow, hs_voice_row, ADW_TYPE_EXPANDER_ROW)

typedef gboolean (*Change) (const char *name, GError **error);

static void
tell (HsVoiceRow *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

static void
set_subtitle (AdwActionRow *row, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_action_row_set_subtitle (row, markup);
}

/* (transfer full): the day, as it is written here. */
static char *
format_day (const char *iso)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (iso, NULL);
  g_autoptr (GDateTime) here = time != NULL ? g_date_time_to_local (time) : NULL;

  return here != NULL ? g_date_time_format (here, "%x") : g_strdup (iso);
}

/* (transfer full) */
static char *
describe_origin (const AudioVoiceFacts *facts)
{
  const int n = (int) facts->n_clips;
  /* Translators: the speech that a voice was made from; its seconds come before it. */
  g_autofree char *clips =
      g_strdup_printf (ngettext ("from %d recording", "from %d recordings", (gulong) n), n);

  /* Translators: seconds of speech, then the number of recordings that they come from. */
  return g_strdup_printf (_ ("%.1f s of speech %s"), facts->reference_s, clips);
}

static void
show_state (HsVoiceRow *self)
{
  gboolean is_busy = self->call != NULL || self->player != NULL;
  const char *action = is_busy ? _ ("Stop") : _ ("Preview");

  gtk_button_set_icon_name (self->preview, is_busy ? "media-playback-stop-symbolic"
                                                   : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->preview), action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->preview), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  action, -1);
  if (self->call == NULL)
    adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), self->description);
}

static void
show_facts (HsVoiceRow *self, const AudioVoiceFacts *facts)
{
  g_autofree char *origin = describe_origin (facts);
  g_autofree char *made = format_day (facts->date);
  g_autofree char *stock = hs_voice_describe (facts->stock);
  g_autofree char *score = g_strdup_printf ("%.2f", facts->score);

  set_subtitle (self->origin, origin);
  set_subtitle (self->made, made);
  set_subtitle (self->attestation, facts->attestation);
  set_subtitle (self->stock, stock);
  gtk_label_set_label (self->score, score);
  gtk_level_bar_set_value (self->meter, CLAMP (facts->score, 0, 1));
}

void
hs_voice_row_update (HsVoiceRow *self, const AppOwnVoice *voice)
{
  gboolean is_revoked = voice->entry != NULL && voice->entry->revoked[0] != '\0';
  g_autofree char *title = g_markup_escape_text (voice->name, -1);
  g_autofree char *text = NULL;

  g_free (self->description);
  if (is_revoked)
    text = g_strdup (_ ("Revoked: it does not speak any more"));
  else if (voice->problem != NULL)
    /* Translators: why a voice cannot be used. */
    text = g_strdup_printf (_ ("Does not speak: %s"), voice->problem);
  else
    text = describe_origin (audio_voice_file_get_facts (voice->file));
  self->description = g_markup_escape_text (text, -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  gtk_widget_set_visible (GTK_WIDGET (self->preview), voice->problem == NULL);
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), voice->file != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "voice.revoke",
                                 voice->entry != NULL && !is_revoked);
  if (voice->file != NULL)
    show_facts (self, audio_voice_file_get_facts (voice->file));
  if (voice->entry != NULL)
    set_subtitle (self->attestation, voice->entry->attestation);
  show_state (self);
}

/* Preview. */

static void
silence (HsVoiceRow *self)
{
  if (self->call != NULL) {
    g_signal_handlers_disconnect_by_data (self->call, self);
    app_remote_call_cancel (self->call);
  }
  g_clear_object (&self->call);
  if (self->player != NULL)
    g_signal_handlers_disconnect_by_data (self->player, self);
  g_clear_object (&self->player);
  if (self->path != NULL)
    g_unlink (self->path);
  g_clear_pointer (&self->path, g_free);
}

void
hs_voice_row_stop (HsVoiceRow *self)
{
  silence (self);
  show_state (self);
}

static void
player_changed_cb (HsVoiceRow *self)
{
  if (!app_player_is_playing (self->player))
    hs_voice_row_stop (self);
}

static void
player_failed_cb (HsVoiceRow *self, const char *message)
{
  hs_trouble_tell_playing (GTK_WIDGET (self), message);
  hs_voice_row_stop (self);
}

static void
progress_cb (HsVoiceRow *self, const char *stage, double fraction, double seconds_left)
{
  g_autofree char *text = hs_stage_describe (stage, seconds_left);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), markup);
}

static void
done_cb (HsVoiceRow *self)
{
  g_clear_object (&self->call);
  self->player = app_player_new (self->path);
  g_signal_connect_object (self->player, "changed", G_CALLBACK (player_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->player, "failed", G_CALLBACK (player_failed_cb), self,
                           G_CONNECT_SWAPPED);
  app_player_play (self->player);
  show_state (self);
}

static void
failed_cb (HsVoiceRow *self, const GError *error)
{
  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    hs_trouble_tell (GTK_WIDGET (self), error);
  hs_voice_row_stop (self);
}

/* (transfer full): a file that is not there, in the cache. */
static char *
choose_path (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "hearsay", NULL);
  g_autofree char *name = g_strdup_printf ("preview-%" G_GINT64_FORMAT ".wav", g_get_real_time ());

  g_mkdir_with_parents (folder, 0700);
  return g_build_filename (folder, name, NULL);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
preview_cb (HsVoiceRow *self)
{
  g_autofree char *accent = hs_accent_get (hs_program_get_settings (hs_program_get ()));
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (self->call != NULL || self->player != NULL) {
    hs_voice_row_stop (self);
    return;
  }
  g_signal_emit (self, signals[SIGNAL_PREVIEWING], 0);
  self->path = choose_path ();
  json_builder_begin_object (builder);
  /* Translators: read aloud to try out a voice. */
  add_text (builder, "text", _ ("This is how I sound when I read something aloud."));
  app_json_add_path (builder, "file", self->path);
  add_text (builder, "voice", self->name);
  hs_accent_add (builder, accent);
  json_builder_end_object (builder);
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), "say",
                                 json_builder_get_root (builder));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  show_state (self);
}

/* Revoking and deleting. */

static void
change (HsVoiceRow *self, Change run, const char *done)
{
  g_autoptr (GError) error = NULL;

  hs_voice_row_stop (self);
  if (run (self->name, &error))
    tell (self, done);
  else
    hs_trouble_tell (GTK_WIDGET (self), error);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
confirmed_cb (HsVoiceRow *self, const char *response)
{
  if (g_str_equal (response, "revoke"))
    change (self, app_own_voice_revoke, _ ("The voice was revoked"));
  else if (g_str_equal (response, "delete"))
    change (self, app_own_voice_remove, _ ("The voice was deleted"));
}

static void
confirm (HsVoiceRow *self, const char *title, const char *text, const char *response,
         const char *label)
{
  GtkWidget *dialog =
      adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), title, text);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), response,
                                    label, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), response,
                                              ADW_RESPONSE_DESTRUCTIVE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (confirmed_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
rename_cb (HsVoiceRow *self, const char *response, AdwMessageDialog *dialog)
{
  GtkEditable *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (entry)));
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (response, "rename") || g_str_equal (name, self->name))
    return;
  hs_voice_row_stop (self);
  if (!app_own_voice_rename (self->name, name, &error))
    hs_trouble_tell (GTK_WIDGET (self), error);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
rename_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  HsVoiceRow *self = HS_VOICE_ROW (widget);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)),
                                              _ ("Rename This Voice"), NULL);
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_text (GTK_EDITABLE (entry), self->name);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"),
                                  -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "rename",
                                    _ ("_Rename"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "rename");
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "rename",
                                              ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (rename_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (entry);
}

static void
revoke_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  confirm (HS_VOICE_ROW (widget), _ ("Revoke This Voice?"),
           _ ("It will never speak again on this computer, not from a copy of its file either."),
           "revoke", _ ("_Revoke"));
}

static void
delete_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  confirm (HS_VOICE_ROW (widget), _ ("Delete This Voice?"),
           _ ("To use it again it has to be made again."), "delete", _ ("_Delete"));
}

static void
hs_voice_row_dispose (GObject *object)
{
  silence (HS_VOICE_ROW (object));
  G_OBJECT_CLASS (hs_voice_row_parent_class)->dispose (object);
}

static void
hs_voice_row_finalize (GObject *object)
{
  HsVoiceRow *self = HS_VOICE_ROW (object);

  g_free (self->name);
  g_free (self->description);
  G_OBJECT_CLASS (hs_voice_row_parent_class)->finalize (object);
}

static void
hs_voice_row_class_init (HsVoiceRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_voice_row_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_voice_row_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", HS_TYPE_VOICE_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_PREVIEWING] = g_signal_new ("previewing", HS_TYPE_VOICE_ROW, G_SIGNAL_RUN_LAST, 0,
                                             NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/voice-row.ui");
  gtk_widget_class_bind_template_child (widget_class, HsVoiceRow, preview);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceRow, origin);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceRow, made);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceRow, attestation);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceRow, stock);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceRow, meter);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceRow, score);
  gtk_widget_class_bind_template_callback (widget_class, preview_cb);
  gtk_widget_class_install_action (widget_class, "voice.rename", NULL, rename_action);
  gtk_widget_class_install_action (widget_class, "voice.revoke", NULL, revoke_action);
  gtk_widget_class_install_action (widget_class, "voice.delete", NULL, delete_action);
}

static void
hs_voice_row_init (HsVoiceRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* It is a measure, not a judgement: one colour. */
  gtk_level_bar_remove_offset_value (self->meter, GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (self->meter, GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (self->meter, GTK_LEVEL_BAR_OFFSET_FULL);
}

HsVoiceRow *
hs_voice_row_new (const AppOwnVoice *voice)
{
  HsVoiceRow *self = g_object_new (HS_TYPE_VOICE_ROW, NULL);

  self->name = g_strdup (voice->name);
  hs_voice_row_update (self, voice);
  return self;
}
