/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/voices/voice-dialog.h"

#include <glib/gi18n.h>

#include "app/engine/people.h"
#include "app/speech/own-voice-read-out.h"
#include "app/speech/own-voice.h"
#include "ui/base/file-dialog.h"
#include "ui/base/file-name.h"
#include "ui/base/trouble.h"

struct _HsVoiceDialog {
  AdwWindow parent_instance;
  GtkWidget *make;
  GtkEditable *name;
  GtkEditable *attestation;
  AdwActionRow *recordings;
  GtkSwitch *microphone;
  GtkWidget *reading;
  GtkLabel *sentence;
  GtkLabel *problem;
  GListModel *files; /* of GFile, or NULL */
  GtkFileChooserNative *chooser;
};

enum { SIGNAL_MAKE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsVoiceDialog, hs_voice_dialog, ADW_TYPE_WINDOW)

static guint
count_files (HsVoiceDialog *self)
{
  return self->files != NULL ? g_list_model_get_n_items (self->files) : 0;
}

const char *
hs_voice_dialog_get_name (HsVoiceDialog *self)
{
  return gtk_editable_get_text (self->name);
}

const char *
hs_voice_dialog_get_sentence (HsVoiceDialog *self)
{
  return gtk_switch_get_active (self->microphone) ? gtk_label_get_label (self->sentence) : NULL;
}

static void
update (HsVoiceDialog *self)
{
  const char *name = hs_voice_dialog_get_name (self);
  g_autofree char *attestation = g_strstrip (g_strdup (gtk_editable_get_text (self->attestation)));
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;
  gboolean has_name = name[0] != '\0' && app_own_voice_check_name (name, &error);
  gboolean is_attested = g_utf8_strlen (attestation, -1) >= APP_CONSENT_MIN_CHARS;
  gboolean has_speech = count_files (self) > 0 || gtk_switch_get_active (self->microphone);

  if (error != NULL)
    problem = hs_trouble_describe (error, "\n");
  gtk_label_set_label (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), error != NULL);
  gtk_widget_set_visible (self->reading, gtk_switch_get_active (self->microphone));
  gtk_widget_set_sensitive (self->make, has_name && is_attested && has_speech);
}

static void
show_files (HsVoiceDialog *self)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *markup = NULL;

  for (guint i = 0; i < count_files (self); i++) {
    g_autoptr (GFile) file = g_list_model_get_item (self->files, i);
    g_autofree char *shown = hs_file_show_name (file);
    g_string_append_printf (names, "%s%s", i > 0 ? "\n" : "", shown);
  }
  markup = g_markup_escape_text (names->str, -1);
  adw_action_row_set_subtitle (self->recordings, markup);
  update (self);
}

static void
files_chosen_cb (HsVoiceDialog *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_clear_object (&self->files);
    self->files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (self->chooser));
    show_files (self);
  }
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
}

static void
choose_cb (HsVoiceDialog *self)
{
  if (self->chooser == NULL)
    self->chooser =
        hs_file_dialog_open_recordings (GTK_WINDOW (self), G_CALLBACK (files_chosen_cb), self);
}

static void
make_cb (HsVoiceDialog *self)
{
  g_signal_emit (self, signals[SIGNAL_MAKE], 0);
  gtk_window_close (GTK_WINDOW (self));
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

JsonNode *
hs_voice_dialog_build_request (HsVoiceDialog *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const char *sentence = hs_voice_dialog_get_sentence (self);

  json_builder_begin_object (builder);
  add_text (builder, "name", hs_voice_dialog_get_name (self));
  add_text (builder, "attest", gtk_editable_get_text (self->attestation));
  if (sentence != NULL)
    add_text (builder, "read", sentence);
  if (count_files (self) > 0) {
    json_builder_set_member_name (builder, "files");
    json_builder_begin_array (builder);
    for (guint i = 0; i < count_files (self); i++) {
      g_autoptr (GFile) file = g_list_model_get_item (self->files, i);
      g_autofree char *uri = g_file_get_uri (file);
      json_builder_add_string_value (builder, uri);
    }
    json_builder_end_array (builder);
  }
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static void
hs_voice_dialog_dispose (GObject *object)
{
  HsVoiceDialog *self = HS_VOICE_DIALOG (object);

  hs_file_dialog_clear (&self->chooser);
  g_clear_object (&self->files);
  G_OBJECT_CLASS (hs_voice_dialog_parent_class)->dispose (object);
}

static void
hs_voice_dialog_class_init (HsVoiceDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_voice_dialog_dispose;
  signals[SIGNAL_MAKE] = g_signal_new ("make", HS_TYPE_VOICE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/voice-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, make);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, name);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, attestation);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, recordings);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, microphone);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, reading);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, sentence);
  gtk_widget_class_bind_template_child (widget_class, HsVoiceDialog, problem);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, make_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
hs_voice_dialog_init (HsVoiceDialog *self)
{
  g_autofree char *sentence = app_consent_sentence_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_label_set_label (self->sentence, sentence);
  update (self);
}

HsVoiceDialog *
hs_voice_dialog_new (GtkWindow *parent)
{
  return g_object_new (HS_TYPE_VOICE_DIALOG, "transient-for", parent, NULL);
}
