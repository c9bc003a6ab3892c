/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/commands.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "ui/window/window.h"

#define HS_TYPE_COMMANDS (hs_commands_get_type ())
G_DECLARE_FINAL_TYPE (HsCommands, hs_commands, HS, COMMANDS, AdwWindow)

struct _HsCommands {
  AdwWindow parent_instance;
  GtkSearchEntry *entry;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (HsCommands, hs_commands, ADW_TYPE_WINDOW)

static const struct {
  const char *title;
  const char *action;
  const char *page; /* that the action is one of, and that is shown first; NULL: the window's */
} commands[] = {
  { N_ ("New Conversation"), "win.new-conversation", NULL },
  { N_ ("Record"), "win.record", NULL },
  { N_ ("Open a Recording"), "win.open-recording", NULL },
  { N_ ("Write a Message"), "win.write", NULL },
  { N_ ("Play or Pause"), "win.play", NULL },
  { N_ ("Stop the Answer"), "win.stop", NULL },
  { N_ ("Answer Again"), "page.answer-again", "conversation" },
  { N_ ("Copy the Answer"), "page.copy-answer", "conversation" },
  { N_ ("Read the Answer Aloud"), "page.read-answer", "conversation" },
  { N_ ("Copy the Transcript"), "page.card::copy", "conversation" },
  { N_ ("Show the Recording’s Tokens"), "page.card::tokens", "conversation" },
  { N_ ("Export the Transcript as Text"), "page.card::txt", "conversation" },
  { N_ ("Export the Transcript as SRT"), "page.card::srt", "conversation" },
  { N_ ("Export the Transcript as VTT"), "page.card::vtt", "conversation" },
  { N_ ("Export the Transcript as Markdown"), "page.card::md", "conversation" },
  { N_ ("Export the Transcript as JSON"), "page.card::json", "conversation" },
  { N_ ("Search Conversations"), "win.search", NULL },
  { N_ ("Rename Conversation"), "win.rename", NULL },
  { N_ ("Pin or Unpin Conversation"), "win.pin", NULL },
  { N_ ("Move Conversation to a Folder"), "win.move", NULL },
  { N_ ("Instructions for the Conversation"), "win.instructions", NULL },
  { N_ ("Delete Conversation"), "win.delete", NULL },
  { N_ ("Export Conversation as Markdown"), "win.export::md", NULL },
  { N_ ("Export Conversation as JSON"), "win.export::json", NULL },
  { N_ ("Import Conversations"), "win.import", NULL },
  { N_ ("Go to Narration"), "win.show-page::narration", NULL },
  { N_ ("Read the Script Aloud, or Stop"), "narration.speak", "narration" },
  { N_ ("Export the Narration"), "narration.export", "narration" },
  { N_ ("Go to Many Recordings"), "win.show-page::batch", NULL },
  { N_ ("Write Down Many Recordings"), "win.open-recordings", NULL },
  { N_ ("Watch a Folder, or Stop"), "batch.watch", "batch" },
  { N_ ("Pause or Resume All Recordings"), "batch.pause", "batch" },
  { N_ ("Export All Transcripts as Text"), "batch.export::txt", "batch" },
  { N_ ("Export All Transcripts as SRT"), "batch.export::srt", "batch" },
  { N_ ("Export All Transcripts as VTT"), "batch.export::vtt", "batch" },
  { N_ ("Export All Transcripts as Markdown"), "batch.export::md", "batch" },
  { N_ ("Export All Transcripts as JSON"), "batch.export::json", "batch" },
  { N_ ("Go to Models"), "win.show-page::models", NULL },
  { N_ ("Install the Models That Are Needed"), "models.install", "models" },
  { N_ ("Measure the Speed of This Machine"), "models.measure-all", "models" },
  { N_ ("Add a Model from a File"), "models.add-file", "models" },
  { N_ ("Add a Model from an Address"), "models.add-address", "models" },
  { N_ ("Go to Voices"), "win.show-page::voices", NULL },
  { N_ ("Make a Voice"), "voices.make", "voices" },
  { N_ ("Read Chinese as Its Characters Have It"), "app.accent::automatic", NULL },
  { N_ ("Read Chinese as in Taiwan"), "app.accent::taiwan", NULL },
  { N_ ("Read Chinese as on the Mainland"), "app.accent::mainland", NULL },
  { N_ ("Preferences"), "app.preferences", NULL },
  { N_ ("Keyboard Shortcuts"), "win.show-help-overlay", NULL },
  { N_ ("About Hearsay"), "app.about", NULL },
  { N_ ("Quit"), "app.quit", NULL },
};

static gboolean
is_wanted (GtkListBoxRow *row, gpointer user_data)
{
  HsCommands *self = user_data;
  g_autofree char *query = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->entry)), -1);
  g_autofree char *title =
      g_utf8_casefold (_ (commands[gtk_list_box_row_get_index (row)].title), -1);

  return strstr (title, query) != NULL;
}

static void
changed_cb (HsCommands *self)
{
  gtk_list_box_invalidate_filter (self->list);
  for (int i = 0; i < (int) G_N_ELEMENTS (commands); i++) {
    GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, i);
    if (is_wanted (row, self)) {
      gtk_list_box_select_row (self->list, row);
      return;
    }
  }
}

static void
row_cb (HsCommands *self, GtkListBoxRow *row)
{
  g_autoptr (GtkWindow) parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  int i = gtk_list_box_row_get_index (row);
  g_autofree char *action = NULL;
  g_autoptr (GVariant) target = NULL;

  g_object_ref (parent);
  gtk_window_close (GTK_WINDOW (self));
  if (!g_action_parse_detailed_name (commands[i].action, &action, &target, NULL))
    return;
  if (target != NULL)
    g_variant_ref_sink (target);
  if (commands[i].page != NULL && HS_IS_WINDOW (parent))
    hs_window_activate_on_page (HS_WINDOW (parent), commands[i].page, action, target);
  else
    gtk_widget_activate_action_variant (GTK_WIDGET (parent), action, target);
}

static void
activate_cb (HsCommands *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  if (row != NULL && is_wanted (row, self))
    row_cb (self, row);
}

static void
add_command (HsCommands *self, const char *title, const char *action)
{
  GtkApplication *application = GTK_APPLICATION (g_application_get_default ());
  g_auto (GStrv) accels = gtk_application_get_accels_for_action (application, action);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (title);

  gtk_widget_set_hexpand (label, TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_box_append (GTK_BOX (box), label);
  if (accels[0] != NULL) {
    guint key = 0;
    GdkModifierType modifiers = 0;
    g_autofree char *shown = NULL;
    GtkWidget *accel;
    gtk_accelerator_parse (accels[0], &key, &modifiers);
    shown = gtk_accelerator_get_label (key, modifiers);
    accel = gtk_label_new (shown);
    gtk_widget_add_css_class (accel, "dim-label");
    gtk_box_append (GTK_BOX (box), accel);
  }
  gtk_list_box_append (self->list, box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (box)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
}

static void
hs_commands_class_init (HsCommandsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/commands.ui");
  gtk_widget_class_bind_template_child (widget_class, HsCommands, entry);
  gtk_widget_class_bind_template_child (widget_class, HsCommands, list);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_cb);
  gtk_widget_class_bind_template_callback (widget_class, gtk_window_close);
}

static void
hs_commands_init (HsCommands *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    add_command (self, _ (commands[i].title), commands[i].action);
  gtk_list_box_set_filter_func (self->list, is_wanted, self, NULL);
  gtk_search_entry_set_key_capture_widget (self->entry, GTK_WIDGET (self));
  changed_cb (self);
}

void
hs_commands_show (GtkWindow *parent)
{
  static HsCommands *shown;
  HsCommands *self;
  int width, height;

  if (shown != NULL) {
    gtk_window_present (GTK_WINDOW (shown));
    return;
  }
  self = g_object_new (HS_TYPE_COMMANDS, "transient-for", parent, NULL);
  g_set_weak_pointer (&shown, self);

  /* It is no wider than the window that it stands over. */
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  gtk_window_set_default_size (GTK_WINDOW (self),
                               MIN (width, gtk_widget_get_width (GTK_WIDGET (parent))), height);
  gtk_window_present (GTK_WINDOW (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}
