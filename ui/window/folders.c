/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/folders.h"

#include <glib/gi18n.h>
#include "ui/base/program.h"

#define UNDO_S 10
#define MAX_LIST_HEIGHT 300

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

static void
move (HsWindow *window, gint64 talk, const char *folder)
{
  g_autoptr (GError) error = NULL;

  if (!app_conversations_move (get_store (), talk, folder, &error))
    hs_window_tell_error (window, error);
  hs_window_update (window);
}

static void
move_to_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 talk;
  const char *folder;

  g_variant_get (parameter, "(x&s)", &talk, &folder);
  move (HS_WINDOW (widget), talk, folder);
}

/* What the dialogue that moves a conversation holds. */
typedef struct {
  gint64 talk;
  GtkEditable *fresh;   /* the name of a new folder */
  GtkCheckButton *none; /* of the group */
  GPtrArray *checks;    /* of GtkCheckButton, each named by its folder */
} Choice;

static void
free_choice (gpointer data, GClosure *closure)
{
  Choice *choice = data;

  g_ptr_array_unref (choice->checks);
  g_free (choice);
}

static void
moved_cb (GtkWindow *dialog, const char *response, Choice *choice)
{
  HsWindow *window = HS_WINDOW (gtk_window_get_transient_for (dialog));
  g_autofree char *folder = g_strstrip (g_strdup (gtk_editable_get_text (choice->fresh)));

  if (!g_str_equal (response, "move"))
    return;
  for (guint i = 0; folder[0] == '\0' && i < choice->checks->len; i++) {
    GtkCheckButton *check = g_ptr_array_index (choice->checks, i);
    if (gtk_check_button_get_active (check)) {
      g_free (folder);
      folder = g_strdup (gtk_widget_get_name (GTK_WIDGET (check)));
    }
  }
  move (window, choice->talk, folder);
}

/* (transfer none) */
static GtkCheckButton *
add_choice (GtkListBox *list, GtkCheckButton *group, const char *title, gboolean is_active)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_check_button_set_group (GTK_CHECK_BUTTON (check), group);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), is_active);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  gtk_list_box_append (list, row);
  return GTK_CHECK_BUTTON (check);
}

static GtkWidget *
create_list (Choice *choice, const AppTalk *talk)
{
  g_auto (GStrv) folders = app_conversations_list_folders (get_store (), NULL);
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  if (folders != NULL && folders[0] != NULL)
    choice->none = add_choice (GTK_LIST_BOX (list), NULL, _ ("No Folder"), talk->folder == NULL);
  for (guint i = 0; folders != NULL && folders[i] != NULL; i++) {
    GtkCheckButton *check = add_choice (GTK_LIST_BOX (list), choice->none, folders[i],
                                        g_strcmp0 (folders[i], talk->folder) == 0);
    gtk_widget_set_name (GTK_WIDGET (check), folders[i]);
    g_ptr_array_add (choice->checks, check);
  }
  choice->fresh = GTK_EDITABLE (adw_entry_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (choice->fresh), _ ("New Folder"));
  gtk_list_box_append (GTK_LIST_BOX (list), GTK_WIDGET (choice->fresh));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), MAX_LIST_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), list);
  return scrolled;
}

static AdwMessageDialog *
create_dialog (HsWindow *window, const char *heading, GtkWidget *content, const char *response,
               const char *label)
{
  AdwMessageDialog *dialog =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (GTK_WINDOW (window), heading, NULL));

  adw_message_dialog_set_extra_child (dialog, content);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), response, label, NULL);
  adw_message_dialog_set_default_response (dialog, response);
  adw_message_dialog_set_response_appearance (dialog, response, ADW_RESPONSE_SUGGESTED);
  return dialog;
}

static void
activate_default_cb (GtkWidget *entry)
{
  gtk_widget_activate_default (entry);
}

static void
move_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *window = HS_WINDOW (widget);
  g_autoptr (AppTalk) talk = hs_window_get_talk (window);
  Choice *choice;
  AdwMessageDialog *dialog;

  if (talk == NULL)
    return;
  choice = g_new0 (Choice, 1);
  choice->talk = talk->id;
  choice->checks = g_ptr_array_new ();
  dialog =
      create_dialog (window, _ ("Move to Folder"), create_list (choice, talk), "move", _ ("_Move"));
  g_signal_connect (choice->fresh, "entry-activated", G_CALLBACK (activate_default_cb), NULL);
  g_signal_connect_data (dialog, "response", G_CALLBACK (moved_cb), choice, free_choice, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (choice->fresh));
}

static void
renamed_cb (GtkWindow *dialog, const char *response, GtkEditable *entry)
{
  HsWindow *window = HS_WINDOW (gtk_window_get_transient_for (dialog));
  g_autofree char *to = g_strstrip (g_strdup (gtk_editable_get_text (entry)));
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (response, "rename") || to[0] == '\0')
    return;
  if (!app_conversations_move_folder (get_store (), gtk_widget_get_name (GTK_WIDGET (entry)), to,
                                      NULL, &error))
    hs_window_tell_error (window, error);
  hs_window_update (window);
}

static void
rename_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const char *folder = g_variant_get_string (parameter, NULL);
  GtkWidget *entry = gtk_entry_new ();
  AdwMessageDialog *dialog =
      create_dialog (HS_WINDOW (widget), _ ("Rename Folder"), entry, "rename", _ ("_Rename"));

  gtk_widget_set_name (entry, folder);
  gtk_editable_set_text (GTK_EDITABLE (entry), folder);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Name of the folder"), -1);
  adw_message_dialog_set_body (dialog, _ ("The name of another folder joins the two."));
  g_signal_connect_object (dialog, "response", G_CALLBACK (renamed_cb), entry, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* What was in a folder that was dissolved. */
typedef struct {
  char *folder;
  GArray *talks; /* of gint64 */
} Dissolved;

static void
free_dissolved (gpointer data, GClosure *closure)
{
  Dissolved *dissolved = data;

  g_free (dissolved->folder);
  g_array_unref (dissolved->talks);
  g_free (dissolved);
}

static void
undo_cb (AdwToast *toast, Dissolved *dissolved)
{
  GtkApplication *application = GTK_APPLICATION (g_application_get_default ());
  GtkWindow *window = gtk_application_get_active_window (application);

  for (guint i = 0; i < dissolved->talks->len; i++)
    app_conversations_move (get_store (), g_array_index (dissolved->talks, gint64, i),
                            dissolved->folder, NULL);
  if (HS_IS_WINDOW (window))
    hs_window_update (HS_WINDOW (window));
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *window = HS_WINDOW (widget);
  const char *folder = g_variant_get_string (parameter, NULL);
  g_autoptr (GArray) talks = NULL;
  g_autoptr (GError) error = NULL;
  Dissolved *dissolved;
  AdwToast *toast;

  if (!app_conversations_move_folder (get_store (), folder, NULL, &talks, &error)) {
    hs_window_tell_error (window, error);
    return;
  }
  dissolved = g_new0 (Dissolved, 1);
  dissolved->folder = g_strdup (folder);
  dissolved->talks = g_steal_pointer (&talks);
  toast = adw_toast_new (_ ("Folder removed; its conversations are kept"));
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (undo_cb), dissolved, free_dissolved,
                         0);
  hs_window_add_toast (window, toast);
  hs_window_update (window);
}

void
hs_folders_install_actions (GtkWidgetClass *window_class)
{
  gtk_widget_class_install_action (window_class, "win.move", NULL, move_action);
  gtk_widget_class_install_action (window_class, "win.move-to", "(xs)", move_to_action);
  gtk_widget_class_install_action (window_class, "win.rename-folder", "s", rename_action);
  gtk_widget_class_install_action (window_class, "win.remove-folder", "s", remove_action);
}
